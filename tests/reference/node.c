/* Nodes of one input, and those that bring several together. */
#include "evaluator.h"

#include <stdlib.h>
#include <string.h>

typedef struct SharedRows {
    const PlanShared *shared;
    Rows rows;
    struct SharedRows *next;
} SharedRows;

typedef struct WorkingRows {
    uint32_t number;
    const Rows *rows; /* of the round before */
    struct WorkingRows *next;
} WorkingRows;

/* ---- order ---- */

typedef struct Order {
    const SortKey *keys;
    uint32_t key_count;
    uint32_t width;
} Order;

static int
compare_keys(const Value *a, const Value *b, const SortKey *keys, uint32_t key_count)
{
    int order = 0;

    for (uint32_t i = 0; order == 0 && i < key_count; i++)
        order =
            value_compare(&a[keys[i].column], &b[keys[i].column], keys[i].descending, keys[i].nulls_first);
    return order;
}

static int
compare_rows(const void *a, const void *b, void *context)
{
    const Order *by = context;
    const Value *row_a = *(const Value *const *)a;
    const Value *row_b = *(const Value *const *)b;
    int order = compare_keys(row_a, row_b, by->keys, by->key_count);

    for (uint32_t i = 0; order == 0 && i < by->width; i++)
        order = value_compare(&row_a[i], &row_b[i], false, false);
    return order;
}

void
evaluator_sort(Evaluator *evaluator, Rows *rows, const SortKey *keys, uint32_t key_count)
{
    Order order = {keys, key_count, rows->width};

    (void)evaluator;
    if (rows->count > 1)
        qsort_r(rows->items, rows->count, sizeof *rows->items, compare_rows, &order);
}

static void
cut(Evaluator *evaluator, const Rows *from, uint64_t offset, uint64_t limit, Rows *rows)
{
    for (uint64_t i = offset; i < from->count && i - offset < limit; i++)
        rows_add(evaluator->arena, rows, from->items[i]);
}

/* How many rows of `from`, which are one partition in order, are among the first. */
static uint32_t
first_rows(const PlanPartitionTop *top, const Rows *from, uint32_t first, uint32_t end)
{
    uint64_t groups = 0;
    uint32_t i = first;

    for (; i < end; i++) {
        const bool peer =
            i > first && compare_keys(from->items[i - 1], from->items[i], top->order, top->order_count) == 0;
        groups += !peer;
        if (top->ties == TOP_GROUPS ? groups > top->limit
                                    : i - first >= top->limit && (top->ties == TOP_ROWS || !peer))
            break;
    }
    return i;
}

static void
top_of_partitions(Evaluator *evaluator, const PlanNode *node, const Rows *input, Rows *rows)
{
    const PlanPartitionTop *top = &node->partition_top;
    const uint32_t count = top->partition_count + top->order_count;
    SortKey *keys = ARENA_ARRAY(evaluator->arena, SortKey, count + 1);
    Rows sorted = *input;

    for (uint32_t i = 0; i < top->partition_count; i++)
        keys[i] = (SortKey){.column = top->partition[i]};
    if (top->order_count > 0)
        memcpy(keys + top->partition_count, top->order, top->order_count * sizeof *keys);
    evaluator_sort(evaluator, &sorted, keys, count);
    for (uint32_t first = 0, end; first < sorted.count; first = end) {
        for (end = first + 1; end < sorted.count; end++)
            if (compare_keys(sorted.items[first], sorted.items[end], keys, top->partition_count) != 0)
                break;
        const uint32_t last = first_rows(top, &sorted, first, end);
        cut(evaluator, &sorted, first, last - first, rows);
    }
}

/* ---- rows ---- */

static Status
values_rows(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows)
{
    const PlanValues *values = &node->values;

    for (uint64_t i = 0; i < plan_values_count(values); i++) {
        Value *row = ARENA_ARRAY(evaluator->arena, Value, node->column_count + 1);
        TRY(evaluator_step(evaluator));
        for (uint32_t c = 0; c < node->column_count; c++) {
            if (values->counted != 0)
                row[c] = value_int8(evaluator->arena, (int64_t)i);
            else
                TRY(evaluator_value(evaluator, node, values->rows[i][c], NULL, 0, around, &row[c]));
        }
        rows_add(evaluator->arena, rows, row);
    }
    return STATUS_OK;
}

static Status
filtered(Evaluator *evaluator, const PlanNode *node, const Around *around, const Rows *input, Rows *rows)
{
    for (uint32_t i = 0; i < input->count; i++) {
        bool wanted = true;
        for (uint32_t c = 0; wanted && c < node->filter.conjunct_count; c++) {
            Value value;
            TRY(evaluator_value(evaluator, node, node->filter.conjuncts[c], input->items[i], input->width,
                                around, &value));
            wanted = value_is_true(&value);
        }
        if (wanted)
            rows_add(evaluator->arena, rows, input->items[i]);
    }
    return STATUS_OK;
}

/* Each row of the input gives a row of each set of expressions. */
static Status
expanded(Evaluator *evaluator, const PlanNode *node, const Around *around, const Rows *input,
         Expr *const *const *sets, uint32_t set_count, Rows *rows)
{
    for (uint32_t i = 0; i < input->count; i++)
        for (uint32_t s = 0; s < set_count; s++) {
            Value *row = ARENA_ARRAY(evaluator->arena, Value, node->column_count + 1);
            for (uint32_t c = 0; c < node->column_count; c++)
                TRY(evaluator_value(evaluator, node, sets[s][c], input->items[i], input->width, around,
                                    &row[c]));
            rows_add(evaluator->arena, rows, row);
        }
    return STATUS_OK;
}

static Status
repeated(Evaluator *evaluator, const PlanNode *node, const Rows *input, Rows *rows)
{
    const uint32_t last = input->width - 1;

    for (uint32_t i = 0; i < input->count; i++) {
        const Value *often = &input->items[i][last];
        const int64_t times = value_is_null(often) ? 0 : value_integer(often);
        for (int64_t n = 1; n <= times; n++) {
            Value *row = ARENA_ARRAY(evaluator->arena, Value, input->width);
            TRY(evaluator_step(evaluator));
            memcpy(row, input->items[i], last * sizeof *row);
            if (node->column_count == input->width)
                row[last] = value_int8(evaluator->arena, n);
            rows_add(evaluator->arena, rows, row);
        }
    }
    return STATUS_OK;
}

static bool
has_row(const Rows *rows, const Value *row)
{
    for (uint32_t i = 0; i < rows->count; i++)
        if (row_equal(rows->items[i], row, rows->width))
            return true;
    return false;
}

static Status
add_different(Evaluator *evaluator, const Rows *input, Rows *seen, Rows *added)
{
    for (uint32_t i = 0; i < input->count; i++) {
        TRY(evaluator_step(evaluator));
        if (has_row(seen, input->items[i]))
            continue;
        rows_add(evaluator->arena, seen, input->items[i]);
        if (added != NULL)
            rows_add(evaluator->arena, added, input->items[i]);
    }
    return STATUS_OK;
}

static void
add_all(Evaluator *evaluator, const Rows *input, Rows *rows)
{
    cut(evaluator, input, 0, UINT64_MAX, rows);
}

/* ---- several ---- */

static Status
appended(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows)
{
    for (uint32_t i = 0; i < node->child_count; i++) {
        Rows input;
        TRY(evaluator_rows(evaluator, node->children[i], around, &input));
        add_all(evaluator, &input, rows);
    }
    return STATUS_OK;
}

static Status
shared_rows(Evaluator *evaluator, const PlanShared *shared, Rows *rows)
{
    SharedRows *entry = evaluator->shared;

    while (entry != NULL && entry->shared != shared)
        entry = entry->next;
    if (entry == NULL) {
        entry = ARENA_NEW(evaluator->arena, SharedRows);
        TRY(evaluator_rows(evaluator, shared->input, NULL, &entry->rows));
        entry->shared = shared;
        entry->next = evaluator->shared;
        evaluator->shared = entry;
    }
    *rows = entry->rows;
    return STATUS_OK;
}

static Status
working_rows(const Evaluator *evaluator, uint32_t number, Rows *rows)
{
    const WorkingRows *working = evaluator->working;

    while (working != NULL && working->number != number)
        working = working->next;
    if (working == NULL)
        return error_set(evaluator->error, STATUS_INTERNAL, "a working table outside of its recursion");
    *rows = *working->rows;
    return STATUS_OK;
}

static Status
recursive_rows(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows)
{
    WorkingRows working = {.number = node->recursive.number, .next = evaluator->working};
    Rows input;
    Status status = STATUS_OK;

    TRY(evaluator_rows(evaluator, node->children[0], around, &input));
    do {
        Rows *round = ARENA_NEW(evaluator->arena, Rows);
        round->width = node->column_count;
        if (node->recursive.distinct) {
            TRY(add_different(evaluator, &input, rows, round));
        } else {
            add_all(evaluator, &input, rows);
            add_all(evaluator, &input, round);
        }
        if (round->count == 0)
            break;
        working.rows = round;
        evaluator->working = &working;
        status = evaluator_rows(evaluator, node->children[1], around, &input);
        evaluator->working = working.next;
    } while (status == STATUS_OK);
    return status;
}

static Status
limited(Evaluator *evaluator, const PlanNode *node, const Rows *input, Rows *rows)
{
    const PlanLimit *limit = &node->limit;

    cut(evaluator, input, (uint64_t)limit->offset,
        limit->limit == PLAN_NO_LIMIT ? UINT64_MAX : (uint64_t)limit->limit, rows);
    return STATUS_OK;
}

/* Nodes whose one input is the rows of their child. */
static Status
rows_of_input(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows)
{
    Rows input;

    TRY(evaluator_rows(evaluator, node->children[0], around, &input));
    switch (node->kind) {
    case PLAN_FILTER: return filtered(evaluator, node, around, &input, rows);
    case PLAN_PROJECT: {
        Expr *const *const set = node->project.expressions;
        return expanded(evaluator, node, around, &input, &set, 1, rows);
    }
    case PLAN_EXPAND:
        return expanded(evaluator, node, around, &input, (Expr *const *const *)node->expand.sets,
                        node->expand.set_count, rows);
    case PLAN_REPEAT: return repeated(evaluator, node, &input, rows);
    case PLAN_SORT:
        add_all(evaluator, &input, rows);
        evaluator_sort(evaluator, rows, node->sort.keys, node->sort.key_count);
        return STATUS_OK;
    case PLAN_LIMIT: return limited(evaluator, node, &input, rows);
    case PLAN_DISTINCT: return add_different(evaluator, &input, rows, NULL);
    case PLAN_PARTITION_TOP: top_of_partitions(evaluator, node, &input, rows); return STATUS_OK;
    default:
        return error_set(evaluator->error, STATUS_NOT_SUPPORTED, "no %s in the reference",
                         plan_node_type(node));
    }
}

Status
evaluator_rows(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows)
{
    *rows = (Rows){.width = node->column_count};
    TRY(evaluator_step(evaluator));
    switch (node->kind) {
    case PLAN_SCAN: return evaluator_scan(evaluator, node, around, rows);
    case PLAN_VALUES: return values_rows(evaluator, node, around, rows);
    case PLAN_AGGREGATE: return evaluator_aggregate(evaluator, node, around, rows);
    case PLAN_WINDOW: return evaluator_window(evaluator, node, around, rows);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN:
    case PLAN_DEPENDENT_JOIN: return evaluator_join(evaluator, node, around, rows);
    case PLAN_SET_OPERATION: return appended(evaluator, node, around, rows);
    case PLAN_SHARED: return shared_rows(evaluator, node->shared, rows);
    case PLAN_WORKING: return working_rows(evaluator, node->working.number, rows);
    case PLAN_RECURSIVE: return recursive_rows(evaluator, node, around, rows);
    default: return rows_of_input(evaluator, node, around, rows);
    }
}
