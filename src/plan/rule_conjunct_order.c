/* Conditions that drop many rows for little work are tested first (Hellerstein and Stonebraker, SIGMOD 1993:
 * by rank). Those that can fail come after the others, as they were written. */
#include "plan/estimate.h"
#include "plan/rule.h"
#include "plan/selectivity.h"

#include "expr/function.h"

#include <math.h>
#include <string.h>

enum { COST_NUMBER = 1, COST_STRING = 3, COST_PATTERN = 64 /* all bytes are read */ };

/* A comparison of a column that seems to drop next to nothing often drops most: what is seldom asked for is
 * the most frequent value, an empty text or a zero. */
static const double DROPS_LEAST = 0.1;

static double
cost_of(const Expr *expr)
{
    double cost = 0;

    if (expr->kind == EXPR_CALL && strstr(expr->function->name, "~") != NULL)
        cost = COST_PATTERN;
    else if (expr->argument_count > 0)
        cost = type_layout(expr->arguments[0]->type) == LAYOUT_VIEW ? COST_STRING : COST_NUMBER;
    for (uint32_t i = 0; i < expr->argument_count; i++)
        cost += cost_of(expr->arguments[i]);
    return cost;
}

/* The lower, the earlier. */
static double
rank_of(const PlanNode *node, const Expr *conjunct)
{
    return -fmax(DROPS_LEAST, 1 - estimate_selectivity(node, conjunct)) / (cost_of(conjunct) + 1);
}

static bool
goes_before(const PlanNode *node, const Expr *a, const Expr *b)
{
    if (expr_is_volatile(a) || expr_is_volatile(b) || expr_can_fail(a))
        return false;
    return expr_can_fail(b) || rank_of(node, a) < rank_of(node, b);
}

/* Insertion sort: stable, and lists are short. */
static void
order(Rewrite *rewrite, const PlanNode *node, Expr **conjuncts, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        Expr *moved = conjuncts[i];
        uint32_t at = i;
        while (at > 0 && goes_before(node, moved, conjuncts[at - 1])) {
            conjuncts[at] = conjuncts[at - 1];
            at--;
            rewrite->changed = true;
        }
        conjuncts[at] = moved;
    }
}

static Status
visit(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *node = *slot;

    if (node->kind == PLAN_SCAN)
        order(rewrite, node, node->scan.filters, node->scan.filter_count);
    else if (node->kind == PLAN_FILTER)
        order(rewrite, node, node->filter.conjuncts, node->filter.conjunct_count);
    return STATUS_OK;
}

Status
rule_conjunct_order(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, visit);
}
