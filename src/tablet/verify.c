#include "tablet/bounds.h"
#include "tablet/reader.h"

#include "column/builder.h"

static bool
bound_equal(const ColumnBound *a, const ColumnBound *b)
{
    if (a->known != b->known || a->exact != b->exact)
        return false;
    if (a->text.size != b->text.size ||
        (a->text.size > 0 && memcmp(a->text.data, b->text.data, a->text.size) != 0))
        return false;
    return a->integer == b->integer && memcmp(&a->real, &b->real, sizeof a->real) == 0;
}

static bool
statistics_equal(const ColumnStatistics *a, const ColumnStatistics *b)
{
    return a->rows == b->rows && a->nulls == b->nulls && a->has_nan == b->has_nan &&
           bound_equal(&a->min, &b->min) && bound_equal(&a->max, &b->max);
}

/* The block's rows, whole, in `rows`. */
static Status
read_block(ColumnCursor *cursor, TabletReader *tablet, uint32_t block, RowBuilder *rows, Error *error)
{
    const uint32_t total = tablet_block_rows(tablet, block);

    for (uint32_t first = 0; first < total; first += BATCH_ROWS) {
        const uint32_t count = total - first < BATCH_ROWS ? total - first : BATCH_ROWS;
        Vector vector;
        TRY(column_cursor_read(cursor, block, first, count, NULL, 0, &vector, error));
        const Batch batch = {.rows = count, .count = count, .column_count = 1, .columns = &vector};
        TRY(row_builder_append(rows, &batch, NULL, 0, error));
    }
    return STATUS_OK;
}

static Status
verify_block(ColumnCursor *cursor, TabletReader *tablet, uint32_t ordinal, uint32_t block, RowBuilder *rows,
             Arena *arena, Error *error)
{
    ColumnStatistics found;

    row_builder_clear(rows);
    TRY(read_block(cursor, tablet, block, rows, error));
    const Vector column = row_builder_column(rows, 0);
    TRY(bounds_collect(&column, 0, tablet_block_rows(tablet, block), arena, &found, error));
    if (statistics_equal(&found, tablet_block_statistics(tablet, ordinal, block)))
        return STATUS_OK;
    Error cause = {0};
    error_set(&cause, STATUS_CORRUPT, "the statistics do not fit the values");
    return reader_error(tablet, ordinal, block, &cause, error);
}

static Status
verify_column(TabletReader *tablet, uint32_t ordinal, Error *error)
{
    const Type type = tablet_column(tablet, ordinal)->type;
    Arena *arena = arena_new(NULL);
    RowBuilder *rows = row_builder_new(NULL, 1, &type);
    ColumnCursor *cursor = NULL;
    Status status = rows == NULL ? error_set_memory(error) : STATUS_OK;

    if (status == STATUS_OK)
        status = column_cursor_new(tablet, ordinal, NULL, &cursor, error);
    for (uint32_t block = 0; block < tablet_block_count(tablet) && status == STATUS_OK; block++) {
        arena_reset(arena);
        status = verify_block(cursor, tablet, ordinal, block, rows, arena, error);
    }
    column_cursor_destroy(&cursor);
    row_builder_destroy(&rows);
    arena_destroy(&arena);
    return status;
}

Status
tablet_verify(TabletReader *tablet, Error *error)
{
    for (uint32_t i = 0; i < tablet_column_count(tablet); i++)
        TRY(verify_column(tablet, i, error));
    return STATUS_OK;
}
