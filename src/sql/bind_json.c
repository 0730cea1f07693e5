/* What the binder knows of JSON: json_agg() and its kin, which are array_agg() and a function of the array,
 * and that json has no order, and jsonb one of its own. */
#include "sql/bind.h"

#include <string.h>

typedef struct JsonAggregate {
    const char *name;
    const char *pair; /* the function that makes a member of two arguments; NULL: there is one argument */
    const char *made; /* the function of the array */
} JsonAggregate;

static const JsonAggregate json_aggregates[] = {
    {"json_agg", NULL, "json_of_elements"},
    {"jsonb_agg", NULL, "jsonb_of_elements"},
    {"json_object_agg", "json_pair", "json_of_pairs"},
    {"jsonb_object_agg", "json_pair", "jsonb_of_pairs"},
};

static const JsonAggregate *
find_aggregate(const char *name)
{
    for (size_t i = 0; i < sizeof json_aggregates / sizeof json_aggregates[0]; i++) {
        if (strcmp(json_aggregates[i].name, name) == 0)
            return &json_aggregates[i];
    }
    return NULL;
}

bool
bind_is_json_aggregate(const char *name)
{
    return find_aggregate(name) != NULL;
}

/* The two arguments as one, which array_agg() gathers. */
static const AstExpr *
make_pair(Binder *binder, const JsonAggregate *aggregate, const AstExpr *ast)
{
    AstCall *call = ARENA_NEW(binder->arena, AstCall);
    AstExpr *pair = ARENA_NEW(binder->arena, AstExpr);

    *call = (AstCall){0};
    *pair = (AstExpr){.kind = AST_FUNCTION,
                      .position = ast->position,
                      .text = aggregate->pair,
                      .count = ast->count,
                      .arguments = ast->arguments,
                      .call = call};
    return pair;
}

Status
bind_json_aggregate(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const JsonAggregate *aggregate = find_aggregate(ast->text);
    const AstExpr **arguments = ARENA_ARRAY(binder->arena, const AstExpr *, 1);
    AstExpr *gather = ARENA_NEW(binder->arena, AstExpr);
    Expr *values;

    if (ast->call->star || ast->count != (aggregate->pair == NULL ? 1 : 2))
        return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                            "function %s with %u arguments does not exist", ast->text, ast->count);
    arguments[0] = aggregate->pair == NULL ? ast->arguments[0] : make_pair(binder, aggregate, ast);
    *gather = *ast;
    gather->text = "array_agg";
    gather->flag = true; /* of arrays of any dimensions */
    gather->count = 1;
    gather->arguments = arguments;
    const Status status = bind_call(binder, place, gather, &values);
    if (status == STATUS_AMBIGUOUS_FUNCTION &&
        aggregate->pair == NULL) { /* array_agg() alone has two forms */
        error_clear(binder->error);
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, ast->position,
                            "could not determine polymorphic type because input has type unknown");
    }
    TRY(status);
    return bind_resolved_call(binder, aggregate->made, ast->position, 1, &values, expr);
}

bool
bind_is_jsonb_equality(const char *name, uint32_t count, const Type *types)
{
    static const char *const names[] = {"=", "<>", "is_distinct_from", "is_not_distinct_from"};

    for (size_t i = 0; i < sizeof names / sizeof names[0] && count == 2; i++) {
        if (types[0].id == TYPE_JSONB && types[1].id == TYPE_JSONB && strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

Status
bind_jsonb_equality(Binder *binder, const char *name, int32_t position, Expr *const *operands, Expr **expr)
{
    Expr *keys[2] = {operands[0], operands[1]};

    for (int i = 0; i < 2; i++)
        TRY(bind_resolved_call(binder, "jsonb_key", position, 1, &keys[i], &keys[i]));
    return bind_resolved_call(binder, name, position, 2, keys, expr);
}

Status
bind_check_equality(Binder *binder, Type type, int32_t position)
{
    for (uint32_t i = 0; type.id == TYPE_STRUCT && i < type.nested->count; i++)
        TRY(bind_check_equality(binder, type.nested->types[i], position));
    if (type.id != TYPE_JSON)
        return STATUS_OK;
    error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, position,
                 "could not identify an equality operator for type json");
    return error_hint(binder->error, "Cast it to text, or to jsonb.");
}

static Status
call_of_copy(Binder *binder, const char *name, int32_t position, Expr **expr)
{
    Expr *copy;

    TRY(bind_duplicate(binder, *expr, &copy));
    return bind_resolved_call(binder, name, position, 1, &copy, expr);
}

Status
bind_sort_value(Binder *binder, int32_t position, Expr **expr)
{
    if ((*expr)->type.id == TYPE_JSONB)
        return call_of_copy(binder, "jsonb_order", position, expr);
    if ((*expr)->type.id != TYPE_JSON)
        return STATUS_OK;
    error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, position,
                 "could not identify an ordering operator for type json");
    return error_hint(binder->error, "Cast it to text, or to jsonb.");
}

Status
bind_key_value(Binder *binder, int32_t position, Expr **expr)
{
    if ((*expr)->type.id == TYPE_JSONB)
        return call_of_copy(binder, "jsonb_key", position, expr);
    return bind_check_equality(binder, (*expr)->type, position);
}
