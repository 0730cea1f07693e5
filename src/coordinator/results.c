#include "coordinator/results.h"

#include "base/memory.h"
#include "coordinator/planning.h"
#include "coordinator/state.h"
#include "coordinator/write.h"
#include "store/history.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 63 };

/* ---- writing ---- */

static bool
is_taken(const ColumnInfo *columns, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(columns[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Names of a table's columns differ, those of a result's need not: a repeated one gets _1, _2. */
static const char *
column_name(Arena *arena, const ColumnInfo *columns, uint32_t count, const char *wanted)
{
    const char *name = wanted[0] != '\0' ? wanted : "column";

    for (uint32_t n = 1; is_taken(columns, count, name); n++)
        name = arena_format(arena, "%.*s_%u", NAME_MAX_BYTES - 11, wanted, n);
    return name;
}

static const TableDefinition *
definition_of(QuerySession *session, const PlanNode *rows)
{
    TableDefinition *definition = ARENA_NEW(session->arena, TableDefinition);
    ColumnInfo *columns = ARENA_ARRAY(session->arena, ColumnInfo, rows->column_count);
    char id[ID_TEXT_SIZE];

    query_id_format(session->id, id);
    for (uint32_t i = 0; i < rows->column_count; i++)
        columns[i] = (ColumnInfo){.name = column_name(session->arena, columns, i, rows->columns[i].name),
                                  .type = rows->columns[i].type};
    *definition = (TableDefinition){.schema = HISTORY_RESULTS_SCHEMA,
                                    .name = arena_copy_string(session->arena, id),
                                    .column_count = rows->column_count,
                                    .columns = columns};
    return definition;
}

Status
results_plan_write(QuerySession *session, Catalog *catalog, PlanNode *rows, Error *error)
{
    if (rows->column_count == 0)
        return error_set(error, STATUS_NOT_SUPPORTED, "rows without columns cannot be kept");
    session->keeps_rows = true;
    session->kept_column_count = rows->column_count;
    session->kept_columns = rows->columns;
    return write_plan(session, catalog, rows, (WriteTarget){.create = definition_of(session, rows)}, error);
}

/* ---- reading ---- */

QuerySession *
results_original(Coordinator *coordinator, const QuerySession *reader)
{
    return reader->operation == FRONT_RESULT ? map_get(&coordinator->sessions, &reader->result_of) : NULL;
}

static uint64_t
read_count(const cJSON *document, const char *name, uint64_t fallback)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(document, name);

    return cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < 9e18
               ? (uint64_t)item->valuedouble
               : fallback;
}

/* The names that the rows had. */
static void
take_columns(QuerySession *reader, const QuerySession *original)
{
    cJSON *summary = cJSON_Parse(original->summary != NULL ? original->summary : "{}");
    const cJSON *columns = cJSON_GetObjectItemCaseSensitive(summary, "columns");
    const uint32_t count = (uint32_t)cJSON_GetArraySize(columns);
    PlanColumn *list = ARENA_ARRAY(reader->arena, PlanColumn, count);
    uint32_t at = 0;

    for (const cJSON *item = columns != NULL ? columns->child : NULL; item != NULL; item = item->next) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
        list[at++].name = arena_copy_string(reader->arena, name != NULL ? name : "");
    }
    cJSON_Delete(summary);
    reader->kept_columns = list;
    reader->kept_column_count = count;
}

static Status
check_original(const QuerySession *original, Error *error)
{
    if (original == NULL)
        return error_set(error, STATUS_NO_SUCH_QUERY, "no such query");
    if (original->state != SESSION_ENDED) {
        error_set(error, STATUS_RESULT_PENDING, "the query has not ended");
        return error_hint(error, "GET /query/{id} tells its state");
    }
    if (original->error.code != STATUS_OK)
        return error_copy(error, &original->error);
    if (original->detached)
        return STATUS_OK;
    error_set(error, STATUS_RESULT_GONE, "the result was not kept");
    return error_hint(error, "ask with \"async\": true");
}

Status
results_check(Coordinator *coordinator, QuerySession *reader, Error *error)
{
    cJSON *document = cJSON_Parse(reader->document);
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "result"));
    const QuerySession *original = NULL;

    if (id != NULL && query_id_parse(id, &reader->result_of))
        original = map_get(&coordinator->sessions, &reader->result_of);
    const Status status = check_original(original, error);
    if (status == STATUS_OK) {
        reader->keeps_rows = original->keeps_rows;
        reader->result_offset = read_count(document, "offset", 0);
        reader->result_limit = read_count(document, "limit", UINT64_MAX);
        take_columns(reader, original);
    }
    cJSON_Delete(document);
    return status;
}

/* The tablets from the one on that holds row *offset, which becomes relative to its first. */
static const TableInfo *
from_offset(Arena *arena, const TableInfo *table, uint64_t *offset)
{
    TableInfo *rest = ARENA_NEW(arena, TableInfo);

    *rest = *table;
    while (rest->tablet_count > 0 && *offset >= rest->tablets->rows) {
        *offset -= rest->tablets->rows;
        rest->rows -= rest->tablets->rows;
        rest->tablets++;
        rest->tablet_count--;
    }
    return rest;
}

static PlanNode *
scan_in_order(const QuerySession *reader, const TableInfo *table)
{
    Arena *arena = reader->arena;
    const uint32_t count = table->column_count;
    PlanColumn *columns = ARENA_ARRAY(arena, PlanColumn, count);
    uint32_t *ids = ARENA_ARRAY(arena, uint32_t, count);
    uint32_t *output = ARENA_ARRAY(arena, uint32_t, count);
    const bool named = reader->kept_column_count == count;

    for (uint32_t i = 0; i < count; i++) {
        columns[i] = (PlanColumn){named ? reader->kept_columns[i].name : table->columns[i].name,
                                  table->columns[i].type};
        ids[i] = table->columns[i].id;
        output[i] = i;
    }
    PlanNode *node = plan_node_new(arena, PLAN_SCAN, count, columns, 0, NULL);
    node->scan = (PlanScan){.table = table,
                            .table_name = table->name,
                            .in_order = true,
                            .read_count = count,
                            .read_columns = columns,
                            .read_ids = ids,
                            .output_count = count,
                            .output = output};
    return node;
}

static PlanNode *
limited(Arena *arena, PlanNode *rows, uint64_t offset, uint64_t limit)
{
    if (offset == 0 && limit > INT64_MAX)
        return rows;
    PlanNode *node = plan_node_new(arena, PLAN_LIMIT, rows->column_count, rows->columns, 1, &rows);
    node->limit.offset = (int64_t)(offset > INT64_MAX ? INT64_MAX : offset);
    node->limit.limit = limit > INT64_MAX ? PLAN_NO_LIMIT : (int64_t)limit;
    return node;
}

Status
results_plan_read(QuerySession *reader, Catalog *catalog, Error *error)
{
    const TableInfo *table;
    char id[ID_TEXT_SIZE];
    uint64_t offset = reader->result_offset;

    reader->command = "SELECT";
    if (!reader->keeps_rows) {
        reader->kind = SESSION_DONE;
        return STATUS_OK;
    }
    query_id_format(reader->result_of, id);
    if (catalog_find_table(catalog, HISTORY_RESULTS_SCHEMA, id, &table, NULL) != STATUS_OK)
        return error_set(error, STATUS_RESULT_GONE, "the result has expired");
    planning_pin(reader, table);
    PlanNode *scan = scan_in_order(reader, from_offset(reader->arena, table, &offset));
    return planning_stage(reader, limited(reader->arena, scan, offset, reader->result_limit), error);
}
