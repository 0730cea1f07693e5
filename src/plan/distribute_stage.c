/* Cutting stages at exchanges. */
#include "plan/distribute.h"

#include "plan/walk.h"

#include <string.h>

enum { STAGES_MAX = 16384, EXCHANGES_MAX = 65536 }; /* as flow/graph.h has them */

static void *
grown(Distribution *d, void *items, uint32_t count, uint32_t *capacity, size_t item_size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    void *larger = arena_alloc_zero(d->arena, *capacity * item_size);
    if (count > 0)
        memcpy(larger, items, count * item_size);
    return larger;
}

/* Counts them; puts them into `inputs` where it is not NULL. */
static void
collect_inputs(const PlanNode *node, uint32_t *inputs, uint32_t *count)
{
    if (node->kind == PLAN_EXCHANGE) {
        if (inputs != NULL)
            inputs[*count] = node->exchange.id;
        (*count)++;
        return;
    }
    for (uint32_t i = 0; i < node->child_count; i++)
        collect_inputs(node->children[i], inputs, count);
}

static Status
add_stage(Distribution *d, const Piece *piece, uint32_t output, uint32_t *id)
{
    StagedPlan *plan = d->plan;
    uint32_t input_count = 0;

    if (plan->stage_count == STAGES_MAX)
        return error_set(d->error, STATUS_TOO_COMPLEX, "the query needs more than %d stages", STAGES_MAX);
    plan->stages = grown(d, plan->stages, plan->stage_count, &d->stage_capacity, sizeof(Stage));
    collect_inputs(piece->node, NULL, &input_count);
    uint32_t *inputs = ARENA_ARRAY(d->arena, uint32_t, input_count);
    input_count = 0;
    collect_inputs(piece->node, inputs, &input_count);

    Stage *stage = &plan->stages[plan->stage_count];
    *id = plan->stage_count++;
    *stage = (Stage){.id = *id,
                     .root = piece->node,
                     .leaf = piece->source != NULL,
                     .task_count = piece->task_count,
                     .tasks = piece->tasks,
                     .inputs = inputs,
                     .input_count = input_count,
                     .output = output};
    for (uint32_t i = 0; i < input_count; i++)
        plan->exchanges[inputs[i]].consumer = *id;
    return STATUS_OK;
}

/* An exchange out of the stage `producer`, read by the piece that opens. */
static Status
add_exchange(Distribution *d, uint32_t producer, PlanNode *root, const PlanExchange *exchange, Piece *piece)
{
    StagedPlan *plan = d->plan;
    const uint32_t id = plan->exchange_count;

    if (id == EXCHANGES_MAX)
        return error_set(d->error, STATUS_TOO_COMPLEX, "the query needs more than %d exchanges",
                         EXCHANGES_MAX);
    PlanNode *node = plan_node_new(d->arena, PLAN_EXCHANGE, root->column_count, root->columns, 1, &root);
    node->estimated_rows = root->estimated_rows;
    node->exchange = *exchange;
    node->exchange.id = id;
    plan->exchanges = grown(d, plan->exchanges, id, &d->exchange_capacity, sizeof(Exchange));
    plan->exchanges[id] = (Exchange){.id = id, .node = node, .producer = producer, .consumer = STAGE_ROOT};
    plan->exchange_count++;
    *piece = (Piece){.node = node, .has_tasks = true, .task_count = exchange->partition_count};
    return STATUS_OK;
}

Status
distribute_cut(Distribution *d, Piece *piece, const PlanExchange *exchange)
{
    uint32_t producer = 0;

    distribute_make_tasks(d, piece);
    TRY(add_stage(d, piece, d->plan->exchange_count, &producer));
    return add_exchange(d, producer, piece->node, exchange, piece);
}

Status
distribute_add_output(Distribution *d, uint32_t stage, PlanNode *root, const PlanExchange *exchange,
                      Piece *piece)
{
    Stage *producer = &d->plan->stages[stage];
    uint32_t *outputs = ARENA_ARRAY(d->arena, uint32_t, producer->extra_output_count + 1);

    if (producer->extra_output_count > 0)
        memcpy(outputs, producer->extra_outputs, producer->extra_output_count * sizeof *outputs);
    outputs[producer->extra_output_count++] = d->plan->exchange_count;
    producer->extra_outputs = outputs;
    return add_exchange(d, stage, root, exchange, piece);
}

bool
distribute_is_single(const Piece *piece)
{
    if (piece->source == NULL)
        return piece->task_count == 1;
    for (uint32_t i = 0; i < piece->more_count; i++) {
        if (piece->more[i]->kind != PLAN_VALUES)
            return false;
    }
    return piece->source->kind == PLAN_VALUES;
}

Status
distribute_gather(Distribution *d, Piece *piece, const PlanNode *combine)
{
    const uint32_t fan_in = d->shape->fan_in == 0 ? UINT32_MAX : d->shape->fan_in < 2 ? 2 : d->shape->fan_in;

    distribute_make_tasks(d, piece);
    while (piece->task_count > fan_in) {
        const uint32_t merging = (piece->task_count + fan_in - 1) / fan_in;
        const PlanExchange by_task = {
            .form = EXCHANGE_FORM_BY_TASK, .hash_column = -1, .partition_count = merging};
        TRY(distribute_cut(d, piece, &by_task));
        if (combine != NULL)
            piece->node = distribute_copy(d, combine, piece->node);
    }
    const PlanExchange gather = {.form = EXCHANGE_FORM_GATHER, .hash_column = -1, .partition_count = 1};
    return distribute_cut(d, piece, &gather);
}

static bool
is_ordered(const PlanNode *node)
{
    while (node->kind == PLAN_PROJECT || node->kind == PLAN_FILTER)
        node = node->children[0];
    return node->kind == PLAN_SORT || node->kind == PLAN_TOP_N;
}

static bool
any_volatile(Expr *const *expressions, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (expr_is_volatile(expressions[i]))
            return true;
    }
    return false;
}

static bool
has_volatile_rows(const PlanNode *node, Expr **const *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (any_volatile(rows[i], node->column_count))
            return true;
    }
    return false;
}

/* What this node gives is not a function of the rows it is given. */
static bool
chooses_freely(const PlanNode *node)
{
    switch (node->kind) {
    case PLAN_SCAN: return any_volatile(node->scan.filters, node->scan.filter_count);
    case PLAN_VALUES: return has_volatile_rows(node, node->values.rows, node->values.row_count);
    case PLAN_FILTER: return any_volatile(node->filter.conjuncts, node->filter.conjunct_count);
    case PLAN_PROJECT: return any_volatile(node->project.expressions, node->column_count);
    case PLAN_EXPAND: return has_volatile_rows(node, node->expand.sets, node->expand.set_count);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: return node->join.residual != NULL && expr_is_volatile(node->join.residual);
    case PLAN_LIMIT: return !is_ordered(node->children[0]);
    case PLAN_WRITE: return true; /* each attempt names its own files */
    case PLAN_AGGREGATE:
        for (uint32_t i = 0; i < node->aggregate.call_count; i++) {
            if (node->aggregate.calls[i].aggregate->order_dependent)
                return true;
        }
        return false;
    default: return false;
    }
}

static bool
stage_chooses(const StagedPlan *plan, const PlanNode *node)
{
    if (node->kind == PLAN_EXCHANGE)
        return plan->stages[plan->exchanges[node->exchange.id].producer].indeterminate;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (stage_chooses(plan, node->children[i]))
            return true;
    }
    return chooses_freely(node);
}

/* The root takes one attempt of each task, whichever: only stages that others consume must be told. */
static void
mark_indeterminate(StagedPlan *plan)
{
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        Stage *stage = &plan->stages[i];
        stage->indeterminate = stage->output != plan->root_exchange && stage_chooses(plan, stage->root);
    }
}

Status
distribute_finish(Distribution *d, Piece *piece)
{
    StagedPlan *plan = d->plan;
    const PlanExchange gather = {.form = EXCHANGE_FORM_GATHER, .hash_column = -1, .partition_count = 1};

    TRY(distribute_cut(d, piece, &gather));
    plan->root_exchange = plan->exchange_count - 1;
    mark_indeterminate(plan);
    plan->root = plan_node_new(d->arena, PLAN_RESULT, piece->node->column_count, piece->node->columns, 1,
                               &piece->node);
    plan->root->estimated_rows = piece->node->estimated_rows;
    plan->node_count = plan_number(d->arena, plan->root);
    return STATUS_OK;
}
