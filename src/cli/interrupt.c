#include "cli/interrupt.h"

#include "base/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct Interrupt {
    runnel_connection *connection;
    pthread_t thread;
    atomic_bool over;
};

static void *
wait_for_interrupts(void *context)
{
    Interrupt *interrupt = context;
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    for (;;) {
        int number;
        if (sigwait(&signals, &number) != 0 || atomic_load(&interrupt->over))
            return NULL;
        runnel_cancel(interrupt->connection);
    }
}

Interrupt *
interrupt_watch(runnel_connection *connection)
{
    Interrupt *interrupt = MEMORY_NEW(Interrupt);

    interrupt->connection = connection;
    if (pthread_create(&interrupt->thread, NULL, wait_for_interrupts, interrupt) != 0) {
        free(interrupt);
        return NULL;
    }
    return interrupt;
}

void
interrupt_end(Interrupt **self)
{
    Interrupt *interrupt = *self;
    const struct timespec now = {0, 0};
    sigset_t signals;

    if (interrupt == NULL)
        return;
    atomic_store(&interrupt->over, true);
    pthread_kill(interrupt->thread, SIGINT);
    pthread_join(interrupt->thread, NULL);
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    while (sigtimedwait(&signals, NULL, &now) > 0)
        continue;
    free(interrupt);
    *self = NULL;
}
