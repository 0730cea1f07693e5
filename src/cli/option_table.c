#include "cli/option_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define AT(member)     offsetof(ServeOptions, member)
#define NODES          (ROLE_WORKER | ROLE_REDUCER | ROLE_FRONT)
#define EXECUTORS      (ROLE_WORKER | ROLE_REDUCER)
#define CATALOG_OWNERS (ROLE_LOCAL | ROLE_COORDINATOR)
#define ALL_BUT_LOCAL  (ROLE_COORDINATOR | NODES)
#define EVERY_ROLE     (ROLE_LOCAL | ALL_BUT_LOCAL)
#define COUNT(n, m)    .kind = KIND_NUMBER, .value = n, .at = AT(m)
#define NAMED(n, m)    .kind = KIND_TEXT, .value = n, .at = AT(m)
#define SWITCH(m)      .kind = KIND_SWITCH, .at = AT(m)
#define BYTES_LEAST    ((uint64_t)1 << 20)

/* In the order of --help. */
const RoleOption option_table[] = {
    {"data", ROLE_LOCAL, NAMED("DIR", data), .fallback = "runnel-data", .help = "the data directory"},
    {"data", ROLE_COORDINATOR, NAMED("DIR", data), .fallback = "runnel-data",
     .help = "sets --store=DIR/store and --catalog=DIR/catalog"},
    {"data", EXECUTORS, NAMED("DIR", data), .fallback = "runnel-data",
     .help = "sets --store=DIR/store and --scratch=DIR/scratch"},
    {"data", ROLE_FRONT, NAMED("DIR", data), .help = "sets --store=DIR/store"},
    {"store", ROLE_LOCAL, NAMED("DIR", store), .help = "the tablets' root (default: that of --data)"},
    {"store", ROLE_COORDINATOR | EXECUTORS, NAMED("DIR", store),
     .help = "the tablets' root, as this node sees it (default: that of --data)"},
    {"store", ROLE_FRONT, NAMED("DIR", store),
     .help = "the tablets' root: uploads are staged there (default: none, they are refused)"},
    {"catalog", CATALOG_OWNERS, NAMED("DIR", catalog),
     .help = "the catalog, on a local disk (default: that of --data)"},
    {"join", NODES, NAMED("ENDPOINT", join), .fallback = "tcp://127.0.0.1:7700", .help = "the coordinator"},
    {"bind", ROLE_COORDINATOR, NAMED("ENDPOINT", bind), .fallback = "tcp://127.0.0.1:7700",
     .help = "where nodes join"},
    {"bind", NODES, NAMED("ENDPOINT", bind),
     .help = "this node's inbox (default: a free port; loopback where the coordinator is local)"},
    {"advertise", NODES, NAMED("ENDPOINT", advertise),
     .help = "what others are told instead of what was bound"},
    {"name", NODES, NAMED("NAME", name), .help = "for people (default: host and process id)"},
    {"http", ROLE_LOCAL | ROLE_FRONT, NAMED("HOST:PORT", http), .fallback = "127.0.0.1:8080",
     .help = "where to listen; port 0: a free one"},
    {"client-timeout", ROLE_LOCAL | ROLE_FRONT, COUNT("S", client_timeout), .fallback = "120", .least = 1,
     .most = 1000000, .help = "seconds after which a client that neither sends nor reads is let go"},
    {"upload-limit", ROLE_LOCAL | ROLE_FRONT, COUNT("N", upload_limit), .fallback = "68719476736", .least = 1,
     .most = INT64_MAX, .help = "bytes of one upload"},
    {"workers", ROLE_LOCAL, COUNT("N", workers), .fallback = "1", .least = 1, .most = 1024,
     .help = "workers, which scan"},
    {"reducers", ROLE_LOCAL, COUNT("N", reducers), .fallback = "1", .least = 1, .most = 1024,
     .help = "reducers, which merge, join and sort"},
    {"processes", ROLE_LOCAL, SWITCH(processes), .help = "a process for each role, over ipc"},
    {"slots", ROLE_LOCAL, COUNT("N", slots), .least = 1, .most = 4096,
     .help = "tasks at a time in each worker and reducer (default: cores)"},
    {"slots", EXECUTORS, COUNT("N", slots), .least = 1, .most = 4096,
     .help = "tasks at a time (default: cores)"},
    {"threads", EVERY_ROLE, COUNT("N", threads), .least = 1, .most = 4096,
     .help = "threads that do the work (default: cores)"},
    {"fan-in", CATALOG_OWNERS, COUNT("N", fan_in), .fallback = "64", .least = 2, .most = 65536,
     .help = "the most producers that one task merges"},
    {"joins", CATALOG_OWNERS, .kind = KIND_CHOICE, .value = "auto|broadcast|shuffle", .at = AT(joins),
     .fallback = "auto", .help = "how joins are distributed"},
    {"forget-after", CATALOG_OWNERS, COUNT("S", forget_after), .fallback = "300", .least = 1, .most = 1000000,
     .help = "seconds that a lost node counts as missing"},
    {"result-expiry", CATALOG_OWNERS, COUNT("S", result_expiry), .fallback = "86400", .least = 1,
     .most = 1000000000, .help = "seconds that rows of asynchronous queries are kept"},
    {"result-limit", CATALOG_OWNERS, COUNT("N", result_limit), .fallback = "1073741824", .least = 1,
     .most = INT64_MAX, .help = "bytes of one such result"},
    {"compact-at", CATALOG_OWNERS, COUNT("N", compact_at), .fallback = "16", .least = 1, .most = 1024,
     .help = "small tablets of a partition that become one; 1: never"},
    {"memory-limit", EVERY_ROLE, COUNT("N", memory_limit), .least = BYTES_LEAST, .most = INT64_MAX,
     .help = "bytes for queries (default: 60 % of the machine's)"},
    {"cache-limit", CATALOG_OWNERS | EXECUTORS, COUNT("N", cache_limit), .least = BYTES_LEAST,
     .most = INT64_MAX, .help = "bytes of the block cache (default: 25 % of the machine's)"},
    {"scratch", ROLE_LOCAL | EXECUTORS, NAMED("DIR", scratch),
     .help = "for what memory does not hold (default: that of --data)"},
    {"scratch-limit", ROLE_LOCAL | EXECUTORS, COUNT("N", scratch_limit), .most = INT64_MAX,
     .help = "bytes there (default: as many as the disk has)"},
    {"drain-timeout", ROLE_LOCAL | EXECUTORS, COUNT("S", drain_timeout), .fallback = "60", .most = 1000000,
     .help = "seconds to finish after SIGTERM"},
    {"log", EVERY_ROLE, .kind = KIND_CHOICE, .value = "error|warning|info|debug", .at = AT(log),
     .fallback = "warning", .help = "what is told on standard error"},
    {"insecure", EVERY_ROLE, SWITCH(insecure), .help = "allow addresses that are not loopback or ipc"},
    {"config", EVERY_ROLE, NAMED("FILE", config), .help = "lines of `option = value`: runnel.conf(5)"},
};

const size_t option_table_size = sizeof option_table / sizeof *option_table;

const RoleOption *
option_find(const char *name, unsigned roles)
{
    for (size_t i = 0; i < option_table_size; i++)
        if (strcmp(option_table[i].name, name) == 0 && (option_table[i].roles & roles) != 0)
            return &option_table[i];
    return NULL;
}

void
option_variable(const RoleOption *option, char variable[OPTION_NAME_SIZE])
{
    snprintf(variable, OPTION_NAME_SIZE, "RUNNEL_%s", option->name);
    for (char *c = variable; *c != '\0'; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

/* --- values
 * ----------------------------------------------------------------------------------------------------------
 */

static void *
member(const RoleOption *option, ServeOptions *options)
{
    return (char *)options + option->at;
}

static bool
set_number(const RoleOption *option, const char *text, const char *command, const char *place,
           uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    if (errno == 0 && isdigit((unsigned char)*text) && *end == '\0' && *number >= option->least &&
        *number <= option->most)
        return true;
    fprintf(stderr, "runnel %s: %s takes a number from %llu to %llu, not '%s'\n", command, place,
            (unsigned long long)option->least, (unsigned long long)option->most, text);
    return false;
}

static bool
set_choice(const RoleOption *option, const char *text, const char *command, const char *place,
           uint64_t *number)
{
    const char *name = option->value;

    for (*number = 0; *name != '\0'; ++*number) {
        const size_t length = strcspn(name, "|");
        if (strlen(text) == length && strncmp(name, text, length) == 0)
            return true;
        name += length + (name[length] == '|');
    }
    fprintf(stderr, "runnel %s: invalid value '%s' for %s: one of %s\n", command, text, place, option->value);
    return false;
}

static bool
set_switch(const char *text, const char *command, const char *place, bool *on)
{
    *on = strcmp(text, "true") == 0;
    if (*on || strcmp(text, "false") == 0)
        return true;
    fprintf(stderr, "runnel %s: %s takes true or false, not '%s'\n", command, place, text);
    return false;
}

bool
option_set(const RoleOption *option, const char *text, const char *command, const char *place,
           ServeOptions *options)
{
    void *at = member(option, options);

    switch (option->kind) {
    case KIND_NUMBER: return set_number(option, text, command, place, at);
    case KIND_CHOICE: return set_choice(option, text, command, place, at);
    case KIND_SWITCH: return set_switch(text, command, place, at);
    case KIND_TEXT: break;
    }
    if (*text == '\0') {
        fprintf(stderr, "runnel %s: %s is empty\n", command, place);
        return false;
    }
    if (strcmp(option->value, "ENDPOINT") == 0 && strncmp(text, "tcp://", 6) != 0 &&
        strncmp(text, "ipc://", 6) != 0) {
        fprintf(stderr, "runnel %s: %s takes tcp://HOST:PORT or ipc://PATH, not '%s'\n", command, place,
                text);
        return false;
    }
    *(const char **)at = text;
    return true;
}

static const char *
choice_name(const RoleOption *option, uint64_t number, Arena *arena)
{
    const char *name = option->value;

    for (; number > 0; number--)
        name += strcspn(name, "|") + 1;
    return arena_copy_bytes(arena, name, strcspn(name, "|"));
}

const char *
option_text(const RoleOption *option, ServeOptions *options)
{
    const void *at = member(option, options);

    switch (option->kind) {
    case KIND_TEXT: return *(const char *const *)at;
    case KIND_CHOICE: return choice_name(option, *(const uint64_t *)at, options->arena);
    case KIND_SWITCH: return *(const bool *)at ? "true" : "false";
    case KIND_NUMBER: break;
    }
    if (*(const uint64_t *)at == 0 && option->fallback == NULL)
        return NULL;
    return arena_format(options->arena, "%llu", (unsigned long long)*(const uint64_t *)at);
}

/* --- help
 * ------------------------------------------------------------------------------------------------------------
 */

void
option_print_help(ServeRole role, FILE *out)
{
    enum { WIDTH = 27 };

    for (size_t i = 0; i < option_table_size; i++) {
        const RoleOption *option = &option_table[i];
        if ((option->roles & role) == 0)
            continue;
        const char *value = option->kind == KIND_CHOICE ? "NAME" : option->value;
        const int used = fprintf(out, "      --%s%s%s", option->name, value != NULL ? "=" : "",
                                 value != NULL ? value : "");
        fprintf(out, "%*s%s", used < WIDTH ? WIDTH - used : 1, "", option->help);
        if (option->kind == KIND_CHOICE)
            fprintf(out, ": %s", option->value);
        fprintf(out, option->fallback != NULL ? " (default: %s)\n" : "\n", option->fallback);
    }
    fputs("      --help, --version\n", out);
}
