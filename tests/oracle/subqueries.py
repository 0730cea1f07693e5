"""Random subqueries, correlated or not: for a value, EXISTS, IN, ANY and ALL, and LATERAL ones."""

from contextlib import contextmanager

from tables import UNORDERED, Column


class Subqueries:
    """A part of the generator: queries within expressions and within FROM."""

    @contextmanager
    def nested(self):
        """Within it tables are few and small, since PostgreSQL may run a subquery for each row, and subqueries are rarer."""
        room, share = self.room, self.subquery_share
        self.room, self.subquery_share = min(self.room // 20, 60), share / 2
        yield
        self.room, self.subquery_share = room, share

    def correlation(self, inner, outer):
        """WHERE's text: what ties the rows within to those around, if anything."""
        conditions = []
        pairs = [(i, o) for i in inner for o in outer if i.kind == o.kind != "none"]
        if pairs and self.random.random() < 0.65:
            conditions.append("{0.name} {2} {1.name}".format(*self.random.choice(pairs), self.random.choice(["=", "=", "=", "<", "IS NOT DISTINCT FROM"])))
        if self.random.random() < 0.35:
            conditions.append(self.expression("bool", inner + outer, 1))
        return " WHERE " + " AND ".join(conditions) if conditions else ""

    def scalar_subquery(self, kind, scope):
        with self.nested():
            source, inner = self.source(2)
            where = self.correlation(inner, scope)
            form = self.random.randrange(4)
            if kind == "ints" and form == 1:
                return f"ARRAY(SELECT {self.leaf('int', inner)}::int FROM {source}{where} ORDER BY 1{self.way()})"
            if form == 0:
                return f"(SELECT {self.expression(kind, inner + scope, 1)} FROM {source}{where} {self.total_order(inner)} LIMIT 1)"
            if kind == "bool":
                return f"(SELECT {self.random.choice(['bool_and', 'bool_or'])}({self.expression(kind, inner, 1)}) FROM {source}{where})"
            if kind == "int" and form == 1:
                return f"(SELECT count(*) FROM {source}{where})"
            if kind in ("int", "numeric") and form == 2:
                return f"(SELECT {self.random.choice(['sum', 'avg'])}({self.leaf(kind, inner)})::{'bigint' if kind == 'int' else 'numeric(38,6)'} FROM {source}{where})"
            if kind in UNORDERED:
                return f"(SELECT {self.expression(kind, inner + scope, 1)} FROM {source}{where} {self.total_order(inner)} LIMIT 1)"
            return f"(SELECT {self.random.choice(['min', 'max'])}({self.expression(kind, inner, 1)}) FROM {source}{where})"

    def subquery_condition(self, kind, operand, compare, scope):
        left = operand()
        with self.nested():
            source, inner = self.source(2)
            where = self.correlation(inner, scope)
            negation = self.random.choice(["", "NOT "])
            form = self.random.randrange(5)
            if form == 4:
                kinds = ["int", self.random.choice(["text", "date", "bool", "numeric"])]
                left, right = [", ".join(self.expression(k, s, 0) for k in kinds) for s in (scope, inner)]
                return f"(({left}) {negation}IN (SELECT {right} FROM {source}{where}))"
            if form == 0:
                return f"({negation}EXISTS (SELECT 1 FROM {source}{where}))"
            value = self.expression(kind, inner + scope, self.random.choice([0, 0, 1]))
            query = f"SELECT {self.random.choice(['', 'DISTINCT '])}{value} FROM {source}{where}"
            if form == 1:
                return f"({left} {compare} {self.random.choice(['ANY', 'ALL'])} ({query}))"
            return f"({left} {negation}IN ({query}))"

    def lateral(self, alias, scope):
        """A subquery of FROM that sees the tables before it: its text and columns."""
        with self.nested():
            source, inner = self.source(2)
            where = self.correlation(inner, scope)
            kinds = [self.kind() for _ in range(self.random.randint(1, 3))]
            form = self.random.randrange(3)
            if form == 0:
                items = ", ".join(f"max({self.leaf(k, inner)}) AS x{i}" if k not in UNORDERED else f"bool_or({self.leaf('bool', inner)}) AS x{i}"
                                  for i, k in enumerate(kinds))
                kinds = ["bool" if k in UNORDERED else k for k in kinds]
                end = ""
            else:
                items = ", ".join(f"{self.expression(k, inner + scope, 1)} AS x{i}" for i, k in enumerate(kinds))
                end = f" {self.total_order(inner)} LIMIT {self.random.choice([1, 2, 3])}" if form == 1 else ""
        return f"LATERAL (SELECT {items} FROM {source}{where}{end}) AS {alias}", [Column(f"{alias}.x{i}", k) for i, k in enumerate(kinds)]
