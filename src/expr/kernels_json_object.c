/* json_object(): an object of an array of names and values in turn, of pairs, or of two arrays. */
#include "column/list_builder.h"
#include "expr/json_kernel.h"
#include "expr/json_write.h"
#include "expr/kernels_json.h"

static Status
refuse(KernelCall *call, const char *message)
{
    return error_set(call->error, STATUS_ARRAY_SUBSCRIPT, "%s", message);
}

static Status
append_member(KernelCall *call, const Vector *names, uint32_t name, const Vector *values, uint32_t value,
              Buffer *out)
{
    if (vector_is_null(names, name))
        return error_set(call->error, STATUS_NULL_NOT_ALLOWED, "null value not allowed for object key");
    json_write_value_of(names, name, call->session, out);
    buffer_append_string(out, " : ");
    json_write_value_of(values, value, call->session, out);
    return STATUS_OK;
}

/* Members whose names stand at `names` + i * step, and so their values. */
static Status
append_members(KernelCall *call, const Vector *names, uint32_t first, const Vector *values, uint32_t value,
               uint32_t step, uint32_t count, Buffer *out)
{
    buffer_append_char(out, '{');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_append_string(out, ", ");
        TRY(append_member(call, names, first + i * step, values, value + i * step, out));
    }
    buffer_append_char(out, '}');
    return STATUS_OK;
}

static Status
make_json_object(KernelCall *call, uint32_t row, Buffer *out)
{
    const Vector *texts = list_elements(&call->arguments[0]);
    ListEntry entry = list_entry(&call->arguments[0], row);

    if (texts->layout == LAYOUT_LIST && entry.count > 0) {
        const ListEntry pair = list_entry(texts, entry.offset);
        if (pair.count != 2)
            return refuse(call, "array must have two columns");
        entry = (ListEntry){.offset = pair.offset, .count = 2 * entry.count};
        texts = list_elements(texts);
    }
    if (texts->layout == LAYOUT_LIST && entry.count > 0)
        return refuse(call, "wrong number of array subscripts");
    if (entry.count % 2 != 0)
        return refuse(call, "array must have even number of elements");
    return append_members(call, texts, entry.offset, texts, entry.offset + 1, 2, entry.count / 2, out);
}
MAKER_KERNEL(json_object)

static Status
make_json_object_of_two(KernelCall *call, uint32_t row, Buffer *out)
{
    const Vector *names = list_elements(&call->arguments[0]);
    const Vector *values = list_elements(&call->arguments[1]);
    const ListEntry name = list_entry(&call->arguments[0], row);
    const ListEntry value = list_entry(&call->arguments[1], row);

    if (names->layout == LAYOUT_LIST || values->layout == LAYOUT_LIST)
        return refuse(call, "wrong number of array subscripts");
    if (name.count != value.count)
        return refuse(call, "mismatched array dimensions");
    return append_members(call, names, name.offset, values, value.offset, 1, name.count, out);
}
MAKER_KERNEL(json_object_of_two)
