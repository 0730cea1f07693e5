/* A plan from the wire: what is read can be shown and written again, and reads back. */
#include "fuzz.h"

#include "plan/stage.h"

void
fuzz_plan(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new(NULL);
    Buffer text = {0};
    Buffer again = {0};
    Error error = {0};
    StagedPlan *plan;

    if (plan_decode(arena, bytes, size, &plan, &error) == STATUS_OK) {
        plan_format(plan->root, &text);
        FUZZ_REQUIRE(plan_encode(plan, &again, &error) == STATUS_OK);
        FUZZ_REQUIRE(plan_decode(arena, again.data, again.size, &plan, &error) == STATUS_OK);
    }
    buffer_destroy(&text);
    buffer_destroy(&again);
    arena_destroy(&arena);
}
