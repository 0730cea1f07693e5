#include "coordinator/planning.h"

#include "base/memory.h"
#include "coordinator/explain.h"
#include "coordinator/export.h"
#include "coordinator/former.h"
#include "coordinator/load.h"
#include "coordinator/parameters.h"
#include "coordinator/range_bounds.h"
#include "coordinator/results.h"
#include "coordinator/returned.h"
#include "coordinator/system_tables.h"
#include "coordinator/write.h"
#include "expr/time_zone.h"
#include "runtime/graph.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Microseconds from 1970-01-01 to 2000-01-01. */
static const int64_t EPOCH_2000_US = INT64_C(946684800000000);

/* What the binder's callbacks need. */
typedef struct Lookup {
    QuerySession *session;
    Catalog *catalog;
    SystemTables system;
} Lookup;

void
planning_pin(QuerySession *session, const TableInfo *table)
{
    session->pinned = memory_resize(session->pinned, session->pinned_count + 1, sizeof *session->pinned);
    session->pinned[session->pinned_count++] = table;
}

static Status
find_relation(void *context, const char *schema, const char *name, Relation *relation, Error *error)
{
    Lookup *lookup = context;
    Arena *arena = lookup->session->arena;
    const TableInfo *table;
    CompositeInfo composite;
    ViewInfo view;
    bool found;

    TRY(system_relation(&lookup->system, schema, name, &relation->rows, &found, error));
    if (found)
        return STATUS_OK;
    if (catalog_find_view(lookup->catalog, schema, name, arena, &view, NULL) == STATUS_OK) {
        *relation = (Relation){.view_sql = view.sql, .view_id = view.id};
        return STATUS_OK;
    }
    if (catalog_find_type(lookup->catalog, schema, name, arena, &composite, NULL) == STATUS_OK)
        return error_set(error, STATUS_WRONG_OBJECT_TYPE, "\"%s\" is a composite type", name);
    TRY(catalog_find_table(lookup->catalog, schema, name, &table, error));
    planning_pin(lookup->session, table);
    *relation = (Relation){.table = table};
    return STATUS_OK;
}

static Type
row_type(Arena *arena, const TableInfo *table)
{
    const Type type = type_record(arena, table->name, table->column_count);

    for (uint32_t i = 0; i < table->column_count; i++) {
        type.nested->names[i] = table->columns[i].name;
        type.nested->types[i] = table->columns[i].type;
    }
    return type;
}

Status
planning_find_type(QuerySession *session, Catalog *catalog, const char *schema, const char *name,
                   FoundType *found, Error *error)
{
    CompositeInfo composite;
    const TableInfo *table;

    if (catalog_find_type(catalog, schema, name, session->arena, &composite, NULL) == STATUS_OK) {
        *found = (FoundType){composite.type, OBJECT_TYPE, composite.id};
        return STATUS_OK;
    }
    if (catalog_find_table(catalog, schema, name, &table, NULL) != STATUS_OK)
        return error_set(error, STATUS_UNDEFINED_OBJECT, "type \"%s\" does not exist", name);
    planning_pin(session, table);
    *found = (FoundType){row_type(session->arena, table), OBJECT_TABLE, table->id};
    return STATUS_OK;
}

static Status
find_type(void *context, const char *schema, const char *name, FoundType *found, Error *error)
{
    const Lookup *lookup = context;

    return planning_find_type(lookup->session, lookup->catalog, schema, name, found, error);
}

static size_t
relation_names(void *context, Arena *arena, const char *const **names)
{
    Lookup *lookup = context;
    const TableInfo **tables;
    size_t count;

    if (catalog_list_tables(lookup->catalog, &tables, &count, NULL) != STATUS_OK)
        return 0;
    const char **copies = ARENA_ARRAY(arena, const char *, count);
    for (size_t i = 0; i < count; i++) {
        copies[i] = arena_copy_string(arena, tables[i]->name);
        table_info_release(&tables[i]);
    }
    free(tables);
    *names = copies;
    return count;
}

/* --- the document
 * ------------------------------------------------------------------------------------------------ */

/* As PostgreSQL's statement_timeout; 0 for none. */
static const double TIMEOUT_MAX_MS = 2147483647;

static Status
read_timeout(QuerySession *session, const cJSON *document, Error *error)
{
    const cJSON *timeout = cJSON_GetObjectItemCaseSensitive(document, "timeout_ms");

    if (timeout == NULL || cJSON_IsNull(timeout))
        return STATUS_OK;
    if (!cJSON_IsNumber(timeout) || !(timeout->valuedouble >= 0 && timeout->valuedouble <= TIMEOUT_MAX_MS))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"timeout_ms\" must be a number from 0 to %.0f",
                         TIMEOUT_MAX_MS);
    session->timeout_us = (int64_t)(timeout->valuedouble * 1000);
    return STATUS_OK;
}

typedef struct Unit {
    const char *name;
    double factor;
} Unit;

/* A number, or text of a number and a unit ("64MB", "1.5 s"). */
static bool
read_amount(const cJSON *item, const Unit *units, size_t unit_count, double *amount)
{
    const char *text = cJSON_GetStringValue(item);
    char *end;

    *amount = item->valuedouble;
    if (text == NULL)
        return cJSON_IsNumber(item);
    text += strspn(text, " ");
    if (*text == '\0' || strspn(text, "0123456789.") == 0)
        return false;
    *amount = strtod(text, &end);
    end += strspn(end, " ");
    for (size_t i = 0; i < unit_count; i++) {
        const size_t size = strlen(units[i].name);
        if (strncmp(end, units[i].name, size) == 0 && end[size + strspn(end + size, " ")] == '\0') {
            *amount *= units[i].factor;
            return true;
        }
    }
    return false;
}

static Status
read_memory_limit(QuerySession *session, const cJSON *item, Error *error)
{
    static const Unit units[] = {{"", 1},           {"B", 1},           {"kB", 1024},         {"KB", 1024},
                                 {"MB", 1048576.0}, {"GB", 1073741824}, {"TB", 1099511627776}};
    double bytes;

    if (!read_amount(item, units, sizeof units / sizeof *units, &bytes) || !(bytes >= 1 && bytes < 1e18)) {
        error_set(error, STATUS_INVALID_PARAMETER, "invalid value for setting \"memory_limit\"");
        return error_hint(error, "a number of bytes, or text with a unit: B, kB, MB, GB or TB");
    }
    session->memory_limit = (uint64_t)bytes;
    return STATUS_OK;
}

static Status
read_statement_timeout(QuerySession *session, const cJSON *item, Error *error)
{
    static const Unit units[] = {{"", 1},       {"us", 0.001}, {"ms", 1},     {"s", 1000},
                                 {"min", 60e3}, {"h", 3600e3}, {"d", 86400e3}};
    double milliseconds;

    if (!read_amount(item, units, sizeof units / sizeof *units, &milliseconds) ||
        !(milliseconds >= 0 && milliseconds <= TIMEOUT_MAX_MS)) {
        error_set(error, STATUS_INVALID_PARAMETER, "invalid value for setting \"statement_timeout\"");
        return error_hint(error, "milliseconds from 0 to %.0f, or text with a unit: us, ms, s, min, h or d",
                          TIMEOUT_MAX_MS);
    }
    session->timeout_us = (int64_t)(milliseconds * 1000);
    return STATUS_OK;
}

/* A plain number is hours east of Greenwich: PostgreSQL makes a POSIX zone of it, which counts west. */
static const char *
name_of_hours(QuerySession *session, const char *name)
{
    char *end;
    const double hours = strtod(name, &end);
    char text[24];

    if (end == name || *end != '\0' || strspn(name, "+-.0123456789") != strlen(name) ||
        !(hours > -168 && hours < 168))
        return name;
    const int minutes = (int)(hours < 0 ? -hours * 60 + 0.5 : hours * 60 + 0.5);
    snprintf(text, sizeof text, minutes % 60 != 0 ? "%02d:%02d" : "%02d", minutes / 60, minutes % 60);
    return arena_format(session->arena, "<%c%s>%c%s", hours < 0 ? '-' : '+', text, hours < 0 ? '+' : '-',
                        text);
}

static Status
read_time_zone(QuerySession *session, const char *given, Error *error)
{
    const char *name = name_of_hours(session, given);

    if (strlen(name) >= sizeof session->session.time_zone || time_zone_find(name, strlen(name)) == NULL)
        return error_set(error, STATUS_TIME_ZONE, "time zone \"%s\" not recognized", given);
    snprintf(session->session.time_zone, sizeof session->session.time_zone, "%s", name);
    return STATUS_OK;
}

/* How joins are distributed: for tests and for whoever knows better than the estimates. */
static Status
read_join_distribution(QuerySession *session, const char *name, Error *error)
{
    static const char *const names[] = {"auto", "broadcast", "shuffle"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            session->shape.joins = (JoinDistribution)i;
            return STATUS_OK;
        }
    }
    error_set(error, STATUS_INVALID_PARAMETER, "invalid value for \"join_distribution\": \"%s\"", name);
    return error_hint(error, "values are auto, broadcast and shuffle");
}

static Status
read_text_setting(QuerySession *session, const cJSON *item,
                  Status (*read)(QuerySession *session, const char *text, Error *error), Error *error)
{
    if (!cJSON_IsString(item))
        return error_set(error, STATUS_INVALID_PARAMETER, "setting \"%s\" must be a string", item->string);
    return read(session, item->valuestring, error);
}

static Status
read_setting(QuerySession *session, const cJSON *item, Error *error)
{
    if (strcmp(item->string, "timezone") == 0)
        return read_text_setting(session, item, read_time_zone, error);
    if (strcmp(item->string, "memory_limit") == 0)
        return read_memory_limit(session, item, error);
    if (strcmp(item->string, "statement_timeout") == 0)
        return read_statement_timeout(session, item, error);
    if (strcmp(item->string, "join_distribution") == 0)
        return read_text_setting(session, item, read_join_distribution, error);
    error_set(error, STATUS_UNDEFINED_OBJECT, "unrecognized setting \"%s\"", item->string);
    return error_hint(error, "settings are timezone, memory_limit, statement_timeout and join_distribution");
}

static Status
read_settings(QuerySession *session, const cJSON *document, Error *error)
{
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(document, "settings");

    if (settings == NULL || cJSON_IsNull(settings))
        return STATUS_OK;
    if (!cJSON_IsObject(settings))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"settings\" must be an object");
    for (const cJSON *item = settings->child; item != NULL; item = item->next)
        TRY(read_setting(session, item, error));
    return STATUS_OK;
}

static void
start_session(QuerySession *session)
{
    session->session.now = session->started_wall_us - EPOCH_2000_US;
    session->session.seed = session->id.low;
    snprintf(session->session.time_zone, sizeof session->session.time_zone, "UTC");
}

/* --- plans
 * ---------------------------------------------------------------------------------------------------------
 */

Status
planning_stage(QuerySession *session, PlanNode *rows, Error *error)
{
    session->shape.memory_limit = session->memory_limit;
    TRY(plan_distribute(session->arena, rows, &session->session, &session->shape, &session->plan, error));
    session->plan->memory_limit = session->memory_limit;
    TRY(graph_from_plan(session->arena, session->plan, &session->graph, error));
    buffer_clear(&session->encoded);
    return plan_encode(session->plan, &session->encoded, error);
}

Status
planning_rows(QuerySession *session, Catalog *catalog, PlanNode *rows, Error *error)
{
    session->bound = rows;
    return session->detached ? results_plan_write(session, catalog, rows, error)
                             : planning_stage(session, rows, error);
}

/* One column of text, a row a line. */
static PlanNode *
text_rows(QuerySession *session, const char *column, const char *text, bool split)
{
    const PlanColumn plan_column = {.name = column, .type = type_of(TYPE_TEXT)};
    PlanNode *node = plan_node_new(session->arena, PLAN_VALUES, 1, &plan_column, 0, NULL);
    PlanColumn *columns = ARENA_NEW(session->arena, PlanColumn);
    uint32_t count = 0;

    *columns = plan_column;
    node->columns = columns;
    for (const char *at = text; *at != '\0'; at++)
        count += *at == '\n';
    node->values.rows = ARENA_ARRAY(session->arena, Expr **, count + 1);
    for (const char *at = text; *at != '\0';) {
        const size_t length = split ? strcspn(at, "\n") : strlen(at);
        Expr **row = ARENA_NEW(session->arena, Expr *);
        row[0] = expr_text(session->arena, arena_copy_bytes(session->arena, at, length));
        node->values.rows[node->values.row_count++] = row;
        at += length + (at[length] == '\n');
    }
    return node;
}

Status
planning_text(QuerySession *session, Catalog *catalog, const char *column, const char *text, bool split,
              Error *error)
{
    return planning_rows(session, catalog, text_rows(session, column, text, split), error);
}

static bool
changes_the_catalog(StatementKind kind)
{
    switch (kind) {
    case STATEMENT_INSERT:
    case STATEMENT_DELETE:
    case STATEMENT_UPDATE:
    case STATEMENT_CREATE_TABLE:
    case STATEMENT_CREATE_TABLE_AS:
    case STATEMENT_CREATE_VIEW:
    case STATEMENT_CREATE_TYPE:
    case STATEMENT_RENAME_TYPE:
    case STATEMENT_DROP:
    case STATEMENT_ALTER_TABLE:
    case STATEMENT_TRUNCATE:
    case STATEMENT_COPY_FROM: return true;
    default: return false;
    }
}

/* Of a statement that makes several changes, each in a transaction of its own. */
static const char *
step_id(const QuerySession *session, uint32_t step)
{
    char id[ID_TEXT_SIZE];

    query_id_format(session->id, id);
    return arena_format(session->arena, "%s-%u", id, step);
}

static Status
create_table(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    char id[ID_TEXT_SIZE];
    bool created;

    session->kind = SESSION_DONE;
    query_id_format(session->id, id);
    return catalog_create_table(catalog, id, statement->definition, statement->if_not_exists, &created,
                                error);
}

static Status
alter_table(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    char id[ID_TEXT_SIZE];

    session->kind = SESSION_DONE;
    query_id_format(session->id, id);
    return statement->alteration != NULL ? catalog_alter_table(catalog, id, statement->alteration, error)
                                         : STATUS_OK;
}

/* There is nothing to write. */
static Status
write_nothing(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    const PlanNode *rows = statement->plan;

    session->row_count = 0;
    if (statement->definition != NULL)
        return create_table(session, catalog, statement, error);
    if (statement->returning_count > 0) {
        session->returned =
            returned_new(session, rows->columns + rows->column_count - statement->returning_count,
                         statement->returning_count);
        return returned_plan(session, error);
    }
    session->kind = SESSION_DONE;
    return STATUS_OK;
}

/* INSERT, CREATE TABLE AS. */
static Status
insert_rows(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    const WriteTarget target = {
        .table = statement->target, .create = statement->definition, .returned = statement->returning_count};
    PartitionSpec spec = target.table != NULL ? target.table->partition : target.create->partition;
    PlanNode *rows = statement->plan;
    bool empty = false;

    if (session->only_explains && spec.bounds == NULL && spec.kind == PARTITION_RANGE)
        spec.kind = PARTITION_NONE; /* the rows would say how they are parted */
    if (spec.kind == PARTITION_RANGE && spec.bounds == NULL) {
        if (session->receiver == NULL)
            return range_bounds_sample(session, rows, spec.column, error);
        TRY(range_bounds_take(session, rows->columns[spec.column].type, spec.count, &empty, error));
        if (empty)
            return write_nothing(session, catalog, statement, error);
        spec.bounds = session->range_bounds;
    }
    front_query_close(&session->receiver); /* of a sample that another statement made useless */
    TRY(plan_optimize(session->arena, rows, &session->session, &rows, &session->rules, error));
    return write_plan_into(session, catalog, rows, target, &spec, error);
}

static Status
create_view(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    char id[ID_TEXT_SIZE];

    session->kind = SESSION_DONE;
    query_id_format(session->id, id);
    return catalog_create_view(catalog, id, statement->view, error);
}

static Status
create_type(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    char id[ID_TEXT_SIZE];

    session->kind = SESSION_DONE;
    query_id_format(session->id, id);
    return catalog_create_type(catalog, id, statement->composite, error);
}

static Status
rename_type(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    const QualifiedName *name = statement->names;
    char id[ID_TEXT_SIZE];

    session->kind = SESSION_DONE;
    query_id_format(session->id, id);
    return catalog_rename_type(catalog, id, name->schema, name->name, statement->new_name, error);
}

static void
add_notice(QuerySession *session, const char *notice)
{
    const char **notices = ARENA_ARRAY(session->arena, const char *, session->notice_count + 1);

    for (uint32_t i = 0; i < session->notice_count; i++)
        notices[i] = session->notices[i];
    notices[session->notice_count++] = notice;
    session->notices = notices;
}

/* What went with it, as texts. */
static Status
drop_object(QuerySession *session, Catalog *catalog, const DropRequest *request, uint32_t index,
            DependentObjects *gone, Error *error)
{
    const char *id = step_id(session, index);
    DependentViews views;

    *gone = (DependentObjects){0};
    if (request->kind == OBJECT_TYPE)
        return catalog_drop_type(catalog, id, request, session->arena, gone, error);
    TRY((request->kind == OBJECT_VIEW ? catalog_drop_view : catalog_drop_table_and_views)(
        catalog, id, request, session->arena, &views, error));
    const char **texts = ARENA_ARRAY(session->arena, const char *, views.count + 1);
    for (uint32_t i = 0; i < views.count; i++)
        texts[i] = arena_format(session->arena, "view %s", views.names[i]);
    *gone = (DependentObjects){views.count, texts};
    return STATUS_OK;
}

static Status
drop_relation(QuerySession *session, Catalog *catalog, const BoundStatement *statement, uint32_t index,
              Error *error)
{
    const QualifiedName *name = &statement->names[index];
    const DropRequest request = {name->schema, name->name, statement->object, statement->cascade};
    DependentObjects gone;
    Error failure = {0};
    const Status status = drop_object(session, catalog, &request, index, &gone, &failure);

    if ((status == STATUS_UNDEFINED_TABLE || status == STATUS_UNDEFINED_OBJECT) && statement->if_exists) {
        add_notice(session, arena_format(session->arena, "%s, skipping", failure.message));
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        if (failure.sql_position == 0)
            failure.sql_position = name->position;
        return error_copy(error, &failure);
    }
    for (uint32_t i = 0; i < gone.count; i++)
        add_notice(session, arena_format(session->arena, "drop cascades to %s", gone.texts[i]));
    return STATUS_OK;
}

static Status
check_drop(QuerySession *session, Catalog *catalog, const BoundStatement *statement,
           const QualifiedName *name, Error *error)
{
    CompositeInfo composite;
    ViewInfo view;
    const TableInfo *table;

    if (statement->object == OBJECT_TYPE)
        return catalog_find_type(catalog, name->schema, name->name, session->arena, &composite, error);
    if (statement->object == OBJECT_VIEW)
        return catalog_find_view(catalog, name->schema, name->name, session->arena, &view, error);
    TRY(catalog_find_table(catalog, name->schema, name->name, &table, error));
    table_info_release(&table);
    return STATUS_OK;
}

/* DROP of several drops none of them where one is missing: unless it has begun, before the coordinator
 * restarted.
 */
static Status
check_drops(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    const char *answer;
    uint64_t rows;
    bool begun = false;

    if (statement->name_count < 2 || statement->if_exists)
        return STATUS_OK;
    TRY(catalog_find_commit(catalog, step_id(session, 0), session->arena, &begun, &rows, &answer, error));
    for (uint32_t i = 0; !begun && i < statement->name_count; i++) {
        Error failure = {0};
        const Status status = check_drop(session, catalog, statement, &statement->names[i], &failure);
        if (status == STATUS_UNDEFINED_OBJECT)
            return error_copy(error, &failure);
        if (status == STATUS_UNDEFINED_TABLE)
            return error_set(error, status, "%s \"%s\" does not exist",
                             statement->object == OBJECT_VIEW ? "view" : "table", statement->names[i].name);
    }
    return STATUS_OK;
}

static Status
drop_relations(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    session->kind = SESSION_DONE;
    TRY(check_drops(session, catalog, statement, error));
    for (uint32_t i = 0; i < statement->name_count; i++)
        TRY(drop_relation(session, catalog, statement, i, error));
    return STATUS_OK;
}

static Status
truncate_tables(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    session->kind = SESSION_DONE;
    for (uint32_t i = 0; i < statement->name_count; i++) {
        const TableInfo *table;
        TRY(catalog_find_table(catalog, statement->names[i].schema, statement->names[i].name, &table, error));
        planning_pin(session, table);
        uint64_t load;
        TRY(catalog_begin_load(catalog, &load, error));
        const CommitRequest request = {
            .load = load,
            .epoch = catalog_epoch(catalog),
            .query_id = step_id(session, i),
            .table_id = table->id,
            .replace = true,
        };
        CommitResult result;
        TRY(catalog_commit(catalog, &request, &result, error));
    }
    return STATUS_OK;
}

static Status
show_setting(QuerySession *session, Catalog *catalog, const BoundSetting *setting, Error *error)
{
    const char *value = sql_setting(&session->session, setting->name);

    if (value == NULL)
        return error_set(error, STATUS_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"",
                         setting->name);
    const char *title = strcmp(setting->name, "timezone") == 0 ? "TimeZone" : setting->name;
    return planning_text(session, catalog, title, value, true, error);
}

static Status
load_from_copy(QuerySession *session, Catalog *catalog, Store *store, const BoundStatement *statement,
               Error *error)
{
    const BoundCopy *copy = &statement->copy;
    const LoadRequest request = {.table = statement->target->name,
                                 .source = copy->path,
                                 .options = copy->options,
                                 .header_given = copy->header_given,
                                 .column_count = copy->column_count,
                                 .columns = copy->columns,
                                 .columns_may_miss = !copy->listed};

    return load_plan(session, catalog, store, &request, error);
}

Status
planning_write(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    const WriteTarget target = {.table = statement->target, .returned = statement->returning_count};
    PlanNode *rows;

    if (statement->exists) {
        session->kind = SESSION_DONE;
        return STATUS_OK;
    }
    if (statement->kind == STATEMENT_INSERT || statement->kind == STATEMENT_CREATE_TABLE_AS)
        return insert_rows(session, catalog, statement, error);
    TRY(plan_optimize(session->arena, statement->plan, &session->session, &rows, &session->rules, error));
    return write_plan_change(session, catalog, rows, target, error);
}

static Status
plan_statement(QuerySession *session, Catalog *catalog, Store *store, Error *error)
{
    BoundStatement *statement = session->statement;
    PlanNode *rows;

    session->command = statement->command;
    session->notice_count = statement->notice_count;
    session->notices = statement->notices;
    if (session->detached && statement->returning_count > 0) {
        error_set(error, STATUS_NOT_SUPPORTED, "RETURNING of an asynchronous statement is not supported");
        return error_hint(error, "ask without \"async\", or without RETURNING");
    }
    switch (statement->kind) {
    case STATEMENT_SELECT:
        TRY(plan_optimize(session->arena, statement->plan, &session->session, &rows, &session->rules, error));
        return planning_rows(session, catalog, rows, error);
    case STATEMENT_EXPLAIN: return explain_plan(session, catalog, &statement->explain, error);
    case STATEMENT_INSERT:
    case STATEMENT_CREATE_TABLE_AS:
    case STATEMENT_DELETE:
    case STATEMENT_UPDATE: return planning_write(session, catalog, statement, error);
    case STATEMENT_CREATE_TABLE: return create_table(session, catalog, statement, error);
    case STATEMENT_CREATE_VIEW: return create_view(session, catalog, statement, error);
    case STATEMENT_CREATE_TYPE: return create_type(session, catalog, statement, error);
    case STATEMENT_RENAME_TYPE: return rename_type(session, catalog, statement, error);
    case STATEMENT_DROP: return drop_relations(session, catalog, statement, error);
    case STATEMENT_TRUNCATE: return truncate_tables(session, catalog, statement, error);
    case STATEMENT_ALTER_TABLE: return alter_table(session, catalog, statement, error);
    case STATEMENT_UPKEEP: session->kind = SESSION_DONE; return STATUS_OK;
    case STATEMENT_COPY_FROM: return load_from_copy(session, catalog, store, statement, error);
    case STATEMENT_COPY_TO: return export_plan(session, catalog, statement, error);
    case STATEMENT_SHOW: return show_setting(session, catalog, &statement->setting, error);
    default:
        error_set(error, STATUS_NOT_SUPPORTED, "%s needs a session, which Runnel does not have",
                  statement->command);
        return error_hint(error, "send settings with the query: \"settings\": {\"timezone\": …}");
    }
}

static Status
plan_query(QuerySession *session, Catalog *catalog, Store *store, const cJSON *document, Error *error)
{
    Lookup lookup = {session, catalog, {.arena = session->arena, .catalog = catalog}};
    BindContext context = {.arena = session->arena,
                           .session = &session->session,
                           .find_relation = find_relation,
                           .relation_names = relation_names,
                           .find_type = find_type,
                           .lookup = &lookup};
    const cJSON *sql = cJSON_GetObjectItemCaseSensitive(document, "sql");
    ParseTree *tree;
    bool done = false;

    lookup.system.context = &context;
    lookup.system.overview = session->overview;
    if (!cJSON_IsString(sql))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"sql\" must be a string");
    if (session->sql == NULL)
        session->sql = memory_copy(sql->valuestring, strlen(sql->valuestring) + 1, 1);
    TRY(read_timeout(session, document, error));
    TRY(read_settings(session, document, error));
    TRY(parameters_read(session->arena, session->document, document, &context, error));
    TRY(sql_parse(session->arena, session->sql, strlen(session->sql), &tree, error));
    if (session->detached || changes_the_catalog(sql_statement_kind(tree)))
        TRY(former_find(session, catalog, &done, error));
    if (done)
        return STATUS_OK;
    TRY(sql_bind(&context, tree, &session->statement, error));
    return plan_statement(session, catalog, store, error);
}

/* A front has put the data there for this load alone. */
static void
note_staged(QuerySession *session, const cJSON *document)
{
    const char *source = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "source"));

    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "staged")) && source != NULL &&
        strncmp(source, "uploads/", 8) == 0)
        session->staged = arena_copy_string(session->arena, source);
}

static Status
plan_load(QuerySession *session, Catalog *catalog, Store *store, const cJSON *document, Error *error)
{
    LoadRequest request;
    bool done = false;

    session->command = "LOAD";
    note_staged(session, document);
    TRY(load_read_request(session, document, &request, error));
    session->loaded_table = arena_copy_string(session->arena, request.table);
    TRY(former_find(session, catalog, &done, error));
    return done ? STATUS_OK : load_plan(session, catalog, store, &request, error);
}

Status
planning_plan(QuerySession *session, Catalog *catalog, Store *store)
{
    Error *error = &session->error;
    Status status;

    start_session(session);
    cJSON *document = cJSON_Parse(session->document);
    session->local_files = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "local_files"));
    if (!cJSON_IsObject(document))
        status = error_set(error, STATUS_INVALID_PARAMETER, "the request is not a JSON object");
    else if (session->operation == FRONT_LOAD)
        status = plan_load(session, catalog, store, document, error);
    else if (session->operation == FRONT_RESULT)
        status = results_plan_read(session, catalog, error);
    else
        status = plan_query(session, catalog, store, document, error);
    cJSON_Delete(document);
    return status;
}
