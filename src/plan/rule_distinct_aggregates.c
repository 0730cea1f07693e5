/* Counts of DISTINCT integers of a small range are counts of bits, kept with the group. Other aggregates over
 * DISTINCT values become aggregates over groups: the values are grouped first, with the keys,
 * and what is left of each is aggregated. Where others stand beside them, each kind is computed by itself and
 * they are joined on the keys. */
#include "plan/estimate.h"
#include "plan/rule.h"
#include "plan/walk.h"

#include <string.h>

enum { BITMAP_BYTES_SMALL = 64 << 10, BITMAP_BYTES_MOST = 8 << 20 };

static bool
same_arguments(const PlanAggregateCall *a, const PlanAggregateCall *b)
{
    return a->argument_count == b->argument_count && a->filter == b->filter &&
           memcmp(a->arguments, b->arguments, a->argument_count * sizeof *a->arguments) == 0;
}

/* At most so many groups, by what statistics know of the keys; 0: they do not. */
static double
known_groups(const PlanNode *node)
{
    const PlanNode *input = node->children[0];
    double groups = 1;

    for (uint32_t i = 0; i < node->aggregate.key_count; i++) {
        const ColumnStatistics *statistics = estimate_column(input, node->aggregate.keys[i]);
        if (statistics == NULL || statistics->distinct == 0)
            return 0;
        groups *= (double)statistics->distinct + 1;
    }
    return groups;
}

/* Whether a bitmap a group over the column's range takes little memory, also beside its rows. */
static bool
fits_bitmaps(const PlanNode *node, uint32_t column)
{
    const ColumnStatistics *statistics = estimate_column(node->children[0], column);

    if (statistics == NULL || !statistics->min.known || !statistics->max.known)
        return false;
    const double bytes = ((double)statistics->max.integer - (double)statistics->min.integer + 1) / 8;
    const double most = (double)statistics->rows + BITMAP_BYTES_SMALL;
    const double groups = known_groups(node);
    return groups > 0 && bytes * groups <= (most < BITMAP_BYTES_MOST ? most : BITMAP_BYTES_MOST);
}

static void
count_bits(Rewrite *rewrite, const PlanNode *node, PlanAggregateCall *call)
{
    const Aggregate *bitmap;
    Type type;
    Type result;

    if (!call->distinct || call->argument_count != 1 || strcmp(call->aggregate->name, "count") != 0)
        return;
    type = call->argument_types[0];
    if ((type.id != TYPE_INT8 && type.id != TYPE_INT4) || !fits_bitmaps(node, call->arguments[0]) ||
        aggregate_resolve("count_distinct", 1, &type, &bitmap, &result, NULL) != STATUS_OK)
        return;
    call->aggregate = bitmap;
    rewrite->changed = true;
}

/* Calls that DISTINCT changes nothing for are plain. */
static bool
normalize(Rewrite *rewrite, const PlanNode *node, PlanAggregate *aggregate)
{
    bool distinct = false;

    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        count_bits(rewrite, node, &aggregate->calls[i]);
        if (aggregate->calls[i].aggregate->ignores_duplicates)
            aggregate->calls[i].distinct = false;
        distinct = distinct || aggregate->calls[i].distinct;
    }
    return distinct;
}

static PlanNode *
identity_project(Rewrite *rewrite, PlanNode *input, uint32_t room)
{
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, input->column_count + room);
    PlanNode *project = plan_node_new(rewrite->arena, PLAN_PROJECT, input->column_count, columns, 1, &input);

    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, input->column_count + room);
    for (uint32_t i = 0; i < input->column_count; i++) {
        columns[i] = input->columns[i];
        project->project.expressions[i] = expr_column(rewrite->arena, columns[i].type, i);
    }
    return project;
}

/* The argument where the filter holds, else NULL, which most aggregates skip. */
static uint32_t
add_filtered(Rewrite *rewrite, PlanNode *project, uint32_t argument, uint32_t filter)
{
    const uint32_t column = project->column_count++;
    const Type type = project->columns[argument].type;
    Expr *arms[] = {expr_column(rewrite->arena, type_of(TYPE_BOOL), filter),
                    expr_column(rewrite->arena, type, argument), expr_null(rewrite->arena, type)};

    ((PlanColumn *)project->columns)[column] = project->columns[argument];
    project->project.expressions[column] = expr_form(rewrite->arena, EXPR_CASE, type, 3, arms);
    return column;
}

/* A filter of these is a key of two_levels() instead. */
static bool
has_null_values(const Aggregate *aggregate)
{
    return strcmp(aggregate->name, "array_agg") == 0;
}

static void
move_filters_into_arguments(Rewrite *rewrite, PlanNode *node)
{
    PlanNode *project = NULL;

    for (uint32_t i = 0; i < node->aggregate.call_count; i++) {
        PlanAggregateCall *call = &node->aggregate.calls[i];
        if (!call->distinct || call->filter < 0 || has_null_values(call->aggregate))
            continue;
        if (project == NULL)
            project = identity_project(rewrite, node->children[0],
                                       node->aggregate.call_count * AGGREGATE_ARGUMENTS_MAX);
        for (uint32_t j = 0; j < call->argument_count; j++)
            call->arguments[j] = add_filtered(rewrite, project, call->arguments[j], (uint32_t)call->filter);
        call->filter = -1;
    }
    if (project != NULL)
        node->children[0] = project;
}

/* An aggregate with the node's keys and those of its calls that are in the part. */
static PlanNode *
select_calls(Rewrite *rewrite, const PlanNode *node, const uint32_t *part_of, uint32_t part, PlanNode *child)
{
    const PlanAggregate *aggregate = &node->aggregate;
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, node->column_count);
    PlanNode *selected =
        plan_node_new(rewrite->arena, PLAN_AGGREGATE, aggregate->key_count, columns, 1, &child);

    selected->aggregate.key_count = aggregate->key_count;
    selected->aggregate.keys = ARENA_ARRAY(rewrite->arena, uint32_t, aggregate->key_count);
    for (uint32_t i = 0; i < aggregate->key_count; i++) {
        columns[i] = node->columns[i];
        selected->aggregate.keys[i] = aggregate->keys[i];
    }
    selected->aggregate.calls = ARENA_ARRAY(rewrite->arena, PlanAggregateCall, aggregate->call_count);
    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        if (part_of[i] != part)
            continue;
        columns[selected->column_count++] = node->columns[aggregate->key_count + i];
        selected->aggregate.calls[selected->aggregate.call_count++] = aggregate->calls[i];
    }
    return selected;
}

static const PlanAggregateCall *
distinct_call(const PlanAggregate *aggregate)
{
    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        if (aggregate->calls[i].distinct)
            return &aggregate->calls[i];
    }
    return NULL;
}

/* Group by keys and values first, and by whether the filter holds; calls that are no DISTINCT ones (and
 * ignore duplicates) are computed there and once more above. All DISTINCT calls have the same arguments and
 * filter. */
static PlanNode *
two_levels(Rewrite *rewrite, PlanNode *outer)
{
    PlanAggregate *aggregate = &outer->aggregate;
    const PlanAggregateCall *set = distinct_call(aggregate);
    PlanNode *input = outer->children[0];
    const uint32_t values = aggregate->key_count + set->argument_count;
    const int32_t filter = set->filter;
    const uint32_t keys = values + (filter >= 0);
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, keys + aggregate->call_count);
    PlanNode *inner = plan_node_new(rewrite->arena, PLAN_AGGREGATE, keys, columns, 1, &input);

    inner->aggregate.key_count = keys;
    inner->aggregate.keys = ARENA_ARRAY(rewrite->arena, uint32_t, keys);
    inner->aggregate.calls = ARENA_ARRAY(rewrite->arena, PlanAggregateCall, aggregate->call_count);
    for (uint32_t i = 0; i < keys; i++) {
        const uint32_t column = i < aggregate->key_count ? aggregate->keys[i]
                                : i < values             ? set->arguments[i - aggregate->key_count]
                                                         : (uint32_t)filter;
        inner->aggregate.keys[i] = column;
        columns[i] = input->columns[column];
    }
    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        PlanAggregateCall *call = &aggregate->calls[i];
        if (call->distinct) {
            for (uint32_t j = 0; j < call->argument_count; j++)
                call->arguments[j] = aggregate->key_count + j;
            call->distinct = false;
            call->filter = filter >= 0 ? (int32_t)values : -1;
            continue;
        }
        inner->aggregate.calls[inner->aggregate.call_count++] = *call;
        columns[inner->column_count] =
            (PlanColumn){outer->columns[aggregate->key_count + i].name, call->type};
        call->arguments[0] = inner->column_count++;
        call->argument_types[0] = call->type;
        call->filter = -1;
    }
    for (uint32_t i = 0; i < aggregate->key_count; i++)
        aggregate->keys[i] = i;
    outer->children[0] = inner;
    return outer;
}

/* Whether the aggregate over the results of groups of rows is that of all the rows: so it is of least and
 * greatest values, but not of counts, even where they have the type of what is counted. */
static bool
is_repeatable(const PlanAggregateCall *call)
{
    return call->aggregate->ignores_duplicates && call->argument_count == 1 &&
           type_equal(call->type, call->argument_types[0]) &&
           strstr(call->aggregate->name, "count_distinct") == NULL;
}

/* Number the parts: DISTINCT calls by their arguments from 1, all others in 0. Returns the number of DISTINCT
 * parts. */
static uint32_t
find_parts(const PlanAggregate *aggregate, uint32_t *part_of, bool *has_plain, bool *repeatable)
{
    uint32_t parts = 0;

    *has_plain = false;
    *repeatable = true;
    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        const PlanAggregateCall *call = &aggregate->calls[i];
        part_of[i] = 0;
        if (!call->distinct) {
            *has_plain = true;
            *repeatable = *repeatable && is_repeatable(call);
            continue;
        }
        for (uint32_t j = 0; j < i && part_of[i] == 0; j++) {
            if (part_of[j] != 0 && same_arguments(call, &aggregate->calls[j]))
                part_of[i] = part_of[j];
        }
        if (part_of[i] == 0)
            part_of[i] = ++parts;
    }
    return parts;
}

/* Joins two aggregates with the same keys: a row of each group in both. Gives the left columns, then the
 * right results. */
static PlanNode *
join_parts(Rewrite *rewrite, uint32_t keys, PlanNode *left, PlanNode *right)
{
    const uint32_t results = right->column_count - keys;
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, left->column_count + results);
    uint32_t *output = ARENA_ARRAY(rewrite->arena, uint32_t, left->column_count + results);
    uint32_t *on = ARENA_ARRAY(rewrite->arena, uint32_t, keys);
    bool *null_safe = ARENA_ARRAY(rewrite->arena, bool, keys);
    PlanNode *children[] = {left, right};

    for (uint32_t i = 0; i < left->column_count + results; i++) {
        output[i] = i < left->column_count ? i : i + keys;
        columns[i] =
            i < left->column_count ? left->columns[i] : right->columns[i - left->column_count + keys];
    }
    for (uint32_t i = 0; i < keys; i++) {
        on[i] = i;
        null_safe[i] = true;
    }
    PlanNode *join = plan_node_new(rewrite->arena, keys > 0 ? PLAN_HASH_JOIN : PLAN_NESTED_LOOP_JOIN,
                                   left->column_count + results, columns, 2, children);
    join->join = (PlanJoin){.kind = keys > 0 ? JOIN_INNER : JOIN_CROSS,
                            .key_count = keys,
                            .left_keys = on,
                            .right_keys = on,
                            .null_safe = null_safe,
                            .output_count = left->column_count + results,
                            .output = output};
    return join;
}

/* The joined parts' columns in the order of the calls. */
static PlanNode *
in_order(Rewrite *rewrite, const PlanNode *node, const uint32_t *part_of, uint32_t parts, PlanNode *joined)
{
    const uint32_t keys = node->aggregate.key_count;
    PlanNode *project =
        plan_node_new(rewrite->arena, PLAN_PROJECT, node->column_count, node->columns, 1, &joined);
    uint32_t next = keys;

    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, node->column_count);
    for (uint32_t i = 0; i < keys; i++)
        project->project.expressions[i] = expr_column(rewrite->arena, node->columns[i].type, i);
    for (uint32_t part = 0; part <= parts; part++) {
        for (uint32_t i = 0; i < node->aggregate.call_count; i++) {
            if (part_of[i] == part)
                project->project.expressions[keys + i] =
                    expr_column(rewrite->arena, node->columns[keys + i].type, next++);
        }
    }
    return project;
}

static Status
separate(Rewrite *rewrite, PlanNode **slot, const uint32_t *part_of, uint32_t parts, bool has_plain)
{
    const PlanNode *node = *slot;
    PlanNode *joined = NULL;

    if (!rewrite_gives_same_rows(node->children[0]) && rewrite_can_share(node->children[0]))
        TRY(rewrite_share(rewrite, &node->children[0]));
    if (!rewrite_gives_same_rows(node->children[0])) {
        error_set(rewrite->error, STATUS_NOT_SUPPORTED,
                  "DISTINCT aggregates beside others over rows that are chosen freely are not supported");
        return error_hint(rewrite->error, "Add ORDER BY to the LIMIT, or compute the aggregates one by one.");
    }
    for (uint32_t part = has_plain ? 0 : 1; part <= parts; part++) {
        PlanNode *child;
        TRY(rewrite_copy(rewrite, node->children[0], &child));
        PlanNode *selected = select_calls(rewrite, node, part_of, part, child);
        if (part > 0)
            selected = two_levels(rewrite, selected);
        joined = joined == NULL ? selected : join_parts(rewrite, node->aggregate.key_count, joined, selected);
    }
    *slot = in_order(rewrite, node, part_of, parts, joined);
    return STATUS_OK;
}

static Status
rewrite_aggregate(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *node = *slot;
    bool has_plain;
    bool repeatable;

    if (node->kind != PLAN_AGGREGATE || !normalize(rewrite, node, &node->aggregate))
        return STATUS_OK;
    rewrite->changed = true;
    move_filters_into_arguments(rewrite, node);
    uint32_t *part_of = ARENA_ARRAY(rewrite->arena, uint32_t, node->aggregate.call_count);
    const uint32_t parts = find_parts(&node->aggregate, part_of, &has_plain, &repeatable);
    if (parts == 1 && (!has_plain || repeatable)) {
        *slot = two_levels(rewrite, node);
        return STATUS_OK;
    }
    return separate(rewrite, slot, part_of, parts, has_plain);
}

Status
rule_distinct_aggregates(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, rewrite_aggregate);
}
