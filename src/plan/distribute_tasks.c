/* What a leaf stage reads, without what statistics rule out, split into tasks by cost. */
#include "plan/distribute.h"

#include "base/hash.h"
#include "plan/prune.h"
#include "store/catalog.h"
#include "tablet/deletions.h"
#include "tablet/tablet.h"

#include <math.h>
#include <string.h>

enum {
    LEAST_BLOCKS = 8,   /* of a task: less is not worth dispatching */
    TASKS_PER_SLOT = 3, /* at least, so that slots end together */
    TASKS_PER_SLOT_MAX = 64,
    HEAVY_ROWS_A_GROUP = 8 /* a second heavy task a slot pays where each still meets its groups so often */
};

/* The statistics of one tablet, as the scan's filters name its columns. */
typedef struct TabletView {
    const PlanNode *scan;
    const uint32_t *ordinals; /* of the table's columns, by read column */
    const TabletInfo *tablet;
} TabletView;

static const ColumnStatistics *
tablet_statistics(void *context, uint32_t column)
{
    const TabletView *view = context;

    if (column >= view->scan->scan.read_count || view->ordinals[column] == UINT32_MAX ||
        view->tablet->columns == NULL)
        return NULL;
    return &view->tablet->columns[view->ordinals[column]];
}

static const uint32_t *
read_ordinals(Arena *arena, const PlanScan *scan)
{
    uint32_t *ordinals = ARENA_ARRAY(arena, uint32_t, scan->read_count);

    for (uint32_t i = 0; i < scan->read_count; i++) {
        ordinals[i] = UINT32_MAX;
        for (uint32_t j = 0; j < scan->table->column_count; j++) {
            if (scan->table->columns[j].id == scan->read_ids[i])
                ordinals[i] = j;
        }
    }
    return ordinals;
}

static uint32_t
find_tablets(Arena *arena, const PlanNode *node, const TabletInfo **kept)
{
    const PlanScan *scan = &node->scan;
    TabletView view = {.scan = node, .ordinals = read_ordinals(arena, scan)};
    uint32_t count = 0;

    for (uint32_t i = 0; i < scan->table->tablet_count; i++) {
        view.tablet = &scan->table->tablets[i];
        if (view.tablet->rows > 0 &&
            prune_may_match_all(scan->filters, scan->filter_count, tablet_statistics, &view))
            kept[count++] = view.tablet;
    }
    return count;
}

static bool
holds_partition(const TabletInfo *const *tablets, uint32_t count, int32_t partition)
{
    for (uint32_t i = 0; i < count; i++) {
        if (tablets[i]->partition == partition)
            return true;
    }
    return false;
}

static bool
was_listed(const int32_t *listed, uint32_t count, int32_t partition)
{
    for (uint32_t i = 0; i < count; i++) {
        if (listed[i] == partition)
            return true;
    }
    return false;
}

/* Tell people what was left out: partitions that have tablets, none of which is read. */
static void
note_pruning(Distribution *d, PlanScan *scan, const TabletInfo *const *kept, uint32_t kept_count)
{
    const TableInfo *table = scan->table;
    int32_t *seen = ARENA_ARRAY(d->arena, int32_t, table->tablet_count);
    int32_t *pruned = ARENA_ARRAY(d->arena, int32_t, table->tablet_count);
    uint32_t pruned_count = 0;

    scan->partition_count = 0;
    for (uint32_t i = 0; i < table->tablet_count; i++) {
        const int32_t partition = table->tablets[i].partition;
        if (partition < 0 || was_listed(seen, scan->partition_count, partition))
            continue;
        seen[scan->partition_count++] = partition;
        if (!holds_partition(kept, kept_count, partition))
            pruned[pruned_count++] = partition;
    }
    scan->pruned_partition_count = pruned_count;
    scan->pruned_partitions = pruned;
    scan->tablets_total = table->tablet_count;
    scan->tablets_pruned = table->tablet_count - kept_count;
    d->plan->tablets_total += scan->tablets_total;
    d->plan->tablets_pruned += scan->tablets_pruned;
}

static uint32_t
blocks_of(const TabletInfo *tablet)
{
    return (uint32_t)((tablet->rows + TABLET_BLOCK_ROWS - 1) / TABLET_BLOCK_ROWS);
}

static uint64_t
all_blocks(const TabletInfo *const *tablets, uint32_t count)
{
    uint64_t blocks = 0;

    for (uint32_t i = 0; i < count; i++)
        blocks += blocks_of(tablets[i]);
    return blocks;
}

/* Tasks under construction: ranges are added to the last one. */
typedef struct TaskList {
    Arena *arena;
    StageTask *tasks;
    TabletRange *ranges; /* of all tasks, in order */
    uint32_t count;
    uint32_t range_count;
    uint64_t room; /* blocks that the last task still takes */
} TaskList;

static void
begin_task(TaskList *list, uint64_t room)
{
    list->tasks[list->count++] = (StageTask){.tablets = list->ranges + list->range_count};
    list->room = room;
}

static double
rows_in(const TabletInfo *tablet, uint32_t first, uint32_t count)
{
    const uint64_t start = (uint64_t)first * TABLET_BLOCK_ROWS;
    const uint64_t end = start + (uint64_t)count * TABLET_BLOCK_ROWS;

    return (double)((end < tablet->rows ? end : tablet->rows) - start);
}

/* Those of the range's rows alone, so that a tablet's parts do not all carry all of them. Where that fails,
 * all will do: the scan tells of what is damaged. */
static void
add_deletions(TaskList *list, const TabletInfo *tablet, TabletRange *range)
{
    const uint64_t first = (uint64_t)range->first_block * TABLET_BLOCK_ROWS;
    const uint64_t end = first + (uint64_t)range->block_count * TABLET_BLOCK_ROWS;
    DeletionSet set = {0};
    Buffer bytes = {0};

    if (tablet->deleted == 0)
        return;
    range->deletions_size = (uint32_t)tablet->deletions_size;
    range->deletions = tablet->deletions;
    if (deletion_set_decode(&set, tablet->id, tablet->deletions, tablet->deletions_size, tablet->rows,
                            NULL) == STATUS_OK &&
        set.count == 1)
        deletions_encode(&set.items[0], first, end, &bytes);
    if (bytes.size > 0 && !bytes.failed) {
        range->deletions_size = (uint32_t)bytes.size;
        range->deletions = arena_copy_bytes(list->arena, bytes.data, bytes.size);
    }
    buffer_destroy(&bytes);
    deletion_set_destroy(&set);
}

static void
add_range(TaskList *list, const TabletInfo *tablet, uint32_t first, uint32_t count)
{
    StageTask *task = &list->tasks[list->count - 1];

    list->ranges[list->range_count++] = (TabletRange){.tablet = tablet->id,
                                                      .path = tablet->path,
                                                      .partition = tablet->partition,
                                                      .first_block = first,
                                                      .block_count = count};
    add_deletions(list, tablet, &list->ranges[list->range_count - 1]);
    if (task->tablet_count++ == 0)
        task->affinity = hash_u64(tablet->id);
    task->cost += rows_in(tablet, first, count);
    list->room = list->room > count ? list->room - count : 0;
}

static TaskList
list_for(Arena *arena, uint64_t tasks, uint32_t tablets)
{
    TaskList list = {.arena = arena};

    /* A task's end and a tablet's end each cut a range at most once. */
    list.tasks = ARENA_ARRAY(arena, StageTask, tasks + tablets);
    list.ranges = ARENA_ARRAY(arena, TabletRange, tasks + tablets);
    return list;
}

/* Few tasks of equal size, across tablets. */
static TaskList
even_tasks(Arena *arena, const TabletInfo *const *tablets, uint32_t count, uint64_t wanted)
{
    const uint64_t blocks = all_blocks(tablets, count);
    const uint64_t tasks = wanted < blocks ? wanted : blocks;
    TaskList list = list_for(arena, tasks, count);
    uint64_t placed = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t in_tablet = blocks_of(tablets[i]);
        for (uint32_t first = 0; first < in_tablet;) {
            if (list.room == 0)
                begin_task(&list, blocks * (list.count + 1) / tasks - placed);
            const uint64_t left = in_tablet - first;
            const uint32_t taken = (uint32_t)(left < list.room ? left : list.room);
            add_range(&list, tablets[i], first, taken);
            first += taken;
            placed += taken;
        }
    }
    return list;
}

/* A tablet a task, or even parts of one; small tablets share a task. */
static TaskList
streaming_tasks(Arena *arena, const TabletInfo *const *tablets, uint32_t count, uint32_t slots)
{
    const uint64_t blocks = all_blocks(tablets, count);
    const uint64_t fine = blocks / ((uint64_t)slots * TASKS_PER_SLOT);
    const uint64_t coarse = blocks / ((uint64_t)slots * TASKS_PER_SLOT_MAX) + 1;
    uint64_t target = fine < LEAST_BLOCKS ? LEAST_BLOCKS : fine;
    TaskList list = list_for(arena, blocks / LEAST_BLOCKS + 1, count);

    if (target > TABLET_ROWS / TABLET_BLOCK_ROWS)
        target = TABLET_ROWS / TABLET_BLOCK_ROWS;
    if (target < coarse)
        target = coarse;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t in_tablet = blocks_of(tablets[i]);
        const uint64_t parts = (in_tablet + target / 2) / target;
        if (parts > 1 || list.room < in_tablet)
            begin_task(&list, target);
        for (uint64_t part = 0; part + 1 < parts; part++) {
            const uint32_t first = (uint32_t)(in_tablet * part / parts);
            add_range(&list, tablets[i], first, (uint32_t)(in_tablet * (part + 1) / parts) - first);
            begin_task(&list, target);
        }
        const uint32_t last = parts > 1 ? (uint32_t)(in_tablet * (parts - 1) / parts) : 0;
        add_range(&list, tablets[i], last, in_tablet - last);
    }
    return list;
}

static uint64_t
heavy_task_count(const Piece *piece, uint32_t slots, uint64_t blocks)
{
    const double groups = piece->groups;
    const double rows_a_task = (double)blocks * TABLET_BLOCK_ROWS / (2.0 * slots);

    return rows_a_task >= groups * HEAVY_ROWS_A_GROUP ? 2 * (uint64_t)slots : slots;
}

static uint32_t
scan_tasks(Distribution *d, const Piece *piece, PlanNode *source, StageTask **tasks)
{
    PlanScan *scan = &source->scan;
    const uint32_t slots = d->shape->worker_slots > 0 ? d->shape->worker_slots : 1;
    const TabletInfo **kept = ARENA_ARRAY(d->arena, const TabletInfo *, scan->table->tablet_count);
    const uint32_t count = find_tablets(d->arena, source, kept);
    TaskList list;

    note_pruning(d, scan, kept, count);
    if (scan->in_order)
        list = even_tasks(d->arena, kept, count, 1);
    else if (piece->groups > 0)
        list = even_tasks(d->arena, kept, count, heavy_task_count(piece, slots, all_blocks(kept, count)));
    else
        list = streaming_tasks(d->arena, kept, count, slots);
    *tasks = list.tasks;
    return list.count;
}

static uint32_t
file_tasks(Distribution *d, const PlanNode *source, StageTask **tasks)
{
    const PlanReadFile *file = &source->read_file;

    *tasks = ARENA_ARRAY(d->arena, StageTask, file->range_count);
    for (uint32_t i = 0; i < file->range_count; i++) {
        const FileRange *range = &file->ranges[i];
        const double bytes = range->length == UINT64_MAX ? 1 : (double)range->length;
        (*tasks)[i] = (StageTask){.file_count = 1, .files = range, .cost = bytes};
        (*tasks)[i].affinity = hash_u64(hash_bytes(range->path, strlen(range->path)) + range->offset);
    }
    return file->range_count;
}

static uint32_t
source_tasks(Distribution *d, const Piece *piece, PlanNode *source, StageTask **tasks)
{
    if (source->kind == PLAN_SCAN)
        return scan_tasks(d, piece, source, tasks);
    if (source->kind == PLAN_READ_FILE)
        return file_tasks(d, source, tasks);
    *tasks = ARENA_ARRAY(d->arena, StageTask, 1);
    (*tasks)[0].cost = (double)plan_values_count(&source->values);
    return 1;
}

static void
add_tasks(Distribution *d, Piece *piece, uint32_t source, const StageTask *tasks, uint32_t count)
{
    StageTask *all = ARENA_ARRAY(d->arena, StageTask, piece->task_count + count);

    if (piece->task_count > 0)
        memcpy(all, piece->tasks, piece->task_count * sizeof *all);
    for (uint32_t i = 0; i < count; i++) {
        all[piece->task_count] = tasks[i];
        all[piece->task_count++].source = source;
    }
    piece->tasks = all;
}

void
distribute_make_tasks(Distribution *d, Piece *piece)
{
    StageTask *tasks;

    if (piece->has_tasks)
        return;
    piece->has_tasks = true;
    if (distribute_is_single(piece)) {
        const StageTask all = {.cost = 1};
        add_tasks(d, piece, STAGE_ALL_SOURCES, &all, 1);
        return;
    }
    for (uint32_t i = 0; i <= piece->more_count; i++) {
        const uint32_t count = source_tasks(d, piece, i == 0 ? piece->source : piece->more[i - 1], &tasks);
        add_tasks(d, piece, i, tasks, count);
    }
}
