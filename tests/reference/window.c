/* Window functions: each row looks at its whole partition. */
#include "frame.h"

#include <string.h>

static bool
same_in(const Partition *partition, const Value *a, const Value *b)
{
    for (uint32_t i = 0; i < partition->window->order_count; i++)
        if (!value_equal(&a[partition->window->order[i].column], &b[partition->window->order[i].column]))
            return false;
    return true;
}

static void
number_groups(Partition *partition)
{
    partition->groups = ARENA_ARRAY(partition->evaluator->arena, uint32_t, partition->rows.count + 1);
    for (uint32_t i = 1; i < partition->rows.count; i++)
        partition->groups[i] = partition->groups[i - 1] +
                               !same_in(partition, partition->rows.items[i - 1], partition->rows.items[i]);
}

static uint32_t
count_groups_to(const Partition *partition, uint32_t group)
{
    uint32_t rows = 0;

    for (uint32_t i = 0; i < partition->rows.count; i++)
        rows += partition->groups[i] <= group;
    return rows;
}

static Status
frame_rows(const Partition *partition, const PlanWindowCall *call, uint32_t current, Rows *rows)
{
    *rows = (Rows){.width = partition->rows.width};
    for (uint32_t i = 0; i < partition->rows.count; i++) {
        bool in;
        TRY(frame_has(partition, &call->frame, current, i, &in));
        if (in)
            rows_add(partition->evaluator->arena, rows, partition->rows.items[i]);
    }
    return STATUS_OK;
}

/* The call's number of rows, buckets and the like; false where it is NULL. */
static bool
number_of_call(const PlanWindowCall *call, const Value *row, int64_t *number)
{
    *number = call->constant;
    if (call->number == WINDOW_NO_COLUMN)
        return true;
    if (value_is_null(&row[call->number]))
        return false;
    *number = value_integer(&row[call->number]);
    return true;
}

static Value
value_at(const Partition *partition, const PlanWindowCall *call, const Rows *rows, int64_t index)
{
    if (index < 0 || index >= rows->count)
        return value_null(partition->evaluator->arena, call->type);
    return rows->items[index][call->value];
}

static Status
nth_value(const Partition *partition, const PlanWindowCall *call, uint32_t current, Value *value)
{
    Rows frame;
    int64_t number = 1;
    bool known = true;

    if (call->function == WINDOW_NTH_VALUE)
        known = number_of_call(call, partition->rows.items[current], &number);
    if (known && number <= 0)
        return error_set(partition->evaluator->error, STATUS_NTH_VALUE,
                         "argument of nth_value must be greater than zero");
    TRY(frame_rows(partition, call, current, &frame));
    if (call->function == WINDOW_LAST_VALUE)
        number = frame.count;
    *value = value_at(partition, call, &frame, known ? number - 1 : -1);
    return STATUS_OK;
}

static Value
neighbour(const Partition *partition, const PlanWindowCall *call, uint32_t current)
{
    const Value *row = partition->rows.items[current];
    int64_t number;

    if (!number_of_call(call, row, &number))
        return value_null(partition->evaluator->arena, call->type);
    const int64_t at = (int64_t)current + (call->function == WINDOW_LAG ? -number : number);
    if ((at < 0 || at >= partition->rows.count) && call->fallback != WINDOW_NO_COLUMN)
        return row[call->fallback];
    return value_at(partition, call, &partition->rows, at);
}

/* The first row of the partition says how many buckets there are; larger ones come first. */
static Status
bucket(const Partition *partition, const PlanWindowCall *call, uint32_t current, Value *value)
{
    Arena *arena = partition->evaluator->arena;
    int64_t buckets;

    if (!number_of_call(call, partition->rows.items[0], &buckets)) {
        *value = value_null(arena, call->type);
        return STATUS_OK;
    }
    if (buckets <= 0)
        return error_set(partition->evaluator->error, STATUS_NTILE,
                         "argument of ntile must be greater than zero");
    const int64_t least = partition->rows.count / buckets;
    const int64_t larger = partition->rows.count % buckets;
    const int64_t before = larger * (least + 1);
    const int32_t number =
        (int32_t)(current < before ? current / (least + 1) + 1 : larger + (current - before) / least + 1);
    *value = vector_constant(arena, call->type, &number);
    return STATUS_OK;
}

static Status
compute(const Partition *partition, const PlanWindowCall *call, uint32_t current, Value *value)
{
    Arena *arena = partition->evaluator->arena;
    const uint32_t group = partition->groups[current];
    const uint32_t before = group == 0 ? 0 : count_groups_to(partition, group - 1);
    const uint32_t rows = partition->rows.count;

    switch (call->function) {
    case WINDOW_ROW_NUMBER: *value = value_int8(arena, (int64_t)current + 1); return STATUS_OK;
    case WINDOW_RANK: *value = value_int8(arena, (int64_t)before + 1); return STATUS_OK;
    case WINDOW_DENSE_RANK: *value = value_int8(arena, (int64_t)group + 1); return STATUS_OK;
    case WINDOW_PERCENT_RANK:
        *value = value_float8(arena, rows > 1 ? (double)before / (double)(rows - 1) : 0);
        return STATUS_OK;
    case WINDOW_CUME_DIST:
        *value = value_float8(arena, (double)count_groups_to(partition, group) / (double)rows);
        return STATUS_OK;
    case WINDOW_NTILE: return bucket(partition, call, current, value);
    case WINDOW_LAG:
    case WINDOW_LEAD: *value = neighbour(partition, call, current); return STATUS_OK;
    case WINDOW_AGGREGATE: {
        Rows frame;
        TRY(frame_rows(partition, call, current, &frame));
        return evaluator_call(partition->evaluator, &call->aggregate, &frame, value);
    }
    default: return nth_value(partition, call, current, value);
    }
}

static Status
partition_rows(Partition *partition, Rows *rows)
{
    const PlanWindow *window = partition->window;
    const uint32_t width = partition->rows.width;

    number_groups(partition);
    for (uint32_t i = 0; i < partition->rows.count; i++) {
        Value *row = ARENA_ARRAY(partition->evaluator->arena, Value, width + window->call_count + 1);
        memcpy(row, partition->rows.items[i], width * sizeof *row);
        for (uint32_t c = 0; c < window->call_count; c++)
            TRY(compute(partition, &window->calls[c], i, &row[width + c]));
        rows_add(partition->evaluator->arena, rows, row);
    }
    return STATUS_OK;
}

static bool
same_partition(const PlanWindow *window, const Value *a, const Value *b)
{
    for (uint32_t i = 0; i < window->partition_count; i++)
        if (!value_equal(&a[window->partition[i]], &b[window->partition[i]]))
            return false;
    return true;
}

Status
evaluator_window(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows)
{
    const PlanWindow *window = &node->window;
    const uint32_t key_count = window->partition_count + window->order_count;
    SortKey *keys = ARENA_ARRAY(evaluator->arena, SortKey, key_count + 1);
    Rows input;

    for (uint32_t i = 0; i < window->partition_count; i++)
        keys[i] = (SortKey){.column = window->partition[i]};
    if (window->order_count > 0)
        memcpy(keys + window->partition_count, window->order, window->order_count * sizeof *keys);
    TRY(evaluator_rows(evaluator, node->children[0], around, &input));
    Rows *sorted = ARENA_NEW(evaluator->arena, Rows);
    sorted->width = input.width;
    for (uint32_t i = 0; i < input.count; i++)
        rows_add(evaluator->arena, sorted, input.items[i]);
    evaluator_sort(evaluator, sorted, keys, key_count);
    for (uint32_t first = 0, end; first < sorted->count; first = end) {
        Partition partition = {.evaluator = evaluator, .window = window, .rows = {.width = input.width}};
        for (end = first;
             end < sorted->count && same_partition(window, sorted->items[first], sorted->items[end]); end++)
            rows_add(evaluator->arena, &partition.rows, sorted->items[end]);
        TRY(partition_rows(&partition, rows));
    }
    return STATUS_OK;
}
