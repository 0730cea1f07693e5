#include "coordinator/state.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>

static void
send_plan(Coordinator *coordinator, const SchedulerAction *action)
{
    const QuerySession *session = statement_of_run(coordinator, action->query);
    Message message = {.type = MESSAGE_PLAN, .query = action->query};

    if (session == NULL)
        return;
    message.payload = session->encoded.data;
    message.payload_size = session->encoded.size;
    transport_send(coordinator->transport, action->node, &message, NULL);
}

static void
send_routes(Coordinator *coordinator, const SchedulerAction *action)
{
    Message message = {.type = MESSAGE_ROUTES,
                       .query = action->query,
                       .generation = action->routes.generation,
                       .routes = action->routes};
    PeerAddress *addresses = MEMORY_ARRAY(PeerAddress, action->routes.count + 1);
    Map seen;

    map_init(&seen, sizeof(Incarnation));
    for (size_t i = 0; i < action->routes.count; i++) {
        const Incarnation consumer = action->routes.entries[i].consumer;
        const NodeInfo *info = membership_find(coordinator->membership, consumer, NULL);
        if (info == NULL || map_get(&seen, &consumer) != NULL)
            continue;
        map_put(&seen, &consumer, addresses);
        addresses[message.address_count++] = (PeerAddress){consumer, info->endpoint};
    }
    message.addresses = addresses;
    transport_send(coordinator->transport, action->node, &message, NULL);
    map_destroy(&seen);
    free(addresses);
}

static void
send_of_task(Coordinator *coordinator, MessageType type, const SchedulerAction *action)
{
    Message message = {.type = type,
                       .query = action->query,
                       .generation = action->generation,
                       .task = action->task,
                       .status = action->routes_version,
                       .elections = action->elections,
                       .election_first = action->election_first,
                       .election_count = action->election_count};

    transport_send(coordinator->transport, action->node, &message, NULL);
}

static void
drain_scheduler(Coordinator *coordinator, int64_t now)
{
    SchedulerAction action;

    while (scheduler_next_action(coordinator->scheduler, now, &action)) {
        switch (action.kind) {
        case SCHEDULER_SEND_PLAN: send_plan(coordinator, &action); break;
        case SCHEDULER_SEND_ROUTES: send_routes(coordinator, &action); break;
        case SCHEDULER_SEND_ELECTIONS: send_of_task(coordinator, MESSAGE_ELECTIONS, &action); break;
        case SCHEDULER_SEND_TASK: send_of_task(coordinator, MESSAGE_TASK, &action); break;
        case SCHEDULER_SEND_CANCEL: send_of_task(coordinator, MESSAGE_CANCEL_TASK, &action); break;
        case SCHEDULER_SEND_RELEASE: send_of_task(coordinator, MESSAGE_RELEASE, &action); break;
        case SCHEDULER_QUERY_ENDED: statement_ended(coordinator, &action); break;
        case SCHEDULER_NODE_IDLE: membership_on_idle(coordinator->membership, now, action.node); break;
        }
    }
}

static void
refuse(Coordinator *coordinator, const MembershipAction *action)
{
    Message message = {.type = MESSAGE_REFUSE, .number = action->reason};

    switch (action->reason) {
    case REFUSE_PROTOCOL:
        error_set(&message.error, STATUS_PROTOCOL, "the coordinator speaks another version of the protocol");
        error_hint(&message.error, "run the same version of runnel everywhere");
        break;
    case REFUSE_UNREACHABLE:
        error_set(&message.error, STATUS_CONNECTION, "the coordinator cannot reach this node at %s",
                  action->node.endpoint);
        error_hint(&message.error, "set --advertise to an endpoint that the coordinator can connect to");
        break;
    default: error_set(&message.error, STATUS_PROTOCOL, "the node's description is not valid"); break;
    }
    transport_reply(coordinator->transport, action->node.incarnation, &message);
}

/* A front that is gone takes its queries with it. */
static void
cancel_queries_of(Coordinator *coordinator, Incarnation front, int64_t now)
{
    for (size_t i = 0; i < coordinator->sessions.count; i++) {
        QuerySession *session = map_value_at(&coordinator->sessions, i);
        if (session->state == SESSION_ENDED || !incarnation_equal(session->front, front))
            continue;
        session->cancelled = true;
        session->front_lost = true;
        if (session->state == SESSION_RUNNING)
            scheduler_cancel(coordinator->scheduler, now, session->run, STATUS_CANCELLED,
                             "the client has gone");
    }
}

static void
count_ready(Coordinator *coordinator)
{
    uint32_t workers = 0;
    uint32_t reducers = 0;

    for (size_t i = 0; i < membership_count(coordinator->membership); i++) {
        NodeState state;
        const NodeInfo *info = membership_at(coordinator->membership, i, &state, NULL);
        workers += state == NODE_READY && (info->roles & NODE_WORKER) != 0;
        reducers += state == NODE_READY && (info->roles & NODE_REDUCER) != 0;
    }
    pthread_mutex_lock(&coordinator->lock);
    coordinator->ready_workers = workers;
    coordinator->ready_reducers = reducers;
    pthread_cond_broadcast(&coordinator->changed);
    pthread_mutex_unlock(&coordinator->lock);
}

static void
on_membership_action(Coordinator *coordinator, const MembershipAction *action, int64_t now)
{
    const Incarnation node = action->node.incarnation;
    Message message = {.type = MESSAGE_WELCOME};

    switch (action->kind) {
    case MEMBERSHIP_WELCOME:
        message.number = 100000;
        transport_reply(coordinator->transport, node, &message);
        break;
    case MEMBERSHIP_PROBE:
        message.type = MESSAGE_PROBE;
        message.number = action->nonce;
        transport_set_peer(coordinator->transport, node, action->node.endpoint);
        transport_send(coordinator->transport, node, &message, NULL);
        break;
    case MEMBERSHIP_REFUSE:
        refuse(coordinator, action);
        cancel_queries_of(coordinator, node, now);
        break;
    case MEMBERSHIP_REJOIN:
        message.type = MESSAGE_REJOIN;
        transport_reply(coordinator->transport, node, &message);
        break;
    case MEMBERSHIP_READY:
        scheduler_on_node_ready(coordinator->scheduler, now, node, action->node.roles, action->node.slots);
        count_ready(coordinator);
        coordinator->last_ready = now;
        break;
    case MEMBERSHIP_SUSPECT: scheduler_on_node_suspect(coordinator->scheduler, now, node); break;
    case MEMBERSHIP_DRAINING: scheduler_on_node_draining(coordinator->scheduler, now, node); break;
    case MEMBERSHIP_LOST:
    case MEMBERSHIP_LEFT:
        log_line(LOG_INFO, "coordinator", "%s %s", action->node.name,
                 action->kind == MEMBERSHIP_LOST ? "is lost" : "has left");
        scheduler_on_node_lost(coordinator->scheduler, now, node);
        cancel_queries_of(coordinator, node, now);
        transport_drop_peer(coordinator->transport, node);
        metrics_forget(&coordinator->metrics, node);
        count_ready(coordinator);
        break;
    case MEMBERSHIP_DRAINED:
        message.type = MESSAGE_DRAINED;
        transport_reply(coordinator->transport, node, &message);
        break;
    case MEMBERSHIP_FORGOTTEN: break;
    }
}

void
nodes_settle(Coordinator *coordinator, int64_t now)
{
    MembershipAction action;

    while (membership_next_action(coordinator->membership, &action))
        on_membership_action(coordinator, &action, now);
    drain_scheduler(coordinator, now);
    while (membership_next_action(coordinator->membership, &action)) /* a drained node may go */
        on_membership_action(coordinator, &action, now);
}
