#include "exec/join_filter.h"

#include "plan/walk.h"

#include <stdlib.h>

enum { KEYS_A_WORD = 4, JUDGED_ROWS = 1 << 14, WORTH_DENOMINATOR = 10 };

/* Whether rows of the left side without a match are dropped, and one key tells. */
static bool
drops_unmatched(const PlanNode *node)
{
    const JoinKind kind = node->join.kind;

    return node->kind == PLAN_HASH_JOIN && node->join.key_count == 1 &&
           !plan_key_is_null_safe(&node->join, 0) &&
           (kind == JOIN_INNER || kind == JOIN_SEMI || kind == JOIN_RIGHT);
}

/* The column of the node's first child that its column is; UINT32_MAX where it is none. */
static uint32_t
column_below(const PlanNode *node, uint32_t column)
{
    switch (node->kind) {
    case PLAN_FILTER: return column;
    case PLAN_PROJECT: {
        const Expr *expr = node->project.expressions[column];
        return expr->kind == EXPR_COLUMN ? expr->column : UINT32_MAX;
    }
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: {
        const uint32_t at = node->join.output[column];
        return !plan_keeps_right(node->join.kind) && at < node->children[0]->column_count ? at : UINT32_MAX;
    }
    default: return UINT32_MAX;
    }
}

uint32_t
join_filters_below(const PlanNode *node, const JoinInput *input, const JoinFilter *above, uint32_t count,
                   JoinFilter *below)
{
    uint32_t kept = 0;

    if (input != NULL && drops_unmatched(node))
        below[kept++] = (JoinFilter){.input = input, .column = node->join.left_keys[0]};
    for (uint32_t i = 0; i < count && kept < JOIN_FILTERS_MAX; i++) {
        const uint32_t column = column_below(node, above[i].column);
        if (column != UINT32_MAX)
            below[kept++] = (JoinFilter){.input = above[i].input, .column = column};
    }
    return kept;
}

/* ---- the build's side ---- */

static uint64_t
bloom_bits(uint64_t hash)
{
    return UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63) | UINT64_C(1) << (hash >> 12 & 63);
}

void
join_filter_prepare(JoinBuild *build)
{
    uint64_t words = 1;

    if (!drops_unmatched(build->node) || build->table == NULL)
        return;
    while (words * KEYS_A_WORD < build->group_count)
        words *= 2;
    if (!budget_charge(build->budget, words * sizeof(uint64_t)))
        return;
    build->charged += words * sizeof(uint64_t);
    build->bloom = calloc(words, sizeof(uint64_t));
    if (build->bloom == NULL)
        return;
    build->bloom_mask = words - 1;
    const uint64_t *hashes = group_table_hashes(build->table);
    for (uint32_t i = 0; i < build->group_count; i++)
        build->bloom[hashes[i] >> 32 & build->bloom_mask] |= bloom_bits(hashes[i]);
}

/* ---- the scan's side ---- */

bool
join_filter_may_match(const JoinFilter *filter, const ColumnStatistics *statistics)
{
    const JoinBuild *build = filter->input->build;

    if (build->spilled != NULL)
        return true;
    if (build->group_count == 0)
        return false;
    if (statistics == NULL)
        return true;
    if (statistics->rows > 0 && statistics->nulls == statistics->rows)
        return false;
    if (!build->has_bounds || !statistics->min.known || !statistics->max.known)
        return true;
    return statistics->min.integer <= build->max && statistics->max.integer >= build->min;
}

#define SELECT_DIRECT(CType)                                                                                 \
    const CType *values = vector_values(key);                                                                \
    for (uint32_t i = 0; i < window->count; i++) {                                                           \
        const uint32_t row = batch_row(window, i);                                                           \
        const uint64_t at = (uint64_t)(int64_t)values[vector_index(key, row)] - (uint64_t)build->direct_min; \
        selection[passed] = row;                                                                             \
        passed += at < build->direct_size && build->direct[at] != 0;                                         \
    }

static uint32_t
select_direct(const JoinBuild *build, const Vector *key, const Batch *window, uint32_t *selection)
{
    uint32_t passed = 0;

    if (key->layout == LAYOUT_I32) {
        SELECT_DIRECT(int32_t)
    } else {
        SELECT_DIRECT(int64_t)
    }
    return passed;
}

static uint32_t
select_hashed(const JoinBuild *build, const Vector *key, const Batch *window, uint32_t *selection)
{
    uint64_t hashes[BATCH_ROWS];
    uint32_t passed = 0;

    group_hash(key, 1, window->selection, window->count, hashes);
    for (uint32_t i = 0; i < window->count; i++) {
        const uint64_t bits = bloom_bits(hashes[i]);
        selection[passed] = batch_row(window, i);
        passed += (build->bloom[hashes[i] >> 32 & build->bloom_mask] & bits) == bits;
    }
    return passed;
}

static uint32_t
select_all(const Batch *window, uint32_t *selection)
{
    for (uint32_t i = 0; i < window->count; i++)
        selection[i] = batch_row(window, i);
    return window->count;
}

static uint32_t
without_nulls(const Vector *key, uint32_t *selection, uint32_t count)
{
    uint32_t kept = 0;

    if (vector_has_no_nulls(key))
        return count;
    for (uint32_t i = 0; i < count; i++) {
        selection[kept] = selection[i];
        kept += !vector_is_null(key, selection[i]);
    }
    return kept;
}

uint32_t
join_filter_select(JoinFilter *filter, const Vector *key, const Batch *window, uint32_t *selection)
{
    const JoinBuild *build = filter->input->build;
    uint32_t passed;

    if (build->spilled != NULL) {
        filter->idle = true;
        return select_all(window, selection);
    }
    if (build->direct != NULL)
        passed = select_direct(build, key, window, selection);
    else if (build->bloom != NULL)
        passed = select_hashed(build, key, window, selection);
    else
        passed = select_all(window, selection);
    passed = without_nulls(key, selection, passed);
    filter->seen += window->count;
    filter->passed += passed;
    filter->idle =
        filter->seen >= JUDGED_ROWS && filter->seen - filter->passed < filter->seen / WORTH_DENOMINATOR;
    return passed;
}
