/* Joins: the build side is sent whole to every process that probes, or both sides are partitioned by the hash
 * of their keys, whichever costs less. RIGHT and FULL joins are always partitioned: one task must see all
 * probes of a build row. */
#include "plan/cost.h"
#include "plan/distribute.h"
#include "plan/distribute_skew.h"
#include "plan/estimate.h"
#include "plan/walk.h"

#include "base/hash.h"

#include <math.h>
#include <string.h>

static const double BROADCAST_BYTES_MAX = 512 << 20; /* of a build, where no limit of memory is known */
static const double BROADCAST_MEMORY_SHARE = 0.4;
static const double BUILD_OVERHEAD = 1.5; /* bytes held for a byte of rows */

static void
put_join(Distribution *d, const PlanNode *node, Piece *probe, const Piece *build)
{
    PlanNode *join = distribute_copy(d, node, NULL);

    join->child_count = 2;
    join->children = ARENA_ARRAY(d->arena, PlanNode *, 2);
    join->children[0] = probe->node;
    join->children[1] = build->node;
    probe->node = join;
}

static uint32_t
join_source(const PlanNode *node, uint32_t column)
{
    return node->join.output[column];
}

/* Rows of the left side stay where they are. */
static Status
join_broadcast(Distribution *d, const PlanNode *node, Piece *probe, Piece *build)
{
    const PlanExchange broadcast = {.form = EXCHANGE_FORM_BROADCAST, .hash_column = -1, .partition_count = 1};

    if (plan_keeps_right(node->join.kind) && !distribute_is_single(probe))
        TRY(distribute_gather(d, probe, NULL));
    TRY(distribute_cut(d, build, &broadcast));
    put_join(d, node, probe, build);
    distribute_carry_partitions(d, probe, node->column_count, join_source, node);
    return STATUS_OK;
}

/* ---- partitions ---- */

/* Keys by which both sides are partitioned: those whose equality the condition needs to be true. A NULL in
 * another key of a MARK join decides together with all rows of the right side. */
static uint32_t
partition_keys(Distribution *d, const PlanJoin *join, uint32_t **keys)
{
    uint32_t count = 0;

    *keys = ARENA_ARRAY(d->arena, uint32_t, join->key_count);
    for (uint32_t k = 0; k < join->key_count; k++) {
        if (join->kind != JOIN_MARK || plan_key_is_null_safe(join, k))
            (*keys)[count++] = k;
    }
    return count;
}

static const uint32_t *
picked(Distribution *d, const uint32_t *columns, const uint32_t *keys, uint32_t count)
{
    uint32_t *result = ARENA_ARRAY(d->arena, uint32_t, count);

    for (uint32_t i = 0; i < count; i++)
        result[i] = columns[keys[i]];
    return result;
}

/* Whether the piece lies in partitions by some of the join's keys, which then replace `keys`. */
static bool
is_partitioned_alike(const Piece *piece, const uint32_t *columns, uint32_t *keys, uint32_t *count)
{
    uint32_t found[EXCHANGE_HEAVY_MAX];

    if (piece->hash_count == 0 || piece->hash_count > EXCHANGE_HEAVY_MAX || piece->source != NULL)
        return false;
    for (uint32_t i = 0; i < piece->hash_count; i++) {
        uint32_t k = 0;
        while (k < *count && columns[keys[k]] != piece->hash_columns[i])
            k++;
        if (k == *count)
            return false;
        found[i] = keys[k];
    }
    *count = piece->hash_count;
    for (uint32_t i = 0; i < *count; i++)
        keys[i] = found[i];
    return true;
}

/* NULL keys match nothing, so where their rows are kept they may be anywhere. */
static bool
spreads_nulls(const PlanJoin *join, const uint32_t *keys, uint32_t count, bool is_probe)
{
    const bool kept =
        is_probe ? plan_keeps_left(join->kind) || join->kind == JOIN_ANTI : plan_keeps_right(join->kind);

    return kept && count == 1 && !plan_key_is_null_safe(join, keys[0]);
}

static PlanExchange
hash_exchange(Distribution *d, const uint32_t *columns, const uint32_t *keys, uint32_t count,
              uint32_t partitions)
{
    return (PlanExchange){.form = EXCHANGE_FORM_HASH,
                          .key_count = count,
                          .keys = (uint32_t *)picked(d, columns, keys, count),
                          .hash_column = -1,
                          .partition_count = partitions};
}

/* What is known of the joined rows' partitions: keys of the side whose rows are never NULLs made up, unless
 * some keys' rows are spread. */
static void
note_partitions(Distribution *d, const PlanNode *node, const uint32_t *keys, uint32_t count, bool spread,
                Piece *piece)
{
    const PlanJoin *join = &node->join;
    uint32_t *left = ARENA_ARRAY(d->arena, uint32_t, count);
    uint32_t *right = ARENA_ARRAY(d->arena, uint32_t, count);

    for (uint32_t i = 0; i < count; i++) {
        left[i] = join->left_keys[keys[i]];
        right[i] = node->children[0]->column_count + join->right_keys[keys[i]];
    }
    piece->hash_count = spread || join->kind == JOIN_FULL ? 0 : count;
    piece->hash_columns = join->kind == JOIN_RIGHT ? right : left;
    distribute_carry_partitions(d, piece, node->column_count, join_source, node);
    if (piece->hash_count > 0 || spread || join->kind != JOIN_INNER)
        return;
    piece->hash_count = count; /* equal ones serve as well */
    piece->hash_columns = right;
    distribute_carry_partitions(d, piece, node->column_count, join_source, node);
}

/* By which keys, into how many partitions, and which sides must move for it. */
typedef struct Partitioning {
    uint32_t count;
    uint32_t *keys;
    uint32_t partitions;
    bool probe_moves;
    bool build_moves;
} Partitioning;

static bool
are_same(const uint32_t *a, const uint32_t *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* Sides that are partitioned by keys of the join stay where they are; both only where they agree. */
static Partitioning
choose_partitioning(Distribution *d, const PlanNode *node, uint32_t count, const uint32_t *keys,
                    const Piece *probe, const Piece *build)
{
    const PlanJoin *join = &node->join;
    uint32_t *left = ARENA_ARRAY(d->arena, uint32_t, count);
    uint32_t *right = ARENA_ARRAY(d->arena, uint32_t, count);
    uint32_t left_count = count;
    uint32_t right_count = count;

    memcpy(left, keys, count * sizeof *left);
    memcpy(right, keys, count * sizeof *right);
    const bool left_alike = is_partitioned_alike(probe, join->left_keys, left, &left_count);
    const bool right_alike = is_partitioned_alike(build, join->right_keys, right, &right_count);
    if (left_alike)
        return (Partitioning){.count = left_count,
                              .keys = left,
                              .partitions = probe->task_count,
                              .build_moves = !right_alike || left_count != right_count ||
                                             build->task_count != probe->task_count ||
                                             !are_same(left, right, left_count)};
    if (right_alike)
        return (Partitioning){
            .count = right_count, .keys = right, .partitions = build->task_count, .probe_moves = true};
    return (Partitioning){
        .count = count,
        .keys = left,
        .partitions = distribute_merge_partitions(d->shape, fmax(0, node->children[1]->estimated_rows)),
        .probe_moves = true,
        .build_moves = true};
}

/* Rows of common keys go everywhere (build) or anywhere (probe), NULLs anywhere. */
static void
set_heavy(Distribution *d, const PlanNode *node, const Partitioning *by, const HeavyKeys *common,
          bool is_probe, PlanExchange *exchange)
{
    uint64_t *hashes = ARENA_ARRAY(d->arena, uint64_t, common->count + 1);

    for (uint32_t i = 0; i < common->count; i++)
        hashes[exchange->heavy_count++] = common->hashes[i];
    if (spreads_nulls(&node->join, by->keys, by->count, is_probe))
        hashes[exchange->heavy_count++] = HASH_NULL;
    exchange->heavy_hashes = hashes;
    exchange->heavy_everywhere = common->count > 0 && !is_probe;
}

static Status
move_side(Distribution *d, const PlanNode *node, const Partitioning *by, const HeavyKeys *common,
          bool is_probe, bool *spread, Piece *piece)
{
    const uint32_t *columns = is_probe ? node->join.left_keys : node->join.right_keys;
    PlanExchange exchange = hash_exchange(d, columns, by->keys, by->count, by->partitions);

    set_heavy(d, node, by, common, is_probe, &exchange);
    *spread = *spread || exchange.heavy_count > 0;
    return distribute_cut(d, piece, &exchange);
}

static Status
join_shuffle(Distribution *d, const PlanNode *node, const Partitioning *by, Piece *probe, Piece *build)
{
    HeavyKeys common = {0};
    bool spread = false;

    if (by->count == 1 && by->probe_moves && by->build_moves)
        common = distribute_heavy_keys(d->arena, node, by->keys[0], by->partitions, d->shape->reducer_slots);
    if (by->probe_moves)
        TRY(move_side(d, node, by, &common, true, &spread, probe));
    if (by->build_moves)
        TRY(move_side(d, node, by, &common, false, &spread, build));
    put_join(d, node, probe, build);
    note_partitions(d, node, by->keys, by->count, spread, probe);
    return STATUS_OK;
}

/* ---- the choice ---- */

static double
known(double rows)
{
    return rows >= 0 && isfinite(rows) ? rows : 0;
}

static uint32_t
at_least_one(uint32_t count)
{
    return count > 0 ? count : 1;
}

static bool
fits_everywhere(const ClusterShape *shape, double build_bytes)
{
    const double limit =
        shape->memory_limit == 0 ? BROADCAST_BYTES_MAX : (double)shape->memory_limit * BROADCAST_MEMORY_SHARE;

    return build_bytes * BUILD_OVERHEAD <= limit;
}

static double
broadcast_cost(const ClusterShape *shape, const Piece *probe, double probe_rows, double build_rows,
               double build_row_bytes)
{
    const bool leaf = probe->source != NULL;
    const uint32_t processes = at_least_one(leaf ? shape->workers : shape->reducers);
    const uint32_t slots = at_least_one(leaf ? shape->worker_slots : shape->reducer_slots);
    const double bytes = build_rows * build_row_bytes;

    /* a process's build is made by one thread, while its others wait */
    return cost_move(bytes) * processes + cost_stage(1) + cost_build(build_rows, build_row_bytes) +
           cost_probe(probe_rows, bytes) / slots;
}

static double
shuffle_cost(const ClusterShape *shape, const Partitioning *by, double probe_rows, double probe_row_bytes,
             double build_rows, double build_row_bytes)
{
    const uint32_t slots = at_least_one(shape->reducer_slots);
    const double bytes = build_rows * build_row_bytes;
    const double moved = (by->build_moves ? bytes : 0) + (by->probe_moves ? probe_rows * probe_row_bytes : 0);

    return (cost_move(moved) + cost_build(build_rows, build_row_bytes) +
            cost_probe(probe_rows, bytes / by->partitions)) /
               slots +
           (by->probe_moves + by->build_moves) * cost_stage(by->partitions);
}

static bool
should_shuffle(Distribution *d, const PlanNode *node, const Partitioning *by, const Piece *probe)
{
    const ClusterShape *shape = d->shape;
    const double probe_rows = known(node->children[0]->estimated_rows);
    const double build_rows = known(node->children[1]->estimated_rows);
    const double probe_row_bytes = cost_row_bytes(node->children[0]);
    const double build_row_bytes = cost_row_bytes(node->children[1]);

    if (by->count == 0 || distribute_is_single(probe))
        return false;
    if (plan_keeps_right(node->join.kind) || shape->joins == JOINS_SHUFFLE)
        return true;
    if (shape->joins == JOINS_BROADCAST)
        return false;
    if (!fits_everywhere(shape, build_rows * build_row_bytes))
        return true;
    return shuffle_cost(shape, by, probe_rows, probe_row_bytes, build_rows, build_row_bytes) <
           broadcast_cost(shape, probe, probe_rows, build_rows, build_row_bytes);
}

Status
distribute_join(Distribution *d, const PlanNode *node, Piece *piece)
{
    uint32_t *keys = NULL;
    const uint32_t count = node->kind == PLAN_HASH_JOIN ? partition_keys(d, &node->join, &keys) : 0;
    Piece build;

    TRY(distribute_node(d, node->children[0], false, piece));
    TRY(distribute_node(d, node->children[1], false, &build));
    Partitioning by = {0};
    if (count > 0)
        by = choose_partitioning(d, node, count, keys, piece, &build);
    if (!should_shuffle(d, node, &by, piece))
        return join_broadcast(d, node, piece, &build);
    return join_shuffle(d, node, &by, piece, &build);
}
