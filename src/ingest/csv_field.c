#include "ingest/csv_field.h"

#include <string.h>

static bool
is_null_text(const char *text, size_t size, const char *null_text)
{
    if (null_text == NULL)
        return size == 0;
    return strlen(null_text) == size && memcmp(text, null_text, size) == 0;
}

/* As PostgreSQL's CopyReadAttributesCSV: a quote begins or ends quoting wherever it stands; inside, a doubled
 * one is one. */
static size_t
unquote(const char *text, size_t size, char quote, char *out)
{
    size_t length = 0;
    bool inside = false;

    for (size_t i = 0; i < size; i++) {
        if (text[i] != quote) {
            out[length++] = text[i];
        } else if (inside && i + 1 < size && text[i + 1] == quote) {
            out[length++] = quote;
            i++;
        } else {
            inside = !inside;
        }
    }
    return length;
}

Status
csv_field_read(const char *text, size_t size, char quote, const char *null_text, Arena *arena,
               CsvField *field, Error *error)
{
    const char *first = size > 0 ? memchr(text, quote, size) : NULL;

    *field = (CsvField){.text = text, .size = size};
    if (first == NULL) {
        field->is_null = is_null_text(text, size, null_text);
        return STATUS_OK;
    }
    /* The common form: quotes around, none inside. */
    if (first == text && size >= 2 && memchr(text + 1, quote, size - 1) == text + size - 1) {
        field->text = text + 1;
        field->size = size - 2;
        return STATUS_OK;
    }
    char *copy = arena_alloc(arena, size);
    if (copy == NULL)
        return error_set_memory(error);
    field->text = copy;
    field->size = unquote(text, size, quote, copy);
    return STATUS_OK;
}
