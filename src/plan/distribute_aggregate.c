/* Aggregates: partial states where the rows are, merged in one task or in partitions of the groups. */
#include "plan/distribute.h"

#include <math.h>
#include <string.h>

enum {
    HEAVY_GROUPS = 50000,      /* states that leave the cache: fewer, larger tasks then have less to merge */
    GATHER_GROUPS_MAX = 65536, /* partial groups that one task merges quickly enough */
    PARTITION_GROUPS = 65536,  /* whose states fit a core's cache */
    PARTITIONS_PER_SLOT = 4,   /* so that slots end together */
    PARTITIONS_MAX = 1024,
    DENSE_FACTOR = 8 /* a key's range is dense where it is at most so many times the groups */
};

static uint32_t
partial_column_count(const PlanAggregate *aggregate)
{
    uint32_t count = aggregate->key_count + (aggregate->key_count > 0);
    Type types[AGGREGATE_PARTIALS_MAX];

    for (uint32_t i = 0; i < aggregate->call_count; i++)
        count += aggregate->calls[i].aggregate->partial_types(aggregate->calls[i].argument_types, types);
    return count;
}

/* Keys, hash, then what the states travel as. */
static const PlanColumn *
partial_columns(Distribution *d, const PlanNode *node)
{
    const PlanAggregate *aggregate = &node->aggregate;
    PlanColumn *columns = ARENA_ARRAY(d->arena, PlanColumn, partial_column_count(aggregate));
    uint32_t next = aggregate->key_count;

    memcpy(columns, node->columns, aggregate->key_count * sizeof *columns);
    if (aggregate->key_count > 0)
        columns[next++] = (PlanColumn){.name = "hash", .type = type_of(TYPE_INT8)};
    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        Type types[AGGREGATE_PARTIALS_MAX];
        const PlanAggregateCall *call = &aggregate->calls[i];
        const uint32_t count = call->aggregate->partial_types(call->argument_types, types);
        for (uint32_t j = 0; j < count; j++)
            columns[next++] =
                (PlanColumn){.name = node->columns[aggregate->key_count + i].name, .type = types[j]};
    }
    return columns;
}

static PlanNode *
make_partial(Distribution *d, const PlanNode *node, PlanNode *child, double rows)
{
    PlanNode *partial = distribute_copy(d, node, child);

    partial->column_count = partial_column_count(&node->aggregate);
    partial->columns = partial_columns(d, node);
    partial->aggregate.phase = AGGREGATE_PARTIAL;
    partial->estimated_rows = rows;
    return partial;
}

/* The same aggregate over partial columns. */
static PlanNode *
over_partials(Distribution *d, const PlanNode *node, AggregatePhase phase, PlanNode *child)
{
    PlanNode *merge = distribute_copy(d, node, child);

    merge->aggregate.phase = phase;
    merge->aggregate.keys = ARENA_ARRAY(d->arena, uint32_t, node->aggregate.key_count);
    for (uint32_t i = 0; i < node->aggregate.key_count; i++)
        merge->aggregate.keys[i] = i;
    return merge;
}

static uint32_t
round_up(uint32_t value, uint32_t multiple)
{
    return (value + multiple - 1) / multiple * multiple;
}

uint32_t
distribute_merge_partitions(const ClusterShape *shape, double groups)
{
    const uint32_t reducers = shape->reducers > 0 ? shape->reducers : 1;
    const uint32_t slots = shape->reducer_slots > reducers ? shape->reducer_slots : reducers;
    const double cached = ceil(groups / PARTITION_GROUPS);
    double wanted = fmax(cached, (double)slots * PARTITIONS_PER_SLOT);

    if (wanted > PARTITIONS_MAX)
        wanted = slots > PARTITIONS_MAX ? slots : PARTITIONS_MAX;
    return round_up((uint32_t)wanted, slots % reducers == 0 ? slots : reducers);
}

/* A single integer key whose values fill their range: partitions can be ranges, whose groups are addressed
 * directly. */
static bool
is_dense(const PlanNode *node, uint32_t partitions, Int128 *low, Int128 *range)
{
    const PlanAggregate *aggregate = &node->aggregate;
    const Layout layout = aggregate->key_count == 1 ? type_layout(node->columns[0].type) : LAYOUT_COUNT;

    if ((layout != LAYOUT_I32 && layout != LAYOUT_I64) || aggregate->key_min == NULL ||
        !aggregate->key_min[0].known || !aggregate->key_max[0].known)
        return false;
    *low = aggregate->key_min[0].integer;
    *range = aggregate->key_max[0].integer - *low + 1;
    return *range >= partitions && (double)*range <= aggregate->estimated_groups * DENSE_FACTOR;
}

/* Upper bounds of ranges of equal width, as values of the key's layout. */
static const void *
even_bounds(Distribution *d, Layout layout, Int128 low, Int128 range, uint32_t partitions)
{
    int32_t *narrow = ARENA_ARRAY(d->arena, int32_t, partitions);
    int64_t *wide = ARENA_ARRAY(d->arena, int64_t, partitions);

    for (uint32_t i = 1; i < partitions; i++) {
        wide[i - 1] = (int64_t)(low + range * i / partitions);
        narrow[i - 1] = (int32_t)wide[i - 1];
    }
    return layout == LAYOUT_I32 ? (const void *)narrow : wide;
}

static Status
partition_groups(Distribution *d, const PlanNode *node, Piece *piece)
{
    const uint32_t partitions = distribute_merge_partitions(d->shape, node->aggregate.estimated_groups);
    PlanExchange exchange = {.form = EXCHANGE_FORM_HASH,
                             .key_count = node->aggregate.key_count,
                             .hash_column = (int32_t)node->aggregate.key_count,
                             .partition_count = partitions};
    Int128 low;
    Int128 range;

    exchange.keys = ARENA_ARRAY(d->arena, uint32_t, exchange.key_count);
    for (uint32_t i = 0; i < exchange.key_count; i++)
        exchange.keys[i] = i;
    if (partitions > 1 && is_dense(node, partitions, &low, &range)) {
        exchange.form = EXCHANGE_FORM_RANGE;
        exchange.hash_column = -1;
        exchange.bounds = even_bounds(d, type_layout(node->columns[0].type), low, range, partitions);
    }
    return distribute_cut(d, piece, &exchange);
}

static bool
keeps_large_states(const PlanNode *node)
{
    for (uint32_t i = 0; i < node->aggregate.call_count; i++)
        if (node->aggregate.calls[i].aggregate->large_state)
            return true;
    return false;
}

static uint32_t
key_source(const PlanNode *node, uint32_t column)
{
    return column < node->aggregate.key_count ? node->aggregate.keys[column] : UINT32_MAX;
}

/* Whether all rows of a group are in one partition already. */
static bool
groups_are_whole(const PlanNode *node, const Piece *piece)
{
    for (uint32_t i = 0; i < piece->hash_count; i++) {
        uint32_t k = 0;
        while (k < node->aggregate.key_count && node->aggregate.keys[k] != piece->hash_columns[i])
            k++;
        if (k == node->aggregate.key_count)
            return false;
    }
    return piece->hash_count > 0;
}

Status
distribute_aggregate(Distribution *d, const PlanNode *node, Piece *piece)
{
    const double groups = node->aggregate.estimated_groups;

    if (distribute_is_single(piece) || groups_are_whole(node, piece)) {
        piece->node = distribute_copy(d, node, piece->node);
        distribute_carry_partitions(d, piece, node->column_count, key_source, node);
        return STATUS_OK;
    }
    if (groups > HEAVY_GROUPS || keeps_large_states(node))
        piece->groups = fmax(groups, HEAVY_GROUPS);
    distribute_make_tasks(d, piece);
    const double rows = fmax(piece->node->estimated_rows, 0);
    const double merged = fmin(rows, groups * fmax(piece->task_count, 1));

    piece->node = make_partial(d, node, piece->node, merged);
    if (node->aggregate.key_count == 0 || merged <= GATHER_GROUPS_MAX)
        TRY(distribute_gather(d, piece, over_partials(d, piece->node, AGGREGATE_COMBINE, piece->node)));
    else
        TRY(partition_groups(d, node, piece));
    piece->node = over_partials(d, node, AGGREGATE_FINAL, piece->node);
    return STATUS_OK;
}

/* The i-th bound of a RANGE exchange on an integer column. */
static Int128
range_bound(const PlanNode *exchange, uint32_t i)
{
    const Type type = exchange->columns[exchange->exchange.keys[0]].type;

    if (type_layout(type) == LAYOUT_I32)
        return ((const int32_t *)exchange->exchange.bounds)[i];
    return ((const int64_t *)exchange->exchange.bounds)[i];
}

void
plan_task_key_bounds(const PlanNode *node, uint32_t key, uint32_t task, ColumnBound *min, ColumnBound *max)
{
    const PlanNode *input = node->children[0];
    const Layout layout = type_layout(node->columns[key].type);

    *min = node->aggregate.key_min == NULL ? (ColumnBound){0} : node->aggregate.key_min[key];
    *max = node->aggregate.key_max == NULL ? (ColumnBound){0} : node->aggregate.key_max[key];
    if (input->kind != PLAN_EXCHANGE || input->exchange.form != EXCHANGE_FORM_RANGE ||
        input->exchange.keys[0] != node->aggregate.keys[key] ||
        (layout != LAYOUT_I32 && layout != LAYOUT_I64))
        return;
    if (task > 0 && task <= input->exchange.partition_count - 1)
        *min = (ColumnBound){.known = true, .integer = range_bound(input, task - 1)};
    if (task + 1 < input->exchange.partition_count)
        *max = (ColumnBound){.known = true, .integer = range_bound(input, task) - 1};
}
