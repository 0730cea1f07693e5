/* What running attempts say: chunks, and their end. */
#include "executor/state.h"

#include <stdlib.h>

static void
close_inputs(Executor *executor, const Running *running)
{
    const StageGraph *graph = running->query->graph;

    for (size_t i = 0; i < running->input_count; i++) {
        const uint32_t exchange = running->inputs[i].exchange;
        if (graph->exchanges[exchange].kind != EXCHANGE_BROADCAST)
            consumer_close_input(executor->consumer, running->query->id, running->generation, exchange,
                                 running->ref.task);
    }
}

void
letters_on_finished(Executor *executor, Running *running, int64_t now)
{
    const bool done = running->status == STATUS_OK;

    executor->alive--;
    if (running->instance == executor->instance) {
        const RunningKey key = running_key(running->query->id, running->generation, running->ref);
        map_remove(&executor->running, &key);
        const bool wanted = attempts_on_finished(executor->attempts, running->query->id, running->generation,
                                                 running->ref, done);
        if (wanted && done) {
            producer_on_task_done(executor->producer, now, running->query->id, running->generation,
                                  running->ref);
            close_inputs(executor, running);
            reports_done(executor, running);
        } else if (wanted) {
            reports_failed(executor, running);
        }
    }
    running_destroy(running);
}

void
letters_note_undelivered(Executor *executor, QueryId id)
{
    LocalQuery *query = map_get(&executor->queries, &id);

    if (query != NULL)
        atomic_store_explicit(&query->undelivered, producer_undelivered(executor->producer, id),
                              memory_order_relaxed);
}

void
letters_on_chunk(Executor *executor, ChunkLetter *letter, int64_t now)
{
    const bool kept =
        letter->instance == executor->instance &&
        producer_on_chunk(executor->producer, now, letter->query, letter->generation, letter->ref,
                          letter->exchange, letter->partition, chunk_handle(letter->chunk),
                          (uint32_t)letter->chunk->size, letter->rows);

    if (!kept)
        chunk_release(letter->chunk);
    letters_note_undelivered(executor, letter->query);
    free(letter);
}
