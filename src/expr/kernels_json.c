/* What is asked of JSON: members by name, number and path, kinds and sizes, members as arrays. Results are
 * slices of the documents. */
#include "expr/kernels_json.h"

#include "expr/array_kernel.h"
#include "expr/json_canonical.h"
#include "expr/json_path.h"
#include "expr/string_kernel.h"

#include <string.h>

static Status
load_document(const KernelCall *call, uint32_t row, JsonSlice *document)
{
    const Text text = text_argument(call, 0, row);
    const TypeId type = call->arguments[0].type.id;

    *document = json_value(text.data, text.size);
    if (type == TYPE_JSON || type == TYPE_JSONB)
        return STATUS_OK;
    return json_check(text.data, text.size, call->error);
}

static Status
set_slice(KernelCall *call, uint32_t row, JsonSlice slice)
{
    return row_set_view(call, row, slice.data, slice.size);
}

/* The text that ->> gives: of strings what they say, of others what is written. */
static Status
slice_text(KernelCall *call, JsonSlice value, JsonSlice *text)
{
    *text = value;
    if (json_kind(value) != JSON_STRING)
        return STATUS_OK;
    *text = json_inside(value);
    if (!json_has_escapes(*text))
        return STATUS_OK;
    NEW_BYTES(bytes, value.size);
    text->data = bytes;
    return json_unescape(value, bytes, &text->size, call->error);
}

/* A value that was found, or NULL; JSON's null is no text. */
static Status
set_found(KernelCall *call, uint32_t row, bool found, JsonSlice value, bool as_text)
{
    if (!found || (as_text && json_kind(value) == JSON_NULL)) {
        row_set_null(call, row);
        return STATUS_OK;
    }
    if (as_text)
        TRY(slice_text(call, value, &value));
    return set_slice(call, row, value);
}

static Status
get_member(KernelCall *call, uint32_t row, bool as_text)
{
    JsonSlice document;
    JsonSlice value = {0};

    TRY(load_document(call, row, &document));
    const Text name = text_argument(call, 1, row);
    return set_found(call, row, json_find_key(document, name.data, name.size, &value), value, as_text);
}

static Status
get_element(KernelCall *call, uint32_t row, bool as_text)
{
    JsonSlice document;
    JsonSlice value = {0};

    TRY(load_document(call, row, &document));
    return set_found(call, row, json_find_element(document, ROW_ARGUMENT(call, 1, int32_t, row), &value),
                     value, as_text);
}

/* A scalar of jsonb is an array of itself here, as PostgreSQL keeps it. */
static Status
get_jsonb_element(KernelCall *call, uint32_t row, bool as_text)
{
    const int32_t number = ROW_ARGUMENT(call, 1, int32_t, row);
    JsonSlice document;

    TRY(load_document(call, row, &document));
    if (json_kind(document) >= JSON_ARRAY)
        return get_element(call, row, as_text);
    return set_found(call, row, number == 0 || number == -1, document, as_text);
}

/* A step of a path is a name in an object, and a number in an array. */
static bool
take_step(JsonSlice *value, Text step)
{
    int64_t number;

    switch (json_kind(*value)) {
    case JSON_OBJECT: return json_find_key(*value, step.data, step.size, value);
    case JSON_ARRAY: return json_path_number(step, &number) && json_find_element(*value, number, value);
    default: return false;
    }
}

/* The path is an array of texts. */
static Status
get_path(KernelCall *call, uint32_t row, bool as_text)
{
    const Vector *steps = call->arguments[1].children;
    const ListEntry entry = list_entry(&call->arguments[1], row);
    JsonSlice value;
    bool found = true;

    TRY(load_document(call, row, &value));
    for (uint32_t i = entry.offset; i < entry.offset + entry.count && found; i++) {
        found = !vector_is_null(steps, i);
        if (!found)
            break;
        const StringView *view = &((const StringView *)vector_values(steps))[vector_index(steps, i)];
        found = take_step(&value, (Text){string_view_data(view), view->size});
    }
    return set_found(call, row, found, value, as_text);
}

/* The path is all arguments but the first. */
static Status
get_extract(KernelCall *call, uint32_t row, bool as_text)
{
    JsonSlice value;
    bool found = true;

    TRY(load_document(call, row, &value));
    for (uint32_t i = 1; i < call->argument_count && found; i++)
        found = take_step(&value, text_argument(call, i, row));
    return set_found(call, row, found, value, as_text);
}

#define GETTER(name, get)                                                                                    \
    ROW(name)                                                                                                \
    {                                                                                                        \
        return get(call, row, false);                                                                        \
    }                                                                                                        \
    ROW_KERNEL(name)                                                                                         \
    ROW(name##_text)                                                                                         \
    {                                                                                                        \
        return get(call, row, true);                                                                         \
    }                                                                                                        \
    ROW_KERNEL(name##_text)

GETTER(json_member, get_member)
GETTER(json_element, get_element)
GETTER(jsonb_element, get_jsonb_element)
GETTER(json_path, get_path)
GETTER(json_extract, get_extract)

ROW(json_typeof)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",     [JSON_BOOLEAN] = "boolean", [JSON_NUMBER] = "number",
        [JSON_STRING] = "string", [JSON_ARRAY] = "array",     [JSON_OBJECT] = "object"};
    JsonSlice document;

    TRY(load_document(call, row, &document));
    const char *name = names[json_kind(document)];
    return row_set_view(call, row, name, strlen(name));
}
ROW_KERNEL(json_typeof)

/* A document that is an array, or an object. */
static Status
load_container(KernelCall *call, uint32_t row, JsonKind kind, const char *what, JsonSlice *document)
{
    TRY(load_document(call, row, document));
    if (json_kind(*document) == kind)
        return STATUS_OK;
    const JsonKind other = json_kind(*document);
    return error_set(call->error, STATUS_INVALID_PARAMETER, "cannot get %s of %s", what,
                     kind == JSON_ARRAY    ? "a non-array"
                     : other == JSON_ARRAY ? "an array"
                                           : "a scalar");
}

ROW(json_array_length)
{
    JsonSlice array;

    TRY(load_container(call, row, JSON_ARRAY, "array length", &array));
    ROW_RESULT(call, int32_t, row) = (int32_t)json_member_count(array);
    return STATUS_OK;
}
ROW_KERNEL(json_array_length)

static Status
append_slice(KernelCall *call, JsonSlice value, bool as_text, ListBuilder *out)
{
    if (as_text && json_kind(value) == JSON_NULL)
        return list_builder_append_null(out, call->error);
    if (as_text)
        TRY(slice_text(call, value, &value));
    const StringView view = string_view(value.data, value.size);
    return list_builder_append_value(out, &view, call->error);
}

/* The names or the values of a container's members. */
static Status
append_members(KernelCall *call, JsonSlice container, bool names, bool as_text, ListBuilder *out)
{
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;

    json_walk_begin(&walk, container);
    while (json_walk_next(&walk, &key, &value))
        TRY(append_slice(call, names ? key : value, as_text, out));
    return STATUS_OK;
}

#define MEMBERS(name, kind, what, names, as_text)                                                            \
    static Status name##_row(KernelCall *call, uint32_t row, ListBuilder *out)                               \
    {                                                                                                        \
        JsonSlice container;                                                                                 \
        TRY(load_container(call, row, kind, what, &container));                                              \
        return append_members(call, container, names, as_text, out);                                         \
    }                                                                                                        \
    ARRAY_KERNEL(name)

MEMBERS(json_elements, JSON_ARRAY, "elements", false, false)
MEMBERS(json_elements_text, JSON_ARRAY, "elements", false, true)
MEMBERS(json_keys, JSON_OBJECT, "keys", true, true)
MEMBERS(json_values, JSON_OBJECT, "members", false, false)
MEMBERS(json_values_text, JSON_OBJECT, "members", false, true)

/* A name of an object, a string in an array, or the string itself. */
static bool
has_key(JsonSlice document, const StringView *name)
{
    const char *text = string_view_data(name);
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;

    if (json_kind(document) == JSON_OBJECT)
        return json_find_key(document, text, name->size, &value);
    if (json_kind(document) == JSON_STRING)
        return json_quoted_is(document, text, name->size);
    json_walk_begin(&walk, document);
    while (json_walk_next(&walk, &key, &value)) {
        if (json_kind(value) == JSON_STRING && json_quoted_is(value, text, name->size))
            return true;
    }
    return false;
}

ROW(json_has_key)
{
    JsonSlice document;

    TRY(load_document(call, row, &document));
    ROW_RESULT(call, uint8_t, row) = has_key(document, &ROW_ARGUMENT(call, 1, StringView, row));
    return STATUS_OK;
}
ROW_KERNEL(json_has_key)

/* Keys that are NULL do not count. */
static Status
has_keys(KernelCall *call, uint32_t row, bool all)
{
    const Vector *keys = call->arguments[1].children;
    const ListEntry entry = list_entry(&call->arguments[1], row);
    JsonSlice document;
    uint8_t *result = &ROW_RESULT(call, uint8_t, row);

    TRY(load_document(call, row, &document));
    *result = all;
    for (uint32_t i = entry.offset; i < entry.offset + entry.count && *result == all; i++) {
        if (!vector_is_null(keys, i))
            *result = has_key(document, &((const StringView *)vector_values(keys))[vector_index(keys, i)]);
    }
    return STATUS_OK;
}

ROW(json_has_any_key)
{
    return has_keys(call, row, false);
}
ROW_KERNEL(json_has_any_key)

ROW(json_has_all_keys)
{
    return has_keys(call, row, true);
}
ROW_KERNEL(json_has_all_keys)

static JsonSlice
slice_argument(const KernelCall *call, uint32_t number, uint32_t row)
{
    const Text text = text_argument(call, number, row);

    return (JsonSlice){text.data, text.size};
}

/* An array contains a scalar as if it stood in an array, at the top only. */
static bool
contains(JsonSlice whole, JsonSlice part)
{
    JsonWalk walk;
    JsonSlice key;
    JsonSlice element;

    if (json_kind(whole) != JSON_ARRAY || json_kind(part) >= JSON_ARRAY)
        return json_contains(whole, part);
    json_walk_begin(&walk, whole);
    while (json_walk_next(&walk, &key, &element)) {
        if (json_equal(element, part))
            return true;
    }
    return false;
}

#define PAIR_KERNEL(name, result)                                                                            \
    ROW(name)                                                                                                \
    {                                                                                                        \
        const JsonSlice left = slice_argument(call, 0, row);                                                 \
        const JsonSlice right = slice_argument(call, 1, row);                                                \
        ROW_RESULT(call, uint8_t, row) = result;                                                             \
        return STATUS_OK;                                                                                    \
    }                                                                                                        \
    ROW_KERNEL(name)

PAIR_KERNEL(jsonb_contains, contains(left, right))
PAIR_KERNEL(jsonb_is_contained, contains(right, left))
PAIR_KERNEL(jsonb_equal, json_equal(left, right))
PAIR_KERNEL(jsonb_not_equal, !json_equal(left, right))

/* IS [NOT] DISTINCT FROM sees NULLs, and gives none. */
static void
tell_apart(KernelCall *call, uint8_t distinct)
{
    uint8_t *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const bool null = kernel_argument_is_null(&call->arguments[0], row);
        const bool other = kernel_argument_is_null(&call->arguments[1], row);
        const bool same = null || other
                              ? null == other
                              : json_equal(slice_argument(call, 0, row), slice_argument(call, 1, row));
        result[row] = same ? !distinct : distinct;
    }
}

Status
kernel_jsonb_is_distinct(KernelCall *call)
{
    tell_apart(call, true);
    return STATUS_OK;
}

Status
kernel_jsonb_is_not_distinct(KernelCall *call)
{
    tell_apart(call, false);
    return STATUS_OK;
}
