/* HASH_JOIN and NESTED_LOOP_JOIN: the probe side.
 *
 * A batch's rows are looked up in the build, which gives each a range of candidate rows (of a loop join: all
 * of them). Where keys are unique and nothing else is asked, the batch goes on with a selection and the
 * build's columns beside it; else pairs of rows are gathered into batches, the residual is applied to those,
 * and rows left without a match are treated as the kind of join says. */
#include "exec/join_probe.h"

#include "base/bits.h"
#include "exec/gather.h"
#include "exec/join_passes.h"
#include "exec/join_spill.h"
#include "plan/walk.h"

#include <stdlib.h>

Status
join_emit(Join *self, uint32_t rows, const uint32_t *selection, uint32_t count, bool *enough, Error *error)
{
    for (uint32_t i = 0; i < self->plan->output_count; i++)
        self->output[i] = self->joined[self->plan->output[i]];
    const Batch batch = {.rows = rows,
                         .count = count,
                         .selection = selection,
                         .column_count = self->plan->output_count,
                         .columns = self->output};
    return operator_emit(&self->base, &batch, enough, error);
}

/* ---- at most one match a row, no residual ---- */

/* The right columns beside the batch's own rows: row at[i] gets right row rows[i]. */
static Status
place_right(Join *self, const Batch *batch, const uint32_t *rows, const uint32_t *at, uint32_t count,
            bool with_nulls, Error *error)
{
    const Vector *columns = self->input->build->columns;

    arena_reset(self->arena);
    for (uint32_t i = 0; i < self->left_count; i++)
        self->joined[i] = batch->columns[i];
    for (uint32_t i = 0; i < self->right_count; i++)
        if (self->needed[self->left_count + i])
            TRY(gather_vector_at(&columns[i], rows, at, count, batch->rows, with_nulls, self->arena,
                                 &self->joined[self->left_count + i], error));
    return STATUS_OK;
}

static Status
push_unique_matched(Join *self, const Batch *batch, bool *enough, Error *error)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < batch->count; i++) {
        self->selection[count] = batch_row(batch, i);
        self->right_rows[count] = self->groups[i];
        count += self->groups[i] != GROUP_NONE;
    }
    if (count == 0)
        return STATUS_OK;
    TRY(join_see(self, self->right_rows, count, error));
    TRY(place_right(self, batch, self->right_rows, self->selection, count, false, error));
    return join_emit(self, batch->rows, self->selection, count, enough, error);
}

static Status
push_unique_all(Join *self, const Batch *batch, bool *enough, Error *error)
{
    for (uint32_t i = 0; i < batch->count; i++)
        self->selection[i] = batch_row(batch, i);
    TRY(join_see(self, self->groups, batch->count, error));
    /* GROUP_NONE is GATHER_NULL: rows without a match get NULLs */
    TRY(place_right(self, batch, self->groups, self->selection, batch->count, true, error));
    return join_emit(self, batch->rows, batch->selection, batch->count, enough, error);
}

/* ---- rows by whether they matched ---- */

/* Emit the batch's rows whose `matched` is as asked, right columns NULL. */
static Status
emit_rows(Join *self, const Batch *batch, bool matched, bool *enough, Error *error)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < batch->count; i++) {
        self->selection[count] = batch_row(batch, i);
        count += self->matched[i] == matched;
    }
    for (uint32_t i = 0; i < self->left_count; i++)
        self->joined[i] = batch->columns[i];
    for (uint32_t i = 0; i < self->right_count; i++)
        self->joined[self->left_count + i] = self->nulls[self->left_count + i];
    return join_emit(self, batch->rows, self->selection, count, enough, error);
}

static Status
emit_unpaired(Join *self, const Batch *batch, bool *enough, Error *error)
{
    if (self->plan->kind == JOIN_SEMI)
        return emit_rows(self, batch, true, enough, error);
    if (self->plan->kind == JOIN_ANTI || plan_keeps_left(self->plan->kind))
        return emit_rows(self, batch, false, enough, error);
    return STATUS_OK;
}

static bool
existence_only(const Join *self)
{
    return self->residual == NULL && (self->plan->kind == JOIN_SEMI || self->plan->kind == JOIN_ANTI);
}

/* What is known of the batch's rows before they are probed: nothing, but for passes before this one. */
static void
recall_rows(Join *self, uint32_t count)
{
    memset(self->matched, 0, sizeof self->matched);
    if (self->plan->kind == JOIN_MARK)
        memset(self->unknown, 0, sizeof self->unknown);
    if (self->passes != NULL)
        join_passes_recall(self->passes, self, count);
}

static void
note_existence(Join *self, const Batch *batch)
{
    const JoinBuild *build = self->input->build;

    for (uint32_t i = 0; i < batch->count; i++)
        self->matched[i] |= build->key_count > 0 ? self->groups[i] != GROUP_NONE : build->row_count > 0;
}

Status
join_probe_batch(Join *self, const Batch *batch, bool *enough, Error *error)
{
    const JoinBuild *build = self->input->build;
    const JoinKind kind = self->plan->kind;
    const bool unique = build->key_count > 0 && build->rows == NULL && self->residual == NULL;

    for (uint32_t k = 0; k < build->key_count; k++)
        self->keys[k] = batch->columns[self->plan->left_keys[k]];
    if (build->key_count > 0)
        join_build_find(build, self->keys, batch, self->groups);
    if (unique && (kind == JOIN_INNER || kind == JOIN_RIGHT))
        return push_unique_matched(self, batch, enough, error);
    if (unique && plan_keeps_left(kind) && self->passes == NULL)
        return push_unique_all(self, batch, enough, error);

    recall_rows(self, batch->count);
    if (kind == JOIN_MARK)
        TRY(join_mark_rows(self, batch, error));
    else if (existence_only(self))
        note_existence(self, batch);
    else
        TRY(join_push_pairs(self, batch, enough, error));
    if (self->passes != NULL)
        join_passes_note(self->passes, self, batch->count);
    if (*enough || (self->passes != NULL && !self->passes->last))
        return STATUS_OK;
    return kind == JOIN_MARK ? join_emit_marks(self, batch, enough, error)
                             : emit_unpaired(self, batch, enough, error);
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Join *self = (Join *)base;

    if (self->input->build->spilled != NULL)
        return join_push_spilled(self, batch, error);
    return join_probe_batch(self, batch, enough, error);
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    Join *self = (Join *)base;
    bool enough = false;

    if (self->whole_input->build->spilled != NULL)
        return join_finish_spilled(self, done, error);
    return join_emit_unmatched(self, done, &enough, error);
}

static void
destroy(Operator *base)
{
    Join *self = (Join *)base;

    program_destroy(&self->residual);
    arena_destroy(&self->constants);
    arena_destroy(&self->arena);
    free(self->needed);
    free(self->keys);
    free(self->joined);
    free(self->output);
    free(self->nulls);
    join_forget_seen(self);
    join_spill_destroy(&self->spill, self->base.context->in_hand);
    free(self);
}

static const OperatorClass join_class = {.name = "join", .push = push, .finish = finish, .destroy = destroy};

static void
need_column(Expr *column, void *context)
{
    ((bool *)context)[column->column] = true;
}

static Status
prepare(Join *self, const PlanNode *node, Error *error)
{
    const OperatorContext *context = self->base.context;
    const uint32_t count = self->left_count + self->right_count;

    self->needed = calloc(count + 1, sizeof(bool)); /* one more: the mark */
    self->keys = calloc(self->plan->key_count + 1, sizeof(Vector));
    self->joined = calloc(count + 1, sizeof(Vector));
    self->output = calloc(self->plan->output_count + 1, sizeof(Vector));
    self->nulls = calloc(count + 1, sizeof(Vector));
    self->constants = arena_new(NULL);
    self->arena = arena_new(context->in_hand);
    if (self->needed == NULL || self->keys == NULL || self->joined == NULL || self->output == NULL ||
        self->nulls == NULL || self->constants == NULL || self->arena == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < count; i++) {
        const bool of_left = i < self->left_count;
        const PlanNode *side = node->children[of_left ? 0 : 1];
        const Type type = side->columns[of_left ? i : i - self->left_count].type;
        self->nulls[i] = vector_constant(self->constants, type, NULL);
        self->joined[i] = self->nulls[i]; /* stays so where nobody needs the column */
    }
    for (uint32_t i = 0; i < self->plan->output_count; i++)
        self->needed[self->plan->output[i]] = true;
    if (self->plan->residual == NULL)
        return STATUS_OK;
    expr_visit_columns(self->plan->residual, need_column, self->needed);
    const Expr *residual = self->plan->residual;
    return program_new(&residual, 1, context->session, context->values, &self->residual, error);
}

static Status
make(OperatorContext *context, const PlanNode *node, const JoinInput *input, Operator **made, Error *error)
{
    Join *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &join_class, context, node->id);
    self->node = node;
    self->plan = &node->join;
    self->input = input;
    self->whole_input = input;
    self->left_count = node->children[0]->column_count;
    self->right_count = node->children[1]->column_count;
    const Status status = prepare(self, node, error);
    if (status != STATUS_OK) {
        destroy(&self->base);
        return status;
    }
    *made = &self->base;
    return STATUS_OK;
}

Status
hash_join_new(OperatorContext *context, const PlanNode *node, const JoinInput *input, Operator **made,
              Error *error)
{
    if (node->join.key_count == 0)
        return error_set(error, STATUS_INTERNAL, "a hash join has no keys");
    return make(context, node, input, made, error);
}

Status
nested_loop_join_new(OperatorContext *context, const PlanNode *node, const JoinInput *input, Operator **made,
                     Error *error)
{
    return make(context, node, input, made, error);
}
