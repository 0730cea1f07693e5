#include "cli/command.h"
#include "cli/serve.h"

static int
serve(ServeOptions *options)
{
    const EngineConfig config = {.store = options_path(options, options->store, options->data, "store"),
                                 .catalog = options_path(options, options->catalog, options->data, "catalog"),
                                 .scratch = options_path(options, options->scratch, options->data, "scratch"),
                                 .scratch_limit = options->scratch_limit,
                                 .workers = (uint32_t)options->workers,
                                 .reducers = (uint32_t)options->reducers,
                                 .front = true,
                                 .slots = (uint32_t)options->slots,
                                 .threads = (uint32_t)options->threads,
                                 .memory_limit = options->memory_limit,
                                 .cache_limit = options->cache_limit,
                                 .fan_in = (uint32_t)options->fan_in,
                                 .joins = (JoinDistribution)options->joins,
                                 .forget_after_us = (int64_t)options->forget_after * 1000000,
                                 .keep_history = true,
                                 .result_expiry_us = (int64_t)options->result_expiry * 1000000,
                                 .result_bytes_max = options->result_limit,
                                 .compact_at = (uint32_t)options->compact_at,
                                 .drain_timeout_us = serve_drain_us(options)};
    Engine *engine;
    HttpServer *server;
    Error error = {0};

    HttpConfig http = serve_http_config(options);
    if (http_check(&http, &error) != STATUS_OK)
        return serve_failed("local", &error);
    serve_block_signals();
    if (engine_open(&config, &engine, &error) != STATUS_OK)
        return serve_failed("local", &error);
    http.store = engine->process.store;
    if (http_start(engine->front, &http, &server, &error) != STATUS_OK) {
        engine_close(&engine, false);
        return serve_failed("local", &error);
    }
    int status = EXIT_DONE;
    if (coordinator_set_contact(engine->coordinator, http_url(server), &error) == STATUS_OK) {
        serve_ready("local", http_url(server));
        serve_wait();
    } else {
        status = serve_failed("local", &error);
    }
    http_stop(&server);
    engine_close(&engine, false);
    return status;
}

int
command_local(int argc, char **argv)
{
    ServeOptions options;
    int status = options_parse(ROLE_LOCAL, argc, argv, &options);

    if (status < 0)
        status = options.processes ? serve_processes(&options) : serve(&options);
    options_forget(&options);
    return status;
}
