"""Random tables, data and queries in the SQL that Runnel and PostgreSQL have in common; the same seed, the same text.

Literals stand between LITERAL and END, so that a query can be written with plain ones or with ones that PostgreSQL's planner
cannot compute with: it raises errors of constants that no row ever needs."""

import random
import re

LITERAL, END = "\x01", "\x02"


def plain(text):
    return text.replace(LITERAL, "").replace(END, "")


def hidden(text):
    """The literals as calls of oracle.hide(anyelement), which is volatile."""
    return re.sub(f"{LITERAL}([^{END}]*){END}",
                  lambda literal: f"oracle.hide({literal[1]}{'::text' if literal[1][:1] == chr(39) else ''})", text)

TYPES = ["SMALLINT", "INTEGER", "BIGINT", "NUMERIC(10,2)", "NUMERIC(38,6)", "DOUBLE PRECISION", "TEXT", "BOOLEAN",
         "DATE", "TIMESTAMP", "INTERVAL"]

KINDS = {"SMALLINT": "int", "INTEGER": "int", "BIGINT": "int", "NUMERIC(10,2)": "numeric", "NUMERIC(38,6)": "numeric",
         "DOUBLE PRECISION": "double", "TEXT": "text", "BOOLEAN": "bool", "DATE": "date", "TIMESTAMP": "timestamp",
         "INTERVAL": "interval"}

VALUES = {
    "SMALLINT": ["0", "1", "-1", "2", "3", "7", "32767", "-32768"],
    "INTEGER": ["0", "1", "-1", "2", "3", "10", "2147483647", "-2147483648"],
    "BIGINT": ["0", "1", "-1", "2", "5", "9223372036854775807", "-9223372036854775808", "1000000007"],
    "NUMERIC(10,2)": ["0", "1", "-1", "1.50", "-2.25", "99999999.99", "-99999999.99", "0.01"],
    "NUMERIC(38,6)": ["0", "1", "-1.5", "0.000001", "12345678901234567890.123456",
                      "99999999999999999999999999999999.999999", "-99999999999999999999999999999999.999999"],
    "DOUBLE PRECISION": ["0", "1", "-1", "0.5", "1.25", "-2.75", "1e10", "-1e10", "'NaN'", "'Infinity'", "'-Infinity'", "'-0'",
                         "1.7976931348623157e308", "5e-324"],
    "TEXT": ["''", "'a'", "'A'", "'b'", "'abc'", "'a%b'", "'a_b'", "'it''s'", "'é'", "'日本語'", "'😀x'", "' lead'", "'12'",
             "'-3.5'", "'back\\slash'", "'" + "long" * 40 + "'"],
    "BOOLEAN": ["TRUE", "FALSE"],
    "DATE": ["DATE '2024-02-29'", "DATE '1970-01-01'", "DATE '1969-12-31'", "DATE '2000-01-01'", "DATE '0001-01-01'",
             "DATE '9999-12-31'", "DATE '2023-12-31'", "DATE 'infinity'", "DATE '-infinity'"],
    "TIMESTAMP": ["TIMESTAMP '2024-02-29 12:34:56.789'", "TIMESTAMP '1970-01-01 00:00:00'",
                  "TIMESTAMP '1969-12-31 23:59:59.999999'", "TIMESTAMP '2000-01-01 00:00:00'", "TIMESTAMP 'infinity'",
                  "TIMESTAMP '-infinity'", "TIMESTAMP '2023-03-31 10:00:00'"],
    "INTERVAL": ["INTERVAL '1 day'", "INTERVAL '24 hours'", "INTERVAL '1 month'", "INTERVAL '30 days'", "INTERVAL '-1 hour'",
                 "INTERVAL '1 year 2 mons 3 days 04:05:06.5'", "INTERVAL '0'"],
}

OF_KIND = {"int": "INTEGER", "numeric": "NUMERIC(10,2)", "double": "DOUBLE PRECISION", "text": "TEXT", "bool": "BOOLEAN",
           "date": "DATE", "timestamp": "TIMESTAMP", "interval": "INTERVAL"}


class Column:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tables = {}
        # extract() of infinity is a number that Runnel does not have: where there is one, there is none of the other.
        self.infinite = self.random.random() < 0.5

    # ---- tables

    def schema(self):
        """Statements that make and fill the tables."""
        statements = []
        for number in range(self.random.randint(2, 4)):
            name = f"t{number}"
            types = ["INTEGER"] + [self.random.choice(TYPES) for _ in range(self.random.randint(2, 7))]
            self.tables[name] = [Column(f"c{i}", KINDS[t]) for i, t in enumerate(types)]
            columns = ", ".join(f"c{i} {t}" for i, t in enumerate(types))
            statements.append(f"CREATE TABLE {name} ({columns})")
            rows = self.random.choice([0, 1, 3, 10, 10, 40])
            if rows > 0:
                statements.append(f"INSERT INTO {name} VALUES " + ", ".join(self.row(types) for _ in range(rows)))
        return statements

    def value(self, sql_type):
        values = VALUES[sql_type]
        if not self.infinite and sql_type in ("DATE", "TIMESTAMP"):
            values = [v for v in values if "infinity" not in v]
        return self.random.choice(values)

    def row(self, types):
        return "(" + ", ".join("NULL" if self.random.random() < 0.15 else self.value(t) for t in types) + ")"

    # ---- expressions

    def literal(self, kind):
        if self.random.random() < 0.07:
            return f"CAST(NULL AS {OF_KIND[kind]})"
        value = self.value(OF_KIND[kind])
        if kind == "double":
            value = f"CAST({value} AS DOUBLE PRECISION)"
        value = f"({value})" if value.startswith("-") else value
        return LITERAL + value + END

    def leaf(self, kind, scope):
        fitting = [c for c in scope if c.kind == kind]
        if fitting and self.random.random() < 0.75:
            return self.random.choice(fitting).name
        return self.literal(kind)

    def expression(self, kind, scope, depth):
        if depth <= 0 or self.random.random() < 0.2:
            return self.leaf(kind, scope)
        if self.random.random() < 0.18:
            return self.choice(kind, scope, depth)
        return getattr(self, kind + "_expression")(scope, depth - 1)

    def choice(self, kind, scope, depth):
        def e():
            return self.expression(kind, scope, depth - 1)
        form = self.random.randrange(4)
        if form == 0:
            return f"CASE WHEN {self.expression('bool', scope, depth - 1)} THEN {e()} ELSE {e()} END"
        if form == 1:
            return f"COALESCE({e()}, {e()})"
        if form == 2:
            return f"NULLIF({e()}, {e()})"
        return f"{self.random.choice(['GREATEST', 'LEAST'])}({e()}, {e()})"

    def pick(self, scope, depth, forms):
        """A form with {i}, {n}, … replaced by expressions of that kind."""
        form = self.random.choice([f for f in forms if not (self.infinite and f.startswith("extract"))])
        letters = {"i": "int", "n": "numeric", "f": "double", "s": "text", "b": "bool", "d": "date", "t": "timestamp", "v": "interval"}
        out, at = "", 0
        while at < len(form):
            if form[at] == "{" and form[at + 2] == "}":
                out += self.expression(letters[form[at + 1]], scope, depth)
                at += 3
            else:
                out += form[at]
                at += 1
        return out

    def int_expression(self, scope, depth):
        return self.pick(scope, depth, [
            "({i} + {i})", "({i} - {i})", "({i} * {i})", "({i} / {i})", "({i} % {i})", "(- {i})", "abs({i})", "length({s})",
            "CAST({n} AS INTEGER)", "CAST({f} AS BIGINT)", "CAST({b} AS INTEGER)", "CAST({i} AS BIGINT)", "CAST({i} AS SMALLINT)",
            "CAST({s} AS INTEGER)", "position({s} IN {s})", "({d} - {d})", "ascii({s})", "sign({i})::int", "octet_length({s})",
            "({i} & {i})", "({i} | {i})", "({i} # {i})", "(~ {i})", "mod({i}, {i})", "char_length({s})",
            "gcd({i}, {i})", "bit_length({s})", "regexp_count({s}, 'a|ab')", "regexp_instr({s}, '[ab]')", "strpos({s}, 'a')",
            "num_nulls({i}, {s}, {b})", "width_bucket({n}, 0, 100, 7)"])

    def numeric_expression(self, scope, depth):
        return self.pick(scope, depth, [
            "({n} + {n})", "({n} - {n})", "({n} * {n})", "({n} / {n})", "({n} % {n})", "(- {n})", "abs({n})", "({n} + {i})",
            "CAST({i} AS NUMERIC(12,3))", "CAST({n} AS NUMERIC(6,1))", "round({n}, 1)", "round({n})", "floor({n})", "ceil({n})",
            "trunc({n}, 1)", "CAST({s} AS NUMERIC(10,2))", "extract(year FROM {t})", "extract(epoch FROM {v})",
            "extract(dow FROM {d})", "extract(second FROM {t})", "extract(month FROM {d})", "CAST({f} AS NUMERIC(20,4))",
            "extract(isoyear FROM {d})", "extract(millennium FROM {t})", "extract(hour FROM {v})", "div({n}, {n})", "gcd({n}, {n})"])

    def double_expression(self, scope, depth):
        return self.pick(scope, depth, [
            "({f} + {f})", "({f} - {f})", "({f} * {f})", "({f} / {f})", "(- {f})", "abs({f})", "({f} + {i})", "({n} * {f})",
            "CAST({i} AS DOUBLE PRECISION)", "CAST({n} AS DOUBLE PRECISION)", "floor({f})", "ceil({f})", "round({f})", "sqrt({f})",
            "trunc({f})", "sign({f})", "CAST({s} AS DOUBLE PRECISION)", "exp({f})", "ln({f})", "power({f}, {f})"])

    def text_expression(self, scope, depth):
        return self.pick(scope, depth, [
            "({s} || {s})", "upper({s})", "lower({s})", "substring({s} FROM {i} FOR {i})", "substr({s}, {i})", "trim({s})",
            "ltrim({s}, {s})", "rtrim({s}, {s})", "replace({s}, {s}, {s})", "left({s}, {i})", "right({s}, {i})",
            "CAST({i} AS TEXT)", "CAST({n} AS TEXT)", "CAST({f} AS TEXT)", "CAST({b} AS TEXT)", "CAST({d} AS TEXT)",
            "CAST({t} AS TEXT)", "CAST({v} AS TEXT)", "({s} || {i})", "concat({s}, {i}, {b})", "reverse({s})",
            "CAST({s} AS VARCHAR(2))", "split_part({s}, 'a', 1)", "initcap({s})", "lpad({s}, 5, 'xy')",
            "rpad({s}, 5)", "translate({s}, 'ab', 'x')", "concat_ws('-', {s}, {s}, {i})",
            "regexp_replace({s}, 'a', 'b')", "repeat({s}, 2)", "CAST({s} AS CHAR(3))::text",
            "md5({s})", "overlay({s} PLACING 'XY' FROM 2 FOR 1)", "to_char({t}, 'FMDay DD Mon YYYY HH12:MI:SS.US AM BC Q J')",
            "to_char({d}, 'IYYY-IW-ID DDD WW CC')", "to_char({v}, 'YYYY MM DD HH24:MI:SS.MS')", "to_char({i}, 'S999G999MI')",
            "to_char({i}, 'FM999,990.0PR')", "to_char({n}, '999G990D99')", "to_char({n}, 'FM99999.99S')", "format('%s|%5s|%L', {s}, {i}, {s})",
            "quote_literal({s})", "quote_ident({s})", "regexp_substr({s}, '[a-c]+')", "regexp_replace({s}, '(a|ab)(b?)', '<\\2>', 'g')",
            "normalize({s}, NFD)"])

    def bool_expression(self, scope, depth):
        kind = self.random.choice(["int", "int", "numeric", "double", "text", "date", "timestamp", "interval", "bool"])

        def e():
            return self.expression(kind, scope, depth)
        compare = self.random.choice(["=", "<>", "<", "<=", ">", ">="])
        form = self.random.randrange(11)
        if form < 3:
            return f"({e()} {compare} {e()})"
        if form == 3:
            return f"({e()} IS {self.random.choice(['', 'NOT '])}NULL)"
        if form == 4:
            return f"({e()} {self.random.choice(['', 'NOT '])}IN ({e()}, {e()}, {self.leaf(kind, scope)}))"
        if form == 5:
            return f"({e()} {self.random.choice(['', 'NOT '])}BETWEEN {e()} AND {e()})"
        if form == 6:
            return f"({e()} IS {self.random.choice(['', 'NOT '])}DISTINCT FROM {e()})"
        if form == 7:
            pattern = self.random.choice(["'a%'", "'%b'", "'_'", "'%'", "''", "'a\\%b'", "'%''%'", "'%日%'", "'a_%'"])
            return f"({self.expression('text', scope, depth)} {self.random.choice(['LIKE', 'NOT LIKE', 'ILIKE'])} {pattern})"
        return self.pick(scope, depth, ["({b} AND {b})", "({b} OR {b})", "(NOT {b})", "({b} IS TRUE)", "({b} IS NOT FALSE)",
                                        "({b} IS UNKNOWN)", "({s} SIMILAR TO '%(a|b)_*')", "({s} ~ '^[a-m]+')", "({s} !~* 'B')", "starts_with({s}, 'a')",
                                        "(({d}, {d}) OVERLAPS ({d}, {v}))", "isfinite({t})", "({i} < {n})", "({i} = {f})", "({d} < {t})", "({n} >= {f})"])

    def date_expression(self, scope, depth):
        return self.pick(scope, depth, ["({d} + {i})", "({d} - {i})", "CAST({t} AS DATE)", "CAST(date_trunc('month', {t}) AS DATE)"])

    def timestamp_expression(self, scope, depth):
        return self.pick(scope, depth, ["({t} + {v})", "({t} - {v})", "({d} + {v})", "CAST({d} AS TIMESTAMP)",
                                        "date_trunc('hour', {t})", "date_trunc('year', {t})", "date_trunc('week', {t})",
                                        "date_bin('15 minutes', {t}, TIMESTAMP '2001-01-01')", "({t} AT TIME ZONE 'Asia/Tokyo' AT TIME ZONE 'UTC')"])

    def interval_expression(self, scope, depth):
        return self.pick(scope, depth, ["({v} + {v})", "({v} - {v})", "(- {v})", "({v} * 2)", "({v} / 3)", "({t} - {t})",
                                        "({v} * 1.5)", "justify_days({v})", "justify_hours({v})", "justify_interval({v})", "age({t}, {t})"])

    # ---- queries

    def kind(self):
        return self.random.choice(list(OF_KIND))

    def aggregate(self, scope):
        form = self.random.choice([
            "count(*)", "count({K})", "count(DISTINCT {K})", "sum({i})", "sum({n})", "avg({i})", "avg({n})", "min({M})", "max({M})",
            "sum({v})", "avg({v})", "bool_and({b})", "bool_or({b})", "sum(DISTINCT {i})", "avg({f})", "stddev({i})", "variance({n})",
            "var_pop({i})", "stddev_samp({f})", "max({s})", "min({s})", "avg(DISTINCT {n})",
            "bit_and({i})", "bit_or({i})", "bit_xor({i})", "regr_count({i}, {f})", "covar_pop({i}, {i})", "corr({i}, {i})", "regr_slope({i}, {i})",
            "percentile_cont(0.25) WITHIN GROUP (ORDER BY {i})", "percentile_disc(0.6) WITHIN GROUP (ORDER BY {M})",
            "percentile_disc(0.3) WITHIN GROUP (ORDER BY {n} DESC)", "mode() WITHIN GROUP (ORDER BY {i})",
            "string_agg(DISTINCT CAST({i} AS TEXT), ',')"])
        form = form.replace("{K}", "{" + self.random.choice("infsbdtv") + "}")
        form = form.replace("{M}", "{" + self.random.choice("infsdtv") + "}")
        text = self.pick(scope, 1, [form])
        if self.random.random() < 0.15:
            text += f" FILTER (WHERE {self.expression('bool', scope, 1)})"
        return text

    # ---- windows

    def way(self):
        return self.random.choice(["", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"])

    def some_order(self, scope, least):
        """Keys that may leave peers."""
        keys = [self.leaf(self.kind(), scope) if self.random.random() < 0.8 else self.expression(self.kind(), scope, 1)
                for _ in range(self.random.randint(least, 2))]
        return "ORDER BY " + ", ".join(key + self.way() for key in keys) if keys else ""

    def total_order(self, scope):
        """All columns: rows that are still equal look alike."""
        return "ORDER BY " + ", ".join(c.name + self.way() for c in self.random.sample(scope, len(scope)))

    def bounds(self, offset):
        """Two bounds of a frame in an order that is allowed; `offset` gives a distance."""
        forms = ["UNBOUNDED PRECEDING", "{} PRECEDING", "CURRENT ROW", "{} FOLLOWING", "UNBOUNDED FOLLOWING"]
        start = self.random.randrange(4)
        end = self.random.randrange(max(start, 1), 5)
        exclude = self.random.choice(["", "", "", " EXCLUDE CURRENT ROW", " EXCLUDE GROUP", " EXCLUDE TIES"])
        return f"BETWEEN {forms[start].format(offset())} AND {forms[end].format(offset())}{exclude}"

    def distance_frame(self, scope):
        """An order and a RANGE frame by distances from its only key."""
        distances = {"int": ["0", "1", "3", "100"], "numeric": ["0.5", "1", "2.255", "100"], "double": ["0.25", "1", "1e9"],
                     "date": ["INTERVAL '1 day'", "INTERVAL '1 month'", "'1 year'"],
                     "timestamp": ["INTERVAL '36 hours'", "INTERVAL '2 months'", "'1 year'"],
                     "interval": ["INTERVAL '1 hour'", "INTERVAL '30 days'"]}
        fitting = [c for c in scope if c.kind in distances]
        if not fitting or self.random.random() < 0.5:
            return None
        key = self.random.choice(fitting)
        frame = self.bounds(lambda: self.random.choice(distances[key.kind]))
        return f"ORDER BY {key.name}{self.way()} RANGE {frame}"

    def order_and_frame(self, scope, total):
        if total:
            mode = self.random.choice(["", "ROWS", "ROWS", "GROUPS"])
            order = self.total_order(scope)
        else:
            by_distance = self.distance_frame(scope)
            if by_distance is not None:
                return by_distance
            mode = self.random.choice(["", "", "RANGE", "GROUPS"])
            order = self.some_order(scope, 1 if mode == "GROUPS" else 0)
        if mode == "":
            return order
        if mode == "RANGE":
            return f"{order} RANGE BETWEEN " + self.random.choice([
                "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", "CURRENT ROW AND CURRENT ROW", "CURRENT ROW AND UNBOUNDED FOLLOWING",
                "UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE TIES", "UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP"])
        return f"{order} {mode} {self.bounds(lambda: self.random.choice(['0', '1', '2', '5', '1000']))}"

    def window(self, scope):
        known = all(c.kind != "none" for c in scope)
        partition = ""
        if self.random.random() < 0.6:
            keys = [self.leaf(self.kind(), scope) for _ in range(self.random.randint(1, 2))]
            partition = "PARTITION BY " + ", ".join(keys) + " "
        form = self.random.randrange(4)
        if form == 0:
            call = self.random.choice(["rank()", "dense_rank()", "percent_rank()", "cume_dist()"])
            return f"{call} OVER ({partition}{self.some_order(scope, 0)})"
        if form == 1 and known:
            call = self.pick(scope, 0, [self.random.choice([
                "row_number()", "ntile(1)", "ntile(3)", "lag({K})", "lead({K})", "lag({K}, 2)", "lead({K}, 1, {K})", "lag({K}, {i}::int % 5)"])
                .replace("{K}", "{" + self.random.choice("infsbdtv") + "}")])
            return f"{call} OVER ({partition}{self.total_order(scope)})"
        if form == 2 and known:
            call = self.pick(scope, 0, [self.random.choice(["first_value({K})", "last_value({K})", "nth_value({K}, 2)"])
                                        .replace("{K}", "{" + self.random.choice("infsbdtv") + "}")])
            return f"{call} OVER ({partition}{self.order_and_frame(scope, True)})"
        call = "DISTINCT"  # which windows do not have; the scale of variances is Runnel's own
        while "DISTINCT" in call or "var" in call or "stddev" in call:
            call = self.aggregate(scope)
        return f"{call} OVER ({partition}{self.order_and_frame(scope, known and self.random.random() < 0.5)})"

    def windowed(self, source, scope):
        items = [f"{c.name} AS x{i}" for i, c in enumerate(scope[:3])]
        columns = [Column(f"x{i}", c.kind) for i, c in enumerate(scope[:3])]
        for i in range(self.random.randint(1, 3)):
            items.append(f"{self.window(scope)} AS y{i}")
            columns.append(Column(f"y{i}", "none"))
        text = f"SELECT {', '.join(items)} FROM {source}{self.where(scope)}"
        if self.random.random() < 0.25 and all(c.kind != "none" for c in scope):
            limit = self.random.choice(["<= 2", "< 2", "= 1", "<= 0"])
            kept = ", ".join(f"x{i}" for i in range(len(scope[:3])))
            place = self.random.choice([f"row_number() OVER (PARTITION BY {scope[0].name} {self.total_order(scope)})",
                                        f"rank() OVER (PARTITION BY {scope[0].name} {self.some_order(scope, 1)})",
                                        f"dense_rank() OVER ({self.some_order(scope, 1)})"])
            inner = f"SELECT {', '.join(items[:len(scope[:3])])}, {place} AS place FROM {source}{self.where(scope)}"
            return f"SELECT {kept}, place FROM ({inner}) AS places WHERE place {limit}", columns[:len(scope[:3])] + [Column("place", "none")]
        if self.random.random() < 0.15 and all(c.kind != "none" for c in scope):
            keys = ", ".join(c.name for c in scope[:3])
            return f"SELECT DISTINCT ON ({keys}) {', '.join(items[:len(scope[:3])])} FROM {source}", columns[:len(scope[:3])]
        return text, columns

    def source(self, depth=0):
        """FROM's text and its columns."""
        first, scope = self.table("a", depth)
        text = first
        for i in range(self.random.choice([0, 0, 0, 1, 1, 2])):
            alias = "bc"[i]
            table, columns = self.table(alias, depth)
            left = self.random.choice(scope)
            same = [c for c in columns if c.kind == left.kind != "none"]
            right = self.random.choice(same) if same else None
            how = self.random.choice(["JOIN", "LEFT JOIN", "CROSS JOIN"])
            if how == "CROSS JOIN" or right is None:
                text += f" CROSS JOIN {table}"
            else:
                text += f" {how} {table} ON {left.name} = {right.name}"
                if self.random.random() < 0.3:
                    text += f" AND {self.expression('bool', scope + columns, 1)}"
            scope = scope + columns
        return text, scope

    def table(self, alias, depth):
        if depth < 2 and self.random.random() < 0.15:
            query, columns = self.select(depth + 1)
            return f"({query}) AS {alias}", [Column(f"{alias}.{c.name}", c.kind) for c in columns]
        name = self.random.choice(list(self.tables))
        return f"{name} AS {alias}", [Column(f"{alias}.{c.name}", c.kind) for c in self.tables[name]]

    def where(self, scope):
        return f" WHERE {self.expression('bool', scope, 2)}" if self.random.random() < 0.4 else ""

    def select(self, depth=0):
        """A query whose order does not matter, and the columns it gives."""
        source, scope = self.source(depth)
        form = self.random.random()
        if form < 0.3:
            return self.grouped(source, scope)
        if form < 0.5:
            return self.windowed(source, scope)
        kinds = [self.kind() for _ in range(self.random.randint(1, 4))]
        items = [f"{self.expression(k, scope, 3)} AS x{i}" for i, k in enumerate(kinds)]
        distinct = "DISTINCT " if self.random.random() < 0.2 else ""
        return (f"SELECT {distinct}{', '.join(items)} FROM {source}{self.where(scope)}",
                [Column(f"x{i}", k) for i, k in enumerate(kinds)])

    def grouped(self, source, scope):
        kinds = [self.kind() for _ in range(self.random.choice([0, 1, 1, 2]))]
        keys = [self.expression(k, scope, self.random.choice([0, 0, 1])) for k in kinds]
        items = [f"{key} AS x{i}" for i, key in enumerate(keys)]
        count = self.random.randint(1, 3)
        items += [f"{self.aggregate(scope)} AS y{i}" for i in range(count)]
        text = f"SELECT {', '.join(items)} FROM {source}{self.where(scope)}"
        if keys:
            text += " GROUP BY " + self.grouping([str(i + 1) for i in range(len(keys))])
        if self.random.random() < 0.2:
            text += f" HAVING {self.aggregate(scope)} IS NOT NULL"
        return text, [Column(f"x{i}", k) for i, k in enumerate(kinds)] + [Column(f"y{i}", "none") for i in range(count)]

    def grouping(self, keys):
        form = self.random.choice(["", "", "ROLLUP", "CUBE", "SETS"])
        if not form:
            return ", ".join(keys)
        if form == "SETS":
            sets = [f"({', '.join(k for k in keys if self.random.random() < 0.5)})" for _ in range(self.random.randint(1, 3))]
            return f"GROUPING SETS (({', '.join(keys)}), {', '.join(sets)})"
        return f"{form} ({', '.join(keys)})"

    def operands(self, kinds, depth):
        """UNION, INTERSECT, EXCEPT of selects with such columns; of values that are equal only where they look so."""
        if depth > 0 and self.random.random() < 0.6:
            left, right = self.operands(kinds, depth - 1), self.operands(kinds, depth - 1)
            operation = self.random.choice(["UNION", "UNION", "INTERSECT", "EXCEPT"]) + self.random.choice(["", " ALL"])
            return f"({left}) {operation} ({right})"
        source, scope = self.source(1)
        items = [f"CAST({self.expression(k, scope, 1)} AS {OF_KIND[k]}) AS x{i}" for i, k in enumerate(kinds)]
        return f"SELECT {', '.join(items)} FROM {source}{self.where(scope)}"

    def combined(self):
        kinds = [self.random.choice(["int", "numeric", "text", "bool", "date", "timestamp"])
                 for _ in range(self.random.randint(1, 3))]
        return self.operands(kinds, 2), [Column(f"x{i}", k) for i, k in enumerate(kinds)]

    def query(self):
        """A query and whether the order of its rows is total."""
        text, columns = self.combined() if self.random.random() < 0.15 else self.select()
        if self.random.random() < 0.15:
            text = f"WITH w AS ({text}) SELECT * FROM w"
        if self.random.random() < 0.35:
            ways = ["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]
            text += " ORDER BY " + ", ".join(f"{i + 1}{self.random.choice(ways)}" for i in range(len(columns)))
            if self.random.random() < 0.5:
                text += f" LIMIT {self.random.choice([0, 1, 3, 10])}"
            if self.random.random() < 0.3:
                text += f" OFFSET {self.random.choice([0, 1, 5])}"
            return text, True
        return text, False
