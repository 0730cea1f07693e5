/* wire/chunk.h: the bytes of a chunk, by reference, wherever they lie: in a slab of this process, in a
 * received frame, or in the scratch directory.
 *
 * The state machines know chunks as 64-bit handles: chunk_handle() and chunk_of(). Thread-safe references. */
#ifndef RUNNEL_WIRE_CHUNK_H
#define RUNNEL_WIRE_CHUNK_H

#include "base/scratch.h"
#include "base/slab.h"

#include <stdint.h>
#include <zmq.h>

typedef struct Chunk {
    _Atomic(uint32_t) references;
    Slab *slab; /* NULL: the bytes are in `frame` */
    zmq_msg_t frame;
    Budget *budget;    /* charged for a frame */
    const void *bytes; /* 16-byte aligned; NULL: they are in `spilled` */
    size_t size;
    ScratchSpan spilled;
    bool pinned; /* the actor's: whoever has it counts on where its bytes are */
    bool coming; /* the actor's: they are being read into `slab`, for a while */
} Chunk;

/* Takes the slab's reference. */
Chunk *chunk_from_slab(Slab *slab);
/* Takes the frame's content (which is empty after). Bytes that are not aligned are copied to a slab. NULL
 * where the budget refuses. */
Chunk *chunk_from_frame(zmq_msg_t *frame, Budget *budget);
/* Takes the span. */
Chunk *chunk_from_span(const ScratchSpan *span);
/* Its bytes are in `span` from now on, which it takes; memory is given back. Nobody else looks at it. */
void chunk_spill(Chunk *chunk, const ScratchSpan *span);
Chunk *chunk_reference(Chunk *chunk);
void chunk_release(Chunk *chunk);

static inline uint64_t
chunk_handle(const Chunk *chunk)
{
    return (uint64_t)(uintptr_t)chunk;
}

static inline Chunk *
chunk_of(uint64_t handle)
{
    return (Chunk *)(uintptr_t)handle;
}

#endif
