/* EXPLAIN as text, in PostgreSQL's form. */
#include "plan/tree_parts.h"

#include "plan/walk.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

typedef struct Explain {
    const StagedPlan *plan;
    const TreeCounters *counters;
    const uint32_t *stages;
    bool *written; /* by node id: what several exchanges read stands once */
    bool verbose;
    Buffer *out;
} Explain;

/* "partial_aggregate" as "Partial Aggregate". */
static void
append_words(const char *type, Buffer *out)
{
    bool start = true;

    for (; *type != '\0'; type++) {
        const char c = *type == '_' ? ' ' : *type;
        buffer_append_char(out, start ? (char)toupper((unsigned char)c) : c);
        start = c == ' ';
    }
}

/* "Hash Join: left join on a = b", but "Scan events". */
static void
append_title(const PlanNode *node, Buffer *out)
{
    const char *type = plan_node_type(node);
    const size_t size = strlen(type);
    Buffer label = {0};

    plan_node_label(node, &label);
    append_words(type, out);
    if (strncmp(buffer_text(&label), type, size) == 0)
        buffer_append_string(out, buffer_text(&label) + size);
    else if (label.size > 0)
        buffer_append_format(out, ": %s", buffer_text(&label));
    buffer_destroy(&label);
}

static void
append_actual(const Explain *explain, const PlanNode *node)
{
    const TreeInstance *instances;
    TreeInstance total;
    const uint32_t count = tree_counters_of(explain->counters, node->id, &instances, &total);

    if (count == 0)
        return;
    buffer_append_format(explain->out, " (actual rows=%llu time=%.3f ms tasks=%u",
                         (unsigned long long)total.rows_out, (double)total.time_ns / 1e6, count);
    if (total.memory_bytes > 0) {
        buffer_append_string(explain->out, " memory=");
        tree_format_bytes(total.memory_bytes, explain->out);
    }
    if (total.spilled_bytes > 0) {
        buffer_append_string(explain->out, " spilled=");
        tree_format_bytes(total.spilled_bytes, explain->out);
    }
    if (total.bytes > 0) {
        buffer_append_string(explain->out, " bytes=");
        tree_format_bytes(total.bytes, explain->out);
    }
    buffer_append_char(explain->out, ')');
}

static void
append_detail(const Explain *explain, uint32_t depth, const char *name, const char *text)
{
    buffer_append_format(explain->out, "%*s%s: %s\n", (int)depth * 6 + 2, "", name, text);
}

static void
append_details(const Explain *explain, const PlanNode *node, uint32_t depth)
{
    Buffer text = {0};

    plan_node_predicate(node, &text);
    if (text.size > 0)
        append_detail(explain, depth, plan_is_join(node) ? "Join Filter" : "Filter", buffer_text(&text));
    buffer_clear(&text);
    if (node->kind == PLAN_SCAN && node->scan.tablets_total > 0) {
        buffer_append_format(&text, "%llu of %llu",
                             (unsigned long long)(node->scan.tablets_total - node->scan.tablets_pruned),
                             (unsigned long long)node->scan.tablets_total);
        append_detail(explain, depth, "Tablets", buffer_text(&text));
        buffer_clear(&text);
    }
    for (uint32_t i = 0; explain->verbose && i < node->column_count; i++) {
        buffer_append_string(&text, i == 0 ? "" : ", ");
        buffer_append_string(&text, plan_column_name(node, i));
    }
    if (text.size > 0)
        append_detail(explain, depth, "Output", buffer_text(&text));
    buffer_destroy(&text);
}

static void
append_stage(const Explain *explain, const PlanNode *node)
{
    const uint32_t number = explain->stages[node->id];

    if (number == STAGE_ROOT || explain->plan->stages[number].root != node)
        return;
    buffer_append_format(explain->out, " [stage %u, %u %s]", number, explain->plan->stages[number].task_count,
                         explain->plan->stages[number].task_count == 1 ? "task" : "tasks");
}

static void
append_node(const Explain *explain, const PlanNode *node, uint32_t depth)
{
    if (depth > 0)
        buffer_append_format(explain->out, "%*s->  ", (int)depth * 6 - 4, "");
    if (explain->written[node->id]) {
        buffer_append_format(explain->out, "Rows of stage %u, above\n", explain->stages[node->id]);
        return;
    }
    explain->written[node->id] = true;
    append_title(node, explain->out);
    if (node->estimated_rows >= 0 && isfinite(node->estimated_rows))
        buffer_append_format(explain->out, "  (rows=%.0f)", node->estimated_rows);
    append_actual(explain, node);
    append_stage(explain, node);
    buffer_append_char(explain->out, '\n');
    append_details(explain, node, depth);
    for (uint32_t i = 0; i < node->child_count; i++)
        append_node(explain, node->children[i], depth + 1);
}

void
plan_explain_text(const StagedPlan *plan, const TreeCounters *counters, bool verbose, Buffer *out)
{
    Arena *arena = arena_new(NULL);
    const Explain explain = {
        plan,    counters, tree_stages(arena, plan), ARENA_ARRAY(arena, bool, plan->node_count + 1),
        verbose, out};

    append_node(&explain, plan->root, 0);
    arena_destroy(&arena);
}
