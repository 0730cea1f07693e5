/* Calls of aggregates: collected in the place's list, referred to as columns from AGGREGATE_BASE on. */
#include "plan/outer.h"
#include "sql/bind.h"

#include <string.h>

static bool
is_same(const BoundAggregate *a, const BoundAggregate *b)
{
    if (a->grouping != b->grouping || a->aggregate != b->aggregate ||
        a->argument_count != b->argument_count || a->distinct != b->distinct)
        return false;
    if ((a->filter == NULL) != (b->filter == NULL) ||
        (a->filter != NULL && !expr_equal(a->filter, b->filter)))
        return false;
    for (uint32_t i = 0; i < a->argument_count; i++) {
        if (!expr_equal(a->arguments[i], b->arguments[i]) || expr_is_volatile(a->arguments[i]))
            return false;
    }
    return a->filter == NULL || !expr_is_volatile(a->filter);
}

uint32_t
bind_add_aggregate(Binder *binder, AggregateList *list, const BoundAggregate *aggregate)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (is_same(&list->items[i], aggregate))
            return i;
    }
    if (list->count == list->capacity) {
        BoundAggregate *grown = ARENA_ARRAY(binder->arena, BoundAggregate, list->capacity * 2 + 8);
        if (list->count > 0)
            memcpy(grown, list->items, list->count * sizeof *grown);
        list->items = grown;
        list->capacity = list->capacity * 2 + 8;
    }
    list->items[list->count] = *aggregate;
    return list->count++;
}

static Status
check_place(Binder *binder, const ExprPlace *place, const AstExpr *ast)
{
    if (place->in_aggregate)
        return error_set_at(binder->error, STATUS_GROUPING, ast->position,
                            "aggregate function calls cannot be nested");
    if (place->aggregates == NULL)
        return error_set_at(binder->error, STATUS_GROUPING, ast->position,
                            "aggregate functions are not allowed in %s", place->clause);
    return STATUS_OK;
}

static Status
check_arguments(Binder *binder, const AstExpr *ast)
{
    if (!ast->call->star && ast->count == 0 && strcmp(ast->text, "count") != 0)
        return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                            "function %s() does not exist", ast->text);
    if (!ast->call->star && ast->count == 0)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                            "%s(*) must be used to call a parameterless aggregate function", ast->text);
    if (ast->count > AGGREGATE_ARGUMENTS_MAX)
        return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                            "aggregate %s does not take %u arguments", ast->text, ast->count);
    return STATUS_OK;
}

static Status
bind_filter(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **filter)
{
    const ExprPlace inner = {.clause = "FILTER", .scope = place->scope, .subqueries = place->subqueries};

    *filter = NULL;
    return ast == NULL ? STATUS_OK : bind_condition(binder, &inner, ast, "FILTER", filter);
}

/* Rows that the filter leaves out may hold what the argument cannot be computed of: sum(a / b) FILTER (WHERE
 * b <> 0). */
static Expr *
guard(Binder *binder, const Expr *filter, Expr *argument)
{
    if (filter == NULL || expr_is_volatile(filter) || !expr_can_fail(argument))
        return argument;
    Expr *arms[] = {expr_copy(binder->arena, filter), argument, expr_null(binder->arena, argument->type)};
    return expr_form(binder->arena, EXPR_CASE, argument->type, 3, arms);
}

static bool
is_ordered_set(const char *name)
{
    return strcmp(name, "percentile_cont") == 0 || strcmp(name, "percentile_disc") == 0 ||
           strcmp(name, "mode") == 0;
}

static bool
is_either(Type type, const Type wanted[2])
{
    bool needed;

    return type.id == TYPE_UNKNOWN || function_find_cast(type, wanted[0], CAST_IMPLICIT, &needed) != NULL ||
           function_find_cast(type, wanted[1], CAST_IMPLICIT, &needed) != NULL;
}

/* What it orders by is its last argument: percentile_cont(double precision, double precision or interval),
 * percentile_disc(double precision, anyelement), mode(anyelement). */
static bool
takes_ordered(const char *name, uint32_t count, const Type *types)
{
    const bool of_fraction = strcmp(name, "mode") != 0;
    const Type numbers[] = {type_of(TYPE_FLOAT8), type_list(type_of(TYPE_FLOAT8))};
    const Type values[] = {type_of(TYPE_FLOAT8), type_of(TYPE_INTERVAL)};

    if (count != (of_fraction ? 2 : 1))
        return false;
    if (of_fraction && !is_either(types[0], numbers))
        return false;
    return strcmp(name, "percentile_cont") != 0 || is_either(types[1], values);
}

/* WITHIN GROUP of others, or none where it is needed: there may be no aggregate of such arguments at all. */
static Status
refuse_ordering(Binder *binder, const ExprPlace *inner, const AstExpr *ast)
{
    const uint32_t count = ast->count + (ast->call->within_group ? ast->call->sort_count : 0);
    Type *types = ARENA_ARRAY(binder->arena, Type, count + 1);
    const Aggregate *aggregate;
    Expr *argument;
    Type result;
    Buffer names = {0};

    for (uint32_t i = 0; i < count; i++) {
        const AstExpr *written = i < ast->count ? ast->arguments[i] : ast->call->sorts[i - ast->count].expr;
        TRY(bind_expr(binder, inner, written, &argument));
        types[i] = argument->type;
        buffer_append_format(&names, "%s%s", i > 0 ? ", " : "", bind_type_name(binder, types[i]));
    }
    const char *signature = arena_copy_string(binder->arena, buffer_text(&names));
    buffer_destroy(&names);
    if (!ast->call->within_group && !takes_ordered(ast->text, count, types))
        return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                            "function %s(%s) does not exist", ast->text, signature);
    if (!ast->call->within_group)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                            "WITHIN GROUP is required for ordered-set aggregate %s", ast->text);
    TRY(bind_at(binder, aggregate_resolve(ast->text, count, types, &aggregate, &result, binder->error),
                ast->position));
    return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                        "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", ast->text);
}

static Status
check_ordering(Binder *binder, const ExprPlace *inner, const AstExpr *ast)
{
    const AstCall *call = ast->call;
    const bool ordered = is_ordered_set(ast->text);
    const uint32_t direct = strcmp(ast->text, "mode") == 0 ? 0 : 1;

    if (call->within_group != ordered)
        return refuse_ordering(binder, inner, ast);
    if (ordered && call->distinct)
        return error_set_at(binder->error, STATUS_SYNTAX, ast->position,
                            "cannot use DISTINCT with WITHIN GROUP");
    if (ordered && (ast->count != direct || call->sort_count != 1))
        return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                            "%s takes %u direct argument%s and one to order by", ast->text, direct,
                            direct == 1 ? "" : "s");
    for (uint32_t i = 0; i < call->sort_count; i++) {
        TRY(bind_sort_operator(binder, &call->sorts[i]));
    }
    return STATUS_OK;
}

static Status
add_argument(Binder *binder, BoundAggregate *bound, Expr *argument, int32_t position)
{
    if (bound->argument_count == AGGREGATE_ARGUMENTS_MAX)
        return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, position,
                            "the aggregate does not take so many arguments");
    bound->arguments[bound->argument_count++] = argument;
    return STATUS_OK;
}

/* percentile_cont(f) WITHIN GROUP (ORDER BY x DESC) is the aggregate of (x, f, true). */
static Status
bind_within_group(Binder *binder, const ExprPlace *inner, const AstExpr *ast, BoundAggregate *bound)
{
    const AstSort *sort = &ast->call->sorts[0];
    Expr *argument;

    TRY(bind_expr(binder, inner, sort->expr, &argument));
    if (bind_is_unknown(argument) && strcmp(ast->text, "percentile_cont") != 0)
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, ast->position,
                            "could not determine polymorphic type because input has type unknown");
    TRY(bind_known(binder, &argument));
    TRY(add_argument(binder, bound, argument, ast->position));
    for (uint32_t i = 0; i < ast->count; i++) {
        const AstExpr direct = {.kind = AST_DIRECT,
                                .position = ast->arguments[i]->position,
                                .count = 1,
                                .arguments = &ast->arguments[i]};
        TRY(bind_expr(binder, inner, &direct, &argument));
        TRY(add_argument(binder, bound, argument, ast->position));
    }
    return add_argument(binder, bound, expr_bool(binder->arena, sort->descending), ast->position);
}

static bool
is_argument(const BoundAggregate *bound, const Expr *expr)
{
    for (uint32_t i = 0; i < bound->argument_count; i++) {
        if (expr_equal(bound->arguments[i], expr))
            return true;
    }
    return false;
}

char
bind_order_letter(bool descending, bool nulls_first)
{
    return descending ? (nulls_first ? 'D' : 'd') : (nulls_first ? 'A' : 'a');
}

Status
bind_order_key(Binder *binder, const char *letters, uint32_t count, Expr **keys, int32_t position, Expr **key)
{
    TRY(bind_literal(binder, bind_string(binder, letters, count, position), type_of(TYPE_TEXT), &keys[0]));
    return bind_resolved_call(binder, "order_key", position, count + 1, keys, key);
}

bool
bind_is_ordered_aggregate(const char *name, uint32_t argument_count)
{
    return (strcmp(name, "string_agg") == 0 && argument_count == 2) ||
           (strcmp(name, "array_agg") == 0 && argument_count == 1);
}

/* string_agg(x, s ORDER BY a, b DESC) is the aggregate of (x, s, key), the key being bytes in that order;
 * array_agg likewise. For other aggregates the order means nothing. */
static Status
bind_ordering(Binder *binder, const ExprPlace *inner, const AstExpr *ast, BoundAggregate *bound)
{
    const AstCall *call = ast->call;
    Expr **keys = ARENA_ARRAY(binder->arena, Expr *, call->sort_count + 1);
    char *letters = ARENA_ARRAY(binder->arena, char, call->sort_count + 1);
    Expr *key;

    for (uint32_t i = 0; i < call->sort_count; i++) {
        const AstSort *sort = &call->sorts[i];
        if (sort->argument > 0)
            TRY(bind_duplicate(binder, bound->arguments[sort->argument - 1], &keys[i + 1]));
        else
            TRY(bind_expr(binder, inner, sort->expr, &keys[i + 1]));
        if (call->distinct && !is_argument(bound, keys[i + 1]))
            return error_set_at(
                binder->error, STATUS_INVALID_COLUMN_REFERENCE, sort->expr->position,
                "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list");
        TRY(bind_sort_value(binder, sort->expr->position, &keys[i + 1]));
        letters[i] = bind_order_letter(sort->descending, sort->nulls_first);
    }
    if (!bind_is_ordered_aggregate(ast->text, bound->argument_count) || call->sort_count == 0)
        return STATUS_OK;
    TRY(bind_order_key(binder, letters, call->sort_count, keys, ast->position, &key));
    return add_argument(binder, bound, key, ast->position);
}

/* Keys of ORDER BY follow what people may write. */
static Status
check_written(Binder *binder, const AstExpr *ast)
{
    const bool array = strcmp(ast->text, "array_agg") == 0;

    if (ast->count <= (array ? 1 : 2) || (!array && strcmp(ast->text, "string_agg") != 0))
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                        "function %s with %u arguments does not exist", ast->text, ast->count);
}

static Status
bind_arguments(Binder *binder, const ExprPlace *inner, const AstExpr *ast, BoundAggregate *bound)
{
    TRY(check_ordering(binder, inner, ast));
    if (ast->call->within_group)
        return bind_within_group(binder, inner, ast, bound);
    for (uint32_t i = 0; i < ast->count; i++) {
        Expr *argument;
        TRY(bind_expr(binder, inner, ast->arguments[i], &argument));
        TRY(add_argument(binder, bound, argument, ast->position));
    }
    TRY(check_written(binder, ast));
    return bind_ordering(binder, inner, ast, bound);
}

/* What an aggregate's arguments refer to. */
typedef struct Reach {
    const SubqueryList *subqueries; /* of the place */
    uint32_t nearest;               /* rows: 0 for the place's own, UINT32_MAX for none */
    bool asks;                      /* a subquery that does not depend on the place's own rows */
} Reach;

static void
reach_level(Reach *reach, uint32_t level)
{
    reach->nearest = level < reach->nearest ? level : reach->nearest;
}

static void
reach_expr(Reach *reach, const Expr *expr)
{
    const bool column = expr->kind == EXPR_COLUMN;
    const BoundSubquery *subquery = column ? bind_find_subquery(reach->subqueries, expr->column) : NULL;

    if (expr->kind == EXPR_OUTER)
        reach_level(reach, expr->level);
    if (column && subquery == NULL && !(expr->column >= RESULT_BASE && expr->column < SUBQUERY_BASE))
        reach_level(reach, 0);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        reach_expr(reach, expr->arguments[i]);
    if (subquery == NULL)
        return;
    if (outer_plan_refers(subquery->plan, 1))
        reach_level(reach, 0);
    else if (outer_plan_refers(subquery->plan, 0))
        reach_level(reach, 1);
    if (subquery->condition != NULL)
        reach_expr(reach, subquery->condition);
    reach->asks = true;
}

/* An aggregate belongs to the nearest query whose rows it refers to. */
static Status
find_level(Binder *binder, const ExprPlace *place, const BoundAggregate *bound, uint32_t *level)
{
    Reach reach = {.subqueries = place->subqueries, .nearest = UINT32_MAX};

    for (uint32_t i = 0; i < bound->argument_count; i++)
        reach_expr(&reach, bound->arguments[i]);
    if (bound->filter != NULL)
        reach_expr(&reach, bound->filter);
    *level = reach.nearest == UINT32_MAX ? 0 : reach.nearest;
    if (*level > 0 && reach.asks)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, bound->position,
                            "not supported yet: aggregates of an outer query over subqueries");
    return STATUS_OK;
}

typedef struct Lowering {
    Arena *arena;
    uint32_t levels;
} Lowering;

/* As the outer query itself would refer to it. */
static Expr *
lower_reference(void *context, Expr *outer, uint32_t depth)
{
    const Lowering *lowering = context;
    const uint32_t level = outer->level - lowering->levels;

    (void)depth;
    Expr *lowered = level == 0 ? expr_column(lowering->arena, outer->type, outer->column)
                               : expr_outer(lowering->arena, outer->type, level, outer->column);
    lowered->position = outer->position;
    return lowered;
}

Expr *
bind_lower_outer(Binder *binder, Expr *expr, uint32_t levels)
{
    Lowering lowering = {binder->arena, levels};

    return outer_map_expr(binder->arena, expr, 0, lower_reference, &lowering);
}

static void
lower_aggregate(Binder *binder, BoundAggregate *bound, uint32_t levels)
{
    for (uint32_t i = 0; i < bound->argument_count; i++)
        bound->arguments[i] = bind_lower_outer(binder, bound->arguments[i], levels);
    if (bound->filter != NULL)
        bound->filter = bind_lower_outer(binder, bound->filter, levels);
}

/* The place of the query that is `level` levels further out. */
const ExprPlace *
bind_outer_place(const Binder *binder, const ExprPlace *place, uint32_t level)
{
    for (const OuterRows *rows = binder->outer; rows != NULL && level > 0; rows = rows->next) {
        if (binder->depth - rows->depth == level)
            return rows->place;
    }
    return place;
}

Status
bind_aggregate_call(Binder *binder, const ExprPlace *inner, const AstExpr *ast, BoundAggregate *bound)
{
    if (!ast->call->within_group)
        TRY(check_arguments(binder, ast));
    *bound = (BoundAggregate){.distinct = ast->call->distinct, .position = ast->position};
    TRY(bind_arguments(binder, inner, ast, bound));
    TRY(bind_filter(binder, inner, ast->call->filter, &bound->filter));
    return bind_resolved_aggregate(binder, ast, bound);
}

Status
bind_resolved_aggregate(Binder *binder, const AstExpr *ast, BoundAggregate *bound)
{
    const bool counted = bound->distinct && strcmp(ast->text, "count") == 0;
    Type types[AGGREGATE_ARGUMENTS_MAX];

    for (uint32_t i = 0; counted && i < bound->argument_count; i++)
        TRY(bind_key_value(binder, ast->position, &bound->arguments[i]));
    for (uint32_t i = 0; i < bound->argument_count; i++)
        types[i] = bound->arguments[i]->type;
    TRY(bind_at(binder,
                aggregate_resolve(ast->text, bound->argument_count, types, &bound->aggregate, &bound->type,
                                  binder->error),
                ast->position));
    for (uint32_t i = 0; i < bound->argument_count; i++) {
        TRY(bind_coerce(binder, bound->arguments[i], types[i], CAST_IMPLICIT, &bound->arguments[i]));
        bound->arguments[i] = guard(binder, bound->filter, bound->arguments[i]);
    }
    for (uint32_t i = 0; bound->distinct && i < bound->argument_count && i < ast->count; i++)
        TRY(bind_check_equality(binder, bound->arguments[i]->type, ast->arguments[i]->position));
    bound->distinct = bound->distinct && !bound->aggregate->ignores_duplicates;
    return STATUS_OK;
}

/* Whether a fraction is one is looked at for every group, be it empty. */
static Status
check_fraction(Binder *binder, const BoundAggregate *bound, Expr **expr)
{
    Expr *arms[3] = {bound->arguments[1], *expr, expr_null(binder->arena, bound->type)};

    if (bound->arguments[1]->type.id != TYPE_FLOAT8)
        return STATUS_OK;
    TRY(bind_resolved_call(binder, "is_fraction", (*expr)->position, 1, &arms[0], &arms[0]));
    *expr = expr_form(binder->arena, EXPR_CASE, bound->type, 3, arms);
    return STATUS_OK;
}

static bool
holds_aggregate(const Expr *expr)
{
    if (expr->kind == EXPR_COLUMN)
        return expr->column >= AGGREGATE_BASE && expr->column < WINDOW_BASE;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (holds_aggregate(expr->arguments[i]))
            return true;
    }
    return false;
}

/* An aggregate in FILTER may be one of the outer query's, which this one turns out to belong to as well. */
static Status
check_nesting(Binder *binder, const BoundAggregate *bound)
{
    bool nested = bound->filter != NULL && holds_aggregate(bound->filter);

    for (uint32_t i = 0; i < bound->argument_count; i++)
        nested = nested || holds_aggregate(bound->arguments[i]);
    return nested ? error_set_at(binder->error, STATUS_GROUPING, bound->position,
                                 "aggregate function calls cannot be nested")
                  : STATUS_OK;
}

Status
bind_aggregate(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const ExprPlace inner = {.clause = place->clause,
                             .scope = place->scope,
                             .subqueries = place->subqueries,
                             .in_aggregate = true};
    BoundAggregate bound;
    uint32_t level;

    if (place->in_aggregate)
        TRY(check_place(binder, place, ast));
    TRY(bind_aggregate_call(binder, &inner, ast, &bound));
    TRY(find_level(binder, place, &bound, &level));
    const ExprPlace *owner = bind_outer_place(binder, place, level);
    TRY(check_place(binder, owner, ast));
    lower_aggregate(binder, &bound, level);
    TRY(check_nesting(binder, &bound));
    const uint32_t column = AGGREGATE_BASE + bind_add_aggregate(binder, owner->aggregates, &bound);
    *expr = level == 0 ? expr_column(binder->arena, bound.type, column)
                       : expr_outer(binder->arena, bound.type, level, column);
    (*expr)->position = ast->position;
    if (strncmp(ast->text, "percentile_", strlen("percentile_")) == 0)
        return check_fraction(binder, &bound, expr);
    return STATUS_OK;
}
