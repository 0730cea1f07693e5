/* Arrays from text: {1,NULL,"a \"b\"",{…}}, as PostgreSQL's array_in() reads them. */
#include "expr/text_list.h"

#include "expr/text_parts.h"

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

Status
text_parse_list(const char *text, size_t size, const Session *session, ListBuilder *elements,
                ListEntry *entry, Error *error)
{
    ListReader reader = {text, size, text, text + size, session, error};

    entry->offset = elements->count;
    skip_spaces(&reader);
    if (reader.at < reader.end && *reader.at == '[')
        return error_set(error, STATUS_NOT_SUPPORTED, "arrays begin at 1: bounds are not supported");
    TRY(read_list(&reader, elements, &entry->count));
    skip_spaces(&reader);
    return reader.at == reader.end ? STATUS_OK : malformed(&reader);
}
