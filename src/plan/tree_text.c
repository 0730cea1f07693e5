/* The query tree for a terminal. */
#include "plan/tree_parts.h"

#include "plan/walk.h"

#include <string.h>

enum { LABEL_MOST = 100, TASKS_SHOWN = 16, PARTITIONS_MOST = 40 };

typedef struct TextTree {
    const TreeQuery *query;
    const uint32_t *stages;
    Arena *arena;
    bool *written; /* by node id: what several exchanges read stands once */
    Buffer *out;
} TextTree;

/* A line below the lines drawn so far; `last`: no brother follows. */
static void
begin_line(const TextTree *tree, const char *indent, bool last)
{
    buffer_append_format(tree->out, "%s%s", indent, last ? "└─ " : "├─ ");
}

static const char *
deeper(const TextTree *tree, const char *indent, bool last)
{
    return arena_format(tree->arena, "%s%s", indent, last ? "   " : "│  ");
}

static void
append_size(uint64_t bytes, const char *what, Buffer *out)
{
    if (bytes == 0)
        return;
    buffer_append_string(out, ", ");
    tree_format_bytes(bytes, out);
    buffer_append_string(out, what);
}

/* "1,000 → 600 rows, 1.5 ms, 2.0 KiB, 64.0 KiB memory": the first number only where it is another one. */
static void
append_work(const TreeInstance *work, Buffer *out)
{
    buffer_append_string(out, "  ");
    if (work->rows_in != work->rows_out && work->rows_in > 0) {
        tree_format_count(work->rows_in, out);
        buffer_append_string(out, " → ");
    }
    tree_format_count(work->rows_out, out);
    buffer_append_string(out, work->rows_out == 1 ? " row, " : " rows, ");
    tree_format_time(work->time_ns, out);
    append_size(work->bytes, "", out);
    append_size(work->memory_bytes, " memory", out);
    append_size(work->spilled_bytes, " spilled", out);
}

static void
append_retried(uint32_t retried, Buffer *out)
{
    if (retried > 0)
        buffer_append_format(out, ", %u retried", retried);
}

static void
append_stage(const TextTree *tree, const PlanNode *node)
{
    const StagedPlan *plan = tree->query->plan;
    const uint32_t number = tree->stages[node->id];

    if (number == STAGE_ROOT || plan->stages[number].root != node)
        return;
    buffer_append_format(tree->out, "  (stage %u: %u %s)", number, plan->stages[number].task_count,
                         plan->stages[number].task_count == 1 ? "task" : "tasks");
}

/* What a stage of reducers ran on. */
static void
append_reducers(const TextTree *tree, const PlanNode *node)
{
    const uint32_t number = tree->stages[node->id];
    TreePlace *places;

    if (number == STAGE_ROOT || tree->query->plan->stages[number].root != node ||
        tree->query->plan->stages[number].leaf)
        return;
    const uint32_t count =
        tree_places(tree->arena, tree->query, node, &tree->query->plan->stages[number], &places);
    for (uint32_t i = 0; i < count; i++) {
        buffer_append_format(tree->out, "%s%s (%s ", i == 0 ? " on " : ", ", places[i].name,
                             places[i].tasks == 1 ? "partition" : "partitions");
        tree_format_short(buffer_text(&places[i].partitions), PARTITIONS_MOST, tree->out);
        append_retried(places[i].retried, tree->out);
        buffer_append_char(tree->out, ')');
        buffer_destroy(&places[i].partitions);
    }
}

static void
append_node_line(const TextTree *tree, const PlanNode *node)
{
    const TreeInstance *instances;
    TreeInstance total;
    Buffer title = {0};
    Buffer predicate = {0};

    plan_format_title(node, " ", &title);
    plan_node_predicate(node, &predicate);
    tree_format_short(buffer_text(&title), LABEL_MOST, tree->out);
    if (predicate.size > 0) {
        buffer_append_string(tree->out, " where ");
        tree_format_short(buffer_text(&predicate), LABEL_MOST, tree->out);
    }
    append_stage(tree, node);
    append_reducers(tree, node);
    const uint32_t count = tree_counters_of(tree->query->counters, node->id, &instances, &total);
    if (tree->stages[node->id] == STAGE_ROOT) /* who asked takes all rows and counts none */
        total.rows_out = total.rows_in;
    if (count > 0)
        append_work(&total, tree->out);
    buffer_append_char(tree->out, '\n');
    buffer_destroy(&title);
    buffer_destroy(&predicate);
}

static void
append_pruned(const TextTree *tree, const PlanScan *scan, const char *indent)
{
    begin_line(tree, indent, true);
    buffer_append_format(tree->out, "pruned: %llu of %llu tablets", (unsigned long long)scan->tablets_pruned,
                         (unsigned long long)scan->tablets_total);
    for (uint32_t i = 0; i < scan->pruned_partition_count; i++)
        buffer_append_format(tree->out, "%s%d", i == 0 ? ", partitions " : ", ", scan->pruned_partitions[i]);
    buffer_append_char(tree->out, '\n');
}

static void
append_leaf_line(const TextTree *tree, const char *indent, bool last, const char *name,
                 const char *partitions)
{
    begin_line(tree, indent, last);
    buffer_append_string(tree->out, name);
    if (*partitions != '\0')
        buffer_append_format(tree->out, ": %s %s",
                             strchr(partitions, ',') == NULL ? "partition" : "partitions", partitions);
}

/* Where the scan ran. */
static void
append_workers(const TextTree *tree, const TreePlace *places, uint32_t count, const char *indent, bool more)
{
    for (uint32_t i = 0; i < count; i++) {
        append_leaf_line(tree, indent, !more && i + 1 == count, places[i].name,
                         buffer_text((Buffer *)&places[i].partitions));
        buffer_append_format(tree->out, "  %u %s of %u %s", places[i].tasks,
                             places[i].tasks == 1 ? "task" : "tasks", places[i].tablets,
                             places[i].tablets == 1 ? "tablet" : "tablets");
        append_retried(places[i].retried, tree->out);
        append_work(&places[i].total, tree->out);
        buffer_append_char(tree->out, '\n');
    }
}

/* Before anything has run: what the tasks will read. */
static void
append_tasks(const TextTree *tree, const Stage *stage, const char *indent, bool more)
{
    const uint32_t shown = stage->task_count < TASKS_SHOWN ? stage->task_count : TASKS_SHOWN;

    for (uint32_t i = 0; i < shown; i++) {
        Buffer partitions = {0};
        const char *name = arena_format(tree->arena, "task %u", i);
        tree_format_partitions(&stage->tasks[i], &partitions);
        append_leaf_line(tree, indent, !more && i + 1 == stage->task_count, name, buffer_text(&partitions));
        buffer_append_char(tree->out, '\n');
        buffer_destroy(&partitions);
    }
    if (shown < stage->task_count) {
        begin_line(tree, indent, !more);
        buffer_append_format(tree->out, "%u more tasks\n", stage->task_count - shown);
    }
}

static void
append_scan(const TextTree *tree, const PlanNode *node, const char *indent)
{
    const Stage *stage = &tree->query->plan->stages[tree->stages[node->id]];
    const bool pruned = node->scan.tablets_pruned > 0;
    TreePlace *places;
    const uint32_t count = tree_places(tree->arena, tree->query, node, stage, &places);

    if (count > 0)
        append_workers(tree, places, count, indent, pruned);
    else
        append_tasks(tree, stage, indent, pruned);
    if (pruned)
        append_pruned(tree, &node->scan, indent);
    for (uint32_t i = 0; i < count; i++)
        buffer_destroy(&places[i].partitions);
}

static void
append_children(const TextTree *tree, const PlanNode *node, const char *indent)
{
    if (node->kind == PLAN_SCAN && tree->stages[node->id] != STAGE_ROOT)
        append_scan(tree, node, indent);
    for (uint32_t i = 0; i < node->child_count; i++) {
        const PlanNode *child = node->children[i];
        const bool last = i + 1 == node->child_count;
        begin_line(tree, indent, last);
        if (tree->written[child->id]) {
            buffer_append_format(tree->out, "the rows of stage %u, above\n", tree->stages[child->id]);
            continue;
        }
        tree->written[child->id] = true;
        append_node_line(tree, child);
        append_children(tree, child, deeper(tree, indent, last));
    }
}

void
tree_render_text(const TreeQuery *query, Buffer *out)
{
    Arena *arena = arena_new(NULL);
    const TextTree tree = {query, tree_stages(arena, query->plan), arena,
                           ARENA_ARRAY(arena, bool, query->plan->node_count + 1), out};

    buffer_append_format(out, "query %s: %s\n", query->id, query->state);
    append_node_line(&tree, query->plan->root);
    append_children(&tree, query->plan->root, "");
    arena_destroy(&arena);
}
