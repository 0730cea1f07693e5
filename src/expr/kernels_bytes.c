/* Functions of byte strings: single bytes and bits, overlay, and text in other encodings than UTF-8's. */
#include "expr/kernels_string.h"

#include "expr/order_key.h"
#include "expr/string_kernel.h"
#include "expr/utf8.h"

#include <ctype.h>
#include <string.h>
#include <utf8proc.h>

static Status
bad_index(KernelCall *call, int64_t index, int64_t count)
{
    return error_set(call->error, STATUS_ARRAY_SUBSCRIPT, "index %lld out of valid range, 0..%lld",
                     (long long)index, (long long)count - 1);
}

ROW(get_byte)
{
    const Text bytes = text_argument(call, 0, row);
    const int32_t index = ROW_ARGUMENT(call, 1, int32_t, row);

    if (index < 0 || (size_t)index >= bytes.size)
        return bad_index(call, index, (int64_t)bytes.size);
    ROW_RESULT(call, int32_t, row) = (unsigned char)bytes.data[index];
    return STATUS_OK;
}
ROW_KERNEL(get_byte)

ROW(set_byte)
{
    const Text bytes = text_argument(call, 0, row);
    const int32_t index = ROW_ARGUMENT(call, 1, int32_t, row);

    if (index < 0 || (size_t)index >= bytes.size)
        return bad_index(call, index, (int64_t)bytes.size);
    NEW_BYTES(out, bytes.size);
    memcpy(out, bytes.data, bytes.size);
    out[index] = (char)ROW_ARGUMENT(call, 2, int32_t, row);
    return row_set_view(call, row, out, bytes.size);
}
ROW_KERNEL(set_byte)

ROW(get_bit)
{
    const Text bytes = text_argument(call, 0, row);
    const int64_t index = ROW_ARGUMENT(call, 1, int64_t, row);

    if (index < 0 || (uint64_t)index >= bytes.size * 8)
        return bad_index(call, index, (int64_t)bytes.size * 8);
    ROW_RESULT(call, int32_t, row) = (unsigned char)bytes.data[index / 8] >> (index % 8) & 1;
    return STATUS_OK;
}
ROW_KERNEL(get_bit)

ROW(set_bit)
{
    const Text bytes = text_argument(call, 0, row);
    const int64_t index = ROW_ARGUMENT(call, 1, int64_t, row);
    const int32_t bit = ROW_ARGUMENT(call, 2, int32_t, row);

    if (index < 0 || (uint64_t)index >= bytes.size * 8)
        return bad_index(call, index, (int64_t)bytes.size * 8);
    if (bit != 0 && bit != 1)
        return error_set(call->error, STATUS_INVALID_PARAMETER, "new bit must be 0 or 1");
    NEW_BYTES(out, bytes.size);
    memcpy(out, bytes.data, bytes.size);
    const int mask = 1 << (index % 8);
    out[index / 8] = (char)(bit != 0 ? out[index / 8] | mask : out[index / 8] & ~mask);
    return row_set_view(call, row, out, bytes.size);
}
ROW_KERNEL(set_bit)

ROW(bit_count)
{
    const Text bytes = text_argument(call, 0, row);
    int64_t count = 0;

    for (size_t i = 0; i < bytes.size; i++)
        count += __builtin_popcount((unsigned char)bytes.data[i]);
    ROW_RESULT(call, int64_t, row) = count;
    return STATUS_OK;
}
ROW_KERNEL(bit_count)

/* Where character number `index` begins (for bytea: byte). */
static size_t
offset_of(Text text, int64_t index, bool bytes)
{
    if (index <= 0)
        return 0;
    if (bytes)
        return (uint64_t)index < text.size ? (size_t)index : text.size;
    return utf8_offset(text.data, text.size, (size_t)index);
}

/* overlay(text, new, start[, count]): substring(text, 1, start - 1) || new || substring(text, start + count).
 */
ROW(overlay)
{
    const Text text = text_argument(call, 0, row);
    const Text part = text_argument(call, 1, row);
    const bool bytes = call->type.id == TYPE_BYTEA;
    const int64_t start = ROW_ARGUMENT(call, 2, int32_t, row);
    const int64_t count = call->argument_count > 3
                              ? ROW_ARGUMENT(call, 3, int32_t, row)
                              : (int64_t)(bytes ? part.size : utf8_count(part.data, part.size));

    if (start <= 0)
        return error_set(call->error, STATUS_SUBSTRING, "negative substring length not allowed");
    if (start + count > INT32_MAX)
        return error_set(call->error, STATUS_NUMERIC_RANGE, "integer out of range");
    const size_t front = offset_of(text, start - 1, bytes);
    const size_t back = offset_of(text, start + count - 1, bytes);
    NEW_BYTES(out, front + part.size + (text.size - back));
    memcpy(out, text.data, front);
    memcpy(out + front, part.data, part.size);
    memcpy(out + front + part.size, text.data + back, text.size - back);
    return row_set_view(call, row, out, front + part.size + (text.size - back));
}
ROW_KERNEL(overlay)

/* Encodings by name, as PostgreSQL compares them: letters and digits only, any case. */
typedef enum Encoding { ENCODING_UTF8, ENCODING_LATIN1, ENCODING_ASCII, ENCODING_NONE } Encoding;

static Encoding
find_encoding(Text name)
{
    static const struct {
        const char *name;
        Encoding encoding;
    } names[] = {{"utf8", ENCODING_UTF8},       {"unicode", ENCODING_UTF8},   {"latin1", ENCODING_LATIN1},
                 {"iso88591", ENCODING_LATIN1}, {"sqlascii", ENCODING_ASCII}, {"sql", ENCODING_ASCII}};
    char plain[16];
    size_t size = 0;

    for (size_t i = 0; i < name.size; i++) {
        if (!isalnum((unsigned char)name.data[i]))
            continue;
        if (size == sizeof plain - 1)
            return ENCODING_NONE;
        plain[size++] = (char)tolower((unsigned char)name.data[i]);
    }
    plain[size] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, plain) == 0)
            return names[i].encoding;
    }
    return ENCODING_NONE;
}

static Status
bad_encoding(KernelCall *call, const char *role, Text name)
{
    return error_set(call->error, STATUS_INVALID_PARAMETER, "invalid %s encoding name \"%.*s\"", role,
                     (int)name.size, name.data);
}

static Status
check_utf8(KernelCall *call, Text text)
{
    for (size_t at = 0; at < text.size;) {
        utf8proc_int32_t codepoint;
        const utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)text.data + at,
                                                       (utf8proc_ssize_t)(text.size - at), &codepoint);
        if (used <= 0 || codepoint == 0)
            return error_set(call->error, STATUS_INVALID_ENCODING,
                             "invalid byte sequence for encoding \"UTF8\": 0x%02x",
                             (unsigned char)text.data[at]);
        at += (size_t)used;
    }
    return STATUS_OK;
}

/* Latin 1 is the first 256 code points. */
static Status
from_latin1(KernelCall *call, uint32_t row, Text bytes)
{
    size_t size = 0;

    NEW_BYTES(out, bytes.size * 2);
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] == '\0')
            return error_set(call->error, STATUS_INVALID_ENCODING,
                             "invalid byte sequence for encoding \"LATIN1\": 0x00");
        size += (size_t)utf8proc_encode_char((unsigned char)bytes.data[i], (utf8proc_uint8_t *)out + size);
    }
    return row_set_view(call, row, out, size);
}

ROW(convert_from)
{
    const Text bytes = text_argument(call, 0, row);
    const Text name = text_argument(call, 1, row);
    const Encoding encoding = find_encoding(name);

    if (encoding == ENCODING_NONE)
        return bad_encoding(call, "source", name);
    if (encoding == ENCODING_LATIN1)
        return from_latin1(call, row, bytes);
    TRY(check_utf8(call, bytes));
    return row_set_view(call, row, bytes.data, bytes.size);
}
ROW_KERNEL(convert_from)

/* The character as one byte of Latin 1. */
static Status
to_latin1(KernelCall *call, uint32_t row, Text text)
{
    size_t size = 0;

    NEW_BYTES(out, text.size);
    for (size_t at = 0; at < text.size;) {
        utf8proc_int32_t codepoint = -1;
        const utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)text.data + at,
                                                       (utf8proc_ssize_t)(text.size - at), &codepoint);
        if (used <= 0 || codepoint > 0xFF)
            return error_set(call->error, STATUS_UNTRANSLATABLE,
                             "character U+%04X has no equivalent in encoding \"LATIN1\"",
                             (unsigned)codepoint);
        out[size++] = (char)codepoint;
        at += (size_t)used;
    }
    return row_set_view(call, row, out, size);
}

ROW(convert_to)
{
    const Text text = text_argument(call, 0, row);
    const Text name = text_argument(call, 1, row);
    const Encoding encoding = find_encoding(name);

    if (encoding == ENCODING_NONE)
        return bad_encoding(call, "destination", name);
    if (encoding == ENCODING_LATIN1)
        return to_latin1(call, row, text);
    return row_set_view(call, row, text.data, text.size);
}
ROW_KERNEL(convert_to)

/* Characters of bytes in an encoding. */
ROW(length_encoded)
{
    const Text bytes = text_argument(call, 0, row);
    const Text name = text_argument(call, 1, row);
    const Encoding encoding = find_encoding(name);

    if (encoding == ENCODING_NONE)
        return error_set(call->error, STATUS_INVALID_PARAMETER, "invalid encoding name \"%.*s\"",
                         (int)name.size, name.data);
    if (encoding == ENCODING_UTF8)
        TRY(check_utf8(call, bytes));
    ROW_RESULT(call, int32_t, row) =
        (int32_t)(encoding == ENCODING_UTF8 ? utf8_count(bytes.data, bytes.size) : bytes.size);
    return STATUS_OK;
}
ROW_KERNEL(length_encoded)

/* The length that a character(n) has with its blanks, in bytes; it is kept without them. */
ROW(padded_length)
{
    const Text text = text_argument(call, 0, row);
    const int32_t length = call->arguments[0].type.length;
    const size_t characters = utf8_count(text.data, text.size);
    const size_t blanks = length > 0 && (size_t)length > characters ? (size_t)length - characters : 0;

    ROW_RESULT(call, int32_t, row) = (int32_t)(text.size + blanks);
    return STATUS_OK;
}
ROW_KERNEL(padded_length)

/* What ORDER BY in an aggregate sorts by: a letter a key tells its direction and where NULLs go. */
Status
kernel_order_key(KernelCall *call)
{
    Buffer key = {.limit = STRING_MAX};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        const Text letters = text_argument(call, 0, row);
        buffer_clear(&key);
        for (uint32_t a = 1; a < call->argument_count && a <= letters.size; a++) {
            const char letter = letters.data[a - 1];
            order_key_append_sorted(&call->arguments[a], row, tolower((unsigned char)letter) == 'd',
                                    isupper((unsigned char)letter) != 0, &key);
        }
        bits_set(call->validity, row);
        status = key.failed ? error_set_memory(call->error)
                            : row_copy_view(call, row, key.data == NULL ? "" : key.data, key.size);
    }
    buffer_destroy(&key);
    return status;
}
