#include "plan/spread.h"

#include "column/profile.h"

#include <math.h>

static const double EDGE = 0.5; /* of a range of which nothing tells where in it a value lies */

static double
values_of(const ColumnStatistics *statistics)
{
    return statistics->distinct > 0 ? (double)statistics->distinct : 1;
}

/* Whether the value lies outside of the column's bounds. */
static bool
is_outside(Type type, const ColumnStatistics *statistics, const PruneValue *value)
{
    const PruneValue min = prune_value_of_bound(type, &statistics->min);
    const PruneValue max = prune_value_of_bound(type, &statistics->max);
    int order;

    return (prune_compare(value, &min, &order) && order < 0) ||
           (prune_compare(value, &max, &order) && order > 0);
}

bool
spread_equal(Type type, const ColumnStatistics *statistics, const PruneValue *value, double *share)
{
    const ColumnProfile *profile = statistics->profile;
    int order;

    if (value->class == PRUNE_NONE || statistics->rows == statistics->nulls)
        return false;
    if (is_outside(type, statistics, value)) {
        *share = 0;
        return true;
    }
    *share = 1 / values_of(statistics);
    if (profile == NULL)
        return statistics->distinct > 0;
    for (uint32_t i = 0; i < profile->common_count; i++) {
        const PruneValue common = prune_value_of_bound(type, &profile->common[i]);
        if (!prune_compare(&common, value, &order))
            return statistics->distinct > 0;
        if (order == 0) {
            *share = profile->shares[i];
            return true;
        }
    }
    *share = profile->other_share / fmax(1, values_of(statistics) - profile->common_count);
    return true;
}

/* ---- ranges ---- */

/* Text as a number: eight bytes after those that the bounds of its range share. */
static double
text_position(const PruneValue *value, size_t skip)
{
    double position = 0;

    for (size_t i = 0; i < 8; i++)
        position = position * 256 + (skip + i < value->size ? (uint8_t)value->data[skip + i] : 0);
    return position;
}

/* Where between two values a third one lies. */
static double
part_of_range(const PruneValue *low, const PruneValue *high, const PruneValue *value)
{
    double from;
    double to;
    double at;

    if (value->class == PRUNE_TEXT && low->class == PRUNE_TEXT && high->class == PRUNE_TEXT) {
        size_t skip = 0;
        while (skip < low->size && skip < high->size && low->data[skip] == high->data[skip])
            skip++;
        from = text_position(low, skip);
        to = text_position(high, skip);
        at = text_position(value, skip);
    } else if (!prune_position(low, &from) || !prune_position(high, &to) || !prune_position(value, &at)) {
        return EDGE;
    }
    return to > from ? fmin(1, fmax(0, (at - from) / (to - from))) : EDGE;
}

/* The share of the values that are not common, by bounds between which equally many lie. */
static bool
below_in_bounds(Type type, const ColumnProfile *profile, const PruneValue *value, double *share)
{
    const uint32_t ranges = profile->bound_count - 1;
    uint32_t at = 0;
    int order;

    for (; at < profile->bound_count; at++) {
        const PruneValue bound = prune_value_of_bound(type, &profile->bounds[at]);
        if (!prune_compare(&bound, value, &order))
            return false;
        if (order >= 0)
            break;
    }
    *share = at == 0 ? 0 : 1;
    if (at == 0 || at == profile->bound_count)
        return true;
    const PruneValue low = prune_value_of_bound(type, &profile->bounds[at - 1]);
    const PruneValue high = prune_value_of_bound(type, &profile->bounds[at]);
    *share = (at - 1 + part_of_range(&low, &high, value)) / ranges;
    return true;
}

static bool
below_in_profile(Type type, const ColumnStatistics *statistics, const PruneValue *value, bool inclusive,
                 double *share)
{
    const ColumnProfile *profile = statistics->profile;
    double below = 0;
    double others = 0;
    bool common = false;
    int order;

    for (uint32_t i = 0; i < profile->common_count; i++) {
        const PruneValue known = prune_value_of_bound(type, &profile->common[i]);
        if (!prune_compare(&known, value, &order))
            return false;
        below += order < 0 || (order == 0 && inclusive) ? profile->shares[i] : 0;
        common |= order == 0;
    }
    if (profile->bound_count > 1 && !below_in_bounds(type, profile, value, &others))
        return false;
    if (profile->bound_count < 2 && profile->other_share > 1e-6)
        return false;
    if (inclusive && !common && others > 0 && others < 1)
        others = fmin(1, others + 1 / values_of(statistics));
    *share = below + others * profile->other_share;
    return true;
}

bool
spread_below(Type type, const ColumnStatistics *statistics, const PruneValue *value, bool inclusive,
             double *share)
{
    const PruneValue min = prune_value_of_bound(type, &statistics->min);
    const PruneValue max = prune_value_of_bound(type, &statistics->max);
    int order;

    if (statistics->profile != NULL && below_in_profile(type, statistics, value, inclusive, share))
        return true;
    if (!prune_compare(&min, value, &order) && value->class != PRUNE_REAL && value->class != PRUNE_INTEGER)
        return false;
    double at;
    if (value->class == PRUNE_TEXT || !prune_position(&min, &at) || !prune_position(&max, &at) ||
        !prune_position(value, &at))
        return false;
    *share = part_of_range(&min, &max, value);
    return prune_compare(&min, &max, &order) && order < 0;
}
