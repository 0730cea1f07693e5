/* Chunks that memory has no room for: staged ones are written to the scratch directory, kept ones are read
 * back to be sent. The disk is touched in jobs of the pool; what a chunk is changes on the actor's thread
 * alone. */
#include "executor/state.h"

#include "base/memory.h"

#include <stdlib.h>

typedef struct DiskJob {
    ExecutorLetter letter;
    PoolJob job;
    Process *process;
    Mailbox *mailbox;
    uint64_t instance;
    Chunk *chunk; /* by reference */
    bool store;   /* else it is read */
    Incarnation peer;
    QueryId query;
    uint32_t generation;
    uint64_t cost;
    ScratchSpan span;
    Slab *slab;
    Error error;
} DiskJob;

static DiskJob *
job_of(PoolJob *job)
{
    return (DiskJob *)((char *)job - offsetof(DiskJob, job));
}

static void
store_chunk(PoolJob *pool_job)
{
    DiskJob *job = job_of(pool_job);

    scratch_write(job->process->scratch, job->chunk->bytes, job->chunk->size, &job->span, &job->error);
    mailbox_post(job->mailbox, &job->letter.letter);
}

static void
load_chunk(PoolJob *pool_job)
{
    DiskJob *job = job_of(pool_job);
    const ScratchSpan *span = &job->chunk->spilled;

    job->slab = slab_new(&job->process->transit, span->size);
    if (job->slab == NULL)
        error_set_memory(&job->error);
    else if (scratch_read(span, 0, span->size, job->slab->data, &job->error) != STATUS_OK)
        slab_release(&job->slab);
    mailbox_post(job->mailbox, &job->letter.letter);
}

/* The last references of some chunks: giving back their room touches the disk, too. */
static void
free_chunk(PoolJob *pool_job)
{
    DiskJob *job = job_of(pool_job);

    chunk_release(job->chunk);
    job->chunk = NULL;
    mailbox_post(job->mailbox, &job->letter.letter);
}

static DiskJob *
new_job(Executor *executor, Chunk *chunk, void (*run)(PoolJob *job))
{
    DiskJob *job = MEMORY_NEW(DiskJob);

    job->letter.kind = LETTER_DISK;
    job->job.run = run;
    job->process = executor->actor.process;
    job->mailbox = executor->actor.mailbox;
    job->instance = executor->instance;
    job->chunk = chunk;
    executor->alive++;
    return job;
}

void
spilling_store(Executor *executor, const Message *message, Chunk *chunk, uint64_t cost)
{
    DiskJob *job = new_job(executor, chunk_reference(chunk), store_chunk);

    job->store = true;
    job->query = message->query;
    job->generation = message->generation;
    job->cost = cost;
    pool_submit(job->process->pool, &job->job);
}

void
spilling_load(Executor *executor, const ProducerAction *action, Chunk *chunk)
{
    if (chunk->coming)
        return;
    DiskJob *job = new_job(executor, chunk_reference(chunk), load_chunk);

    chunk->coming = true;
    job->peer = action->peer;
    job->query = action->record.query;
    job->generation = action->record.generation;
    pool_submit(job->process->pool, &job->job);
}

void
spilling_free(Executor *executor, Chunk *chunk)
{
    chunk->pinned = true; /* a job may be at it still: its outcome is not wanted any more */
    if (chunk->spilled.file == NULL) {
        chunk_release(chunk);
        return;
    }
    DiskJob *job = new_job(executor, chunk, free_chunk);
    pool_submit(job->process->pool, &job->job);
}

static void
fail_query(Executor *executor, const DiskJob *job)
{
    Message failed = {
        .type = MESSAGE_ROOT_FAILED, .query = job->query, .generation = job->generation, .error = job->error};

    transport_send_control(executor->actor.transport, &failed);
}

/* A staged chunk was written: its memory goes, unless a task has begun to read it. */
static void
on_stored(Executor *executor, DiskJob *job, int64_t now)
{
    if (job->instance == executor->instance)
        consumer_on_stored(executor->consumer, now, job->query, job->generation, job->cost);
    if (job->span.file == NULL || job->chunk->pinned)
        scratch_release(&job->span);
    else
        chunk_spill(job->chunk, &job->span);
}

/* A kept chunk is here, to be sent. */
static void
on_loaded(Executor *executor, DiskJob *job, int64_t now)
{
    job->chunk->coming = false;
    if (job->slab == NULL)
        return;
    job->chunk->slab = job->slab;
    if (job->instance == executor->instance)
        producer_on_writable(executor->producer, now, job->peer);
}

void
spilling_on_letter(Executor *executor, ExecutorLetter *letter, int64_t now)
{
    DiskJob *job = (DiskJob *)letter;

    executor->alive--;
    if (job->chunk != NULL) {
        if (job->error.code != STATUS_OK && job->instance == executor->instance)
            fail_query(executor, job);
        if (job->store)
            on_stored(executor, job, now);
        else
            on_loaded(executor, job, now);
        chunk_release(job->chunk);
    }
    free(job);
}
