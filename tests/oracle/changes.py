"""Random changes of the tables: of rows, and by ALTER TABLE of columns."""

from tables import KINDS, TYPES, Column

# Types whose columns are added with a DEFAULT.
DEFAULTS = {"INTEGER": "7", "TEXT": "'new'", "NUMERIC(10,2)": "1.25", "BOOLEAN": "TRUE", "DATE": "DATE '2024-02-29'"}


class Change:
    """A statement, and what is to be done once both sides have done it; `exact`: its errors are no matter of the plan."""

    def __init__(self, text, done=lambda: None, exact=False):
        self.text, self.done, self.exact = text, done, exact


class Changes:
    """A part of the generator: DELETE, UPDATE, INSERT and ALTER TABLE; sums of rows stay near what they were."""

    def change(self):
        self.aliases, self.room, self.subquery_share = 0, 300, self.random.choice([0, 0, 0.1])
        name = self.random.choice(list(self.tables))
        scope = [Column(f"t.{c.name}", c.kind) for c in self.tables[name]]
        return self.random.choice([self.deletion, self.insertion, self.insertion_of_values, self.update, self.update, self.update_from,
                                   self.alteration])(name, scope)

    def deletion(self, name, scope):
        condition = f"{self.expression('bool', scope, 2)} AND {self.leaf('bool', scope)}"
        if self.random.random() < 0.3:
            other, columns = self.table("o", 2)
            same = [(l.name, r.name) for l in scope for r in columns if l.kind == r.kind != "json"]
            if same:
                return Change("DELETE FROM {0} AS t USING {1} WHERE {3} = {4} AND {2}{5}".format(
                    name, other, condition, *self.random.choice(same), self.returning(scope).replace("*", "t.c0")))
        return Change(f"DELETE FROM {name} AS t WHERE {condition}{self.returning(scope)}")

    def insertion(self, name, scope):
        columns = ", ".join(c.name for c in scope)
        returning = self.random.choice(["", " RETURNING *", f" RETURNING {self.tables[name][-1].name} AS x0"])
        return Change(f"INSERT INTO {name} SELECT {columns} FROM {name} AS t WHERE {self.expression('bool', scope, 1)} "
                      f"{self.total_order(scope)} LIMIT 3{returning}")

    def insertion_of_values(self, name, scope):
        """Some of the columns, in any order; DEFAULT here and there."""
        chosen = self.random.sample(self.tables[name], self.random.randint(1, len(scope)))
        rows = ", ".join("(" + ", ".join("DEFAULT" if self.random.random() < 0.1 else self.expression(c.kind, [], 1) for c in chosen) + ")"
                         for _ in range(self.random.randint(1, 2)))
        return Change(f"INSERT INTO {name} ({', '.join(c.name for c in chosen)}) VALUES {rows}{self.random.choice(['', ' RETURNING *'])}")

    def update(self, name, scope):
        sets = [f"{c.name[2:]} = {self.expression(c.kind, scope, 2)}" for c in self.random.sample(scope, self.random.choice([1, 1, 2]))]
        return Change(f"UPDATE {name} AS t SET {', '.join(sets)}{self.where(scope)}{self.returning(scope)}")

    def update_from(self, name, scope):
        """From a query with a row for each key: else any of them may be taken."""
        other = self.random.choice(list(self.tables))
        target = self.random.choice([c for c in scope if c.kind not in ("bool", "json", "ints", "texts", "bytes", "uuid")])
        values = [c.name for c in self.tables[other] if c.kind == target.kind]
        value = f"max({self.random.choice(values)})" if values else f"max({self.literal(target.kind)})"
        return Change(f"UPDATE {name} AS t SET {target.name[2:]} = s.m FROM (SELECT c0 AS k, {value} AS m FROM {other} GROUP BY c0) AS s "
                      f"WHERE t.c0 = s.k{self.returning(scope)}")

    def returning(self, scope):
        return self.random.choice(["", "", " RETURNING *", f" RETURNING {self.expression(self.kind(), scope, 1)} AS x0"]) \
            .replace("RETURNING *", "RETURNING t.*")

    def alteration(self, name, _):
        columns, known = self.tables[name], {c.name for c in self.tables[name]}
        fresh = next(f"c{i}" for i in range(100) if f"c{i}" not in known)
        column = self.random.choice(columns)
        form = self.random.randrange(6)
        if form == 0 or len(columns) < 3:
            kind = self.random.choice(TYPES)
            default = f" DEFAULT {DEFAULTS[kind]}" if kind in DEFAULTS and self.random.random() < 0.6 else ""
            return Change(f"ALTER TABLE {name} ADD COLUMN {fresh} {kind}{default}", lambda: columns.append(Column(fresh, KINDS[kind])), True)
        if form == 1 and column.name != "c0":
            return Change(f"ALTER TABLE {name} DROP COLUMN {column.name}", lambda: columns.remove(column), True)
        if form == 2 and column.name != "c0":
            return Change(f"ALTER TABLE {name} RENAME COLUMN {column.name} TO {fresh}", lambda: setattr(column, "name", fresh), True)
        if form == 3:
            return Change(f"ALTER TABLE {name} ALTER COLUMN {column.name} SET NOT NULL", exact=True)
        if form == 4:
            return Change(f"ALTER TABLE {name} ALTER COLUMN {column.name} DROP NOT NULL", exact=True)
        return Change(f"ALTER TABLE {name} ALTER COLUMN {column.name} SET DEFAULT {self.literal(column.kind)}", exact=True)
