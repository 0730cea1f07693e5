/* Literals: numbers with the digits they are written with, and text that becomes a value by its type's input.
 */
#include "expr/text.h"
#include "sql/bind.h"

#include <ctype.h>
#include <string.h>

static Expr *
constant_at(Binder *binder, Type type, const void *value, int32_t position)
{
    Expr *expr = value == NULL ? expr_null(binder->arena, type) : expr_constant(binder->arena, type, value);

    expr->position = position;
    return expr;
}

Expr *
bind_integer(Binder *binder, int64_t value, int32_t position)
{
    const int32_t narrow = (int32_t)value;

    if (value == narrow)
        return constant_at(binder, type_of(TYPE_INT4), &narrow, position);
    return constant_at(binder, type_of(TYPE_INT8), &value, position);
}

Expr *
bind_string(Binder *binder, const char *text, size_t size, int32_t position)
{
    const StringView view = string_view(text, size);

    return constant_at(binder, type_of(TYPE_UNKNOWN), &view, position);
}

Expr *
bind_null(Binder *binder, int32_t position)
{
    return constant_at(binder, type_of(TYPE_UNKNOWN), NULL, position);
}

/* Digits up to anything else; leading zeros are not counted. */
static const char *
count_digits(const char *at, const char *end, bool skip_zeros, int64_t *count)
{
    *count = 0;
    for (; at < end && isdigit((unsigned char)*at); at++) {
        if (*at != '0' || !skip_zeros || *count > 0)
            (*count)++;
    }
    return at;
}

bool
bind_numeric_shape(const char *text, size_t size, Type *type)
{
    enum { EXPONENT_MAX = 1000 };
    const char *at = text;
    const char *end = text + size;
    int64_t whole = 0;
    int64_t fraction = 0;
    int64_t exponent = 0;

    while (at < end && isspace((unsigned char)*at))
        at++;
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    const char *digits = at;
    at = count_digits(at, end, true, &whole);
    bool any = at > digits;
    if (at < end && *at == '.') {
        at = count_digits(at + 1, end, false, &fraction);
        any |= fraction > 0;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        const bool negative = at + 1 < end && at[1] == '-';
        at += at + 1 < end && (at[1] == '-' || at[1] == '+') ? 2 : 1;
        for (; at < end && isdigit((unsigned char)*at); at++)
            exponent = exponent > EXPONENT_MAX ? exponent : exponent * 10 + (*at - '0');
        exponent = negative ? -exponent : exponent;
    }
    while (at < end && isspace((unsigned char)*at))
        at++;
    const int64_t scale = fraction > exponent ? fraction - exponent : 0;
    int64_t precision = (whole + exponent > 0 ? whole + exponent : 0) + scale;
    if (precision == 0)
        precision = 1;
    if (!any || at < end || precision > NUMERIC_DIGITS_MAX)
        return false;
    *type = type_numeric((uint8_t)precision, (uint8_t)scale);
    return true;
}

static Status
parse_as(Binder *binder, Type type, const char *text, size_t size, int32_t position, Expr **expr)
{
    union {
        char bytes[16];
        Int128 aligned;
    } value;
    const Status status = text_parse_value(type, text, size, binder->context->session, binder->arena,
                                           value.bytes, binder->error);

    if (status != STATUS_OK)
        return bind_at(binder, status, position);
    *expr = constant_at(binder, type, value.bytes, position);
    return STATUS_OK;
}

static bool
is_whole(const char *text)
{
    const char *digits = text + (*text == '-' || *text == '+');

    return *digits != '\0' && digits[strspn(digits, "0123456789")] == '\0';
}

/* int4 or int8 where it fits, else numeric with its digits; beyond 38 digits double precision. */
Status
bind_decimal(Binder *binder, const char *text, int32_t position, Expr **expr)
{
    Type type;

    if (is_whole(text) && text_parse_value(type_of(TYPE_INT8), text, strlen(text), binder->context->session,
                                           binder->arena, &(int64_t){0}, NULL) == STATUS_OK) {
        int64_t value = 0;
        TRY(text_parse_value(type_of(TYPE_INT8), text, strlen(text), binder->context->session, binder->arena,
                             &value, binder->error));
        *expr = bind_integer(binder, value, position);
        return STATUS_OK;
    }
    if (!bind_numeric_shape(text, strlen(text), &type))
        type = type_of(TYPE_FLOAT8);
    return parse_as(binder, type, text, strlen(text), position, expr);
}

Status
bind_parameter(Binder *binder, const AstExpr *ast, Expr **expr)
{
    const BindContext *context = binder->context;

    if (ast->integer < 1 || ast->integer > (int64_t)context->parameter_count)
        return error_set_at(binder->error, STATUS_UNDEFINED_PARAMETER, ast->position,
                            "there is no parameter $%lld", (long long)ast->integer);
    const char *text = context->parameters[ast->integer - 1];
    *expr = text == NULL ? bind_null(binder, ast->position)
                         : bind_string(binder, text, strlen(text), ast->position);
    return STATUS_OK;
}

Status
bind_literal(Binder *binder, const Expr *literal, Type type, Expr **expr)
{
    if (literal->value == NULL) {
        *expr = constant_at(binder, type, NULL, literal->position);
        return STATUS_OK;
    }

    const StringView *view = literal->value;
    const char *text = string_view_data(view);
    if (type.id == TYPE_UNKNOWN || type.id == TYPE_TEXT) {
        *expr = constant_at(binder, type, view, literal->position);
        return STATUS_OK;
    }
    if (type.id == TYPE_LIST && type.nested != NULL)
        return bind_array_literal(binder, literal, type, expr);
    /* Without digits of its own, numeric takes the literal's. */
    if (type.id == TYPE_NUMERIC && type_equal(type, type_of(TYPE_NUMERIC)))
        bind_numeric_shape(text, view->size, &type);
    return parse_as(binder, type, text, view->size, literal->position, expr);
}
