#include "bound.h"

#include <stdlib.h>
#include <string.h>

#define COLUMN(number, column_name, type_id)                                                                 \
    {                                                                                                        \
        .id = number, .name = column_name, .type = {.id = type_id, .length = -1 }                            \
    }
#define TABLE(table_id, table_name, column_array)                                                            \
    {                                                                                                        \
        .id = table_id, .version = 1, .schema = "public", .name = table_name,                                \
        .column_count = sizeof column_array / sizeof column_array[0], .columns = column_array                \
    }

static const ColumnInfo events_columns[] = {
    COLUMN(1, "user_id", TYPE_INT8),
    COLUMN(2, "event_type", TYPE_TEXT),
    COLUMN(3, "timestamp", TYPE_TIMESTAMP),
    COLUMN(4, "value", TYPE_FLOAT8),
};
static const ColumnInfo users_columns[] = {
    COLUMN(1, "user_id", TYPE_INT8),
    COLUMN(2, "name", TYPE_TEXT),
    COLUMN(5, "country", TYPE_TEXT),
};
static const ColumnInfo numbers_columns[] = {
    COLUMN(1, "i2", TYPE_INT2),
    COLUMN(2, "i4", TYPE_INT4),
    COLUMN(3, "i8", TYPE_INT8),
    COLUMN(4, "f8", TYPE_FLOAT8),
    {.id = 5, .name = "n", .type = {.id = TYPE_NUMERIC, .precision = 10, .scale = 2, .length = -1}},
    COLUMN(6, "b", TYPE_BOOL),
    COLUMN(7, "t", TYPE_TEXT),
    {.id = 8, .name = "v", .type = {.id = TYPE_VARCHAR, .length = 10}},
    {.id = 9, .name = "c", .type = {.id = TYPE_BPCHAR, .length = 3}},
    COLUMN(10, "d", TYPE_DATE),
    COLUMN(11, "ts", TYPE_TIMESTAMP),
    COLUMN(12, "tz", TYPE_TIMESTAMPTZ),
    COLUMN(13, "iv", TYPE_INTERVAL),
};

const TableInfo bound_events = TABLE(1, "events", events_columns);
const TableInfo bound_users = TABLE(2, "users", users_columns);
const TableInfo bound_numbers = TABLE(3, "numbers", numbers_columns);

static const TableInfo *const tables[] = {&bound_events, &bound_users, &bound_numbers};

enum { TABLE_COUNT = sizeof tables / sizeof tables[0] };

static PlanNode *
nodes_relation(Arena *arena)
{
    Expr ***rows = ARENA_ARRAY(arena, Expr **, 1);
    PlanColumn *columns = ARENA_ARRAY(arena, PlanColumn, 1);

    columns[0] = (PlanColumn){"id", type_of(TYPE_TEXT)};
    rows[0] = ARENA_ARRAY(arena, Expr *, 1);
    rows[0][0] = expr_text(arena, "worker-1");
    PlanNode *node = plan_node_new(arena, PLAN_VALUES, 1, columns, 0, NULL);
    node->values = (PlanValues){.row_count = 1, .rows = rows};
    return node;
}

static Status
find_relation(void *lookup, const char *schema, const char *name, Relation *relation, Error *error)
{
    if (schema != NULL && strcmp(schema, "system") == 0 && strcmp(name, "nodes") == 0) {
        relation->rows = nodes_relation(lookup);
        return STATUS_OK;
    }
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if ((schema == NULL || strcmp(schema, "public") == 0) && strcmp(tables[i]->name, name) == 0) {
            relation->table = tables[i];
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_UNDEFINED_TABLE, "relation \"%s\" does not exist", name);
}

static size_t
relation_names(void *lookup, Arena *arena, const char *const **names)
{
    const char **all = ARENA_ARRAY(arena, const char *, TABLE_COUNT);

    (void)lookup;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        all[i] = tables[i]->name;
    *names = all;
    return TABLE_COUNT;
}

static char *
format_plan(const PlanNode *plan)
{
    Buffer text = {0};
    size_t size;

    if (plan != NULL)
        plan_format(plan, &text);
    buffer_append_char(&text, '\0');
    return buffer_take(&text, &size);
}

void
bound_make_sized(Bound *bound, const char *sql, size_t size, uint32_t parameter_count,
                 const char *const *parameters)
{
    *bound = (Bound){.arena = arena_new(NULL), .session = {.now = 0, .seed = 1, .time_zone = "UTC"}};

    const BindContext context = {.arena = bound->arena,
                                 .session = &bound->session,
                                 .find_relation = find_relation,
                                 .relation_names = relation_names,
                                 .lookup = bound->arena,
                                 .parameter_count = parameter_count,
                                 .parameters = parameters};
    bound->status = sql_parse(bound->arena, sql, size, &bound->tree, &bound->error);
    if (bound->status == STATUS_OK)
        bound->status = sql_bind(&context, bound->tree, &bound->statement, &bound->error);
    bound->plan = format_plan(bound->status == STATUS_OK ? bound->statement->plan : NULL);
}

void
bound_make(Bound *bound, const char *sql)
{
    bound_make_sized(bound, sql, strlen(sql), 0, NULL);
}

void
bound_destroy(Bound *bound)
{
    arena_destroy(&bound->arena);
    free(bound->plan);
}
