/* FETCH FIRST … WITH TIES: the rows whose rank is among the first ones, so that a row which is equal to the
 * last of them comes along. */
#include "sql/bind.h"

#include <string.h>

/* The rank of each row by the keys, as a last column. */
static PlanNode *
rank_rows(Binder *binder, uint32_t key_count, SortKey *keys, PlanNode *node)
{
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, node->column_count + 1);
    PlanWindowCall *call = ARENA_NEW(binder->arena, PlanWindowCall);

    memcpy(columns, node->columns, node->column_count * sizeof *columns);
    columns[node->column_count] = (PlanColumn){"rank", type_of(TYPE_INT8)};
    *call = (PlanWindowCall){.function = WINDOW_RANK,
                             .value = WINDOW_NO_COLUMN,
                             .number = WINDOW_NO_COLUMN,
                             .fallback = WINDOW_NO_COLUMN,
                             .frame = {.end.kind = FRAME_CURRENT_ROW},
                             .type = type_of(TYPE_INT8)};
    PlanNode *ranked = plan_node_new(binder->arena, PLAN_WINDOW, node->column_count + 1, columns, 1, &node);
    ranked->window = (PlanWindow){.order_count = key_count, .order = keys, .call_count = 1, .calls = call};
    return ranked;
}

Status
bind_ties(Binder *binder, uint32_t key_count, SortKey *keys, PlanLimit *limit, PlanNode **node)
{
    int64_t last;

    if (limit->limit == PLAN_NO_LIMIT)
        return STATUS_OK;
    if (__builtin_add_overflow(limit->offset, limit->limit, &last))
        last = INT64_MAX;
    if (limit->limit == 0) /* no row is the last one, whatever is skipped */
        last = 0;
    *node = rank_rows(binder, key_count, keys, *node);
    Expr *sides[] = {expr_column(binder->arena, type_of(TYPE_INT8), (*node)->column_count - 1),
                     expr_constant(binder->arena, type_of(TYPE_INT8), &last)};
    Expr *condition;
    TRY(bind_operator(binder, "<=", 0, 2, sides, &condition));
    *node = bind_filter_node(binder, *node, condition);
    limit->limit = PLAN_NO_LIMIT;
    return STATUS_OK;
}
