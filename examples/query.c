/* examples/query.c: run one statement in this process and print its rows.
 *
 *     cc query.c $(pkg-config --cflags --libs runnel) -o query
 *     ./query [DIRECTORY [SQL]]
 *
 * Without arguments it makes a directory of its own, asks it for SELECT 1 and removes it. */
#include <runnel/runnel.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
print_error(const runnel_error *error)
{
    fprintf(stderr, "error %s: %s\n", runnel_error_sqlstate(error), runnel_error_message(error));
    if (*runnel_error_hint(error) != '\0')
        fprintf(stderr, "hint: %s\n", runnel_error_hint(error));
}

static void
print_row(runnel_result *result)
{
    const size_t columns = runnel_result_column_count(result);

    for (size_t i = 0; i < columns; i++) {
        const char *text = runnel_result_text(result, i, NULL);

        printf("%s%s", i == 0 ? "" : "\t", text == NULL ? "NULL" : text);
    }
    putchar('\n');
}

/* Rows printed; -1 where the query failed. */
static long
run(runnel_connection *connection, const char *sql)
{
    runnel_result *result = NULL;
    long rows = 0;

    if (runnel_query(connection, sql, &result) != RUNNEL_OK) {
        print_error(runnel_connection_error(connection));
        return -1;
    }
    for (; runnel_result_next(result); rows++)
        print_row(result);
    if (runnel_result_error(result) != NULL) {
        print_error(runnel_result_error(result));
        rows = -1;
    }
    runnel_result_close(result);
    return rows;
}

static long
run_in(const char *directory, const char *sql)
{
    runnel_connection *connection = NULL;
    long rows = -1;

    if (runnel_open(directory, NULL, &connection) == RUNNEL_OK)
        rows = run(connection, sql);
    else if (connection != NULL)
        print_error(runnel_connection_error(connection));
    runnel_close(connection);
    return rows;
}

static int
run_in_a_directory_of_its_own(void)
{
    char directory[] = "/tmp/runnel-example-XXXXXX";
    char command[64];

    if (mkdtemp(directory) == NULL) {
        perror(directory);
        return EXIT_FAILURE;
    }

    const long rows = run_in(directory, "SELECT 1 AS one");
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command) == 0 && rows == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        return run_in_a_directory_of_its_own();
    return run_in(argv[1], argc < 3 ? "SELECT 1 AS one" : argv[2]) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
