/* Cutting SQL text into statements. */
#include "cli/statements.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct Case {
    const char *text;
    const char *statements[4]; /* up to the first NULL */
    bool ended;                /* the last one */
} Case;

static const Case cases_of_text[] = {
    {"", {NULL}, false},
    {" ;; -- nothing\n; /* and ; nothing */ ;", {NULL}, false},
    {"SELECT 1", {"SELECT 1"}, false},
    {"SELECT 1;", {"SELECT 1"}, true},
    {"SELECT 1; SELECT 2", {"SELECT 1", "SELECT 2"}, false},
    {"-- first\nSELECT 1 -- ; not here\n; SELECT 2;", {"SELECT 1 -- ; not here\n", "SELECT 2"}, true},
    {"SELECT ';', 'it''s;', \"a;b\"; SELECT 2;", {"SELECT ';', 'it''s;', \"a;b\"", "SELECT 2"}, true},
    {"SELECT E'a\\';b'; SELECT 'a\\'; SELECT 3", {"SELECT E'a\\';b'", "SELECT 'a\\'", "SELECT 3"}, false},
    {"SELECT typE'x;'", {"SELECT typE'x;'"}, false},
    {"SELECT /* a /* nested; */ ; */ 1; x", {"SELECT /* a /* nested; */ ; */ 1", "x"}, false},
    {"SELECT $$a;b$$, $t$ ; $$ ; $t$; x;", {"SELECT $$a;b$$, $t$ ; $$ ; $t$", "x"}, true},
    {"SELECT $1; SELECT a$b$c; SELECT d$b$e", {"SELECT $1", "SELECT a$b$c", "SELECT d$b$e"}, false},
    {"SELECT 1 - 2 / 3; SELECT 2", {"SELECT 1 - 2 / 3", "SELECT 2"}, false},
    {"SELECT 'open; SELECT 2", {"SELECT 'open; SELECT 2"}, false},
    {"SELECT /* open; SELECT 2", {"SELECT /* open; SELECT 2"}, false},
    {"SELECT $q$ open; SELECT 2", {"SELECT $q$ open; SELECT 2"}, false},
};

START_TEST(texts_are_cut)
{
    const Case *expected = &cases_of_text[_i];
    const size_t size = strlen(expected->text);
    char *text = malloc(size + 1); /* without a NUL: the sanitizer sees a read behind the end */
    size_t at = 0;
    size_t start;
    size_t length;
    bool ended = false;
    int count = 0;

    memcpy(text, expected->text, size);
    text = realloc(text, size > 0 ? size : 1);
    for (; statement_next(text, size, &at, &start, &length, &ended); count++) {
        ck_assert_ptr_nonnull(expected->statements[count]);
        ck_assert_msg(strlen(expected->statements[count]) == length &&
                          memcmp(text + start, expected->statements[count], length) == 0,
                      "'%.*s' is not '%s'", (int)length, text + start, expected->statements[count]);
        ck_assert(at > start);
        if (expected->statements[count + 1] == NULL)
            ck_assert_int_eq(ended, expected->ended);
    }
    ck_assert_ptr_null(expected->statements[count]);
    ck_assert_uint_eq(at, size);
    free(text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("statements");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_loop_test(cases, texts_are_cut, 0, sizeof cases_of_text / sizeof *cases_of_text);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
