/* tests/simulation/world.h: a simulated cluster: processes with the real state machines, a network between
 * them, a clock. Everything that happens follows from the seed. */
#ifndef RUNNEL_TESTS_SIMULATION_WORLD_H
#define RUNNEL_TESTS_SIMULATION_WORLD_H

#include "base/map.h"
#include "base/random.h"
#include "flow/attempts.h"
#include "flow/consumer.h"
#include "flow/membership.h"
#include "flow/producer.h"
#include "flow/scheduler.h"

#define MS INT64_C(1000)

#define PROCESSES_MAX 12
#define QUERIES_MAX   4
#define COORDINATOR   0
#define FRONT         1
#define NAMES_MAX     32

/* Bytes, seen from here: the tokens in them. */
typedef struct Payload {
    uint64_t handle;
    uint32_t count;
    uint64_t tokens[];
} Payload;

typedef enum MessageKind {
    MSG_HELLO,
    MSG_WELCOME,
    MSG_REFUSE,
    MSG_REJOIN,
    MSG_PROBE,
    MSG_PROBED,
    MSG_HEARTBEAT,
    MSG_PLAN,
    MSG_ROUTES,
    MSG_ELECTIONS,
    MSG_TASK,
    MSG_CANCEL_TASK,
    MSG_RELEASE,
    MSG_DRAINED,
    MSG_ENDED,
    MSG_SUBMIT,
    MSG_TASK_DONE,
    MSG_TASK_FAILED,
    MSG_COMPLETE,
    MSG_FAILED,
    MSG_RECORD,
    MSG_SYNC,
    MSG_GRANT
} MessageKind;

typedef struct Message {
    MessageKind kind;
    int from;
    int to;
    Incarnation sender;
    Incarnation receiver; /* none: whoever is there (HELLO, SUBMIT and answers to strangers) */
    uint64_t link_epoch;  /* of the connection */
    uint64_t epoch;       /* of the coordinator */
    QueryId query;
    uint32_t generation;
    uint32_t version; /* TASK: routes, ELECTIONS: first */
    TaskRef task;
    Status status;
    QueryState state;
    uint64_t nonce;
    NodeInfo info;
    Routes routes;
    Route *entries;
    Incarnation *lost;
    Election *elections;
    size_t election_count;
    QueryReport *reports;
    size_t report_count;
    Record record;
    Payload *payload;
    Sync sync;
    Grant grant;
} Message;

typedef enum EventKind {
    EVENT_MESSAGE,
    EVENT_TASK_STEP,
    EVENT_HEARTBEAT,
    EVENT_TICK,
    EVENT_FAULT,
    EVENT_SUBMIT,
    EVENT_CANCEL,
    EVENT_DELIVERED,
    EVENT_WRITABLE,
    EVENT_RESTART,
    EVENT_HELLO,
    EVENT_COMMIT
} EventKind;

typedef struct Event {
    int64_t at;
    uint64_t order;
    EventKind kind;
    int process;
    Incarnation incarnation; /* the event is void where the process is another by then */
    Message *message;
    QueryId query;
    uint32_t generation;
    TaskRef task;
    uint64_t cost;
    uint64_t handle;
    int peer;
} Event;

/* A running attempt of a simulated task. */
typedef struct Job {
    QueryId query;
    uint32_t generation;
    TaskRef task;
    bool stopped;
    uint32_t steps_left;
    uint64_t *tokens; /* to be written */
    size_t count;
    size_t next;
} Job;

typedef struct Process {
    int index;
    bool alive;
    bool welcome;
    uint64_t epoch; /* 0: not welcomed yet */
    uint32_t roles;
    uint32_t slots;
    Incarnation incarnation;
    Attempts *attempts;
    Producer *producer;
    Consumer *consumer;
    Membership *membership; /* the coordinator's */
    Scheduler *scheduler;
    Map statements; /* the coordinator's: QueryId → Statement */
    Map payloads;   /* handle → Payload */
    Job *jobs;
    size_t job_count;
    size_t job_capacity;
    int64_t tick_at;
    int slowness; /* its tasks take so many times as long */
} Process;

/* What the coordinator knows of a statement, until it dies. */
typedef struct Statement {
    Incarnation front;
    bool front_lost;
    bool ended;
    QueryState state;
    Status status;
} Statement;

/* A query as its client, its front and the catalog see it. */
typedef struct SimulatedQuery {
    QueryId id;               /* as submitted now */
    QueryId names[NAMES_MAX]; /* it has had: a front that was taken for lost submits it anew */
    int name_count;
    StageGraph *graph;
    bool submitted; /* its plan is known to the front's machine */
    bool ended;     /* the client was told */
    QueryState state;
    Status status;
    bool cancel;
    bool poisoned; /* a task fails with an error */
    uint32_t poison_stage;
    uint32_t poison_task;
    bool abandoned; /* its front died */
    bool held;      /* the client can forget the rows that it has */
    bool all_given; /* the front has the whole result */
    bool write;
    uint32_t commits;  /* durable */
    QueryId committed; /* under this name */
    uint64_t *delivered;
    size_t delivered_count;
    size_t delivered_capacity;
} SimulatedQuery;

typedef struct Link {
    uint64_t epoch;    /* incremented when the connection is lost */
    int64_t last;      /* nothing arrives before: in order */
    int64_t cut_until; /* nothing arrives at all before */
} Link;

typedef struct World {
    uint64_t seed;
    Random random;
    bool trace;
    int64_t now;
    uint64_t order;
    Event *heap;
    size_t heap_count;
    size_t heap_capacity;
    Process processes[PROCESSES_MAX];
    int process_count;
    Link links[PROCESSES_MAX][PROCESSES_MAX][2]; /* control and data */
    SimulatedQuery queries[QUERIES_MAX];
    int query_count;
    uint64_t next_handle;
    uint64_t epoch; /* durable */
    uint64_t taken_back;
    uint64_t found_done;
    int64_t faults_until;
    unsigned loss; /* per mille of control messages; of data connections cut a message */
    unsigned duplication;
    unsigned refusal;
    bool failed;
    char failure[256];
    uint64_t events;
    uint64_t restarts; /* generations beyond the first, for the summary */
    uint64_t retries;
} World;

uint64_t pick(World *world, uint64_t bound); /* uniform below the bound */
bool chance(World *world, unsigned per_mille);
void fail(World *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void note(const World *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

Event *world_push(World *world, int64_t at, EventKind kind, int process);
bool world_pop(World *world, Event *event);

/* Send to a process; the message is the network's from here on. */
Message *message_new(World *world, MessageKind kind, const Process *from, int to);
void message_send(World *world, Message *message);
void message_free(Message *message);
void link_cut(World *world, int a, int b, int64_t until);

/* process.c */
void process_start(World *world, int index);
void process_kill(World *world, int index);
void process_on_event(World *world, const Event *event);
void process_pump(World *world, Process *process);
int process_find(const World *world, Incarnation incarnation); /* -1: gone */

/* coordinator.c */
void coordinator_on_message(World *world, Process *self, Message *message);
void coordinator_pump(World *world, Process *self);
void coordinator_commit(World *world, Process *self, QueryId id);
void coordinator_forget(Process *self); /* it dies */

/* front.c: the clients' side of queries */
void front_submit(World *world, Process *self, SimulatedQuery *query);
void front_on_ended(World *world, Process *self, const Message *message);
void front_start_over(World *world, Process *self); /* as another incarnation: the queries live on */

/* task.c: what a task computes, in tokens */
#define TOKENS_PER_TASK 6
uint64_t token_of(uint32_t stage, uint32_t task, uint32_t number);
bool task_begin(World *world, Process *self, Job *job); /* reads the inputs; false: an invariant is broken */
void task_write_some(World *world, Process *self, Job *job, bool all);
SimulatedQuery *query_of(World *world, QueryId id);
uint64_t payload_new(World *world, Process *self, const uint64_t *tokens, uint32_t count);
void payload_free(World *world, Process *self, uint64_t handle);
StageGraph *graph_draw(World *world);
void result_check(World *world, const SimulatedQuery *query);

#endif
