#include "coordinator/write.h"

#include "base/clock.h"
#include "base/memory.h"
#include "column/codec.h"
#include "coordinator/compaction.h"
#include "coordinator/export.h"
#include "coordinator/former.h"
#include "coordinator/planning.h"
#include "coordinator/rejects.h"
#include "coordinator/returned.h"
#include "tablet/deletions.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The columns that a WRITE node gives, a row a tablet (plan/plan.h). */
enum { WRITTEN_PATH, WRITTEN_ROWS, WRITTEN_BYTES, WRITTEN_PARTITION, WRITTEN_STATISTICS, WRITTEN_COLUMNS };

static PlanColumn written_columns[WRITTEN_COLUMNS] = {
    {"path", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"rows", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
    {"bytes", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
    {"partition", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"statistics", {.id = TYPE_BYTEA, .length = TYPE_NO_LENGTH}},
};

/* A folder name that any file system takes. */
static const char *
write_prefix(Arena *arena, const char *folder, const char *table, uint64_t load)
{
    char *prefix = arena_format(arena, "%s/%.40s-%llu", folder, table, (unsigned long long)load);

    for (char *c = prefix + strlen(folder) + 1; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            *c = '_';
    return prefix;
}

/* By partition_rows(). */
static bool
rows_are_partitioned(const PlanNode *rows)
{
    return rows->kind == PLAN_EXCHANGE;
}

static const PartitionSpec *
target_partition(WriteTarget target)
{
    return target.create != NULL ? &target.create->partition : &target.table->partition;
}

/* The cut between reading and writing where the table has a partition key. */
static PlanNode *
partition_rows(Arena *arena, PlanNode *rows, const PartitionSpec *spec)
{
    PlanNode *exchange = plan_node_new(arena, PLAN_EXCHANGE, rows->column_count, rows->columns, 1, &rows);

    exchange->exchange.form = spec->kind == PARTITION_HASH ? EXCHANGE_FORM_HASH : EXCHANGE_FORM_RANGE;
    exchange->exchange.key_count = 1;
    exchange->exchange.keys = ARENA_ARRAY(arena, uint32_t, 1);
    exchange->exchange.keys[0] = spec->column;
    exchange->exchange.hash_column = -1;
    exchange->exchange.partition_count = spec->count;
    exchange->exchange.bounds = spec->bounds;
    return exchange;
}

/* `count` columns of the rows are data. */
static void
fill_write(QuerySession *session, PlanNode *node, WriteTarget target, uint32_t count)
{
    const ColumnInfo *columns = target.create != NULL ? target.create->columns : target.table->columns;
    const char *name = target.create != NULL ? target.create->name : target.table->name;
    const uint32_t width = node->children[0]->column_count;
    PlanWrite *write = &node->write;
    uint32_t *ids = ARENA_ARRAY(session->arena, uint32_t, width);
    bool *not_null = ARENA_ARRAY(session->arena, bool, width);

    for (uint32_t i = 0; i < count; i++) {
        /* A table that the commit will create numbers its columns from 1 in order (catalog.h). */
        ids[i] = target.create != NULL ? i + 1 : columns[i].id;
        not_null[i] = columns[i].not_null;
    }
    write->load = session->load;
    write->prefix =
        write_prefix(session->arena, session->keeps_rows ? "results" : "tables", name, session->load);
    write->bytes_max = session->keeps_rows ? session->result_bytes_max : 0;
    write->table_name = name;
    write->column_ids = ids;
    write->not_null = not_null;
    write->partitioned = rows_are_partitioned(node->children[0]);
    write->deletes = session->deletes;
    if (count == 0)
        return;
    write->order_count = target.create != NULL ? target.create->order_count : target.table->order_count;
    write->order_columns = target.create != NULL ? target.create->order_columns : target.table->order_columns;
}

static Status
stage_write(QuerySession *session, PlanNode *rows, WriteTarget target, uint32_t count, Error *error)
{
    PlanNode *node = plan_node_new(session->arena, PLAN_WRITE, WRITTEN_COLUMNS, written_columns, 1, &rows);

    count -= target.returned;
    fill_write(session, node, target, count);
    node->write.returned = target.returned;
    if (target.returned > 0)
        session->returned = returned_new(session, rows->columns + count, target.returned);
    session->kind = SESSION_WRITE;
    session->create = target.create;
    session->table_id = target.table != NULL ? target.table->id : 0;
    session->table_shape = target.table != NULL ? target.table->shape : 0;
    session->bound = node;
    return planning_stage(session, node, error);
}

Status
write_plan(QuerySession *session, Catalog *catalog, PlanNode *rows, WriteTarget target, Error *error)
{
    return write_plan_into(session, catalog, rows, target, target_partition(target), error);
}

Status
write_plan_into(QuerySession *session, Catalog *catalog, PlanNode *rows, WriteTarget target,
                const PartitionSpec *spec, Error *error)
{
    if (session->load == 0 && !session->only_explains) /* a load of files has begun already */
        TRY(catalog_begin_load(catalog, &session->load, error));
    if (spec->kind != PARTITION_NONE)
        rows = partition_rows(session->arena, rows, spec);
    return stage_write(session, rows, target, rows->column_count, error);
}

Status
write_plan_change(QuerySession *session, Catalog *catalog, PlanNode *rows, WriteTarget target, Error *error)
{
    const PartitionSpec *spec = &target.table->partition;
    const uint32_t count = rows->column_count - 1;
    /* A table whose bounds no load has set yet has no rows to change. */
    const bool has_bounds = spec->kind != PARTITION_RANGE || spec->bounds != NULL;

    if (!session->only_explains)
        TRY(catalog_begin_load(catalog, &session->load, error));
    session->deletes = true;
    if (count > target.returned && spec->kind != PARTITION_NONE && has_bounds)
        rows = partition_rows(session->arena, rows, spec);
    return stage_write(session, rows, target, count, error);
}

Status
write_plan_file(QuerySession *session, Catalog *catalog, PlanNode *rows, const FileOptions *options,
                Error *error)
{
    PlanNode *node = plan_node_new(session->arena, PLAN_WRITE, WRITTEN_COLUMNS, written_columns, 1, &rows);

    TRY(catalog_begin_load(catalog, &session->load, error));
    node->write = (PlanWrite){.load = session->load,
                              .prefix = write_prefix(session->arena, "exports", "copy", session->load),
                              .table_name = "copy",
                              .column_ids = ARENA_ARRAY(session->arena, uint32_t, rows->column_count),
                              .not_null = ARENA_ARRAY(session->arena, bool, rows->column_count),
                              .file = *options};
    session->kind = SESSION_WRITE;
    session->bound = node;
    return planning_stage(session, node, error);
}

/* --- commit
 * ------------------------------------------------------------------------------------------------------ */

typedef struct TabletList {
    QuerySession *session;
    NewTablet *tablets;
    uint32_t count;
    uint32_t capacity;
    uint32_t column_count;
    DeletionSet deletions;
    const char *file; /* of a COPY TO */
} TabletList;

static const char *
copy_text(Arena *arena, const Vector *column, uint32_t row)
{
    const StringView *view = &((const StringView *)vector_values(column))[vector_index(column, row)];

    return arena_copy_bytes(arena, string_view_data(view), view->size);
}

static int64_t
integer_at(const Vector *column, uint32_t row)
{
    return ((const int64_t *)vector_values(column))[vector_index(column, row)];
}

static Status
add_tablet(TabletList *list, const Vector *columns, uint32_t row, const StringView *bytes, Error *error)
{
    QuerySession *session = list->session;
    ColumnStatistics *statistics = ARENA_ARRAY(session->arena, ColumnStatistics, list->column_count);
    const char *blob = arena_copy_bytes(session->arena, string_view_data(bytes), bytes->size);

    TRY(statistics_decode(session->arena, blob, bytes->size, list->column_count, statistics, error));
    const Vector *partition = &columns[WRITTEN_PARTITION];
    MEMORY_GROW(list->tablets, list->count, list->capacity);
    list->tablets[list->count] = (NewTablet){
        .path = copy_text(session->arena, &columns[WRITTEN_PATH], row),
        .rows = (uint64_t)integer_at(&columns[WRITTEN_ROWS], row),
        .bytes = (uint64_t)integer_at(&columns[WRITTEN_BYTES], row),
        .partition = vector_is_null(partition, row)
                         ? -1
                         : ((const int32_t *)vector_values(partition))[vector_index(partition, row)],
        .columns = statistics};
    session->written_rows += list->tablets[list->count].rows;
    session->written_bytes += list->tablets[list->count].bytes;
    list->count++;
    return STATUS_OK;
}

/* A tablet, or (without a path) rows to delete of one. */
static Status
add_row(TabletList *list, const Vector *columns, uint32_t row, Error *error)
{
    const Vector *paths = &columns[WRITTEN_PATH];
    const Vector *bytes = &columns[WRITTEN_STATISTICS];
    const StringView *path = &((const StringView *)vector_values(paths))[vector_index(paths, row)];
    const StringView *view = &((const StringView *)vector_values(bytes))[vector_index(bytes, row)];

    if (list->session->export_path != NULL) {
        list->file = copy_text(list->session->arena, paths, row);
        list->session->written_rows = (uint64_t)integer_at(&columns[WRITTEN_ROWS], row);
        list->session->written_bytes = (uint64_t)integer_at(&columns[WRITTEN_BYTES], row);
        return STATUS_OK;
    }
    if (path->size == strlen(WRITE_RETURNED_PATH) &&
        memcmp(string_view_data(path), WRITE_RETURNED_PATH, path->size) == 0)
        return returned_add(list->session->returned, string_view_data(view), view->size, error);
    if (path->size > 0)
        return add_tablet(list, columns, row, view, error);
    return deletion_set_decode(&list->deletions, (uint64_t)integer_at(&columns[WRITTEN_ROWS], row),
                               string_view_data(view), view->size, DELETIONS_ROWS_MAX, error);
}

static Status
add_chunk(TabletList *list, const Chunk *chunk, Error *error)
{
    Vector columns[WRITTEN_COLUMNS];
    uint64_t rows;

    TRY(chunk_decode(chunk->bytes, chunk->size, WRITTEN_COLUMNS, NULL, list->session->arena, &rows, columns,
                     error));
    for (uint32_t row = 0; row < rows; row++)
        TRY(add_row(list, columns, row, error));
    return STATUS_OK;
}

/* By number where names have numbers: the tenth tablet of a task is behind the second. */
static int
compare_paths(const void *a, const void *b)
{
    return strverscmp(((const NewTablet *)a)->path, ((const NewTablet *)b)->path);
}

/* Another load with the same key was faster. */
static Status
answer_as_other(QuerySession *session, Catalog *catalog, Error *error)
{
    bool found;

    free(session->rejects);
    session->rejects = NULL;
    return former_find(session, catalog, &found, error);
}

static Status
commit_tablets(QuerySession *session, Catalog *catalog, const TabletList *list, Error *error)
{
    CommitResult result;
    char id[ID_TEXT_SIZE];

    if (session->key != NULL)
        session->told_us = clock_monotonic_us() - session->submitted_us;
    char *answer = former_describe(session, list->count);

    /* The order of a table's tablets does not depend on which task was faster. */
    if (list->count > 0)
        qsort(list->tablets, list->count, sizeof *list->tablets, compare_paths);
    CommitRequest request = {.load = session->load,
                             .epoch = catalog_epoch(catalog),
                             .query_id = former_name(session, id),
                             .answer = answer,
                             .create = session->create,
                             .table_id = session->table_id,
                             .shape = session->table_shape,
                             .replace = session->replace,
                             .range_bounds = session->range_bounds,
                             .tablet_count = list->count,
                             .tablets = list->tablets,
                             .deletions = session->deletes ? &list->deletions : NULL};
    if (session->compacts != 0)
        compaction_complete_request(session, &request, list->tablets);
    const Status status = catalog_commit(catalog, &request, &result, error);
    session->row_count = (int64_t)(result.repeated || session->deletes ? result.rows : session->written_rows);
    session->written_tablets = list->count;
    free(answer);
    if (status == STATUS_OK && result.repeated && session->key != NULL)
        return answer_as_other(session, catalog, error);
    return status;
}

Status
write_commit(QuerySession *session, Catalog *catalog, Store *store, Error *error)
{
    const PlanNode *write = session->bound;
    TabletList list = {.session = session,
                       .column_count = write->children[0]->column_count - write->write.returned -
                                       (session->deletes ? 1 : 0)};
    Status status = STATUS_OK;
    Chunk *chunk;

    while (status == STATUS_OK && front_query_next(session->receiver, false, &chunk) == FRONT_ROWS) {
        status = add_chunk(&list, chunk, error);
        chunk_release(chunk);
    }
    if (status == STATUS_OK)
        status = rejects_collect(session, store, error);
    if (status == STATUS_OK && session->export_path != NULL)
        status = list.file != NULL ? export_commit(session, catalog, store, list.file, error)
                                   : error_set(error, STATUS_INTERNAL, "no file was written");
    else if (status == STATUS_OK)
        status = commit_tablets(session, catalog, &list, error);
    deletion_set_destroy(&list.deletions);
    free(list.tablets);
    return status;
}
