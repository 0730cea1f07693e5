/* flow/ids.h: the names of things in the distributed part. README.md explains the words. Plain values, all of
 * them. */
#ifndef RUNNEL_FLOW_IDS_H
#define RUNNEL_FLOW_IDS_H

#include <stdbool.h>
#include <stdint.h>

/* A query's name, minted by the front (random; never all zero). No padding: it serves as a map key. */
typedef struct QueryId {
    uint64_t high;
    uint64_t low;
} QueryId;

/* A process for its life: a random number, never all zero (that is "no process"). */
typedef struct Incarnation {
    uint64_t high;
    uint64_t low;
} Incarnation;

#define ID_TEXT_SIZE 33 /* 32 hexadecimal digits and a NUL */

static inline bool
query_id_equal(QueryId a, QueryId b)
{
    return a.high == b.high && a.low == b.low;
}

static inline bool
incarnation_equal(Incarnation a, Incarnation b)
{
    return a.high == b.high && a.low == b.low;
}

static inline bool
incarnation_is_none(Incarnation a)
{
    return (a.high | a.low) == 0;
}

/* 32 lower-case hexadecimal digits. */
void query_id_format(QueryId id, char text[ID_TEXT_SIZE]);
void incarnation_format(Incarnation incarnation, char text[ID_TEXT_SIZE]);

/* Exactly 32 hexadecimal digits of either case, not all zero; false (id untouched) for anything else. */
bool query_id_parse(const char *text, QueryId *id);
bool incarnation_parse(const char *text, Incarnation *incarnation);

/* One try of one task. Attempt numbers count from 0 and never repeat within (query, stage, task), not even
 * across generations. */
typedef struct TaskRef {
    uint32_t stage;
    uint32_t task;
    uint32_t attempt;
} TaskRef;

static inline bool
task_ref_equal(TaskRef a, TaskRef b)
{
    return a.stage == b.stage && a.task == b.task && a.attempt == b.attempt;
}

#endif
