#include "expr/json_write.h"

#include "column/list_builder.h"
#include "expr/json_scan.h"
#include "expr/record.h"
#include "expr/text.h"

#include <math.h>
#include <string.h>

/* "2020-01-31 10:20:30+02" as ISO 8601 has it: 2020-01-31T10:20:30+02:00. */
static void
append_iso(const Buffer *text, bool zone, Buffer *out)
{
    const char *blank = memchr(text->data, ' ', text->size);
    const char *end = text->data + text->size;
    const char *at = text->data;

    if (blank == NULL) {
        buffer_append(out, at, text->size);
        return;
    }
    buffer_append(out, at, (size_t)(blank - at));
    buffer_append_char(out, 'T');
    for (at = blank + 1; at < end && *at != ' '; at++)
        buffer_append_char(out, *at);
    if (zone && at - text->data >= 3 && (at[-3] == '+' || at[-3] == '-'))
        buffer_append_string(out, ":00");
    buffer_append(out, at, (size_t)(end - at));
}

static void
append_text(const Vector *vector, uint32_t row, const Session *session, Buffer *out)
{
    const bool zone = vector->type.id == TYPE_TIMESTAMPTZ;
    Buffer text = {0};
    Buffer iso = {0};

    text_format_value(vector, row, session, &text);
    if ((zone || vector->type.id == TYPE_TIMESTAMP) && text.size > 0) {
        append_iso(&text, zone, &iso);
        json_append_string(buffer_text(&iso), iso.size, out);
    } else {
        json_append_string(buffer_text(&text), text.size, out);
    }
    out->failed |= text.failed || iso.failed;
    buffer_destroy(&iso);
    buffer_destroy(&text);
}

static void
append_list(const Vector *lists, uint32_t row, const Session *session, Buffer *out)
{
    const ListEntry entry = list_entry(lists, row);
    const Vector *elements = list_elements(lists);

    buffer_append_char(out, '[');
    for (uint32_t i = 0; i < entry.count; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        json_write_value_of(elements, entry.offset + i, session, out);
    }
    buffer_append_char(out, ']');
}

void
json_write_record(const Vector *records, uint32_t row, bool lines, const Session *session, Buffer *out)
{
    const NestedType *nested = records->type.nested;
    RecordReader reader;

    record_open(&reader, records->type, record_view(records, row), NULL);
    buffer_append_char(out, '{');
    while (record_next(&reader)) {
        const char *name = nested->names[reader.next - 1];
        if (reader.next > 1)
            buffer_append_string(out, lines ? ",\n " : ",");
        json_append_string(name, strlen(name), out);
        buffer_append_char(out, ':');
        json_write_value_of(&reader.value, 0, session, out);
    }
    buffer_append_char(out, '}');
    record_close(&reader);
}

static bool
is_number(const Vector *vector, uint32_t row)
{
    if (type_is_float(vector->type.id))
        return isfinite(((const double *)vector_values(vector))[vector_index(vector, row)]);
    return type_category(vector->type.id) == CATEGORY_NUMBER;
}

void
json_write_value_of(const Vector *vector, uint32_t row, const Session *session, Buffer *out)
{
    if (vector_is_null(vector, row)) {
        buffer_append_string(out, "null");
        return;
    }
    switch (vector->type.id) {
    case TYPE_BOOL:
        buffer_append_string(
            out, ((const uint8_t *)vector_values(vector))[vector_index(vector, row)] ? "true" : "false");
        break;
    case TYPE_JSON:
    case TYPE_JSONB: text_format_value(vector, row, session, out); break;
    case TYPE_LIST: append_list(vector, row, session, out); break;
    case TYPE_STRUCT: json_write_record(vector, row, false, session, out); break;
    default:
        if (is_number(vector, row))
            text_format_value(vector, row, session, out);
        else
            append_text(vector, row, session, out);
        break;
    }
}
