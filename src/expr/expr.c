#include "expr/expr.h"

#include "expr/registry.h"

#include <string.h>

static Expr *
new_expr(Arena *arena, ExprKind kind, Type type, uint32_t argument_count, Expr *const *arguments)
{
    Expr *expr = ARENA_NEW(arena, Expr);

    expr->kind = kind;
    expr->type = type;
    expr->argument_count = argument_count;
    if (argument_count > 0) {
        expr->arguments = ARENA_ARRAY(arena, Expr *, argument_count);
        memcpy(expr->arguments, arguments, argument_count * sizeof *arguments);
    }
    return expr;
}

static const void *
copy_value(Arena *arena, Type type, const void *value)
{
    const Layout layout = type_layout(type);
    void *copy = arena_alloc_zero(arena, 16);

    memcpy(copy, value, layout_width(layout));
    if (layout == LAYOUT_VIEW) {
        StringView *view = copy;
        const size_t size = view->size;
        *view = string_view(arena_copy_bytes(arena, string_view_data(value), size), size);
    }
    return copy;
}

Expr *
expr_constant(Arena *arena, Type type, const void *value)
{
    Expr *expr = new_expr(arena, EXPR_CONSTANT, type, 0, NULL);

    expr->value = value == NULL ? NULL : copy_value(arena, type, value);
    return expr;
}

Expr *
expr_null(Arena *arena, Type type)
{
    return expr_constant(arena, type, NULL);
}

Expr *
expr_bool(Arena *arena, bool value)
{
    const uint8_t byte = value;

    return expr_constant(arena, type_of(TYPE_BOOL), &byte);
}

Expr *
expr_text(Arena *arena, const char *text)
{
    const StringView view = string_view(text, strlen(text));

    return expr_constant(arena, type_of(TYPE_TEXT), &view);
}

Expr *
expr_column(Arena *arena, Type type, uint32_t column)
{
    Expr *expr = new_expr(arena, EXPR_COLUMN, type, 0, NULL);

    expr->column = column;
    return expr;
}

Expr *
expr_outer(Arena *arena, Type type, uint32_t level, uint32_t column)
{
    Expr *expr = new_expr(arena, EXPR_OUTER, type, 0, NULL);

    expr->column = column;
    expr->level = level;
    return expr;
}

Expr *
expr_call(Arena *arena, const Function *function, Type type, uint32_t argument_count, Expr *const *arguments)
{
    Expr *expr = new_expr(arena, EXPR_CALL, type, argument_count, arguments);

    expr->function = function;
    return expr;
}

Expr *
expr_form(Arena *arena, ExprKind kind, Type type, uint32_t argument_count, Expr *const *arguments)
{
    return new_expr(arena, kind, type, argument_count, arguments);
}

Expr *
expr_conjunction(Arena *arena, uint32_t count, Expr *const *conjuncts)
{
    if (count <= 1)
        return count == 0 ? NULL : conjuncts[0];
    return expr_form(arena, EXPR_AND, type_of(TYPE_BOOL), count, conjuncts);
}

static bool
values_equal(const Expr *a, const Expr *b)
{
    const Layout layout = type_layout(a->type);

    if (a->value == NULL || b->value == NULL)
        return a->value == b->value;
    if (layout == LAYOUT_VIEW)
        return string_view_equal(a->value, b->value);
    return memcmp(a->value, b->value, layout_width(layout)) == 0;
}

bool
expr_equal(const Expr *a, const Expr *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->argument_count != b->argument_count || a->function != b->function ||
        a->column != b->column || a->level != b->level || !type_equal(a->type, b->type))
        return false;
    if (a->kind == EXPR_CONSTANT)
        return values_equal(a, b);
    for (uint32_t i = 0; i < a->argument_count; i++) {
        if (!expr_equal(a->arguments[i], b->arguments[i]))
            return false;
    }
    return true;
}

bool
expr_is_constant(const Expr *expr)
{
    return expr->kind == EXPR_CONSTANT;
}

bool
expr_is_null_constant(const Expr *expr)
{
    return expr->kind == EXPR_CONSTANT && expr->value == NULL;
}

static bool
has_flag(const Expr *expr, uint32_t flag)
{
    if (expr->kind == EXPR_CALL && (expr->function->flags & flag) != 0)
        return true;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (has_flag(expr->arguments[i], flag))
            return true;
    }
    return false;
}

/* To a numeric of as many digits or more, scaled by one multiplication of 64 bits. */
static bool
is_widening(Type from, Type to)
{
    const Type numeric = registry_target(from, TYPE_NUMERIC);
    const int shift = to.scale - numeric.scale;

    return (type_is_integer(from.id) || from.id == TYPE_NUMERIC) && type_layout(from) != LAYOUT_I128 &&
           shift >= 0 && shift <= NUMERIC_DIGITS_I64 &&
           numeric.precision - numeric.scale <= to.precision - to.scale;
}

/* A pattern that is known fails only where it ends in the escape character. */
static bool
is_sound_like(const Expr *expr)
{
    const char *name = expr->function->name;
    const Expr *pattern = expr->argument_count == 2 ? expr->arguments[1] : NULL;
    uint32_t escapes = 0;

    if (strcmp(name, "~~") != 0 && strcmp(name, "!~~") != 0 && strcmp(name, "~~*") != 0 &&
        strcmp(name, "!~~*") != 0)
        return false;
    if (pattern->kind != EXPR_CONSTANT || pattern->value == NULL)
        return false;
    const StringView *view = pattern->value;
    const char *text = string_view_data(view);
    while (escapes < view->size && text[view->size - 1 - escapes] == '\\')
        escapes++;
    return escapes % 2 == 0;
}

/* A substring fails only where its length is negative. */
static bool
is_sound_substring(const Expr *expr)
{
    const Expr *length = expr->argument_count == 3 ? expr->arguments[2] : NULL;

    if (strcmp(expr->function->name, "substring") != 0 && strcmp(expr->function->name, "substr") != 0)
        return false;
    return length != NULL && length->kind == EXPR_CONSTANT && length->type.id == TYPE_INT4 &&
           length->value != NULL && *(const int32_t *)length->value >= 0;
}

bool
expr_call_can_fail(const Expr *expr)
{
    const char *name = expr->function->name;

    if ((expr->function->flags & FUNCTION_CAN_FAIL) == 0)
        return false;
    if (expr->type.id != TYPE_NUMERIC)
        return true;
    if (strcmp(name, REGISTRY_CAST) == 0)
        return !is_widening(expr->arguments[0]->type, expr->type);
    /* Below the cap the type has room for every result. */
    return (strcmp(name, "+") != 0 && strcmp(name, "-") != 0 && strcmp(name, "*") != 0) ||
           expr->type.precision == NUMERIC_DIGITS_MAX;
}

bool
expr_can_fail(const Expr *expr)
{
    if (expr->kind == EXPR_CALL && expr_call_can_fail(expr) && !is_sound_like(expr) &&
        !is_sound_substring(expr))
        return true;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (expr_can_fail(expr->arguments[i]))
            return true;
    }
    return false;
}

bool
expr_is_volatile(const Expr *expr)
{
    return has_flag(expr, FUNCTION_VOLATILE);
}

void
expr_visit_columns(Expr *expr, void (*visit)(Expr *column, void *context), void *context)
{
    if (expr->kind == EXPR_COLUMN)
        visit(expr, context);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        expr_visit_columns(expr->arguments[i], visit, context);
}

/* A cast to varchar(2) cuts, one to smallint checks: seen as another type they no longer would. */
static bool
computes_by_type(const Expr *expr, Type type)
{
    bool needed;

    if (expr->kind != EXPR_CALL)
        return false;
    return expr->type.id != type.id ||
           (expr->argument_count == 1 &&
            expr->function ==
                function_find_cast(expr->arguments[0]->type, expr->type, CAST_EXPLICIT, &needed));
}

Expr *
expr_seen_as(Arena *arena, Expr *expr, Type type)
{
    bool needed;

    if (type_equal(expr->type, type))
        return expr;
    const Function *cast =
        computes_by_type(expr, type) ? function_find_cast(expr->type, type, CAST_EXPLICIT, &needed) : NULL;
    Expr *seen = cast != NULL ? expr_call(arena, cast, type, 1, &expr) : ARENA_NEW(arena, Expr);
    if (cast == NULL)
        *seen = *expr;
    seen->type = type;
    seen->position = expr->position;
    return seen;
}

Expr *
expr_copy(Arena *arena, const Expr *expr)
{
    return expr_substitute(arena, expr, NULL);
}

Expr *
expr_substitute(Arena *arena, const Expr *expr, Expr *const *replacements)
{
    if (expr->kind == EXPR_COLUMN && replacements != NULL)
        return expr_seen_as(arena, expr_copy(arena, replacements[expr->column]),
                            type_copy(arena, expr->type));

    Expr *copy =
        new_expr(arena, expr->kind, type_copy(arena, expr->type), expr->argument_count, expr->arguments);
    copy->position = expr->position;
    copy->function = expr->function;
    copy->column = expr->column;
    copy->level = expr->level;
    copy->settled_late = expr->settled_late;
    if (expr->value != NULL)
        copy->value = copy_value(arena, expr->type, expr->value);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        copy->arguments[i] = expr_substitute(arena, expr->arguments[i], replacements);
    return copy;
}
