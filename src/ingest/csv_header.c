#include "ingest/csv_header.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { NAME_BYTES = 63 };

static bool
names_equal(const char *text, size_t size, const char *name)
{
    return strlen(name) == size && strncasecmp(text, name, size) == 0;
}

bool
csv_header_names_columns(const CsvField *fields, uint32_t count, uint32_t column_count,
                         const char *const *columns)
{
    for (uint32_t i = 0; i < count; i++) {
        bool known = false;
        for (uint32_t c = 0; c < column_count && !known; c++)
            known = names_equal(fields[i].text, fields[i].size, columns[c]);
        if (!known)
            return false;
    }
    return count > 0;
}

/* A name that needs no quotes in SQL: lower case, and an underscore for what else there is. */
static void
make_identifier(const char *text, size_t size, char *name)
{
    size_t length = 0;

    while (size > 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        size--;
    }
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
        size--;
    if (size > 0 && text[0] >= '0' && text[0] <= '9')
        name[length++] = '_';
    const bool is_text = utf8_valid_prefix(text, size) == size;
    for (size_t i = 0; i < size && length < NAME_BYTES; i++) {
        const char c = text[i];
        if (c >= 'A' && c <= 'Z')
            name[length++] = (char)(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || ((unsigned char)c >= 0x80 && is_text))
            name[length++] = c;
        else
            name[length++] = '_';
    }
    name[utf8_valid_prefix(name, length)] = '\0'; /* a character cut in two goes */
}

static bool
is_taken(const CsvShape *shape, uint32_t count, const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(shape->names[i], name) == 0)
            return true;
    }
    return false;
}

/* The name itself, or with the first of _1, _2 … that no field before it has. */
static const char *
make_unique(Arena *arena, const CsvShape *shape, uint32_t count, const char *name)
{
    const char *unique = arena_copy_string(arena, name);

    for (unsigned i = 1; is_taken(shape, count, unique); i++)
        unique = arena_format(arena, "%.*s_%u", NAME_BYTES - 8, name, i);
    return unique;
}

void
csv_header_set_names(Arena *arena, const CsvField *fields, CsvShape *shape)
{
    shape->names = ARENA_ARRAY(arena, const char *, shape->field_count);
    shape->header = ARENA_ARRAY(arena, const char *, shape->field_count);
    for (uint32_t i = 0; i < shape->field_count; i++) {
        char name[NAME_BYTES + 16] = "";
        if (shape->has_header)
            make_identifier(fields[i].text, fields[i].size, name);
        if (name[0] == '\0')
            snprintf(name, sizeof name, "column%u", i + 1);
        shape->header[i] = shape->has_header ? arena_copy_bytes(arena, fields[i].text, fields[i].size) : "";
        shape->names[i] = make_unique(arena, shape, i, name);
    }
}

Status
csv_header_check(const CsvShape *shape, const char *path, Error *error)
{
    for (uint32_t i = 0; shape->has_header && i < shape->field_count; i++)
        for (uint32_t other = 0; other < i; other++)
            if (shape->header[i][0] != '\0' && strcmp(shape->header[i], shape->header[other]) == 0)
                return error_set(error, STATUS_DUPLICATE_COLUMN, "column \"%.100s\" is named twice in %s",
                                 shape->header[i], path);
    return STATUS_OK;
}

/* The field with this column's name, written exactly so, or else but for case, or else as the name made of
 * it. */
static int32_t
find_field(const CsvShape *shape, const char *column)
{
    for (uint32_t i = 0; i < shape->field_count; i++) {
        if (strcmp(shape->header[i], column) == 0)
            return (int32_t)i;
    }
    for (uint32_t i = 0; i < shape->field_count; i++) {
        if (strcasecmp(shape->header[i], column) == 0)
            return (int32_t)i;
    }
    for (uint32_t i = 0; i < shape->field_count; i++) {
        if (strcasecmp(shape->names[i], column) == 0)
            return (int32_t)i;
    }
    return -1;
}

Status
csv_match_header(const CsvShape *shape, uint32_t column_count, const char *const *columns, int32_t *fields,
                 Error *error)
{
    for (uint32_t c = 0; c < column_count; c++)
        fields[c] = find_field(shape, columns[c]);
    for (uint32_t i = 0; i < shape->field_count; i++) {
        bool used = false;
        for (uint32_t c = 0; c < column_count && !used; c++)
            used = fields[c] == (int32_t)i;
        if (used)
            continue;
        error_set(error, STATUS_UNDEFINED_COLUMN, "the file's column \"%.100s\" is no column of the table",
                  shape->header[i]);
        error_hint(error, "rename it in the header, or say that the first row is data");
        return STATUS_UNDEFINED_COLUMN;
    }
    return STATUS_OK;
}
