/* cli/interrupt.h: Ctrl-C while a statement runs cancels it. */
#ifndef RUNNEL_CLI_INTERRUPT_H
#define RUNNEL_CLI_INTERRUPT_H

#include "runnel/runnel.h"

/* A thread that waits for SIGINT, which the caller has blocked in all threads, and passes it on. */
typedef struct Interrupt Interrupt;

Interrupt *interrupt_watch(runnel_connection *connection);
/* Stops the thread. A SIGINT that came too late for the statement is forgotten. */
void interrupt_end(Interrupt **self);

#endif
