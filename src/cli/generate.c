#include "ingest/generate.h"
#include "base/arena.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "expr/text.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] = "Usage: runnel generate events|users|tpch|hits [OPTION]...\n"
                            "Make demo data: the same rows for the same seed, on every machine.\n\n"
                            "      --rows=N          rows (default: 1000000 events or hits, 100000 users)\n"
                            "      --scale=X         of tpch: the scale factor (default: 1)\n"
                            "      --seed=N          (default: 1)\n"
                            "      --partitions=N    files a table; with --load, range partitions of the "
                            "events by time (default: 1)\n"
                            "      --format=FORMAT   csv (default) or ndjson\n"
                            "      --output=DIR      where the files go (default: .)\n"
                            "      --load            into tables of the data instead, which are created\n"
                            "  -d, --data=DIR        with --load: this data directory, without a server\n"
                            "  -u, --url=URL         with --load: the front at URL\n"
                            "      --help, --version\n\n"
                            "users that belong to N events: --rows=N/10.\n";

typedef struct GenerateCall {
    CommandTarget target;
    uint32_t table_count;
    const GenerateTable *tables[GENERATE_TABLES_MAX];
    GenerateOptions options; /* the table is one of those */
    GenerateFormat format;
    uint64_t partitions;
    const char *output;
    bool load;
} GenerateCall;

/* --- files
 * -----------------------------------------------------------------------------------------------------------
 */

/* One thread's part: of all files of all tables every `step`-th, from `first` on. */
typedef struct FileJob {
    const GenerateCall *call;
    uint64_t first;
    uint64_t step;
    Status status;
    Error error;
} FileJob;

static void
file_path(const GenerateCall *call, uint64_t file, char *path, size_t size)
{
    const char *extension = call->format == GENERATE_CSV ? "csv" : "ndjson";
    const char *name = generate_table_name(call->tables[file / call->partitions]);

    if (call->partitions == 1)
        snprintf(path, size, "%s/%s.%s", call->output, name, extension);
    else
        snprintf(path, size, "%s/%s-%04llu.%s", call->output, name,
                 (unsigned long long)(file % call->partitions) + 1, extension);
}

static uint64_t
file_count(const GenerateCall *call)
{
    return call->table_count * call->partitions;
}

static void *
write_files(void *argument)
{
    FileJob *job = argument;
    const GenerateCall *call = job->call;
    char path[4096];

    for (uint64_t file = job->first; file < file_count(call) && job->status == STATUS_OK; file += job->step) {
        GenerateOptions options = call->options;
        options.table = call->tables[file / call->partitions];
        const uint64_t part = file % call->partitions;
        const uint64_t units = generate_units(&options);
        const uint64_t first = (uint64_t)((UInt128)units * part / call->partitions);
        const uint64_t end = (uint64_t)((UInt128)units * (part + 1) / call->partitions);
        file_path(call, file, path, sizeof path);
        job->status = generate_write_file(&options, call->format, first, end - first, path, &job->error);
    }
    return NULL;
}

static int
write_all(const GenerateCall *call)
{
    enum { THREADS_MAX = 64 };
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const uint64_t count = cores > THREADS_MAX ? THREADS_MAX : cores < 1 ? 1 : (uint64_t)cores;
    pthread_t threads[THREADS_MAX];
    FileJob jobs[THREADS_MAX];
    int status = EXIT_DONE;

    for (uint64_t i = 0; i < count; i++) {
        jobs[i] = (FileJob){.call = call, .first = i, .step = count};
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
    const int status = write_all(call);
    for (uint64_t file = 0; status == EXIT_DONE && file < file_count(call); file++) {
        file_path(call, file, path, sizeof path);
        puts(path);
    }
    return status;
}

/* --- tables
 * ----------------------------------------------------------------------------------------------------------
 */

static bool
is_partitioned(const GenerateCall *call, const GenerateTable *table)
{
    return call->partitions > 1 && strcmp(generate_table_name(table), "events") == 0;
}

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

/* The workers make the rows themselves. */
static char *
load_document(const GenerateCall *call, const GenerateTable *table)
{
    cJSON *document = cJSON_CreateObject();
    GenerateOptions options = call->options;
    Arena *arena = arena_new(NULL);

    options.table = table;
    cJSON_AddStringToObject(document, "table", generate_table_name(table));
    cJSON_AddStringToObject(document, "source", generate_format_source(&options, arena));
    cJSON_AddStringToObject(document, "format", "generated");
    if (is_partitioned(call, table))
        add_partitions(call, document);
    char *text = cJSON_PrintUnformatted(document);
    cJSON_Delete(document);
    arena_destroy(&arena);
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

static runnel_status
create_table(runnel_connection *connection, const GenerateCall *call, const GenerateTable *table)
{
    Buffer sql = {0};
    uint32_t count;
    const GenerateColumn *columns = generate_columns(table, &count);

    buffer_append_format(&sql, "CREATE TABLE %s (", generate_table_name(table));
    for (uint32_t i = 0; i < count; i++) {
        buffer_append_format(&sql, "%s\"%s\" ", i > 0 ? ", " : "", columns[i].name);
        type_format(columns[i].type, &sql);
        buffer_append_string(&sql, generate_is_strict(table) ? " NOT NULL" : "");
    }
    buffer_append_char(&sql, ')');
    if (is_partitioned(call, table))
        buffer_append_format(&sql, " PARTITION BY RANGE (\"timestamp\") WITH (partitions=%llu)",
                             (unsigned long long)call->partitions);
    const runnel_status status = run(connection, buffer_text(&sql));
    buffer_destroy(&sql);
    return status;
}

/* The table was made for these rows: without them it goes. */
static void
drop_table(runnel_connection *connection, const GenerateTable *table)
{
    char sql[128];

    snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS %s", generate_table_name(table));
    run(connection, sql);
}

static int
fill_table(runnel_connection *connection, const GenerateCall *call, const GenerateTable *table)
{
    runnel_result *result = NULL;
    char *document = load_document(call, table);
    ProgressBar bar;
    int status = EXIT_DONE;

    progress_bar_start(&bar, connection);
    const runnel_status sent = runnel_load(connection, document, &result);
    free(document);
    while (sent == RUNNEL_OK && runnel_result_next(result))
        ;
    progress_bar_end(&bar);
    if (sent != RUNNEL_OK) {
        command_print_error(runnel_connection_error(connection), NULL);
        status = command_exit(sent);
    } else if (runnel_result_error(result) != NULL) {
        command_print_error(runnel_result_error(result), NULL);
        status = EXIT_FAILED;
    } else {
        printf("%s: %lld rows\n", generate_table_name(table), (long long)runnel_result_row_count(result));
    }
    runnel_result_close(result);
    return status;
}

static int
load_table(runnel_connection *connection, const GenerateCall *call, const GenerateTable *table)
{
    const runnel_status created = create_table(connection, call, table);

    if (created != RUNNEL_OK) {
        command_print_error(runnel_connection_error(connection), NULL);
        return command_exit(created);
    }
    const int status = fill_table(connection, call, table);
    if (status != EXIT_DONE)
        drop_table(connection, table);
    return status;
}

static int
load_tables(GenerateCall *call)
{
    runnel_connection *connection;
    int status = command_connect(&call->target, &connection);

    for (uint32_t i = 0; i < call->table_count && status == EXIT_DONE; i++)
        status = load_table(connection, call, call->tables[i]);
    runnel_close(connection);
    return status;
}

/* --- the command line
 * ------------------------------------------------------------------------------------------------ */

static bool
read_scale(const char *text, double *scale)
{
    char *end;

    *scale = strtod(text, &end);
    if (end != text && *end == '\0' && *scale >= GENERATE_SCALE_MIN && *scale <= GENERATE_SCALE_MAX)
        return true;
    fprintf(stderr, "runnel generate: --scale needs a number from %g to %g\n", GENERATE_SCALE_MIN,
            GENERATE_SCALE_MAX);
    return false;
}

static int
parse(int argc, char **argv, GenerateCall *call)
{
    enum {
        OPTION_ROWS = OPTION_FIRST,
        OPTION_SCALE,
        OPTION_SEED,
        OPTION_PARTITIONS,
        OPTION_FORMAT,
        OPTION_OUTPUT,
        OPTION_LOAD
    };
    static const struct option long_options[] = {{"rows", required_argument, NULL, OPTION_ROWS},
                                                 {"scale", required_argument, NULL, OPTION_SCALE},
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
        case OPTION_SCALE: fine = read_scale(optarg, &call->options.scale); break;
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

/* --rows and --scale are for different data. */
static bool
check_size(GenerateCall *call)
{
    const bool has_scale = generate_has_scale(call->tables[0]);
    const bool misplaced = has_scale ? call->options.rows != UINT64_MAX : call->options.scale > 0;

    if (misplaced) {
        fprintf(stderr, "runnel generate: %s has no --%s, but --%s\n", generate_table_name(call->tables[0]),
                has_scale ? "rows" : "scale", has_scale ? "scale" : "rows");
        return false;
    }
    if (call->options.scale <= 0)
        call->options.scale = 1;
    if (call->options.rows == UINT64_MAX)
        call->options.rows = generate_default_rows(call->tables[0]);
    return true;
}

int
command_generate(int argc, char **argv)
{
    GenerateCall call = {.options = {.rows = UINT64_MAX, .seed = 1}, .partitions = 1, .output = "."};
    const int status = parse(argc, argv, &call);

    if (status >= 0)
        return status;
    if (argc - optind != 1) {
        fprintf(stderr, "runnel generate: what? events, users, tpch or hits\n");
        return command_wrong_usage("generate");
    }
    call.table_count = generate_find(argv[optind], call.tables);
    if (call.table_count == 0) {
        fprintf(stderr, "runnel generate: cannot generate \"%s\", only events, users, tpch and hits\n",
                argv[optind]);
        return command_wrong_usage("generate");
    }
    if (!check_size(&call))
        return command_wrong_usage("generate");
    return call.load ? load_tables(&call) : generate_files(&call);
}
