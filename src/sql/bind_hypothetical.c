/* rank(v, …) WITHIN GROUP (ORDER BY e, …) and its like: the place that a row of the values v would have among
 * the group's. It is counted: rank() is 1 and the rows that sort before, dense_rank() 1 and the different
 * ones among them, percent_rank() and cume_dist() are shares of the rows (PostgreSQL, 9.21, "Hypothetical-Set
 * Aggregate Functions"). */
#include "sql/bind.h"

#include <string.h>

static AstExpr *
node(Binder *binder, AstExprKind kind, const char *text, int32_t position, const AstExpr *first,
     const AstExpr *second)
{
    AstExpr *expr = ARENA_NEW(binder->arena, AstExpr);
    const AstExpr **arguments = ARENA_ARRAY(binder->arena, const AstExpr *, 2);

    arguments[0] = first;
    arguments[1] = second;
    *expr = (AstExpr){.kind = kind,
                      .text = text,
                      .position = position,
                      .count = (first != NULL) + (second != NULL),
                      .arguments = arguments};
    return expr;
}

static AstExpr *
number(Binder *binder, int64_t value, int32_t position)
{
    AstExpr *expr = node(binder, AST_INTEGER, NULL, position, NULL, NULL);

    expr->integer = value;
    return expr;
}

/* In the order of the key, the row's value stands before that one. */
static AstExpr *
sorts_before(Binder *binder, const AstSort *sort, const AstExpr *value)
{
    const int32_t position = value->position;
    const AstExpr *less =
        node(binder, AST_OPERATOR, sort->descending ? ">" : "<", position, sort->expr, value);
    const AstExpr *null = sort->nulls_first ? sort->expr : value;
    const AstExpr *other = sort->nulls_first ? value : sort->expr;
    const AstExpr *by_null =
        node(binder, AST_AND, NULL, position, node(binder, AST_IS, "is_null", position, null, NULL),
             node(binder, AST_IS, "is_not_null", position, other, NULL));

    return node(binder, AST_OR, NULL, position, less, by_null);
}

static AstExpr *
is_peer(Binder *binder, const AstSort *sort, const AstExpr *value)
{
    AstExpr *same = node(binder, AST_DISTINCT, NULL, value->position, sort->expr, value);

    same->flag = true;
    return same;
}

/* By the keys from `from` on; `or_peer`: peers count, too. */
static const AstExpr *
precedes(Binder *binder, const AstExpr *ast, uint32_t from, bool or_peer)
{
    const AstSort *sort = &ast->call->sorts[from];
    const AstExpr *value =
        node(binder, AST_DIRECT, NULL, ast->arguments[from]->position, ast->arguments[from], NULL);
    const AstExpr *before = sorts_before(binder, sort, value);
    const AstExpr *peer = is_peer(binder, sort, value);

    if (from + 1 == ast->count)
        return or_peer ? node(binder, AST_OR, NULL, ast->position, before, peer) : before;
    return node(binder, AST_OR, NULL, ast->position, before,
                node(binder, AST_AND, NULL, ast->position, peer, precedes(binder, ast, from + 1, or_peer)));
}

static AstExpr *
call_count(Binder *binder, const AstExpr *ast, const AstExpr *condition)
{
    AstExpr *expr = node(binder, AST_FUNCTION, "count", ast->position, NULL, NULL);
    AstCall *call = ARENA_NEW(binder->arena, AstCall);
    const AstExpr *given = ast->call->filter;

    *call = (AstCall){.star = true};
    call->filter = condition == NULL || given == NULL
                       ? (condition == NULL ? given : condition)
                       : node(binder, AST_AND, NULL, ast->position, given, condition);
    expr->call = call;
    return expr;
}

/* Rows that differ in the keys; a row is never NULL. */
static AstExpr *
call_count_different(Binder *binder, const AstExpr *ast, const AstExpr *condition)
{
    AstExpr *expr = call_count(binder, ast, condition);
    AstExpr *row = node(binder, AST_ROW, NULL, ast->position, NULL, NULL);
    const AstExpr **keys = ARENA_ARRAY(binder->arena, const AstExpr *, ast->count);
    const AstExpr **arguments = ARENA_ARRAY(binder->arena, const AstExpr *, 1);
    AstCall *call = ARENA_NEW(binder->arena, AstCall);

    for (uint32_t i = 0; i < ast->count; i++)
        keys[i] = ast->call->sorts[i].expr;
    row->count = ast->count;
    row->arguments = keys;
    arguments[0] = row;
    *call = *expr->call;
    call->star = false;
    call->distinct = true;
    expr->call = call;
    expr->count = 1;
    expr->arguments = arguments;
    return expr;
}

static AstExpr *
plus_one(Binder *binder, const AstExpr *expr)
{
    return node(binder, AST_OPERATOR, "+", expr->position, expr, number(binder, 1, expr->position));
}

static AstExpr *
share(Binder *binder, const AstExpr *part, const AstExpr *whole)
{
    AstExpr *cast = node(binder, AST_CAST, NULL, part->position, part, NULL);
    AstType *type = ARENA_NEW(binder->arena, AstType);

    *type = (AstType){.name = "float8", .position = part->position};
    cast->type = type;
    return node(binder, AST_OPERATOR, "/", part->position, cast, whole);
}

/* 0 where there are no rows. */
static AstExpr *
percent_rank(Binder *binder, const AstExpr *ast)
{
    const AstExpr *rows = call_count(binder, ast, NULL);
    const AstExpr *before = call_count(binder, ast, precedes(binder, ast, 0, false));
    const AstExpr *none =
        node(binder, AST_NULLIF, NULL, ast->position, rows, number(binder, 0, ast->position));

    return node(binder, AST_COALESCE, NULL, ast->position, share(binder, before, none),
                number(binder, 0, ast->position));
}

bool
bind_is_hypothetical(const AstExpr *ast)
{
    static const char *const names[] = {"rank", "dense_rank", "percent_rank", "cume_dist"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], ast->text) == 0)
            return ast->call->within_group && ast->call->over == NULL;
    return false;
}

static Status
check_types(Binder *binder, const ExprPlace *place, const AstExpr *ast)
{
    for (uint32_t i = 0; i < ast->count; i++) {
        Expr *pair[2];
        Type type;
        TRY(bind_expr(binder, place, ast->arguments[i], &pair[0]));
        TRY(bind_expr(binder, place, ast->call->sorts[i].expr, &pair[1]));
        TRY(bind_common_type(binder, "WITHIN GROUP", 2, pair, &type));
    }
    return STATUS_OK;
}

Status
bind_hypothetical(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const AstExpr *counted;

    if (ast->count != ast->call->sort_count) {
        error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                     "function %s with %u direct arguments and %u to order by does not exist", ast->text,
                     ast->count, ast->call->sort_count);
        return error_hint(
            binder->error,
            "To use the hypothetical-set aggregate %s, the number of hypothetical direct arguments "
            "must match the number of ordering columns.",
            ast->text);
    }
    TRY(check_types(binder, place, ast));
    if (strcmp(ast->text, "rank") == 0)
        counted = plus_one(binder, call_count(binder, ast, precedes(binder, ast, 0, false)));
    else if (strcmp(ast->text, "dense_rank") == 0)
        counted = plus_one(binder, call_count_different(binder, ast, precedes(binder, ast, 0, false)));
    else if (strcmp(ast->text, "percent_rank") == 0)
        counted = percent_rank(binder, ast);
    else
        counted = share(binder, plus_one(binder, call_count(binder, ast, precedes(binder, ast, 0, true))),
                        plus_one(binder, call_count(binder, ast, NULL)));
    return bind_expr(binder, place, counted, expr);
}
