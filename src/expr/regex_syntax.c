/* PostgreSQL's regular expressions (its manual, 9.7.3) written as PCRE2's. What PCRE2 has beyond them is
 * refused, as there. */
#include "expr/regex.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef struct Reader {
    const char *text;
    size_t size;
    size_t at;
    Buffer *out;
    Error *error;
    bool in_class;
    bool quantified; /* what went before is a quantifier */
    bool alternates;
    bool lazy;
} Reader;

static Status
refuse(Reader *reader, const char *what)
{
    return error_set(reader->error, STATUS_INVALID_REGEX, "invalid regular expression: %s", what);
}

static bool
has(const Reader *reader, const char *next)
{
    const size_t size = strlen(next);

    return reader->size - reader->at >= size && memcmp(reader->text + reader->at, next, size) == 0;
}

static void
append_code(Reader *reader, unsigned long code)
{
    buffer_append_format(reader->out, "\\x{%lx}", code);
}

/* Hexadecimal digits: as many as `least` at least and `most` at most. */
static Status
take_hex(Reader *reader, size_t least, size_t most)
{
    unsigned long code = 0;
    size_t count = 0;

    while (count < most && reader->at < reader->size && isxdigit((unsigned char)reader->text[reader->at])) {
        const char c = reader->text[reader->at++];
        code = code << 4 | (unsigned long)(isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
        count++;
    }
    if (count < least || code > 0x10FFFF)
        return refuse(reader, "invalid escape \\ sequence");
    append_code(reader, code);
    return STATUS_OK;
}

/* Octal digits, up to three, the first of which is behind the reader. */
static void
take_octal(Reader *reader)
{
    unsigned long code = (unsigned long)(reader->text[reader->at - 1] - '0');

    for (int count = 1; count < 3 && reader->at < reader->size; count++) {
        const char c = reader->text[reader->at];
        if (c < '0' || c > '7')
            break;
        code = code << 3 | (unsigned long)(c - '0');
        reader->at++;
    }
    append_code(reader, code);
}

/* Escapes that stand for something else than in PCRE2. */
static const char *
other_escape(char c, bool in_class)
{
    switch (c) {
    case 'a': return "\\x07";
    case 'b': return "\\x08";
    case 'B': return "\\\\";
    case 'v': return "\\x0b";
    case 'e': return "\\x1b";
    case 'd': return in_class ? "0-9" : "[0-9]";
    case 'm': return in_class ? NULL : "\\b(?=\\w)";
    case 'M': return in_class ? NULL : "\\b(?<=\\w)";
    case 'y': return in_class ? NULL : "\\b";
    case 'Y': return in_class ? NULL : "\\B";
    case 'A': return in_class ? NULL : "\\A";
    case 'Z': return in_class ? NULL : "\\z";
    default: return NULL;
    }
}

static Status
take_escape(Reader *reader)
{
    if (reader->at + 1 >= reader->size)
        return refuse(reader, "invalid escape \\ sequence");
    const char c = reader->text[reader->at + 1];
    const char *other = other_escape(c, reader->in_class);
    reader->at += 2;
    if (other != NULL) {
        buffer_append_string(reader->out, other);
        return STATUS_OK;
    }
    if (!isalnum((unsigned char)c)) {
        buffer_append_char(reader->out, '\\');
        buffer_append_char(reader->out, c);
        return STATUS_OK;
    }
    switch (c) {
    case 'u': return take_hex(reader, 4, 4);
    case 'U': return take_hex(reader, 8, 8);
    case 'x': return take_hex(reader, 1, 255);
    case '0': take_octal(reader); return STATUS_OK;
    case 'c':
        if (reader->at >= reader->size)
            return refuse(reader, "invalid escape \\ sequence");
        append_code(reader, (unsigned char)reader->text[reader->at++] & 31);
        return STATUS_OK;
    default: break;
    }
    if (strchr(reader->in_class ? "fnrtswSWD" : "fnrtswSWD123456789", c) == NULL)
        return refuse(reader, "invalid escape \\ sequence");
    buffer_append_format(reader->out, "\\%c", c);
    return STATUS_OK;
}

/* [:name:], [.x.] or [=x=] inside brackets. */
static Status
take_named(Reader *reader)
{
    const char kind = reader->text[reader->at + 1];
    const char ending[] = {kind, ']', '\0'};
    const char *start = reader->text + reader->at + 2;
    const char *end = memmem(start, (size_t)(reader->text + reader->size - start), ending, 2);

    if (end == NULL)
        return refuse(reader, "brackets [] not balanced");
    const size_t size = (size_t)(end - start);
    reader->at = (size_t)(end + 2 - reader->text);
    if (kind == ':' && size == 5 && memcmp(start, "digit", 5) == 0)
        buffer_append_string(reader->out, "0-9");
    else if (kind == ':')
        buffer_append_format(reader->out, "[:%.*s:]", (int)size, start);
    else if (size == 1)
        buffer_append_format(reader->out, "%s%c", isalnum((unsigned char)*start) ? "" : "\\", *start);
    else
        return refuse(reader, "invalid collating element");
    return STATUS_OK;
}

static Status
take_class(Reader *reader)
{
    if (has(reader, "[[:<:]]") || has(reader, "[[:>:]]")) {
        buffer_append_string(reader->out, has(reader, "[[:<:]]") ? "\\b(?=\\w)" : "\\b(?<=\\w)");
        reader->at += 7;
        return STATUS_OK;
    }
    reader->in_class = true;
    buffer_append_char(reader->out, '[');
    reader->at++;
    if (reader->at < reader->size && reader->text[reader->at] == '^')
        buffer_append_char(reader->out, reader->text[reader->at++]);
    for (bool first = true; reader->at < reader->size; first = false) {
        const char c = reader->text[reader->at];
        const char next = reader->at + 1 < reader->size ? reader->text[reader->at + 1] : '\0';
        if (c == ']' && !first) {
            buffer_append_char(reader->out, ']');
            reader->at++;
            reader->in_class = false;
            return STATUS_OK;
        }
        if (c == '[' && (next == ':' || next == '.' || next == '=')) {
            TRY(take_named(reader));
        } else if (c == '\\') {
            TRY(take_escape(reader));
        } else {
            if (c == '[' || c == ']')
                buffer_append_char(reader->out, '\\');
            buffer_append_char(reader->out, c);
            reader->at++;
        }
    }
    return refuse(reader, "brackets [] not balanced");
}

/* A parenthesis: capturing, (?:…) or one that looks ahead or behind. */
static Status
take_parenthesis(Reader *reader)
{
    static const char *const known[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!"};

    if (!has(reader, "(?") && !has(reader, "(*")) {
        buffer_append_char(reader->out, '(');
        reader->at++;
        return STATUS_OK;
    }
    if (has(reader, "(?#")) {
        const char *start = reader->text + reader->at;
        const char *end = memchr(start, ')', reader->size - reader->at);
        if (end == NULL)
            return refuse(reader, "parentheses () not balanced");
        reader->at += (size_t)(end + 1 - start);
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!has(reader, known[i]))
            continue;
        buffer_append_string(reader->out, known[i]);
        reader->at += strlen(known[i]);
        return STATUS_OK;
    }
    return refuse(reader, "quantifier operand invalid");
}

/* Whether a bound, {m}, {m,} or {m,n}, is at the reader; elsewhere { is a character. */
static bool
is_bound(const Reader *reader)
{
    return reader->text[reader->at] == '{' && reader->at + 1 < reader->size &&
           isdigit((unsigned char)reader->text[reader->at + 1]);
}

/* Up to the brace that ends a bound; its numbers are at most 255. */
static Status
take_bound(Reader *reader)
{
    enum { BOUND_MOST = 255 };
    uint32_t number = 0;

    for (; reader->at < reader->size && reader->text[reader->at] != '}'; reader->at++) {
        const char c = reader->text[reader->at];
        number = isdigit((unsigned char)c) ? number * 10 + (uint32_t)(c - '0') : 0;
        if (number > BOUND_MOST)
            return refuse(reader, "invalid repetition count(s)");
        buffer_append_char(reader->out, c);
    }
    return reader->at < reader->size ? STATUS_OK : refuse(reader, "braces {} not balanced");
}

static Status
take_quantifier(Reader *reader)
{
    if (reader->quantified)
        return refuse(reader, "quantifier operand invalid");
    if (reader->text[reader->at] == '{') {
        TRY(take_bound(reader));
    }
    buffer_append_char(reader->out, reader->text[reader->at++]);
    if (reader->at < reader->size && reader->text[reader->at] == '?') {
        buffer_append_char(reader->out, reader->text[reader->at++]);
        reader->lazy = true;
    }
    reader->quantified = true;
    return STATUS_OK;
}

static Status
take_next(Reader *reader)
{
    const char c = reader->text[reader->at];

    if (c == '*' || c == '+' || c == '?' || is_bound(reader))
        return take_quantifier(reader);
    reader->quantified = false;
    switch (c) {
    case '\\': return take_escape(reader);
    case '[': return take_class(reader);
    case '(': return take_parenthesis(reader);
    default: break;
    }
    reader->alternates |= c == '|';
    if (c == '{')
        buffer_append_char(reader->out, '\\');
    buffer_append_char(reader->out, c);
    reader->at++;
    return STATUS_OK;
}

/* *** directors and (?flags) in front. */
static Status
take_front(Reader *reader, uint32_t *options)
{
    if (has(reader, "***=")) {
        *options |= PCRE2_LITERAL;
        reader->at += 4;
        return STATUS_OK;
    }
    if (has(reader, "***:"))
        reader->at += 4;
    if (!has(reader, "(?") || reader->at + 2 >= reader->size ||
        !isalpha((unsigned char)reader->text[reader->at + 2]))
        return STATUS_OK;
    const char *start = reader->text + reader->at + 2;
    const char *end = memchr(start, ')', reader->size - reader->at - 2);
    bool global = false;
    if (end == NULL)
        return refuse(reader, "parentheses () not balanced");
    const StringView flags = string_view(start, (size_t)(end - start));
    if (regex_flags(&flags, options, &global, NULL) != STATUS_OK || global)
        return refuse(reader, "invalid embedded option");
    reader->at = (size_t)(end + 1 - reader->text);
    return STATUS_OK;
}

Status
regex_translate(const char *text, size_t size, uint32_t *options, bool *branches, Buffer *out, Error *error)
{
    Reader reader = {.text = text, .size = size, .out = out, .error = error};

    *branches = false;
    if ((*options & PCRE2_LITERAL) == 0)
        TRY(take_front(&reader, options));
    if (*options & PCRE2_LITERAL) {
        buffer_append(out, text + reader.at, size - reader.at);
        return STATUS_OK;
    }
    while (reader.at < reader.size)
        TRY(take_next(&reader));
    *branches = reader.alternates && !reader.lazy;
    return STATUS_OK;
}
