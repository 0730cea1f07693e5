/* The list of rules, in order. */
#include "plan/estimate.h"
#include "plan/rule.h"
#include "plan/stage.h"
#include "plan/walk.h"

#include <string.h>

static const struct {
    const char *name;
    Rule rule;
} rules[] = {
    {"constant_folding", rule_constant_folding},
    {"unwrap_cast", rule_unwrap_cast},
    {"or", rule_or},
    {"distinct", rule_distinct},
    {"right_join", rule_right_join},
    {"semi_joins", rule_semi_joins},
    {"unnest", rule_unnest},
    {"filter_pushdown", rule_filter_pushdown},
    {"inferred_conditions", rule_inferred_conditions},
    {"join_order", rule_join_order},
    {"join_keys", rule_join_keys},
    {"semi_join_pushdown", rule_semi_join_pushdown},
    {"constant_filter", rule_constant_filter},
    {"column_pruning", rule_column_pruning}, /* what nobody asks for need not be split, and cannot fail */
    {"distinct_aggregates", rule_distinct_aggregates},
    {"aggregates_from_statistics", rule_aggregates_from_statistics},
    {"dependent_keys", rule_dependent_keys},
    {"shifted_sums", rule_shifted_sums},
    {"merge_projects", rule_merge_projects},
    {"window_limit", rule_window_limit},
    {"top_n", rule_top_n},
    {"redundant_sort", rule_redundant_sort},
    {"build_side", rule_build_side},
    {"column_pruning", rule_column_pruning},
    {"merge_projects", rule_merge_projects}, /* what pruning left of them */
    {"conjunct_order", rule_conjunct_order},
    {"failing_constants", rule_failing_constants},
};

Status
optimize_root(Rewrite *rewrite, const PlanNode *bound, PlanNode **optimized)
{
    PlanNode *root;

    TRY(rewrite_copy(rewrite, bound, &root));
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        rewrite->changed = false;
        TRY(rules[i].rule(rewrite, &root));
        if (rewrite->changed && rewrite->rules_fired != NULL)
            buffer_append_format(rewrite->rules_fired, "%s\n", rules[i].name);
    }
    estimate_plan(rewrite->arena, root);
    *optimized = root;
    return STATUS_OK;
}

Status
plan_optimize(Arena *arena, PlanNode *bound, const Session *session, PlanNode **optimized,
              Buffer *rules_fired, Error *error)
{
    Rewrite rewrite = {.arena = arena, .session = session, .rules_fired = rules_fired, .error = error};

    TRY(optimize_root(&rewrite, bound, optimized));
    plan_number(arena, *optimized);
    return STATUS_OK;
}
