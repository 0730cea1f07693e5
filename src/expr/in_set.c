#include "expr/in_set.h"

#include "base/hash.h"
#include "expr/kernel.h"

#include <math.h>
#include <string.h>

enum { BITMAP_RANGE = 1 << 16 };

typedef enum SetKind { SET_BITMAP, SET_WORDS, SET_WIDE, SET_STRINGS } SetKind;

typedef struct InSet {
    SetKind kind;
    Layout layout;
    bool has_null; /* a NULL is in the list: what is not found is NULL */
    int64_t least; /* BITMAP */
    uint64_t range;
    uint64_t *bits;
    uint64_t mask; /* of the slots */
    uint8_t *used;
    void *slots; /* int64_t, Int128 or StringView */
} InSet;

/* A number as the 64 bits that are equal just where SQL says so. */
static int64_t
double_word(double value)
{
    int64_t word;

    if (isnan(value))
        return INT64_C(0x7FF8000000000000);
    if (value == 0)
        value = 0;
    memcpy(&word, &value, sizeof word);
    return word;
}

static int64_t
load_word(Layout layout, const void *values, uint32_t index)
{
    switch (layout) {
    case LAYOUT_BOOL: return ((const uint8_t *)values)[index];
    case LAYOUT_I32: return ((const int32_t *)values)[index];
    case LAYOUT_F64: return double_word(((const double *)values)[index]);
    default: return ((const int64_t *)values)[index];
    }
}

static Int128
load_wide(Layout layout, const void *values, uint32_t index)
{
    if (layout == LAYOUT_INTERVAL)
        return interval_order(&((const Interval *)values)[index]);
    return ((const Int128 *)values)[index];
}

static uint64_t
hash_wide(Int128 value)
{
    return hash_combine(hash_u64((uint64_t)(value >> 64)), hash_u64((uint64_t)value));
}

static uint64_t
hash_view(const StringView *view)
{
    return hash_bytes(string_view_data(view), view->size);
}

/* Each finds the slot of a key: where it is, or the free one where it belongs. */
static uint64_t
find_word(const InSet *set, int64_t key)
{
    const int64_t *slots = set->slots;
    uint64_t slot = hash_u64((uint64_t)key) & set->mask;

    while (set->used[slot] && slots[slot] != key)
        slot = (slot + 1) & set->mask;
    return slot;
}

static uint64_t
find_wide(const InSet *set, Int128 key)
{
    const Int128 *slots = set->slots;
    uint64_t slot = hash_wide(key) & set->mask;

    while (set->used[slot] && slots[slot] != key)
        slot = (slot + 1) & set->mask;
    return slot;
}

static uint64_t
find_view(const InSet *set, const StringView *key)
{
    const StringView *slots = set->slots;
    uint64_t slot = hash_view(key) & set->mask;

    while (set->used[slot] && !string_view_equal(&slots[slot], key))
        slot = (slot + 1) & set->mask;
    return slot;
}

static void
add(InSet *set, const void *value)
{
    if (set->kind == SET_BITMAP) {
        bits_set(set->bits, (uint64_t)load_word(set->layout, value, 0) - (uint64_t)set->least);
    } else if (set->kind == SET_WORDS) {
        const int64_t key = load_word(set->layout, value, 0);
        const uint64_t slot = find_word(set, key);
        ((int64_t *)set->slots)[slot] = key;
        set->used[slot] = 1;
    } else if (set->kind == SET_WIDE) {
        const Int128 key = load_wide(set->layout, value, 0);
        const uint64_t slot = find_wide(set, key);
        ((Int128 *)set->slots)[slot] = key;
        set->used[slot] = 1;
    } else {
        const uint64_t slot = find_view(set, value);
        ((StringView *)set->slots)[slot] = *(const StringView *)value;
        set->used[slot] = 1;
    }
}

static void
choose_bitmap(InSet *set, Arena *arena, const Expr *expr)
{
    int64_t least = INT64_MAX;
    int64_t most = INT64_MIN;

    for (uint32_t i = 1; i < expr->argument_count; i++) {
        if (expr->arguments[i]->value == NULL)
            continue;
        const int64_t key = load_word(set->layout, expr->arguments[i]->value, 0);
        least = key < least ? key : least;
        most = key > most ? key : most;
    }
    if (least > most || (uint64_t)most - (uint64_t)least >= BITMAP_RANGE)
        return;
    set->kind = SET_BITMAP;
    set->least = least;
    set->range = (uint64_t)most - (uint64_t)least;
    set->bits = ARENA_ARRAY(arena, uint64_t, bits_words(set->range + 1));
}

static SetKind
kind_of(Layout layout)
{
    switch (layout) {
    case LAYOUT_VIEW: return SET_STRINGS;
    case LAYOUT_I128:
    case LAYOUT_INTERVAL: return SET_WIDE;
    default: return SET_WORDS;
    }
}

void *
in_set_new(Arena *arena, const Expr *expr)
{
    const Layout layout = type_layout(expr->arguments[0]->type);
    InSet *set = ARENA_NEW(arena, InSet);
    uint64_t slots = 8;

    if (layout == LAYOUT_LIST)
        return NULL;
    set->layout = layout;
    set->kind = kind_of(layout);
    if (set->kind == SET_WORDS && layout != LAYOUT_F64)
        choose_bitmap(set, arena, expr);
    if (set->kind != SET_BITMAP) {
        while (slots < (uint64_t)expr->argument_count * 2)
            slots *= 2;
        set->mask = slots - 1;
        set->used = ARENA_ARRAY(arena, uint8_t, slots);
        set->slots = arena_alloc_zero(arena, slots * 16);
    }
    for (uint32_t i = 1; i < expr->argument_count; i++) {
        if (expr->arguments[i]->value == NULL)
            set->has_null = true;
        else
            add(set, expr->arguments[i]->value);
    }
    return set;
}

static bool
contains(const InSet *set, const void *values, uint32_t index)
{
    switch (set->kind) {
    case SET_WORDS: return set->used[find_word(set, load_word(set->layout, values, index))];
    case SET_WIDE: return set->used[find_wide(set, load_wide(set->layout, values, index))];
    default: return set->used[find_view(set, &((const StringView *)values)[index])];
    }
}

#define BITMAP_LOOP(CType)                                                                                   \
    for (uint32_t row = 0; row < call->rows; row++) {                                                        \
        const uint64_t offset = (uint64_t)(int64_t)((const CType *)values)[row] - (uint64_t)set->least;      \
        const bool inside = offset <= set->range;                                                            \
        const uint64_t place = inside ? offset : 0;                                                          \
        result[row] = inside & (set->bits[place / 64] >> (place % 64) & 1);                                  \
    }

static void
ask_bitmap(const InSet *set, const KernelCall *call, const void *values)
{
    uint8_t *result = call->result;

    switch (set->layout) {
    case LAYOUT_BOOL: BITMAP_LOOP(uint8_t) break;
    case LAYOUT_I32: BITMAP_LOOP(int32_t) break;
    default: BITMAP_LOOP(int64_t) break;
    }
}

static Status
kernel_in_set(KernelCall *call)
{
    const InSet *set = *call->state;
    const Vector *argument = &call->arguments[0];
    uint8_t *result = call->result;

    if (set->kind == SET_BITMAP) {
        ask_bitmap(set, call, argument->data);
    } else {
        for (uint32_t i = 0; i < call->count; i++) {
            const uint32_t row = kernel_row(call, i);
            result[row] = !kernel_argument_is_null(argument, row) &&
                          contains(set, argument->data, kernel_index(argument, row));
        }
    }
    if (set->has_null) {
        for (uint32_t i = 0; i < call->count; i++) {
            const uint32_t row = kernel_row(call, i);
            if (!result[row])
                bits_clear(call->validity, row);
        }
    }
    return STATUS_OK;
}

const Function in_set_function = {"in", 1, {TYPE_UNKNOWN}, TYPE_BOOL,
                                  NULL, 0, kernel_in_set,  "membership in a list of constants"};
