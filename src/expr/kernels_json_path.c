/* jsonb with what stands at a path set, put in beside it, or taken away: jsonb_set(), jsonb_insert(), #-.
 *
 * A path is walked down the document's text; what it does not name is copied as it stands. Where it leads
 * nowhere the document stays as it is. */
#include "column/list_builder.h"
#include "expr/json_kernel.h"
#include "expr/json_path.h"
#include "expr/json_scan.h"

#include <string.h>

typedef enum PathEdit {
    EDIT_REPLACE = 1 << 0,       /* what is there */
    EDIT_CREATE = 1 << 1,        /* or, where nothing is, add it */
    EDIT_INSERT_BEFORE = 1 << 2, /* an element; of objects a name that is not there */
    EDIT_INSERT_AFTER = 1 << 3,
    EDIT_DELETE = 1 << 4
} PathEdit;

enum { EDIT_ADDS = EDIT_CREATE | EDIT_INSERT_BEFORE | EDIT_INSERT_AFTER };

typedef struct Edit {
    const KernelCall *call;
    const Vector *steps;
    ListEntry path;
    PathEdit kind;
    JsonSlice value;
} Edit;

static Status edit_value(const Edit *edit, JsonSlice value, uint32_t level, Buffer *out);

static bool
is_last(const Edit *edit, uint32_t level)
{
    return level + 1 == edit->path.count;
}

static Text
step_at(const Edit *edit, uint32_t level)
{
    const uint32_t index = vector_index(edit->steps, edit->path.offset + level);
    const StringView *view = &((const StringView *)vector_values(edit->steps))[index];

    return (Text){string_view_data(view), view->size};
}

static void
begin_member(bool *first, Buffer *out)
{
    if (!*first)
        buffer_append_char(out, ',');
    *first = false;
}

static void
append_slice(JsonSlice slice, Buffer *out)
{
    buffer_append(out, slice.data, slice.size);
}

static void
append_element(JsonSlice value, bool *first, Buffer *out)
{
    begin_member(first, out);
    append_slice(value, out);
}

static Status
raise_existing(const Edit *edit)
{
    error_set(edit->call->error, STATUS_INVALID_PARAMETER, "cannot replace existing key");
    return error_hint(edit->call->error, "Try using the function jsonb_set to replace key value.");
}

/* The member that the path names: replaced, dropped, or gone into. */
static Status
edit_member(const Edit *edit, JsonSlice key, JsonSlice value, uint32_t level, bool *first, Buffer *out)
{
    if (is_last(edit, level) && (edit->kind & (EDIT_INSERT_BEFORE | EDIT_INSERT_AFTER)))
        return raise_existing(edit);
    if (is_last(edit, level) && edit->kind == EDIT_DELETE)
        return STATUS_OK;
    begin_member(first, out);
    append_slice(key, out);
    buffer_append_char(out, ':');
    if (!is_last(edit, level))
        return edit_value(edit, value, level + 1, out);
    append_slice(edit->value, out);
    return STATUS_OK;
}

static Status
edit_object(const Edit *edit, JsonSlice object, uint32_t level, Buffer *out)
{
    const Text step = step_at(edit, level);
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;
    bool first = true;
    bool found = false;

    buffer_append_char(out, '{');
    json_walk_begin(&walk, object);
    while (json_walk_next(&walk, &key, &value)) {
        if (json_quoted_is(key, step.data, step.size)) {
            found = true;
            TRY(edit_member(edit, key, value, level, &first, out));
            continue;
        }
        begin_member(&first, out);
        append_slice(key, out);
        buffer_append_char(out, ':');
        append_slice(value, out);
    }
    if (!found && is_last(edit, level) && (edit->kind & EDIT_ADDS)) {
        begin_member(&first, out);
        json_append_string(step.data, step.size, out);
        buffer_append_char(out, ':');
        append_slice(edit->value, out);
    }
    buffer_append_char(out, '}');
    return STATUS_OK;
}

/* The element that the path names; numbers beyond the ends stand for places beyond them: -1 and `count`. */
static Status
find_place(const Edit *edit, uint32_t level, int64_t count, int64_t *place)
{
    const Text step = step_at(edit, level);

    if (!json_path_number(step, place))
        return error_set(edit->call->error, STATUS_INVALID_TEXT,
                         "path element at position %u is not an integer: \"%.*s\"", level + 1,
                         (int)(step.size < 100 ? step.size : 100), step.data);
    if (*place < 0)
        *place = *place < -count ? -1 : *place + count;
    if (*place > count)
        *place = count;
    return STATUS_OK;
}

static Status
edit_element(const Edit *edit, JsonSlice value, uint32_t level, bool *first, Buffer *out)
{
    if (!is_last(edit, level)) {
        begin_member(first, out);
        return edit_value(edit, value, level + 1, out);
    }
    if (edit->kind & (EDIT_INSERT_BEFORE | EDIT_CREATE | EDIT_REPLACE))
        append_element(edit->value, first, out);
    if (edit->kind & (EDIT_INSERT_BEFORE | EDIT_INSERT_AFTER))
        append_element(value, first, out);
    if (edit->kind & EDIT_INSERT_AFTER)
        append_element(edit->value, first, out);
    return STATUS_OK;
}

static Status
edit_array(const Edit *edit, JsonSlice array, uint32_t level, Buffer *out)
{
    const int64_t count = json_member_count(array);
    const bool adds = is_last(edit, level) && (edit->kind & EDIT_ADDS);
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;
    int64_t place;
    bool first = true;

    TRY(find_place(edit, level, count, &place));
    buffer_append_char(out, '[');
    if (adds && place < 0)
        append_element(edit->value, &first, out);
    json_walk_begin(&walk, array);
    for (int64_t i = 0; json_walk_next(&walk, &key, &value); i++) {
        if (i == place)
            TRY(edit_element(edit, value, level, &first, out));
        else
            append_element(value, &first, out);
    }
    if (adds && place >= count)
        append_element(edit->value, &first, out);
    buffer_append_char(out, ']');
    return STATUS_OK;
}

static Status
edit_value(const Edit *edit, JsonSlice value, uint32_t level, Buffer *out)
{
    if (vector_is_null(edit->steps, edit->path.offset + level))
        return error_set(edit->call->error, STATUS_NULL_NOT_ALLOWED, "path element at position %u is null",
                         level + 1);
    switch (json_kind(value)) {
    case JSON_OBJECT: return edit_object(edit, value, level, out);
    case JSON_ARRAY: return edit_array(edit, value, level, out);
    default: append_slice(value, out); return STATUS_OK;
    }
}

/* Argument 0 with the edit at the path of argument 1. */
static Status
edit_document(const KernelCall *call, uint32_t row, PathEdit kind, JsonSlice value, Buffer *out)
{
    const Text text = text_argument(call, 0, row);
    const JsonSlice whole = json_value(text.data, text.size);
    const Edit edit = {.call = call,
                       .steps = call->arguments[1].children,
                       .path = list_entry(&call->arguments[1], row),
                       .kind = kind,
                       .value = value};

    if (json_kind(whole) < JSON_ARRAY)
        return error_set(call->error, STATUS_INVALID_PARAMETER, "cannot %s path in scalar",
                         kind == EDIT_DELETE ? "delete" : "set");
    const bool fixed = !(kind & EDIT_ADDS) && json_member_count(whole) == 0;
    if (edit.path.count == 0 || fixed) {
        append_slice(whole, out);
        return STATUS_OK;
    }
    return edit_value(&edit, whole, 0, out);
}

static JsonSlice
new_value(const KernelCall *call, uint32_t row)
{
    const Text text = text_argument(call, 2, row);

    return json_value(text.data, text.size);
}

/* The fourth argument, where it is written. */
static bool
flag(const KernelCall *call, uint32_t row, bool fallback)
{
    return call->argument_count > 3 ? ROW_ARGUMENT(call, 3, uint8_t, row) != 0 : fallback;
}

static Status
make_jsonb_set(KernelCall *call, uint32_t row, Buffer *out)
{
    return edit_document(call, row, flag(call, row, true) ? EDIT_CREATE : EDIT_REPLACE, new_value(call, row),
                         out);
}
MAKER_KERNEL(jsonb_set)

static Status
make_jsonb_insert(KernelCall *call, uint32_t row, Buffer *out)
{
    return edit_document(call, row, flag(call, row, false) ? EDIT_INSERT_AFTER : EDIT_INSERT_BEFORE,
                         new_value(call, row), out);
}
MAKER_KERNEL(jsonb_insert)

static Status
make_jsonb_without_path(KernelCall *call, uint32_t row, Buffer *out)
{
    return edit_document(call, row, EDIT_DELETE, (JsonSlice){0}, out);
}
MAKER_KERNEL(jsonb_without_path)
