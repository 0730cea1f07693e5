/* cli/options.h: the options of the commands that serve, from one table: the command line, `--config FILE`
 * and the environment know the same ones, and --help lists them. */
#ifndef RUNNEL_CLI_OPTIONS_H
#define RUNNEL_CLI_OPTIONS_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who takes an option: bits. */
typedef enum ServeRole {
    ROLE_LOCAL = 1,
    ROLE_COORDINATOR = 2,
    ROLE_WORKER = 4,
    ROLE_REDUCER = 8,
    ROLE_FRONT = 16
} ServeRole;

/* What was said, or the default of the role. A text that is NULL and a number that is 0 were not given and
 * have no default that is known beforehand. */
typedef struct ServeOptions {
    const char *data, *store, *catalog, *scratch;
    const char *join, *bind, *advertise, *name, *http, *config;
    uint64_t workers, reducers, slots, threads, fan_in, memory_limit, cache_limit, scratch_limit;
    uint64_t forget_after, drain_timeout, result_expiry; /* seconds */
    uint64_t client_timeout;                             /* seconds */
    uint64_t compact_at;
    uint64_t result_limit, upload_limit; /* bytes */
    uint64_t joins;                      /* JoinDistribution */
    uint64_t log;                        /* LogLevel */
    bool insecure, processes;
    Arena *arena; /* of the texts that were made for them */
} ServeOptions;

/* The variable by which a supervisor tells a child where to say that it is ready; no option. */
#define OPTIONS_READY_VARIABLE "RUNNEL_READY_DESCRIPTOR"

const char *options_role_name(ServeRole role);

/* Read them all, the later of these winning: defaults, the file that --config (or RUNNEL_CONFIG) names, the
 * environment (RUNNEL_ and the option's name in capitals), the command line. -1: go on; else the exit status,
 * after
 * --help, --version or a message. In either case options_forget() them in the end. */
int options_parse(ServeRole role, int argc, char **argv, ServeOptions *options);

void options_forget(ServeOptions *options);

/* Options as arguments for a process of another role: each that both roles have, other than --config and
 * those whose value would be the same without being said. `count` of at most `capacity` texts, which live as
 * long as the options. */
size_t options_for_role(ServeOptions *options, ServeRole role, ServeRole other, size_t capacity,
                        const char **arguments);
/* The number of rows in the table: enough as a capacity. */
size_t options_count(void);

/* `given`, or where it is NULL the path of `name` below `data`; lives as long as the options. */
const char *options_path(ServeOptions *options, const char *given, const char *data, const char *name);

#endif
