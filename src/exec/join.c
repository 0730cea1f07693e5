/* HASH_JOIN and NESTED_LOOP_JOIN: the probe side.
 *
 * A batch's rows are looked up in the build, which gives each a range of candidate rows (of a loop join: all
 * of them). Where keys are unique and nothing else is asked, the batch goes on with a selection and the
 * build's columns beside it; else pairs of rows are gathered into batches, the residual is applied to those,
 * and rows left without a match are treated as the kind of join says. */
#include "exec/operators.h"

#include "exec/gather.h"
#include "exec/join_build.h"
#include "expr/program.h"

#include <stdlib.h>

typedef struct Join {
    Operator base;
    const PlanJoin *plan;
    const JoinInput *input;
    uint32_t left_count;
    uint32_t right_count;
    Program *residual; /* NULL: none */
    bool *needed;      /* by output or residual: left columns, then right ones */
    Vector *keys;
    Vector *joined; /* left columns, then right ones */
    Vector *output;
    Vector *nulls; /* a constant NULL for each right column */
    Arena *constants;
    Arena *arena; /* of the batch that is emitted */
    uint32_t groups[BATCH_ROWS];
    bool matched[BATCH_ROWS]; /* of the i-th row that counts */
    uint32_t pair_count;
    uint32_t pair_index[BATCH_ROWS]; /* i of the pair's left row */
    uint32_t left_rows[BATCH_ROWS];
    uint32_t right_rows[BATCH_ROWS];
    uint32_t selection[BATCH_ROWS];
} Join;

/* Emit `joined` columns as the node's. */
static Status
emit_joined(Join *self, uint32_t rows, const uint32_t *selection, uint32_t count, bool *enough, Error *error)
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
push_unique_inner(Join *self, const Batch *batch, bool *enough, Error *error)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < batch->count; i++) {
        self->selection[count] = batch_row(batch, i);
        self->right_rows[count] = self->groups[i];
        count += self->groups[i] != GROUP_NONE;
    }
    if (count == 0)
        return STATUS_OK;
    TRY(place_right(self, batch, self->right_rows, self->selection, count, false, error));
    return emit_joined(self, batch->rows, self->selection, count, enough, error);
}

static Status
push_unique_left(Join *self, const Batch *batch, bool *enough, Error *error)
{
    for (uint32_t i = 0; i < batch->count; i++)
        self->selection[i] = batch_row(batch, i);
    /* GROUP_NONE is GATHER_NULL: rows without a match get NULLs */
    TRY(place_right(self, batch, self->groups, self->selection, batch->count, true, error));
    return emit_joined(self, batch->rows, batch->selection, batch->count, enough, error);
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
        self->joined[self->left_count + i] = self->nulls[i];
    return emit_joined(self, batch->rows, self->selection, count, enough, error);
}

static Status
emit_unpaired(Join *self, const Batch *batch, bool *enough, Error *error)
{
    switch (self->plan->kind) {
    case JOIN_SEMI: return emit_rows(self, batch, true, enough, error);
    case JOIN_LEFT:
    case JOIN_ANTI: return emit_rows(self, batch, false, enough, error);
    default: return STATUS_OK;
    }
}

/* ---- pairs ---- */

static Status
gather_pairs(Join *self, const Batch *batch, uint32_t pairs, Error *error)
{
    const Vector *right = self->input->build->columns;

    arena_reset(self->arena);
    for (uint32_t i = 0; i < self->left_count + self->right_count; i++) {
        const bool of_left = i < self->left_count;
        const Vector *source = of_left ? &batch->columns[i] : &right[i - self->left_count];
        if (self->needed[i])
            TRY(gather_vector(source, of_left ? self->left_rows : self->right_rows, pairs, false, self->arena,
                              &self->joined[i], error));
    }
    return STATUS_OK;
}

/* The pairs that the residual leaves: matched rows are marked; inner and left joins emit them. */
static Status
flush_pairs(Join *self, const Batch *batch, bool *enough, Error *error)
{
    const uint32_t pairs = self->pair_count;
    uint32_t count = pairs;
    const bool emits = self->plan->kind != JOIN_SEMI && self->plan->kind != JOIN_ANTI;

    self->pair_count = 0;
    if (pairs == 0)
        return STATUS_OK;
    TRY(operator_check_cancelled(&self->base, error));
    TRY(gather_pairs(self, batch, pairs, error));
    if (self->residual != NULL) {
        const Batch joined = {.rows = pairs,
                              .count = pairs,
                              .column_count = self->left_count + self->right_count,
                              .columns = self->joined};
        TRY(program_filter(self->residual, &joined, self->selection, &count, error));
    }
    for (uint32_t i = 0; i < count; i++)
        self->matched[self->pair_index[self->residual != NULL ? self->selection[i] : i]] = true;
    if (!emits)
        return STATUS_OK;
    return emit_joined(self, pairs, self->residual != NULL ? self->selection : NULL, count, enough, error);
}

/* The range of candidates for the i-th row: positions in build->rows, or row numbers where that is NULL. */
static void
candidates(const Join *self, uint32_t i, uint32_t *from, uint32_t *to)
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

static Status
push_pairs(Join *self, const Batch *batch, bool *enough, Error *error)
{
    const JoinBuild *build = self->input->build;
    const uint32_t most = self->base.context->batch_rows;

    self->pair_count = 0;
    for (uint32_t i = 0; i < batch->count && !*enough; i++) {
        uint32_t from;
        uint32_t to;
        candidates(self, i, &from, &to);
        for (; from < to && !*enough; from++) {
            self->pair_index[self->pair_count] = i;
            self->left_rows[self->pair_count] = batch_row(batch, i);
            self->right_rows[self->pair_count] = build->rows != NULL ? build->rows[from] : from;
            if (++self->pair_count == most)
                TRY(flush_pairs(self, batch, enough, error));
        }
    }
    if (*enough)
        return STATUS_OK;
    return flush_pairs(self, batch, enough, error);
}

static bool
existence_only(const Join *self)
{
    return self->residual == NULL && (self->plan->kind == JOIN_SEMI || self->plan->kind == JOIN_ANTI);
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Join *self = (Join *)base;
    const JoinBuild *build = self->input->build;
    const bool unique = build->key_count > 0 && build->rows == NULL && self->residual == NULL;

    for (uint32_t k = 0; k < build->key_count; k++)
        self->keys[k] = batch->columns[self->plan->left_keys[k]];
    if (build->key_count > 0)
        join_build_find(build, self->keys, batch, self->groups);
    if (unique && self->plan->kind == JOIN_INNER)
        return push_unique_inner(self, batch, enough, error);
    if (unique && self->plan->kind == JOIN_LEFT)
        return push_unique_left(self, batch, enough, error);

    memset(self->matched, 0, sizeof self->matched);
    if (existence_only(self)) {
        for (uint32_t i = 0; i < batch->count; i++)
            self->matched[i] = build->key_count > 0 ? self->groups[i] != GROUP_NONE : build->row_count > 0;
    } else {
        TRY(push_pairs(self, batch, enough, error));
    }
    return *enough ? STATUS_OK : emit_unpaired(self, batch, enough, error);
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
    free(self);
}

static const OperatorClass join_class = {.name = "join", .push = push, .destroy = destroy};

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

    self->needed = calloc(count + 1, sizeof(bool));
    self->keys = calloc(self->plan->key_count + 1, sizeof(Vector));
    self->joined = calloc(count + 1, sizeof(Vector));
    self->output = calloc(self->plan->output_count + 1, sizeof(Vector));
    self->nulls = calloc(self->right_count + 1, sizeof(Vector));
    self->constants = arena_new(NULL);
    self->arena = arena_new(context->budget);
    if (self->needed == NULL || self->keys == NULL || self->joined == NULL || self->output == NULL ||
        self->nulls == NULL || self->constants == NULL || self->arena == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < self->right_count; i++)
        self->nulls[i] = vector_constant(self->constants, node->children[1]->columns[i].type, NULL);
    for (uint32_t i = 0; i < count; i++) /* columns that nobody needs stay NULL */
        self->joined[i] = i < self->left_count
                              ? vector_constant(self->constants, node->children[0]->columns[i].type, NULL)
                              : self->nulls[i - self->left_count];
    for (uint32_t i = 0; i < self->plan->output_count; i++)
        self->needed[self->plan->output[i]] = true;
    if (self->plan->residual == NULL)
        return STATUS_OK;
    expr_visit_columns(self->plan->residual, need_column, self->needed);
    const Expr *residual = self->plan->residual;
    return program_new(&residual, 1, context->session, context->budget, &self->residual, error);
}

static Status
make(OperatorContext *context, const PlanNode *node, const JoinInput *input, Operator **made, Error *error)
{
    const JoinKind kind = node->join.kind;

    if (kind == JOIN_RIGHT || kind == JOIN_FULL)
        return error_set(error, STATUS_NOT_SUPPORTED, "right and full joins cannot be executed yet");
    Join *self = calloc(1, sizeof *self);
    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &join_class, context, node->id);
    self->plan = &node->join;
    self->input = input;
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
