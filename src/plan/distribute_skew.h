/* plan/distribute_skew.h: keys of a partitioned join that must not all go to one partition. */
#ifndef RUNNEL_PLAN_DISTRIBUTE_SKEW_H
#define RUNNEL_PLAN_DISTRIBUTE_SKEW_H

#include "plan/plan.h"

/* Hashes of keys, as an exchange by the hash of that one key has them: heavy_hashes of both sides, with
 * heavy_everywhere at the build's. */
typedef struct HeavyKeys {
    uint32_t count;
    uint64_t *hashes;
} HeavyKeys;

/* At most EXCHANGE_HEAVY_MAX - 1 (NULL may be one more) of the join's `key` that statistics call common,
 * where `slots` work on `partitions` of it. In the arena. */
HeavyKeys distribute_heavy_keys(Arena *arena, const PlanNode *join, uint32_t key, uint32_t partitions,
                                uint32_t slots);

#endif
