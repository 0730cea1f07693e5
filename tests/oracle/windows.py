"""Random aggregates, and windows with every kind of frame."""

from tables import BY_TEXT, OF_KIND, Column


class Windows:
    """A part of the generator: aggregates and window functions."""

    def kind(self):
        return self.random.choice(list(OF_KIND))

    def ordered_kind(self):
        return self.random.choice([k for k in OF_KIND if k != "json"])

    def collecting(self, scope):
        """An aggregate of a list, whose order is total."""
        kind = self.ordered_kind()
        while kind in ("ints", "texts"):  # array_agg of arrays is not supported
            kind = self.ordered_kind()
        value = self.leaf(kind, scope) if self.random.random() < 0.7 else self.expression(kind, scope, 1)
        value = f"CAST({value} AS TEXT)" if kind == "text" else value
        order = f"ORDER BY {f'CAST({value} AS TEXT)' if kind in BY_TEXT else value}{self.way()}"
        text = f"CAST({self.leaf('text', scope)} AS TEXT)"
        return self.random.choice([f"array_agg({value} {order})", f"json_agg({value} {order})", f"jsonb_agg({value} {order})",
                                   f"string_agg({text}, '|' ORDER BY {text} DESC)", f"string_agg(CAST({value} AS TEXT), ',' {order})",
                                   f"jsonb_object_agg(COALESCE({text}, 'none'), length({text}))", f"string_agg(DISTINCT {text}, ', ' ORDER BY {text})",
                                   f"array_agg(DISTINCT {value} ORDER BY {value})"])

    def aggregate(self, scope):
        if self.random.random() < 0.1:
            return self.collecting(scope)
        form = self.random.choice([
            "count(*)", "count({K})", "count(DISTINCT {K})", "sum({i})", "sum({n})", "avg({i})", "avg({n})", "min({M})", "max({M})",
            "sum({v})", "avg({v})", "bool_and({b})", "bool_or({b})", "sum(DISTINCT {i})", "avg({f})", "stddev({i})", "variance({n})",
            "var_pop({i})", "stddev_samp({f})", "max({s})", "min({s})", "avg(DISTINCT {n})",
            "bit_and({i})", "bit_or({i})", "bit_xor({i})", "regr_count({i}, {f})", "covar_pop({i}, {i})", "corr({i}, {i})", "regr_slope({i}, {i})",
            "percentile_cont(0.25) WITHIN GROUP (ORDER BY {i})", "percentile_disc(0.6) WITHIN GROUP (ORDER BY COALESCE({M}))",
            "percentile_disc(0.3) WITHIN GROUP (ORDER BY {n} DESC)", "mode() WITHIN GROUP (ORDER BY {i})",
            "string_agg(DISTINCT CAST({i} AS TEXT), ',')", "array_agg(DISTINCT {i})",
            "sum(DISTINCT {n})", "max(CAST({n} AS DOUBLE PRECISION))", "every({b})", "covar_samp({i}, {i})", "regr_avgx({i}, {i})", "stddev_pop({n})",
            "percentile_cont(0.5) WITHIN GROUP (ORDER BY {v})", "percentile_disc(0.5) WITHIN GROUP (ORDER BY CAST({s} AS TEXT) DESC)",
            "mode() WITHIN GROUP (ORDER BY CAST({s} AS TEXT))", "count(({i}, {s}))", "sum({i} * {i})", "sum(CASE WHEN {b} THEN {i} ELSE 0 END)", "avg(DISTINCT {i})"])
        form = form.replace("{K}", "{" + self.random.choice("infsbdtzvaxcuyj") + "}")
        form = form.replace("{M}", "{" + self.random.choice("infsdtzvc") + "}")
        text = self.pick(scope, 1, [form])
        if self.random.random() < 0.15:
            text += f" FILTER (WHERE {self.expression('bool', scope, 1)})"
        return text

    def way(self):
        return self.random.choice(["", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"])

    def some_order(self, scope, least):
        """Keys that may leave peers."""
        keys = [self.leaf(self.ordered_kind(), scope) if self.random.random() < 0.8 else self.expression(self.ordered_kind(), scope, 1)
                for _ in range(self.random.randint(least, 2))]
        return "ORDER BY " + ", ".join(key + self.way() for key in keys) if keys else ""

    def total_order(self, scope):
        """All columns: rows that are still equal look alike."""
        return "ORDER BY " + ", ".join((f"CAST({c.name} AS TEXT)" if c.kind in BY_TEXT else c.name) + self.way()
                                       for c in self.random.sample(scope, len(scope)))

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
                     "instant": ["INTERVAL '36 hours'", "INTERVAL '2 months'"],
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

    def window(self, scope, known):
        """`known`: it may tell rows apart that look alike, as it is the only one that does."""
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
                .replace("{K}", "{" + self.random.choice("infsbdtzvcuyax") + "}")])
            return f"{call} OVER ({partition}{self.total_order(scope)})"
        if form == 2 and known:
            call = self.pick(scope, 0, [self.random.choice(["first_value({K})", "last_value({K})", "nth_value({K}, 2)"])
                                        .replace("{K}", "{" + self.random.choice("infsbdtzvcuyax") + "}")])
            return f"{call} OVER ({partition}{self.order_and_frame(scope, True)})"
        call = "DISTINCT"  # which windows do not have, as they have no order within; the scale of variances is Runnel's own
        while any(word in call for word in ("DISTINCT", "ORDER BY", "var", "stddev")):
            call = self.aggregate(scope)
        return f"{call} OVER ({partition}{self.order_and_frame(scope, known and self.random.random() < 0.5)})"

    def windowed(self, source, scope):
        items = [f"{c.name} AS x{i}" for i, c in enumerate(scope[:3])]
        columns = [Column(f"x{i}", c.kind) for i, c in enumerate(scope[:3])]
        for i in range(self.random.randint(1, 3)):
            items.append(f"{self.window(scope, i == 0 and all(c.kind != 'none' for c in scope))} AS y{i}")
            columns.append(Column(f"y{i}", "none"))
        text = f"SELECT {', '.join(items)} FROM {source}{self.where(scope)}"
        if self.random.random() < 0.1 and all(c.kind != "none" for c in scope):
            return self.named_windows(source, scope, items[:len(scope[:3])]), columns[:len(scope[:3])] + [Column(f"y{i}", "none") for i in range(3)]
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

    def named_windows(self, source, scope, items):
        """The WINDOW clause, of windows that build on one another."""
        keys = f"PARTITION BY {self.leaf(self.kind(), scope)}" if self.random.random() < 0.7 else ""
        calls = [self.random.choice([f"sum({self.leaf('int', scope)})", f"count({self.leaf(self.kind(), scope)})", f"max({self.leaf('date', scope)})",
                                     f"lag({self.leaf('text', scope)})", "row_number()", f"first_value({self.leaf('numeric', scope)})"]) for _ in range(3)]
        frame = f"ROWS {self.bounds(lambda: self.random.choice(['1', '2']))}"
        return (f"SELECT {', '.join(items)}, {calls[0]} OVER w AS y0, {calls[1]} OVER (w {frame}) AS y1, {calls[2]} OVER v AS y2 FROM {source}{self.where(scope)} "
                f"WINDOW p AS ({keys}), w AS (p {self.total_order(scope)}), v AS (w ROWS UNBOUNDED PRECEDING)")
