/* A condition that keeps the first places of each partition, row_number() <= 3 and its like, lets only those
 * rows into the window: its functions count what is before a row. */
#include "plan/rule.h"

#include "expr/function.h"

#include <string.h>

static bool
all_look_back(const PlanWindow *window)
{
    for (uint32_t i = 0; i < window->call_count; i++) {
        if (!window_function_looks_back(window->calls[i].function))
            return false;
    }
    return true;
}

static bool
integer_of(const Expr *constant, int64_t *value)
{
    if (!expr_is_constant(constant) || constant->value == NULL || !type_is_integer(constant->type.id))
        return false;
    *value = type_layout(constant->type) == LAYOUT_I32 ? *(const int32_t *)constant->value
                                                       : *(const int64_t *)constant->value;
    return true;
}

/* What the call in `column` is at most where the conjunct is true. */
static bool
bound_of(const Expr *conjunct, const PlanNode *window, uint32_t *call, int64_t *bound)
{
    const uint32_t before = window->children[0]->column_count;

    if (conjunct->kind != EXPR_CALL || conjunct->argument_count != 2)
        return false;
    const char *name = conjunct->function->name;
    const bool turned = conjunct->arguments[1]->kind == EXPR_COLUMN;
    const Expr *column = conjunct->arguments[turned ? 1 : 0];
    if (column->kind != EXPR_COLUMN || column->column < before ||
        !integer_of(conjunct->arguments[turned ? 0 : 1], bound))
        return false;
    *call = column->column - before;
    if (strcmp(name, turned ? ">" : "<") == 0)
        return !__builtin_sub_overflow(*bound, 1, bound);
    return strcmp(name, turned ? ">=" : "<=") == 0 || strcmp(name, "=") == 0;
}

/* The least bound of all conjuncts, by a row's number where one is. */
static bool
find_bound(const PlanNode *filter, TopTies *ties, uint64_t *limit)
{
    const PlanNode *window = filter->children[0];
    bool found = false;

    for (uint32_t i = 0; i < filter->filter.conjunct_count; i++) {
        uint32_t call;
        int64_t bound;
        if (!bound_of(filter->filter.conjuncts[i], window, &call, &bound))
            continue;
        const WindowFunction function = window->window.calls[call].function;
        const TopTies kind = function == WINDOW_ROW_NUMBER ? TOP_ROWS
                             : function == WINDOW_RANK     ? TOP_PEERS
                                                           : TOP_GROUPS;
        const uint64_t most = bound < 0 ? 0 : (uint64_t)bound;
        if (found && (kind > *ties || (kind == *ties && most >= *limit)))
            continue;
        *ties = kind;
        *limit = most;
        found = true;
    }
    return found;
}

static PlanNode *
put_top(Rewrite *rewrite, const PlanWindow *window, PlanNode *input, TopTies ties, uint64_t limit)
{
    PlanNode *node =
        plan_node_new(rewrite->arena, PLAN_PARTITION_TOP, input->column_count, input->columns, 1, &input);
    PlanPartitionTop *top = &node->partition_top;

    *top = (PlanPartitionTop){.partition_count = window->partition_count,
                              .partition = ARENA_ARRAY(rewrite->arena, uint32_t, window->partition_count),
                              .order_count = window->order_count,
                              .order = ARENA_ARRAY(rewrite->arena, SortKey, window->order_count),
                              .limit = limit,
                              .ties = ties};
    if (window->partition_count > 0)
        memcpy(top->partition, window->partition, window->partition_count * sizeof(uint32_t));
    if (window->order_count > 0)
        memcpy(top->order, window->order, window->order_count * sizeof(SortKey));
    return node;
}

static Status
visit(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *filter = *slot;
    TopTies ties = TOP_ROWS;
    uint64_t limit = 0;

    if (filter->kind != PLAN_FILTER || filter->children[0]->kind != PLAN_WINDOW)
        return STATUS_OK;
    PlanNode *window = filter->children[0];
    PlanNode *input = window->children[0];
    if (!all_look_back(&window->window) || input->kind == PLAN_PARTITION_TOP ||
        !find_bound(filter, &ties, &limit))
        return STATUS_OK;
    window->children[0] = put_top(rewrite, &window->window, input, ties, limit);
    rewrite->changed = true;
    return STATUS_OK;
}

Status
rule_window_limit(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, visit);
}
