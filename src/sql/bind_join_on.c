/* ON with subqueries in it. An inner join is its product under the conditions. An outer one is asked row by
 * row of the side that it keeps: the other side is filtered by the conditions, in which the kept row is an
 * outer reference. For a full one, bind_join_full.c. */
#include "plan/outer.h"
#include "sql/bind.h"

/* Columns of the pair of rows → columns of the kept row, one level out, and of the other one. */
typedef struct PairSplit {
    Binder *binder;
    uint32_t kept_first; /* among the columns of the pair */
    uint32_t kept_count;
    uint32_t other_first;
} PairSplit;

static bool
is_kept(const PairSplit *split, uint32_t column)
{
    return column >= split->kept_first && column < split->kept_first + split->kept_count;
}

static Expr *
raise(const PairSplit *split, const Expr *outer)
{
    Expr *raised = expr_outer(split->binder->arena, outer->type, outer->level + 1, outer->column);

    raised->position = outer->position;
    return raised;
}

/* A reference of a subquery: by one level it means the pair. */
static Expr *
split_reference(void *context, Expr *outer, uint32_t depth)
{
    const PairSplit *split = context;
    Expr *moved;

    if (outer->level - depth != 1)
        return raise(split, outer);
    if (is_kept(split, outer->column)) {
        moved = raise(split, outer);
        moved->column -= split->kept_first;
    } else {
        moved =
            expr_outer(split->binder->arena, outer->type, outer->level, outer->column - split->other_first);
        moved->position = outer->position;
    }
    return moved;
}

static Expr *
split_expr(PairSplit *split, const Expr *expr)
{
    Arena *arena = split->binder->arena;

    if (expr->kind == EXPR_OUTER)
        return raise(split, expr);
    Expr *copy = ARENA_NEW(arena, Expr);
    *copy = *expr;
    if (expr->kind == EXPR_COLUMN && is_kept(split, expr->column)) {
        copy->kind = EXPR_OUTER;
        copy->level = 1;
        copy->column -= split->kept_first;
    } else if (expr->kind == EXPR_COLUMN && expr->column < RESULT_BASE) {
        copy->column -= split->other_first;
    }
    if (expr->argument_count > 0)
        copy->arguments = ARENA_ARRAY(arena, Expr *, expr->argument_count);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        copy->arguments[i] = split_expr(split, expr->arguments[i]);
    return copy;
}

static void
split_subquery(PairSplit *split, BoundSubquery *subquery)
{
    outer_map_plan(split->binder->arena, subquery->plan, split_reference, split);
    if (subquery->condition != NULL)
        subquery->condition = split_expr(split, subquery->condition);
    if (subquery->guard != NULL)
        subquery->guard = split_expr(split, subquery->guard);
}

/* The columns in the order of the join as written; what conditions have added to the other side is left out.
 */
static void
order_columns(Binder *binder, PlanNode *join, const PlanNode *left, const PlanNode *right, bool turned)
{
    const uint32_t width = left->column_count + right->column_count;
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, width);
    uint32_t *output = ARENA_ARRAY(binder->arena, uint32_t, width);

    for (uint32_t i = 0; i < width; i++) {
        const bool of_left = i < left->column_count;
        columns[i] = of_left ? left->columns[i] : right->columns[i - left->column_count];
        output[i] = !turned ? i : of_left ? right->column_count + i : i - left->column_count;
    }
    join->columns = columns;
    join->column_count = width;
    join->join.output = output;
    join->join.output_count = width;
}

static Status
join_outer(Binder *binder, const AstFrom *ast, SubqueryList *subqueries, PlanNode *left, PlanNode *right,
           uint32_t count, Expr **conditions, PlanNode **node)
{
    const bool turned = ast->join == JOIN_RIGHT;
    PlanNode *kept = turned ? right : left;
    PlanNode *other = turned ? left : right;
    PairSplit split = {.binder = binder,
                       .kept_first = turned ? left->column_count : 0,
                       .kept_count = kept->column_count,
                       .other_first = turned ? 0 : left->column_count};

    if (turned || !bind_is_lateral(ast->right))
        outer_raise_plan(binder->arena, other);
    for (uint32_t i = 0; i < subqueries->count; i++)
        split_subquery(&split, &subqueries->items[i]);
    for (uint32_t i = 0; i < count; i++)
        conditions[i] = split_expr(&split, conditions[i]);
    TRY(bind_attach_filter(binder, subqueries, &other, count, conditions));
    *node = bind_dependent_node(binder, JOIN_LEFT, kept, other, NULL);
    order_columns(binder, *node, left, right, turned);
    return STATUS_OK;
}

Status
bind_join_on(Binder *binder, const AstFrom *ast, SubqueryList *subqueries, PlanNode *left, PlanNode *right,
             uint32_t count, Expr **conditions, PlanNode **node)
{
    if (ast->join == JOIN_FULL)
        return bind_join_full(binder, ast, subqueries, left, right, count, conditions, node);
    if (ast->join != JOIN_INNER)
        return join_outer(binder, ast, subqueries, left, right, count, conditions, node);
    *node = bind_is_lateral(ast->right) ? bind_dependent_node(binder, JOIN_CROSS, left, right, NULL)
                                        : bind_join_node(binder, JOIN_CROSS, left, right, NULL);
    return bind_attach_filter(binder, subqueries, node, count, conditions);
}
