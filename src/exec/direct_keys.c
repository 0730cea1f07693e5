#include "exec/direct_keys.h"

static bool
key_bounds(Type type, const ColumnBound *min, const ColumnBound *max, int64_t *first, uint64_t *size)
{
    if (type.id == TYPE_BOOL) {
        *first = 0;
        *size = 2;
        return true;
    }
    const Layout layout = type_layout(type);
    if ((layout != LAYOUT_I32 && layout != LAYOUT_I64) || min == NULL || max == NULL || !min->known ||
        !max->known)
        return false;
    if (min->integer > max->integer || min->integer < INT64_MIN || max->integer > INT64_MAX ||
        max->integer - min->integer >= UINT32_MAX)
        return false;
    *first = (int64_t)min->integer;
    *size = (uint64_t)(max->integer - min->integer) + 1;
    return true;
}

bool
direct_keys_plan(uint32_t key_count, const Type *types, const ColumnBound *min, const ColumnBound *max,
                 uint64_t slots_most, DirectKeys *direct)
{
    *direct = (DirectKeys){.key_count = key_count, .slot_count = 1};
    if (key_count == 0 || key_count > DIRECT_KEYS_MAX)
        return false;
    for (uint32_t k = 0; k < key_count; k++) {
        direct->types[k] = types[k];
        if (!key_bounds(types[k], min != NULL ? &min[k] : NULL, max != NULL ? &max[k] : NULL, &direct->min[k],
                        &direct->size[k]))
            return false;
        direct->step[k] = direct->slot_count;
        direct->slot_count *= direct->size[k] + 1;
        if (direct->slot_count > slots_most)
            return false;
    }
    return true;
}

/* Flat values without NULLs; `outside` collects what is out of bounds, so that the loop has no exit. */
#define FIND_FLAT(CType)                                                                                     \
    do {                                                                                                     \
        const CType *values = key->data;                                                                     \
        for (uint32_t i = 0; i < count; i++) {                                                               \
            const uint64_t code = (uint64_t)values[selection != NULL ? selection[i] : i] - (uint64_t)min;    \
            outside |= code >= size;                                                                         \
            slots[i] += (uint32_t)(code * step);                                                             \
        }                                                                                                    \
    } while (0)

static int64_t
integer_at(const Vector *key, uint32_t row)
{
    const uint32_t index = vector_index(key, row);

    switch (key->layout) {
    case LAYOUT_BOOL: return ((const uint8_t *)vector_values(key))[index];
    case LAYOUT_I32: return ((const int32_t *)vector_values(key))[index];
    default: return ((const int64_t *)vector_values(key))[index];
    }
}

static bool
add_key(const DirectKeys *direct, uint32_t k, const Vector *key, const uint32_t *selection, uint32_t count,
        uint32_t *slots)
{
    const int64_t min = direct->min[k];
    const uint64_t size = direct->size[k];
    const uint64_t step = direct->step[k];
    bool outside = false;

    if (key->form == VECTOR_FLAT && key->validity == NULL && key->layout == LAYOUT_I64) {
        FIND_FLAT(int64_t);
        return !outside;
    }
    if (key->form == VECTOR_FLAT && key->validity == NULL && key->layout == LAYOUT_I32) {
        FIND_FLAT(int32_t);
        return !outside;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = selection != NULL ? selection[i] : i;
        uint64_t code = size;
        if (!vector_is_null(key, row)) {
            code = (uint64_t)integer_at(key, row) - (uint64_t)min;
            outside |= code >= size;
        }
        slots[i] += (uint32_t)(code * step);
    }
    return !outside;
}

bool
direct_keys_find(const DirectKeys *direct, const Vector *keys, const uint32_t *selection, uint32_t count,
                 uint32_t *slots)
{
    memset(slots, 0, count * sizeof *slots);
    for (uint32_t k = 0; k < direct->key_count; k++)
        if (!add_key(direct, k, &keys[k], selection, count, slots))
            return false;
    return true;
}

static void
store_integer(Layout layout, void *values, uint32_t index, int64_t value)
{
    switch (layout) {
    case LAYOUT_BOOL: ((uint8_t *)values)[index] = (uint8_t)value; break;
    case LAYOUT_I32: ((int32_t *)values)[index] = (int32_t)value; break;
    default: ((int64_t *)values)[index] = value; break;
    }
}

static Status
restore_key(const DirectKeys *direct, uint32_t k, const uint32_t *slots, uint32_t count, Arena *arena,
            Vector *key, Error *error)
{
    const Layout layout = type_layout(direct->types[k]);
    void *values = arena_alloc(arena, count * layout_width(layout));
    uint64_t *validity = arena_alloc_zero(arena, bits_words(count) * sizeof(uint64_t));
    bool nulls = false;

    if (values == NULL || validity == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t code = slots[i] / direct->step[k] % (direct->size[k] + 1);
        const bool null = code == direct->size[k];
        store_integer(layout, values, i, null ? 0 : (int64_t)((uint64_t)direct->min[k] + code));
        bits_put(validity, i, !null);
        nulls |= null;
    }
    *key = vector_flat(direct->types[k], values, nulls ? validity : NULL);
    return STATUS_OK;
}

Status
direct_keys_restore(const DirectKeys *direct, const uint32_t *slots, uint32_t count, Arena *arena,
                    Vector *keys, Error *error)
{
    for (uint32_t k = 0; k < direct->key_count; k++)
        TRY(restore_key(direct, k, slots, count, arena, &keys[k], error));
    return STATUS_OK;
}
