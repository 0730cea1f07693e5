/* `runnel local --processes`: this process starts one for each role, restarts those that end, and stops them
 * all. */
#include "base/clock.h"
#include "base/memory.h"
#include "cli/command.h"
#include "cli/option_table.h"
#include "cli/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RESTART_US = 500000, STOP_TIMEOUT_US = 20000000 };

typedef struct Child {
    char name[32];
    const char **arguments; /* as execv() takes them; texts and list live as long as the options */
    size_t argument_count;
    pid_t process;
    int64_t started;
} Child;

typedef struct Supervisor {
    ServeOptions *options;
    char folder[128]; /* of the sockets */
    char control[192];
    Child *children;
    size_t count;
    int ready[2]; /* a pipe: each child writes a line when it serves */
    char lines[8192];
    size_t lines_size;
    bool announced;
} Supervisor;

/* What is said later wins, so these come after what the roles have in common. */
static void
add_argument(Supervisor *supervisor, Child *child, const char *option, const char *value)
{
    child->arguments[child->argument_count++] =
        arena_format(supervisor->options->arena, "--%s=%s", option, value);
}

static Child *
add_child(Supervisor *supervisor, ServeRole role, const char *name)
{
    enum { OWN_ARGUMENTS = 6 };
    Child *child = &supervisor->children[supervisor->count++];
    ServeOptions *options = supervisor->options;

    snprintf(child->name, sizeof child->name, "%s", name);
    child->arguments = ARENA_ARRAY(options->arena, const char *, options_count() + OWN_ARGUMENTS);
    child->arguments[0] = "runnel";
    child->arguments[1] = options_role_name(role);
    child->argument_count =
        2 + options_for_role(options, ROLE_LOCAL, role, options_count(), child->arguments + 2);
    return child;
}

static void
add_member(Supervisor *supervisor, ServeRole role, uint64_t number)
{
    char name[32];
    char endpoint[256];

    if (role == ROLE_FRONT)
        snprintf(name, sizeof name, "front");
    else
        snprintf(name, sizeof name, "%s-%u", options_role_name(role), (unsigned)number);
    Child *child = add_child(supervisor, role, name);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s.sock", supervisor->folder, name);
    add_argument(supervisor, child, "join", supervisor->control);
    add_argument(supervisor, child, "bind", endpoint);
    add_argument(supervisor, child, "name", name);
}

static void
plan_children(Supervisor *supervisor)
{
    const ServeOptions *options = supervisor->options;

    supervisor->children = MEMORY_ARRAY(Child, options->workers + options->reducers + 2);
    Child *coordinator = add_child(supervisor, ROLE_COORDINATOR, "coordinator");
    add_argument(supervisor, coordinator, "bind", supervisor->control);
    for (uint64_t i = 1; i <= options->workers; i++)
        add_member(supervisor, ROLE_WORKER, i);
    for (uint64_t i = 1; i <= options->reducers; i++)
        add_member(supervisor, ROLE_REDUCER, i);
    add_member(supervisor, ROLE_FRONT, 0);
}

/* A role has been told all on its command line: the supervisor's variables and file are not its own. */
static void
forget_variables(void)
{
    char name[OPTION_NAME_SIZE];

    for (size_t i = 0; i < option_table_size; i++) {
        option_variable(&option_table[i], name);
        unsetenv(name);
    }
}

static void
become(const Supervisor *supervisor, const Child *child)
{
    sigset_t none;
    char descriptor[16];

    snprintf(descriptor, sizeof descriptor, "%d", supervisor->ready[1]);
    forget_variables();
    setenv(OPTIONS_READY_VARIABLE, descriptor, 1);
    close(supervisor->ready[0]);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* no role outlives its supervisor */
    execv("/proc/self/exe", (char *const *)child->arguments);
    perror("runnel local: cannot start a process");
    _exit(127);
}

static bool
start_child(const Supervisor *supervisor, Child *child)
{
    child->started = clock_monotonic_us();
    child->process = fork();
    if (child->process == 0)
        become(supervisor, child);
    if (child->process < 0)
        perror("runnel local: fork");
    return child->process > 0;
}

static Child *
find_child(Supervisor *supervisor, pid_t process)
{
    for (size_t i = 0; i < supervisor->count; i++)
        if (supervisor->children[i].process == process)
            return &supervisor->children[i];
    return NULL;
}

/* Reap what has ended. A role that cannot even start (wrong usage, a directory in use) ends everything: its
 * status. */
static int
reap(Supervisor *supervisor)
{
    int wait_status;

    for (pid_t process; (process = waitpid(-1, &wait_status, WNOHANG)) > 0;) {
        Child *child = find_child(supervisor, process);
        if (child == NULL)
            continue;
        child->process = 0;
        const bool failed_at_start = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) != 0;
        if (failed_at_start && clock_monotonic_us() - child->started < 5000000)
            return WEXITSTATUS(wait_status);
        fprintf(stderr, "runnel local: %s ended; starting it again\n", child->name);
    }
    return -1;
}

static void
restart_ended(Supervisor *supervisor)
{
    const int64_t now = clock_monotonic_us();

    for (size_t i = 0; i < supervisor->count; i++) {
        Child *child = &supervisor->children[i];
        if (child->process == 0 && now - child->started >= RESTART_US)
            start_child(supervisor, child);
    }
}

/* When every role has said that it serves, so does this process; the front's line has the URL. */
static void
announce(Supervisor *supervisor)
{
    char *const lines = supervisor->lines;
    const ssize_t got = read(supervisor->ready[0], lines + supervisor->lines_size,
                             sizeof supervisor->lines - 1 - supervisor->lines_size);
    size_t count = 0;

    if (got > 0)
        supervisor->lines_size += (size_t)got;
    lines[supervisor->lines_size] = '\0';
    for (const char *c = lines; *c != '\0'; c++)
        count += *c == '\n';
    if (supervisor->announced || count < supervisor->count) {
        if (supervisor->announced)
            supervisor->lines_size = 0; /* of children started again */
        return;
    }
    char *url = strstr(lines, "front ");
    if (url != NULL) {
        url += strlen("front ");
        url[strcspn(url, "\n")] = '\0';
        serve_ready("local", url);
    }
    supervisor->announced = true;
    supervisor->lines_size = 0;
}

static int
supervise(Supervisor *supervisor)
{
    const struct timespec tick = {.tv_nsec = 20000000};
    sigset_t set;
    int status = -1;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    for (size_t i = 0; i < supervisor->count && status < 0; i++)
        if (!start_child(supervisor, &supervisor->children[i]))
            status = EXIT_FAILED;
    while (status < 0) {
        if (sigtimedwait(&set, NULL, &tick) > 0)
            return EXIT_DONE;
        announce(supervisor);
        status = reap(supervisor);
        if (status < 0)
            restart_ended(supervisor);
    }
    return status;
}

/* Front first, coordinator last, so that workers can drain. */
static void
stop_children(Supervisor *supervisor)
{
    for (size_t i = supervisor->count; i > 0; i--) {
        Child *child = &supervisor->children[i - 1];
        const int64_t until = clock_monotonic_us() + STOP_TIMEOUT_US;
        if (child->process <= 0)
            continue;
        kill(child->process, SIGTERM);
        while (waitpid(child->process, NULL, WNOHANG) == 0) {
            if (clock_monotonic_us() > until)
                kill(child->process, SIGKILL);
            const struct timespec pause = {.tv_nsec = 10000000};
            nanosleep(&pause, NULL);
        }
    }
}

/* A role that was killed leaves its socket behind. */
static void
remove_sockets(const Supervisor *supervisor)
{
    char path[192];

    for (size_t i = 0; i < supervisor->count; i++) {
        snprintf(path, sizeof path, "%s/%s.sock", supervisor->folder, supervisor->children[i].name);
        unlink(path);
    }
    rmdir(supervisor->folder);
}

int
serve_processes(ServeOptions *options)
{
    Supervisor supervisor = {.options = options};
    const char *temporary = getenv("TMPDIR");

    serve_block_signals();
    /* Not in the data directory: a socket's path may have 107 bytes at most. */
    snprintf(supervisor.folder, sizeof supervisor.folder, "%.80s/runnel-XXXXXX",
             temporary != NULL && strlen(temporary) < 60 ? temporary : "/tmp");
    if (mkdtemp(supervisor.folder) == NULL) {
        perror("runnel local: cannot make a folder for sockets");
        return EXIT_FAILED;
    }
    snprintf(supervisor.control, sizeof supervisor.control, "ipc://%s/coordinator.sock", supervisor.folder);
    if (pipe2(supervisor.ready, O_NONBLOCK) != 0) {
        perror("runnel local: pipe");
        return EXIT_FAILED;
    }
    plan_children(&supervisor);
    const int status = supervise(&supervisor);
    stop_children(&supervisor);
    close(supervisor.ready[0]);
    close(supervisor.ready[1]);
    remove_sockets(&supervisor);
    free(supervisor.children);
    return status;
}
