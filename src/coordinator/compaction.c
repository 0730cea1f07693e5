#include "coordinator/compaction.h"

#include "coordinator/planning.h"
#include "coordinator/write.h"
#include "store/history.h"

#include <stdlib.h>
#include <string.h>

/* Tablets of so many rows, or bytes, are left alone; so many go into one. What is put together takes well
 * under a second. */
enum { SMALL_ROWS = 65536, SMALL_BYTES = 2 << 20, GROUP_MAX = 1024 };
static const uint64_t GROUP_ROWS_MAX = 1 << 20;
static const uint64_t GROUP_BYTES_MAX = 32 << 20;

/* While it runs statements that delete rows wait. */
enum { TIMEOUT_US = 2000000 };

/* --- what is put together
 * -------------------------------------------------------------------------------------------------- */

static uint64_t
live_rows(const TabletInfo *tablet)
{
    return tablet->rows - tablet->deleted;
}

static bool
is_below(const TabletInfo *tablet, uint64_t rows_below)
{
    return live_rows(tablet) < rows_below && tablet->bytes < SMALL_BYTES;
}

/* From `first` on, tablets of its partition of fewer than `rows_below` rows each, until a larger one comes.
 */
static MergedGroup
group_from(const TableInfo *table, uint32_t first, uint64_t rows_least, uint64_t rows_below)
{
    MergedGroup group = {.table_id = table->id, .partition = table->tablets[first].partition, .first = first};
    uint64_t bytes = 0;

    for (uint32_t i = first; i < table->tablet_count && group.count < GROUP_MAX; i++) {
        const TabletInfo *tablet = &table->tablets[i];
        if (tablet->partition != group.partition)
            continue;
        if (!is_below(tablet, rows_below) || group.rows + live_rows(tablet) > GROUP_ROWS_MAX ||
            bytes + tablet->bytes > GROUP_BYTES_MAX)
            break;
        bytes += tablet->bytes;
        group.rows += live_rows(tablet);
        group.of_tier += live_rows(tablet) >= rows_least;
        group.count++;
    }
    return group;
}

/* Whether the one before it in its partition would be of the same group: then that is where it begins. */
static bool
begins_group(const TableInfo *table, uint32_t index, uint64_t rows_below)
{
    for (uint32_t i = index; i-- > 0;)
        if (table->tablets[i].partition == table->tablets[index].partition)
            return !is_below(&table->tablets[i], rows_below);
    return true;
}

/* A tier's tablets have less than `rows_below` rows, and at least `rows_least`: smaller ones among them go
 * along, but a large one is not written again for the sake of a few of them. */
static bool
find_in_tier(const TableInfo *table, uint32_t compact_at, uint64_t rows_least, uint64_t rows_below,
             MergedGroup *group)
{
    for (uint32_t i = 0; i < table->tablet_count; i++) {
        if (!is_below(&table->tablets[i], rows_below) || !begins_group(table, i, rows_below))
            continue;
        *group = group_from(table, i, rows_least, rows_below);
        if (group->of_tier >= compact_at || (group->of_tier > 1 && group->rows > GROUP_ROWS_MAX - SMALL_ROWS))
            return true;
    }
    return false;
}

bool
compaction_find_group(const TableInfo *table, uint32_t compact_at, MergedGroup *group)
{
    if (compact_at <= COMPACT_NEVER || table->tablet_count < compact_at ||
        strcmp(table->schema, HISTORY_RESULTS_SCHEMA) == 0)
        return false;
    uint64_t least = 0;
    for (uint64_t rows = compact_at; least < SMALL_ROWS; rows *= compact_at) {
        if (find_in_tier(table, compact_at, least, rows < SMALL_ROWS ? rows : SMALL_ROWS, group))
            return true;
        least = rows;
    }
    return false;
}

uint32_t
compaction_find_tables(Catalog *catalog, uint32_t compact_at, uint64_t *found, uint32_t capacity)
{
    const TableInfo **tables;
    MergedGroup group;
    size_t count;
    uint32_t result = 0;

    if (catalog_list_tables(catalog, &tables, &count, NULL) != STATUS_OK)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (result < capacity && compaction_find_group(tables[i], compact_at, &group))
            found[result++] = tables[i]->id;
        table_info_release(&tables[i]);
    }
    free(tables);
    return result;
}

static const TableInfo *
pin_by_id(Catalog *catalog, uint64_t table_id)
{
    const TableInfo *found = NULL;

    catalog_find_table_id(catalog, table_id, &found);
    return found;
}

bool
compaction_is_due(Catalog *catalog, uint64_t table_id, uint32_t compact_at)
{
    const TableInfo *table = pin_by_id(catalog, table_id);
    MergedGroup group;
    const bool due = table != NULL && compaction_find_group(table, compact_at, &group);

    table_info_release(&table);
    return due;
}

/* --- plan
 * ------------------------------------------------------------------------------------------------------------
 */

/* The table as if it had the group's tablets alone. */
static const TableInfo *
part_of_table(Arena *arena, const TableInfo *table, const MergedGroup *group)
{
    TableInfo *part = ARENA_NEW(arena, TableInfo);
    TabletInfo *tablets = ARENA_ARRAY(arena, TabletInfo, group->count);

    *part = *table;
    part->tablets = tablets;
    part->tablet_count = 0;
    part->rows = group->rows;
    for (uint32_t i = group->first; part->tablet_count < group->count; i++)
        if (table->tablets[i].partition == group->partition)
            tablets[part->tablet_count++] = table->tablets[i];
    return part;
}

static const MergedTablet *
list_merged(Arena *arena, const TableInfo *part)
{
    MergedTablet *merged = ARENA_ARRAY(arena, MergedTablet, part->tablet_count);

    for (uint32_t i = 0; i < part->tablet_count; i++)
        merged[i] = (MergedTablet){part->tablets[i].id, part->tablets[i].deleted};
    return merged;
}

static PlanNode *
scan_in_order(Arena *arena, const TableInfo *table)
{
    const uint32_t count = table->column_count;
    PlanColumn *columns = ARENA_ARRAY(arena, PlanColumn, count);
    uint32_t *ids = ARENA_ARRAY(arena, uint32_t, count);
    uint32_t *output = ARENA_ARRAY(arena, uint32_t, count);

    for (uint32_t i = 0; i < count; i++) {
        columns[i] = (PlanColumn){table->columns[i].name, table->columns[i].type};
        ids[i] = table->columns[i].id;
        output[i] = i;
    }
    PlanNode *node = plan_node_new(arena, PLAN_SCAN, count, columns, 0, NULL);
    node->scan = (PlanScan){.table = table,
                            .table_name = table->name,
                            .in_order = true,
                            .read_count = count,
                            .read_columns = columns,
                            .read_ids = ids,
                            .output_count = count,
                            .output = output};
    return node;
}

Status
compaction_plan(QuerySession *session, Catalog *catalog, uint32_t compact_at, Error *error)
{
    const PartitionSpec nothing_moves = {.kind = PARTITION_NONE};
    const TableInfo *table = pin_by_id(catalog, session->compacts);
    MergedGroup group;

    session->command = "COMPACT";
    session->timeout_us = TIMEOUT_US;
    session->kind = SESSION_DONE;
    if (table == NULL)
        return STATUS_OK;
    planning_pin(session, table);
    if (!compaction_find_group(table, compact_at, &group))
        return STATUS_OK;
    const TableInfo *part = part_of_table(session->arena, table, &group);
    session->merged_count = part->tablet_count;
    session->merged = list_merged(session->arena, part);
    session->merged_partition = group.partition;
    const WriteTarget target = {.table = table};
    return write_plan_into(session, catalog, scan_in_order(session->arena, part), target, &nothing_moves,
                           error);
}

void
compaction_complete_request(const QuerySession *session, CommitRequest *request, NewTablet *tablets)
{
    request->query_id = NULL; /* nobody asks for it again */
    request->merged_count = session->merged_count;
    request->merged = session->merged;
    for (uint32_t i = 0; i < request->tablet_count; i++)
        tablets[i].partition = session->merged_partition;
}
