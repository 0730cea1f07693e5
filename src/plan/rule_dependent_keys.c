/* Keys that the other keys determine part no group further: GROUP BY a, a - 1, 'x' is GROUP BY a. They are
 * computed above it, once a group. */
#include "plan/rule.h"

enum { NO_KEY = UINT32_MAX };

/* A grouping over a projection, and what becomes of its keys. */
typedef struct Keys {
    PlanNode *node;
    uint32_t *by_column; /* of the projection's input: the kept key that is this column, or NO_KEY */
    uint32_t *place;     /* of each key among the kept ones, or NO_KEY */
    uint32_t kept;
} Keys;

static Expr *
key_expression(const Keys *keys, uint32_t key)
{
    const PlanNode *project = keys->node->children[0];

    return project->project.expressions[keys->node->aggregate.keys[key]];
}

/* Whether equal values of the type are the same in all that can be computed of them (0 and -0 are not, nor
 * are 1.0 and 1.00, or one month and thirty days). */
static bool
equals_are_same(Type type)
{
    switch (type.id) {
    case TYPE_BOOL:
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
    case TYPE_DATE:
    case TYPE_TIMESTAMP:
    case TYPE_TEXT:
    case TYPE_VARCHAR: return true;
    default: return false;
    }
}

static void
keep_columns(Keys *keys)
{
    for (uint32_t k = 0; k < keys->node->aggregate.key_count; k++) {
        const Expr *expr = key_expression(keys, k);
        if (expr->kind != EXPR_COLUMN || !equals_are_same(expr->type) ||
            keys->by_column[expr->column] != NO_KEY)
            continue;
        keys->place[k] = keys->kept++;
        keys->by_column[expr->column] = keys->place[k];
    }
}

typedef struct Determined {
    const Keys *keys;
    bool all;
} Determined;

static void
note_column(Expr *column, void *context)
{
    Determined *determined = context;

    determined->all &= determined->keys->by_column[column->column] != NO_KEY;
}

static bool
is_determined(const Keys *keys, uint32_t key)
{
    Expr *expr = key_expression(keys, key);
    Determined determined = {keys, !expr_is_volatile(expr)};

    expr_visit_columns(expr, note_column, &determined);
    return determined.all;
}

/* One key stays in any case: without keys there would be a group even of no rows. */
static void
choose(Keys *keys)
{
    keep_columns(keys);
    for (uint32_t k = 0; k < keys->node->aggregate.key_count; k++)
        if (keys->place[k] == NO_KEY && !is_determined(keys, k))
            keys->place[k] = keys->kept++;
    if (keys->kept == 0)
        keys->place[0] = keys->kept++;
}

static PlanNode *
group_by_kept(Rewrite *rewrite, const Keys *keys)
{
    const PlanNode *node = keys->node;
    const PlanAggregate *aggregate = &node->aggregate;
    const uint32_t count = keys->kept + aggregate->call_count;
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, count);
    PlanNode *group = plan_node_new(rewrite->arena, PLAN_AGGREGATE, count, columns, 1, node->children);

    group->aggregate.key_count = keys->kept;
    group->aggregate.keys = ARENA_ARRAY(rewrite->arena, uint32_t, keys->kept);
    group->aggregate.call_count = aggregate->call_count;
    group->aggregate.calls = aggregate->calls;
    for (uint32_t k = 0; k < aggregate->key_count; k++) {
        if (keys->place[k] == NO_KEY)
            continue;
        group->aggregate.keys[keys->place[k]] = aggregate->keys[k];
        columns[keys->place[k]] = node->columns[k];
    }
    for (uint32_t i = 0; i < aggregate->call_count; i++)
        columns[keys->kept + i] = node->columns[aggregate->key_count + i];
    return group;
}

/* The node's columns, of the kept keys and the calls. */
static PlanNode *
compute_others(Rewrite *rewrite, const Keys *keys, PlanNode *group)
{
    const PlanNode *node = keys->node;
    const PlanNode *input = node->children[0]->children[0];
    PlanNode *project =
        plan_node_new(rewrite->arena, PLAN_PROJECT, node->column_count, node->columns, 1, &group);
    Expr **replacements = ARENA_ARRAY(rewrite->arena, Expr *, input->column_count);

    for (uint32_t i = 0; i < input->column_count; i++)
        if (keys->by_column[i] != NO_KEY)
            replacements[i] =
                expr_column(rewrite->arena, group->columns[keys->by_column[i]].type, keys->by_column[i]);
    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, node->column_count);
    for (uint32_t i = 0; i < node->column_count; i++) {
        const uint32_t key_count = node->aggregate.key_count;
        const bool is_key = i < key_count;
        const uint32_t column = is_key ? keys->place[i] : keys->kept + i - key_count;
        project->project.expressions[i] =
            is_key && column == NO_KEY
                ? expr_substitute(rewrite->arena, key_expression(keys, i), replacements)
                : expr_column(rewrite->arena, node->columns[i].type, column);
    }
    return project;
}

static void
fill(uint32_t *items, uint32_t count, uint32_t value)
{
    for (uint32_t i = 0; i < count; i++)
        items[i] = value;
}

static Status
drop_dependent(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *node = *slot;

    if (node->kind != PLAN_AGGREGATE || node->aggregate.key_count < 2 ||
        node->children[0]->kind != PLAN_PROJECT)
        return STATUS_OK;
    const uint32_t column_count = node->children[0]->children[0]->column_count;
    Keys keys = {.node = node,
                 .by_column = ARENA_ARRAY(rewrite->arena, uint32_t, column_count),
                 .place = ARENA_ARRAY(rewrite->arena, uint32_t, node->aggregate.key_count)};
    fill(keys.by_column, column_count, NO_KEY);
    fill(keys.place, node->aggregate.key_count, NO_KEY);
    choose(&keys);
    if (keys.kept == node->aggregate.key_count)
        return STATUS_OK;
    *slot = compute_others(rewrite, &keys, group_by_kept(rewrite, &keys));
    rewrite->changed = true;
    return STATUS_OK;
}

Status
rule_dependent_keys(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, drop_dependent);
}
