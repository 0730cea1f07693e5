/* Records from text: (1,"a ""b""",), as PostgreSQL's record_in() reads them. */
#include "expr/text_record.h"

#include "column/list_builder.h"
#include "expr/order_key.h"
#include "expr/text_list.h"
#include "expr/text_parts.h"

typedef struct RecordText {
    const char *text;
    size_t size;
    const char *at;
    const char *end;
    const Session *session;
    Arena *arena;
    Error *error;
} RecordText;

static Status
malformed(const RecordText *reader, const char *hint)
{
    error_set(reader->error, STATUS_INVALID_TEXT, "malformed record literal: \"%.*s\"",
              (int)(reader->size < 200 ? reader->size : 200), reader->text);
    return error_hint(reader->error, "%s", hint);
}

static void
skip_spaces(RecordText *reader)
{
    while (reader->at < reader->end && text_is_space(*reader->at))
        reader->at++;
}

/* The field's text without quotes and backslashes into `bytes`, which has room for all that is left. */
static Status
read_field(RecordText *reader, char *bytes, size_t *size)
{
    bool quoted = false;

    for (*size = 0;; reader->at++) {
        if (reader->at == reader->end)
            return malformed(reader, "Unexpected end of input.");
        const char c = *reader->at;
        if (!quoted && (c == ',' || c == ')'))
            return STATUS_OK;
        if (c == '\\') {
            if (++reader->at == reader->end)
                return malformed(reader, "Unexpected end of input.");
            bytes[(*size)++] = *reader->at;
        } else if (c == '"' && quoted && reader->at + 1 < reader->end && reader->at[1] == '"') {
            bytes[(*size)++] = *++reader->at;
        } else if (c == '"') {
            quoted = !quoted;
        } else {
            bytes[(*size)++] = c;
        }
    }
}

static Status
parse_field(const RecordText *reader, Type type, const char *bytes, size_t size, Vector *field, void *value)
{
    ListBuilder elements;

    *field = vector_flat(type, value, NULL);
    if (type.id != TYPE_LIST)
        return text_parse_value(type, bytes, size, reader->session, reader->arena, value, reader->error);
    TRY(list_builder_init(&elements, reader->arena, type.nested->types[0], reader->error));
    TRY(text_parse_list(bytes, size, reader->session, &elements, value, reader->error));
    Vector *children = arena_alloc(reader->arena, sizeof *children);
    if (children == NULL)
        return error_set_memory(reader->error);
    *children = *list_builder_vector(&elements);
    field->children = children;
    return STATUS_OK;
}

/* Nothing at all between two commas is NULL. */
static Status
append_field(RecordText *reader, Type type, Buffer *out)
{
    const uint64_t null = 0;
    _Alignas(16) char value[16] = {0};
    Vector field = vector_flat(type, value, &null);
    size_t size;

    if (reader->at == reader->end || (*reader->at != ',' && *reader->at != ')')) {
        char *bytes = arena_alloc_aligned(reader->arena, (size_t)(reader->end - reader->at) + 1, 1);
        if (bytes == NULL)
            return error_set_memory(reader->error);
        TRY(read_field(reader, bytes, &size));
        TRY(parse_field(reader, type, bytes, size, &field, value));
    }
    order_key_append_sorted(&field, 0, false, false, out);
    return STATUS_OK;
}

static Status
read_record(RecordText *reader, const NestedType *nested, Buffer *out)
{
    skip_spaces(reader);
    if (reader->at == reader->end || *reader->at != '(')
        return malformed(reader, "Missing left parenthesis.");
    reader->at++;
    for (uint32_t i = 0; i < nested->count; i++) {
        if (i > 0 && (reader->at == reader->end || *reader->at != ','))
            return malformed(reader, "Too few columns.");
        reader->at += i > 0;
        TRY(append_field(reader, nested->types[i], out));
    }
    if (reader->at == reader->end || *reader->at != ')')
        return malformed(reader, "Too many columns.");
    reader->at++;
    skip_spaces(reader);
    return reader->at == reader->end ? STATUS_OK : malformed(reader, "Junk after right parenthesis.");
}

Status
text_parse_record(Type type, const char *text, size_t size, const Session *session, Arena *arena,
                  StringView *record, Error *error)
{
    RecordText reader = {text, size, text, text + size, session, arena, error};
    Buffer made = {0};
    Status status = STATUS_OK;
    const char *bytes;

    if (type.nested->name == NULL)
        return error_set(error, STATUS_NOT_SUPPORTED,
                         "input of anonymous composite types is not implemented");
    TRY_GOTO(read_record(&reader, type.nested, &made), done);
    bytes = made.failed ? NULL : arena_copy_bytes(arena, buffer_text(&made), made.size);
    if (bytes == NULL)
        TRY_GOTO(error_set_memory(error), done);
    *record = string_view(bytes, made.size);
done:
    buffer_destroy(&made);
    return status;
}
