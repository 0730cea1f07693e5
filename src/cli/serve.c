#include "cli/serve.h"

#include "cli/command.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_DATA = OPTION_FIRST,
    OPTION_STORE,
    OPTION_CATALOG,
    OPTION_SCRATCH,
    OPTION_SCRATCH_LIMIT,
    OPTION_JOIN,
    OPTION_BIND,
    OPTION_ADVERTISE,
    OPTION_NAME,
    OPTION_HTTP,
    OPTION_CONFIG,
    OPTION_WORKERS,
    OPTION_REDUCERS,
    OPTION_SLOTS,
    OPTION_THREADS,
    OPTION_FAN_IN,
    OPTION_JOINS,
    OPTION_MEMORY,
    OPTION_CACHE,
    OPTION_FORGET,
    OPTION_RESULT_EXPIRY,
    OPTION_RESULT_LIMIT,
    OPTION_DRAIN,
    OPTION_INSECURE,
    OPTION_PROCESSES
};

typedef struct OptionRow {
    struct option option;
    unsigned takes; /* 0: every command */
} OptionRow;

static const OptionRow rows[] = {
    {{"data", required_argument, NULL, OPTION_DATA}, TAKES_DATA},
    {{"store", required_argument, NULL, OPTION_STORE}, TAKES_DATA},
    {{"catalog", required_argument, NULL, OPTION_CATALOG}, TAKES_CATALOG},
    {{"scratch", required_argument, NULL, OPTION_SCRATCH}, TAKES_SLOTS},
    {{"scratch-limit", required_argument, NULL, OPTION_SCRATCH_LIMIT}, TAKES_SLOTS},
    {{"join", required_argument, NULL, OPTION_JOIN}, TAKES_JOIN},
    {{"bind", required_argument, NULL, OPTION_BIND}, TAKES_BIND},
    {{"advertise", required_argument, NULL, OPTION_ADVERTISE}, TAKES_JOIN},
    {{"name", required_argument, NULL, OPTION_NAME}, TAKES_JOIN},
    {{"http", required_argument, NULL, OPTION_HTTP}, TAKES_HTTP},
    {{"config", required_argument, NULL, OPTION_CONFIG}, 0},
    {{"workers", required_argument, NULL, OPTION_WORKERS}, TAKES_COUNTS},
    {{"reducers", required_argument, NULL, OPTION_REDUCERS}, TAKES_COUNTS},
    {{"processes", no_argument, NULL, OPTION_PROCESSES}, TAKES_COUNTS},
    {{"slots", required_argument, NULL, OPTION_SLOTS}, TAKES_SLOTS},
    {{"threads", required_argument, NULL, OPTION_THREADS}, 0},
    {{"fan-in", required_argument, NULL, OPTION_FAN_IN}, TAKES_CATALOG},
    {{"joins", required_argument, NULL, OPTION_JOINS}, TAKES_CATALOG},
    {{"memory-limit", required_argument, NULL, OPTION_MEMORY}, 0},
    {{"cache-limit", required_argument, NULL, OPTION_CACHE}, 0},
    {{"forget-after", required_argument, NULL, OPTION_FORGET}, TAKES_CATALOG},
    {{"result-expiry", required_argument, NULL, OPTION_RESULT_EXPIRY}, TAKES_CATALOG},
    {{"result-limit", required_argument, NULL, OPTION_RESULT_LIMIT}, TAKES_CATALOG},
    {{"drain-timeout", required_argument, NULL, OPTION_DRAIN}, TAKES_SLOTS},
    {{"insecure", no_argument, NULL, OPTION_INSECURE}, 0},
};

static const char *const join_forms[] = {"auto", "broadcast", "shuffle"}; /* of JoinDistribution */

enum { ROW_COUNT = sizeof rows / sizeof *rows };

static bool
set_number(ServeOptions *options, const char *command, int option, const char *text)
{
    switch (option) {
    case OPTION_WORKERS: return command_number(command, "workers", text, 1, 1024, &options->workers);
    case OPTION_REDUCERS: return command_number(command, "reducers", text, 1, 1024, &options->reducers);
    case OPTION_SLOTS: return command_number(command, "slots", text, 1, 4096, &options->slots);
    case OPTION_THREADS: return command_number(command, "threads", text, 1, 4096, &options->threads);
    case OPTION_FAN_IN: return command_number(command, "fan-in", text, 2, 65536, &options->fan_in);
    case OPTION_MEMORY:
        return command_number(command, "memory-limit", text, 1 << 20, INT64_MAX, &options->memory_limit);
    case OPTION_CACHE:
        return command_number(command, "cache-limit", text, 1 << 20, INT64_MAX, &options->cache_limit);
    case OPTION_FORGET:
        return command_number(command, "forget-after", text, 1, 1000000, &options->forget_after);
    case OPTION_RESULT_EXPIRY:
        return command_number(command, "result-expiry", text, 1, 1000000000, &options->result_expiry);
    case OPTION_RESULT_LIMIT:
        return command_number(command, "result-limit", text, 1, INT64_MAX, &options->result_limit);
    case OPTION_SCRATCH_LIMIT:
        return command_number(command, "scratch-limit", text, 0, INT64_MAX, &options->scratch_limit);
    default: return command_number(command, "drain-timeout", text, 0, 1000000, &options->drain_timeout);
    }
}

static bool
set_joins(ServeOptions *options, const char *command, const char *text)
{
    for (size_t i = 0; i < sizeof join_forms / sizeof *join_forms; i++) {
        if (strcmp(text, join_forms[i]) == 0) {
            options->joins = (JoinDistribution)i;
            return true;
        }
    }
    fprintf(stderr, "runnel %s: invalid value '%s' for --joins: auto, broadcast or shuffle\n", command, text);
    return false;
}

static bool
set_option(ServeOptions *options, const char *command, int option, const char *text)
{
    switch (option) {
    case OPTION_DATA: options->data = text; return true;
    case OPTION_STORE: options->store = text; return true;
    case OPTION_CATALOG: options->catalog = text; return true;
    case OPTION_SCRATCH: options->scratch = text; return true;
    case OPTION_JOIN: options->join = text; return true;
    case OPTION_BIND: options->bind = text; return true;
    case OPTION_ADVERTISE: options->advertise = text; return true;
    case OPTION_NAME: options->name = text; return true;
    case OPTION_HTTP: options->http = text; return true;
    case OPTION_CONFIG: options->config = text; return true;
    case OPTION_JOINS: return set_joins(options, command, text);
    case OPTION_INSECURE: options->insecure = true; return true;
    case OPTION_PROCESSES: options->processes = true; return true;
    default: return set_number(options, command, option, text);
    }
}

/* --- the configuration file: lines of `key = value`, keys being long options
 * ------------------------------------------ */

static const OptionRow *
find_row(const char *key, unsigned takes)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].option.name, key) == 0 && (rows[i].takes == 0 || (rows[i].takes & takes) != 0))
            return &rows[i];
    return NULL;
}

static char *
trim(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
        *--end = '\0';
    return text;
}

static bool
apply_line(const char *command, unsigned takes, const char *path, int number, char *line,
           ServeOptions *options)
{
    char *key = trim(line);

    if (*key == '\0' || *key == '#')
        return true;
    char *equals = strchr(key, '=');
    char *value = equals != NULL ? trim(equals + 1) : NULL;
    if (equals != NULL)
        *equals = '\0';
    key = trim(key);
    const OptionRow *row = find_row(key, takes);
    if (row == NULL) {
        fprintf(stderr, "runnel %s: %s:%d: unknown key '%s'\n", command, path, number, key);
        return false;
    }
    if (row->option.has_arg == no_argument && (value == NULL || strcmp(value, "true") == 0))
        return set_option(options, command, row->option.val, "");
    if (row->option.has_arg == no_argument && strcmp(value, "false") == 0)
        return true;
    if (value == NULL || row->option.has_arg == no_argument) {
        fprintf(stderr, "runnel %s: %s:%d: '%s' has no usable value\n", command, path, number, key);
        return false;
    }
    return set_option(options, command, row->option.val, arena_copy_string(options->arena, value));
}

static bool
read_config(const char *command, unsigned takes, const char *path, ServeOptions *options)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;
    bool fine = true;

    if (file == NULL) {
        fprintf(stderr, "runnel %s: cannot open %s: %s\n", command, path, strerror(errno));
        return false;
    }
    for (int number = 1; fine && getline(&line, &capacity, file) > 0; number++)
        fine = apply_line(command, takes, path, number, line, options);
    free(line);
    fclose(file);
    return fine;
}

/* --- the command line
 * ---------------------------------------------------------------------------------------------------- */

static int
parse_line(const char *command, const char *usage, unsigned takes, int argc, char **argv,
           ServeOptions *options)
{
    struct option long_options[ROW_COUNT + 3];
    size_t count = 0;

    for (size_t i = 0; i < ROW_COUNT; i++)
        if (rows[i].takes == 0 || (rows[i].takes & takes) != 0)
            long_options[count++] = rows[i].option;
    long_options[count++] = (struct option){"help", no_argument, NULL, OPTION_HELP};
    long_options[count++] = (struct option){"version", no_argument, NULL, OPTION_VERSION};
    long_options[count] = (struct option){0};

    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (c == OPTION_HELP)
            return command_help(usage);
        if (c == OPTION_VERSION)
            return command_version();
        if (c == '?' || !set_option(options, command, c, optarg))
            return command_wrong_usage(command);
    }
    if (optind < argc) {
        fprintf(stderr, "runnel %s: '%s' is not an option\n", command, argv[optind]);
        return command_wrong_usage(command);
    }
    return -1;
}

int
serve_parse(const char *command, const char *usage, unsigned takes, int argc, char **argv,
            ServeOptions *options)
{
    options->arena = arena_new(NULL);
    int status = parse_line(command, usage, takes, argc, argv, options);

    if (status >= 0 || options->config == NULL)
        return status;
    ServeOptions merged = {.arena = options->arena};
    if (!read_config(command, takes, options->config, &merged))
        return EXIT_USAGE;
    status = parse_line(command, usage, takes, argc, argv, &merged); /* the command line has the last word */
    *options = merged;
    return status;
}

void
serve_forget(ServeOptions *options)
{
    arena_destroy(&options->arena);
}

const char *
serve_path(ServeOptions *options, const char *given, const char *data, const char *name)
{
    return given != NULL ? given : arena_format(options->arena, "%s/%s", data, name);
}

/* --- serving
 * ---------------------------------------------------------------------------------------------------------------
 */

static void
end_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
}

void
serve_block_signals(void)
{
    sigset_t set;

    end_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void
serve_wait(void)
{
    sigset_t set;
    int number;

    end_signals(&set);
    while (sigwait(&set, &number) != 0)
        ;
}

void
serve_ready(const char *role, const char *endpoints)
{
    const char *supervisor = getenv(SERVE_READY_VARIABLE);

    if (supervisor != NULL) {
        dprintf(atoi(supervisor), "%s %s\n", role, endpoints);
        close(atoi(supervisor));
        return;
    }
    fprintf(stderr, "ready: %s %s\n", role, endpoints);
    fflush(stderr);
}

int
serve_failed(const char *command, const Error *error)
{
    fprintf(stderr, "runnel %s: %s\n", command, error->message);
    if (error->hint[0] != '\0')
        fprintf(stderr, "HINT:  %s\n", error->hint);
    switch (error->code) {
    case STATUS_CONFIGURATION: return EXIT_USAGE;
    case STATUS_CONNECTION:
    case STATUS_UNAVAILABLE: return EXIT_UNREACHABLE;
    default: return EXIT_FAILED;
    }
}

bool
serve_check_bind(const char *command, const ServeOptions *options, const char *endpoint)
{
    static const char *const safe[] = {"ipc://", "inproc://", "tcp://127.",
                                       "tcp://localhost:", "tcp://[::1]:"};

    if (options->insecure || endpoint == NULL)
        return true;
    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        if (strncmp(endpoint, safe[i], strlen(safe[i])) == 0)
            return true;
    fprintf(stderr,
            "runnel %s: %s is not a loopback address, and no security is configured\n"
            "HINT:  pass --insecure where the network can be trusted\n",
            command, endpoint);
    return false;
}
