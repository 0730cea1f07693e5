/* exec/window_call.h: what computes one function of a WINDOW node.
 *
 * begin() is given a chunk of whole partitions; evaluate() then gives the results of its rows, a batch at a
 * time in order; end() lets go of what is kept for the chunk. Of a partition on disk (a chunk with a `store`)
 * evaluate() is called for one chunk after the other, between one begin() and one end(). */
#ifndef RUNNEL_EXEC_WINDOW_CALL_H
#define RUNNEL_EXEC_WINDOW_CALL_H

#include "exec/operator.h"
#include "exec/window_frame.h"

/* Rows [first, first + count) of the chunk; `frames` are theirs where the function looks at frames. */
typedef struct WindowBatch {
    const WindowChunk *chunk;
    const FrameCursor *frames;
    uint32_t first;
    uint32_t count;
    Arena *arena; /* of the results */
} WindowBatch;

typedef struct WindowCall WindowCall;

typedef struct WindowCallClass {
    Status (*begin)(WindowCall *self, const WindowChunk *chunk, Error *error); /* NULL: nothing to do */
    Status (*evaluate)(WindowCall *self, const WindowBatch *batch, Vector *out, Error *error);
    void (*end)(WindowCall *self);     /* NULL: nothing is kept */
    void (*destroy)(WindowCall *self); /* frees the call itself, too */
} WindowCallClass;

struct WindowCall {
    const WindowCallClass *class;
    const PlanWindowCall *plan;
    const Operator *operator; /* whose budget and cancellation count */
};

Status window_rank_new(const Operator *operator, const PlanWindowCall * plan, WindowCall **made,
                       Error *error);
Status window_value_new(const Operator *operator, const PlanWindowCall * plan, WindowCall **made,
                        Error *error);
/* `ordered`: the node has order keys. */
Status window_aggregate_new(const Operator *operator, const PlanWindowCall * plan, bool ordered,
                            WindowCall **made, Error *error);

/* Whether the function looks at frames, and at peers. */
bool window_call_has_frame(const PlanWindowCall *plan);
bool window_call_needs_peers(const PlanWindowCall *plan);

/* Whether rows may be evaluated in order with the whole partition on disk; or, if not, whether a frame has
 * both its ends, so that a part of the partition will do. */
bool window_call_streams(const PlanWindowCall *plan, bool ordered);
bool window_call_slides(const PlanWindowCall *plan);

/* Whether every row's frame is its whole partition. */
bool window_frame_sees_whole(const WindowFrame *frame, bool ordered);

#endif
