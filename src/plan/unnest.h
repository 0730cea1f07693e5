/* plan/unnest.h: what the parts of rule_unnest.c share; private to them.
 *
 * The right side of a DEPENDENT_JOIN is worked on in a copy whose own DEPENDENT_JOINs are gone: its outer
 * references of level 1 are columns of the left child, those of a higher level refer beyond the join. */
#ifndef RUNNEL_PLAN_UNNEST_H
#define RUNNEL_PLAN_UNNEST_H

#include "plan/rule.h"

/* unnest_pull.c: take conditions that refer to the left rows out of a plan, up to its top. They come back
 * over the plan's columns, to which what they need is added at the end. False where a reference stays, or
 * where something that can fail would meet more rows than before: then the plan is spoilt. */
bool unnest_pull(Rewrite *rewrite, PlanNode **node, Conjuncts *pulled);
/* Below an aggregate without keys: it gets the columns that the conditions are equalities of for keys, and
 * gives a row for each group. Its columns stay in front. */
bool unnest_pull_aggregate(Rewrite *rewrite, PlanNode **node, Conjuncts *pulled);

/* unnest_domain.c: the plan for all left rows at once. `domain` has the distinct values of the columns that
 * the plan refers to: columns[i] of the left child is its column i. The domain's columns are added at the
 * plan's end. References beyond come out one level lower. */
typedef struct Domain {
    const PlanNode *node;
    uint32_t count;
    const uint32_t *columns;
} Domain;

Status unnest_push_domain(Rewrite *rewrite, const Domain *domain, PlanNode **node);

/* unnest_asking.c: a copy of the rows, of which only the `needed` columns, and which values of them there
 * are, matter: other columns may be NULL, and rows come another number of times. */
Status unnest_asking(Rewrite *rewrite, const PlanNode *node, const bool *needed, PlanNode **copy);

/* What a call of an aggregate gives for no rows. */
Status unnest_empty_value(Rewrite *rewrite, const PlanAggregateCall *call, Expr **value);

/* Small nodes. */
PlanNode *unnest_project(Rewrite *rewrite, PlanNode *input,
                         uint32_t room); /* its columns, with room for more */
uint32_t unnest_add_column(PlanNode *project, const char *name, Expr *expr); /* the column */
PlanNode *unnest_cross(Rewrite *rewrite, PlanNode *left, PlanNode *right);
/* A join of all columns of both, by such keys. */
PlanNode *unnest_join(Rewrite *rewrite, JoinKind kind, PlanNode *left, PlanNode *right, uint32_t key_count,
                      const uint32_t *left_keys, const uint32_t *right_keys);
/* No column; one row where the node has any, else none. */
PlanNode *unnest_any_row(Rewrite *rewrite, PlanNode *node);
Status unnest_call(Rewrite *rewrite, const char *name, uint32_t count, Expr *const *arguments, Expr **call);

#endif
