/* store/catalog_image.h: what the catalog holds, in memory: immutable snapshots of tables.
 *
 * A TableImage is one snapshot (its TableInfo is what readers see); tablets are shared by the snapshots that
 * list them. Snapshots registers every live one, so that the sweep knows what may still be read, and holds
 * the current ones. */
#ifndef RUNNEL_STORE_CATALOG_IMAGE_H
#define RUNNEL_STORE_CATALOG_IMAGE_H

#include "store/catalog.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct TabletImage {
    _Atomic(uint32_t) references;
    Arena *arena;
    TabletInfo info;
} TabletImage;

struct Snapshots;

typedef struct TableImage {
    TableInfo info; /* the first member: a TableInfo pointer is a TableImage pointer */
    _Atomic(uint32_t) references;
    Arena *arena;
    TabletImage **tablets;
    struct Snapshots *owner;
    struct TableImage *next; /* all live ones, under the lock */
    struct TableImage *previous;
} TableImage;

typedef struct Snapshots {
    pthread_mutex_t lock;
    TableImage *live;
    TableImage **current; /* ordered by schema and name; one reference each */
    size_t count;
    size_t capacity;
} Snapshots;

void snapshots_init(Snapshots *snapshots);
void snapshots_destroy(Snapshots *snapshots);

/* One reference, the caller's. Everything is copied; `statistics` are `column_count` of them. */
TabletImage *tablet_image_new(const TabletInfo *info, uint32_t column_count);
TabletImage *tablet_image_reference(TabletImage *tablet);
void tablet_image_release(TabletImage *tablet);

/* A snapshot with the id, version, names, columns, partition and order of `shape`, which are copied, and the
 * given tablets, whose references it takes; rows, bytes and statistics follow from them. One reference, the
 * caller's. */
TableImage *table_image_new(Snapshots *snapshots, const TableInfo *shape, TabletImage *const *tablets,
                            uint32_t count);

/* Make `image` the current snapshot of its table, taking the reference; NULL memory never fails halfway: room
 * is made by snapshots_reserve() before the change is durable. */
bool snapshots_reserve(Snapshots *snapshots);
void snapshots_publish(Snapshots *snapshots, TableImage *image);
/* The same of a table that had, perhaps, another name: at no moment it has none, or two. */
void snapshots_rename(Snapshots *snapshots, TableImage *image);
void snapshots_withdraw(Snapshots *snapshots, uint64_t table_id);

/* A reference to the current snapshot, or NULL. */
TableImage *snapshots_find(Snapshots *snapshots, const char *schema, const char *name);
TableImage *snapshots_find_id(Snapshots *snapshots, uint64_t table_id);

/* Whether a live snapshot of the table is older than `version`. */
bool snapshots_any_before(Snapshots *snapshots, uint64_t table_id, uint64_t version);

#endif
