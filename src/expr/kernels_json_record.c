/* Records from JSON: json_populate_record() and its kin. A member becomes the field of its name, by way of
 * the field's text. */
#include "column/list_builder.h"
#include "expr/array_kernel.h"
#include "expr/json_scan.h"
#include "expr/kernels_json.h"
#include "expr/order_key.h"
#include "expr/record.h"
#include "expr/string_kernel.h"
#include "expr/text.h"
#include "expr/text_list.h"

#include <string.h>

enum { VALUE_BYTES = 16 };

/* What is put together of one JSON text. */
typedef struct Population {
    KernelCall *call;
    const char *function; /* for messages */
} Population;

static Status populate_record(const Population *self, Type type, const RecordReader *base, JsonSlice object,
                              StringView *record);

static Status
refuse(const Population *self, JsonKind kind)
{
    return error_set(self->call->error, STATUS_INVALID_PARAMETER, "cannot call %s on %s", self->function,
                     kind == JSON_ARRAY    ? "an array"
                     : kind == JSON_OBJECT ? "an object"
                                           : "a scalar");
}

/* A string without its quotes and escapes; other values as they are written. */
static Status
text_of(const Population *self, JsonSlice value, JsonSlice *text)
{
    *text = value;
    if (json_kind(value) != JSON_STRING)
        return STATUS_OK;
    char *bytes = arena_alloc_aligned(self->call->arena, value.size, 1);
    if (bytes == NULL)
        return error_set_memory(self->call->error);
    text->data = bytes;
    return json_unescape(value, bytes, &text->size, self->call->error);
}

static Status populate_value(const Population *self, Type type, JsonSlice json, void *value, Vector *made);

static Status
append_element(const Population *self, JsonSlice json, ListBuilder *elements)
{
    _Alignas(16) char value[VALUE_BYTES] = {0};
    Vector made;

    TRY(populate_value(self, elements->vector.type, json, value, &made));
    return list_builder_append(elements, &made, 0, self->call->error);
}

static Status
populate_list(const Population *self, Type type, JsonSlice json, ListEntry *entry, Vector *made)
{
    KernelCall *call = self->call;
    ListBuilder *elements = arena_alloc(call->arena, sizeof *elements);
    JsonSlice text;
    JsonSlice key;
    JsonWalk walk;

    if (elements == NULL)
        return error_set_memory(call->error);
    TRY(list_builder_init(elements, call->arena, type.nested->types[0], call->error));
    if (json_kind(json) == JSON_STRING) {
        TRY(text_of(self, json, &text));
        TRY(text_parse_list(text.data, text.size, call->session, elements, entry, call->error));
    } else if (json_kind(json) == JSON_ARRAY) {
        json_walk_begin(&walk, json);
        while (json_walk_next(&walk, &key, &text))
            TRY(append_element(self, text, elements));
        *entry = (ListEntry){.count = elements->count};
    } else {
        return error_set(call->error, STATUS_INVALID_TEXT, "expected JSON array");
    }
    made->children = list_builder_vector(elements);
    return STATUS_OK;
}

/* The value into `value`, which has room for any; `made` is a vector of it. */
static Status
populate_value(const Population *self, Type type, JsonSlice json, void *value, Vector *made)
{
    static const uint64_t null = 0;
    KernelCall *call = self->call;
    const JsonKind kind = json_kind(json);
    JsonSlice text = json;

    *made = vector_flat(type, value, kind == JSON_NULL ? &null : NULL);
    if (kind == JSON_NULL)
        return STATUS_OK;
    if (type.id == TYPE_LIST)
        return populate_list(self, type, json, value, made);
    if (type.id == TYPE_STRUCT && kind != JSON_STRING)
        return populate_record(self, type, NULL, json, value);
    if (type.id != TYPE_JSON && type.id != TYPE_JSONB)
        TRY(text_of(self, json, &text));
    return text_parse_value(type, text.data, text.size, call->session, call->arena, value, call->error);
}

static Status
populate_field(const Population *self, const NestedType *nested, uint32_t field, const RecordReader *base,
               JsonSlice object, Buffer *out)
{
    const char *name = nested->names[field];
    const uint64_t null = 0;
    _Alignas(16) char value[VALUE_BYTES] = {0};
    Vector made = vector_flat(nested->types[field], value, &null);
    JsonSlice json;

    if (json_find_key(object, name, strlen(name), &json))
        TRY(populate_value(self, nested->types[field], json, value, &made));
    else if (base != NULL)
        made = base->value;
    order_key_append_sorted(&made, 0, false, false, out);
    return STATUS_OK;
}

static Status
populate_fields(const Population *self, Type type, RecordReader *base, JsonSlice object, Buffer *out)
{
    for (uint32_t i = 0; i < type.nested->count; i++) {
        if (base != NULL && !record_next(base))
            return error_set(self->call->error, STATUS_CORRUPT, "a record is damaged");
        TRY(populate_field(self, type.nested, i, base, object, out));
    }
    return STATUS_OK;
}

/* Members that are missing are `base`'s (NULL: NULL). */
static Status
populate_record(const Population *self, Type type, const RecordReader *base, JsonSlice object,
                StringView *record)
{
    KernelCall *call = self->call;
    RecordReader fields;
    Buffer out = {0};

    if (json_kind(object) != JSON_OBJECT)
        return refuse(self, json_kind(object));
    if (base != NULL)
        fields = *base;
    Status status = populate_fields(self, type, base == NULL ? NULL : &fields, object, &out);
    const char *bytes = NULL;
    if (status == STATUS_OK) {
        bytes = out.failed ? NULL : arena_copy_bytes(call->arena, buffer_text(&out), out.size);
        status = bytes == NULL ? error_set_memory(call->error) : STATUS_OK;
    }
    if (status == STATUS_OK)
        *record = string_view(bytes, out.size);
    buffer_destroy(&out);
    return status;
}

/* The JSON of argument 1, checked where nobody has. */
static Status
load_json(KernelCall *call, uint32_t row, JsonSlice *json)
{
    const Text text = text_argument(call, 1, row);

    if (call->arguments[1].type.id == TYPE_TEXT)
        TRY(json_check(text.data, text.size, call->error));
    *json = json_value(text.data, text.size);
    return STATUS_OK;
}

/* A base that is there, opened; NULL for one that is NULL. */
static const RecordReader *
open_base(KernelCall *call, uint32_t row, RecordReader *reader)
{
    const Vector *bases = &call->arguments[0];

    if (kernel_argument_is_null(bases, row))
        return NULL;
    record_open(reader, bases->type, &ROW_ARGUMENT(call, 0, StringView, row), call->arena);
    return reader;
}

static Status
populate_row(KernelCall *call, uint32_t row)
{
    const Population self = {call, call->function->name};
    RecordReader reader;
    const RecordReader *base = open_base(call, row, &reader);
    JsonSlice json;

    if (kernel_argument_is_null(&call->arguments[1], row)) {
        if (base == NULL)
            row_set_null(call, row);
        else
            ROW_RESULT(call, StringView, row) = ROW_ARGUMENT(call, 0, StringView, row);
        return STATUS_OK;
    }
    TRY(load_json(call, row, &json));
    return populate_record(&self, call->type, base, json, &ROW_RESULT(call, StringView, row));
}

Status
kernel_json_populate_record(KernelCall *call)
{
    for (uint32_t i = 0; i < call->count; i++)
        TRY(populate_row(call, kernel_row(call, i)));
    return STATUS_OK;
}

static Status
json_populate_array_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const Population self = {call, call->arguments[1].type.id == TYPE_JSONB ? "jsonb_populate_recordset"
                                                                            : "json_populate_recordset"};
    RecordReader reader;
    const RecordReader *base = open_base(call, row, &reader);
    StringView record;
    JsonSlice element;
    JsonSlice json;
    JsonSlice key;
    JsonWalk walk;

    if (kernel_argument_is_null(&call->arguments[1], row)) {
        bits_clear(call->validity, row);
        return STATUS_OK;
    }
    TRY(load_json(call, row, &json));
    if (json_kind(json) != JSON_ARRAY)
        return refuse(&self, json_kind(json));
    json_walk_begin(&walk, json);
    while (json_walk_next(&walk, &key, &element)) {
        if (json_kind(element) != JSON_OBJECT)
            return error_set(call->error, STATUS_INVALID_PARAMETER,
                             "argument of %s must be an array of objects", self.function);
        TRY(populate_record(&self, call->type.nested->types[0], base, element, &record));
        TRY(list_builder_append_value(out, &record, call->error));
    }
    return STATUS_OK;
}
ARRAY_KERNEL(json_populate_array)
