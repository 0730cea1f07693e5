/* WITH queries: in the place of their references, or once for all of them; and what a rule needs several
 * times.
 */
#include "plan/rule.h"
#include "plan/walk.h"

struct SharedCopy {
    const PlanShared *original;
    PlanShared *copy;
    SharedCopy *next;
};

/* Reading and filtering rows again costs less than sending them around, and lets conditions and columns go
 * down. */
static bool
is_cheap(const PlanNode *node)
{
    if (node->kind != PLAN_SCAN && node->kind != PLAN_FILTER && node->kind != PLAN_PROJECT &&
        node->kind != PLAN_VALUES && node->kind != PLAN_SET_OPERATION)
        return false;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (!is_cheap(node->children[i]))
            return false;
    }
    return rewrite_is_repeatable(node);
}

/* How many DEPENDENT_JOINs are around an expression, and whether it refers beyond them. */
typedef struct OuterSearch {
    Rewrite rewrite; /* the first member: what rewrite_expressions() hands on */
    uint32_t depth;
    bool found;
} OuterSearch;

static bool
reaches_out(const Expr *expr, uint32_t depth)
{
    if (expr->kind == EXPR_OUTER)
        return expr->level > depth;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (reaches_out(expr->arguments[i], depth))
            return true;
    }
    return false;
}

static Status
search_expression(Rewrite *rewrite, Expr **expr)
{
    OuterSearch *search = (OuterSearch *)rewrite;

    search->found = search->found || reaches_out(*expr, search->depth);
    return STATUS_OK;
}

static bool is_open(PlanShared *shared);

/* Whether the subplan refers to rows of a query around it: then it gives other rows for each of them. */
static bool
depends_on_outer(const PlanNode *node, uint32_t depth)
{
    OuterSearch search = {.depth = depth};

    if (node->kind == PLAN_SHARED)
        return is_open(node->shared);
    rewrite_expressions(&search.rewrite, (PlanNode *)node, search_expression);
    for (uint32_t i = 0; i < node->child_count && !search.found; i++) {
        const bool dependent = node->kind == PLAN_DEPENDENT_JOIN && i == 1;
        search.found = depends_on_outer(node->children[i], depth + dependent);
    }
    return search.found;
}

static bool
holds_recursion(const PlanNode *node, int64_t number)
{
    if (node->kind == PLAN_RECURSIVE && node->recursive.number == number)
        return true;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (holds_recursion(node->children[i], number))
            return true;
    }
    return false;
}

/* The recursion around `root` whose rows the node below it reads, or -1. There is one at most: a recursion's
 * term refers to no other one that is not complete. */
static int64_t
round_of(const PlanNode *root, const PlanNode *node)
{
    int64_t number = -1;

    if (node->kind == PLAN_WORKING)
        number = node->working.number;
    if (node->kind == PLAN_SHARED && (is_open(node->shared) || node->shared->round >= 0))
        number = node->shared->round;
    if (number >= 0 && holds_recursion(root, number))
        number = -1;
    for (uint32_t i = 0; i < node->child_count && number < 0; i++)
        number = round_of(root, node->children[i]);
    return number;
}

static bool
is_open(PlanShared *shared)
{
    if (shared->reach == SHARED_UNKNOWN) {
        shared->reach = depends_on_outer(shared->input, 0) ? SHARED_OPEN : SHARED_CLOSED;
        shared->round = round_of(shared->input, shared->input);
    }
    return shared->reach == SHARED_OPEN;
}

/* What refers to rows around it, be it those of a round, stands where these are. */
static bool
goes_in_place(PlanShared *shared)
{
    if (is_open(shared) || shared->round >= 0)
        return true;
    return !shared->materialized && (shared->inlined || shared->references < 2 || is_cheap(shared->input));
}

/* The optimiser's own copy of what is shared: made and optimised where the first reference is met. */
static Status
find_copy(Rewrite *rewrite, const PlanShared *original, PlanShared **copy)
{
    SharedCopy *entry = rewrite->shared;

    while (entry != NULL && entry->original != original)
        entry = entry->next;
    if (entry == NULL) {
        entry = ARENA_NEW(rewrite->arena, SharedCopy);
        entry->original = original;
        entry->copy = ARENA_NEW(rewrite->arena, PlanShared);
        *entry->copy = *original;
        entry->copy->optimized = true;
        TRY(optimize_root(rewrite, original->input, &entry->copy->input));
        entry->next = rewrite->shared;
        rewrite->shared = entry;
    }
    *copy = entry->copy;
    return STATUS_OK;
}

Status
rewrite_copy_shared(Rewrite *rewrite, const PlanNode *node, PlanNode **copy)
{
    PlanShared *shared = node->shared;

    if (!shared->optimized) {
        if (goes_in_place(shared))
            return rewrite_copy(rewrite, shared->input, copy);
        TRY(find_copy(rewrite, node->shared, &shared));
    }
    *copy = ARENA_NEW(rewrite->arena, PlanNode);
    **copy = *node;
    (*copy)->shared = shared;
    (*copy)->estimated_rows = shared->input->estimated_rows;
    return STATUS_OK;
}

static bool
reads_working(const PlanNode *node)
{
    if (node->kind == PLAN_WORKING)
        return true;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (reads_working(node->children[i]))
            return true;
    }
    return false;
}

bool
rewrite_can_share(const PlanNode *node)
{
    return !depends_on_outer(node, 0) && !reads_working(node);
}

Status
rewrite_share(Rewrite *rewrite, PlanNode **slot)
{
    const PlanNode *node = *slot;
    const bool changed = rewrite->changed;
    PlanShared *shared = ARENA_NEW(rewrite->arena, PlanShared);

    *shared = (PlanShared){.optimized = true, .reach = SHARED_CLOSED, .round = -1};
    TRY(optimize_root(rewrite, node, &shared->input));
    rewrite->changed = changed;
    *slot = plan_node_new(rewrite->arena, PLAN_SHARED, node->column_count, node->columns, 0, NULL);
    (*slot)->shared = shared;
    (*slot)->estimated_rows = shared->input->estimated_rows;
    return STATUS_OK;
}
