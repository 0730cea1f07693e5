/* Expressions as SQL for people. */
#include "expr/expr.h"
#include "expr/function.h"
#include "expr/text.h"

#include <ctype.h>
#include <string.h>

typedef struct Formatter {
    const char *const *names;
    Buffer *out;
} Formatter;

/* How tightly a form binds (PostgreSQL's manual, 4.1.6): an argument that binds less stands in parentheses.
 */
enum {
    BIND_OR = 1,
    BIND_AND,
    BIND_NOT,
    BIND_IS,
    BIND_COMPARE,
    BIND_LIKE,
    BIND_OTHER,
    BIND_ADD,
    BIND_MULTIPLY,
    BIND_CAST
};

typedef struct Spelling {
    const char *name;
    const char *text;
    int binding;
} Spelling;

/* Functions of one argument that are written after it. */
static const Spelling postfix[] = {
    {"is_null", " IS NULL", BIND_IS},
    {"is_not_null", " IS NOT NULL", BIND_IS},
    {"is_true", " IS TRUE", BIND_IS},
    {"is_not_true", " IS NOT TRUE", BIND_IS},
    {"is_false", " IS FALSE", BIND_IS},
    {"is_not_false", " IS NOT FALSE", BIND_IS},
    {"is_unknown", " IS UNKNOWN", BIND_IS},
    {"is_not_unknown", " IS NOT UNKNOWN", BIND_IS},
    {NULL, NULL, 0},
};

/* Functions of two arguments that are written between them. */
static const Spelling infix[] = {
    {"=", " = ", BIND_COMPARE},
    {"<>", " <> ", BIND_COMPARE},
    {"<", " < ", BIND_COMPARE},
    {"<=", " <= ", BIND_COMPARE},
    {">", " > ", BIND_COMPARE},
    {">=", " >= ", BIND_COMPARE},
    {"~~", " LIKE ", BIND_LIKE},
    {"!~~", " NOT LIKE ", BIND_LIKE},
    {"~~*", " ILIKE ", BIND_LIKE},
    {"!~~*", " NOT ILIKE ", BIND_LIKE},
    {"+", " + ", BIND_ADD},
    {"-", " - ", BIND_ADD},
    {"*", " * ", BIND_MULTIPLY},
    {"/", " / ", BIND_MULTIPLY},
    {"%", " % ", BIND_MULTIPLY},
    {"is_distinct_from", " IS DISTINCT FROM ", BIND_IS},
    {"is_not_distinct_from", " IS NOT DISTINCT FROM ", BIND_IS},
    {NULL, NULL, 0},
};

static const Spelling *
find_spelling(const Spelling *table, const char *name)
{
    while (table->name != NULL && strcmp(table->name, name) != 0)
        table++;
    return table->name == NULL ? NULL : table;
}

static bool
is_operator(const Expr *expr)
{
    const char first = expr->function->name[0];

    return !isalpha((unsigned char)first) && first != '_';
}

static bool
is_cast(const Expr *expr)
{
    return expr->kind == EXPR_CALL && strcmp(expr->function->name, "cast") == 0;
}

static int
call_binding(const Expr *expr)
{
    const Spelling *spelling =
        find_spelling(expr->argument_count == 1 ? postfix : infix, expr->function->name);

    if (is_cast(expr))
        return BIND_CAST;
    if (strcmp(expr->function->name, "not") == 0)
        return BIND_NOT;
    if (spelling != NULL && expr->argument_count <= 2)
        return spelling->binding;
    return is_operator(expr) ? BIND_OTHER : BIND_CAST + 1;
}

static int
binding(const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_OR: return BIND_OR;
    case EXPR_AND: return BIND_AND;
    case EXPR_IN: return BIND_LIKE;
    case EXPR_CALL: return call_binding(expr);
    default: return BIND_CAST + 1;
    }
}

static void format(Formatter *formatter, const Expr *expr);

static void
format_within(Formatter *formatter, const Expr *expr, int least)
{
    const bool parentheses = binding(expr) < least;

    if (parentheses)
        buffer_append_char(formatter->out, '(');
    format(formatter, expr);
    if (parentheses)
        buffer_append_char(formatter->out, ')');
}

static void
format_list(Formatter *formatter, Expr *const *arguments, uint32_t count, const char *separator, int least)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_string(formatter->out, separator);
        format_within(formatter, arguments[i], least);
    }
}

static void
append_quoted(Buffer *out, const char *text, size_t size)
{
    buffer_append_char(out, '\'');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\'')
            buffer_append_char(out, '\'');
        buffer_append_char(out, text[i]);
    }
    buffer_append_char(out, '\'');
}

static void
format_constant(Formatter *formatter, const Expr *expr)
{
    static const Session utc = {.time_zone = "UTC"};
    const TypeCategory category = type_category(expr->type.id);
    Buffer text;

    if (expr->value == NULL) {
        buffer_append_string(formatter->out, "NULL");
        return;
    }
    if (expr->type.id == TYPE_BOOL) {
        buffer_append_string(formatter->out, *(const uint8_t *)expr->value ? "true" : "false");
        return;
    }

    Vector vector = vector_flat(expr->type, expr->value, NULL);
    vector.form = VECTOR_CONSTANT;
    buffer_init(&text);
    text_format_value(&vector, 0, &utc, &text);
    if (category == CATEGORY_NUMBER)
        buffer_append(formatter->out, text.data, text.size);
    else
        append_quoted(formatter->out, text.data, text.size);
    buffer_destroy(&text);
    if (category == CATEGORY_NUMBER || category == CATEGORY_STRING || category == CATEGORY_UNKNOWN)
        return;
    buffer_append_string(formatter->out, "::");
    type_format(expr->type, formatter->out);
}

static void
format_binary(Formatter *formatter, const Expr *expr, const Spelling *spelling)
{
    const int own = call_binding(expr);
    const bool left_associative = own == BIND_ADD || own == BIND_MULTIPLY || own == BIND_OTHER;

    format_within(formatter, expr->arguments[0], left_associative ? own : own + 1);
    if (spelling != NULL)
        buffer_append_string(formatter->out, spelling->text);
    else
        buffer_append_format(formatter->out, " %s ", expr->function->name);
    format_within(formatter, expr->arguments[1], own + 1);
}

/* Casts, NOT, predicates and prefix operators. False for what is none of these. */
static bool
format_unary(Formatter *formatter, const Expr *expr, const Spelling *spelling)
{
    const int own = call_binding(expr);

    if (is_cast(expr)) {
        format_within(formatter, expr->arguments[0], BIND_CAST);
        buffer_append_string(formatter->out, "::");
        type_format(expr->type, formatter->out);
    } else if (own == BIND_NOT) {
        buffer_append_string(formatter->out, "NOT ");
        format_within(formatter, expr->arguments[0], BIND_NOT);
    } else if (spelling != NULL) {
        format_within(formatter, expr->arguments[0], own + 1);
        buffer_append_string(formatter->out, spelling->text);
    } else if (is_operator(expr)) {
        buffer_append_string(formatter->out, expr->function->name);
        format_within(formatter, expr->arguments[0], BIND_CAST);
    } else {
        return false;
    }
    return true;
}

static void
format_call(Formatter *formatter, const Expr *expr)
{
    const Spelling *spelling =
        find_spelling(expr->argument_count == 1 ? postfix : infix, expr->function->name);

    if (expr->argument_count == 1 && format_unary(formatter, expr, spelling))
        return;
    if (expr->argument_count == 2 && (spelling != NULL || is_operator(expr))) {
        format_binary(formatter, expr, spelling);
        return;
    }
    buffer_append_format(formatter->out, "%s(", expr->function->name);
    format_list(formatter, expr->arguments, expr->argument_count, ", ", 0);
    buffer_append_char(formatter->out, ')');
}

static void
format_case(Formatter *formatter, const Expr *expr)
{
    uint32_t i = 0;

    buffer_append_string(formatter->out, "CASE");
    for (; i + 1 < expr->argument_count; i += 2) {
        buffer_append_string(formatter->out, " WHEN ");
        format(formatter, expr->arguments[i]);
        buffer_append_string(formatter->out, " THEN ");
        format(formatter, expr->arguments[i + 1]);
    }
    if (i < expr->argument_count && !expr_is_null_constant(expr->arguments[i])) {
        buffer_append_string(formatter->out, " ELSE ");
        format(formatter, expr->arguments[i]);
    }
    buffer_append_string(formatter->out, " END");
}

static void
format(Formatter *formatter, const Expr *expr)
{
    switch (expr->kind) {
    case EXPR_CONSTANT: format_constant(formatter, expr); break;
    case EXPR_COLUMN: buffer_append_string(formatter->out, formatter->names[expr->column]); break;
    case EXPR_OUTER: buffer_append_format(formatter->out, "outer%u.%u", expr->level, expr->column); break;
    case EXPR_AND:
        format_list(formatter, expr->arguments, expr->argument_count, " AND ", BIND_AND + 1);
        break;
    case EXPR_OR: format_list(formatter, expr->arguments, expr->argument_count, " OR ", BIND_OR + 1); break;
    case EXPR_CASE: format_case(formatter, expr); break;
    case EXPR_COALESCE:
        buffer_append_string(formatter->out, "COALESCE(");
        format_list(formatter, expr->arguments, expr->argument_count, ", ", 0);
        buffer_append_char(formatter->out, ')');
        break;
    case EXPR_IN:
        format_within(formatter, expr->arguments[0], BIND_LIKE + 1);
        buffer_append_string(formatter->out, " IN (");
        format_list(formatter, expr->arguments + 1, expr->argument_count - 1, ", ", 0);
        buffer_append_char(formatter->out, ')');
        break;
    default: format_call(formatter, expr); break;
    }
}

void
expr_format(const Expr *expr, const char *const *names, Buffer *out)
{
    Formatter formatter = {names, out};

    format(&formatter, expr);
}
