/* main.c: the command table. */
#include "cli/command.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct Command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
} Command;

static const Command commands[] = {
#define X(name, summary) {#name, summary, command_##name},
    COMMAND_LIST(X)
#undef X
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void
print_usage(FILE *out)
{
    fputs("Usage: runnel COMMAND [OPTION]...\n"
          "Runnel answers SQL interactively over columnar data, from one laptop to a tree of "
          "machines.\n\nCommands:\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    fputs("\n'runnel COMMAND --help' tells more of a command; 'man runnel' of all.\n", out);
}

/* Memory of a query serves the next one: pages that go back to the system cost a fault each when they come
 * again. What is larger than 32 MiB goes back all the same. */
static void
keep_freed_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

/* What was printed and could not be written is a failure, also where the command did its work. */
static int
close_output(int status)
{
    const bool flushed = fflush(stdout) == 0;

    if (flushed && ferror(stdout) == 0)
        return status;
    if (status == EXIT_DONE)
        fprintf(stderr, "runnel: standard output: %s\n",
                flushed ? "not everything could be written" : strerror(errno));
    return status != EXIT_DONE ? status : EXIT_FAILED;
}

static int
run_command(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return command_version();
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    fprintf(stderr, "runnel: '%s' is not a command\nTry 'runnel --help' for more information.\n", argv[1]);
    return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    keep_freed_memory();
    return close_output(run_command(argc, argv));
}
