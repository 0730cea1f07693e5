#include "ingest/generate.h"
#include "base/memory.h"
#include "cli/command.h"
#include "expr/text.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "Usage: runnel generate events|users [OPTION]...\n"
    "Make demo data: the same rows for the same seed, on every machine.\n\n"
    "      --rows=N          rows (default: 1000000 events, 100000 users)\n"
    "      --seed=N          (default: 1)\n"
    "      --partitions=N    files; with --load, range partitions of the events by time (default: 1)\n"
    "      --format=FORMAT   csv (default) or ndjson\n"
    "      --output=DIR      where the files go (default: .)\n"
    "      --load            load into a table of that name instead, which is created\n"
    "  -d, --data=DIR        with --load: this data directory, without a server\n"
    "  -u, --url=URL         with --load: the front at URL\n"
    "      --help, --version\n\n"
    "users that belong to N events: --rows=N/10.\n";

typedef struct GenerateCall {
    CommandTarget target;
    const char *name;
    GenerateOptions options;
    GenerateFormat format;
    uint64_t partitions;
    const char *output;
    bool load;
} GenerateCall;

/* --- files
 * -----------------------------------------------------------------------------------------------------------
 */

typedef struct FileJob {
    const GenerateCall *call;
    const char *folder;
    uint64_t first_file; /* this one, then every `step`-th */
    uint64_t step;
    Status status;
    Error error;
} FileJob;

static void
file_path(const GenerateCall *call, const char *folder, uint64_t file, char *path, size_t size)
{
    const char *extension = call->format == GENERATE_CSV ? "csv" : "ndjson";

    if (call->partitions == 1)
        snprintf(path, size, "%s/%s.%s", folder, call->name, extension);
    else
        snprintf(path, size, "%s/%s-%04llu.%s", folder, call->name, (unsigned long long)file + 1, extension);
}

static void *
write_files(void *argument)
{
    FileJob *job = argument;
    const GenerateCall *call = job->call;
    char path[4096];

    for (uint64_t file = job->first_file; file < call->partitions && job->status == STATUS_OK;
         file += job->step) {
        const uint64_t first = (uint64_t)((UInt128)call->options.rows * file / call->partitions);
        const uint64_t end = (uint64_t)((UInt128)call->options.rows * (file + 1) / call->partitions);
        file_path(call, job->folder, file, path, sizeof path);
        job->status =
            generate_write_file(&call->options, call->format, first, end - first, path, &job->error);
    }
    return NULL;
}

static int
write_all(const GenerateCall *call, const char *folder)
{
    enum { THREADS_MAX = 16 };
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const uint64_t count = cores > THREADS_MAX ? THREADS_MAX : cores < 1 ? 1 : (uint64_t)cores;
    pthread_t threads[THREADS_MAX];
    FileJob jobs[THREADS_MAX];
    int status = EXIT_DONE;

    for (uint64_t i = 0; i < count; i++) {
        jobs[i] = (FileJob){.call = call, .folder = folder, .first_file = i, .step = count};
        if (pthread_create(&threads[i], NULL, write_files, &jobs[i]) != 0) {
            threads[i] = 0;
            write_files(&jobs[i]);
        }
    }
    for (uint64_t i = 0; i < count; i++) {
        if (threads[i] != 0)
            pthread_join(threads[i], NULL);
        if (jobs[i].status != STATUS_OK && status == EXIT_DONE) {
            fprintf(stderr, "runnel generate: %s\n", jobs[i].error.message);
            status = EXIT_FAILED;
        }
    }
    return status;
}

static int
generate_files(const GenerateCall *call)
{
    char path[4096];

    if (mkdir(call->output, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "runnel generate: cannot make %s: %s\n", call->output, strerror(errno));
        return EXIT_FAILED;
    }
    const int status = write_all(call, call->output);
    for (uint64_t file = 0; status == EXIT_DONE && file < call->partitions; file++) {
        file_path(call, call->output, file, path, sizeof path);
        puts(path);
    }
    return status;
}

/* --- tables
 * ----------------------------------------------------------------------------------------------------------
 */

static void
add_partitions(const GenerateCall *call, cJSON *document)
{
    int64_t *bounds = MEMORY_ARRAY(int64_t, call->partitions);
    cJSON *partition = cJSON_AddObjectToObject(document, "partition");
    cJSON *texts = cJSON_CreateArray();

    generate_time_bounds((uint32_t)call->partitions, bounds);
    for (uint64_t i = 0; i + 1 < call->partitions; i++) {
        char text[64];
        text[text_format_timestamp(bounds[i], text)] = '\0';
        cJSON_AddItemToArray(texts, cJSON_CreateString(text));
    }
    cJSON_AddStringToObject(partition, "by", "range");
    cJSON_AddStringToObject(partition, "column", "timestamp");
    cJSON_AddNumberToObject(partition, "partitions", (double)call->partitions);
    cJSON_AddItemToObject(partition, "bounds", texts);
    free(bounds);
}

static char *
load_document(const GenerateCall *call, const char *path)
{
    cJSON *document = cJSON_CreateObject();

    cJSON_AddStringToObject(document, "table", call->name);
    cJSON_AddStringToObject(document, "source", path);
    cJSON_AddStringToObject(document, "format", "csv");
    cJSON_AddBoolToObject(cJSON_AddObjectToObject(document, "options"), "header", true);
    if (call->options.kind == GENERATE_EVENTS && call->partitions > 1)
        add_partitions(call, document);
    char *text = cJSON_PrintUnformatted(document);
    cJSON_Delete(document);
    return text;
}

static runnel_status
run(runnel_connection *connection, const char *sql)
{
    runnel_result *result;
    const runnel_status status = runnel_query(connection, sql, &result);

    runnel_result_close(result);
    return status;
}

/* The table is created with its exact types: inference might see other ones. */
static runnel_status
create_table(runnel_connection *connection, const GenerateCall *call)
{
    Buffer sql = {0};

    buffer_append_format(&sql, "CREATE TABLE %s (", call->name);
    for (uint32_t i = 0; i < generate_column_count(call->options.kind); i++) {
        buffer_append_format(&sql, "%s\"%s\" ", i > 0 ? ", " : "",
                             generate_column_name(call->options.kind, i));
        type_format(generate_column_type(call->options.kind, i), &sql);
    }
    buffer_append_char(&sql, ')');
    if (call->options.kind == GENERATE_EVENTS && call->partitions > 1)
        buffer_append_format(&sql, " PARTITION BY RANGE (\"timestamp\") WITH (partitions=%llu)",
                             (unsigned long long)call->partitions);
    const runnel_status status = run(connection, buffer_text(&sql));
    buffer_destroy(&sql);
    return status;
}

static int
load_table(runnel_connection *connection, const GenerateCall *call, const char *path)
{
    runnel_result *result = NULL;
    char *document = load_document(call, path);

    runnel_status status = create_table(connection, call);
    if (status == RUNNEL_OK)
        status = runnel_load(connection, document, &result);
    free(document);
    if (status != RUNNEL_OK) {
        command_print_error(runnel_connection_error(connection), NULL);
        return command_exit(status);
    }
    while (runnel_result_next(result))
        ;
    printf("%s: %lld rows\n", call->name, (long long)runnel_result_row_count(result));
    runnel_result_close(result);
    return EXIT_DONE;
}

static int
generate_table(GenerateCall *call)
{
    const char *temporary = getenv("TMPDIR");
    runnel_connection *connection;
    char folder[256];
    char path[4096];

    int status = command_connect(&call->target, &connection);
    if (status != EXIT_DONE)
        return status;
    snprintf(folder, sizeof folder, "%.200s/runnel-XXXXXX", temporary != NULL ? temporary : "/tmp");
    if (mkdtemp(folder) == NULL) {
        perror("runnel generate: cannot make a temporary folder");
        runnel_close(connection);
        return EXIT_FAILED;
    }
    GenerateCall whole = *call;
    whole.partitions = 1;
    file_path(&whole, folder, 0, path, sizeof path);
    status = write_all(&whole, folder);
    if (status == EXIT_DONE)
        status = load_table(connection, call, path);
    unlink(path);
    rmdir(folder);
    runnel_close(connection);
    return status;
}

/* --- the command line
 * ------------------------------------------------------------------------------------------------ */

static int
parse(int argc, char **argv, GenerateCall *call)
{
    enum {
        OPTION_ROWS = OPTION_FIRST,
        OPTION_SEED,
        OPTION_PARTITIONS,
        OPTION_FORMAT,
        OPTION_OUTPUT,
        OPTION_LOAD
    };
    static const struct option long_options[] = {{"rows", required_argument, NULL, OPTION_ROWS},
                                                 {"seed", required_argument, NULL, OPTION_SEED},
                                                 {"partitions", required_argument, NULL, OPTION_PARTITIONS},
                                                 {"format", required_argument, NULL, OPTION_FORMAT},
                                                 {"output", required_argument, NULL, OPTION_OUTPUT},
                                                 {"load", no_argument, NULL, OPTION_LOAD},
                                                 {"data", required_argument, NULL, 'd'},
                                                 {"url", required_argument, NULL, 'u'},
                                                 OPTION_COMMON};
    bool fine = true;

    for (int c; fine && (c = getopt_long(argc, argv, "d:u:", long_options, NULL)) != -1;)
        switch (c) {
        case OPTION_ROWS:
            fine =
                command_number("generate", "rows", optarg, 0, UINT64_C(1000000000000), &call->options.rows);
            break;
        case OPTION_SEED:
            fine = command_number("generate", "seed", optarg, 0, UINT64_MAX, &call->options.seed);
            break;
        case OPTION_PARTITIONS:
            fine = command_number("generate", "partitions", optarg, 1, 10000, &call->partitions);
            break;
        case OPTION_FORMAT:
            call->format = strcmp(optarg, "ndjson") == 0 ? GENERATE_NDJSON : GENERATE_CSV;
            fine = call->format == GENERATE_NDJSON || strcmp(optarg, "csv") == 0;
            if (!fine)
                fprintf(stderr, "runnel generate: '%s' is not a format\n", optarg);
            break;
        case OPTION_OUTPUT: call->output = optarg; break;
        case OPTION_LOAD: call->load = true; break;
        case 'd': call->target.data = optarg; break;
        case 'u': call->target.url = optarg; break;
        case OPTION_HELP: return command_help(usage);
        case OPTION_VERSION: return command_version();
        default: fine = false; break;
        }
    return fine ? -1 : command_wrong_usage("generate");
}

int
command_generate(int argc, char **argv)
{
    GenerateCall call = {.options = {.rows = UINT64_MAX, .seed = 1}, .partitions = 1, .output = "."};
    Error error = {0};
    const int status = parse(argc, argv, &call);

    if (status >= 0)
        return status;
    if (argc - optind != 1) {
        fprintf(stderr, "runnel generate: what? events or users\n");
        return command_wrong_usage("generate");
    }
    call.name = argv[optind];
    if (generate_find_kind(call.name, &call.options.kind, &error) != STATUS_OK) {
        fprintf(stderr, "runnel generate: %s\n", error.message);
        return command_wrong_usage("generate");
    }
    if (call.options.rows == UINT64_MAX)
        call.options.rows = call.options.kind == GENERATE_EVENTS ? 1000000 : 100000;
    return call.load ? generate_table(&call) : generate_files(&call);
}
