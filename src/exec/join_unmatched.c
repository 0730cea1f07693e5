/* RIGHT and FULL joins: rows of the build that no probe matched come last, left columns NULL. The build may
 * be shared, so what was matched is the probe's to know. */
#include "exec/gather.h"
#include "exec/join_probe.h"
#include "plan/walk.h"

#include <stdlib.h>

static Status
allocate_seen(Join *self, Error *error)
{
    const size_t bytes = (bits_words(self->input->build->row_count) + 1) * sizeof(uint64_t);

    /* a bit for each row that memory was granted for */
    if (!budget_charge(self->base.context->in_hand, bytes))
        return error_set_memory(error);
    self->seen_bytes = bytes;
    self->seen = calloc(1, bytes);
    return self->seen != NULL ? STATUS_OK : error_set_memory(error);
}

Status
join_see(Join *self, const uint32_t *rows, uint32_t count, Error *error)
{
    if (!plan_keeps_right(self->plan->kind))
        return STATUS_OK;
    if (self->seen == NULL)
        TRY(allocate_seen(self, error));
    for (uint32_t i = 0; i < count; i++)
        if (rows[i] != GROUP_NONE)
            bits_put(self->seen, rows[i], true);
    return STATUS_OK;
}

static Status
emit_unseen(Join *self, uint32_t count, bool *enough, Error *error)
{
    arena_reset(self->arena);
    for (uint32_t i = 0; i < self->left_count; i++)
        self->joined[i] = self->nulls[i];
    for (uint32_t i = 0; i < self->right_count; i++)
        if (self->needed[self->left_count + i])
            TRY(gather_vector(&self->input->build->columns[i], self->right_rows, count, false, self->arena,
                              &self->joined[self->left_count + i], error));
    return join_emit(self, count, NULL, count, enough, error);
}

void
join_forget_seen(Join *self)
{
    budget_release(self->base.context->in_hand, self->seen_bytes);
    free(self->seen);
    self->seen = NULL;
    self->seen_bytes = 0;
    self->next_unseen = 0;
}

Status
join_emit_unmatched(Join *self, bool *done, bool *enough, Error *error)
{
    const JoinBuild *build = self->input->build;
    uint32_t count = 0;

    *done = true;
    if (!plan_keeps_right(self->plan->kind))
        return STATUS_OK;
    if (self->seen == NULL)
        TRY(allocate_seen(self, error));
    for (; self->next_unseen < build->row_count && count < self->base.context->batch_rows;
         self->next_unseen++)
        if (!bits_get(self->seen, self->next_unseen))
            self->right_rows[count++] = self->next_unseen;
    if (count > 0)
        TRY(emit_unseen(self, count, enough, error));
    *done = *enough || self->next_unseen == build->row_count;
    return STATUS_OK;
}
