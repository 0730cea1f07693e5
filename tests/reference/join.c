/* Joins: every pair of rows is looked at. The right side of a dependent one is run for each left row. */
#include "evaluator.h"

#include "plan/walk.h"

#include <string.h>

typedef struct Joining {
    Evaluator *evaluator;
    const PlanNode *node;
    const PlanJoin *join;
    const Around *around;
    uint32_t left_width, right_width;
    Rows *rows;
    bool *met; /* for each right row, whether a left one matched it */
} Joining;

/* What a condition says of a pair. */
typedef enum Truth { TRUTH_FALSE, TRUTH_NULL, TRUTH_TRUE } Truth;

static Truth
truth_of(const Value *value)
{
    if (value_is_null(value))
        return TRUTH_NULL;
    return value_is_true(value) ? TRUTH_TRUE : TRUTH_FALSE;
}

static Truth
keys_say(const PlanJoin *join, const Value *left, const Value *right)
{
    Truth truth = TRUTH_TRUE;

    for (uint32_t i = 0; truth != TRUTH_FALSE && i < join->key_count; i++) {
        const Value *a = &left[join->left_keys[i]];
        const Value *b = &right[join->right_keys[i]];
        if (!plan_key_is_null_safe(join, i) && (value_is_null(a) || value_is_null(b)))
            truth = TRUTH_NULL;
        else if (!value_equal(a, b))
            truth = TRUTH_FALSE;
    }
    return truth;
}

static Status
condition_says(Joining *joining, const Value *left, const Value *right, Truth *truth)
{
    const PlanJoin *join = joining->join;
    Value value;

    *truth = keys_say(join, left, right);
    TRY(evaluator_step(joining->evaluator));
    if (*truth == TRUTH_FALSE || join->residual == NULL)
        return STATUS_OK;
    const Value *pair =
        row_concatenate(joining->evaluator->arena, left, joining->left_width, right, joining->right_width);
    TRY(evaluator_value(joining->evaluator, joining->node, join->residual, pair,
                        joining->left_width + joining->right_width, joining->around, &value));
    const Truth residual = truth_of(&value);
    *truth = residual < *truth ? residual : *truth;
    return STATUS_OK;
}

static const Value *
nulls_of(Arena *arena, const PlanNode *node)
{
    Value *row = ARENA_ARRAY(arena, Value, node->column_count + 1);

    for (uint32_t i = 0; i < node->column_count; i++)
        row[i] = value_null(arena, node->columns[i].type);
    return row;
}

/* A row of the node: columns of both sides, and a mark where there is one. NULL for a side without a row. */
static void
emit(Joining *joining, const Value *left, const Value *right, const Value *mark)
{
    Arena *arena = joining->evaluator->arena;
    const PlanJoin *join = joining->join;
    const uint32_t both = joining->left_width + joining->right_width;
    Value *row = ARENA_ARRAY(arena, Value, join->output_count + 1);

    if (left == NULL)
        left = nulls_of(arena, joining->node->children[0]);
    if (right == NULL)
        right = nulls_of(arena, joining->node->children[1]);
    for (uint32_t i = 0; i < join->output_count; i++) {
        const uint32_t column = join->output[i];
        row[i] = column == both                  ? *mark
                 : column >= joining->left_width ? right[column - joining->left_width]
                                                 : left[column];
    }
    rows_add(arena, joining->rows, row);
}

/* What the left row comes to, when `best` is the most that the condition says of any pair. */
static void
emit_left(Joining *joining, const Value *left, Truth best)
{
    Arena *arena = joining->evaluator->arena;
    const JoinKind kind = joining->join->kind;

    if (kind == JOIN_MARK) {
        const Value mark = best == TRUTH_NULL ? value_null(arena, type_of(TYPE_BOOL))
                                              : value_bool(arena, best == TRUTH_TRUE);
        emit(joining, left, NULL, &mark);
    } else if (kind == JOIN_SEMI ? best == TRUTH_TRUE
                                 : best != TRUTH_TRUE && (kind == JOIN_ANTI || plan_keeps_left(kind))) {
        emit(joining, left, NULL, NULL);
    }
}

static bool
pairs_come_out(JoinKind kind)
{
    return kind != JOIN_SEMI && kind != JOIN_ANTI && kind != JOIN_MARK;
}

static Status
join_row(Joining *joining, const Value *left, const Rows *right)
{
    Truth best = TRUTH_FALSE;

    for (uint32_t i = 0; i < right->count; i++) {
        Truth truth;
        TRY(condition_says(joining, left, right->items[i], &truth));
        if (truth == TRUTH_TRUE && best == TRUTH_TRUE && joining->join->kind == JOIN_SINGLE)
            return error_set(joining->evaluator->error, STATUS_CARDINALITY,
                             "more than one row returned by a subquery used as an expression");
        best = truth > best ? truth : best;
        if (truth == TRUTH_TRUE && joining->met != NULL)
            joining->met[i] = true;
        if (truth == TRUTH_TRUE && pairs_come_out(joining->join->kind))
            emit(joining, left, right->items[i], NULL);
    }
    emit_left(joining, left, best);
    return STATUS_OK;
}

typedef struct Sides {
    uint32_t left_width;
    bool left_alone;
} Sides;

static void
see_side(Expr *column, void *context)
{
    Sides *sides = context;

    sides->left_alone &= column->column < sides->left_width;
}

/* Whether the right side of a dependent join is asked for this row. */
static Status
is_asked(Joining *joining, const Value *left, bool *asked)
{
    Expr *residual = joining->join->residual;
    const bool several = residual != NULL && residual->kind == EXPR_AND;
    const uint32_t count = residual == NULL ? 0 : several ? residual->argument_count : 1;

    *asked = true;
    for (uint32_t i = 0; *asked && i < count; i++) {
        Expr *conjunct = several ? residual->arguments[i] : residual;
        Sides sides = {joining->left_width, true};
        Value value;
        expr_visit_columns(conjunct, see_side, &sides);
        if (!sides.left_alone)
            continue;
        TRY(evaluator_value(joining->evaluator, joining->node, conjunct, left, joining->left_width,
                            joining->around, &value));
        *asked = value_is_true(&value);
    }
    return STATUS_OK;
}

static Status
join_dependent(Joining *joining, const Value *left)
{
    const Around around = {left, joining->left_width, joining->around};
    Rows right = {.width = joining->right_width};
    bool asked;

    TRY(is_asked(joining, left, &asked));
    if (asked)
        TRY(evaluator_rows(joining->evaluator, joining->node->children[1], &around, &right));
    return join_row(joining, left, &right);
}

Status
evaluator_join(Evaluator *evaluator, const PlanNode *node, const Around *around, Rows *rows)
{
    const bool dependent = node->kind == PLAN_DEPENDENT_JOIN;
    Joining joining = {.evaluator = evaluator,
                       .node = node,
                       .join = &node->join,
                       .around = around,
                       .left_width = node->children[0]->column_count,
                       .right_width = node->children[1]->column_count,
                       .rows = rows};
    Rows left;
    Rows right = {0};

    TRY(evaluator_rows(evaluator, node->children[0], around, &left));
    if (!dependent)
        TRY(evaluator_rows(evaluator, node->children[1], around, &right));
    if (plan_keeps_right(node->join.kind))
        joining.met = ARENA_ARRAY(evaluator->arena, bool, right.count + 1);
    for (uint32_t i = 0; i < left.count; i++) {
        if (dependent)
            TRY(join_dependent(&joining, left.items[i]));
        else
            TRY(join_row(&joining, left.items[i], &right));
    }
    for (uint32_t i = 0; joining.met != NULL && i < right.count; i++)
        if (!joining.met[i])
            emit(&joining, NULL, right.items[i], NULL);
    return STATUS_OK;
}
