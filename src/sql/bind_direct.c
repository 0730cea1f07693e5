/* Direct arguments of ordered-set aggregates: values of the group, which are computed from its keys alone
 * (PostgreSQL, 4.2.7). Until the grouping is known they stand, marked, among what is computed for each row.
 */
#include "sql/bind.h"

static Status
never_called(KernelCall *call)
{
    return error_set(call->error, STATUS_INTERNAL, "a direct argument came to be computed");
}

static const Function direct_mark = {.name = "direct argument", .argument_count = 1, .kernel = never_called};

bool
bind_is_direct(const Expr *expr)
{
    return expr->kind == EXPR_CALL && expr->function == &direct_mark;
}

Status
bind_direct(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    ExprPlace inner = *place;
    Expr *value;

    inner.subqueries = NULL;
    TRY(bind_expr(binder, &inner, ast->arguments[0], &value));
    *expr = value;
    if (expr_is_constant(value))
        return STATUS_OK;
    *expr = expr_call(binder->arena, &direct_mark, value->type, 1, &value);
    (*expr)->position = value->position;
    return STATUS_OK;
}

bool
bind_has_direct(const Expr *expr)
{
    bool found = bind_is_direct(expr);

    for (uint32_t i = 0; i < expr->argument_count && !found; i++)
        found = bind_has_direct(expr->arguments[i]);
    return found;
}

static Status
check_expr(Binder *binder, const Scope *scope, const Grouping *grouping, const Expr *expr)
{
    Expr *regrouped;

    if (bind_is_direct(expr))
        return bind_regroup(binder, scope, grouping, expr->arguments[0], &regrouped);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        TRY(check_expr(binder, scope, grouping, expr->arguments[i]));
    return STATUS_OK;
}

Status
bind_check_direct(Binder *binder, const Scope *scope, const Grouping *grouping)
{
    for (uint32_t i = 0; i < grouping->aggregates->count; i++) {
        const BoundAggregate *bound = &grouping->aggregates->items[i];
        for (uint32_t j = 0; j < bound->argument_count; j++)
            TRY(check_expr(binder, scope, grouping, bound->arguments[j]));
        if (bound->filter != NULL)
            TRY(check_expr(binder, scope, grouping, bound->filter));
    }
    return STATUS_OK;
}

static bool
is_missing(const Grouping *grouping, const GroupingSet *set, const Expr *expr)
{
    for (uint32_t i = 0; i < grouping->count; i++) {
        if (!expr_equal(grouping->keys[i], expr))
            continue;
        for (uint32_t k = 0; k < set->count; k++)
            if (set->keys[k] == i)
                return false;
        return true;
    }
    return false;
}

/* `direct`: within a direct argument. */
static Expr *
settle(Binder *binder, const Grouping *grouping, const GroupingSet *set, Expr *expr, bool direct)
{
    if (bind_is_direct(expr))
        return settle(binder, grouping, set, expr->arguments[0], true);
    if (direct && set != NULL && is_missing(grouping, set, expr))
        return expr_null(binder->arena, expr->type);
    if (expr->argument_count == 0)
        return expr;
    Expr *copy = ARENA_NEW(binder->arena, Expr);
    *copy = *expr;
    copy->arguments = ARENA_ARRAY(binder->arena, Expr *, expr->argument_count);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        copy->arguments[i] = settle(binder, grouping, set, expr->arguments[i], direct);
    return copy;
}

Expr *
bind_settle_direct(Binder *binder, const Grouping *grouping, const GroupingSet *set, Expr *expr)
{
    return bind_has_direct(expr) ? settle(binder, grouping, set, expr, false) : expr;
}
