/* OVERLAPS: two spans of time, each of two ends in any order or of a beginning and a length. */
#include "expr/datetime.h"
#include "expr/kernels_datetime.h"
#include "expr/row_kernel.h"

typedef struct Span {
    int64_t start;
    int64_t end;
    bool start_null;
    bool end_null;
} Span;

static Status
span_end(KernelCall *call, uint32_t number, uint32_t row, int64_t start, int64_t *end)
{
    const Vector *argument = &call->arguments[number];
    const TypeId base = call->arguments[number - 1].type.id;

    if (argument->type.id != TYPE_INTERVAL) {
        *end = ROW_ARGUMENT(call, number, int64_t, row);
        return STATUS_OK;
    }
    const Interval *length = &ROW_ARGUMENT(call, number, Interval, row);
    if (base != TYPE_TIME)
        return datetime_add(start, length, base == TYPE_TIMESTAMPTZ ? datetime_zone(call->session) : NULL,
                            end, call->error);
    *end = (start + length->microseconds) % MICROSECONDS_DAY;
    *end += *end < 0 ? MICROSECONDS_DAY : 0;
    return STATUS_OK;
}

/* The span of arguments `first` and the next; its start is the earlier end, or the one that is known. */
static Status
row_span(KernelCall *call, uint32_t first, uint32_t row, Span *span)
{
    *span = (Span){.start_null = kernel_argument_is_null(&call->arguments[first], row),
                   .end_null = kernel_argument_is_null(&call->arguments[first + 1], row)};
    if (!span->start_null)
        span->start = ROW_ARGUMENT(call, first, int64_t, row);
    /* A length without a beginning tells nothing. */
    span->end_null |= span->start_null && call->arguments[first + 1].type.id == TYPE_INTERVAL;
    if (!span->end_null)
        TRY(span_end(call, first + 1, row, span->start, &span->end));
    if (span->start_null && !span->end_null) {
        span->start = span->end;
        span->start_null = false;
        span->end_null = true;
    } else if (!span->start_null && !span->end_null && span->start > span->end) {
        const int64_t start = span->start;
        span->start = span->end;
        span->end = start;
    }
    return STATUS_OK;
}

/* 1, 0, or -1 where it cannot be told. */
static int
overlap(const Span *a, const Span *b)
{
    if (a->start_null || b->start_null)
        return -1;
    if (a->start == b->start)
        return a->end_null || b->end_null ? -1 : 1;
    const Span *earlier = a->start < b->start ? a : b;
    const Span *later = a->start < b->start ? b : a;
    if (earlier->end_null)
        return -1;
    if (later->start < earlier->end)
        return 1;
    return later->end_null ? -1 : 0;
}

Status
kernel_overlaps(KernelCall *call)
{
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        Span a;
        Span b;
        TRY(row_span(call, 0, row, &a));
        TRY(row_span(call, 2, row, &b));
        const int result = overlap(&a, &b);
        bits_put(call->validity, row, result >= 0);
        ROW_RESULT(call, uint8_t, row) = result == 1;
    }
    return STATUS_OK;
}
