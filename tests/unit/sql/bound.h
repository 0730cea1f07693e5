/* tests/unit/sql/bound.h: statements bound against a few tables that need no catalog.
 *
 *   events(user_id bigint, event_type text, timestamp timestamp, value double precision)
 *   users(user_id bigint, name text, country text)
 *   numbers(i2 smallint, i4 integer, i8 bigint, f8 double precision, n numeric(10,2), b boolean, t text, v
 * varchar(10), c char(3), d date, ts timestamp, tz timestamptz, iv interval) system.nodes: a relation of one
 * row, made on the spot */
#ifndef RUNNEL_TESTS_SQL_BOUND_H
#define RUNNEL_TESTS_SQL_BOUND_H

#include "sql/statement.h"

typedef struct Bound {
    Arena *arena;
    Session session;
    ParseTree *tree;
    BoundStatement *statement; /* NULL where parsing failed */
    Status status;
    Error error;
    char *plan; /* plan_format() of the statement's plan; "" for none */
} Bound;

extern const TableInfo bound_events, bound_users, bound_numbers;

/* Parse and bind. Always to be destroyed. */
void bound_make(Bound *bound, const char *sql);
void bound_make_sized(Bound *bound, const char *sql, size_t size, uint32_t parameter_count,
                      const char *const *parameters);
void bound_destroy(Bound *bound);

#endif
