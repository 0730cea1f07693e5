/* Strings of JSON: from their escapes to text, and back. */
#include "expr/json_scan.h"

#include <string.h>

enum {
    HIGH_FIRST = 0xD800,
    LOW_FIRST = 0xDC00,
    LOW_LAST = 0xDFFF,
    HALF_BITS = 10,
    SUPPLEMENT = 0x10000,
    ESCAPE_SIZE = 6 /* \uXXXX */
};

static uint32_t
hex_value(const char *digits)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        const char c = digits[i];
        value = value << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static char *
put_character(char *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    const int more = c < 0x800 ? 1 : c < SUPPLEMENT ? 2 : 3;
    *out++ = (char)((0xF0 << (3 - more) & 0xFF) | c >> (6 * more));
    for (int i = more - 1; i >= 0; i--)
        *out++ = (char)(0x80 | (c >> (6 * i) & 0x3F));
    return out;
}

/* The character that \uXXXX means, with the other half of its pair; *at is behind them then. */
static Status
read_unicode(const char **at, const char *end, uint32_t *c, Error *error)
{
    if (end - *at < ESCAPE_SIZE)
        return error_set(error, STATUS_INVALID_TEXT, "invalid input syntax for type json");
    *c = hex_value(*at + 2);
    *at += ESCAPE_SIZE;
    if (*c == 0)
        return error_set(error, STATUS_UNTRANSLATABLE,
                         "unsupported Unicode escape sequence: \\u0000 cannot be converted to text");
    if (*c < HIGH_FIRST || *c > LOW_LAST)
        return STATUS_OK;
    const bool pair = *c < LOW_FIRST && end - *at >= ESCAPE_SIZE && (*at)[0] == '\\' && (*at)[1] == 'u';
    const uint32_t low = pair ? hex_value(*at + 2) : 0;
    if (low < LOW_FIRST || low > LOW_LAST)
        return error_set(error, STATUS_INVALID_TEXT,
                         "invalid input syntax for type json: a Unicode surrogate lacks its other half");
    *at += ESCAPE_SIZE;
    *c = SUPPLEMENT + ((*c - HIGH_FIRST) << HALF_BITS) + (low - LOW_FIRST);
    return STATUS_OK;
}

static char
plain_escape(char letter)
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

/* What comes next of the inside of a string: a run that stands for itself, or the character of an escape, in
 * `small`. */
static Status
next_piece(const char **at, const char *end, char small[4], JsonSlice *piece, Error *error)
{
    const char *escape = memchr(*at, '\\', (size_t)(end - *at));
    uint32_t c = 0;

    if (escape != *at || end - *at < 2) {
        *piece = (JsonSlice){*at, (size_t)((escape == NULL || escape == *at ? end : escape) - *at)};
        *at += piece->size;
        return STATUS_OK;
    }
    if (escape[1] == 'u') {
        TRY(read_unicode(at, end, &c, error));
        *piece = (JsonSlice){small, (size_t)(put_character(small, c) - small)};
        return STATUS_OK;
    }
    small[0] = plain_escape(escape[1]);
    *piece = (JsonSlice){small, 1};
    *at += 2;
    return STATUS_OK;
}

Status
json_unescape(JsonSlice quoted, char *out, size_t *size, Error *error)
{
    const JsonSlice inside = json_inside(quoted);
    const char *at = inside.data;
    const char *end = at + inside.size;
    JsonSlice piece;
    char small[4];

    *size = 0;
    while (at < end) {
        TRY(next_piece(&at, end, small, &piece, error));
        memcpy(out + *size, piece.data, piece.size);
        *size += piece.size;
    }
    return STATUS_OK;
}

bool
json_quoted_is(JsonSlice quoted, const char *text, size_t size)
{
    const JsonSlice inside = json_inside(quoted);
    const char *at = inside.data;
    const char *end = at + inside.size;
    JsonSlice piece;
    char small[4];

    if (!json_has_escapes(inside))
        return inside.size == size && memcmp(inside.data, text, size) == 0;
    while (at < end) {
        if (next_piece(&at, end, small, &piece, NULL) != STATUS_OK || piece.size > size ||
            memcmp(piece.data, text, piece.size) != 0)
            return false;
        text += piece.size;
        size -= piece.size;
    }
    return size == 0;
}

static void
append_escape(unsigned char c, Buffer *out)
{
    static const char letters[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

    if (c == '"' || c == '\\')
        buffer_append_format(out, "\\%c", c);
    else if (c < sizeof letters && letters[c] != '\0')
        buffer_append_format(out, "\\%c", letters[c]);
    else
        buffer_append_format(out, "\\u%04x", c);
}

void
json_append_string(const char *text, size_t size, Buffer *out)
{
    buffer_append_char(out, '"');
    for (size_t at = 0; at < size;) {
        size_t plain = at;
        while (plain < size && (unsigned char)text[plain] >= ' ' && text[plain] != '"' && text[plain] != '\\')
            plain++;
        buffer_append(out, text + at, plain - at);
        at = plain;
        if (at < size)
            append_escape((unsigned char)text[at++], out);
    }
    buffer_append_char(out, '"');
}
