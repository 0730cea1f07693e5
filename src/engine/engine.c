#include "engine/engine.h"

#include "base/memory.h"
#include "wire/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { JOIN_TIMEOUT_US = 15000000, DRAIN_TIMEOUT_US = 60000000, COMPACT_TIMEOUT_US = 2000000 };

/* Where all roles are threads of this process none of them goes alone: a heartbeat that is late tells of a
 * busy machine. */
enum { ALONE_LOST_AFTER_US = 120000000 };

/* The inbox endpoints of an actor: in this process by reference, from elsewhere by what the config says. */
static const char *
inbox_endpoints(char *text, size_t size, const EngineConfig *config, const char *what)
{
    static _Atomic(uint32_t) count;
    const uint32_t number = atomic_fetch_add(&count, 1);

    snprintf(text, size, "inproc://%s/%s-%u%s%s", transport_process_token(), what, number,
             config->bind != NULL ? " " : "", config->bind != NULL ? config->bind : "");
    return text;
}

static const char *
control_endpoint(const Engine *engine, const EngineConfig *config)
{
    return engine->coordinator != NULL ? coordinator_inproc_endpoint(engine->coordinator) : config->join;
}

static Status
start_coordinator(Engine *engine, const EngineConfig *config, Error *error)
{
    const CoordinatorConfig coordinator = {.catalog = config->catalog,
                                           .bind = config->control,
                                           .fan_in = config->fan_in,
                                           .joins = config->joins,
                                           .lost_after_us = config->control == NULL ? ALONE_LOST_AFTER_US : 0,
                                           .forget_after_us = config->forget_after_us,
                                           .keep_history = config->keep_history,
                                           .result_expiry_us = config->result_expiry_us,
                                           .result_bytes_max = config->result_bytes_max,
                                           .compact_at = config->compact_at};

    return coordinator_start(&engine->process, &coordinator, &engine->coordinator, error);
}

static Status
start_executor(Engine *engine, const EngineConfig *config, const char *role_name, uint32_t roles,
               uint32_t number, Error *error)
{
    char bind[NODE_ENDPOINT_SIZE];
    char numbered[64];
    const bool single = engine->coordinator == NULL && config->workers + config->reducers == 1;

    snprintf(numbered, sizeof numbered, "%s-%u", role_name, number);
    const ExecutorConfig executor = {.name = config->name != NULL ? config->name
                                             : single             ? NULL
                                                                  : numbered,
                                     .roles = roles,
                                     .slots = config->slots,
                                     .join = control_endpoint(engine, config),
                                     .bind = inbox_endpoints(bind, sizeof bind, config, role_name),
                                     .advertise = config->advertise,
                                     .batch_rows = config->batch_rows,
                                     .chunk_bytes = config->chunk_bytes,
                                     .drain_timeout_us = engine->drain_timeout_us};
    TRY(executor_start(&engine->process, &executor, &engine->executors[engine->executor_count], error));
    engine->executor_count++;
    return STATUS_OK;
}

static Status
start_executors(Engine *engine, const EngineConfig *config, Error *error)
{
    const uint32_t worker_roles = NODE_WORKER | (config->combined ? NODE_REDUCER : 0u);

    engine->executors = MEMORY_ARRAY(Executor *, config->workers + config->reducers + 1);
    for (uint32_t i = 0; i < config->workers; i++)
        TRY(start_executor(engine, config, "worker", worker_roles, i + 1, error));
    for (uint32_t i = 0; i < config->reducers; i++)
        TRY(start_executor(engine, config, "reducer", NODE_REDUCER, i + 1, error));
    return STATUS_OK;
}

static Status
start_front(Engine *engine, const EngineConfig *config, Error *error)
{
    char bind[NODE_ENDPOINT_SIZE];

    if (!config->front)
        return STATUS_OK;
    const FrontConfig front = {.name = config->workers + config->reducers == 0 ? config->name : "front",
                               .join = control_endpoint(engine, config),
                               .bind = inbox_endpoints(bind, sizeof bind, config, "front"),
                               .advertise = config->advertise};
    return front_start(&engine->process, &front, &engine->front, error);
}

static Status
wait_joined(Engine *engine, const EngineConfig *config, Error *error)
{
    for (uint32_t i = 0; i < engine->executor_count; i++)
        TRY(executor_wait_joined(engine->executors[i], JOIN_TIMEOUT_US, error));
    if (engine->front != NULL)
        TRY(front_wait_joined(engine->front, JOIN_TIMEOUT_US, error));
    if (engine->coordinator == NULL || engine->executor_count == 0)
        return STATUS_OK;
    const uint32_t reducers = config->combined ? config->workers : config->reducers;
    return coordinator_wait_ready(engine->coordinator, config->workers, reducers, JOIN_TIMEOUT_US, error);
}

Status
engine_open(const EngineConfig *config, Engine **made, Error *error)
{
    Engine *engine = MEMORY_NEW(Engine);
    const ProcessConfig process = {.store = config->store,
                                   .threads = config->threads,
                                   .memory_limit = config->memory_limit,
                                   .cache_limit = config->cache_limit,
                                   .scratch = config->scratch,
                                   .scratch_limit = config->scratch_limit};
    Status status;

    engine->drain_timeout_us = config->drain_timeout_us != 0 ? config->drain_timeout_us : DRAIN_TIMEOUT_US;
    status = process_open(&engine->process, &process, error);
    if (status != STATUS_OK) {
        free(engine);
        return status;
    }
    if (config->catalog != NULL)
        TRY_GOTO(start_coordinator(engine, config, error), failed);
    TRY_GOTO(start_executors(engine, config, error), failed);
    TRY_GOTO(start_front(engine, config, error), failed);
    TRY_GOTO(wait_joined(engine, config, error), failed);
    *made = engine;
    return STATUS_OK;

failed:
    engine_close(&engine, false);
    return status;
}

void
engine_close(Engine **self, bool drain)
{
    Engine *engine = *self;

    if (engine == NULL)
        return;
    /* Tablets that short lives leave are put together in the life that has made one too many. */
    if (engine->coordinator != NULL && engine->executor_count > 0)
        coordinator_settle(engine->coordinator, COMPACT_TIMEOUT_US);
    front_stop(&engine->front);
    for (uint32_t i = 0; i < engine->executor_count; i++)
        executor_stop(&engine->executors[i], drain && engine->coordinator == NULL);
    free(engine->executors);
    coordinator_stop(&engine->coordinator);
    process_close(&engine->process);
    free(engine);
    *self = NULL;
}

Status
engine_read_owner(const char *catalog, char *contact, size_t size, bool *owned, Error *error)
{
    return catalog_read_contact(catalog, contact, size, owned, error);
}
