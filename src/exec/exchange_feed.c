/* Staged input of an exchange: its chunks, decoded one by one into views and pushed in slices. */
#include "exec/operators.h"

#include "base/array.h"
#include "column/codec.h"
#include "column/slice.h"

#include <stdlib.h>

typedef struct ExchangeFeed {
    Feed feed;
    const PlanNode *node;
    bool listed;
    InputChunk *chunks;
    size_t chunk_count;
    size_t chunk_capacity;
    size_t next_chunk;
    Slab *loaded; /* the decoded chunk, where it was spilled */
    Arena *arena; /* of the decoded chunk */
    Type *types;
    Vector *columns;
    Vector *slice;
    uint64_t rows; /* of the decoded chunk */
    uint64_t next_row;
} ExchangeFeed;

static Status
note_chunk(void *visitor, const InputChunk *chunk, Error *error)
{
    ExchangeFeed *self = visitor;

    if (!array_reserve((void **)&self->chunks, &self->chunk_capacity, self->chunk_count + 1, sizeof *chunk))
        return error_set_memory(error);
    self->chunks[self->chunk_count++] = *chunk;
    return STATUS_OK;
}

static Status
list_chunks(ExchangeFeed *self, Error *error)
{
    const TaskEnvironment *environment = self->feed.base.context->environment;

    self->listed = true;
    return environment->visit_input(environment->context, self->node->exchange.id, note_chunk, self, error);
}

static Status
load(ExchangeFeed *self, const InputChunk *chunk, Error *error)
{
    slab_release(&self->loaded);
    self->loaded = slab_new(self->feed.base.context->in_hand, chunk->size);
    if (self->loaded == NULL)
        return error_set_memory(error);
    return scratch_read(chunk->spilled, 0, chunk->size, self->loaded->data, error);
}

static Status
decode_next(ExchangeFeed *self, Error *error)
{
    const InputChunk *chunk = &self->chunks[self->next_chunk++];

    arena_reset(self->arena);
    self->next_row = 0;
    if (chunk->bytes == NULL)
        TRY(load(self, chunk, error));
    return chunk_decode(chunk->bytes != NULL ? chunk->bytes : self->loaded->data, chunk->size,
                        self->node->column_count, self->types, self->arena, &self->rows, self->columns,
                        error);
}

static Status
step(Feed *feed, bool *exhausted, Error *error)
{
    ExchangeFeed *self = (ExchangeFeed *)feed;
    const uint32_t most = slice_rows(feed->base.context->batch_rows);
    bool enough = false;

    if (!self->listed)
        TRY(list_chunks(self, error));
    if (self->next_row >= self->rows) {
        if (self->next_chunk == self->chunk_count) {
            *exhausted = true;
            return STATUS_OK;
        }
        return decode_next(self, error);
    }
    const uint64_t left = self->rows - self->next_row;
    Batch slice;
    chunk_slice(self->columns, self->node->column_count, self->next_row, left < most ? (uint32_t)left : most,
                self->slice, &slice);
    self->next_row += slice.rows;
    TRY(operator_emit_slice(&self->feed.base, &slice, &enough, error));
    *exhausted = enough;
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    ExchangeFeed *self = (ExchangeFeed *)base;

    slab_release(&self->loaded);
    arena_destroy(&self->arena);
    free(self->chunks);
    free(self->types);
    free(self->columns);
    free(self->slice);
    free(self);
}

static const OperatorClass feed_class = {.name = "exchange_feed", .destroy = destroy};

Status
exchange_feed_new(OperatorContext *context, const PlanNode *node, Feed **made, Error *error)
{
    ExchangeFeed *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->feed.base, &feed_class, context, node->id);
    self->feed.step = step;
    self->node = node;
    self->arena = arena_new(context->in_hand);
    self->types = calloc(node->column_count + 1, sizeof(Type));
    self->columns = calloc(node->column_count + 1, sizeof(Vector));
    self->slice = calloc(node->column_count + 1, sizeof(Vector));
    if (self->arena == NULL || self->types == NULL || self->columns == NULL || self->slice == NULL) {
        destroy(&self->feed.base);
        return error_set_memory(error);
    }
    for (uint32_t i = 0; i < node->column_count; i++)
        self->types[i] = node->columns[i].type;
    *made = &self->feed;
    return STATUS_OK;
}
