/* `runnel local --processes`: this process starts one for each role, restarts those that end, and stops them
 * all. */
#include "base/clock.h"
#include "base/memory.h"
#include "cli/command.h"
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

enum { ARGUMENTS_MAX = 32, RESTART_US = 500000, STOP_TIMEOUT_US = 20000000 };

typedef struct Child {
    char role[16];
    char name[32];
    char *arguments[ARGUMENTS_MAX];
    int argument_count;
    pid_t process;
    int64_t started;
} Child;

typedef struct Supervisor {
    const ServeOptions *options;
    char folder[128]; /* of the sockets */
    char control[192];
    Child *children;
    size_t count;
    int ready[2]; /* a pipe: each child writes a line when it serves */
    char lines[8192];
    size_t lines_size;
    bool announced;
} Supervisor;

static void
add_argument(Child *child, const char *option, const char *value)
{
    char *text = memory_alloc_zero(1, strlen(option) + strlen(value) + 4);

    sprintf(text, "--%s=%s", option, value);
    child->arguments[child->argument_count++] = text;
}

static void
add_number(Child *child, const char *option, uint64_t value)
{
    char text[32];

    if (value == 0)
        return;
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    add_argument(child, option, text);
}

static Child *
add_child(Supervisor *supervisor, const char *role, const char *name)
{
    Child *child = &supervisor->children[supervisor->count++];

    snprintf(child->role, sizeof child->role, "%s", role);
    snprintf(child->name, sizeof child->name, "%s", name);
    child->arguments[child->argument_count++] = memory_copy("runnel", 7, 1);
    child->arguments[child->argument_count++] = memory_copy(role, strlen(role) + 1, 1);
    add_argument(child, "data", supervisor->options->data);
    add_number(child, "threads", supervisor->options->threads);
    add_number(child, "memory-limit", supervisor->options->memory_limit);
    add_number(child, "cache-limit", supervisor->options->cache_limit);
    return child;
}

static void
add_member(Supervisor *supervisor, const char *role, const char *name)
{
    Child *child = add_child(supervisor, role, name);
    char endpoint[256];

    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s.sock", supervisor->folder, name);
    add_argument(child, "join", supervisor->control);
    add_argument(child, "bind", endpoint);
    add_argument(child, "name", name);
    if (strcmp(role, "front") == 0) {
        add_argument(child, "http", supervisor->options->http);
        if (supervisor->options->insecure)
            child->arguments[child->argument_count++] = memory_copy("--insecure", 11, 1);
    } else {
        add_number(child, "slots", supervisor->options->slots);
        if (supervisor->options->scratch != NULL)
            add_argument(child, "scratch", supervisor->options->scratch);
        add_number(child, "scratch-limit", supervisor->options->scratch_limit);
    }
}

static void
plan_children(Supervisor *supervisor)
{
    const ServeOptions *options = supervisor->options;
    char name[32];

    supervisor->children = MEMORY_ARRAY(Child, options->workers + options->reducers + 2);
    Child *coordinator = add_child(supervisor, "coordinator", "coordinator");
    add_argument(coordinator, "bind", supervisor->control);
    add_number(coordinator, "fan-in", options->fan_in);
    add_number(coordinator, "forget-after", options->forget_after);
    add_number(coordinator, "result-expiry", options->result_expiry);
    add_number(coordinator, "result-limit", options->result_limit);
    if (options->joins != JOINS_BY_COST)
        add_argument(coordinator, "joins", options->joins == JOINS_SHUFFLE ? "shuffle" : "broadcast");
    for (uint64_t i = 1; i <= options->workers; i++) {
        snprintf(name, sizeof name, "worker-%u", (unsigned)i);
        add_member(supervisor, "worker", name);
    }
    for (uint64_t i = 1; i <= options->reducers; i++) {
        snprintf(name, sizeof name, "reducer-%u", (unsigned)i);
        add_member(supervisor, "reducer", name);
    }
    add_member(supervisor, "front", "front");
}

static void
become(const Supervisor *supervisor, const Child *child)
{
    sigset_t none;
    char descriptor[16];

    snprintf(descriptor, sizeof descriptor, "%d", supervisor->ready[1]);
    setenv(SERVE_READY_VARIABLE, descriptor, 1);
    close(supervisor->ready[0]);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* no role outlives its supervisor */
    execv("/proc/self/exe", child->arguments);
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

static void
free_children(Supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->count; i++)
        for (int j = 0; j < supervisor->children[i].argument_count; j++)
            free(supervisor->children[i].arguments[j]);
    free(supervisor->children);
}

int
serve_processes(const ServeOptions *options)
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
    free_children(&supervisor);
    return status;
}
