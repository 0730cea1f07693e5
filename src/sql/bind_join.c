/* Joins: their scopes, and the equalities that make them hash joins. */
#include "sql/bind.h"

#include <string.h>

enum { FROM_ITEMS_MAX = 200, JOIN_WIDTH_MAX = 8192 };

static ScopeColumn
shifted(ScopeColumn column, uint32_t by)
{
    column.index += by;
    return column;
}

static Status
check_aliases(Binder *binder, const Scope *left, const Scope *right, int32_t position)
{
    for (uint32_t l = 0; l < left->table_count; l++) {
        for (uint32_t r = 0; r < right->table_count; r++) {
            const ScopeTable *a = &left->tables[l];
            const ScopeTable *b = &right->tables[r];
            if (a->alias == NULL || b->alias == NULL || strcmp(a->alias, b->alias) != 0)
                continue;
            if (a->schema != NULL && b->schema != NULL && strcmp(a->schema, b->schema) != 0)
                continue;
            return error_set_at(binder->error, STATUS_DUPLICATE_ALIAS, position,
                                "table name \"%s\" specified more than once", a->alias);
        }
    }
    if (left->table_count + right->table_count > FROM_ITEMS_MAX)
        return error_set_at(binder->error, STATUS_TOO_COMPLEX, position, "more than %d items in FROM",
                            (int)FROM_ITEMS_MAX);
    if (left->node->column_count + right->node->column_count > JOIN_WIDTH_MAX)
        return error_set_at(binder->error, STATUS_TOO_MANY_COLUMNS, position,
                            "a join can have at most %d columns", (int)JOIN_WIDTH_MAX);
    return STATUS_OK;
}

/* Both sides' tables and columns, over left columns ++ right columns. */
static Status
combine(Binder *binder, const Scope *left, const Scope *right, int32_t position, Scope *scope)
{
    const uint32_t width = left->node->column_count;

    TRY(check_aliases(binder, left, right, position));
    *scope = (Scope){.table_count = left->table_count + right->table_count,
                     .column_count = left->column_count + right->column_count};
    scope->tables = ARENA_ARRAY(binder->arena, ScopeTable, scope->table_count);
    scope->columns = ARENA_ARRAY(binder->arena, ScopeColumn, scope->column_count);
    memcpy(scope->tables, left->tables, left->table_count * sizeof *scope->tables);
    memcpy(scope->columns, left->columns, left->column_count * sizeof *scope->columns);
    for (uint32_t t = 0; t < right->table_count; t++) {
        const ScopeTable *from = &right->tables[t];
        ScopeTable *to = &scope->tables[left->table_count + t];
        *to = *from;
        to->columns = ARENA_ARRAY(binder->arena, ScopeColumn, from->column_count);
        for (uint32_t c = 0; c < from->column_count; c++)
            to->columns[c] = shifted(from->columns[c], width);
        to->mark += from->mark == NO_MARK ? 0 : width;
    }
    for (uint32_t c = 0; c < right->column_count; c++)
        scope->columns[left->column_count + c] = shifted(right->columns[c], width);
    return STATUS_OK;
}

/* The join's conditions, being sorted into keys and the rest. */
typedef struct Conditions {
    uint32_t left_width;
    uint32_t right_width;
    uint32_t key_count;
    Expr **left_keys;  /* over the left child's columns */
    Expr **right_keys; /* over the right child's columns */
    uint32_t rest_count;
    Expr **rest; /* over both */
} Conditions;

enum { SIDE_NONE = 0, SIDE_LEFT = 1, SIDE_RIGHT = 2 };

static uint32_t
sides_of(const Expr *expr, uint32_t left_width)
{
    uint32_t sides = SIDE_NONE;

    if (expr->kind == EXPR_COLUMN)
        return expr->column < left_width ? SIDE_LEFT : SIDE_RIGHT;
    for (uint32_t i = 0; i < expr->argument_count; i++)
        sides |= sides_of(expr->arguments[i], left_width);
    return sides;
}

static void
shift_column(Expr *column, void *context)
{
    column->column -= *(const uint32_t *)context;
}

static bool
is_equality(const Expr *expr)
{
    return expr->kind == EXPR_CALL && expr->argument_count == 2 && strcmp(expr->function->name, "=") == 0 &&
           !expr_is_volatile(expr);
}

/* left = right, of one type: a pair of keys. */
static bool
take_key(Binder *binder, Conditions *conditions, const Expr *conjunct)
{
    if (!is_equality(conjunct))
        return false;
    Expr *left = conjunct->arguments[0];
    Expr *right = conjunct->arguments[1];
    const uint32_t left_sides = sides_of(left, conditions->left_width);
    const uint32_t right_sides = sides_of(right, conditions->left_width);
    if (left_sides == SIDE_RIGHT && right_sides == SIDE_LEFT) {
        left = conjunct->arguments[1];
        right = conjunct->arguments[0];
    } else if (left_sides != SIDE_LEFT || right_sides != SIDE_RIGHT) {
        return false;
    }
    Type types[2] = {left->type, right->type};
    Type common;
    if (!function_common_type(2, types, &common) || function_common_overflows(2, types, common) ||
        bind_coerce(binder, left, common, CAST_IMPLICIT, &left) != STATUS_OK ||
        bind_coerce(binder, right, common, CAST_IMPLICIT, &right) != STATUS_OK)
        return false;
    right = expr_copy(binder->arena, right);
    expr_visit_columns(right, shift_column, &conditions->left_width);
    conditions->left_keys[conditions->key_count] = left;
    conditions->right_keys[conditions->key_count++] = right;
    return true;
}

static void
sort_conditions(Binder *binder, Expr *condition, Conditions *conditions)
{
    uint32_t count = 0;
    Expr **conjuncts = NULL;

    if (condition != NULL)
        bind_split_conjuncts(binder, condition, &count, &conjuncts);
    conditions->left_keys = ARENA_ARRAY(binder->arena, Expr *, count);
    conditions->right_keys = ARENA_ARRAY(binder->arena, Expr *, count);
    conditions->rest = ARENA_ARRAY(binder->arena, Expr *, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!take_key(binder, conditions, conjuncts[i]))
            conditions->rest[conditions->rest_count++] = conjuncts[i];
    }
}

/* Keys as columns of the child: computed ones are added to it by a projection. */
static const uint32_t *
key_columns(Binder *binder, PlanNode **child, uint32_t count, Expr **keys)
{
    const uint32_t width = (*child)->column_count;
    uint32_t *columns = ARENA_ARRAY(binder->arena, uint32_t, count);
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, width + count);
    const char **names = ARENA_ARRAY(binder->arena, const char *, width + count);
    uint32_t total = width;

    for (uint32_t i = 0; i < width; i++) {
        exprs[i] = expr_column(binder->arena, (*child)->columns[i].type, i);
        names[i] = (*child)->columns[i].name;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i]->kind == EXPR_COLUMN &&
            type_equal(keys[i]->type, (*child)->columns[keys[i]->column].type)) {
            columns[i] = keys[i]->column;
            continue;
        }
        names[total] = arena_format(binder->arena, "key%u", i + 1);
        exprs[total] = keys[i];
        columns[i] = total++;
    }
    *child = bind_project_node(binder, *child, total, exprs, names);
    return columns;
}

/* Right columns of an expression move up by the key columns that were added to the left child. */
typedef struct Widening {
    uint32_t after;
    uint32_t by;
} Widening;

static void
widen_column(Expr *column, void *context)
{
    const Widening *widening = context;

    if (column->column >= widening->after)
        column->column += widening->by;
}

PlanNode *
bind_dependent_node(Binder *binder, JoinKind kind, PlanNode *left, PlanNode *right, Expr *condition)
{
    const uint32_t width = left->column_count + right->column_count;
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, width);
    uint32_t *output = ARENA_ARRAY(binder->arena, uint32_t, width);
    PlanNode *children[2] = {left, right};

    for (uint32_t i = 0; i < width; i++) {
        output[i] = i;
        columns[i] = i < left->column_count ? left->columns[i] : right->columns[i - left->column_count];
    }
    PlanNode *node = plan_node_new(binder->arena, PLAN_DEPENDENT_JOIN, width, columns, 2, children);
    node->join = (PlanJoin){.kind = kind, .residual = condition, .output_count = width, .output = output};
    return node;
}

PlanNode *
bind_join_node(Binder *binder, JoinKind kind, PlanNode *left, PlanNode *right, Expr *condition)
{
    Conditions conditions = {.left_width = left->column_count, .right_width = right->column_count};
    const uint32_t width = left->column_count + right->column_count;
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, width);
    uint32_t *output = ARENA_ARRAY(binder->arena, uint32_t, width);
    PlanJoin join = {.kind = kind, .output_count = width, .output = output};

    memcpy(columns, left->columns, left->column_count * sizeof *columns);
    memcpy(columns + left->column_count, right->columns, right->column_count * sizeof *columns);
    sort_conditions(binder, condition, &conditions);
    join.key_count = conditions.key_count;
    join.left_keys = key_columns(binder, &left, conditions.key_count, conditions.left_keys);
    join.right_keys = key_columns(binder, &right, conditions.key_count, conditions.right_keys);
    join.residual = expr_conjunction(binder->arena, conditions.rest_count, conditions.rest);
    Widening widening = {.after = conditions.left_width, .by = left->column_count - conditions.left_width};
    if (join.residual != NULL && widening.by > 0) {
        join.residual = expr_copy(binder->arena, join.residual);
        expr_visit_columns(join.residual, widen_column, &widening);
    }
    for (uint32_t i = 0; i < width; i++)
        output[i] = i < widening.after ? i : i + widening.by;
    PlanNode *children[2] = {left, right};
    PlanNode *node = plan_node_new(binder->arena, join.key_count > 0 ? PLAN_HASH_JOIN : PLAN_NESTED_LOOP_JOIN,
                                   width, columns, 2, children);
    node->join = join;
    return node;
}

/* As the right operand asks for it. */
static PlanNode *
operand_join(Binder *binder, const AstFrom *right_item, JoinKind kind, PlanNode *left, PlanNode *right,
             Expr *condition)
{
    if (bind_is_lateral(right_item) && kind != JOIN_RIGHT && kind != JOIN_FULL)
        return bind_dependent_node(binder, kind, left, right, condition);
    return bind_join_node(binder, kind, left, right, condition);
}

Status
bind_cross_join(Binder *binder, const Scope *left, const Scope *right, const AstFrom *item, Scope *scope)
{
    TRY(combine(binder, left, right, item->position, scope));
    scope->node = operand_join(binder, item, JOIN_CROSS, left->node, right->node, NULL);
    return STATUS_OK;
}

static Status
find_using_column(Binder *binder, const Scope *scope, const char *name, const char *side,
                  const ScopeColumn **found)
{
    *found = NULL;
    for (uint32_t i = 0; i < scope->column_count; i++) {
        if (strcmp(scope->columns[i].name, name) != 0)
            continue;
        if (*found != NULL)
            return error_set(binder->error, STATUS_AMBIGUOUS_COLUMN,
                             "common column name \"%s\" appears more than once in %s table", name, side);
        *found = &scope->columns[i];
    }
    if (*found == NULL)
        return error_set(binder->error, STATUS_UNDEFINED_COLUMN,
                         "column \"%s\" specified in USING clause does not exist in %s table", name, side);
    return STATUS_OK;
}

/* NATURAL: the names that both sides have. */
static const char *const *
natural_names(Binder *binder, const Scope *left, const Scope *right, uint32_t *count)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, left->column_count + 1);

    *count = 0;
    for (uint32_t l = 0; l < left->column_count; l++) {
        for (uint32_t r = 0; r < right->column_count; r++) {
            if (strcmp(left->columns[l].name, right->columns[r].name) == 0) {
                names[(*count)++] = left->columns[l].name;
                break;
            }
        }
    }
    return names;
}

/* The pairs of columns that USING joins. */
typedef struct UsingPairs {
    uint32_t count;
    const ScopeColumn **left;
    const ScopeColumn **right;
} UsingPairs;

static Status
find_pairs(Binder *binder, uint32_t count, const char *const *names, const Scope *left, const Scope *right,
           UsingPairs *pairs)
{
    pairs->count = count;
    pairs->left = ARENA_ARRAY(binder->arena, const ScopeColumn *, count);
    pairs->right = ARENA_ARRAY(binder->arena, const ScopeColumn *, count);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(names[i], names[j]) == 0)
                return error_set(binder->error, STATUS_DUPLICATE_COLUMN,
                                 "column name \"%s\" appears more than once in USING clause", names[i]);
        }
        TRY(find_using_column(binder, left, names[i], "left", &pairs->left[i]));
        TRY(find_using_column(binder, right, names[i], "right", &pairs->right[i]));
    }
    return STATUS_OK;
}

static Status
pairs_condition(Binder *binder, const UsingPairs *pairs, uint32_t left_width, Expr **condition)
{
    Expr **equalities = ARENA_ARRAY(binder->arena, Expr *, pairs->count);

    for (uint32_t i = 0; i < pairs->count; i++) {
        Expr *sides[2] = {
            expr_column(binder->arena, pairs->left[i]->type, pairs->left[i]->index),
            expr_column(binder->arena, pairs->right[i]->type, pairs->right[i]->index + left_width)};
        TRY(bind_operator(binder, "=", 0, 2, sides, &equalities[i]));
    }
    *condition = expr_conjunction(binder->arena, pairs->count, equalities);
    return STATUS_OK;
}

/* The joined column: the side's that is never missing, or for FULL the one that is there. */
static Status
merged_expr(Binder *binder, JoinKind kind, const ScopeColumn *left, const ScopeColumn *right,
            uint32_t left_width, Expr **expr)
{
    Expr *sides[2] = {expr_column(binder->arena, left->type, left->index),
                      expr_column(binder->arena, right->type, right->index + left_width)};
    Type type;

    TRY(bind_to_common(binder, "JOIN/USING", 2, sides, &type));
    *expr = kind == JOIN_FULL ? expr_form(binder->arena, EXPR_COALESCE, type, 2, sides)
                              : sides[kind == JOIN_RIGHT];
    return STATUS_OK;
}

static bool
is_paired(const ScopeColumn *const *pairs, uint32_t count, const ScopeColumn *column)
{
    for (uint32_t i = 0; i < count; i++) {
        if (pairs[i] == column)
            return true;
    }
    return false;
}

/* * of a USING join: the joined columns, then the rest of the left, then of the right side. The joined
 * columns that are no plain columns are added to the node. */
static Status
merge_columns(Binder *binder, const AstFrom *ast, const UsingPairs *pairs, const Scope *left,
              const Scope *right, Scope *scope)
{
    const uint32_t left_width = left->node->column_count;
    const uint32_t width = scope->node->column_count;
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, width + pairs->count);
    const char **names = ARENA_ARRAY(binder->arena, const char *, width + pairs->count);
    ScopeColumn *merged = ARENA_ARRAY(binder->arena, ScopeColumn, scope->column_count);
    uint32_t total = width;
    uint32_t count = 0;

    for (uint32_t i = 0; i < width; i++) {
        exprs[i] = expr_column(binder->arena, scope->node->columns[i].type, i);
        names[i] = scope->node->columns[i].name;
    }
    for (uint32_t i = 0; i < pairs->count; i++) {
        Expr *expr;
        TRY(merged_expr(binder, ast->join, pairs->left[i], pairs->right[i], left_width, &expr));
        merged[count] = *pairs->left[i];
        merged[count].type = expr->type;
        merged[count].index = expr->kind == EXPR_COLUMN ? expr->column : total;
        if (expr->kind != EXPR_COLUMN) {
            exprs[total] = expr;
            names[total++] = pairs->left[i]->name;
        }
        count++;
    }
    for (uint32_t i = 0; i < left->column_count; i++) {
        if (!is_paired(pairs->left, pairs->count, &left->columns[i]))
            merged[count++] = left->columns[i];
    }
    for (uint32_t i = 0; i < right->column_count; i++) {
        if (!is_paired(pairs->right, pairs->count, &right->columns[i]))
            merged[count++] = shifted(right->columns[i], left_width);
    }
    scope->column_count = count;
    scope->columns = merged;
    scope->node = bind_project_node(binder, scope->node, total, exprs, names);
    return STATUS_OK;
}

/* USING (…) AS name: one more table, of the joined columns. */
static Status
name_using(Binder *binder, const AstFrom *ast, uint32_t count, Scope *scope)
{
    ScopeTable *tables = ARENA_ARRAY(binder->arena, ScopeTable, scope->table_count + 1);
    ScopeColumn *columns = ARENA_ARRAY(binder->arena, ScopeColumn, count);

    if (bind_find_table(scope, 1, &ast->using_alias) != NULL)
        return error_set_at(binder->error, STATUS_DUPLICATE_ALIAS, ast->right->position,
                            "table name \"%s\" specified more than once", ast->using_alias);
    memcpy(tables, scope->tables, scope->table_count * sizeof *tables);
    for (uint32_t i = 0; i < count; i++) {
        columns[i] = scope->columns[i];
        columns[i].table = ast->using_alias;
    }
    tables[scope->table_count++] =
        (ScopeTable){.alias = ast->using_alias, .mark = NO_MARK, .column_count = count, .columns = columns};
    scope->tables = tables;
    return STATUS_OK;
}

static Status
bind_using(Binder *binder, const AstFrom *ast, const Scope *left, const Scope *right, Scope *scope)
{
    uint32_t count = ast->using_count;
    const char *const *names = ast->natural ? natural_names(binder, left, right, &count) : ast->using_names;
    UsingPairs pairs;
    Expr *condition;

    if (count == 0 && ast->join == JOIN_INNER)
        return bind_cross_join(binder, left, right, ast->right, scope);
    TRY(combine(binder, left, right, ast->right->position, scope));
    TRY(find_pairs(binder, count, names, left, right, &pairs));
    TRY(pairs_condition(binder, &pairs, left->node->column_count, &condition));
    scope->node = operand_join(binder, ast->right, ast->join, left->node, right->node, condition);
    TRY(merge_columns(binder, ast, &pairs, left, right, scope));
    return ast->using_alias == NULL ? STATUS_OK : name_using(binder, ast, count, scope);
}

/* ON sees what it joins and what is around the query, but no other items of FROM. */
static Status
bind_on_conditions(Binder *binder, const AstFrom *ast, const Scope *scope, SubqueryList *subqueries,
                   uint32_t *count, Expr ***conditions)
{
    const ExprPlace place = {.clause = "JOIN conditions", .scope = scope, .subqueries = subqueries};
    const OuterRows *rows = binder->outer;

    binder->outer = binder->around_query;
    const Status status = bind_conditions(binder, &place, ast->condition, "JOIN/ON", count, conditions);
    binder->outer = rows;
    return status;
}

static Status
bind_on(Binder *binder, const AstFrom *ast, const Scope *left, const Scope *right, Scope *scope)
{
    SubqueryList subqueries = {0};
    uint32_t count;
    Expr **conditions;

    if (ast->condition == NULL)
        return bind_cross_join(binder, left, right, ast->right, scope);
    TRY(combine(binder, left, right, ast->right->position, scope));
    TRY(bind_on_conditions(binder, ast, scope, &subqueries, &count, &conditions));
    if (subqueries.count > 0)
        return bind_join_on(binder, ast, &subqueries, left->node, right->node, count, conditions,
                            &scope->node);
    scope->node = operand_join(binder, ast->right, ast->join, left->node, right->node,
                               expr_conjunction(binder->arena, count, conditions));
    return STATUS_OK;
}

/* (a JOIN b …) AS name (columns): hides the tables in it. */
static Status
name_join(Binder *binder, const AstFrom *ast, Scope *scope)
{
    ScopeTable *table = ARENA_NEW(binder->arena, ScopeTable);
    ScopeColumn *columns = ARENA_ARRAY(binder->arena, ScopeColumn, scope->column_count);

    if (ast->column_alias_count > scope->column_count)
        return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, ast->position,
                            "join expression \"%s\" has %u columns available but %u columns specified",
                            ast->alias, scope->column_count, ast->column_alias_count);
    for (uint32_t i = 0; i < scope->column_count; i++) {
        columns[i] = scope->columns[i];
        columns[i].table = ast->alias;
        if (i < ast->column_alias_count)
            columns[i].name = ast->column_aliases[i];
    }
    *table = (ScopeTable){
        .alias = ast->alias, .mark = NO_MARK, .column_count = scope->column_count, .columns = columns};
    scope->table_count = 1;
    scope->tables = table;
    scope->columns = columns;
    return STATUS_OK;
}

/* A column beside the side's that is true, and so NULL where the join finds no row of it. */
static void
add_mark(Binder *binder, Scope *side)
{
    const uint32_t width = side->node->column_count;
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, width + 1);
    const char **names = ARENA_ARRAY(binder->arena, const char *, width + 1);

    for (uint32_t i = 0; i < width; i++) {
        exprs[i] = expr_column(binder->arena, side->node->columns[i].type, i);
        names[i] = side->node->columns[i].name;
    }
    exprs[width] = expr_bool(binder->arena, true);
    names[width] = "exists";
    side->node = bind_project_node(binder, side->node, width + 1, exprs, names);
}

/* Tables of a side that may be missing. One that might be so before has its mark already. */
static void
mark_nullable(Binder *binder, Scope *side)
{
    const uint32_t mark = side->node->column_count;
    bool needed = false;

    for (uint32_t t = 0; t < side->table_count; t++) {
        ScopeTable *table = &side->tables[t];
        needed |= !table->nullable;
        if (!table->nullable)
            table->mark = binder->marks ? mark : NO_MARK;
        table->nullable = true;
    }
    if (needed && binder->marks)
        add_mark(binder, side);
}

/* A side that the join fills up with NULLs has no place for a recursive reference. */
static Status
bind_side(Binder *binder, const Scope *left, JoinKind kind, const AstFrom *ast, bool nullable, Scope *scope)
{
    const char *barrier = binder->recursion_barrier;

    if (nullable)
        binder->recursion_barrier = "within an outer join";
    TRY(left == NULL ? bind_from_item(binder, ast, scope) : bind_right_item(binder, left, kind, ast, scope));
    binder->recursion_barrier = barrier;
    if (nullable)
        mark_nullable(binder, scope);
    return STATUS_OK;
}

Status
bind_join(Binder *binder, const AstFrom *ast, Scope *scope)
{
    Scope left;
    Scope right;
    const JoinKind kind = ast->join;

    TRY(bind_side(binder, NULL, kind, ast->left, kind == JOIN_RIGHT || kind == JOIN_FULL, &left));
    TRY(bind_side(binder, &left, kind, ast->right, kind == JOIN_LEFT || kind == JOIN_FULL, &right));
    if (ast->natural || ast->using_count > 0)
        TRY(bind_using(binder, ast, &left, &right, scope));
    else
        TRY(bind_on(binder, ast, &left, &right, scope));
    return ast->alias == NULL ? STATUS_OK : name_join(binder, ast, scope);
}
