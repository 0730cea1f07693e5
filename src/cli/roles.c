/* The commands coordinator, worker, reducer and front: one role a process. */
#include "cli/command.h"
#include "cli/serve.h"

#include <string.h>

static bool
is_local(const char *endpoint)
{
    return strncmp(endpoint, "tcp://", 6) != 0 || strncmp(endpoint, "tcp://127.", 10) == 0 ||
           strncmp(endpoint, "tcp://localhost", 15) == 0 || strncmp(endpoint, "tcp://[::1]", 11) == 0;
}

static int
run_coordinator(ServeRole role, ServeOptions *options)
{
    Engine *engine;
    Error error = {0};
    const EngineConfig config = {.store = options_path(options, options->store, options->data, "store"),
                                 .catalog = options_path(options, options->catalog, options->data, "catalog"),
                                 .control = options->bind,
                                 .fan_in = (uint32_t)options->fan_in,
                                 .joins = (JoinDistribution)options->joins,
                                 .threads = (uint32_t)options->threads,
                                 .memory_limit = options->memory_limit,
                                 .cache_limit = options->cache_limit,
                                 .forget_after_us = (int64_t)options->forget_after * 1000000,
                                 .keep_history = true,
                                 .result_expiry_us = (int64_t)options->result_expiry * 1000000,
                                 .result_bytes_max = options->result_limit,
                                 .compact_at = (uint32_t)options->compact_at};
    if (!serve_check_bind(options_role_name(role), options, options->bind))
        return EXIT_USAGE;
    serve_block_signals();
    if (engine_open(&config, &engine, &error) != STATUS_OK)
        return serve_failed(options_role_name(role), &error);
    const char *endpoint = coordinator_endpoint(engine->coordinator);
    if (coordinator_set_contact(engine->coordinator, endpoint, &error) != STATUS_OK) {
        engine_close(&engine, false);
        return serve_failed(options_role_name(role), &error);
    }
    serve_ready("coordinator", endpoint);
    serve_wait();
    engine_close(&engine, false);
    return EXIT_DONE;
}

static int
command_role(ServeRole role, int (*run)(ServeRole, ServeOptions *), int argc, char **argv)
{
    ServeOptions options;
    int status = options_parse(role, argc, argv, &options);

    if (status < 0)
        status = run(role, &options);
    options_forget(&options);
    return status;
}

int
command_coordinator(int argc, char **argv)
{
    return command_role(ROLE_COORDINATOR, run_coordinator, argc, argv);
}

static int
run_executor(ServeRole role, ServeOptions *options)
{
    Engine *engine;
    Error error = {0};
    const EngineConfig config = {.store = options_path(options, options->store, options->data, "store"),
                                 .scratch = options_path(options, options->scratch, options->data, "scratch"),
                                 .scratch_limit = options->scratch_limit,
                                 .join = options->join,
                                 .bind = options->bind != NULL     ? options->bind
                                         : is_local(options->join) ? "tcp://127.0.0.1:*"
                                                                   : "tcp://*:*",
                                 .advertise = options->advertise,
                                 .name = options->name,
                                 .workers = role == ROLE_WORKER,
                                 .reducers = role == ROLE_REDUCER,
                                 .slots = (uint32_t)options->slots,
                                 .threads = (uint32_t)options->threads,
                                 .memory_limit = options->memory_limit,
                                 .cache_limit = options->cache_limit,
                                 .drain_timeout_us = serve_drain_us(options)};
    /* A default bind on all addresses follows from a coordinator elsewhere: the same consent covers it. */
    if (!serve_check_bind(options_role_name(role), options, config.bind))
        return EXIT_USAGE;
    serve_block_signals();
    if (engine_open(&config, &engine, &error) != STATUS_OK)
        return serve_failed(options_role_name(role), &error);
    serve_ready(options_role_name(role), executor_endpoint(engine->executors[0]));
    serve_wait();
    engine_close(&engine, true);
    return EXIT_DONE;
}

int
command_worker(int argc, char **argv)
{
    return command_role(ROLE_WORKER, run_executor, argc, argv);
}

int
command_reducer(int argc, char **argv)
{
    return command_role(ROLE_REDUCER, run_executor, argc, argv);
}

static int
run_front(ServeRole role, ServeOptions *options)
{
    Engine *engine;
    HttpServer *server;
    Error error = {0};
    const EngineConfig config = {.store = options->store != NULL ? options->store
                                          : options->data != NULL
                                              ? options_path(options, NULL, options->data, "store")
                                              : NULL,
                                 .join = options->join,
                                 .bind = options->bind != NULL     ? options->bind
                                         : is_local(options->join) ? "tcp://127.0.0.1:*"
                                                                   : "tcp://*:*",
                                 .advertise = options->advertise,
                                 .name = options->name,
                                 .front = true,
                                 .threads = (uint32_t)options->threads,
                                 .memory_limit = options->memory_limit};
    if (!serve_check_bind(options_role_name(role), options, config.bind))
        return EXIT_USAGE;
    HttpConfig http = serve_http_config(options);
    if (http_check(&http, &error) != STATUS_OK)
        return serve_failed(options_role_name(role), &error);
    serve_block_signals();
    if (engine_open(&config, &engine, &error) != STATUS_OK)
        return serve_failed(options_role_name(role), &error);
    http.store = engine->process.store;
    if (http_start(engine->front, &http, &server, &error) != STATUS_OK) {
        engine_close(&engine, false);
        return serve_failed(options_role_name(role), &error);
    }
    serve_ready("front", http_url(server));
    serve_wait();
    http_stop(&server);
    engine_close(&engine, false);
    return EXIT_DONE;
}

int
command_front(int argc, char **argv)
{
    return command_role(ROLE_FRONT, run_front, argc, argv);
}
