/* LIKE and ILIKE. A pattern is cut at its % into segments, which are looked for one after the other from the
 * left; the first and the last may be bound to the text's ends. A constant pattern is cut once. */
#include "expr/kernels_string.h"

#include "base/find_bytes.h"
#include "expr/row_kernel.h"
#include "expr/utf8.h"

#include <string.h>
#include <utf8proc.h>

/* Bytes to match; where `wild` says so, a byte 0 stands for any one character. */
typedef struct Segment {
    const char *bytes;
    const bool *wild; /* NULL: none is */
    size_t size;
} Segment;

typedef struct Pattern {
    Segment *segments;
    uint32_t count;
    bool from_start; /* no % in front of the first segment */
    bool to_end;     /* no % behind the last one */
    bool unfinished; /* ends with an escape character: a text that gets there is an error, none matches */
} Pattern;

/* Lower case of a text, in the arena; what has no ASCII letter to change stays. */
static Status
fold(StringView *text, Arena *arena, Error *error)
{
    const char *data = string_view_data(text);
    char *out = arena_alloc_aligned(arena, text->size * (size_t)2 + 4, 1);
    size_t size = 0;

    if (out == NULL)
        return error_set_memory(error);
    for (size_t at = 0; at < text->size;) {
        utf8proc_int32_t codepoint;
        const utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)data + at,
                                                       (utf8proc_ssize_t)(text->size - at), &codepoint);
        if (used <= 0) {
            out[size++] = data[at++];
            continue;
        }
        size += (size_t)utf8proc_encode_char(utf8proc_tolower(codepoint), (utf8proc_uint8_t *)out + size);
        at += (size_t)used;
    }
    *text = string_view(out, size);
    return STATUS_OK;
}

static Status
compile(const StringView *text, Arena *arena, Pattern *pattern, Error *error)
{
    const char *data = string_view_data(text);
    char *bytes = arena_alloc_aligned(arena, text->size + 1, 1);
    bool *wild = arena_alloc_zero(arena, text->size + 1);
    size_t size = 0;
    size_t start = 0;

    *pattern = (Pattern){.segments = arena_alloc(arena, (text->size + 1) * sizeof(Segment)),
                         .from_start = text->size == 0 || data[0] != '%',
                         .to_end = true};
    if (bytes == NULL || wild == NULL || pattern->segments == NULL)
        return error_set_memory(error);
    for (size_t at = 0; at <= text->size; at++) {
        const bool end = at == text->size;
        if (end || data[at] == '%') {
            const bool has_wild = memchr(wild + start, true, size - start) != NULL;
            if (size > start)
                pattern->segments[pattern->count++] =
                    (Segment){bytes + start, has_wild ? wild + start : NULL, size - start};
            start = size;
            pattern->to_end = end ? pattern->to_end : at + 1 < text->size;
            continue;
        }
        const bool escaped = data[at] == '\\';
        if (escaped && ++at == text->size) {
            /* A text gets there where one more character is left: as with _%. */
            wild[size] = true;
            bytes[size++] = 0;
            pattern->segments[pattern->count++] = (Segment){bytes + start, wild + start, size - start};
            pattern->unfinished = true;
            pattern->to_end = false;
            return STATUS_OK;
        }
        wild[size] = data[at] == '_' && !escaped;
        bytes[size++] = data[at];
    }
    return STATUS_OK;
}

/* How many bytes of the text the segment takes at its beginning; SIZE_MAX where it does not match. */
static size_t
match_here(const Segment *segment, const char *text, size_t size)
{
    size_t at = 0;

    if (segment->wild == NULL)
        return size >= segment->size && memcmp(text, segment->bytes, segment->size) == 0 ? segment->size
                                                                                         : SIZE_MAX;
    for (size_t i = 0; i < segment->size; i++) {
        if (at == size)
            return SIZE_MAX;
        if (segment->wild[i])
            at += utf8_size(text + at, size - at);
        else if (text[at++] != segment->bytes[i])
            return SIZE_MAX;
    }
    return at;
}

/* Where the text begins whose rest the segment takes whole. */
static bool
match_at_end(const Segment *segment, const char *text, size_t size, size_t least)
{
    size_t at = size;

    for (size_t i = segment->size; i-- > 0;) {
        if (at <= least)
            return false;
        at--;
        if (segment->wild != NULL && segment->wild[i]) {
            while (at > least && !utf8_starts(text[at]))
                at--;
        } else if (text[at] != segment->bytes[i]) {
            return false;
        }
    }
    return true;
}

static bool
search(const Segment *segment, const char *text, size_t size, size_t *at)
{
    if (segment->wild == NULL) {
        const char *hit = find_bytes(text + *at, size - *at, segment->bytes, segment->size);
        if (hit == NULL)
            return false;
        *at = (size_t)(hit - text) + segment->size;
        return true;
    }
    for (size_t from = *at; from <= size; from += from < size ? utf8_size(text + from, size - from) : 1) {
        const size_t taken = match_here(segment, text + from, size - from);
        if (taken != SIZE_MAX) {
            *at = from + taken;
            return true;
        }
    }
    return false;
}

static bool
matches(const Pattern *pattern, const char *text, size_t size)
{
    uint32_t first = 0;
    uint32_t last = pattern->count;
    size_t at = 0;

    if (pattern->count == 0)
        return size == 0 || !pattern->from_start || !pattern->to_end;
    if (pattern->from_start) {
        at = match_here(&pattern->segments[first++], text, size);
        if (at == SIZE_MAX)
            return false;
        if (first == last)
            return at == size || !pattern->to_end;
    }
    if (pattern->to_end)
        last--;
    for (; first < last; first++) {
        if (!search(&pattern->segments[first], text, size, &at))
            return false;
    }
    return !pattern->to_end || match_at_end(&pattern->segments[last], text, size, at);
}

/* The row's pattern: made once where it is a constant. */
static Status
row_pattern(KernelCall *call, uint32_t row, bool folded, const Pattern **pattern)
{
    const bool constant = call->arguments[1].form == VECTOR_CONSTANT;
    Arena *arena = constant ? call->state_arena : call->arena;
    StringView text = ROW_ARGUMENT(call, 1, StringView, row);

    if (constant && *call->state != NULL) {
        *pattern = *call->state;
        return STATUS_OK;
    }
    Pattern *fresh = arena_alloc(arena, sizeof *fresh);
    if (fresh == NULL)
        return error_set_memory(call->error);
    if (folded)
        TRY(fold(&text, arena, call->error));
    TRY(compile(&text, arena, fresh, call->error));
    if (constant)
        *call->state = fresh;
    *pattern = fresh;
    return STATUS_OK;
}

static Status
like(KernelCall *call, bool folded, bool negated)
{
    uint8_t *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Pattern *pattern = NULL;
        if (!bits_get(call->validity, row))
            continue;
        TRY(row_pattern(call, row, folded, &pattern));
        StringView text = ROW_ARGUMENT(call, 0, StringView, row);
        if (folded)
            TRY(fold(&text, call->arena, call->error));
        const bool matched = matches(pattern, string_view_data(&text), text.size);
        if (matched && pattern->unfinished)
            return error_set(call->error, STATUS_INVALID_ESCAPE,
                             "LIKE pattern must not end with escape character");
        result[row] = matched != negated;
    }
    return STATUS_OK;
}

Status
kernel_like(KernelCall *call)
{
    return like(call, false, false);
}

Status
kernel_not_like(KernelCall *call)
{
    return like(call, false, true);
}

Status
kernel_ilike(KernelCall *call)
{
    return like(call, true, false);
}

Status
kernel_not_ilike(KernelCall *call)
{
    return like(call, true, true);
}

/* The pattern with its own escape character turned into a backslash. */
static inline Status
like_escape_row(KernelCall *call, uint32_t row)
{
    const StringView pattern = ROW_ARGUMENT(call, 0, StringView, row);
    const StringView escape = ROW_ARGUMENT(call, 1, StringView, row);
    const char *data = string_view_data(&pattern);
    const char *mark = string_view_data(&escape);
    char *out = arena_alloc_aligned(call->arena, pattern.size * (size_t)2 + 1, 1);
    size_t size = 0;

    if (out == NULL)
        return error_set_memory(call->error);
    if (utf8_count(mark, escape.size) > 1)
        return error_set(call->error, STATUS_INVALID_ESCAPE, "invalid escape string");
    for (size_t at = 0; at < pattern.size;) {
        const size_t step = utf8_size(data + at, pattern.size - at);
        if (escape.size > 0 && step == escape.size && memcmp(data + at, mark, step) == 0) {
            at += step;
            out[size++] = '\\';
            if (at == pattern.size)
                break;
            const size_t next = utf8_size(data + at, pattern.size - at);
            memcpy(out + size, data + at, next);
            size += next;
            at += next;
            continue;
        }
        if (data[at] == '\\')
            out[size++] = '\\';
        memcpy(out + size, data + at, step);
        size += step;
        at += step;
    }
    return row_set_view(call, row, out, size);
}
ROW_KERNEL(like_escape)
