#include "planned.h"

#include <string.h>

enum { TIMESTAMP_DAY = 1000000 };

const ClusterShape planned_shape = {.workers = 2, .worker_slots = 4, .reducers = 1, .reducer_slots = 2};

static ColumnInfo
column(uint32_t id, const char *name, Type type)
{
    return (ColumnInfo){.id = id, .name = name, .type = type};
}

static ColumnStatistics
integers(uint64_t rows, Int128 min, Int128 max, uint64_t distinct)
{
    return (ColumnStatistics){.rows = rows,
                              .distinct = distinct,
                              .min = {.known = true, .exact = true, .integer = min},
                              .max = {.known = true, .exact = true, .integer = max}};
}

static ColumnStatistics
reals(uint64_t rows, double min, double max)
{
    return (ColumnStatistics){.rows = rows,
                              .nulls = rows / 10,
                              .distinct = rows / 2,
                              .min = {.known = true, .exact = true, .real = min},
                              .max = {.known = true, .exact = true, .real = max}};
}

static ColumnStatistics
texts(uint64_t rows, const char *min, const char *max, uint64_t distinct, bool exact)
{
    ColumnStatistics statistics = {.rows = rows, .distinct = distinct};

    statistics.min = (ColumnBound){.known = true, .exact = exact, .text = {min, (uint32_t)strlen(min)}};
    statistics.max = (ColumnBound){.known = true, .exact = exact, .text = {max, (uint32_t)strlen(max)}};
    return statistics;
}

static void
fill_events(ColumnStatistics *statistics, uint64_t rows, int64_t first_user, int64_t users)
{
    statistics[0] = integers(rows, first_user, first_user + users - 1, (uint64_t)users);
    statistics[1] = texts(rows, "click", "view", 4, true);
    statistics[2] =
        integers(rows, first_user * TIMESTAMP_DAY, (first_user + users) * TIMESTAMP_DAY - 1, rows);
    statistics[3] = reals(rows, -1.5, 99.5);
}

static const TableInfo *
events_table(Arena *arena, uint32_t tablets)
{
    TableInfo *table = ARENA_NEW(arena, TableInfo);
    ColumnInfo *columns = ARENA_ARRAY(arena, ColumnInfo, 4);
    TabletInfo *items = ARENA_ARRAY(arena, TabletInfo, tablets);
    ColumnStatistics *all = ARENA_ARRAY(arena, ColumnStatistics, 4);

    columns[0] = column(1, "user_id", type_of(TYPE_INT8));
    columns[1] = column(2, "event_type", type_of(TYPE_TEXT));
    columns[2] = column(3, "timestamp", type_of(TYPE_TIMESTAMP));
    columns[3] = column(5, "value", type_of(TYPE_FLOAT8));
    for (uint32_t i = 0; i < tablets; i++) {
        ColumnStatistics *statistics = ARENA_ARRAY(arena, ColumnStatistics, 4);
        fill_events(statistics, EVENTS_TABLET_ROWS, i * 10000, 10000);
        items[i] = (TabletInfo){.id = i + 1,
                                .path = arena_format(arena, "tables/events/%u", i),
                                .rows = EVENTS_TABLET_ROWS,
                                .partition = (int32_t)(i % 5),
                                .columns = statistics};
    }
    fill_events(all, (uint64_t)tablets * EVENTS_TABLET_ROWS, 0, (int64_t)tablets * 10000);
    *table =
        (TableInfo){.id = 1, .schema = "public", .name = "events", .column_count = 4, .columns = columns};
    table->rows = (uint64_t)tablets * EVENTS_TABLET_ROWS;
    table->tablet_count = tablets;
    table->tablets = items;
    table->statistics = all;
    return table;
}

static const TableInfo *
small_table(Arena *arena, const char *name, uint64_t rows, uint32_t count, const ColumnInfo *columns,
            const ColumnStatistics *statistics)
{
    TableInfo *table = ARENA_NEW(arena, TableInfo);
    TabletInfo *tablet = ARENA_NEW(arena, TabletInfo);

    *tablet =
        (TabletInfo){.id = 900, .path = "tables/small", .rows = rows, .partition = -1, .columns = statistics};
    *table =
        (TableInfo){.id = 2, .schema = "public", .name = name, .column_count = count, .columns = columns};
    table->rows = rows;
    table->tablet_count = 1;
    table->tablets = tablet;
    table->statistics = statistics;
    return table;
}

static const TableInfo *
users_table(Arena *arena)
{
    ColumnInfo *columns = ARENA_ARRAY(arena, ColumnInfo, 3);
    ColumnStatistics *statistics = ARENA_ARRAY(arena, ColumnStatistics, 3);

    columns[0] = column(1, "user_id", type_of(TYPE_INT8));
    columns[1] = column(2, "name", type_of(TYPE_TEXT));
    columns[2] = column(3, "country", type_of(TYPE_TEXT));
    statistics[0] = integers(1000, 0, 999, 1000);
    statistics[1] = texts(1000, "aaro", "zoe", 900, false);
    statistics[2] = texts(1000, "at", "us", 20, true);
    return small_table(arena, "users", 1000, 3, columns, statistics);
}

static const TableInfo *
dates_table(Arena *arena)
{
    ColumnInfo *columns = ARENA_ARRAY(arena, ColumnInfo, 5);
    ColumnStatistics *statistics = ARENA_ARRAY(arena, ColumnStatistics, 5);

    columns[0] = column(1, "day", type_of(TYPE_DATE));
    columns[1] = column(2, "amount", type_numeric(10, 2));
    columns[2] = column(3, "code", type_of(TYPE_INT4));
    columns[3] = column(4, "flag", type_of(TYPE_BOOL));
    columns[4] = column(5, "note", (Type){.id = TYPE_VARCHAR, .length = 20});
    statistics[0] = integers(500, 0, 364, 365);
    statistics[1] = integers(500, 100, 99999, 400);
    statistics[2] = integers(500, 1, 1, 1);
    statistics[3] = integers(500, 0, 0, 1);
    statistics[4] = texts(500, "", "", 0, false);
    statistics[4].min.known = statistics[4].max.known = false;
    statistics[4].nulls = 500;
    return small_table(arena, "dates", 500, 5, columns, statistics);
}

typedef struct Lookup {
    Arena *arena;
    uint32_t tablets;
} Lookup;

static Status
find_relation(void *context, const char *schema, const char *name, Relation *relation, Error *error)
{
    const Lookup *lookup = context;

    (void)schema;
    *relation = (Relation){0};
    if (strcmp(name, "events") == 0)
        relation->table = events_table(lookup->arena, lookup->tablets);
    else if (strcmp(name, "users") == 0)
        relation->table = users_table(lookup->arena);
    else if (strcmp(name, "dates") == 0)
        relation->table = dates_table(lookup->arena);
    else
        return error_set(error, STATUS_UNDEFINED_TABLE, "no table %s", name);
    return STATUS_OK;
}

static Status
bind_and_optimize(Planned *planned, uint32_t tablets, const char *sql)
{
    Lookup lookup = {planned->arena, tablets};
    const BindContext context = {.arena = planned->arena,
                                 .session = &planned->session,
                                 .find_relation = find_relation,
                                 .lookup = &lookup};
    ParseTree *tree;
    BoundStatement *statement;

    TRY(sql_parse(planned->arena, sql, strlen(sql), &tree, &planned->error));
    TRY(sql_bind(&context, tree, &statement, &planned->error));
    planned->bound = statement->plan;
    return plan_optimize(planned->arena, statement->plan, &planned->session, &planned->optimized,
                         &planned->rules, &planned->error);
}

void
planned_optimize(Planned *planned, uint32_t tablets, const char *sql)
{
    *planned = (Planned){.arena = arena_new(NULL), .session = {.seed = 1, .time_zone = "UTC"}};
    planned->status = bind_and_optimize(planned, tablets, sql);
    if (planned->status == STATUS_OK)
        plan_format(planned->optimized, &planned->text);
}

void
planned_stage(Planned *planned, uint32_t tablets, const ClusterShape *shape, const char *sql)
{
    planned_optimize(planned, tablets, sql);
    if (planned->status != STATUS_OK)
        return;
    planned->status = plan_distribute(planned->arena, planned->optimized, &planned->session, shape,
                                      &planned->staged, &planned->error);
    buffer_clear(&planned->text);
    if (planned->status == STATUS_OK)
        plan_format(planned->staged->root, &planned->text);
}

void
planned_destroy(Planned *planned)
{
    buffer_destroy(&planned->rules);
    buffer_destroy(&planned->text);
    arena_destroy(&planned->arena);
}
