#include "expr/json_order.h"

#include <string.h>

/* What a value begins with, so that bytes compare as PostgreSQL compares jsonb: an empty array is below all
 * at the top of a document, and any array below objects but above scalars. */
enum { ORDER_EMPTY, ORDER_NULL, ORDER_STRING, ORDER_NUMBER, ORDER_BOOLEAN, ORDER_ARRAY, ORDER_OBJECT };
enum { NUMBER_NEGATIVE, NUMBER_ZERO, NUMBER_POSITIVE };

static void append_order(JsonSlice value, Buffer *out);

static void
append_count(JsonSlice container, Buffer *out)
{
    const uint32_t count = json_member_count(container);

    for (int shift = 24; shift >= 0; shift -= 8)
        buffer_append_char(out, (char)(count >> shift & 0xFF));
}

/* Hexadecimal digits of four, which are a character of UTF-16 in canonical text: only control characters are
 * written so. */
static char
control_of(const char *digits)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        const char c = digits[i];
        value = value * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return (char)value;
}

static char
escaped_by(char letter)
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
    }
}

/* The text without escapes, and a zero byte, which no text of jsonb holds. */
static void
append_string(JsonSlice quoted, Buffer *out)
{
    const JsonSlice text = json_inside(quoted);

    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '\\' || i + 1 == text.size) {
            buffer_append_char(out, text.data[i]);
        } else if (text.data[++i] == 'u' && i + 4 < text.size) {
            buffer_append_char(out, control_of(text.data + i + 1));
            i += 4;
        } else {
            buffer_append_char(out, escaped_by(text.data[i]));
        }
    }
    buffer_append_char(out, '\0');
}

/* The digits from the first to the last that is not 0, and where the point stands before or behind the first.
 */
typedef struct Magnitude {
    size_t first;
    size_t end;
    int32_t exponent;
} Magnitude;

static Magnitude
measure(JsonSlice number)
{
    const char *point = memchr(number.data, '.', number.size);
    const size_t whole = point == NULL ? number.size : (size_t)(point - number.data);
    Magnitude magnitude = {.end = number.size};

    while (magnitude.first < number.size && strchr("-0.", number.data[magnitude.first]) != NULL)
        magnitude.first++;
    while (magnitude.end > magnitude.first && strchr("0.", number.data[magnitude.end - 1]) != NULL)
        magnitude.end--;
    const int64_t exponent = (int64_t)whole - (int64_t)magnitude.first;
    magnitude.exponent = (int32_t)(exponent < 0 ? exponent + 1 : exponent);
    return magnitude;
}

/* Sign, exponent, digits, an end below all digits; of what is negative all bytes but the first turned round.
 */
static void
append_number(JsonSlice number, Buffer *out)
{
    const Magnitude magnitude = measure(number);
    const bool negative = number.data[0] == '-';
    const char turn = (char)(negative ? 0xFF : 0);
    const uint32_t exponent = (uint32_t)magnitude.exponent ^ UINT32_C(0x80000000);

    if (magnitude.first >= magnitude.end) {
        buffer_append_char(out, NUMBER_ZERO);
        return;
    }
    buffer_append_char(out, negative ? NUMBER_NEGATIVE : NUMBER_POSITIVE);
    for (int shift = 24; shift >= 0; shift -= 8)
        buffer_append_char(out, (char)((char)(exponent >> shift & 0xFF) ^ turn));
    for (size_t i = magnitude.first; i < magnitude.end; i++) {
        if (number.data[i] != '.')
            buffer_append_char(out, (char)(number.data[i] ^ turn));
    }
    buffer_append_char(out, turn);
}

static void
append_members(JsonSlice container, Buffer *out)
{
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;

    append_count(container, out);
    json_walk_begin(&walk, container);
    while (json_walk_next(&walk, &key, &value)) {
        if (walk.object) {
            buffer_append_char(out, ORDER_STRING);
            append_string(key, out);
        }
        append_order(value, out);
    }
}

static void
append_order(JsonSlice value, Buffer *out)
{
    switch (json_kind(value)) {
    case JSON_NULL: buffer_append_char(out, ORDER_NULL); break;
    case JSON_STRING:
        buffer_append_char(out, ORDER_STRING);
        append_string(value, out);
        break;
    case JSON_NUMBER:
        buffer_append_char(out, ORDER_NUMBER);
        append_number(value, out);
        break;
    case JSON_BOOLEAN:
        buffer_append_char(out, ORDER_BOOLEAN);
        buffer_append_char(out, value.data[0] == 't');
        break;
    case JSON_ARRAY:
        buffer_append_char(out, ORDER_ARRAY);
        append_members(value, out);
        break;
    case JSON_OBJECT:
        buffer_append_char(out, ORDER_OBJECT);
        append_members(value, out);
        break;
    }
}

void
json_append_order(JsonSlice value, Buffer *out)
{
    if (json_kind(value) == JSON_ARRAY && json_member_count(value) == 0)
        buffer_append_char(out, ORDER_EMPTY);
    else
        append_order(value, out);
}
