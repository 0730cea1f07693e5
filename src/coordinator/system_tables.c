#include "coordinator/system_tables.h"

#include "coordinator/statistics_text.h"

#include "expr/aggregate.h"
#include "expr/function.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Rows under construction. */
typedef struct RowList {
    Arena *arena;
    uint32_t column_count;
    const PlanColumn *columns;
    uint32_t count;
    uint32_t capacity;
    Expr ***rows;
    uint32_t next; /* column of the last row */
} RowList;

static void
begin_row(RowList *list)
{
    if (list->count == list->capacity) {
        Expr ***grown = ARENA_ARRAY(list->arena, Expr **, list->capacity * 2 + 16);
        if (list->count > 0)
            memcpy(grown, list->rows, list->count * sizeof *grown);
        list->rows = grown;
        list->capacity = list->capacity * 2 + 16;
    }
    list->rows[list->count] = ARENA_ARRAY(list->arena, Expr *, list->column_count);
    list->count++;
    list->next = 0;
}

static void
put(RowList *list, Expr *value)
{
    list->rows[list->count - 1][list->next++] = value;
}

static void
put_text(RowList *list, const char *text)
{
    put(list, text != NULL ? expr_text(list->arena, text) : expr_null(list->arena, type_of(TYPE_TEXT)));
}

static void
put_integer(RowList *list, int64_t value)
{
    put(list, expr_constant(list->arena, type_of(TYPE_INT8), &value));
}

/* NULL where there is none. */
static void
put_small(RowList *list, bool known, int32_t value)
{
    put(list, known ? expr_constant(list->arena, type_of(TYPE_INT4), &value)
                    : expr_null(list->arena, type_of(TYPE_INT4)));
}

static void
put_bool(RowList *list, bool value)
{
    put(list, expr_bool(list->arena, value));
}

static const char *
full_type(Arena *arena, Type type)
{
    Buffer text = {0};

    type_format(type, &text);
    const char *copy = arena_copy_string(arena, buffer_text(&text));
    buffer_destroy(&text);
    return copy;
}

/* Tables and views, each with its columns. */
typedef struct SystemRelation {
    const TableInfo *table; /* NULL: a view */
    const char *schema;
    const char *name;
    const char *sql; /* of a view */
    uint32_t column_count;
    const PlanColumn *columns; /* of a view */
} SystemRelation;

typedef Status (*RelationVisitor)(RowList *list, const SystemRelation *relation);

static Status
visit_tables(const SystemTables *system, RowList *list, RelationVisitor visit, Error *error)
{
    const TableInfo **tables;
    size_t count;
    Status status = STATUS_OK;

    TRY(catalog_list_tables(system->catalog, &tables, &count, error));
    for (size_t i = 0; i < count; i++) {
        const SystemRelation relation = {.table = tables[i],
                                         .schema = tables[i]->schema,
                                         .name = tables[i]->name,
                                         .column_count = tables[i]->column_count};
        if (status == STATUS_OK)
            status = visit(list, &relation);
        table_info_release(&tables[i]);
    }
    free(tables);
    return status;
}

static Status
visit_views(const SystemTables *system, RowList *list, bool with_columns, RelationVisitor visit)
{
    const ViewInfo *views;
    const size_t count = catalog_list_views(system->catalog, system->arena, &views);

    for (size_t i = 0; i < count; i++) {
        SystemRelation relation = {.schema = views[i].schema, .name = views[i].name, .sql = views[i].sql};
        Error ignored = {0};
        if (with_columns && sql_bind_view(system->context, views[i].sql, &relation.column_count,
                                          &relation.columns, &ignored) != STATUS_OK)
            relation.column_count = 0; /* a view that cannot be bound any more has none to tell of */
        TRY(visit(list, &relation));
    }
    return STATUS_OK;
}

static Status
visit_relations(const SystemTables *system, RowList *list, bool with_columns, RelationVisitor visit,
                Error *error)
{
    TRY(visit_tables(system, list, visit, error));
    return visit_views(system, list, with_columns, visit);
}

/* ---- information_schema ---- */

static const PlanColumn schemata_columns[] = {{"catalog_name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                              {"schema_name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                              {"schema_owner", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

static Status
list_schemata(const SystemTables *system, RowList *list, Error *error)
{
    static const char *const names[] = {"information_schema", "public", "system"};

    (void)system;
    (void)error;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        begin_row(list);
        put_text(list, "runnel");
        put_text(list, names[i]);
        put_text(list, "runnel");
    }
    return STATUS_OK;
}

static const PlanColumn tables_columns[] = {
    {"table_catalog", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"table_schema", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"table_name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"table_type", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"is_insertable_into", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

static Status
put_table(RowList *list, const SystemRelation *relation)
{
    begin_row(list);
    put_text(list, "runnel");
    put_text(list, relation->schema);
    put_text(list, relation->name);
    put_text(list, relation->table != NULL ? "BASE TABLE" : "VIEW");
    put_text(list, relation->table != NULL ? "YES" : "NO");
    return STATUS_OK;
}

static Status
list_tables(const SystemTables *system, RowList *list, Error *error)
{
    return visit_relations(system, list, false, put_table, error);
}

static const PlanColumn columns_columns[] = {
    {"table_catalog", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"table_schema", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"table_name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"column_name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"ordinal_position", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"column_default", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"is_nullable", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"data_type", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"character_maximum_length", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"numeric_precision", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"numeric_precision_radix", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"numeric_scale", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"datetime_precision", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
};

/* Digits of a number type, in base 2 but for numeric; 0: it is none. */
static int32_t
number_precision(Type type)
{
    switch (type.id) {
    case TYPE_INT2: return 16;
    case TYPE_INT4: return 32;
    case TYPE_INT8: return 64;
    case TYPE_FLOAT4: return 24;
    case TYPE_FLOAT8: return 53;
    case TYPE_NUMERIC: return type.precision;
    default: return 0;
    }
}

static int32_t
time_precision(Type type)
{
    switch (type.id) {
    case TYPE_DATE: return 0;
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INTERVAL: return type_time_digits(type);
    default: return -1;
    }
}

static void
put_type(RowList *list, Type type)
{
    const int32_t precision = number_precision(type);
    const bool exact = type_is_integer(type.id) || type.id == TYPE_NUMERIC;

    put_text(list, type.id == TYPE_LIST     ? "ARRAY"
                   : type.id == TYPE_STRUCT ? "USER-DEFINED"
                                            : type_name(type.id));
    put_small(list, type_is_string(type.id) && type.length != TYPE_NO_LENGTH, (int32_t)type.length);
    put_small(list, precision > 0, precision);
    put_small(list, precision > 0, type.id == TYPE_NUMERIC ? 10 : 2);
    put_small(list, exact, type.id == TYPE_NUMERIC ? type.scale : 0);
    put_small(list, time_precision(type) >= 0, time_precision(type));
}

static const char *
column_name(const SystemRelation *relation, uint32_t i)
{
    return relation->table != NULL ? relation->table->columns[i].name : relation->columns[i].name;
}

static Type
column_type(const SystemRelation *relation, uint32_t i)
{
    return relation->table != NULL ? relation->table->columns[i].type : relation->columns[i].type;
}

static bool
column_not_null(const SystemRelation *relation, uint32_t i)
{
    return relation->table != NULL && relation->table->columns[i].not_null;
}

static const char *
column_default(const SystemRelation *relation, uint32_t i)
{
    return relation->table != NULL ? relation->table->columns[i].default_text : NULL;
}

static Status
put_columns(RowList *list, const SystemRelation *relation)
{
    for (uint32_t i = 0; i < relation->column_count; i++) {
        begin_row(list);
        put_text(list, "runnel");
        put_text(list, relation->schema);
        put_text(list, relation->name);
        put_text(list, column_name(relation, i));
        put_small(list, true, (int32_t)i + 1);
        put_text(list, column_default(relation, i));
        put_text(list, column_not_null(relation, i) ? "NO" : "YES");
        put_type(list, column_type(relation, i));
    }
    return STATUS_OK;
}

static Status
list_columns(const SystemTables *system, RowList *list, Error *error)
{
    return visit_relations(system, list, true, put_columns, error);
}

static const PlanColumn attributes_columns[] = {
    {"udt_catalog", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"udt_schema", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"udt_name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"attribute_name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"ordinal_position", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"attribute_default", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"is_nullable", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"data_type", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"character_maximum_length", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"numeric_precision", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"numeric_precision_radix", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"numeric_scale", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
    {"datetime_precision", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}}};

/* The fields of all composite types, each told by `describe`. */
static Status
visit_fields(const SystemTables *system, RowList *list,
             void (*describe)(RowList *list, const NestedType *composite, uint32_t field))
{
    const CompositeInfo *types;
    const size_t count = catalog_list_types(system->catalog, system->arena, &types);

    for (size_t i = 0; i < count; i++) {
        for (uint32_t f = 0; f < types[i].type.nested->count; f++) {
            begin_row(list);
            describe(list, types[i].type.nested, f);
        }
    }
    return STATUS_OK;
}

static void
put_attribute(RowList *list, const NestedType *composite, uint32_t field)
{
    put_text(list, "runnel");
    put_text(list, "public");
    put_text(list, composite->name);
    put_text(list, composite->names[field]);
    put_small(list, true, (int32_t)field + 1);
    put_text(list, NULL);
    put_text(list, "YES");
    put_type(list, composite->types[field]);
}

static Status
list_attributes(const SystemTables *system, RowList *list, Error *error)
{
    (void)error;
    return visit_fields(system, list, put_attribute);
}

static const PlanColumn types_columns[] = {{"schema", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"type", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"field", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"position", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
                                           {"field_type", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

static void
put_type_field(RowList *list, const NestedType *composite, uint32_t field)
{
    put_text(list, "public");
    put_text(list, composite->name);
    put_text(list, composite->names[field]);
    put_small(list, true, (int32_t)field + 1);
    put_text(list, full_type(list->arena, composite->types[field]));
}

static Status
list_system_types(const SystemTables *system, RowList *list, Error *error)
{
    (void)error;
    return visit_fields(system, list, put_type_field);
}

static const PlanColumn views_columns[] = {{"table_catalog", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"table_schema", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"table_name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"view_definition", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

static bool
is_as(const char *start, const char *at)
{
    return strncasecmp(at, "as", 2) == 0 && at > start && strchr(" \t\r\n)\"", at[-1]) != NULL &&
           at[2] != '\0' && strchr(" \t\r\n(", at[2]) != NULL;
}

/* What follows the AS of a CREATE VIEW: the first one outside of names in quotes and parentheses. */
static const char *
query_of(Arena *arena, const char *sql)
{
    int depth = 0;
    bool quoted = false;

    for (const char *at = sql; *at != '\0'; at++) {
        if (*at == '"')
            quoted = !quoted;
        else if (!quoted && *at == '(')
            depth++;
        else if (!quoted && *at == ')')
            depth--;
        else if (!quoted && depth == 0 && is_as(sql, at))
            return arena_copy_string(arena, at + 2 + strspn(at + 2, " \t\r\n"));
    }
    return sql;
}

static Status
put_view(RowList *list, const SystemRelation *relation)
{
    begin_row(list);
    put_text(list, "runnel");
    put_text(list, relation->schema);
    put_text(list, relation->name);
    put_text(list, query_of(list->arena, relation->sql));
    return STATUS_OK;
}

static Status
list_views(const SystemTables *system, RowList *list, Error *error)
{
    (void)error;
    return visit_views(system, list, false, put_view);
}

/* ---- system ---- */

static const PlanColumn system_tables_columns[] = {
    {"schema", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"kind", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"rows", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
    {"bytes", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
    {"tablets", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
    {"partitions", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
    {"partition_by", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

static const char *
partition_text(Arena *arena, const TableInfo *table)
{
    const PartitionSpec *spec = &table->partition;

    if (spec->kind == PARTITION_NONE)
        return NULL;
    return arena_format(arena, "%s (%s)", spec->kind == PARTITION_HASH ? "hash" : "range",
                        table->columns[spec->column].name);
}

static Status
put_system_table(RowList *list, const SystemRelation *relation)
{
    const TableInfo *table = relation->table;

    begin_row(list);
    put_text(list, relation->schema);
    put_text(list, relation->name);
    put_text(list, table != NULL ? "table" : "view");
    put_integer(list, table != NULL ? (int64_t)table->rows : 0);
    put_integer(list, table != NULL ? (int64_t)table->bytes : 0);
    put_integer(list, table != NULL ? table->tablet_count : 0);
    put_integer(list, table == NULL                             ? 0
                      : table->partition.kind == PARTITION_NONE ? 1
                                                                : table->partition.count);
    put_text(list, table != NULL ? partition_text(list->arena, table) : NULL);
    return STATUS_OK;
}

static Status
list_system_tables(const SystemTables *system, RowList *list, Error *error)
{
    return visit_relations(system, list, false, put_system_table, error);
}

static const PlanColumn system_columns_columns[] = {{"schema", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                                    {"table", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                                    {"name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                                    {"position", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
                                                    {"type", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                                    {"not_null", {.id = TYPE_BOOL, .length = TYPE_NO_LENGTH}},
                                                    {"default", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

static Status
put_system_columns(RowList *list, const SystemRelation *relation)
{
    for (uint32_t i = 0; i < relation->column_count; i++) {
        begin_row(list);
        put_text(list, relation->schema);
        put_text(list, relation->name);
        put_text(list, column_name(relation, i));
        put_small(list, true, (int32_t)i + 1);
        put_text(list, full_type(list->arena, column_type(relation, i)));
        put_bool(list, column_not_null(relation, i));
        put_text(list, column_default(relation, i));
    }
    return STATUS_OK;
}

static Status
list_system_columns(const SystemTables *system, RowList *list, Error *error)
{
    return visit_relations(system, list, true, put_system_columns, error);
}

static const PlanColumn tablets_columns[] = {{"schema", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                             {"table", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                             {"id", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                             {"path", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                             {"partition", {.id = TYPE_INT4, .length = TYPE_NO_LENGTH}},
                                             {"rows", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                             {"bytes", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}}};

static Status
put_tablets(RowList *list, const SystemRelation *relation)
{
    for (uint32_t i = 0; i < relation->table->tablet_count; i++) {
        const TabletInfo *tablet = &relation->table->tablets[i];
        begin_row(list);
        put_text(list, relation->schema);
        put_text(list, relation->name);
        put_integer(list, (int64_t)tablet->id);
        put_text(list, tablet->path);
        put_small(list, tablet->partition >= 0, tablet->partition);
        put_integer(list, (int64_t)(tablet->rows - tablet->deleted));
        put_integer(list, (int64_t)tablet->bytes);
    }
    return STATUS_OK;
}

static Status
list_tablets(const SystemTables *system, RowList *list, Error *error)
{
    return visit_tables(system, list, put_tablets, error);
}

static const PlanColumn statistics_columns[] = {
    {"schema", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"table", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"rows", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
    {"nulls", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
    {"distinct_values", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
    {"average_bytes", {.id = TYPE_FLOAT8, .length = TYPE_NO_LENGTH}},
    {"minimum", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"maximum", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"common_values", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
    {"bounds", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

static Status
put_statistics(RowList *list, const SystemRelation *relation)
{
    const TableInfo *table = relation->table;

    for (uint32_t i = 0; i < table->column_count; i++) {
        const ColumnStatistics *statistics = &table->statistics[i];
        const ColumnProfile *profile = statistics->profile;
        const Type type = table->columns[i].type;
        begin_row(list);
        put_text(list, relation->schema);
        put_text(list, relation->name);
        put_text(list, table->columns[i].name);
        put_integer(list, (int64_t)statistics->rows);
        put_integer(list, (int64_t)statistics->nulls);
        put_integer(list, (int64_t)statistics->distinct);
        put(list, profile == NULL ? expr_null(list->arena, type_of(TYPE_FLOAT8))
                                  : expr_constant(list->arena, type_of(TYPE_FLOAT8), &profile->width));
        put_text(list, statistics_bound_text(list->arena, type, &statistics->min));
        put_text(list, statistics_bound_text(list->arena, type, &statistics->max));
        put_text(list, statistics_common_text(list->arena, type, profile));
        put_text(list, statistics_bounds_text(list->arena, type, profile));
    }
    return STATUS_OK;
}

static Status
list_statistics(const SystemTables *system, RowList *list, Error *error)
{
    return visit_tables(system, list, put_statistics, error);
}

static const PlanColumn functions_columns[] = {{"name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                               {"kind", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                               {"arguments", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                               {"description", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

static const char *
arguments_text(Arena *arena, uint32_t count, const TypeId *arguments)
{
    Buffer text = {0};

    for (uint32_t i = 0; i < count; i++)
        buffer_append_format(&text, "%s%s", i > 0 ? ", " : "",
                             arguments[i] == TYPE_UNKNOWN ? "any" : type_name(arguments[i]));
    const char *copy = arena_copy_string(arena, buffer_text(&text));
    buffer_destroy(&text);
    return copy;
}

static Status
list_functions(const SystemTables *system, RowList *list, Error *error)
{
    (void)system;
    (void)error;
    for (uint32_t i = 0; i < function_count(); i++) {
        const Function *function = function_at(i);
        begin_row(list);
        put_text(list, function->name);
        put_text(list, "function");
        put_text(list, arguments_text(list->arena, function->argument_count, function->arguments));
        put_text(list, function->description);
    }
    for (uint32_t i = 0; i < aggregate_count(); i++) {
        const Aggregate *aggregate = aggregate_at(i);
        begin_row(list);
        put_text(list, aggregate->name);
        put_text(list, "aggregate");
        put_text(list, arguments_text(list->arena, aggregate->argument_count, aggregate->arguments));
        put_text(list, aggregate->description);
    }
    return STATUS_OK;
}

/* What the REST interface tells, as cells. */
static void
put_member_text(RowList *list, const cJSON *object, const char *member)
{
    put_text(list, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, member)));
}

static void
put_member_integer(RowList *list, const cJSON *object, const char *member)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, member);

    if (cJSON_IsNumber(item))
        put_integer(list, (int64_t)item->valuedouble);
    else
        put(list, expr_null(list->arena, type_of(TYPE_INT8)));
}

static const PlanColumn nodes_columns[] = {{"name", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"role", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"state", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"endpoint", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"incarnation", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                           {"slots", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                           {"busy", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                           {"last_seen_ms", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}}};

static void
put_nodes(RowList *list, const cJSON *nodes, const char *role)
{
    const cJSON *node;

    cJSON_ArrayForEach(node, nodes)
    {
        begin_row(list);
        put_member_text(list, node, "id");
        put_text(list, role);
        put_member_text(list, node, "state");
        put_member_text(list, node, "endpoint");
        put_member_text(list, node, "incarnation");
        put_member_integer(list, node, "slots");
        put_member_integer(list, node, "busy");
        put_member_integer(list, node, "last_seen_ms");
    }
}

static Status
list_nodes(const SystemTables *system, RowList *list, Error *error)
{
    const cJSON *health = cJSON_GetObjectItemCaseSensitive(system->overview, "health");

    (void)error;
    put_nodes(list, cJSON_GetObjectItemCaseSensitive(health, "workers"), "worker");
    put_nodes(list, cJSON_GetObjectItemCaseSensitive(health, "reducers"), "reducer");
    return STATUS_OK;
}

static const PlanColumn queries_columns[] = {{"id", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                             {"state", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                             {"sql", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}},
                                             {"tasks_done", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                             {"tasks_total", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                             {"rows_scanned", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                             {"elapsed_ms", {.id = TYPE_INT8, .length = TYPE_NO_LENGTH}},
                                             {"error", {.id = TYPE_TEXT, .length = TYPE_NO_LENGTH}}};

static Status
list_queries(const SystemTables *system, RowList *list, Error *error)
{
    const cJSON *query;

    (void)error;
    cJSON_ArrayForEach(query, cJSON_GetObjectItemCaseSensitive(system->overview, "queries"))
    {
        const cJSON *progress = cJSON_GetObjectItemCaseSensitive(query, "progress");
        begin_row(list);
        put_member_text(list, query, "id");
        put_member_text(list, query, "state");
        put_member_text(list, query, "sql");
        put_member_integer(list, progress, "tasks_done");
        put_member_integer(list, progress, "tasks_total");
        put_member_integer(list, progress, "rows_scanned");
        put_member_integer(list, cJSON_GetObjectItemCaseSensitive(query, "stats"), "elapsed_ms");
        put_member_text(list, cJSON_GetObjectItemCaseSensitive(query, "error"), "detail");
    }
    return STATUS_OK;
}

/* ---- all of them ---- */

#define RELATION(schema, name, columns, list)                                                                \
    {                                                                                                        \
        schema, name, sizeof(columns) / sizeof *(columns), columns, list                                     \
    }

static const struct {
    const char *schema;
    const char *name;
    size_t column_count;
    const PlanColumn *columns;
    Status (*list)(const SystemTables *system, RowList *list, Error *error);
} relations[] = {
    RELATION("information_schema", "schemata", schemata_columns, list_schemata),
    RELATION("information_schema", "tables", tables_columns, list_tables),
    RELATION("information_schema", "columns", columns_columns, list_columns),
    RELATION("information_schema", "views", views_columns, list_views),
    RELATION("information_schema", "attributes", attributes_columns, list_attributes),
    RELATION("system", "tables", system_tables_columns, list_system_tables),
    RELATION("system", "columns", system_columns_columns, list_system_columns),
    RELATION("system", "types", types_columns, list_system_types),
    RELATION("system", "tablets", tablets_columns, list_tablets),
    RELATION("system", "column_statistics", statistics_columns, list_statistics),
    RELATION("system", "functions", functions_columns, list_functions),
    RELATION("system", "nodes", nodes_columns, list_nodes),
    RELATION("system", "queries", queries_columns, list_queries),
};

bool
system_may_be_named(const char *text)
{
    return strcasestr(text, "system") != NULL;
}

static Status
make_rows(const SystemTables *system, size_t index, PlanNode **rows, Error *error)
{
    RowList list = {.arena = system->arena,
                    .column_count = (uint32_t)relations[index].column_count,
                    .columns = relations[index].columns};

    TRY(relations[index].list(system, &list, error));
    *rows = plan_node_new(system->arena, PLAN_VALUES, list.column_count, list.columns, 0, NULL);
    (*rows)->values = (PlanValues){.row_count = list.count, .rows = list.rows};
    return STATUS_OK;
}

Status
system_relation(const SystemTables *system, const char *schema, const char *name, PlanNode **rows,
                bool *found, Error *error)
{
    *found = false;
    if (schema == NULL || (strcmp(schema, "information_schema") != 0 && strcmp(schema, "system") != 0))
        return STATUS_OK;
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++) {
        if (strcmp(relations[i].schema, schema) != 0 || strcmp(relations[i].name, name) != 0)
            continue;
        *found = true;
        return make_rows(system, i, rows, error);
    }
    return error_set(error, STATUS_UNDEFINED_TABLE, "relation \"%s.%s\" does not exist", schema, name);
}
