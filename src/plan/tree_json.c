/* The query tree as JSON. */
#include "plan/tree_parts.h"

#include "plan/walk.h"

#include <math.h>
#include <string.h>

void
tree_json_string(const char *text, Buffer *out)
{
    buffer_append_char(out, '"');
    for (const char *at = text; *at != '\0'; at++) {
        const unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\')
            buffer_append_char(out, '\\');
        if (c < 0x20)
            buffer_append_format(out, "\\u%04x", c);
        else
            buffer_append_char(out, (char)c);
    }
    buffer_append_char(out, '"');
}

/* Times are told in milliseconds. */
static void
append_member(const char *name, uint64_t value, Buffer *out)
{
    if (strcmp(name, "time_ns") == 0)
        buffer_append_format(out, ",\"time_ms\":%.3f", (double)value / 1e6);
    else
        buffer_append_format(out, ",\"%s\":%llu", name, (unsigned long long)value);
}

void
tree_json_members(const TreeInstance *counters, Buffer *out)
{
#define X(name) append_member(#name, counters->name, out);
    TREE_COUNT_LIST(X)
#undef X
}

static void
append_stage_number(uint32_t stage, Buffer *out)
{
    if (stage == STAGE_ROOT)
        buffer_append_string(out, "null");
    else
        buffer_append_format(out, "%u", stage);
}

static void
append_instance(const TreeInstance *instance, const PlanNode *node, const Stage *stage, Buffer *out)
{
    buffer_append_string(out, "{\"node\":");
    tree_json_string(instance->node != NULL ? instance->node : "?", out);
    buffer_append_format(out, ",\"task\":%u,\"attempt\":%u", instance->task, instance->attempt);
    tree_json_members(instance, out);
    if (node->kind == PLAN_SCAN && stage != NULL && stage->leaf && instance->task < stage->task_count) {
        Buffer partitions = {0};
        const StageTask *task = &stage->tasks[instance->task];
        tree_format_partitions(task, &partitions);
        buffer_append_format(out, ",\"tablets\":%u,\"partitions\":[%s]", task->tablet_count,
                             buffer_text(&partitions));
        buffer_destroy(&partitions);
    }
    buffer_append_char(out, '}');
}

static void
append_pruning(const PlanScan *scan, Buffer *out)
{
    buffer_append_format(out, ",\"tablets_total\":%llu,\"tablets_pruned\":%llu,\"partitions_pruned\":[",
                         (unsigned long long)scan->tablets_total, (unsigned long long)scan->tablets_pruned);
    for (uint32_t i = 0; i < scan->pruned_partition_count; i++)
        buffer_append_format(out, "%s%d", i == 0 ? "" : ",", scan->pruned_partitions[i]);
    buffer_append_char(out, ']');
}

typedef struct JsonTree {
    const TreeQuery *query;
    const uint32_t *stages;
    bool *written; /* by node id */
    Buffer *out;
} JsonTree;

static void
append_description(JsonTree *tree, const PlanNode *node)
{
    Buffer label = {0};
    Buffer predicate = {0};

    plan_node_label(node, &label);
    plan_node_predicate(node, &predicate);
    buffer_append_format(tree->out, "\"id\":%u,\"type\":\"%s\",\"label\":", node->id, plan_node_type(node));
    tree_json_string(buffer_text(&label), tree->out);
    buffer_append_string(tree->out, ",\"stage\":");
    append_stage_number(tree->stages[node->id], tree->out);
    buffer_append_string(tree->out, ",\"predicate\":");
    if (predicate.size > 0)
        tree_json_string(buffer_text(&predicate), tree->out);
    else
        buffer_append_string(tree->out, "null");
    buffer_append_string(tree->out, ",\"estimated_rows\":");
    if (node->estimated_rows >= 0 && isfinite(node->estimated_rows))
        buffer_append_format(tree->out, "%.0f", node->estimated_rows);
    else
        buffer_append_string(tree->out, "null");
    if (node->kind == PLAN_SCAN)
        append_pruning(&node->scan, tree->out);
    buffer_destroy(&label);
    buffer_destroy(&predicate);
}

static void
append_node(JsonTree *tree, const PlanNode *node)
{
    const TreeInstance *instances;
    TreeInstance total;
    const uint32_t count = tree_counters_of(tree->query->counters, node->id, &instances, &total);
    const uint32_t stage_number = tree->stages[node->id];
    const Stage *stage = stage_number == STAGE_ROOT ? NULL : &tree->query->plan->stages[stage_number];

    if (tree->written[node->id]) {
        buffer_append_format(tree->out, "{\"ref\":%u}", node->id);
        return;
    }
    tree->written[node->id] = true;
    buffer_append_char(tree->out, '{');
    append_description(tree, node);
    tree_json_members(&total, tree->out);
    buffer_append_string(tree->out, ",\"instances\":[");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_char(tree->out, ',');
        append_instance(&instances[i], node, stage, tree->out);
    }
    buffer_append_string(tree->out, "],\"children\":[");
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (i > 0)
            buffer_append_char(tree->out, ',');
        append_node(tree, node->children[i]);
    }
    buffer_append_string(tree->out, "]}");
}

static void
append_stages(const StagedPlan *plan, Buffer *out)
{
    for (uint32_t i = 0; i < plan->stage_count; i++) {
        const Stage *stage = &plan->stages[i];
        buffer_append_format(out,
                             "%s{\"id\":%u,\"kind\":\"%s\",\"tasks\":%u,\"indeterminate\":%s,\"inputs\":[",
                             i == 0 ? "" : ",", i, stage->leaf ? "leaf" : "reduce", stage->task_count,
                             stage->indeterminate ? "true" : "false");
        for (uint32_t j = 0; j < stage->input_count; j++)
            buffer_append_format(out, "%s%u", j == 0 ? "" : ",", plan->exchanges[stage->inputs[j]].producer);
        buffer_append_string(out, "],\"consumer\":");
        append_stage_number(plan->exchanges[stage->output].consumer, out);
        buffer_append_char(out, '}');
    }
}

static void
append_root(const TreeQuery *query, Buffer *out)
{
    Arena *arena = arena_new(NULL);
    JsonTree tree = {.query = query,
                     .stages = tree_stages(arena, query->plan),
                     .written = ARENA_ARRAY(arena, bool, query->plan->node_count + 1),
                     .out = out};

    append_node(&tree, query->plan->root);
    arena_destroy(&arena);
}

void
tree_render_json(const TreeQuery *query, Buffer *out)
{
    buffer_append_string(out, "{\"id\":");
    tree_json_string(query->id, out);
    buffer_append_string(out, ",\"state\":");
    tree_json_string(query->state, out);
    buffer_append_string(out, ",\"stages\":[");
    append_stages(query->plan, out);
    buffer_append_string(out, "],\"root\":");
    append_root(query, out);
    buffer_append_char(out, '}');
}

void
plan_explain_json(const StagedPlan *plan, const TreeCounters *counters, Buffer *out)
{
    const TreeQuery query = {.plan = plan, .counters = counters};

    buffer_append_string(out, "[{\"Plan\":");
    append_root(&query, out);
    buffer_append_string(out, ",\"Stages\":[");
    append_stages(plan, out);
    buffer_append_string(out, "]}]");
}
