/* The shell of the coordinator: membership feeds the scheduler, both speak to the nodes. */
#include "world.h"

#include "base/memory.h"

#include <stdlib.h>

static Message *
answer(World *world, Process *self, MessageKind kind, Incarnation node)
{
    const int to = process_find(world, node);

    return to < 0 ? NULL : message_new(world, kind, self, to);
}

static void
send_plain(World *world, Process *self, MessageKind kind, Incarnation node, uint64_t nonce)
{
    Message *message = answer(world, self, kind, node);

    if (message == NULL)
        return;
    message->nonce = nonce;
    message_send(world, message);
}

/* --- statements
 * -------------------------------------------------------------------------------------------------------- */

static void
send_ended(World *world, Process *self, QueryId id, const Statement *statement)
{
    Message *message = answer(world, self, MSG_ENDED, statement->front);

    if (message == NULL)
        return;
    message->query = id;
    message->state = statement->front_lost && (statement->state != QUERY_DONE || !query_of(world, id)->write)
                         ? QUERY_UNKNOWN
                         : statement->state;
    message->status = statement->status;
    message_send(world, message);
}

static void
end_statement(World *world, Process *self, QueryId id, QueryState state, Status status)
{
    Statement *statement = map_get(&self->statements, &id);

    if (statement->ended)
        fail(world, "a query ended twice");
    statement->ended = true;
    statement->state = state;
    statement->status = status;
    send_ended(world, self, id, statement);
}

static void
on_ended(World *world, Process *self, const SchedulerAction *action)
{
    SimulatedQuery *query = query_of(world, action->query);
    const Status status = action->error == NULL ? STATUS_OK : action->error->code;
    QueryProgress progress;

    note(world, "coordinator: query %016lx ends: %d %s", (unsigned long)action->query.low, (int)action->state,
         action->error == NULL ? "" : action->error->message);
    scheduler_progress(self->scheduler, action->query, &progress);
    world->restarts += progress.generation - 1;
    world->retries += progress.retries;
    if (action->state == QUERY_DONE)
        result_check(world, query);
    if (action->state == QUERY_DONE && query->write)
        world_push(world, world->now + (int64_t)pick(world, 20 * MS), EVENT_COMMIT, COORDINATOR)->query =
            action->query;
    else
        end_statement(world, self, action->query, action->state, status);
}

void
coordinator_commit(World *world, Process *self, QueryId id)
{
    SimulatedQuery *query = query_of(world, id);

    note(world, "coordinator: query %016lx is committed", (unsigned long)id.low);
    if (++query->commits > 1)
        fail(world, "a write was committed twice");
    query->committed = id;
    if (world->now < world->faults_until && chance(world, 200)) { /* before anyone is told */
        process_kill(world, COORDINATOR);
        world_push(world, world->now + (int64_t)pick(world, 1500 * MS), EVENT_RESTART, COORDINATOR);
        return;
    }
    end_statement(world, self, id, QUERY_DONE, STATUS_OK);
}

static void
lose_front(Process *self, Incarnation front)
{
    for (size_t i = 0; i < self->statements.count; i++) {
        Statement *statement = map_value_at(&self->statements, i);

        if (!statement->ended && incarnation_equal(statement->front, front))
            statement->front_lost = true;
    }
}

void
coordinator_forget(Process *self)
{
    for (size_t i = 0; i < self->statements.count; i++)
        free(map_value_at(&self->statements, i));
    map_destroy(&self->statements);
}

/* A statement that is not known here: the catalog may know it. */
static void
begin_statement(World *world, Process *self, SimulatedQuery *query, const Message *message)
{
    const bool done = query->commits > 0 && query_id_equal(query->committed, message->query);
    Error error = {0};

    if (query->commits > 0 && !done)
        fail(world, "a write that was committed is run again under another name");
    Status status = STATUS_OK;
    if (!done)
        status = scheduler_submit(self->scheduler, world->now, message->query, query->graph, message->sender,
                                  world->now + 200000 * MS, &error);
    if (status == STATUS_UNAVAILABLE)
        return; /* it comes again */
    if (status != STATUS_OK)
        fail(world, "submit: %s", error.message);

    Statement *statement = MEMORY_NEW(Statement);

    statement->front = message->sender;
    map_put(&self->statements, &message->query, statement);
    if (!done)
        return;
    world->found_done++;
    end_statement(world, self, message->query, QUERY_DONE, STATUS_OK);
}

static void
on_submit(World *world, Process *self, const Message *message)
{
    Statement *statement = map_get(&self->statements, &message->query);

    if (statement == NULL) {
        begin_statement(world, self, query_of(world, message->query), message);
        return;
    }
    if (statement->ended && statement->state == QUERY_DONE &&
        !incarnation_equal(statement->front, message->sender))
        statement->front_lost = true;
    statement->front = message->sender;
    if (statement->ended)
        send_ended(world, self, message->query, statement);
}

/* --- the machines
 * ------------------------------------------------------------------------------------------------------ */

static void
on_membership_action(World *world, Process *self, const MembershipAction *action)
{
    const Incarnation node = action->node.incarnation;

    switch (action->kind) {
    case MEMBERSHIP_WELCOME: send_plain(world, self, MSG_WELCOME, node, 0); break;
    case MEMBERSHIP_PROBE: send_plain(world, self, MSG_PROBE, node, action->nonce); break;
    case MEMBERSHIP_REFUSE: send_plain(world, self, MSG_REFUSE, node, 0); break;
    case MEMBERSHIP_REJOIN: send_plain(world, self, MSG_REJOIN, node, 0); break;
    case MEMBERSHIP_READY:
        scheduler_on_node_ready(self->scheduler, world->now, node, action->node.roles, action->node.slots);
        break;
    case MEMBERSHIP_SUSPECT: scheduler_on_node_suspect(self->scheduler, world->now, node); break;
    case MEMBERSHIP_DRAINING: scheduler_on_node_draining(self->scheduler, world->now, node); break;
    case MEMBERSHIP_LOST:
    case MEMBERSHIP_LEFT:
        note(world, "coordinator: process %d is lost", process_find(world, node));
        lose_front(self, node);
        scheduler_on_node_lost(self->scheduler, world->now, node);
        break;
    case MEMBERSHIP_DRAINED:
    case MEMBERSHIP_FORGOTTEN: break;
    }
}

static void
fill_message(Message *message, const SchedulerAction *action)
{
    message->query = action->query;
    message->generation = action->generation;
    message->task = action->task;
    message->version = action->routes_version;
    message->state = action->state;
    if (action->kind == SCHEDULER_SEND_ROUTES) {
        message->routes = action->routes;
        message->entries = memory_copy(action->routes.entries, action->routes.count, sizeof(Route));
        message->lost = memory_copy(action->routes.lost, action->routes.lost_count, sizeof(Incarnation));
        message->routes.entries = message->entries;
        message->routes.lost = message->lost;
    }
    if (action->kind == SCHEDULER_SEND_ELECTIONS) {
        message->version = action->election_first;
        message->election_count = action->election_count;
        message->elections = memory_copy(action->elections, action->election_count, sizeof(Election));
    }
}

static void
on_scheduler_action(World *world, Process *self, const SchedulerAction *action)
{
    static const MessageKind kinds[] = {
        [SCHEDULER_SEND_PLAN] = MSG_PLAN,           [SCHEDULER_SEND_ROUTES] = MSG_ROUTES,
        [SCHEDULER_SEND_ELECTIONS] = MSG_ELECTIONS, [SCHEDULER_SEND_TASK] = MSG_TASK,
        [SCHEDULER_SEND_CANCEL] = MSG_CANCEL_TASK,  [SCHEDULER_SEND_RELEASE] = MSG_RELEASE};

    if (action->kind == SCHEDULER_QUERY_ENDED) {
        on_ended(world, self, action);
        return;
    }
    if (action->kind == SCHEDULER_NODE_IDLE) {
        membership_on_idle(self->membership, world->now, action->node);
        return;
    }

    Message *message = answer(world, self, kinds[action->kind], action->node);

    if (message == NULL)
        return;
    fill_message(message, action);
    message_send(world, message);
}

void
coordinator_pump(World *world, Process *self)
{
    MembershipAction membership;
    SchedulerAction scheduler;
    int64_t deadline = INT64_MAX;

    for (bool any = true; any && !world->failed;) {
        any = false;
        while (membership_next_action(self->membership, &membership)) {
            on_membership_action(world, self, &membership);
            any = true;
        }
        while (!world->failed && scheduler_next_action(self->scheduler, world->now, &scheduler)) {
            on_scheduler_action(world, self, &scheduler);
            any = true;
        }
    }
    deadline = membership_next_deadline(self->membership);
    if (scheduler_next_deadline(self->scheduler) < deadline)
        deadline = scheduler_next_deadline(self->scheduler);
    if (deadline >= self->tick_at || deadline == INT64_MAX)
        return;
    self->tick_at = deadline < world->now ? world->now : deadline;
    world_push(world, self->tick_at, EVENT_TICK, COORDINATOR);
}

/* Messages of members; everything from others is answered by REJOIN. */
static void
on_member_message(World *world, Process *self, Message *message)
{
    Scheduler *scheduler = self->scheduler;
    const Report report = {message->reports, message->report_count};
    Error error = {0};

    error_set(&error, message->status, "simulated");
    switch (message->kind) {
    case MSG_HEARTBEAT: scheduler_on_report(scheduler, world->now, message->sender, &report); break;
    case MSG_SUBMIT: on_submit(world, self, message); break;
    case MSG_TASK_DONE:
        scheduler_on_task_done(scheduler, world->now, message->sender, message->query, message->generation,
                               message->task);
        break;
    case MSG_TASK_FAILED:
        scheduler_on_task_failed(scheduler, world->now, message->sender, message->query, message->generation,
                                 message->task, &error);
        break;
    case MSG_COMPLETE:
        scheduler_on_root_complete(scheduler, world->now, message->query, message->generation);
        break;
    case MSG_FAILED: scheduler_on_root_failed(scheduler, world->now, message->query, &error); break;
    default: break;
    }
}

void
coordinator_on_message(World *world, Process *self, Message *message)
{
    if (message->kind == MSG_HELLO) {
        membership_on_hello(self->membership, world->now, &message->info);
        return;
    }
    if (message->kind == MSG_PROBED) {
        membership_on_probed(self->membership, world->now, message->sender, message->nonce);
        return;
    }
    if (!membership_on_heartbeat(self->membership, world->now, message->sender, message->epoch))
        return;
    on_member_message(world, self, message);
}
