#include "cli/command.h"
#include "cli/serve.h"

static const char usage[] =
    "Usage: runnel local [OPTION]...\n"
    "Serve a data directory from this machine: coordinator, workers, reducers and HTTP in one process.\n\n"
    "      --data=DIR           the data directory (default: ./runnel-data)\n"
    "      --http=HOST:PORT     where to listen (default: 127.0.0.1:8080; port 0: a free one)\n"
    "      --workers=N          (default: 1)\n"
    "      --reducers=N         (default: 1)\n"
    "      --slots=N            tasks at a time in each worker and reducer (default: cores)\n"
    "      --processes          a process for each role, over ipc\n"
    "      --fan-in=N           the most producers that one task merges (default: 64)\n"
    "      --joins=FORM         auto (default), broadcast or shuffle: how joins are distributed\n"
    "      --result-expiry=S    seconds that rows of asynchronous queries are kept (default: 86400)\n"
    "      --result-limit=N     bytes of one such result (default: 1 GiB)\n"
    "      --memory-limit=N     bytes for queries (default: 60 % of the machine's)\n"
    "      --scratch=DIR        for what memory does not hold (default: DIR/scratch); --scratch-limit=N "
    "bytes\n"
    "      --cache-limit=N      bytes of the block cache (default: 25 %)\n"
    "      --threads=N          that do the work (default: cores)\n"
    "      --insecure           allow --http to be other than loopback\n"
    "      --config=FILE        lines of `option = value`\n"
    "      --help, --version\n";

static int
serve(ServeOptions *options)
{
    const EngineConfig config = {.store = serve_path(options, options->store, options->data, "store"),
                                 .catalog = serve_path(options, options->catalog, options->data, "catalog"),
                                 .scratch = serve_path(options, options->scratch, options->data, "scratch"),
                                 .scratch_limit = options->scratch_limit,
                                 .workers = (uint32_t)options->workers,
                                 .reducers = (uint32_t)options->reducers,
                                 .front = true,
                                 .slots = (uint32_t)options->slots,
                                 .threads = (uint32_t)options->threads,
                                 .memory_limit = options->memory_limit,
                                 .cache_limit = options->cache_limit,
                                 .fan_in = (uint32_t)options->fan_in,
                                 .joins = options->joins,
                                 .forget_after_us = (int64_t)options->forget_after * 1000000,
                                 .keep_history = true,
                                 .result_expiry_us = (int64_t)options->result_expiry * 1000000,
                                 .result_bytes_max = options->result_limit};
    Engine *engine;
    HttpServer *server;
    Error error = {0};

    HttpConfig http = {.listen = options->http, .insecure = options->insecure};
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

static int
run(ServeOptions *options)
{
    if (options->data == NULL)
        options->data = "runnel-data";
    if (options->http == NULL)
        options->http = "127.0.0.1:8080";
    if (options->workers == 0)
        options->workers = 1;
    if (options->reducers == 0)
        options->reducers = 1;
    return options->processes ? serve_processes(options) : serve(options);
}

int
command_local(int argc, char **argv)
{
    ServeOptions options = {0};
    int status =
        serve_parse("local", usage, TAKES_DATA | TAKES_CATALOG | TAKES_HTTP | TAKES_COUNTS | TAKES_SLOTS,
                    argc, argv, &options);

    if (status < 0)
        status = run(&options);
    serve_forget(&options);
    return status;
}
