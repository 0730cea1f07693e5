/* JSON made of JSON: put together, without some of its members, with line breaks. */
#include "column/list_builder.h"
#include "expr/json_canonical.h"
#include "expr/json_kernel.h"
#include "expr/json_scan.h"

#include <string.h>

static JsonSlice
document(const KernelCall *call, uint32_t number, uint32_t row)
{
    const Text text = text_argument(call, number, row);

    return json_value(text.data, text.size);
}

/* What stands between the brackets; of what has none the value itself. */
static JsonSlice
members(JsonSlice value)
{
    return json_kind(value) >= JSON_ARRAY ? json_inside(value) : value;
}

/* Two objects are one of the members of both, the right one's counting; all else is an array. */
static Status
make_jsonb_concat(KernelCall *call, uint32_t row, Buffer *out)
{
    const JsonSlice sides[2] = {document(call, 0, row), document(call, 1, row)};
    const bool objects = json_kind(sides[0]) == JSON_OBJECT && json_kind(sides[1]) == JSON_OBJECT;
    bool first = true;

    buffer_append_char(out, objects ? '{' : '[');
    for (int i = 0; i < 2; i++) {
        const bool whole = !objects && json_kind(sides[i]) == JSON_OBJECT;
        const JsonSlice part = whole ? sides[i] : members(sides[i]);
        if (part.size == 0)
            continue;
        if (!first)
            buffer_append_char(out, ',');
        first = false;
        buffer_append(out, part.data, part.size);
    }
    buffer_append_char(out, objects ? '}' : ']');
    return STATUS_OK;
}
MAKER_KERNEL(jsonb_concat)

/* Append a member behind those that were kept already. */
static void
keep_member(JsonSlice key, JsonSlice value, bool *first, Buffer *out)
{
    if (!*first)
        buffer_append_char(out, ',');
    *first = false;
    if (key.size > 0) {
        buffer_append(out, key.data, key.size);
        buffer_append_char(out, ':');
    }
    buffer_append(out, value.data, value.size);
}

static Status
raise_scalar(const KernelCall *call, JsonSlice value)
{
    if (json_kind(value) >= JSON_ARRAY)
        return STATUS_OK;
    return error_set(call->error, STATUS_INVALID_PARAMETER, "cannot delete from scalar");
}

/* Whether a member goes by that name: of an object its key, of an array a string like it. */
static bool
is_named(JsonSlice key, JsonSlice value, const StringView *name)
{
    const JsonSlice quoted = key.size > 0 ? key : value;

    return json_kind(quoted) == JSON_STRING && json_quoted_is(quoted, string_view_data(name), name->size);
}

static bool
is_dropped(const KernelCall *call, uint32_t row, JsonSlice key, JsonSlice value)
{
    const Vector *names = call->arguments[1].children;

    if (call->arguments[1].layout != LAYOUT_LIST)
        return is_named(key, value, &ROW_ARGUMENT(call, 1, StringView, row));
    const ListEntry entry = list_entry(&call->arguments[1], row);
    for (uint32_t i = entry.offset; i < entry.offset + entry.count; i++) {
        if (!vector_is_null(names, i) &&
            is_named(key, value, &((const StringView *)vector_values(names))[vector_index(names, i)]))
            return true;
    }
    return false;
}

/* jsonb - name, jsonb - names */
static Status
make_jsonb_without(KernelCall *call, uint32_t row, Buffer *out)
{
    const JsonSlice whole = document(call, 0, row);
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;
    bool first = true;

    TRY(raise_scalar(call, whole));
    buffer_append(out, whole.data, 1);
    json_walk_begin(&walk, whole);
    while (json_walk_next(&walk, &key, &value)) {
        if (!is_dropped(call, row, key, value))
            keep_member(key, value, &first, out);
    }
    buffer_append(out, whole.data + whole.size - 1, 1);
    return STATUS_OK;
}
MAKER_KERNEL(jsonb_without)

/* jsonb - number */
static Status
make_jsonb_without_element(KernelCall *call, uint32_t row, Buffer *out)
{
    const JsonSlice whole = document(call, 0, row);
    int64_t number = ROW_ARGUMENT(call, 1, int32_t, row);
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;
    bool first = true;

    TRY(raise_scalar(call, whole));
    if (json_kind(whole) == JSON_OBJECT)
        return error_set(call->error, STATUS_INVALID_PARAMETER,
                         "cannot delete from object using integer index");
    if (number < 0)
        number += json_member_count(whole);
    buffer_append_char(out, '[');
    json_walk_begin(&walk, whole);
    for (int64_t i = 0; json_walk_next(&walk, &key, &value); i++) {
        if (i != number)
            keep_member(key, value, &first, out);
    }
    buffer_append_char(out, ']');
    return STATUS_OK;
}
MAKER_KERNEL(jsonb_without_element)

static Status
append_string(KernelCall *call, JsonSlice quoted, Buffer *out)
{
    JsonSlice text = json_inside(quoted);

    if (json_has_escapes(text)) {
        NEW_BYTES(bytes, quoted.size);
        text.data = bytes;
        TRY(json_unescape(quoted, bytes, &text.size, call->error));
    }
    json_append_string(text.data, text.size, out);
    return STATUS_OK;
}

/* Without the members of objects that are null. */
static Status
strip_nulls(KernelCall *call, JsonSlice value, Buffer *out)
{
    const JsonKind kind = json_kind(value);
    JsonWalk walk;
    JsonSlice key;
    JsonSlice member;
    bool first = true;

    if (kind == JSON_STRING)
        return append_string(call, value, out);
    if (kind < JSON_ARRAY) {
        buffer_append(out, value.data, value.size);
        return STATUS_OK;
    }
    buffer_append_char(out, kind == JSON_OBJECT ? '{' : '[');
    json_walk_begin(&walk, value);
    while (json_walk_next(&walk, &key, &member)) {
        if (kind == JSON_OBJECT && json_kind(member) == JSON_NULL)
            continue;
        if (!first)
            buffer_append_char(out, ',');
        first = false;
        if (kind == JSON_OBJECT) {
            TRY(append_string(call, key, out));
            buffer_append_char(out, ':');
        }
        TRY(strip_nulls(call, member, out));
    }
    buffer_append_char(out, kind == JSON_OBJECT ? '}' : ']');
    return STATUS_OK;
}

static Status
make_json_strip_nulls(KernelCall *call, uint32_t row, Buffer *out)
{
    const Text text = text_argument(call, 0, row);

    if (type_is_string(call->arguments[0].type.id))
        TRY(json_check(text.data, text.size, call->error));
    return strip_nulls(call, json_value(text.data, text.size), out);
}
MAKER_KERNEL(json_strip_nulls)

static void
append_line(uint32_t depth, Buffer *out)
{
    enum { INDENT = 4 };

    buffer_append_char(out, '\n');
    for (uint32_t i = 0; i < INDENT * depth; i++)
        buffer_append_char(out, ' ');
}

/* A member a line. */
static void
indent(JsonSlice value, uint32_t depth, Buffer *out)
{
    JsonWalk walk;
    JsonSlice key;
    JsonSlice member;
    bool first = true;

    if (json_kind(value) < JSON_ARRAY) {
        buffer_append(out, value.data, value.size);
        return;
    }
    buffer_append(out, value.data, 1);
    json_walk_begin(&walk, value);
    while (json_walk_next(&walk, &key, &member)) {
        if (!first)
            buffer_append_char(out, ',');
        first = false;
        append_line(depth + 1, out);
        if (walk.object) {
            buffer_append(out, key.data, key.size);
            buffer_append_string(out, ": ");
        }
        indent(member, depth + 1, out);
    }
    append_line(depth, out);
    buffer_append(out, value.data + value.size - 1, 1);
}

static Status
make_jsonb_pretty(KernelCall *call, uint32_t row, Buffer *out)
{
    indent(document(call, 0, row), 0, out);
    return STATUS_OK;
}
MAKER_KERNEL(jsonb_pretty)

static Status
make_jsonb_key(KernelCall *call, uint32_t row, Buffer *out)
{
    json_append_key(document(call, 0, row), out);
    return STATUS_OK;
}
MAKER_KERNEL(jsonb_key)
