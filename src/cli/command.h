/* cli/command.h: the commands of `runnel`, one file each, and what they share. */
#ifndef RUNNEL_CLI_COMMAND_H
#define RUNNEL_CLI_COMMAND_H

#include "runnel/runnel.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

/* Exit statuses: a promise to scripts. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

/* name, summary for `runnel --help`. Each has `int command_<name>(int argc, char **argv)`, argv[0] being the
 * name. */
#define COMMAND_LIST(X)                                                                                      \
    X(local, "serve a data directory from this machine: all roles, with HTTP")                               \
    X(coordinator, "the role that plans and schedules, and owns the catalog")                                \
    X(worker, "the role that scans tablets")                                                                 \
    X(reducer, "the role that merges, joins and sorts")                                                      \
    X(front, "the role that serves HTTP")                                                                    \
    X(sql, "run SQL statements")                                                                             \
    X(load, "load files into a table")                                                                       \
    X(generate, "make demo data")                                                                            \
    X(tree, "show the tree of a query")                                                                      \
    X(status, "show nodes and running queries")                                                              \
    X(tablet, "show what is in a tablet file")                                                               \
    X(functions, "list every function, operator, cast and aggregate")

#define X(name, summary) int command_##name(int argc, char **argv);
COMMAND_LIST(X)
#undef X

/* --help and --version of a command; `usage` is its text. Long options start from 256. */
enum { OPTION_HELP = 256, OPTION_VERSION, OPTION_FIRST };

/* The table's last two rows. */
#define OPTION_COMMON                                                                                        \
    {"help", no_argument, NULL, OPTION_HELP}, {"version", no_argument, NULL, OPTION_VERSION},                \
    {                                                                                                        \
        0                                                                                                    \
    }

/* Print the usage (to standard output for --help, to standard error after a wrong option); the exit status.
 */
int command_help(const char *usage);
int command_version(void);
int command_wrong_usage(const char *command);
/* The same for an argument that the command has no use for. */
int command_too_many(const char *command, const char *argument);

/* A number in [least, most]; false, with a message, for anything else. */
bool command_number(const char *command, const char *option, const char *text, uint64_t least, uint64_t most,
                    uint64_t *value);

/* --url and --data of a command that talks to an engine: embedded with a directory, else HTTP (default
 * $RUNNEL_URL). */
typedef struct CommandTarget {
    const char *url;
    const char *data;
} CommandTarget;
/* Prints the error; EXIT_DONE or the status to end with. */
int command_connect(const CommandTarget *target, runnel_connection **connection);

/* Print an error with SQLSTATE, hint and, where it has a position in `sql` (may be NULL), the line and a
 * caret. */
void command_print_error(const runnel_error *error, const char *sql);
/* The exit status that an API status stands for. */
int command_exit(runnel_status status);

#endif
