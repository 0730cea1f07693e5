/* Conditions on outer rows go up to the top of a subquery's plan, where they are the condition of a join: an
 * equality passes groupings as one more key. Nothing is computed twice and no domain is needed. */
#include "plan/unnest.h"

#include "expr/function.h"
#include "plan/outer.h"
#include "plan/property.h"
#include "plan/walk.h"

#include <string.h>

static void
take_columns(PlanNode *node)
{
    node->columns = node->children[0]->columns;
    node->column_count = node->children[0]->column_count;
}

static bool
pull_from_filter(Rewrite *rewrite, PlanNode **slot, Conjuncts *pulled)
{
    PlanNode *node = *slot;
    Conjuncts kept = {0};

    if (!unnest_pull(rewrite, &node->children[0], pulled))
        return false;
    for (uint32_t i = 0; i < node->filter.conjunct_count; i++) {
        Expr *conjunct = node->filter.conjuncts[i];
        const bool goes = outer_expr_refers(conjunct, 1) || (pulled->count > 0 && expr_can_fail(conjunct));
        conjuncts_add(rewrite, goes ? pulled : &kept, conjunct);
    }
    *slot = conjuncts_filter(rewrite, &kept, node->children[0]);
    return true;
}

static bool
refers_or_fails(Expr *const *exprs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (outer_expr_refers(exprs[i], 1) || expr_can_fail(exprs[i]))
            return true;
    }
    return false;
}

/* Where the columns of conditions are after the node: found there, or added. */
typedef struct Passage {
    Rewrite *rewrite;
    PlanNode *project; /* adds what it lacks */
} Passage;

static void
pass_through_project(Expr *column, void *context)
{
    Passage *passage = context;
    PlanNode *project = passage->project;

    for (uint32_t i = 0; i < project->column_count; i++) {
        const Expr *expr = project->project.expressions[i];
        if (expr->kind == EXPR_COLUMN && expr->column == column->column &&
            type_equal(expr->type, column->type)) {
            column->column = i;
            return;
        }
    }
    const char *name = project->children[0]->columns[column->column].name;
    Expr *same = expr_column(passage->rewrite->arena, column->type, column->column);
    column->column = unnest_add_column(project, name, same);
}

static bool
pull_from_project(Rewrite *rewrite, PlanNode **slot, Conjuncts *pulled)
{
    PlanNode *node = *slot;

    if (refers_or_fails(node->project.expressions, node->column_count) ||
        !unnest_pull(rewrite, &node->children[0], pulled))
        return false;
    PlanNode *input = node->children[0];
    PlanNode *wide = unnest_project(rewrite, input, input->column_count + node->column_count);
    for (uint32_t i = 0; i < node->column_count; i++) {
        wide->project.expressions[i] = node->project.expressions[i];
        ((PlanColumn *)wide->columns)[i] = node->columns[i];
    }
    wide->column_count = node->column_count;
    Passage passage = {rewrite, wide};
    for (uint32_t i = 0; i < pulled->count; i++) {
        pulled->items[i] = expr_copy(rewrite->arena, pulled->items[i]);
        expr_visit_columns(pulled->items[i], pass_through_project, &passage);
    }
    *slot = wide;
    return true;
}

/* The node's columns that are no columns of its input. */
typedef struct JoinPassage {
    PlanNode *join;
    PlanColumn *columns;
    uint32_t *output;
    uint32_t shift; /* right columns: what the left child grew by */
    uint32_t left;  /* the left child's columns before */
} JoinPassage;

static void
pass_through_join(Expr *column, void *context)
{
    JoinPassage *passage = context;
    PlanNode *join = passage->join;
    const PlanNode *left = join->children[0];
    const uint32_t input = column->column;

    for (uint32_t i = 0; i < join->column_count; i++) {
        if (passage->output[i] == input) {
            column->column = i;
            return;
        }
    }
    column->column = join->column_count;
    passage->columns[join->column_count] = input < left->column_count
                                               ? left->columns[input]
                                               : join->children[1]->columns[input - left->column_count];
    passage->output[join->column_count++] = input;
}

static void
shift_column(Expr *column, void *context)
{
    const JoinPassage *passage = context;

    if (column->column >= passage->left)
        column->column += passage->shift;
}

static void
raise_column(Expr *column, void *by)
{
    column->column += *(const uint32_t *)by;
}

static JoinPassage
begin_passage(Rewrite *rewrite, PlanNode *join, uint32_t left_before, uint32_t right_before)
{
    const uint32_t left = join->children[0]->column_count;
    const uint32_t right = join->children[1]->column_count;
    const uint32_t room = join->column_count + left + right;
    JoinPassage passage = {.join = join,
                           .columns = ARENA_ARRAY(rewrite->arena, PlanColumn, room),
                           .output = ARENA_ARRAY(rewrite->arena, uint32_t, room),
                           .shift = left - left_before,
                           .left = left_before};

    for (uint32_t i = 0; i < join->column_count; i++) {
        const uint32_t from = join->join.output[i];
        passage.columns[i] = join->columns[i];
        passage.output[i] = from == left_before + right_before ? left + right
                            : from >= left_before              ? from + passage.shift
                                                               : from;
    }
    return passage;
}

/* Conditions that refer to outer rows leave the residual of an inner join. */
static void
split_residual(Rewrite *rewrite, PlanNode *join, Conjuncts *pulled)
{
    Conjuncts all = {0};
    Conjuncts kept = {0};

    if (join->join.residual == NULL)
        return;
    conjuncts_add(rewrite, &all, join->join.residual);
    for (uint32_t i = 0; i < all.count; i++) {
        const bool goes =
            outer_expr_refers(all.items[i], 1) || (pulled->count > 0 && expr_can_fail(all.items[i]));
        conjuncts_add(rewrite, goes ? pulled : &kept, all.items[i]);
    }
    join->join.residual = expr_conjunction(rewrite->arena, kept.count, kept.items);
}

static bool
pull_from_join(Rewrite *rewrite, PlanNode **slot, Conjuncts *pulled)
{
    PlanNode *join = *slot;
    const bool inner = join->join.kind == JOIN_INNER || join->join.kind == JOIN_CROSS;
    const uint32_t left_before = join->children[0]->column_count;
    const uint32_t right_before = join->children[1]->column_count;
    Conjuncts of_right = {0};

    if (join->join.kind == JOIN_FULL || join->join.kind == JOIN_RIGHT)
        return false;
    if (!inner && (outer_plan_refers(join->children[1], 1) ||
                   (join->join.residual != NULL && refers_or_fails(&join->join.residual, 1))))
        return false;
    if (!unnest_pull(rewrite, &join->children[0], pulled) ||
        !unnest_pull(rewrite, &join->children[1], &of_right))
        return false;
    JoinPassage passage = begin_passage(rewrite, join, left_before, right_before);
    const uint32_t left = join->children[0]->column_count;
    for (uint32_t i = 0; i < of_right.count; i++) {
        Expr *conjunct = expr_copy(rewrite->arena, of_right.items[i]);
        expr_visit_columns(conjunct, raise_column, (void *)&left);
        conjuncts_add(rewrite, pulled, conjunct);
    }
    if (join->join.residual != NULL) {
        join->join.residual = expr_copy(rewrite->arena, join->join.residual);
        expr_visit_columns(join->join.residual, shift_column, &passage);
    }
    if (inner)
        split_residual(rewrite, join, pulled);
    for (uint32_t i = 0; i < pulled->count; i++) {
        pulled->items[i] = expr_copy(rewrite->arena, pulled->items[i]);
        expr_visit_columns(pulled->items[i], pass_through_join, &passage);
    }
    join->columns = passage.columns;
    join->join.output = passage.output;
    join->join.output_count = join->column_count;
    return true;
}

static void
note_column(Expr *column, void *context)
{
    (void)column;
    *(bool *)context = true;
}

static bool
has_columns(const Expr *expr)
{
    bool found = false;

    expr_visit_columns((Expr *)expr, note_column, &found);
    return found;
}

/* outer expression = expression of the plan's columns: the side of the plan. */
static Expr **
inner_side(Expr *conjunct)
{
    if (conjunct->kind != EXPR_CALL || conjunct->argument_count != 2 ||
        strcmp(conjunct->function->name, "=") != 0 || expr_is_volatile(conjunct))
        return NULL;
    for (uint32_t i = 0; i < 2; i++) {
        const Expr *outer = conjunct->arguments[1 - i];
        Expr *inner = conjunct->arguments[i];
        if (!has_columns(outer) && has_columns(inner) && !outer_expr_refers(inner, 0) &&
            !expr_can_fail(inner))
            return &conjunct->arguments[i];
    }
    return NULL;
}

static bool
is_key(const PlanAggregate *aggregate, uint32_t column, uint32_t *key)
{
    for (uint32_t i = 0; i < aggregate->key_count; i++) {
        *key = i;
        if (aggregate->keys[i] == column)
            return true;
    }
    return false;
}

/* The key that holds the expression, which may be a new one. */
static uint32_t
key_for(Rewrite *rewrite, PlanNode *node, PlanNode *project, Expr *inner, uint32_t room)
{
    PlanAggregate *aggregate = &node->aggregate;
    const uint32_t column =
        inner->kind == EXPR_COLUMN ? inner->column : unnest_add_column(project, "key", inner);
    uint32_t key;

    if (is_key(aggregate, column, &key))
        return key;
    uint32_t *keys = ARENA_ARRAY(rewrite->arena, uint32_t, aggregate->key_count + room);
    if (aggregate->key_count > 0)
        memcpy(keys, aggregate->keys, aggregate->key_count * sizeof *keys);
    keys[aggregate->key_count] = column;
    aggregate->keys = keys;
    return aggregate->key_count++;
}

typedef struct KeyMap {
    const PlanAggregate *aggregate;
    bool failed;
} KeyMap;

static void
map_to_key(Expr *column, void *context)
{
    KeyMap *map = context;
    uint32_t key = 0;

    if (!is_key(map->aggregate, column->column, &key))
        map->failed = true;
    column->column = key;
}

/* The condition over the keys. */
static bool
group_condition(Rewrite *rewrite, PlanNode *node, PlanNode *project, Expr **conjunct, uint32_t room)
{
    KeyMap map = {.aggregate = &node->aggregate};

    *conjunct = expr_copy(rewrite->arena, *conjunct);
    Expr **inner = inner_side(*conjunct);
    if (inner != NULL) {
        *inner = expr_column(rewrite->arena, (*inner)->type, key_for(rewrite, node, project, *inner, room));
        return true;
    }
    expr_visit_columns(*conjunct, map_to_key, &map);
    return !map.failed;
}

static void
move_behind_calls(Expr *column, void *context)
{
    const uint32_t *bounds = context; /* keys before, calls */

    if (column->column >= bounds[0])
        column->column += bounds[1];
}

/* Keys that were there, calls, new keys: the node's columns stay where they were. */
static PlanNode *
in_old_order(Rewrite *rewrite, PlanNode *node, const PlanNode *input, uint32_t keys_before)
{
    const uint32_t calls = node->aggregate.call_count;
    const uint32_t keys = node->aggregate.key_count;
    const PlanColumn *before = node->columns;
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, keys + calls);

    for (uint32_t i = 0; i < keys; i++)
        columns[i] = i < keys_before ? before[i] : input->columns[node->aggregate.keys[i]];
    for (uint32_t i = 0; i < calls; i++)
        columns[keys + i] = before[keys_before + i];
    node->columns = columns;
    node->column_count = keys + calls;
    if (keys == keys_before)
        return node;
    PlanNode *project = unnest_project(rewrite, node, 0);
    for (uint32_t i = keys_before; i < keys + calls; i++) {
        const uint32_t from = i < keys_before + calls ? keys + (i - keys_before) : i - calls;
        project->project.expressions[i] = expr_column(rewrite->arena, columns[from].type, from);
        ((PlanColumn *)project->columns)[i] = columns[from];
    }
    return project;
}

/* Equalities become keys; other conditions may be on keys only. */
static bool
pull_from_aggregate(Rewrite *rewrite, PlanNode **slot, Conjuncts *pulled)
{
    PlanNode *node = *slot;
    uint32_t bounds[2] = {node->aggregate.key_count, node->aggregate.call_count};

    if (!unnest_pull(rewrite, &node->children[0], pulled))
        return false;
    PlanNode *project = unnest_project(rewrite, node->children[0], pulled->count);
    for (uint32_t i = 0; i < pulled->count; i++) {
        if (!group_condition(rewrite, node, project, &pulled->items[i], pulled->count + 1))
            return false;
    }
    for (uint32_t i = 0; i < pulled->count; i++)
        expr_visit_columns(pulled->items[i], move_behind_calls, bounds);
    if (project->column_count > node->children[0]->column_count)
        node->children[0] = project;
    *slot = in_old_order(rewrite, node, project, bounds[0]);
    return true;
}

bool
unnest_pull_aggregate(Rewrite *rewrite, PlanNode **node, Conjuncts *pulled)
{
    return pull_from_aggregate(rewrite, node, pulled);
}

bool
unnest_pull(Rewrite *rewrite, PlanNode **slot, Conjuncts *pulled)
{
    PlanNode *node = *slot;

    if (!outer_plan_refers(node, 1))
        return true;
    switch (node->kind) {
    case PLAN_FILTER: return pull_from_filter(rewrite, slot, pulled);
    case PLAN_PROJECT: return pull_from_project(rewrite, slot, pulled);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: return pull_from_join(rewrite, slot, pulled);
    case PLAN_AGGREGATE: return node->aggregate.key_count > 0 && pull_from_aggregate(rewrite, slot, pulled);
    case PLAN_SORT:
        if (!unnest_pull(rewrite, &node->children[0], pulled))
            return false;
        take_columns(node);
        return true;
    default: return false;
    }
}
