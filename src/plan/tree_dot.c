/* The query tree for Graphviz: a box a node, a cluster a stage, the places that scanned below their scans. */
#include "plan/tree_parts.h"

#include "plan/walk.h"

#include <string.h>

enum { LINE_MOST = 60 };

/* Inside a quoted DOT string. */
static void
append_escaped(const char *text, Buffer *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            buffer_append_char(out, '\\');
        buffer_append_char(out, (unsigned char)*text < 0x20 ? ' ' : *text);
    }
}

static void
append_line(const char *text, Buffer *out)
{
    Buffer line = {0};

    if (*text == '\0')
        return;
    tree_format_short(text, LINE_MOST, &line);
    buffer_append_string(out, "\\n");
    append_escaped(buffer_text(&line), out);
    buffer_destroy(&line);
}

static void
append_counters(const TreeQuery *query, const PlanNode *node, Buffer *out)
{
    const TreeInstance *instances;
    TreeInstance total;

    if (tree_counters_of(query->counters, node->id, &instances, &total) == 0)
        return;
    buffer_append_string(out, "\\n");
    tree_format_count(total.rows_out, out);
    buffer_append_string(out, " rows, ");
    tree_format_time(total.time_ns, out);
}

static void
append_node(const TreeQuery *query, const PlanNode *node, Buffer *out)
{
    Buffer label = {0};
    Buffer predicate = {0};

    plan_node_label(node, &label);
    plan_node_predicate(node, &predicate);
    buffer_append_format(out, "    n%u [label=\"%s", node->id, plan_node_type(node));
    append_line(buffer_text(&label), out);
    append_line(buffer_text(&predicate), out);
    append_counters(query, node, out);
    buffer_append_string(out, "\"];\n");
    buffer_destroy(&label);
    buffer_destroy(&predicate);
}

static void
append_places(Arena *arena, const TreeQuery *query, const PlanNode *node, const Stage *stage, Buffer *out)
{
    TreePlace *places;
    const uint32_t count = tree_places(arena, query, node, stage, &places);

    for (uint32_t i = 0; i < count; i++) {
        buffer_append_format(out, "    n%u_%u [style=dashed, label=\"", node->id, i);
        append_escaped(places[i].name, out);
        if (places[i].partitions.size > 0) {
            buffer_append_string(out, "\\npartitions ");
            tree_format_short(buffer_text(&places[i].partitions), LINE_MOST, out);
        }
        buffer_append_string(out, "\\n");
        tree_format_count(places[i].total.rows_out, out);
        buffer_append_format(out, " rows\"];\n    n%u_%u -> n%u [style=dashed];\n", node->id, i, node->id);
        buffer_destroy(&places[i].partitions);
    }
}

static void
append_stage(Arena *arena, const TreeQuery *query, PlanNode **nodes, uint32_t count, const uint32_t *stages,
             const Stage *stage, Buffer *out)
{
    buffer_append_format(out, "  subgraph cluster_%u {\n    label=\"stage %u: %u %s\";\n", stage->id,
                         stage->id, stage->task_count, stage->task_count == 1 ? "task" : "tasks");
    for (uint32_t i = 0; i < count; i++) {
        if (stages[nodes[i]->id] != stage->id)
            continue;
        append_node(query, nodes[i], out);
        if (nodes[i]->kind == PLAN_SCAN)
            append_places(arena, query, nodes[i], stage, out);
    }
    buffer_append_string(out, "  }\n");
}

static void
append_edges(const PlanNode *node, Buffer *out)
{
    for (uint32_t i = 0; i < node->child_count; i++)
        buffer_append_format(out, "  n%u -> n%u;\n", node->children[i]->id, node->id);
}

void
tree_render_dot(const TreeQuery *query, Buffer *out)
{
    Arena *arena = arena_new(NULL);
    const uint32_t *stages = tree_stages(arena, query->plan);
    PlanNode **nodes;
    const uint32_t count = plan_collect(arena, query->plan->root, &nodes);

    buffer_append_string(
        out, "digraph query {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n  label=\"");
    append_escaped(query->id, out);
    buffer_append_string(out, " ");
    append_escaped(query->state, out);
    buffer_append_string(out, "\";\n");
    for (uint32_t i = 0; i < query->plan->stage_count; i++)
        append_stage(arena, query, nodes, count, stages, &query->plan->stages[i], out);
    for (uint32_t i = 0; i < count; i++) {
        if (stages[nodes[i]->id] == STAGE_ROOT)
            append_node(query, nodes[i], out);
    }
    for (uint32_t i = 0; i < count; i++)
        append_edges(nodes[i], out);
    buffer_append_string(out, "}\n");
    arena_destroy(&arena);
}
