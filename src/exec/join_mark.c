/* MARK joins: each left row once, with what the join's condition, in three values, is over all right rows:
 * true where it is for one, else NULL where it is for one, else false. Keys are part of the condition.
 *
 * Rows without a true condition are looked at again: a NULL in a key, of theirs or of a right row, makes the
 * condition NULL where everything else is true or NULL. */
#include "exec/join_probe.h"
#include "exec/key_compare.h"
#include "plan/walk.h"

enum { CANDIDATES_A_CHECK = 1 << 14 };

/* Evaluate the residual over the pairs: true makes a match, where `with_match`; NULL something unknown. Where
 * keys are NULL, true does, too. */
static Status
judge_pairs(Join *self, const Batch *batch, bool with_match, Error *error)
{
    const uint32_t pairs = self->pair_count;
    Vector result;

    if (pairs == 0)
        return STATUS_OK;
    TRY(operator_check_cancelled(&self->base, error));
    TRY(join_gather_pairs(self, batch, error));
    self->pair_count = 0;
    const Batch joined = {.rows = pairs,
                          .count = pairs,
                          .column_count = self->left_count + self->right_count,
                          .columns = self->joined};
    TRY(program_evaluate(self->residual, &joined, &result, error));
    const uint8_t *values = vector_values(&result);
    for (uint32_t i = 0; i < pairs; i++) {
        const bool null = vector_is_null(&result, i);
        const bool true_or_null = null || values[vector_index(&result, i)];
        bool *mark = null || !with_match ? self->unknown : self->matched;
        mark[self->pair_index[i]] |= true_or_null;
    }
    return STATUS_OK;
}

static Status
flush_equal(Join *self, const Batch *batch, bool *enough, Error *error)
{
    (void)enough;
    return judge_pairs(self, batch, true, error);
}

static Status
flush_unknown(Join *self, const Batch *batch, bool *enough, Error *error)
{
    (void)enough;
    return judge_pairs(self, batch, false, error);
}

/* Rows whose keys are equal to those of some right row. */
static Status
mark_equal(Join *self, const Batch *batch, Error *error)
{
    const JoinBuild *build = self->input->build;
    bool enough = false;

    for (uint32_t i = 0; i < batch->count; i++) {
        uint32_t from;
        uint32_t to;
        join_candidates(self, i, &from, &to);
        if (self->residual == NULL)
            self->matched[i] |= from < to;
        for (; self->residual != NULL && from < to && !self->matched[i]; from++)
            TRY(join_add_pair(self, batch, i, build->rows != NULL ? build->rows[from] : from, flush_equal,
                              &enough, error));
    }
    return flush_equal(self, batch, &enough, error);
}

static bool
left_key_is_null(const Join *self, uint32_t row)
{
    for (uint32_t k = 0; k < self->plan->key_count; k++)
        if (!plan_key_is_null_safe(self->plan, k) && vector_is_null(&self->keys[k], row))
            return true;
    return false;
}

/* Whether no key makes the condition false. */
static bool
keys_may_match(const Join *self, uint32_t left_row, uint32_t right_row)
{
    const JoinBuild *build = self->input->build;

    for (uint32_t k = 0; k < self->plan->key_count; k++) {
        const bool null =
            vector_is_null(&self->keys[k], left_row) || vector_is_null(&build->keys[k], right_row);
        if (null && !plan_key_is_null_safe(self->plan, k))
            continue;
        if (!key_rows_equal(&build->keys[k], right_row, &self->keys[k], left_row))
            return false;
    }
    return true;
}

/* Whether a NULL key of a right row, or of this left row, leaves open whether they match. */
static Status
mark_unknown(Join *self, const Batch *batch, uint32_t i, Error *error)
{
    const JoinBuild *build = self->input->build;
    const uint32_t row = batch_row(batch, i);
    const bool null = left_key_is_null(self, row);
    const uint32_t count = null ? build->row_count : build->null_row_count;
    bool enough = false;

    for (uint32_t j = 0; j < count && !self->unknown[i]; j++) {
        const uint32_t right_row = null ? j : build->null_rows[j];
        if (j % CANDIDATES_A_CHECK == 0)
            TRY(operator_check_cancelled(&self->base, error));
        if (!keys_may_match(self, row, right_row))
            continue;
        if (self->residual == NULL)
            self->unknown[i] = true;
        else
            TRY(join_add_pair(self, batch, i, right_row, flush_unknown, &enough, error));
    }
    return STATUS_OK;
}

Status
join_emit_marks(Join *self, const Batch *batch, bool *enough, Error *error)
{
    arena_reset(self->arena);
    uint8_t *values = arena_alloc_zero(self->arena, batch->rows);
    uint64_t *validity = arena_alloc_zero(self->arena, bits_words(batch->rows) * sizeof(uint64_t));

    if (values == NULL || validity == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch_row(batch, i);
        values[row] = self->matched[i];
        bits_put(validity, row, self->matched[i] || !self->unknown[i]);
    }
    for (uint32_t i = 0; i < self->left_count; i++)
        self->joined[i] = batch->columns[i];
    self->joined[self->left_count + self->right_count] = vector_flat(type_of(TYPE_BOOL), values, validity);
    return join_emit(self, batch->rows, batch->selection, batch->count, enough, error);
}

Status
join_mark_rows(Join *self, const Batch *batch, Error *error)
{
    bool more = false;

    self->pair_count = 0;
    TRY(mark_equal(self, batch, error));
    for (uint32_t i = 0; self->plan->key_count > 0 && i < batch->count; i++)
        if (!self->matched[i] && !self->unknown[i])
            TRY(mark_unknown(self, batch, i, error));
    return flush_unknown(self, batch, &more, error);
}
