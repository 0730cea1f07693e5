#include "sql/source.h"

#include "sql/statement.h"

enum { MARK_EVERY = 256 };

/* Bytes of the well-formed character at `text` (Unicode 15, table 3-7), 0 where there is none. */
static size_t
character_size(const unsigned char *text, size_t left)
{
    const unsigned char first = text[0];
    unsigned char lowest = 0x80;
    unsigned char highest = 0xBF;
    size_t size;

    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        size = 2;
    else if (first >= 0xE0 && first <= 0xEF)
        size = 3;
    else if (first >= 0xF0 && first <= 0xF4)
        size = 4;
    else
        return 0;
    if (first == 0xE0)
        lowest = 0xA0;
    else if (first == 0xED)
        highest = 0x9F;
    else if (first == 0xF0)
        lowest = 0x90;
    else if (first == 0xF4)
        highest = 0x8F;
    if (left < size || text[1] < lowest || text[1] > highest)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    }
    return size;
}

static Status
raise_encoding(const unsigned char *text, size_t left, uint32_t character, Error *error)
{
    if (text[0] == '\0')
        return error_set_at(error, STATUS_INVALID_ENCODING, (int32_t)character + 1,
                            "invalid byte sequence for encoding \"UTF8\": 0x00");
    if (left > 1)
        return error_set_at(error, STATUS_INVALID_ENCODING, (int32_t)character + 1,
                            "invalid byte sequence for encoding \"UTF8\": 0x%02x 0x%02x", text[0], text[1]);
    return error_set_at(error, STATUS_INVALID_ENCODING, (int32_t)character + 1,
                        "invalid byte sequence for encoding \"UTF8\": 0x%02x", text[0]);
}

Status
source_make(Arena *arena, const char *text, size_t size, Source *source, Error *error)
{
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t character = 0;

    if (size > SQL_TEXT_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "the statement has %zu bytes; at most %d are possible",
                         size, (int)SQL_TEXT_MAX);
    source->text = arena_copy_bytes(arena, text, size);
    source->size = size;
    source->marks = ARENA_ARRAY(arena, uint32_t, size / MARK_EVERY + 1);
    for (size_t at = 0, step; at < size; at += step) {
        step = bytes[at] == '\0' ? 0 : character_size(bytes + at, size - at);
        if (step == 0)
            return raise_encoding(bytes + at, size - at, character, error);
        character++;
        if ((at + step) / MARK_EVERY != at / MARK_EVERY)
            source->marks[(at + step) / MARK_EVERY] =
                character; /* those that begin before the character after */
    }
    if (character == size)
        source->marks = NULL;
    return STATUS_OK;
}

int32_t
source_position(const Source *source, int64_t offset)
{
    if (offset < 0 || (uint64_t)offset > source->size)
        return 0;
    if (source->marks == NULL)
        return (int32_t)offset + 1;

    size_t at = (size_t)offset / MARK_EVERY * MARK_EVERY;
    uint32_t character = source->marks[at / MARK_EVERY];
    while (at < (size_t)offset && ((unsigned char)source->text[at] & 0xC0) == 0x80)
        at++; /* the rest of a character that the mark has counted */
    for (; at < (size_t)offset; at++)
        character += ((unsigned char)source->text[at] & 0xC0) != 0x80;
    return (int32_t)character + 1;
}
