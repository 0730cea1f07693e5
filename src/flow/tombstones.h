/* flow/tombstones.h: the queries that ended lately, so that their late messages are dropped. The last 4096
 * are kept. */
#ifndef RUNNEL_FLOW_TOMBSTONES_H
#define RUNNEL_FLOW_TOMBSTONES_H

#include "base/map.h"
#include "flow/ids.h"

#define TOMBSTONES_MAX 4096

typedef struct Tombstones {
    Map set;
    QueryId *ring; /* in order of death; the oldest is at `next` when full */
    size_t capacity;
    size_t next;
} Tombstones;

void tombstones_init(Tombstones *tombstones);
void tombstones_destroy(Tombstones *tombstones);
void tombstones_add(Tombstones *tombstones, QueryId query);
bool tombstones_has(const Tombstones *tombstones, QueryId query);

#endif
