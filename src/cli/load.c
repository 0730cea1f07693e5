#include "cli/command.h"
#include "cli/progress.h"
#include "format/csv_writer.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: runnel load [OPTION]... TABLE FILE...\n"
    "Load files into a table; each FILE is one load, which is committed whole or not at all.\n\n"
    "      --format=csv          the files' format (default: by their names; .gz and .zst are unpacked)\n"
    "      --header              the first row names the columns\n"
    "      --no-header           the first row is data (default: found out from the file)\n"
    "      --delimiter=C         between fields (default: ,)\n"
    "      --null=STRING         the unquoted text that stands for NULL (default: nothing between "
    "delimiters)\n"
    "      --create              create the table where it does not exist, with types inferred from the "
    "first file\n"
    "      --hash=COLUMN         with --create: partition by hash of COLUMN\n"
    "      --range=COLUMN        with --create: partition by ranges of COLUMN\n"
    "      --partitions=N        how many partitions (default: 5)\n"
    "      --reject-file=FILE    put malformed rows there and go on, instead of stopping at the first\n"
    "      --reject-limit=N      with --reject-file: load nothing where there are more (default: 100000)\n"
    "  -d, --data=DIR            use this data directory, without a server\n"
    "  -u, --url=URL             use the front at URL (default: $RUNNEL_URL, or http://127.0.0.1:8080)\n"
    "      --help, --version\n";

typedef struct LoadOptions {
    CommandTarget target;
    const char *format, *delimiter, *null_text, *hash, *range, *reject_file;
    FILE *rejects; /* open while files are loaded; NULL without a reject_file */
    uint64_t partitions, reject_limit;
    int header; /* -1: find out */
    bool create;
} LoadOptions;

static char *
load_document(const LoadOptions *options, const char *table, const char *path)
{
    cJSON *document = cJSON_CreateObject();
    cJSON *details = cJSON_AddObjectToObject(document, "options");
    char absolute[PATH_MAX];

    cJSON_AddStringToObject(document, "table", table);
    cJSON_AddStringToObject(document, "source", realpath(path, absolute) != NULL ? absolute : path);
    if (options->format != NULL)
        cJSON_AddStringToObject(document, "format", options->format);
    cJSON_AddBoolToObject(document, "create", options->create);
    if (options->header >= 0)
        cJSON_AddBoolToObject(details, "header", options->header);
    if (options->delimiter != NULL)
        cJSON_AddStringToObject(details, "delimiter", options->delimiter);
    if (options->null_text != NULL)
        cJSON_AddStringToObject(details, "null", options->null_text);
    if (options->reject_file != NULL)
        cJSON_AddNumberToObject(details, "reject_limit", (double)options->reject_limit);
    if (options->hash != NULL || options->range != NULL) {
        cJSON *partition = cJSON_AddObjectToObject(document, "partition");
        cJSON_AddStringToObject(partition, "by", options->hash != NULL ? "hash" : "range");
        cJSON_AddStringToObject(partition, "column", options->hash != NULL ? options->hash : options->range);
        cJSON_AddNumberToObject(partition, "partitions", (double)options->partitions);
    }
    char *text = cJSON_PrintUnformatted(document);
    cJSON_Delete(document);
    return text;
}

/* One rejected row as a line of CSV; the file under the name that the user knows it by. */
static void
write_reject(const cJSON *reject, const char *path, FILE *out)
{
    const cJSON *line = cJSON_GetObjectItemCaseSensitive(reject, "line");
    const char *members[] = {"column", "reason", "text"};
    Buffer row = {0};

    csv_write_field(path, strlen(path), ',', &row);
    buffer_append_format(&row, ",%.0f", cJSON_IsNumber(line) ? line->valuedouble : 0);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(reject, members[i]));
        buffer_append_char(&row, ',');
        if (text != NULL)
            csv_write_field(text, strlen(text), ',', &row);
    }
    buffer_append_char(&row, '\n');
    fwrite(row.data, 1, row.size, out);
    buffer_destroy(&row);
}

static int
write_rejects(const runnel_result *result, const LoadOptions *options, const char *path)
{
    cJSON *rejects = cJSON_Parse(runnel_result_rejects(result));
    const cJSON *reject;
    int count = 0;

    cJSON_ArrayForEach(reject, rejects)
    {
        write_reject(reject, path, options->rejects);
        count++;
    }
    cJSON_Delete(rejects);
    return count;
}

static int
tell_loaded(runnel_result *result, const LoadOptions *options, const char *path)
{
    while (runnel_result_next(result))
        ;
    if (runnel_result_error(result) != NULL) {
        command_print_error(runnel_result_error(result), NULL);
        return EXIT_FAILED;
    }
    const int rejected = options->rejects != NULL ? write_rejects(result, options, path) : 0;
    printf("%s: %lld rows", path, (long long)runnel_result_row_count(result));
    if (rejected > 0)
        printf(", %d rejected", rejected);
    putchar('\n');
    if (options->rejects != NULL && (fflush(options->rejects) != 0 || ferror(options->rejects))) {
        fprintf(stderr, "runnel load: cannot write the rejected rows to %s: %s\n", options->reject_file,
                strerror(errno));
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

static int
load_file(runnel_connection *connection, const LoadOptions *options, const char *table, const char *path)
{
    char *document = load_document(options, table, path);
    runnel_result *result;
    ProgressBar bar;

    progress_bar_start(&bar, connection);
    const runnel_status status = runnel_load(connection, document, &result);
    progress_bar_end(&bar);
    free(document);
    if (status != RUNNEL_OK) {
        command_print_error(runnel_connection_error(connection), NULL);
        return command_exit(status);
    }
    const int exit_status = tell_loaded(result, options, path);
    runnel_result_close(result);
    return exit_status;
}

/* Before anything is loaded: rejected rows must not be lost for want of a place. */
static bool
open_rejects(LoadOptions *options)
{
    if (options->reject_file == NULL)
        return true;
    options->rejects = fopen(options->reject_file, "we");
    if (options->rejects == NULL) {
        fprintf(stderr, "runnel load: cannot write the rejected rows to %s: %s\n", options->reject_file,
                strerror(errno));
        return false;
    }
    fputs("file,line,column,reason,text\n", options->rejects);
    return true;
}

static int
load_files(LoadOptions *options, int count, char **arguments)
{
    runnel_connection *connection;

    if (!open_rejects(options))
        return EXIT_FAILED;
    int status = command_connect(&options->target, &connection);

    for (int i = 1; status == EXIT_DONE && i < count; i++)
        status = load_file(connection, options, arguments[0], arguments[i]);
    runnel_close(connection);
    if (options->rejects != NULL && fclose(options->rejects) != 0)
        status = EXIT_FAILED;
    return status;
}

int
command_load(int argc, char **argv)
{
    enum {
        OPTION_FORMAT = OPTION_FIRST,
        OPTION_HEADER,
        OPTION_NO_HEADER,
        OPTION_DELIMITER,
        OPTION_NULL,
        OPTION_CREATE,
        OPTION_HASH,
        OPTION_RANGE,
        OPTION_PARTITIONS,
        OPTION_REJECT_FILE,
        OPTION_REJECT_LIMIT
    };
    static const struct option long_options[] = {
        {"format", required_argument, NULL, OPTION_FORMAT},
        {"header", no_argument, NULL, OPTION_HEADER},
        {"no-header", no_argument, NULL, OPTION_NO_HEADER},
        {"delimiter", required_argument, NULL, OPTION_DELIMITER},
        {"null", required_argument, NULL, OPTION_NULL},
        {"create", no_argument, NULL, OPTION_CREATE},
        {"hash", required_argument, NULL, OPTION_HASH},
        {"range", required_argument, NULL, OPTION_RANGE},
        {"partitions", required_argument, NULL, OPTION_PARTITIONS},
        {"reject-file", required_argument, NULL, OPTION_REJECT_FILE},
        {"reject-limit", required_argument, NULL, OPTION_REJECT_LIMIT},
        {"data", required_argument, NULL, 'd'},
        {"url", required_argument, NULL, 'u'},
        OPTION_COMMON};
    LoadOptions options = {.partitions = 5, .reject_limit = 100000};
    bool limited = false;
    bool with_header = false;
    bool without_header = false;

    for (int c; (c = getopt_long(argc, argv, "d:u:", long_options, NULL)) != -1;)
        switch (c) {
        case OPTION_FORMAT: options.format = optarg; break;
        case OPTION_HEADER: with_header = true; break;
        case OPTION_NO_HEADER: without_header = true; break;
        case OPTION_DELIMITER:
            options.delimiter = strcmp(optarg, "\\t") == 0 ? "\t" : optarg;
            if (strlen(options.delimiter) != 1) {
                fprintf(stderr, "runnel load: --delimiter takes one character, not \"%s\"\n", optarg);
                return command_wrong_usage("load");
            }
            break;
        case OPTION_NULL: options.null_text = optarg; break;
        case OPTION_CREATE: options.create = true; break;
        case OPTION_HASH: options.hash = optarg; break;
        case OPTION_RANGE: options.range = optarg; break;
        case OPTION_PARTITIONS:
            if (!command_number("load", "partitions", optarg, 1, 65536, &options.partitions))
                return command_wrong_usage("load");
            break;
        case OPTION_REJECT_FILE: options.reject_file = optarg; break;
        case OPTION_REJECT_LIMIT:
            if (!command_number("load", "reject-limit", optarg, 1, 1000000000, &options.reject_limit))
                return command_wrong_usage("load");
            limited = true;
            break;
        case 'd': options.target.data = optarg; break;
        case 'u': options.target.url = optarg; break;
        case OPTION_HELP: return command_help(usage);
        case OPTION_VERSION: return command_version();
        default: return command_wrong_usage("load");
        }
    if (argc - optind < 2) {
        fprintf(stderr, "runnel load: TABLE and FILE are missing\n");
        return command_wrong_usage("load");
    }
    if (with_header && without_header) {
        fprintf(stderr, "runnel load: --header and --no-header exclude each other\n");
        return command_wrong_usage("load");
    }
    options.header = with_header ? 1 : without_header ? 0 : -1;
    if (limited && options.reject_file == NULL) {
        fprintf(stderr, "runnel load: --reject-limit needs --reject-file\n");
        return command_wrong_usage("load");
    }
    if (options.hash != NULL && options.range != NULL) {
        fprintf(stderr, "runnel load: --hash and --range exclude each other\n");
        return command_wrong_usage("load");
    }
    return load_files(&options, argc - optind, argv + optind);
}
