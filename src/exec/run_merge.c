#include "exec/run_merge.h"

#include "exec/gather.h"

#include <stdlib.h>

/* A run, with its chunk in memory and the prefixes of that chunk's rows. */
typedef struct MergeInput {
    Spill *run;
    SpillReader *reader;
    SortItem *items; /* in the reader's arena */
    uint32_t count;
    uint32_t next;
    uint32_t picked; /* rows of the batch being made */
    uint32_t picks[BATCH_ROWS];
} MergeInput;

struct RunMerge {
    const Operator *operator;
    const SortOrder *order;
    uint32_t column_count;
    uint32_t input_count;
    MergeInput *inputs;
    uint32_t heap_count;
    uint32_t heap[MERGE_RUNS_MAX]; /* inputs with rows; the one with the first row on top */
    bool started;
    bool starved;     /* the input on top has used up its chunk */
    RowBuilder *rows; /* of the batch, input by input */
    Arena *arena;
    Vector *whole;
    Vector *ordered;
};

void
run_merge_destroy(RunMerge **self)
{
    RunMerge *merge = *self;

    if (merge == NULL)
        return;
    for (uint32_t i = 0; i < merge->input_count; i++) {
        spill_reader_destroy(&merge->inputs[i].reader);
        spill_destroy(&merge->inputs[i].run);
    }
    row_builder_destroy(&merge->rows);
    arena_destroy(&merge->arena);
    free(merge->inputs);
    free(merge->whole);
    free(merge->ordered);
    free(merge);
    *self = NULL;
}

static Status
prepare(RunMerge *merge, const Spill *run, Error *error)
{
    Budget *in_hand = merge->operator->context->in_hand;

    merge->column_count = run->column_count;
    merge->rows = row_builder_new(in_hand, run->column_count, run->types);
    merge->arena = arena_new(in_hand);
    merge->whole = calloc(run->column_count + 1, sizeof(Vector));
    merge->ordered = calloc(run->column_count + 1, sizeof(Vector));
    if (merge->rows == NULL || merge->arena == NULL || merge->whole == NULL || merge->ordered == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < merge->input_count; i++)
        TRY(spill_reader_new(merge->operator, merge->inputs[i].run, true, &merge->inputs[i].reader, error));
    return STATUS_OK;
}

Status
run_merge_new(const Operator *operator, const SortOrder * order, Spill **runs, uint32_t run_count,
              RunMerge **made, Error *error)
{
    RunMerge *merge = calloc(1, sizeof *merge);
    MergeInput *inputs = calloc(run_count, sizeof *inputs);

    if (merge == NULL || inputs == NULL) {
        for (uint32_t i = 0; i < run_count; i++)
            spill_destroy(&runs[i]);
        free(merge);
        free(inputs);
        return error_set_memory(error);
    }
    merge->operator= operator;
    merge->order = order;
    merge->inputs = inputs;
    merge->input_count = run_count;
    for (uint32_t i = 0; i < run_count; i++) {
        inputs[i].run = runs[i];
        runs[i] = NULL;
    }
    const Status status = prepare(merge, inputs[0].run, error);
    if (status != STATUS_OK) {
        run_merge_destroy(&merge);
        return status;
    }
    *made = merge;
    return STATUS_OK;
}

/* ---- the heap ---- */

static bool
comes_first(const RunMerge *merge, uint32_t a, uint32_t b)
{
    const MergeInput *left = &merge->inputs[a];
    const MergeInput *right = &merge->inputs[b];
    const int order = sort_compare_across(merge->order, left->reader->columns, &left->items[left->next],
                                          right->reader->columns, &right->items[right->next]);

    return order != 0 ? order < 0 : a < b;
}

static void
sink(RunMerge *merge, uint32_t at)
{
    const uint32_t moved = merge->heap[at];

    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= merge->heap_count)
            break;
        if (child + 1 < merge->heap_count && comes_first(merge, merge->heap[child + 1], merge->heap[child]))
            child++;
        if (!comes_first(merge, merge->heap[child], moved))
            break;
        merge->heap[at] = merge->heap[child];
        at = child;
    }
    merge->heap[at] = moved;
}

/* The next chunk with rows; *end: the run is through. */
static Status
refill(const RunMerge *merge, MergeInput *input, bool *end, Error *error)
{
    SpillReader *reader = input->reader;

    input->next = 0;
    input->count = 0;
    while (input->count == 0) {
        TRY(spill_read_chunk(reader, end, error));
        if (*end)
            return STATUS_OK;
        input->count = (uint32_t)reader->rows;
    }
    input->items = arena_alloc(reader->arena, input->count * sizeof(SortItem));
    if (input->items == NULL)
        return error_set_memory(error);
    sort_order_encode(merge->order, reader->columns, NULL, input->count, 0, input->items);
    return STATUS_OK;
}

static Status
start(RunMerge *merge, Error *error)
{
    merge->started = true;
    for (uint32_t i = 0; i < merge->input_count; i++) {
        bool end;
        TRY(refill(merge, &merge->inputs[i], &end, error));
        if (!end)
            merge->heap[merge->heap_count++] = i;
    }
    for (uint32_t at = merge->heap_count / 2; at-- > 0;)
        sink(merge, at);
    return STATUS_OK;
}

/* Have rows on top again after a chunk was used up. */
static Status
feed_top(RunMerge *merge, Error *error)
{
    bool end;

    if (!merge->started)
        return start(merge, error);
    if (!merge->starved)
        return STATUS_OK;
    merge->starved = false;
    TRY(refill(merge, &merge->inputs[merge->heap[0]], &end, error));
    if (end)
        merge->heap[0] = merge->heap[--merge->heap_count];
    if (merge->heap_count > 0)
        sink(merge, 0);
    return STATUS_OK;
}

/* The first row is taken. */
static void
advance(RunMerge *merge)
{
    MergeInput *input = &merge->inputs[merge->heap[0]];

    merge->starved = ++input->next == input->count; /* rows picked of its chunk are still needed */
    if (!merge->starved)
        sink(merge, 0);
}

/* ---- rows ---- */

Status
run_merge_skip(RunMerge *merge, uint64_t *rows, Error *error)
{
    TRY(feed_top(merge, error));
    if (merge->heap_count == 0)
        *rows = 0;
    for (uint32_t i = 0; i<BATCH_ROWS && * rows> 0 && !merge->starved; i++, (*rows)--)
        advance(merge);
    return STATUS_OK;
}

/* Pick the next rows: which input each comes from, and the how-manieth of it. */
static uint32_t
pick(RunMerge *merge, uint32_t most, uint8_t *from, uint32_t *numbers)
{
    uint32_t count = 0;

    while (count < most && merge->heap_count > 0 && !merge->starved) {
        MergeInput *input = &merge->inputs[merge->heap[0]];
        from[count] = (uint8_t)merge->heap[0];
        numbers[count++] = input->picked;
        input->picks[input->picked++] = input->items[input->next].row;
        advance(merge);
    }
    return count;
}

/* Copy the picked rows input by input; first[i] is where those of input i begin. */
static Status
copy_picks(RunMerge *merge, uint32_t *first, Error *error)
{
    uint32_t count = 0;

    row_builder_clear(merge->rows);
    for (uint32_t i = 0; i < merge->input_count; i++) {
        MergeInput *input = &merge->inputs[i];
        const Batch chunk = {.rows = input->count,
                             .count = input->count,
                             .column_count = merge->column_count,
                             .columns = input->reader->columns};
        first[i] = count;
        count += input->picked;
        if (input->picked > 0)
            TRY(row_builder_append(merge->rows, &chunk, input->picks, input->picked, error));
        input->picked = 0;
    }
    return STATUS_OK;
}

Status
run_merge_next(RunMerge *merge, Batch *batch, bool *end, Error *error)
{
    uint32_t numbers[BATCH_ROWS];
    uint32_t first[MERGE_RUNS_MAX];
    uint8_t from[BATCH_ROWS];

    TRY(feed_top(merge, error));
    const uint32_t count = pick(merge, merge->operator->context->batch_rows, from, numbers);
    *batch = (Batch){
        .rows = count, .count = count, .column_count = merge->column_count, .columns = merge->ordered};
    *end = count == 0 && merge->heap_count == 0;
    if (count == 0)
        return STATUS_OK;
    TRY(copy_picks(merge, first, error));
    for (uint32_t i = 0; i < count; i++)
        numbers[i] += first[from[i]];
    for (uint32_t i = 0; i < merge->column_count; i++)
        merge->whole[i] = row_builder_column(merge->rows, i);
    arena_reset(merge->arena);
    return gather_columns(merge->whole, merge->column_count, numbers, count, merge->arena, merge->ordered,
                          error);
}
