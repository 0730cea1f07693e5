#include "expr/json_canonical.h"

#include <stdlib.h>
#include <string.h>

typedef struct Member {
    JsonSlice name; /* without quotes and escapes */
    JsonSlice value;
    uint32_t number; /* its place in the text */
} Member;

static Status append_value(JsonSlice value, Arena *arena, Buffer *out, Error *error);

static int
compare_names(const void *left, const void *right)
{
    const Member *a = left;
    const Member *b = right;

    if (a->name.size != b->name.size)
        return a->name.size < b->name.size ? -1 : 1;
    const int order = memcmp(a->name.data, b->name.data, a->name.size);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static Status
read_string(JsonSlice quoted, Arena *arena, JsonSlice *text, Error *error)
{
    *text = json_inside(quoted);
    if (!json_has_escapes(*text))
        return STATUS_OK;
    char *bytes = arena_alloc_aligned(arena, quoted.size, 1);
    if (bytes == NULL)
        return error_set_memory(error);
    text->data = bytes;
    return json_unescape(quoted, bytes, &text->size, error);
}

static Status
append_string(JsonSlice quoted, Arena *arena, Buffer *out, Error *error)
{
    JsonSlice text;

    TRY(read_string(quoted, arena, &text, error));
    json_append_string(text.data, text.size, out);
    return STATUS_OK;
}

static Status
append_object(JsonSlice object, Arena *arena, Buffer *out, Error *error)
{
    const uint32_t count = json_member_count(object);
    Member *members = arena_alloc(arena, count * sizeof *members + 1);
    JsonWalk walk;
    JsonSlice key;
    bool first = true;

    if (members == NULL)
        return error_set_memory(error);
    json_walk_begin(&walk, object);
    for (uint32_t i = 0; i < count && json_walk_next(&walk, &key, &members[i].value); i++) {
        TRY(read_string(key, arena, &members[i].name, error));
        members[i].number = i;
    }
    qsort(members, count, sizeof *members, compare_names);
    buffer_append_char(out, '{');
    for (uint32_t i = 0; i < count; i++) {
        const JsonSlice name = members[i].name;
        const bool repeated = i + 1 < count && members[i + 1].name.size == name.size &&
                              memcmp(members[i + 1].name.data, name.data, name.size) == 0;
        if (repeated)
            continue;
        if (!first)
            buffer_append_string(out, ", ");
        first = false;
        json_append_string(name.data, name.size, out);
        buffer_append_string(out, ": ");
        TRY(append_value(members[i].value, arena, out, error));
    }
    buffer_append_char(out, '}');
    return STATUS_OK;
}

static Status
append_array(JsonSlice array, Arena *arena, Buffer *out, Error *error)
{
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;
    bool first = true;

    json_walk_begin(&walk, array);
    buffer_append_char(out, '[');
    while (json_walk_next(&walk, &key, &value)) {
        if (!first)
            buffer_append_string(out, ", ");
        first = false;
        TRY(append_value(value, arena, out, error));
    }
    buffer_append_char(out, ']');
    return STATUS_OK;
}

/* A number's digits without sign, point and exponent, and how many of them stand in front of the point. */
typedef struct Digits {
    char *bytes;
    size_t count;
    int64_t whole;
    int64_t scale; /* digits that are shown behind the point */
} Digits;

static Status
read_digits(JsonSlice number, Arena *arena, Digits *digits, Error *error)
{
    int64_t exponent = 0;
    size_t at = number.data[0] == '-';
    bool point = false;

    *digits = (Digits){.bytes = arena_alloc_aligned(arena, number.size, 1)};
    if (digits->bytes == NULL)
        return error_set_memory(error);
    for (; at < number.size && (number.data[at] | 0x20) != 'e'; at++) {
        if (number.data[at] == '.') {
            point = true;
            continue;
        }
        digits->bytes[digits->count++] = number.data[at];
        digits->whole += !point;
        digits->scale += point;
    }
    if (at < number.size) {
        const bool negative = number.data[at + 1] == '-';
        for (at += 1 + (negative || number.data[at + 1] == '+'); at < number.size; at++) {
            exponent = exponent * 10 + (number.data[at] - '0');
            if (exponent > JSON_EXPONENT_MAX)
                return error_set(error, STATUS_NUMERIC_RANGE, "a number of jsonb has an exponent beyond %d",
                                 (int)JSON_EXPONENT_MAX);
        }
        exponent = negative ? -exponent : exponent;
    }
    digits->whole += exponent;
    digits->scale = digits->scale > exponent ? digits->scale - exponent : 0;
    return STATUS_OK;
}

static char
digit_at(const Digits *digits, int64_t place)
{
    return place >= 0 && place < (int64_t)digits->count ? digits->bytes[place] : '0';
}

/* As numeric shows it: no exponent, no zeros in front, as many digits behind the point as were written. */
static Status
append_number(JsonSlice number, Arena *arena, Buffer *out, Error *error)
{
    Digits digits;
    int64_t first = 0;
    bool zero = true;

    TRY(read_digits(number, arena, &digits, error));
    for (size_t i = 0; i < digits.count && zero; i++)
        zero = digits.bytes[i] == '0';
    if (number.data[0] == '-' && !zero)
        buffer_append_char(out, '-');
    while (first < digits.whole - 1 && digit_at(&digits, first) == '0')
        first++;
    if (digits.whole <= 0)
        buffer_append_char(out, '0');
    for (int64_t i = first; i < digits.whole; i++)
        buffer_append_char(out, digit_at(&digits, i));
    if (digits.scale > 0)
        buffer_append_char(out, '.');
    for (int64_t i = 0; i < digits.scale; i++)
        buffer_append_char(out, digit_at(&digits, digits.whole + i));
    return STATUS_OK;
}

static Status
append_value(JsonSlice value, Arena *arena, Buffer *out, Error *error)
{
    switch (json_kind(value)) {
    case JSON_OBJECT: return append_object(value, arena, out, error);
    case JSON_ARRAY: return append_array(value, arena, out, error);
    case JSON_STRING: return append_string(value, arena, out, error);
    case JSON_NUMBER: return append_number(value, arena, out, error);
    default: buffer_append(out, value.data, value.size); return STATUS_OK;
    }
}

Status
json_canonical(const char *text, size_t size, Arena *arena, Buffer *out, Error *error)
{
    TRY(json_check(text, size, error));
    TRY(append_value(json_value(text, size), arena, out, error));
    return out->failed ? error_set_memory(error) : STATUS_OK;
}

/* A number without the zeros at the end of its fraction. */
static JsonSlice
without_zeros(JsonSlice number)
{
    if (memchr(number.data, '.', number.size) == NULL)
        return number;
    while (number.size > 0 && number.data[number.size - 1] == '0')
        number.size--;
    if (number.size > 0 && number.data[number.size - 1] == '.')
        number.size--;
    return number;
}

static bool
is_same(JsonSlice a, JsonSlice b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

bool
json_equal(JsonSlice a, JsonSlice b)
{
    JsonWalk walks[2];
    JsonSlice keys[2];
    JsonSlice values[2];
    const JsonKind kind = json_kind(a);

    if (is_same(a, b))
        return true;
    if (kind != json_kind(b))
        return false;
    if (kind == JSON_NUMBER)
        return is_same(without_zeros(a), without_zeros(b));
    if (kind != JSON_ARRAY && kind != JSON_OBJECT)
        return false;
    json_walk_begin(&walks[0], a);
    json_walk_begin(&walks[1], b);
    for (;;) {
        const bool more = json_walk_next(&walks[0], &keys[0], &values[0]);
        if (more != json_walk_next(&walks[1], &keys[1], &values[1]))
            return false;
        if (!more)
            return true;
        if (!is_same(keys[0], keys[1]) || !json_equal(values[0], values[1]))
            return false;
    }
}

void
json_append_key(JsonSlice value, Buffer *out)
{
    const JsonKind kind = json_kind(value);
    JsonWalk walk;
    JsonSlice key;
    JsonSlice member;
    bool first = true;

    if (kind == JSON_NUMBER)
        value = without_zeros(value);
    if (kind < JSON_ARRAY || memchr(value.data, '.', value.size) == NULL) {
        buffer_append(out, value.data, value.size);
        return;
    }
    buffer_append(out, value.data, 1);
    json_walk_begin(&walk, value);
    while (json_walk_next(&walk, &key, &member)) {
        if (!first)
            buffer_append_string(out, ", ");
        first = false;
        buffer_append(out, key.data, key.size);
        if (walk.object)
            buffer_append_string(out, ": ");
        json_append_key(member, out);
    }
    buffer_append(out, value.data + value.size - 1, 1);
}

/* Whether the value is in the array. */
static bool
has_element(JsonSlice array, JsonSlice value)
{
    const JsonKind kind = json_kind(value);
    JsonWalk walk;
    JsonSlice key;
    JsonSlice element;

    json_walk_begin(&walk, array);
    while (json_walk_next(&walk, &key, &element)) {
        if (json_kind(element) != kind)
            continue;
        if (kind == JSON_ARRAY || kind == JSON_OBJECT ? json_contains(element, value)
                                                      : json_equal(element, value))
            return true;
    }
    return false;
}

/* The member of that name, as it stands in another canonical text. */
static bool
find_member(JsonSlice object, JsonSlice name, JsonSlice *value)
{
    JsonWalk walk;
    JsonSlice key;

    json_walk_begin(&walk, object);
    while (json_walk_next(&walk, &key, value)) {
        if (is_same(key, name))
            return true;
    }
    return false;
}

static bool
has_members(JsonSlice object, JsonSlice part)
{
    JsonWalk walk;
    JsonSlice key;
    JsonSlice wanted;
    JsonSlice value;

    json_walk_begin(&walk, part);
    while (json_walk_next(&walk, &key, &wanted)) {
        if (!find_member(object, key, &value) || !json_contains(value, wanted))
            return false;
    }
    return true;
}

static bool
has_elements(JsonSlice array, JsonSlice part)
{
    JsonWalk walk;
    JsonSlice key;
    JsonSlice wanted;

    json_walk_begin(&walk, part);
    while (json_walk_next(&walk, &key, &wanted)) {
        if (!has_element(array, wanted))
            return false;
    }
    return true;
}

bool
json_contains(JsonSlice whole, JsonSlice part)
{
    const JsonKind kind = json_kind(whole);

    if (kind != json_kind(part))
        return false;
    if (kind == JSON_OBJECT)
        return has_members(whole, part);
    return kind == JSON_ARRAY ? has_elements(whole, part) : json_equal(whole, part);
}
