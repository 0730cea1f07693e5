#include "base/memory.h"
#include "cli/command.h"
#include "cli/session.h"
#include "cli/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: runnel sql [OPTION]... [QUERY]\n"
    "Run SQL statements and print their results. Without QUERY, -c or -f statements are read from standard "
    "input;\non a terminal, at a prompt (\\? tells its commands).\n\n"
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

/* -c and -f, in the order given. */
typedef struct SqlSource {
    bool file;
    const char *text;
} SqlSource;

static int
run_sources(SqlSession *session, const CommandTarget *target, const SqlSource *sources, size_t count)
{
    int status = command_connect(target, &session->connection);

    for (size_t i = 0; status == EXIT_DONE && i < count; i++)
        status = sources[i].file ? session_run_file(session, sources[i].text)
                                 : session_run_text(session, sources[i].text, strlen(sources[i].text));
    runnel_close(session->connection);
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
    CommandTarget target = {0};
    SqlSession session = {.out = stdout};
    SqlSource *sources = MEMORY_ARRAY(SqlSource, argc + 1);
    size_t count = 0;
    uint64_t number;
    int status = -1;

    for (int c; status < 0 && (c = getopt_long(argc, argv, "c:f:d:u:", long_options, NULL)) != -1;)
        switch (c) {
        case 'c': sources[count++] = (SqlSource){false, optarg}; break;
        case 'f': sources[count++] = (SqlSource){true, optarg}; break;
        case 'd': target.data = optarg; break;
        case 'u': target.url = optarg; break;
        case OPTION_FORMAT:
            if (!output_format_of(optarg, &session.format)) {
                fprintf(stderr, "runnel sql: '%s' is not a format\n", optarg);
                status = command_wrong_usage("sql");
            }
            break;
        case OPTION_TIME_ZONE: session.query.time_zone = optarg; break;
        case OPTION_TIMEOUT:
            if (!command_number("sql", "timeout", optarg, 1, INT32_MAX, &number))
                status = command_wrong_usage("sql");
            session.query.timeout_ms = (int64_t)number;
            break;
        case OPTION_MEMORY:
            if (!command_number("sql", "memory-limit", optarg, 1, INT64_MAX, &session.query.memory_limit))
                status = command_wrong_usage("sql");
            break;
        case OPTION_TREE: session.tree = true; break;
        case OPTION_TIMING: session.timing = true; break;
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
    if (status < 0 && count == 0 && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        status = shell_run(&target, &session);
    if (status < 0 && count == 0)
        sources[count++] = (SqlSource){true, "-"};
    if (status < 0)
        status = run_sources(&session, &target, sources, count);
    free(sources);
    return status;
}
