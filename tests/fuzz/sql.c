/* Statements against a few tables: whatever is bound can be planned, shipped, and read back. */
#include "fuzz.h"

#include "plan/stage.h"
#include "tests/unit/sql/bound.h"

static void
plan(Bound *bound)
{
    const ClusterShape shape = {.workers = 2, .worker_slots = 2, .reducers = 2, .reducer_slots = 2};
    Error error = {0};
    Buffer bytes = {0};
    PlanNode *optimized;
    StagedPlan *staged;
    StagedPlan *read;

    if (plan_optimize(bound->arena, bound->statement->plan, &bound->session, &optimized, NULL, &error) ==
            STATUS_OK &&
        plan_distribute(bound->arena, optimized, &bound->session, &shape, &staged, &error) == STATUS_OK &&
        plan_encode(staged, &bytes, &error) == STATUS_OK)
        FUZZ_REQUIRE(plan_decode(bound->arena, bytes.data, bytes.size, &read, &error) == STATUS_OK);
    buffer_destroy(&bytes);
}

void
fuzz_sql(const uint8_t *bytes, size_t size)
{
    Bound bound;

    bound_make_sized(&bound, (const char *)bytes, size, 0, NULL);
    if (bound.status == STATUS_OK && sql_statement_kind(bound.tree) == STATEMENT_SELECT)
        plan(&bound);
    bound_destroy(&bound);
}
