/* coordinator/detached.h: statements that nobody waits for: durable before they are taken on, and run again
 * by the next coordinator where this one ends before them. The actor's thread. */
#ifndef RUNNEL_COORDINATOR_DETACHED_H
#define RUNNEL_COORDINATOR_DETACHED_H

#include "coordinator/state.h"

#include <cjson/cJSON.h>

/* ASK {"start": ID, "operation": N, "document": TEXT}: answered when the statement is durable. One that is
 * known is answered, and not started twice. */
void detached_start(Coordinator *coordinator, const Message *message, const cJSON *ask);

/* The letter RECORDED: answer, and go on. */
void detached_recorded(Coordinator *coordinator, QuerySession *session);

#endif
