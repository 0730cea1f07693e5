#include "expr/order_key.h"

#include <math.h>
#include <string.h>

static void
append_number(Buffer *out, UInt128 value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        buffer_append_char(out, (char)(value >> (8 * i)));
}

static UInt128
read_number(const char *bytes, int count)
{
    UInt128 value = 0;

    for (int i = 0; i < count; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

#define TOP_32  (UINT32_C(1) << 31)
#define TOP_64  (UINT64_C(1) << 63)
#define TOP_128 ((UInt128)1 << 127)

/* Doubles of the order that PostgreSQL has: NaN is one value, above all, and -0 is 0. */
static uint64_t
double_key(double value)
{
    uint64_t bits;

    if (value != value)
        return UINT64_MAX;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 != 0 ? ~bits : bits | TOP_64;
}

static double
key_double(uint64_t key)
{
    const uint64_t bits = key >> 63 != 0 ? key & ~TOP_64 : ~key;
    double value;

    if (key == UINT64_MAX)
        return NAN;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Bytes as they are, or with zeros marked and an end. */
static void
append_bytes(const StringView *view, bool alone, Buffer *out)
{
    const char *data = string_view_data(view);

    if (alone) {
        buffer_append(out, data, view->size);
        return;
    }
    for (uint32_t i = 0; i < view->size; i++) {
        buffer_append_char(out, data[i]);
        if (data[i] == '\0')
            buffer_append_char(out, (char)0xFF);
    }
    buffer_append(out, "\0\0", 2);
}

/* Element by element, NULL last; an array that begins like another is less. */
static void
append_list(const Vector *elements, ListEntry entry, Buffer *out)
{
    for (uint32_t i = entry.offset; i < entry.offset + entry.count; i++) {
        buffer_append_char(out, 1);
        order_key_append_sorted(elements, i, false, false, out);
    }
    buffer_append_char(out, 0);
}

void
order_key_append(const Vector *vector, uint32_t row, bool alone, Buffer *out)
{
    const uint32_t index = vector_index(vector, row);
    const void *values = vector_values(vector);

    switch (vector->layout) {
    case LAYOUT_BOOL: buffer_append_char(out, (char)((const uint8_t *)values)[index]); break;
    case LAYOUT_I32: append_number(out, (uint32_t)((const int32_t *)values)[index] ^ TOP_32, 4); break;
    case LAYOUT_I64: append_number(out, (uint64_t)((const int64_t *)values)[index] ^ TOP_64, 8); break;
    case LAYOUT_I128: append_number(out, (UInt128)((const Int128 *)values)[index] ^ TOP_128, 16); break;
    case LAYOUT_F64: append_number(out, double_key(((const double *)values)[index]), 8); break;
    case LAYOUT_INTERVAL: {
        const Interval *interval = &((const Interval *)values)[index];
        append_number(out, (UInt128)interval_order(interval) ^ TOP_128, 16);
        append_number(out, (uint32_t)interval->months ^ TOP_32, 4);
        append_number(out, (uint32_t)interval->days ^ TOP_32, 4);
        append_number(out, (uint64_t)interval->microseconds ^ TOP_64, 8);
        break;
    }
    case LAYOUT_LIST: append_list(vector->children, ((const ListEntry *)values)[index], out); break;
    default: append_bytes(&((const StringView *)values)[index], alone, out); break;
    }
}

void
order_key_append_sorted(const Vector *vector, uint32_t row, bool descending, bool nulls_first, Buffer *out)
{
    const bool null = vector_is_null(vector, row);

    buffer_append_char(out, (char)(null != nulls_first));
    const size_t start = out->size;
    if (!null)
        order_key_append(vector, row, false, out);
    for (size_t i = start; descending && i < out->size && !out->failed; i++)
        out->data[i] = (char)~out->data[i];
}

void
order_key_read(Type type, const char *bytes, size_t size, void *values, uint32_t index)
{
    switch (type_layout(type)) {
    case LAYOUT_BOOL: ((uint8_t *)values)[index] = (uint8_t)bytes[0]; break;
    case LAYOUT_I32: ((int32_t *)values)[index] = (int32_t)((uint32_t)read_number(bytes, 4) ^ TOP_32); break;
    case LAYOUT_I64: ((int64_t *)values)[index] = (int64_t)((uint64_t)read_number(bytes, 8) ^ TOP_64); break;
    case LAYOUT_I128: ((Int128 *)values)[index] = (Int128)(read_number(bytes, 16) ^ TOP_128); break;
    case LAYOUT_F64: ((double *)values)[index] = key_double((uint64_t)read_number(bytes, 8)); break;
    case LAYOUT_INTERVAL:
        ((Interval *)values)[index] =
            (Interval){.months = (int32_t)((uint32_t)read_number(bytes + 16, 4) ^ TOP_32),
                       .days = (int32_t)((uint32_t)read_number(bytes + 20, 4) ^ TOP_32),
                       .microseconds = (int64_t)((uint64_t)read_number(bytes + 24, 8) ^ TOP_64)};
        break;
    default: ((StringView *)values)[index] = string_view(bytes, size); break;
    }
}
