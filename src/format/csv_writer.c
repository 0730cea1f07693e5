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

/* Text of numbers, dates and times needs no quotes, unless the delimiter is one of their characters. */
static bool
may_stand_in_numbers(char delimiter)
{
    return (delimiter >= '0' && delimiter <= '9') || (delimiter >= 'A' && delimiter <= 'Z') ||
           (delimiter >= 'a' && delimiter <= 'z') ||
           (delimiter != '\0' && strchr("+-.: ", delimiter) != NULL);
}

static void
write_text(const Vector *column, uint32_t row, char delimiter, const Session *session, Buffer *out)
{
    Buffer value = {0};

    text_format_value(column, row, session, &value);
    csv_write_field(value.data != NULL ? value.data : "", value.size, delimiter, out);
    out->failed |= value.failed;
    buffer_destroy(&value);
}

static void
write_value(const Vector *column, uint32_t row, char delimiter, const Session *session, Buffer *out)
{
    const uint32_t index = vector_index(column, row);

    switch (column->type.id) {
    case TYPE_BOOL:
        buffer_append_string(out, ((const uint8_t *)vector_values(column))[index] != 0 ? "true" : "false");
        return;
    case TYPE_TEXT:
    case TYPE_VARCHAR: {
        const StringView *view = &((const StringView *)vector_values(column))[index];
        csv_write_field(string_view_data(view), view->size, delimiter, out);
        return;
    }
    default: break;
    }
    if (column->layout >= LAYOUT_VIEW || may_stand_in_numbers(delimiter))
        write_text(column, row, delimiter, session, out);
    else
        text_format_value(column, row, session, out);
}

void
csv_write_row(const Vector *columns, uint32_t column_count, uint32_t row, char delimiter,
              const Session *session, Buffer *out)
{
    for (uint32_t i = 0; i < column_count; i++) {
        if (i > 0)
            buffer_append_char(out, delimiter);
        if (!vector_is_null(&columns[i], row))
            write_value(&columns[i], row, delimiter, session, out);
    }
    buffer_append_char(out, '\n');
}
