#include "format/csv_writer.h"

#include "expr/text.h"

#include <string.h>

static bool
needs_quotes(const char *text, size_t size, char delimiter)
{
    if (size == 0)
        return true;
    for (size_t i = 0; i < size; i++)
        if (text[i] == delimiter || text[i] == '"' || text[i] == '\n' || text[i] == '\r')
            return true;
    return false;
}

void
csv_write_field(const char *text, size_t size, char delimiter, Buffer *out)
{
    if (!needs_quotes(text, size, delimiter)) {
        buffer_append(out, text, size);
        return;
    }
    buffer_append_char(out, '"');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"')
            buffer_append_char(out, '"');
        buffer_append_char(out, text[i]);
    }
    buffer_append_char(out, '"');
}

void
csv_write_names(const char *const *names, uint32_t count, char delimiter, Buffer *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_char(out, delimiter);
        csv_write_field(names[i], strlen(names[i]), delimiter, out);
    }
    buffer_append_char(out, '\n');
}

/* Values whose text never needs quotes (unless the delimiter is a strange one) go straight to the output. */
static void
write_value(const Vector *column, uint32_t row, char delimiter, const Session *session, Buffer *out)
{
    const uint32_t index = vector_index(column, row);
    char           text[64];

    switch (column->type.id) {
    case TYPE_BOOL: buffer_append_string(out, ((const uint8_t *)vector_values(column))[index] ? "true" : "false"); return;
    case TYPE_INT8: {
        const size_t size = text_format_int64(((const int64_t *)vector_values(column))[index], text);
        csv_write_field(text, size, delimiter, out);
        return;
    }
    case TYPE_TEXT:
    case TYPE_VARCHAR: {
        const StringView *view = &((const StringView *)vector_values(column))[index];
        csv_write_field(string_view_data(view), view->size, delimiter, out);
        return;
    }
    default: {
        Buffer value = {0};
        text_format_value(column, row, session, &value);
        csv_write_field(value.data != NULL ? value.data : "", value.size, delimiter, out);
        buffer_destroy(&value);
    }
    }
}

void
csv_write_row(const Vector *columns, uint32_t column_count, uint32_t row, char delimiter, const Session *session,
              Buffer *out)
{
    for (uint32_t i = 0; i < column_count; i++) {
        if (i > 0)
            buffer_append_char(out, delimiter);
        if (!vector_is_null(&columns[i], row))
            write_value(&columns[i], row, delimiter, session, out);
    }
    buffer_append_char(out, '\n');
}
