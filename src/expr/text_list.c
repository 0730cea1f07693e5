/* Arrays from text: {1,NULL,"a \"b\"",{…}}, as PostgreSQL's array_in() reads them. */
#include "expr/text_list.h"

#include "expr/text_parts.h"

#include <string.h>

typedef struct ListReader {
    const char *text;
    size_t size;
    const char *at;
    const char *end;
    const Session *session;
    Error *error;
} ListReader;

static Status
malformed(const ListReader *reader)
{
    return error_set(reader->error, STATUS_INVALID_TEXT, "malformed array literal: \"%.*s\"",
                     (int)(reader->size < 200 ? reader->size : 200), reader->text);
}

static void
skip_spaces(ListReader *reader)
{
    while (reader->at < reader->end && text_is_space(*reader->at))
        reader->at++;
}

static bool
take(ListReader *reader, char c)
{
    skip_spaces(reader);
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

/* The item's text without quotes and backslashes into `bytes`, which has room for all that is left. */
static Status
read_item(ListReader *reader, char *bytes, size_t *size, bool *is_null)
{
    const bool quoted = take(reader, '"');
    bool escaped = false;
    size_t kept = 0; /* up to the last character that is no blank */

    for (*size = 0;; reader->at++) {
        if (reader->at == reader->end)
            return malformed(reader);
        const char c = *reader->at;
        if (quoted ? c == '"' : c == ',' || c == '}')
            break;
        if (!quoted && (c == '{' || c == '"'))
            return malformed(reader);
        bool literal = quoted;
        if (c == '\\') {
            if (++reader->at == reader->end)
                return malformed(reader);
            escaped = literal = true;
        }
        bytes[(*size)++] = *reader->at;
        if (literal || !text_is_space(*reader->at))
            kept = *size;
    }
    *size = kept;
    if (quoted)
        reader->at++;
    else if (kept == 0)
        return malformed(reader);
    *is_null = !quoted && !escaped && text_equals_word(bytes, kept, "null");
    return STATUS_OK;
}

static Status
append_item(ListReader *reader, ListBuilder *elements)
{
    const size_t left = (size_t)(reader->end - reader->at);
    bool is_null = false;
    size_t size = 0;
    _Alignas(16) char value[16];

    skip_spaces(reader);
    if (reader->at < reader->end && *reader->at == '{' && elements->count > 0)
        return malformed(reader);
    if (reader->at < reader->end && *reader->at == '{')
        return error_set(reader->error, STATUS_NOT_SUPPORTED,
                         "the array has more dimensions than its type: write the type with a [] for each");
    char *bytes = arena_alloc_aligned(elements->arena, left + 1, 1);
    if (bytes == NULL)
        return error_set_memory(reader->error);
    TRY(read_item(reader, bytes, &size, &is_null));
    if (is_null)
        return list_builder_append_null(elements, reader->error);
    TRY(text_parse_value(elements->vector.type, bytes, size, reader->session, elements->arena, value,
                         reader->error));
    return list_builder_append_value(elements, value, reader->error);
}

static Status read_list(ListReader *reader, ListBuilder *elements, uint32_t *count);

/* One of an array's arrays: all have as many elements. */
static Status
append_list(ListReader *reader, ListBuilder *elements, uint32_t first)
{
    const uint32_t from = elements->nested->count;
    uint32_t count;

    TRY(read_list(reader, elements->nested, &count));
    TRY(list_builder_append_list(elements, from, reader->error));
    const ListEntry *entries = elements->vector.data;
    return count == 0 || entries[first].count != count ? malformed(reader) : STATUS_OK;
}

static Status
read_list(ListReader *reader, ListBuilder *elements, uint32_t *count)
{
    const uint32_t first = elements->count;

    if (!take(reader, '{'))
        return malformed(reader);
    bool more = !take(reader, '}');
    while (more) {
        if (elements->nested != NULL)
            TRY(append_list(reader, elements, first));
        else
            TRY(append_item(reader, elements));
        more = take(reader, ',');
        if (!more && !take(reader, '}'))
            return malformed(reader);
    }
    *count = elements->count - first;
    return STATUS_OK;
}

/* "[1:2][1:3]=": dimensions that begin at 1 are as if they were not written; *dimensions of them. */
static Status
read_bounds(ListReader *reader, uint32_t *dimensions, int64_t *ends)
{
    for (*dimensions = 0; take(reader, '['); ++*dimensions) {
        int64_t bounds[2] = {1, 0};
        const char *start = reader->at;
        const char *close = memchr(start, ']', (size_t)(reader->end - start));
        const char *colon = close == NULL ? NULL : memchr(start, ':', (size_t)(close - start));
        if (close == NULL || *dimensions == ARRAY_DIMENSIONS_MAX)
            return malformed(reader);
        if (colon != NULL &&
            text_parse_integer(TYPE_INT4, start, (size_t)(colon - start), &bounds[0], NULL) != STATUS_OK)
            return malformed(reader);
        start = colon == NULL ? start : colon + 1;
        if (text_parse_integer(TYPE_INT4, start, (size_t)(close - start), &bounds[1], NULL) != STATUS_OK)
            return malformed(reader);
        if (bounds[1] < bounds[0])
            return error_set(reader->error, STATUS_ARRAY_SUBSCRIPT,
                             "upper bound cannot be less than lower bound");
        if (bounds[0] != 1)
            return error_set(reader->error, STATUS_NOT_SUPPORTED,
                             "arrays begin at 1: other bounds are not supported");
        ends[*dimensions] = bounds[1];
        reader->at = close + 1;
    }
    return *dimensions == 0 || take(reader, '=') ? STATUS_OK : malformed(reader);
}

/* Whether the array has the bounds that were written. */
static bool
has_bounds(const ListBuilder *elements, ListEntry entry, uint32_t dimensions, const int64_t *ends)
{
    for (uint32_t i = 0; i < dimensions; i++, elements = elements->nested) {
        if (elements == NULL || entry.count != ends[i])
            return false;
        if (elements->nested != NULL)
            entry = ((const ListEntry *)elements->vector.data)[entry.offset];
    }
    return true;
}

Status
text_parse_list(const char *text, size_t size, const Session *session, ListBuilder *elements,
                ListEntry *entry, Error *error)
{
    ListReader reader = {text, size, text, text + size, session, error};
    int64_t ends[ARRAY_DIMENSIONS_MAX];
    uint32_t dimensions;

    entry->offset = elements->count;
    TRY(read_bounds(&reader, &dimensions, ends));
    TRY(read_list(&reader, elements, &entry->count));
    skip_spaces(&reader);
    return reader.at == reader.end && has_bounds(elements, *entry, dimensions, ends) ? STATUS_OK
                                                                                     : malformed(&reader);
}
