/* Tables of columns of all types and shapes, and tablets made of them in memory, for tests of what reads
 * them. */
#ifndef RUNNEL_TESTS_TABLET_TABLES_H
#define RUNNEL_TESTS_TABLET_TABLES_H

#include "base/random.h"
#include "column/builder.h"
#include "tablet/tablet.h"
#include "tablet/writer.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One column: its type and how its values go. */
typedef struct TableColumn {
    const char *name;
    Type type;
    bool nulls;
    void (*value)(Arena *arena, Random *random, uint64_t row, void *out);
} TableColumn;

static inline void
put_text(Arena *arena, const char *text, void *out)
{
    const size_t size = strlen(text);

    *(StringView *)out = string_view(arena_copy_bytes(arena, text, size), size);
}

#define TABLE_VALUE(name)                                                                                    \
    static inline void name(__attribute__((unused)) Arena *arena, __attribute__((unused)) Random *random,    \
                            __attribute__((unused)) uint64_t row, void *out)

TABLE_VALUE(value_user)
{
    *(int64_t *)out = (int64_t)random_below(random, 1000000);
}
TABLE_VALUE(value_time)
{
    *(int64_t *)out = (int64_t)(row * 2600000 + random_below(random, 5000000));
}
TABLE_VALUE(value_any64)
{
    *(uint64_t *)out = random_next(random);
}
TABLE_VALUE(value_constant)
{
    *(int64_t *)out = -7;
}
TABLE_VALUE(value_small)
{
    *(int32_t *)out = (int32_t)random_below(random, 1000) - 500;
}
TABLE_VALUE(value_run)
{
    *(int32_t *)out = (int32_t)(row / 900);
}
TABLE_VALUE(value_any32)
{
    *(int32_t *)out = (int32_t)random_next(random);
}
TABLE_VALUE(value_bool)
{
    *(uint8_t *)out = random_below(random, 3) == 0;
}
TABLE_VALUE(value_price)
{
    *(double *)out = (double)random_below(random, 50000) / 100;
}
TABLE_VALUE(value_real)
{
    *(double *)out = random_unit(random) * 1000;
}
TABLE_VALUE(value_wide)
{
    *(UInt128 *)out = (UInt128)random_next(random) << 64 | random_next(random);
}
TABLE_VALUE(value_narrow)
{
    *(Int128 *)out = -(Int128)random_below(random, 1 << 30);
}

TABLE_VALUE(value_odd_real)
{
    const double odd[] = {NAN, INFINITY, -INFINITY, -0.0, 0.1, 1e300, 5e-324, 12.25};
    *(double *)out = odd[random_below(random, 8)];
}

TABLE_VALUE(value_interval)
{
    *(Interval *)out = (Interval){.months = (int32_t)random_below(random, 3) - 1,
                                  .days = (int32_t)random_below(random, 100),
                                  .microseconds = (int64_t)random_next(random) >> 8};
}

TABLE_VALUE(value_event)
{
    const char *const events[] = {"view",   "click",  "purchase", "add_to_cart",
                                  "search", "signup", "logout",   "a rather long name of an event"};
    const uint64_t a = random_below(random, 8);
    const uint64_t b = random_below(random, 8);
    put_text(arena, events[a < b ? a : b], out);
}

TABLE_VALUE(value_url)
{
    char text[200];
    snprintf(text, sizeof text, "https://example.com/shop/item-%llu?session=%016llx", (unsigned long long)row,
             (unsigned long long)random_next(random));
    put_text(arena, text, out);
}

TABLE_VALUE(value_bytes)
{
    const size_t size = random_below(random, 40);
    char *bytes = arena_alloc(arena, size + 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)random_next(random);
    *(StringView *)out = string_view(bytes, size);
}

enum { TABLE_COLUMNS = 24 };

static inline uint32_t
table_columns(TableColumn *columns)
{
    const TableColumn all[] = {
        {"user", type_of(TYPE_INT8), false, value_user},
        {"time", type_of(TYPE_TIMESTAMP), false, value_time},
        {"time null", type_of(TYPE_TIMESTAMPTZ), true, value_time},
        {"any64", type_of(TYPE_INT8), true, value_any64},
        {"constant", type_of(TYPE_INT8), false, value_constant},
        {"constant null", type_of(TYPE_INT8), true, value_constant},
        {"small", type_of(TYPE_INT2), true, value_small},
        {"run", type_of(TYPE_DATE), false, value_run},
        {"any32", type_of(TYPE_INT4), false, value_any32},
        {"bool", type_of(TYPE_BOOL), true, value_bool},
        {"price", type_of(TYPE_FLOAT8), false, value_price},
        {"price null", type_of(TYPE_FLOAT8), true, value_price},
        {"real", type_of(TYPE_FLOAT8), false, value_real},
        {"odd", type_of(TYPE_FLOAT8), true, value_odd_real},
        {"uuid", type_of(TYPE_UUID), false, value_wide},
        {"numeric", type_numeric(38, 4), true, value_narrow},
        {"money", type_numeric(18, 2), false, value_user},
        {"interval", type_of(TYPE_INTERVAL), true, value_interval},
        {"event", type_of(TYPE_TEXT), false, value_event},
        {"event null", type_of(TYPE_TEXT), true, value_event},
        {"url", type_of(TYPE_VARCHAR), false, value_url},
        {"url null", type_of(TYPE_TEXT), true, value_url},
        {"bytes", type_of(TYPE_BYTEA), true, value_bytes},
        {"wide", type_numeric(38, 0), false, value_wide},
    };

    memcpy(columns, all, sizeof all);
    return TABLE_COLUMNS;
}

/* `rows` rows in a builder of the columns' types. */
static inline RowBuilder *
table_fill(const TableColumn *columns, uint32_t count, uint64_t rows, uint64_t seed)
{
    Arena *arena = arena_new(NULL);
    Random random = {seed};
    Type types[TABLE_COLUMNS];
    Vector vectors[TABLE_COLUMNS];
    Error error = {0};

    for (uint32_t i = 0; i < count; i++)
        types[i] = columns[i].type;
    RowBuilder *builder = row_builder_new(NULL, count, types);
    for (uint64_t first = 0; first < rows; first += BATCH_ROWS) {
        const uint32_t batch_rows = rows - first < BATCH_ROWS ? (uint32_t)(rows - first) : BATCH_ROWS;
        for (uint32_t i = 0; i < count; i++) {
            const size_t width = layout_width(type_layout(types[i]));
            char *data = arena_alloc_zero(arena, batch_rows * width);
            uint64_t *validity = arena_alloc_zero(arena, bits_words(batch_rows) * sizeof *validity);
            for (uint32_t row = 0; row < batch_rows; row++) {
                const bool valid = !columns[i].nulls || random_below(&random, 4) != 0;
                bits_put(validity, row, valid);
                if (valid)
                    columns[i].value(arena, &random, first + row, data + row * width);
            }
            vectors[i] = vector_flat(types[i], data, columns[i].nulls ? validity : NULL);
        }
        const Batch batch = {
            .rows = batch_rows, .count = batch_rows, .column_count = count, .columns = vectors};
        ck_assert_int_eq(row_builder_append(builder, &batch, NULL, 0, &error), STATUS_OK);
        arena_reset(arena);
    }
    arena_destroy(&arena);
    return builder;
}

static inline void
table_specs(const TableColumn *columns, uint32_t count, TabletColumnSpec *specs)
{
    for (uint32_t i = 0; i < count; i++)
        specs[i] = (TabletColumnSpec){.id = 100 + i, .name = columns[i].name, .type = columns[i].type};
}

/* Write the builder's rows to `path`. */
static inline Status
table_write(const RowBuilder *rows, const TableColumn *columns, const TabletWriterOptions *options,
            const char *path, Arena *arena, TabletSummary *summary, Error *error)
{
    const uint32_t count = row_builder_columns(rows);
    TabletColumnSpec specs[TABLE_COLUMNS];
    Vector vectors[TABLE_COLUMNS];
    TabletWriter *writer = NULL;
    Batch batch;

    table_specs(columns, count, specs);
    ck_assert_int_eq(tablet_writer_new(count, specs, options, NULL, &writer, error), STATUS_OK);
    for (uint64_t first = 0; first < row_builder_rows(rows); first += BATCH_ROWS) {
        const uint64_t left = row_builder_rows(rows) - first;
        uint32_t taken;
        row_builder_batch(rows, first, left < BATCH_ROWS ? (uint32_t)left : BATCH_ROWS, vectors, &batch);
        ck_assert_int_eq(tablet_writer_append(writer, &batch, 0, &taken, error), STATUS_OK);
        ck_assert_uint_eq(taken, batch.count);
    }
    const Status status = tablet_writer_finish(writer, path, arena, summary, error);
    tablet_writer_destroy(&writer);
    return status;
}

static inline void
table_temporary_path(char *path, size_t size, const char *what)
{
    static int number;
    const char *folder = getenv("TMPDIR");

    snprintf(path, size, "%s/runnel-test-%s-%d-%d.tablet", folder != NULL ? folder : "/tmp", what,
             (int)getpid(), number++);
}

/* The whole file, in malloc memory. */
static inline char *
table_slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");

    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = malloc(*size + 1);
    ck_assert_uint_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

#endif
