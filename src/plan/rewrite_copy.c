/* The private copy that rules work on. */
#include "plan/rule.h"

#include <string.h>

enum { NODES_MAX = 200000 };

static void *
copied(Arena *arena, const void *items, size_t size)
{
    return size == 0 ? NULL : memcpy(arena_alloc(arena, size), items, size);
}

static Expr ***
copied_rows(Arena *arena, Expr **const *rows, uint32_t count, uint32_t columns)
{
    Expr ***copy = ARENA_ARRAY(arena, Expr **, count);

    for (uint32_t i = 0; i < count; i++)
        copy[i] = copied(arena, rows[i], columns * sizeof **rows);
    return copy;
}

/* The arrays that rules write to. Expressions are shared: rules put new ones in their place. */
static void
copy_parts(Arena *arena, PlanNode *node)
{
    switch (node->kind) {
    case PLAN_SCAN:
        node->scan.filters = copied(arena, node->scan.filters, node->scan.filter_count * sizeof(Expr *));
        break;
    case PLAN_VALUES:
        node->values.rows = copied_rows(arena, node->values.rows, node->values.row_count, node->column_count);
        break;
    case PLAN_FILTER:
        node->filter.conjuncts =
            copied(arena, node->filter.conjuncts, node->filter.conjunct_count * sizeof(Expr *));
        break;
    case PLAN_PROJECT:
        node->project.expressions =
            copied(arena, node->project.expressions, node->column_count * sizeof(Expr *));
        break;
    case PLAN_EXPAND:
        node->expand.sets = copied_rows(arena, node->expand.sets, node->expand.set_count, node->column_count);
        break;
    case PLAN_AGGREGATE:
        node->aggregate.keys =
            copied(arena, node->aggregate.keys, node->aggregate.key_count * sizeof(uint32_t));
        node->aggregate.calls =
            copied(arena, node->aggregate.calls, node->aggregate.call_count * sizeof(PlanAggregateCall));
        break;
    case PLAN_SORT:
    case PLAN_TOP_N:
        node->sort.keys = copied(arena, node->sort.keys, node->sort.key_count * sizeof(SortKey));
        break;
    case PLAN_PARTITION_TOP:
        node->partition_top.partition = copied(arena, node->partition_top.partition,
                                               node->partition_top.partition_count * sizeof(uint32_t));
        node->partition_top.order =
            copied(arena, node->partition_top.order, node->partition_top.order_count * sizeof(SortKey));
        break;
    case PLAN_WINDOW:
        node->window.partition =
            copied(arena, node->window.partition, node->window.partition_count * sizeof(uint32_t));
        node->window.order = copied(arena, node->window.order, node->window.order_count * sizeof(SortKey));
        node->window.calls =
            copied(arena, node->window.calls, node->window.call_count * sizeof(PlanWindowCall));
        break;
    default: break;
    }
}

/* A shared node becomes as many as it has parents. */
Status
rewrite_copy(Rewrite *rewrite, const PlanNode *node, PlanNode **copy)
{
    if (++rewrite->nodes > NODES_MAX)
        return error_set(rewrite->error, STATUS_TOO_COMPLEX, "the query needs more than %d plan nodes",
                         NODES_MAX);
    if (node->kind == PLAN_SHARED)
        return rewrite_copy_shared(rewrite, node, copy);
    *copy = ARENA_NEW(rewrite->arena, PlanNode);
    **copy = *node;
    copy_parts(rewrite->arena, *copy);
    (*copy)->children = ARENA_ARRAY(rewrite->arena, PlanNode *, node->child_count);
    for (uint32_t i = 0; i < node->child_count; i++)
        TRY(rewrite_copy(rewrite, node->children[i], &(*copy)->children[i]));
    return STATUS_OK;
}

static Status
look_for_volatile(Rewrite *rewrite, Expr **expr)
{
    rewrite->changed = rewrite->changed || expr_is_volatile(*expr);
    return STATUS_OK;
}

bool
rewrite_is_repeatable(const PlanNode *node)
{
    Rewrite search = {0};

    rewrite_expressions(&search, (PlanNode *)node, look_for_volatile);
    return !search.changed;
}

bool
rewrite_gives_same_rows(const PlanNode *node)
{
    if (node->kind == PLAN_LIMIT || !rewrite_is_repeatable(node))
        return false;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (!rewrite_gives_same_rows(node->children[i]))
            return false;
    }
    return true;
}
