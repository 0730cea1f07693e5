"""Queries that are wrong, or may be: each has the SQLSTATE that PostgreSQL gives it, or the rows."""

from tables import OF_KIND

KINDS = list(OF_KIND)
OPERATORS = ["+", "-", "*", "/", "%", "||", "=", "<>", "<", ">=", "&", "|", "#", "<<", "~", "~*", "@>", "&&", "->", "->>", "#>", "?", "^", "LIKE", "AND",
             "IS DISTINCT FROM", "<@"]
FUNCTIONS = ["abs", "length", "upper", "round", "substr", "left", "replace", "sum", "avg", "min", "max", "bool_and", "string_agg", "array_agg", "count",
             "date_trunc", "age", "to_char", "sqrt", "power", "mod", "ceil", "sign", "md5", "concat", "repeat", "lpad", "trim", "split_part",
             "array_length", "cardinality", "unnest", "jsonb_typeof", "to_jsonb", "encode", "greatest", "coalesce", "nullif", "width_bucket", "strpos",
             "rank", "row_number", "lag", "ntile", "first_value", "now", "justify_days", "isfinite", "regexp_replace", "regexp_match", "initcap",
             "array_append", "array_to_string", "jsonb_array_length", "bit_and", "stddev", "corr", "percentile_cont", "mode", "extract", "nofunction",
             "starts_with", "date_part", "make_date", "to_timestamp", "chr", "ascii", "reverse", "translate", "generate_series", "num_nulls", "gcd"]
LITERALS = ["'abc'", "'12'", "''", "NULL", "1", "-1", "1.5", "TRUE", "'2024-01-31'", "'{1,2}'", "'1 day'", "ARRAY[1, 2]", "ARRAY[]", "9999999999",
            "1e30", "'infinity'", "B'101'", "x'1F'", "CURRENT_DATE - CURRENT_DATE", "'[1]'", "(1, 2)", "'\\x61'", "32767::smallint", "U&'\\0061'"]
CASTS = ["INTEGER", "SMALLINT", "BIGINT", "NUMERIC(5,2)", "NUMERIC", "DOUBLE PRECISION", "REAL", "TEXT", "VARCHAR(3)", "CHAR(2)", "BOOLEAN", "DATE",
         "TIMESTAMP", "TIMESTAMPTZ", "TIME", "INTERVAL", "INTEGER[]", "TEXT[]", "UUID", "BYTEA", "JSONB", "JSON", "NOTYPE"]
TEXTS = ["abc", "12", " 12 ", "", "1e5", "1e400", "-0", "0x1F", "1_000", "99999999999", "1.5", ".5", "5.", "+3", "NaN", "inf", "-Infinity", "t", "yes", "off", "tr",
         "2024-02-30", "2024-02-29", "20240229", "Feb 29 2024", "2024-060", "29.02.2024", "02/29/2024", "today", "epoch", "allballs", "2024-02-29 25:00",
         "2024-02-29 12:30:60", "12:30:61", "12:30 PM", "2024-02-29T12:30:00Z", "2024-02-29 12:30 Europe/Berlin", "2024-02-29 12:30+25", "2024-02-29 BC",
         "1 year 2 mons", "1y", "P1Y2M3DT4H5M6S", "@ 1 hour ago", "1 fortnight", "1:2:3", "1 2:03", "-1 day +02:00", "5 days 5", "{1,2}", "{1,,2}",
         "{}", "{{1},{2}}", "{a,NULL,\"b c\"}", "{1", "[1:2]={1,2}", "a0eebc999c0b4ef8bb6d6bb9bd380a11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
         "\\x0g", "\\x00", "\\000", "\\8", '{"a": 1}', "[1, 2", "nul", '"\\u0000"', "[01]", "1.", "-", '{"a" 1}']


class Mistakes:
    """A part of the generator: queries of which many have an error."""

    def mistake(self):
        source, scope = self.source(2)
        scope = [c for c in scope if c.kind != "none"] or scope
        form = self.random.random()
        if form < 0.2:
            return f"SELECT {self.any_value(scope)} {self.random.choice(OPERATORS)} {self.any_value(scope)} AS x0 FROM {source}"
        if form < 0.45:
            name = self.random.choice(FUNCTIONS)
            arguments = ", ".join(self.any_value(scope) for _ in range(self.random.choice([0, 1, 1, 1, 2, 2, 3])))
            over = self.random.choice(["", "", "", "", " OVER ()", " OVER (ORDER BY 1)", " FILTER (WHERE TRUE)"])
            call = f"{name}({arguments}){over}"
            indeterminate = name in ("now", "array_agg", "string_agg", "first_value", "lag", "ntile", "row_number", "age")
            return f"SELECT {f'{call} IS NULL' if indeterminate else call} AS x0 FROM {source}"
        if form < 0.6:
            return f"SELECT CAST({self.any_value(scope)} AS {self.random.choice(CASTS)}) AS x0 FROM {source}"
        if form < 0.75:
            text = self.random.choice(TEXTS).replace("'", "''")
            value = f"CAST('{text}' AS {self.random.choice(CASTS)})"
            return f"SELECT {value} AS x0" if text not in ("today",) else f"SELECT {value} IS NULL AS x0"
        return self.random.choice(self.wrong_queries(source, scope))

    def any_value(self, scope):
        if self.random.random() < 0.3:
            return self.random.choice(LITERALS)
        return self.leaf(self.random.choice(KINDS), scope)

    def wrong_queries(self, source, scope):
        a, b = self.random.choice(scope).name, self.random.choice(scope).name
        number, text, date, truth = (self.leaf(k, scope) for k in ("int", "text", "date", "bool"))
        value = self.any_value(scope)
        return [
            f"SELECT nothing FROM {source}", f"SELECT a1.nothing FROM {source}", f"SELECT c0 FROM {source}", "SELECT * FROM nowhere", f"SELECT {a}.x FROM {source}",
            f"SELECT {a}, count(*) FROM {source}", f"SELECT count(*) FROM {source} WHERE sum({number}) > 0", f"SELECT sum(count(*)) FROM {source}",
            f"SELECT {a} FROM {source} GROUP BY {b}", f"SELECT {a} FROM {source} HAVING count(*) > 0", f"SELECT 1 FROM {source} WHERE {value}",
            f"SELECT 1 FROM {source} WHERE rank() OVER () = 1", f"SELECT count(*) FROM {source} HAVING {value}", f"SELECT 1 FROM {source} GROUP BY rank() OVER ()",
            f"SELECT CASE WHEN {value} THEN 1 END FROM {source}", f"SELECT CASE WHEN {truth} THEN {a} ELSE {value} END FROM {source}",
            f"SELECT COALESCE({a}, {value}) FROM {source}", f"SELECT GREATEST({a}, {b}, {value}) FROM {source}", f"SELECT NULLIF({a}, {value}) FROM {source}",
            f"SELECT {a} IN ({b}, {value}) FROM {source}", f"SELECT {a} BETWEEN {b} AND {value} FROM {source}", f"SELECT NOT {value} FROM {source}",
            f"SELECT {a} IN (SELECT {b} FROM {source}) FROM {source}", f"SELECT ARRAY[{a}, {b}, {value}] FROM {source}", f"SELECT - {value} FROM {source}",
            f"SELECT {a} FROM {source} UNION SELECT {b} FROM {source}", f"SELECT {a} FROM {source} EXCEPT SELECT {value}", f"SELECT 1, 2 UNION SELECT {number} FROM {source}",
            f"SELECT {a} FROM {source} ORDER BY 7", f"SELECT {a} FROM {source} ORDER BY 0", f"SELECT {a} AS x0 FROM {source} ORDER BY x0 + 1", f"SELECT {a} FROM {source} GROUP BY 3",
            f"SELECT DISTINCT {a} FROM {source} ORDER BY {b}", f"SELECT DISTINCT ON ({a}) {b} FROM {source} ORDER BY {b}", f"SELECT {a} AS x0, {b} AS x0 FROM {source} ORDER BY x0",
            f"SELECT (SELECT 1, 2) FROM {source}", f"SELECT {number} IN (SELECT 1, 2) FROM {source}", f"SELECT (SELECT {a} FROM {source}) AS x0", f"SELECT 1 = ANY ({value}) FROM {source}",
            f"SELECT {a} FROM {source} LIMIT -1", f"SELECT {number} FROM {source} OFFSET -1", f"SELECT 1 FROM {source} LIMIT {value}", f"SELECT {a} FROM {source} LIMIT {a}",
            "SELECT 1 FROM t0 AS a JOIN t1 AS a ON TRUE", "SELECT t0.c0 FROM t0 AS a", "SELECT c0 FROM t0, t1", "SELECT 1 FROM t0 AS a JOIN (SELECT a.c0) AS b ON TRUE", "SELECT 1 FROM t0 JOIN t1 USING (nothing)",
            f"SELECT 1 FROM t0 AS a JOIN t1 AS b ON {value}", f"SELECT sum({number}) OVER (ORDER BY {number}, {text} RANGE 1 PRECEDING) FROM {source}",
            f"SELECT sum({number}) OVER (ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING) FROM {source}", f"SELECT sum({number}) OVER (ROWS -1 PRECEDING) FROM {source}",
            f"SELECT sum({number}) OVER (GROUPS 1 PRECEDING) FROM {source}", f"SELECT sum({number}) OVER (ORDER BY {text} RANGE 1 PRECEDING) FROM {source}", f"SELECT sum({number}) OVER nothing FROM {source}",
            f"SELECT ntile(0) OVER () FROM {source}", f"SELECT nth_value({a}, 0) OVER () FROM {source}", f"SELECT sum(rank() OVER ()) OVER () FROM {source}", f"SELECT sum(DISTINCT {number}) OVER () FROM {source}",
            f"SELECT rank() FROM {source}", f"SELECT abs({number}) OVER () FROM {source}", f"SELECT abs(DISTINCT {number}) FROM {source}", f"SELECT count(DISTINCT *) FROM {source}", f"SELECT sum(*) FROM {source}",
            f"SELECT percentile_cont(2) WITHIN GROUP (ORDER BY {number}) FROM {source}", f"SELECT sum({number}) WITHIN GROUP (ORDER BY {number}) FROM {source}", f"SELECT mode() FROM {source}",
            f"SELECT GROUPING({a}) FROM {source}", f"SELECT GROUPING({a}) FROM {source} GROUP BY {b}", f"SELECT sum({number}) FILTER (WHERE {value}) FROM {source}", f"SELECT string_agg(DISTINCT {text}, ',' ORDER BY {number}) FROM {source}",
            "WITH w (a, b) AS (SELECT 1) SELECT * FROM w", "WITH RECURSIVE w AS (SELECT 1 AS n UNION ALL SELECT n + 1.5 FROM w WHERE n < 3) SELECT * FROM w", "WITH RECURSIVE w AS (SELECT n FROM w) SELECT 1 FROM w",
            "WITH RECURSIVE w (n) AS (SELECT 1 UNION ALL SELECT sum(n) FROM w) SELECT * FROM w", "WITH w AS (SELECT 1), w AS (SELECT 2) SELECT 1", "WITH RECURSIVE w (n) AS (SELECT 1 UNION SELECT n FROM t0 LEFT JOIN w ON TRUE) SELECT 1 FROM w",
            f"SELECT {text} ~ '(' FROM {source}", f"SELECT {text} LIKE 'a\\' FROM {source}", f"SELECT {text} LIKE 'a' ESCAPE 'xx' FROM {source}", f"SELECT substring({text} FROM 1 FOR -1) FROM {source}", f"SELECT regexp_replace({text}, 'a', 'b', 'z') FROM {source}",
            f"SELECT chr(-1), chr(0) FROM {source}", f"SELECT date_trunc('nothing', {date}) FROM {source}", f"SELECT extract(nothing FROM {date}) FROM {source}", f"SELECT extract(hour FROM {date}) FROM {source}",
            f"SELECT {date}::timestamp AT TIME ZONE 'Nowhere/Land' FROM {source}", f"SELECT to_date({text}, 'YYYY-MM-DD') FROM {source}", f"SELECT to_number({text}, '99') FROM {source}", f"SELECT to_timestamp({text}, 'HH24:MI') FROM {source}",
            f"SELECT width_bucket({number}, 1, 1, 0) FROM {source}", f"SELECT sqrt(-1), ln(0) FROM {source}", f"SELECT power(0, -1) FROM {source}", f"SELECT power(-2, 0.5) FROM {source}", f"SELECT generate_series(1, 3, 0) FROM {source}", f"SELECT 1 / ({number} - {number}) FROM {source}",
            f"SELECT {number} % 0 FROM {source}", f"SELECT 2147483647 + {number} FROM {source}", f"SELECT - (-32768)::smallint FROM {source}", f"SELECT (-9223372036854775808)::bigint / -1 FROM {source}", f"SELECT abs((-2147483648)::int) FROM {source}", f"SELECT ({a}, {b}) = ({b}, {a}, 1) FROM {source}",
            f"SELECT ({a}, {b}) < ({value}, {b}) FROM {source}", f"SELECT unnest({value}) FROM {source}", f"SELECT * FROM unnest({value}) AS u", f"SELECT 1 FROM {source} WHERE unnest(ARRAY[1]) = 1", f"SELECT ({value})[1] FROM {source}", f"SELECT array_length({value}, 1) FROM {source}", f"SELECT EXISTS (SELECT) FROM {source}",
            f"INSERT INTO t0 (c0, c0) VALUES (1, 2)", f"INSERT INTO t0 (c0) VALUES (1, 2)", f"INSERT INTO t0 (c0, c1) VALUES (1)", f"INSERT INTO t0 (nothing) VALUES (1)", "INSERT INTO nowhere VALUES (1)", "INSERT INTO t0 (c0) VALUES (DATE '2024-01-01')", "INSERT INTO t0 (c0) SELECT 'x'::text", "UPDATE t0 SET nothing = 1",
            "UPDATE t0 SET c0 = 1, c0 = 2", "UPDATE t0 SET c0 = 'x'::text", "UPDATE t0 SET c0 = sum(c0)", "UPDATE t0 SET c0 = 1 WHERE c0", "DELETE FROM t0 WHERE sum(c0) > 1", "DELETE FROM nowhere", "DELETE FROM t0 WHERE nothing", "ALTER TABLE t0 ADD COLUMN c0 INTEGER", "ALTER TABLE t0 DROP COLUMN nothing", "ALTER TABLE nowhere DROP COLUMN c0",
            "ALTER TABLE t0 RENAME COLUMN nothing TO other", "ALTER TABLE t0 ADD COLUMN z NOTYPE", "CREATE TABLE t0 (a INTEGER)", "CREATE TABLE z (a INTEGER, a TEXT)", "DROP TABLE nowhere", "CREATE VIEW t0 AS SELECT 1", "TRUNCATE nowhere", "SELECT * FROM t0 WHERE", "SELECT FROM WHERE", "SELEC 1", "SELECT 'abc", "SELECT 1 +", "SELECT (1", f"SELECT {a}, FROM {source}",
            "VALUES (1, 2), (3)", "VALUES (1), ('x')", "SELECT * FROM (VALUES (1)) AS v (a, b)", "SELECT * FROM (SELECT 1)", "SELECT *", "SELECT x.* FROM t0", "SELECT DISTINCT ON (1) 1, 2 ORDER BY 2", f"SELECT {a} FROM {source} FETCH FIRST -1 ROWS ONLY", "SELECT now(1)", "SELECT CAST(1 AS INTEGER(5))", "SELECT CAST(1 AS NUMERIC(0))", "SELECT CAST(1 AS VARCHAR(0))",
        ]
