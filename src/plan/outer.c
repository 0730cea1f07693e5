#include "plan/outer.h"

#include "plan/walk.h"

#include <string.h>

Expr *
outer_map_expr(Arena *arena, Expr *expr, uint32_t depth, OuterMap map, void *context)
{
    Expr *copy = NULL;

    if (expr->kind == EXPR_OUTER)
        return expr->level > depth ? map(context, expr, depth) : expr;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        Expr *mapped = outer_map_expr(arena, expr->arguments[i], depth, map, context);
        if (mapped == expr->arguments[i])
            continue;
        if (copy == NULL) {
            copy = ARENA_NEW(arena, Expr);
            *copy = *expr;
            copy->arguments = ARENA_ARRAY(arena, Expr *, expr->argument_count);
            memcpy(copy->arguments, expr->arguments, expr->argument_count * sizeof *copy->arguments);
        }
        copy->arguments[i] = mapped;
    }
    return copy == NULL ? expr : copy;
}

typedef struct PlanMap {
    Arena *arena;
    OuterMap map;
    void *context;
    uint32_t depth;
} PlanMap;

static Status
map_slot(void *context, Expr **slot)
{
    const PlanMap *map = context;

    *slot = outer_map_expr(map->arena, *slot, map->depth, map->map, map->context);
    return STATUS_OK;
}

static void
map_node(PlanMap *map, PlanNode *node)
{
    plan_visit_expressions(node, map_slot, map);
    for (uint32_t i = 0; i < node->child_count; i++) {
        const bool inner = i == 1 && node->kind == PLAN_DEPENDENT_JOIN;
        map->depth += inner;
        map_node(map, node->children[i]);
        map->depth -= inner;
    }
}

void
outer_map_plan(Arena *arena, PlanNode *plan, OuterMap map, void *context)
{
    PlanMap plan_map = {.arena = arena, .map = map, .context = context};

    map_node(&plan_map, plan);
}

typedef struct Search {
    uint32_t level;
    bool found;
} Search;

/* Only looks. */
static Expr *
note_reference(void *context, Expr *outer, uint32_t depth)
{
    Search *search = context;

    search->found = search->found || search->level == 0 || outer->level - depth == search->level;
    return outer;
}

bool
outer_expr_refers(const Expr *expr, uint32_t level)
{
    Search search = {.level = level};

    outer_map_expr(NULL, (Expr *)expr, 0, note_reference, &search);
    return search.found;
}

bool
outer_plan_refers(const PlanNode *plan, uint32_t level)
{
    Search search = {.level = level};

    outer_map_plan(NULL, (PlanNode *)plan, note_reference, &search);
    return search.found;
}

typedef struct Move {
    Arena *arena;
    bool out;
} Move;

static Expr *
move(void *context, Expr *outer, uint32_t depth)
{
    const Move *to = context;

    (void)depth;
    Expr *moved =
        expr_outer(to->arena, outer->type, to->out ? outer->level + 1 : outer->level - 1, outer->column);
    moved->position = outer->position;
    return moved;
}

void
outer_raise_plan(Arena *arena, PlanNode *plan)
{
    outer_map_plan(arena, plan, move, &(Move){arena, true});
}

void
outer_lower_plan(Arena *arena, PlanNode *plan)
{
    outer_map_plan(arena, plan, move, &(Move){arena, false});
}

Expr *
outer_lower_expr(Arena *arena, Expr *expr)
{
    return outer_map_expr(arena, expr, 0, move, &(Move){arena, false});
}
