/* Functions of a row's place among its partition: row_number, the ranks, ntile. */
#include "exec/window_call.h"

#include <stdlib.h>

bool
window_call_has_frame(const PlanWindowCall *plan)
{
    return plan->function == WINDOW_AGGREGATE || plan->function == WINDOW_FIRST_VALUE ||
           plan->function == WINDOW_LAST_VALUE || plan->function == WINDOW_NTH_VALUE;
}

bool
window_call_needs_peers(const PlanWindowCall *plan)
{
    switch (plan->function) {
    case WINDOW_RANK:
    case WINDOW_DENSE_RANK:
    case WINDOW_PERCENT_RANK:
    case WINDOW_CUME_DIST: return true;
    default:
        return window_call_has_frame(plan) &&
               (plan->frame.mode != FRAME_ROWS || plan->frame.exclusion == FRAME_EXCLUDE_GROUP ||
                plan->frame.exclusion == FRAME_EXCLUDE_TIES);
    }
}

static void
number_rows(const WindowBatch *batch, int64_t *out)
{
    const uint32_t *start = batch->chunk->partition_start + batch->first;

    for (uint32_t i = 0; i < batch->count; i++)
        out[i] = (int64_t)batch->chunk->base + batch->first + i - start[i] + 1;
}

static void
rank_rows(const WindowBatch *batch, int64_t *out)
{
    const uint32_t *start = batch->chunk->partition_start + batch->first;
    const uint32_t *peers = batch->chunk->peer_start + batch->first;

    for (uint32_t i = 0; i < batch->count; i++)
        out[i] = (int64_t)peers[i] - start[i] + 1;
}

static void
rank_groups(const WindowBatch *batch, int64_t *out)
{
    const WindowChunk *chunk = batch->chunk;
    const uint32_t *start = chunk->partition_start + batch->first;
    const uint32_t *group = chunk->group + batch->first;

    for (uint32_t i = 0; i < batch->count; i++)
        out[i] = (int64_t)group[i] - (chunk->store != NULL ? 0 : chunk->group[start[i]]) + 1;
}

static void
share_before(const WindowBatch *batch, double *out)
{
    const WindowChunk *chunk = batch->chunk;

    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch->first + i;
        const uint32_t rows = chunk->partition_end[row] - chunk->partition_start[row];
        const uint32_t before = chunk->peer_start[row] - chunk->partition_start[row];
        out[i] = rows == 1 ? 0 : (double)before / (double)(rows - 1);
    }
}

static void
share_up_to(const WindowBatch *batch, double *out)
{
    const WindowChunk *chunk = batch->chunk;

    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch->first + i;
        const uint32_t rows = chunk->partition_end[row] - chunk->partition_start[row];
        out[i] = (double)(chunk->peer_end[row] - chunk->partition_start[row]) / (double)rows;
    }
}

/* The bucket of the `place`-th of `rows` rows: the first rows % buckets of them have one row more. */
static int32_t
bucket_of(uint32_t place, uint32_t rows, uint32_t buckets)
{
    const uint32_t size = rows / buckets;
    const uint32_t larger = rows % buckets;

    if ((uint64_t)place < (uint64_t)larger * (size + 1))
        return (int32_t)(place / (size + 1)) + 1;
    return (int32_t)(larger + (place - larger * (size + 1)) / size) + 1;
}

/* How many buckets is what the partition's first row says. */
static Status
distribute_rows(const WindowCall *self, const WindowBatch *batch, int32_t *out, uint64_t *validity,
                Error *error)
{
    const WindowChunk *chunk = batch->chunk;
    const Vector *heads = chunk->store != NULL ? chunk->head : chunk->columns;
    const int32_t number = self->plan->number;

    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch->first + i;
        const uint32_t start = chunk->partition_start[row];
        int64_t buckets = self->plan->constant;
        if (number != WINDOW_NO_COLUMN) {
            const uint32_t head = chunk->store != NULL ? 0 : start;
            if (vector_is_null(&heads[number], head)) {
                bits_clear(validity, i);
                continue;
            }
            buckets = ((const int32_t *)heads[number].data)[head];
        }
        if (buckets <= 0)
            return error_set(error, STATUS_NTILE, "argument of ntile must be greater than zero");
        out[i] = bucket_of(chunk->base + row - start, chunk->partition_end[row] - start, (uint32_t)buckets);
    }
    return STATUS_OK;
}

static Status
evaluate(WindowCall *self, const WindowBatch *batch, Vector *out, Error *error)
{
    const size_t width = layout_width(type_layout(self->plan->type));
    const size_t words = bits_words(batch->count);
    void *data = arena_alloc_zero(batch->arena, batch->count * width);
    uint64_t *validity = arena_alloc(batch->arena, words * sizeof(uint64_t));

    if (data == NULL || validity == NULL)
        return error_set_memory(error);
    memset(validity, 0xFF, words * sizeof(uint64_t));
    *out = vector_flat(self->plan->type, data, NULL);
    switch (self->plan->function) {
    case WINDOW_ROW_NUMBER: number_rows(batch, data); break;
    case WINDOW_RANK: rank_rows(batch, data); break;
    case WINDOW_DENSE_RANK: rank_groups(batch, data); break;
    case WINDOW_PERCENT_RANK: share_before(batch, data); break;
    case WINDOW_CUME_DIST: share_up_to(batch, data); break;
    default: out->validity = validity; return distribute_rows(self, batch, data, validity, error);
    }
    return STATUS_OK;
}

static void
destroy(WindowCall *self)
{
    free(self);
}

static const WindowCallClass rank_class = {.evaluate = evaluate, .destroy = destroy};

Status
window_rank_new(const Operator *operator, const PlanWindowCall * plan, WindowCall **made, Error *error)
{
    *made = calloc(1, sizeof **made);
    if (*made == NULL)
        return error_set_memory(error);
    **made = (WindowCall){.class = &rank_class, .plan = plan, .operator= operator};
    return STATUS_OK;
}
