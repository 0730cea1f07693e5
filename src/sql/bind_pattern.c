/* What LIKE matches, and LIKE … ESCAPE: patterns whose escape character is not the backslash, rewritten
 * (PostgreSQL's like_escape()). */
#include "sql/bind.h"

#include <string.h>

bool
bind_is_text_literal(const Expr *expr)
{
    return expr->kind == EXPR_CONSTANT && expr->value != NULL &&
           (expr->type.id == TYPE_UNKNOWN || expr->type.id == TYPE_TEXT);
}

/* Bytes of the UTF-8 character that starts with `first`. */
static uint32_t
character_size(char first)
{
    const unsigned char byte = (unsigned char)first;

    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/* No character escapes: backslashes stand for themselves. */
static void
double_backslashes(const char *text, uint32_t size, Buffer *out)
{
    for (uint32_t i = 0; i < size; i++) {
        if (text[i] == '\\')
            buffer_append_char(out, '\\');
        buffer_append_char(out, text[i]);
    }
}

static void
replace_escapes(const char *text, uint32_t size, const char *escape, uint32_t escape_size, Buffer *out)
{
    bool escaped = false;

    for (uint32_t i = 0; i < size;) {
        const uint32_t step = character_size(text[i]);
        if (!escaped && step == escape_size && memcmp(text + i, escape, step) == 0) {
            buffer_append_char(out, '\\');
            escaped = true;
        } else {
            if (!escaped && text[i] == '\\')
                buffer_append_char(out, '\\');
            buffer_append(out, text + i, step);
            escaped = false;
        }
        i += step;
    }
}

Status
bind_like_escape(Binder *binder, const Expr *pattern, const Expr *escape, Expr **expr)
{
    const StringView *pattern_view = pattern->value;
    const StringView *escape_view = escape->value;
    const char *text = string_view_data(pattern_view);
    const char *character = string_view_data(escape_view);
    Buffer out = {0};

    if (escape_view->size > 0 && character_size(character[0]) != escape_view->size) {
        error_set_at(binder->error, STATUS_INVALID_ESCAPE, escape->position, "invalid escape string");
        return error_hint(binder->error, "Escape string must be empty or one character.");
    }
    if (escape_view->size == 0)
        double_backslashes(text, pattern_view->size, &out);
    else
        replace_escapes(text, pattern_view->size, character, escape_view->size, &out);
    const char *copy = arena_copy_bytes(binder->arena, buffer_text(&out), out.size);
    *expr = bind_string(binder, copy, out.size, pattern->position);
    buffer_destroy(&out);
    return STATUS_OK;
}

static bool
matches_patterns(const char *operator_name)
{
    static const char *const names[] = {"~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(operator_name, names[i]) == 0)
            return true;
    }
    return false;
}

Status
bind_blanks(Binder *binder, const char *operator_name, Expr **operand)
{
    const Type type = (*operand)->type;
    const int32_t position = (*operand)->position;
    Expr *arguments[2];

    if (type.id != TYPE_BPCHAR || type.length == TYPE_NO_LENGTH || !matches_patterns(operator_name))
        return STATUS_OK;
    TRY(bind_coerce(binder, *operand, type_of(TYPE_TEXT), CAST_EXPLICIT, &arguments[0]));
    arguments[1] = bind_integer(binder, type.length, position);
    return bind_resolved_call(binder, "rpad", position, 2, arguments, operand);
}
