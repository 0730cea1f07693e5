/* Unicode: normal forms, and characters written as escapes. */
#include "expr/kernels_string.h"

#include "expr/string_kernel.h"
#include "expr/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

static Status
form_options(KernelCall *call, uint32_t row, utf8proc_option_t *options)
{
    static const struct {
        const char *name;
        int options;
    } forms[] = {{"nfc", UTF8PROC_COMPOSE},
                 {"nfd", UTF8PROC_DECOMPOSE},
                 {"nfkc", UTF8PROC_COMPOSE | UTF8PROC_COMPAT},
                 {"nfkd", UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT}};
    const Text name = call->argument_count > 1 ? text_argument(call, 1, row) : (Text){"nfc", 3};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strlen(forms[i].name) == name.size && strncasecmp(forms[i].name, name.data, name.size) == 0) {
            *options = (utf8proc_option_t)(forms[i].options | UTF8PROC_STABLE);
            return STATUS_OK;
        }
    }
    return error_set(call->error, STATUS_INVALID_PARAMETER, "invalid normalization form: %.*s",
                     (int)name.size, name.data);
}

/* The normal form in malloc memory; NULL where there is none to be had. */
static char *
normal_form(Text text, utf8proc_option_t options, size_t *size)
{
    utf8proc_uint8_t *out = NULL;
    const utf8proc_ssize_t made =
        utf8proc_map((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.size, &out, options);

    *size = made < 0 ? 0 : (size_t)made;
    return made < 0 ? NULL : (char *)out;
}

ROW(normalize)
{
    const Text text = text_argument(call, 0, row);
    utf8proc_option_t options;
    size_t size;

    TRY(form_options(call, row, &options));
    if (utf8_is_ascii(text.data, text.size))
        return row_set_view(call, row, text.data, text.size);
    char *normal = normal_form(text, options, &size);
    if (normal == NULL)
        return error_set_memory(call->error);
    const Status status = row_copy_view(call, row, normal, size);
    free(normal);
    return status;
}
ROW_KERNEL(normalize)

ROW(is_normalized)
{
    const Text text = text_argument(call, 0, row);
    utf8proc_option_t options;
    size_t size;

    TRY(form_options(call, row, &options));
    ROW_RESULT(call, uint8_t, row) = true;
    if (utf8_is_ascii(text.data, text.size))
        return STATUS_OK;
    char *normal = normal_form(text, options, &size);
    if (normal == NULL)
        return error_set_memory(call->error);
    ROW_RESULT(call, uint8_t, row) = size == text.size && memcmp(normal, text.data, size) == 0;
    free(normal);
    return STATUS_OK;
}
ROW_KERNEL(is_normalized)

/* The digits of an escape behind its backslash: \XXXX, \+XXXXXX, \uXXXX, \UXXXXXXXX. */
static bool
escape_form(Text text, size_t at, size_t *first, size_t *count)
{
    const size_t left = text.size - at;

    *first = at + 1;
    *count = 4;
    if (left > 1 && (text.data[at + 1] == '+' || text.data[at + 1] == 'u' || text.data[at + 1] == 'U')) {
        *first = at + 2;
        *count = text.data[at + 1] == '+' ? 6 : text.data[at + 1] == 'u' ? 4 : 8;
    }
    if (*first + *count > text.size)
        return false;
    for (size_t i = 0; i < *count; i++) {
        if (!isxdigit((unsigned char)text.data[*first + i]))
            return false;
    }
    return true;
}

static uint32_t
hex_value(const char *digits, size_t count)
{
    uint32_t value = 0;

    for (size_t i = 0; i < count; i++) {
        const char c = digits[i];
        value = value << 4 | (uint32_t)(isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static Status
bad_surrogate(KernelCall *call)
{
    return error_set(call->error, STATUS_SYNTAX, "invalid Unicode surrogate pair");
}

/* One escaped code unit: a character, or half of one, for which *half waits. */
static Status
put_escape(KernelCall *call, uint32_t code, uint32_t *half, char *out, size_t *size)
{
    if (code == 0 || code > 0x10FFFF)
        return error_set(call->error, STATUS_SYNTAX, "invalid Unicode code point: %04X", code);
    const bool high = code >= 0xD800 && code < 0xDC00;
    const bool low = code >= 0xDC00 && code < 0xE000;
    if ((*half != 0) != low)
        return bad_surrogate(call);
    if (high) {
        *half = code;
        return STATUS_OK;
    }
    if (low)
        code = 0x10000 + ((*half - 0xD800) << 10) + (code - 0xDC00);
    *half = 0;
    *size += (size_t)utf8proc_encode_char((utf8proc_int32_t)code, (utf8proc_uint8_t *)out + *size);
    return STATUS_OK;
}

ROW(unistr)
{
    const Text text = text_argument(call, 0, row);
    size_t size = 0;
    uint32_t half = 0;

    NEW_BYTES(out, text.size + 4);
    for (size_t at = 0; at < text.size;) {
        size_t first;
        size_t count;
        const bool escape = text.data[at] == '\\' && !(at + 1 < text.size && text.data[at + 1] == '\\');
        if (!escape) {
            if (half != 0)
                return bad_surrogate(call);
            at += text.data[at] == '\\';
            out[size++] = text.data[at++];
            continue;
        }
        if (!escape_form(text, at, &first, &count)) {
            error_set(call->error, STATUS_SYNTAX, "invalid Unicode escape");
            return error_hint(call->error,
                              "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.");
        }
        TRY(put_escape(call, hex_value(text.data + first, count), &half, out, &size));
        at = first + count;
    }
    return half != 0 ? bad_surrogate(call) : row_set_view(call, row, out, size);
}
ROW_KERNEL(unistr)
