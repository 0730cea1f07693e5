#include "expr/record.h"

#include "column/list_builder.h"
#include "expr/order_key.h"

void
record_append(uint32_t count, const Vector *fields, uint32_t row, Buffer *out)
{
    for (uint32_t i = 0; i < count; i++)
        order_key_append_sorted(&fields[i], row, false, false, out);
}

void
record_open(RecordReader *reader, Type type, const StringView *record, Arena *arena)
{
    const char *bytes = string_view_data(record);

    *reader = (RecordReader){.nested = type.nested, .at = bytes, .end = bytes + record->size, .arena = arena};
}

void
record_close(RecordReader *reader)
{
    if (reader->own_arena)
        arena_destroy(&reader->arena);
}

/* The end of the next field, whose first byte says whether it is NULL; NULL where the record is over or
 * damaged. */
static const char *
field_end(const RecordReader *reader)
{
    if (reader->at == NULL || reader->at == reader->end || reader->next == reader->nested->count)
        return NULL;
    if (*reader->at != 0)
        return *reader->at == 1 ? reader->at + 1 : NULL;
    return order_key_end(reader->nested->types[reader->next], reader->at + 1, reader->end);
}

static bool
read_value(RecordReader *reader, Type type, const char *end)
{
    if (reader->arena == NULL && order_key_needs_arena(type, reader->at + 1, end)) {
        reader->arena = arena_new(NULL);
        reader->own_arena = true;
    }
    return order_key_read_part(type, reader->at + 1, end, reader->arena, reader->data,
                               &reader->value.children);
}

bool
record_next(RecordReader *reader)
{
    const char *end = field_end(reader);

    if (end == NULL) {
        reader->at = NULL;
        return false;
    }
    const Type type = reader->nested->types[reader->next++];
    const bool null = *reader->at != 0;
    reader->validity = !null;
    reader->value = vector_flat(type, reader->data, &reader->validity);
    memset(reader->data, 0, sizeof reader->data);
    if (!null && !read_value(reader, type, end)) {
        reader->at = NULL;
        return false;
    }
    reader->at = end;
    return true;
}

bool
record_skip(RecordReader *reader, uint32_t count)
{
    for (; count > 0; count--) {
        const char *end = field_end(reader);
        reader->at = end;
        reader->next++;
        if (end == NULL)
            return false;
    }
    return true;
}
