/* Functions of strings, a row at a time; results point into their arguments where they are parts of them. */
#include "expr/kernels_string.h"

#include "base/find_bytes.h"
#include "expr/string_kernel.h"
#include "expr/text.h"
#include "expr/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

ROW(length)
{
    const Text text = text_argument(call, 0, row);

    ROW_RESULT(call, int32_t, row) =
        (int32_t)(call->arguments[0].type.id == TYPE_BYTEA ? text.size : utf8_count(text.data, text.size));
    return STATUS_OK;
}
ROW_KERNEL(length)

ROW(octet_length)
{
    ROW_RESULT(call, int32_t, row) = (int32_t)text_argument(call, 0, row).size;
    return STATUS_OK;
}
ROW_KERNEL(octet_length)

ROW(bit_length)
{
    ROW_RESULT(call, int32_t, row) = (int32_t)(text_argument(call, 0, row).size * 8);
    return STATUS_OK;
}
ROW_KERNEL(bit_length)

typedef utf8proc_int32_t (*CaseRule)(utf8proc_int32_t codepoint);

static utf8proc_int32_t
upper_case(utf8proc_int32_t codepoint)
{
    return codepoint == 0xDF ? codepoint
                             : utf8proc_toupper(codepoint); /* no capital sharp s, as PostgreSQL */
}

/* Letter by letter; `words`: upper case at the beginning of words, lower case else. */
static Status
convert_case(KernelCall *call, uint32_t row, CaseRule rule, bool words)
{
    const Text text = text_argument(call, 0, row);
    size_t size = 0;
    bool inside = false;

    NEW_BYTES(out, text.size * 2 + 4); /* no mapping makes a character more than twice as long */
    for (size_t at = 0; at < text.size;) {
        utf8proc_int32_t codepoint;
        const utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)text.data + at,
                                                       (utf8proc_ssize_t)(text.size - at), &codepoint);
        if (used <= 0) {
            out[size++] = text.data[at++];
            continue;
        }
        const CaseRule now = !words ? rule : inside ? utf8proc_tolower : upper_case;
        if (words) {
            const utf8proc_category_t category = utf8proc_category(codepoint);
            inside = (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
                     category == UTF8PROC_CATEGORY_ND;
        }
        size += (size_t)utf8proc_encode_char(now(codepoint), (utf8proc_uint8_t *)out + size);
        at += (size_t)used;
    }
    return row_set_view(call, row, out, size);
}

/* ASCII is a loop that vectorises; only where another byte shows up it is done again by characters. */
static Status
ascii_case(KernelCall *call, uint32_t row, char first, CaseRule rule)
{
    const Text text = text_argument(call, 0, row);
    unsigned char all = 0;
    char small[STRING_VIEW_INLINE];
    char *out = small;

    if (text.size > sizeof small) {
        NEW_BYTES(bytes, text.size);
        out = bytes;
    }
    for (size_t i = 0; i < text.size; i++) {
        const unsigned char c = (unsigned char)text.data[i];
        all |= c;
        out[i] = (char)(c ^ ((unsigned char)(c - first) < 26 ? 0x20 : 0));
    }
    if (all >= 0x80)
        return convert_case(call, row, rule, false);
    return row_set_view(call, row, out, text.size);
}

ROW(lower)
{
    return ascii_case(call, row, 'A', utf8proc_tolower);
}
ROW_KERNEL(lower)

ROW(upper)
{
    return ascii_case(call, row, 'a', upper_case);
}
ROW_KERNEL(upper)

ROW(initcap)
{
    return convert_case(call, row, NULL, true);
}
ROW_KERNEL(initcap)

/* Characters [first, end) of the text, counted from 0. */
static Status
slice(KernelCall *call, uint32_t row, Text text, int64_t first, int64_t end)
{
    if (first < 0)
        first = 0;
    if (end <= first)
        return row_set_view(call, row, text.data, 0);
    const bool bytes = call->arguments[0].type.id == TYPE_BYTEA;
    const size_t start = bytes ? ((size_t)first < text.size ? (size_t)first : text.size)
                               : utf8_offset(text.data, text.size, (size_t)first);
    const size_t left = text.size - start;
    const size_t count = (size_t)(end - first);
    const size_t size = bytes ? (count < left ? count : left) : utf8_offset(text.data + start, left, count);
    return row_set_view(call, row, text.data + start, size);
}

ROW(substring)
{
    const int64_t start = ROW_ARGUMENT(call, 1, int32_t, row);
    int64_t end = INT64_MAX;

    if (call->argument_count > 2) {
        const int64_t length = ROW_ARGUMENT(call, 2, int32_t, row);
        if (length < 0)
            return error_set(call->error, STATUS_SUBSTRING, "negative substring length not allowed");
        end = start + length - 1;
    }
    return slice(call, row, text_argument(call, 0, row), start - 1, end);
}
ROW_KERNEL(substring)

ROW(left)
{
    const Text text = text_argument(call, 0, row);
    const int64_t count = ROW_ARGUMENT(call, 1, int32_t, row);

    return slice(call, row, text, 0, count >= 0 ? count : (int64_t)utf8_count(text.data, text.size) + count);
}
ROW_KERNEL(left)

ROW(right)
{
    const Text text = text_argument(call, 0, row);
    const int64_t count = ROW_ARGUMENT(call, 1, int32_t, row);
    int64_t start = count >= 0 ? (int64_t)utf8_count(text.data, text.size) - count : -count;

    if (count == INT32_MIN) /* as in PostgreSQL, where its negation is itself */
        start = 0;
    return slice(call, row, text, start, INT64_MAX);
}
ROW_KERNEL(right)

/* Whether the character is one of the set. */
static bool
in_set(Text set, const char *character, size_t size)
{
    for (size_t at = 0; at < set.size;) {
        const size_t step = utf8_size(set.data + at, set.size - at);
        if (step == size && memcmp(set.data + at, character, size) == 0)
            return true;
        at += step;
    }
    return false;
}

static Status
trim_bytes(KernelCall *call, uint32_t row, bool front, bool back)
{
    Text bytes = text_argument(call, 0, row);
    const Text set = text_argument(call, 1, row);

    while (front && bytes.size > 0 && memchr(set.data, bytes.data[0], set.size) != NULL) {
        bytes.data++;
        bytes.size--;
    }
    while (back && bytes.size > 0 && memchr(set.data, bytes.data[bytes.size - 1], set.size) != NULL)
        bytes.size--;
    return row_set_view(call, row, bytes.data, bytes.size);
}

static Status
trim(KernelCall *call, uint32_t row, bool front, bool back)
{
    if (call->type.id == TYPE_BYTEA)
        return trim_bytes(call, row, front, back);
    Text text = text_argument(call, 0, row);
    const Text set = call->argument_count > 1 ? text_argument(call, 1, row) : (Text){" ", 1};

    while (front && text.size > 0) {
        const size_t step = utf8_size(text.data, text.size);
        if (!in_set(set, text.data, step))
            break;
        text.data += step;
        text.size -= step;
    }
    while (back && text.size > 0) {
        size_t at = text.size - 1;
        while (at > 0 && !utf8_starts(text.data[at]))
            at--;
        if (!in_set(set, text.data + at, text.size - at))
            break;
        text.size = at;
    }
    return row_set_view(call, row, text.data, text.size);
}

ROW(btrim)
{
    return trim(call, row, true, true);
}
ROW_KERNEL(btrim)

ROW(ltrim)
{
    return trim(call, row, true, false);
}
ROW_KERNEL(ltrim)

ROW(rtrim)
{
    return trim(call, row, false, true);
}
ROW_KERNEL(rtrim)

static Status
pad(KernelCall *call, uint32_t row, bool front)
{
    const Text text = text_argument(call, 0, row);
    const Text fill = call->argument_count > 2 ? text_argument(call, 2, row) : (Text){" ", 1};
    const int32_t wanted = ROW_ARGUMENT(call, 1, int32_t, row);
    const size_t length = wanted > 0 ? (size_t)wanted : 0;
    const size_t have = utf8_count(text.data, text.size);

    if (have >= length || fill.size == 0)
        return slice(call, row, text, 0, (int64_t)length);
    const size_t fill_count = utf8_count(fill.data, fill.size);
    const size_t whole = (length - have) / fill_count;
    const size_t rest = utf8_offset(fill.data, fill.size, (length - have) % fill_count);
    const size_t padding = whole * fill.size + rest;
    if (length > STRING_MAX)
        return error_set(call->error, STATUS_LIMIT_EXCEEDED, "requested length too large");
    NEW_BYTES(out, padding + text.size);
    char *at = front ? out : out + text.size;
    for (size_t i = 0; i < whole; i++)
        memcpy(at + i * fill.size, fill.data, fill.size);
    memcpy(at + whole * fill.size, fill.data, rest);
    memcpy(front ? out + padding : out, text.data, text.size);
    return row_set_view(call, row, out, padding + text.size);
}

ROW(lpad)
{
    return pad(call, row, true);
}
ROW_KERNEL(lpad)

ROW(rpad)
{
    return pad(call, row, false);
}
ROW_KERNEL(rpad)

/* The first occurrence at or after `from`; NULL where there is none. */
static const char *
find(Text text, Text part, size_t from)
{
    return from > text.size ? NULL : find_bytes(text.data + from, text.size - from, part.data, part.size);
}

ROW(replace)
{
    const Text text = text_argument(call, 0, row);
    const Text from = text_argument(call, 1, row);
    const Text to = text_argument(call, 2, row);
    size_t count = 0;
    size_t at = 0;

    if (from.size == 0)
        return row_set_view(call, row, text.data, text.size);
    for (const char *hit; (hit = find(text, from, at)) != NULL; at = (size_t)(hit - text.data) + from.size)
        count++;
    if (count == 0)
        return row_set_view(call, row, text.data, text.size);
    if (to.size > from.size && count > STRING_MAX / (to.size - from.size))
        return error_set(call->error, STATUS_LIMIT_EXCEEDED, "requested length too large");
    const size_t size = text.size - count * from.size + count * to.size;
    NEW_BYTES(out, size);
    char *end = out;
    at = 0;
    for (const char *hit; (hit = find(text, from, at)) != NULL;) {
        const size_t before = (size_t)(hit - text.data) - at;
        memcpy(end, text.data + at, before);
        memcpy(end + before, to.data, to.size);
        end += before + to.size;
        at += before + from.size;
    }
    memcpy(end, text.data + at, text.size - at);
    return row_set_view(call, row, out, size);
}
ROW_KERNEL(replace)

static Status
place(KernelCall *call, uint32_t row, Text text, Text part)
{
    const char *hit = find(text, part, 0);

    if (hit == NULL)
        ROW_RESULT(call, int32_t, row) = 0;
    else if (call->arguments[0].type.id == TYPE_BYTEA)
        ROW_RESULT(call, int32_t, row) = (int32_t)(hit - text.data) + 1;
    else
        ROW_RESULT(call, int32_t, row) = (int32_t)utf8_count(text.data, (size_t)(hit - text.data)) + 1;
    return STATUS_OK;
}

/* position(part, text), as POSITION(part IN text) is read; strpos has them the other way round. */
ROW(position)
{
    return place(call, row, text_argument(call, 0, row), text_argument(call, 1, row));
}
ROW_KERNEL(position)

ROW(strpos)
{
    return place(call, row, text_argument(call, 0, row), text_argument(call, 1, row));
}
ROW_KERNEL(strpos)

ROW(concat_pair)
{
    const Text a = text_argument(call, 0, row);
    const Text b = text_argument(call, 1, row);

    NEW_BYTES(out, a.size + b.size);
    memcpy(out, a.data, a.size);
    memcpy(out + a.size, b.data, b.size);
    return row_set_view(call, row, out, a.size + b.size);
}
ROW_KERNEL(concat_pair)

/* concat and concat_ws see NULLs and values of any type. */
static Status
join(KernelCall *call, const Vector *separator)
{
    Buffer buffer = {.limit = STRING_MAX};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        bool first = true;
        if (separator != NULL && kernel_argument_is_null(separator, row)) {
            row_set_null(call, row);
            continue;
        }
        bits_set(call->validity, row);
        buffer_clear(&buffer);
        for (uint32_t a = separator != NULL; a < call->argument_count; a++) {
            if (kernel_argument_is_null(&call->arguments[a], row))
                continue;
            if (!first && separator != NULL)
                text_format_value(separator, row, call->session, &buffer);
            first = false;
            text_format_value(&call->arguments[a], row, call->session, &buffer);
        }
        status = buffer.failed
                     ? error_set_memory(call->error)
                     : row_copy_view(call, row, buffer.data == NULL ? "" : buffer.data, buffer.size);
    }
    buffer_destroy(&buffer);
    return status;
}

Status
kernel_concat(KernelCall *call)
{
    return join(call, NULL);
}

/* ||: values as their casts to text have them. */
Status
kernel_concat_any(KernelCall *call)
{
    Buffer buffer = {.limit = STRING_MAX};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        if (!bits_get(call->validity, row))
            continue;
        buffer_clear(&buffer);
        text_format_cast(&call->arguments[0], row, call->session, &buffer);
        text_format_cast(&call->arguments[1], row, call->session, &buffer);
        status = buffer.failed ? error_set_memory(call->error)
                               : row_copy_view(call, row, buffer_text(&buffer), buffer.size);
    }
    buffer_destroy(&buffer);
    return status;
}

Status
kernel_concat_ws(KernelCall *call)
{
    return join(call, &call->arguments[0]);
}

ROW(reverse)
{
    const Text text = text_argument(call, 0, row);

    NEW_BYTES(out, text.size);
    char *end = out + text.size;
    for (size_t at = 0; at < text.size;) {
        const size_t step = utf8_size(text.data + at, text.size - at);
        end -= step;
        memcpy(end, text.data + at, step);
        at += step;
    }
    return row_set_view(call, row, out, text.size);
}
ROW_KERNEL(reverse)

ROW(repeat)
{
    const Text text = text_argument(call, 0, row);
    const int32_t wanted = ROW_ARGUMENT(call, 1, int32_t, row);
    const size_t count = wanted > 0 ? (size_t)wanted : 0;

    if (text.size > 0 && count > STRING_MAX / text.size)
        return error_set(call->error, STATUS_LIMIT_EXCEEDED, "requested length too large");
    NEW_BYTES(out, text.size * count);
    for (size_t i = 0; i < count && text.size > 0; i++)
        memcpy(out + i * text.size, text.data, text.size);
    return row_set_view(call, row, out, text.size * count);
}
ROW_KERNEL(repeat)

static int64_t
count_parts(Text text, Text separator)
{
    int64_t count = 1;
    size_t at = 0;

    for (const char *hit; (hit = find(text, separator, at)) != NULL; count++)
        at = (size_t)(hit - text.data) + separator.size;
    return count;
}

ROW(split_part)
{
    const Text text = text_argument(call, 0, row);
    const Text separator = text_argument(call, 1, row);
    int64_t wanted = ROW_ARGUMENT(call, 2, int32_t, row);
    size_t at = 0;

    if (wanted == 0)
        return error_set(call->error, STATUS_INVALID_PARAMETER, "field position must not be zero");
    if (text.size == 0 || separator.size == 0)
        return row_set_view(call, row, text.data, wanted == 1 || wanted == -1 ? text.size : 0);
    if (wanted < 0)
        wanted += count_parts(text, separator) + 1;
    if (wanted < 1)
        return row_set_view(call, row, text.data, 0);
    for (;;) {
        const char *hit = find(text, separator, at);
        const size_t end = hit == NULL ? text.size : (size_t)(hit - text.data);
        if (--wanted == 0)
            return row_set_view(call, row, text.data + at, end - at);
        if (hit == NULL)
            return row_set_view(call, row, text.data, 0);
        at = end + separator.size;
    }
}
ROW_KERNEL(split_part)

ROW(starts_with)
{
    const Text text = text_argument(call, 0, row);
    const Text prefix = text_argument(call, 1, row);

    ROW_RESULT(call, uint8_t, row) =
        text.size >= prefix.size && memcmp(text.data, prefix.data, prefix.size) == 0;
    return STATUS_OK;
}
ROW_KERNEL(starts_with)

ROW(ascii)
{
    const Text text = text_argument(call, 0, row);
    utf8proc_int32_t codepoint = 0;

    if (text.size > 0)
        utf8proc_iterate((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.size, &codepoint);
    ROW_RESULT(call, int32_t, row) = codepoint;
    return STATUS_OK;
}
ROW_KERNEL(ascii)

ROW(chr)
{
    const int32_t codepoint = ROW_ARGUMENT(call, 0, int32_t, row);
    utf8proc_uint8_t bytes[4];

    if (codepoint == 0)
        return error_set(call->error, STATUS_LIMIT_EXCEEDED, "null character not permitted");
    if (codepoint < 0)
        return error_set(call->error, STATUS_INVALID_PARAMETER, "character number must be positive");
    if (codepoint > 0x10FFFF || !utf8proc_codepoint_valid(codepoint))
        return error_set(call->error, STATUS_LIMIT_EXCEEDED, "requested character not valid for encoding: %d",
                         codepoint);
    return row_set_view(call, row, (const char *)bytes, (size_t)utf8proc_encode_char(codepoint, bytes));
}
ROW_KERNEL(chr)

ROW(to_hex)
{
    const uint64_t value = call->arguments[0].layout == LAYOUT_I32
                               ? (uint32_t)ROW_ARGUMENT(call, 0, int32_t, row)
                               : (uint64_t)ROW_ARGUMENT(call, 0, int64_t, row);
    char digits[17];

    return row_copy_view(call, row, digits,
                         (size_t)snprintf(digits, sizeof digits, "%lx", (unsigned long)value));
}
ROW_KERNEL(to_hex)

ROW(translate)
{
    const Text text = text_argument(call, 0, row);
    const Text from = text_argument(call, 1, row);
    const Text to = text_argument(call, 2, row);
    size_t size = 0;

    NEW_BYTES(out, text.size * 4);
    for (size_t at = 0; at < text.size;) {
        const size_t step = utf8_size(text.data + at, text.size - at);
        size_t index = 0;
        size_t place_in_set = 0;
        bool found = false;
        while (!found && place_in_set < from.size) {
            const size_t width = utf8_size(from.data + place_in_set, from.size - place_in_set);
            found = width == step && memcmp(from.data + place_in_set, text.data + at, step) == 0;
            place_in_set += width;
            index += !found;
        }
        if (found) {
            const size_t start = utf8_offset(to.data, to.size, index);
            const size_t width = start < to.size ? utf8_size(to.data + start, to.size - start) : 0;
            memcpy(out + size, to.data + start, width);
            size += width;
        } else {
            memcpy(out + size, text.data + at, step);
            size += step;
        }
        at += step;
    }
    return row_set_view(call, row, out, size);
}
ROW_KERNEL(translate)

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t
encode_base64(Text bytes, char *out)
{
    size_t size = 0;
    size_t line = 0;

    for (size_t at = 0; at < bytes.size; at += 3) {
        const size_t left = bytes.size - at;
        uint32_t word = (uint32_t)(unsigned char)bytes.data[at] << 16;
        word |= left > 1 ? (uint32_t)(unsigned char)bytes.data[at + 1] << 8 : 0;
        word |= left > 2 ? (uint32_t)(unsigned char)bytes.data[at + 2] : 0;
        if (line == 76) {
            out[size++] = '\n';
            line = 0;
        }
        out[size++] = base64_digits[word >> 18];
        out[size++] = base64_digits[word >> 12 & 63];
        out[size++] = left > 1 ? base64_digits[word >> 6 & 63] : '=';
        out[size++] = left > 2 ? base64_digits[word & 63] : '=';
        line += 4;
    }
    return size;
}

static bool
is_format(Text format, const char *name)
{
    return format.size == strlen(name) && strncasecmp(format.data, name, format.size) == 0;
}

static Status
unknown_encoding(KernelCall *call, Text format)
{
    return error_set(call->error, STATUS_INVALID_PARAMETER, "unrecognized encoding: \"%.*s\"",
                     (int)format.size, format.data);
}

ROW(encode)
{
    const Text bytes = text_argument(call, 0, row);
    const Text format = text_argument(call, 1, row);

    NEW_BYTES(out, bytes.size * 4 + 8);
    if (is_format(format, "hex")) {
        const size_t size = text_format_bytea(bytes.data, bytes.size, out);
        return row_set_view(call, row, out + 2, size - 2);
    }
    if (is_format(format, "base64"))
        return row_set_view(call, row, out, encode_base64(bytes, out));
    if (!is_format(format, "escape"))
        return unknown_encoding(call, format);
    size_t size = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        const unsigned char c = (unsigned char)bytes.data[i];
        if (c == 0 || c >= 0x80) {
            out[size++] = '\\';
            out[size++] = (char)('0' + (c >> 6));
            out[size++] = (char)('0' + (c >> 3 & 7));
            out[size++] = (char)('0' + (c & 7));
        } else {
            if (c == '\\')
                out[size++] = '\\';
            out[size++] = (char)c;
        }
    }
    return row_set_view(call, row, out, size);
}
ROW_KERNEL(encode)

static Status
decode_base64(KernelCall *call, uint32_t row, Text text, char *out)
{
    uint32_t word = 0;
    int count = 0;
    int padding = 0;
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        const char *digit = c == '\0' ? NULL : strchr(base64_digits, c);
        if (isspace((unsigned char)c))
            continue;
        if (c == '=' && count >= 2)
            padding++;
        else if (digit == NULL || padding > 0)
            return error_set(call->error, STATUS_INVALID_PARAMETER,
                             "invalid symbol \"%c\" found while decoding base64 sequence", c);
        word = word << 6 | (c == '=' ? 0 : (uint32_t)(digit - base64_digits));
        if (++count == 4) {
            for (int byte = 0; byte < 3 - padding; byte++)
                out[size++] = (char)(word >> (16 - 8 * byte));
            word = 0;
            count = 0;
        }
    }
    if (count != 0)
        return error_set(call->error, STATUS_INVALID_PARAMETER, "invalid base64 end sequence");
    return row_set_view(call, row, out, size);
}

ROW(decode)
{
    const Text text = text_argument(call, 0, row);
    const Text format = text_argument(call, 1, row);
    StringView bytes;

    NEW_BYTES(out, text.size + 8);
    if (is_format(format, "base64"))
        return decode_base64(call, row, text, out);
    if (is_format(format, "hex")) { /* what bytea's input takes, behind its mark */
        out[0] = '\\';
        out[1] = 'x';
        memcpy(out + 2, text.data, text.size);
        TRY(text_parse_value(type_of(TYPE_BYTEA), out, text.size + 2, NULL, call->arena, &bytes,
                             call->error));
    } else if (is_format(format, "escape")) {
        TRY(text_parse_value(type_of(TYPE_BYTEA), text.data, text.size, NULL, call->arena, &bytes,
                             call->error));
    } else {
        return unknown_encoding(call, format);
    }
    ROW_RESULT(call, StringView, row) = bytes;
    return STATUS_OK;
}
ROW_KERNEL(decode)
