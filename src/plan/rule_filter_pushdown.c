/* Conditions go down to where their columns come from: through projections, grouping by their columns, sorts
 * and joins, into scans.
 *
 * A conjunct that can fail does not overtake one before it that stays behind. */
#include "plan/rule.h"
#include "plan/walk.h"

#include "expr/function.h"

#include <string.h>

static PlanNode *push(Rewrite *rewrite, PlanNode *node, const Conjuncts *list);

static void
push_into_children(Rewrite *rewrite, PlanNode *node)
{
    const Conjuncts none = {0};

    for (uint32_t i = 0; i < node->child_count; i++)
        node->children[i] = push(rewrite, node->children[i], &none);
}

/* What cannot go further stays in a FILTER above the node. */
static PlanNode *
stop_above(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    push_into_children(rewrite, node);
    return conjuncts_filter(rewrite, list, node);
}

static PlanNode *
push_through_filter(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    Conjuncts merged = {0};

    for (uint32_t i = 0; i < node->filter.conjunct_count; i++)
        conjuncts_add(rewrite, &merged, node->filter.conjuncts[i]);
    for (uint32_t i = 0; i < list->count; i++)
        conjuncts_add(rewrite, &merged, list->items[i]);
    return push(rewrite, node->children[0], &merged);
}

static PlanNode *
push_into_scan(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    Conjuncts all = {0};

    for (uint32_t i = 0; i < node->scan.filter_count; i++)
        conjuncts_add(rewrite, &all, node->scan.filters[i]);
    for (uint32_t i = 0; i < list->count; i++)
        conjuncts_add(rewrite, &all, columns_renumbered(rewrite, list->items[i], node->scan.output));
    node->scan.filters = all.items;
    node->scan.filter_count = all.count;
    rewrite->changed = rewrite->changed || list->count > 0;
    return node;
}

static void
note_volatile(Expr *column, void *context)
{
    const PlanNode **project = context;

    if (*project != NULL && expr_is_volatile((*project)->project.expressions[column->column]))
        *project = NULL;
}

/* What random() gave must be tested where it was given. */
static bool
reads_volatile(Expr *conjunct, const PlanNode *project)
{
    expr_visit_columns(conjunct, note_volatile, &project);
    return project == NULL;
}

/* Split conjuncts in order into those that go down and those that stay. */
typedef struct Split {
    Conjuncts down;
    Conjuncts stay;
} Split;

static void
split_add(Rewrite *rewrite, Split *split, Expr *conjunct, bool goes)
{
    goes = goes && !expr_is_volatile(conjunct) && (split->stay.count == 0 || !expr_can_fail(conjunct));
    conjuncts_add(rewrite, goes ? &split->down : &split->stay, conjunct);
    rewrite->changed = rewrite->changed || goes;
}

static PlanNode *
push_through_project(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    Split split = {0};
    Conjuncts below = {0};

    for (uint32_t i = 0; i < list->count; i++)
        split_add(rewrite, &split, list->items[i], !reads_volatile(list->items[i], node));
    for (uint32_t i = 0; i < split.down.count; i++)
        conjuncts_add(rewrite, &below,
                      expr_substitute(rewrite->arena, split.down.items[i], node->project.expressions));
    node->children[0] = push(rewrite, node->children[0], &below);
    return conjuncts_filter(rewrite, &split.stay, node);
}

/* A condition on keys alone keeps or drops whole groups. */
static PlanNode *
push_through_aggregate(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    const uint32_t keys = node->aggregate.key_count;
    Split split = {0};
    Conjuncts below = {0};

    for (uint32_t i = 0; i < list->count; i++)
        split_add(rewrite, &split, list->items[i], keys > 0 && columns_are_within(list->items[i], 0, keys));
    for (uint32_t i = 0; i < split.down.count; i++)
        conjuncts_add(rewrite, &below,
                      columns_renumbered(rewrite, split.down.items[i], node->aggregate.keys));
    node->children[0] = push(rewrite, node->children[0], &below);
    return conjuncts_filter(rewrite, &split.stay, node);
}

/* The columns that rows of one partition agree in. */
typedef struct PartitionKeys {
    uint32_t count;
    const uint32_t *columns;
    bool only; /* nothing else was referred to */
} PartitionKeys;

static void
note_outside(Expr *column, void *context)
{
    PartitionKeys *keys = context;

    for (uint32_t i = 0; i < keys->count; i++) {
        if (keys->columns[i] == column->column)
            return;
    }
    keys->only = false;
}

/* A condition on what partitions are made by keeps or drops whole partitions. */
static PlanNode *
push_through_partitions(Rewrite *rewrite, PlanNode *node, PartitionKeys keys, const Conjuncts *list)
{
    Split split = {0};

    for (uint32_t i = 0; i < list->count; i++) {
        keys.only = keys.count > 0;
        expr_visit_columns(list->items[i], note_outside, &keys);
        split_add(rewrite, &split, list->items[i], keys.only);
    }
    node->children[0] = push(rewrite, node->children[0], &split.down);
    return conjuncts_filter(rewrite, &split.stay, node);
}

static PlanNode *
push_through_window(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    const PartitionKeys keys = {.count = node->window.partition_count, .columns = node->window.partition};

    return push_through_partitions(rewrite, node, keys, list);
}

static PlanNode *
push_through_partition_top(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    const PartitionKeys keys = {.count = node->partition_top.partition_count,
                                .columns = node->partition_top.partition};

    return push_through_partitions(rewrite, node, keys, list);
}

static PlanNode *
push_through(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    node->children[0] = push(rewrite, node->children[0], list);
    rewrite->changed = rewrite->changed || list->count > 0;
    return node;
}

/* The conjuncts of a join, as they were written, sorted by where they are decided. */
typedef struct JoinConditions {
    Split left;  /* of these, down: to the left child */
    Split right; /* of the left split's stay, down: to the right child; stay: over both sides */
} JoinConditions;

static void
sort_join_conjuncts(Rewrite *rewrite, const PlanNode *node, const Conjuncts *list, bool to_left,
                    bool to_right, JoinConditions *sorted)
{
    const uint32_t left = node->children[0]->column_count;
    const uint32_t all = left + node->children[1]->column_count;

    for (uint32_t i = 0; i < list->count; i++) {
        Expr *conjunct = list->items[i];
        const bool safe = sorted->right.stay.count == 0 || !expr_can_fail(conjunct);
        const bool is_left = columns_are_within(conjunct, 0, left);
        const bool is_right = columns_are_within(conjunct, left, all);
        if (to_left && is_left && safe && !expr_is_volatile(conjunct))
            conjuncts_add(rewrite, &sorted->left.down, conjunct);
        else if (to_right && is_right && safe && !expr_is_volatile(conjunct))
            conjuncts_add(rewrite, &sorted->right.down, columns_lowered(rewrite, conjunct, left));
        else
            conjuncts_add(rewrite, &sorted->right.stay, conjunct);
    }
    rewrite->changed = rewrite->changed || sorted->left.down.count > 0 || sorted->right.down.count > 0;
}

static void
list_residual(Rewrite *rewrite, const PlanNode *node, Conjuncts *list)
{
    if (node->join.residual != NULL)
        conjuncts_add(rewrite, list, node->join.residual);
}

/* Inner joins: what stands in ON and what stands in WHERE are the same. */
static PlanNode *
push_into_inner(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    Conjuncts all = {0};
    JoinConditions sorted = {0};

    list_residual(rewrite, node, &all);
    for (uint32_t i = 0; i < list->count; i++)
        conjuncts_add(rewrite, &all, columns_renumbered(rewrite, list->items[i], node->join.output));
    sort_join_conjuncts(rewrite, node, &all, true, true, &sorted);
    node->join.residual = expr_conjunction(rewrite->arena, sorted.right.stay.count, sorted.right.stay.items);
    if (node->join.kind == JOIN_CROSS && node->join.residual != NULL)
        node->join.kind = JOIN_INNER;
    node->children[0] = push(rewrite, node->children[0], &sorted.left.down);
    node->children[1] = push(rewrite, node->children[1], &sorted.right.down);
    return node;
}

/* Whether the expression is NULL wherever the columns of [first, end) are: then a condition on it is not true
 * for the rows that an outer join fills up with NULLs. */
static bool
is_null_with(const Expr *expr, uint32_t first, uint32_t end)
{
    if (expr->kind == EXPR_COLUMN)
        return expr->column >= first && expr->column < end;
    if (expr->kind == EXPR_IN)
        return is_null_with(expr->arguments[0], first, end);
    if (expr->kind != EXPR_CALL || (expr->function->flags & FUNCTION_NOT_STRICT) != 0)
        return false;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (is_null_with(expr->arguments[i], first, end))
            return true;
    }
    return false;
}

static bool
rejects_nulls(const Expr *conjunct, uint32_t first, uint32_t end)
{
    if (conjunct->kind == EXPR_CALL && strcmp(conjunct->function->name, "is_not_null") == 0)
        return is_null_with(conjunct->arguments[0], first, end);
    return is_null_with(conjunct, first, end);
}

static bool
drops_nulls_of(Rewrite *rewrite, const PlanNode *node, const Conjuncts *list, uint32_t side)
{
    const uint32_t left = node->children[0]->column_count;
    const uint32_t first = side == 0 ? 0 : left;
    const uint32_t end = side == 0 ? left : left + node->children[1]->column_count;

    for (uint32_t i = 0; i < list->count; i++) {
        const Expr *over_inputs = columns_renumbered(rewrite, list->items[i], node->join.output);
        if (rejects_nulls(over_inputs, first, end))
            return true;
    }
    return false;
}

/* Conditions above a join that keeps all rows of the left: those on the left go down, others stay above. */
static PlanNode *
push_into_left(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    const bool semi = node->join.kind == JOIN_SEMI;
    const uint32_t left = node->children[0]->column_count;
    Conjuncts on = {0};
    Split above = {0};
    Conjuncts to_left = {0};
    JoinConditions sorted = {0};

    for (uint32_t i = 0; i < list->count; i++) {
        const Expr *over_inputs = columns_renumbered(rewrite, list->items[i], node->join.output);
        split_add(rewrite, &above, list->items[i], columns_are_within(over_inputs, 0, left));
    }
    for (uint32_t i = 0; i < above.down.count; i++)
        conjuncts_add(rewrite, &to_left, columns_renumbered(rewrite, above.down.items[i], node->join.output));
    list_residual(rewrite, node, &on);
    /* a mark is NULL where a condition is: none of them may drop rows before */
    sort_join_conjuncts(rewrite, node, &on, semi, node->join.kind != JOIN_MARK, &sorted);
    for (uint32_t i = 0; i < sorted.left.down.count; i++)
        conjuncts_add(rewrite, &to_left, sorted.left.down.items[i]);
    node->join.residual = expr_conjunction(rewrite->arena, sorted.right.stay.count, sorted.right.stay.items);
    node->children[0] = push(rewrite, node->children[0], &to_left);
    node->children[1] = push(rewrite, node->children[1], &sorted.right.down);
    return conjuncts_filter(rewrite, &above.stay, node);
}

/* The branches' columns are the node's. */
static PlanNode *
push_into_branches(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    const uint32_t nothing = 0;
    Split split = {0};

    for (uint32_t i = 0; i < list->count; i++)
        split_add(rewrite, &split, list->items[i], true);
    for (uint32_t i = 0; i < node->child_count; i++) {
        Conjuncts own = {0};
        for (uint32_t j = 0; j < split.down.count; j++)
            conjuncts_add(rewrite, &own, columns_lowered(rewrite, split.down.items[j], nothing));
        node->children[i] = push(rewrite, node->children[i], &own);
    }
    return conjuncts_filter(rewrite, &split.stay, node);
}

/* An outer join whose filled-up rows are dropped above is a narrower one. */
static JoinKind
kind_under(Rewrite *rewrite, const PlanNode *node, const Conjuncts *list)
{
    const JoinKind kind = node->join.kind;
    const bool full = kind == JOIN_FULL;

    if (kind != JOIN_LEFT && kind != JOIN_RIGHT && !full)
        return kind;
    const bool keeps_left = kind != JOIN_RIGHT && !drops_nulls_of(rewrite, node, list, 1);
    const bool keeps_right = kind != JOIN_LEFT && !drops_nulls_of(rewrite, node, list, 0);
    if (keeps_left)
        return keeps_right ? JOIN_FULL : JOIN_LEFT;
    return keeps_right ? JOIN_RIGHT : JOIN_INNER;
}

static PlanNode *
push_into_join(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    node->join.kind = kind_under(rewrite, node, list);
    switch (node->join.kind) {
    case JOIN_INNER:
    case JOIN_CROSS: return push_into_inner(rewrite, node, list);
    case JOIN_LEFT:
    case JOIN_SEMI:
    case JOIN_ANTI:
    case JOIN_MARK:
    case JOIN_SINGLE: return push_into_left(rewrite, node, list);
    default: return stop_above(rewrite, node, list);
    }
}

static PlanNode *
push(Rewrite *rewrite, PlanNode *node, const Conjuncts *list)
{
    switch (node->kind) {
    case PLAN_FILTER: return push_through_filter(rewrite, node, list);
    case PLAN_SCAN: return push_into_scan(rewrite, node, list);
    case PLAN_PROJECT: return push_through_project(rewrite, node, list);
    case PLAN_AGGREGATE: return push_through_aggregate(rewrite, node, list);
    case PLAN_PARTITION_TOP: return push_through_partition_top(rewrite, node, list);
    case PLAN_WINDOW: return push_through_window(rewrite, node, list);
    case PLAN_SORT:
    case PLAN_DISTINCT:
    case PLAN_RESULT: return push_through(rewrite, node, list);
    case PLAN_SET_OPERATION: return push_into_branches(rewrite, node, list);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: return push_into_join(rewrite, node, list);
    default: return stop_above(rewrite, node, list);
    }
}

Status
rule_filter_pushdown(Rewrite *rewrite, PlanNode **root)
{
    const Conjuncts none = {0};

    *root = push(rewrite, *root, &none);
    return STATUS_OK;
}
