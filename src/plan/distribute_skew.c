/* Keys that are so common among a join's probe rows that the one partition they hash to would have much more
 * to do than the others: their probe rows are spread, and the build's rows of those keys go everywhere.
 * (NULLs, which match nothing and are kept all the same, are spread without that.) */
#include "plan/distribute_skew.h"

#include "column/profile.h"
#include "plan/estimate.h"
#include "plan/spread.h"
#include "plan/walk.h"

#include "base/hash.h"

#include <math.h>

static const double HEAVY_SLOT_SHARE = 0.5; /* of what one slot has to do if all have as much */

/* Joins of which every probe row must meet all build rows of its key, wherever that is, and no build row is
 * kept. */
static bool
may_spread(const PlanJoin *join)
{
    switch (join->kind) {
    case JOIN_INNER:
    case JOIN_LEFT:
    case JOIN_SEMI:
    case JOIN_ANTI:
    case JOIN_SINGLE: return true;
    default: return false;
    }
}

static bool
is_integer(Layout layout)
{
    return layout == LAYOUT_I32 || layout == LAYOUT_I64;
}

static bool
hash_alike(Type left, Type right)
{
    const Layout a = type_layout(left);
    const Layout b = type_layout(right);

    return (is_integer(a) && is_integer(b)) || (a == LAYOUT_VIEW && b == LAYOUT_VIEW);
}

/* The hash that vector_hash() gives rows with this value. */
static bool
hash_common(Arena *arena, Type type, const ColumnBound *value, uint64_t *hash)
{
    const int32_t narrow = (int32_t)value->integer;
    const int64_t wide = (int64_t)value->integer;
    StringView text = {0};
    const void *data = &wide;

    if (type_layout(type) == LAYOUT_I32) {
        data = &narrow;
    } else if (type_layout(type) == LAYOUT_VIEW) {
        text = string_view(value->text.data, value->text.size);
        data = &text;
    }
    const Vector constant = vector_constant(arena, type, data);
    if (constant.data == NULL)
        return false;
    vector_hash(&constant, NULL, 1, false, hash);
    return true;
}

/* What the build moves more must not be more than what both sides move anyway. */
static bool
is_worth_copying(const PlanNode *join, uint32_t key, const ColumnBound *value, double share,
                 uint32_t partitions)
{
    const PlanNode *build = join->children[1];
    const uint32_t column = join->join.right_keys[key];
    const ColumnStatistics *statistics = estimate_column(build, column);
    const PruneValue sought = prune_value_of_bound(build->columns[column].type, value);
    double build_share;

    if (statistics == NULL || !spread_equal(build->columns[column].type, statistics, &sought, &build_share))
        return false;
    const double build_rows = fmax(0, build->estimated_rows);
    return build_rows * build_share * partitions <=
           build_rows + fmax(0, join->children[0]->estimated_rows) * share;
}

static void
list_common(Arena *arena, const PlanNode *join, uint32_t key, uint32_t partitions, uint32_t slots,
            HeavyKeys *heavy)
{
    const PlanNode *probe = join->children[0];
    const uint32_t column = join->join.left_keys[key];
    const Type type = probe->columns[column].type;
    const ColumnStatistics *statistics = estimate_column(probe, column);

    if (statistics == NULL || statistics->profile == NULL ||
        !hash_alike(type, join->children[1]->columns[join->join.right_keys[key]].type))
        return;
    const ColumnProfile *profile = statistics->profile;
    for (uint32_t i = 0; i < profile->common_count && heavy->count < EXCHANGE_HEAVY_MAX - 1; i++) {
        const ColumnBound *value = &profile->common[i];
        if (profile->shares[i] * slots < HEAVY_SLOT_SHARE)
            return;
        if (is_worth_copying(join, key, value, profile->shares[i], partitions) &&
            hash_common(arena, type, value, &heavy->hashes[heavy->count]))
            heavy->count++;
    }
}

HeavyKeys
distribute_heavy_keys(Arena *arena, const PlanNode *join, uint32_t key, uint32_t partitions, uint32_t slots)
{
    HeavyKeys heavy = {.hashes = ARENA_ARRAY(arena, uint64_t, EXCHANGE_HEAVY_MAX)};

    if (may_spread(&join->join) && !plan_key_is_null_safe(&join->join, key))
        list_common(arena, join, key, partitions, slots, &heavy);
    return heavy;
}
