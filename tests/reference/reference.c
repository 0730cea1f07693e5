/* The reference evaluator as a program: a request a line on its input, {"data": FOLDER, "sql": …, "timezone":
 * …}, an answer a line on its output, with the members that the REST interface's has.
 *
 * FOLDER is a copy of a data directory that nobody else uses. SELECT, VALUES and TABLE alone. */
#include "evaluator.h"

#include "format/json_writer.h"
#include "sql/statement.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 2000000, TABLES_MAX = 64 };

typedef struct Lookup {
    Catalog *catalog;
    Arena *arena;
    const TableInfo *pinned[TABLES_MAX];
    uint32_t pinned_count;
} Lookup;

static Status
find_table(Lookup *lookup, const char *schema, const char *name, const TableInfo **table, Error *error)
{
    if (lookup->pinned_count == TABLES_MAX)
        return error_set(error, STATUS_TOO_COMPLEX, "too many tables");
    TRY(catalog_find_table(lookup->catalog, schema, name, table, error));
    lookup->pinned[lookup->pinned_count++] = *table;
    return STATUS_OK;
}

static Status
find_relation(void *context, const char *schema, const char *name, Relation *relation, Error *error)
{
    Lookup *lookup = context;
    ViewInfo view;
    const TableInfo *table;

    if (catalog_find_view(lookup->catalog, schema, name, lookup->arena, &view, NULL) == STATUS_OK) {
        *relation = (Relation){.view_sql = view.sql, .view_id = view.id};
        return STATUS_OK;
    }
    TRY(find_table(lookup, schema, name, &table, error));
    *relation = (Relation){.table = table};
    return STATUS_OK;
}

static Status
find_type(void *context, const char *schema, const char *name, FoundType *found, Error *error)
{
    Lookup *lookup = context;
    CompositeInfo composite;
    const TableInfo *table;

    if (catalog_find_type(lookup->catalog, schema, name, lookup->arena, &composite, NULL) == STATUS_OK) {
        *found = (FoundType){composite.type, OBJECT_TYPE, composite.id};
        return STATUS_OK;
    }
    if (find_table(lookup, schema, name, &table, NULL) != STATUS_OK)
        return error_set(error, STATUS_UNDEFINED_OBJECT, "type \"%s\" does not exist", name);
    const Type type = type_record(lookup->arena, table->name, table->column_count);
    for (uint32_t i = 0; i < table->column_count; i++) {
        type.nested->names[i] = table->columns[i].name;
        type.nested->types[i] = table->columns[i].type;
    }
    *found = (FoundType){type, OBJECT_TABLE, table->id};
    return STATUS_OK;
}

static Status
evaluate(Lookup *lookup, const char *root, const Session *session, const char *sql, const PlanNode **plan,
         Rows *rows, Error *error)
{
    const BindContext context = {.arena = lookup->arena,
                                 .session = session,
                                 .find_relation = find_relation,
                                 .find_type = find_type,
                                 .lookup = lookup};
    Evaluator evaluator = {
        .arena = lookup->arena, .session = session, .root = root, .steps = STEPS_MAX, .error = error};
    BoundStatement *statement;
    ParseTree *tree;

    TRY(sql_parse(lookup->arena, sql, strlen(sql), &tree, error));
    TRY(sql_bind(&context, tree, &statement, error));
    if (statement->kind != STATEMENT_SELECT)
        return error_set(error, STATUS_NOT_SUPPORTED, "the reference evaluator only reads");
    *plan = statement->plan;
    const Status status = evaluator_rows(&evaluator, statement->plan, NULL, rows);
    evaluator_destroy(&evaluator);
    return status;
}

static void
write_rows(const PlanNode *plan, const Rows *rows, const Session *session, Buffer *out)
{
    buffer_append_string(out, "{\"columns\":[");
    for (uint32_t i = 0; i < plan->column_count; i++) {
        Buffer type = {0};
        type_format(plan->columns[i].type, &type);
        buffer_append_format(out, "%s{\"type\":", i > 0 ? "," : "");
        json_write_string(buffer_text(&type), type.size, out);
        buffer_append_char(out, '}');
        buffer_destroy(&type);
    }
    buffer_append_string(out, "],\"rows\":[");
    for (uint32_t i = 0; i < rows->count; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        json_write_row(rows->items[i], rows->width, NULL, 0, session, out);
    }
    buffer_append_string(out, "]}");
}

static void
write_error(const Error *error, Buffer *out)
{
    buffer_append_format(out, "{\"sqlstate\":\"%s\",\"detail\":", status_sqlstate(error->code));
    json_write_string(error->message, strlen(error->message), out);
    buffer_append_char(out, '}');
}

static Status
answer(const cJSON *request, const Session *session, Buffer *out, Error *error)
{
    const char *data = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "data"));
    const char *sql = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "sql"));
    Lookup lookup = {.arena = arena_new(NULL)};
    const PlanNode *plan = NULL;
    Rows rows = {0};

    if (data == NULL || sql == NULL)
        return error_set(error, STATUS_INVALID_PARAMETER, "\"data\" and \"sql\" must be strings");
    Status status = catalog_open(arena_format(lookup.arena, "%s/catalog", data), &lookup.catalog, error);
    if (status == STATUS_OK)
        status = evaluate(&lookup, arena_format(lookup.arena, "%s/store", data), session, sql, &plan, &rows,
                          error);
    if (status == STATUS_OK)
        write_rows(plan, &rows, session, out);
    for (uint32_t i = 0; i < lookup.pinned_count; i++)
        table_info_release(&lookup.pinned[i]);
    catalog_close(&lookup.catalog);
    arena_destroy(&lookup.arena);
    return status;
}

static void
serve(const char *line)
{
    cJSON *request = cJSON_Parse(line);
    const char *zone = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(request, "timezone"));
    Session session = {.seed = 1};
    Buffer out = {0};
    Error error = {0};

    snprintf(session.time_zone, sizeof session.time_zone, "%s", zone != NULL ? zone : "UTC");
    if (answer(request, &session, &out, &error) != STATUS_OK)
        write_error(&error, &out);
    puts(buffer_text(&out));
    fflush(stdout);
    buffer_destroy(&out);
    cJSON_Delete(request);
}

int
main(void)
{
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, stdin) > 0)
        serve(line);
    free(line);
    return 0;
}
