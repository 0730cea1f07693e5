/* plan/rule.h: rewriting of plans by named rules; private to optimize.c and the rule_*.c files.
 *
 * A rule gets the plan's root and may put another node in its place. The optimiser works on its own copy, a
 * tree: rules may change nodes where they stand. What can fail is never evaluated for rows for which the
 * query as written would not have evaluated it. */
#ifndef RUNNEL_PLAN_RULE_H
#define RUNNEL_PLAN_RULE_H

#include "base/error.h"
#include "plan/plan.h"

typedef struct SharedCopy SharedCopy;

typedef struct Rewrite {
    Arena *arena;
    const Session *session;
    bool changed;   /* set by a rule that did something */
    uint32_t nodes; /* copied so far: bounds what shared subplans blow up to */
    SharedCopy *shared;
    Buffer *rules_fired; /* or NULL */
    Error *error;
} Rewrite;

typedef Status (*Rule)(Rewrite *rewrite, PlanNode **root);

Status rule_constant_folding(Rewrite *rewrite, PlanNode **root);
Status rule_unwrap_cast(Rewrite *rewrite, PlanNode **root);
Status rule_or(Rewrite *rewrite, PlanNode **root);
Status rule_distinct(Rewrite *rewrite, PlanNode **root);
Status rule_right_join(Rewrite *rewrite, PlanNode **root);
Status rule_semi_joins(Rewrite *rewrite, PlanNode **root);
Status rule_unnest(Rewrite *rewrite, PlanNode **root);
Status rule_filter_pushdown(Rewrite *rewrite, PlanNode **root);
Status rule_inferred_conditions(Rewrite *rewrite, PlanNode **root);
Status rule_join_order(Rewrite *rewrite, PlanNode **root);
Status rule_join_keys(Rewrite *rewrite, PlanNode **root);
Status rule_semi_join_pushdown(Rewrite *rewrite, PlanNode **root);
Status rule_constant_filter(Rewrite *rewrite, PlanNode **root);
Status rule_distinct_aggregates(Rewrite *rewrite, PlanNode **root);
Status rule_aggregates_from_statistics(Rewrite *rewrite, PlanNode **root);
Status rule_dependent_keys(Rewrite *rewrite, PlanNode **root);
Status rule_shifted_sums(Rewrite *rewrite, PlanNode **root);
Status rule_merge_projects(Rewrite *rewrite, PlanNode **root);
Status rule_window_limit(Rewrite *rewrite, PlanNode **root);
Status rule_top_n(Rewrite *rewrite, PlanNode **root);
Status rule_redundant_sort(Rewrite *rewrite, PlanNode **root);
Status rule_build_side(Rewrite *rewrite, PlanNode **root);
Status rule_column_pruning(Rewrite *rewrite, PlanNode **root);
Status rule_conjunct_order(Rewrite *rewrite, PlanNode **root);
Status rule_failing_constants(Rewrite *rewrite, PlanNode **root);

/* Call `visit` for every node, children first; it may put another node in the slot. */
Status rewrite_nodes(Rewrite *rewrite, PlanNode **root, Status (*visit)(Rewrite *rewrite, PlanNode **node));

/* Call `visit` for every expression of the node; it may put another one in the slot. */
Status rewrite_expressions(Rewrite *rewrite, PlanNode *node, Status (*visit)(Rewrite *rewrite, Expr **expr));

/* A copy of a subplan that rules may change apart from the original; shared nodes in it become separate ones.
 */
Status rewrite_copy(Rewrite *rewrite, const PlanNode *node, PlanNode **copy);

/* A reference to a WITH query: the query in its place, or a reference to the optimiser's own copy. */
Status rewrite_copy_shared(Rewrite *rewrite, const PlanNode *node, PlanNode **copy);
/* Whether a subplan can be computed once for several places: it depends on no row around it, of a query or of
 * a recursion's round. */
bool rewrite_can_share(const PlanNode *node);
/* Makes it so, with all rules applied; a SHARED takes its place, copies of which stand for the same rows. */
Status rewrite_share(Rewrite *rewrite, PlanNode **slot);
/* optimize.c: a copy of a plan with all rules applied. */
Status optimize_root(Rewrite *rewrite, const PlanNode *bound, PlanNode **optimized);

/* Whether the call is "stable" in PostgreSQL's pg_proc, be it for settings that are not here, or is made of
 * such calls: where it fails, it fails for rows. */
bool rewrite_settles_late(const Expr *call);

/* False where an expression of the node is volatile: it would give other rows the second time. */
bool rewrite_is_repeatable(const PlanNode *node);

/* Whether the whole tree gives the same rows each time: it has no volatile expression and no LIMIT. */
bool rewrite_gives_same_rows(const PlanNode *node);

/* A list of conjuncts that grows. */
typedef struct Conjuncts {
    Expr **items;
    uint32_t count;
} Conjuncts;

void conjuncts_add(Rewrite *rewrite, Conjuncts *list, Expr *conjunct); /* an AND as its arms */
/* A FILTER of them over the node; the node itself where there are none. */
PlanNode *conjuncts_filter(Rewrite *rewrite, const Conjuncts *list, PlanNode *node);

/* Whether the columns that the expression refers to are all in [first, end). */
bool columns_are_within(const Expr *expr, uint32_t first, uint32_t end);
/* A copy whose column c is map[c]. */
Expr *columns_renumbered(Rewrite *rewrite, const Expr *expr, const uint32_t *map);
/* A copy whose columns are `by` less. */
Expr *columns_lowered(Rewrite *rewrite, const Expr *expr, uint32_t by);

#endif
