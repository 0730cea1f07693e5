#include "wire/chunk.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

Chunk *
chunk_from_slab(Slab *slab)
{
    Chunk *chunk = MEMORY_NEW(Chunk);

    atomic_init(&chunk->references, 1);
    chunk->slab = slab;
    chunk->bytes = slab->data;
    chunk->size = slab->size;
    return chunk;
}

Chunk *
chunk_from_frame(zmq_msg_t *frame, Budget *budget)
{
    const size_t size = zmq_msg_size(frame);

    if ((uintptr_t)zmq_msg_data(frame) % 16 != 0) {
        Slab *slab = slab_new(budget, size);
        if (slab == NULL)
            return NULL;
        memcpy(slab->data, zmq_msg_data(frame), size);
        return chunk_from_slab(slab);
    }
    if (!budget_charge(budget, size))
        return NULL;
    Chunk *chunk = MEMORY_NEW(Chunk);
    atomic_init(&chunk->references, 1);
    zmq_msg_init(&chunk->frame);
    zmq_msg_move(&chunk->frame, frame);
    chunk->budget = budget;
    chunk->bytes = zmq_msg_data(&chunk->frame);
    chunk->size = size;
    return chunk;
}

Chunk *
chunk_from_span(const ScratchSpan *span)
{
    Chunk *chunk = MEMORY_NEW(Chunk);

    atomic_init(&chunk->references, 1);
    chunk->spilled = *span;
    chunk->size = span->size;
    return chunk;
}

static void
release_memory(Chunk *chunk)
{
    if (chunk->slab != NULL) {
        slab_release(&chunk->slab);
    } else if (chunk->bytes != NULL) {
        zmq_msg_close(&chunk->frame);
        budget_release(chunk->budget, chunk->size);
    }
    chunk->bytes = NULL;
}

void
chunk_spill(Chunk *chunk, const ScratchSpan *span)
{
    release_memory(chunk);
    chunk->spilled = *span;
}

Chunk *
chunk_reference(Chunk *chunk)
{
    atomic_fetch_add_explicit(&chunk->references, 1, memory_order_relaxed);
    return chunk;
}

void
chunk_release(Chunk *chunk)
{
    if (atomic_fetch_sub_explicit(&chunk->references, 1, memory_order_acq_rel) != 1)
        return;
    release_memory(chunk);
    scratch_release(&chunk->spilled);
    free(chunk);
}
