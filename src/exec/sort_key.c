#include "exec/sort_key.h"

#include <math.h>
#include <stdlib.h>

enum { PREFIX_BYTES = 16 };

struct SortOrder {
    uint32_t count;        /* of all columns, keys first */
    uint32_t encoded;      /* keys with a part in the prefix */
    uint32_t compare_from; /* the first key that the prefix does not decide */
    SortKey *keys;
    Layout *layouts;
};

static bool
names_column(const SortKey *keys, uint32_t count, uint32_t column)
{
    for (uint32_t i = 0; i < count; i++)
        if (keys[i].column == column)
            return true;
    return false;
}

/* Bytes of the prefix that values of the layout take; 0: the prefix cannot hold them (their order is
 * compared). */
static uint32_t
encoded_width(Layout layout)
{
    switch (layout) {
    case LAYOUT_BOOL: return 1;
    case LAYOUT_I32: return 4;
    case LAYOUT_I64:
    case LAYOUT_F64: return 8;
    case LAYOUT_I128: return 16;
    case LAYOUT_VIEW: return PREFIX_BYTES;
    default: return 0;
    }
}

/* How many keys the prefix holds, the last one perhaps in part. */
static void
plan_prefix(SortOrder *order)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < order->count && used + 1 < PREFIX_BYTES; i++) {
        const uint32_t width = encoded_width(order->layouts[i]);
        if (width == 0)
            return;
        order->encoded = i + 1;
        used += 1 + width;
        if (used > PREFIX_BYTES || order->layouts[i] == LAYOUT_VIEW)
            return;
        order->compare_from = i + 1;
    }
}

SortOrder *
sort_order_new(uint32_t key_count, const SortKey *keys, uint32_t column_count, const PlanColumn *columns)
{
    SortOrder *order = calloc(1, sizeof *order);

    if (order == NULL)
        return NULL;
    order->keys = calloc(key_count + column_count + 1, sizeof(SortKey));
    order->layouts = calloc(key_count + column_count + 1, sizeof(Layout));
    if (order->keys == NULL || order->layouts == NULL) {
        sort_order_destroy(&order);
        return NULL;
    }
    for (uint32_t i = 0; i < key_count; i++)
        order->keys[order->count++] = keys[i];
    for (uint32_t i = 0; i < column_count; i++)
        if (!names_column(keys, key_count, i))
            order->keys[order->count++] = (SortKey){.column = i};
    for (uint32_t i = 0; i < order->count; i++)
        order->layouts[i] = type_layout(columns[order->keys[i].column].type);
    plan_prefix(order);
    return order;
}

void
sort_order_destroy(SortOrder **self)
{
    if (*self == NULL)
        return;
    free((*self)->keys);
    free((*self)->layouts);
    free(*self);
    *self = NULL;
}

/* A prefix under construction: bytes come in from the left. */
typedef struct Prefix {
    UInt128 bits;
    uint32_t used;
} Prefix;

static inline UInt128
encode_double(double value)
{
    uint64_t bits;

    if (isnan(value))
        return UINT64_MAX;
    if (value == 0)
        value = 0; /* -0 as well */
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* The view's first bytes, as many as the prefix could take, zeroes after the end. */
static inline UInt128
encode_view(const StringView *view)
{
    const unsigned char *data = (const unsigned char *)string_view_data(view);
    UInt128 bits = 0;

    for (uint32_t i = 0; i < PREFIX_BYTES; i++)
        bits = bits << 8 | (i < view->size ? data[i] : 0);
    return bits;
}

static inline UInt128
encode_value(Layout layout, const void *values, uint32_t index)
{
    switch (layout) {
    case LAYOUT_BOOL: return ((const uint8_t *)values)[index];
    case LAYOUT_I32: return (uint32_t)((const int32_t *)values)[index] ^ UINT32_C(0x80000000);
    case LAYOUT_I64: return (uint64_t)((const int64_t *)values)[index] ^ UINT64_C(1) << 63;
    case LAYOUT_F64: return encode_double(((const double *)values)[index]);
    case LAYOUT_I128: return (UInt128)((const Int128 *)values)[index] ^ (UInt128)1 << 127;
    default: return encode_view(&((const StringView *)values)[index]);
    }
}

/* Put the row's key behind the `used` bytes that the item's prefix has already. */
static inline void
encode_key(const SortKey *key, Layout layout, const Vector *column, uint32_t row, uint32_t used,
           SortItem *item)
{
    const uint32_t width = encoded_width(layout);
    const bool null = vector_is_null(column, row);
    const uint32_t null_byte = null == key->nulls_first ? 0 : 1;
    UInt128 bits = 0;

    if (!null) {
        const uint32_t room = PREFIX_BYTES - used - 1;
        bits = encode_value(layout, vector_values(column), vector_index(column, row));
        if (key->descending)
            bits = width == PREFIX_BYTES ? ~bits : ~bits & (((UInt128)1 << (8 * width)) - 1);
        if (width > room)
            bits >>= 8 * (width - room);
        else
            bits <<= 8 * (room - width);
    }
    bits |= (UInt128)null_byte << (8 * (PREFIX_BYTES - used - 1));
    item->high |= (uint64_t)(bits >> 64);
    item->low |= (uint64_t)bits;
}

void
sort_order_encode(const SortOrder *order, const Vector *columns, const uint32_t *selection, uint32_t count,
                  uint32_t base, SortItem *items)
{
    uint32_t used = 0;

    for (uint32_t i = 0; i < count; i++)
        items[i] = (SortItem){.row = base + (selection != NULL ? selection[i] : i)};
    for (uint32_t k = 0; k < order->encoded; k++) {
        const Vector *column = &columns[order->keys[k].column];
        for (uint32_t i = 0; i < count; i++)
            encode_key(&order->keys[k], order->layouts[k], column, selection != NULL ? selection[i] : i, used,
                       &items[i]);
        used += 1 + encoded_width(order->layouts[k]);
    }
}

static int
compare_key(const SortKey *key, const Vector *column_a, uint32_t a, const Vector *column_b, uint32_t b)
{
    const bool null_a = vector_is_null(column_a, a);
    const bool null_b = vector_is_null(column_b, b);

    if (null_a || null_b)
        return key->nulls_first ? null_b - null_a : null_a - null_b;
    const int order = vector_compare(column_a, a, column_b, b);
    return key->descending ? -order : order;
}

static bool
rows_after(const SortOrder *order, const Vector *columns, uint32_t a, uint32_t b)
{
    for (uint32_t k = order->compare_from; k < order->count; k++) {
        const SortKey *key = &order->keys[k];
        const int result = compare_key(key, &columns[key->column], a, &columns[key->column], b);
        if (result != 0)
            return result > 0;
    }
    return false;
}

static inline bool
comes_after(const SortOrder *order, const Vector *columns, const SortItem *a, const SortItem *b)
{
    if (a->high != b->high)
        return a->high > b->high;
    if (a->low != b->low)
        return a->low > b->low;
    return rows_after(order, columns, a->row, b->row);
}

int
sort_compare_across(const SortOrder *order, const Vector *columns_a, const SortItem *a,
                    const Vector *columns_b, const SortItem *b)
{
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    for (uint32_t k = order->compare_from; k < order->count; k++) {
        const SortKey *key = &order->keys[k];
        const int result = compare_key(key, &columns_a[key->column], a->row, &columns_b[key->column], b->row);
        if (result != 0)
            return result;
    }
    return 0;
}

bool
sort_merge_step(const SortOrder *order, const Vector *columns, SortMerge *merge, size_t limit)
{
    const size_t end = merge->count - merge->out < limit ? merge->count : merge->out + limit;
    const SortItem *from = merge->from;
    size_t left = merge->left;
    size_t right = merge->right;

    for (size_t out = merge->out; out < end; out++) {
        const bool take_right =
            right < merge->count &&
            (left == merge->middle || comes_after(order, columns, &from[left], &from[right]));
        merge->to[out] = from[take_right ? right : left];
        right += take_right;
        left += !take_right;
    }
    merge->left = left;
    merge->right = right;
    merge->out = end;
    return end == merge->count;
}

static void
sort_by_insertion(const SortOrder *order, const Vector *columns, SortItem *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const SortItem item = items[i];
        size_t hole = i;
        for (; hole > 0 && comes_after(order, columns, &items[hole - 1], &item); hole--)
            items[hole] = items[hole - 1];
        items[hole] = item;
    }
}

void
sort_items(const SortOrder *order, const Vector *columns, SortItem *items, SortItem *scratch, size_t count)
{
    if (count <= 12) {
        sort_by_insertion(order, columns, items, count);
        return;
    }
    const size_t middle = count / 2;
    sort_items(order, columns, items, scratch, middle);
    sort_items(order, columns, items + middle, scratch, count - middle);
    if (!comes_after(order, columns, &items[middle - 1], &items[middle]))
        return;
    SortMerge merge = {.from = items, .to = scratch, .middle = middle, .count = count, .right = middle};
    sort_merge_step(order, columns, &merge, count);
    memcpy(items, scratch, count * sizeof *items);
}
