#include "world.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t
pick(World *world, uint64_t bound)
{
    return random_below(&world->random, bound);
}

bool
chance(World *world, unsigned per_mille)
{
    return per_mille > 0 && pick(world, 1000) < per_mille;
}

void
fail(World *world, const char *format, ...)
{
    va_list arguments;

    if (world->failed)
        return;
    world->failed = true;
    va_start(arguments, format);
    vsnprintf(world->failure, sizeof(world->failure), format, arguments);
    va_end(arguments);
}

void
note(const World *world, const char *format, ...)
{
    va_list arguments;

    if (!world->trace)
        return;
    printf("%10.3f ms  ", (double)world->now / 1000.0);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

static bool
is_before(const Event *a, const Event *b)
{
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void
swap(Event *a, Event *b)
{
    const Event held = *a;

    *a = *b;
    *b = held;
}

Event *
world_push(World *world, int64_t at, EventKind kind, int process)
{
    MEMORY_GROW(world->heap, world->heap_count, world->heap_capacity);

    size_t i = world->heap_count++;
    const uint64_t order = world->order++;

    world->heap[i] = (Event){.at = at,
                             .order = order,
                             .kind = kind,
                             .process = process,
                             .incarnation = world->processes[process].incarnation};
    for (; i > 0 && is_before(&world->heap[i], &world->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&world->heap[i], &world->heap[(i - 1) / 2]);
    return &world->heap[i];
}

bool
world_pop(World *world, Event *event)
{
    if (world->heap_count == 0)
        return false;
    *event = world->heap[0];
    world->heap[0] = world->heap[--world->heap_count];
    for (size_t i = 0;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2; child++) {
            if (child < world->heap_count && is_before(&world->heap[child], &world->heap[least]))
                least = child;
        }
        if (least == i)
            break;
        swap(&world->heap[i], &world->heap[least]);
        i = least;
    }
    world->now = event->at;
    world->events++;
    return true;
}

Message *
message_new(World *world, MessageKind kind, const Process *from, int to)
{
    Message *message = MEMORY_NEW(Message);

    message->kind = kind;
    message->from = from->index;
    message->to = to;
    message->sender = from->incarnation;
    message->epoch = from->epoch;
    message->receiver = world->processes[to].incarnation;
    return message;
}

void
message_free(Message *message)
{
    for (size_t i = 0; i < message->report_count; i++) {
        for (size_t m = 0; m < message->reports[i].missing_count; m++)
            free((void *)message->reports[i].missing[m].tasks);
        free((void *)message->reports[i].missing);
        free((void *)message->reports[i].held);
    }
    free(message->reports);
    free(message->entries);
    free(message->lost);
    free(message->elections);
    free(message->payload);
    free(message);
}

static Message *
message_copy(const Message *message)
{
    Message *copy = memory_copy(message, 1, sizeof(*message));

    copy->report_count = 0; /* reports are not repeated: the next one says the same */
    copy->reports = NULL;
    if (message->entries != NULL) {
        copy->entries = memory_copy(message->entries, message->routes.count, sizeof(Route));
        copy->routes.entries = copy->entries;
    }
    if (message->lost != NULL) {
        copy->lost = memory_copy(message->lost, message->routes.lost_count, sizeof(Incarnation));
        copy->routes.lost = copy->lost;
    }
    if (message->elections != NULL)
        copy->elections = memory_copy(message->elections, message->election_count, sizeof(Election));
    if (message->payload != NULL)
        copy->payload =
            memory_copy(message->payload, 1, sizeof(Payload) + message->payload->count * sizeof(uint64_t));
    return copy;
}

static bool
is_data(MessageKind kind)
{
    return kind >= MSG_RECORD || kind == MSG_PROBE;
}

static void
schedule(World *world, Message *message, Link *link, int64_t delay, bool ordered)
{
    int64_t at = world->now + delay;

    if (ordered) {
        at = at < link->last ? link->last : at;
        link->last = at;
    }
    message->link_epoch = link->epoch;
    world_push(world, at, EVENT_MESSAGE, message->to)->message = message;
}

void
link_cut(World *world, int a, int b, int64_t until)
{
    for (int kind = 0; kind < 2; kind++) {
        world->links[a][b][kind].epoch++;
        world->links[b][a][kind].epoch++;
        if (world->links[a][b][kind].cut_until < until)
            world->links[a][b][kind].cut_until = world->links[b][a][kind].cut_until = until;
    }
}

void
message_send(World *world, Message *message)
{
    const bool data = is_data(message->kind);
    Link *link = &world->links[message->from][message->to][data];
    const bool faulty = world->now < world->faults_until;
    const int64_t delay = 50 + (int64_t)pick(world, data ? 3000 : 1500);

    if (faulty && chance(world, world->loss)) {
        if (data)
            link->epoch++; /* what is on its way is lost as well, and this one */
        message_free(message);
        return;
    }
    if (link->cut_until > world->now) {
        message_free(message);
        return;
    }
    if (faulty && message->kind != MSG_HEARTBEAT && chance(world, world->duplication))
        schedule(world, message_copy(message), link, delay + (int64_t)pick(world, 20000), false);
    schedule(world, message, link, delay, true);
}
