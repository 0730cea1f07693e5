/* flow/graph.h: the shape of a query: stages with their tasks, and the exchanges between them. Fixed by the
 * plan. */
#ifndef RUNNEL_FLOW_GRAPH_H
#define RUNNEL_FLOW_GRAPH_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ExchangeKind {
    EXCHANGE_HASH,    /* any producer task has rows for any partition */
    EXCHANGE_GATHER,  /* one partition */
    EXCHANGE_BY_TASK, /* producer task t has rows for partition t % partition_count only, and closes only that
                       */
    EXCHANGE_BROADCAST /* one partition, taken whole by every process that runs tasks of the consuming stage
                        */
} ExchangeKind;

typedef enum StageKind {
    STAGE_LEAF,  /* its tasks run on workers, under a quota; its inputs, if any, are broadcasts */
    STAGE_REDUCE /* task p consumes partition p of every partitioned exchange into it; runs on reducers */
} StageKind;

#define STAGE_ROOT UINT32_MAX /* as a consumer: the process that asked */

/* Bounds that graph_validate() enforces, so that a hostile plan cannot exhaust a node. */
#define GRAPH_STAGES_MAX     16384u
#define GRAPH_EXCHANGES_MAX  65536u
#define GRAPH_TASKS_MAX      1048576u /* of a stage */
#define GRAPH_PARTITIONS_MAX 65536u

typedef struct StageSpec {
    StageKind kind;
    bool indeterminate;   /* attempts are not equivalent: the coordinator elects one a task */
    uint32_t task_count;  /* 0 is allowed for leaves (every tablet was pruned) */
    uint32_t *costs;      /* a task each, relative (rows or bytes); NULL: all alike */
    uint64_t *affinities; /* a task each, hash of what it reads; NULL: the task number serves */
} StageSpec;

/* An exchange's id is its index. A stage may feed several exchanges and consume several. */
typedef struct ExchangeSpec {
    ExchangeKind kind;
    uint32_t producer;        /* stage */
    uint32_t consumer;        /* stage, or STAGE_ROOT */
    uint32_t partition_count; /* consumer's task_count; 1 for GATHER, BROADCAST and the root's */
} ExchangeSpec;

typedef struct StageGraph {
    StageSpec *stages;
    ExchangeSpec *exchanges;
    uint32_t stage_count;
    uint32_t exchange_count;
    uint32_t root_exchange; /* the one whose consumer is STAGE_ROOT */
} StageGraph;

/* Whether the graph keeps the rules above: indices in range, no cycle, exactly one exchange to the root, of
 * kind GATHER, partition counts that fit, leaves fed by broadcasts only, a BROADCAST never to the root.
 * INTERNAL with what is wrong. */
Status graph_validate(const StageGraph *graph, Error *error);

/* A deep copy on the heap; graph_destroy() frees it. */
StageGraph *graph_copy(const StageGraph *graph);
void graph_destroy(StageGraph **self); /* NULL-safe */

/* Whether producer task `task` closes partition `partition` of the exchange, and how many of its tasks do. */
bool graph_task_feeds(const StageGraph *graph, uint32_t exchange, uint32_t task, uint32_t partition);
uint32_t graph_feeder_count(const StageGraph *graph, uint32_t exchange, uint32_t partition);

/* Length of the longest chain of exchanges that leads into each stage (0 without inputs); stage_count values.
 */
void graph_depths(const StageGraph *graph, uint32_t *depths);

/* Whether the attempts of the stage's tasks are elected: it is indeterminate, and something other than the
 * root's one consumer, which takes one attempt anyway, reads it. */
bool graph_stage_elected(const StageGraph *graph, uint32_t stage);

#endif
