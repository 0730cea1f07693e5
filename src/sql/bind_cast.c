/* From one type to another: written casts, coercions, and the type that several expressions settle on. */
#include "expr/program.h"
#include "sql/bind.h"

#include <string.h>

bool
bind_is_unknown(const Expr *expr)
{
    return expr->kind == EXPR_CONSTANT && expr->type.id == TYPE_UNKNOWN;
}

Status
bind_known(Binder *binder, Expr **expr)
{
    if ((*expr)->type.id != TYPE_UNKNOWN)
        return STATUS_OK;
    return bind_coerce(binder, *expr, type_of(TYPE_TEXT), CAST_IMPLICIT, expr);
}

static Expr *
retype(Binder *binder, const Expr *expr, Type type)
{
    Expr *copy = ARENA_NEW(binder->arena, Expr);

    *copy = *expr;
    copy->type = type;
    return copy;
}

/* The most frequent cast by far (long IN lists) needs no program. */
static bool
widen_integer(Binder *binder, const Expr *cast, Expr **constant)
{
    const Expr *argument = cast->arguments[0];

    if (argument->type.id != TYPE_INT4 || cast->type.id != TYPE_INT8 || argument->value == NULL)
        return false;
    const int64_t value = *(const int32_t *)argument->value;
    *constant = expr_constant(binder->arena, cast->type, &value);
    return true;
}

/* A constant's cast is done now; where it fails it is left to the row that needs it, if any does. */
static Expr *
fold_cast(Binder *binder, Expr *cast)
{
    Error ignored = {0};
    Expr *constant;

    if (!expr_is_constant(cast->arguments[0]) || cast->type.id == TYPE_LIST)
        return cast;
    if (!widen_integer(binder, cast, &constant) &&
        program_fold(binder->arena, cast, binder->context->session, &constant, &ignored) != STATUS_OK)
        return cast;
    constant->position = cast->position;
    return constant;
}

static Status
raise_cannot_cast(Binder *binder, const Expr *expr, Type type)
{
    return error_set_at(binder->error, STATUS_CANNOT_COERCE, expr->position, "cannot cast type %s to %s",
                        bind_type_name(binder, expr->type), bind_type_name(binder, type));
}

/* A string literal of a length is cut or refused by the cast, as other strings are. A numeric has its own
 * digits where it is only read. */
static Status
coerce_literal(Binder *binder, Expr *expr, Type type, CastContext context, Expr **coerced)
{
    if (type.length == TYPE_NO_LENGTH || !type_is_string(type.id)) {
        TRY(bind_literal(binder, expr, type, coerced));
        return context == CAST_IMPLICIT ? STATUS_OK : bind_coerce(binder, *coerced, type, context, coerced);
    }
    TRY(bind_literal(binder, expr, type_of(TYPE_TEXT), &expr));
    return bind_coerce(binder, expr, type, context, coerced);
}

static TypeId
innermost(Type type)
{
    while (type.id == TYPE_LIST && type.nested != NULL)
        type = type.nested->types[0];
    return type.id;
}

/* A date as timestamp(2): only values of the same type are brought to its digits, and texts as they are read.
 */
static bool
needs_plain_time(Type from, Type to, Type *plain)
{
    *plain = type_without_time_digits(to);
    return innermost(from) != innermost(to) && !type_is_string(innermost(from)) && !type_equal(*plain, to);
}

Status
bind_coerce(Binder *binder, Expr *expr, Type type, CastContext context, Expr **coerced)
{
    bool needed;
    Type plain;

    *coerced = expr;
    if (type_equal(expr->type, type))
        return STATUS_OK;
    if (bind_is_unknown(expr))
        return coerce_literal(binder, expr, type, context, coerced);
    if (needs_plain_time(expr->type, type, &plain)) {
        TRY(bind_coerce(binder, expr, plain, context, &expr));
        return bind_coerce(binder, expr, type, context, coerced);
    }
    if (expr->type.id == TYPE_STRUCT && type.id == TYPE_STRUCT && !expr_is_null_constant(expr))
        return bind_record_cast(binder, expr, type, context, coerced);
    const Function *cast = function_find_cast(expr->type, type, context, &needed);
    if (cast == NULL && (expr->type.id != TYPE_STRUCT || type.id != TYPE_STRUCT))
        return raise_cannot_cast(binder, expr, type);
    if (expr_is_null_constant(expr)) {
        *coerced = expr_null(binder->arena, type);
        (*coerced)->position = expr->position;
        return STATUS_OK;
    }
    if (cast == NULL)
        return raise_cannot_cast(binder, expr, type);
    if (!needed) {
        *coerced = expr_seen_as(binder->arena, expr, type);
        return STATUS_OK;
    }
    Expr *call = expr_call(binder->arena, cast, type, 1, &expr);
    call->position = expr->position;
    *coerced = fold_cast(binder, call);
    return STATUS_OK;
}

/* What a value becomes under a cast to numeric without modifiers: it keeps its digits. */
static Type
free_numeric(Type from, Type fallback)
{
    if (from.id == TYPE_LIST && fallback.id == TYPE_LIST)
        return type_list(free_numeric(from.nested->types[0], fallback.nested->types[0]));
    switch (from.id) {
    case TYPE_NUMERIC: return from;
    case TYPE_INT2: return type_numeric(5, 0);
    case TYPE_INT4: return type_numeric(10, 0);
    case TYPE_INT8: return type_numeric(19, 0);
    default: return fallback;
    }
}

/* Of a literal under a cast to numeric, or arrays of it, without modifiers: it has its own digits. */
static Type
own_digits(Type type)
{
    return type.id == TYPE_LIST ? type_list(own_digits(type.nested->types[0])) : type_of(TYPE_NUMERIC);
}

Status
bind_cast(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    NamedType named;
    Expr *argument;

    TRY(bind_type(binder, ast->type, &named));
    if (ast->arguments[0]->kind == AST_ARRAY && named.type.id == TYPE_LIST &&
        (!named.any_numeric || ast->arguments[0]->count == 0))
        return bind_array_cast(binder, place, ast->arguments[0], named.type, expr);
    TRY(bind_expr(binder, place, ast->arguments[0], &argument));
    if (named.type.id == TYPE_LIST)
        TRY(bind_array_dimensions(binder, argument, &named.type));
    if (bind_is_unknown(argument))
        return bind_coerce(binder, argument, named.any_numeric ? own_digits(named.type) : named.type,
                           named.any_numeric ? CAST_IMPLICIT : CAST_EXPLICIT, expr);
    if (named.any_numeric)
        named.type = free_numeric(argument->type, named.type);
    if (argument->kind != EXPR_CONSTANT)
        argument =
            retype(binder, argument, argument->type); /* the cast's position, not the operand's, is told */
    const int32_t inner = argument->position;
    argument->position = ast->position;
    const Status status = bind_coerce(binder, argument, named.type, CAST_EXPLICIT, expr);
    if (*expr != argument)
        argument->position = inner;
    return status;
}

int32_t
bind_start(const Expr *expr)
{
    int32_t start = expr->position;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        const int32_t argument = bind_start(expr->arguments[i]);
        if (argument > 0 && (start <= 0 || argument < start))
            start = argument;
    }
    return start;
}

/* Records without names settle on a type field by field. */
static bool
common_record(Binder *binder, uint32_t count, const Type *types, Type *common)
{
    const NestedType *first = NULL;

    for (uint32_t i = 0; i < count; i++) {
        if (types[i].id == TYPE_UNKNOWN)
            continue;
        if (types[i].id != TYPE_STRUCT || types[i].nested->name != NULL ||
            (first != NULL && first->count != types[i].nested->count))
            return false;
        first = first == NULL ? types[i].nested : first;
    }
    if (first == NULL)
        return false;
    *common = type_record(binder->arena, NULL, first->count);
    Type *fields = ARENA_ARRAY(binder->arena, Type, count);
    for (uint32_t f = 0; f < first->count; f++) {
        uint32_t known = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (types[i].id == TYPE_STRUCT)
                fields[known++] = types[i].nested->types[f];
        }
        common->nested->names[f] = first->names[f];
        if (!function_common_type(known, fields, &common->nested->types[f]))
            return false;
    }
    return true;
}

Status
bind_common_type(Binder *binder, const char *what, uint32_t count, Expr *const *exprs, Type *type)
{
    Type *types = ARENA_ARRAY(binder->arena, Type, count + 1);
    Type before = type_of(TYPE_UNKNOWN);

    for (uint32_t i = 0; i < count; i++)
        types[i] = exprs[i]->type;
    if (function_common_type(count, types, type) || common_record(binder, count, types, type))
        return STATUS_OK;
    for (uint32_t i = 0; i < count; i++) {
        if (types[i].id == TYPE_UNKNOWN)
            continue;
        if (before.id != TYPE_UNKNOWN && type_category(before.id) != type_category(types[i].id))
            return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, bind_start(exprs[i]),
                                "%s types %s and %s cannot be matched", what, bind_type_name(binder, before),
                                bind_type_name(binder, types[i]));
        if (before.id == TYPE_UNKNOWN || function_common_type(i + 1, types, type))
            before = types[i];
    }
    for (uint32_t i = 0; i < count; i++)
        if (!function_common_type(i + 1, types, type))
            return error_set_at(binder->error, STATUS_CANNOT_COERCE, bind_start(exprs[i]),
                                "%s could not convert type %s to %s", what, bind_type_name(binder, types[i]),
                                bind_type_name(binder, before));
    return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, 0, "%s types cannot be matched", what);
}

/* The type without what a literal that is read as it has of its own: a numeric's digits, the length of an
 * array's strings. */
static Type
free_type(Type type)
{
    if (type.id == TYPE_LIST && type.nested != NULL && innermost(type) != TYPE_STRUCT)
        return type_list(free_type(type.nested->types[0]));
    if (type.id == TYPE_NUMERIC)
        return type_of(TYPE_NUMERIC);
    if (type_is_string(type.id))
        type.length = TYPE_NO_LENGTH;
    return type_without_time_digits(type);
}

bool
bind_has_own_form(const Expr *expr, Type type)
{
    return bind_is_unknown(expr) && expr->value != NULL &&
           (innermost(type) == TYPE_NUMERIC || !type_equal(type, free_type(type)));
}

Status
bind_own_form(Binder *binder, Type type, Expr **expr)
{
    if (!bind_has_own_form(*expr, type))
        return STATUS_OK;
    return bind_literal(binder, *expr, free_type(type), expr);
}

Status
bind_own_forms(Binder *binder, uint32_t count, Expr **exprs)
{
    Type *types = ARENA_ARRAY(binder->arena, Type, count + 1);
    Type common;

    for (uint32_t i = 0; i < count; i++)
        types[i] = exprs[i]->type;
    if (!function_common_type(count, types, &common))
        return STATUS_OK;
    for (uint32_t i = 0; i < count; i++)
        TRY(bind_own_form(binder, common, &exprs[i]));
    return STATUS_OK;
}

Status
bind_to_common(Binder *binder, const char *what, uint32_t count, Expr **exprs, Type *type)
{
    TRY(bind_own_forms(binder, count, exprs));
    TRY(bind_common_type(binder, what, count, exprs, type));
    for (uint32_t i = 0; i < count; i++)
        TRY(bind_coerce(binder, exprs[i], *type, CAST_IMPLICIT, &exprs[i]));
    return STATUS_OK;
}
