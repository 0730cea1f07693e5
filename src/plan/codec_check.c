/* Whether a plan that came over the wire holds together: what the code that runs it takes for granted. */
#include "plan/codec.h"
#include "plan/walk.h"

#include "expr/function.h"

#define REQUIRE(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            return false;                                                                                    \
    } while (0)

/* Modifiers may differ: a value may be seen as of a wider type without a cast. */
static bool
same_layout(Type a, Type b)
{
    return type_layout(a) == type_layout(b) && (a.nested == NULL) == (b.nested == NULL);
}

static bool
is_bool(const Expr *expr)
{
    return expr->type.id == TYPE_BOOL;
}

static bool
call_is_sound(const Expr *expr)
{
    const Function *function = expr->function;
    const bool variadic = (function->flags & FUNCTION_VARIADIC) != 0;
    const uint32_t least = function->argument_count;

    REQUIRE(variadic ? expr->argument_count >= least : expr->argument_count == least);
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        const TypeId wanted = function->arguments[i < least ? i : least - 1];
        REQUIRE(least > 0 && (wanted == TYPE_UNKNOWN || wanted == expr->arguments[i]->type.id));
    }
    return function->rule != NULL || function->result == TYPE_UNKNOWN || function->result == expr->type.id;
}

static bool
case_is_sound(const Expr *expr)
{
    const uint32_t count = expr->argument_count;

    REQUIRE(count % 2 == 1);
    for (uint32_t i = 0; i < count; i++) {
        const bool when = i % 2 == 0 && i + 1 < count;
        REQUIRE(when ? is_bool(expr->arguments[i]) : same_layout(expr->arguments[i]->type, expr->type));
    }
    return true;
}

static bool
form_is_sound(const Expr *expr)
{
    const Expr *const *arguments = (const Expr *const *)expr->arguments;

    switch (expr->kind) {
    case EXPR_AND:
    case EXPR_OR:
        for (uint32_t i = 0; i < expr->argument_count; i++)
            REQUIRE(is_bool(arguments[i]));
        return is_bool(expr) && expr->argument_count > 0;
    case EXPR_COALESCE:
        for (uint32_t i = 0; i < expr->argument_count; i++)
            REQUIRE(same_layout(arguments[i]->type, expr->type));
        return expr->argument_count > 0;
    case EXPR_IN:
        for (uint32_t i = 1; i < expr->argument_count; i++)
            REQUIRE(expr_is_constant(arguments[i]) && same_layout(arguments[i]->type, arguments[0]->type));
        return is_bool(expr) && expr->argument_count > 1;
    case EXPR_CASE: return case_is_sound(expr);
    case EXPR_CALL: return call_is_sound(expr);
    case EXPR_OUTER: return false;
    default: return true;
    }
}

static bool
expr_is_sound(const Expr *expr, uint32_t column_count, const PlanColumn *columns)
{
    if (expr->kind == EXPR_COLUMN)
        return expr->column < column_count && same_layout(columns[expr->column].type, expr->type);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        REQUIRE(expr_is_sound(expr->arguments[i], column_count, columns));
    return form_is_sound(expr);
}

static bool
conjuncts_are_sound(Expr *const *conjuncts, uint32_t count, uint32_t column_count, const PlanColumn *columns)
{
    for (uint32_t i = 0; i < count; i++)
        REQUIRE(is_bool(conjuncts[i]) && expr_is_sound(conjuncts[i], column_count, columns));
    return true;
}

/* One expression a column of the node, of the column's type. */
static bool
row_is_sound(const PlanNode *node, Expr *const *row, uint32_t column_count, const PlanColumn *columns)
{
    for (uint32_t i = 0; i < node->column_count; i++) {
        REQUIRE(same_layout(row[i]->type, node->columns[i].type));
        REQUIRE(expr_is_sound(row[i], column_count, columns));
    }
    return true;
}

static bool
rows_are_sound(const PlanNode *node, Expr **const *rows, uint32_t count, uint32_t column_count,
               const PlanColumn *columns)
{
    for (uint32_t i = 0; i < count; i++)
        REQUIRE(row_is_sound(node, rows[i], column_count, columns));
    return true;
}

static bool
picks_are_sound(const PlanNode *node, const uint32_t *picks, uint32_t pick_count, uint32_t column_count,
                const PlanColumn *columns)
{
    REQUIRE(pick_count == node->column_count);
    for (uint32_t i = 0; i < pick_count; i++)
        REQUIRE(picks[i] < column_count && same_layout(columns[picks[i]].type, node->columns[i].type));
    return true;
}

static bool
scan_is_sound(const PlanNode *node)
{
    const PlanScan *scan = &node->scan;

    REQUIRE(scan->table_name != NULL);
    REQUIRE(conjuncts_are_sound(scan->filters, scan->filter_count, scan->read_count, scan->read_columns));
    return picks_are_sound(node, scan->output, scan->output_count, scan->read_count, scan->read_columns);
}

static bool
read_file_is_sound(const PlanNode *node)
{
    REQUIRE(node->read_file.options.format != NULL);
    for (uint32_t i = 0; i < node->column_count; i++)
        REQUIRE(node->read_file.fields[i] < node->read_file.field_count);
    return node->read_file.field_count <= 1 << 16;
}

static bool
call_takes_rows(const PlanAggregateCall *call, const PlanNode *input)
{
    for (uint32_t i = 0; i < call->argument_count; i++) {
        REQUIRE(call->arguments[i] < input->column_count);
        REQUIRE(same_layout(input->columns[call->arguments[i]].type, call->argument_types[i]));
    }
    REQUIRE(call->filter < (int64_t)input->column_count && call->filter >= -1);
    return call->filter < 0 || input->columns[call->filter].type.id == TYPE_BOOL;
}

static bool
call_is_of_registry(const PlanAggregateCall *call)
{
    const Aggregate *aggregate = call->aggregate;
    Type result;

    REQUIRE(call->argument_count == aggregate->argument_count);
    for (uint32_t i = 0; i < call->argument_count; i++)
        REQUIRE(aggregate->arguments[i] == TYPE_UNKNOWN ||
                aggregate->arguments[i] == call->argument_types[i].id);
    return aggregate->result_type(call->argument_types, &result) && same_layout(result, call->type);
}

bool
codec_rows_call_is_sound(const PlanAggregateCall *call, const PlanNode *input)
{
    return call_is_of_registry(call) && call_takes_rows(call, input);
}

/* The columns of a partial: keys, their hash, each call's partial columns. */
static bool
has_partial_columns(const PlanNode *node, const PlanAggregate *aggregate)
{
    uint32_t column = aggregate->key_count;

    REQUIRE(column <= node->column_count);
    if (column > 0) {
        REQUIRE(column < node->column_count && node->columns[column].type.id == TYPE_INT8);
        column++;
    }
    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        Type types[AGGREGATE_PARTIALS_MAX];
        const uint32_t count =
            aggregate->calls[i].aggregate->partial_types(aggregate->calls[i].argument_types, types);
        for (uint32_t j = 0; j < count; j++, column++)
            REQUIRE(column < node->column_count && type_equal(node->columns[column].type, types[j]));
    }
    return column == node->column_count;
}

static bool
has_result_columns(const PlanNode *node, const PlanAggregate *aggregate)
{
    REQUIRE(node->column_count == aggregate->key_count + aggregate->call_count);
    for (uint32_t i = 0; i < aggregate->call_count; i++)
        REQUIRE(type_equal(node->columns[aggregate->key_count + i].type, aggregate->calls[i].type));
    return true;
}

static bool
aggregate_is_sound(const PlanNode *node, const PlanNode *input)
{
    const PlanAggregate *aggregate = &node->aggregate;
    const bool rows_in = aggregate->phase == AGGREGATE_SINGLE || aggregate->phase == AGGREGATE_PARTIAL;
    const bool results = aggregate->phase == AGGREGATE_SINGLE || aggregate->phase == AGGREGATE_FINAL;

    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        REQUIRE(call_is_of_registry(&aggregate->calls[i]));
        REQUIRE(!rows_in || call_takes_rows(&aggregate->calls[i], input));
    }
    REQUIRE(results ? has_result_columns(node, aggregate) : has_partial_columns(node, aggregate));
    REQUIRE(rows_in || has_partial_columns(input, aggregate));
    for (uint32_t i = 0; i < aggregate->key_count; i++) {
        REQUIRE(aggregate->keys[i] < input->column_count && (rows_in || aggregate->keys[i] == i));
        REQUIRE(type_equal(input->columns[aggregate->keys[i]].type, node->columns[i].type));
    }
    return true;
}

/* The columns that a join gives: the mark's stands behind those of both sides. */
static bool
join_output_is_sound(const PlanNode *node, uint32_t column_count, const PlanColumn *columns)
{
    const PlanJoin *join = &node->join;
    const bool one_sided = join->kind == JOIN_SEMI || join->kind == JOIN_ANTI || join->kind == JOIN_MARK;

    if (!one_sided)
        return picks_are_sound(node, join->output, join->output_count, column_count, columns);
    REQUIRE(join->output_count == node->column_count);
    for (uint32_t i = 0; i < join->output_count; i++) {
        const uint32_t column = join->output[i];
        if (join->kind == JOIN_MARK && column == column_count)
            REQUIRE(node->columns[i].type.id == TYPE_BOOL);
        else
            REQUIRE(column < node->children[0]->column_count &&
                    same_layout(columns[column].type, node->columns[i].type));
    }
    return true;
}

static bool
join_is_sound(const PlanNode *node, uint32_t column_count, const PlanColumn *columns)
{
    const PlanJoin *join = &node->join;
    const PlanNode *left = node->children[0];
    const PlanNode *right = node->children[1];

    for (uint32_t i = 0; i < join->key_count; i++) {
        REQUIRE(join->left_keys[i] < left->column_count && join->right_keys[i] < right->column_count);
        REQUIRE(
            same_layout(left->columns[join->left_keys[i]].type, right->columns[join->right_keys[i]].type));
    }
    REQUIRE(node->kind != PLAN_HASH_JOIN || join->key_count > 0);
    if (join->residual != NULL)
        REQUIRE(is_bool(join->residual) && expr_is_sound(join->residual, column_count, columns));
    return join_output_is_sound(node, column_count, columns);
}

static bool
passes_columns(const PlanNode *node, const PlanNode *input)
{
    REQUIRE(node->column_count == input->column_count);
    for (uint32_t i = 0; i < node->column_count; i++)
        REQUIRE(type_equal(node->columns[i].type, input->columns[i].type));
    return true;
}

static bool
sort_is_sound(const PlanNode *node)
{
    for (uint32_t i = 0; i < node->sort.key_count; i++)
        REQUIRE(node->sort.keys[i].column < node->column_count);
    return passes_columns(node, node->children[0]);
}

static bool
partition_top_is_sound(const PlanNode *node)
{
    const PlanPartitionTop *top = &node->partition_top;

    for (uint32_t i = 0; i < top->partition_count; i++)
        REQUIRE(top->partition[i] < node->column_count);
    for (uint32_t i = 0; i < top->order_count; i++)
        REQUIRE(top->order[i].column < node->column_count);
    return passes_columns(node, node->children[0]);
}

static bool
exchange_is_sound(const PlanNode *node, const StagedPlan *plan)
{
    const PlanExchange *exchange = &node->exchange;

    REQUIRE(exchange->id < plan->exchange_count && plan->exchanges[exchange->id].node == node);
    REQUIRE(exchange->partition_count >= 1 && exchange->partition_count <= CODEC_PARTITIONS_MAX);
    for (uint32_t i = 0; i < exchange->key_count; i++)
        REQUIRE(exchange->keys[i] < node->column_count);
    REQUIRE(exchange->heavy_count <= EXCHANGE_HEAVY_MAX);
    REQUIRE(exchange->hash_column >= -1 && exchange->hash_column < (int64_t)node->column_count);
    REQUIRE(exchange->hash_column < 0 || node->columns[exchange->hash_column].type.id == TYPE_INT8);
    if (exchange->form == EXCHANGE_FORM_HASH)
        REQUIRE(exchange->hash_column >= 0 || exchange->key_count > 0);
    return passes_columns(node, node->children[0]);
}

static bool
write_is_sound(const PlanNode *node)
{
    const PlanNode *input = node->children[0];

    REQUIRE(node->write.prefix != NULL && node->column_count == 5);
    REQUIRE(node->write.file.format == NULL || (node->write.order_count == 0 && !node->write.deletes));
    if (node->write.deletes)
        REQUIRE(input->column_count > 0 && input->columns[input->column_count - 1].type.id == TYPE_INT8);
    REQUIRE(node->write.returned <= input->column_count - (node->write.deletes ? 1 : 0));
    for (uint32_t i = 0; i < node->write.order_count; i++)
        REQUIRE(node->write.order_columns[i] < node->children[0]->column_count);
    return true;
}

static bool
repeat_is_sound(const PlanNode *node, const PlanNode *input)
{
    REQUIRE(input->column_count == node->column_count + 1 ||
            (input->column_count == node->column_count && input->column_count > 0));
    for (uint32_t i = 0; i < node->column_count; i++)
        REQUIRE(type_equal(node->columns[i].type, input->columns[i].type));
    return input->columns[input->column_count - 1].type.id == TYPE_INT8;
}

static bool
all_pass_columns(const PlanNode *node)
{
    for (uint32_t i = 0; i < node->child_count; i++)
        REQUIRE(passes_columns(node, node->children[i]));
    return true;
}

static bool
has_its_children(const PlanNode *node)
{
    if (node->kind == PLAN_SCAN || node->kind == PLAN_READ_FILE || node->kind == PLAN_VALUES ||
        node->kind == PLAN_WORKING)
        return node->child_count == 0;
    if (node->kind == PLAN_SET_OPERATION)
        return node->child_count > 0;
    return node->child_count == (plan_is_join(node) || node->kind == PLAN_RECURSIVE ? 2 : 1);
}

static bool
node_is_sound(const PlanNode *node, const StagedPlan *plan, Arena *scratch)
{
    const PlanNode *input = node->child_count > 0 ? node->children[0] : NULL;
    const PlanColumn *columns;
    const uint32_t count = plan_input_columns(scratch, node, &columns);

    switch (node->kind) {
    case PLAN_SCAN: return scan_is_sound(node);
    case PLAN_READ_FILE: return read_file_is_sound(node);
    case PLAN_VALUES:
        REQUIRE(node->values.counted == 0 || node->column_count == 0 ||
                (node->column_count == 1 && node->columns[0].type.id == TYPE_INT8));
        return rows_are_sound(node, node->values.rows, node->values.row_count, 0, NULL);
    case PLAN_FILTER:
        return conjuncts_are_sound(node->filter.conjuncts, node->filter.conjunct_count, count, columns) &&
               passes_columns(node, input);
    case PLAN_PROJECT: return row_is_sound(node, node->project.expressions, count, columns);
    case PLAN_EXPAND: return rows_are_sound(node, node->expand.sets, node->expand.set_count, count, columns);
    case PLAN_REPEAT: return repeat_is_sound(node, input);
    case PLAN_WORKING: return true;
    case PLAN_RECURSIVE:
    case PLAN_SET_OPERATION: return all_pass_columns(node);
    case PLAN_AGGREGATE: return aggregate_is_sound(node, input);
    case PLAN_HASH_JOIN:
    case PLAN_NESTED_LOOP_JOIN: return join_is_sound(node, count, columns);
    case PLAN_SORT:
    case PLAN_TOP_N: return sort_is_sound(node);
    case PLAN_PARTITION_TOP: return partition_top_is_sound(node);
    case PLAN_WINDOW: return codec_window_is_sound(node, input);
    case PLAN_LIMIT: return node->limit.limit >= -1 && node->limit.offset >= 0 && passes_columns(node, input);
    case PLAN_EXCHANGE: return exchange_is_sound(node, plan);
    case PLAN_WRITE: return write_is_sound(node);
    default: return passes_columns(node, input);
    }
}

Status
codec_check_node(const PlanNode *node, const StagedPlan *plan, Error *error)
{
    Arena *scratch = arena_new(NULL);
    bool sound = node->id >= 1 && node->id <= plan->node_count && has_its_children(node);

    for (uint32_t i = 0; i < node->column_count; i++)
        sound = sound && node->columns[i].name != NULL;
    sound = sound && node_is_sound(node, plan, scratch);
    arena_destroy(&scratch);
    if (!sound)
        return error_set(error, STATUS_PROTOCOL, "malformed %s node in a plan", plan_node_type(node));
    return STATUS_OK;
}

/* Every exchange that the stage's plan reads leads into this stage; tablets and files are read by leaves
 * only. `visits` bounds the walk: nodes may be shared, over and over. */
static bool
stage_reads(const StagedPlan *plan, const Stage *stage, const PlanNode *node, uint32_t depth,
            uint32_t *visits)
{
    REQUIRE(depth < CODEC_EXPR_DEPTH_MAX && (*visits)++ < CODEC_VISITS_MAX);
    if (node->kind == PLAN_EXCHANGE) {
        const Exchange *exchange = &plan->exchanges[node->exchange.id];
        return exchange->consumer == stage->id && exchange->producer < stage->id;
    }
    REQUIRE(stage->leaf || (node->kind != PLAN_SCAN && node->kind != PLAN_READ_FILE));
    for (uint32_t i = 0; i < node->child_count; i++)
        REQUIRE(stage_reads(plan, stage, node->children[i], depth + 1, visits));
    return true;
}

static bool
task_is_sound(const StageTask *task)
{
    for (uint32_t i = 0; i < task->tablet_count; i++)
        REQUIRE(task->tablets[i].path != NULL);
    for (uint32_t i = 0; i < task->file_count; i++)
        REQUIRE(task->files[i].path != NULL);
    return true;
}

static bool
stage_is_sound(const StagedPlan *plan, uint32_t index)
{
    const Stage *stage = &plan->stages[index];
    uint32_t visits = 0;

    REQUIRE(stage->id == index && stage->task_count <= CODEC_TASKS_MAX);
    REQUIRE(stage->output < plan->exchange_count && plan->exchanges[stage->output].producer == index);
    for (uint32_t i = 0; i < stage->input_count; i++)
        REQUIRE(stage->inputs[i] < plan->exchange_count &&
                plan->exchanges[stage->inputs[i]].consumer == index);
    for (uint32_t i = 0; i < stage->extra_output_count; i++)
        REQUIRE(stage->extra_outputs[i] < plan->exchange_count &&
                plan->exchanges[stage->extra_outputs[i]].producer == index);
    for (uint32_t i = 0; stage->leaf && i < stage->task_count; i++)
        REQUIRE(task_is_sound(&stage->tasks[i]));
    return stage_reads(plan, stage, stage->root, 0, &visits);
}

static bool
is_partitioned(ExchangeForm form)
{
    return form == EXCHANGE_FORM_HASH || form == EXCHANGE_FORM_BY_TASK || form == EXCHANGE_FORM_RANGE;
}

static bool
link_is_sound(const StagedPlan *plan, uint32_t index)
{
    const Exchange *exchange = &plan->exchanges[index];
    const PlanExchange *form;

    REQUIRE(exchange->id == index && exchange->producer < plan->stage_count);
    REQUIRE(exchange->node->kind == PLAN_EXCHANGE && exchange->node->exchange.id == index);
    form = &exchange->node->exchange;
    REQUIRE(exchange->node->children[0] == plan->stages[exchange->producer].root);
    if (exchange->consumer == STAGE_ROOT)
        return index == plan->root_exchange && form->form == EXCHANGE_FORM_GATHER &&
               form->partition_count == 1;
    REQUIRE(exchange->consumer < plan->stage_count && index != plan->root_exchange);
    if (is_partitioned(form->form))
        return !plan->stages[exchange->consumer].leaf &&
               form->partition_count == plan->stages[exchange->consumer].task_count;
    return form->partition_count == 1;
}

Status
codec_check_plan(const StagedPlan *plan, Error *error)
{
    bool sound = plan->root_exchange < plan->exchange_count && plan->root_limit >= PLAN_NO_LIMIT;

    for (uint32_t i = 0; sound && i < plan->exchange_count; i++)
        sound = link_is_sound(plan, i);
    for (uint32_t i = 0; sound && i < plan->stage_count; i++)
        sound = stage_is_sound(plan, i);
    if (!sound)
        return error_set(error, STATUS_PROTOCOL, "a plan's stages do not fit together");
    return STATUS_OK;
}
