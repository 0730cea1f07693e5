/* Making nodes, and a node's names for people. */
#include "plan/plan.h"
#include "plan/walk.h"

#include <string.h>

PlanNode *
plan_node_new(Arena *arena, PlanKind kind, uint32_t column_count, const PlanColumn *columns,
              uint32_t child_count, PlanNode *const *children)
{
    PlanNode *node = ARENA_NEW(arena, PlanNode);

    node->kind = kind;
    node->column_count = column_count;
    node->columns = columns;
    node->child_count = child_count;
    node->estimated_rows = -1;
    if (child_count > 0) {
        node->children = ARENA_ARRAY(arena, PlanNode *, child_count);
        memcpy(node->children, children, child_count * sizeof *children);
    }
    return node;
}

const char *
plan_node_type(const PlanNode *node)
{
    static const char *const types[PLAN_KIND_COUNT] = {
#define X(kind, tree) tree,
        PLAN_NODE_LIST(X)
#undef X
    };

    if (node->kind == PLAN_AGGREGATE &&
        (node->aggregate.phase == AGGREGATE_PARTIAL || node->aggregate.phase == AGGREGATE_COMBINE))
        return "partial_aggregate";
    return types[node->kind];
}

/* The column's name, or the expression that computes it where a projection does. */
static void
append_column(const PlanNode *node, uint32_t column, Buffer *out)
{
    if (node != NULL && node->kind == PLAN_PROJECT && column < node->column_count &&
        node->project.expressions[column]->kind != EXPR_COLUMN)
        plan_format_expr(node->project.expressions[column], node, out);
    else
        buffer_append_string(out, plan_column_name(node, column));
}

/* The aggregate that takes rows: keys and arguments of later phases are named by its input. */
static const PlanNode *
rows_aggregate(const PlanNode *node)
{
    while (node != NULL && (node->kind == PLAN_EXCHANGE || node->kind == PLAN_AGGREGATE)) {
        if (node->kind == PLAN_AGGREGATE &&
            (node->aggregate.phase == AGGREGATE_SINGLE || node->aggregate.phase == AGGREGATE_PARTIAL))
            return node;
        node = node->child_count > 0 ? node->children[0] : NULL;
    }
    return NULL;
}

static void
append_call(const PlanAggregateCall *call, const PlanNode *rows, Buffer *out)
{
    buffer_append_format(out, "%s(%s", call->aggregate->name, call->distinct ? "DISTINCT " : "");
    if (call->argument_count == 0)
        buffer_append_char(out, '*');
    for (uint32_t i = 0; i < call->argument_count; i++) {
        if (i > 0)
            buffer_append_string(out, ", ");
        append_column(rows, call->arguments[i], out);
    }
    buffer_append_char(out, ')');
    if (call->filter >= 0) {
        buffer_append_string(out, " FILTER (WHERE ");
        append_column(rows, (uint32_t)call->filter, out);
        buffer_append_char(out, ')');
    }
}

static void
label_aggregate(const PlanNode *node, Buffer *out)
{
    const PlanNode *source = rows_aggregate(node);
    const PlanNode *rows = source == NULL ? NULL : source->children[0];

    for (uint32_t i = 0; i < node->aggregate.call_count; i++) {
        if (i > 0)
            buffer_append_string(out, ", ");
        append_call(&node->aggregate.calls[i], rows, out);
    }
    if (node->aggregate.call_count == 0)
        buffer_append_string(out, node->aggregate.key_count > 0 ? "distinct" : "one row");
    for (uint32_t i = 0; i < node->aggregate.key_count; i++) {
        buffer_append_string(out, i == 0 ? " by " : ", ");
        if (source == NULL || i >= source->aggregate.key_count)
            buffer_append_string(out, plan_column_name(node, i));
        else
            append_column(rows, source->aggregate.keys[i], out);
    }
}

static void
label_project(const PlanNode *node, Buffer *out)
{
    for (uint32_t i = 0; i < node->column_count; i++) {
        Buffer text = {0};
        if (i > 0)
            buffer_append_string(out, ", ");
        plan_format_expr(node->project.expressions[i], node, &text);
        buffer_append_string(out, buffer_text(&text));
        if (strcmp(buffer_text(&text), node->columns[i].name) != 0)
            buffer_append_format(out, " AS %s", node->columns[i].name);
        buffer_destroy(&text);
    }
}

static void
append_sort_keys(const PlanNode *input, uint32_t count, const SortKey *keys, Buffer *out)
{
    for (uint32_t i = 0; i < count; i++) {
        const SortKey *key = &keys[i];
        if (i > 0)
            buffer_append_string(out, ", ");
        append_column(input, key->column, out);
        if (key->descending)
            buffer_append_string(out, " DESC");
        if (key->nulls_first != key->descending)
            buffer_append_string(out, key->nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
}

static void
label_sort(const PlanNode *node, Buffer *out)
{
    if (node->kind == PLAN_SORT) {
        buffer_append_string(out, "by ");
    } else {
        buffer_append_format(out, "first %llu", (unsigned long long)node->sort.limit);
        if (node->sort.offset > 0)
            buffer_append_format(out, " after %llu", (unsigned long long)node->sort.offset);
        buffer_append_string(out, " by ");
    }
    append_sort_keys(node->children[0], node->sort.key_count, node->sort.keys, out);
}

static void
label_partition_top(const PlanNode *node, Buffer *out)
{
    static const char *const ties[] = {"", " and its peers", " groups of peers"};
    const PlanPartitionTop *top = &node->partition_top;

    buffer_append_format(out, "first %llu%s", (unsigned long long)top->limit, ties[top->ties]);
    for (uint32_t i = 0; i < top->partition_count; i++) {
        buffer_append_string(out, i == 0 ? " of each " : ", ");
        append_column(node->children[0], top->partition[i], out);
    }
    if (top->order_count > 0)
        buffer_append_string(out, " by ");
    append_sort_keys(node->children[0], top->order_count, top->order, out);
}

static void
append_bound(const FrameBound *bound, FrameMode mode, Buffer *out)
{
    static const char *const kinds[FRAME_BOUND_COUNT] = {"unbounded preceding", "preceding", "current row",
                                                         "following", "unbounded following"};

    if (bound->kind == FRAME_PRECEDING || bound->kind == FRAME_FOLLOWING) {
        if (mode == FRAME_RANGE)
            expr_format(bound->distance, NULL, out);
        else
            buffer_append_format(out, "%lld", (long long)bound->offset);
        buffer_append_char(out, ' ');
    }
    buffer_append_string(out, kinds[bound->kind]);
}

/* Nothing for what is meant where no frame is written. */
static void
append_frame(const WindowFrame *frame, Buffer *out)
{
    static const char *const modes[FRAME_MODE_COUNT] = {"rows", "range", "groups"};
    static const char *const exclusions[FRAME_EXCLUSION_COUNT] = {"", " exclude current row",
                                                                  " exclude group", " exclude ties"};

    if (frame->mode == FRAME_RANGE && frame->start.kind == FRAME_UNBOUNDED_PRECEDING &&
        frame->end.kind == FRAME_CURRENT_ROW && frame->exclusion == FRAME_EXCLUDE_NOTHING)
        return;
    buffer_append_format(out, " %s between ", modes[frame->mode]);
    append_bound(&frame->start, frame->mode, out);
    buffer_append_string(out, " and ");
    append_bound(&frame->end, frame->mode, out);
    buffer_append_string(out, exclusions[frame->exclusion]);
}

static void
append_window_call(const PlanWindowCall *call, const PlanNode *input, Buffer *out)
{
    if (call->function == WINDOW_AGGREGATE) {
        append_call(&call->aggregate, input, out);
    } else {
        buffer_append_format(out, "%s(", window_function_name(call->function));
        if (call->value != WINDOW_NO_COLUMN)
            append_column(input, (uint32_t)call->value, out);
        buffer_append_char(out, ')');
    }
    append_frame(&call->frame, out);
}

static void
label_window(const PlanNode *node, Buffer *out)
{
    const PlanNode *input = node->children[0];
    const PlanWindow *window = &node->window;

    for (uint32_t i = 0; i < window->call_count; i++) {
        buffer_append_string(out, i == 0 ? "" : ", ");
        append_window_call(&window->calls[i], input, out);
    }
    for (uint32_t i = 0; i < window->partition_count; i++) {
        buffer_append_string(out, i == 0 ? " partition by " : ", ");
        append_column(input, window->partition[i], out);
    }
    if (window->order_count > 0)
        buffer_append_string(out, " order by ");
    append_sort_keys(input, window->order_count, window->order, out);
}

static void
label_limit(const PlanNode *node, Buffer *out)
{
    if (node->limit.limit != PLAN_NO_LIMIT)
        buffer_append_format(out, "limit %lld", (long long)node->limit.limit);
    if (node->limit.offset > 0)
        buffer_append_format(out, "%soffset %lld", node->limit.limit == PLAN_NO_LIMIT ? "" : " ",
                             (long long)node->limit.offset);
}

static void
label_write(const PlanNode *node, Buffer *out)
{
    if (node->write.file.format != NULL)
        buffer_append_format(out, "write %s", node->write.file.format);
    else
        buffer_append_format(out, "%s %s", node->write.deletes ? "change" : "write", node->write.table_name);
}

static void
label_exchange(const PlanNode *node, Buffer *out)
{
    static const char *const forms[] = {"hash", "gather", "by task", "broadcast", "range"};
    const PlanNode *child = node->child_count > 0 ? node->children[0] : NULL;

    buffer_append_string(out, forms[node->exchange.form]);
    for (uint32_t i = 0; i < node->exchange.key_count; i++) {
        buffer_append_string(out, i == 0 ? " by " : ", ");
        buffer_append_string(out, plan_column_name(child, node->exchange.keys[i]));
    }
    if (node->exchange.form != EXCHANGE_FORM_GATHER && node->exchange.form != EXCHANGE_FORM_BROADCAST)
        buffer_append_format(out, ", %u partitions", node->exchange.partition_count);
    if (node->exchange.heavy_everywhere)
        buffer_append_format(out, ", %u common key%s in all", node->exchange.heavy_count,
                             node->exchange.heavy_count == 1 ? "" : "s");
}

static void
label_join(const PlanNode *node, Buffer *out)
{
    static const char *const kinds[] = {"inner", "left",  "right", "full",  "semi",
                                        "anti",  "cross", "mark",  "single"};

    buffer_append_format(out, "%s%s join", node->kind == PLAN_DEPENDENT_JOIN ? "dependent " : "",
                         kinds[node->join.kind]);
    for (uint32_t i = 0; i < node->join.key_count; i++)
        buffer_append_format(out, "%s%s %s %s", i == 0 ? " on " : " AND ",
                             plan_column_name(node->children[0], node->join.left_keys[i]),
                             plan_key_is_null_safe(&node->join, i) ? "IS NOT DISTINCT FROM" : "=",
                             plan_column_name(node->children[1], node->join.right_keys[i]));
}

void
plan_node_label(const PlanNode *node, Buffer *out)
{
    switch (node->kind) {
    case PLAN_SCAN: buffer_append_format(out, "scan %s", node->scan.table_name); break;
    case PLAN_READ_FILE: buffer_append_format(out, "read %s", node->read_file.options.format); break;
    case PLAN_VALUES:
        buffer_append_format(out, "%llu rows", (unsigned long long)plan_values_count(&node->values));
        break;
    case PLAN_FILTER: buffer_append_string(out, "filter"); break;
    case PLAN_PROJECT: label_project(node, out); break;
    case PLAN_EXPAND: buffer_append_format(out, "%u sets", node->expand.set_count); break;
    case PLAN_REPEAT:
        buffer_append_format(out, "as often as %s",
                             plan_column_name(node->children[0], node->children[0]->column_count - 1));
        break;
    case PLAN_SHARED: buffer_append_string(out, "shared"); break;
    case PLAN_RECURSIVE:
        buffer_append_format(out, "recursive union%s", node->recursive.distinct ? "" : " all");
        break;
    case PLAN_WORKING: buffer_append_string(out, "rows of the round before"); break;
    case PLAN_SET_OPERATION: buffer_append_format(out, "union all of %u", node->child_count); break;
    case PLAN_AGGREGATE: label_aggregate(node, out); break;
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN:
    case PLAN_DEPENDENT_JOIN: label_join(node, out); break;
    case PLAN_SORT:
    case PLAN_TOP_N: label_sort(node, out); break;
    case PLAN_PARTITION_TOP: label_partition_top(node, out); break;
    case PLAN_WINDOW: label_window(node, out); break;
    case PLAN_LIMIT: label_limit(node, out); break;
    case PLAN_EXCHANGE: label_exchange(node, out); break;
    case PLAN_WRITE: label_write(node, out); break;
    default: buffer_append_string(out, plan_node_type(node)); break;
    }
}

static void
append_conjuncts(const PlanNode *node, Expr *const *conjuncts, uint32_t count, Buffer *out)
{
    for (uint32_t i = 0; i < count; i++) {
        const bool grouped = count > 1 && conjuncts[i]->kind == EXPR_OR;
        if (i > 0)
            buffer_append_string(out, " AND ");
        if (grouped)
            buffer_append_char(out, '(');
        plan_format_expr(conjuncts[i], node, out);
        if (grouped)
            buffer_append_char(out, ')');
    }
}

void
plan_node_predicate(const PlanNode *node, Buffer *out)
{
    if (node->kind == PLAN_SCAN)
        append_conjuncts(node, node->scan.filters, node->scan.filter_count, out);
    else if (node->kind == PLAN_FILTER)
        append_conjuncts(node, node->filter.conjuncts, node->filter.conjunct_count, out);
    else if (plan_has_sides(node) && node->join.residual != NULL)
        plan_format_expr(node->join.residual, node, out);
}
