/* Columns that nobody uses are not read, joined or computed. */
#include "plan/rule.h"
#include "plan/walk.h"

#include <string.h>

/* For each column of a node: is it needed (on the way down), and where is it now (on the way up)? */
typedef struct ColumnSet {
    uint32_t count;
    bool *needed;
    uint32_t *map;
} ColumnSet;

static ColumnSet
set_new(Rewrite *rewrite, uint32_t count, bool needed)
{
    ColumnSet set = {count, ARENA_ARRAY(rewrite->arena, bool, count),
                     ARENA_ARRAY(rewrite->arena, uint32_t, count)};

    for (uint32_t i = 0; i < count; i++) {
        set.needed[i] = needed;
        set.map[i] = i;
    }
    return set;
}

static void
need_column(Expr *column, void *needed)
{
    ((bool *)needed)[column->column] = true;
}

static void
need_all(Expr *const *expressions, uint32_t count, bool *needed)
{
    for (uint32_t i = 0; i < count; i++)
        expr_visit_columns(expressions[i], need_column, needed);
}

/* Put columns that stay to the front and note where they went. Returns how many. */
static uint32_t
compact(ColumnSet *set)
{
    uint32_t next = 0;

    for (uint32_t i = 0; i < set->count; i++) {
        set->map[i] = next;
        next += set->needed[i];
    }
    return next;
}

/* The node's columns are now those that the set keeps. */
static void
keep_columns(Rewrite *rewrite, PlanNode *node, const ColumnSet *set, uint32_t kept)
{
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, kept);

    for (uint32_t i = 0; i < set->count; i++) {
        if (set->needed[i])
            columns[set->map[i]] = node->columns[i];
    }
    rewrite->changed = rewrite->changed || kept != set->count;
    node->columns = columns;
    node->column_count = kept;
}

static void
renumber(Rewrite *rewrite, Expr **expressions, uint32_t count, const uint32_t *map)
{
    for (uint32_t i = 0; i < count; i++)
        expressions[i] = columns_renumbered(rewrite, expressions[i], map);
}

static uint32_t *
picked(Rewrite *rewrite, const uint32_t *picks, const ColumnSet *outputs, uint32_t kept, const uint32_t *map)
{
    uint32_t *result = ARENA_ARRAY(rewrite->arena, uint32_t, kept);

    for (uint32_t i = 0; i < outputs->count; i++) {
        if (outputs->needed[i])
            result[outputs->map[i]] = map == NULL ? picks[i] : map[picks[i]];
    }
    return result;
}

static void prune(Rewrite *rewrite, PlanNode *node, ColumnSet *set);

static void
prune_scan(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    PlanScan *scan = &node->scan;
    ColumnSet read = set_new(rewrite, scan->read_count, false);
    const uint32_t kept = compact(set);

    need_all(scan->filters, scan->filter_count, read.needed);
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->needed[i])
            read.needed[scan->output[i]] = true;
    }
    const uint32_t read_kept = compact(&read);
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, read_kept);
    for (uint32_t i = 0; i < read.count; i++) {
        if (read.needed[i])
            columns[read.map[i]] = scan->read_columns[i];
    }
    renumber(rewrite, scan->filters, scan->filter_count, read.map);
    scan->output = picked(rewrite, scan->output, set, kept, read.map);
    scan->output_count = kept;
    scan->read_ids = picked(rewrite, scan->read_ids, &read, read_kept, NULL);
    scan->read_columns = columns;
    scan->read_count = read_kept;
    keep_columns(rewrite, node, set, kept);
}

static void
prune_read_file(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    const uint32_t kept = compact(set);

    node->read_file.fields = picked(rewrite, node->read_file.fields, set, kept, NULL);
    keep_columns(rewrite, node, set, kept);
}

static Expr **
kept_expressions(Rewrite *rewrite, Expr *const *expressions, const ColumnSet *set, uint32_t kept)
{
    Expr **result = ARENA_ARRAY(rewrite->arena, Expr *, kept);

    for (uint32_t i = 0; i < set->count; i++) {
        if (set->needed[i])
            result[set->map[i]] = expressions[i];
    }
    return result;
}

static void
prune_values(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    const uint32_t kept = compact(set);

    for (uint32_t i = 0; i < node->values.row_count; i++)
        node->values.rows[i] = kept_expressions(rewrite, node->values.rows[i], set, kept);
    keep_columns(rewrite, node, set, kept);
}

static void
prune_project(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    const uint32_t kept = compact(set);
    ColumnSet input = set_new(rewrite, node->children[0]->column_count, false);

    node->project.expressions = kept_expressions(rewrite, node->project.expressions, set, kept);
    keep_columns(rewrite, node, set, kept);
    need_all(node->project.expressions, kept, input.needed);
    prune(rewrite, node->children[0], &input);
    renumber(rewrite, node->project.expressions, kept, input.map);
}

static void
prune_expand(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    const uint32_t kept = compact(set);
    ColumnSet input = set_new(rewrite, node->children[0]->column_count, false);

    for (uint32_t i = 0; i < node->expand.set_count; i++) {
        node->expand.sets[i] = kept_expressions(rewrite, node->expand.sets[i], set, kept);
        need_all(node->expand.sets[i], kept, input.needed);
    }
    keep_columns(rewrite, node, set, kept);
    prune(rewrite, node->children[0], &input);
    for (uint32_t i = 0; i < node->expand.set_count; i++)
        renumber(rewrite, node->expand.sets[i], kept, input.map);
}

static void
drop_calls(PlanAggregate *aggregate, const ColumnSet *set)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        if (set->needed[aggregate->key_count + i])
            aggregate->calls[kept++] = aggregate->calls[i];
    }
    aggregate->call_count = kept;
}

static void
prune_aggregate(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    PlanAggregate *aggregate = &node->aggregate;
    ColumnSet input = set_new(rewrite, node->children[0]->column_count, false);

    for (uint32_t i = 0; i < aggregate->key_count; i++) {
        set->needed[i] = true;
        input.needed[aggregate->keys[i]] = true;
    }
    const uint32_t kept = compact(set);
    drop_calls(aggregate, set);
    keep_columns(rewrite, node, set, kept);
    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        for (uint32_t j = 0; j < aggregate->calls[i].argument_count; j++)
            input.needed[aggregate->calls[i].arguments[j]] = true;
        if (aggregate->calls[i].filter >= 0)
            input.needed[aggregate->calls[i].filter] = true;
    }
    prune(rewrite, node->children[0], &input);
    for (uint32_t i = 0; i < aggregate->key_count; i++)
        aggregate->keys[i] = input.map[aggregate->keys[i]];
    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        for (uint32_t j = 0; j < aggregate->calls[i].argument_count; j++)
            aggregate->calls[i].arguments[j] = input.map[aggregate->calls[i].arguments[j]];
        if (aggregate->calls[i].filter >= 0)
            aggregate->calls[i].filter = (int32_t)input.map[aggregate->calls[i].filter];
    }
}

static uint32_t *
mapped_keys(Rewrite *rewrite, const uint32_t *keys, uint32_t count, const ColumnSet *side)
{
    uint32_t *mapped = ARENA_ARRAY(rewrite->arena, uint32_t, count);

    for (uint32_t i = 0; i < count; i++)
        mapped[i] = side->map[keys[i]];
    return mapped;
}

static void
prune_join(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    PlanJoin *join = &node->join;
    const uint32_t left_count = node->children[0]->column_count;
    const uint32_t mark = left_count + node->children[1]->column_count;
    ColumnSet both = set_new(rewrite, mark + 1, false);
    const uint32_t kept = compact(set);

    for (uint32_t i = 0; i < set->count; i++) {
        if (set->needed[i])
            both.needed[join->output[i]] = true;
    }
    for (uint32_t i = 0; i < join->key_count; i++) {
        both.needed[join->left_keys[i]] = true;
        both.needed[left_count + join->right_keys[i]] = true;
    }
    if (join->residual != NULL)
        expr_visit_columns(join->residual, need_column, both.needed);

    ColumnSet left = {left_count, both.needed, both.map};
    ColumnSet right = {mark - left_count, both.needed + left_count, both.map + left_count};
    prune(rewrite, node->children[0], &left);
    prune(rewrite, node->children[1], &right);
    join->left_keys = mapped_keys(rewrite, join->left_keys, join->key_count, &left);
    join->right_keys = mapped_keys(rewrite, join->right_keys, join->key_count, &right);
    for (uint32_t i = 0; i < right.count; i++)
        right.map[i] += node->children[0]->column_count;
    both.map[mark] = node->children[0]->column_count + node->children[1]->column_count;
    join->output = picked(rewrite, join->output, set, kept, both.map);
    join->output_count = kept;
    if (join->residual != NULL)
        join->residual = columns_renumbered(rewrite, join->residual, both.map);
    keep_columns(rewrite, node, set, kept);
}

static void
prune_partition_top(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    PlanPartitionTop *top = &node->partition_top;

    for (uint32_t i = 0; i < top->partition_count; i++)
        set->needed[top->partition[i]] = true;
    for (uint32_t i = 0; i < top->order_count; i++)
        set->needed[top->order[i].column] = true;
    prune(rewrite, node->children[0], set);
    for (uint32_t i = 0; i < top->partition_count; i++)
        top->partition[i] = set->map[top->partition[i]];
    for (uint32_t i = 0; i < top->order_count; i++)
        top->order[i].column = set->map[top->order[i].column];
    node->columns = node->children[0]->columns;
    node->column_count = node->children[0]->column_count;
}

static void
need_optional(ColumnSet *input, int32_t column)
{
    if (column != WINDOW_NO_COLUMN)
        input->needed[column] = true;
}

static void
map_optional(const ColumnSet *input, int32_t *column)
{
    if (*column != WINDOW_NO_COLUMN)
        *column = (int32_t)input->map[*column];
}

static void
need_window_inputs(const PlanWindow *window, ColumnSet *input)
{
    for (uint32_t i = 0; i < window->partition_count; i++)
        input->needed[window->partition[i]] = true;
    for (uint32_t i = 0; i < window->order_count; i++)
        input->needed[window->order[i].column] = true;
    for (uint32_t i = 0; i < window->call_count; i++) {
        const PlanWindowCall *call = &window->calls[i];
        for (uint32_t j = 0; j < call->aggregate.argument_count; j++)
            input->needed[call->aggregate.arguments[j]] = true;
        need_optional(input, call->aggregate.filter);
        need_optional(input, call->value);
        need_optional(input, call->number);
        need_optional(input, call->fallback);
    }
}

static void
map_window_inputs(PlanWindow *window, const ColumnSet *input)
{
    for (uint32_t i = 0; i < window->partition_count; i++)
        window->partition[i] = input->map[window->partition[i]];
    for (uint32_t i = 0; i < window->order_count; i++)
        window->order[i].column = input->map[window->order[i].column];
    for (uint32_t i = 0; i < window->call_count; i++) {
        PlanWindowCall *call = &window->calls[i];
        for (uint32_t j = 0; j < call->aggregate.argument_count; j++)
            call->aggregate.arguments[j] = input->map[call->aggregate.arguments[j]];
        map_optional(input, &call->aggregate.filter);
        map_optional(input, &call->value);
        map_optional(input, &call->number);
        map_optional(input, &call->fallback);
    }
}

/* The columns are those that the input has left, then the calls that are needed. */
static void
set_window_columns(Rewrite *rewrite, PlanNode *node, uint32_t before)
{
    const PlanNode *input = node->children[0];
    const uint32_t width = input->column_count + node->window.call_count;
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, width);

    if (input->column_count > 0)
        memcpy(columns, input->columns, input->column_count * sizeof *columns);
    memcpy(columns + input->column_count, node->columns + before, node->window.call_count * sizeof *columns);
    node->columns = columns;
    node->column_count = width;
}

static void
prune_window(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    PlanWindow *window = &node->window;
    const uint32_t before = node->children[0]->column_count;
    ColumnSet input = {before, set->needed, set->map};
    PlanColumn *calls = ARENA_ARRAY(rewrite->arena, PlanColumn, before + window->call_count);
    uint32_t kept = 0;

    for (uint32_t i = 0; i < window->call_count; i++) {
        set->map[before + i] = kept;
        if (!set->needed[before + i])
            continue;
        calls[before + kept] = node->columns[before + i];
        window->calls[kept++] = window->calls[i];
    }
    rewrite->changed = rewrite->changed || kept != window->call_count;
    window->call_count = kept;
    node->columns = calls;
    need_window_inputs(window, &input);
    prune(rewrite, node->children[0], &input);
    map_window_inputs(window, &input);
    for (uint32_t i = before; i < set->count; i++)
        set->map[i] += node->children[0]->column_count;
    set_window_columns(rewrite, node, before);
}

/* Nodes that pass their input's columns on: they have what the input has left. */
static void
prune_passing(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    if (node->kind == PLAN_FILTER)
        need_all(node->filter.conjuncts, node->filter.conjunct_count, set->needed);
    for (uint32_t i = 0; (node->kind == PLAN_SORT || node->kind == PLAN_TOP_N) && i < node->sort.key_count;
         i++)
        set->needed[node->sort.keys[i].column] = true;
    prune(rewrite, node->children[0], set);
    if (node->kind == PLAN_FILTER)
        renumber(rewrite, node->filter.conjuncts, node->filter.conjunct_count, set->map);
    for (uint32_t i = 0; (node->kind == PLAN_SORT || node->kind == PLAN_TOP_N) && i < node->sort.key_count;
         i++)
        node->sort.keys[i].column = set->map[node->sort.keys[i].column];
    node->columns = node->children[0]->columns;
    node->column_count = node->children[0]->column_count;
}

/* A branch's needed columns, in the node's order and nothing else. */
static PlanNode *
prune_branch(Rewrite *rewrite, PlanNode *branch, const PlanNode *node, const ColumnSet *set)
{
    ColumnSet own = set_new(rewrite, set->count, false);
    bool plain = true;

    memcpy(own.needed, set->needed, set->count * sizeof *own.needed);
    prune(rewrite, branch, &own);
    PlanNode *project =
        plan_node_new(rewrite->arena, PLAN_PROJECT, node->column_count, node->columns, 1, &branch);
    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, node->column_count);
    for (uint32_t i = 0; i < set->count; i++) {
        if (!set->needed[i])
            continue;
        const uint32_t column = set->map[i];
        plain = plain && own.map[i] == column &&
                type_equal(branch->columns[column].type, node->columns[column].type);
        project->project.expressions[column] =
            expr_column(rewrite->arena, node->columns[column].type, own.map[i]);
    }
    return plain && branch->column_count == node->column_count ? branch : project;
}

static void
prune_set_operation(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    keep_columns(rewrite, node, set, compact(set));
    for (uint32_t i = 0; i < node->child_count; i++)
        node->children[i] = prune_branch(rewrite, node->children[i], node, set);
}

static void
prune_nothing(Rewrite *rewrite, PlanNode *node)
{
    for (uint32_t i = 0; i < node->child_count; i++) {
        ColumnSet all = set_new(rewrite, node->children[i]->column_count, true);
        prune(rewrite, node->children[i], &all);
    }
}

/* On return the node has at least the needed columns, where `map` says; it may have some that are not needed.
 */
/* The count, which is the last column, stays the last. */
static void
prune_repeat(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    const bool numbered = node->column_count == node->children[0]->column_count;

    if (!numbered) {
        prune_nothing(rewrite, node);
        for (uint32_t i = 0; i < set->count; i++)
            set->map[i] = i;
        return;
    }
    set->needed[set->count - 1] = true;
    prune_passing(rewrite, node, set);
}

static void
prune(Rewrite *rewrite, PlanNode *node, ColumnSet *set)
{
    switch (node->kind) {
    case PLAN_SCAN: prune_scan(rewrite, node, set); break;
    case PLAN_READ_FILE: prune_read_file(rewrite, node, set); break;
    case PLAN_VALUES: prune_values(rewrite, node, set); break;
    case PLAN_PROJECT: prune_project(rewrite, node, set); break;
    case PLAN_EXPAND: prune_expand(rewrite, node, set); break;
    case PLAN_AGGREGATE: prune_aggregate(rewrite, node, set); break;
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: prune_join(rewrite, node, set); break;
    case PLAN_SET_OPERATION: prune_set_operation(rewrite, node, set); break;
    case PLAN_PARTITION_TOP: prune_partition_top(rewrite, node, set); break;
    case PLAN_REPEAT: prune_repeat(rewrite, node, set); break;
    case PLAN_WINDOW: prune_window(rewrite, node, set); break;
    case PLAN_FILTER:
    case PLAN_SORT:
    case PLAN_TOP_N:
    case PLAN_LIMIT: prune_passing(rewrite, node, set); break;
    default:
        prune_nothing(rewrite, node);
        for (uint32_t i = 0; i < set->count; i++)
            set->map[i] = i;
        break;
    }
}

Status
rule_column_pruning(Rewrite *rewrite, PlanNode **root)
{
    ColumnSet all = set_new(rewrite, (*root)->column_count, true);

    prune(rewrite, *root, &all);
    return STATUS_OK;
}
