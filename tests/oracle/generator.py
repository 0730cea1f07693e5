"""Random tables, data and queries in the SQL that Runnel and PostgreSQL have in common; the same seed, the same text.

Literals stand between marks (expressions.py), so that a query can be written with plain ones or with ones that PostgreSQL's
planner cannot compute with: it raises errors of constants that no row ever needs."""

import random

from changes import Changes
from expressions import ZONES, Expressions
from mistakes import Mistakes
from subqueries import Subqueries
from tables import BY_TEXT, OF_KIND, Column, Tables
from windows import Windows

ROOM = 4000  # rows that the tables of a query may make when they are multiplied; fewer where each may ask subqueries


class Query:
    """Its text, whether the order of its rows is total, and whether its errors are no matter of the plan."""

    def __init__(self, text, ordered=False, exact=False):
        self.text, self.ordered, self.exact = text, ordered, exact


class Generator(Tables, Expressions, Windows, Subqueries, Changes, Mistakes):
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tables = {}
        self.sizes = {}
        self.types = {}
        self.room = ROOM
        self.subquery_share = 0
        self.aliases = 0
        # extract() of infinity is a number that Runnel does not have: where there is one, there is none of the other.
        self.infinite = self.random.random() < 0.5
        # Half of the seeds rarely fail: errors end a query before much of it has run.
        self.tame = self.random.random() < 0.5
        self.zone = self.random.choice(["UTC", "UTC", *ZONES[1:4]])

    # ---- FROM

    def alias(self):
        self.aliases += 1
        return f"a{self.aliases}"

    def source(self, depth=0):
        """FROM's text and its columns."""
        room = self.room
        alias = self.alias()
        text, scope = self.table(alias, depth)
        plain = text.split()[0] in self.tables
        for i in range(self.random.choice([0, 0, 0, 1, 1, 2])):
            joined = self.join(scope, depth, alias if i == 0 and plain else None)
            text += joined[0]
            scope = scope + joined[1]
        self.room = room
        return text, scope

    def join(self, scope, depth, first):
        """JOIN's text and its columns; `first`: what is to its left is the table of that alias alone."""
        alias = self.alias()
        arrays = [c for c in scope if c.kind in ("ints", "texts")]
        if arrays and self.random.random() < 0.3:
            array = self.random.choice(arrays)
            return (f" {self.random.choice(['CROSS JOIN', 'CROSS JOIN LATERAL'])} unnest({array.name}) AS {alias} (x0)",
                    [Column(f"{alias}.x0", "int" if array.kind == "ints" else "text")])
        objects = [c for c in scope if c.kind == "json"]
        if objects and self.random.random() < 0.3:
            return self.members(alias, self.random.choice(objects))
        if depth < 2 and self.random.random() < 0.1:
            table, columns = self.lateral(alias, scope)
            return self.random.choice([f" CROSS JOIN {table}", f" LEFT JOIN {table} ON TRUE"]), columns
        table, columns = self.table(alias, depth)
        how = self.random.choice(["JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"])
        if first and how != "CROSS JOIN" and table.split()[0].startswith("t") and self.random.random() < 0.1:
            return f" {how} {table} USING (c0)", columns
        equal = []
        for _ in range(self.random.choice([1, 1, 2])):
            left = self.random.choice(scope)
            same = [c for c in columns if c.kind == left.kind not in ("none", "json")]
            if same:
                equal.append(f"{left.name} = {self.random.choice(same).name}")
        if how == "CROSS JOIN" or not equal:
            return f" CROSS JOIN {table}", columns
        text = f" {how} {table} ON {' AND '.join(equal)}"
        if self.random.random() < 0.3:
            text += f" AND {self.expression('bool', scope + columns, 1)}"
        return text, columns

    def members(self, alias, value):
        """A join with what stands within a column of JSON."""
        objects = f"CASE jsonb_typeof({value.name}) WHEN 'object' THEN {value.name} ELSE '{{}}' END"
        elements = f"CASE WHEN jsonb_typeof({value.name}) = 'array' THEN {value.name} ELSE '[]' END"
        call, kinds = self.random.choice([(f"jsonb_each({objects})", ["text", "json"]), (f"jsonb_each_text({objects})", ["text", "text"]),
                                          (f"jsonb_object_keys({objects})", ["text"]), (f"jsonb_array_elements({elements})", ["json"]),
                                          (f"jsonb_array_elements_text({elements})", ["text"])])
        names = ", ".join(f"x{i}" for i in range(len(kinds)))
        return (self.random.choice([f" CROSS JOIN {call} AS {alias} ({names})", f" LEFT JOIN {call} AS {alias} ({names}) ON TRUE"]),
                [Column(f"{alias}.x{i}", k) for i, k in enumerate(kinds)])

    def rows(self, alias):
        """A table of VALUES or of a series, which is no table of the database."""
        if self.random.random() < 0.3:
            series = self.random.choice([("generate_series(1, 5)", "int"), ("generate_series(3, -3, -2)", "int"),
                                         ("generate_series(TIMESTAMP '2024-02-28 00:00', '2024-03-01', INTERVAL '12 hours')", "timestamp")])
            return f"{series[0]} AS {alias} (x0)", [Column(f"{alias}.x0", series[1])]
        kinds = [self.kind() for _ in range(self.random.randint(1, 3))]
        rows = ", ".join("(" + ", ".join(f"CAST({self.literal(k)} AS {OF_KIND[k]})" for k in kinds) + ")" for _ in range(self.random.randint(1, 4)))
        return (f"(VALUES {rows}) AS {alias} ({', '.join(f'x{i}' for i in range(len(kinds)))})",
                [Column(f"{alias}.x{i}", k) for i, k in enumerate(kinds)])

    def table(self, alias, depth):
        if self.random.random() < 0.06:
            self.room //= 5
            return self.rows(alias)
        if depth < 2 and self.random.random() < 0.15:
            query, columns = self.select(depth + 1)
            self.room //= 20
            return f"({query}) AS {alias}", [Column(f"{alias}.{c.name}", c.kind) for c in columns]
        fitting = [t for t in self.tables if self.sizes[t] <= self.room] or [min(self.tables, key=self.sizes.get)]
        name = self.random.choice(fitting)
        self.room //= max(self.sizes[name], 1)
        return f"{name} AS {alias}", [Column(f"{alias}.{c.name}", c.kind) for c in self.tables[name]]

    def where(self, scope):
        return f" WHERE {self.expression('bool', scope, 2)}" if self.random.random() < 0.4 else ""

    # ---- SELECT

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
        known = [c for c in scope if c.kind not in ("none", "json")]
        sets = bool(known) and self.random.random() < 0.4
        count = self.random.choice([0, 1, 1, 2]) if not sets else self.random.choice([1, 2, 3])
        if sets:  # of columns: PostgreSQL 15 does not take a constant's key away
            chosen = [self.random.choice(known) for _ in range(count)]
            kinds, keys = [c.kind for c in chosen], [c.name for c in chosen]
        else:
            kinds = [self.kind() for _ in range(count)]
            keys = [self.expression(k, scope, self.random.choice([0, 0, 1])) for k in kinds]
        items = [f"{key} AS x{i}" for i, key in enumerate(keys)]
        aggregates = [self.aggregate(scope) for _ in range(self.random.randint(1, 3))]
        if sets and self.random.random() < 0.4:
            aggregates[0] = f"GROUPING({', '.join(keys)})"
        if keys and not sets and self.random.random() < 0.1:
            aggregates.append(self.over_groups(scope))
        items += [f"{aggregate} AS y{i}" for i, aggregate in enumerate(aggregates)]
        text = f"SELECT {', '.join(items)} FROM {source}{self.where(scope)}"
        if keys:
            text += " GROUP BY " + (self.grouping(keys) if sets else ", ".join(str(i + 1) for i in range(count)))
        if self.random.random() < 0.25:
            text += f" HAVING {self.having(scope)}"
        return text, [Column(f"x{i}", k) for i, k in enumerate(kinds)] + [Column(f"y{i}", "none") for i in range(len(aggregates))]

    def having(self, scope):
        return self.random.choice([f"{self.aggregate(scope)} IS NOT NULL", f"count(*) > {self.random.choice([0, 1, 2])}",
                                   f"NOT bool_and({self.expression('bool', scope, 1)})",
                                   f"max({self.leaf('int', scope)}) >= min({self.leaf('int', scope)})"])

    def over_groups(self, scope):
        """A window over the groups."""
        value = self.random.choice(["count(*)", f"sum({self.leaf('int', scope)})", f"max({self.leaf('text', scope)})"])
        return self.random.choice([f"rank() OVER (ORDER BY {value}{self.way()})", f"sum(count(*)) OVER (ORDER BY {value})", f"dense_rank() OVER (ORDER BY {value})",
                                   f"count(*) OVER (ORDER BY {value} RANGE UNBOUNDED PRECEDING)"])

    def grouping(self, keys):
        form = self.random.choice(["ROLLUP", "CUBE", "SETS"])
        if form == "SETS":
            sets = [f"({', '.join(k for k in keys if self.random.random() < 0.5)})" for _ in range(self.random.randint(1, 3))]
            return f"GROUPING SETS (({', '.join(keys)}), {', '.join(sets)})"
        return f"{form} ({', '.join(keys)})"

    # ---- set operations, WITH

    def operands(self, kinds, depth):
        """UNION, INTERSECT, EXCEPT of selects with such columns; of values that are equal only where they look so."""
        if depth > 0 and self.random.random() < 0.6:
            left, right = self.operands(kinds, depth - 1), self.operands(kinds, depth - 1)
            operation = self.random.choice(["UNION", "UNION", "INTERSECT", "EXCEPT"]) + self.random.choice(["", " ALL"])
            return f"({left}) {operation} ({right})"
        source, scope = self.source(1)
        items = [f"CAST({self.expression(k, scope, 1)} AS {OF_KIND[k]}) AS x{i}" for i, k in enumerate(kinds)]
        if self.random.random() < 0.1 and not any(k in BY_TEXT for k in kinds):
            order = ", ".join(f"{i + 1}{self.way()}" for i in range(len(kinds)))
            return f"SELECT {', '.join(items)} FROM {source}{self.where(scope)} ORDER BY {order} LIMIT {self.random.choice([1, 2, 5])}"
        return f"SELECT {', '.join(items)} FROM {source}{self.where(scope)}"

    def combined(self):
        kinds = [self.random.choice(["int", "numeric", "text", "bool", "date", "timestamp", "instant", "time", "uuid", "bytes", "ints", "texts"])
                 for _ in range(self.random.randint(1, 3))]
        return self.operands(kinds, 2), [Column(f"x{i}", k) for i, k in enumerate(kinds)]

    def common_table(self):
        """WITH, and a query over it and the tables."""
        inner, columns = self.combined() if self.random.random() < 0.2 else self.select()
        how = self.random.choice(["", "", "MATERIALIZED ", "NOT MATERIALIZED "])
        self.tables["w"], self.sizes["w"] = [c for c in columns if c.kind != "none"], 50
        outer, columns = self.select() if self.tables["w"] else ("SELECT count(*) AS x0 FROM w", [Column("x0", "int")])
        del self.tables["w"]
        return f"WITH w AS {how}({inner}) {outer}", columns

    def recursive(self):
        name = min(self.tables, key=self.sizes.get)
        known = self.tables[name]
        value, step = self.random.choice(known), self.random.choice([c for c in known if c.kind == "int"])
        union = self.random.choice(["UNION", "UNION ALL"])
        deep = 3 if self.sizes[name] <= 10 else 1
        return (f"WITH RECURSIVE r (k, v, n) AS (SELECT c0, {value.name}, 0 FROM {name} {union} "
                f"SELECT b.c0, r.v, r.n + 1 FROM r JOIN {name} AS b ON b.{step.name} = r.k{self.random.choice(['', ' + 1'])} WHERE r.n < {deep}) "
                + self.random.choice(["SELECT k AS x0, v AS x1, n AS x2 FROM r", "SELECT n AS x0, v AS x1, count(k) AS x2 FROM r GROUP BY n, v"]),
                [Column("x0", "int"), Column("x1", value.kind), Column("x2", "int")])

    def query(self):
        if self.random.random() < 0.1:
            self.aliases, self.room, self.subquery_share = 0, 60, 0
            return Query(self.mistake(), exact=True)
        self.aliases, self.subquery_share = 0, self.random.choice([0, 0, 0, 0.03, 0.1, 0.2])
        self.room = ROOM if self.subquery_share == 0 else ROOM // 3
        form = self.random.random()
        text, columns = (self.combined() if form < 0.15 else self.common_table() if form < 0.27 else self.recursive() if form < 0.3
                         else self.select())
        if self.random.random() < 0.35 and not any(c.kind == "json" for c in columns):
            text += " ORDER BY " + ", ".join(f"{i + 1}{self.way()}" for i in range(len(columns)))
            if self.random.random() < 0.5:
                text += f" LIMIT {self.random.choice([0, 1, 3, 10])}"
            if self.random.random() < 0.3:
                text += f" OFFSET {self.random.choice([0, 1, 5])}"
            return Query(text, ordered=True)
        return Query(text)
