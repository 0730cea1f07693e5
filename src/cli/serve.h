/* cli/serve.h: what the commands that serve have in common: options, the "ready" line, waiting for the end.
 */
#ifndef RUNNEL_CLI_SERVE_H
#define RUNNEL_CLI_SERVE_H

#include "base/arena.h"
#include "engine/engine.h"
#include "front/http.h"

/* Options of all roles; each command takes those that mean something to it. */
typedef struct ServeOptions {
    const char *data, *store, *catalog, *scratch;
    const char *join, *bind, *advertise, *name, *http, *config;
    uint64_t workers, reducers, slots, threads, fan_in, memory_limit, cache_limit, scratch_limit;
    uint64_t forget_after, drain_timeout, result_expiry; /* seconds */
    uint64_t result_limit;                               /* bytes */
    JoinDistribution joins;
    bool insecure, processes;
    Arena *arena; /* of the texts that were made for them */
} ServeOptions;

/* Which of the options a command has: bits. */
typedef enum ServeTakes {
    TAKES_DATA = 1,
    TAKES_CATALOG = 2,
    TAKES_JOIN = 4,
    TAKES_BIND = 8,
    TAKES_HTTP = 16,
    TAKES_COUNTS = 32, /* workers, reducers, processes */
    TAKES_SLOTS = 64
} ServeTakes;

/* Parse a command's options, those of --config FILE first. -1: go on; else the exit status. In either case
 * serve_forget() them in the end. */
int serve_parse(const char *command, const char *usage, unsigned takes, int argc, char **argv,
                ServeOptions *options);

void serve_forget(ServeOptions *options);

/* `given`, or where it is NULL the path of `name` below `data`; lives as long as the options. */
const char *serve_path(ServeOptions *options, const char *given, const char *data, const char *name);

/* Block the signals that end a server; call before any thread starts. */
void serve_block_signals(void);
/* Wait for SIGTERM or SIGINT. */
void serve_wait(void);
/* One line on standard error, which scripts wait for; a supervisor's child tells its supervisor instead. */
#define SERVE_READY_VARIABLE "RUNNEL_READY_DESCRIPTOR"
void serve_ready(const char *role, const char *endpoints);
int serve_failed(const char *command, const Error *error);

/* Endpoints that are not loopback or ipc need --insecure. False, with a message, where it is missing. */
bool serve_check_bind(const char *command, const ServeOptions *options, const char *endpoint);

/* `runnel local --processes`: a process a role, over ipc, restarted where one ends; until SIGTERM. */
int serve_processes(const ServeOptions *options);

#endif
