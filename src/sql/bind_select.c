/* One SELECT: FROM, WHERE, targets, grouping, HAVING, ORDER BY, DISTINCT, LIMIT → plan nodes. */
#include "sql/bind.h"

#include <string.h>

enum {
    QUERIES_MAX = 1000,    /* bound in one statement, a WITH query once a reference */
    QUERY_DEPTH_MAX = 200, /* subqueries in one another, through WITH as well */
    TARGETS_MAX = 1664
};

/* One SELECT while it is bound. */
typedef struct SelectState {
    const AstSelect *ast;
    Scope scope;
    AggregateList aggregates;
    WindowList windows;
    SubqueryList subqueries;
    Grouping grouping;
    Outputs outputs;
    uint32_t having_count;
    Expr **having; /* conditions */
    SortKey *sort_keys;
    uint32_t *distinct_keys; /* DISTINCT ON */
    BoundLimit limit;
} SelectState;

/* Where subqueries of outputs and windows go. */
typedef struct Attaching {
    SubqueryList *subqueries;
    PlanNode **node;
} Attaching;

static Status
check_supported(Binder *binder, const AstSelect *ast)
{
    if (ast->unsupported != NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->unsupported_position,
                            "not supported yet: %s", ast->unsupported);
    return STATUS_OK;
}

static void
expand_columns(Binder *binder, uint32_t count, const ScopeColumn *columns, int32_t position, Outputs *outputs)
{
    for (uint32_t i = 0; i < count; i++) {
        if (columns[i].unlisted)
            continue;
        Expr *expr = expr_column(binder->arena, columns[i].type, columns[i].index);
        expr->position = position;
        bind_add_output(binder, outputs, columns[i].name, expr, false);
    }
}

Status
bind_star(Binder *binder, const ExprPlace *place, const AstExpr *star, Outputs *outputs)
{
    const Scope *scope = place->scope;

    if (star->name_count > 0)
        return bind_table_star(binder, place, star, outputs);
    if (scope->table_count == 0 && scope->column_count == 0)
        return error_set_at(binder->error, STATUS_SYNTAX, star->position,
                            "SELECT * with no tables specified is not valid");
    expand_columns(binder, scope->column_count, scope->columns, star->position, outputs);
    return STATUS_OK;
}

static Status
bind_target_expr(Binder *binder, SelectState *state, const AstTarget *target, const Type *wanted)
{
    const ExprPlace place = {.clause = "SELECT",
                             .scope = &state->scope,
                             .aggregates = &state->aggregates,
                             .windows = &state->windows,
                             .subqueries = &state->subqueries};
    Expr *expr;

    if (target->expr->kind == AST_STAR)
        return bind_star(binder, &place, target->expr, &state->outputs);
    if (target->expr->kind == AST_FIELD && target->expr->text == NULL)
        return bind_record_star(binder, &place, target->expr, &state->outputs);
    TRY(bind_expr(binder, &place, target->expr, &expr));
    if (wanted != NULL && bind_is_unknown(expr))
        TRY(bind_coerce(binder, expr, *wanted, CAST_ASSIGNMENT, &expr));
    Expr *literal = bind_is_unknown(expr) ? expr : NULL;
    TRY(bind_known(binder, &expr));
    bind_add_output(binder, &state->outputs,
                    target->name == NULL ? bind_output_name(target->expr) : target->name, expr, false);
    state->outputs.items[state->outputs.count - 1].literal = literal;
    state->outputs.items[state->outputs.count - 1].start = ast_start(target->expr);
    return STATUS_OK;
}

static Status
bind_targets(Binder *binder, SelectState *state, uint32_t wanted_count, const Type *wanted)
{
    const AstSelect *ast = state->ast;

    for (uint32_t i = 0; i < ast->target_count; i++) {
        const uint32_t column = state->outputs.count;
        TRY(bind_target_expr(binder, state, &ast->targets[i],
                             column < wanted_count ? &wanted[column] : NULL));
    }
    if (state->outputs.count == 0 && (binder->query_depth < 2 || ast->distinct))
        return error_set(binder->error, STATUS_NOT_SUPPORTED, "not supported yet: SELECT without columns");
    if (state->outputs.count > TARGETS_MAX)
        return error_set(binder->error, STATUS_TOO_MANY_COLUMNS, "target lists can have at most %d entries",
                         (int)TARGETS_MAX);
    return STATUS_OK;
}

static Status
bind_where(Binder *binder, SelectState *state)
{
    const ExprPlace place = {.clause = "WHERE", .scope = &state->scope, .subqueries = &state->subqueries};
    uint32_t count;
    Expr **conditions;

    if (state->ast->where == NULL)
        return STATUS_OK;
    TRY(bind_conditions(binder, &place, state->ast->where, "WHERE", &count, &conditions));
    return bind_attach_filter(binder, &state->subqueries, &state->scope.node, count, conditions);
}

/* Not VALUES and set operations, whose ORDER BY is over their columns. */
static bool
has_windows(const AstSelect *ast)
{
    return ast->row_count == 0 && ast->set_operation == AST_SET_NONE;
}

static Status
bind_having_and_order(Binder *binder, SelectState *state)
{
    ExprPlace place = {.clause = "HAVING",
                       .scope = &state->scope,
                       .aggregates = &state->aggregates,
                       .subqueries = &state->subqueries};

    if (state->ast->having != NULL)
        TRY(bind_conditions(binder, &place, state->ast->having, "HAVING", &state->having_count,
                            &state->having));
    place.clause = "ORDER BY";
    place.windows = has_windows(state->ast) ? &state->windows : NULL;
    state->sort_keys = ARENA_ARRAY(binder->arena, SortKey, state->ast->sort_count);
    TRY(bind_order(binder, state->ast, &place, &state->outputs, state->sort_keys));
    return bind_distinct_on(binder, state->ast, &place, &state->outputs, state->sort_keys,
                            &state->distinct_keys);
}

/* Whether a FROM item is the query of a WITH RECURSIVE within itself. */
static bool
is_self_reference(const Binder *binder, const AstFrom *from)
{
    if (from->kind == AST_FROM_JOIN)
        return is_self_reference(binder, from->left) || is_self_reference(binder, from->right);
    return from->kind == AST_FROM_RELATION && from->schema == NULL &&
           bind_is_recursion(bind_find_cte(binder, from->name));
}

static Status
check_recursion(Binder *binder, const SelectState *state)
{
    for (uint32_t i = 0; state->aggregates.count > 0 && i < state->ast->from_count; i++) {
        if (is_self_reference(binder, state->ast->from[i]))
            return error_set_at(binder->error, STATUS_INVALID_RECURSION, state->aggregates.items[0].position,
                                "aggregate functions are not allowed in a recursive query's recursive term");
    }
    return STATUS_OK;
}

static Status
regroup(Binder *binder, void *context, Expr **slot)
{
    const SelectState *state = context;

    return bind_regroup(binder, &state->scope, &state->grouping, *slot, slot);
}

static Status
note_dependents(Binder *binder, void *context, Expr **slot)
{
    SelectState *state = context;

    return bind_note_dependents(binder, &state->scope, &state->grouping, *slot);
}

/* Columns that a primary key among the keys determines are values of the group, too. */
static Status
add_dependents(Binder *binder, SelectState *state)
{
    for (uint32_t i = 0; i < state->outputs.count; i++)
        TRY(note_dependents(binder, state, &state->outputs.items[i].expr));
    for (uint32_t i = 0; i < state->having_count; i++)
        TRY(note_dependents(binder, state, &state->having[i]));
    return bind_window_exprs(binder, &state->windows, note_dependents, state);
}

/* Outputs and HAVING become expressions over the grouped rows. */
static Status
regroup_outputs(Binder *binder, SelectState *state)
{
    for (uint32_t i = 0; i < state->outputs.count; i++)
        TRY(regroup(binder, state, &state->outputs.items[i].expr));
    for (uint32_t i = 0; i < state->having_count; i++)
        TRY(regroup(binder, state, &state->having[i]));
    return bind_window_exprs(binder, &state->windows, regroup, state);
}

/* AGGREGATE and HAVING. */
static Status
group_rows(Binder *binder, SelectState *state, PlanNode **node)
{
    *node = state->scope.node;
    if (state->grouping.count == 0 && state->ast->group_count == 0 && state->aggregates.count == 0 &&
        state->having == NULL)
        return STATUS_OK;
    state->grouping.aggregates = &state->aggregates;
    TRY(add_dependents(binder, state));
    TRY(regroup_outputs(binder, state));
    TRY(bind_check_direct(binder, &state->scope, &state->grouping));
    TRY(bind_aggregate_node(binder, node, &state->grouping, &state->aggregates));
    return bind_attach_filter(binder, &state->subqueries, node, state->having_count, state->having);
}

static Status
attach(Binder *binder, void *context, Expr **slot)
{
    const Attaching *attaching = context;

    return bind_attach(binder, attaching->subqueries, attaching->node, slot);
}

/* Subqueries that are left stand beside the rows that are put out. */
static Status
attach_outputs(Binder *binder, SelectState *state, PlanNode **node)
{
    Attaching attaching = {&state->subqueries, node};

    for (uint32_t i = 0; i < state->outputs.count; i++)
        TRY(attach(binder, &attaching, &state->outputs.items[i].expr));
    return bind_window_exprs(binder, &state->windows, attach, &attaching);
}

/* The expression with keys that hold set-returning functions as they are over the rows that these make. */
static Expr *
put_keys(Binder *binder, uint32_t count, Expr *const *before, Expr *const *after, Expr *expr)
{
    if (!bind_has_set(expr))
        return expr;
    for (uint32_t k = 0; k < count; k++) {
        if (expr_equal(expr, before[k]))
            return after[k];
    }
    Expr *copy = ARENA_NEW(binder->arena, Expr);
    *copy = *expr;
    copy->arguments = ARENA_ARRAY(binder->arena, Expr *, expr->argument_count + 1);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        copy->arguments[i] = put_keys(binder, count, before, after, expr->arguments[i]);
    return copy;
}

/* Rows of set-returning functions that the keys of GROUP BY are made of; the same calls in the outputs are
 * those keys. */
static Status
expand_keys(Binder *binder, SelectState *state)
{
    const uint32_t count = state->grouping.count;
    Expr **before = ARENA_ARRAY(binder->arena, Expr *, count + 1);
    bool any = false;

    for (uint32_t i = 0; i < count; i++) {
        before[i] = state->grouping.keys[i];
        any |= bind_has_set(before[i]);
    }
    if (!any)
        return STATUS_OK;
    TRY(bind_expand_sets(binder, &state->scope.node, count, state->grouping.keys));
    for (uint32_t i = 0; i < state->outputs.count; i++) {
        Expr **output = &state->outputs.items[i].expr;
        *output = put_keys(binder, count, before, state->grouping.keys, *output);
    }
    return STATUS_OK;
}

static Status
expand_outputs(Binder *binder, SelectState *state, PlanNode **node)
{
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, state->outputs.count);

    for (uint32_t i = 0; i < state->outputs.count; i++)
        exprs[i] = state->outputs.items[i].expr;
    TRY(bind_expand_sets(binder, node, state->outputs.count, exprs));
    for (uint32_t i = 0; i < state->outputs.count; i++)
        state->outputs.items[i].expr = exprs[i];
    return STATUS_OK;
}

/* DISTINCT ON: the first row, in the order asked for, of those that agree in the keys. */
static PlanNode *
first_rows(Binder *binder, const SelectState *state, PlanNode *node)
{
    PlanNode *first =
        plan_node_new(binder->arena, PLAN_PARTITION_TOP, node->column_count, node->columns, 1, &node);

    first->partition_top = (PlanPartitionTop){.partition_count = state->ast->distinct_on_count,
                                              .partition = state->distinct_keys,
                                              .order_count = state->ast->sort_count,
                                              .order = state->sort_keys,
                                              .limit = 1};
    return first;
}

static PlanNode *
sort_rows(Binder *binder, const SelectState *state, PlanNode *node)
{
    if (state->ast->sort_count == 0)
        return node;
    PlanNode *sort = plan_node_new(binder->arena, PLAN_SORT, node->column_count, node->columns, 1, &node);
    sort->sort.key_count = state->ast->sort_count;
    sort->sort.keys = state->sort_keys;
    return sort;
}

static PlanNode *
limit_rows(Binder *binder, const PlanLimit *limit, PlanNode *node)
{
    if (limit->limit == PLAN_NO_LIMIT && limit->offset == 0)
        return node;
    PlanNode *cut = plan_node_new(binder->arena, PLAN_LIMIT, node->column_count, node->columns, 1, &node);
    cut->limit = *limit;
    return cut;
}

/* Drop what was only sorted by. */
static PlanNode *
drop_hidden(Binder *binder, const Outputs *outputs, PlanNode *node)
{
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, outputs->count);
    const char **names = ARENA_ARRAY(binder->arena, const char *, outputs->count);
    uint32_t count = 0;

    while (count < outputs->count && !outputs->items[count].hidden) {
        exprs[count] = expr_column(binder->arena, node->columns[count].type, count);
        names[count] = node->columns[count].name;
        count++;
    }
    return bind_project_node(binder, node, count, exprs, names);
}

static Status
check_distinct(Binder *binder, const SelectState *state)
{
    const Outputs *outputs = &state->outputs;

    for (uint32_t i = 0; state->ast->distinct && i < outputs->count; i++) {
        if (state->ast->distinct_on_count == 0 && !outputs->items[i].hidden)
            TRY(bind_check_equality(binder, outputs->items[i].expr->type, outputs->items[i].expr->position));
    }
    return STATUS_OK;
}

static Status
assemble(Binder *binder, SelectState *state, PlanNode *node, PlanNode **made)
{
    node = bind_project_outputs(binder, &state->outputs, node);
    if (state->ast->distinct_on_count > 0)
        node = first_rows(binder, state, node);
    else if (state->ast->distinct)
        node = plan_node_new(binder->arena, PLAN_DISTINCT, node->column_count, node->columns, 1, &node);
    if (state->ast->with_ties)
        TRY(bind_ties(binder, state->ast->sort_count, state->sort_keys, &state->limit.fixed, &node));
    TRY(bind_limit_computed(binder, state->ast->sort_count, state->sort_keys, &state->limit, &node));
    node = sort_rows(binder, state, node);
    node = limit_rows(binder, &state->limit.fixed, node);
    *made = drop_hidden(binder, &state->outputs, node);
    return STATUS_OK;
}

static Status
bind_plain_select(Binder *binder, SelectState *state, uint32_t wanted_count, const Type *wanted,
                  PlanNode **node)
{
    const ExprPlace windows = {.clause = "window definitions",
                               .scope = &state->scope,
                               .aggregates = &state->aggregates,
                               .subqueries = &state->subqueries};

    TRY(bind_from(binder, state->ast, &state->scope));
    TRY(bind_named_windows(binder, state->ast, &windows, &state->windows));
    TRY(bind_targets(binder, state, wanted_count, wanted));
    TRY(bind_where(binder, state));
    TRY(bind_having_and_order(binder, state));
    TRY(check_recursion(binder, state));
    TRY(bind_groups(binder, state->ast, &state->scope, &state->outputs, &state->grouping));
    TRY(bind_limit(binder, &state->scope, state->ast, &state->limit));
    TRY(expand_keys(binder, state));
    TRY(group_rows(binder, state, node));
    TRY(attach_outputs(binder, state, node));
    *node = bind_window_nodes(binder, &state->windows, *node, &state->outputs);
    TRY(expand_outputs(binder, state, node));
    TRY(check_distinct(binder, state));
    return assemble(binder, state, *node, node);
}

/* VALUES and set operations … ORDER BY … LIMIT: their columns are the outputs. */
static Status
bind_over_rows(Binder *binder, SelectState *state, const char *alias, PlanNode *rows, PlanNode **node)
{
    state->scope.node = rows;
    state->scope.column_count = rows->column_count;
    state->scope.columns = ARENA_ARRAY(binder->arena, ScopeColumn, rows->column_count);
    for (uint32_t i = 0; i < rows->column_count; i++)
        state->scope.columns[i] = (ScopeColumn){
            .table = alias, .name = rows->columns[i].name, .type = rows->columns[i].type, .index = i};
    expand_columns(binder, state->scope.column_count, state->scope.columns, 0, &state->outputs);
    TRY(bind_having_and_order(binder, state));
    TRY(bind_limit(binder, &state->scope, state->ast, &state->limit));
    if (state->aggregates.count > 0)
        return error_set(binder->error, STATUS_GROUPING,
                         "aggregate functions are not allowed in ORDER BY of VALUES");
    TRY(attach_outputs(binder, state, &rows));
    TRY(check_distinct(binder, state));
    return assemble(binder, state, rows, node);
}

static void
note_output(const OutputColumn *output, uint32_t column, SetOperand *made)
{
    made->literals[column] = output->literal;
    ((int32_t *)made->positions)[column] = output->start > 0 ? output->start : output->expr->position;
}

/* `made->node` first: what its columns were is only asked for by set operations. */
static void
note_outputs(Binder *binder, const Outputs *outputs, SetOperand *made)
{
    made->literals = ARENA_ARRAY(binder->arena, Expr *, outputs->count);
    made->positions = ARENA_ARRAY(binder->arena, int32_t, outputs->count);
    for (uint32_t i = 0; i < outputs->count; i++)
        note_output(&outputs->items[i], i, made);
}

static Status
bind_set_query(Binder *binder, SelectState *state, SetOperand *made)
{
    if (bind_is_recursive_union(binder, state->ast))
        TRY(bind_recursive_union(binder, state->ast, made));
    else
        TRY(bind_set_operation(binder, state->ast, made));
    if (state->ast->sort_count == 0 && state->ast->limit == NULL && state->ast->offset == NULL)
        return STATUS_OK;
    return bind_over_rows(binder, state, "*SELECT*", made->node, &made->node);
}

static Status
bind_query(Binder *binder, const AstSelect *ast, uint32_t wanted_count, const Type *wanted, SetOperand *made)
{
    SelectState state = {.ast = ast};
    PlanNode *values;

    state.grouping.subqueries = &state.subqueries;
    if (ast->set_operation != AST_SET_NONE)
        return bind_set_query(binder, &state, made);
    if (ast->row_count > 0) {
        TRY(bind_values(binder, ast, &values));
        TRY(bind_over_rows(binder, &state, "*VALUES*", values, &made->node));
    } else {
        TRY(bind_plain_select(binder, &state, wanted_count, wanted, &made->node));
    }
    note_outputs(binder, &state.outputs, made);
    return STATUS_OK;
}

static Status
bind_nested(Binder *binder, const AstSelect *ast, uint32_t wanted_count, const Type *wanted, SetOperand *made)
{
    const CteScope *visible = binder->ctes;
    const OuterRows *around = binder->around_query;

    if (++binder->query_count > QUERIES_MAX || binder->query_depth >= QUERY_DEPTH_MAX)
        return error_set(binder->error, STATUS_TOO_COMPLEX, "the statement has too many subqueries");
    binder->query_depth++;
    binder->around_query = binder->outer;
    Status status = check_supported(binder, ast);
    if (status == STATUS_OK)
        status = bind_ctes(binder, ast);
    if (status == STATUS_OK)
        status = bind_query(binder, ast, wanted_count, wanted, made);
    binder->query_depth--;
    binder->around_query = around;
    binder->ctes = visible;
    return status;
}

Status
bind_select(Binder *binder, const AstSelect *ast, uint32_t wanted_count, const Type *wanted, PlanNode **node)
{
    SetOperand made;

    TRY(bind_nested(binder, ast, wanted_count, wanted, &made));
    *node = made.node;
    return STATUS_OK;
}

static bool
is_bare_operation(const AstSelect *ast)
{
    return ast->set_operation != AST_SET_NONE && ast->cte_count == 0 && ast->sort_count == 0 &&
           ast->limit == NULL && ast->offset == NULL;
}

Status
bind_set_operand(Binder *binder, const AstSelect *ast, SetOperand *made)
{
    if (is_bare_operation(ast)) /* long chains of UNION are no subqueries in one another */
        return bind_set_operation(binder, ast, made);
    return bind_nested(binder, ast, 0, NULL, made);
}
