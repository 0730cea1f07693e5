/* GROUP BY: its keys, the nodes that group, and expressions over the grouped rows. */
#include "plan/outer.h"
#include "sql/bind.h"

#include <string.h>

enum { KEYS_MAX = 1664 };

static uint32_t
add_key(Binder *binder, Grouping *grouping, Expr *key)
{
    for (uint32_t i = 0; i < grouping->count; i++) {
        if (expr_equal(grouping->keys[i], key))
            return i;
    }
    if (grouping->count == grouping->capacity) {
        Expr **grown = ARENA_ARRAY(binder->arena, Expr *, grouping->capacity * 2 + 8);
        if (grouping->count > 0)
            memcpy(grown, grouping->keys, grouping->count * sizeof *grown);
        grouping->keys = grown;
        grouping->capacity = grouping->capacity * 2 + 8;
    }
    grouping->keys[grouping->count] = key;
    return grouping->count++;
}

/* A bare name is a column of FROM if there is one, else a column of the result. */
static Status
find_output(Binder *binder, const AstExpr *ast, const Scope *scope, const Outputs *outputs, Expr **key)
{
    *key = NULL;
    if (ast->kind != AST_COLUMN || ast->name_count != 1)
        return STATUS_OK;
    for (uint32_t i = 0; i < scope->column_count; i++) {
        if (strcmp(scope->columns[i].name, ast->names[0]) == 0)
            return STATUS_OK;
    }
    for (uint32_t i = 0; i < outputs->count; i++) {
        if (strcmp(outputs->items[i].name, ast->names[0]) != 0)
            continue;
        if (*key != NULL && !expr_equal(*key, outputs->items[i].expr))
            return error_set_at(binder->error, STATUS_AMBIGUOUS_COLUMN, ast->position,
                                "GROUP BY \"%s\" is ambiguous", ast->names[0]);
        *key = outputs->items[i].expr;
    }
    return STATUS_OK;
}

/* The first aggregate or window function in an output that is to be a key; NULL for none. */
static const Expr *
find_aggregate(const Expr *expr)
{
    if (expr->kind == EXPR_COLUMN)
        return expr->column >= AGGREGATE_BASE ? expr : NULL;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        const Expr *found = find_aggregate(expr->arguments[i]);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static bool
is_literal(const AstExpr *ast)
{
    return ast->kind == AST_DECIMAL || ast->kind == AST_STRING || ast->kind == AST_BOOLEAN;
}

static Status
bind_group(Binder *binder, const AstExpr *ast, const Scope *scope, SubqueryList *subqueries,
           const Outputs *outputs, Expr **key)
{
    const ExprPlace place = {.clause = "GROUP BY", .scope = scope, .subqueries = subqueries};

    if (ast->kind == AST_INTEGER) {
        if (ast->integer < 1 || ast->integer > (int64_t)outputs->count)
            return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, ast->position,
                                "GROUP BY position %lld is not in select list", (long long)ast->integer);
        *key = outputs->items[ast->integer - 1].expr;
    } else if (is_literal(ast)) {
        return error_set_at(binder->error, STATUS_SYNTAX, ast->position, "non-integer constant in GROUP BY");
    } else {
        TRY(find_output(binder, ast, scope, outputs, key));
    }
    if (*key == NULL)
        return bind_expr(binder, &place, ast, key);
    const Expr *aggregate = find_aggregate(*key);
    if (aggregate != NULL && aggregate->column >= WINDOW_BASE)
        return error_set_at(binder->error, STATUS_WINDOWING, aggregate->position,
                            "window functions are not allowed in GROUP BY");
    if (aggregate != NULL)
        return error_set_at(binder->error, STATUS_GROUPING, aggregate->position,
                            "aggregate functions are not allowed in GROUP BY");
    return STATUS_OK;
}

Status
bind_group_key(Binder *binder, const AstExpr *ast, const Scope *scope, const Outputs *outputs,
               Grouping *grouping, uint32_t *index)
{
    Expr *key = NULL;

    TRY(bind_group(binder, ast, scope, grouping->subqueries, outputs, &key));
    TRY(bind_known(binder, &key));
    TRY(bind_check_equality(binder, key->type, ast->position));
    *index = add_key(binder, grouping, key);
    if (*index >= KEYS_MAX)
        return error_set_at(binder->error, STATUS_TOO_MANY_COLUMNS, ast->position,
                            "GROUP BY can have at most %d expressions", (int)KEYS_MAX);
    return STATUS_OK;
}

static bool
has_grouping_sets(const AstSelect *ast)
{
    for (uint32_t i = 0; i < ast->group_count; i++) {
        if (ast->groups[i]->kind == AST_GROUPING_SET)
            return true;
    }
    return false;
}

Status
bind_groups(Binder *binder, const AstSelect *ast, const Scope *scope, const Outputs *outputs,
            Grouping *grouping)
{
    if (ast->group_count > KEYS_MAX)
        return error_set_at(binder->error, STATUS_TOO_MANY_COLUMNS, ast->groups[KEYS_MAX]->position,
                            "GROUP BY can have at most %d expressions", (int)KEYS_MAX);
    if (has_grouping_sets(ast))
        return bind_grouping_sets(binder, ast, scope, outputs, grouping);
    for (uint32_t i = 0; i < ast->group_count; i++) {
        uint32_t key;
        TRY(bind_group_key(binder, ast->groups[i], scope, outputs, grouping, &key));
    }
    return STATUS_OK;
}

/* The expressions that keys, arguments and filters need, each once. */
typedef struct Inputs {
    uint32_t count;
    Expr **exprs;
    bool computed; /* some of them are no plain columns */
} Inputs;

static uint32_t
add_input(Inputs *inputs, Expr *expr)
{
    if (!expr_is_volatile(expr)) {
        for (uint32_t i = 0; i < inputs->count; i++) {
            if (expr_equal(inputs->exprs[i], expr))
                return i;
        }
    }
    inputs->computed |= expr->kind != EXPR_COLUMN;
    inputs->exprs[inputs->count] = expr;
    return inputs->count++;
}

static PlanAggregateCall
make_call(Binder *binder, const Grouping *grouping, const BoundAggregate *bound, Inputs *inputs)
{
    PlanAggregateCall call = {.aggregate = bound->aggregate,
                              .argument_count = bound->argument_count,
                              .filter = -1,
                              .distinct = bound->distinct,
                              .type = bound->type};

    for (uint32_t i = 0; i < bound->argument_count; i++) {
        call.arguments[i] =
            add_input(inputs, bind_settle_direct(binder, grouping, NULL, bound->arguments[i]));
        call.argument_types[i] = bound->arguments[i]->type;
    }
    if (bound->filter != NULL)
        call.filter = (int32_t)add_input(inputs, bind_settle_direct(binder, grouping, NULL, bound->filter));
    return call;
}

/* Where all inputs are plain columns no projection is needed: refer to the columns themselves. */
static void
refer_directly(PlanAggregate *aggregate, const Inputs *inputs)
{
    for (uint32_t i = 0; i < aggregate->key_count; i++)
        aggregate->keys[i] = inputs->exprs[aggregate->keys[i]]->column;
    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        PlanAggregateCall *call = &aggregate->calls[i];
        for (uint32_t j = 0; j < call->argument_count; j++)
            call->arguments[j] = inputs->exprs[call->arguments[j]]->column;
        if (call->filter >= 0)
            call->filter = (int32_t)inputs->exprs[call->filter]->column;
    }
}

static const char *
input_name(Binder *binder, const PlanNode *input, const Expr *expr, uint32_t index)
{
    if (expr->kind == EXPR_COLUMN)
        return input->columns[expr->column].name;
    return arena_format(binder->arena, "expr%u", index + 1);
}

static PlanNode *
project_inputs(Binder *binder, PlanNode *input, const Inputs *inputs)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, inputs->count + 1);

    for (uint32_t i = 0; i < inputs->count; i++)
        names[i] = input_name(binder, input, inputs->exprs[i], i);
    return bind_project_node(binder, input, inputs->count, inputs->exprs, names);
}

/* Keys, arguments and filters over the rows that are grouped, beside which their subqueries stand. */
static Status
attach_inputs(Binder *binder, PlanNode **input, const Grouping *grouping, const AggregateList *aggregates)
{
    SubqueryList *list = grouping->subqueries;

    TRY(bind_attach_all(binder, list, input, grouping->count, grouping->keys));
    for (uint32_t i = 0; i < aggregates->count; i++) {
        BoundAggregate *bound = &aggregates->items[i];
        TRY(bind_attach_all(binder, list, input, bound->argument_count, bound->arguments));
        if (bound->filter != NULL)
            TRY(bind_attach(binder, list, input, &bound->filter));
    }
    return STATUS_OK;
}

Status
bind_aggregate_node(Binder *binder, PlanNode **rows, const Grouping *grouping,
                    const AggregateList *aggregates)
{
    PlanNode *input;

    if (grouping->count == 0 && grouping->set_count < 2 && aggregates->count == 0) {
        *rows = bind_one_row(binder); /* HAVING alone: one row, be there any in FROM or not */
        return STATUS_OK;
    }
    TRY(attach_inputs(binder, rows, grouping, aggregates));
    input = *rows;
    const uint32_t width = grouping->count + aggregates->count;
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, width);

    if (grouping->set_count > 1) {
        *rows = bind_grouping_sets_node(binder, input, grouping, aggregates);
        return STATUS_OK;
    }
    PlanAggregate aggregate = {.phase = AGGREGATE_SINGLE,
                               .key_count = grouping->count,
                               .keys = ARENA_ARRAY(binder->arena, uint32_t, grouping->count),
                               .key_min = ARENA_ARRAY(binder->arena, ColumnBound, grouping->count),
                               .key_max = ARENA_ARRAY(binder->arena, ColumnBound, grouping->count),
                               .calls = ARENA_ARRAY(binder->arena, PlanAggregateCall, aggregates->count)};
    Inputs inputs = {.exprs =
                         ARENA_ARRAY(binder->arena, Expr *,
                                     grouping->count + aggregates->count * (AGGREGATE_ARGUMENTS_MAX + 1))};

    for (uint32_t i = 0; i < grouping->count; i++) {
        aggregate.keys[i] = add_input(&inputs, grouping->keys[i]);
        columns[i] = (PlanColumn){input_name(binder, input, grouping->keys[i], i), grouping->keys[i]->type};
    }
    for (uint32_t i = 0; i < aggregates->count; i++) {
        const BoundAggregate *bound = &aggregates->items[i];
        if (bound->grouping != NULL)
            continue;
        columns[grouping->count + aggregate.call_count] = (PlanColumn){bound->aggregate->name, bound->type};
        aggregate.calls[aggregate.call_count++] = make_call(binder, grouping, bound, &inputs);
    }
    if (inputs.computed)
        input = project_inputs(binder, input, &inputs);
    else
        refer_directly(&aggregate, &inputs);
    PlanNode *node = plan_node_new(binder->arena, PLAN_AGGREGATE, grouping->count + aggregate.call_count,
                                   columns, 1, &input);
    node->aggregate = aggregate;
    *rows = node;
    return STATUS_OK;
}

/* "t.a" where it belongs to a table. */
static const char *
column_name(Binder *binder, const Scope *scope, uint32_t index)
{
    for (uint32_t t = 0; t < scope->table_count; t++) {
        const ScopeTable *table = &scope->tables[t];
        for (uint32_t c = 0; c < table->column_count; c++) {
            if (table->columns[c].index == index)
                return arena_format(binder->arena, "%s.%s", table->columns[c].table, table->columns[c].name);
        }
    }
    return scope->node->columns[index].name;
}

static Status
raise_ungrouped(Binder *binder, const Scope *scope, const Expr *column)
{
    return error_set_at(
        binder->error, STATUS_GROUPING, column->position,
        "column \"%s\" must appear in the GROUP BY clause or be used in an aggregate function",
        column_name(binder, scope, column->column));
}

typedef struct Regrouping {
    Binder *binder;
    const Scope *scope;
    const Grouping *grouping;
    Status status;
} Regrouping;

/* What is said over the grouped rows, said within a subquery: GROUPING() is an expression, others are
 * columns. */
static Expr *
as_outer(Binder *binder, const Expr *expr, uint32_t level)
{
    Expr *copy = ARENA_NEW(binder->arena, Expr);

    if (expr->kind == EXPR_COLUMN) {
        copy = expr_outer(binder->arena, expr->type, level, expr->column);
        copy->position = expr->position;
        return copy;
    }
    *copy = *expr;
    copy->arguments = ARENA_ARRAY(binder->arena, Expr *, expr->argument_count + 1);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        copy->arguments[i] = as_outer(binder, expr->arguments[i], level);
    return copy;
}

/* A subquery's reference to the rows that are grouped. */
static Expr *
regroup_reference(void *context, Expr *outer, uint32_t depth)
{
    Regrouping *regrouping = context;
    Binder *binder = regrouping->binder;
    Expr *column = expr_column(binder->arena, outer->type, outer->column);
    Expr *regrouped;

    if (outer->level - depth != 1 || regrouping->status != STATUS_OK)
        return outer;
    column->position = outer->position;
    regrouping->status = bind_regroup(binder, regrouping->scope, regrouping->grouping, column, &regrouped);
    if (regrouping->status != STATUS_OK) {
        error_set_at(binder->error, STATUS_GROUPING, outer->position,
                     "subquery uses ungrouped column \"%s\" from outer query",
                     column_name(binder, regrouping->scope, outer->column));
        return outer;
    }
    return as_outer(binder, regrouped, outer->level);
}

/* A subquery that is asked for each group. */
static Status
regroup_subquery(Binder *binder, const Scope *scope, const Grouping *grouping, uint32_t column)
{
    BoundSubquery *subquery = bind_find_subquery(grouping->subqueries, column);
    Regrouping regrouping = {.binder = binder, .scope = scope, .grouping = grouping};

    if (subquery == NULL || subquery->regrouped)
        return STATUS_OK;
    subquery->regrouped = true;
    outer_map_plan(binder->arena, subquery->plan, regroup_reference, &regrouping);
    TRY(regrouping.status);
    if (subquery->condition != NULL)
        TRY(bind_regroup(binder, scope, grouping, subquery->condition, &subquery->condition));
    if (subquery->guard != NULL)
        TRY(bind_regroup(binder, scope, grouping, subquery->guard, &subquery->guard));
    return STATUS_OK;
}

/* The column of an aggregate's result: behind the keys and, of several sets, the set's number. */
static uint32_t
result_column(const Grouping *grouping, uint32_t aggregate)
{
    uint32_t column = grouping->count + (grouping->set_count > 1);

    for (uint32_t i = 0; i < aggregate; i++)
        column += grouping->aggregates->items[i].grouping == NULL;
    return column;
}

static Status
regroup_dependent(Binder *binder, const Scope *scope, const Grouping *grouping, const Expr *expr,
                  Expr **regrouped)
{
    for (uint32_t i = 0; i < grouping->dependent_count; i++) {
        const GroupDependent *dependent = &grouping->dependents[i];
        if (dependent->column != expr->column)
            continue;
        *regrouped = expr_column(binder->arena, expr->type, result_column(grouping, dependent->aggregate));
        (*regrouped)->position = expr->position;
        return STATUS_OK;
    }
    return raise_ungrouped(binder, scope, expr);
}

static Status
regroup_column(Binder *binder, const Scope *scope, const Grouping *grouping, const Expr *expr,
               Expr **regrouped)
{
    if (expr->column < RESULT_BASE)
        return regroup_dependent(binder, scope, grouping, expr, regrouped);
    if (expr->column < AGGREGATE_BASE)
        TRY(regroup_subquery(binder, scope, grouping, expr->column));
    if (expr->column < AGGREGATE_BASE || expr->column >= WINDOW_BASE) {
        *regrouped = expr_copy(binder->arena, expr);
        return STATUS_OK;
    }
    const uint32_t index = expr->column - AGGREGATE_BASE;
    if (grouping->aggregates->items[index].grouping != NULL)
        return bind_grouping_value(binder, grouping, &grouping->aggregates->items[index], regrouped);
    *regrouped = expr_column(binder->arena, expr->type, result_column(grouping, index));
    (*regrouped)->position = expr->position;
    return STATUS_OK;
}

/* Also where a varchar is wanted as text, and the like: the key is seen as that. */
static bool
is_key(Binder *binder, Expr *key, const Expr *expr)
{
    bool needed = true;

    if (type_equal(key->type, expr->type))
        return expr_equal(key, expr);
    if (key->kind != expr->kind ||
        function_find_cast(key->type, expr->type, CAST_IMPLICIT, &needed) == NULL || needed)
        return false;
    return expr_equal(expr_seen_as(binder->arena, key, expr->type), expr);
}

bool
bind_find_key(Binder *binder, const Grouping *grouping, const Expr *expr, uint32_t *key)
{
    for (*key = 0; *key < grouping->count; (*key)++) {
        if (is_key(binder, grouping->keys[*key], expr))
            return true;
    }
    return false;
}

Status
bind_regroup(Binder *binder, const Scope *scope, const Grouping *grouping, const Expr *expr, Expr **regrouped)
{
    uint32_t key;

    if (bind_find_key(binder, grouping, expr, &key)) {
        *regrouped = expr_column(binder->arena, expr->type, key);
        (*regrouped)->position = expr->position;
        return STATUS_OK;
    }
    if (expr->kind == EXPR_COLUMN)
        return regroup_column(binder, scope, grouping, expr, regrouped);
    if (bind_is_direct(expr))
        return bind_regroup(binder, scope, grouping, expr->arguments[0], regrouped);

    Expr *copy = ARENA_NEW(binder->arena, Expr);
    *copy = *expr;
    if (expr->argument_count > 0)
        copy->arguments = ARENA_ARRAY(binder->arena, Expr *, expr->argument_count);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        TRY(bind_regroup(binder, scope, grouping, expr->arguments[i], &copy->arguments[i]));
    *regrouped = copy;
    return STATUS_OK;
}
