/* Counters by node, and the pieces of text that all renderings share. */
#include "plan/tree.h"
#include "plan/tree_parts.h"

#include <stdio.h>
#include <string.h>

typedef struct NodeInstances {
    TreeInstance *items;
    uint32_t count;
    uint32_t capacity;
} NodeInstances;

struct TreeCounters {
    uint32_t node_count;
    NodeInstances *nodes; /* by id, from 1 */
};

TreeCounters *
tree_counters_new(Arena *arena, const StagedPlan *plan)
{
    TreeCounters *counters = ARENA_NEW(arena, TreeCounters);

    counters->node_count = plan->node_count;
    counters->nodes = ARENA_ARRAY(arena, NodeInstances, plan->node_count + 1);
    return counters;
}

void
tree_counters_add(Arena *arena, TreeCounters *counters, uint32_t node, const TreeInstance *instance)
{
    if (node == 0 || node > counters->node_count)
        return;
    NodeInstances *list = &counters->nodes[node];
    if (list->count == list->capacity) {
        const uint32_t capacity = list->capacity == 0 ? 4 : list->capacity * 2;
        TreeInstance *items = ARENA_ARRAY(arena, TreeInstance, capacity);
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = *instance;
}

uint32_t
tree_counters_of(const TreeCounters *counters, uint32_t node, const TreeInstance **instances,
                 TreeInstance *total)
{
    *total = (TreeInstance){0};
    *instances = NULL;
    if (counters == NULL || node == 0 || node > counters->node_count)
        return 0;
    const NodeInstances *list = &counters->nodes[node];
    *instances = list->items;
    for (uint32_t i = 0; i < list->count; i++) {
#define X(name) total->name += list->items[i].name;
        TREE_COUNT_LIST(X)
#undef X
    }
    return list->count;
}

static void
mark_stage(const PlanNode *node, uint32_t stage, uint32_t *stages)
{
    stages[node->id] = stage;
    if (node->kind == PLAN_EXCHANGE)
        return;
    for (uint32_t i = 0; i < node->child_count; i++)
        mark_stage(node->children[i], stage, stages);
}

const uint32_t *
tree_stages(Arena *arena, const StagedPlan *plan)
{
    uint32_t *stages = ARENA_ARRAY(arena, uint32_t, plan->node_count + 1);

    for (uint32_t i = 0; i <= plan->node_count; i++)
        stages[i] = STAGE_ROOT;
    for (uint32_t i = 0; i < plan->stage_count; i++)
        mark_stage(plan->stages[i].root, i, stages);
    return stages;
}

static void
append_partition(int32_t partition, Buffer *out)
{
    if (out->size > 0)
        buffer_append_string(out, ", ");
    buffer_append_format(out, "%d", partition);
}

void
tree_format_partitions(const StageTask *task, Buffer *out)
{
    int32_t last = -1;

    for (uint32_t i = 0; i < task->tablet_count; i++) {
        if (task->tablets[i].partition >= 0 && task->tablets[i].partition != last) {
            last = task->tablets[i].partition;
            append_partition(last, out);
        }
    }
}

void
tree_format_short(const char *text, size_t most, Buffer *out)
{
    size_t size = strlen(text);

    if (size <= most) {
        buffer_append(out, text, size);
        return;
    }
    size = most;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    buffer_append(out, text, size);
    buffer_append_string(out, "…");
}

void
tree_format_count(uint64_t count, Buffer *out)
{
    if (count >= 1000) {
        tree_format_count(count / 1000, out);
        buffer_append_format(out, ",%03u", (unsigned)(count % 1000));
    } else {
        buffer_append_format(out, "%u", (unsigned)count);
    }
}

void
tree_format_time(uint64_t time_ns, Buffer *out)
{
    const double ms = (double)time_ns / 1e6;

    if (ms >= 1000)
        buffer_append_format(out, "%.2f s", ms / 1000);
    else
        buffer_append_format(out, "%.*f ms", ms < 10 ? 2 : 0, ms);
}

void
tree_format_bytes(uint64_t bytes, Buffer *out)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double scaled = (double)bytes;
    size_t unit = 0;

    while (scaled >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        scaled /= 1024;
        unit++;
    }
    buffer_append_format(out, "%.*f %s", unit == 0 ? 0 : 1, scaled, units[unit]);
}

static TreePlace *
place_of(TreePlace *places, uint32_t *count, const char *name)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (strcmp(places[i].name, name) == 0)
            return &places[i];
    }
    places[*count] = (TreePlace){.name = name};
    return &places[(*count)++];
}

static bool
lists_partition(const char *list, const char *partition)
{
    const size_t size = strlen(partition);

    for (const char *at = strstr(list, partition); at != NULL; at = strstr(at + 1, partition)) {
        if ((at == list || at[-1] == ' ') && (at[size] == ',' || at[size] == '\0'))
            return true;
    }
    return false;
}

/* Each partition once, though several tasks may read parts of it. */
static void
add_partitions(TreePlace *place, const StageTask *task)
{
    int32_t last = -1;

    for (uint32_t i = 0; i < task->tablet_count; i++) {
        char number[16];
        if (task->tablets[i].partition < 0 || task->tablets[i].partition == last)
            continue;
        last = task->tablets[i].partition;
        snprintf(number, sizeof number, "%d", last);
        if (!lists_partition(buffer_text(&place->partitions), number))
            append_partition(last, &place->partitions);
    }
}

uint32_t
tree_places(Arena *arena, const TreeQuery *query, const PlanNode *node, const Stage *stage,
            TreePlace **places)
{
    const TreeInstance *instances;
    TreeInstance total;
    const uint32_t instance_count = tree_counters_of(query->counters, node->id, &instances, &total);
    uint32_t count = 0;

    *places = ARENA_ARRAY(arena, TreePlace, instance_count);
    for (uint32_t i = 0; i < instance_count; i++) {
        TreePlace *place = place_of(*places, &count, instances[i].node != NULL ? instances[i].node : "?");
        place->tasks++;
        place->retried += instances[i].attempt > 0;
#define X(name) place->total.name += instances[i].name;
        TREE_COUNT_LIST(X)
#undef X
        if (!stage->leaf) {
            append_partition((int32_t)instances[i].task, &place->partitions);
        } else if (node->kind == PLAN_SCAN && instances[i].task < stage->task_count) {
            place->tablets += stage->tasks[instances[i].task].tablet_count;
            add_partitions(place, &stage->tasks[instances[i].task]);
        }
    }
    return count;
}
