#include "exec/group_table.h"

#include "base/pages.h"
#include "column/builder.h"
#include "exec/key_compare.h"

#include <stdlib.h>

enum {
    SLOTS_LEAST = 1 << 10,
    SLOTS_GROW_BY_FOUR =
        1 << 18,    /* below so many: filling slots anew is the dearer the more often it happens */
    FILL_AHEAD = 16 /* groups whose slots are fetched before they are filled */
};

/* The tag in the high half, the group number + 1 in the low one; 0: empty. */
typedef uint64_t Slot;

struct GroupTable {
    Budget *budget;
    uint32_t key_count;
    uint32_t count;
    uint64_t slot_count; /* a power of two */
    Slot *slots;
    uint64_t *hashes; /* of the groups; room for 3/5 of the slots */
    RowBuilder *keys;
    Vector *stored; /* the builder's columns, as of the last insert */
};

static inline Slot
make_slot(uint64_t hash, uint32_t group)
{
    return (hash << 16 & UINT64_C(0xFFFFFFFF00000000)) | (group + 1);
}

static inline bool
same_tag(Slot slot, uint64_t hash)
{
    return (slot ^ hash << 16) >> 32 == 0;
}

static uint64_t
group_room(uint64_t slot_count)
{
    return slot_count / 5 * 3;
}

static size_t
footprint(uint64_t slot_count)
{
    return slot_count * sizeof(Slot) + group_room(slot_count) * sizeof(uint64_t);
}

static void
fill_slots(GroupTable *table)
{
    const uint64_t mask = table->slot_count - 1;

    for (uint32_t group = 0; group < table->count; group++) {
        if (group + FILL_AHEAD < table->count)
            __builtin_prefetch(&table->slots[table->hashes[group + FILL_AHEAD] & mask], 1);
        uint64_t at = table->hashes[group] & mask;
        while (table->slots[at] != 0)
            at = (at + 1) & mask;
        table->slots[at] = make_slot(table->hashes[group], group);
    }
}

/* Both arrays in their new size; the slots are filled anew. */
static bool
resize(GroupTable *table, uint64_t slot_count)
{
    const size_t before = table->slots != NULL ? footprint(table->slot_count) : 0;

    if (!budget_charge(table->budget, footprint(slot_count)))
        return false;
    Slot *slots = calloc(slot_count, sizeof(Slot));
    uint64_t *hashes =
        slots == NULL ? NULL : realloc(table->hashes, group_room(slot_count) * sizeof(uint64_t));
    if (hashes == NULL) {
        free(slots);
        budget_release(table->budget, footprint(slot_count));
        return false;
    }
    pages_advise_huge(slots, slot_count * sizeof(Slot));
    budget_release(table->budget, before);
    free(table->slots);
    table->slots = slots;
    table->hashes = hashes;
    table->slot_count = slot_count;
    fill_slots(table);
    return true;
}

static bool
grow(GroupTable *table)
{
    return (table->slot_count < SLOTS_GROW_BY_FOUR && resize(table, table->slot_count * 4)) ||
           resize(table, table->slot_count * 2);
}

GroupTable *
group_table_new(Budget *budget, uint32_t key_count, const Type *types)
{
    GroupTable *table = calloc(1, sizeof *table);

    if (table == NULL)
        return NULL;
    table->budget = budget;
    table->key_count = key_count;
    table->keys = row_builder_new(budget, key_count, types);
    table->stored = calloc(key_count + 1, sizeof(Vector));
    if (table->keys == NULL || table->stored == NULL || !resize(table, SLOTS_LEAST))
        group_table_destroy(&table);
    return table;
}

void
group_table_seal(GroupTable *table)
{
    budget_release(table->budget, table->slot_count * sizeof(Slot));
    free(table->slots);
    table->slots = NULL;
}

void
group_table_destroy(GroupTable **self)
{
    GroupTable *table = *self;

    if (table == NULL)
        return;
    row_builder_destroy(&table->keys);
    if (table->slots != NULL)
        group_table_seal(table);
    if (table->hashes != NULL)
        budget_release(table->budget, group_room(table->slot_count) * sizeof(uint64_t));
    free(table->hashes);
    free(table->stored);
    free(table);
    *self = NULL;
}

void
group_hash(const Vector *keys, uint32_t key_count, const uint32_t *selection, uint32_t count,
           uint64_t *hashes)
{
    for (uint32_t k = 0; k < key_count; k++)
        vector_hash(&keys[k], selection, count, k > 0, hashes);
}

static void
prefetch(const GroupTable *table, const GroupRows *rows)
{
    const uint64_t mask = table->slot_count - 1;

    for (uint32_t i = 0; i < rows->count; i++)
        __builtin_prefetch(&table->slots[rows->hashes[i] & mask]);
}

/* Keys of the groups that are found are compared after the walk: they come while it goes on. */
static inline void
prefetch_key(const Vector *key, size_t width, uint32_t group)
{
    if (key->data != NULL && group != GROUP_NONE)
        __builtin_prefetch((const char *)key->data + group * width);
}

/* For each row the group with its tag, not compared yet, or a new group; its row is noted in `fresh`. */
static uint32_t
walk_inserting(GroupTable *table, const GroupRows *rows, uint32_t *groups, uint32_t *fresh)
{
    const uint64_t mask = table->slot_count - 1;
    const Vector *key = &table->stored[0];
    const size_t width = layout_width(type_layout(rows->keys[0].type));
    uint32_t fresh_count = 0;

    for (uint32_t i = 0; i < rows->count; i++) {
        const uint64_t hash = rows->hashes[i];
        uint64_t at = hash & mask;
        while (table->slots[at] != 0 && !same_tag(table->slots[at], hash))
            at = (at + 1) & mask;
        if (table->slots[at] == 0) {
            table->slots[at] = make_slot(hash, table->count);
            table->hashes[table->count++] = hash;
            fresh[fresh_count++] = rows->selection != NULL ? rows->selection[i] : i;
        }
        groups[i] = (uint32_t)table->slots[at] - 1;
        prefetch_key(key, width, groups[i]);
    }
    return fresh_count;
}

static void
walk_finding(const GroupTable *table, const GroupRows *rows, uint32_t *groups)
{
    const uint64_t mask = table->slot_count - 1;
    const Vector *key = &table->stored[0];
    const size_t width = layout_width(type_layout(rows->keys[0].type));

    for (uint32_t i = 0; i < rows->count; i++) {
        const uint64_t hash = rows->hashes[i];
        uint64_t at = hash & mask;
        while (table->slots[at] != 0 && !same_tag(table->slots[at], hash))
            at = (at + 1) & mask;
        groups[i] = (uint32_t)table->slots[at] - 1; /* an empty slot gives GROUP_NONE */
        prefetch_key(key, width, groups[i]);
    }
}

/* Keys of new groups; where they cannot be kept, the groups are taken back. */
static Status
append_keys(GroupTable *table, const GroupRows *rows, const uint32_t *fresh, uint32_t count, Error *error)
{
    const Batch batch = {.rows = rows->rows,
                         .count = rows->rows,
                         .column_count = table->key_count,
                         .columns = (Vector *)rows->keys};

    if (count == 0)
        return STATUS_OK;
    const Status status = row_builder_append(table->keys, &batch, fresh, count, error);
    if (status != STATUS_OK) {
        table->count -= count;
        memset(table->slots, 0, table->slot_count * sizeof(Slot));
        fill_slots(table);
    }
    for (uint32_t k = 0; k < table->key_count; k++)
        table->stored[k] = row_builder_column(table->keys, k);
    return status;
}

static bool
group_has_keys(const GroupTable *table, uint32_t group, const GroupRows *rows, uint32_t row)
{
    for (uint32_t k = 0; k < table->key_count; k++)
        if (!key_rows_equal(&table->stored[k], group, &rows->keys[k], row))
            return false;
    return true;
}

/* The slot of the i-th row's group, or the empty one where it would stand. */
static uint64_t
walk_comparing(const GroupTable *table, const GroupRows *rows, uint32_t i)
{
    const uint64_t mask = table->slot_count - 1;
    const uint64_t hash = rows->hashes[i];
    const uint32_t row = rows->selection != NULL ? rows->selection[i] : i;
    uint64_t at = hash & mask;

    for (; table->slots[at] != 0; at = (at + 1) & mask)
        if (same_tag(table->slots[at], hash) &&
            group_has_keys(table, (uint32_t)table->slots[at] - 1, rows, row))
            break;
    return at;
}

static Status
insert_one(GroupTable *table, const GroupRows *rows, uint32_t i, uint32_t *group, Error *error)
{
    const uint64_t at = walk_comparing(table, rows, i);
    const uint32_t row = rows->selection != NULL ? rows->selection[i] : i;

    if (table->slots[at] == 0) {
        table->slots[at] = make_slot(rows->hashes[i], table->count);
        table->hashes[table->count++] = rows->hashes[i];
        TRY(append_keys(table, rows, &row, 1, error));
    }
    *group = (uint32_t)table->slots[at] - 1;
    return STATUS_OK;
}

/* Rows whose tag led to another key's group: few, so one by one. */
static Status
insert_mismatches(GroupTable *table, const GroupRows *rows, uint32_t *groups, Error *error)
{
    uint32_t mismatches[BATCH_ROWS + 1];

    for (uint32_t k = 0; k < table->key_count; k++) {
        const uint32_t count = key_find_mismatches(&table->stored[k], groups, &rows->keys[k], rows->selection,
                                                   rows->count, mismatches);
        for (uint32_t m = 0; m < count; m++)
            TRY(insert_one(table, rows, mismatches[m], &groups[mismatches[m]], error));
    }
    return STATUS_OK;
}

Status
group_table_insert(GroupTable *table, const GroupRows *rows, uint32_t *groups, Error *error)
{
    uint32_t fresh[BATCH_ROWS];

    if ((uint64_t)table->count + rows->count >= GROUP_NONE)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "too many groups");
    while (table->count + rows->count > group_room(table->slot_count))
        if (!grow(table))
            return error_set_memory(error);
    prefetch(table, rows);
    const uint32_t fresh_count = walk_inserting(table, rows, groups, fresh);
    TRY(append_keys(table, rows, fresh, fresh_count, error));
    return insert_mismatches(table, rows, groups, error);
}

void
group_table_find(const GroupTable *table, const GroupRows *rows, uint32_t *groups)
{
    uint32_t mismatches[BATCH_ROWS + 1];

    prefetch(table, rows);
    walk_finding(table, rows, groups);
    for (uint32_t k = 0; table->count > 0 && k < table->key_count; k++) {
        const uint32_t count = key_find_mismatches(&table->stored[k], groups, &rows->keys[k], rows->selection,
                                                   rows->count, mismatches);
        for (uint32_t m = 0; m < count; m++)
            groups[mismatches[m]] = (uint32_t)table->slots[walk_comparing(table, rows, mismatches[m])] - 1;
    }
}

uint32_t
group_table_count(const GroupTable *table)
{
    return table->count;
}

Vector
group_table_key(const GroupTable *table, uint32_t key)
{
    return row_builder_column(table->keys, key);
}

const uint64_t *
group_table_hashes(const GroupTable *table)
{
    return table->hashes;
}

size_t
group_table_bytes(const GroupTable *table)
{
    return footprint(table->slot_count) + row_builder_bytes(table->keys);
}
