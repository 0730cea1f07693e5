#include "coordinator/planning.h"

#include "base/memory.h"
#include "coordinator/former.h"
#include "coordinator/load.h"
#include "coordinator/parameters.h"
#include "coordinator/system_tables.h"
#include "coordinator/write.h"
#include "expr/time_zone.h"
#include "plan/tree.h"
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

static void
pin(QuerySession *session, const TableInfo *table)
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
    ViewInfo view;
    bool found;

    TRY(system_relation(&lookup->system, schema, name, &relation->rows, &found, error));
    if (found)
        return STATUS_OK;
    if (catalog_find_view(lookup->catalog, schema, name, arena, &view, NULL) == STATUS_OK) {
        *relation = (Relation){.view_sql = view.sql, .view_id = view.id};
        return STATUS_OK;
    }
    TRY(catalog_find_table(lookup->catalog, schema, name, &table, error));
    pin(lookup->session, table);
    *relation = (Relation){.table = table};
    return STATUS_OK;
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

static Status
read_timeout(QuerySession *session, const cJSON *document, Error *error)
{
    const cJSON *timeout = cJSON_GetObjectItemCaseSensitive(document, "timeout_ms");

    if (timeout == NULL || cJSON_IsNull(timeout))
        return STATUS_OK;
    if (!cJSON_IsNumber(timeout) || timeout->valuedouble < 0)
        return error_set(error, STATUS_INVALID_PARAMETER,
                         "\"timeout_ms\" must be a number that is not negative");
    session->timeout_us = (int64_t)(timeout->valuedouble * 1000);
    return STATUS_OK;
}

/* A number of bytes, or text like "64MB". */
static Status
read_memory_limit(QuerySession *session, const cJSON *item, Error *error)
{
    static const struct {
        const char *unit;
        double factor;
    } units[] = {{"", 1}, {"B", 1}, {"kB", 1024}, {"KB", 1024}, {"MB", 1048576}, {"GB", 1073741824}};

    double value = item->valuedouble;
    if (cJSON_IsString(item)) {
        char *end;
        value = strtod(item->valuestring, &end);
        end += strspn(end, " ");
        double factor = 0;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strcmp(end, units[i].unit) == 0)
                factor = units[i].factor;
        value *= factor;
    }
    if (!(value >= 1 && value < 1e18))
        return error_set(error, STATUS_INVALID_PARAMETER, "invalid value for \"memory_limit\"");
    session->memory_limit = (uint64_t)value;
    return STATUS_OK;
}

static Status
read_time_zone(QuerySession *session, const char *name, Error *error)
{
    if (strlen(name) >= sizeof session->session.time_zone || time_zone_find(name, strlen(name)) == NULL)
        return error_set(error, STATUS_TIME_ZONE, "time zone \"%s\" not recognized", name);
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
read_settings(QuerySession *session, const cJSON *document, Error *error)
{
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(document, "settings");

    if (settings == NULL || cJSON_IsNull(settings))
        return STATUS_OK;
    if (!cJSON_IsObject(settings))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"settings\" must be an object");
    for (const cJSON *item = settings->child; item != NULL; item = item->next) {
        if (strcmp(item->string, "timezone") == 0 && cJSON_IsString(item))
            TRY(read_time_zone(session, item->valuestring, error));
        else if (strcmp(item->string, "memory_limit") == 0)
            TRY(read_memory_limit(session, item, error));
        else if (strcmp(item->string, "statement_timeout") == 0 && cJSON_IsNumber(item) &&
                 item->valuedouble >= 0)
            session->timeout_us = (int64_t)(item->valuedouble * 1000);
        else if (strcmp(item->string, "join_distribution") == 0 && cJSON_IsString(item))
            TRY(read_join_distribution(session, item->valuestring, error));
        else {
            error_set(error, STATUS_UNDEFINED_OBJECT, "unrecognized or malformed setting \"%s\"",
                      item->string);
            return error_hint(error,
                              "settings are timezone, memory_limit, statement_timeout and join_distribution");
        }
    }
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
planning_text(QuerySession *session, const char *column, const char *text, bool split, Error *error)
{
    return planning_stage(session, text_rows(session, column, text, split), error);
}

static Status
plan_explain(QuerySession *session, const BoundExplain *explain, Error *error)
{
    BoundStatement *inner = explain->statement;

    if (inner->plan == NULL || inner->kind != STATEMENT_SELECT)
        return error_set(error, STATUS_NOT_SUPPORTED, "EXPLAIN of %s is not supported", inner->command);
    TRY(plan_optimize(session->arena, inner->plan, &session->session, &session->bound, &session->rules,
                      error));
    TRY(planning_stage(session, session->bound, error));
    if (explain->analyze) {
        session->kind = SESSION_ANALYZE;
        return STATUS_OK;
    }

    Buffer text = {0};
    if (explain->json)
        plan_explain_json(session->plan, NULL, &text);
    else
        plan_explain_text(session->plan, NULL, explain->verbose, &text);
    if (explain->verbose && !explain->json)
        buffer_append_format(&text, "Rules:\n%s", buffer_text(&session->rules));
    const Status status = planning_text(session, "QUERY PLAN", buffer_text(&text), !explain->json, error);
    buffer_destroy(&text);
    return status;
}

static bool
changes_the_catalog(StatementKind kind)
{
    switch (kind) {
    case STATEMENT_INSERT:
    case STATEMENT_CREATE_TABLE:
    case STATEMENT_CREATE_TABLE_AS:
    case STATEMENT_CREATE_VIEW:
    case STATEMENT_DROP_TABLE:
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
create_view(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    char id[ID_TEXT_SIZE];

    session->kind = SESSION_DONE;
    query_id_format(session->id, id);
    return catalog_create_view(catalog, id, statement->view, error);
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

static Status
drop_relation(QuerySession *session, Catalog *catalog, const BoundStatement *statement, uint32_t index,
              Error *error)
{
    const QualifiedName *name = &statement->names[index];
    const DropRequest request = {name->schema, name->name, statement->drops_views, statement->cascade};
    DependentViews gone;
    Error failure = {0};
    const Status status = (statement->drops_views ? catalog_drop_view : catalog_drop_table_and_views)(
        catalog, step_id(session, index), &request, session->arena, &gone, &failure);

    if (status == STATUS_UNDEFINED_TABLE && statement->if_exists) {
        add_notice(session, arena_format(session->arena, "%s, skipping", failure.message));
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        if (failure.sql_position == 0)
            failure.sql_position = name->position;
        return error_copy(error, &failure);
    }
    for (uint32_t i = 0; i < gone.count; i++)
        add_notice(session, arena_format(session->arena, "drop cascades to view %s", gone.names[i]));
    return STATUS_OK;
}

static Status
drop_relations(QuerySession *session, Catalog *catalog, const BoundStatement *statement, Error *error)
{
    session->kind = SESSION_DONE;
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
        pin(session, table);
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
show_setting(QuerySession *session, const BoundSetting *setting, Error *error)
{
    const char *value = NULL;

    if (strcmp(setting->name, "timezone") == 0)
        value = session->session.time_zone;
    else if (strcmp(setting->name, "server_version") == 0)
        value = "15.0 (Runnel " RUNNEL_VERSION ")";
    if (value == NULL)
        return error_set(error, STATUS_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"",
                         setting->name);
    return planning_text(session, setting->name, value, true, error);
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
                                 .columns = copy->columns};

    return load_plan(session, catalog, store, &request, error);
}

static Status
plan_statement(QuerySession *session, Catalog *catalog, Store *store, Error *error)
{
    BoundStatement *statement = session->statement;
    PlanNode *rows;

    session->command = statement->command;
    session->notice_count = statement->notice_count;
    session->notices = statement->notices;
    switch (statement->kind) {
    case STATEMENT_SELECT:
        TRY(plan_optimize(session->arena, statement->plan, &session->session, &rows, &session->rules, error));
        session->bound = rows;
        return planning_stage(session, rows, error);
    case STATEMENT_EXPLAIN: return plan_explain(session, &statement->explain, error);
    case STATEMENT_INSERT:
    case STATEMENT_CREATE_TABLE_AS:
        if (statement->exists) {
            session->kind = SESSION_DONE;
            return STATUS_OK;
        }
        TRY(plan_optimize(session->arena, statement->plan, &session->session, &rows, &session->rules, error));
        return write_plan(session, catalog, rows,
                          (WriteTarget){.table = statement->target, .create = statement->definition}, error);
    case STATEMENT_CREATE_TABLE: return create_table(session, catalog, statement, error);
    case STATEMENT_CREATE_VIEW: return create_view(session, catalog, statement, error);
    case STATEMENT_DROP_TABLE: return drop_relations(session, catalog, statement, error);
    case STATEMENT_TRUNCATE: return truncate_tables(session, catalog, statement, error);
    case STATEMENT_COPY_FROM: return load_from_copy(session, catalog, store, statement, error);
    case STATEMENT_SHOW: return show_setting(session, &statement->setting, error);
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
                           .lookup = &lookup};
    const cJSON *sql = cJSON_GetObjectItemCaseSensitive(document, "sql");
    ParseTree *tree;
    bool done = false;

    lookup.system.context = &context;
    lookup.system.overview = session->overview;
    if (!cJSON_IsString(sql))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"sql\" must be a string");
    session->sql = memory_copy(sql->valuestring, strlen(sql->valuestring) + 1, 1);
    TRY(read_timeout(session, document, error));
    TRY(read_settings(session, document, error));
    TRY(parameters_read(session->arena, session->document, document, &context, error));
    TRY(sql_parse(session->arena, session->sql, strlen(session->sql), &tree, error));
    if (changes_the_catalog(sql_statement_kind(tree)))
        TRY(former_find(session, catalog, &done, error));
    if (done)
        return STATUS_OK;
    TRY(sql_bind(&context, tree, &session->statement, error));
    return plan_statement(session, catalog, store, error);
}

Status
planning_plan(QuerySession *session, Catalog *catalog, Store *store)
{
    Error *error = &session->error;
    Status status;

    start_session(session);
    cJSON *document = cJSON_Parse(session->document);
    session->local_files = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "local_files"));
    if (!cJSON_IsObject(document)) {
        status = error_set(error, STATUS_INVALID_PARAMETER, "the request is not a JSON object");
    } else if (session->operation == FRONT_LOAD) {
        LoadRequest request;
        bool done = false;
        session->command = "LOAD";
        status = load_read_request(session, document, &request, error);
        if (status == STATUS_OK)
            status = former_find(session, catalog, &done, error);
        if (status == STATUS_OK && !done)
            status = load_plan(session, catalog, store, &request, error);
    } else {
        status = plan_query(session, catalog, store, document, error);
    }
    cJSON_Delete(document);
    return status;
}
