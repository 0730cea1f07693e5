/* Windows, and the first rows of partitions: the rows of a partition come to one task, which sorts them.
 *
 * Nodes that stand on one another are placed together, from the lowest up: an exchange is by the keys that as
 * many of them as possible partition by, and a sort serves those whose keys it begins with. */
#include "plan/distribute.h"

#include <string.h>

enum {
    GATHER_ROWS_MAX = 4096, /* so few are not worth an exchange by hash */
    ROWS_PER_GROUP = 16     /* a partition holds so many times the rows that it would hold groups */
};

typedef struct KeyList {
    uint32_t count;
    SortKey *items;
} KeyList;

static bool
has_column(const uint32_t *columns, uint32_t count, uint32_t column)
{
    for (uint32_t i = 0; i < count; i++) {
        if (columns[i] == column)
            return true;
    }
    return false;
}

static bool
partitions_by(const PlanWindow *window, uint32_t column)
{
    return has_column(window->partition, window->partition_count, column);
}

/* ---- exchange ---- */

/* Which of the keys the window partitions by, too. */
static uint32_t
shared_keys(const uint32_t *keys, uint32_t count, const PlanWindow *window, uint32_t *shared)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (partitions_by(window, keys[i]))
            shared[found++] = keys[i];
    }
    return found;
}

/* Windows that stand on one another and share an exchange: chain[first] is the lowest of them, chain[end - 1]
 * is the highest; they all partition by the keys, or none of them partitions. */
typedef struct Run {
    uint32_t first;
    uint32_t end;
    uint32_t key_count;
    uint32_t *keys;
} Run;

static Run
find_run(Distribution *d, const PlanNode *const *chain, uint32_t chain_count, uint32_t first)
{
    const PlanWindow *lowest = &chain[first]->window;
    const uint32_t count = lowest->partition_count;
    uint32_t *shared = ARENA_ARRAY(d->arena, uint32_t, count + 1);
    Run run = {first, first + 1, count, ARENA_ARRAY(d->arena, uint32_t, count + 1)};

    if (count > 0)
        memcpy(run.keys, lowest->partition, count * sizeof(uint32_t));
    for (; run.end < chain_count; run.end++) {
        const PlanWindow *window = &chain[run.end]->window;
        const uint32_t left = shared_keys(run.keys, run.key_count, window, shared);
        if (left == 0 && (count > 0 || window->partition_count > 0))
            break;
        memcpy(run.keys, shared, left * sizeof(uint32_t));
        run.key_count = left;
    }
    return run;
}

static bool
is_partitioned(const Piece *piece, const uint32_t *keys, uint32_t key_count)
{
    for (uint32_t i = 0; i < piece->hash_count; i++) {
        if (!has_column(keys, key_count, piece->hash_columns[i]))
            return false;
    }
    return piece->hash_count > 0;
}

Status
distribute_by_keys(Distribution *d, Piece *piece, uint32_t key_count, uint32_t *keys)
{
    const double rows = piece->node->estimated_rows;
    const PlanExchange exchange = {.form = EXCHANGE_FORM_HASH,
                                   .key_count = key_count,
                                   .keys = keys,
                                   .hash_column = -1,
                                   .partition_count =
                                       distribute_merge_partitions(d->shape, rows / ROWS_PER_GROUP)};

    if (distribute_is_single(piece) || is_partitioned(piece, keys, key_count))
        return STATUS_OK;
    if (key_count == 0 || (rows >= 0 && rows <= GATHER_ROWS_MAX))
        return distribute_gather(d, piece, NULL);
    TRY(distribute_cut(d, piece, &exchange));
    piece->hash_count = key_count;
    piece->hash_columns = keys;
    return STATUS_OK;
}

/* ---- sort ---- */

/* Partition keys, then order keys, each column once. */
static KeyList
wanted_order(Distribution *d, const PlanWindow *window)
{
    KeyList list = {.items = ARENA_ARRAY(d->arena, SortKey, window->partition_count + window->order_count)};
    uint32_t *seen = ARENA_ARRAY(d->arena, uint32_t, window->partition_count + window->order_count);

    for (uint32_t i = 0; i < window->partition_count; i++) {
        if (has_column(seen, list.count, window->partition[i]))
            continue;
        seen[list.count] = window->partition[i];
        list.items[list.count++] = (SortKey){.column = window->partition[i]};
    }
    for (uint32_t i = 0; i < window->order_count; i++) {
        if (has_column(seen, list.count, window->order[i].column))
            continue;
        seen[list.count] = window->order[i].column;
        list.items[list.count++] = window->order[i];
    }
    return list;
}

static bool
is_same_key(const SortKey *a, const SortKey *b)
{
    return a->column == b->column && a->descending == b->descending && a->nulls_first == b->nulls_first;
}

/* Whether rows in order of `sorted` have the window's partitions together, each in the window's order. */
static bool
is_served(const KeyList *sorted, const KeyList *wanted, const PlanWindow *window)
{
    uint32_t i = 0;

    if (wanted->count > sorted->count)
        return false;
    for (; i < wanted->count && partitions_by(window, wanted->items[i].column); i++) {
        if (!partitions_by(window, sorted->items[i].column))
            return false;
    }
    for (; i < wanted->count; i++) {
        if (!is_same_key(&sorted->items[i], &wanted->items[i]))
            return false;
    }
    return true;
}

/* All rows are one partition of peers, of which every row sees all: any order will do. */
static bool
needs_no_order(const PlanWindow *window)
{
    for (uint32_t i = 0; i < window->call_count; i++) {
        const PlanWindowCall *call = &window->calls[i];
        const bool whole =
            window_frame_is_whole(&call->frame) ||
            (call->frame.mode != FRAME_ROWS && call->frame.start.kind == FRAME_UNBOUNDED_PRECEDING &&
             call->frame.end.kind == FRAME_CURRENT_ROW && call->frame.exclusion == FRAME_EXCLUDE_NOTHING);
        if (call->function != WINDOW_AGGREGATE || call->aggregate.aggregate->order_dependent || !whole)
            return false;
    }
    return window->partition_count == 0 && window->order_count == 0;
}

static void
put_sort(Distribution *d, Piece *piece, const KeyList *keys)
{
    PlanNode *input = piece->node;
    PlanNode *sort = plan_node_new(d->arena, PLAN_SORT, input->column_count, input->columns, 1, &input);

    sort->estimated_rows = input->estimated_rows;
    sort->sort = (PlanSort){.key_count = keys->count, .keys = keys->items};
    piece->node = sort;
}

/* ---- nodes ---- */

/* Which sorts are shared is decided by the plan alone, not by how many tasks there are: a shared one breaks
 * ties in another way. */
static Status
place_run(Distribution *d, const PlanNode *const *chain, const Run *run, Piece *piece)
{
    KeyList sorted = {0};
    bool is_sorted = false;

    TRY(distribute_by_keys(d, piece, run->key_count, run->keys));
    for (uint32_t i = run->first; i < run->end; i++) {
        const PlanWindow *window = &chain[i]->window;
        const KeyList wanted = wanted_order(d, window);
        if (!needs_no_order(window) && (!is_sorted || !is_served(&sorted, &wanted, window))) {
            put_sort(d, piece, &wanted);
            sorted = wanted;
            is_sorted = true;
        }
        piece->node = distribute_copy(d, chain[i], piece->node);
    }
    return STATUS_OK;
}

Status
distribute_windows(Distribution *d, const PlanNode *node, Piece *piece)
{
    const PlanNode *below = node;
    uint32_t count = 0;

    for (; below->kind == PLAN_WINDOW; below = below->children[0])
        count++;
    const PlanNode **chain = ARENA_ARRAY(d->arena, const PlanNode *, count);
    for (uint32_t i = count; i > 0; i--, node = node->children[0])
        chain[i - 1] = node;
    TRY(distribute_node(d, below, false, piece));
    for (uint32_t i = 0; i < count;) {
        const Run run = find_run(d, chain, count, i);
        TRY(place_run(d, chain, &run, piece));
        i = run.end;
    }
    return STATUS_OK;
}

Status
distribute_partition_top(Distribution *d, const PlanNode *node, Piece *piece)
{
    const PlanPartitionTop *top = &node->partition_top;

    if (!distribute_is_single(piece) && !is_partitioned(piece, top->partition, top->partition_count)) {
        PlanNode *partial = distribute_copy(d, node, piece->node);
        partial->partition_top.partial = true;
        piece->node = partial;
        TRY(distribute_by_keys(d, piece, top->partition_count, top->partition));
    }
    piece->node = distribute_copy(d, node, piece->node);
    return STATUS_OK;
}
