/* tests/unit/plan/planned.h: statements planned against tables of chosen statistics, without a catalog.
 *
 *   events(user_id bigint, event_type text, timestamp timestamp, value double precision): `tablets` tablets
 * of 200,000 rows; tablet t is partition t % 5 and holds user_id [t * 10,000, t * 10,000 + 9,999]; 10,000
 * distinct user_ids a tablet users(user_id bigint, name text, country text): one tablet of 1,000 rows
 *   dates(day date, amount numeric(10,2), code integer, flag boolean, note varchar(20)): one tablet of 500
 * rows */
#ifndef RUNNEL_TESTS_PLAN_PLANNED_H
#define RUNNEL_TESTS_PLAN_PLANNED_H

#include "plan/stage.h"
#include "sql/statement.h"

enum { EVENTS_TABLET_ROWS = 200000 };

typedef struct Planned {
    Arena *arena;
    Session session;
    PlanNode *bound;
    PlanNode *optimized;
    StagedPlan *staged;
    Buffer rules;
    Buffer text; /* plan_format() of what was planned last */
    Status status;
    Error error;
} Planned;

/* Two workers with two slots each, one reducer with two: no fan-in bound. */
extern const ClusterShape planned_shape;

/* Up to the optimised plan, whose text is in `text`. */
void planned_optimize(Planned *planned, uint32_t tablets, const char *sql);
/* Up to the stages; `text` is of the whole staged plan. */
void planned_stage(Planned *planned, uint32_t tablets, const ClusterShape *shape, const char *sql);
void planned_destroy(Planned *planned);

#endif
