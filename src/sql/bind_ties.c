/* FETCH FIRST … WITH TIES: the rows whose rank is among the first ones, so that a row which is equal to the
 * last of them comes along. */
#include "sql/bind.h"

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
    *node = bind_number_rows(binder, WINDOW_RANK, key_count, keys, *node);
    Expr *sides[] = {expr_column(binder->arena, type_of(TYPE_INT8), (*node)->column_count - 1),
                     expr_constant(binder->arena, type_of(TYPE_INT8), &last)};
    Expr *condition;
    TRY(bind_operator(binder, "<=", 0, 2, sides, &condition));
    *node = bind_filter_node(binder, *node, condition);
    limit->limit = PLAN_NO_LIMIT;
    return STATUS_OK;
}
