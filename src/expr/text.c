#include "expr/text.h"

#include "expr/json_canonical.h"
#include "expr/record.h"
#include "expr/text_parts.h"
#include "expr/text_record.h"
#include "expr/time_digits.h"

#include <string.h>

enum { SCALAR_ROOM = 64 };

static const char hex_digits[] = "0123456789abcdef";

size_t
text_format_uuid(Int128 value, char *out)
{
    const UInt128 bits = (UInt128)value ^ (UInt128)1 << 127;
    char *at = out;

    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *at++ = '-';
        *at++ = hex_digits[(unsigned)(bits >> (124 - 4 * i)) & 15];
    }
    return (size_t)(at - out);
}

size_t
text_format_bytea(const char *bytes, size_t size, char *out)
{
    out[0] = '\\';
    out[1] = 'x';
    for (size_t i = 0; i < size; i++) {
        out[2 + 2 * i] = hex_digits[(unsigned char)bytes[i] >> 4];
        out[3 + 2 * i] = hex_digits[(unsigned char)bytes[i] & 15];
    }
    return 2 + 2 * size;
}

/* Characters of UTF-8. */
static size_t
character_count(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static void
append_view(Type type, const StringView *view, Buffer *out)
{
    const char *data = string_view_data(view);

    if (type.id == TYPE_BYTEA) {
        if (buffer_reserve(out, 2 + 2 * (size_t)view->size))
            out->size += text_format_bytea(data, view->size, out->data + out->size);
        return;
    }
    buffer_append(out, data, view->size);
    if (type.id == TYPE_BPCHAR && type.length != TYPE_NO_LENGTH) {
        for (size_t count = character_count(data, view->size); count < (size_t)type.length; count++)
            buffer_append_char(out, ' ');
    }
}

static size_t
format_i32(Type type, int32_t value, char *out)
{
    return type.id == TYPE_DATE ? text_format_date(value, out) : text_format_int64(value, out);
}

static size_t
format_i64(Type type, int64_t value, const Session *session, char *out)
{
    switch (type.id) {
    case TYPE_NUMERIC: return text_format_numeric(value, type.scale, out);
    case TYPE_TIME: return text_format_time(value, out);
    case TYPE_TIMESTAMP: return text_format_timestamp(value, out);
    case TYPE_TIMESTAMPTZ: return text_format_timestamptz(value, session, out);
    default: return text_format_int64(value, out);
    }
}

/* An element or field inside `{…}` or `(…)`, quoted where the reader would mistake it. */
static void
append_quoted(const Vector *vector, uint32_t row, const Session *session, bool record, Buffer *out)
{
    Buffer text = {0};

    text_format_value(vector, row, session, &text);
    const bool nested = vector->layout == LAYOUT_LIST && !record;
    bool quote = text.size == 0 || (!record && text.size == 4 && strncasecmp(text.data, "null", 4) == 0);
    for (size_t i = 0; i < text.size && !quote; i++) {
        const char c = text.data[i];
        quote = c == '"' || c == '\\' || c == ',' || text_is_space(c) ||
                (record ? c == '(' || c == ')' : c == '{' || c == '}');
    }
    if (nested || !quote) {
        buffer_append(out, text.data, text.size);
        buffer_destroy(&text);
        return;
    }
    buffer_append_char(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        if (c == '"' || c == '\\')
            buffer_append_char(out, record ? c : '\\');
        buffer_append_char(out, c);
    }
    buffer_append_char(out, '"');
    if (text.failed)
        out->failed = true;
    buffer_destroy(&text);
}

static const Vector *
children_of(const Vector *vector)
{
    return vector->form == VECTOR_DICTIONARY ? vector->dictionary->values.children : vector->children;
}

static void
append_list(const Vector *vector, uint32_t index, const Session *session, Buffer *out)
{
    const ListEntry *entry = &((const ListEntry *)vector_values(vector))[index];
    const Vector *elements = children_of(vector);

    buffer_append_char(out, '{');
    for (uint32_t i = 0; i < entry->count; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        if (vector_is_null(elements, entry->offset + i))
            buffer_append_string(out, "NULL");
        else
            append_quoted(elements, entry->offset + i, session, false, out);
    }
    buffer_append_char(out, '}');
}

static void
append_record(const Vector *vector, uint32_t row, const Session *session, Buffer *out)
{
    RecordReader reader;

    record_open(&reader, vector->type, record_view(vector, row), NULL);
    buffer_append_char(out, '(');
    while (record_next(&reader)) {
        if (reader.next > 1)
            buffer_append_char(out, ',');
        if (!vector_is_null(&reader.value, 0))
            append_quoted(&reader.value, 0, session, true, out);
    }
    buffer_append_char(out, ')');
    record_close(&reader);
}

static size_t
format_scalar(const Vector *vector, uint32_t index, const Session *session, char *out)
{
    const void *values = vector_values(vector);
    const Type type = vector->type;

    switch (vector->layout) {
    case LAYOUT_BOOL: *out = ((const uint8_t *)values)[index] ? 't' : 'f'; return 1;
    case LAYOUT_I32: return format_i32(type, ((const int32_t *)values)[index], out);
    case LAYOUT_I64: return format_i64(type, ((const int64_t *)values)[index], session, out);
    case LAYOUT_I128: {
        const Int128 value = ((const Int128 *)values)[index];
        return type.id == TYPE_UUID ? text_format_uuid(value, out)
                                    : text_format_numeric(value, type.scale, out);
    }
    case LAYOUT_F64: {
        const double value = ((const double *)values)[index];
        return type.id == TYPE_FLOAT4 ? text_format_float((float)value, out) : text_format_double(value, out);
    }
    default: return text_format_interval(&((const Interval *)values)[index], out);
    }
}

void
text_format_value(const Vector *vector, uint32_t row, const Session *session, Buffer *out)
{
    const uint32_t index = vector_index(vector, row);

    switch (vector->layout) {
    case LAYOUT_VIEW:
        if (vector->type.id == TYPE_STRUCT) {
            append_record(vector, row, session, out);
            break;
        }
        append_view(vector->type, &((const StringView *)vector_values(vector))[index], out);
        break;
    case LAYOUT_LIST: append_list(vector, index, session, out); break;
    default:
        if (buffer_reserve(out, SCALAR_ROOM))
            out->size += format_scalar(vector, index, session, out->data + out->size);
        break;
    }
}

void
text_format_cast(const Vector *vector, uint32_t row, const Session *session, Buffer *out)
{
    const uint32_t index = vector_index(vector, row);

    if (vector->type.id == TYPE_BOOL)
        buffer_append_string(out, ((const uint8_t *)vector_values(vector))[index] ? "true" : "false");
    else if (type_is_string(vector->type.id))
        append_view(type_of(TYPE_TEXT), &((const StringView *)vector_values(vector))[index], out);
    else
        text_format_value(vector, row, session, out);
}

/* Any unambiguous prefix of true, false, yes, no, on, off; 1 and 0. */
Status
text_parse_bool(const char *text, size_t size, bool *value, Error *error)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    const char *trimmed = text;
    size_t length = size;

    text_trim(&trimmed, &length);
    for (int i = 0; i < 8 && length > 0; i++) {
        size_t common = 0;
        while (common < length && words[i][common] != '\0' && text_lower(trimmed[common]) == words[i][common])
            common++;
        if (common < length || (words[i][0] == 'o' && length < 2))
            continue;
        *value = i % 2 != 0;
        return STATUS_OK;
    }
    return text_bad_syntax("boolean", text, size, error);
}

static int
hex_value(char c)
{
    const char lower = text_lower(c);

    return text_is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* 32 hexadecimal digits, a hyphen allowed after each group of four, braces allowed around. */
static Status
parse_uuid(const char *text, size_t size, Int128 *value, Error *error)
{
    size_t at = 0;
    size_t end = size;
    UInt128 bits = 0;
    int digits = 0;

    if (size > 2 && text[0] == '{' && text[size - 1] == '}') {
        at++;
        end--;
    }
    for (; at < end && digits < 32; at++) {
        const int digit = hex_value(text[at]);
        if (digit < 0)
            break;
        bits = bits << 4 | (unsigned)digit;
        digits++;
        if (digits % 4 == 0 && digits < 32 && at + 1 < end && text[at + 1] == '-')
            at++;
    }
    if (digits != 32 || at != end)
        return text_bad_syntax("uuid", text, size, error);
    *value = (Int128)(bits ^ (UInt128)1 << 127);
    return STATUS_OK;
}

static Status
parse_bytea_hex(const char *text, size_t size, char *bytes, size_t *length, Error *error)
{
    *length = 0;
    for (size_t at = 2; at < size;) {
        if (text_is_space(text[at])) {
            at++;
            continue;
        }
        const int high = hex_value(text[at]);
        const int low = at + 1 < size ? hex_value(text[at + 1]) : -1;
        if (high < 0)
            return error_set(error, STATUS_INVALID_PARAMETER, "invalid hexadecimal digit: \"%c\"", text[at]);
        if (at + 1 == size)
            return error_set(error, STATUS_INVALID_PARAMETER,
                             "invalid hexadecimal data: odd number of digits");
        if (low < 0)
            return error_set(error, STATUS_INVALID_PARAMETER, "invalid hexadecimal digit: \"%c\"",
                             text[at + 1]);
        bytes[(*length)++] = (char)(high << 4 | low);
        at += 2;
    }
    return STATUS_OK;
}

static Status
parse_bytea_escape(const char *text, size_t size, char *bytes, size_t *length, Error *error)
{
    *length = 0;
    for (size_t at = 0; at < size;) {
        if (text[at] != '\\') {
            bytes[(*length)++] = text[at++];
        } else if (at + 1 < size && text[at + 1] == '\\') {
            bytes[(*length)++] = '\\';
            at += 2;
        } else if (at + 3 < size && text[at + 1] >= '0' && text[at + 1] <= '3' && text[at + 2] >= '0' &&
                   text[at + 2] <= '7' && text[at + 3] >= '0' && text[at + 3] <= '7') {
            bytes[(*length)++] =
                (char)((text[at + 1] - '0') << 6 | (text[at + 2] - '0') << 3 | (text[at + 3] - '0'));
            at += 4;
        } else {
            return error_set(error, STATUS_INVALID_TEXT, "invalid input syntax for type bytea");
        }
    }
    return STATUS_OK;
}

static Status
parse_bytea(const char *text, size_t size, Arena *arena, StringView *view, Error *error)
{
    const bool hex = size >= 2 && text[0] == '\\' && text[1] == 'x';
    char *bytes;
    size_t length;

    if (!hex && (size == 0 || memchr(text, '\\', size) == NULL)) {
        *view = string_view(text, size);
        return STATUS_OK;
    }
    bytes = arena_alloc_aligned(arena, size, 1);
    if (bytes == NULL)
        return error_set_memory(error);
    TRY(hex ? parse_bytea_hex(text, size, bytes, &length, error)
            : parse_bytea_escape(text, size, bytes, &length, error));
    *view = string_view(bytes, length);
    return STATUS_OK;
}

/* The byte offset of a character. */
static size_t
character_offset(const char *text, size_t size, size_t character)
{
    size_t at = 0;

    for (; at < size; at++) {
        if (((unsigned char)text[at] & 0xC0) != 0x80 && character-- == 0)
            break;
    }
    return at;
}

/* varchar(n) and character(n): what is too long may only be spaces. */
static Status
parse_string(Type type, const char *text, size_t size, StringView *view, Error *error)
{
    if (type.id != TYPE_TEXT && type.length != TYPE_NO_LENGTH && size > (size_t)type.length) {
        const size_t limit = character_offset(text, size, (size_t)type.length);
        for (size_t i = limit; i < size; i++) {
            if (text[i] != ' ')
                return error_set(error, STATUS_STRING_TRUNCATION, "value too long for type %s(%d)",
                                 type_name(type.id), type.length);
        }
        size = limit;
    }
    while (type.id == TYPE_BPCHAR && size > 0 && text[size - 1] == ' ')
        size--;
    *view = string_view(text, size);
    return STATUS_OK;
}

static Status
parse_jsonb(const char *text, size_t size, Arena *arena, StringView *view, Error *error)
{
    Buffer canonical = {0};
    Status status = json_canonical(text, size, arena, &canonical, error);
    const char *bytes = NULL;

    if (status == STATUS_OK) {
        bytes = arena_copy_bytes(arena, canonical.data, canonical.size);
        status = bytes == NULL ? error_set_memory(error) : STATUS_OK;
    }
    if (status == STATUS_OK)
        *view = string_view(bytes, canonical.size);
    buffer_destroy(&canonical);
    return status;
}

static Status
parse_small(Type type, const char *text, size_t size, int32_t *value, Error *error)
{
    int64_t wide;

    TRY(text_parse_integer(type.id, text, size, &wide, error));
    *value = (int32_t)wide;
    return STATUS_OK;
}

static Status
parse_numeric(Type type, const char *text, size_t size, void *value, Error *error)
{
    Int128 wide = 0;

    TRY(text_parse_numeric(type, text, size, &wide, error));
    if (type_layout(type) == LAYOUT_I64) {
        const int64_t narrow = (int64_t)wide;
        memcpy(value, &narrow, sizeof narrow);
    } else {
        memcpy(value, &wide, sizeof wide);
    }
    return STATUS_OK;
}

static Status
parse_real(const char *text, size_t size, double *value, Error *error)
{
    float narrow;

    TRY(text_parse_float(text, size, &narrow, error));
    *value = (double)narrow;
    return STATUS_OK;
}

static Status
parse_boolean(const char *text, size_t size, uint8_t *value, Error *error)
{
    bool truth;

    TRY(text_parse_bool(text, size, &truth, error));
    *value = truth;
    return STATUS_OK;
}

static Status
parse_value(Type type, const char *text, size_t size, const Session *session, Arena *arena, void *value,
            Error *error)
{
    switch (type.id) {
    case TYPE_INT8: return text_parse_integer(TYPE_INT8, text, size, value, error);
    case TYPE_INT2:
    case TYPE_INT4: return parse_small(type, text, size, value, error);
    case TYPE_FLOAT8: return text_parse_double(text, size, value, error);
    case TYPE_FLOAT4: return parse_real(text, size, value, error);
    case TYPE_NUMERIC: return parse_numeric(type, text, size, value, error);
    case TYPE_BOOL: return parse_boolean(text, size, value, error);
    case TYPE_UNKNOWN: *(StringView *)value = string_view(text, size); return STATUS_OK;
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_BPCHAR: return parse_string(type, text, size, value, error);
    case TYPE_BYTEA: return parse_bytea(text, size, arena, value, error);
    case TYPE_JSON: *(StringView *)value = string_view(text, size); return json_check(text, size, error);
    case TYPE_JSONB: return parse_jsonb(text, size, arena, value, error);
    case TYPE_STRUCT: return text_parse_record(type, text, size, session, arena, value, error);
    case TYPE_DATE: return text_parse_date(text, size, session, value, error);
    case TYPE_TIME: return text_parse_time(text, size, session, value, error);
    case TYPE_TIMESTAMP: return text_parse_timestamp(text, size, session, value, error);
    case TYPE_TIMESTAMPTZ: return text_parse_timestamptz(text, size, session, value, error);
    case TYPE_INTERVAL: return text_parse_interval(type, text, size, value, error);
    case TYPE_UUID: {
        Int128 bits = 0;
        TRY(parse_uuid(text, size, &bits, error));
        memcpy(value, &bits, sizeof bits);
        return STATUS_OK;
    }
    default:
        return error_set(error, STATUS_NOT_SUPPORTED, "values of type %s cannot be read from text yet",
                         type_name(type.id));
    }
}

Status
text_parse_value(Type type, const char *text, size_t size, const Session *session, Arena *arena, void *value,
                 Error *error)
{
    TRY(parse_value(type, text, size, session, arena, value, error));
    time_digits_fit(type, value);
    return STATUS_OK;
}
