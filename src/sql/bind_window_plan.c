/* The nodes that compute window functions: a projection of what they need, then a WINDOW for each different
 * pair of partitions and order, those with the most keys first, so that later ones find their rows sorted. */
#include "sql/bind.h"

#include <string.h>

/* One WINDOW node to be: the calls that share partitions and order. */
typedef struct Group {
    const BoundWindow *window;
    uint32_t call_count;
    uint32_t *calls; /* in the list */
} Group;

typedef struct WindowPlan {
    Binder *binder;
    const WindowList *list;
    uint32_t group_count;
    Group *groups;
    uint32_t input_count; /* columns of the projection: those of the input, then computed ones */
    Expr **inputs;
    uint32_t *columns; /* where each call's result is */
} WindowPlan;

static bool
contains(const BoundWindow *window, const Expr *expr)
{
    for (uint32_t i = 0; i < window->partition_count; i++) {
        if (expr_equal(window->partition[i], expr))
            return true;
    }
    return false;
}

static bool
is_subset(const BoundWindow *a, const BoundWindow *b)
{
    for (uint32_t i = 0; i < a->partition_count; i++) {
        if (!contains(b, a->partition[i]))
            return false;
    }
    return true;
}

static bool
is_same_order(const BoundWindow *a, const BoundWindow *b)
{
    if (a->order_count != b->order_count)
        return false;
    for (uint32_t i = 0; i < a->order_count; i++) {
        if (a->order[i].descending != b->order[i].descending ||
            a->order[i].nulls_first != b->order[i].nulls_first ||
            !expr_equal(a->order[i].expr, b->order[i].expr))
            return false;
    }
    return true;
}

static bool
has_volatile_key(const BoundWindow *window)
{
    for (uint32_t i = 0; i < window->partition_count; i++) {
        if (expr_is_volatile(window->partition[i]))
            return true;
    }
    for (uint32_t i = 0; i < window->order_count; i++) {
        if (expr_is_volatile(window->order[i].expr))
            return true;
    }
    return false;
}

static bool
can_share(const BoundWindow *a, const BoundWindow *b)
{
    return a == b || (is_subset(a, b) && is_subset(b, a) && is_same_order(a, b) && !has_volatile_key(a));
}

static void
group_calls(WindowPlan *plan)
{
    const uint32_t count = plan->list->call_count;

    plan->groups = ARENA_ARRAY(plan->binder->arena, Group, count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 0;
        while (at < plan->group_count && !can_share(plan->groups[at].window, plan->list->calls[i].window))
            at++;
        Group *group = &plan->groups[at];
        if (at == plan->group_count) {
            plan->group_count++;
            *group = (Group){.window = plan->list->calls[i].window,
                             .calls = ARENA_ARRAY(plan->binder->arena, uint32_t, count)};
        }
        group->calls[group->call_count++] = i;
    }
}

/* A stable insertion sort: most keys first. */
static void
order_groups(WindowPlan *plan)
{
    for (uint32_t i = 1; i < plan->group_count; i++) {
        const Group group = plan->groups[i];
        const uint32_t keys = group.window->partition_count + group.window->order_count;
        uint32_t hole = i;
        for (; hole > 0; hole--) {
            const BoundWindow *before = plan->groups[hole - 1].window;
            if (before->partition_count + before->order_count >= keys)
                break;
            plan->groups[hole] = plan->groups[hole - 1];
        }
        plan->groups[hole] = group;
    }
}

/* The column of the projection that holds the expression. */
static uint32_t
add_input(WindowPlan *plan, const PlanNode *node, Expr *expr)
{
    if (expr->kind == EXPR_COLUMN)
        return expr->column;
    for (uint32_t i = node->column_count; i < plan->input_count && !expr_is_volatile(expr); i++) {
        if (expr_equal(plan->inputs[i], expr))
            return i;
    }
    plan->inputs[plan->input_count] = expr;
    return plan->input_count++;
}

static int32_t
add_optional(WindowPlan *plan, const PlanNode *node, Expr *expr)
{
    return expr == NULL ? WINDOW_NO_COLUMN : (int32_t)add_input(plan, node, expr);
}

static PlanWindowCall
make_call(WindowPlan *plan, const PlanNode *node, const BoundWindowCall *bound)
{
    const BoundAggregate *aggregate = &bound->aggregate;
    PlanWindowCall call = {.function = bound->function,
                           .value = add_optional(plan, node, bound->value),
                           .number = add_optional(plan, node, bound->number),
                           .constant = bound->constant,
                           .fallback = add_optional(plan, node, bound->fallback),
                           .frame = bound->window->frame,
                           .type = bound->type};

    call.aggregate = (PlanAggregateCall){.aggregate = aggregate->aggregate,
                                         .argument_count = aggregate->argument_count,
                                         .filter = add_optional(plan, node, aggregate->filter),
                                         .type = bound->type};
    for (uint32_t i = 0; i < aggregate->argument_count; i++) {
        call.aggregate.arguments[i] = add_input(plan, node, aggregate->arguments[i]);
        call.aggregate.argument_types[i] = aggregate->arguments[i]->type;
    }
    return call;
}

/* How many groups have the expression among their partition keys. */
static uint32_t
share_of(const WindowPlan *plan, const Expr *expr)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < plan->group_count; i++)
        count += contains(plan->groups[i].window, expr);
    return count;
}

/* Partition keys, the most shared ones first: then rows sorted by them are sorted for the others, too. */
static void
set_partition(WindowPlan *plan, const PlanNode *node, const BoundWindow *bound, PlanWindow *window)
{
    uint32_t *shares = ARENA_ARRAY(plan->binder->arena, uint32_t, bound->partition_count + 1);

    window->partition = ARENA_ARRAY(plan->binder->arena, uint32_t, bound->partition_count + 1);
    for (uint32_t i = 0; i < bound->partition_count; i++) {
        const uint32_t column = add_input(plan, node, bound->partition[i]);
        const uint32_t share = share_of(plan, bound->partition[i]);
        uint32_t hole = window->partition_count++;
        for (; hole > 0 && shares[hole - 1] < share; hole--) {
            shares[hole] = shares[hole - 1];
            window->partition[hole] = window->partition[hole - 1];
        }
        shares[hole] = share;
        window->partition[hole] = column;
    }
}

static PlanWindow
make_window(WindowPlan *plan, const PlanNode *node, const Group *group)
{
    Arena *arena = plan->binder->arena;
    const BoundWindow *bound = group->window;
    PlanWindow window = {.order_count = bound->order_count,
                         .order = ARENA_ARRAY(arena, SortKey, bound->order_count + 1),
                         .call_count = group->call_count,
                         .calls = ARENA_ARRAY(arena, PlanWindowCall, group->call_count)};

    set_partition(plan, node, bound, &window);
    for (uint32_t i = 0; i < bound->order_count; i++)
        window.order[i] = (SortKey){add_input(plan, node, bound->order[i].expr), bound->order[i].descending,
                                    bound->order[i].nulls_first};
    for (uint32_t i = 0; i < group->call_count; i++)
        window.calls[i] = make_call(plan, node, &plan->list->calls[group->calls[i]]);
    return window;
}

static PlanNode *
project_inputs(WindowPlan *plan, PlanNode *node)
{
    Arena *arena = plan->binder->arena;
    const char **names = ARENA_ARRAY(arena, const char *, plan->input_count + 1);

    for (uint32_t i = 0; i < plan->input_count; i++)
        names[i] = i < node->column_count ? node->columns[i].name : arena_format(arena, "expr%u", i + 1);
    return bind_project_node(plan->binder, node, plan->input_count, plan->inputs, names);
}

static const char *
call_name(const PlanWindowCall *call)
{
    return call->function == WINDOW_AGGREGATE ? call->aggregate.aggregate->name
                                              : window_function_name(call->function);
}

static PlanNode *
make_node(WindowPlan *plan, PlanNode *input, const Group *group, const PlanWindow *window)
{
    const uint32_t width = input->column_count + window->call_count;
    PlanColumn *columns = ARENA_ARRAY(plan->binder->arena, PlanColumn, width);

    if (input->column_count > 0)
        memcpy(columns, input->columns, input->column_count * sizeof *columns);
    for (uint32_t i = 0; i < window->call_count; i++) {
        columns[input->column_count + i] = (PlanColumn){call_name(&window->calls[i]), window->calls[i].type};
        plan->columns[group->calls[i]] = input->column_count + i;
    }
    PlanNode *node = plan_node_new(plan->binder->arena, PLAN_WINDOW, width, columns, 1, &input);
    node->window = *window;
    return node;
}

static uint32_t
count_exprs(const WindowList *list)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < list->window_count; i++)
        count += list->windows[i]->partition_count + list->windows[i]->order_count;
    return count + list->call_count * (AGGREGATE_ARGUMENTS_MAX + 4);
}

static void
resolve_column(Expr *column, void *columns)
{
    if (column->column >= WINDOW_BASE)
        column->column = ((const uint32_t *)columns)[column->column - WINDOW_BASE];
}

PlanNode *
bind_window_nodes(Binder *binder, const WindowList *list, PlanNode *node, Outputs *outputs)
{
    WindowPlan plan = {.binder = binder, .list = list};

    if (list->call_count == 0)
        return node;
    group_calls(&plan);
    order_groups(&plan);
    plan.columns = ARENA_ARRAY(binder->arena, uint32_t, list->call_count);
    plan.inputs = ARENA_ARRAY(binder->arena, Expr *, node->column_count + count_exprs(list) + 1);
    for (; plan.input_count < node->column_count; plan.input_count++)
        plan.inputs[plan.input_count] =
            expr_column(binder->arena, node->columns[plan.input_count].type, plan.input_count);
    PlanWindow *windows = ARENA_ARRAY(binder->arena, PlanWindow, plan.group_count);
    for (uint32_t i = 0; i < plan.group_count; i++)
        windows[i] = make_window(&plan, node, &plan.groups[i]);
    node = project_inputs(&plan, node);
    for (uint32_t i = 0; i < plan.group_count; i++)
        node = make_node(&plan, node, &plan.groups[i], &windows[i]);
    for (uint32_t i = 0; i < outputs->count; i++) {
        outputs->items[i].expr = expr_copy(binder->arena, outputs->items[i].expr);
        expr_visit_columns(outputs->items[i].expr, resolve_column, plan.columns);
    }
    return node;
}

static Status
visit_list(Binder *binder, Status (*visit)(Binder *, void *, Expr **), void *context, uint32_t count,
           Expr **slots)
{
    for (uint32_t i = 0; i < count; i++) {
        if (slots[i] != NULL)
            TRY(visit(binder, context, &slots[i]));
    }
    return STATUS_OK;
}

Status
bind_window_exprs(Binder *binder, const WindowList *list,
                  Status (*visit)(Binder *binder, void *context, Expr **slot), void *context)
{
    for (uint32_t i = 0; i < list->window_count; i++) {
        BoundWindow *window = list->windows[i];
        TRY(visit_list(binder, visit, context, window->partition_count, window->partition));
        for (uint32_t k = 0; k < window->order_count; k++)
            TRY(visit(binder, context, &window->order[k].expr));
    }
    for (uint32_t i = 0; i < list->call_count; i++) {
        BoundWindowCall *call = &list->calls[i];
        TRY(visit_list(binder, visit, context, call->aggregate.argument_count, call->aggregate.arguments));
        TRY(visit_list(binder, visit, context, 1, &call->aggregate.filter));
        TRY(visit_list(binder, visit, context, 1, &call->value));
        TRY(visit_list(binder, visit, context, 1, &call->number));
        TRY(visit_list(binder, visit, context, 1, &call->fallback));
    }
    return STATUS_OK;
}
