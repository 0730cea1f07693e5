#include "exec/window_tree.h"

#include "exec/window.h"

enum { FAN_OUT = 16, NO_LEVEL = -1 };

Status
window_tree_init(WindowTree *tree, const Operator *operator, const PlanAggregate * plan, Error *error)
{
    *tree = (WindowTree){.operator= operator, .plan = plan };
    tree->arena = arena_new(operator->context->in_hand);
    return tree->arena != NULL ? STATUS_OK : error_set_memory(error);
}

void
window_tree_clear(WindowTree *tree)
{
    for (uint32_t i = 0; i < tree->level_count; i++)
        aggregate_states_destroy(&tree->levels[i]);
    tree->level_count = 0;
}

void
window_tree_destroy(WindowTree *tree)
{
    window_tree_clear(tree);
    arena_destroy(&tree->arena);
}

static Status
add_level(WindowTree *tree, uint32_t nodes, Error *error)
{
    AggregateStates *level = &tree->levels[tree->level_count++];

    TRY(aggregate_states_init(level, tree->plan, window_budget(tree->operator), error));
    return aggregate_states_reserve(level, nodes, error);
}

static Status
build_lowest(WindowTree *tree, const WindowChunk *chunk, Error *error)
{
    uint32_t groups[BATCH_ROWS];
    Vector *columns = ARENA_ARRAY(tree->arena, Vector, chunk->column_count + 1);

    if (columns == NULL)
        return error_set_memory(error);
    for (uint32_t first = 0; first < chunk->rows; first += BATCH_ROWS) {
        const uint32_t left = chunk->rows - first;
        const uint32_t count = left < BATCH_ROWS ? left : BATCH_ROWS;
        Batch batch;
        row_builder_batch(chunk->builder, first, count, columns, &batch);
        for (uint32_t i = 0; i < count; i++)
            groups[i] = (first + i) / FAN_OUT;
        TRY(aggregate_states_update(&tree->levels[0], &batch, groups, error));
        TRY(operator_check_cancelled(tree->operator, error));
    }
    return STATUS_OK;
}

/* Merge states `nodes` of a level into the groups of other states. */
static Status
merge_nodes(WindowTree *tree, uint32_t level, const uint32_t *nodes, const uint32_t *groups, uint32_t count,
            AggregateStates *states, Error *error)
{
    Vector columns[AGGREGATE_PARTIALS_MAX];
    const Batch batch = {
        .rows = count, .count = count, .column_count = tree->levels[level].partial_count, .columns = columns};

    arena_reset(tree->arena);
    TRY(aggregate_states_emit(&tree->levels[level], nodes, count, tree->arena, columns, error));
    return aggregate_states_merge(states, &batch, 0, groups, error);
}

static Status
build_level(WindowTree *tree, uint32_t level, uint32_t nodes_below, Error *error)
{
    uint32_t nodes[BATCH_ROWS];
    uint32_t groups[BATCH_ROWS];

    for (uint32_t first = 0; first < nodes_below; first += BATCH_ROWS) {
        const uint32_t left = nodes_below - first;
        const uint32_t count = left < BATCH_ROWS ? left : BATCH_ROWS;
        for (uint32_t i = 0; i < count; i++) {
            nodes[i] = first + i;
            groups[i] = nodes[i] / FAN_OUT;
        }
        TRY(merge_nodes(tree, level - 1, nodes, groups, count, &tree->levels[level], error));
        TRY(operator_check_cancelled(tree->operator, error));
    }
    return STATUS_OK;
}

Status
window_tree_build(WindowTree *tree, const WindowChunk *chunk, Error *error)
{
    uint32_t nodes = (chunk->rows + FAN_OUT - 1) / FAN_OUT;

    TRY(add_level(tree, nodes, error));
    TRY(build_lowest(tree, chunk, error));
    while (nodes > FAN_OUT) {
        const uint32_t above = (nodes + FAN_OUT - 1) / FAN_OUT;
        TRY(add_level(tree, above, error));
        TRY(build_level(tree, tree->level_count - 1, nodes, error));
        nodes = above;
    }
    return STATUS_OK;
}

/* Rows (level NO_LEVEL) or nodes of a level on their way into states. */
typedef struct Pending {
    uint32_t count;
    uint32_t items[BATCH_ROWS];
    uint32_t slots[BATCH_ROWS];
} Pending;

typedef struct Query {
    WindowTree *tree;
    const WindowChunk *chunk;
    AggregateStates *states;
    Error *error;
    Pending pending[WINDOW_TREE_LEVELS + 1];
} Query;

static Status
flush(Query *query, int level)
{
    Pending *pending = &query->pending[level + 1];
    const uint32_t count = pending->count;
    const Batch rows = {.rows = query->chunk->rows,
                        .count = count,
                        .selection = pending->items,
                        .column_count = query->chunk->column_count,
                        .columns = query->chunk->columns};

    pending->count = 0;
    if (count == 0)
        return STATUS_OK;
    TRY(operator_check_cancelled(query->tree->operator, query->error));
    if (level == NO_LEVEL)
        return aggregate_states_update(query->states, &rows, pending->slots, query->error);
    return merge_nodes(query->tree, (uint32_t)level, pending->items, pending->slots, count, query->states,
                       query->error);
}

static Status
add_items(Query *query, int level, uint32_t start, uint32_t end, uint32_t slot)
{
    Pending *pending = &query->pending[level + 1];

    for (uint32_t item = start; item < end; item++) {
        if (pending->count == BATCH_ROWS)
            TRY(flush(query, level));
        pending->items[pending->count] = item;
        pending->slots[pending->count++] = slot;
    }
    return STATUS_OK;
}

/* Ends of a range that are no whole blocks are taken one by one, the rest a level higher. */
static Status
cover(Query *query, RowRange range, uint32_t slot)
{
    int level = NO_LEVEL;

    while (range.end - range.start >= 2 * FAN_OUT && level + 1 < (int)query->tree->level_count) {
        const RowRange blocks = {(range.start + FAN_OUT - 1) / FAN_OUT, range.end / FAN_OUT};
        TRY(add_items(query, level, range.start, blocks.start * FAN_OUT, slot));
        TRY(add_items(query, level, blocks.end * FAN_OUT, range.end, slot));
        range = blocks;
        level++;
    }
    return add_items(query, level, range.start, range.end, slot);
}

Status
window_tree_query(WindowTree *tree, const WindowChunk *chunk, const RowRange *ranges, const uint32_t *slots,
                  uint32_t count, AggregateStates *states, Error *error)
{
    Arena *arena = arena_new(tree->operator->context->in_hand);
    Query *query = arena == NULL ? NULL : ARENA_NEW(arena, Query);
    Status status = STATUS_OK;

    if (query == NULL) {
        arena_destroy(&arena);
        return error_set_memory(error);
    }
    query->tree = tree;
    query->chunk = chunk;
    query->states = states;
    query->error = error;
    for (uint32_t i = 0; i < count; i++)
        TRY_GOTO(cover(query, ranges[i], slots[i]), done);
    for (int level = NO_LEVEL; level < (int)tree->level_count; level++)
        TRY_GOTO(flush(query, level), done);
done:
    arena_destroy(&arena);
    return status;
}
