#include "coordinator/load.h"

#include "base/memory.h"
#include "column/builder.h"
#include "coordinator/planning.h"
#include "coordinator/range_bounds.h"
#include "coordinator/write.h"
#include "expr/text.h"
#include "ingest/generate.h"
#include "ingest/row_reader.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    RANGE_BYTES = 8 << 20,
    RANGES_A_SLOT = 8,
    SAMPLE_PLACES = 64,
    SAMPLE_BYTES = 256 << 10,
    FILES_MAX = 100000,
    REJECT_LIMIT_MAX = 1000000000
};

/* --- the request
 * --------------------------------------------------------------------------------------------------- */

static Status
read_text(QuerySession *session, const cJSON *object, const char *key, const char **text, Error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    if (item == NULL || cJSON_IsNull(item))
        return STATUS_OK;
    if (!cJSON_IsString(item))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"%s\" must be a string", key);
    *text = arena_copy_string(session->arena, item->valuestring);
    return STATUS_OK;
}

/* A wish that nobody grants is no wish: members that are unknown are errors. */
static Status
check_members(const cJSON *object, const char *name, const char *const *known, size_t count, Error *error)
{
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found |= strcmp(item->string, known[i]) == 0;
        if (!found)
            return error_set(error, STATUS_INVALID_PARAMETER, "unknown member \"%s\" of \"%s\"", item->string,
                             name);
    }
    return STATUS_OK;
}

static Status
read_flag(const cJSON *object, const char *key, bool *given, bool *value, Error *error)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    *given = item != NULL && !cJSON_IsNull(item);
    if (*given && !cJSON_IsBool(item))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"%s\" must be true or false", key);
    *value = cJSON_IsTrue(item);
    return STATUS_OK;
}

static Status
read_character(QuerySession *session, const cJSON *object, const char *key, char *character, Error *error)
{
    const char *text = NULL;

    TRY(read_text(session, object, key, &text, error));
    if (text != NULL && (strlen(text) != 1 || *text == '\n' || *text == '\r'))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"%s\" must be a single one-byte character", key);
    if (text != NULL)
        *character = *text;
    return STATUS_OK;
}

static Status
read_options(QuerySession *session, const cJSON *options, LoadRequest *request, Error *error)
{
    if (options == NULL || cJSON_IsNull(options))
        return STATUS_OK;
    if (!cJSON_IsObject(options))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"options\" must be an object");
    static const char *const known[] = {"header", "delimiter", "quote", "null", "order_by", "reject_limit"};
    bool header;

    TRY(check_members(options, "options", known, sizeof known / sizeof *known, error));
    TRY(read_flag(options, "header", &request->header_given, &header, error));
    if (request->header_given)
        request->options.header = header;
    const cJSON *rejects = cJSON_GetObjectItemCaseSensitive(options, "reject_limit");
    if (rejects != NULL && !cJSON_IsNull(rejects)) {
        if (!cJSON_IsNumber(rejects) ||
            !(rejects->valuedouble >= 0 && rejects->valuedouble <= REJECT_LIMIT_MAX))
            return error_set(error, STATUS_INVALID_PARAMETER,
                             "\"reject_limit\" must be a number from 0 to %d", REJECT_LIMIT_MAX);
        request->options.reject_limit = (uint64_t)rejects->valuedouble;
    }
    TRY(read_character(session, options, "delimiter", &request->options.delimiter, error));
    TRY(read_character(session, options, "quote", &request->options.quote, error));
    TRY(read_text(session, options, "null", &request->options.null_text, error));
    return read_text(session, options, "order_by", &request->order_by, error);
}

static Status
read_bounds(QuerySession *session, const cJSON *bounds, LoadRequest *request, Error *error)
{
    const cJSON *item;

    if (bounds == NULL || cJSON_IsNull(bounds))
        return STATUS_OK;
    if (!cJSON_IsArray(bounds))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"bounds\" must be an array of texts");
    request->bounds = ARENA_ARRAY(session->arena, const char *, cJSON_GetArraySize(bounds) + 1);
    cJSON_ArrayForEach(item, bounds)
    {
        if (!cJSON_IsString(item))
            return error_set(error, STATUS_INVALID_PARAMETER, "\"bounds\" must be an array of texts");
        request->bounds[request->bound_count++] = arena_copy_string(session->arena, item->valuestring);
    }
    return STATUS_OK;
}

static Status
read_partition(QuerySession *session, const cJSON *partition, LoadRequest *request, Error *error)
{
    static const char *const known[] = {"by", "column", "partitions", "bounds"};
    const char *by = NULL;

    if (partition == NULL || cJSON_IsNull(partition))
        return STATUS_OK;
    if (!cJSON_IsObject(partition))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"partition\" must be an object");
    TRY(check_members(partition, "partition", known, sizeof known / sizeof *known, error));
    TRY(read_text(session, partition, "by", &by, error));
    TRY(read_text(session, partition, "column", &request->partition_column, error));
    const cJSON *count = cJSON_GetObjectItemCaseSensitive(partition, "partitions");
    const bool possible = cJSON_IsNumber(count) && count->valuedouble >= 1 && count->valuedouble <= 65536;
    request->partitions = possible ? (uint32_t)count->valuedouble : 0;
    TRY(read_bounds(session, cJSON_GetObjectItemCaseSensitive(partition, "bounds"), request, error));
    request->partition = by == NULL                 ? PARTITION_NONE
                         : strcmp(by, "hash") == 0  ? PARTITION_HASH
                         : strcmp(by, "range") == 0 ? PARTITION_RANGE
                                                    : PARTITION_NONE;
    if (request->partition == PARTITION_NONE || request->partition_column == NULL)
        return error_set(error, STATUS_INVALID_PARAMETER,
                         "\"partition\" needs \"by\" (hash or range) and \"column\"");
    if (request->bounds != NULL && request->partition == PARTITION_RANGE)
        request->partitions = request->bound_count + 1;
    if (request->partitions == 0 || request->partitions > 65536)
        return error_set(error, STATUS_INVALID_PARAMETER, "\"partitions\" must be a number from 1 to 65536");
    return STATUS_OK;
}

/* What the front made of an Idempotency-Key. */
static Status
read_key(QuerySession *session, const cJSON *idempotency, Error *error)
{
    const char *key = NULL;

    if (idempotency == NULL)
        return STATUS_OK;
    TRY(read_text(session, idempotency, "key", &key, error));
    TRY(read_text(session, idempotency, "request", &session->request, error));
    if (key == NULL || session->request == NULL)
        return error_set(error, STATUS_INVALID_PARAMETER, "\"idempotency\" is not complete");
    session->key = arena_format(session->arena, "key-%s", key);
    return STATUS_OK;
}

Status
load_read_request(QuerySession *session, const cJSON *document, LoadRequest *request, Error *error)
{
    const char *format = NULL;
    bool given;

    memset(request, 0, sizeof *request);
    TRY(read_text(session, document, "table", &request->table, error));
    TRY(read_text(session, document, "source", &request->source, error));
    TRY(read_text(session, document, "format", &format, error));
    if (request->table == NULL || *request->table == '\0')
        return error_set(error, STATUS_INVALID_PARAMETER, "\"table\" is missing");
    if (request->source == NULL || *request->source == '\0')
        return error_set(error, STATUS_INVALID_PARAMETER, "\"source\" is missing");
    request->options.format = format;
    TRY(read_flag(document, "create", &given, &request->create, error));
    TRY(read_options(session, cJSON_GetObjectItemCaseSensitive(document, "options"), request, error));
    TRY(read_key(session, cJSON_GetObjectItemCaseSensitive(document, "idempotency"), error));
    return read_partition(session, cJSON_GetObjectItemCaseSensitive(document, "partition"), request, error);
}

/* --- files
 * -----------------------------------------------------------------------------------------------------------
 */

typedef struct FileList {
    glob_t found;
    const char *root;   /* what names are relative to; "" for absolute ones */
    const char **paths; /* of `found`, those that are not empty */
    size_t count;
} FileList;

Status
load_check_place(const QuerySession *session, const char *source, Error *error)
{
    const char *at = source;

    if (session->local_files)
        return STATUS_OK;
    bool outside = source[0] == '/';
    while (!outside && at != NULL) {
        outside = strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0');
        at = strchr(at, '/');
        at = at != NULL ? at + 1 : NULL;
    }
    if (!outside)
        return STATUS_OK;
    error_set(error, STATUS_FILE_ACCESS, "\"%s\" is not below the store's root", source);
    return error_hint(error, "name a path relative to the store's root, or send the data as the body");
}

/* Rows that are made up, not read (ingest/generate.h): the source names a table, and there is no file. */
static bool
is_generated(const LoadRequest *request)
{
    return request->options.format != NULL && strcmp(request->options.format, "generated") == 0;
}

static Status
find_files(Arena *arena, Store *store, const char *source, FileList *files, Error *error)
{
    const bool absolute = source[0] == '/';
    const char *pattern = absolute ? source : arena_format(arena, "%s/%s", store_root(store), source);
    const int result = glob(pattern, GLOB_ERR, NULL, &files->found);

    files->root = absolute ? "" : arena_format(arena, "%s/", store_root(store));
    if (result == GLOB_NOMATCH)
        return error_set(error, STATUS_UNDEFINED_FILE, "no file matches \"%s\"", source);
    if (result != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot search for \"%s\"", source);
    if (files->found.gl_pathc > FILES_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "\"%s\" matches more than %d files", source,
                         FILES_MAX);
    return STATUS_OK;
}

static bool
has_suffix(const char *text, const char *suffix)
{
    const size_t size = strlen(text);
    const size_t end = strlen(suffix);

    return size >= end && strcasecmp(text + size - end, suffix) == 0;
}

/* Settle the format from what was asked for, else from the file's name. */
static Status
choose_format(LoadRequest *request, const char *path, Error *error)
{
    const char *format = request->options.format;

    if (format == NULL &&
        (has_suffix(path, ".parquet") || has_suffix(path, ".ndjson") || has_suffix(path, ".jsonl")))
        format = strrchr(path, '.') + 1;
    if (format != NULL && strcasecmp(format, "csv") != 0 && strcasecmp(format, "tsv") != 0) {
        error_set(error, STATUS_NOT_SUPPORTED, "format \"%s\" is not supported", format);
        return error_hint(error, "supported formats: csv and tsv (plain, .gz, .zst)");
    }
    if (request->options.delimiter == 0 &&
        ((format != NULL && strcasecmp(format, "tsv") == 0) || has_suffix(path, ".tsv")))
        request->options.delimiter = '\t';
    request->options.format = "csv";
    return STATUS_OK;
}

static Status
split_files(QuerySession *session, const FileList *files, const LoadRequest *request, FileRange **ranges,
            uint32_t *count, Error *error)
{
    const FileOptions *options = &request->options;
    const uint32_t slots = session->shape.worker_slots > 0 ? session->shape.worker_slots : 1;
    const uint32_t pieces = slots * RANGES_A_SLOT;

    *count = 0;
    *ranges = ARENA_ARRAY(session->arena, FileRange, (uint64_t)pieces * files->count);
    if (is_generated(request)) {
        GenerateOptions generated;
        TRY(generate_parse_source(request->source, &generated, error));
        generate_split(&generated, arena_copy_string(session->arena, request->source), pieces, *ranges,
                       count);
        return STATUS_OK;
    }
    for (size_t i = 0; i < files->count; i++) {
        const char *path = files->paths[i];
        const char *name = arena_copy_string(session->arena, path + strlen(files->root));
        uint32_t cut;
        TRY(csv_split(path, name, options, pieces, RANGE_BYTES, slots < 8 ? slots : 8, *ranges + *count, &cut,
                      error));
        *count += cut;
    }
    return STATUS_OK;
}

/* --- the target
 * ------------------------------------------------------------------------------------------------------ */

static Status
find_ordinal(const ColumnInfo *columns, uint32_t count, const char *name, uint32_t *ordinal, Error *error)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(columns[i].name, name) == 0) {
            *ordinal = i;
            return STATUS_OK;
        }
    return error_set(error, STATUS_UNDEFINED_COLUMN, "column \"%s\" does not exist", name);
}

static Status
define_table(QuerySession *session, const LoadRequest *request, const CsvShape *shape, TableDefinition **made,
             Error *error)
{
    TableDefinition *definition = ARENA_NEW(session->arena, TableDefinition);

    if (shape->field_count == 0)
        return error_set(error, STATUS_BAD_COPY_FORMAT, "\"%s\" is empty: there are no columns to create",
                         request->source);
    definition->name = request->table;
    definition->column_count = shape->field_count;
    definition->columns = ARENA_ARRAY(session->arena, ColumnInfo, shape->field_count);
    for (uint32_t i = 0; i < shape->field_count; i++)
        definition->columns[i] = (ColumnInfo){.name = shape->names[i], .type = shape->types[i]};
    if (request->partition != PARTITION_NONE) {
        definition->partition.kind = request->partition;
        definition->partition.count = request->partitions;
        TRY(find_ordinal(definition->columns, definition->column_count, request->partition_column,
                         &definition->partition.column, error));
    }
    *made = definition;
    return STATUS_OK;
}

/* --- bounds of a first load into range partitions
 * ------------------------------------------------------------------ */

static Status
read_sample_range(const CsvSource *source, Budget *budget, RowBuilder *rows, Error *error)
{
    RowReader *reader;
    Batch batch;
    Status status;

    TRY(row_reader_open(source, budget, &reader, error));
    const uint64_t until = row_builder_rows(rows) + 4096;
    do {
        status = row_reader_next(reader, &batch, error);
        if (status == STATUS_OK && batch.count > 0)
            status = row_builder_append(rows, &batch, NULL, 0, error);
    } while (status == STATUS_OK && batch.rows > 0 && row_builder_rows(rows) < until);
    row_reader_close(&reader);
    return status;
}

/* Read the partition column's values at the start of some of the ranges. */
static Status
read_sample(QuerySession *session, const FileList *files, const LoadRequest *request, const FileRange *ranges,
            uint32_t range_count, const CsvColumn *column, uint32_t field_count, RowBuilder *rows,
            Error *error)
{
    const uint32_t step = range_count > SAMPLE_PLACES ? range_count / SAMPLE_PLACES : 1;

    for (uint32_t i = 0; i < range_count; i += step) {
        const CsvSource source = {.path = arena_format(session->arena, "%s%s", files->root, ranges[i].path),
                                  .range = &ranges[i],
                                  .options = &request->options,
                                  .field_count = field_count,
                                  .column_count = 1,
                                  .columns = column,
                                  .session = &session->session};
        TRY(read_sample_range(&source, NULL, rows, error));
    }
    return STATUS_OK;
}

/* Bounds that the request names: as many as partitions less one, ascending. */
static Status
parse_bounds(QuerySession *session, const LoadRequest *request, Type type, const void **bounds, Error *error)
{
    const size_t width = layout_width(type_layout(type));
    char *values = ARENA_ARRAY(session->arena, char, width *(request->bound_count + 1) + 16);

    for (uint32_t i = 0; i < request->bound_count; i++)
        TRY(text_parse_value(type, request->bounds[i], strlen(request->bounds[i]), &session->session,
                             session->arena, values + width * i, error));
    const Vector vector = vector_flat(type, values, NULL);
    for (uint32_t i = 1; i < request->bound_count; i++)
        if (vector_compare(&vector, i - 1, &vector, i) >= 0)
            return error_set(error, STATUS_INVALID_PARAMETER, "\"bounds\" must ascend");
    *bounds = values;
    return STATUS_OK;
}

static Status
choose_bounds(QuerySession *session, const FileList *files, const LoadRequest *request,
              const FileRange *ranges, uint32_t range_count, const CsvColumn *column, uint32_t field_count,
              uint32_t partitions, const void **bounds, Error *error)
{
    RowBuilder *rows = row_builder_new(NULL, 1, &column->type);
    Status status =
        read_sample(session, files, request, ranges, range_count, column, field_count, rows, error);

    if (status == STATUS_OK)
        status = range_bounds_pick(session, rows, partitions, bounds, error);
    row_builder_destroy(&rows);
    return status;
}

/* --- the plan
 * ----------------------------------------------------------------------------------------------------------
 */

/* Which field of the file each column of the table comes from; -1: none, it has its default. */
static Status
match_fields(QuerySession *session, const LoadRequest *request, const CsvShape *shape,
             const ColumnInfo *columns, uint32_t count, int32_t *fields, Error *error)
{
    const char **names = ARENA_ARRAY(session->arena, const char *, count);

    for (uint32_t i = 0; i < count; i++) {
        names[i] = columns[i].name;
        fields[i] = -1;
    }
    if (shape->field_count == 0)
        return STATUS_OK;
    const bool by_header = request->columns_may_miss && shape->has_header;
    if (request->column_count > 0 && (request->column_count == shape->field_count || !by_header)) {
        if (request->column_count != shape->field_count)
            return error_set(error, STATUS_BAD_COPY_FORMAT, "%u columns are named, but the file has %u",
                             request->column_count, shape->field_count);
        for (uint32_t i = 0; i < request->column_count; i++)
            fields[request->columns[i]] = (int32_t)i;
        return STATUS_OK;
    }
    if (shape->has_header)
        return csv_match_header(shape, count, names, fields, error);
    if (shape->field_count != count)
        return error_set(error, STATUS_BAD_COPY_FORMAT, "\"%s\" has %u columns, table \"%s\" has %u",
                         request->source, shape->field_count, request->table, count);
    for (uint32_t i = 0; i < count; i++)
        fields[i] = (int32_t)i;
    return STATUS_OK;
}

typedef struct TypeLookup {
    QuerySession *session;
    Catalog *catalog;
} TypeLookup;

static Status
find_type(void *context, const char *schema, const char *name, FoundType *found, Error *error)
{
    const TypeLookup *lookup = context;

    return planning_find_type(lookup->session, lookup->catalog, schema, name, found, error);
}

/* READ_FILE of the columns that the file has, and a PROJECT that adds the others' defaults. */
static Status
read_node(QuerySession *session, Catalog *catalog, const LoadRequest *request, const CsvShape *shape,
          const ColumnInfo *columns, uint32_t count, const int32_t *fields, const FileRange *ranges,
          uint32_t range_count, PlanNode **made, Error *error)
{
    TypeLookup lookup = {session, catalog};
    const BindContext context = {
        .arena = session->arena, .session = &session->session, .find_type = find_type, .lookup = &lookup};
    Arena *arena = session->arena;
    PlanColumn *read = ARENA_ARRAY(arena, PlanColumn, count);
    PlanColumn *all = ARENA_ARRAY(arena, PlanColumn, count);
    uint32_t *read_fields = ARENA_ARRAY(arena, uint32_t, count);
    Expr **expressions = ARENA_ARRAY(arena, Expr *, count);
    uint32_t read_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        all[i] = (PlanColumn){.name = columns[i].name, .type = columns[i].type};
        if (fields[i] < 0) {
            TRY(sql_bind_default(&context, &columns[i], &expressions[i], error));
            continue;
        }
        expressions[i] = expr_column(arena, columns[i].type, read_count);
        read[read_count] = all[i];
        read_fields[read_count++] = (uint32_t)fields[i];
    }
    if (range_count == 0) { /* empty files: no rows */
        *made = plan_node_new(arena, PLAN_VALUES, count, all, 0, NULL);
        return STATUS_OK;
    }
    PlanNode *node = plan_node_new(arena, PLAN_READ_FILE, read_count, read, 0, NULL);
    node->read_file = (PlanReadFile){.options = request->options,
                                     .field_count = shape->field_count,
                                     .fields = read_fields,
                                     .range_count = range_count,
                                     .ranges = ranges,
                                     .load = session->load};
    node->read_file.options.header = shape->has_header;
    *made = node;
    if (read_count == count)
        return STATUS_OK;
    PlanNode *project = plan_node_new(arena, PLAN_PROJECT, count, all, 1, &node);
    project->project.expressions = expressions;
    *made = project;
    return STATUS_OK;
}

static Status
check_same_header(const CsvShape *shape, const char *first, const CsvShape *other, const char *path,
                  Error *error)
{
    if (other->field_count != shape->field_count)
        return error_set(error, STATUS_BAD_COPY_FORMAT, "\"%s\" has %u columns, \"%s\" has %u", path,
                         other->field_count, first, shape->field_count);
    for (uint32_t i = 0; shape->has_header && i < shape->field_count; i++)
        if (strcasecmp(shape->header[i], other->header[i]) != 0)
            return error_set(error, STATUS_BAD_COPY_FORMAT,
                             "column %u is \"%s\" in \"%s\", but \"%s\" in \"%s\"", i + 1, other->header[i],
                             path, shape->header[i], first);
    return STATUS_OK;
}

/* The shape that all files share; empty ones have none and are left out. */
static Status
read_shapes(QuerySession *session, LoadRequest *request, FileList *files, uint32_t known,
            const char *const *names, CsvShape *shape, Error *error)
{
    memset(shape, 0, sizeof *shape);
    if (is_generated(request)) {
        GenerateOptions generated;
        TRY(generate_parse_source(request->source, &generated, error));
        generate_shape(generated.table, session->arena, shape);
        files->root = "";
        files->count = 1;
        return STATUS_OK;
    }
    files->paths = ARENA_ARRAY(session->arena, const char *, files->found.gl_pathc);
    TRY(choose_format(request, files->found.gl_pathv[0], error));
    for (size_t i = 0; i < files->found.gl_pathc; i++) {
        CsvShape own;
        const char *path = files->found.gl_pathv[i];
        TRY(csv_infer(path, &request->options, known, names, session->arena, &own, error));
        if (own.field_count == 0)
            continue;
        if (files->count == 0)
            *shape = own;
        else
            TRY(check_same_header(shape, files->paths[0], &own, path, error));
        request->options.header = shape->has_header;
        files->paths[files->count++] = path;
    }
    return STATUS_OK;
}

static Status
plan_files(QuerySession *session, Catalog *catalog, FileList *files, LoadRequest *request,
           const TableInfo *table, Error *error)
{
    const uint32_t known = table != NULL ? table->column_count : 0;
    const char **names = ARENA_ARRAY(session->arena, const char *, known);
    CsvShape shape;

    for (uint32_t i = 0; i < known; i++)
        names[i] = table->columns[i].name;
    if (!request->header_given)
        request->options.header = -1;
    TRY(read_shapes(session, request, files, known, names, &shape, error));

    TableDefinition *definition = NULL;
    if (table == NULL)
        TRY(define_table(session, request, &shape, &definition, error));
    const ColumnInfo *columns = table != NULL ? table->columns : definition->columns;
    const uint32_t count = table != NULL ? table->column_count : definition->column_count;
    PartitionSpec spec = table != NULL ? table->partition : definition->partition;
    int32_t *fields = ARENA_ARRAY(session->arena, int32_t, count);
    FileRange *ranges;
    uint32_t range_count;
    TRY(match_fields(session, request, &shape, columns, count, fields, error));
    TRY(split_files(session, files, request, &ranges, &range_count, error));

    if (spec.kind == PARTITION_RANGE && spec.bounds == NULL) {
        if (fields[spec.column] < 0)
            return error_set(error, STATUS_INVALID_PARAMETER, "the file has no column \"%s\" to partition by",
                             columns[spec.column].name);
        const CsvColumn column = {columns[spec.column].name, columns[spec.column].type,
                                  (uint32_t)fields[spec.column]};
        if (request->bounds != NULL)
            TRY(parse_bounds(session, request, column.type, &spec.bounds, error));
        else
            TRY(choose_bounds(session, files, request, ranges, range_count, &column, shape.field_count,
                              spec.count, &spec.bounds, error));
        session->range_bounds = spec.bounds;
    }
    TRY(catalog_begin_load(catalog, &session->load, error)); /* its number goes into the plan */
    session->reject_limit = request->options.reject_limit;
    PlanNode *rows;
    TRY(read_node(session, catalog, request, &shape, columns, count, fields, ranges, range_count, &rows,
                  error));
    return write_plan_into(session, catalog, rows, (WriteTarget){.table = table, .create = definition}, &spec,
                           error);
}

Status
load_plan(QuerySession *session, Catalog *catalog, Store *store, const LoadRequest *wanted, Error *error)
{
    LoadRequest request = *wanted;
    const TableInfo *table = NULL;
    FileList files = {0};
    Error missing = {0};

    if (session->sql == NULL) {
        const char *text = arena_format(session->arena, "LOAD %s FROM '%s'", request.table, request.source);
        session->sql = memory_copy(text, strlen(text) + 1, 1);
    }
    Status status = catalog_find_table(catalog, NULL, request.table, &table, &missing);
    if (status == STATUS_OK) {
        session->pinned = memory_resize(session->pinned, session->pinned_count + 1, sizeof *session->pinned);
        session->pinned[session->pinned_count++] = table;
    } else if (!request.create || status != STATUS_UNDEFINED_TABLE) {
        error_copy(error, &missing);
        return error_hint(
            error, "create the table first, or let the load create it (--create, or \"create\": true)");
    }
    status = STATUS_OK;
    if (!is_generated(&request)) {
        TRY(load_check_place(session, request.source, error));
        status = find_files(session->arena, store, request.source, &files, error);
    }
    if (status == STATUS_OK)
        status = plan_files(session, catalog, &files, &request, table, error);
    globfree(&files.found);
    return status;
}
