/* Where options come from, and which of them wins: every row of the table, for every role that has it. */
#include "cli/command.h"
#include "cli/option_table.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const ServeRole all_roles[] = {ROLE_LOCAL, ROLE_COORDINATOR, ROLE_WORKER, ROLE_REDUCER, ROLE_FRONT};

enum { ROLES = sizeof all_roles / sizeof *all_roles };

static char path[64];

static void
write_file(const char *text)
{
    const int file = open(path, O_WRONLY | O_TRUNC);

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
}

static void
setup(void)
{
    strcpy(path, "/tmp/runnel-test-XXXXXX");
    const int file = mkstemp(path);

    ck_assert_int_ge(file, 0);
    close(file);
}

static void
teardown(void)
{
    unlink(path);
}

/* `argument` may be NULL. What the program says goes nowhere. */
static int
parse(ServeRole role, const char *config, const char *argument, ServeOptions *options)
{
    char file[128];
    static char own[256]; /* the options point into it */
    char *arguments[4] = {(char *)(uintptr_t)options_role_name(role)};
    int count = 1;

    snprintf(file, sizeof file, "--config=%s", config != NULL ? config : "");
    snprintf(own, sizeof own, "%s", argument != NULL ? argument : "");
    if (config != NULL)
        arguments[count++] = file;
    if (argument != NULL)
        arguments[count++] = own;
    fflush(stderr);
    const int kept = dup(STDERR_FILENO);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    const int status = options_parse(role, count, arguments, options);
    dup2(kept, STDERR_FILENO);
    close(nowhere);
    close(kept);
    return status;
}

/* The `number`-th value for an option, each one different from the next. */
static const char *
example(const RoleOption *option, int number)
{
    static const char *const choices[][3] = {{"broadcast", "shuffle", "auto"}, {"error", "info", "debug"}};
    static char text[32];

    switch (option->kind) {
    case KIND_NUMBER:
        snprintf(text, sizeof text, "%llu", (unsigned long long)option->least + 1 + (unsigned)number);
        break;
    case KIND_CHOICE: return choices[strcmp(option->name, "log") == 0][number];
    case KIND_SWITCH: return number == 1 ? "false" : "true";
    case KIND_TEXT:
        snprintf(text, sizeof text, "%svalue-%d", strcmp(option->value, "ENDPOINT") == 0 ? "ipc://" : "",
                 number);
        break;
    }
    return text;
}

static void
expect(ServeRole role, const RoleOption *option, const char *config, const char *argument, const char *value)
{
    ServeOptions options;

    ck_assert_msg(parse(role, config, argument, &options) == -1, "%s of %s", option->name,
                  options_role_name(role));
    const char *got = option_text(option, &options);
    ck_assert_msg(got == value || (got != NULL && value != NULL && strcmp(got, value) == 0),
                  "%s of %s is %s, not %s", option->name, options_role_name(role),
                  got != NULL ? got : "(none)", value != NULL ? value : "(none)");
    options_forget(&options);
}

static const char *
fallback_of(const RoleOption *option)
{
    return option->kind == KIND_SWITCH ? "false" : option->fallback;
}

static void
check_precedence(ServeRole role, const RoleOption *option)
{
    char variable[OPTION_NAME_SIZE];
    char text[256];

    option_variable(option, variable);
    expect(role, option, NULL, NULL, fallback_of(option));
    snprintf(text, sizeof text, "# a comment\n\n  %s = %s \n", option->name, example(option, 0));
    write_file(text);
    expect(role, option, path, NULL, example(option, 0));
    setenv("RUNNEL_CONFIG", path, 1);
    expect(role, option, NULL, NULL, example(option, 0));
    setenv(variable, example(option, 1), 1);
    expect(role, option, NULL, NULL, example(option, 1));
    snprintf(text, sizeof text, "--%s=%s", option->name, example(option, 2));
    expect(role, option, NULL, text, example(option, 2));
    setenv(variable, "", 1); /* as if it were not there */
    expect(role, option, NULL, NULL, example(option, 0));
    unsetenv(variable);
    unsetenv("RUNNEL_CONFIG");
}

START_TEST(test_precedence)
{
    for (int i = 0; i < ROLES; i++)
        for (size_t row = 0; row < option_table_size; row++)
            if ((option_table[row].roles & all_roles[i]) != 0 &&
                strcmp(option_table[row].name, "config") != 0)
                check_precedence(all_roles[i], &option_table[row]);
}
END_TEST

START_TEST(test_one_row_a_role)
{
    for (int i = 0; i < ROLES; i++)
        for (size_t row = 0; row < option_table_size; row++)
            if ((option_table[row].roles & all_roles[i]) != 0)
                ck_assert_ptr_eq(option_find(option_table[row].name, all_roles[i]), &option_table[row]);
}
END_TEST

static void
expect_refused(ServeRole role, const char *config, const char *argument)
{
    ServeOptions options;

    ck_assert_int_eq(parse(role, config, argument, &options), EXIT_USAGE);
    options_forget(&options);
}

START_TEST(test_bad_values_are_refused)
{
    static const char *const arguments[] = {"--slots=0",     "--slots=-1", "--slots=1x",     "--slots=",
                                            "--slots=99999", "--name=",    "--insecure=yes", "--log=loud",
                                            "--http=x",      "--sluts=1",  "stray",          "--slots"};
    static const char *const lines[] = {"slots = 0",  "slots",        "slots = ",   "sluts = 1", "http = x",
                                        "config = x", "insecure = 1", "log = loud", "= 3"};

    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        expect_refused(ROLE_WORKER, NULL, arguments[i]);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        write_file(lines[i]);
        expect_refused(ROLE_WORKER, path, NULL);
        expect_refused(ROLE_WORKER, path, "--slots=2"); /* what wins does not hide what is wrong */
    }
    expect_refused(ROLE_WORKER, "/nowhere/at/all", NULL);
    expect_refused(ROLE_WORKER, "/tmp", NULL);
}
END_TEST

START_TEST(test_variables)
{
    ServeOptions options;

    setenv("RUNNEL_WORKERS", "3", 1); /* another role's: passed over */
    setenv("RUNNEL_URL", "http://x", 1);
    ck_assert_int_eq(parse(ROLE_FRONT, NULL, NULL, &options), -1);
    options_forget(&options);
    unsetenv("RUNNEL_WORKERS");
    unsetenv("RUNNEL_URL");
    setenv("RUNNEL_HTPP", "x", 1); /* a warning */
    ck_assert_int_eq(parse(ROLE_FRONT, NULL, NULL, &options), -1);
    options_forget(&options);
    unsetenv("RUNNEL_HTPP");
    setenv("RUNNEL_THREADS", "many", 1);
    expect_refused(ROLE_FRONT, NULL, NULL);
    expect_refused(ROLE_FRONT, NULL, "--threads=2");
    unsetenv("RUNNEL_THREADS");
}
END_TEST

START_TEST(test_passing_on)
{
    ServeOptions options;
    const char *arguments[64];

    ck_assert_uint_le(options_count(), 64);
    ck_assert_int_eq(parse(ROLE_LOCAL, NULL, "--slots=7", &options), -1);
    const size_t count = options_for_role(&options, ROLE_LOCAL, ROLE_WORKER, 64, arguments);
    bool slots = false;
    for (size_t i = 0; i < count; i++) {
        slots |= strcmp(arguments[i], "--slots=7") == 0;
        ck_assert(strncmp(arguments[i], "--http", 6) != 0);
        ck_assert(strncmp(arguments[i], "--config", 8) != 0);
        ck_assert(strncmp(arguments[i], "--scratch=", 10) != 0); /* not given */
    }
    ck_assert(slots);
    options_forget(&options);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("options");
    TCase *cases = tcase_create("options");
    SRunner *runner = srunner_create(suite);

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, test_precedence);
    tcase_add_test(cases, test_one_row_a_role);
    tcase_add_test(cases, test_bad_values_are_refused);
    tcase_add_test(cases, test_variables);
    tcase_add_test(cases, test_passing_on);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
