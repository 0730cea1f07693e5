#include "cli/serve.h"

#include "cli/command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    const char *supervisor = getenv(OPTIONS_READY_VARIABLE);

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

int64_t
serve_drain_us(const ServeOptions *options)
{
    return options->drain_timeout == 0 ? 1 : (int64_t)options->drain_timeout * 1000000;
}

HttpConfig
serve_http_config(const ServeOptions *options)
{
    return (HttpConfig){.listen = options->http,
                        .insecure = options->insecure,
                        .upload_max = options->upload_limit,
                        .client_timeout_s = (uint32_t)options->client_timeout};
}
