#include "flow/attempts.h"

#include "base/bits.h"
#include "base/fifo.h"
#include "base/map.h"
#include "flow/tombstones.h"

#include <stdlib.h>

typedef struct Attempt {
    TaskRef ref;
    AttemptState state;
    uint32_t awaited;       /* inputs that are not complete */
    struct Attempt *before; /* neighbours in the query's queue for slots */
    struct Attempt *after;
} Attempt;

typedef struct Query {
    QueryId id;
    StageGraph *graph;
    uint32_t generation;
    uint32_t routes_version;
    Map attempts;      /* TaskRef → Attempt */
    uint64_t **inputs; /* an exchange each: bitmap of complete partitions; allocated on first use */
    uint32_t *
        *ended; /* a stage each: by task, 1 + the last attempt that has ended here; allocated on first use */
    Attempt *first; /* queue for slots */
    Attempt *last;
} Query;

/* An attempt that holds a slot, wanted or not. The query may be gone. */
typedef struct Running {
    QueryId query;
    uint32_t generation;
    TaskRef ref;
    bool wanted;
} Running;

struct Attempts {
    uint32_t slots;
    Map queries; /* QueryId → Query */
    Tombstones tombstones;
    Running *running;
    size_t running_count;
    size_t running_capacity;
    size_t turn; /* the query whose turn it is to get a slot */
    HeldAttempt *held;
    size_t held_capacity;
    FIFO(AttemptsAction) actions;
};

Attempts *
attempts_new(uint32_t slots)
{
    Attempts *attempts = MEMORY_NEW(Attempts);

    attempts->slots = slots;
    map_init(&attempts->queries, sizeof(QueryId));
    tombstones_init(&attempts->tombstones);
    return attempts;
}

static void
clear_inputs(Query *query)
{
    for (uint32_t i = 0; i < query->graph->exchange_count; i++) {
        free(query->inputs[i]);
        query->inputs[i] = NULL;
    }
}

static void
clear_ended(Query *query)
{
    for (uint32_t i = 0; i < query->graph->stage_count; i++) {
        free(query->ended[i]);
        query->ended[i] = NULL;
    }
}

static void
destroy_query(Query *query)
{
    for (size_t i = 0; i < query->attempts.count; i++)
        free(map_value_at(&query->attempts, i));
    map_destroy(&query->attempts);
    clear_inputs(query);
    free(query->inputs);
    clear_ended(query);
    free(query->ended);
    graph_destroy(&query->graph);
    free(query);
}

void
attempts_destroy(Attempts **self)
{
    Attempts *attempts = *self;

    if (attempts == NULL)
        return;
    for (size_t i = 0; i < attempts->queries.count; i++)
        destroy_query(map_value_at(&attempts->queries, i));
    map_destroy(&attempts->queries);
    tombstones_destroy(&attempts->tombstones);
    free(attempts->running);
    free(attempts->held);
    FIFO_DESTROY(attempts->actions);
    free(attempts);
    *self = NULL;
}

static void
push_action(Attempts *attempts, AttemptsActionKind kind, QueryId query, uint32_t generation, TaskRef ref)
{
    *FIFO_PUSH(attempts->actions) = (AttemptsAction){kind, query, generation, ref};
}

static Query *
find_query(const Attempts *attempts, QueryId id)
{
    return map_get(&attempts->queries, &id);
}

static Query *
find_generation(const Attempts *attempts, QueryId id, uint32_t generation)
{
    Query *query = find_query(attempts, id);

    return query != NULL && query->generation == generation ? query : NULL;
}

bool
attempts_on_plan(Attempts *attempts, QueryId id, const StageGraph *graph)
{
    if (find_query(attempts, id) != NULL || tombstones_has(&attempts->tombstones, id))
        return false;

    Query *query = MEMORY_NEW(Query);

    query->id = id;
    query->graph = graph_copy(graph);
    query->inputs = MEMORY_ARRAY(uint64_t *, graph->exchange_count);
    query->ended = MEMORY_ARRAY(uint32_t *, graph->stage_count);
    map_init(&query->attempts, sizeof(TaskRef));
    map_put(&attempts->queries, &query->id, query);
    return true;
}

static void
enqueue(Query *query, Attempt *attempt)
{
    attempt->state = ATTEMPT_QUEUED;
    attempt->before = query->last;
    attempt->after = NULL;
    if (query->last == NULL)
        query->first = attempt;
    else
        query->last->after = attempt;
    query->last = attempt;
}

static void
unqueue(Query *query, Attempt *attempt)
{
    if (attempt->before == NULL)
        query->first = attempt->after;
    else
        attempt->before->after = attempt->after;
    if (attempt->after == NULL)
        query->last = attempt->before;
    else
        attempt->after->before = attempt->before;
}

static bool
is_running(const Attempts *attempts, QueryId query, TaskRef ref)
{
    for (size_t i = 0; i < attempts->running_count; i++) {
        const Running *running = &attempts->running[i];

        if (query_id_equal(running->query, query) && running->ref.stage == ref.stage &&
            running->ref.task == ref.task)
            return true;
    }
    return false;
}

static void
start(Attempts *attempts, Query *query, Attempt *attempt)
{
    unqueue(query, attempt);
    attempt->state = ATTEMPT_RUNNING;
    MEMORY_GROW(attempts->running, attempts->running_count, attempts->running_capacity);
    attempts->running[attempts->running_count++] =
        (Running){query->id, query->generation, attempt->ref, true};
    push_action(attempts, ATTEMPTS_START, query->id, query->generation, attempt->ref);
}

static bool
start_one_of(Attempts *attempts, Query *query)
{
    for (Attempt *attempt = query->first; attempt != NULL; attempt = attempt->after) {
        if (is_running(attempts, query->id, attempt->ref))
            continue;
        start(attempts, query, attempt);
        return true;
    }
    return false;
}

static bool
holds_slot(const Attempts *attempts, QueryId query)
{
    for (size_t i = 0; i < attempts->running_count; i++) {
        if (query_id_equal(attempts->running[i].query, query))
            return true;
    }
    return false;
}

/* Where all slots are taken a query that holds none gets one beyond them: tasks under way take turns, so that
 * what is short does not wait for the end of what is long. */
static void
seat_guests(Attempts *attempts)
{
    for (size_t i = 0; i < attempts->queries.count &&
                       attempts->running_count < (size_t)attempts->slots + ATTEMPTS_GUESTS_MAX;
         i++) {
        Query *query = map_value_at(&attempts->queries, i);

        if (query->first != NULL && !holds_slot(attempts, query->id))
            start_one_of(attempts, query);
    }
}

/* Give free slots away, a task a query in turn. */
static void
fill_slots(Attempts *attempts)
{
    size_t idle = 0;

    while (attempts->running_count < attempts->slots && idle < attempts->queries.count) {
        Query *query = map_value_at(&attempts->queries, attempts->turn++ % attempts->queries.count);

        idle = start_one_of(attempts, query) ? 0 : idle + 1;
    }
    seat_guests(attempts);
}

static Running *
find_running(const Attempts *attempts, QueryId query, uint32_t generation, TaskRef ref)
{
    for (size_t i = 0; i < attempts->running_count; i++) {
        Running *running = &attempts->running[i];

        if (query_id_equal(running->query, query) && running->generation == generation &&
            task_ref_equal(running->ref, ref))
            return running;
    }
    return NULL;
}

/* A TASK that comes again after its attempt has ended is old news: run again, it would take the inputs of the
 * attempt that follows. */
static bool
has_ended(const Query *query, TaskRef ref)
{
    return query->ended[ref.stage] != NULL && query->ended[ref.stage][ref.task] > ref.attempt;
}

static void
remove_attempt(Query *query, Attempt *attempt)
{
    const TaskRef ref = attempt->ref;
    uint32_t **ended = &query->ended[ref.stage];

    if (*ended == NULL)
        *ended = MEMORY_ARRAY(uint32_t, query->graph->stages[ref.stage].task_count);
    if ((*ended)[ref.task] <= ref.attempt)
        (*ended)[ref.task] = ref.attempt + 1;
    map_remove(&query->attempts, &ref);
    free(attempt);
}

/* Take an attempt out. A running one keeps its slot until it has stopped, and is dropped then. */
static void
drop(Attempts *attempts, Query *query, Attempt *attempt)
{
    if (attempt->state == ATTEMPT_QUEUED)
        unqueue(query, attempt);
    if (attempt->state == ATTEMPT_RUNNING) {
        find_running(attempts, query->id, query->generation, attempt->ref)->wanted = false;
        push_action(attempts, ATTEMPTS_STOP, query->id, query->generation, attempt->ref);
    }
    if (attempt->state == ATTEMPT_DONE)
        push_action(attempts, ATTEMPTS_DROP, query->id, query->generation, attempt->ref);
    remove_attempt(query, attempt);
}

static void
drop_all(Attempts *attempts, Query *query)
{
    for (size_t i = query->attempts.count; i-- > 0;)
        drop(attempts, query, map_value_at(&query->attempts, i));
}

void
attempts_on_routes(Attempts *attempts, QueryId id, uint32_t generation, uint32_t version)
{
    Query *query = find_query(attempts, id);

    if (query == NULL || generation < query->generation)
        return;
    if (generation > query->generation) {
        drop_all(attempts, query);
        clear_inputs(query);
        clear_ended(query);
        query->generation = generation;
        query->routes_version = 0;
    }
    if (version > query->routes_version)
        query->routes_version = version;
    fill_slots(attempts);
}

static uint32_t
input_partition(const ExchangeSpec *exchange, uint32_t task)
{
    return exchange->kind == EXCHANGE_BROADCAST ? 0 : task;
}

static bool
input_is_complete(const Query *query, uint32_t exchange, uint32_t partition)
{
    return query->inputs[exchange] != NULL && bits_get(query->inputs[exchange], partition);
}

static uint32_t
count_awaited(const Query *query, TaskRef ref)
{
    uint32_t awaited = 0;

    for (uint32_t i = 0; i < query->graph->exchange_count; i++) {
        const ExchangeSpec *exchange = &query->graph->exchanges[i];

        if (exchange->consumer == ref.stage &&
            !input_is_complete(query, i, input_partition(exchange, ref.task)))
            awaited++;
    }
    return awaited;
}

bool
attempts_on_task(Attempts *attempts, QueryId id, uint32_t generation, uint32_t routes_version, TaskRef ref)
{
    Query *query = find_generation(attempts, id, generation);

    if (query == NULL || query->routes_version < routes_version)
        return false;
    if (ref.stage >= query->graph->stage_count || ref.task >= query->graph->stages[ref.stage].task_count)
        return false;
    if (map_get(&query->attempts, &ref) != NULL || has_ended(query, ref))
        return true;

    Attempt *attempt = MEMORY_NEW(Attempt);

    attempt->ref = ref;
    attempt->state = ATTEMPT_WAITING;
    attempt->awaited = count_awaited(query, ref);
    map_put(&query->attempts, &attempt->ref, attempt);
    if (attempt->awaited == 0)
        enqueue(query, attempt);
    fill_slots(attempts);
    return true;
}

void
attempts_on_cancel(Attempts *attempts, QueryId id, uint32_t generation, TaskRef ref)
{
    Query *query = find_generation(attempts, id, generation);
    Attempt *attempt = query == NULL ? NULL : map_get(&query->attempts, &ref);

    if (attempt == NULL)
        return;
    drop(attempts, query, attempt);
    fill_slots(attempts);
}

/* Recount what an attempt that has not started waits for. */
static void
refresh(Query *query, Attempt *attempt)
{
    if (attempt->state != ATTEMPT_WAITING && attempt->state != ATTEMPT_QUEUED)
        return;
    attempt->awaited = count_awaited(query, attempt->ref);
    if (attempt->state == ATTEMPT_WAITING && attempt->awaited == 0) {
        enqueue(query, attempt);
    } else if (attempt->state == ATTEMPT_QUEUED && attempt->awaited > 0) {
        unqueue(query, attempt);
        attempt->state = ATTEMPT_WAITING;
    }
}

static void
set_input(Query *query, uint32_t exchange, uint32_t partition, bool complete)
{
    const ExchangeSpec *spec = &query->graph->exchanges[exchange];

    if (query->inputs[exchange] == NULL)
        query->inputs[exchange] = MEMORY_ARRAY(uint64_t, bits_words(spec->partition_count));
    bits_put(query->inputs[exchange], partition, complete);
    for (size_t i = 0; i < query->attempts.count; i++) {
        Attempt *attempt = map_value_at(&query->attempts, i);

        if (attempt->ref.stage == spec->consumer && input_partition(spec, attempt->ref.task) == partition)
            refresh(query, attempt);
    }
}

void
attempts_on_input(Attempts *attempts, QueryId id, uint32_t generation, uint32_t exchange, uint32_t partition,
                  bool complete)
{
    Query *query = find_generation(attempts, id, generation);

    if (query == NULL || exchange >= query->graph->exchange_count ||
        partition >= query->graph->exchanges[exchange].partition_count)
        return;
    set_input(query, exchange, partition, complete);
    fill_slots(attempts);
}

/* The task is done, so its partition of every partitioned input will be closed. */
static void
consume_inputs(Query *query, TaskRef ref)
{
    for (uint32_t i = 0; i < query->graph->exchange_count; i++) {
        const ExchangeSpec *exchange = &query->graph->exchanges[i];

        if (exchange->consumer == ref.stage && exchange->kind != EXCHANGE_BROADCAST)
            set_input(query, i, ref.task, false);
    }
}

static void
finish(Attempts *attempts, Query *query, TaskRef ref, bool done)
{
    Attempt *attempt = map_get(&query->attempts, &ref);

    attempt->state = ATTEMPT_DONE;
    if (done)
        consume_inputs(query, ref);
    else
        drop(attempts, query, attempt);
}

bool
attempts_on_finished(Attempts *attempts, QueryId id, uint32_t generation, TaskRef ref, bool done)
{
    Running *running = find_running(attempts, id, generation, ref);

    if (running == NULL)
        return false;

    const bool wanted = running->wanted;

    *running = attempts->running[--attempts->running_count];
    if (wanted)
        finish(attempts, find_generation(attempts, id, generation), ref, done);
    else
        push_action(attempts, ATTEMPTS_DROP, id, generation, ref);
    fill_slots(attempts);
    return wanted;
}

void
attempts_on_evicted(Attempts *attempts, QueryId id, uint32_t generation, TaskRef ref)
{
    Query *query = find_generation(attempts, id, generation);
    Attempt *attempt = query == NULL ? NULL : map_get(&query->attempts, &ref);

    if (attempt != NULL && attempt->state == ATTEMPT_DONE)
        remove_attempt(query, attempt);
}

void
attempts_on_release(Attempts *attempts, QueryId id)
{
    Query *query = find_query(attempts, id);

    tombstones_add(&attempts->tombstones, id);
    if (query == NULL)
        return;
    drop_all(attempts, query);
    map_remove(&attempts->queries, &id);
    destroy_query(query);
    fill_slots(attempts);
}

bool
attempts_next_action(Attempts *attempts, AttemptsAction *action)
{
    const AttemptsAction *next = FIFO_POP(attempts->actions);

    if (next == NULL)
        return false;
    *action = *next;
    return true;
}

size_t
attempts_query_count(const Attempts *attempts)
{
    return attempts->queries.count;
}

void
attempts_query_at(Attempts *attempts, size_t index, QueryId *id, uint32_t *generation,
                  const HeldAttempt **held, size_t *held_count)
{
    const Query *query = map_value_at(&attempts->queries, index);
    const size_t count = query->attempts.count;

    if (count > attempts->held_capacity) {
        attempts->held = memory_resize(attempts->held, count, sizeof(*attempts->held));
        attempts->held_capacity = count;
    }
    for (size_t i = 0; i < count; i++) {
        const Attempt *attempt = map_value_at(&query->attempts, i);

        attempts->held[i] = (HeldAttempt){attempt->ref, attempt->state};
    }
    *id = query->id;
    *generation = query->generation;
    *held = attempts->held;
    *held_count = count;
}

uint32_t
attempts_busy(const Attempts *attempts)
{
    return (uint32_t)attempts->running_count;
}

const StageGraph *
attempts_graph(const Attempts *attempts, QueryId id)
{
    const Query *query = find_query(attempts, id);

    return query == NULL ? NULL : query->graph;
}
