"""When two answers are the same: of values, of rows, of types."""

import json
import re
from decimal import Decimal, InvalidOperation

from engines import Members, Number, array_values

SECONDS = re.compile(r"(-?\+?)(\d+):(\d\d):(\d\d(?:\.\d+)?)")
UNITS = re.compile(r"([+-]?\d+) (year|mon|day)")
DAYS = {"year": 360, "mon": 30, "day": 1}
WHOLE = ("bigint", "integer", "smallint")
# How far apart sums may be: Runnel's are exact, PostgreSQL's depend on the order; a sum of reals is one of 24 bits there.
NEAR, NEAR_REAL = Decimal("1e-9"), Decimal("1e-5")


def interval_length(text):
    """An interval's length as comparisons see it: months of 30 days, days of 24 hours."""
    seconds = Decimal(0)
    for count, unit in UNITS.findall(text):
        seconds += int(count) * DAYS[unit] * 86400
    clock = SECONDS.search(text)
    if clock:
        length = int(clock[2]) * 3600 + int(clock[3]) * 60 + Decimal(clock[4])
        seconds += -length if clock[1] == "-" else length
    return seconds


def json_key(value):
    """A value of JSON as something that equal values share."""
    if isinstance(value, Members):
        return ("object", [(name, json_key(member)) for name, member in value])
    if isinstance(value, list):
        return ("array", [json_key(element) for element in value])
    if isinstance(value, Number):
        return ("number", Decimal(value) + 0)
    return (type(value).__name__, value)


def comparable(value, kind):
    if value is None:
        return ("null",)
    if kind in ("json", "jsonb"):
        # PostgreSQL's come as text, Runnel's stand in the answer's own JSON, where a null of JSON is a NULL.
        if isinstance(value, PostgreSQLText):
            value = json.loads(value, parse_int=Number, parse_float=Number, object_pairs_hook=Members)
        return ("null",) if value is None else ("json", repr(json_key(value)))
    if kind == "character":  # which PostgreSQL pads even where the length is no longer known
        return ("text", value.rstrip(" "))
    if kind.endswith("[]"):
        elements = array_values(value) if isinstance(value, str) else value
        return ("list", [comparable(e, kind if isinstance(e, list) else kind[:-2]) for e in elements])
    if kind in ("double precision", "real") or kind.startswith("numeric") or kind in WHOLE:
        try:
            number = Decimal(value)
        except InvalidOperation:
            return ("text", value)
        return ("text", "nan") if number.is_nan() else ("number", number + 0)
    if kind == "interval":
        return ("number", interval_length(value))
    return ("text", value)


class PostgreSQLText(str):
    """JSON as PostgreSQL sends it."""


def oracle_value(value, kind):
    return PostgreSQLText(value) if value is not None and kind in ("json", "jsonb") else value


def same_value(left, right, kind):
    if left == right:
        return True
    if left[0] == right[0] == "list":
        return len(left[1]) == len(right[1]) and all(same_value(l, r, kind[:-2]) for l, r in zip(left[1], right[1]))
    if left[0] != "number" or right[0] != "number" or not (left[1].is_finite() and right[1].is_finite()):
        return False
    # PostgreSQL's variances have fewer digits the greater they are.
    if kind.startswith("numeric") and (right[1].as_tuple().exponent > left[1].as_tuple().exponent) and left[1].quantize(right[1]) == right[1]:
        return True
    bound = max(abs(left[1]), abs(right[1])) * (NEAR_REAL if kind == "real" else NEAR) + Decimal("1e-12")
    return kind not in WHOLE and abs(left[1] - right[1]) <= bound


def sort_key(row):
    """Near numbers sort near: by what is left of them in 10 digits, beyond which same_value() does not look."""
    return [(v[0], f"{float(v[1]):.10g}" if v[0] == "number" else str(sort_key(v[1])) if v[0] == "list" else v[1] if len(v) > 1 else "")
            for v in row]


def same_rows(runnel, oracle, ordered):
    if len(runnel.rows) != len(oracle.rows) or len(runnel.types) != len(oracle.types):
        return False
    if runnel.rows == oracle.rows:
        return True
    sides = []
    for rows in (runnel.rows, [[oracle_value(v, t) for v, t in zip(row, oracle.types)] for row in oracle.rows]):
        rows = [[comparable(v, t) for v, t in zip(row, oracle.types)] for row in rows]
        sides.append(rows if ordered else sorted(rows, key=sort_key))
    return all(same_value(l, r, t) for a, b in zip(*sides) for l, r, t in zip(a, b, oracle.types))


ALIASES = {"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz", "character varying": "text",
           "character": "text", "time without time zone": "time"}


def plain_type(name):
    name = re.sub(r"^interval [a-z ]+", "interval", name)
    name, brackets = re.subn(r"(\[\])+$", "", re.sub(r"\(.*?\)", "", name))
    return ALIASES.get(name, name) + "[]" * brackets


def same_types(runnel, oracle):
    return [plain_type(t) for t in runnel.types] == [plain_type(t) for t in oracle.types]
