/* Pairs of rows with equal keys (of a loop join: all pairs), gathered into batches for the residual. */
#include "exec/gather.h"
#include "exec/join_probe.h"
#include "plan/walk.h"

Status
join_gather_pairs(Join *self, const Batch *batch, Error *error)
{
    const Vector *right = self->input->build->columns;

    arena_reset(self->arena);
    for (uint32_t i = 0; i < self->left_count + self->right_count; i++) {
        const bool of_left = i < self->left_count;
        const Vector *source = of_left ? &batch->columns[i] : &right[i - self->left_count];
        if (self->needed[i])
            TRY(gather_vector(source, of_left ? self->left_rows : self->right_rows, self->pair_count, false,
                              self->arena, &self->joined[i], error));
    }
    return STATUS_OK;
}

/* Which pairs the residual leaves: their numbers in `selection`; all where there is none. */
static Status
filter_pairs(Join *self, uint32_t *count, Error *error)
{
    *count = self->pair_count;
    if (self->residual == NULL)
        return STATUS_OK;
    const Batch joined = {.rows = self->pair_count,
                          .count = self->pair_count,
                          .column_count = self->left_count + self->right_count,
                          .columns = self->joined};
    return program_filter(self->residual, &joined, self->selection, count, error);
}

static Status
note_matches(Join *self, uint32_t count, Error *error)
{
    const bool filtered = self->residual != NULL;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t left = self->pair_index[filtered ? self->selection[i] : i];
        if (self->matched[left] && self->plan->kind == JOIN_SINGLE)
            return error_set(error, STATUS_CARDINALITY,
                             "more than one row returned by a subquery used as an expression");
        self->matched[left] = true;
    }
    if (!plan_keeps_right(self->plan->kind))
        return STATUS_OK;
    for (uint32_t i = 0; filtered && i < count; i++)
        self->right_rows[i] = self->right_rows[self->selection[i]]; /* ascending: not overwritten before */
    return join_see(self, self->right_rows, count, error);
}

static Status
flush(Join *self, const Batch *batch, bool *enough, Error *error)
{
    const JoinKind kind = self->plan->kind;
    const uint32_t pairs = self->pair_count;
    uint32_t count;

    if (pairs == 0)
        return STATUS_OK;
    TRY(operator_check_cancelled(&self->base, error));
    TRY(join_gather_pairs(self, batch, error));
    TRY(filter_pairs(self, &count, error));
    self->pair_count = 0;
    TRY(note_matches(self, count, error));
    if (kind == JOIN_SEMI || kind == JOIN_ANTI)
        return STATUS_OK;
    return join_emit(self, pairs, self->residual != NULL ? self->selection : NULL, count, enough, error);
}

Status
join_add_pair(Join *self, const Batch *batch, uint32_t i, uint32_t right_row,
              Status (*flush_pairs)(Join *self, const Batch *batch, bool *enough, Error *error), bool *enough,
              Error *error)
{
    self->pair_index[self->pair_count] = i;
    self->left_rows[self->pair_count] = batch_row(batch, i);
    self->right_rows[self->pair_count] = right_row;
    if (++self->pair_count < self->base.context->batch_rows)
        return STATUS_OK;
    return flush_pairs(self, batch, enough, error);
}

/* The range of candidates for the i-th row: positions in build->rows, or row numbers where that is NULL. */
void
join_candidates(const Join *self, uint32_t i, uint32_t *from, uint32_t *to)
{
    const JoinBuild *build = self->input->build;
    const uint32_t group = self->groups[i];

    *from = 0;
    *to = build->key_count == 0 ? build->row_count : 0;
    if (build->key_count == 0 || group == GROUP_NONE)
        return;
    *from = build->rows != NULL ? build->starts[group] : group;
    *to = build->rows != NULL ? build->starts[group + 1] : group + 1;
}

Status
join_push_pairs(Join *self, const Batch *batch, bool *enough, Error *error)
{
    const JoinBuild *build = self->input->build;
    const bool one_is_enough = self->plan->kind == JOIN_SEMI || self->plan->kind == JOIN_ANTI;

    self->pair_count = 0;
    for (uint32_t i = 0; i < batch->count && !*enough; i++) {
        uint32_t from;
        uint32_t to;
        join_candidates(self, i, &from, &to);
        for (; from < to && !*enough && !(one_is_enough && self->matched[i]); from++)
            TRY(join_add_pair(self, batch, i, build->rows != NULL ? build->rows[from] : from, flush, enough,
                              error));
    }
    if (*enough)
        return STATUS_OK;
    return flush(self, batch, enough, error);
}
