#include "exec/window_store.h"

#include "base/array.h"

#include <stdlib.h>

WindowStore *
window_store_new(const Operator *operator, uint32_t column_count, const Type *types)
{
    WindowStore *store = calloc(1, sizeof *store);

    if (store == NULL)
        return NULL;
    store->operator= operator;
    store->spill = spill_new(operator, column_count, types);
    if (store->spill == NULL)
        window_store_destroy(&store);
    return store;
}

void
window_store_destroy(WindowStore **self)
{
    WindowStore *store = *self;

    if (store == NULL)
        return;
    spill_destroy(&store->spill);
    free(store->starts);
    free(store);
    *self = NULL;
}

Status
window_store_add(WindowStore *store, const Batch *batch, const uint32_t *picks, uint32_t count, Error *error)
{
    const size_t chunk = store->spill->chunk_count;

    if (count == 0)
        return STATUS_OK;
    if (store->rows >= UINT32_MAX - count)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "a task cannot hold more than %u rows of a partition",
                         UINT32_MAX);
    if (!array_reserve((void **)&store->starts, &store->start_room, chunk + 2, sizeof *store->starts))
        return error_set_memory(error);
    store->starts[0] = 0;
    TRY(spill_append(store->spill, batch, picks, count, error));
    store->rows += count;
    if (store->spill->chunk_count > chunk)
        store->starts[chunk + 1] = store->rows;
    return STATUS_OK;
}

Status
window_store_close(WindowStore *store, Error *error)
{
    return spill_close(store->spill, error);
}

/* ---- reading ---- */

Status
window_pages_new(const WindowStore *store, WindowPages **made, Error *error)
{
    WindowPages *pages = calloc(1, sizeof *pages);

    if (pages == NULL)
        return error_set_memory(error);
    pages->store = store;
    const Status status = spill_reader_new(store->operator, store->spill, false, &pages->reader, error);
    if (status != STATUS_OK) {
        free(pages);
        return status;
    }
    *made = pages;
    return STATUS_OK;
}

void
window_pages_destroy(WindowPages **self)
{
    if (*self == NULL)
        return;
    spill_reader_destroy(&(*self)->reader);
    free(*self);
    *self = NULL;
}

/* The last chunk that does not begin after the row. */
static size_t
find_chunk(const WindowStore *store, uint32_t row)
{
    size_t low = 0;
    size_t high = store->spill->chunk_count;

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (store->starts[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

Status
window_pages_seek(WindowPages *pages, uint32_t row, Error *error)
{
    bool end = false;

    if (row >= pages->start && row < pages->end)
        return STATUS_OK;
    TRY(operator_check_cancelled(pages->store->operator, error));
    const size_t chunk = find_chunk(pages->store, row);
    pages->start = pages->end = 0;
    pages->reader->next_chunk = chunk;
    TRY(spill_read_chunk(pages->reader, &end, error));
    pages->start = pages->store->starts[chunk];
    pages->end = pages->start + (uint32_t)pages->reader->rows;
    pages->columns = pages->reader->columns;
    if (end || row < pages->start || row >= pages->end)
        return error_set(error, STATUS_INTERNAL, "row %u of a partition on disk is not where it should be",
                         row);
    return STATUS_OK;
}

Batch
window_pages_batch(const WindowPages *pages, uint32_t row, uint32_t end, uint32_t picks[BATCH_ROWS])
{
    const uint32_t stop = end < pages->end ? end : pages->end;
    const uint32_t count = stop - row < BATCH_ROWS ? stop - row : BATCH_ROWS;

    for (uint32_t i = 0; i < count; i++)
        picks[i] = row - pages->start + i;
    return (Batch){.rows = pages->end - pages->start,
                   .count = count,
                   .selection = picks,
                   .column_count = pages->store->spill->column_count,
                   .columns = pages->reader->columns};
}
