#include "exec/join_spill.h"

#include "exec/join_passes.h"
#include "exec/spill.h"
#include "plan/walk.h"

#include <stdlib.h>

typedef struct PendingPair {
    Spill *build;
    bool owned; /* the build's part is this join's own, made by parting a part */
    Spill *probe;
    uint32_t level; /* to part by where it does not fit */
} PendingPair;

typedef enum PairPhase { PAIR_NONE, PAIR_LOAD, PAIR_COMPLETE, PAIR_PROBE, PAIR_UNMATCHED } PairPhase;

struct JoinSpill {
    SpillPartitions *probe; /* being written; NULL once they are pending */
    bool pending_made;
    PairPhase phase;
    PendingPair pair;
    Budget budget;   /* of builds that are loaded: its floor lets a pass begin where nothing is left */
    JoinInput input; /* of the part that is loaded */
    JoinPasses passes;
    SpillReader *build_reader; /* beyond the rows loaded: NULL where there are none */
    SpillReader *probe_reader;
    uint32_t pending_count;
    PendingPair pending[SPILL_FANOUT * SPILL_LEVELS];
};

bool
join_can_spill(const Operator *operator)
{
    return operator->context->environment->scratch != NULL;
}

/* Whether equal keys are all that decides which rows meet, so that parts can be joined one by one. A MARK
 * needs to see every right row whose key is NULL. */
static bool
is_parted(const PlanNode *join)
{
    return join->kind == PLAN_HASH_JOIN && join->join.kind != JOIN_MARK;
}

/* ---- the build ---- */

/* Rows of a join that is not parted have equal hashes: they are all of one part. */
static Status
append_by_keys(SpillPartitions *parts, const Batch *batch, const PlanNode *join, const uint32_t *key_columns,
               Error *error)
{
    uint64_t hashes[BATCH_ROWS];

    memset(hashes, 0, batch->count * sizeof *hashes);
    for (uint32_t k = 0; is_parted(join) && k < join->join.key_count; k++)
        vector_hash(&batch->columns[key_columns[k]], batch->selection, batch->count, k > 0, hashes);
    return spill_partitions_append(parts, batch, hashes, error);
}

static SpillPartitions *
new_parts(const Operator *operator, const PlanNode * side, uint32_t level)
{
    Type *types = calloc(side->column_count + 1, sizeof *types);
    SpillPartitions *parts = NULL;

    for (uint32_t i = 0; types != NULL && i < side->column_count; i++)
        types[i] = side->columns[i].type;
    if (types != NULL)
        parts = spill_partitions_new(operator, side->column_count, types, level);
    free(types);
    return parts;
}

Status
join_build_append_spilled(const Operator *sink, JoinBuild *build, const Batch *batch, Error *error)
{
    TRY(operator_check_cancelled(sink, error));
    return append_by_keys(build->spilled, batch, build->node, build->key_columns, error);
}

Status
join_build_spill(const Operator *sink, JoinBuild *build, Error *error)
{
    const uint64_t rows = row_builder_rows(build->builder);

    join_build_drop_table(build);
    build->spilled = new_parts(sink, build->node->children[1], 0);
    if (build->spilled == NULL)
        return error_set_memory(error);
    for (uint64_t first = 0; first < rows; first += BATCH_ROWS) {
        const uint32_t count = rows - first < BATCH_ROWS ? (uint32_t)(rows - first) : BATCH_ROWS;
        Batch batch;
        row_builder_batch(build->builder, first, count, build->columns, &batch);
        TRY(join_build_append_spilled(sink, build, &batch, error));
    }
    row_builder_destroy(&build->builder);
    return STATUS_OK;
}

/* ---- the probe ---- */

void
join_spill_destroy(JoinSpill **self, Budget *in_hand)
{
    JoinSpill *spill = *self;

    if (spill == NULL)
        return;
    for (uint32_t i = 0; i < spill->pending_count; i++) {
        if (spill->pending[i].owned)
            spill_destroy(&spill->pending[i].build);
        spill_destroy(&spill->pending[i].probe);
    }
    spill_reader_destroy(&spill->build_reader);
    spill_reader_destroy(&spill->probe_reader);
    if (spill->pair.owned)
        spill_destroy(&spill->pair.build);
    spill_destroy(&spill->pair.probe);
    join_build_destroy(&spill->input.build);
    spill_partitions_destroy(&spill->probe);
    join_passes_end(&spill->passes, in_hand);
    free(spill);
    *self = NULL;
}

static Status
prepare(Join *self, Error *error)
{
    if (self->spill != NULL)
        return STATUS_OK;
    self->spill = calloc(1, sizeof *self->spill);
    if (self->spill == NULL)
        return error_set_memory(error);
    budget_init_floor(&self->spill->budget, self->base.context->budget, SPILL_FLOOR_BYTES);
    self->spill->probe = new_parts(&self->base, self->node->children[0], 0);
    return self->spill->probe != NULL ? STATUS_OK : error_set_memory(error);
}

Status
join_push_spilled(Join *self, const Batch *batch, Error *error)
{
    TRY(prepare(self, error));
    return append_by_keys(self->spill->probe, batch, self->node, self->plan->left_keys, error);
}

/* ---- parts in pairs ---- */

/* The parts of both sides wait for their turns. Those of the build are taken where they are this join's. */
static void
add_pairs(JoinSpill *spill, const PlanNode *join, SpillPartitions *build, SpillPartitions *probe, bool owned)
{
    const uint64_t whole = spill->pair.build != NULL ? spill->pair.build->row_count : UINT64_MAX;

    for (uint32_t p = 0; p < SPILL_FANOUT; p++) {
        /* a part that has all the rows has one hash, perhaps: parting it again would not help */
        const bool apart = is_parted(join) && build->parts[p]->row_count < whole;
        spill->pending[spill->pending_count++] =
            (PendingPair){.build = build->parts[p],
                          .owned = owned,
                          .probe = probe->parts[p],
                          .level = apart ? probe->level + 1 : SPILL_LEVELS};
        probe->parts[p] = NULL;
        if (owned)
            build->parts[p] = NULL;
    }
}

static Status
make_pending(Join *self, Error *error)
{
    JoinSpill *spill = self->spill;

    TRY(spill_partitions_close(spill->probe, error));
    add_pairs(spill, self->node, self->whole_input->build->spilled, spill->probe, false);
    spill_partitions_destroy(&spill->probe);
    spill->pending_made = true;
    return STATUS_OK;
}

static void
close_pair(Join *self)
{
    JoinSpill *spill = self->spill;

    join_forget_seen(self);
    join_build_destroy(&spill->input.build);
    join_passes_end(&spill->passes, self->base.context->in_hand);
    self->passes = NULL;
    spill_reader_destroy(&spill->build_reader);
    spill_reader_destroy(&spill->probe_reader);
    if (spill->pair.owned)
        spill_destroy(&spill->pair.build);
    spill_destroy(&spill->pair.probe);
    spill->pair = (PendingPair){0};
    spill->phase = PAIR_NONE;
}

static Status
start_build(Join *self, Error *error)
{
    JoinSpill *spill = self->spill;

    join_forget_seen(self);
    join_build_destroy(&spill->input.build);
    spill->input = (JoinInput){.node = self->node, .build = join_build_new(self->node, &spill->budget)};
    self->input = &spill->input;
    spill->phase = PAIR_LOAD;
    return spill->input.build != NULL ? STATUS_OK : error_set_memory(error);
}

static Status
open_pair(Join *self, Error *error)
{
    JoinSpill *spill = self->spill;

    spill->pair = spill->pending[--spill->pending_count];
    if (spill->pair.probe->row_count == 0 && !plan_keeps_right(self->plan->kind)) {
        close_pair(self);
        return STATUS_OK;
    }
    TRY(spill_reader_new(&self->base, spill->pair.build, false, &spill->build_reader, error));
    join_passes_begin(&spill->passes, spill->pair.probe->row_count);
    return start_build(self, error);
}

static Status
part_rows(Join *self, Spill *rows, SpillPartitions *parts, const uint32_t *keys, Error *error)
{
    SpillReader *reader;
    Status status;
    bool end = false;

    TRY(spill_reader_new(&self->base, rows, false, &reader, error));
    for (;;) {
        Batch batch;
        TRY_GOTO(operator_check_cancelled(&self->base, error), out);
        TRY_GOTO(spill_read_batch(reader, &batch, &end, error), out);
        if (end)
            break;
        TRY_GOTO(append_by_keys(parts, &batch, self->node, keys, error), out);
    }
    status = spill_partitions_close(parts, error);
out:
    spill_reader_destroy(&reader);
    return status;
}

/* The pair's build does not fit: part both sides, by another part of the hash. */
static Status
part_pair(Join *self, Error *error)
{
    JoinSpill *spill = self->spill;
    SpillPartitions *build = new_parts(&self->base, self->node->children[1], spill->pair.level);
    SpillPartitions *probe = new_parts(&self->base, self->node->children[0], spill->pair.level);
    Status status;

    join_build_destroy(&spill->input.build);
    if (build == NULL || probe == NULL) {
        status = error_set_memory(error);
        goto out;
    }
    TRY_GOTO(part_rows(self, spill->pair.build, build, self->plan->right_keys, error), out);
    TRY_GOTO(part_rows(self, spill->pair.probe, probe, self->plan->left_keys, error), out);
    add_pairs(spill, self->node, build, probe, true);
    close_pair(self);
out:
    spill_partitions_destroy(&build);
    spill_partitions_destroy(&probe);
    return status;
}

static Status
start_probe(Join *self, Error *error)
{
    JoinSpill *spill = self->spill;

    spill_reader_destroy(&spill->probe_reader);
    spill->phase = PAIR_PROBE;
    spill->passes.next_probe_row = 0;
    return spill_reader_new(&self->base, spill->pair.probe, false, &spill->probe_reader, error);
}

/* ---- passes over the build of a pair that cannot be parted ---- */

/* Begin the pass anew: its first rows once more. */
static Status
restart_pass(Join *self, Error *error)
{
    JoinSpill *spill = self->spill;
    bool end = false;

    TRY(start_build(self, error));
    spill_reader_destroy(&spill->build_reader);
    TRY(spill_reader_new(&self->base, spill->pair.build, false, &spill->build_reader, error));
    for (uint64_t i = 0; i < spill->passes.first && !end; i++) {
        Batch batch;
        TRY(operator_check_cancelled(&self->base, error));
        TRY(spill_read_batch(spill->build_reader, &batch, &end, error));
    }
    return STATUS_OK;
}

/* Memory is out after `batches` of the build, that of the refusal included. */
static Status
relieve(Join *self, uint64_t batches, const Error *refused, Error *error)
{
    JoinSpill *spill = self->spill;

    if (spill->pair.level < SPILL_LEVELS)
        return part_pair(self, error);
    if (join_passes_narrow(&spill->passes, batches))
        return restart_pass(self, error);
    return error_copy(error, refused);
}

/* The pass has what it can hold; whether it is the last shows only where there are no more rows. */
static Status
close_pass(Join *self, bool last, Error *refused)
{
    JoinSpill *spill = self->spill;
    const bool first = spill->passes.first == 0;

    spill->phase = PAIR_COMPLETE;
    spill->passes.last = last;
    self->passes = last && first ? NULL : &spill->passes;
    if (!last)
        return join_passes_expect_more(&spill->passes, self->plan->kind, self->base.context->in_hand,
                                       refused);
    spill_reader_destroy(&spill->build_reader);
    return STATUS_OK;
}

static Status
next_pass(Join *self, Error *error)
{
    self->spill->passes.first += self->spill->passes.loaded;
    self->spill->passes.loaded = 0;
    return start_build(self, error);
}

static bool
pass_is_full(const Join *self)
{
    const JoinSpill *spill = self->spill;

    if (spill->pair.level < SPILL_LEVELS || spill->passes.loaded == 0)
        return false;
    return spill->passes.loaded == spill->passes.most ||
           spill_is_due(&self->base, join_build_bytes(spill->input.build));
}

/* Memory may be out as it is asked for; whatever else fails is final. */
static Status
relieve_refusal(Join *self, Status status, uint64_t batches, const Error *refused, Error *error)
{
    if (status == STATUS_OUT_OF_MEMORY)
        return relieve(self, batches, refused, error);
    return status == STATUS_OK ? STATUS_OK : error_copy(error, refused);
}

static Status
load_some(Join *self, Error *error)
{
    JoinSpill *spill = self->spill;
    Error refused = {0};
    Batch batch;
    bool end;

    if (pass_is_full(self)) {
        const Status status = close_pass(self, false, &refused);
        return relieve_refusal(self, status, spill->passes.loaded, &refused, error);
    }
    TRY(spill_read_batch(spill->build_reader, &batch, &end, error));
    if (end)
        return close_pass(self, true, error);
    const Status status = join_build_append(spill->input.build, &batch, &refused);
    spill->passes.loaded += status == STATUS_OK;
    return relieve_refusal(self, status, spill->passes.loaded + 1, &refused, error);
}

static Status
complete_some(Join *self, Error *error)
{
    Error refused = {0};
    bool done = false;
    const Status status = join_build_complete(self->spill->input.build, &done, &refused);

    operator_note_memory(&self->base, join_build_bytes(self->spill->input.build));
    if (status != STATUS_OK)
        return relieve_refusal(self, status, self->spill->passes.loaded, &refused, error);
    return done ? start_probe(self, error) : STATUS_OK;
}

static Status
probe_some(Join *self, bool *enough, Error *error)
{
    Batch batch;
    bool end;

    TRY(spill_read_batch(self->spill->probe_reader, &batch, &end, error));
    if (!end)
        return join_probe_batch(self, &batch, enough, error);
    self->spill->phase = PAIR_UNMATCHED;
    return STATUS_OK;
}

static Status
finish_unmatched(Join *self, bool *enough, Error *error)
{
    bool done = false;

    TRY(join_emit_unmatched(self, &done, enough, error));
    if (!done)
        return STATUS_OK;
    if (self->passes != NULL && !self->passes->last)
        return next_pass(self, error);
    close_pair(self);
    return STATUS_OK;
}

Status
join_finish_spilled(Join *self, bool *done, Error *error)
{
    bool enough = false;
    Status status = STATUS_OK;

    TRY(prepare(self, error));
    switch (self->spill->phase) {
    case PAIR_LOAD: status = load_some(self, error); break;
    case PAIR_COMPLETE: status = complete_some(self, error); break;
    case PAIR_PROBE: status = probe_some(self, &enough, error); break;
    case PAIR_UNMATCHED: status = finish_unmatched(self, &enough, error); break;
    case PAIR_NONE:
        if (!self->spill->pending_made)
            status = make_pending(self, error);
        else if (self->spill->pending_count > 0)
            status = open_pair(self, error);
        else
            *done = true;
        break;
    }
    *done |= enough;
    return status;
}
