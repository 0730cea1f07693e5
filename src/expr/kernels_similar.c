/* SIMILAR TO: SQL's patterns written as regular expressions. */
#include "expr/kernels_string.h"

#include "expr/regex.h"
#include "expr/string_kernel.h"
#include "expr/utf8.h"

#include <string.h>

typedef struct Similar {
    Text pattern;
    Text escape; /* one character, or none */
    Buffer *out;
    int marks; /* of the parts of substring(… SIMILAR …) met so far */
    bool parts;
    bool in_class;
    bool class_start;
} Similar;

static bool
is_escape(const Similar *similar, size_t at)
{
    return similar->escape.size > 0 && similar->pattern.size - at >= similar->escape.size &&
           memcmp(similar->pattern.data + at, similar->escape.data, similar->escape.size) == 0;
}

/* The marks escape-" cut the pattern in three; the outer two are as short as can be. */
static Status
put_mark(Similar *similar, Error *error)
{
    if (similar->marks == 2)
        return error_set(
            error, STATUS_INVALID_ESCAPE_USE,
            "SQL regular expression may not contain more than two escape-double-quote separators");
    buffer_append_string(similar->out, similar->marks == 0 ? "){1,1}(" : "){1,1}(?:");
    similar->marks++;
    return STATUS_OK;
}

static Status
put_escaped(Similar *similar, size_t *at, Error *error)
{
    *at += similar->escape.size;
    if (*at >= similar->pattern.size)
        return STATUS_OK;
    const size_t step = utf8_size(similar->pattern.data + *at, similar->pattern.size - *at);
    if (similar->pattern.data[*at] == '"' && !similar->in_class) {
        (*at)++;
        return put_mark(similar, error);
    }
    if (step == 1 && similar->pattern.data[*at] > 0)
        buffer_append_format(similar->out, "\\u%04x", (unsigned)similar->pattern.data[*at]);
    else
        buffer_append(similar->out, similar->pattern.data + *at, step);
    *at += step;
    return STATUS_OK;
}

static void
put_in_class(Similar *similar, char c)
{
    if (c == '\\')
        buffer_append_char(similar->out, '\\');
    buffer_append_char(similar->out, c);
    if (c == ']' && !similar->class_start)
        similar->in_class = false;
    similar->class_start = similar->class_start && c == '^';
}

static void
put_character(Similar *similar, char c)
{
    if (similar->in_class) {
        put_in_class(similar, c);
        return;
    }
    switch (c) {
    case '[':
        similar->in_class = similar->class_start = true;
        buffer_append_char(similar->out, c);
        return;
    case '%':
        buffer_append_string(similar->out, similar->parts && similar->marks == 0 ? ".*?" : ".*");
        return;
    case '_': buffer_append_char(similar->out, '.'); return;
    case '(': buffer_append_string(similar->out, "(?:"); return;
    case '\\':
    case '.':
    case '^':
    case '$': buffer_append_char(similar->out, '\\'); break;
    default: break;
    }
    buffer_append_char(similar->out, c);
}

/* Whether the pattern has the marks of substring(… SIMILAR …). */
static bool
has_parts(const Similar *similar)
{
    for (size_t at = 0; at < similar->pattern.size; at++) {
        if (!is_escape(similar, at))
            continue;
        at += similar->escape.size;
        if (at < similar->pattern.size && similar->pattern.data[at] == '"')
            return true;
    }
    return false;
}

Status
regex_from_similar(const StringView *pattern, const StringView *escape, Buffer *out, Error *error)
{
    Similar similar = {.pattern = {string_view_data(pattern), pattern->size},
                       .escape = {string_view_data(escape), escape->size},
                       .out = out};

    if (utf8_count(similar.escape.data, similar.escape.size) > 1) {
        error_set(error, STATUS_INVALID_ESCAPE, "invalid escape string");
        return error_hint(error, "Escape string must be empty or one character.");
    }
    similar.parts = has_parts(&similar);
    buffer_append_string(out, "^(?:");
    for (size_t at = 0; at < similar.pattern.size;) {
        if (is_escape(&similar, at))
            TRY(put_escaped(&similar, &at, error));
        else
            put_character(&similar, similar.pattern.data[at++]);
    }
    buffer_append_string(out, ")$");
    return out->failed ? error_set_memory(error) : STATUS_OK;
}

ROW(similar_to_escape)
{
    const StringView backslash = string_view("\\", 1);
    const StringView *escape =
        call->argument_count > 1 ? &ROW_ARGUMENT(call, 1, StringView, row) : &backslash;
    Buffer out = {0};

    Status status = regex_from_similar(&ROW_ARGUMENT(call, 0, StringView, row), escape, &out, call->error);
    if (status == STATUS_OK)
        status = row_copy_view(call, row, out.data, out.size);
    buffer_destroy(&out);
    return status;
}
ROW_KERNEL(similar_to_escape)
