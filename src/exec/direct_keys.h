/* exec/direct_keys.h: group keys that statistics bound to a small domain, as numbers in it: no hashing.
 *
 * A key of size values min .. min + size - 1 has codes 0 .. size - 1, and `size` for NULL; a row's slot
 * combines the codes of its keys as digits. */
#ifndef RUNNEL_EXEC_DIRECT_KEYS_H
#define RUNNEL_EXEC_DIRECT_KEYS_H

#include "column/batch.h"
#include "plan/plan.h"

enum { DIRECT_KEYS_MAX = 4 };

typedef struct DirectKeys {
    uint32_t key_count;
    uint64_t slot_count;
    Type types[DIRECT_KEYS_MAX];
    int64_t min[DIRECT_KEYS_MAX];
    uint64_t size[DIRECT_KEYS_MAX]; /* values, NULL apart */
    uint64_t step[DIRECT_KEYS_MAX]; /* slots between neighbouring codes */
} DirectKeys;

/* False where a key is not an integer of known bounds, or there would be more than `slots_most` slots. */
bool direct_keys_plan(uint32_t key_count, const Type *types, const ColumnBound *min, const ColumnBound *max,
                      uint64_t slots_most, DirectKeys *direct);

/* slots[i] of the i-th row. False where some key lies outside of its bounds; slots are then of no use. */
bool direct_keys_find(const DirectKeys *direct, const Vector *keys, const uint32_t *selection, uint32_t count,
                      uint32_t *slots);

/* The keys of slots, FLAT in `arena`. */
Status direct_keys_restore(const DirectKeys *direct, const uint32_t *slots, uint32_t count, Arena *arena,
                           Vector *keys, Error *error);

#endif
