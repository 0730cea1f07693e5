#include "plan/walk.h"

#include <string.h>

const char *
plan_column_name(const PlanNode *node, uint32_t column)
{
    if (node == NULL || column >= node->column_count || node->columns[column].name == NULL)
        return "?";
    return node->columns[column].name;
}

uint32_t
plan_input_columns(Arena *arena, const PlanNode *node, const PlanColumn **columns)
{
    *columns = NULL;
    if (node->kind == PLAN_SCAN) {
        *columns = node->scan.read_columns;
        return node->scan.read_count;
    }
    if (node->child_count == 0)
        return 0;
    *columns = node->children[0]->columns;
    if (!plan_has_sides(node))
        return node->children[0]->column_count;

    const PlanNode *left = node->children[0];
    const PlanNode *right = node->children[1];
    PlanColumn *both = ARENA_ARRAY(arena, PlanColumn, left->column_count + right->column_count);
    if (left->column_count > 0)
        memcpy(both, left->columns, left->column_count * sizeof *both);
    if (right->column_count > 0)
        memcpy(both + left->column_count, right->columns, right->column_count * sizeof *both);
    *columns = both;
    return left->column_count + right->column_count;
}

uint32_t
plan_source_count(const PlanNode *node)
{
    uint32_t count = 0;

    while (node->kind != PLAN_SET_OPERATION) {
        if (node->kind == PLAN_EXCHANGE)
            return 0;
        if (node->child_count == 0)
            return 1;
        node = node->children[0];
    }
    for (uint32_t i = 0; i < node->child_count; i++)
        count += plan_source_count(node->children[i]);
    return count;
}

void
plan_format_expr(const Expr *expr, const PlanNode *node, Buffer *out)
{
    Arena *arena = arena_new(NULL);
    const PlanColumn *columns;
    const uint32_t count = plan_input_columns(arena, node, &columns);
    const char **names = ARENA_ARRAY(arena, const char *, count);

    for (uint32_t i = 0; i < count; i++)
        names[i] = columns[i].name != NULL ? columns[i].name : "?";
    expr_format(expr, names, out);
    arena_destroy(&arena);
}

void
plan_format_title(const PlanNode *node, const char *separator, Buffer *out)
{
    const char *type = plan_node_type(node);
    Buffer label = {0};

    plan_node_label(node, &label);
    if (strncmp(buffer_text(&label), type, strlen(type)) != 0)
        buffer_append_format(out, "%s%s", type, separator);
    buffer_append_string(out, buffer_text(&label));
    buffer_destroy(&label);
}

static Status
visit_list(Expr **expressions, uint32_t count, Status (*visit)(void *, Expr **), void *context)
{
    for (uint32_t i = 0; i < count; i++)
        TRY(visit(context, &expressions[i]));
    return STATUS_OK;
}

Status
plan_visit_expressions(PlanNode *node, Status (*visit)(void *context, Expr **expr), void *context)
{
    switch (node->kind) {
    case PLAN_SCAN: return visit_list(node->scan.filters, node->scan.filter_count, visit, context);
    case PLAN_FILTER: return visit_list(node->filter.conjuncts, node->filter.conjunct_count, visit, context);
    case PLAN_PROJECT: return visit_list(node->project.expressions, node->column_count, visit, context);
    case PLAN_VALUES:
        for (uint32_t i = 0; i < node->values.row_count; i++)
            TRY(visit_list(node->values.rows[i], node->column_count, visit, context));
        return STATUS_OK;
    case PLAN_EXPAND:
        for (uint32_t i = 0; i < node->expand.set_count; i++)
            TRY(visit_list(node->expand.sets[i], node->column_count, visit, context));
        return STATUS_OK;
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN:
    case PLAN_DEPENDENT_JOIN:
        return node->join.residual == NULL ? STATUS_OK : visit(context, &node->join.residual);
    default: return STATUS_OK;
    }
}

typedef struct NodeSet {
    PlanNode **items;
    uint32_t count;
    uint32_t capacity;
    Arena *arena;
} NodeSet;

static bool
set_contains(const NodeSet *set, const PlanNode *node)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->items[i] == node)
            return true;
    }
    return false;
}

static void
set_add(NodeSet *set, PlanNode *node)
{
    if (set->count == set->capacity) {
        const uint32_t capacity = set->capacity < 16 ? 16 : set->capacity * 2;
        PlanNode **items = ARENA_ARRAY(set->arena, PlanNode *, capacity);
        if (set->count > 0)
            memcpy(items, set->items, set->count * sizeof *items);
        set->items = items;
        set->capacity = capacity;
    }
    set->items[set->count++] = node;
}

static void
collect(NodeSet *set, PlanNode *node)
{
    if (set_contains(set, node))
        return;
    for (uint32_t i = 0; i < node->child_count; i++)
        collect(set, node->children[i]);
    set_add(set, node);
}

uint32_t
plan_collect(Arena *arena, PlanNode *root, PlanNode ***nodes)
{
    NodeSet set = {.arena = arena};

    collect(&set, root);
    *nodes = set.items;
    return set.count;
}

static void
number(NodeSet *set, PlanNode *node)
{
    if (set_contains(set, node))
        return;
    set_add(set, node);
    node->id = set->count;
    for (uint32_t i = 0; i < node->child_count; i++)
        number(set, node->children[i]);
}

uint32_t
plan_number(Arena *arena, PlanNode *root)
{
    NodeSet set = {.arena = arena};

    number(&set, root);
    return set.count;
}

static void
format(NodeSet *seen, PlanNode *node, uint32_t depth, Buffer *out)
{
    Buffer predicate = {0};

    buffer_append_format(out, "%*s", (int)depth * 2, "");
    plan_format_title(node, ": ", out);
    plan_node_predicate(node, &predicate);
    if (predicate.size > 0)
        buffer_append_format(out, " [%s]", buffer_text(&predicate));
    buffer_destroy(&predicate);
    if (set_contains(seen, node) && node->child_count > 0) {
        buffer_append_format(out, " (shared, see #%u)\n", node->id);
        return;
    }
    set_add(seen, node);
    buffer_append_char(out, '\n');
    for (uint32_t i = 0; i < node->child_count; i++)
        format(seen, node->children[i], depth + 1, out);
    if (node->kind == PLAN_SHARED && !set_contains(seen, node->shared->input))
        format(seen, node->shared->input, depth + 1, out);
}

void
plan_format(const PlanNode *root, Buffer *out)
{
    NodeSet seen = {.arena = arena_new(NULL)};

    format(&seen, (PlanNode *)root, 0, out);
    arena_destroy(&seen.arena);
}
