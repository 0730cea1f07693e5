#include "coordinator/range_bounds.h"

#include "column/codec.h"
#include "coordinator/planning.h"
#include "expr/function.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLE_ROWS = 10000 };

/* --- picking
 * ------------------------------------------------------------------------------------------------------- */

static int
compare_rows(const void *a, const void *b, void *column)
{
    return vector_compare(column, *(const uint32_t *)a, column, *(const uint32_t *)b);
}

/* The rows with a value, ascending. */
static uint32_t *
sorted_rows(Arena *arena, const Vector *column, uint64_t total, uint32_t *count)
{
    uint32_t *rows = ARENA_ARRAY(arena, uint32_t, total);

    *count = 0;
    for (uint32_t row = 0; row < total; row++)
        if (!vector_is_null(column, row))
            rows[(*count)++] = row;
    qsort_r(rows, *count, sizeof *rows, compare_rows, (void *)column);
    return rows;
}

static void
copy_value(Arena *arena, const Vector *column, uint32_t row, void *to)
{
    const size_t width = layout_width(type_layout(column->type));

    memcpy(to, (const char *)column->data + width * row, width);
    if (type_layout(column->type) == LAYOUT_VIEW) {
        StringView *view = to;
        *view = string_view(arena_copy_bytes(arena, string_view_data(view), view->size), view->size);
    }
}

Status
range_bounds_pick(QuerySession *session, const RowBuilder *rows, uint32_t partitions, const void **bounds,
                  Error *error)
{
    const Vector column = row_builder_column(rows, 0);
    const size_t width = layout_width(type_layout(column.type));
    char *values = ARENA_ARRAY(session->arena, char, width *(partitions > 1 ? partitions - 1 : 1));
    uint32_t count;
    const uint32_t *sorted = sorted_rows(session->arena, &column, row_builder_rows(rows), &count);

    if (count == 0) {
        error_set(error, STATUS_INVALID_PARAMETER, "the partition column has no values to take bounds from");
        error_hint(error, "create the table WITH (bounds='…'), or write rows with values first");
        return STATUS_INVALID_PARAMETER;
    }
    for (uint32_t i = 1; i < partitions; i++)
        copy_value(session->arena, &column, sorted[(uint64_t)i * count / partitions],
                   values + width * (i - 1));
    *bounds = values;
    return STATUS_OK;
}

/* --- the sample of a statement
 * ------------------------------------------------------------------------------------- */

static Status
random_call(Arena *arena, Expr **call, Error *error)
{
    const Function *function;
    Type none, type;

    TRY(function_resolve("random", 0, &none, &function, &type, error));
    *call = expr_call(arena, function, type, 0, NULL);
    return STATUS_OK;
}

/* The key, and a number by which rows are drawn. */
static Status
number_rows(Arena *arena, PlanNode *rows, uint32_t key, PlanNode **numbered, Error *error)
{
    PlanColumn *columns = ARENA_ARRAY(arena, PlanColumn, 2);
    Expr **expressions = ARENA_ARRAY(arena, Expr *, 2);

    TRY(random_call(arena, &expressions[1], error));
    expressions[0] = expr_column(arena, rows->columns[key].type, key);
    columns[0] = rows->columns[key];
    columns[1] = (PlanColumn){.name = "random", .type = expressions[1]->type};
    *numbered = plan_node_new(arena, PLAN_PROJECT, 2, columns, 1, &rows);
    (*numbered)->project.expressions = expressions;
    return STATUS_OK;
}

Status
range_bounds_sample(QuerySession *session, PlanNode *rows, uint32_t key, Error *error)
{
    SortKey *order = ARENA_NEW(session->arena, SortKey);
    PlanNode *numbered, *sample;

    TRY(number_rows(session->arena, rows, key, &numbered, error));
    *order = (SortKey){.column = 1};
    sample = plan_node_new(session->arena, PLAN_TOP_N, 2, numbered->columns, 1, &numbered);
    sample->sort = (PlanSort){.key_count = 1, .keys = order, .limit = SAMPLE_ROWS};
    TRY(plan_optimize(session->arena, sample, &session->session, &session->bound, &session->rules, error));
    session->kind = SESSION_SAMPLE;
    return planning_stage(session, session->bound, error);
}

static Status
add_chunk(QuerySession *session, const Chunk *chunk, RowBuilder *rows, Error *error)
{
    const Type types[] = {row_builder_column(rows, 0).type, type_of(TYPE_FLOAT8)};
    Vector columns[2];
    uint64_t count;

    TRY(chunk_decode(chunk->bytes, chunk->size, 2, types, session->arena, &count, columns, error));
    for (uint64_t first = 0; first < count; first += BATCH_ROWS) {
        Vector part;
        Batch batch;
        const uint32_t size = count - first < BATCH_ROWS ? (uint32_t)(count - first) : BATCH_ROWS;
        chunk_slice(columns, 1, first, size, &part, &batch);
        TRY(row_builder_append(rows, &batch, NULL, 0, error));
    }
    return STATUS_OK;
}

static Status
take_rows(QuerySession *session, RowBuilder *rows, Error *error)
{
    Status status = STATUS_OK;
    Chunk *chunk;

    while (status == STATUS_OK && front_query_next(session->receiver, false, &chunk) == FRONT_ROWS) {
        status = add_chunk(session, chunk, rows, error);
        chunk_release(chunk);
    }
    front_query_close(&session->receiver);
    return status;
}

Status
range_bounds_take(QuerySession *session, Type type, uint32_t partitions, bool *empty, Error *error)
{
    RowBuilder *rows = row_builder_new(NULL, 1, &type);
    Status status = take_rows(session, rows, error);

    *empty = row_builder_rows(rows) == 0;
    if (status == STATUS_OK && !*empty)
        status = range_bounds_pick(session, rows, partitions, &session->range_bounds, error);
    row_builder_destroy(&rows);
    return status;
}
