/* Who runs what: rendezvous hashing (Thaler and Ravishankar 1998), with a bound on the load of one node. */
#include "flow/scheduler_state.h"

#include "base/hash.h"

#include <stdlib.h>

SchedulerNode *
node_find(const Scheduler *scheduler, Incarnation incarnation)
{
    return map_get(&scheduler->nodes, &incarnation);
}

bool
node_may_run(const SchedulerNode *node, StageKind kind)
{
    const uint32_t role = kind == STAGE_LEAF ? 1u : 2u; /* NODE_WORKER, NODE_REDUCER */

    return node->use == NODE_USE_READY && (node->roles & role) != 0;
}

static uint64_t
rank(uint64_t key, const SchedulerNode *node)
{
    return hash_u64(hash_u64(key) ^ node->incarnation.low ^ hash_u64(node->incarnation.high));
}

static SchedulerNode *
preferred_worker(const Scheduler *scheduler, uint64_t key)
{
    SchedulerNode *best = NULL;
    uint64_t best_rank = 0;

    for (size_t i = 0; i < scheduler->nodes.count; i++) {
        SchedulerNode *node = map_value_at(&scheduler->nodes, i);
        const uint64_t node_rank = rank(key, node);

        if (!node_may_run(node, STAGE_LEAF) || (best != NULL && node_rank <= best_rank))
            continue;
        best = node;
        best_rank = node_rank;
    }
    return best;
}

static void
reserve_queues(Stage *stage, uint32_t index)
{
    const size_t count = (size_t)index + 1;

    if (count <= stage->queue_count)
        return;
    stage->queues = memory_resize(stage->queues, count, sizeof(*stage->queues));
    for (size_t i = stage->queue_count; i < count; i++)
        stage->queues[i] = (TaskQueue){NO_TASK, NO_TASK, 0};
    stage->queue_count = count;
}

static void
queue_put(Stage *stage, uint32_t index, uint32_t task)
{
    reserve_queues(stage, index);

    TaskQueue *queue = &stage->queues[index];

    stage->tasks[task].next = NO_TASK;
    if (queue->tail == NO_TASK)
        queue->head = task;
    else
        stage->tasks[queue->tail].next = task;
    queue->tail = task;
    queue->count++;
}

uint32_t
queue_take(Stage *stage, uint32_t index)
{
    TaskQueue *queue = &stage->queues[index];
    const uint32_t task = queue->head;

    if (task == NO_TASK)
        return NO_TASK;
    queue->head = stage->tasks[task].next;
    if (queue->head == NO_TASK)
        queue->tail = NO_TASK;
    queue->count--;
    return task;
}

void
place_leaf(Scheduler *scheduler, SchedulerQuery *query, Stage *stage, uint32_t task)
{
    const uint64_t *affinities = stage->spec->affinities;
    const uint64_t key =
        affinities != NULL ? affinities[task] : hash_combine(query->id.low + stage->index, task);
    const SchedulerNode *node = preferred_worker(scheduler, key);

    queue_put(stage, node == NULL ? 0 : node->index, task);
}

void
place_again(Scheduler *scheduler, SchedulerQuery *query, uint32_t index)
{
    for (uint32_t s = 0; s < query->graph->stage_count; s++) {
        Stage *stage = &query->stages[s];

        if (stage->spec->kind != STAGE_LEAF || index >= stage->queue_count)
            continue;
        for (uint32_t left = stage->queues[index].count; left > 0; left--)
            place_leaf(scheduler, query, stage, queue_take(stage, index));
    }
}

/* How many tasks of the stage each node has, by its index. */
static uint32_t *
count_places(const Scheduler *scheduler, const Stage *stage)
{
    uint32_t *counts = MEMORY_ARRAY(uint32_t, scheduler->index_count + 1);

    for (uint32_t i = 0; i < stage->spec->task_count; i++) {
        if (stage->tasks[i].place != NULL)
            counts[stage->tasks[i].place->node->index]++;
    }
    return counts;
}

static SchedulerNode *
preferred_reducer(const Scheduler *scheduler, uint64_t key, const uint32_t *counts, uint32_t bound)
{
    SchedulerNode *best = NULL;
    uint64_t best_rank = 0;

    for (size_t i = 0; i < scheduler->nodes.count; i++) {
        SchedulerNode *node = map_value_at(&scheduler->nodes, i);
        const uint64_t node_rank = rank(key, node);

        if (!node_may_run(node, STAGE_REDUCE) || counts[node->index] >= bound)
            continue;
        if (best == NULL || node_rank > best_rank) {
            best = node;
            best_rank = node_rank;
        }
    }
    return best;
}

/* The fewest tasks a node that suffice for all. */
static uint32_t
even_share(const Scheduler *scheduler, const Stage *stage)
{
    uint32_t nodes = 0;

    for (size_t i = 0; i < scheduler->nodes.count; i++)
        nodes += node_may_run(map_value_at(&scheduler->nodes, i), STAGE_REDUCE) ? 1 : 0;
    return nodes == 0 ? 0 : (stage->spec->task_count + nodes - 1) / nodes;
}

static void
move_task(SchedulerQuery *query, Task *task, SchedulerNode *node)
{
    task->place = query_member(query, node);
    task->route_version = query_touch_routes(query);
}

void
place_reduce(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Stage *stage)
{
    uint32_t *counts = count_places(scheduler, stage);
    const uint32_t share = even_share(scheduler, stage);

    for (uint32_t i = 0; i < stage->spec->task_count && stage->pending > 0; i++) {
        Task *task = &stage->tasks[i];

        if (task->state != TASK_PENDING)
            continue;
        if (task->place == NULL) {
            const uint64_t key = hash_combine(query->id.low + stage->index, i);
            SchedulerNode *node = preferred_reducer(scheduler, key, counts, share);

            if (node == NULL)
                continue;
            move_task(query, task, node);
            counts[node->index]++;
        } else if (task->inputs_spent) {
            task->route_version = query_touch_routes(query); /* its inputs were consumed: all again */
        }
        stage->pending--;
        dispatch_send(scheduler, now, query, stage, i, task->place->node);
    }
    free(counts);
}
