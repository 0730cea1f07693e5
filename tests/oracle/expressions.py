"""Random expressions of a kind over the columns in scope."""

import re

from tables import OF_KIND

LITERAL, END = "\x01", "\x02"
LETTERS = {"i": "int", "n": "numeric", "f": "double", "s": "text", "b": "bool", "d": "date", "t": "timestamp", "z": "instant",
           "v": "interval", "a": "ints", "x": "texts", "c": "time", "u": "uuid", "y": "bytes", "j": "json"}
ZONES = ["UTC", "Asia/Tokyo", "Europe/Berlin", "America/New_York", "+03:30"]


def plain(text):
    return text.replace(LITERAL, "").replace(END, "")


def hidden(text):
    """The literals as calls of hide(anyelement), which is volatile."""
    return re.sub(f"{LITERAL}([^{END}]*){END}",
                  lambda literal: f"hide({literal[1]}{'::text' if literal[1][:1] == chr(39) else ''})", text)


class Expressions:
    """A part of the generator: scalar expressions."""

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
        if self.random.random() < self.subquery_share:
            return self.scalar_subquery(kind, scope)
        return getattr(self, kind + "_expression")(scope, depth - 1)

    def choice(self, kind, scope, depth):
        def e():
            return self.expression(kind, scope, depth - 1)
        form = self.random.randrange(6)
        if form == 0:
            return f"CASE WHEN {self.expression('bool', scope, depth - 1)} THEN {e()} ELSE {e()} END"
        if form == 1:
            return f"COALESCE({e()}, {e()})"
        if form == 2:
            return f"NULLIF({e()}, {e()})"
        if form == 3:
            other = self.random.choice(["int", "text", "bool", "date"])
            arms = "".join(f" WHEN {self.expression(other, scope, depth - 2)} THEN {e()}" for _ in range(self.random.randint(1, 3)))
            return f"CASE {self.expression(other, scope, depth - 2)}{arms}{self.random.choice(['', f' ELSE {e()}', ' ELSE NULL'])} END"
        if form == 4 or kind == "json":
            return (f"CASE WHEN {self.expression('bool', scope, depth - 2)} THEN {e()} WHEN {self.expression('bool', scope, depth - 2)} THEN NULL "
                    f"WHEN {self.leaf('bool', scope)} THEN {e()} END")
        return f"{self.random.choice(['GREATEST', 'LEAST'])}({e()}, {e()})"

    def pick(self, scope, depth, forms):
        """A form with {i}, {n}, … replaced by expressions of that kind."""
        # PostgreSQL 15 takes the fields of infinity for a date in age().
        form = self.random.choice([f for f in forms if not (self.infinite and f.startswith(("extract", "age")))])
        out, at = "", 0
        while at < len(form):
            if form[at] == "{" and form[at + 2] == "}":
                out += self.expression(LETTERS[form[at + 1]], scope, depth)
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
            "cardinality({a})", "array_length({a}, 1)", "({a})[{i}]", "array_position({a}, CAST({i} AS INTEGER))", "array_upper({x}, 1)",
            "CAST({t} AS DATE) - DATE '2000-01-01'", "num_nulls({i}, {s}, {b})", "width_bucket({n}, 0, 100, 7)", "length({y})", "octet_length({y})",
            "get_byte({y}, 0)", "bit_count({y})", "jsonb_array_length({j})", "CAST(({j} ->> 'a') AS INTEGER)", "CAST(({j} -> 'a') AS INTEGER)",
            "array_ndims({a})", "array_lower({x}, 1)", "num_nonnulls({j}, {u}, {c})", "lcm({i}, {i})", "cardinality({x})",
            "cardinality(regexp_split_to_array({s}, 'a*'))", "(CAST({i} AS INTEGER) << 3)", "(CAST({i} AS INTEGER) >> 1)",
            "width_bucket({f}, -10, 10, 5)", "factorial(abs({i} % 5))::bigint", "length({s}::bytea)"])

    def numeric_expression(self, scope, depth):
        return self.pick(scope, depth, [
            "({n} + {n})", "({n} - {n})", "({n} * {n})", "({n} / {n})", "({n} % {n})", "(- {n})", "abs({n})", "({n} + {i})",
            "CAST({i} AS NUMERIC(12,3))", "CAST({n} AS NUMERIC(6,1))", "round({n}, 1)", "round({n})", "floor({n})", "ceil({n})",
            "trunc({n}, 1)", "CAST({s} AS NUMERIC(10,2))", "extract(year FROM {t})", "extract(epoch FROM {v})",
            "extract(dow FROM {d})", "extract(second FROM {t})", "extract(month FROM {d})", "CAST({f} AS NUMERIC(20,4))",
            "extract(isoyear FROM {d})", "extract(hour FROM {z})", "extract(millennium FROM {t})", "extract(hour FROM {v})", "div({n}, {n})", "gcd({n}, {n})",
            "extract(hour FROM {c})", "extract(epoch FROM {c})", "extract(epoch FROM {t})", "extract(timezone FROM {z})", "extract(quarter FROM {z})",
            "extract(day FROM {v})", "extract(month FROM {v})", "extract(julian FROM {d})", "extract(week FROM {t})", "extract(doy FROM {z})",
            "extract(decade FROM {d})", "extract(microseconds FROM {v})", "trim_scale({n})", "sign({n})", "mod({n}, 7)",
            "CAST(({j} ->> 'a') AS NUMERIC(12,2))", "round({n}, -1)", "scale(round({n}, 3))::numeric", "CAST({f} AS NUMERIC(12,2))"])

    def double_expression(self, scope, depth):
        return self.pick(scope, depth, [
            "({f} + {f})", "({f} - {f})", "({f} * {f})", "({f} / {f})", "(- {f})", "abs({f})", "({f} + {i})", "({n} * {f})",
            "CAST({i} AS DOUBLE PRECISION)", "CAST({n} AS DOUBLE PRECISION)", "floor({f})", "ceil({f})", "round({f})", "sqrt({f})",
            "trunc({f})", "sign({f})", "CAST({s} AS DOUBLE PRECISION)", "exp({f})", "ln({f})", "power({f}, {f})",
            "CAST({f} AS REAL)", "(CAST({f} AS REAL) * {f})", "atan2({f}, {f})", "degrees({f})", "cbrt({f})", "log({f})", "tanh({f})",
            "date_part('epoch', {t})", "date_part('second', {c})", "date_part('day', {v})", "asin({f})", "mod(CAST({n} AS NUMERIC), 3)::double precision"])

    def text_expression(self, scope, depth):
        return self.pick(scope, depth, [
            "({s} || {s})", "upper({s})", "lower({s})", "substring({s} FROM {i} FOR {i})", "substr({s}, {i})", "trim({s})",
            "ltrim({s}, {s})", "rtrim({s}, {s})", "replace({s}, {s}, {s})", "left({s}, {i})", "right({s}, {i})",
            "CAST({i} AS TEXT)", "CAST({n} AS TEXT)", "CAST({f} AS TEXT)", "CAST({b} AS TEXT)", "CAST({d} AS TEXT)",
            "CAST({t} AS TEXT)", "CAST({z} AS TEXT)", "CAST({v} AS TEXT)", "({s} || {i})", "concat({s}, {i}, {b})", "reverse({s})",
            "CAST({s} AS VARCHAR(2))", "split_part({s}, 'a', 1)", "initcap({s})", "lpad({s}, 5, 'xy')",
            "rpad({s}, 5)", "translate({s}, 'ab', 'x')", "concat_ws('-', {s}, {s}, {i})",
            "regexp_replace({s}, 'a', 'b')", "repeat({s}, 2)", "CAST({s} AS CHAR(3))::text",
            "md5({s})", "overlay({s} PLACING 'XY' FROM 2 FOR 1)", "to_char({t}, 'FMDay DD Mon YYYY HH12:MI:SS.US AM BC Q J')",
            "to_char({d}, 'IYYY-IW-ID DDD WW CC')", "to_char({v}, 'YYYY MM DD HH24:MI:SS.MS')", "to_char({i}, 'S999G999MI')",
            "to_char({i}, 'FM999,990.0PR')", "to_char({n}, '999G990D99')", "to_char({n}, 'FM99999.99S')", "format('%s|%5s|%L', {s}, {i}, {s})",
            "quote_literal({s})", "quote_ident({s})", "regexp_substr({s}, '[a-c]+')", "regexp_replace({s}, '(a+)(b?)', '<\\2>', 'g')",
            "normalize({s}, NFD)", "array_to_string({x}, ',', '*')", "array_to_string({a}, '-')", "CAST({a} AS TEXT)", "CAST({x} AS TEXT)", "({x})[1]",
            "({j} ->> 'a')", "({j} ->> 0)", "({j} #>> ARRAY['a', 'b'])", "CAST({j} AS TEXT)", "jsonb_typeof({j})", "jsonb_pretty({j})",
            "CAST(json_build_object('a', {i}, 'b', {s}, 'c', {t}) AS TEXT)", "CAST(json_build_array({b}, {n}, {a}) AS TEXT)", "CAST(to_json(CAST({s} AS TEXT)) AS TEXT)",
            "CAST(to_json({z}) AS TEXT)", "CAST(to_json({f}) AS TEXT)", "CAST(to_json({x}) AS TEXT)", "jsonb_extract_path_text({j}, 'a', 'b')",
            "CAST({c} AS TEXT)", "CAST({u} AS TEXT)", "CAST({y} AS TEXT)", "encode({y}, 'hex')", "encode({y}, 'base64')", "encode({y}, 'escape')",
            "substring({s} FROM '[a-c](.)')", "substring({s} SIMILAR '%#\"a#\"%' ESCAPE '#')", "(regexp_match({s}, '(a)(b)?'))[2]",
            "regexp_replace({s}, '[a-z]', 'X', 2)", "regexp_replace({s}, '(.)', '\\1\\1', 'gi')", "to_hex({i}::bigint)", "chr(abs({i} % 1000) + 1)",
            "quote_nullable({s})", "split_part({s}, ' ', -1)", "btrim({s}, 'ab ')", "to_char({z}, 'YYYY-MM-DD HH24:MI:SS TZ OF')",
            "to_char({f}, 'FM9990.99EEEE')", "to_char({n}, 'FM000000.000')", "to_char({d}, 'Dy, FMMonth FMDDth, YYYY')", "CAST({s} AS CHAR(2)) || '|'",
            "CAST({i} AS VARCHAR(3))", "unistr({s})", "format('%1$s %2$I', {i}, {s})", "overlay({s} PLACING {s} FROM 1)",
            "initcap(CAST({d} AS TEXT))", "concat({j}, {u}, {a}, {v})", "({s} || {a})", "(CAST({s} AS VARCHAR(3)) || {s})", "lower(CAST({u} AS TEXT))"])

    def bool_expression(self, scope, depth):
        kind = self.random.choice(["int", "int", "numeric", "double", "text", "date", "timestamp", "instant", "interval", "bool", "ints", "texts",
                                   "time", "uuid", "bytes", "json"])

        def e():
            return self.expression(kind, scope, depth)
        compare = self.random.choice(["=", "<>"] + ([] if kind == "json" else ["<", "<=", ">", ">="]))
        form = self.random.randrange(13)
        if self.random.random() < self.subquery_share:
            return self.subquery_condition(kind, e, compare, scope)
        if form < 3:
            return f"({e()} {compare} {e()})"
        if form == 3:
            return f"({e()} IS {self.random.choice(['', 'NOT '])}NULL)"
        if form == 4:
            return f"({e()} {self.random.choice(['', 'NOT '])}IN ({e()}, {e()}, {self.leaf(kind, scope)}))"
        if form == 5 and kind != "json":
            return f"({e()} {self.random.choice(['', 'NOT '])}BETWEEN {e()} AND {e()})"
        if form == 6:
            return f"({e()} IS {self.random.choice(['', 'NOT '])}DISTINCT FROM {e()})"
        if form == 7:
            pattern = self.random.choice(["'a%'", "'%b'", "'_'", "'%'", "''", "'a\\%b'", "'%''%'", "'%日%'", "'a_%'"])
            return f"({self.expression('text', scope, depth)} {self.random.choice(['LIKE', 'NOT LIKE', 'ILIKE'])} {pattern})"
        if form == 8:
            return self.rows_compared(scope, depth)
        return self.pick(scope, depth, ["({b} AND {b})", "({b} OR {b})", "(NOT {b})", "({b} IS TRUE)", "({b} IS NOT FALSE)",
                                        "({b} IS UNKNOWN)", "({s} SIMILAR TO '%(a|b)_*')", "({s} ~ '^[a-m]+')", "({a} @> {a})", "({a} && {a})", "({x} <@ {x})", "({i} = ANY ({a}))", "({i} > ALL ({a}))", "({s} = ANY ({x}))", "({s} !~* 'B')", "starts_with({s}, 'a')",
                                        "(({d}, {d}) OVERLAPS ({d}, {v}))", "isfinite({t})", "({i} < {n})", "({i} = {f})", "({d} < {t})", "({n} >= {f})",
                                        "({j} @> {j})", "({j} <@ {j})", "({j} ? 'a')", "({j} ?| ARRAY['a', 'b'])", "({j} ?& ARRAY['a'])", "regexp_like({s}, '^.a', 'i')",
                                        "CAST({s} AS BOOLEAN)", "CAST({i} % 2 AS INTEGER)::boolean", "({i} NOT IN (1, NULL, {i}))", "({s} NOT IN ('a', NULL))",
                                        "(({i}, {s}) IS NULL)", "(({i}, {s}) IS NOT NULL)", "({s} LIKE {s} ESCAPE '#')", "({z} > {t})", "({z} <= {d})",
                                        "({s} BETWEEN SYMMETRIC {s} AND {s})", "({s} SIMILAR TO '[a-z]+|#%' ESCAPE '#')", "({a} < {a})", "({t} <> ALL (ARRAY[{t}, {t}]))",
                                        "({s} <> ANY ({x}))", "({i} BETWEEN {n} AND {f})", "isfinite({d})", "({s} ~ '(a|b)\\1')", "({n} IN ({i}, {n}, NULL))"])

    def rows_compared(self, scope, depth):
        kinds = [self.random.choice(["int", "text", "date", "numeric", "bool", "double"]) for _ in range(self.random.randint(2, 3))]

        def row():
            return f"({', '.join(self.expression(k, scope, depth - 1) for k in kinds)})"
        if self.random.random() < 0.3:
            return f"({row()} {self.random.choice(['', 'NOT '])}IN ({row()}, {row()}))"
        return f"({row()} {self.random.choice(['=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM'])} {row()})"

    def date_expression(self, scope, depth):
        return self.pick(scope, depth, ["({d} + {i})", "({d} - {i})", "CAST({t} AS DATE)", "CAST(date_trunc('month', {t}) AS DATE)", "CAST({z} AS DATE)",
                                        "to_date('2024-0' || abs({i} % 9 + 1), 'YYYY-MM')", "make_date(2000, 2, abs({i} % 30 + 1)::int)", "CAST({d} AS TEXT)::date"])

    def timestamp_expression(self, scope, depth):
        return self.pick(scope, depth, ["({t} + {v})", "({t} - {v})", "({d} + {v})", "CAST({d} AS TIMESTAMP)",
                                        "date_trunc('hour', {t})", "date_trunc('year', {t})", "date_trunc('week', {t})",
                                        "date_bin('15 minutes', {t}, TIMESTAMP '2001-01-01')", "({t} AT TIME ZONE 'Asia/Tokyo' AT TIME ZONE 'UTC')",
                                        f"({{z}} AT TIME ZONE '{self.random.choice(ZONES)}')", "({d} + {c})", "CAST({z} AS TIMESTAMP)", "CAST(CAST({t} AS TEXT) AS TIMESTAMP)",
                                        "to_timestamp('2024-03-01 10:' || abs({i} % 60), 'YYYY-MM-DD HH24:MI')::timestamp", "date_trunc('quarter', {t})",
                                        "date_trunc('decade', {d})::timestamp", "make_timestamp(2024, 2, 29, abs({i} % 24)::int, 30, 1.5)"])

    def instant_expression(self, scope, depth):
        zone = self.random.choice(ZONES)
        return self.pick(scope, depth, ["({z} + {v})", "({z} - {v})", f"({{t}} AT TIME ZONE '{zone}')", f"({{d}} AT TIME ZONE '{zone}')",
                                        "date_trunc('day', {z})", "date_trunc('day', {z}, 'America/New_York')",
                                        "date_bin('15 minutes', {z}, TIMESTAMPTZ '2001-01-01 00:00:00+00')", "CAST({t} AS TIMESTAMPTZ)",
                                        "CAST({d} AS TIMESTAMPTZ)", "CAST(CAST({z} AS TEXT) AS TIMESTAMPTZ)", "to_timestamp({i} % 100000)", "date_trunc('week', {z})",
                                        "date_trunc('month', {z}, 'Asia/Tokyo')", "make_timestamptz(2024, 3, 31, 2, 30, 0)"])

    def time_expression(self, scope, depth):
        return self.pick(scope, depth, ["({c} + {v})", "({c} - {v})", "CAST({t} AS TIME)", "CAST({z} AS TIME)", "CAST({v} AS TIME)", "CAST(CAST({c} AS TEXT) AS TIME)",
                                        "make_time(abs({i} % 24)::int, 5, 7.25)"])

    def uuid_expression(self, scope, depth):
        return self.pick(scope, depth, ["CAST(CAST({u} AS TEXT) AS UUID)", "CAST(md5({s}) AS UUID)", "CAST({s} AS UUID)"])

    def bytes_expression(self, scope, depth):
        return self.pick(scope, depth, ["({y} || {y})", "decode(md5({s}), 'hex')", "convert_to({s}, 'UTF8')", "substring({y} FROM 2 FOR 1)", "sha256({y})",
                                        "set_byte({y}, 0, 65)", "decode(encode({y}, 'base64'), 'base64')", "substr({y}, {i}::int)", "btrim({y}, CAST('a' AS BYTEA))"])

    def json_expression(self, scope, depth):
        return self.pick(scope, depth, ["({j} -> 'a')", "({j} -> 0)", "({j} -> -1)", "({j} #> ARRAY['a', 'b'])", "({j} || {j})", "({j} - 'a')", "({j} - 0)",
                                        "jsonb_build_object('k', {i}, 'a', {s})", "jsonb_build_array({i}, {s}, {b}, {j})", "to_jsonb({i})", "to_jsonb(CAST({s} AS TEXT))",
                                        "to_jsonb({b})", "to_jsonb({a})", "to_jsonb({x})", "to_jsonb({t})", "to_jsonb({d})", "to_jsonb({v})", "to_jsonb({u})",
                                        "jsonb_strip_nulls({j})", "jsonb_extract_path({j}, 'k', '0')", "CAST(CAST({j} AS TEXT) AS JSONB)", "CAST(to_json(CAST({s} AS TEXT)) AS JSONB)",
                                        "jsonb_build_object({s}, {j})", "({j} - ARRAY['a', 'b'])", "(jsonb_build_array({j}) || {j})", "CAST({s} AS JSONB)"])

    def ints_expression(self, scope, depth):
        return self.pick(scope, depth, ["({a} || {a})", "array_append({a}, CAST({i} AS INTEGER))", "(CAST({i} AS INTEGER) || {a})",
                                        "array_remove({a}, CAST({i} AS INTEGER))", "ARRAY[CAST({i} AS INTEGER), length({s})]", "({a})[{i}:2]",
                                        "array_replace({a}, 1, NULL)", "CAST({x} AS INTEGER[])", "({a})[2:]",
                                        "array_positions({a}, CAST({i} AS INTEGER))", "trim_array({a}, 1)", "array_fill(CAST({i} AS INTEGER), ARRAY[2])"])

    def texts_expression(self, scope, depth):
        return self.pick(scope, depth, ["({x} || {x})", "array_append({x}, {s})", "array_prepend({s}, {x})", "array_remove({x}, {s})",
                                        "ARRAY[{s}, {s}]", "({x})[2:3]", "string_to_array({s}, 'a')", "string_to_array({s}, ' ', '12')",
                                        "CAST({a} AS TEXT[])", "CAST(CAST({x} AS TEXT) AS TEXT[])", "array_cat({x}, {x})",
                                        "regexp_split_to_array({s}, '[ ,]')", "regexp_match({s}, '([a-c])(.)')", "array_replace({x}, {s}, {s})"])

    def interval_expression(self, scope, depth):
        return self.pick(scope, depth, ["({v} + {v})", "({v} - {v})", "(- {v})", "({v} * 2)", "({v} / 3)", "({t} - {t})",
                                        "({z} - {z})", "({v} * 1.5)", "justify_days({v})", "justify_hours({v})", "justify_interval({v})", "age({t}, {t})",
                                        "({c} - {c})", "CAST({c} AS INTERVAL)", "date_trunc('hour', {v})", "make_interval(days => {i}::int, hours => 3)", "({v} * {f})",
                                        "(CAST({t} AS DATE) - {t})", "CAST({i} || ' days' AS INTERVAL)", "age({z}, {z})", "CAST(CAST({v} AS TEXT) AS INTERVAL)"])
