#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: runnel tree [OPTION]... ID\n"
    "Show the tree of a query: its stages and operators, with what each instance did.\n\n"
    "      --format=FORMAT   text (default), dot, json or svg\n"
    "  -u, --url=URL         the front's URL (default: $RUNNEL_URL, or http://127.0.0.1:8080)\n"
    "      --help, --version\n";

static int
print_tree(const CommandTarget *target, const char *id, const char *format)
{
    runnel_connection *connection;
    char path[128];
    char *body;
    size_t size;

    int status = command_connect(target, &connection);
    if (status != EXIT_DONE)
        return status;
    snprintf(path, sizeof path, "/query/%.40s/tree?format=%s", id, format);
    const runnel_status got = runnel_get(connection, path, &body, &size);
    if (got == RUNNEL_OK) {
        fwrite(body, 1, size, stdout);
        if (size > 0 && body[size - 1] != '\n')
            putchar('\n');
        free(body);
    } else {
        command_print_error(runnel_connection_error(connection), NULL);
        status = command_exit(got);
    }
    runnel_close(connection);
    return status;
}

int
command_tree(int argc, char **argv)
{
    static const struct option long_options[] = {{"format", required_argument, NULL, OPTION_FIRST},
                                                 {"url", required_argument, NULL, 'u'},
                                                 OPTION_COMMON};
    CommandTarget target = {0};
    const char *format = "text";

    for (int c; (c = getopt_long(argc, argv, "u:", long_options, NULL)) != -1;)
        switch (c) {
        case OPTION_FIRST: format = optarg; break;
        case 'u': target.url = optarg; break;
        case OPTION_HELP: return command_help(usage);
        case OPTION_VERSION: return command_version();
        default: return command_wrong_usage("tree");
        }
    if (strcmp(format, "text") != 0 && strcmp(format, "dot") != 0 && strcmp(format, "json") != 0 &&
        strcmp(format, "svg") != 0) {
        fprintf(stderr, "runnel tree: '%s' is not a format\n", format);
        return command_wrong_usage("tree");
    }
    if (argc - optind != 1) {
        fprintf(stderr, "runnel tree: the query's ID is missing\n");
        return command_wrong_usage("tree");
    }
    return print_tree(&target, argv[optind], format);
}
