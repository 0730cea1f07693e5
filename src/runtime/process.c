#include "runtime/process.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <zmq.h>

/* The memory that this process may count on: the machine's, or less where a control group says so. */
static size_t
memory_available(void)
{
    static const char *const limits[] = {"/sys/fs/cgroup/memory.max",
                                         "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    size_t available = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        FILE *file = fopen(limits[i], "re");
        unsigned long long limit;
        if (file == NULL)
            continue;
        if (fscanf(file, "%llu", &limit) == 1 && limit < available)
            available = (size_t)limit;
        fclose(file);
    }
    return available;
}

static uint32_t
core_count(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores < 1 ? 1 : (uint32_t)cores;
}

Status
process_open(Process *process, const ProcessConfig *config, Error *error)
{
    const size_t available = memory_available();

    memset(process, 0, sizeof *process);
    process->started_us = clock_wall_us();
    if (getrandom(&process->number, sizeof process->number, 0) != sizeof process->number)
        process->number = (uint64_t)process->started_us ^ (uint64_t)getpid();
    process->threads = config->threads != 0 ? config->threads : core_count();
    budget_init(&process->memory, NULL,
                config->memory_limit != 0 ? config->memory_limit : available / 10 * 6);
    budget_init(&process->outgoing, &process->memory, SIZE_MAX);
    budget_init_floor(&process->transit, &process->memory, SIZE_MAX);
    process->scratch = scratch_new(config->scratch, config->scratch_limit);
    process->context = zmq_ctx_new();
    process->pool = pool_new(process->threads);
    process->cache = block_cache_new(config->cache_limit != 0 ? config->cache_limit : available / 4);
    if (process->context == NULL || process->pool == NULL || process->cache == NULL) {
        process_close(process);
        return error_set_memory(error);
    }
    zmq_ctx_set(process->context, ZMQ_MAX_SOCKETS, 16384);
    if (config->store != NULL) {
        const Status status = store_open(config->store, &process->store, error);
        if (status != STATUS_OK) {
            process_close(process);
            return status;
        }
        process->tablets = tablet_pool_new(process->store, process->cache);
    }
    return STATUS_OK;
}

bool
process_is_pressed(const Process *process, const Budget *query)
{
    const size_t limit = process->memory.limit;
    const size_t share = query != NULL && query->limit < limit ? query->limit : limit;
    const size_t chunks = budget_used(&process->outgoing) + budget_used(&process->transit);

    return chunks > share / 8 * 5 || budget_used(&process->memory) > limit / 8 * 7;
}

static uint64_t
resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long size = 0;
    unsigned long long resident = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%llu %llu", &size, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

void
process_usage(const Process *process, NodeUsage *usage)
{
    BlockCacheCounters cache;

    block_cache_counters(process->cache, &cache);
    *usage = (NodeUsage){.process = process->number,
                         .started_us = (uint64_t)process->started_us,
                         .resident_bytes = resident_bytes(),
                         .memory_used = budget_used(&process->memory),
                         .memory_limit = process->memory.limit,
                         .cache_bytes = cache.bytes,
                         .cache_hits = cache.hits,
                         .cache_misses = cache.misses,
                         .cache_evictions = cache.evictions,
                         .scratch_used = scratch_used(process->scratch),
                         .scratch_written = scratch_written(process->scratch)};
}

void
process_close(Process *process)
{
    pool_destroy(&process->pool);
    tablet_pool_destroy(&process->tablets);
    store_close(&process->store);
    block_cache_destroy(&process->cache);
    if (process->context != NULL)
        zmq_ctx_term(process->context); /* waits until no message refers to a slab of ours */
    process->context = NULL;
    scratch_destroy(&process->scratch);
}
