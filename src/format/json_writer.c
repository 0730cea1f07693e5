#include "format/json_writer.h"

#include "base/utf8.h"
#include "expr/record.h"
#include "expr/text.h"

#include <math.h>
#include <string.h>

static void
write_escape(unsigned char c, Buffer *out)
{
    switch (c) {
    case '"': buffer_append(out, "\\\"", 2); break;
    case '\\': buffer_append(out, "\\\\", 2); break;
    case '\n': buffer_append(out, "\\n", 2); break;
    case '\r': buffer_append(out, "\\r", 2); break;
    case '\t': buffer_append(out, "\\t", 2); break;
    case '\b': buffer_append(out, "\\b", 2); break;
    case '\f': buffer_append(out, "\\f", 2); break;
    default: buffer_append_format(out, "\\u%04x", c); break;
    }
}

/* The number of bytes from `at` on that stand for themselves. */
static size_t
plain_run(const unsigned char *at, size_t left)
{
    size_t run = 0;

    while (run < left && at[run] >= 0x20 && at[run] < 0x80 && at[run] != '"' && at[run] != '\\')
        run++;
    return run;
}

void
json_write_string(const char *text, size_t size, Buffer *out)
{
    const unsigned char *at = (const unsigned char *)text;

    buffer_append_char(out, '"');
    while (size > 0) {
        size_t run = plain_run(at, size);
        if (run == 0 && at[0] >= 0x80) {
            run = utf8_character_length((const char *)at, size);
            if (run == 0) {
                buffer_append(out, "\xEF\xBF\xBD", 3);
                at++;
                size--;
                continue;
            }
        }
        if (run == 0) {
            write_escape(*at, out);
            run = 1;
        } else {
            buffer_append(out, at, run);
        }
        at += run;
        size -= run;
    }
    buffer_append_char(out, '"');
}

/* A double as a number, or as a string where JSON has no number for it. */
static void
write_double(double value, bool single, Buffer *out)
{
    char text[64];
    const size_t size = single ? text_format_float((float)value, text) : text_format_double(value, text);

    if (isfinite(value))
        buffer_append(out, text, size);
    else
        json_write_string(text, size, out);
}

static void
write_as_text(const Vector *vector, uint32_t row, const Session *session, Buffer *out)
{
    Buffer text = {0};

    text_format_value(vector, row, session, &text);
    json_write_string(text.data != NULL ? text.data : "", text.size, out);
    out->failed |= text.failed;
    buffer_destroy(&text);
}

/* Text that holds nothing to escape. */
static void
write_quoted(const Vector *vector, uint32_t row, const Session *session, Buffer *out)
{
    buffer_append_char(out, '"');
    text_format_value(vector, row, session, out);
    buffer_append_char(out, '"');
}

/* JSON stands among the values as itself; only blanks may be control characters in it, and none may end a
 * line of NDJSON. */
static void
write_json(const StringView *view, Buffer *out)
{
    const size_t from = out->size;

    buffer_append(out, string_view_data(view), view->size);
    for (size_t i = from; i < out->size; i++) {
        if ((unsigned char)out->data[i] < ' ')
            out->data[i] = ' ';
    }
}

static const Vector *
children_of(const Vector *vector)
{
    return vector->form == VECTOR_DICTIONARY ? vector->dictionary->values.children : vector->children;
}

static void
write_list(const Vector *vector, uint32_t index, const Session *session, Buffer *out)
{
    const ListEntry entry = ((const ListEntry *)vector_values(vector))[index];

    buffer_append_char(out, '[');
    for (uint32_t i = 0; i < entry.count; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        json_write_value(children_of(vector), entry.offset + i, session, out);
    }
    buffer_append_char(out, ']');
}

static void
write_record(const Vector *vector, uint32_t row, const Session *session, Buffer *out)
{
    RecordReader reader;

    record_open(&reader, vector->type, record_view(vector, row), NULL);
    buffer_append_char(out, '{');
    while (record_next(&reader)) {
        const char *name = vector->type.nested->names[reader.next - 1];
        if (reader.next > 1)
            buffer_append_char(out, ',');
        json_write_string(name, strlen(name), out);
        buffer_append_char(out, ':');
        json_write_value(&reader.value, 0, session, out);
    }
    buffer_append_char(out, '}');
    record_close(&reader);
}

void
json_write_value(const Vector *vector, uint32_t row, const Session *session, Buffer *out)
{
    const uint32_t index = vector_index(vector, row);
    const void *values = vector_values(vector);
    char text[64];

    if (vector_is_null(vector, row)) {
        buffer_append(out, "null", 4);
        return;
    }
    switch (vector->type.id) {
    case TYPE_BOOL: buffer_append_string(out, ((const uint8_t *)values)[index] ? "true" : "false"); break;
    case TYPE_INT2:
    case TYPE_INT4:
        buffer_append(out, text, text_format_int64(((const int32_t *)values)[index], text));
        break;
    case TYPE_INT8:
        buffer_append(out, text, text_format_int64(((const int64_t *)values)[index], text));
        break;
    case TYPE_NUMERIC: {
        const Int128 value =
            vector->layout == LAYOUT_I64 ? ((const int64_t *)values)[index] : ((const Int128 *)values)[index];
        buffer_append(out, text, text_format_numeric(value, vector->type.scale, text));
        break;
    }
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        write_double(((const double *)values)[index], vector->type.id == TYPE_FLOAT4, out);
        break;
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_UNKNOWN: {
        const StringView *view = &((const StringView *)values)[index];
        json_write_string(string_view_data(view), view->size, out);
        break;
    }
    case TYPE_JSON:
    case TYPE_JSONB: write_json(&((const StringView *)values)[index], out); break;
    case TYPE_LIST: write_list(vector, index, session, out); break;
    case TYPE_STRUCT: write_record(vector, row, session, out); break;
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INTERVAL:
    case TYPE_UUID: write_quoted(vector, row, session, out); break;
    default: write_as_text(vector, row, session, out); break;
    }
}

void
json_write_row(const Vector *columns, uint32_t column_count, const char *const *names, uint32_t row,
               const Session *session, Buffer *out)
{
    buffer_append_char(out, names != NULL ? '{' : '[');
    for (uint32_t i = 0; i < column_count; i++) {
        if (i > 0)
            buffer_append_char(out, ',');
        if (names != NULL) {
            json_write_string(names[i], strlen(names[i]), out);
            buffer_append_char(out, ':');
        }
        json_write_value(&columns[i], row, session, out);
    }
    buffer_append_char(out, names != NULL ? '}' : ']');
}
