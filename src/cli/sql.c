#include "base/clock.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/statements.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: runnel sql [OPTION]... [QUERY]\n"
    "Run SQL statements and print their results. Without QUERY, -c or -f statements are read from standard "
    "input.\n\n"
    "  -c, --command=SQL      run SQL (may be repeated)\n"
    "  -f, --file=FILE        run the statements of FILE (- is standard input)\n"
    "  -d, --data=DIR         use this data directory, without a server\n"
    "  -u, --url=URL          use the front at URL (default: $RUNNEL_URL, or http://127.0.0.1:8080)\n"
    "      --format=FORMAT    table (default), csv, tsv, json, ndjson or markdown\n"
    "      --timezone=ZONE    the session's time zone (default: UTC)\n"
    "      --timeout=MS       give up after so many milliseconds\n"
    "      --memory-limit=N   bytes that a query may use in a process\n"
    "      --tree             print the query tree after each result, to standard error\n"
    "      --timing           print how long each statement took, to standard error\n"
    "      --help, --version\n\n"
    "Several statements run in turn and stop at the first error.\n"
    "Exit status: 0 done, 1 a statement failed, 2 wrong usage, 3 no cluster reached.\n";

typedef struct SqlOptions {
    CommandTarget target;
    OutputFormat format;
    bool tree;
    bool timing;
    runnel_query_options query;
} SqlOptions;

static void
print_tree(runnel_connection *connection, runnel_result *result)
{
    cJSON *tree = cJSON_Parse(runnel_result_tree(result));
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "id"));
    char path[128];
    char *body = NULL;
    size_t size;

    if (id != NULL) {
        snprintf(path, sizeof path, "/query/%s/tree?format=text", id);
        if (runnel_get(connection, path, &body, &size) == RUNNEL_OK)
            fwrite(body, 1, size, stderr);
    }
    free(body);
    cJSON_Delete(tree);
}

static void
print_command(runnel_result *result, FILE *out)
{
    const char *command = runnel_result_command(result);

    if (strcmp(command, "INSERT") == 0)
        fprintf(out, "INSERT 0 %lld\n", (long long)runnel_result_row_count(result));
    else if (strcmp(command, "CREATE TABLE AS") == 0)
        fprintf(out, "SELECT %lld\n", (long long)runnel_result_row_count(result));
    else if (strcmp(command, "COPY") == 0 || strcmp(command, "LOAD") == 0 || strcmp(command, "DELETE") == 0 ||
             strcmp(command, "UPDATE") == 0)
        fprintf(out, "%s %lld\n", command, (long long)runnel_result_row_count(result));
    else
        fprintf(out, "%s\n", command);
}

static int
run_statement(runnel_connection *connection, const SqlOptions *options, const char *sql)
{
    const int64_t start = clock_monotonic_us();
    runnel_result *result = NULL;
    const runnel_status status = runnel_query_with(connection, sql, &options->query, &result);

    if (status != RUNNEL_OK) {
        command_print_error(runnel_connection_error(connection), sql);
        return command_exit(status);
    }
    int exit_status = EXIT_DONE;
    if (runnel_result_column_count(result) == 0 && !runnel_result_next(result) &&
        runnel_result_error(result) == NULL && strcmp(runnel_result_command(result), "SELECT") != 0) {
        print_command(result, options->format == OUTPUT_TABLE ? stdout : stderr);
        fflush(stdout);
    } else if (!output_print(result, options->format, stdout)) {
        if (runnel_result_error(result) != NULL)
            command_print_error(runnel_result_error(result), sql);
        else
            perror("runnel sql: standard output");
        exit_status = EXIT_FAILED;
    }
    if (options->tree && exit_status == EXIT_DONE)
        print_tree(connection, result);
    if (options->timing)
        fprintf(stderr, "Time: %.3f ms\n", (double)(clock_monotonic_us() - start) / 1000);
    runnel_result_close(result);
    return exit_status;
}

static int
run_text(runnel_connection *connection, const SqlOptions *options, const char *text, size_t size)
{
    size_t at = 0;
    size_t start;
    size_t length;
    bool ended;

    while (statement_next(text, size, &at, &start, &length, &ended)) {
        char *statement = memory_alloc_zero(1, length + 1);
        memcpy(statement, text + start, length);
        const int status = run_statement(connection, options, statement);
        free(statement);
        if (status != EXIT_DONE)
            return status;
    }
    return EXIT_DONE;
}

/* Statements from a stream run as soon as they are whole, so that a pipe can be talked to. */
static int
run_stream(runnel_connection *connection, const SqlOptions *options, FILE *in)
{
    char *text = NULL;
    size_t size = 0;
    size_t capacity = 0;
    char *line = NULL;
    size_t line_capacity = 0;
    int status = EXIT_DONE;

    for (ssize_t got; status == EXIT_DONE && (got = getline(&line, &line_capacity, in)) > 0;) {
        size_t at = 0;
        size_t start;
        size_t length;
        bool ended;
        if (size + (size_t)got + 1 > capacity) {
            capacity = 2 * (size + (size_t)got + 1);
            text = memory_resize(text, capacity, 1);
        }
        memcpy(text + size, line, (size_t)got);
        size += (size_t)got;
        if (memchr(line, ';', (size_t)got) == NULL)
            continue;
        size_t done = 0;
        while (status == EXIT_DONE && statement_next(text, size, &at, &start, &length, &ended) && ended) {
            char *statement = memory_alloc_zero(1, length + 1);
            memcpy(statement, text + start, length);
            status = run_statement(connection, options, statement);
            free(statement);
            done = at;
        }
        memmove(text, text + done, size - done);
        size -= done;
    }
    if (status == EXIT_DONE && ferror(in)) {
        perror("runnel sql: standard input");
        status = EXIT_FAILED;
    }
    if (status == EXIT_DONE && size > 0)
        status = run_text(connection, options, text, size);
    free(text);
    free(line);
    return status;
}

static int
run_file(runnel_connection *connection, const SqlOptions *options, const char *path)
{
    if (strcmp(path, "-") == 0)
        return run_stream(connection, options, stdin);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "runnel sql: cannot open %s: %s\n", path, strerror(errno));
        return EXIT_FAILED;
    }
    const int status = run_stream(connection, options, file);
    fclose(file);
    return status;
}

/* -c and -f, in the order given. */
typedef struct SqlSource {
    bool file;
    const char *text;
} SqlSource;

static int
run_sources(const SqlOptions *options, const SqlSource *sources, size_t count)
{
    runnel_connection *connection;
    int status = command_connect(&options->target, &connection);

    for (size_t i = 0; status == EXIT_DONE && i < count; i++)
        status = sources[i].file ? run_file(connection, options, sources[i].text)
                                 : run_text(connection, options, sources[i].text, strlen(sources[i].text));
    runnel_close(connection);
    return status;
}

int
command_sql(int argc, char **argv)
{
    enum {
        OPTION_FORMAT = OPTION_FIRST,
        OPTION_TIME_ZONE,
        OPTION_TIMEOUT,
        OPTION_MEMORY,
        OPTION_TREE,
        OPTION_TIMING
    };
    static const struct option long_options[] = {{"command", required_argument, NULL, 'c'},
                                                 {"file", required_argument, NULL, 'f'},
                                                 {"data", required_argument, NULL, 'd'},
                                                 {"url", required_argument, NULL, 'u'},
                                                 {"format", required_argument, NULL, OPTION_FORMAT},
                                                 {"timezone", required_argument, NULL, OPTION_TIME_ZONE},
                                                 {"timeout", required_argument, NULL, OPTION_TIMEOUT},
                                                 {"memory-limit", required_argument, NULL, OPTION_MEMORY},
                                                 {"tree", no_argument, NULL, OPTION_TREE},
                                                 {"timing", no_argument, NULL, OPTION_TIMING},
                                                 OPTION_COMMON};
    SqlOptions options = {0};
    SqlSource *sources = MEMORY_ARRAY(SqlSource, argc + 1);
    size_t count = 0;
    uint64_t number;
    int status = -1;

    for (int c; status < 0 && (c = getopt_long(argc, argv, "c:f:d:u:", long_options, NULL)) != -1;)
        switch (c) {
        case 'c': sources[count++] = (SqlSource){false, optarg}; break;
        case 'f': sources[count++] = (SqlSource){true, optarg}; break;
        case 'd': options.target.data = optarg; break;
        case 'u': options.target.url = optarg; break;
        case OPTION_FORMAT:
            if (!output_format_of(optarg, &options.format)) {
                fprintf(stderr, "runnel sql: '%s' is not a format\n", optarg);
                status = command_wrong_usage("sql");
            }
            break;
        case OPTION_TIME_ZONE: options.query.time_zone = optarg; break;
        case OPTION_TIMEOUT:
            if (!command_number("sql", "timeout", optarg, 1, INT32_MAX, &number))
                status = command_wrong_usage("sql");
            options.query.timeout_ms = (int64_t)number;
            break;
        case OPTION_MEMORY:
            if (!command_number("sql", "memory-limit", optarg, 1, INT64_MAX, &options.query.memory_limit))
                status = command_wrong_usage("sql");
            break;
        case OPTION_TREE: options.tree = true; break;
        case OPTION_TIMING: options.timing = true; break;
        case OPTION_HELP: status = command_help(usage); break;
        case OPTION_VERSION: status = command_version(); break;
        default: status = command_wrong_usage("sql"); break;
        }
    if (status < 0 && optind + 1 < argc) {
        fprintf(stderr, "runnel sql: one QUERY at most; quote it\n");
        status = command_wrong_usage("sql");
    }
    if (status < 0 && optind < argc)
        sources[count++] = (SqlSource){false, argv[optind]};
    if (status < 0 && count == 0)
        sources[count++] = (SqlSource){true, "-"};
    if (status < 0) {
        status = run_sources(&options, sources, count);
    }
    free(sources);
    return status;
}
