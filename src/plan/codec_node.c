/* Nodes as msgpack: one list of fields a kind. Nodes stand children first and name each other by index, so a
 * shared one stands once. */
#include "plan/codec.h"

static void
field_columns(Codec *codec, uint32_t *count, const PlanColumn **columns)
{
    CODEC_LIST(codec, *count, *columns);
    for (uint32_t i = 0; i < *count && !codec_has_failed(codec); i++) {
        PlanColumn *column = (PlanColumn *)*columns + i;
        codec_string(codec, &column->name);
        codec_type(codec, &column->type);
    }
}

static void
fields_scan(Codec *codec, PlanNode *node)
{
    PlanScan *scan = &node->scan;

    codec_string(codec, &scan->table_name);
    field_columns(codec, &scan->read_count, &scan->read_columns);
    codec_u32_list_of(codec, scan->read_count, &scan->read_ids);
    codec_expr_list(codec, &scan->filter_count, &scan->filters);
    codec_u32_list(codec, &scan->output_count, &scan->output);
    codec_u64(codec, &scan->tablets_total);
    codec_u64(codec, &scan->tablets_pruned);
    codec_u32(codec, &scan->partition_count);
    CODEC_LIST(codec, scan->pruned_partition_count, scan->pruned_partitions);
    for (uint32_t i = 0; i < scan->pruned_partition_count; i++)
        codec_i32(codec, (int32_t *)scan->pruned_partitions + i);
}

static void
field_file_options(Codec *codec, FileOptions *options)
{
    codec_string(codec, &options->format);
    codec_char(codec, &options->delimiter);
    codec_char(codec, &options->quote);
    CODEC_BELOW(codec, options->header, 2);
    codec_string(codec, &options->null_text);
    codec_u64(codec, &options->reject_limit);
}

static void
fields_read_file(Codec *codec, PlanNode *node)
{
    PlanReadFile *file = &node->read_file;

    field_file_options(codec, &file->options);
    codec_u64(codec, &file->load);
    codec_u32(codec, &file->field_count);
    codec_u32_list_of(codec, node->column_count, &file->fields);
}

/* sets[s][c]: `set_count` rows of the node's columns. */
static void
field_rows(Codec *codec, uint32_t column_count, uint32_t *row_count, Expr ****rows)
{
    CODEC_LIST(codec, *row_count, *rows);
    for (uint32_t i = 0; i < *row_count && !codec_has_failed(codec); i++)
        codec_expr_list_of(codec, column_count, &(*rows)[i]);
}

static void
fields_values(Codec *codec, PlanNode *node)
{
    field_rows(codec, node->column_count, &node->values.row_count, &node->values.rows);
    codec_u64(codec, &node->values.counted);
}

static void
fields_filter(Codec *codec, PlanNode *node)
{
    codec_expr_list(codec, &node->filter.conjunct_count, &node->filter.conjuncts);
}

static void
fields_project(Codec *codec, PlanNode *node)
{
    codec_expr_list_of(codec, node->column_count, &node->project.expressions);
}

static void
fields_expand(Codec *codec, PlanNode *node)
{
    field_rows(codec, node->column_count, &node->expand.set_count, &node->expand.sets);
}

static void
field_call(Codec *codec, PlanAggregateCall *call)
{
    codec_aggregate(codec, &call->aggregate);
    CODEC_BELOW(codec, call->argument_count, AGGREGATE_ARGUMENTS_MAX + 1);
    for (uint32_t i = 0; i < call->argument_count; i++) {
        codec_u32(codec, &call->arguments[i]);
        codec_type(codec, &call->argument_types[i]);
    }
    codec_i32(codec, &call->filter);
    codec_bool(codec, &call->distinct);
    codec_type(codec, &call->type);
}

static void
field_key_bounds(Codec *codec, uint32_t count, ColumnBound **bounds)
{
    if (!codec_optional(codec, *bounds))
        return;
    CODEC_LIST_OF(codec, count, *bounds);
    for (uint32_t i = 0; i < count; i++)
        codec_bound(codec, &(*bounds)[i]);
}

static void
fields_aggregate(Codec *codec, PlanNode *node)
{
    PlanAggregate *aggregate = &node->aggregate;

    CODEC_BELOW(codec, aggregate->phase, AGGREGATE_FINAL + 1);
    codec_u32_list(codec, &aggregate->key_count, (const uint32_t **)&aggregate->keys);
    field_key_bounds(codec, aggregate->key_count, &aggregate->key_min);
    field_key_bounds(codec, aggregate->key_count, &aggregate->key_max);
    CODEC_LIST(codec, aggregate->call_count, aggregate->calls);
    for (uint32_t i = 0; i < aggregate->call_count && !codec_has_failed(codec); i++)
        field_call(codec, &aggregate->calls[i]);
    codec_double(codec, &aggregate->estimated_groups);
}

static void
fields_join(Codec *codec, PlanNode *node)
{
    PlanJoin *join = &node->join;

    CODEC_BELOW(codec, join->kind, JOIN_SINGLE + 1);
    codec_u32_list(codec, &join->key_count, &join->left_keys);
    codec_u32_list_of(codec, join->key_count, &join->right_keys);
    codec_bool_list_of(codec, join->key_count, &join->null_safe);
    codec_optional_expr(codec, &join->residual);
    codec_u32_list(codec, &join->output_count, &join->output);
    codec_bound(codec, &join->build_min);
    codec_bound(codec, &join->build_max);
}

static void
field_sort_keys(Codec *codec, uint32_t *count, SortKey **keys)
{
    CODEC_LIST(codec, *count, *keys);
    for (uint32_t i = 0; i < *count; i++) {
        codec_u32(codec, &(*keys)[i].column);
        codec_bool(codec, &(*keys)[i].descending);
        codec_bool(codec, &(*keys)[i].nulls_first);
    }
}

static void
fields_sort(Codec *codec, PlanNode *node)
{
    PlanSort *sort = &node->sort;

    field_sort_keys(codec, &sort->key_count, &sort->keys);
    codec_u64(codec, &sort->limit);
    codec_u64(codec, &sort->offset);
}

static void
fields_partition_top(Codec *codec, PlanNode *node)
{
    PlanPartitionTop *top = &node->partition_top;

    codec_u32_list(codec, &top->partition_count, (const uint32_t **)&top->partition);
    field_sort_keys(codec, &top->order_count, &top->order);
    codec_u64(codec, &top->limit);
    CODEC_BELOW(codec, top->ties, TOP_GROUPS + 1);
    codec_bool(codec, &top->partial);
}

static void
field_frame_bound(Codec *codec, FrameBound *bound)
{
    CODEC_BELOW(codec, bound->kind, FRAME_BOUND_COUNT);
    codec_i64(codec, &bound->offset);
    codec_optional_expr(codec, &bound->distance);
}

static void
field_window_call(Codec *codec, PlanWindowCall *call)
{
    CODEC_BELOW(codec, call->function, WINDOW_FUNCTION_COUNT);
    if (call->function == WINDOW_AGGREGATE)
        field_call(codec, &call->aggregate);
    codec_i32(codec, &call->value);
    codec_i32(codec, &call->number);
    codec_i64(codec, &call->constant);
    codec_i32(codec, &call->fallback);
    CODEC_BELOW(codec, call->frame.mode, FRAME_MODE_COUNT);
    field_frame_bound(codec, &call->frame.start);
    field_frame_bound(codec, &call->frame.end);
    CODEC_BELOW(codec, call->frame.exclusion, FRAME_EXCLUSION_COUNT);
    codec_type(codec, &call->type);
}

static void
fields_window(Codec *codec, PlanNode *node)
{
    PlanWindow *window = &node->window;

    codec_u32_list(codec, &window->partition_count, (const uint32_t **)&window->partition);
    field_sort_keys(codec, &window->order_count, &window->order);
    CODEC_LIST(codec, window->call_count, window->calls);
    for (uint32_t i = 0; i < window->call_count && !codec_has_failed(codec); i++)
        field_window_call(codec, &window->calls[i]);
}

static void
fields_limit(Codec *codec, PlanNode *node)
{
    codec_i64(codec, &node->limit.limit);
    codec_i64(codec, &node->limit.offset);
}

static void
fields_exchange(Codec *codec, PlanNode *node)
{
    PlanExchange *exchange = &node->exchange;

    codec_u32(codec, &exchange->id);
    CODEC_BELOW(codec, exchange->form, EXCHANGE_FORM_RANGE + 1);
    codec_u32_list(codec, &exchange->key_count, (const uint32_t **)&exchange->keys);
    codec_i32(codec, &exchange->hash_column);
    codec_u32(codec, &exchange->partition_count);
    CODEC_LIST(codec, exchange->heavy_count, exchange->heavy_hashes);
    for (uint32_t i = 0; i < exchange->heavy_count && !codec_has_failed(codec); i++)
        codec_u64(codec, (uint64_t *)&exchange->heavy_hashes[i]);
    codec_bool(codec, &exchange->heavy_everywhere);
    if (exchange->form != EXCHANGE_FORM_RANGE)
        return;
    if (exchange->key_count != 1 || exchange->keys[0] >= node->column_count ||
        exchange->partition_count == 0 || exchange->partition_count > CODEC_PARTITIONS_MAX) {
        codec_fail(codec);
        return;
    }
    const Type type = node->columns[exchange->keys[0]].type;
    codec_values(codec, type, exchange->partition_count - 1, &exchange->bounds);
}

static void
fields_write(Codec *codec, PlanNode *node)
{
    PlanWrite *write = &node->write;
    uint32_t columns = node->child_count > 0 ? node->children[0]->column_count : 0;

    codec_u64(codec, &write->load);
    codec_string(codec, &write->prefix);
    codec_string(codec, &write->table_name);
    codec_u32_list_of(codec, columns, &write->column_ids);
    CODEC_LIST_OF(codec, columns, write->not_null);
    for (uint32_t i = 0; i < columns; i++)
        codec_bool(codec, (bool *)write->not_null + i);
    codec_u32_list(codec, &write->order_count, &write->order_columns);
    codec_u32(codec, &write->tablet_rows);
    codec_bool(codec, &write->partitioned);
    codec_u64(codec, &write->bytes_max);
    codec_bool(codec, &write->deletes);
    codec_u32(codec, &write->returned);
    field_file_options(codec, &write->file);
}

static void
fields_recursive(Codec *codec, PlanNode *node)
{
    codec_u32(codec, &node->recursive.number);
    codec_bool(codec, &node->recursive.distinct);
}

static void
fields_working(Codec *codec, PlanNode *node)
{
    codec_u32(codec, &node->working.number);
}

static void
fields_none(Codec *codec, PlanNode *node)
{
    (void)codec;
    (void)node;
}

/* Never part of a stage. */
static void
fields_refused(Codec *codec, PlanNode *node)
{
    (void)node;
    codec_fail(codec);
}

static void (*const kind_fields[PLAN_KIND_COUNT])(Codec *, PlanNode *) = {
    [PLAN_SCAN] = fields_scan,
    [PLAN_READ_FILE] = fields_read_file,
    [PLAN_VALUES] = fields_values,
    [PLAN_FILTER] = fields_filter,
    [PLAN_PROJECT] = fields_project,
    [PLAN_EXPAND] = fields_expand,
    [PLAN_REPEAT] = fields_none,
    [PLAN_AGGREGATE] = fields_aggregate,
    [PLAN_HASH_JOIN] = fields_join,
    [PLAN_NESTED_LOOP_JOIN] = fields_join,
    [PLAN_DEPENDENT_JOIN] = fields_refused,
    [PLAN_SORT] = fields_sort,
    [PLAN_TOP_N] = fields_sort,
    [PLAN_PARTITION_TOP] = fields_partition_top,
    [PLAN_LIMIT] = fields_limit,
    [PLAN_DISTINCT] = fields_none,
    [PLAN_SET_OPERATION] = fields_none,
    [PLAN_WINDOW] = fields_window,
    [PLAN_SHARED] = fields_refused,
    [PLAN_RECURSIVE] = fields_recursive,
    [PLAN_WORKING] = fields_working,
    [PLAN_EXCHANGE] = fields_exchange,
    [PLAN_WRITE] = fields_write,
    [PLAN_RESULT] = fields_none,
};

static uint32_t
index_of(const Codec *codec, const PlanNode *node)
{
    uint32_t index = 0;

    while (index < codec->node_count && codec->nodes[index] != node)
        index++;
    return index;
}

void
codec_node_reference(Codec *codec, PlanNode **node)
{
    uint32_t index = codec->reading ? 0 : index_of(codec, *node);

    codec_u32(codec, &index);
    if (index >= codec->node_count || codec->nodes[index] == NULL)
        codec_fail(codec);
    else if (codec->reading)
        *node = codec->nodes[index];
}

static void
codec_node(Codec *codec, PlanNode *node)
{
    CODEC_BELOW(codec, node->kind, PLAN_KIND_COUNT);
    codec_u32(codec, &node->id);
    field_columns(codec, &node->column_count, &node->columns);
    CODEC_LIST(codec, node->child_count, node->children);
    for (uint32_t i = 0; i < node->child_count && !codec_has_failed(codec); i++)
        codec_node_reference(codec, &node->children[i]);
    codec_double(codec, &node->estimated_rows);
    if (!codec_has_failed(codec))
        kind_fields[node->kind](codec, node);
}

void
codec_nodes(Codec *codec)
{
    PlanNode **nodes = codec->nodes;

    CODEC_LIST(codec, codec->node_count, nodes);
    codec->nodes = nodes;
    for (uint32_t i = 0; i < codec->node_count && !codec_has_failed(codec); i++) {
        PlanNode *node = codec->reading ? ARENA_NEW(codec->arena, PlanNode) : nodes[i];
        codec_node(codec, node);
        nodes[i] = node; /* only now: a node can name earlier ones only */
    }
}
