/* The sending half of the producer: logs with sequence numbers, credit, SYNC after silence, turns. */
#include "flow/producer_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A peer whose socket refused is tried again after this long where nobody says that it is writable. */
#define BLOCKED_RETRY INT64_C(5000)

typedef struct ChannelKey {
    Incarnation consumer;
    uint64_t exchange;
} ChannelKey;

static Peer *
get_peer(Producer *producer, Incarnation incarnation)
{
    Peer *peer = map_get(&producer->peers, &incarnation);

    if (peer == NULL) {
        peer = MEMORY_NEW(Peer);
        peer->incarnation = incarnation;
        map_put(&producer->peers, &peer->incarnation, peer);
    }
    return peer;
}

static Channel *
find_channel(const ProducerQuery *query, uint32_t exchange, Incarnation consumer)
{
    const ChannelKey key = {consumer, exchange};

    return map_get(&query->channels, &key);
}

Channel *
channel_get(Producer *producer, ProducerQuery *query, uint32_t exchange, Incarnation consumer)
{
    const ChannelKey key = {consumer, exchange};
    Channel *channel = find_channel(query, exchange, consumer);

    if (channel != NULL)
        return channel;
    channel = MEMORY_NEW(Channel);
    channel->query = query;
    channel->peer = get_peer(producer, consumer);
    channel->exchange = exchange;
    channel->next = 1;
    channel->limit = producer->config.initial_window;
    channel->sync_at = INT64_MAX;
    channel->backoff = producer->config.sync_after;
    map_put(&query->channels, &key, channel);

    Peer *peer = channel->peer;

    MEMORY_GROW(peer->channels, peer->count, peer->capacity);
    peer->channels[peer->count++] = channel;
    return channel;
}

static void
leave_ready(Producer *producer, Channel *channel)
{
    if (!channel->ready)
        return;
    if (channel->ready_before == NULL)
        producer->first_ready = channel->ready_after;
    else
        channel->ready_before->ready_after = channel->ready_after;
    if (channel->ready_after == NULL)
        producer->last_ready = channel->ready_before;
    else
        channel->ready_after->ready_before = channel->ready_before;
    channel->ready = false;
    channel->turn_bytes = 0;
}

static void
join_ready(Producer *producer, Channel *channel)
{
    if (channel->ready)
        return;
    channel->ready = true;
    channel->ready_before = producer->last_ready;
    channel->ready_after = NULL;
    if (producer->last_ready == NULL)
        producer->first_ready = channel;
    else
        producer->last_ready->ready_after = channel;
    producer->last_ready = channel;
}

static LogEntry *
entry_at(const Channel *channel, uint64_t sequence)
{
    return &channel->log[channel->head + (size_t)(sequence - channel->have - 1)];
}

static uint64_t
last_sequence(const Channel *channel)
{
    return channel->have + (channel->end - channel->head);
}

static bool
has_unsent(const Channel *channel)
{
    return channel->next <= last_sequence(channel);
}

static bool
may_send(const Channel *channel)
{
    return has_unsent(channel) && entry_at(channel, channel->next)->end_bytes <= channel->limit;
}

/* Where the record after `sequence` ends; 0 where there is none. */
static uint64_t
end_after(const Channel *channel, uint64_t sequence)
{
    return sequence < last_sequence(channel) ? entry_at(channel, sequence + 1)->end_bytes : 0;
}

static void
push_sync(Producer *producer, Channel *channel)
{
    ProducerAction *action = FIFO_PUSH(producer->actions);

    *action = (ProducerAction){.kind = PRODUCER_SYNC, .peer = channel->peer->incarnation};
    action->sync = (Sync){.query = channel->query->id,
                          .generation = channel->query->generation,
                          .exchange = channel->exchange,
                          .sent = channel->next - 1,
                          .wanted = channel->queued_bytes,
                          .next = end_after(channel, channel->next - 1)};
    channel->told = true;
}

static void
set_timer(Producer *producer, Channel *channel, int64_t at)
{
    channel->sync_at = at;
    if (at < producer->deadline)
        producer->deadline = at;
}

/* Something waits for the consumer's word: sent and not acknowledged, or queued beyond its limit. */
static bool
awaits_word(const Channel *channel)
{
    return channel->next > channel->have + 1 || (has_unsent(channel) && !may_send(channel));
}

/* After any change: into the list of senders or out of it, ask for credit, start or stop the timer. */
static void
settle(Producer *producer, int64_t now, Channel *channel)
{
    if (!may_send(channel) || channel->peer->blocked)
        leave_ready(producer, channel);
    else
        join_ready(producer, channel);
    if (has_unsent(channel) && !may_send(channel) && !channel->told)
        push_sync(producer, channel);
    if (!awaits_word(channel))
        channel->sync_at = INT64_MAX;
    else if (channel->sync_at == INT64_MAX)
        set_timer(producer, channel, now + channel->backoff);
}

static uint32_t
entry_size(const LogEntry *entry)
{
    return entry->what < LOG_ABORT ? entry->attempt->chunks[entry->what].size : 0;
}

void
channel_append(Producer *producer, int64_t now, Channel *channel, const LogEntry *entry)
{
    if (channel->head > 0 && channel->end == channel->capacity) {
        memmove(channel->log, channel->log + channel->head,
                (channel->end - channel->head) * sizeof(*channel->log));
        channel->end -= channel->head;
        channel->head = 0;
    }
    MEMORY_GROW(channel->log, channel->end, channel->capacity);
    channel->queued_bytes += record_cost(entry_size(entry));
    channel->log[channel->end] = *entry;
    channel->log[channel->end].end_bytes = channel->queued_bytes;
    channel->end++;
    entry->attempt->logged++;
    channel->query->undelivered += entry_size(entry);
    settle(producer, now, channel);
}

/* Forget the oldest log entry. */
static void
retire_entry(Channel *channel)
{
    const LogEntry *entry = &channel->log[channel->head++];

    channel->query->undelivered -= entry_size(entry);
    attempt_unlog(entry->attempt);
}

static void
leave_peer(Producer *producer, Channel *channel)
{
    Peer *peer = channel->peer;

    for (size_t i = 0; i < peer->count; i++) {
        if (peer->channels[i] != channel)
            continue;
        peer->channels[i] = peer->channels[--peer->count];
        break;
    }
    if (peer->count > 0)
        return;
    map_remove(&producer->peers, &peer->incarnation);
    free(peer->channels);
    free(peer);
}

void
channel_destroy(Producer *producer, Channel *channel)
{
    const ChannelKey key = {channel->peer->incarnation, channel->exchange};

    while (channel->head < channel->end)
        retire_entry(channel);
    leave_ready(producer, channel);
    leave_peer(producer, channel);
    map_remove(&channel->query->channels, &key);
    free(channel->log);
    free(channel);
}

static Channel *
channel_of(const Producer *producer, QueryId id, uint32_t generation, uint32_t exchange, Incarnation consumer)
{
    const ProducerQuery *query = map_get(&producer->queries, &id);

    if (query == NULL || query->generation != generation)
        return NULL;
    return find_channel(query, exchange, consumer);
}

void
producer_on_grant(Producer *producer, int64_t now, Incarnation consumer, const Grant *grant)
{
    Channel *channel = channel_of(producer, grant->query, grant->generation, grant->exchange, consumer);

    /* Nobody has what was never queued. What has been refused or taken back may well have arrived. */
    if (channel == NULL || grant->have > last_sequence(channel))
        return;

    const bool progress = grant->have > channel->have || grant->limit > channel->limit;

    while (channel->have < grant->have) {
        retire_entry(channel);
        channel->have++;
    }
    if (channel->next <= channel->have)
        channel->next = channel->have + 1;
    if (grant->limit > channel->limit) {
        channel->limit = grant->limit;
        channel->told = false;
    }
    if (grant->resend && grant->have == channel->have)
        channel->next = channel->have + 1;
    if (progress) {
        channel->backoff = producer->config.sync_after;
        channel->sync_at = INT64_MAX;
    }
    settle(producer, now, channel);
}

static void
wake_peer(Producer *producer, int64_t now, Peer *peer)
{
    peer->blocked = false;
    for (size_t i = 0; i < peer->count; i++)
        settle(producer, now, peer->channels[i]);
}

void
producer_on_refused(Producer *producer, int64_t now, const ProducerAction *action)
{
    const Record *record = &action->record;
    Peer *peer = map_get(&producer->peers, &action->peer);
    Channel *channel =
        channel_of(producer, record->query, record->generation, record->exchange, action->peer);

    if (peer == NULL || channel == NULL)
        return;
    if (channel->next == record->sequence + 1)
        channel->next = record->sequence;
    peer->blocked = true;
    peer->blocked_until = now + BLOCKED_RETRY;
    if (peer->blocked_until < producer->deadline)
        producer->deadline = peer->blocked_until;
    settle(producer, now, channel);
}

void
producer_on_writable(Producer *producer, int64_t now, Incarnation incarnation)
{
    Peer *peer = map_get(&producer->peers, &incarnation);

    if (peer != NULL && peer->blocked)
        wake_peer(producer, now, peer);
}

void
producer_on_reconnected(Producer *producer, int64_t now, Incarnation incarnation)
{
    Peer *peer = map_get(&producer->peers, &incarnation);

    if (peer == NULL)
        return;
    wake_peer(producer, now, peer);
    for (size_t i = 0; i < peer->count; i++) {
        Channel *channel = peer->channels[i];

        if (!awaits_word(channel))
            continue;
        channel->backoff = producer->config.sync_after;
        push_sync(producer, channel);
        set_timer(producer, channel, now + channel->backoff);
    }
}

static void
tick_channel(Producer *producer, int64_t now, Channel *channel)
{
    if (channel->sync_at <= now) {
        push_sync(producer, channel);
        channel->backoff *= 2;
        if (channel->backoff > producer->config.sync_max)
            channel->backoff = producer->config.sync_max;
        channel->sync_at = now + channel->backoff;
    }
    if (channel->sync_at < producer->deadline)
        producer->deadline = channel->sync_at;
}

void
producer_on_tick(Producer *producer, int64_t now)
{
    if (now < producer->deadline)
        return;
    producer->deadline = INT64_MAX;
    for (size_t i = 0; i < producer->peers.count; i++) {
        Peer *peer = map_value_at(&producer->peers, i);

        if (peer->blocked && peer->blocked_until <= now)
            wake_peer(producer, now, peer);
        else if (peer->blocked && peer->blocked_until < producer->deadline)
            producer->deadline = peer->blocked_until;
        for (size_t c = 0; c < peer->count; c++)
            tick_channel(producer, now, peer->channels[c]);
    }
}

int64_t
producer_next_deadline(const Producer *producer)
{
    return producer->deadline;
}

static RecordKind
entry_kind(const LogEntry *entry)
{
    if (entry->what == LOG_ABORT || entry->attempt->query == NULL)
        return RECORD_ABORT;
    return entry->what == LOG_CLOSE ? RECORD_CLOSE : RECORD_CHUNK;
}

static void
fill_record(const Channel *channel, const LogEntry *entry, uint64_t sequence, Record *record)
{
    const ProducerQuery *query = channel->query;
    const KeptAttempt *attempt = entry->attempt;

    *record = (Record){.query = query->id,
                       .generation = query->generation,
                       .exchange = channel->exchange,
                       .sequence = sequence,
                       .end_bytes = entry->end_bytes,
                       .wanted = channel->queued_bytes,
                       .next = end_after(channel, sequence),
                       .kind = entry_kind(entry),
                       .partition = entry->partition,
                       .producer_task = attempt->ref,
                       .route_version = entry->route_version};
    if (record->kind == RECORD_CHUNK) {
        const KeptChunk *chunk = &attempt->chunks[entry->what];

        record->chunk = entry->number;
        record->rows = chunk->rows;
        record->size = chunk->size;
        record->handle = chunk->handle;
    } else if (record->kind == RECORD_CLOSE) {
        const Output *output = &attempt->outputs[query->output_base[channel->exchange] + entry->partition];

        record->chunk = output->count;
        record->rows = output->rows;
    }
}

static void
send_next(Producer *producer, int64_t now, Channel *channel, ProducerAction *action)
{
    const LogEntry *entry = entry_at(channel, channel->next);

    *action = (ProducerAction){.kind = PRODUCER_SEND, .peer = channel->peer->incarnation};
    fill_record(channel, entry, channel->next, &action->record);
    channel->next++;
    channel->told = channel->queued_bytes > channel->limit;
    channel->turn_bytes += record_cost(entry_size(entry));
    if (channel->turn_bytes >= producer->config.step_bytes)
        leave_ready(producer, channel); /* to the end of the list */
    settle(producer, now, channel);
}

bool
producer_next_action(Producer *producer, int64_t now, ProducerAction *action)
{
    const ProducerAction *next = FIFO_POP(producer->actions);

    if (next != NULL) {
        *action = *next;
        return true;
    }
    if (producer->first_ready == NULL)
        return false;
    send_next(producer, now, producer->first_ready, action);
    return true;
}
