#include "column/builder.h"

#include "base/pages.h"
#include "column/gather.h"
#include "column/slice.h"
#include "column/string_heap.h"

#include <assert.h>
#include <stdlib.h>

/* One column, or one level of a nested one. */
typedef struct Column {
    Type type;
    Layout layout;
    size_t width;
    uint64_t rows;
    uint64_t capacity; /* rows that `values` and `validity` have room for; a multiple of 64 */
    char *values;
    uint64_t *validity; /* NULL until the first NULL came */
    bool has_nulls;     /* since the last clear */
    StringHeap heap;
    uint32_t child_count;
    struct Column *children;
    Vector *child_vectors;
} Column;

struct RowBuilder {
    Budget *budget;
    size_t bytes; /* charged for everything but the heaps */
    uint64_t rows;
    uint32_t column_count;
    Column columns[];
};

enum { ROWS_FIRST = 64 };

static void
column_destroy(Column *column)
{
    for (uint32_t i = 0; i < column->child_count; i++)
        column_destroy(&column->children[i]);
    string_heap_destroy(&column->heap);
    free(column->children);
    free(column->child_vectors);
    free(column->validity);
    free(column->values);
}

static bool
column_init(Column *column, Budget *budget, Type type)
{
    *column = (Column){.type = type, .layout = type_layout(type), .heap = {.budget = budget}};
    column->width = layout_width(column->layout);
    if (column->layout != LAYOUT_LIST)
        return true;
    column->children = calloc(type.nested->count, sizeof *column->children);
    column->child_vectors = calloc(type.nested->count, sizeof *column->child_vectors);
    if (column->children == NULL || column->child_vectors == NULL)
        return false;
    for (; column->child_count < type.nested->count; column->child_count++) {
        if (!column_init(&column->children[column->child_count], budget,
                         type.nested->types[column->child_count])) {
            column_destroy(&column->children[column->child_count]);
            return false;
        }
    }
    return true;
}

RowBuilder *
row_builder_new(Budget *budget, uint32_t column_count, const Type *types)
{
    const size_t bytes = sizeof(RowBuilder) + column_count * sizeof(Column);

    if (!budget_charge(budget, bytes))
        return NULL;
    RowBuilder *builder = calloc(1, bytes);
    if (builder == NULL) {
        budget_release(budget, bytes);
        return NULL;
    }
    builder->budget = budget;
    builder->bytes = bytes;
    for (; builder->column_count < column_count; builder->column_count++) {
        if (!column_init(&builder->columns[builder->column_count], budget, types[builder->column_count])) {
            column_destroy(&builder->columns[builder->column_count]);
            row_builder_destroy(&builder);
            return NULL;
        }
    }
    return builder;
}

void
row_builder_destroy(RowBuilder **self)
{
    RowBuilder *builder = *self;

    if (builder == NULL)
        return;
    for (uint32_t i = 0; i < builder->column_count; i++)
        column_destroy(&builder->columns[i]);
    budget_release(builder->budget, builder->bytes);
    free(builder);
    *self = NULL;
}

/* Move *memory to `to` bytes from `from` charged ones; false, with nothing changed, where that is refused. */
static bool
resize(RowBuilder *builder, void **memory, size_t from, size_t to)
{
    if (to == 0)
        return true;
    if (!budget_charge(builder->budget, to - from))
        return false;
    void *moved = realloc(*memory, to);
    if (moved == NULL) {
        budget_release(builder->budget, to - from);
        return false;
    }
    pages_advise_huge(moved, to);
    *memory = moved;
    builder->bytes += to - from;
    return true;
}

static size_t
bitmap_bytes(uint64_t rows)
{
    return bits_words(rows) * sizeof(uint64_t);
}

static bool
column_reserve(RowBuilder *builder, Column *column, uint64_t rows)
{
    if (rows <= column->capacity)
        return true;
    uint64_t grown = column->capacity == 0 ? ROWS_FIRST : column->capacity * 2;
    if (grown < rows)
        grown = (rows + 63) & ~UINT64_C(63);

    void *validity = column->validity;
    if (validity != NULL) {
        const bool moved = resize(builder, &validity, bitmap_bytes(column->capacity), bitmap_bytes(grown));
        column->validity = validity;
        if (!moved)
            return false;
    }
    void *values = column->values;
    const bool moved = resize(builder, &values, column->capacity * column->width, grown * column->width);
    column->values = values;
    if (!moved) {
        if (validity !=
            NULL) { /* stays larger than what is accounted for as its size: give the charge back */
            const size_t excess = bitmap_bytes(grown) - bitmap_bytes(column->capacity);
            budget_release(builder->budget, excess);
            builder->bytes -= excess;
        }
        return false;
    }
    column->capacity = grown;
    return true;
}

static void
set_range(uint64_t *words, uint64_t from, uint64_t to)
{
    for (; from < to && from % 64 != 0; from++)
        bits_set(words, from);
    for (; from + 64 <= to; from += 64)
        words[from / 64] = UINT64_MAX;
    for (; from < to; from++)
        bits_set(words, from);
}

/* The bits of the rows to come in, set at column->rows and after; whether one of them is NULL. */
static bool
gather_validity(Column *column, const Vector *source, const uint32_t *rows, uint32_t count)
{
    uint64_t *words = column->validity;
    bool all = true;

    if (source->form == VECTOR_CONSTANT) {
        all = !vector_is_null(source, 0);
        for (uint32_t i = 0; i < count; i++)
            bits_put(words, column->rows + i, all);
        return !all;
    }
    if (source->form == VECTOR_FLAT && rows == NULL && column->rows % 64 == 0) {
        memcpy(words + column->rows / 64, source->validity, bitmap_bytes(count));
        return bits_count(source->validity, count) != count;
    }
    for (uint32_t i = 0; i < count; i++) {
        const bool valid = !vector_is_null(source, rows != NULL ? rows[i] : i);
        bits_put(words, column->rows + i, valid);
        all &= valid;
    }
    return !all;
}

static Status
append_validity(RowBuilder *builder, Column *column, const Vector *source, const uint32_t *rows,
                uint32_t count, Error *error)
{
    if (vector_has_no_nulls(source)) {
        if (column->has_nulls)
            set_range(column->validity, column->rows, column->rows + count);
        return STATUS_OK;
    }
    if (column->validity == NULL) {
        void *validity = NULL;
        if (!resize(builder, &validity, 0, bitmap_bytes(column->capacity)))
            return error_set_memory(error);
        column->validity = validity;
    }
    if (gather_validity(column, source, rows, count) && !column->has_nulls) {
        column->has_nulls = true;
        set_range(column->validity, 0, column->rows);
    }
    return STATUS_OK;
}

/* The strings just gathered point to borrowed bytes: copy those, and empty the NULL ones. */
static Status
adopt_strings(Column *column, uint32_t count, Error *error)
{
    StringView *views = (StringView *)column->values + column->rows;

    if (column->has_nulls) {
        for (uint32_t i = 0; i < count; i++) {
            if (!bits_get(column->validity, column->rows + i))
                views[i] = (StringView){.size = 0};
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!string_heap_adopt(&column->heap, &views[i]))
            return error_set_memory(error);
    }
    return STATUS_OK;
}

static Status append_column(RowBuilder *builder, Column *column, const Vector *source, const uint32_t *rows,
                            uint32_t count, Error *error);

/* Lists: their elements are picked by number out of the source's child, and the entries say where they went.
 */
static Status
append_lists(RowBuilder *builder, Column *column, const Vector *source, const uint32_t *rows, uint32_t count,
             Error *error)
{
    Column *child = &column->children[0];
    const Vector *children =
        source->form == VECTOR_DICTIONARY ? source->dictionary->values.children : source->children;
    const ListEntry *from = vector_values(source);
    ListEntry *to = (ListEntry *)column->values + column->rows;
    uint64_t total = child->rows;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = rows != NULL ? rows[i] : i;
        to[i] = (ListEntry){.offset = (uint32_t)total};
        if (!vector_is_null(source, row))
            to[i].count = from[vector_index(source, row)].count;
        total += to[i].count;
        if (total > UINT32_MAX)
            return error_set(error, STATUS_LIMIT_EXCEEDED, "too many array elements in one operation");
    }

    const uint32_t elements = (uint32_t)(total - child->rows);
    if (elements == 0)
        return STATUS_OK;
    if (!budget_charge(builder->budget, elements * sizeof(uint32_t)))
        return error_set_memory(error);
    Status status = STATUS_OK;
    uint32_t *picks = malloc(elements * sizeof *picks);
    uint32_t at = 0;
    if (picks == NULL)
        TRY_GOTO(error_set_memory(error), done);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < to[i].count; j++)
            picks[at++] = from[vector_index(source, rows != NULL ? rows[i] : i)].offset + j;
    }
    status = append_column(builder, child, children, picks, elements, error);
done:
    free(picks);
    budget_release(builder->budget, elements * sizeof(uint32_t));
    return status;
}

static Status
append_values(RowBuilder *builder, Column *column, const Vector *source, const uint32_t *rows, uint32_t count,
              Error *error)
{
    char *to = column->values + column->rows * column->width;

    if (column->layout == LAYOUT_LIST)
        return append_lists(builder, column, source, rows, count, error);
    if (source->form == VECTOR_CONSTANT && vector_is_null(source, 0))
        memset(to, 0, count * column->width);
    else if (source->form == VECTOR_CONSTANT)
        gather_constant(column->width, to, source->data, count);
    else
        gather_values(column->width, to, vector_values(source),
                      source->form == VECTOR_DICTIONARY ? source->data : NULL, rows, count);
    return column->layout == LAYOUT_VIEW ? adopt_strings(column, count, error) : STATUS_OK;
}

/* rows: `count` row numbers of the source, or NULL for its first ones. */
static Status
append_column(RowBuilder *builder, Column *column, const Vector *source, const uint32_t *rows, uint32_t count,
              Error *error)
{
    assert(source->layout == column->layout);
    if (column->rows + count > UINT32_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "too many rows in one operation");
    if (!column_reserve(builder, column, column->rows + count))
        return error_set_memory(error);
    TRY(append_validity(builder, column, source, rows, count, error));
    TRY(append_values(builder, column, source, rows, count, error));
    column->rows += count;
    return STATUS_OK;
}

/* Back to `rows` rows; lists and their elements alike. */
static void
truncate_column(Column *column, uint64_t rows)
{
    if (column->layout == LAYOUT_LIST) {
        const ListEntry *entries = (const ListEntry *)column->values;
        truncate_column(&column->children[0],
                        rows == 0 ? 0 : entries[rows - 1].offset + entries[rows - 1].count);
    }
    column->rows = rows;
}

Status
row_builder_append(RowBuilder *builder, const Batch *batch, const uint32_t *picks, uint32_t pick_count,
                   Error *error)
{
    const uint32_t *rows = picks != NULL ? picks : batch->selection;
    const uint32_t count = picks != NULL ? pick_count : batch->count;

    assert(batch->column_count >= builder->column_count);
    if (count == 0)
        return STATUS_OK;
    for (uint32_t i = 0; i < builder->column_count; i++) {
        const Status status =
            append_column(builder, &builder->columns[i], &batch->columns[i], rows, count, error);
        if (status != STATUS_OK) {
            for (uint32_t j = 0; j <= i; j++)
                truncate_column(&builder->columns[j], builder->rows);
            return status;
        }
    }
    builder->rows += count;
    return STATUS_OK;
}

uint32_t
row_builder_columns(const RowBuilder *builder)
{
    return builder->column_count;
}

uint64_t
row_builder_rows(const RowBuilder *builder)
{
    return builder->rows;
}

static size_t
heap_bytes(const Column *column)
{
    size_t bytes = column->heap.bytes;

    for (uint32_t i = 0; i < column->child_count; i++)
        bytes += heap_bytes(&column->children[i]);
    return bytes;
}

size_t
row_builder_bytes(const RowBuilder *builder)
{
    size_t bytes = builder->bytes;

    for (uint32_t i = 0; i < builder->column_count; i++)
        bytes += heap_bytes(&builder->columns[i]);
    return bytes;
}

static size_t
column_size(const Column *column)
{
    size_t size = column->rows * column->width + column->heap.used;

    for (uint32_t i = 0; i < column->child_count; i++)
        size += column_size(&column->children[i]);
    return size;
}

size_t
row_builder_size(const RowBuilder *builder)
{
    size_t size = 0;

    for (uint32_t i = 0; i < builder->column_count; i++)
        size += column_size(&builder->columns[i]);
    return size;
}

static void
clear_column(Column *column)
{
    column->rows = 0;
    column->has_nulls = false;
    string_heap_clear(&column->heap);
    for (uint32_t i = 0; i < column->child_count; i++)
        clear_column(&column->children[i]);
}

void
row_builder_clear(RowBuilder *builder)
{
    builder->rows = 0;
    for (uint32_t i = 0; i < builder->column_count; i++)
        clear_column(&builder->columns[i]);
}

static Vector
column_vector(const Column *column)
{
    Vector vector = vector_flat(column->type, column->values, column->has_nulls ? column->validity : NULL);

    for (uint32_t i = 0; i < column->child_count; i++)
        column->child_vectors[i] = column_vector(&column->children[i]);
    vector.children = column->child_vectors;
    return vector;
}

Vector
row_builder_column(const RowBuilder *builder, uint32_t column)
{
    return column_vector(&builder->columns[column]);
}

void
row_builder_batch(const RowBuilder *builder, uint64_t first, uint32_t count, Vector *columns, Batch *batch)
{
    assert(count <= BATCH_ROWS && first + count <= builder->rows);
    for (uint32_t i = 0; i < builder->column_count; i++) {
        const Vector column = row_builder_column(builder, i);
        columns[i] = vector_slice(&column, first);
    }
    *batch =
        (Batch){.rows = count, .count = count, .column_count = builder->column_count, .columns = columns};
}
