/* Nodes that unnesting puts into plans. */
#include "plan/unnest.h"

#include "expr/function.h"
#include "plan/walk.h"

#include <string.h>

PlanNode *
unnest_project(Rewrite *rewrite, PlanNode *input, uint32_t room)
{
    const uint32_t count = input->column_count;
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, count + room);
    PlanNode *project = plan_node_new(rewrite->arena, PLAN_PROJECT, count, columns, 1, &input);

    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, count + room);
    for (uint32_t i = 0; i < count; i++) {
        columns[i] = input->columns[i];
        project->project.expressions[i] = expr_column(rewrite->arena, columns[i].type, i);
    }
    return project;
}

uint32_t
unnest_add_column(PlanNode *project, const char *name, Expr *expr)
{
    const uint32_t column = project->column_count++;

    ((PlanColumn *)project->columns)[column] = (PlanColumn){name, expr->type};
    project->project.expressions[column] = expr;
    return column;
}

PlanNode *
unnest_join(Rewrite *rewrite, JoinKind kind, PlanNode *left, PlanNode *right, uint32_t key_count,
            const uint32_t *left_keys, const uint32_t *right_keys)
{
    const uint32_t width = left->column_count + right->column_count;
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, width);
    uint32_t *output = ARENA_ARRAY(rewrite->arena, uint32_t, width);
    bool *null_safe = ARENA_ARRAY(rewrite->arena, bool, key_count);
    PlanNode *children[] = {left, right};

    for (uint32_t i = 0; i < width; i++) {
        columns[i] = i < left->column_count ? left->columns[i] : right->columns[i - left->column_count];
        output[i] = i;
    }
    for (uint32_t i = 0; i < key_count; i++)
        null_safe[i] = true;
    PlanNode *join = plan_node_new(rewrite->arena, key_count > 0 ? PLAN_HASH_JOIN : PLAN_NESTED_LOOP_JOIN,
                                   width, columns, 2, children);
    join->join = (PlanJoin){.kind = kind,
                            .key_count = key_count,
                            .left_keys = left_keys,
                            .right_keys = right_keys,
                            .null_safe = null_safe,
                            .output_count = width,
                            .output = output};
    return join;
}

PlanNode *
unnest_cross(Rewrite *rewrite, PlanNode *left, PlanNode *right)
{
    return unnest_join(rewrite, JOIN_CROSS, left, right, 0, NULL, NULL);
}

Status
unnest_call(Rewrite *rewrite, const char *name, uint32_t count, Expr *const *arguments, Expr **call)
{
    const Function *function;
    Type types[2];
    Type result;

    for (uint32_t i = 0; i < count; i++)
        types[i] = arguments[i]->type;
    TRY(function_resolve(name, count, types, &function, &result, rewrite->error));
    *call = expr_call(rewrite->arena, function, result, count, arguments);
    return STATUS_OK;
}

static PlanNode *
count_rows(Rewrite *rewrite, PlanNode *node)
{
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, 1);
    PlanAggregateCall *call = ARENA_NEW(rewrite->arena, PlanAggregateCall);

    call->filter = -1;
    aggregate_resolve("count", 0, call->argument_types, &call->aggregate, &call->type, NULL);
    columns[0] = (PlanColumn){"count", call->type};
    PlanNode *count = plan_node_new(rewrite->arena, PLAN_AGGREGATE, 1, columns, 1, &node);
    count->aggregate.call_count = 1;
    count->aggregate.calls = call;
    return count;
}

PlanNode *
unnest_any_row(Rewrite *rewrite, PlanNode *node)
{
    PlanNode *count = count_rows(rewrite, node);
    const int64_t zero = 0;
    Expr *sides[] = {expr_column(rewrite->arena, type_of(TYPE_INT8), 0),
                     expr_constant(rewrite->arena, type_of(TYPE_INT8), &zero)};
    Conjuncts some = {0};
    Expr *condition;

    if (unnest_call(rewrite, ">", 2, sides, &condition) == STATUS_OK)
        conjuncts_add(rewrite, &some, condition);
    PlanNode *filter = conjuncts_filter(rewrite, &some, count);
    PlanNode *project = plan_node_new(rewrite->arena, PLAN_PROJECT, 0, NULL, 1, &filter);
    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, 1);
    return project;
}

Status
unnest_empty_value(Rewrite *rewrite, const PlanAggregateCall *call, Expr **value)
{
    Arena *scratch = arena_new(NULL);
    const size_t size = call->aggregate->state_size;
    Vector result;
    AggregateOutput output = {.aggregate = call->aggregate,
                              .argument_types = call->argument_types,
                              .type = call->type,
                              .states = arena_alloc_zero(scratch, size + 16),
                              .stride = size,
                              .count = 1,
                              .arena = scratch,
                              .columns = &result,
                              .error = rewrite->error};

    const Status status = call->aggregate->finish(&output);
    if (status == STATUS_OK && vector_is_null(&result, 0))
        *value = NULL;
    else if (status == STATUS_OK)
        *value = expr_constant(rewrite->arena, call->type,
                               (const char *)vector_values(&result) +
                                   vector_index(&result, 0) * layout_width(result.layout));
    arena_destroy(&scratch);
    return status;
}
