#include "store/catalog_image.h"

#include "base/array.h"
#include "base/hash.h"
#include "column/profile.h"
#include "store/catalog_bounds.h"

#include <assert.h>
#include <string.h>

void
snapshots_init(Snapshots *snapshots)
{
    memset(snapshots, 0, sizeof *snapshots);
    pthread_mutex_init(&snapshots->lock, NULL);
}

void
snapshots_destroy(Snapshots *snapshots)
{
    for (size_t i = 0; i < snapshots->count; i++) {
        const TableInfo *info = &snapshots->current[i]->info;
        table_info_release(&info);
    }
    assert(snapshots->live == NULL);
    free(snapshots->current);
    pthread_mutex_destroy(&snapshots->lock);
}

static ColumnStatistics
copy_statistics(Arena *arena, const ColumnStatistics *from)
{
    ColumnStatistics copy = *from;

    if (copy.min.text.size > 0)
        copy.min.text.data = arena_copy_bytes(arena, copy.min.text.data, copy.min.text.size);
    if (copy.sketch != NULL)
        copy.sketch = arena_copy_bytes(arena, copy.sketch, copy.sketch_size);
    if (copy.max.text.size > 0)
        copy.max.text.data = arena_copy_bytes(arena, copy.max.text.data, copy.max.text.size);
    return copy;
}

TabletImage *
tablet_image_new(const TabletInfo *info, uint32_t column_count)
{
    Arena *arena = arena_new(NULL);
    TabletImage *tablet = ARENA_NEW(arena, TabletImage);
    ColumnStatistics *columns = ARENA_ARRAY(arena, ColumnStatistics, column_count);

    for (uint32_t i = 0; i < column_count; i++)
        columns[i] = copy_statistics(arena, &info->columns[i]);
    atomic_init(&tablet->references, 1);
    tablet->arena = arena;
    tablet->info = *info;
    tablet->info.path = arena_copy_string(arena, info->path);
    tablet->info.columns = columns;
    if (info->deletions_size > 0)
        tablet->info.deletions = arena_copy_bytes(arena, info->deletions, info->deletions_size);
    return tablet;
}

TabletImage *
tablet_image_reference(TabletImage *tablet)
{
    atomic_fetch_add_explicit(&tablet->references, 1, memory_order_relaxed);
    return tablet;
}

void
tablet_image_release(TabletImage *tablet)
{
    if (atomic_fetch_sub_explicit(&tablet->references, 1, memory_order_acq_rel) != 1)
        return;
    Arena *arena = tablet->arena;
    arena_destroy(&arena);
}

static const ColumnInfo *
copy_columns(Arena *arena, const ColumnInfo *columns, uint32_t count)
{
    ColumnInfo *copy = ARENA_ARRAY(arena, ColumnInfo, count);

    for (uint32_t i = 0; i < count; i++) {
        copy[i] = columns[i];
        copy[i].name = arena_copy_string(arena, columns[i].name);
        copy[i].type = type_copy(arena, columns[i].type);
        if (columns[i].default_text != NULL)
            copy[i].default_text = arena_copy_string(arena, columns[i].default_text);
    }
    return copy;
}

static uint64_t
shape_of(const TableInfo *info)
{
    uint64_t shape = hash_u64(info->column_count);

    for (uint32_t i = 0; i < info->column_count; i++) {
        const ColumnInfo *column = &info->columns[i];
        shape = hash_u64(shape + 2 * (uint64_t)column->id + column->not_null);
        if (column->default_text != NULL)
            shape = hash_u64(shape + hash_bytes(column->default_text, strlen(column->default_text)));
    }
    return shape | 1;
}

static PartitionSpec
copy_partition(Arena *arena, const TableInfo *shape)
{
    PartitionSpec spec = shape->partition;

    if (spec.kind == PARTITION_RANGE && spec.bounds != NULL)
        spec.bounds = bounds_copy(arena, shape->columns[spec.column].type, spec.bounds, spec.count - 1);
    return spec;
}

static void
list_tablets(TableImage *image, TabletImage *const *tablets, uint32_t count)
{
    TabletInfo *infos = ARENA_ARRAY(image->arena, TabletInfo, count);

    image->tablets = ARENA_ARRAY(image->arena, TabletImage *, count);
    image->info.rows = 0;
    image->info.deleted = 0;
    image->info.bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        image->tablets[i] = tablets[i];
        infos[i] = tablets[i]->info;
        image->info.rows += infos[i].rows - infos[i].deleted;
        image->info.deleted += infos[i].deleted;
        image->info.bytes += infos[i].bytes;
    }
    image->info.tablets = infos;
    image->info.tablet_count = count;
}

static void
merge_statistics(TableImage *image)
{
    TableInfo *info = &image->info;
    ColumnStatistics *merged = ARENA_ARRAY(image->arena, ColumnStatistics, info->column_count);
    const ColumnStatistics **parts = ARENA_ARRAY(image->arena, const ColumnStatistics *, info->tablet_count);

    for (uint32_t c = 0; c < info->column_count; c++) {
        for (uint32_t t = 0; t < info->tablet_count; t++)
            parts[t] = &info->tablets[t].columns[c];
        const Layout layout = type_layout(info->columns[c].type);
        merged[c] = statistics_merge(layout, parts, info->tablet_count);
        profile_merge(image->arena, layout, parts, info->tablet_count, &merged[c]);
    }
    info->statistics = merged;
}

static void
register_live(Snapshots *snapshots, TableImage *image)
{
    pthread_mutex_lock(&snapshots->lock);
    image->next = snapshots->live;
    if (image->next != NULL)
        image->next->previous = image;
    snapshots->live = image;
    pthread_mutex_unlock(&snapshots->lock);
}

TableImage *
table_image_new(Snapshots *snapshots, const TableInfo *shape, TabletImage *const *tablets, uint32_t count)
{
    Arena *arena = arena_new(NULL);
    TableImage *image = ARENA_NEW(arena, TableImage);

    atomic_init(&image->references, 1);
    image->arena = arena;
    image->owner = snapshots;
    image->info = *shape;
    image->info.schema = arena_copy_string(arena, shape->schema);
    image->info.name = arena_copy_string(arena, shape->name);
    image->info.columns = copy_columns(arena, shape->columns, shape->column_count);
    image->info.shape = shape_of(&image->info);
    image->info.partition = copy_partition(arena, shape);
    image->info.order_columns =
        arena_copy_aligned(arena, shape->order_columns, shape->order_count * sizeof(uint32_t));
    list_tablets(image, tablets, count);
    merge_statistics(image);
    register_live(snapshots, image);
    return image;
}

const TableInfo *
table_info_reference(const TableInfo *table)
{
    TableImage *image = (TableImage *)(uintptr_t)table;

    atomic_fetch_add_explicit(&image->references, 1, memory_order_relaxed);
    return table;
}

static void
unregister_live(TableImage *image)
{
    Snapshots *snapshots = image->owner;

    pthread_mutex_lock(&snapshots->lock);
    if (image->previous != NULL)
        image->previous->next = image->next;
    else
        snapshots->live = image->next;
    if (image->next != NULL)
        image->next->previous = image->previous;
    pthread_mutex_unlock(&snapshots->lock);
}

void
table_info_release(const TableInfo **self)
{
    TableImage *image = (TableImage *)(uintptr_t)*self;

    *self = NULL;
    if (image == NULL || atomic_fetch_sub_explicit(&image->references, 1, memory_order_acq_rel) != 1)
        return;
    unregister_live(image);
    for (uint32_t i = 0; i < image->info.tablet_count; i++)
        tablet_image_release(image->tablets[i]);
    Arena *arena = image->arena;
    arena_destroy(&arena);
}

/* The place of a table in `current`, or where it would stand; *found tells which. */
static size_t
place_of(const Snapshots *snapshots, const char *schema, const char *name, bool *found)
{
    size_t low = 0;
    size_t high = snapshots->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const TableInfo *info = &snapshots->current[middle]->info;
        int order = strcmp(info->schema, schema);
        if (order == 0)
            order = strcmp(info->name, name);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

bool
snapshots_reserve(Snapshots *snapshots)
{
    pthread_mutex_lock(&snapshots->lock);
    const bool room = array_reserve((void **)&snapshots->current, &snapshots->capacity, snapshots->count + 1,
                                    sizeof(TableImage *));
    pthread_mutex_unlock(&snapshots->lock);
    return room;
}

void
snapshots_publish(Snapshots *snapshots, TableImage *image)
{
    const TableInfo *former = NULL;
    bool found;

    pthread_mutex_lock(&snapshots->lock);
    const size_t place = place_of(snapshots, image->info.schema, image->info.name, &found);
    if (found) {
        former = &snapshots->current[place]->info;
    } else {
        assert(snapshots->count < snapshots->capacity);
        memmove(&snapshots->current[place + 1], &snapshots->current[place],
                (snapshots->count - place) * sizeof(TableImage *));
        snapshots->count++;
    }
    snapshots->current[place] = image;
    pthread_mutex_unlock(&snapshots->lock);
    table_info_release(&former);
}

void
snapshots_rename(Snapshots *snapshots, TableImage *image)
{
    const TableInfo *former = NULL;
    bool found;

    pthread_mutex_lock(&snapshots->lock);
    for (size_t i = 0; i < snapshots->count && former == NULL; i++) {
        if (snapshots->current[i]->info.id != image->info.id)
            continue;
        former = &snapshots->current[i]->info;
        snapshots->count--;
        memmove(&snapshots->current[i], &snapshots->current[i + 1],
                (snapshots->count - i) * sizeof(TableImage *));
    }
    assert(former != NULL);
    const size_t place = place_of(snapshots, image->info.schema, image->info.name, &found);
    assert(!found);
    memmove(&snapshots->current[place + 1], &snapshots->current[place],
            (snapshots->count - place) * sizeof(TableImage *));
    snapshots->count++;
    snapshots->current[place] = image;
    pthread_mutex_unlock(&snapshots->lock);
    table_info_release(&former);
}

void
snapshots_withdraw(Snapshots *snapshots, uint64_t table_id)
{
    const TableInfo *former = NULL;

    pthread_mutex_lock(&snapshots->lock);
    for (size_t i = 0; i < snapshots->count && former == NULL; i++) {
        if (snapshots->current[i]->info.id != table_id)
            continue;
        former = &snapshots->current[i]->info;
        snapshots->count--;
        memmove(&snapshots->current[i], &snapshots->current[i + 1],
                (snapshots->count - i) * sizeof(TableImage *));
    }
    pthread_mutex_unlock(&snapshots->lock);
    table_info_release(&former);
}

TableImage *
snapshots_find(Snapshots *snapshots, const char *schema, const char *name)
{
    TableImage *image = NULL;
    bool found;

    pthread_mutex_lock(&snapshots->lock);
    const size_t place = place_of(snapshots, schema, name, &found);
    if (found) {
        image = snapshots->current[place];
        table_info_reference(&image->info);
    }
    pthread_mutex_unlock(&snapshots->lock);
    return image;
}

TableImage *
snapshots_find_id(Snapshots *snapshots, uint64_t table_id)
{
    TableImage *image = NULL;

    pthread_mutex_lock(&snapshots->lock);
    for (size_t i = 0; i < snapshots->count && image == NULL; i++) {
        if (snapshots->current[i]->info.id == table_id) {
            image = snapshots->current[i];
            table_info_reference(&image->info);
        }
    }
    pthread_mutex_unlock(&snapshots->lock);
    return image;
}

bool
snapshots_any_before(Snapshots *snapshots, uint64_t table_id, uint64_t version)
{
    bool any = false;

    pthread_mutex_lock(&snapshots->lock);
    for (const TableImage *image = snapshots->live; image != NULL && !any; image = image->next)
        any = image->info.id == table_id && image->info.version < version;
    pthread_mutex_unlock(&snapshots->lock);
    return any;
}
