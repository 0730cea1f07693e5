#include "cli/command.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "Usage: runnel status [OPTION]...\n"
    "Show the nodes of a cluster, their slots, and the queries that run.\n\n"
    "  -u, --url=URL   the front's URL (default: $RUNNEL_URL, or http://127.0.0.1:8080)\n"
    "      --json      print the documents as they are\n"
    "      --help, --version\n";

static const char *
text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text != NULL ? text : "";
}

static int
number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsNumber(item) ? (int)item->valuedouble : 0;
}

static void
print_nodes(const cJSON *health, const char *member, const char *role)
{
    const cJSON *nodes = cJSON_GetObjectItemCaseSensitive(health, member);
    const cJSON *node;

    cJSON_ArrayForEach(node, nodes)
    {
        printf("%-20s %-8s %-9s %4d/%-4d %8d ms  %s\n", text_of(node, "id"), role, text_of(node, "state"),
               number_of(node, "busy"), number_of(node, "slots"), number_of(node, "last_seen_ms"),
               text_of(node, "endpoint"));
    }
}

static void
print_queries(const cJSON *document)
{
    const cJSON *queries = cJSON_GetObjectItemCaseSensitive(document, "queries");
    const cJSON *query;

    cJSON_ArrayForEach(query, queries)
    {
        const cJSON *progress = cJSON_GetObjectItemCaseSensitive(query, "progress");
        printf("%s  %d/%d tasks  %.80s\n", text_of(query, "id"), number_of(progress, "tasks_done"),
               number_of(progress, "tasks_total"), text_of(query, "sql"));
    }
}

static int
print_status(runnel_connection *connection, bool json)
{
    char *health = NULL;
    char *queries = NULL;
    size_t size;

    runnel_status status = runnel_get(connection, "/health", &health, &size);
    if (status == RUNNEL_OK)
        status = runnel_get(connection, "/query?state=running", &queries, &size);
    if (status != RUNNEL_OK) {
        command_print_error(runnel_connection_error(connection), NULL);
    } else if (json) {
        printf("{\"health\":%s,\"running\":%s}\n", health, queries);
    } else {
        cJSON *document = cJSON_Parse(health);
        cJSON *running = cJSON_Parse(queries);
        printf("status: %s\n%-20s %-8s %-9s %9s %11s  %s\n", text_of(document, "status"), "node", "role",
               "state", "slots", "last seen", "endpoint");
        print_nodes(document, "workers", "worker");
        print_nodes(document, "reducers", "reducer");
        print_queries(running);
        cJSON_Delete(document);
        cJSON_Delete(running);
    }
    free(health);
    free(queries);
    return command_exit(status);
}

int
command_status(int argc, char **argv)
{
    static const struct option long_options[] = {
        {"url", required_argument, NULL, 'u'}, {"json", no_argument, NULL, OPTION_FIRST}, OPTION_COMMON};
    CommandTarget target = {0};
    runnel_connection *connection;
    bool json = false;

    for (int c; (c = getopt_long(argc, argv, "u:", long_options, NULL)) != -1;)
        switch (c) {
        case 'u': target.url = optarg; break;
        case OPTION_FIRST: json = true; break;
        case OPTION_HELP: return command_help(usage);
        case OPTION_VERSION: return command_version();
        default: return command_wrong_usage("status");
        }
    if (optind < argc)
        return command_too_many("status", argv[optind]);
    int status = command_connect(&target, &connection);
    if (status == EXIT_DONE)
        status = print_status(connection, json);
    runnel_close(connection);
    return status;
}
