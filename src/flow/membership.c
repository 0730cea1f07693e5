#include "flow/membership.h"

#include "base/fifo.h"
#include "base/hash.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define MILLISECONDS INT64_C(1000)
#define SECONDS      (1000 * MILLISECONDS)

/* Strangers that were told to rejoin lately, so that a flood of their messages is not answered one by one. */
#define STRANGERS_MAX 64

typedef struct Node {
    NodeInfo info;
    NodeState state;
    int64_t last_seen;
    int64_t since; /* entered the state */
    int64_t probed_at;
    uint64_t nonce;
    bool drained; /* DRAINED was sent */
} Node;

typedef struct Stranger {
    Incarnation incarnation;
    int64_t told_at;
} Stranger;

struct Membership {
    MembershipConfig config;
    Map nodes; /* Incarnation → Node */
    Stranger strangers[STRANGERS_MAX];
    size_t next_stranger;
    uint64_t nonces;
    FIFO(MembershipAction) actions;
};

void
membership_config_default(MembershipConfig *config)
{
    *config = (MembershipConfig){.epoch = 1,
                                 .protocol = 1,
                                 .heartbeat_interval = 100 * MILLISECONDS,
                                 .suspect_after = 400 * MILLISECONDS,
                                 .lost_after = 1 * SECONDS,
                                 .probe_interval = 200 * MILLISECONDS,
                                 .probe_timeout = 5 * SECONDS,
                                 .drain_timeout = 60 * SECONDS,
                                 .forget_after = 300 * SECONDS};
}

Membership *
membership_new(const MembershipConfig *config)
{
    Membership *membership = MEMORY_NEW(Membership);

    membership->config = *config;
    map_init(&membership->nodes, sizeof(Incarnation));
    return membership;
}

void
membership_destroy(Membership **self)
{
    Membership *membership = *self;

    if (membership == NULL)
        return;
    for (size_t i = 0; i < membership->nodes.count; i++)
        free(map_value_at(&membership->nodes, i));
    map_destroy(&membership->nodes);
    FIFO_DESTROY(membership->actions);
    free(membership);
    *self = NULL;
}

static MembershipAction *
push_action(Membership *membership, MembershipActionKind kind, const NodeInfo *info)
{
    MembershipAction *action = FIFO_PUSH(membership->actions);

    *action = (MembershipAction){.kind = kind, .node = *info};
    return action;
}

static void
refuse(Membership *membership, const NodeInfo *info, RefuseReason reason)
{
    push_action(membership, MEMBERSHIP_REFUSE, info)->reason = reason;
}

static Node *
find_node(const Membership *membership, Incarnation incarnation)
{
    return map_get(&membership->nodes, &incarnation);
}

static void
forget_node(Membership *membership, Node *node)
{
    map_remove(&membership->nodes, &node->info.incarnation);
    free(node);
}

static void
enter(Node *node, int64_t now, NodeState state)
{
    node->state = state;
    node->since = now;
}

static bool
is_serving(const Node *node)
{
    return node->state == NODE_READY || node->state == NODE_SUSPECT || node->state == NODE_DRAINING;
}

/* Silence, or a successor at the same endpoint. What was never ready is just forgotten. */
static void
lose_node(Membership *membership, int64_t now, Node *node)
{
    if (!is_serving(node)) {
        forget_node(membership, node);
        return;
    }
    enter(node, now, NODE_LOST);
    push_action(membership, MEMBERSHIP_LOST, &node->info);
}

static void
send_probe(Membership *membership, int64_t now, Node *node)
{
    node->probed_at = now;
    push_action(membership, MEMBERSHIP_PROBE, &node->info)->nonce = node->nonce;
}

static bool
is_terminated(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static RefuseReason
judge_hello(const Membership *membership, const NodeInfo *info)
{
    if (info->protocol != membership->config.protocol)
        return REFUSE_PROTOCOL;
    if (incarnation_is_none(info->incarnation) || info->roles == 0 || info->endpoint[0] == '\0')
        return REFUSE_INVALID;
    if (!is_terminated(info->endpoint, sizeof(info->endpoint)) ||
        !is_terminated(info->name, sizeof(info->name)))
        return REFUSE_INVALID;
    return REFUSE_NONE;
}

/* A process that came back at the address of an old one proves that the old one is gone. */
static void
replace_predecessor(Membership *membership, int64_t now, const NodeInfo *info)
{
    for (size_t i = membership->nodes.count; i-- > 0;) {
        Node *node = map_value_at(&membership->nodes, i);

        if (node->state != NODE_LOST && strcmp(node->info.endpoint, info->endpoint) == 0)
            lose_node(membership, now, node);
    }
}

/* The same node, by address or by name, is back: what was lost is not missing any more. */
static void
forget_predecessors(Membership *membership, const NodeInfo *info)
{
    for (size_t i = membership->nodes.count; i-- > 0;) {
        Node *node = map_value_at(&membership->nodes, i);
        const bool same_name = info->name[0] != '\0' && node->info.roles == info->roles &&
                               strcmp(node->info.name, info->name) == 0;

        if (node->state != NODE_LOST || (!same_name && strcmp(node->info.endpoint, info->endpoint) != 0))
            continue;
        push_action(membership, MEMBERSHIP_FORGOTTEN, &node->info);
        forget_node(membership, node);
    }
}

static void
admit(Membership *membership, int64_t now, const NodeInfo *info)
{
    Node *node = MEMORY_NEW(Node);

    replace_predecessor(membership, now, info);
    node->info = *info;
    node->last_seen = now;
    node->nonce = hash_u64(info->incarnation.low ^ hash_u64(++membership->nonces + membership->config.epoch));
    enter(node, now, NODE_PROBING);
    map_put(&membership->nodes, &node->info.incarnation, node);
    push_action(membership, MEMBERSHIP_WELCOME, info);
    send_probe(membership, now, node);
}

static void
tell_rejoin(Membership *membership, int64_t now, Incarnation incarnation)
{
    const NodeInfo info = {.incarnation = incarnation};

    for (size_t i = 0; i < STRANGERS_MAX; i++) {
        Stranger *stranger = &membership->strangers[i];

        if (!incarnation_equal(stranger->incarnation, incarnation))
            continue;
        if (now - stranger->told_at < membership->config.probe_interval)
            return;
        stranger->told_at = now;
        push_action(membership, MEMBERSHIP_REJOIN, &info);
        return;
    }
    membership->strangers[membership->next_stranger] = (Stranger){incarnation, now};
    membership->next_stranger = (membership->next_stranger + 1) % STRANGERS_MAX;
    push_action(membership, MEMBERSHIP_REJOIN, &info);
}

void
membership_on_hello(Membership *membership, int64_t now, const NodeInfo *info)
{
    const RefuseReason reason = judge_hello(membership, info);
    Node *node = find_node(membership, info->incarnation);

    if (reason != REFUSE_NONE) {
        refuse(membership, info, reason);
    } else if (node == NULL) {
        admit(membership, now, info);
    } else if (node->state == NODE_LOST) {
        tell_rejoin(membership, now, info->incarnation);
    } else {
        node->last_seen = now;
        push_action(membership, MEMBERSHIP_WELCOME, &node->info);
    }
}

void
membership_on_probed(Membership *membership, int64_t now, Incarnation incarnation, uint64_t nonce)
{
    Node *node = find_node(membership, incarnation);

    if (node == NULL || node->state != NODE_PROBING || node->nonce != nonce)
        return;
    node->last_seen = now;
    enter(node, now, NODE_READY);
    push_action(membership, MEMBERSHIP_READY, &node->info);
    forget_predecessors(membership, &node->info);
}

bool
membership_on_heartbeat(Membership *membership, int64_t now, Incarnation incarnation, uint64_t epoch)
{
    Node *node = find_node(membership, incarnation);

    if (node == NULL || node->state == NODE_LOST || epoch != membership->config.epoch) {
        tell_rejoin(membership, now, incarnation);
        return false;
    }
    node->last_seen = now;
    if (node->state == NODE_SUSPECT) {
        enter(node, now, NODE_READY);
        push_action(membership, MEMBERSHIP_READY, &node->info);
    }
    return true;
}

static void
suspect(Membership *membership, int64_t now, Node *node)
{
    enter(node, now, NODE_SUSPECT);
    push_action(membership, MEMBERSHIP_SUSPECT, &node->info);
}

void
membership_on_disconnected(Membership *membership, int64_t now, Incarnation incarnation)
{
    Node *node = find_node(membership, incarnation);

    if (node != NULL && node->state == NODE_READY)
        suspect(membership, now, node);
}

void
membership_on_bye(Membership *membership, int64_t now, Incarnation incarnation)
{
    Node *node = find_node(membership, incarnation);

    (void)now;
    if (node == NULL)
        return;
    if (is_serving(node))
        push_action(membership, MEMBERSHIP_LEFT, &node->info);
    else if (node->state == NODE_LOST)
        push_action(membership, MEMBERSHIP_FORGOTTEN, &node->info);
    forget_node(membership, node);
}

static void
end_drain(Membership *membership, Node *node)
{
    if (node->drained)
        return;
    node->drained = true;
    push_action(membership, MEMBERSHIP_DRAINED, &node->info);
}

void
membership_on_drain(Membership *membership, int64_t now, Incarnation incarnation)
{
    Node *node = find_node(membership, incarnation);

    if (node == NULL || node->state == NODE_LOST || node->state == NODE_DRAINING)
        return;
    if (node->state == NODE_PROBING) {
        end_drain(membership, node);
        return;
    }
    enter(node, now, NODE_DRAINING);
    push_action(membership, MEMBERSHIP_DRAINING, &node->info);
}

void
membership_on_undrain(Membership *membership, int64_t now, Incarnation incarnation)
{
    Node *node = find_node(membership, incarnation);

    if (node == NULL || node->state != NODE_DRAINING || node->drained)
        return;
    enter(node, now, NODE_READY);
    push_action(membership, MEMBERSHIP_READY, &node->info);
}

void
membership_on_idle(Membership *membership, int64_t now, Incarnation incarnation)
{
    Node *node = find_node(membership, incarnation);

    (void)now;
    if (node != NULL && node->state == NODE_DRAINING)
        end_drain(membership, node);
}

static void
tick_probing(Membership *membership, int64_t now, Node *node)
{
    const MembershipConfig *config = &membership->config;

    if (now - node->since >= config->probe_timeout) {
        refuse(membership, &node->info, REFUSE_UNREACHABLE);
        forget_node(membership, node);
    } else if (now - node->last_seen >= config->lost_after) {
        lose_node(membership, now, node);
    } else if (now - node->probed_at >= config->probe_interval) {
        send_probe(membership, now, node);
    }
}

static void
tick_serving(Membership *membership, int64_t now, Node *node)
{
    const MembershipConfig *config = &membership->config;
    const int64_t silence = now - node->last_seen;

    if (silence >= config->lost_after) {
        lose_node(membership, now, node);
        return;
    }
    if (node->state == NODE_READY && silence >= config->suspect_after)
        suspect(membership, now, node);
    if (node->state == NODE_DRAINING && now - node->since >= config->drain_timeout)
        end_drain(membership, node);
}

void
membership_on_tick(Membership *membership, int64_t now)
{
    for (size_t i = membership->nodes.count; i-- > 0;) {
        Node *node = map_value_at(&membership->nodes, i);

        if (node->state == NODE_PROBING) {
            tick_probing(membership, now, node);
        } else if (node->state != NODE_LOST) {
            tick_serving(membership, now, node);
        } else if (now - node->since >= membership->config.forget_after) {
            push_action(membership, MEMBERSHIP_FORGOTTEN, &node->info);
            forget_node(membership, node);
        }
    }
}

void
membership_on_pause(Membership *membership, int64_t pause)
{
    for (size_t i = 0; i < membership->nodes.count; i++) {
        Node *node = map_value_at(&membership->nodes, i);

        node->last_seen += pause;
        node->since += pause;
    }
}

static int64_t
earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t
node_deadline(const MembershipConfig *config, const Node *node)
{
    int64_t deadline = node->last_seen + config->lost_after;

    switch (node->state) {
    case NODE_PROBING:
        deadline = earlier(deadline, node->since + config->probe_timeout);
        return earlier(deadline, node->probed_at + config->probe_interval);
    case NODE_READY: return earlier(deadline, node->last_seen + config->suspect_after);
    case NODE_DRAINING:
        return node->drained ? deadline : earlier(deadline, node->since + config->drain_timeout);
    case NODE_LOST: return node->since + config->forget_after;
    default: return deadline;
    }
}

int64_t
membership_next_deadline(const Membership *membership)
{
    int64_t deadline = INT64_MAX;

    for (size_t i = 0; i < membership->nodes.count; i++)
        deadline = earlier(deadline, node_deadline(&membership->config, map_value_at(&membership->nodes, i)));
    return deadline;
}

bool
membership_next_action(Membership *membership, MembershipAction *action)
{
    const MembershipAction *next = FIFO_POP(membership->actions);

    if (next == NULL)
        return false;
    *action = *next;
    return true;
}

size_t
membership_count(const Membership *membership)
{
    return membership->nodes.count;
}

const NodeInfo *
membership_at(const Membership *membership, size_t index, NodeState *state, int64_t *last_seen)
{
    const Node *node = map_value_at(&membership->nodes, index);

    if (state != NULL)
        *state = node->state;
    if (last_seen != NULL)
        *last_seen = node->last_seen;
    return &node->info;
}

const NodeInfo *
membership_find(const Membership *membership, Incarnation incarnation, NodeState *state)
{
    const Node *node = find_node(membership, incarnation);

    if (node == NULL)
        return NULL;
    if (state != NULL)
        *state = node->state;
    return &node->info;
}
