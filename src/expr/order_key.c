#include "expr/order_key.h"

#include "column/list_builder.h"

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
    case LAYOUT_LIST: append_list(list_elements(vector), ((const ListEntry *)values)[index], out); break;
    default:
        append_bytes(&((const StringView *)values)[index], alone || vector->type.id == TYPE_STRUCT, out);
        break;
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

/* Bytes of a key of fixed size; 0 for others. */
static size_t
fixed_size(Layout layout)
{
    switch (layout) {
    case LAYOUT_BOOL: return 1;
    case LAYOUT_I32: return 4;
    case LAYOUT_I64:
    case LAYOUT_F64: return 8;
    case LAYOUT_I128: return 16;
    case LAYOUT_INTERVAL: return 32;
    default: return 0;
    }
}

/* Behind the two zeros that end a string, its own being marked. */
static const char *
string_end(const char *at, const char *end)
{
    for (;;) {
        at = at == end ? NULL : memchr(at, 0, (size_t)(end - at));
        if (at == NULL || end - at < 2)
            return NULL;
        at += 2;
        if (at[-1] == 0)
            return at;
        if (at[-1] != (char)0xFF)
            return NULL;
    }
}

/* A value or NULL, as order_key_append_sorted() has it: ascending, NULLs last. */
static const char *
sorted_end(Type type, const char *at, const char *end)
{
    if (at == end)
        return NULL;
    if (*at != 0)
        return at + 1;
    return order_key_end(type, at + 1, end);
}

static const char *
list_end(Type element, const char *at, const char *end)
{
    while (at != NULL && at < end && *at == 1)
        at = sorted_end(element, at + 1, end);
    return at != NULL && at < end && *at == 0 ? at + 1 : NULL;
}

static const char *
record_end(const NestedType *nested, const char *at, const char *end)
{
    for (uint32_t i = 0; i < nested->count && at != NULL; i++)
        at = sorted_end(nested->types[i], at, end);
    return at;
}

const char *
order_key_end(Type type, const char *at, const char *end)
{
    const size_t fixed = fixed_size(type_layout(type));

    if (fixed > 0)
        return (size_t)(end - at) < fixed ? NULL : at + fixed;
    if (type.id == TYPE_STRUCT)
        return record_end(type.nested, at, end);
    return type.id == TYPE_LIST ? list_end(type.nested->types[0], at, end) : string_end(at, end);
}

bool
order_key_needs_arena(Type type, const char *at, const char *end)
{
    if (type.id == TYPE_LIST)
        return true;
    if (type_layout(type) != LAYOUT_VIEW || type.id == TYPE_STRUCT)
        return false;
    return memchr(at, 0, (size_t)(end - at)) < (const void *)(end - 2);
}

/* A string without its end, and its zeros as they were. */
static bool
read_string(const char *at, const char *end, Arena *arena, StringView *view)
{
    const size_t size = (size_t)(end - at) - 2;
    size_t kept = 0;

    if (memchr(at, 0, size) == NULL) {
        *view = string_view(at, size);
        return true;
    }
    char *bytes = arena == NULL ? NULL : arena_alloc_aligned(arena, size, 1);
    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < size; i++) {
        bytes[kept++] = at[i];
        i += at[i] == 0;
    }
    *view = string_view(bytes, kept);
    return true;
}

static bool read_list(const char *at, ListBuilder *elements, const char *end);

static bool
read_element(const char *at, const char *end, ListBuilder *elements)
{
    const Type type = elements->vector.type;
    const Vector *none;
    _Alignas(16) char value[16];

    if (*at != 0)
        return list_builder_append_null(elements, NULL) == STATUS_OK;
    if (type.id != TYPE_LIST)
        return order_key_read_part(type, at + 1, end, elements->arena, value, &none) &&
               list_builder_append_value(elements, value, NULL) == STATUS_OK;
    const uint32_t first = elements->nested->count;
    return read_list(at + 1, elements->nested, end) &&
           list_builder_append_list(elements, first, NULL) == STATUS_OK;
}

static bool
read_list(const char *at, ListBuilder *elements, const char *end)
{
    while (*at == 1) {
        const char *next = sorted_end(elements->vector.type, at + 1, end);
        if (!read_element(at + 1, next, elements))
            return false;
        at = next;
    }
    return true;
}

bool
order_key_read_part(Type type, const char *at, const char *end, Arena *arena, void *value,
                    const Vector **children)
{
    if (type.id == TYPE_LIST) {
        ListBuilder *elements = arena == NULL ? NULL : arena_alloc(arena, sizeof *elements);
        if (elements == NULL ||
            list_builder_init(elements, arena, type.nested->types[0], NULL) != STATUS_OK ||
            !read_list(at, elements, end))
            return false;
        *(ListEntry *)value = (ListEntry){.offset = 0, .count = elements->count};
        *children = list_builder_vector(elements);
        return true;
    }
    if (type_layout(type) == LAYOUT_VIEW && type.id != TYPE_STRUCT)
        return read_string(at, end, arena, value);
    order_key_read(type, at, (size_t)(end - at), value, 0);
    return true;
}
