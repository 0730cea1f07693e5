#include "exec/join_build.h"

#include "exec/join_filter.h"
#include "exec/join_spill.h"
#include "exec/operators.h"
#include "exec/spill.h"
#include "plan/walk.h"

#include <stdlib.h>

enum {
    STEP_BATCHES = 16,
    DIRECT_SLOTS_SMALL = 64 << 10, /* so many slots are always worth it */
    DIRECT_SLOTS_PER_ROW = 8
};

static bool
allocate(JoinBuild *build)
{
    const PlanNode *input = build->node->children[1];
    Type *types = calloc(input->column_count + 1, sizeof *types);

    if (types == NULL)
        return false;
    for (uint32_t i = 0; i < input->column_count; i++)
        types[i] = input->columns[i].type;
    build->builder = row_builder_new(build->budget, input->column_count, types);
    free(types);
    build->columns = calloc(input->column_count + 1, sizeof(Vector));
    build->keys = calloc(build->key_count + 1, sizeof(Vector));
    return build->builder != NULL && build->columns != NULL && build->keys != NULL;
}

JoinBuild *
join_build_new(const PlanNode *node, Budget *budget)
{
    JoinBuild *build = calloc(1, sizeof *build);

    if (build == NULL)
        return NULL;
    build->node = node;
    build->budget = budget;
    build->key_count = node->kind == PLAN_HASH_JOIN ? node->join.key_count : 0;
    build->key_columns = node->join.right_keys;
    build->plan = &node->join;
    if (!allocate(build))
        join_build_destroy(&build);
    return build;
}

void
join_build_drop_table(JoinBuild *build)
{
    uint32_t **const arrays[] = {&build->direct, &build->row_groups, &build->rows, &build->starts,
                                 &build->null_rows};

    group_table_destroy(&build->table);
    budget_release(build->budget, build->charged);
    build->charged = 0;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        free(*arrays[i]);
        *arrays[i] = NULL;
    }
    free(build->bloom);
    build->bloom = NULL;
}

void
join_build_destroy(JoinBuild **self)
{
    JoinBuild *build = *self;

    if (build == NULL)
        return;
    join_build_drop_table(build);
    spill_partitions_destroy(&build->spilled);
    row_builder_destroy(&build->builder);
    free(build->columns);
    free(build->keys);
    free(build);
    *self = NULL;
}

Status
join_build_append(JoinBuild *build, const Batch *batch, Error *error)
{
    if (row_builder_rows(build->builder) + batch->count >= GROUP_NONE)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "a join cannot hold more than %u rows", GROUP_NONE);
    return row_builder_append(build->builder, batch, NULL, 0, error);
}

static Status
allocate_numbers(JoinBuild *build, uint64_t count, uint32_t **numbers, Error *error)
{
    const size_t bytes = (count + 1) * sizeof(uint32_t);

    if (!budget_charge(build->budget, bytes))
        return error_set_memory(error);
    *numbers = calloc(count + 1, sizeof(uint32_t));
    if (*numbers == NULL) {
        budget_release(build->budget, bytes);
        return error_set_memory(error);
    }
    build->charged += bytes;
    return STATUS_OK;
}

static int64_t
integer_at(const Vector *vector, uint32_t row)
{
    const uint32_t index = vector_index(vector, row);

    return vector->layout == LAYOUT_I32 ? ((const int32_t *)vector_values(vector))[index]
                                        : ((const int64_t *)vector_values(vector))[index];
}

/* Whether the one integer key's values lie densely enough for an array; its bounds. */
static bool
is_dense(JoinBuild *build)
{
    const Vector *key = &build->keys[0];
    int64_t min = INT64_MAX;
    int64_t max = INT64_MIN;

    if (build->key_count != 1 || plan_key_is_null_safe(build->plan, 0) ||
        (key->layout != LAYOUT_I32 && key->layout != LAYOUT_I64))
        return false;
    for (uint32_t row = 0; row < build->row_count; row++) {
        if (vector_is_null(key, row))
            continue;
        const int64_t value = integer_at(key, row);
        min = value < min ? value : min;
        max = value > max ? value : max;
    }
    if (min > max)
        return false;
    build->has_bounds = true;
    build->min = min;
    build->max = max;
    const uint64_t most = (uint64_t)build->row_count * DIRECT_SLOTS_PER_ROW;
    build->direct_min = min;
    build->direct_size = (uint64_t)max - (uint64_t)min + 1;
    return build->direct_size != 0 &&
           build->direct_size <= (most < DIRECT_SLOTS_SMALL ? DIRECT_SLOTS_SMALL : most);
}

static Status
start(JoinBuild *build, Error *error)
{
    build->row_count = (uint32_t)row_builder_rows(build->builder);
    for (uint32_t i = 0; i < build->node->children[1]->column_count; i++)
        build->columns[i] = row_builder_column(build->builder, i);
    for (uint32_t k = 0; k < build->key_count; k++)
        build->keys[k] = build->columns[build->key_columns[k]];
    if (build->key_count == 0) {
        build->complete = true;
        return STATUS_OK;
    }
    TRY(allocate_numbers(build, build->row_count, &build->row_groups, error));
    if (build->plan->kind == JOIN_MARK)
        TRY(allocate_numbers(build, build->row_count, &build->null_rows, error));
    if (is_dense(build))
        return allocate_numbers(build, build->direct_size, &build->direct, error);

    Type *types = calloc(build->key_count, sizeof *types);
    for (uint32_t k = 0; types != NULL && k < build->key_count; k++)
        types[k] = build->keys[k].type;
    build->table = types != NULL ? group_table_new(build->budget, build->key_count, types) : NULL;
    free(types);
    return build->table != NULL ? STATUS_OK : error_set_memory(error);
}

/* Whether a key that NULL does not equal is NULL. */
static bool
any_key_null(const JoinBuild *build, uint32_t row)
{
    for (uint32_t k = 0; k < build->key_count; k++)
        if (!plan_key_is_null_safe(build->plan, k) && vector_is_null(&build->keys[k], row))
            return true;
    return false;
}

/* Rows [next_row, …) whose keys can match something. */
static uint32_t
list_rows(JoinBuild *build, uint32_t *rows)
{
    uint32_t count = 0;

    for (; count < BATCH_ROWS && build->next_row < build->row_count; build->next_row++) {
        if (!any_key_null(build, build->next_row)) {
            rows[count++] = build->next_row;
            continue;
        }
        build->row_groups[build->next_row] = GROUP_NONE;
        if (build->null_rows != NULL)
            build->null_rows[build->null_row_count++] = build->next_row;
    }
    return count;
}

static void
group_directly(JoinBuild *build, const uint32_t *rows, uint32_t count, uint32_t *groups)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t *slot =
            &build->direct[(uint64_t)integer_at(&build->keys[0], rows[i]) - (uint64_t)build->direct_min];
        if (*slot == 0)
            *slot = ++build->group_count;
        groups[i] = *slot - 1;
    }
}

static Status
group_some(JoinBuild *build, Error *error)
{
    uint32_t rows[BATCH_ROWS];
    uint32_t groups[BATCH_ROWS];
    uint64_t hashes[BATCH_ROWS];
    const uint32_t count = list_rows(build, rows);

    if (build->direct != NULL) {
        group_directly(build, rows, count, groups);
    } else {
        const GroupRows some = {.keys = build->keys,
                                .rows = build->row_count,
                                .selection = rows,
                                .count = count,
                                .hashes = hashes};
        group_hash(build->keys, build->key_count, rows, count, hashes);
        TRY(group_table_insert(build->table, &some, groups, error));
        build->group_count = group_table_count(build->table);
    }
    for (uint32_t i = 0; i < count; i++)
        build->row_groups[rows[i]] = groups[i];
    return STATUS_OK;
}

/* Rows by group, in the order they came: a counting sort. */
static Status
sort_rows(JoinBuild *build, Error *error)
{
    TRY(allocate_numbers(build, build->row_count, &build->rows, error));
    TRY(allocate_numbers(build, (uint64_t)build->group_count + 2, &build->starts, error));
    uint32_t *starts = build->starts + 2;
    for (uint32_t row = 0; row < build->row_count; row++)
        if (build->row_groups[row] != GROUP_NONE)
            starts[build->row_groups[row]]++;
    starts = build->starts + 1;
    for (uint32_t group = 0; group < build->group_count; group++)
        starts[group + 1] += starts[group];
    for (uint32_t row = 0; row < build->row_count; row++)
        if (build->row_groups[row] != GROUP_NONE)
            build->rows[starts[build->row_groups[row]]++] = row;
    return STATUS_OK;
}

/* Whether row i is the one row of group i, for all of them. */
static bool
groups_are_rows(const JoinBuild *build)
{
    bool same = build->group_count == build->row_count;

    for (uint32_t row = 0; same && row < build->row_count; row++)
        same = build->row_groups[row] == row;
    return same;
}

static Status
close_build(JoinBuild *build, Error *error)
{
    if (!groups_are_rows(build))
        TRY(sort_rows(build, error));
    build->charged -= ((size_t)build->row_count + 1) * sizeof(uint32_t);
    budget_release(build->budget, ((size_t)build->row_count + 1) * sizeof(uint32_t));
    free(build->row_groups);
    build->row_groups = NULL;
    join_filter_prepare(build);
    build->complete = true;
    return STATUS_OK;
}

Status
join_build_complete(JoinBuild *build, bool *done, Error *error)
{
    if (build->row_groups == NULL && !build->complete) {
        TRY(start(build, error));
    } else if (!build->complete && build->next_row < build->row_count) {
        for (uint32_t i = 0; i < STEP_BATCHES; i++)
            TRY(group_some(build, error));
    } else if (!build->complete) {
        TRY(close_build(build, error));
    }
    *done = build->complete;
    return STATUS_OK;
}

static void
find_directly(const JoinBuild *build, const Vector *key, const Batch *batch, uint32_t *groups)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch_row(batch, i);
        const uint64_t at = (uint64_t)integer_at(key, row) - (uint64_t)build->direct_min;
        groups[i] = at < build->direct_size ? build->direct[at] - 1 : GROUP_NONE;
    }
}

/* NULL keys found nothing, whatever stands in their place. */
static void
drop_nulls(const Vector *key, const Batch *batch, uint32_t *groups)
{
    if (vector_has_no_nulls(key))
        return;
    for (uint32_t i = 0; i < batch->count; i++)
        if (vector_is_null(key, batch_row(batch, i)))
            groups[i] = GROUP_NONE;
}

void
join_build_find(const JoinBuild *build, const Vector *keys, const Batch *batch, uint32_t *groups)
{
    uint64_t hashes[BATCH_ROWS];

    if (build->direct != NULL) {
        find_directly(build, &keys[0], batch, groups);
    } else {
        const GroupRows rows = {.keys = keys,
                                .rows = batch->rows,
                                .selection = batch->selection,
                                .count = batch->count,
                                .hashes = hashes};
        group_hash(keys, build->key_count, batch->selection, batch->count, hashes);
        group_table_find(build->table, &rows, groups);
    }
    for (uint32_t k = 0; k < build->key_count; k++)
        if (!plan_key_is_null_safe(build->plan, k))
            drop_nulls(&keys[k], batch, groups);
}

size_t
join_build_bytes(const JoinBuild *build)
{
    return (build->builder != NULL ? row_builder_bytes(build->builder) : 0) + build->charged +
           (build->table != NULL ? group_table_bytes(build->table) : 0);
}

/* ---- the operator that fills a build ---- */

typedef struct BuildSink {
    Operator base;
    JoinInput *input;
} BuildSink;

/* Add the rows to the build, or to its parts once it is spilled, which it is where memory is out, or nearly.
 */
static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    JoinBuild *build = ((BuildSink *)base)->input->build;
    const bool spills = join_can_spill(base);
    Error refused = {0};

    (void)enough;
    if (build->spilled != NULL)
        return join_build_append_spilled(base, build, batch, error);
    const Status status = join_build_append(build, batch, &refused);
    if (status == STATUS_OK && !(spills && spill_is_due(base, join_build_bytes(build))))
        return STATUS_OK;
    if (status != STATUS_OK && (status != STATUS_OUT_OF_MEMORY || !spills))
        return error_copy(error, &refused);
    operator_note_memory(base, join_build_bytes(build));
    TRY(join_build_spill(base, build, error));
    return status == STATUS_OK ? STATUS_OK : join_build_append_spilled(base, build, batch, error);
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    JoinBuild *build = ((BuildSink *)base)->input->build;
    Error refused = {0};

    if (build->spilled != NULL) {
        TRY(spill_partitions_close(build->spilled, error));
        build->complete = *done = true;
        return STATUS_OK;
    }
    const Status status = join_build_complete(build, done, &refused);
    operator_note_memory(base, join_build_bytes(build));
    if (status == STATUS_OUT_OF_MEMORY && join_can_spill(base))
        return join_build_spill(base, build, error);
    return status == STATUS_OK ? STATUS_OK : error_copy(error, &refused);
}

static void
destroy(Operator *base)
{
    free(base);
}

static const OperatorClass sink_class = {
    .name = "join_build", .push = push, .finish = finish, .destroy = destroy};

Status
join_build_sink_new(OperatorContext *context, const PlanNode *node, JoinInput *input, Operator **made,
                    Error *error)
{
    BuildSink *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &sink_class, context, node->id);
    self->input = input;
    *made = &self->base;
    return STATUS_OK;
}
