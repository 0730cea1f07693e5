#include "wire/message.h"

#include "base/bits.h"
#include "base/pack.h"
#include "base/unpack.h"

#include <string.h>

static const struct {
    const char *name;
    bool payload;
} types[MESSAGE_COUNT] = {
#define X(name, payload) {#name, payload},
    MESSAGE_LIST(X)
#undef X
};

const char *
message_name(MessageType type)
{
    return type < MESSAGE_COUNT ? types[type].name : "?";
}

bool
message_has_payload(MessageType type)
{
    return type < MESSAGE_COUNT && types[type].payload;
}

/* A codec is one walk over the fields that either writes or reads them, so that both sides cannot differ. */
typedef struct Codec {
    msgpack_packer *packer; /* NULL: reading */
    Unpack unpack;
    Arena *arena;
} Codec;

static void
walk_u64(Codec *codec, uint64_t *value)
{
    if (codec->packer != NULL)
        msgpack_pack_uint64(codec->packer, *value);
    else
        *value = unpack_uint(&codec->unpack);
}

static void
walk_u32(Codec *codec, uint32_t *value)
{
    if (codec->packer != NULL)
        msgpack_pack_uint32(codec->packer, *value);
    else
        *value = unpack_below(&codec->unpack, (uint64_t)UINT32_MAX + 1);
}

static void
walk_bool(Codec *codec, bool *value)
{
    if (codec->packer == NULL)
        *value = unpack_bool(&codec->unpack);
    else if (*value)
        msgpack_pack_true(codec->packer);
    else
        msgpack_pack_false(codec->packer);
}

/* Text in an array of fixed size, NUL-terminated. */
static void
walk_chars(Codec *codec, char *text, size_t capacity)
{
    if (codec->packer != NULL) {
        pack_string(codec->packer, text);
        return;
    }
    size_t size;
    const char *bytes = unpack_string(&codec->unpack, &size);
    if (size >= capacity)
        size = capacity - 1;
    memcpy(text, bytes, size);
    text[size] = '\0';
}

static void
walk_text(Codec *codec, const char **text)
{
    if (codec->packer != NULL) {
        pack_string(codec->packer, *text != NULL ? *text : "");
        return;
    }
    size_t size;
    const char *bytes = unpack_string(&codec->unpack, &size);
    *text = arena_copy_bytes(codec->arena, bytes, size);
}

/* The number of elements that follow, and memory for them when reading. */
static size_t
walk_count(Codec *codec, size_t count, const void **items, size_t item_size)
{
    if (codec->packer != NULL) {
        msgpack_pack_array(codec->packer, count);
        return count;
    }
    count = unpack_array(&codec->unpack);
    *items = arena_alloc_zero(codec->arena, count * item_size);
    return count;
}

static void
walk_incarnation(Codec *codec, Incarnation *incarnation)
{
    walk_u64(codec, &incarnation->high);
    walk_u64(codec, &incarnation->low);
}

static void
walk_query(Codec *codec, QueryId *query)
{
    walk_u64(codec, &query->high);
    walk_u64(codec, &query->low);
}

static void
walk_task(Codec *codec, TaskRef *task)
{
    walk_u32(codec, &task->stage);
    walk_u32(codec, &task->task);
    walk_u32(codec, &task->attempt);
}

static void
walk_error(Codec *codec, Error *error)
{
    uint32_t code = (uint32_t)error->code;
    uint32_t position = (uint32_t)error->sql_position;

    walk_u32(codec, &code);
    walk_u32(codec, &position);
    walk_chars(codec, error->origin, sizeof error->origin);
    walk_chars(codec, error->message, sizeof error->message);
    walk_chars(codec, error->hint, sizeof error->hint);
    error->code = code < STATUS_COUNT ? (Status)code : STATUS_INTERNAL;
    error->sql_position = (int32_t)position;
}

static void
walk_node(Codec *codec, NodeInfo *node)
{
    walk_incarnation(codec, &node->incarnation);
    walk_u32(codec, &node->roles);
    walk_u32(codec, &node->slots);
    walk_u32(codec, &node->protocol);
    walk_chars(codec, node->endpoint, sizeof node->endpoint);
    walk_chars(codec, node->name, sizeof node->name);
}

static void
walk_routes(Codec *codec, Message *message)
{
    Routes *routes = &message->routes;

    walk_u32(codec, &routes->generation);
    walk_u32(codec, &routes->version);
    routes->count = walk_count(codec, routes->count, (const void **)&routes->entries, sizeof(Route));
    for (size_t i = 0; i < routes->count; i++) {
        Route *route = (Route *)&routes->entries[i];
        walk_u32(codec, &route->exchange);
        walk_u32(codec, &route->partition);
        walk_u32(codec, &route->version);
        walk_incarnation(codec, &route->consumer);
    }
    routes->lost_count =
        walk_count(codec, routes->lost_count, (const void **)&routes->lost, sizeof(Incarnation));
    for (size_t i = 0; i < routes->lost_count; i++)
        walk_incarnation(codec, (Incarnation *)&routes->lost[i]);
    message->address_count =
        walk_count(codec, message->address_count, (const void **)&message->addresses, sizeof(PeerAddress));
    for (size_t i = 0; i < message->address_count; i++) {
        PeerAddress *address = (PeerAddress *)&message->addresses[i];
        walk_incarnation(codec, &address->incarnation);
        walk_text(codec, &address->endpoint);
    }
}

static void
walk_elections(Codec *codec, Message *message)
{
    walk_u32(codec, &message->election_first);
    message->election_count =
        walk_count(codec, message->election_count, (const void **)&message->elections, sizeof(Election));
    for (size_t i = 0; i < message->election_count; i++) {
        Election *election = (Election *)&message->elections[i];
        walk_u32(codec, &election->stage);
        walk_u32(codec, &election->task);
        walk_u32(codec, &election->attempt);
    }
}

static void
walk_held(Codec *codec, HeldAttempt *held)
{
    uint32_t state = (uint32_t)held->state;

    walk_task(codec, &held->ref);
    walk_u32(codec, &state);
    held->state = state <= ATTEMPT_DONE ? (AttemptState)state : ATTEMPT_WAITING;
}

static void
walk_missing(Codec *codec, MissingTasks *missing)
{
    walk_u32(codec, &missing->exchange);
    walk_u32(codec, &missing->task_count);
    const size_t words =
        walk_count(codec, bits_words(missing->task_count), (const void **)&missing->tasks, sizeof(uint64_t));
    if (words != bits_words(missing->task_count))
        codec->unpack.failed = true;
    for (size_t i = 0; i < words; i++)
        walk_u64(codec, (uint64_t *)&missing->tasks[i]);
}

static void
walk_query_report(Codec *codec, QueryReport *report)
{
    walk_query(codec, &report->query);
    walk_u32(codec, &report->generation);
    walk_u32(codec, &report->routes_version);
    walk_u32(codec, &report->elections);
    walk_bool(codec, &report->root);
    walk_bool(codec, &report->root_complete);
    walk_bool(codec, &report->root_failed);
    walk_u64(codec, &report->undelivered);
    report->held_count =
        walk_count(codec, report->held_count, (const void **)&report->held, sizeof(HeldAttempt));
    for (size_t i = 0; i < report->held_count; i++)
        walk_held(codec, (HeldAttempt *)&report->held[i]);
    report->missing_count =
        walk_count(codec, report->missing_count, (const void **)&report->missing, sizeof(MissingTasks));
    for (size_t i = 0; i < report->missing_count; i++)
        walk_missing(codec, (MissingTasks *)&report->missing[i]);
}

static void
walk_report(Codec *codec, Report *report)
{
    report->count = walk_count(codec, report->count, (const void **)&report->queries, sizeof(QueryReport));
    for (size_t i = 0; i < report->count; i++)
        walk_query_report(codec, (QueryReport *)&report->queries[i]);
}

static void
walk_usage(Codec *codec, NodeUsage *usage)
{
#define X(name) walk_u64(codec, &usage->name);
    NODE_USAGE_LIST(X)
#undef X
}

static void
walk_record(Codec *codec, Record *record)
{
    uint32_t kind = (uint32_t)record->kind;

    walk_u32(codec, &record->exchange);
    walk_u64(codec, &record->sequence);
    walk_u64(codec, &record->end_bytes);
    walk_u64(codec, &record->wanted);
    walk_u64(codec, &record->next);
    walk_u32(codec, &kind);
    walk_u32(codec, &record->partition);
    walk_task(codec, &record->producer_task);
    walk_u32(codec, &record->route_version);
    walk_u32(codec, &record->chunk);
    walk_u64(codec, &record->rows);
    walk_u32(codec, &record->size);
    if (kind > RECORD_ABORT)
        codec->unpack.failed = true;
    record->kind = (RecordKind)kind;
}

static void
walk_counts(Codec *codec, Message *message)
{
    message->count_count =
        walk_count(codec, message->count_count, (const void **)&message->counts, sizeof(NodeCount));
    for (size_t i = 0; i < message->count_count; i++) {
        NodeCount *count = (NodeCount *)&message->counts[i];
        walk_u32(codec, &count->node);
        walk_u64(codec, &count->rows_in);
        walk_u64(codec, &count->rows_out);
        walk_u64(codec, &count->bytes);
        walk_u64(codec, &count->time_ns);
        walk_u64(codec, &count->memory_bytes);
        walk_u64(codec, &count->blocks_read);
        walk_u64(codec, &count->blocks_pruned);
        walk_u64(codec, &count->spilled_bytes);
    }
}

static void
walk_of_query(Codec *codec, Message *message)
{
    walk_query(codec, &message->query);
    walk_u32(codec, &message->generation);
}

/* Flow's structs repeat query and generation: they travel once. */
static void
walk_flow(Codec *codec, Message *message)
{
    walk_of_query(codec, message);
    switch (message->type) {
    case MESSAGE_RECORD:
        walk_record(codec, &message->record);
        message->record.query = message->query;
        message->record.generation = message->generation;
        walk_text(codec, &message->endpoint);
        break;
    case MESSAGE_SYNC:
        walk_u32(codec, &message->sync.exchange);
        walk_u64(codec, &message->sync.sent);
        walk_u64(codec, &message->sync.wanted);
        walk_u64(codec, &message->sync.next);
        message->sync.query = message->query;
        message->sync.generation = message->generation;
        walk_text(codec, &message->endpoint);
        break;
    default:
        walk_u32(codec, &message->grant.exchange);
        walk_u64(codec, &message->grant.have);
        walk_u64(codec, &message->grant.limit);
        walk_bool(codec, &message->grant.resend);
        message->grant.query = message->query;
        message->grant.generation = message->generation;
        break;
    }
}

static void
walk_fields(Codec *codec, Message *message)
{
    switch (message->type) {
    case MESSAGE_HELLO: walk_node(codec, &message->node); break;
    case MESSAGE_WELCOME:
    case MESSAGE_PROBE:
    case MESSAGE_PROBED: walk_u64(codec, &message->number); break;
    case MESSAGE_REFUSE:
        walk_u64(codec, &message->number);
        walk_error(codec, &message->error);
        break;
    case MESSAGE_HEARTBEAT:
        walk_u64(codec, &message->number);
        walk_report(codec, &message->report);
        walk_usage(codec, &message->usage);
        break;
    case MESSAGE_PLAN:
    case MESSAGE_RELEASE:
    case MESSAGE_COMPLETE:
    case MESSAGE_CANCEL: walk_of_query(codec, message); break;
    case MESSAGE_SUBMIT:
        walk_of_query(codec, message);
        walk_u64(codec, &message->number);
        break;
    case MESSAGE_ROUTES:
        walk_of_query(codec, message);
        walk_routes(codec, message);
        break;
    case MESSAGE_ELECTIONS:
        walk_of_query(codec, message);
        walk_elections(codec, message);
        break;
    case MESSAGE_TASK:
    case MESSAGE_CANCEL_TASK:
        walk_of_query(codec, message);
        walk_task(codec, &message->task);
        walk_u32(codec, &message->status);
        break;
    case MESSAGE_TASK_DONE:
    case MESSAGE_TASK_RUNNING:
        walk_of_query(codec, message);
        walk_task(codec, &message->task);
        walk_counts(codec, message);
        break;
    case MESSAGE_TASK_FAILED:
        walk_of_query(codec, message);
        walk_task(codec, &message->task);
        walk_error(codec, &message->error);
        break;
    case MESSAGE_RECORD:
    case MESSAGE_SYNC:
    case MESSAGE_GRANT: walk_flow(codec, message); break;
    case MESSAGE_ROOT_FAILED:
        walk_of_query(codec, message);
        walk_error(codec, &message->error);
        break;
    case MESSAGE_ENDED:
        walk_of_query(codec, message);
        walk_u64(codec, &message->number);
        walk_error(codec, &message->error);
        break;
    case MESSAGE_ASK:
    case MESSAGE_ANSWER:
        walk_u64(codec, &message->number);
        walk_u32(codec, &message->status);
        break;
    default: break;
    }
}

static void
walk_message(Codec *codec, Message *message)
{
    walk_incarnation(codec, &message->sender);
    walk_incarnation(codec, &message->destination);
    walk_u64(codec, &message->epoch);
    walk_fields(codec, message);
}

void
message_encode(const Message *message, Buffer *header)
{
    msgpack_packer packer = pack_into(header);
    Codec codec = {.packer = &packer};
    Message copy = *message; /* the walk may normalise fields; what pointers lead to it only reads */

    msgpack_pack_uint32(&packer, (uint32_t)message->type);
    walk_message(&codec, &copy);
}

Status
message_decode(const void *header, size_t size, Arena *arena, Message *message, Error *error)
{
    Codec codec = {.unpack = unpack_from(header, size), .arena = arena};

    memset(message, 0, sizeof *message);
    message->type = (MessageType)unpack_below(&codec.unpack, MESSAGE_COUNT);
    if (!codec.unpack.failed)
        walk_message(&codec, message);
    if (!unpack_is_done(&codec.unpack))
        return error_set(error, STATUS_PROTOCOL, "malformed message header of %zu bytes", size);
    return STATUS_OK;
}
