/* runtime/graph.h: a staged plan as the state machines see it. */
#ifndef RUNNEL_RUNTIME_GRAPH_H
#define RUNNEL_RUNTIME_GRAPH_H

#include "flow/graph.h"
#include "plan/stage.h"

/* The plan's stages and exchanges as a graph in `arena`, validated. PROTOCOL where the plan's graph breaks
 * the rules. */
Status graph_from_plan(Arena *arena, const StagedPlan *plan, StageGraph **graph, Error *error);

#endif
