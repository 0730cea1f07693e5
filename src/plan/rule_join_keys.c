/* Equalities between the two sides of a join become its keys; sides that are computed are added to the inputs
 * as columns. */
#include "plan/rule.h"
#include "plan/walk.h"

#include "expr/function.h"

#include <string.h>

typedef struct JoinKeys {
    uint32_t count;
    uint32_t *left;
    uint32_t *right;
    bool *null_safe;
} JoinKeys;

/* A child that is widened: its own columns, then computed ones. */
typedef struct Side {
    PlanNode *node;
    PlanNode *project; /* NULL until something is computed */
    uint32_t added;
    uint32_t room;
} Side;

static void
widen(Rewrite *rewrite, Side *side)
{
    const uint32_t own = side->node->column_count;
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, own + side->room);
    PlanNode *project = plan_node_new(rewrite->arena, PLAN_PROJECT, own, columns, 1, &side->node);

    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, own + side->room);
    for (uint32_t i = 0; i < own; i++) {
        columns[i] = side->node->columns[i];
        project->project.expressions[i] = expr_column(rewrite->arena, columns[i].type, i);
    }
    side->project = project;
}

/* The column of the side that holds the expression. */
static uint32_t
side_column(Rewrite *rewrite, Side *side, Expr *expr)
{
    if (expr->kind == EXPR_COLUMN)
        return expr->column;
    if (side->project == NULL)
        widen(rewrite, side);
    const uint32_t column = side->project->column_count++;
    side->project->project.expressions[column] = expr;
    ((PlanColumn *)side->project->columns)[column] = (PlanColumn){.name = "key", .type = expr->type};
    side->added++;
    return column;
}

/* Cast so that both sides hash alike; NULL where there is no way. */
static Expr *
cast_to(Rewrite *rewrite, Expr *expr, Type type)
{
    bool needed = true;

    if (type_equal(expr->type, type))
        return expr;
    const Function *cast = function_find_cast(expr->type, type, CAST_IMPLICIT, &needed);
    if (!needed && type_layout(expr->type) == type_layout(type) && type.id != TYPE_NUMERIC)
        return expr;
    return cast == NULL ? NULL : expr_call(rewrite->arena, cast, type, 1, &expr);
}

static bool
is_bpchar_and_text(Type a, Type b)
{
    return (a.id == TYPE_BPCHAR) != (b.id == TYPE_BPCHAR);
}

typedef enum Match {
    MATCH_NONE,
    MATCH_ROUGH, /* equal values have equal keys, others may have, too: the condition stays */
    MATCH_EXACT
} Match;

static Match
match_types(Rewrite *rewrite, Expr **left, Expr **right)
{
    const Type types[] = {(*left)->type, (*right)->type};
    Type common;

    if (type_equal(types[0], types[1]))
        return MATCH_EXACT;
    if (is_bpchar_and_text(types[0], types[1]) || !function_common_type(2, types, &common))
        return MATCH_NONE;
    const bool rough =
        function_common_overflows(2, types, common); /* no scale holds both: the nearest doubles */
    if (rough)
        common = type_of(TYPE_FLOAT8);
    *left = cast_to(rewrite, *left, common);
    *right = cast_to(rewrite, *right, common);
    return *left == NULL || *right == NULL ? MATCH_NONE : rough ? MATCH_ROUGH : MATCH_EXACT;
}

static bool
is_equality(const Expr *expr)
{
    return expr->kind == EXPR_CALL && expr->argument_count == 2 && strcmp(expr->function->name, "=") == 0 &&
           !expr_is_volatile(expr);
}

/* left expression = right expression, whichever way round it is written. */
static Match
split_equality(Rewrite *rewrite, const Expr *conjunct, uint32_t left, uint32_t all, Expr **of_left,
               Expr **of_right)
{
    if (!is_equality(conjunct))
        return MATCH_NONE;
    for (uint32_t turned = 0; turned < 2; turned++) {
        Expr *a = conjunct->arguments[turned];
        Expr *b = conjunct->arguments[1 - turned];
        if (!columns_are_within(a, 0, left) || !columns_are_within(b, left, all) ||
            columns_are_within(a, 0, 0) || columns_are_within(b, 0, 0))
            continue;
        *of_left = a;
        *of_right = columns_lowered(rewrite, b, left);
        return match_types(rewrite, of_left, of_right);
    }
    return MATCH_NONE;
}

/* Columns of the right side stand further on where the left side was widened. */
static void
shift_right_columns(Rewrite *rewrite, PlanNode *join, uint32_t left, uint32_t right, uint32_t by)
{
    uint32_t *map = ARENA_ARRAY(rewrite->arena, uint32_t, left + right + 1);
    uint32_t *output = ARENA_ARRAY(rewrite->arena, uint32_t, join->join.output_count);

    for (uint32_t i = 0; i < left + right; i++)
        map[i] = i < left ? i : i + by;
    map[left + right] = join->children[0]->column_count + join->children[1]->column_count; /* the mark */
    for (uint32_t i = 0; i < join->join.output_count; i++)
        output[i] = map[join->join.output[i]];
    join->join.output = output;
    if (join->join.residual != NULL)
        join->join.residual = columns_renumbered(rewrite, join->join.residual, map);
}

static JoinKeys
keys_with_room(Rewrite *rewrite, const PlanJoin *join, uint32_t room)
{
    JoinKeys keys = {join->key_count, ARENA_ARRAY(rewrite->arena, uint32_t, join->key_count + room),
                     ARENA_ARRAY(rewrite->arena, uint32_t, join->key_count + room),
                     ARENA_ARRAY(rewrite->arena, bool, join->key_count + room)};

    for (uint32_t i = 0; i < join->key_count; i++) {
        keys.null_safe[i] = plan_key_is_null_safe(join, i);
        keys.left[i] = join->left_keys[i];
        keys.right[i] = join->right_keys[i];
    }
    return keys;
}

static Status
find_keys(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *join = *slot;
    Conjuncts list = {0};
    Conjuncts rest = {0};

    if (!plan_is_join(join) || join->join.residual == NULL)
        return STATUS_OK;
    conjuncts_add(rewrite, &list, join->join.residual);
    Side left = {.node = join->children[0], .room = list.count};
    Side right = {.node = join->children[1], .room = list.count};
    const uint32_t left_count = left.node->column_count;
    const uint32_t right_count = right.node->column_count;
    JoinKeys keys = keys_with_room(rewrite, &join->join, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        Expr *of_left;
        Expr *of_right;
        const bool guarded = rest.count > 0 && expr_can_fail(list.items[i]);
        const Match match = guarded ? MATCH_NONE
                                    : split_equality(rewrite, list.items[i], left_count,
                                                     left_count + right_count, &of_left, &of_right);
        if (match != MATCH_EXACT)
            conjuncts_add(rewrite, &rest, list.items[i]);
        if (match == MATCH_NONE || (match == MATCH_ROUGH && keys.count > 0)) /* a key is there already */
            continue;
        keys.left[keys.count] = side_column(rewrite, &left, of_left);
        keys.right[keys.count++] = side_column(rewrite, &right, of_right);
    }
    if (keys.count == join->join.key_count)
        return STATUS_OK;
    join->kind = PLAN_HASH_JOIN;
    if (join->join.kind == JOIN_CROSS)
        join->join.kind = JOIN_INNER;
    join->join.key_count = keys.count;
    join->join.left_keys = keys.left;
    join->join.right_keys = keys.right;
    if (join->join.null_safe != NULL)
        join->join.null_safe = keys.null_safe;
    join->join.residual = expr_conjunction(rewrite->arena, rest.count, rest.items);
    if (left.project != NULL)
        join->children[0] = left.project;
    if (right.project != NULL)
        join->children[1] = right.project;
    shift_right_columns(rewrite, join, left_count, right_count, left.added);
    rewrite->changed = true;
    return STATUS_OK;
}

Status
rule_join_keys(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, find_keys);
}
