/* A task is a list of pipelines, each a feed that pushes into a chain of operators. Builds of joins come
 * before the pipelines that probe them; the branches of a UNION ALL come one after the other and share the
 * end of their chain. */
#include "exec/task.h"

#include "base/clock.h"
#include "exec/join_filter.h"
#include "exec/operators.h"
#include "exec/query_shared.h"
#include "exec/task_round.h"
#include "plan/walk.h"

#include <stdlib.h>

enum {
    PLAN_DEPTH_MAX = 3000,
    BUSY_WAIT_US = 1000,
    TASK_FLOOR_BYTES = 1 << 20,  /* so much every task gets, whatever the others hold */
    VALUES_FLOOR_BYTES = 2 << 20 /* and so much its expressions: a register of theirs has up to 32 KiB */
};

typedef struct Pipeline {
    Feed *feed;
    Operator *end;   /* finishing stops before it; NULL: at the end of the chain */
    JoinInput *gate; /* the shared build that it belongs to, or NULL */
} Pipeline;

struct Task {
    OperatorContext context;
    TaskEnvironment environment;
    Budget budget;
    Budget growing; /* part of it */
    Budget in_hand; /* likewise */
    Budget values;  /* likewise */
    Arena *arena;   /* of the lists below */
    Operator **operators;
    uint32_t operator_count;
    uint32_t operator_room;
    Pipeline *pipelines;
    uint32_t pipeline_count;
    uint32_t pipeline_room;
    JoinInput **inputs;
    uint32_t input_count;
    uint32_t input_room;
    uint32_t current;       /* pipeline */
    Operator *finishing;    /* NULL: the feed still runs */
    NodeCounters unplanned; /* of operators that no node stands for */
};

/* Where a subtree's rows go while the pipelines are made. */
typedef struct Place {
    Operator *downstream;
    Operator *end;
    JoinInput *gate;
    bool replicated; /* on the build side of a join, or a branch of its own: the task has all of the rows */
    bool build;      /* on the build side of a join */
    uint32_t source; /* the number of the stage's next leaf */
    uint32_t filter_count; /* of joins above, in the columns that they have here */
    const JoinFilter *filters;
    const PlanNode *top; /* the TOP_N that all rows go to; or NULL */
    uint32_t top_column; /* its first key, in the columns that rows have here */
    uint32_t depth;
} Place;

/* One more item in an arena's array; earlier copies stay in the arena until it goes. */
static void *
grow(Arena *arena, void *items, uint32_t count, uint32_t *room, size_t item_size)
{
    if (count < *room)
        return items;
    const uint32_t doubled = *room == 0 ? 8 : *room * 2;
    void *grown = arena_alloc(arena, doubled * item_size);
    if (grown == NULL)
        return NULL;
    if (count > 0)
        memcpy(grown, items, count * item_size);
    *room = doubled;
    return grown;
}

/* The task takes the operator. */
static Status
own_operator(Task *task, Operator *operator, Error * error)
{
    Operator **grown =
        grow(task->arena, task->operators, task->operator_count, &task->operator_room, sizeof(Operator *));

    if (grown == NULL) {
        operator->class->destroy(operator);
        return error_set_memory(error);
    }
    task->operators = grown;
    task->operators[task->operator_count++] = operator;
    return STATUS_OK;
}

static Status
add_pipeline(Task *task, Feed *feed, const Place *place, Error *error)
{
    feed->base.downstream = place->downstream;
    TRY(own_operator(task, &feed->base, error));
    Pipeline *grown =
        grow(task->arena, task->pipelines, task->pipeline_count, &task->pipeline_room, sizeof(Pipeline));
    if (grown == NULL)
        return error_set_memory(error);
    task->pipelines = grown;
    task->pipelines[task->pipeline_count++] =
        (Pipeline){.feed = feed, .end = place->end, .gate = place->gate};
    return STATUS_OK;
}

static Status build_node(Task *task, const PlanNode *node, Place place, Error *error);

/* What joins tell the scan below goes through the node, which may be such a join. */
static Status
pass_filters(Task *task, const PlanNode *node, const JoinInput *input, Place *place, Error *error)
{
    JoinFilter *below = ARENA_ARRAY(task->arena, JoinFilter, JOIN_FILTERS_MAX);

    if (below == NULL)
        return error_set_memory(error);
    place->filter_count = join_filters_below(node, input, place->filters, place->filter_count, below);
    place->filters = below;
    return STATUS_OK;
}

/* Whether every task of the stage would make the same of the subtree: all that it reads is broadcast. */
static bool
is_broadcast(const PlanNode *node)
{
    if (node->kind == PLAN_EXCHANGE)
        return node->exchange.form == EXCHANGE_FORM_BROADCAST;
    for (uint32_t i = 0; i < node->child_count; i++)
        if (!is_broadcast(node->children[i]))
            return false;
    return node->child_count > 0;
}

static Status
add_input(Task *task, const PlanNode *node, const Place *place, JoinInput **made, Error *error)
{
    JoinInput **grown =
        grow(task->arena, task->inputs, task->input_count, &task->input_room, sizeof(JoinInput *));
    JoinInput *input = ARENA_NEW(task->arena, JoinInput);

    if (grown == NULL || input == NULL)
        return error_set_memory(error);
    input->node = node;
    input->shared =
        task->environment.shared != NULL && place->gate == NULL && is_broadcast(node->children[1]);
    if (!input->shared) {
        input->build = join_build_new(node, task->context.budget);
        if (input->build == NULL)
            return error_set_memory(error);
    }
    task->inputs = grown;
    task->inputs[task->input_count++] = input;
    *made = input;
    return STATUS_OK;
}

static Status
build_join(Task *task, const PlanNode *node, Place place, Error *error)
{
    JoinInput *input = NULL; /* the compiler does not know that a failure is not STATUS_OK */
    Operator *sink;
    Operator *join;

    TRY(add_input(task, node, &place, &input, error));
    TRY(join_build_sink_new(&task->context, node, input, &sink, error));
    TRY(own_operator(task, sink, error));
    const Place build = {.downstream = sink,
                         .gate = input->shared ? input : place.gate,
                         .replicated = true,
                         .build = true,
                         .depth = place.depth};
    TRY(build_node(task, node->children[1], build, error));

    TRY((node->kind == PLAN_HASH_JOIN ? hash_join_new : nested_loop_join_new)(&task->context, node, input,
                                                                              &join, error));
    TRY(own_operator(task, join, error));
    join->downstream = place.downstream;
    place.downstream = join;
    place.top = NULL;
    TRY(pass_filters(task, node, input, &place, error));
    return build_node(task, node->children[0], place, error);
}

/* The one branch that reads what the task is for. */
static Status
build_branch(Task *task, const PlanNode *node, Place place, uint32_t source, Error *error)
{
    place.replicated = true;
    for (uint32_t i = 0; i < node->child_count; i++) {
        const uint32_t sources = plan_source_count(node->children[i]);
        if (source < place.source + sources)
            return build_node(task, node->children[i], place, error);
        place.source += sources;
    }
    return error_set(error, STATUS_PROTOCOL, "a task reads what its stage does not have");
}

/* The branches of a UNION ALL push into one operator, which only the last one finishes. */
static Status
build_union(Task *task, const PlanNode *node, Place place, Error *error)
{
    const Stage *stage = &task->context.plan->stages[task->context.stage];
    const uint32_t source = stage->leaf ? stage->tasks[task->context.task].source : STAGE_ALL_SOURCES;
    Operator *operator;

    TRY(pass_new(&task->context, node, &operator, error));
    TRY(own_operator(task, operator, error));
    place.filter_count = 0; /* the branches' columns are others */
    operator->downstream = place.downstream;
    if (source != STAGE_ALL_SOURCES && !place.build) {
        place.downstream = operator;
        return build_branch(task, node, place, source, error);
    }
    for (uint32_t i = 0; i < node->child_count; i++) {
        Place branch = place;
        branch.downstream = operator;
        if (i + 1 < node->child_count)
            branch.end = operator;
        TRY(build_node(task, node->children[i], branch, error));
    }
    return STATUS_OK;
}

typedef Status (*OperatorMaker)(OperatorContext *context, const PlanNode *node, Operator **made,
                                Error *error);

static OperatorMaker
operator_maker(const PlanNode *node)
{
    switch (node->kind) {
    case PLAN_FILTER: return filter_new;
    case PLAN_PROJECT: return project_new;
    case PLAN_EXPAND: return expand_new;
    case PLAN_REPEAT: return repeat_new;
    case PLAN_AGGREGATE: return aggregate_new;
    case PLAN_DISTINCT: return distinct_new;
    case PLAN_PARTITION_TOP: return partition_top_new;
    case PLAN_WINDOW: return window_new;
    case PLAN_SORT: return sort_new;
    case PLAN_TOP_N: return top_n_new;
    case PLAN_LIMIT: return limit_new;
    case PLAN_WRITE: return node->write.file.format != NULL ? export_new : write_new;
    case PLAN_RESULT: return pass_new;
    default: return NULL;
    }
}

/* What a TOP_N needs to know of rows is known below filters, and below projections that leave its key alone.
 */
static void
pass_top(const PlanNode *node, Place *place)
{
    if (node->kind == PLAN_TOP_N && node->sort.key_count > 0) {
        place->top = node;
        place->top_column = node->sort.keys[0].column;
        return;
    }
    if (node->kind == PLAN_FILTER || place->top == NULL)
        return;
    const Expr *key = node->kind == PLAN_PROJECT ? node->project.expressions[place->top_column] : NULL;
    if (key == NULL || key->kind != EXPR_COLUMN)
        place->top = NULL;
    else
        place->top_column = key->column;
}

static Status
build_operator(Task *task, const PlanNode *node, Place place, Error *error)
{
    const OperatorMaker maker = operator_maker(node);
    Operator *operator;

    if (maker == NULL)
        return error_set(error, STATUS_NOT_SUPPORTED, "a %s cannot be executed yet", plan_node_type(node));
    TRY(maker(&task->context, node, &operator, error));
    TRY(own_operator(task, operator, error));
    operator->downstream = place.downstream;
    place.downstream = operator;
    pass_top(node, &place);
    TRY(pass_filters(task, node, NULL, &place, error));
    return build_node(task, node->children[0], place, error);
}

/* The sort that WITH (order_by) asks for, as a node: by the columns named, ascending. */
static PlanNode *
order_node(Task *task, const PlanNode *node)
{
    const PlanWrite *write = &node->write;
    PlanNode *sort = ARENA_NEW(task->arena, PlanNode);
    SortKey *keys = ARENA_ARRAY(task->arena, SortKey, write->order_count);

    if (sort == NULL || keys == NULL)
        return NULL;
    for (uint32_t i = 0; i < write->order_count; i++)
        keys[i].column = write->order_columns[i];
    *sort = *node->children[0];
    sort->kind = PLAN_SORT;
    sort->sort = (PlanSort){.key_count = write->order_count, .keys = keys};
    return sort;
}

static Status
build_write(Task *task, const PlanNode *node, Place place, Error *error)
{
    Operator *write;
    Operator *sort;

    if (node->write.order_count == 0)
        return build_operator(task, node, place, error);
    const PlanNode *order = order_node(task, node);
    if (order == NULL)
        return error_set_memory(error);
    TRY(write_new(&task->context, node, &write, error));
    TRY(own_operator(task, write, error));
    write->downstream = place.downstream;
    TRY(sort_new(&task->context, order, &sort, error));
    TRY(own_operator(task, sort, error));
    sort->counters = &task->unplanned;
    sort->downstream = write;
    place.downstream = sort;
    return build_node(task, node->children[0], place, error);
}

static Status
build_feed(Task *task, const PlanNode *node, const Place *place, Error *error)
{
    const Stage *stage = &task->context.plan->stages[task->context.stage];
    const StageTask *work = stage->tasks != NULL ? &stage->tasks[task->context.task] : NULL;
    Feed *feed;

    if (work == NULL && (node->kind == PLAN_SCAN || node->kind == PLAN_READ_FILE))
        return error_set(error, STATUS_PROTOCOL, "a scan stands in a stage without tablets");
    switch (node->kind) {
    case PLAN_VALUES: TRY(values_feed_new(&task->context, node, place->replicated, &feed, error)); break;
    case PLAN_EXCHANGE: TRY(exchange_feed_new(&task->context, node, &feed, error)); break;
    case PLAN_RECURSIVE: TRY(recursive_feed_new(&task->context, node, &feed, error)); break;
    case PLAN_WORKING: TRY(working_feed_new(&task->context, node, &feed, error)); break;
    case PLAN_SCAN:
        TRY(scan_feed_new(&task->context, node, work, place->top, place->top_column, &feed, error));
        scan_feed_set_filters(feed, place->filters, place->filter_count);
        break;
    default: TRY(file_feed_new(&task->context, node, work, &feed, error)); break;
    }
    return add_pipeline(task, feed, place, error);
}

static Status
build_node(Task *task, const PlanNode *node, Place place, Error *error)
{
    if (++place.depth > PLAN_DEPTH_MAX)
        return error_set(error, STATUS_TOO_COMPLEX, "the plan is too deep");
    switch (node->kind) {
    case PLAN_SCAN:
    case PLAN_READ_FILE:
    case PLAN_VALUES:
    case PLAN_RECURSIVE:
    case PLAN_WORKING:
    case PLAN_EXCHANGE: return build_feed(task, node, &place, error);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: return build_join(task, node, place, error);
    case PLAN_SET_OPERATION: return build_union(task, node, place, error);
    case PLAN_WRITE: return build_write(task, node, place, error);
    default: return build_operator(task, node, place, error);
    }
}

/* The sink of the stage's output exchange, or of all of them. */
static Status
build_sink(Task *task, const Stage *stage, Operator **made, Error *error)
{
    const Exchange *exchanges = task->context.plan->exchanges;
    uint32_t count = 0;
    Status status;

    if (stage->extra_output_count == 0)
        return exchange_sink_new(&task->context, &exchanges[stage->output], made, error);
    Operator **sinks = ARENA_ARRAY(task->arena, Operator *, stage->extra_output_count + 1);
    for (uint32_t i = 0; i <= stage->extra_output_count; i++) {
        const uint32_t id = i == 0 ? stage->output : stage->extra_outputs[i - 1];
        TRY_GOTO(exchange_sink_new(&task->context, &exchanges[id], &sinks[count], error), fail);
        count++;
    }
    TRY_GOTO(tee_new(&task->context, exchanges[stage->output].node->id, count, sinks, made, error), fail);
    return STATUS_OK;
fail:
    for (uint32_t i = 0; i < count; i++)
        sinks[i]->class->destroy(sinks[i]);
    return status;
}

static Status
build_pipelines(Task *task, const Stage *stage, Error *error)
{
    Place place = {0};

    TRY(build_sink(task, stage, &place.downstream, error));
    TRY(own_operator(task, place.downstream, error));
    return build_node(task, stage->root, place, error);
}

Status
task_new(const StagedPlan *plan, uint32_t stage, uint32_t task, uint32_t attempt,
         const TaskEnvironment *environment, Task **made, Error *error)
{
    if (stage >= plan->stage_count || task >= plan->stages[stage].task_count)
        return error_set(error, STATUS_PROTOCOL, "the plan has no task %u in stage %u", task, stage);
    Task *self = calloc(1, sizeof *self);
    if (self == NULL)
        return error_set_memory(error);
    self->environment = *environment;
    budget_init(&self->budget, environment->budget, SIZE_MAX);
    budget_init_floor(&self->growing, &self->budget, TASK_FLOOR_BYTES);
    budget_init_floor(&self->in_hand, &self->budget, SIZE_MAX);
    budget_init_floor(&self->values, &self->budget, VALUES_FLOOR_BYTES);
    const uint32_t rows = environment->batch_rows;
    self->context = (OperatorContext){.plan = plan,
                                      .session = &plan->session,
                                      .environment = &self->environment,
                                      .budget = &self->growing,
                                      .in_hand = &self->in_hand,
                                      .values = &self->values,
                                      .stage = stage,
                                      .task = task,
                                      .attempt = attempt,
                                      .batch_rows = rows == 0 || rows > BATCH_ROWS ? BATCH_ROWS : rows,
                                      .time_mark = clock_monotonic_ns()};
    self->arena = arena_new(&self->growing);
    const Status status =
        self->arena == NULL ? error_set_memory(error) : build_pipelines(self, &plan->stages[stage], error);
    if (status != STATUS_OK) {
        task_destroy(&self);
        return status;
    }
    *made = self;
    return STATUS_OK;
}

Status
task_round_new(const OperatorContext *context, const PlanNode *root, const WorkingRows *working,
               Operator *sink, Task **made, Error *error)
{
    Task *self = calloc(1, sizeof *self);
    Status status;

    if (self == NULL) {
        sink->class->destroy(sink);
        return error_set_memory(error);
    }
    self->environment = *context->environment;
    budget_init_floor(&self->budget, context->budget, TASK_FLOOR_BYTES);
    self->context = *context;
    self->context.environment = &self->environment;
    self->context.budget = &self->budget;
    self->context.working = working;
    self->context.complete = false;
    sink->context = &self->context;
    self->arena = arena_new(&self->budget);
    if (self->arena == NULL) {
        sink->class->destroy(sink);
        status = error_set_memory(error);
    } else {
        status = own_operator(self, sink, error);
    }
    if (status == STATUS_OK)
        status = build_node(self, root, (Place){.downstream = sink}, error);
    if (status != STATUS_OK) {
        task_destroy(&self);
        return status;
    }
    *made = self;
    return STATUS_OK;
}

void
task_destroy(Task **self)
{
    Task *task = *self;

    if (task == NULL)
        return;
    for (uint32_t i = 0; i < task->operator_count; i++)
        task->operators[i]->class->destroy(task->operators[i]);
    for (uint32_t i = 0; i < task->input_count; i++) {
        JoinInput *input = task->inputs[i];
        if (!input->shared)
            join_build_destroy(&input->build);
        else if (input->claimed)
            query_shared_abandon(task->environment.shared, input->build);
    }
    arena_destroy(&task->arena);
    free(task);
    *self = NULL;
}

/* Skip the pipelines of a shared build that is ready; *wait: another task is filling it. */
static Status
pass_gate(Task *task, JoinInput *gate, bool *wait, Error *error)
{
    SharedState state = SHARED_BUSY;

    TRY(query_shared_claim(task->environment.shared, gate->node, BUSY_WAIT_US, &state, &gate->build, error));
    *wait = state == SHARED_BUSY;
    gate->claimed = state == SHARED_CLAIMED;
    while (state == SHARED_READY && task->current < task->pipeline_count &&
           task->pipelines[task->current].gate == gate)
        task->current++;
    return STATUS_OK;
}

/* The current pipeline is through: publish the build that it was the last to fill. */
static void
close_pipeline(Task *task)
{
    JoinInput *gate = task->pipelines[task->current++].gate;

    if (gate == NULL || (task->current < task->pipeline_count && task->pipelines[task->current].gate == gate))
        return;
    query_shared_publish(task->environment.shared, gate->build);
    gate->claimed = false;
}

static Status
finish_some(Task *task, Error *error)
{
    Pipeline *pipeline = &task->pipelines[task->current];
    Operator *operator= task->finishing;
    bool done = operator->class->finish == NULL;

    if (!done)
        TRY(operator->class->finish(operator, & done, error));
    operator_charge_time(&task->context, operator->counters);
    if (!done)
        return STATUS_OK;
    task->finishing = operator->downstream == pipeline->end ? NULL : operator->downstream;
    if (task->finishing == NULL)
        close_pipeline(task);
    return STATUS_OK;
}

static Status
feed_some(Task *task, Error *error)
{
    Pipeline *pipeline = &task->pipelines[task->current];
    bool exhausted = false;

    TRY(pipeline->feed->step(pipeline->feed, &exhausted, error));
    operator_charge_time(&task->context, pipeline->feed->base.counters);
    if (!exhausted)
        return STATUS_OK;
    task->finishing =
        pipeline->feed->base.downstream == pipeline->end ? NULL : pipeline->feed->base.downstream;
    if (task->finishing == NULL)
        close_pipeline(task);
    return STATUS_OK;
}

static Status
run_some(Task *task, bool *wait, Error *error)
{
    JoinInput *gate = task->pipelines[task->current].gate;

    if (task->finishing != NULL)
        return finish_some(task, error);
    if (gate != NULL && !gate->claimed)
        return pass_gate(task, gate, wait, error);
    return feed_some(task, error);
}

Status
task_step(Task *task, int64_t slice_us, bool *done, Error *error)
{
    const int64_t until = clock_monotonic_ns() + slice_us * 1000;
    bool wait = false;

    *done = false;
    task->context.time_mark = clock_monotonic_ns();
    do {
        if (task->current == task->pipeline_count) {
            task->context.complete = true;
            *done = true;
            return STATUS_OK;
        }
        TRY(operator_check_cancelled(&task->pipelines[task->current].feed->base, error));
        TRY(run_some(task, &wait, error));
    } while (!wait && clock_monotonic_ns() < until);
    return STATUS_OK;
}
