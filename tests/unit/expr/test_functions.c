/* Functions of dates, strings and numbers. The table's expectations are what PostgreSQL 15.18 answered;
 * numerics are compared without the zeros behind their fraction, since ours have static scales. Each case
 * runs as a constant and as a column whose other rows are NULL. */
#include "expr/function.h"
#include "expr/program.h"
#include "expr/text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Argument {
    TypeId type;
    uint8_t precision, scale;
    const char *text; /* NULL: the NULL value */
} Argument;

typedef struct FunctionCase {
    const char *zone;
    const char *function;
    uint32_t count;
    Argument arguments[7];
    const char *expected; /* "!" and the SQLSTATE for an error */
} FunctionCase;

static const FunctionCase cases[] = {
#include "function_cases.h"
};

enum { ROWS = 3, VALUE_ROW = 1 };

static Arena *arena;

static Type
type_of_argument(const Argument *argument)
{
    return argument->type == TYPE_NUMERIC ? type_numeric(argument->precision, argument->scale)
                                          : type_of(argument->type);
}

/* Cut "1.500" to "1.5" and "2.000" to "2". */
static void
trim_zeros(char *text)
{
    char *end = text + strlen(text);

    if (strchr(text, '.') == NULL || strspn(text, "-0123456789.") != strlen(text))
        return;
    while (end[-1] == '0')
        *--end = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
}

static const Expr *
bind(const FunctionCase *c, Expr *const *given, Error *error)
{
    Type types[FUNCTION_ARGUMENTS_MAX];
    Expr *arguments[FUNCTION_ARGUMENTS_MAX];
    const Function *function;
    Type result;

    for (uint32_t i = 0; i < c->count; i++)
        types[i] = given[i]->type;
    if (function_resolve(c->function, c->count, types, &function, &result, error) != STATUS_OK)
        return NULL;
    for (uint32_t i = 0; i < c->count; i++) {
        bool needed;
        const Function *cast = function_find_cast(given[i]->type, types[i], CAST_IMPLICIT, &needed);
        arguments[i] = needed ? expr_call(arena, cast, types[i], 1, &given[i]) : given[i];
    }
    return expr_call(arena, function, result, c->count, arguments);
}

static void
check_value(const FunctionCase *c, const Vector *value, uint32_t row, Status status, const Session *session)
{
    Buffer out = {0};
    char text[512];

    if (status != STATUS_OK)
        buffer_append_format(&out, "!%s", status_sqlstate(status));
    else if (vector_is_null(value, row))
        buffer_append_string(&out, "NULL");
    else
        text_format_value(value, row, session, &out);
    snprintf(text, sizeof text, "%s", buffer_text(&out));
    trim_zeros(text);
    ck_assert_msg(strcmp(text, c->expected) == 0, "%s('%s', '%s'…) in %s: %s, not %s", c->function,
                  c->arguments[0].text, c->count > 1 ? c->arguments[1].text : "", c->zone, text, c->expected);
    buffer_destroy(&out);
}

static void
check_constant(const FunctionCase *c, Expr *const *constants, const Session *session)
{
    Error error = {0};
    Expr *folded = NULL;
    const Expr *expr = bind(c, constants, &error);
    Status status = expr == NULL ? error.code : program_fold(arena, expr, session, &folded, &error);
    Vector value = {0};

    if (status == STATUS_OK)
        value = vector_constant(arena, folded->type, folded->value);
    check_value(c, &value, 0, status, session);
}

/* The first argument as a column: NULL, the value, NULL. */
static void
check_column(const FunctionCase *c, Expr *const *constants, const Session *session)
{
    const size_t width = layout_width(type_layout(constants[0]->type));
    char *data = arena_alloc_zero(arena, ROWS * width);
    const uint64_t validity = 1U << VALUE_ROW;
    Error error = {0};
    Expr *arguments[FUNCTION_ARGUMENTS_MAX];
    Program *program = NULL;
    Vector result = {0};

    memcpy(data + VALUE_ROW * width, constants[0]->value, width);
    Vector column = vector_flat(constants[0]->type, data, &validity);
    const Batch batch = {.rows = ROWS, .count = ROWS, .column_count = 1, .columns = &column};
    memcpy(arguments, constants, c->count * sizeof *arguments);
    arguments[0] = expr_column(arena, column.type, 0);
    const Expr *expr = bind(c, arguments, &error);
    Status status = expr == NULL ? error.code : program_new(&expr, 1, session, NULL, &program, &error);
    if (status == STATUS_OK)
        status = program_evaluate(program, &batch, &result, &error);
    check_value(c, &result, VALUE_ROW, status, session);
    program_destroy(&program);
}

START_TEST(test_table)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const FunctionCase *c = &cases[i];
        Session session = {0};
        Expr *constants[FUNCTION_ARGUMENTS_MAX];
        arena = arena_new(NULL);
        snprintf(session.time_zone, sizeof session.time_zone, "%s", c->zone);
        for (uint32_t a = 0; a < c->count; a++) {
            const Argument *argument = &c->arguments[a];
            const Type type = type_of_argument(argument);
            _Alignas(16) char value[16];
            if (argument->text != NULL) {
                const Status status = text_parse_value(type, argument->text, strlen(argument->text), &session,
                                                       arena, value, NULL);
                ck_assert_msg(status == STATUS_OK, "'%s' is no %s", argument->text, type_name(type.id));
            }
            constants[a] = expr_constant(arena, type, argument->text == NULL ? NULL : value);
        }
        check_constant(c, constants, &session);
        if (constants[0]->value != NULL && strncmp(c->function, "concat", 6) != 0)
            check_column(c, constants, &session);
        arena_destroy(&arena);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("functions");
    TCase *tcase = tcase_create("functions");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, test_table);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
