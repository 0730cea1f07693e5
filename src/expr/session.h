/* expr/session.h: what a query fixes once, in its plan, so that every task of it sees the same. */
#ifndef RUNNEL_EXPR_SESSION_H
#define RUNNEL_EXPR_SESSION_H

#include <stdint.h>

typedef struct Session {
    int64_t now;        /* the statement's timestamptz: microseconds since 2000-01-01 UTC */
    uint64_t seed;      /* for random() */
    char time_zone[64]; /* an IANA name or a fixed offset; "UTC" by default */
} Session;

#endif
