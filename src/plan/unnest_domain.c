/* A plan that depends on outer rows becomes a plan for all of them at once: the distinct outer values (the
 * domain) are joined in where it refers to them, and go up with the rows as further columns (Neumann and
 * Kemper, "Unnesting Arbitrary Queries", BTW 2015, section 3). */
#include "plan/unnest.h"

#include "expr/function.h"
#include "plan/outer.h"
#include "plan/property.h"
#include "plan/walk.h"

#include <string.h>

typedef struct Push {
    Rewrite *rewrite;
    const Domain *domain;
    uint32_t base; /* where the domain's columns are in the rows that an expression is over */
} Push;

static Status push(Push *self, PlanNode **slot);

/* A domain without columns says whether anybody asks: it goes below what can fail, too. */
static bool
takes_domain(const Push *self, const PlanNode *node)
{
    return outer_plan_refers(node, 1) || (self->domain->count == 0 && plan_can_fail(node));
}

static uint32_t
domain_column(const Push *self, uint32_t outer)
{
    uint32_t i = 0;

    while (self->domain->columns[i] != outer)
        i++;
    return i;
}

static Expr *
refer_to_domain(void *context, Expr *outer, uint32_t depth)
{
    const Push *self = context;
    Arena *arena = self->rewrite->arena;
    const uint32_t level = outer->level - depth;
    Expr *expr = level == 1 ? expr_column(arena, outer->type, self->base + domain_column(self, outer->column))
                            : expr_outer(arena, outer->type, outer->level - 1, outer->column);

    expr->position = outer->position;
    return expr;
}

static Status
map_expr(void *context, Expr **slot)
{
    Push *self = context;

    *slot = outer_map_expr(self->rewrite->arena, *slot, 0, refer_to_domain, self);
    return STATUS_OK;
}

/* The node's expressions, over rows in which the domain's columns begin at `base`. */
static void
map_exprs(Push *self, PlanNode *node, uint32_t base)
{
    self->base = base;
    plan_visit_expressions(node, map_expr, self);
}

static Status
copy_domain(const Push *self, PlanNode **copy)
{
    return rewrite_copy(self->rewrite, self->domain->node, copy);
}

/* `columns` of the node's own, then the domain's. */
static void
append_columns(const Push *self, PlanNode *node)
{
    const PlanNode *domain = self->domain->node;
    PlanColumn *columns =
        ARENA_ARRAY(self->rewrite->arena, PlanColumn, node->column_count + domain->column_count);

    if (node->column_count > 0)
        memcpy(columns, node->columns, node->column_count * sizeof *columns);
    if (domain->column_count > 0)
        memcpy(columns + node->column_count, domain->columns, domain->column_count * sizeof *columns);
    node->columns = columns;
    node->column_count += domain->column_count;
}

/* A row's expressions, then the domain's columns from `base` on. */
static Expr **
append_exprs(const Push *self, Expr **exprs, uint32_t count, uint32_t base)
{
    const PlanNode *domain = self->domain->node;
    Expr **longer = ARENA_ARRAY(self->rewrite->arena, Expr *, count + domain->column_count + 1);

    if (count > 0)
        memcpy(longer, exprs, count * sizeof *longer);
    for (uint32_t i = 0; i < domain->column_count; i++)
        longer[count + i] = expr_column(self->rewrite->arena, domain->columns[i].type, base + i);
    return longer;
}

static Status
push_beside(Push *self, PlanNode **slot)
{
    PlanNode *domain;

    outer_lower_plan(self->rewrite->arena, *slot);
    TRY(copy_domain(self, &domain));
    *slot = unnest_cross(self->rewrite, *slot, domain);
    return STATUS_OK;
}

/* VALUES of outer columns: rows made of each row of the domain. */
static Status
push_into_values(Push *self, PlanNode **slot)
{
    PlanNode *values = *slot;
    PlanNode *domain;

    map_exprs(self, values, 0);
    TRY(copy_domain(self, &domain));
    PlanNode *expand =
        plan_node_new(self->rewrite->arena, PLAN_EXPAND, values->column_count, values->columns, 1, &domain);
    expand->expand.set_count = values->values.row_count;
    expand->expand.sets = ARENA_ARRAY(self->rewrite->arena, Expr **, values->values.row_count);
    for (uint32_t r = 0; r < values->values.row_count; r++)
        expand->expand.sets[r] = append_exprs(self, values->values.rows[r], values->column_count, 0);
    append_columns(self, expand);
    *slot = expand;
    return STATUS_OK;
}

static Status
push_into_project(Push *self, PlanNode *node)
{
    const uint32_t base = node->children[0]->column_count;
    const uint32_t count = node->column_count;

    TRY(push(self, &node->children[0]));
    map_exprs(self, node, base);
    if (node->kind == PLAN_PROJECT)
        node->project.expressions = append_exprs(self, node->project.expressions, count, base);
    for (uint32_t i = 0; node->kind == PLAN_EXPAND && i < node->expand.set_count; i++)
        node->expand.sets[i] = append_exprs(self, node->expand.sets[i], count, base);
    append_columns(self, node);
    return STATUS_OK;
}

/* FILTER, SORT, DISTINCT: their columns are the input's. */
static Status
push_into_passing(Push *self, PlanNode *node)
{
    const uint32_t base = node->children[0]->column_count;

    TRY(push(self, &node->children[0]));
    map_exprs(self, node, base);
    node->columns = node->children[0]->columns;
    node->column_count = node->children[0]->column_count;
    return STATUS_OK;
}

/* The node's columns in another order: `order[i]` is where column i is. */
static PlanNode *
reordered(const Push *self, PlanNode *node, const uint32_t *order)
{
    PlanNode *project = unnest_project(self->rewrite, node, 0);

    for (uint32_t i = 0; i < node->column_count; i++) {
        project->project.expressions[i] =
            expr_column(self->rewrite->arena, node->columns[order[i]].type, order[i]);
        ((PlanColumn *)project->columns)[i] = node->columns[order[i]];
    }
    return project;
}

/* Columns [0, before), domain, `behind` more → the domain's last. */
static PlanNode *
domain_last(const Push *self, PlanNode *node, uint32_t before, uint32_t behind)
{
    const uint32_t count = self->domain->count;
    uint32_t *order = ARENA_ARRAY(self->rewrite->arena, uint32_t, before + behind + count);

    for (uint32_t i = 0; i < before + behind + count; i++)
        order[i] = i < before ? i : i < before + behind ? i + count : i - behind;
    return reordered(self, node, order);
}

/* How often a row comes out is its last column, and stays so. */
static Status
push_into_repeat(Push *self, PlanNode **slot)
{
    PlanNode *node = *slot;
    const bool numbered = node->column_count == node->children[0]->column_count;
    const uint32_t times = node->children[0]->column_count - 1;
    const uint32_t count = self->domain->count;
    uint32_t *order = ARENA_ARRAY(self->rewrite->arena, uint32_t, times + 1 + count);

    TRY(push(self, &node->children[0]));
    for (uint32_t i = 0; i < times + count; i++)
        order[i] = i < times ? i : i + 1;
    order[times + count] = times;
    node->children[0] = reordered(self, node->children[0], order);
    append_columns(self, node);
    if (!numbered)
        return STATUS_OK;
    PlanColumn *columns = ARENA_ARRAY(self->rewrite->arena, PlanColumn, node->column_count);
    for (uint32_t i = 0; i < node->column_count; i++)
        columns[i] = node->columns[i < times ? i : i < times + count ? i + 1 : times];
    node->columns = columns;
    *slot = domain_last(self, node, times, 1);
    return STATUS_OK;
}

static void
append_keys(const Push *self, PlanNode *node, uint32_t base)
{
    PlanAggregate *aggregate = &node->aggregate;
    const uint32_t before = aggregate->key_count;
    const uint32_t count = self->domain->count;
    uint32_t *keys = ARENA_ARRAY(self->rewrite->arena, uint32_t, before + count);
    PlanColumn *columns = ARENA_ARRAY(self->rewrite->arena, PlanColumn, node->column_count + count);

    for (uint32_t i = 0; i < before + count; i++) {
        keys[i] = i < before ? aggregate->keys[i] : base + (i - before);
        columns[i] = i < before ? node->columns[i] : self->domain->node->columns[i - before];
    }
    for (uint32_t i = 0; i < aggregate->call_count; i++)
        columns[before + count + i] = node->columns[before + i];
    aggregate->keys = keys;
    aggregate->key_count = before + count;
    node->columns = columns;
    node->column_count += count;
}

/* The one group is there for each outer value, also where no row is: as for no rows. */
static Status
push_into_total(Push *self, PlanNode **slot)
{
    PlanNode *node = *slot;
    const uint32_t count = self->domain->count;
    uint32_t *keys = ARENA_ARRAY(self->rewrite->arena, uint32_t, count + 1);
    PlanNode *domain;

    for (uint32_t i = 0; i < count; i++)
        keys[i] = i;
    TRY(copy_domain(self, &domain));
    PlanNode *join = unnest_join(self->rewrite, JOIN_LEFT, domain, node, count, keys, keys);
    PlanNode *project = unnest_project(self->rewrite, join, 0);
    project->column_count = 0;
    for (uint32_t i = 0; i < node->aggregate.call_count; i++) {
        const PlanAggregateCall *call = &node->aggregate.calls[i];
        Expr *values[2] = {expr_column(self->rewrite->arena, call->type, 2 * count + i)};
        TRY(unnest_empty_value(self->rewrite, call, &values[1]));
        unnest_add_column(project, node->columns[count + i].name,
                          values[1] == NULL
                              ? values[0]
                              : expr_form(self->rewrite->arena, EXPR_COALESCE, call->type, 2, values));
    }
    for (uint32_t i = 0; i < count; i++)
        unnest_add_column(project, domain->columns[i].name,
                          expr_column(self->rewrite->arena, domain->columns[i].type, i));
    *slot = project;
    return STATUS_OK;
}

static Status
push_into_aggregate(Push *self, PlanNode **slot)
{
    PlanNode *node = *slot;
    const uint32_t keys = node->aggregate.key_count;
    const uint32_t base = node->children[0]->column_count;

    TRY(push(self, &node->children[0]));
    append_keys(self, node, base);
    if (keys == 0)
        return push_into_total(self, slot);
    *slot = domain_last(self, node, keys, node->aggregate.call_count);
    return STATUS_OK;
}

static Status
push_into_branches(Push *self, PlanNode *node)
{
    for (uint32_t i = 0; i < node->child_count; i++)
        TRY(push(self, &node->children[i]));
    append_columns(self, node);
    return STATUS_OK;
}

/* Which sides of a join got the domain, and what they were before. */
typedef struct Sides {
    bool left;
    bool right;
    uint32_t left_width;
    uint32_t right_width;
} Sides;

static uint32_t
moved_column(const Push *self, const Sides *sides, uint32_t column)
{
    const uint32_t count = self->domain->count;

    if (column == sides->left_width + sides->right_width) /* the mark */
        return column + (sides->left + sides->right) * count;
    return column >= sides->left_width && sides->left ? column + count : column;
}

static void
move_residual(Push *self, PlanNode *join, const Sides *sides)
{
    const uint32_t width = sides->left_width + sides->right_width;
    uint32_t *map = ARENA_ARRAY(self->rewrite->arena, uint32_t, width);

    if (join->join.residual == NULL)
        return;
    for (uint32_t i = 0; i < width; i++)
        map[i] = moved_column(self, sides, i);
    join->join.residual = columns_renumbered(self->rewrite, join->join.residual, map);
    map_exprs(self, join,
              sides->left ? sides->left_width : join->children[0]->column_count + sides->right_width);
}

/* Both sides belong to one outer value. */
static void
append_join_keys(const Push *self, PlanJoin *join, const Sides *sides)
{
    const uint32_t before = join->key_count;
    const uint32_t count = before + self->domain->count;
    uint32_t *left = ARENA_ARRAY(self->rewrite->arena, uint32_t, count + 1);
    uint32_t *right = ARENA_ARRAY(self->rewrite->arena, uint32_t, count + 1);
    bool *null_safe = ARENA_ARRAY(self->rewrite->arena, bool, count + 1);

    for (uint32_t i = 0; i < count; i++) {
        left[i] = i < before ? join->left_keys[i] : sides->left_width + (i - before);
        right[i] = i < before ? join->right_keys[i] : sides->right_width + (i - before);
        null_safe[i] = i >= before || plan_key_is_null_safe(join, i);
    }
    join->left_keys = left;
    join->right_keys = right;
    join->null_safe = null_safe;
    join->key_count = count;
}

/* The node's columns, then the domain's from one of the sides. */
static void
append_output(const Push *self, PlanNode *join, const Sides *sides)
{
    const uint32_t before = join->join.output_count;
    const uint32_t count = self->domain->count;
    const uint32_t base =
        sides->left ? sides->left_width : join->children[0]->column_count + sides->right_width;
    uint32_t *output = ARENA_ARRAY(self->rewrite->arena, uint32_t, before + count + 1);

    for (uint32_t i = 0; i < before + count; i++)
        output[i] = i < before ? moved_column(self, sides, join->join.output[i]) : base + (i - before);
    join->join.output = output;
    join->join.output_count = before + count;
    append_columns(self, join);
}

/* The domain's columns of a FULL join are those of the side that is there. */
static PlanNode *
merge_sides(const Push *self, PlanNode *join, const Sides *sides)
{
    const uint32_t count = self->domain->count;
    const uint32_t right = join->children[0]->column_count + sides->right_width;
    const uint32_t own = join->column_count - count;
    uint32_t *output = ARENA_ARRAY(self->rewrite->arena, uint32_t, join->column_count + count);
    const PlanColumn *columns = join->columns;

    memcpy(output, join->join.output, join->column_count * sizeof *output);
    for (uint32_t i = 0; i < count; i++)
        output[join->column_count + i] = right + i;
    join->join.output = output;
    join->join.output_count += count;
    append_columns(self, join);
    PlanNode *project = unnest_project(self->rewrite, join, 0);
    for (uint32_t i = 0; i < count; i++) {
        Expr *both[] = {expr_column(self->rewrite->arena, columns[own + i].type, own + i),
                        expr_column(self->rewrite->arena, columns[own + i].type, own + count + i)};
        project->project.expressions[own + i] =
            expr_form(self->rewrite->arena, EXPR_COALESCE, columns[own + i].type, 2, both);
    }
    project->column_count = own + count;
    return project;
}

static Status
push_into_join(Push *self, PlanNode **slot)
{
    PlanNode *join = *slot;
    const JoinKind kind = join->join.kind;
    const bool inner = kind == JOIN_INNER || kind == JOIN_CROSS;
    const bool of_right = takes_domain(self, join->children[1]);
    Sides sides = {.left = !inner || !of_right || takes_domain(self, join->children[0]),
                   .right = of_right || kind == JOIN_FULL,
                   .left_width = join->children[0]->column_count,
                   .right_width = join->children[1]->column_count};

    if (sides.left)
        TRY(push(self, &join->children[0]));
    else
        outer_lower_plan(self->rewrite->arena, join->children[0]);
    if (sides.right)
        TRY(push(self, &join->children[1]));
    else
        outer_lower_plan(self->rewrite->arena, join->children[1]);
    move_residual(self, join, &sides);
    append_output(self, join, &sides);
    if (sides.left && sides.right && self->domain->count > 0) {
        append_join_keys(self, &join->join, &sides);
        join->kind = PLAN_HASH_JOIN;
        if (kind == JOIN_CROSS)
            join->join.kind = JOIN_INNER;
    } else if (kind == JOIN_CROSS && join->join.residual != NULL) {
        join->join.kind = JOIN_INNER;
    }
    if (kind == JOIN_FULL)
        *slot = merge_sides(self, join, &sides);
    return STATUS_OK;
}

/* The rows with their places among those of the same outer value, as the last column. */
static PlanNode *
number_rows(const Push *self, PlanNode *rows, uint32_t own, const PlanSort *order)
{
    Arena *arena = self->rewrite->arena;
    const uint32_t count = self->domain->count;
    PlanColumn *columns = ARENA_ARRAY(arena, PlanColumn, rows->column_count + 1);
    PlanWindowCall *call = ARENA_NEW(arena, PlanWindowCall);
    uint32_t *partition = ARENA_ARRAY(arena, uint32_t, count);

    memcpy(columns, rows->columns, rows->column_count * sizeof *columns);
    columns[rows->column_count] = (PlanColumn){"row_number", type_of(TYPE_INT8)};
    for (uint32_t i = 0; i < count; i++)
        partition[i] = own + i;
    *call = (PlanWindowCall){.function = WINDOW_ROW_NUMBER,
                             .value = WINDOW_NO_COLUMN,
                             .number = WINDOW_NO_COLUMN,
                             .fallback = WINDOW_NO_COLUMN,
                             .frame = {.end.kind = FRAME_CURRENT_ROW},
                             .type = type_of(TYPE_INT8)};
    PlanNode *window = plan_node_new(arena, PLAN_WINDOW, rows->column_count + 1, columns, 1, &rows);
    window->window = (PlanWindow){.partition_count = count,
                                  .partition = partition,
                                  .order_count = order == NULL ? 0 : order->key_count,
                                  .order = order == NULL ? NULL : order->keys,
                                  .call_count = 1,
                                  .calls = call};
    return window;
}

static Status
compare_place(Rewrite *rewrite, const PlanNode *window, const char *name, int64_t bound, Conjuncts *conjuncts)
{
    Expr *sides[] = {expr_column(rewrite->arena, type_of(TYPE_INT8), window->column_count - 1),
                     expr_constant(rewrite->arena, type_of(TYPE_INT8), &bound)};
    Expr *condition;

    TRY(unnest_call(rewrite, name, 2, sides, &condition));
    conjuncts_add(rewrite, conjuncts, condition);
    return STATUS_OK;
}

/* LIMIT is for each outer value: rows are numbered, and those of the wanted places kept. */
static Status
push_into_limit(Push *self, PlanNode **slot)
{
    Rewrite *rewrite = self->rewrite;
    const PlanLimit limit = (*slot)->limit;
    PlanNode *rows = (*slot)->children[0];
    const PlanSort *order = rows->kind == PLAN_SORT ? &rows->sort : NULL;
    const uint32_t own = rows->column_count;
    Conjuncts wanted = {0};

    if (self->domain->count == 0) /* at most one */
        return push_into_passing(self, *slot);
    TRY(push(self, order != NULL ? &rows->children[0] : &rows));
    PlanNode *window = number_rows(self, order != NULL ? rows->children[0] : rows, own, order);
    if (limit.offset > 0)
        TRY(compare_place(rewrite, window, ">", limit.offset, &wanted));
    if (limit.limit != PLAN_NO_LIMIT && limit.limit <= INT64_MAX - limit.offset)
        TRY(compare_place(rewrite, window, "<=", limit.offset + limit.limit, &wanted));
    PlanNode *project = unnest_project(rewrite, conjuncts_filter(rewrite, &wanted, window), 0);
    project->column_count--;
    *slot = project;
    return STATUS_OK;
}

static uint32_t *
longer_partition(const Push *self, const uint32_t *partition, uint32_t *count, uint32_t base)
{
    uint32_t *columns = ARENA_ARRAY(self->rewrite->arena, uint32_t, *count + self->domain->count + 1);

    if (*count > 0)
        memcpy(columns, partition, *count * sizeof *columns);
    for (uint32_t i = 0; i < self->domain->count; i++)
        columns[*count + i] = base + i;
    *count += self->domain->count;
    return columns;
}

/* Each outer value has partitions of its own. */
static Status
push_into_window(Push *self, PlanNode **slot)
{
    PlanNode *node = *slot;
    PlanWindow *window = &node->window;
    const uint32_t base = node->children[0]->column_count;
    const PlanColumn *calls = node->columns + base;

    TRY(push(self, &node->children[0]));
    const PlanNode *input = node->children[0];
    PlanColumn *columns =
        ARENA_ARRAY(self->rewrite->arena, PlanColumn, input->column_count + window->call_count);
    memcpy(columns, input->columns, input->column_count * sizeof *columns);
    memcpy(columns + input->column_count, calls, window->call_count * sizeof *columns);
    window->partition = longer_partition(self, window->partition, &window->partition_count, base);
    node->columns = columns;
    node->column_count = input->column_count + window->call_count;
    *slot = domain_last(self, node, base, window->call_count);
    return STATUS_OK;
}

static Status
push_into_partition_top(Push *self, PlanNode *node)
{
    PlanPartitionTop *top = &node->partition_top;

    top->partition =
        longer_partition(self, top->partition, &top->partition_count, node->children[0]->column_count);
    return push_into_passing(self, node);
}

static Status
push(Push *self, PlanNode **slot)
{
    PlanNode *node = *slot;

    if (!takes_domain(self, node))
        return push_beside(self, slot);
    switch (node->kind) {
    case PLAN_VALUES: return push_into_values(self, slot);
    case PLAN_PROJECT:
    case PLAN_EXPAND: return push_into_project(self, node);
    case PLAN_FILTER:
    case PLAN_SORT:
    case PLAN_DISTINCT: return push_into_passing(self, node);
    case PLAN_REPEAT: return push_into_repeat(self, slot);
    case PLAN_AGGREGATE: return push_into_aggregate(self, slot);
    case PLAN_SET_OPERATION: return push_into_branches(self, node);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: return push_into_join(self, slot);
    case PLAN_LIMIT: return push_into_limit(self, slot);
    case PLAN_WINDOW: return push_into_window(self, slot);
    case PLAN_PARTITION_TOP: return push_into_partition_top(self, node);
    default:
        return error_set(self->rewrite->error, STATUS_NOT_SUPPORTED,
                         "not supported yet: %s in a subquery that refers to outer rows",
                         plan_node_type(node));
    }
}

Status
unnest_push_domain(Rewrite *rewrite, const Domain *domain, PlanNode **node)
{
    Push self = {.rewrite = rewrite, .domain = domain};

    return push(&self, node);
}
