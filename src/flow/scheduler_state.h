/* flow/scheduler_state.h: the scheduler's memory, shared by its files: scheduler.c (events of queries and
 * tasks, actions), scheduler_query.c (a query's life, members, routes), scheduler_place.c (who runs what),
 * scheduler_dispatch.c (when) and scheduler_report.c (reconciliation). Not for others. */
#ifndef RUNNEL_FLOW_SCHEDULER_STATE_H
#define RUNNEL_FLOW_SCHEDULER_STATE_H

#include "base/fifo.h"
#include "base/map.h"
#include "flow/scheduler.h"

#define NO_TASK    UINT32_MAX
#define NO_ATTEMPT UINT32_MAX

typedef enum NodeUse { NODE_USE_READY, NODE_USE_SUSPECT, NODE_USE_DRAINING } NodeUse;

typedef struct SchedulerNode {
    Incarnation incarnation;
    uint32_t roles;
    uint32_t slots;
    uint32_t index; /* into Stage.queues; > 0, used again after a loss */
    NodeUse use;
    bool idle_told;
    uint32_t *busy; /* leaf attempts by depth of their stage: what waits for a broadcast must not keep those
                       that make it from running; as many as the deepest one needed */
    size_t busy_count;
} SchedulerNode;

typedef struct Attempt {
    struct Member *member;
    struct Stage *stage;
    struct Task *task;
    uint32_t number;
    AttemptState state;
    bool listed;   /* in a report once */
    uint32_t mark; /* the report that listed it last */
    int64_t sent_at;
    struct Attempt *next;   /* of the task */
    struct Attempt *before; /* of the member */
    struct Attempt *after;
} Attempt;

/* A process that takes part in a query. */
typedef struct Member {
    SchedulerNode *node;
    bool plan_sent;
    uint32_t routes_sent; /* version */
    uint32_t elections_sent;
    int64_t sent_at; /* the last of these */
    Attempt *attempts;
    uint32_t mark; /* counts reports */
    uint64_t undelivered;
    uint32_t under_way; /* leaf attempts that are not done */
    bool leaf;
    bool reduce;
} Member;

typedef enum TaskState { TASK_DELAYED, TASK_PENDING, TASK_ACTIVE, TASK_DONE } TaskState;

typedef struct Task {
    TaskState state;
    uint32_t next_attempt;
    uint32_t failures;
    uint32_t elected;       /* NO_ATTEMPT: none */
    uint32_t route_version; /* reduce: of its partitions */
    uint32_t next;          /* leaf, pending: in its node's queue */
    bool inputs_spent;      /* reduce: an attempt was done here, or may have been: its inputs are closed */
    Member *place;          /* reduce */
    Incarnation last_node;
    Attempt *attempts;
} Task;

typedef struct TaskQueue {
    uint32_t head;
    uint32_t tail;
    uint32_t count;
} TaskQueue;

/* A process that takes the broadcasts into a stage. */
typedef struct Taker {
    Incarnation incarnation;
    uint32_t version;
} Taker;

typedef struct Stage {
    const StageSpec *spec;
    uint32_t index;
    uint32_t depth;
    bool elected;
    bool takes_broadcast;
    uint32_t *producers; /* stages, one an exchange into this one */
    uint32_t producer_count;
    Task *tasks;
    uint32_t done;
    uint32_t unkept;   /* done, but nobody holds the outputs (any more) */
    uint32_t pending;  /* tasks in state TASK_PENDING */
    TaskQueue *queues; /* leaf, by node index; [0]: no worker is there */
    size_t queue_count;
    uint32_t cursor; /* node whose turn it is */
    Taker *takers;
    size_t taker_count;
    size_t taker_capacity;
    int64_t run_time; /* sum over the attempts that were done */
    uint32_t run_count;
} Stage;

typedef struct Delayed {
    uint32_t stage;
    uint32_t task;
    int64_t until;
} Delayed;

typedef struct SchedulerQuery {
    QueryId id;
    StageGraph *graph;
    Incarnation root;
    int64_t deadline;
    uint32_t generation;
    uint32_t routes_version;
    uint32_t generation_version; /* the first version of the generation */
    bool routes_touched;         /* a new version was begun in this step */
    bool dirty;                  /* members are to be told something */
    Stage *stages;
    Map members; /* Incarnation → Member */
    Incarnation *lost;
    size_t lost_count;
    size_t lost_capacity;
    Election *elections;
    size_t election_count;
    size_t election_capacity;
    Delayed *delayed;
    size_t delayed_count;
    size_t delayed_capacity;
    int64_t unavailable_since; /* INT64_MAX: a node is there for every pending task */
    int64_t backup_check;
    uint32_t attempts;
    uint32_t retries;
    uint32_t restarts;
    uint32_t workers;
    uint32_t reducers;
} SchedulerQuery;

typedef struct Ended {
    QueryId id;
    Error error;
    int64_t until;
    QueryProgress progress;
} Ended;

typedef struct PendingAction {
    SchedulerActionKind kind;
    QueryId query;
    Incarnation node;
    uint32_t generation;
    uint32_t routes_version;
    uint32_t election_first;
    TaskRef task;
} PendingAction;

struct Scheduler {
    SchedulerConfig config;
    Map nodes;   /* Incarnation → SchedulerNode */
    Map queries; /* QueryId → SchedulerQuery */
    Map ended;   /* QueryId → Ended */
    FIFO(QueryId) ended_order;
    uint32_t *free_indexes;
    size_t free_count;
    size_t free_capacity;
    uint32_t index_count;
    size_t turn;
    FIFO(PendingAction) actions;
    FIFO(PendingAction) deferred; /* tasks and cancels: after the plans and routes that they rely on */
    Route *routes;                /* scratch of the ROUTES action */
    size_t route_count;
    size_t route_capacity;
};

/* scheduler_query.c */
SchedulerQuery *query_find(const Scheduler *scheduler, QueryId id);
SchedulerQuery *query_new(Scheduler *scheduler, int64_t now, QueryId id, const StageGraph *graph,
                          SchedulerNode *root, int64_t deadline);
void query_destroy(SchedulerQuery *query);
void query_end(Scheduler *scheduler, int64_t now, SchedulerQuery *query, QueryState state,
               const Error *error);
/* Start over in a new generation; ends the query where it did so too often. False: it is gone. */
bool query_restart(Scheduler *scheduler, int64_t now, SchedulerQuery *query);
Member *query_member(SchedulerQuery *query, SchedulerNode *node);
void query_lose_member(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Member *member);
/* The routes are about to change: the version that the change will have. */
uint32_t query_touch_routes(SchedulerQuery *query);
void query_tell_members(Scheduler *scheduler, int64_t now, SchedulerQuery *query);
void query_collect_routes(Scheduler *scheduler, const SchedulerQuery *query);
void query_progress(const SchedulerQuery *query, QueryProgress *progress);

/* scheduler_place.c */
SchedulerNode *node_find(const Scheduler *scheduler, Incarnation incarnation);
bool node_may_run(const SchedulerNode *node, StageKind kind);
/* Put a pending leaf task into the queue of the worker it has an affinity to. */
void place_leaf(Scheduler *scheduler, SchedulerQuery *query, Stage *stage, uint32_t task);
/* Place and send the pending tasks of a reduce stage. */
void place_reduce(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Stage *stage);
/* A worker is gone, or takes nothing new, or came: its queued tasks go elsewhere. */
void place_again(Scheduler *scheduler, SchedulerQuery *query, uint32_t index);
uint32_t queue_take(Stage *stage, uint32_t index);

/* scheduler_dispatch.c */
void dispatch_all(Scheduler *scheduler, int64_t now);
void dispatch_backups(Scheduler *scheduler, int64_t now, SchedulerQuery *query);
void dispatch_send(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Stage *stage, uint32_t task,
                   SchedulerNode *node);
/* Take an attempt out of all lists. */
void attempt_remove(Attempt *attempt);
Attempt *attempt_find(const Task *task, uint32_t number);
bool task_is_kept(const Task *task); /* a live process holds the outputs that count */
/* An attempt is gone for good: the task runs again if it must, after a pause where `failed`. */
void attempt_lost(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Attempt *attempt, bool failed);
void attempt_cancel(Scheduler *scheduler, SchedulerQuery *query, Attempt *attempt);
void attempt_done(Scheduler *scheduler, int64_t now, SchedulerQuery *query, Attempt *attempt);
/* The outputs of a done task are needed again and nobody holds them. */
void task_again(Scheduler *scheduler, SchedulerQuery *query, Stage *stage, uint32_t task);
void task_pending(Scheduler *scheduler, SchedulerQuery *query, Stage *stage, uint32_t task);
void dispatch_delayed(Scheduler *scheduler, int64_t now, SchedulerQuery *query);
uint32_t task_number(const Stage *stage, const Task *task);

/* scheduler.c */
PendingAction *scheduler_push(Scheduler *scheduler, SchedulerActionKind kind, QueryId query,
                              Incarnation node);
PendingAction *scheduler_defer(Scheduler *scheduler, SchedulerActionKind kind, QueryId query,
                               Incarnation node);
/* The end of every event: place, dispatch, tell. */
void scheduler_settle(Scheduler *scheduler, int64_t now);

#endif
