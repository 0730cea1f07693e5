/* The receiving end of channels: sequence numbers, and credit from one budget for all. */
#include "flow/consumer_state.h"

#include <stdlib.h>

typedef struct InboundKey {
    Incarnation producer;
    uint64_t exchange;
} InboundKey;

static InboundChannel *
find_channel(const ConsumerQuery *query, uint32_t exchange, Incarnation producer)
{
    const InboundKey key = {producer, exchange};

    return map_get(&query->channels, &key);
}

InboundChannel *
inbound_get(Consumer *consumer, ConsumerQuery *query, uint32_t exchange, Incarnation producer)
{
    const InboundKey key = {producer, exchange};
    InboundChannel *channel = find_channel(query, exchange, producer);

    if (channel != NULL)
        return channel;
    channel = MEMORY_NEW(InboundChannel);
    channel->query = query;
    channel->producer = producer;
    channel->exchange = exchange;
    channel->limit = consumer->config.initial_window;
    channel->gap_at = UINT64_MAX;
    map_put(&query->channels, &key, channel);
    return channel;
}

static bool
feeds_root(const InboundChannel *channel)
{
    return channel->exchange == channel->query->graph->root_exchange;
}

/* Recount what may still come on the channel. The initial window is every channel's own, outside the budget.
 */
static void
recount(Consumer *consumer, InboundChannel *channel, uint64_t limit)
{
    const uint64_t free_until = channel->end_bytes > consumer->config.initial_window
                                    ? channel->end_bytes
                                    : consumer->config.initial_window;
    const bool stuck = channel->next > limit; /* nothing comes before the limit is raised */
    const uint64_t granted = limit > free_until && !stuck ? limit - free_until : 0;

    if (feeds_root(channel))
        channel->query->root_granted += granted - channel->granted;
    else
        consumer->granted += granted - channel->granted;
    channel->granted = granted;
}

static void
leave_waiting(Consumer *consumer, InboundChannel *channel)
{
    if (!channel->waiting)
        return;
    if (channel->before == NULL)
        consumer->first_waiting = channel->after;
    else
        channel->before->after = channel->after;
    if (channel->after == NULL)
        consumer->last_waiting = channel->before;
    else
        channel->after->before = channel->before;
    channel->waiting = false;
}

/* Ask for credit once half of the window is used, or does not let the next record pass, and there is more to
 * come. */
static void
consider(Consumer *consumer, InboundChannel *channel)
{
    if (channel->waiting || channel->wanted <= channel->limit ||
        (channel->next <= channel->limit &&
         channel->limit > channel->end_bytes + consumer->config.channel_window / 2))
        return;
    channel->waiting = true;
    channel->before = consumer->last_waiting;
    channel->after = NULL;
    if (consumer->last_waiting == NULL)
        consumer->first_waiting = channel;
    else
        consumer->last_waiting->after = channel;
    consumer->last_waiting = channel;
}

void
inbound_destroy(Consumer *consumer, InboundChannel *channel)
{
    const InboundKey key = {channel->producer, channel->exchange};

    leave_waiting(consumer, channel);
    recount(consumer, channel, 0);
    map_remove(&channel->query->channels, &key);
    free(channel);
}

void
inbound_grant(Consumer *consumer, InboundChannel *channel, bool resend)
{
    ConsumerAction *action = consumer_push(consumer, CONSUMER_GRANT, channel->query);

    action->peer = channel->producer;
    action->grant = (Grant){.query = channel->query->id,
                            .generation = channel->query->generation,
                            .exchange = channel->exchange,
                            .have = channel->have,
                            .limit = channel->limit,
                            .resend = resend};
}

static uint64_t
smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t
left_of(uint64_t budget, uint64_t used)
{
    return used < budget ? budget - used : 0;
}

/* Credit that nobody holds: each root's input has a window of its own, all others share the budget. */
static uint64_t
free_credit(const Consumer *consumer, const InboundChannel *channel)
{
    const ConsumerQuery *query = channel->query;

    if (feeds_root(channel))
        return left_of(consumer->config.root_window, query->root_granted + query->root_unstored);
    return left_of(consumer->config.inbox_budget, consumer->granted + consumer->unstored);
}

/* Nothing else may come, and all that came was taken: then a record passes whatever its size, so that one
 * that is larger than window and budget does not wait for ever. The root's input is taken by the client; what
 * is held of it meanwhile is less than root_commit_bytes. */
static bool
is_alone(const Consumer *consumer, const InboundChannel *channel)
{
    const ConsumerQuery *query = channel->query;

    if (feeds_root(channel))
        return query->root_granted == 0 && query->root_offered == 0;
    return consumer->granted == 0 && consumer->unstored == 0;
}

/* The limit that the credit allows; the old one where that would not let the next record pass. */
static uint64_t
raised_limit(const Consumer *consumer, const InboundChannel *channel)
{
    const uint64_t base =
        channel->limit > consumer->config.initial_window ? channel->limit : consumer->config.initial_window;
    uint64_t limit = smaller(channel->wanted, channel->end_bytes + consumer->config.channel_window);

    limit = smaller(limit, base + free_credit(consumer, channel));
    if (limit < channel->next)
        limit = is_alone(consumer, channel) ? channel->next : channel->limit;
    return limit > channel->limit ? limit : channel->limit;
}

static void
raise(Consumer *consumer, InboundChannel *channel, uint64_t limit)
{
    leave_waiting(consumer, channel);
    recount(consumer, channel, limit);
    channel->limit = limit;
    inbound_grant(consumer, channel, false);
}

void
inbound_serve(Consumer *consumer)
{
    InboundChannel *after = NULL;
    bool exhausted = false;

    for (InboundChannel *channel = consumer->first_waiting; channel != NULL; channel = after) {
        after = channel->after;
        if (exhausted && !feeds_root(channel))
            continue; /* behind one whose turn it is */

        const uint64_t limit = raised_limit(consumer, channel);

        if (limit > channel->limit)
            raise(consumer, channel, limit);
        else if (!feeds_root(channel))
            exhausted = true;
    }
}

static void
remember_early(Consumer *consumer, QueryId query, uint32_t generation, uint32_t exchange,
               Incarnation producer)
{
    if (tombstones_has(&consumer->tombstones, query))
        return;
    for (size_t i = 0; i < consumer->early_count; i++) {
        const EarlyVoice *voice = &consumer->early[i];

        if (query_id_equal(voice->query, query) && voice->generation == generation &&
            voice->exchange == exchange && incarnation_equal(voice->producer, producer))
            return;
    }
    if (consumer->early == NULL)
        consumer->early = MEMORY_ARRAY(EarlyVoice, EARLY_MAX);
    consumer->early[consumer->early_next] = (EarlyVoice){query, producer, generation, exchange};
    consumer->early_next = (consumer->early_next + 1) % EARLY_MAX;
    if (consumer->early_count < EARLY_MAX)
        consumer->early_count++;
}

/* The channel that a message is about; NULL where the message is to be dropped. */
static InboundChannel *
channel_for(Consumer *consumer, QueryId id, uint32_t generation, uint32_t exchange, Incarnation producer)
{
    ConsumerQuery *query = map_get(&consumer->queries, &id);

    if (query == NULL || query->routes_version == 0 || generation > query->generation) {
        remember_early(consumer, id, generation, exchange, producer);
        return NULL;
    }
    if (generation < query->generation || exchange >= query->graph->exchange_count ||
        consumer_query_lost(query, producer))
        return NULL;
    return inbound_get(consumer, query, exchange, producer);
}

/* The input that a record is for, if it is collected here. A route that the producer knows better than we do
 * counts. */
static Input *
input_for(Consumer *consumer, ConsumerQuery *query, const Record *record)
{
    const ExchangeSpec *exchange = &query->graph->exchanges[record->exchange];
    Input *input = input_find(query, record->exchange, record->partition);

    if (record->partition >= exchange->partition_count)
        return NULL;
    if (input == NULL && record->route_version > query->routes_version)
        input = input_get(consumer, query, record->exchange, record->partition);
    if (input != NULL)
        input_refresh(consumer, input, record->route_version);
    return input;
}

static bool
record_is_sound(const InboundChannel *channel, const Record *record)
{
    const StageGraph *graph = channel->query->graph;
    const uint32_t stage = graph->exchanges[record->exchange].producer;

    return record->producer_task.stage == stage &&
           record->producer_task.task < graph->stages[stage].task_count &&
           record->end_bytes >= channel->end_bytes + record_cost(record->size) &&
           record->end_bytes <= channel->limit;
}

static bool
accept(Consumer *consumer, InboundChannel *channel, const Record *record)
{
    ConsumerQuery *query = channel->query;

    channel->have = record->sequence;
    channel->end_bytes = record->end_bytes;
    channel->next = record->next;
    recount(consumer, channel, channel->limit);

    Input *input = input_for(consumer, query, record);
    const bool kept = input != NULL && input_on_record(consumer, input, channel->producer, record);

    consider(consumer, channel);
    inbound_serve(consumer);
    return kept;
}

bool
consumer_on_record(Consumer *consumer, int64_t now, Incarnation producer, const Record *record)
{
    InboundChannel *channel =
        channel_for(consumer, record->query, record->generation, record->exchange, producer);

    (void)now;
    if (channel == NULL || record->sequence <= channel->have)
        return false;
    if (record->wanted > channel->wanted)
        channel->wanted = record->wanted;
    if (record->sequence > channel->have + 1) {
        if (channel->gap_at != channel->have)
            inbound_grant(consumer, channel, true);
        channel->gap_at = channel->have;
        return false;
    }
    return record_is_sound(channel, record) && accept(consumer, channel, record);
}

void
consumer_on_sync(Consumer *consumer, int64_t now, Incarnation producer, const Sync *sync)
{
    InboundChannel *channel = channel_for(consumer, sync->query, sync->generation, sync->exchange, producer);

    (void)now;
    if (channel == NULL)
        return;
    if (sync->wanted > channel->wanted)
        channel->wanted = sync->wanted;
    if (sync->sent == channel->have) {
        channel->next = sync->next;
        recount(consumer, channel, channel->limit);
    }
    consider(consumer, channel);
    inbound_serve(consumer);
    inbound_grant(consumer, channel, channel->have < sync->sent);
}

void
consumer_on_stored(Consumer *consumer, int64_t now, QueryId id, uint32_t generation, uint64_t cost)
{
    ConsumerQuery *query = map_get(&consumer->queries, &id);

    (void)now;
    if (query == NULL || query->generation != generation || query->unstored < cost)
        return;
    query->unstored -= cost;
    consumer->unstored -= cost;
    inbound_serve(consumer);
}

void
consumer_on_delivered(Consumer *consumer, int64_t now, QueryId id, uint32_t generation, uint64_t cost)
{
    ConsumerQuery *query = map_get(&consumer->queries, &id);

    (void)now;
    if (query == NULL || query->generation != generation || query->root_offered == 0 ||
        query->root_unstored < cost)
        return;
    query->root_offered--;
    query->root_unstored -= cost;
    inbound_serve(consumer);

    Input *input = input_find(query, query->graph->root_exchange, 0);

    if (input != NULL)
        root_on_progress(consumer, input, NULL, NULL);
}
