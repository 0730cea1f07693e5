"""Random tables and their data: types, the values that are worth meeting, and the shapes that a table can have."""

TYPES = ["SMALLINT", "INTEGER", "BIGINT", "NUMERIC(10,2)", "NUMERIC(38,6)", "DOUBLE PRECISION", "TEXT", "TEXT", "BOOLEAN",
         "DATE", "TIMESTAMP", "TIMESTAMPTZ", "INTERVAL", "INTEGER[]", "TEXT[]", "REAL", "VARCHAR(5)", "CHAR(4)", "TIME", "UUID", "BYTEA", "JSONB"]

KINDS = {"SMALLINT": "int", "INTEGER": "int", "BIGINT": "int", "NUMERIC(10,2)": "numeric", "NUMERIC(38,6)": "numeric",
         "DOUBLE PRECISION": "double", "TEXT": "text", "BOOLEAN": "bool", "DATE": "date", "TIMESTAMP": "timestamp",
         "TIMESTAMPTZ": "instant", "INTERVAL": "interval", "INTEGER[]": "ints", "TEXT[]": "texts", "REAL": "double",
         "VARCHAR(5)": "text", "CHAR(4)": "text", "TIME": "time", "UUID": "uuid", "BYTEA": "bytes", "JSONB": "json"}

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
    "TIMESTAMPTZ": ["TIMESTAMPTZ '2024-03-31 01:30:00+00'", "TIMESTAMPTZ '1970-01-01 00:00:00+00'",
                    "TIMESTAMPTZ '1999-12-31 23:30:00-05'", "TIMESTAMPTZ '2024-10-27 02:30:00+02'", "TIMESTAMPTZ 'infinity'",
                    "TIMESTAMPTZ '-infinity'", "TIMESTAMPTZ '2023-07-15 12:00:00.123456+05:30'"],
    "INTERVAL": ["INTERVAL '1 day'", "INTERVAL '24 hours'", "INTERVAL '1 month'", "INTERVAL '30 days'", "INTERVAL '-1 hour'",
                 "INTERVAL '1 year 2 mons 3 days 04:05:06.5'", "INTERVAL '0'"],
    "INTEGER[]": ["CAST('{}' AS INTEGER[])", "ARRAY[1]", "ARRAY[1, 2, 3]", "ARRAY[3, NULL, 1]", "ARRAY[-1, 2147483647]",
                  "CAST('{NULL}' AS INTEGER[])", "CAST('{7,7,7,7,7,7,7}' AS INTEGER[])"],
    "TEXT[]": ["CAST('{}' AS TEXT[])", "ARRAY['a']", "ARRAY['b', NULL, '']", "ARRAY['NULL', 'a,b', 'it''s']", "ARRAY['é', '{}', 'a b']",
               "CAST('{NULL}' AS TEXT[])"],
    "REAL": ["0", "1", "-1", "0.5", "1.25", "-2.75", "3.4028235e38", "1e-45", "'NaN'", "'Infinity'"],
    "VARCHAR(5)": ["''", "'a'", "'ab'", "'a    '", "'é日'", "'12'", "'abcde'"],
    "CHAR(4)": ["''", "'a'", "'ab'", "'a  b'", "'日'", "'7'", "'abcd'"],
    "TIME": ["TIME '00:00:00'", "TIME '12:34:56.789'", "TIME '23:59:59.999999'", "TIME '06:00'", "TIME '24:00:00'"],
    "UUID": ["CAST('00000000-0000-0000-0000-000000000000' AS UUID)", "CAST('ffffffff-ffff-ffff-ffff-ffffffffffff' AS UUID)",
             "CAST('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' AS UUID)", "CAST('7fffffff-0000-0000-0000-000000000001' AS UUID)"],
    "BYTEA": ["CAST('' AS BYTEA)", "CAST('\\x00' AS BYTEA)", "CAST('\\x61ff' AS BYTEA)", "CAST('abc' AS BYTEA)", "CAST('\\xe697a5' AS BYTEA)"],
    "JSONB": [f"CAST('{text}' AS JSONB)" for text in (
        "null", '{"a": 1, "b": "x"}', "[1, 2, 3]", '"text"', "12", "true", '{"a": {"b": [1, null, "é"]}, "k": []}', "[]", "{}",
        '{"a": null, "k": [{"a": 2}, {"a": 3}]}', '[1, [2, [3]], "a", {"a": "b"}]', "-0.5e3", '{"b": false, "a": "12"}')],
}

# Values without extremes, of which sums and products rarely fail.
TAME = {"SMALLINT": VALUES["SMALLINT"][:6], "INTEGER": VALUES["INTEGER"][:6], "BIGINT": VALUES["BIGINT"][:5],
        "NUMERIC(10,2)": ["0", "1", "-1", "1.50", "-2.25", "0.01", "1234.56"],
        "NUMERIC(38,6)": VALUES["NUMERIC(38,6)"][:4], "DOUBLE PRECISION": VALUES["DOUBLE PRECISION"][:6],
        "REAL": VALUES["REAL"][:6]}

OF_KIND = {"int": "INTEGER", "numeric": "NUMERIC(10,2)", "double": "DOUBLE PRECISION", "text": "TEXT", "bool": "BOOLEAN",
           "date": "DATE", "timestamp": "TIMESTAMP", "instant": "TIMESTAMPTZ", "interval": "INTERVAL", "ints": "INTEGER[]", "texts": "TEXT[]",
           "time": "TIME", "uuid": "UUID", "bytes": "BYTEA", "json": "JSONB"}

# Kinds without min() and max().
UNORDERED = ("bool", "ints", "texts", "uuid", "bytes", "json")
# Kinds of which values that are equal look different, or that have no order in Runnel: ordered by their text where the order must be total.
BY_TEXT = ("interval", "json")


class Column:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind


class Statement:
    """A statement in the words of either engine: partitions are Runnel's."""

    def __init__(self, text, suffix=""):
        self.runnel, self.postgresql = text + suffix, text


class Tables:
    """A part of the generator: what is in the database."""

    def schema(self):
        """Statements that make and fill the tables."""
        statements = []
        for number in range(self.random.randint(2, 4)):
            name = f"t{number}"
            types = ["INTEGER"] + [self.random.choice(TYPES) for _ in range(self.random.randint(2, 7))]
            self.tables[name] = [Column(f"c{i}", KINDS[t]) for i, t in enumerate(types)]
            self.types[name] = types
            columns = ", ".join(f"c{i} {t}" for i, t in enumerate(types))
            statements.append(Statement(f"CREATE TABLE {name} ({columns})", self.partitions()))
            statements += [Statement(f"INSERT INTO {name} VALUES {rows}") for rows in self.loads(name, types, number == 0)]
            if number > 0 and self.sizes[name] > 0 and self.random.random() < 0.08:  # more rows than a batch has
                times = 2500 // self.sizes[name]
                statements.append(Statement(f"INSERT INTO {name} SELECT t.* FROM {name} AS t CROSS JOIN generate_series(1, {times})"))
                self.sizes[name] *= times + 1
        return statements

    def partitions(self):
        form = self.random.choice(["", "HASH"])
        return f" PARTITION BY {form} (c0) WITH (partitions = {self.random.choice([2, 5, 17])})" if form else ""

    def loads(self, name, types, small):
        """The rows of a table, in as many texts as it has loads: each leaves a tablet a partition."""
        self.null_share = [self.random.choice([0, 0.15, 0.15, 0.15, 0.6, 1]) if i > 0 else 0.15 for i in range(len(types))]
        # Columns of few values come as dictionaries.
        self.pools = [self.random.sample(self.values(t), min(len(self.values(t)), self.random.choice([1, 2, 99]))) for t in types]
        self.sizes[name] = 0
        for _ in range(self.random.choice([1, 1, 2, 4])):
            rows = self.random.choice([0, 1, 3, 5] if small else [0, 1, 3, 10, 10, 40, 40, 150])
            self.sizes[name] += rows
            if rows > 0:
                yield ", ".join(self.row() for _ in range(rows))

    def values(self, sql_type):
        values = TAME[sql_type] if self.tame and sql_type in TAME else VALUES[sql_type]
        return values if self.infinite else [v for v in values if "infinity" not in v]

    def value(self, sql_type):
        return self.random.choice(self.values(sql_type))

    def row(self):
        return "(" + ", ".join("NULL" if self.random.random() < share else self.random.choice(pool)
                               for share, pool in zip(self.null_share, self.pools)) + ")"
