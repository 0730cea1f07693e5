/* The rows of a table: every row of every tablet that is not deleted. */
#include "evaluator.h"
#include "plan/row_id.h"
#include "tablet/deletions.h"
#include "tablet/tablet.h"

#include <stdio.h>
#include <string.h>

enum { CACHE_BYTES = 1 << 20 };

typedef struct TabletScan {
    Evaluator *evaluator;
    const PlanScan *scan;
    const TabletInfo *info;
    TabletReader *reader;
    DeletionSet deleted;
    uint64_t first; /* row of the tablet that the block begins with */
    Value **rows;   /* of the block */
} TabletScan;

static Status
read_values(TabletScan *tablet, uint32_t column, uint32_t block, ColumnCursor *cursor)
{
    Arena *arena = tablet->evaluator->arena;
    const uint32_t rows = tablet_block_rows(tablet->reader, block);
    Vector vector;

    for (uint32_t first = 0; first < rows; first += BATCH_ROWS) {
        const uint32_t count = rows - first < BATCH_ROWS ? rows - first : BATCH_ROWS;
        TRY(column_cursor_read(cursor, block, first, count, NULL, count, &vector, tablet->evaluator->error));
        for (uint32_t i = 0; i < count; i++) {
            tablet->rows[first + i][column] = value_copy(arena, &vector, i);
            tablet->rows[first + i][column].type = tablet->scan->read_columns[column].type;
        }
    }
    return STATUS_OK;
}

static Status
read_column(TabletScan *tablet, uint32_t column, uint32_t block)
{
    Arena *arena = tablet->evaluator->arena;
    const uint32_t id = tablet->scan->read_ids[column];
    const int32_t ordinal = id == ROW_ID_COLUMN ? -1 : tablet_find_column(tablet->reader, id);
    const uint32_t rows = tablet_block_rows(tablet->reader, block);
    ColumnCursor *cursor;

    for (uint32_t i = 0; ordinal < 0 && i < rows; i++)
        tablet->rows[i][column] = id == ROW_ID_COLUMN
                                      ? value_int8(arena, row_id(tablet->info->id, tablet->first + i))
                                      : value_null(arena, tablet->scan->read_columns[column].type);
    if (ordinal < 0)
        return STATUS_OK;
    TRY(column_cursor_new(tablet->reader, (uint32_t)ordinal, NULL, &cursor, tablet->evaluator->error));
    const Status status = read_values(tablet, column, block, cursor);
    column_cursor_destroy(&cursor);
    return status;
}

static Status
read_block(TabletScan *tablet, uint32_t block, Rows *rows)
{
    Arena *arena = tablet->evaluator->arena;
    const Deletions *deleted = deletion_set_find(&tablet->deleted, tablet->info->id);
    const uint32_t count = tablet_block_rows(tablet->reader, block);

    tablet->rows = ARENA_ARRAY(arena, Value *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        tablet->rows[i] = ARENA_ARRAY(arena, Value, tablet->scan->read_count + 1);
    for (uint32_t c = 0; c < tablet->scan->read_count; c++)
        TRY(read_column(tablet, c, block));
    for (uint32_t i = 0; i < count; i++)
        if (deleted == NULL || !deletions_has(deleted, tablet->first + i))
            rows_add(arena, rows, tablet->rows[i]);
    tablet->first += count;
    return STATUS_OK;
}

static Status
read_tablet(Evaluator *evaluator, const PlanScan *scan, const TabletInfo *info, BlockCache *cache, Rows *rows)
{
    TabletScan tablet = {.evaluator = evaluator, .scan = scan, .info = info};
    const char *path = arena_format(evaluator->arena, "%s/%s", evaluator->root, info->path);
    Source *source;

    TRY(source_open_file(path, &source, evaluator->error));
    TRY(tablet_open(source, info->id, cache, &tablet.reader, evaluator->error));
    Status status = STATUS_OK;
    if (info->deletions_size > 0)
        status = deletion_set_decode(&tablet.deleted, info->id, info->deletions, info->deletions_size,
                                     info->rows, evaluator->error);
    for (uint32_t block = 0; status == STATUS_OK && block < tablet_block_count(tablet.reader); block++)
        status = read_block(&tablet, block, rows);
    deletion_set_destroy(&tablet.deleted);
    tablet_close(&tablet.reader);
    return status;
}

static Status
read_table(Evaluator *evaluator, const PlanScan *scan, Rows *rows)
{
    BlockCache *cache = block_cache_new(CACHE_BYTES);
    Status status = STATUS_OK;

    for (uint64_t i = 0; status == STATUS_OK && i < scan->table->tablet_count; i++)
        status = read_tablet(evaluator, scan, &scan->table->tablets[i], cache, rows);
    block_cache_destroy(&cache);
    return status;
}

Status
evaluator_scan(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows)
{
    const PlanScan *scan = &node->scan;
    Rows read = {.width = scan->read_count};

    TRY(read_table(evaluator, scan, &read));
    for (uint32_t i = 0; i < read.count; i++) {
        bool wanted = true;
        for (uint32_t f = 0; wanted && f < scan->filter_count; f++) {
            Value value;
            TRY(evaluator_value(evaluator, node, scan->filters[f], read.items[i], read.width, around,
                                &value));
            wanted = value_is_true(&value);
        }
        Value *row = ARENA_ARRAY(evaluator->arena, Value, scan->output_count + 1);
        for (uint32_t c = 0; c < scan->output_count; c++)
            row[c] = read.items[i][scan->output[c]];
        if (wanted)
            rows_add(evaluator->arena, rows, row);
    }
    return STATUS_OK;
}
