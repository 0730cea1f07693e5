#include "exec/spill.h"

#include "base/array.h"
#include "column/codec.h"
#include "column/slice.h"

#include <stdlib.h>

enum {
    CHUNK_BYTES = 64 << 10,
    TIGHT_SHARE = 16 /* part of the memory below which giving it back is no help */
};

bool
spill_is_due(const Operator *operator, size_t held)
{
    for (const Budget *b = operator->context->environment->budget; b != NULL; b = b->parent)
        if (b->limit != SIZE_MAX && budget_used(b) > b->limit / 4 * 3 && held > b->limit / TIGHT_SHARE)
            return true;
    return false;
}

/* ---- writing ---- */

Spill *
spill_new(const Operator *operator, uint32_t column_count, const Type *types)
{
    const OperatorContext *context = operator->context;
    const size_t asked = context->environment->chunk_bytes;
    Spill *spill = calloc(1, sizeof *spill);

    if (spill == NULL)
        return NULL;
    spill->scratch = context->environment->scratch;
    spill->counters = operator->counters;
    spill->in_hand = context->in_hand;
    spill->chunk_bytes = asked != 0 && asked < CHUNK_BYTES ? asked : CHUNK_BYTES;
    spill->column_count = column_count;
    spill->types = malloc((column_count + 1) * sizeof(Type));
    spill->rows = row_builder_new(spill->in_hand, column_count, types);
    if (spill->types == NULL || spill->rows == NULL)
        spill_destroy(&spill);
    else
        memcpy(spill->types, types, column_count * sizeof(Type));
    return spill;
}

void
spill_destroy(Spill **self)
{
    Spill *spill = *self;

    if (spill == NULL)
        return;
    for (size_t i = 0; i < spill->chunk_count; i++)
        scratch_release(&spill->chunks[i]);
    row_builder_destroy(&spill->rows);
    free(spill->types);
    free(spill->chunks);
    free(spill);
    *self = NULL;
}

static Status
write_chunk(Spill *spill, Error *error)
{
    Slab *chunk = NULL;

    if (spill->scratch == NULL)
        return error_set_memory(error);
    if (!array_reserve((void **)&spill->chunks, &spill->chunk_capacity, spill->chunk_count + 1,
                       sizeof *spill->chunks))
        return error_set_memory(error);
    TRY(chunk_encode(spill->rows, 0, row_builder_rows(spill->rows), spill->in_hand, &chunk, error));
    const Status status =
        scratch_write(spill->scratch, chunk->data, chunk->size, &spill->chunks[spill->chunk_count], error);
    if (status == STATUS_OK) {
        spill->chunk_count++;
        atomic_fetch_add_explicit(&spill->counters->spilled_bytes, chunk->size, memory_order_relaxed);
        row_builder_clear(spill->rows);
    }
    slab_release(&chunk);
    return status;
}

Status
spill_append(Spill *spill, const Batch *batch, const uint32_t *picks, uint32_t pick_count, Error *error)
{
    TRY(row_builder_append(spill->rows, batch, picks, pick_count, error));
    spill->row_count += picks != NULL ? pick_count : batch->count;
    return row_builder_size(spill->rows) >= spill->chunk_bytes ? write_chunk(spill, error) : STATUS_OK;
}

Status
spill_close(Spill *spill, Error *error)
{
    if (spill->rows == NULL)
        return STATUS_OK;
    if (row_builder_rows(spill->rows) > 0)
        TRY(write_chunk(spill, error));
    row_builder_destroy(&spill->rows);
    return STATUS_OK;
}

/* ---- reading ---- */

Status
spill_reader_new(const Operator *operator, Spill * spill, bool consume, SpillReader **made, Error *error)
{
    SpillReader *reader = calloc(1, sizeof *reader);

    if (reader == NULL)
        return error_set_memory(error);
    reader->spill = spill;
    reader->consume = consume;
    reader->batch_rows = operator->context->batch_rows;
    reader->in_hand = operator->context->in_hand;
    reader->arena = arena_new(reader->in_hand);
    reader->columns = calloc(spill->column_count + 1, sizeof(Vector));
    reader->slice = calloc(spill->column_count + 1, sizeof(Vector));
    if (reader->arena == NULL || reader->columns == NULL || reader->slice == NULL) {
        spill_reader_destroy(&reader);
        return error_set_memory(error);
    }
    *made = reader;
    return STATUS_OK;
}

void
spill_reader_destroy(SpillReader **self)
{
    SpillReader *reader = *self;

    if (reader == NULL)
        return;
    slab_release(&reader->chunk);
    arena_destroy(&reader->arena);
    free(reader->columns);
    free(reader->slice);
    free(reader);
    *self = NULL;
}

Status
spill_read_chunk(SpillReader *reader, bool *end, Error *error)
{
    Spill *spill = reader->spill;

    *end = reader->next_chunk == spill->chunk_count;
    if (*end)
        return STATUS_OK;
    ScratchSpan *span = &spill->chunks[reader->next_chunk++];
    arena_reset(reader->arena);
    slab_release(&reader->chunk);
    reader->chunk = slab_new(reader->in_hand, span->size);
    if (reader->chunk == NULL)
        return error_set_memory(error);
    TRY(scratch_read(span, 0, span->size, reader->chunk->data, error));
    if (reader->consume)
        scratch_release(span);
    reader->next_row = 0;
    reader->sliced.rows = reader->first = 0;
    return chunk_decode(reader->chunk->data, reader->chunk->size, spill->column_count, spill->types,
                        reader->arena, &reader->rows, reader->columns, error);
}

/* The next rows of the slice, as a selection of it where it has more than a batch may. */
static void
give_slice(SpillReader *reader, Batch *batch)
{
    const uint32_t left = reader->sliced.rows - reader->first;
    const uint32_t count = left < reader->batch_rows ? left : reader->batch_rows;

    *batch = reader->sliced;
    if (count < batch->rows) {
        for (uint32_t i = 0; i < count; i++)
            reader->selection[i] = reader->first + i;
        batch->selection = reader->selection;
        batch->count = count;
    }
    reader->first += count;
}

Status
spill_read_batch(SpillReader *reader, Batch *batch, bool *end, Error *error)
{
    const uint32_t most = slice_rows(reader->batch_rows);

    *end = false;
    while (reader->first == reader->sliced.rows) {
        const uint64_t left = reader->rows - reader->next_row;
        if (left == 0) {
            TRY(spill_read_chunk(reader, end, error));
            if (*end)
                return STATUS_OK;
            continue;
        }
        chunk_slice(reader->columns, reader->spill->column_count, reader->next_row,
                    left < most ? (uint32_t)left : most, reader->slice, &reader->sliced);
        reader->next_row += reader->sliced.rows;
        reader->first = 0;
    }
    give_slice(reader, batch);
    return STATUS_OK;
}

/* ---- partitions ---- */

SpillPartitions *
spill_partitions_new(const Operator *operator, uint32_t column_count, const Type *types, uint32_t level)
{
    SpillPartitions *partitions = calloc(1, sizeof *partitions);

    if (partitions == NULL)
        return NULL;
    partitions->level = level;
    for (uint32_t p = 0; p < SPILL_FANOUT; p++) {
        partitions->parts[p] = spill_new(operator, column_count, types);
        if (partitions->parts[p] == NULL) {
            spill_partitions_destroy(&partitions);
            return NULL;
        }
    }
    return partitions;
}

void
spill_partitions_destroy(SpillPartitions **self)
{
    SpillPartitions *partitions = *self;

    if (partitions == NULL)
        return;
    for (uint32_t p = 0; p < SPILL_FANOUT; p++)
        spill_destroy(&partitions->parts[p]);
    free(partitions);
    *self = NULL;
}

/* Neither tables (low bits) nor exchanges (high half) part by these bits: the finalizer of splitmix64, begun
 * anew at each level. */
static inline uint32_t
part_of(uint64_t hash, uint32_t level)
{
    uint64_t x = hash + (level + 1) * UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(x >> 60);
}

_Static_assert(SPILL_FANOUT == 16, "a part is four bits of the hash");

Status
spill_partitions_append(SpillPartitions *partitions, const Batch *batch, const uint64_t *hashes, Error *error)
{
    uint32_t starts[SPILL_FANOUT + 2] = {0};
    uint32_t picks[BATCH_ROWS];
    uint8_t parts[BATCH_ROWS];

    for (uint32_t i = 0; i < batch->count; i++) {
        parts[i] = (uint8_t)part_of(hashes[i], partitions->level);
        starts[parts[i] + 2]++;
    }
    for (uint32_t p = 2; p < SPILL_FANOUT + 2; p++)
        starts[p] += starts[p - 1];
    for (uint32_t i = 0; i < batch->count; i++)
        picks[starts[parts[i] + 1]++] = batch_row(batch, i);
    for (uint32_t p = 0; p < SPILL_FANOUT; p++)
        if (starts[p + 1] > starts[p])
            TRY(spill_append(partitions->parts[p], batch, picks + starts[p], starts[p + 1] - starts[p],
                             error));
    return STATUS_OK;
}

Status
spill_partitions_close(SpillPartitions *partitions, Error *error)
{
    for (uint32_t p = 0; p < SPILL_FANOUT; p++)
        TRY(spill_close(partitions->parts[p], error));
    return STATUS_OK;
}
