#include "cli/options.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/name.h"
#include "cli/command.h"
#include "cli/option_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Role {
    ServeRole role;
    const char *name;
    const char *about;
} Role;

static const Role roles[] = {
    {ROLE_LOCAL, "local",
     "Serve a data directory from this machine: coordinator, workers, reducers and HTTP in one process."},
    {ROLE_COORDINATOR, "coordinator", "Plan and schedule queries; own the catalog."},
    {ROLE_WORKER, "worker", "Scan tablets."},
    {ROLE_REDUCER, "reducer", "Merge, join and sort what the workers send."},
    {ROLE_FRONT, "front", "Serve HTTP."},
};

/* Variables with the same beginning that are no options, and that no warning is about. */
static const char *const other_variables[] = {"RUNNEL_URL", OPTIONS_READY_VARIABLE, "RUNNEL_CORPORA",
                                              "RUNNEL_ORACLE"};

enum { PLACE_SIZE = 512 };

static const Role *
role_of(ServeRole role)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (roles[i].role == role)
            return &roles[i];
    return &roles[0];
}

const char *
options_role_name(ServeRole role)
{
    return role_of(role)->name;
}

static int
print_help(ServeRole role)
{
    printf("Usage: runnel %s [OPTION]...\n%s\n\n", role_of(role)->name, role_of(role)->about);
    option_print_help(role, stdout);
    fputs("\nEach may also stand in the file that --config names (name = value) and in the environment "
          "(--fan-in: RUNNEL_FAN_IN).\nThe command line wins over the environment, that over the file.\n",
          stdout);
    return EXIT_DONE;
}

static bool
set_defaults(ServeRole role, ServeOptions *options)
{
    bool fine = true;

    for (size_t i = 0; i < option_table_size; i++)
        if ((option_table[i].roles & role) != 0 && option_table[i].fallback != NULL)
            fine = fine && option_set(&option_table[i], option_table[i].fallback, role_of(role)->name,
                                      "the default", options);
    return fine;
}

/* --- names that nobody has
 * --------------------------------------------------------------------------------------------
 */

/* Of all options of the role, or of the variables of every role. */
static const char *
nearest_name(const char *name, ServeRole role, bool variables, Arena *arena)
{
    const char **names = ARENA_ARRAY(arena, const char *, option_table_size + 1);
    size_t count = 0;

    for (size_t i = 0; i < option_table_size; i++) {
        char *variable = arena_alloc(arena, OPTION_NAME_SIZE);
        option_variable(&option_table[i], variable);
        if (variables || (option_table[i].roles & role) != 0)
            names[count++] = variables ? variable : option_table[i].name;
    }
    if (variables)
        names[count++] = "RUNNEL_URL";
    return name_nearest(name, count, names);
}

static void
print_unknown(ServeRole role, const char *place, const char *name, Arena *arena)
{
    const char *command = role_of(role)->name;
    const char *nearest = nearest_name(name, role, false, arena);
    const bool elsewhere = option_find(name, ROLE_ANY) != NULL;

    fprintf(stderr, "runnel %s: %s '%s'", command, place, name);
    if (elsewhere)
        fprintf(stderr, " (an option of another role)\n");
    else if (nearest != NULL)
        fprintf(stderr, "; did you mean '%s'?\n", nearest);
    else
        fprintf(stderr, "\n");
    fprintf(stderr, "HINT:  'runnel %s --help' lists what there is\n", command);
}

/* --- the file: lines of `key = value`, keys being options
 * -------------------------------------------------------------
 */

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
apply_line(ServeRole role, const char *path, int number, char *line, ServeOptions *options)
{
    const char *command = role_of(role)->name;
    char place[PLACE_SIZE];
    char *key = trim(line);

    if (*key == '\0' || *key == '#')
        return true;
    char *equals = strchr(key, '=');
    char *value = equals != NULL ? trim(equals + 1) : NULL;
    if (equals != NULL)
        *equals = '\0';
    key = trim(key);
    const RoleOption *option = option_find(key, role);
    if (option == NULL || strcmp(key, "config") == 0) {
        snprintf(place, sizeof place, "%s:%d: unknown key", path, number);
        print_unknown(role, place, key, options->arena);
        return false;
    }
    if (value == NULL && option->kind != KIND_SWITCH) {
        fprintf(stderr, "runnel %s: %s:%d: '%s' has no value\n", command, path, number, key);
        return false;
    }
    snprintf(place, sizeof place, "%s:%d: %s", path, number, key);
    return option_set(option, value != NULL ? arena_copy_string(options->arena, value) : "true", command,
                      place, options);
}

static bool
read_file(ServeRole role, const char *path, ServeOptions *options)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;
    bool fine = true;

    if (file == NULL) {
        fprintf(stderr, "runnel %s: cannot open %s: %s\n", role_of(role)->name, path, strerror(errno));
        return false;
    }
    for (int number = 1; fine && getline(&line, &capacity, file) > 0; number++)
        fine = apply_line(role, path, number, line, options);
    if (ferror(file)) {
        fprintf(stderr, "runnel %s: cannot read %s: %s\n", role_of(role)->name, path, strerror(errno));
        fine = false;
    }
    free(line);
    fclose(file);
    return fine;
}

/* --- the environment
 * -------------------------------------------------------------------------------------------------
 */

static const RoleOption *
find_variable(const char *variable, unsigned roles_wanted)
{
    char name[OPTION_NAME_SIZE];

    for (size_t i = 0; i < option_table_size; i++) {
        option_variable(&option_table[i], name);
        if (strcmp(name, variable) == 0 && (option_table[i].roles & roles_wanted) != 0)
            return &option_table[i];
    }
    return NULL;
}

/* An environment is not Runnel's alone: scripts and Kubernetes put names of theirs there. */
static void
warn_of_variable(ServeRole role, const char *variable, Arena *arena)
{
    const char *nearest = nearest_name(variable, role, true, arena);

    if (nearest != NULL)
        fprintf(stderr, "runnel %s: warning: unknown variable '%s'; did you mean '%s'?\n",
                role_of(role)->name, variable, nearest);
}

/* One environment may serve several roles and commands: what is another one's is passed over. */
static bool
apply_variable(ServeRole role, const char *entry, ServeOptions *options)
{
    const size_t length = strcspn(entry, "=");
    const char *variable = arena_copy_bytes(options->arena, entry, length);
    const RoleOption *option = find_variable(variable, role);

    for (size_t i = 0; i < sizeof other_variables / sizeof *other_variables; i++)
        if (strcmp(variable, other_variables[i]) == 0)
            return true;
    if (option == NULL && find_variable(variable, ROLE_ANY) != NULL)
        return true;
    if (option != NULL && entry[length + strspn(entry + length, "=")] ==
                              '\0') /* NAME= is how many tools say that it is not set */
        return true;
    if (option == NULL) {
        warn_of_variable(role, variable, options->arena);
        return true;
    }
    return option_set(option, entry + length + 1, role_of(role)->name, variable, options);
}

static bool
read_environment(ServeRole role, ServeOptions *options)
{
    bool fine = true;

    for (char **entry = environ; fine && *entry != NULL; entry++)
        if (strncmp(*entry, "RUNNEL_", 7) == 0)
            fine = apply_variable(role, *entry, options);
    return fine;
}

/* --- the command line
 * ------------------------------------------------------------------------------------------------
 */

/* The options of a role for getopt_long(); a row's number counts from OPTION_FIRST. */
static struct option *
long_options(ServeRole role, Arena *arena)
{
    struct option *list = ARENA_ARRAY(arena, struct option, option_table_size + 3);
    size_t count = 0;

    for (size_t i = 0; i < option_table_size; i++)
        if ((option_table[i].roles & role) != 0)
            list[count++] =
                (struct option){option_table[i].name,
                                option_table[i].kind == KIND_SWITCH ? optional_argument : required_argument,
                                NULL, OPTION_FIRST + (int)i};
    list[count++] = (struct option){"help", no_argument, NULL, OPTION_HELP};
    list[count++] = (struct option){"version", no_argument, NULL, OPTION_VERSION};
    return list;
}

static void
print_unknown_argument(ServeRole role, const char *argument, Arena *arena)
{
    const char *name = argument + strspn(argument, "-");

    print_unknown(role, "unknown option", arena_copy_bytes(arena, name, strcspn(name, "=")), arena);
}

static int
read_arguments(ServeRole role, int argc, char **argv, ServeOptions *options)
{
    const struct option *list = long_options(role, options->arena);
    const char *command = role_of(role)->name;
    char place[PLACE_SIZE];

    optind = 0; /* anew: arguments are read twice */
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":", list, NULL)) != -1;) {
        if (c == OPTION_HELP)
            return print_help(role);
        if (c == OPTION_VERSION)
            return command_version();
        if (c == ':') {
            fprintf(stderr, "runnel %s: %s needs a value\n", command, argv[optind - 1]);
            return command_wrong_usage(command);
        }
        if (c < OPTION_FIRST) {
            print_unknown_argument(role, argv[optind - 1], options->arena);
            return EXIT_USAGE;
        }
        const RoleOption *option = &option_table[c - OPTION_FIRST];
        snprintf(place, sizeof place, "--%s", option->name);
        if (!option_set(option, optarg != NULL ? optarg : "true", command, place, options))
            return command_wrong_usage(command);
    }
    if (optind < argc) {
        fprintf(stderr, "runnel %s: '%s' is not an option\n", command, argv[optind]);
        return command_wrong_usage(command);
    }
    return -1;
}

int
options_parse(ServeRole role, int argc, char **argv, ServeOptions *options)
{
    ServeOptions said = {.arena = arena_new(NULL)}; /* where the file is, before anything else is known */
    const char *variable = getenv("RUNNEL_CONFIG");

    *options = (ServeOptions){.arena = said.arena};
    const int status = read_arguments(role, argc, argv, &said);
    if (status >= 0)
        return status;
    const char *file = said.config != NULL                     ? said.config
                       : variable != NULL && *variable != '\0' ? variable
                                                               : NULL;
    if (!set_defaults(role, options) || (file != NULL && !read_file(role, file, options)) ||
        !read_environment(role, options))
        return EXIT_USAGE;
    if (read_arguments(role, argc, argv, options) >= 0)
        return EXIT_USAGE;
    log_set_level((LogLevel)options->log);
    return -1;
}

void
options_forget(ServeOptions *options)
{
    arena_destroy(&options->arena);
}

/* --- passing on
 * -----------------------------------------------------------------------------------------------------
 */

size_t
options_count(void)
{
    return option_table_size;
}

size_t
options_for_role(ServeOptions *options, ServeRole role, ServeRole other, size_t capacity,
                 const char **arguments)
{
    size_t count = 0;

    for (size_t i = 0; i < option_table_size && count < capacity; i++) {
        const RoleOption *option = &option_table[i];
        const char *text = option_text(option, options);
        if ((option->roles & role) == 0 || option_find(option->name, other) == NULL || text == NULL ||
            strcmp(option->name, "config") == 0)
            continue;
        arguments[count++] = arena_format(options->arena, "--%s=%s", option->name, text);
    }
    return count;
}

const char *
options_path(ServeOptions *options, const char *given, const char *data, const char *name)
{
    return given != NULL ? given : arena_format(options->arena, "%s/%s", data, name);
}
