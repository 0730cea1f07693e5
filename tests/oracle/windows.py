"""Random aggregates, and windows with every kind of frame."""

from tables import OF_KIND, Column


class Windows:
    """A part of the generator: aggregates and window functions."""

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
            "string_agg(DISTINCT CAST({i} AS TEXT), ',')", "array_agg(DISTINCT {i})",
            "sum(DISTINCT {n})", "max(CAST({n} AS DOUBLE PRECISION))"])
        form = form.replace("{K}", "{" + self.random.choice("infsbdtzvax") + "}")
        form = form.replace("{M}", "{" + self.random.choice("infsdtzv") + "}")
        text = self.pick(scope, 1, [form])
        if self.random.random() < 0.15:
            text += f" FILTER (WHERE {self.expression('bool', scope, 1)})"
        return text

    def way(self):
        return self.random.choice(["", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"])

    def some_order(self, scope, least):
        """Keys that may leave peers."""
        keys = [self.leaf(self.kind(), scope) if self.random.random() < 0.8 else self.expression(self.kind(), scope, 1)
                for _ in range(self.random.randint(least, 2))]
        return "ORDER BY " + ", ".join(key + self.way() for key in keys) if keys else ""

    def total_order(self, scope):
        """All columns: rows that are still equal look alike."""
        return "ORDER BY " + ", ".join((f"CAST({c.name} AS TEXT)" if c.kind == "interval" else c.name) + self.way()
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
                .replace("{K}", "{" + self.random.choice("infsbdtzv") + "}")])
            return f"{call} OVER ({partition}{self.total_order(scope)})"
        if form == 2 and known:
            call = self.pick(scope, 0, [self.random.choice(["first_value({K})", "last_value({K})", "nth_value({K}, 2)"])
                                        .replace("{K}", "{" + self.random.choice("infsbdtzv") + "}")])
            return f"{call} OVER ({partition}{self.order_and_frame(scope, True)})"
        call = "DISTINCT"  # which windows do not have; the scale of variances is Runnel's own
        while "DISTINCT" in call or "var" in call or "stddev" in call:
            call = self.aggregate(scope)
        return f"{call} OVER ({partition}{self.order_and_frame(scope, known and self.random.random() < 0.5)})"

    def windowed(self, source, scope):
        items = [f"{c.name} AS x{i}" for i, c in enumerate(scope[:3])]
        columns = [Column(f"x{i}", c.kind) for i, c in enumerate(scope[:3])]
        for i in range(self.random.randint(1, 3)):
            items.append(f"{self.window(scope, i == 0 and all(c.kind != 'none' for c in scope))} AS y{i}")
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
