/* A date compared as a timestamp with a constant is compared as a date: nothing is computed for each row,
 * statistics bound it, and it cannot fail. date '1994-01-01' + interval '1 year' is such a constant. */
#include "plan/rule.h"

#include "expr/function.h"

#include <string.h>

#define DAY_MICROSECONDS INT64_C(86400000000)

typedef struct Comparison {
    const char *name;
    const char *turned; /* with the operands exchanged */
    const char *at_day; /* of dates, where the constant is the start of a day; NULL: no such form */
    const char *in_day; /* of dates with the constant's day, where it lies within it */
} Comparison;

static const Comparison comparisons[] = {{"<", ">", "<", "<="}, {"<=", ">=", "<=", "<="},
                                         {">", "<", ">", ">"},  {">=", "<=", ">=", ">"},
                                         {"=", "=", "=", NULL}, {"<>", "<>", "<>", NULL}};

static const Comparison *
find_comparison(const char *name, bool turned)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++)
        if (strcmp(turned ? comparisons[i].turned : comparisons[i].name, name) == 0)
            return &comparisons[i];
    return NULL;
}

/* The date that the expression casts to a timestamp, or NULL. */
static Expr *
cast_date(const Expr *expr)
{
    if (expr->kind != EXPR_CALL || expr->type.id != TYPE_TIMESTAMP || expr->argument_count != 1 ||
        strcmp(expr->function->name, "cast") != 0 || expr->arguments[0]->type.id != TYPE_DATE)
        return NULL;
    return expr->arguments[0];
}

/* The constant's day; false where it is infinite, NULL or no constant. */
static bool
constant_day(const Expr *expr, int32_t *day, bool *starts)
{
    if (expr->kind != EXPR_CONSTANT || expr->type.id != TYPE_TIMESTAMP || expr->value == NULL)
        return false;
    const int64_t at = *(const int64_t *)expr->value;
    if (at == INT64_MIN || at == INT64_MAX)
        return false;
    const int64_t rest = at % DAY_MICROSECONDS;
    *starts = rest == 0;
    *day = (int32_t)(at / DAY_MICROSECONDS - (rest < 0));
    return true;
}

static void
unwrap_comparison(Rewrite *rewrite, Expr **slot)
{
    const Expr *expr = *slot;
    const bool turned = expr->argument_count == 2 && expr_is_constant(expr->arguments[0]);
    Type types[] = {type_of(TYPE_DATE), type_of(TYPE_DATE)};
    const Function *function;
    Type result;
    int32_t day;
    bool starts;

    if (expr->kind != EXPR_CALL || expr->argument_count != 2)
        return;
    const Comparison *comparison = find_comparison(expr->function->name, turned);
    Expr *date = cast_date(expr->arguments[turned ? 1 : 0]);
    if (comparison == NULL || date == NULL || !constant_day(expr->arguments[turned ? 0 : 1], &day, &starts))
        return;
    const char *name = starts ? comparison->at_day : comparison->in_day;
    if (name == NULL || function_resolve(name, 2, types, &function, &result, NULL) != STATUS_OK)
        return;
    Expr *sides[] = {date, expr_constant(rewrite->arena, types[1], &day)};
    *slot = expr_call(rewrite->arena, function, result, 2, sides);
    (*slot)->position = expr->position;
    rewrite->changed = true;
}

static Status
unwrap(Rewrite *rewrite, Expr **slot)
{
    for (uint32_t i = 0; i < (*slot)->argument_count; i++)
        TRY(unwrap(rewrite, &(*slot)->arguments[i]));
    unwrap_comparison(rewrite, slot);
    return STATUS_OK;
}

static Status
unwrap_in_node(Rewrite *rewrite, PlanNode **slot)
{
    return rewrite_expressions(rewrite, *slot, unwrap);
}

Status
rule_unwrap_cast(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, unwrap_in_node);
}
