/* The commands coordinator, worker, reducer and front: one role a process. */
#include "cli/command.h"
#include "cli/serve.h"

#include <string.h>

static const char coordinator_usage[] =
    "Usage: runnel coordinator [OPTION]...\n"
    "Plan and schedule queries; own the catalog.\n\n"
    "      --data=DIR           sets --store=DIR/store and --catalog=DIR/catalog (default: ./runnel-data)\n"
    "      --store=DIR          the tablets' root, as this node sees it\n"
    "      --catalog=DIR        the catalog, on a local disk\n"
    "      --bind=ENDPOINT      where nodes join (default: tcp://127.0.0.1:7700)\n"
    "      --fan-in=N           the most producers that one task merges (default: 64)\n"
    "      --joins=FORM         auto (default), broadcast or shuffle: how joins are distributed\n"
    "      --forget-after=S     seconds that a lost node counts as missing (default: 300)\n"
    "      --result-expiry=S    seconds that rows of asynchronous queries are kept (default: 86400)\n"
    "      --result-limit=N     bytes of one such result (default: 1 GiB)\n"
    "      --memory-limit=N, --cache-limit=N, --threads=N\n"
    "      --insecure           allow --bind to be other than loopback or ipc\n"
    "      --config=FILE        lines of `option = value`\n"
    "      --help, --version\n";

static const char executor_usage[] =
    "Usage: runnel worker|reducer [OPTION]...\n"
    "worker: scan tablets. reducer: merge, join and sort what the workers send.\n\n"
    "      --join=ENDPOINT      the coordinator (default: tcp://127.0.0.1:7700)\n"
    "      --bind=ENDPOINT      this node's inbox (default: a free port; loopback where the coordinator is "
    "local)\n"
    "      --advertise=ENDPOINT what others are told instead of what was bound\n"
    "      --name=NAME          for people (default: host and process id)\n"
    "      --slots=N            tasks at a time (default: cores)\n"
    "      --data=DIR           sets --store=DIR/store and --scratch=DIR/scratch (default: ./runnel-data)\n"
    "      --store=DIR          the tablets' root, as this node sees it\n"
    "      --scratch=DIR        for spilled data; --scratch-limit=N bytes\n"
    "      --drain-timeout=S    seconds to finish after SIGTERM (default: 60)\n"
    "      --memory-limit=N, --cache-limit=N, --threads=N\n"
    "      --insecure           allow --bind to be other than loopback or ipc\n"
    "      --config=FILE        lines of `option = value`\n"
    "      --help, --version\n";

static const char front_usage[] =
    "Usage: runnel front [OPTION]...\n"
    "Serve HTTP.\n\n"
    "      --join=ENDPOINT      the coordinator (default: tcp://127.0.0.1:7700)\n"
    "      --http=HOST:PORT     where to listen (default: 127.0.0.1:8080; port 0: a free one)\n"
    "      --bind=ENDPOINT      this node's inbox (default: a free port)\n"
    "      --advertise=ENDPOINT what others are told instead of what was bound\n"
    "      --name=NAME          for people\n"
    "      --data=DIR           sets --store=DIR/store\n"
    "      --store=DIR          the tablets' root, as this node sees it: uploads are staged there (default: "
    "none, "
    "uploads are refused)\n"
    "      --insecure           allow addresses that are not loopback\n"
    "      --config=FILE        lines of `option = value`\n"
    "      --help, --version\n";

enum { FOREVER_US = 1000000000 };

static bool
is_local(const char *endpoint)
{
    return strncmp(endpoint, "tcp://", 6) != 0 || strncmp(endpoint, "tcp://127.", 10) == 0 ||
           strncmp(endpoint, "tcp://localhost", 15) == 0 || strncmp(endpoint, "tcp://[::1]", 11) == 0;
}

static int
run_coordinator(ServeOptions *options)
{
    Engine *engine;
    Error error = {0};
    const char *data = options->data != NULL ? options->data : "runnel-data";
    const char *bind = options->bind != NULL ? options->bind : "tcp://127.0.0.1:7700";
    const EngineConfig config = {.store = serve_path(options, options->store, data, "store"),
                                 .catalog = serve_path(options, options->catalog, data, "catalog"),
                                 .control = bind,
                                 .fan_in = (uint32_t)options->fan_in,
                                 .joins = options->joins,
                                 .threads = (uint32_t)options->threads,
                                 .memory_limit = options->memory_limit,
                                 .cache_limit = options->cache_limit,
                                 .forget_after_us = (int64_t)options->forget_after * 1000000,
                                 .keep_history = true,
                                 .result_expiry_us = (int64_t)options->result_expiry * 1000000,
                                 .result_bytes_max = options->result_limit};
    if (!serve_check_bind("coordinator", options, bind))
        return EXIT_USAGE;
    serve_block_signals();
    if (engine_open(&config, &engine, &error) != STATUS_OK)
        return serve_failed("coordinator", &error);
    const char *endpoint = coordinator_endpoint(engine->coordinator);
    if (coordinator_set_contact(engine->coordinator, endpoint, &error) != STATUS_OK) {
        engine_close(&engine, false);
        return serve_failed("coordinator", &error);
    }
    serve_ready("coordinator", endpoint);
    serve_wait();
    engine_close(&engine, false);
    return EXIT_DONE;
}

int
command_coordinator(int argc, char **argv)
{
    ServeOptions options = {0};
    int status = serve_parse("coordinator", coordinator_usage, TAKES_DATA | TAKES_CATALOG | TAKES_BIND, argc,
                             argv, &options);

    if (status < 0)
        status = run_coordinator(&options);
    serve_forget(&options);
    return status;
}

static int
run_executor(const char *command, bool worker, ServeOptions *options)
{
    Engine *engine;
    Error error = {0};
    const char *data = options->data != NULL ? options->data : "runnel-data";
    const char *join = options->join != NULL ? options->join : "tcp://127.0.0.1:7700";
    const EngineConfig config = {.store = serve_path(options, options->store, data, "store"),
                                 .scratch = serve_path(options, options->scratch, data, "scratch"),
                                 .scratch_limit = options->scratch_limit,
                                 .join = join,
                                 .bind = options->bind != NULL ? options->bind
                                         : is_local(join)      ? "tcp://127.0.0.1:*"
                                                               : "tcp://*:*",
                                 .advertise = options->advertise,
                                 .name = options->name,
                                 .workers = worker,
                                 .reducers = !worker,
                                 .slots = (uint32_t)options->slots,
                                 .threads = (uint32_t)options->threads,
                                 .memory_limit = options->memory_limit,
                                 .cache_limit = options->cache_limit,
                                 .drain_timeout_us = (int64_t)options->drain_timeout * 1000000};
    /* A default bind on all addresses follows from a coordinator elsewhere: the same consent covers it. */
    if (!serve_check_bind(command, options, config.bind))
        return EXIT_USAGE;
    serve_block_signals();
    if (engine_open(&config, &engine, &error) != STATUS_OK)
        return serve_failed(command, &error);
    serve_ready(command, executor_endpoint(engine->executors[0]));
    serve_wait();
    engine_close(&engine, true);
    return EXIT_DONE;
}

static int
command_executor(const char *command, bool worker, int argc, char **argv)
{
    ServeOptions options = {0};
    int status = serve_parse(command, executor_usage, TAKES_DATA | TAKES_JOIN | TAKES_BIND | TAKES_SLOTS,
                             argc, argv, &options);

    if (status < 0)
        status = run_executor(command, worker, &options);
    serve_forget(&options);
    return status;
}

int
command_worker(int argc, char **argv)
{
    return command_executor("worker", true, argc, argv);
}

int
command_reducer(int argc, char **argv)
{
    return command_executor("reducer", false, argc, argv);
}

static int
run_front(ServeOptions *options)
{
    Engine *engine;
    HttpServer *server;
    Error error = {0};
    const char *join = options->join != NULL ? options->join : "tcp://127.0.0.1:7700";
    const EngineConfig config = {.store = options->store != NULL ? options->store
                                          : options->data != NULL
                                              ? serve_path(options, NULL, options->data, "store")
                                              : NULL,
                                 .join = join,
                                 .bind = options->bind != NULL ? options->bind
                                         : is_local(join)      ? "tcp://127.0.0.1:*"
                                                               : "tcp://*:*",
                                 .advertise = options->advertise,
                                 .name = options->name,
                                 .front = true,
                                 .threads = (uint32_t)options->threads,
                                 .memory_limit = options->memory_limit};
    if (!serve_check_bind("front", options, config.bind))
        return EXIT_USAGE;
    HttpConfig http = {.listen = options->http != NULL ? options->http : "127.0.0.1:8080",
                       .insecure = options->insecure};
    if (http_check(&http, &error) != STATUS_OK)
        return serve_failed("front", &error);
    serve_block_signals();
    if (engine_open(&config, &engine, &error) != STATUS_OK)
        return serve_failed("front", &error);
    http.store = engine->process.store;
    if (http_start(engine->front, &http, &server, &error) != STATUS_OK) {
        engine_close(&engine, false);
        return serve_failed("front", &error);
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
    ServeOptions options = {0};
    int status = serve_parse("front", front_usage, TAKES_DATA | TAKES_JOIN | TAKES_BIND | TAKES_HTTP, argc,
                             argv, &options);

    if (status < 0)
        status = run_front(&options);
    serve_forget(&options);
    return status;
}
