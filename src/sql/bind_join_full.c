/* A FULL JOIN with subqueries in ON: each is asked beside the one side that it refers to, which is widened by
 * what it gives. */
#include "plan/outer.h"
#include "sql/bind.h"

enum { SIDE_LEFT = 1, SIDE_RIGHT = 2 };

typedef struct FullJoin {
    Binder *binder;
    SubqueryList *subqueries;
    uint8_t *sides; /* of each subquery: what it refers to */
    uint32_t left_count;
    PlanNode *left;
    PlanNode *right;
} FullJoin;

typedef struct SideSearch {
    uint32_t left_count;
    uint8_t sides;
} SideSearch;

static Expr *
note_side(void *context, Expr *outer, uint32_t depth)
{
    SideSearch *search = context;

    if (outer->level - depth == 1)
        search->sides |= outer->column < search->left_count ? SIDE_LEFT : SIDE_RIGHT;
    return outer;
}

static uint32_t
index_of(const FullJoin *join, uint32_t column)
{
    return (uint32_t)(bind_find_subquery(join->subqueries, column) - join->subqueries->items);
}

/* The sides of an expression over the pair; its subqueries, too, are to be beside `wanted`. */
static uint8_t
expr_sides(const FullJoin *join, const Expr *expr, uint8_t wanted)
{
    uint8_t sides = 0;

    if (expr->kind == EXPR_COLUMN && expr->column < RESULT_BASE)
        return expr->column < join->left_count ? SIDE_LEFT : SIDE_RIGHT;
    if (expr->kind == EXPR_COLUMN && expr->column >= SUBQUERY_BASE)
        return join->sides[index_of(join, expr->column)] |= wanted;
    for (uint32_t i = 0; i < expr->argument_count; i++)
        sides |= expr_sides(join, expr->arguments[i], wanted);
    return sides;
}

/* Until nothing is new: a subquery stands beside those that its condition asks. */
static void
find_sides(FullJoin *join)
{
    bool grew = true;

    for (uint32_t i = 0; i < join->subqueries->count; i++) {
        SideSearch search = {.left_count = join->left_count};
        outer_map_plan(join->binder->arena, join->subqueries->items[i].plan, note_side, &search);
        join->sides[i] = search.sides;
    }
    while (grew) {
        grew = false;
        for (uint32_t i = 0; i < join->subqueries->count; i++) {
            const BoundSubquery *subquery = &join->subqueries->items[i];
            const uint8_t before = join->sides[i];
            if (subquery->condition != NULL)
                join->sides[i] |= expr_sides(join, subquery->condition, before);
            if (subquery->guard != NULL)
                join->sides[i] |= expr_sides(join, subquery->guard, before);
            grew = grew || join->sides[i] != before;
        }
    }
}

static Expr *
lower_reference(void *context, Expr *outer, uint32_t depth)
{
    const FullJoin *join = context;

    if (outer->level - depth != 1)
        return outer;
    Expr *moved =
        expr_outer(join->binder->arena, outer->type, outer->level, outer->column - join->left_count);
    moved->position = outer->position;
    return moved;
}

static void
lower_column(Expr *column, void *by)
{
    if (column->column < RESULT_BASE)
        column->column -= *(const uint32_t *)by;
}

static Expr *
lowered(const FullJoin *join, const Expr *expr)
{
    uint32_t by = join->left_count;

    if (expr == NULL)
        return NULL;
    Expr *copy = expr_copy(join->binder->arena, expr);
    expr_visit_columns(copy, lower_column, &by);
    return copy;
}

static Status
attach_to_sides(FullJoin *join)
{
    Arena *arena = join->binder->arena;

    for (uint32_t i = 0; i < join->subqueries->count; i++) {
        BoundSubquery *subquery = &join->subqueries->items[i];
        if (join->sides[i] != SIDE_RIGHT)
            continue;
        outer_map_plan(arena, subquery->plan, lower_reference, join);
        subquery->condition = lowered(join, subquery->condition);
        subquery->guard = lowered(join, subquery->guard);
    }
    for (uint32_t i = 0; i < join->subqueries->count; i++) {
        Expr *result = expr_column(arena, type_of(TYPE_BOOL), join->subqueries->items[i].first);
        PlanNode **side = join->sides[i] == SIDE_RIGHT ? &join->right : &join->left;
        TRY(bind_attach(join->binder, join->subqueries, side, &result));
    }
    return STATUS_OK;
}

/* Columns of the pair and what subqueries give → columns of the widened sides. */
static void
place_column(Expr *column, void *context)
{
    const FullJoin *join = context;

    if (column->column < RESULT_BASE) {
        if (column->column >= join->left_count)
            column->column += join->left->column_count - join->left_count;
        return;
    }
    const uint32_t i = index_of(join, column->column);
    const BoundSubquery *subquery = &join->subqueries->items[i];
    column->column = subquery->attached_at + (column->column - subquery->first) +
                     (join->sides[i] == SIDE_RIGHT ? join->left->column_count : 0);
}

static void
leave_out_results(const FullJoin *join, PlanNode *node, const PlanNode *right)
{
    const uint32_t width = join->left_count + right->column_count;
    PlanColumn *columns = ARENA_ARRAY(join->binder->arena, PlanColumn, width);
    uint32_t *output = ARENA_ARRAY(join->binder->arena, uint32_t, width);

    for (uint32_t i = 0; i < width; i++) {
        const bool of_left = i < join->left_count;
        output[i] = node->join.output[of_left ? i : i - join->left_count + join->left->column_count];
        columns[i] = of_left ? join->left->columns[i] : right->columns[i - join->left_count];
    }
    node->columns = columns;
    node->column_count = width;
    node->join.output = output;
    node->join.output_count = width;
}

Status
bind_join_full(Binder *binder, const AstFrom *ast, SubqueryList *subqueries, PlanNode *left, PlanNode *right,
               uint32_t count, Expr **conditions, PlanNode **node)
{
    FullJoin join = {.binder = binder,
                     .subqueries = subqueries,
                     .sides = ARENA_ARRAY(binder->arena, uint8_t, subqueries->count),
                     .left_count = left->column_count,
                     .left = left,
                     .right = right};

    find_sides(&join);
    for (uint32_t i = 0; i < subqueries->count; i++) {
        if (join.sides[i] == (SIDE_LEFT | SIDE_RIGHT))
            return error_set_at(
                binder->error, STATUS_NOT_SUPPORTED, ast->condition->position,
                "not supported yet: a subquery in ON of a FULL JOIN that refers to both sides");
    }
    TRY(attach_to_sides(&join));
    for (uint32_t i = 0; i < count; i++) {
        conditions[i] = expr_copy(binder->arena, conditions[i]);
        expr_visit_columns(conditions[i], place_column, &join);
    }
    *node = bind_join_node(binder, JOIN_FULL, join.left, join.right,
                           expr_conjunction(binder->arena, count, conditions));
    leave_out_results(&join, *node, right);
    return STATUS_OK;
}
