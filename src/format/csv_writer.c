#include "format/csv_writer.h"

#include "expr/text.h"

#include <string.h>

/* `alone`: the row has no other field, and \\. alone on a line would end PostgreSQL's COPY FROM. */
static bool
needs_quotes(const CsvStyle *style, const char *text, size_t size, bool alone)
{
    if (size == strlen(style->null_text) && memcmp(text, style->null_text, size) == 0)
        return true;
    if (alone && size == 2 && memcmp(text, "\\.", 2) == 0)
        return true;
    for (size_t i = 0; i < size; i++)
        if (text[i] == style->delimiter || text[i] == style->quote || text[i] == '\n' || text[i] == '\r')
            return true;
    return false;
}

static void
write_field(const CsvStyle *style, const char *text, size_t size, bool alone, Buffer *out)
{
    if (!needs_quotes(style, text, size, alone)) {
        buffer_append(out, text, size);
        return;
    }
    buffer_append_char(out, style->quote);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == style->quote)
            buffer_append_char(out, style->quote);
        buffer_append_char(out, text[i]);
    }
    buffer_append_char(out, style->quote);
}

static CsvStyle
plain_style(char delimiter)
{
    return (CsvStyle){.delimiter = delimiter, .quote = '"', .null_text = ""};
}

void
csv_write_field(const char *text, size_t size, char delimiter, Buffer *out)
{
    const CsvStyle style = plain_style(delimiter);

    write_field(&style, text, size, false, out);
}

void
csv_write_styled_names(const CsvStyle *style, const char *const *names, uint32_t count, Buffer *out)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_char(out, style->delimiter);
        write_field(style, names[i], strlen(names[i]), count == 1, out);
    }
    buffer_append_char(out, '\n');
}

void
csv_write_names(const char *const *names, uint32_t count, char delimiter, Buffer *out)
{
    const CsvStyle style = plain_style(delimiter);

    csv_write_styled_names(&style, names, count, out);
}

static bool
may_stand_in_numbers(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("+-.: ", c) != NULL);
}

/* Text of numbers, dates and times needs no quotes, unless what it is told apart from is made of its
 * characters. */
static bool
numbers_are_plain(const CsvStyle *style)
{
    return style->null_text[0] == '\0' && !may_stand_in_numbers(style->delimiter) &&
           !may_stand_in_numbers(style->quote);
}

static void
write_text(const CsvStyle *style, const Vector *column, uint32_t row, bool alone, const Session *session,
           Buffer *out)
{
    Buffer value = {0};

    text_format_value(column, row, session, &value);
    write_field(style, value.data != NULL ? value.data : "", value.size, alone, out);
    out->failed |= value.failed;
    buffer_destroy(&value);
}

static void
write_value(const CsvStyle *style, const Vector *column, uint32_t row, bool alone, const Session *session,
            Buffer *out)
{
    const uint32_t index = vector_index(column, row);

    switch (column->type.id) {
    case TYPE_BOOL: {
        const char *text = ((const uint8_t *)vector_values(column))[index] != 0 ? "true" : "false";
        write_field(style, text, strlen(text), alone, out);
        return;
    }
    case TYPE_TEXT:
    case TYPE_VARCHAR: {
        const StringView *view = &((const StringView *)vector_values(column))[index];
        write_field(style, string_view_data(view), view->size, alone, out);
        return;
    }
    default: break;
    }
    if (column->layout >= LAYOUT_VIEW || !numbers_are_plain(style))
        write_text(style, column, row, alone, session, out);
    else
        text_format_value(column, row, session, out);
}

static void
write_row(const CsvStyle *style, const Vector *columns, uint32_t column_count, uint32_t row, bool alone,
          const Session *session, Buffer *out)
{
    for (uint32_t i = 0; i < column_count; i++) {
        if (i > 0)
            buffer_append_char(out, style->delimiter);
        if (!vector_is_null(&columns[i], row))
            write_value(style, &columns[i], row, alone, session, out);
        else
            buffer_append_string(out, style->null_text);
    }
    buffer_append_char(out, '\n');
}

void
csv_write_styled_row(const CsvStyle *style, const Vector *columns, uint32_t column_count, uint32_t row,
                     const Session *session, Buffer *out)
{
    write_row(style, columns, column_count, row, column_count == 1, session, out);
}

void
csv_write_row(const Vector *columns, uint32_t column_count, uint32_t row, char delimiter,
              const Session *session, Buffer *out)
{
    const CsvStyle style = plain_style(delimiter);

    write_row(&style, columns, column_count, row, false, session, out);
}
