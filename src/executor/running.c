#include "executor/running.h"

#include "base/memory.h"

#include <stdlib.h>

enum { SLICE_US = 5000, WAITING_ROWS_MAX = 8 << 20 };

static Running *
running_of(PoolJob *job)
{
    return (Running *)((char *)job - offsetof(Running, job));
}

static Status
spill_chunk(const Running *running, Slab **slab, Chunk **chunk, Error *error)
{
    ScratchSpan span;

    TRY(scratch_write(running->process->scratch, (*slab)->data, (*slab)->size, &span, error));
    slab_release(slab);
    *chunk = chunk_from_span(&span);
    return STATUS_OK;
}

/* Rows of the result, of which many wait for their client already: it reads slowly, or not at all. */
static bool
is_client_behind(const Running *running, uint32_t exchange)
{
    return exchange == running->query->plan->root_exchange &&
           atomic_load_explicit(&running->query->undelivered, memory_order_relaxed) > WAITING_ROWS_MAX;
}

/* A chunk may outlive its query (kept, or on the wire): it is charged to the process from here on, or goes to
 * the disk where the process has no room for more of them, or its client does not take what is there. What
 * came before it is sent before it. */
static Status
keep_chunk(Running *running, uint32_t exchange, Slab *slab, Chunk **chunk, Error *error)
{
    if (is_client_behind(running, exchange) && spill_chunk(running, &slab, chunk, NULL) == STATUS_OK)
        return STATUS_OK;
    if (!process_is_pressed(running->process, &running->query->budget) &&
        slab_move(slab, &running->process->outgoing)) {
        *chunk = chunk_from_slab(slab);
        return STATUS_OK;
    }
    const Status status = spill_chunk(running, &slab, chunk, error);
    if (status != STATUS_OK)
        slab_release(&slab);
    return status;
}

static Status
send_chunk(void *context, uint32_t exchange, uint32_t partition, Slab *slab, uint64_t rows, Error *error)
{
    Running *running = context;
    Chunk *chunk = NULL;

    TRY(keep_chunk(running, exchange, slab, &chunk, error));
    ChunkLetter *letter = MEMORY_NEW(ChunkLetter);
    *letter = (ChunkLetter){.base.kind = LETTER_CHUNK,
                            .instance = running->instance,
                            .query = running->query->id,
                            .generation = running->generation,
                            .ref = running->ref,
                            .exchange = exchange,
                            .partition = partition,
                            .rows = rows,
                            .chunk = chunk};
    mailbox_post(running->mailbox, &letter->base.letter);
    return STATUS_OK;
}

static Status
visit_input(void *context, uint32_t exchange,
            Status (*visit)(void *visitor, const InputChunk *chunk, Error *error), void *visitor,
            Error *error)
{
    Running *running = context;

    for (size_t i = 0; i < running->input_count; i++) {
        const RunningInput *input = &running->inputs[i];
        if (input->exchange != exchange)
            continue;
        for (size_t j = 0; j < input->count; j++) {
            const InputChunk chunk = {.bytes = input->chunks[j]->bytes,
                                      .size = input->chunks[j]->size,
                                      .spilled = &input->chunks[j]->spilled,
                                      .task = input->tasks[j]};
            TRY(visit(visitor, &chunk, error));
        }
        return STATUS_OK;
    }
    return error_set(error, STATUS_INTERNAL, "exchange %u is no input of stage %u", exchange,
                     running->ref.stage);
}

static void
run(PoolJob *job)
{
    Running *running = running_of(job);
    bool done = false;

    running->status = STATUS_OK;
    if (atomic_load_explicit(&running->cancelled, memory_order_relaxed))
        running->status = error_set(&running->error, STATUS_CANCELLED, "task cancelled");
    if (running->status == STATUS_OK && running->task == NULL)
        running->status =
            task_new(running->query->plan, running->ref.stage, running->ref.task, running->ref.attempt,
                     &running->environment, &running->task, &running->error);
    if (running->status == STATUS_OK)
        running->status = task_step(running->task, SLICE_US, &done, &running->error);
    if (running->status == STATUS_OK && !done) {
        pool_submit(running->process->pool, &running->job);
        return;
    }
    task_destroy(&running->task);
    mailbox_post(running->mailbox, &running->finished.letter);
}

Running *
running_new(Process *process, Mailbox *mailbox, uint64_t instance, LocalQuery *query, uint32_t generation,
            TaskRef ref, const TaskEnvironment *template, RunningInput *inputs, size_t input_count)
{
    Running *running = MEMORY_NEW(Running);

    running->finished.kind = LETTER_FINISHED;
    running->job.run = run;
    running->process = process;
    running->mailbox = mailbox;
    running->instance = instance;
    running->query = local_query_reference(query);
    running->generation = generation;
    running->ref = ref;
    atomic_init(&running->cancelled, false);
    running->counters = MEMORY_ARRAY(NodeCounters, query->plan->node_count + 1);
    running->inputs = inputs;
    running->input_count = input_count;
    running->environment = *template;
    running->environment.budget = &query->budget;
    running->environment.sending = &query->sending;
    running->environment.shared = query->shared;
    running->environment.cancelled = &running->cancelled;
    running->environment.counters = running->counters;
    running->environment.send = send_chunk;
    running->environment.visit_input = visit_input;
    running->environment.context = running;
    return running;
}

void
running_start(Running *running)
{
    pool_submit(running->process->pool, &running->job);
}

void
running_cancel(Running *running)
{
    atomic_store_explicit(&running->cancelled, true, memory_order_relaxed);
}

void
running_destroy(Running *running)
{
    for (size_t i = 0; i < running->input_count; i++) {
        for (size_t j = 0; j < running->inputs[i].count; j++)
            chunk_release(running->inputs[i].chunks[j]);
        free(running->inputs[i].chunks);
        free(running->inputs[i].tasks);
    }
    free(running->inputs);
    free(running->counters);
    local_query_release(running->query);
    free(running);
}
