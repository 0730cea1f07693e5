/* The clients' side of queries, at the front: said to the coordinator until it answers; started over where
 * nothing of the result has been seen. */
#include "world.h"

#include <stdlib.h>

static void
end(World *world, SimulatedQuery *query, QueryState state, Status status)
{
    note(world, "front: query %016lx is over: %d", (unsigned long)query->id.low, (int)state);
    query->ended = true;
    query->state = state;
    query->status = status;
    if (state == QUERY_DONE && !query->write)
        result_check(world, query);
    if (state == QUERY_DONE && query->write && query->commits != 1)
        fail(world, "a write is done with %u commits", query->commits);
}

void
front_submit(World *world, Process *self, SimulatedQuery *query)
{
    if (query->ended || query->abandoned)
        return;
    world_push(world, world->now + (self->welcome ? 300 : 50) * MS, EVENT_SUBMIT, FRONT)->query = query->id;
    if (!self->welcome)
        return;
    if (!query->submitted)
        consumer_on_plan(self->consumer, query->id, query->graph, true);
    query->submitted = true;

    Message *message = message_new(world, MSG_SUBMIT, self, COORDINATOR);

    message->query = query->id;
    message_send(world, message);
}

/* False: what the client has seen cannot be taken back. */
static bool
take_back(World *world, SimulatedQuery *query)
{
    if (query->delivered_count > 0 && !query->held && !query->write) {
        if (query->all_given)
            end(world, query, QUERY_DONE, STATUS_OK);
        else
            end(world, query, QUERY_FAILED, STATUS_PEER_LOST);
        return false;
    }
    world->taken_back += query->delivered_count > 0;
    query->delivered_count = 0;
    query->all_given = false;
    query->submitted = false;
    return true;
}

static void
submit_soon(World *world, SimulatedQuery *query)
{
    world_push(world, world->now, EVENT_SUBMIT, FRONT)->query = query->id;
}

void
front_start_over(World *world, Process *self)
{
    (void)self;
    for (int i = 0; i < world->query_count; i++) {
        SimulatedQuery *query = &world->queries[i];

        if (!query->ended && !query->abandoned && take_back(world, query))
            submit_soon(world, query);
    }
}

static void
rename_query(World *world, SimulatedQuery *query)
{
    if (query->name_count == NAMES_MAX) {
        fail(world, "a query is submitted anew for ever");
        return;
    }
    query->id = (QueryId){random_next(&world->random) | 1, random_next(&world->random)};
    query->names[query->name_count++] = query->id;
}

void
front_on_ended(World *world, Process *self, const Message *message)
{
    SimulatedQuery *query = query_of(world, message->query);

    if (query->ended || query->abandoned || !query_id_equal(query->id, message->query))
        return;
    consumer_on_release(self->consumer, world->now, query->id);
    if (message->state != QUERY_UNKNOWN) {
        end(world, query, message->state, message->status);
        return;
    }
    if (!take_back(world, query))
        return;
    rename_query(world, query);
    submit_soon(world, query);
}
