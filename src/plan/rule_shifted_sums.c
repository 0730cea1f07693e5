/* sum(x + 1), sum(x + 2), … of one x are sum(x) and count(x), to which the constants are added once: what is
 * aggregated is the same for all of them. Only where no sum of a row can outgrow its type. */
#include "plan/estimate.h"
#include "plan/rule.h"

#include "expr/aggregate.h"
#include "expr/function.h"

#include <string.h>

/* A grouping over a projection, and the calls that are computed instead of its own. */
typedef struct Shifted {
    Rewrite *rewrite;
    PlanNode *node;
    PlanNode *project; /* a copy with room for more columns */
    PlanNode *group;
} Shifted;

static bool
is_integer(const Expr *expr)
{
    return expr->kind == EXPR_CONSTANT && expr->value != NULL && expr->type.id == TYPE_INT4;
}

/* The column under casts. */
static const Expr *
column_under(const Expr *expr)
{
    while (expr->kind == EXPR_CALL && expr->argument_count == 1 && strcmp(expr->function->name, "cast") == 0)
        expr = expr->arguments[0];
    return expr->kind == EXPR_COLUMN ? expr : NULL;
}

/* Whether x + shift is an int4 for every x that there is. */
static bool
stays_within(const PlanNode *input, const Expr *x, int32_t shift)
{
    const Expr *column = column_under(x);

    if (column == NULL)
        return false;
    if (column->type.id == TYPE_INT2)
        return shift > INT32_MIN - INT16_MIN && shift < INT32_MAX - INT16_MAX;
    const ColumnStatistics *statistics = estimate_column(input, column->column);
    return column->type.id == TYPE_INT4 && statistics != NULL && statistics->min.known &&
           statistics->max.known && statistics->min.integer + shift >= INT32_MIN &&
           statistics->max.integer + shift <= INT32_MAX;
}

/* x of a call that is sum(x + constant), or NULL. */
static Expr *
shifted_of(const PlanNode *node, const PlanAggregateCall *call, int32_t *shift)
{
    const PlanNode *project = node->children[0];

    if (strcmp(call->aggregate->name, "sum") != 0 || call->type.id != TYPE_INT8 || call->distinct)
        return NULL;
    const Expr *sum = project->project.expressions[call->arguments[0]];
    if (sum->kind != EXPR_CALL || sum->argument_count != 2 || sum->type.id != TYPE_INT4 ||
        strcmp(sum->function->name, "+") != 0)
        return NULL;
    const uint32_t at = is_integer(sum->arguments[0]) ? 0 : 1;
    if (!is_integer(sum->arguments[at]))
        return NULL;
    Expr *x = sum->arguments[1 - at];
    *shift = *(const int32_t *)sum->arguments[at]->value;
    return x->type.id == TYPE_INT4 && stays_within(project->children[0], x, *shift) ? x : NULL;
}

static uint32_t
count_shifted(const PlanNode *node)
{
    uint32_t count = 0;
    int32_t shift;

    for (uint32_t i = 0; i < node->aggregate.call_count; i++)
        count += shifted_of(node, &node->aggregate.calls[i], &shift) != NULL;
    return count;
}

/* The projection's column that is the expression, added where there is none. */
static uint32_t
project_column(Shifted *self, Expr *expr)
{
    PlanNode *project = self->project;

    for (uint32_t i = 0; i < project->column_count; i++)
        if (type_equal(project->project.expressions[i]->type, expr->type) &&
            expr_equal(project->project.expressions[i], expr))
            return i;
    project->project.expressions[project->column_count] = expr;
    ((PlanColumn *)project->columns)[project->column_count] = (PlanColumn){"shifted", expr->type};
    return project->column_count++;
}

/* The result column of the call, added where there is none. */
static uint32_t
group_column(Shifted *self, const PlanAggregateCall *call, const char *name)
{
    PlanAggregate *aggregate = &self->group->aggregate;
    uint32_t at = 0;

    while (at < aggregate->call_count &&
           (aggregate->calls[at].aggregate != call->aggregate ||
            aggregate->calls[at].filter != call->filter ||
            aggregate->calls[at].argument_count != call->argument_count || aggregate->calls[at].distinct ||
            call->argument_count != 1 || aggregate->calls[at].arguments[0] != call->arguments[0]))
        at++;
    if (at == aggregate->call_count) {
        aggregate->calls[aggregate->call_count++] = *call;
        ((PlanColumn *)self->group->columns)[self->group->column_count++] = (PlanColumn){name, call->type};
    }
    return aggregate->key_count + at;
}

static Status
call_of(Shifted *self, const char *name, Expr *left, Expr *right, Expr **made)
{
    Type types[] = {left->type, right->type};
    Expr *sides[] = {left, right};
    const Function *function;
    Type result;

    TRY(function_resolve(name, 2, types, &function, &result, self->rewrite->error));
    *made = expr_call(self->rewrite->arena, function, result, 2, sides);
    return STATUS_OK;
}

/* sum(x) + shift * count(x) */
static Status
unshift(Shifted *self, const PlanAggregateCall *call, Expr *x, int32_t shift, Expr **made)
{
    Arena *arena = self->rewrite->arena;
    const int64_t wide = shift;
    PlanAggregateCall sum = *call;
    Expr *product;

    sum.arguments[0] = project_column(self, x);
    PlanAggregateCall count = sum;
    Type type = x->type;
    TRY(aggregate_resolve("count", 1, &type, &count.aggregate, &count.type, self->rewrite->error));
    Expr *sum_column = expr_column(arena, sum.type, group_column(self, &sum, "sum"));
    Expr *count_column = expr_column(arena, count.type, group_column(self, &count, "count"));
    TRY(call_of(self, "*", expr_constant(arena, type_of(TYPE_INT8), &wide), count_column, &product));
    return call_of(self, "+", sum_column, product, made);
}

static void
copy_project(Shifted *self, uint32_t room)
{
    Arena *arena = self->rewrite->arena;
    const PlanNode *old = self->node->children[0];
    PlanColumn *columns = ARENA_ARRAY(arena, PlanColumn, old->column_count + room);

    memcpy(columns, old->columns, old->column_count * sizeof *columns);
    self->project = plan_node_new(arena, PLAN_PROJECT, old->column_count, columns, 1, old->children);
    self->project->project.expressions = ARENA_ARRAY(arena, Expr *, old->column_count + room);
    memcpy(self->project->project.expressions, old->project.expressions, old->column_count * sizeof(Expr *));
}

static void
begin_group(Shifted *self)
{
    Arena *arena = self->rewrite->arena;
    const PlanAggregate *old = &self->node->aggregate;
    PlanColumn *columns = ARENA_ARRAY(arena, PlanColumn, old->key_count + 2 * old->call_count);

    memcpy(columns, self->node->columns, old->key_count * sizeof *columns);
    self->group = plan_node_new(arena, PLAN_AGGREGATE, old->key_count, columns, 1, &self->project);
    self->group->aggregate.key_count = old->key_count;
    self->group->aggregate.keys = old->keys;
    self->group->aggregate.calls = ARENA_ARRAY(arena, PlanAggregateCall, 2 * old->call_count);
}

static Status
rewrite_sums(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *node = *slot;
    Shifted self = {.rewrite = rewrite, .node = node};

    if (node->kind != PLAN_AGGREGATE || node->children[0]->kind != PLAN_PROJECT || count_shifted(node) < 2)
        return STATUS_OK;
    const uint32_t key_count = node->aggregate.key_count;
    copy_project(&self, node->aggregate.call_count);
    begin_group(&self);
    Expr **expressions = ARENA_ARRAY(rewrite->arena, Expr *, node->column_count);
    for (uint32_t i = 0; i < node->column_count; i++) {
        const PlanAggregateCall *call = &node->aggregate.calls[i - (i < key_count ? i : key_count)];
        const Type type = node->columns[i].type;
        int32_t shift;
        Expr *x = i < key_count ? NULL : shifted_of(node, call, &shift);
        if (i < key_count)
            expressions[i] = expr_column(rewrite->arena, type, i);
        else if (x == NULL)
            expressions[i] =
                expr_column(rewrite->arena, type, group_column(&self, call, node->columns[i].name));
        else
            TRY(unshift(&self, call, x, shift, &expressions[i]));
    }
    *slot = plan_node_new(rewrite->arena, PLAN_PROJECT, node->column_count, node->columns, 1, &self.group);
    (*slot)->project.expressions = expressions;
    rewrite->changed = true;
    return STATUS_OK;
}

Status
rule_shifted_sums(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, rewrite_sums);
}
