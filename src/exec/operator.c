#include "exec/operator.h"

#include "base/clock.h"
#include "column/slice.h"

void
operator_init(Operator *self, const OperatorClass *class, OperatorContext *context, uint32_t node_id)
{
    self->class = class;
    self->context = context;
    self->downstream = NULL;
    self->counters = &context->environment->counters[node_id];
}

static void
count(_Atomic(uint64_t) *counter, uint64_t amount)
{
    atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

void
operator_charge_time(OperatorContext *context, NodeCounters *counters)
{
    const int64_t now = clock_monotonic_ns();

    count(&counters->time_ns, (uint64_t)(now - context->time_mark));
    context->time_mark = now;
}

Status
operator_emit_slice(Operator *self, Batch *slice, bool *enough, Error *error)
{
    const uint32_t most = self->context->batch_rows;
    uint32_t selection[SLICE_ALIGNMENT];

    if (slice->rows <= most)
        return operator_emit(self, slice, enough, error);
    for (uint32_t first = 0; first < slice->rows && !*enough; first += most) {
        slice->count = slice->rows - first < most ? slice->rows - first : most;
        for (uint32_t i = 0; i < slice->count; i++)
            selection[i] = first + i;
        slice->selection = selection;
        TRY(operator_emit(self, slice, enough, error));
    }
    return STATUS_OK;
}

Status
operator_check_cancelled(const Operator *self, Error *error)
{
    const atomic_bool *cancelled = self->context->environment->cancelled;

    if (cancelled != NULL && atomic_load_explicit(cancelled, memory_order_relaxed))
        return error_set(error, STATUS_CANCELLED, "query cancelled");
    return STATUS_OK;
}

Status
operator_emit(Operator *self, const Batch *batch, bool *enough, Error *error)
{
    Operator *next = self->downstream;

    if (batch->count == 0)
        return STATUS_OK;
    TRY(operator_check_cancelled(self, error));
    operator_charge_time(self->context, self->counters);
    count(&self->counters->rows_out, batch->count);
    count(&next->counters->rows_in, batch->count);
    TRY(next->class->push(next, batch, enough, error));
    operator_charge_time(self->context, next->counters);
    return STATUS_OK;
}

void
operator_note_memory(Operator *self, size_t bytes)
{
    _Atomic(uint64_t) *peak = &self->counters->memory_bytes;
    uint64_t seen = atomic_load_explicit(peak, memory_order_relaxed);

    while (bytes > seen && !atomic_compare_exchange_weak_explicit(peak, &seen, bytes, memory_order_relaxed,
                                                                  memory_order_relaxed))
        ;
}
