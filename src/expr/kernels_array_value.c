/* What is asked of arrays: elements, sizes, comparisons with elements, and arrays as text. */
#include "expr/array_kernel.h"

#include "base/find_bytes.h"
#include "expr/string_kernel.h"
#include "expr/text.h"

#include <string.h>

/* Copy an element's value into the result. */
Status
kernel_array_subscript(KernelCall *call)
{
    const Vector *elements = call->arguments[0].children;
    const size_t width = layout_width(type_layout(call->type));

    call->children = elements->children;
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        if (!bits_get(call->validity, row)) {
            row_clear(call, row);
            continue;
        }
        const ListEntry entry = list_entry(&call->arguments[0], row);
        const int32_t number = ROW_ARGUMENT(call, 1, int32_t, row);
        const bool inside = number >= 1 && (uint32_t)number <= entry.count;
        const uint32_t element = inside ? entry.offset + (uint32_t)number - 1 : 0;
        if (!inside || vector_is_null(elements, element))
            row_set_null(call, row);
        else
            memcpy((char *)call->result + row * width,
                   (const char *)vector_values(elements) + vector_index(elements, element) * width, width);
    }
    return STATUS_OK;
}

static void
set_number(KernelCall *call, uint32_t row, uint32_t value)
{
    ((int32_t *)call->result)[row] = (int32_t)value;
    if (value == 0)
        bits_clear(call->validity, row);
}

static inline Status
array_length_row(KernelCall *call, uint32_t row)
{
    set_number(call, row, array_dimension(call, row, ROW_ARGUMENT(call, 1, int32_t, row)));
    return STATUS_OK;
}
ROW_KERNEL(array_length)

static inline Status
array_upper_row(KernelCall *call, uint32_t row)
{
    return array_length_row(call, row);
}
ROW_KERNEL(array_upper)

static inline Status
array_lower_row(KernelCall *call, uint32_t row)
{
    set_number(call, row, array_dimension(call, row, ROW_ARGUMENT(call, 1, int32_t, row)) > 0);
    return STATUS_OK;
}
ROW_KERNEL(array_lower)

static uint32_t
count_dimensions(const KernelCall *call, uint32_t row)
{
    uint32_t count = 0;

    while (array_dimension(call, row, (int32_t)count + 1) > 0)
        count++;
    return count;
}

static inline Status
array_ndims_row(KernelCall *call, uint32_t row)
{
    set_number(call, row, count_dimensions(call, row));
    return STATUS_OK;
}
ROW_KERNEL(array_ndims)

static inline Status
array_dims_row(KernelCall *call, uint32_t row)
{
    const uint32_t count = count_dimensions(call, row);
    Buffer text = {0};

    if (count == 0) {
        row_set_null(call, row);
        return STATUS_OK;
    }
    for (uint32_t d = 1; d <= count; d++)
        buffer_append_format(&text, "[1:%u]", array_dimension(call, row, (int32_t)d));
    const Status status =
        text.failed ? error_set_memory(call->error) : row_copy_view(call, row, text.data, text.size);
    buffer_destroy(&text);
    return status;
}
ROW_KERNEL(array_dims)

static inline Status
cardinality_row(KernelCall *call, uint32_t row)
{
    const uint32_t count = count_dimensions(call, row);
    uint64_t product = count > 0;

    for (uint32_t d = 1; d <= count; d++)
        product *= array_dimension(call, row, (int32_t)d);
    ((int32_t *)call->result)[row] = (int32_t)product;
    return STATUS_OK;
}
ROW_KERNEL(cardinality)

/* Whether `value` (not NULL) is among the row's elements; NULLs are equal to nothing. */
static bool
has_element(const KernelCall *call, uint32_t number, uint32_t row, const Vector *from, uint32_t value)
{
    const ListEntry entry = list_entry(&call->arguments[number], row);
    const Vector *elements = call->arguments[number].children;

    for (uint32_t i = 0; i < entry.count; i++) {
        if (!vector_is_null(elements, entry.offset + i) &&
            vector_compare(elements, entry.offset + i, from, value) == 0)
            return true;
    }
    return false;
}

/* How many elements of one side stand in the other one, up to the first that does not where all are asked
 * for. */
static bool
compare_sets(const KernelCall *call, uint32_t row, uint32_t of, uint32_t in, bool all)
{
    const ListEntry entry = list_entry(&call->arguments[of], row);
    const Vector *elements = call->arguments[of].children;

    for (uint32_t i = 0; i < entry.count; i++) {
        const bool found = !vector_is_null(elements, entry.offset + i) &&
                           has_element(call, in, row, elements, entry.offset + i);
        if (found != all)
            return !all;
    }
    return all;
}

#define SET_KERNEL(name, of, in, all)                                                                        \
    static inline Status name##_row(KernelCall *call, uint32_t row)                                          \
    {                                                                                                        \
        ROW_RESULT(call, uint8_t, row) = compare_sets(call, row, of, in, all);                               \
        return STATUS_OK;                                                                                    \
    }                                                                                                        \
    ROW_KERNEL(name)

SET_KERNEL(array_contains, 1, 0, true)
SET_KERNEL(array_is_contained, 0, 1, true)
SET_KERNEL(array_overlaps, 0, 1, false)

/* value op ANY (array), value op ALL (array): true or false where one element decides, NULL where none does
 * and something is NULL. */
static void
quantify(KernelCall *call, uint32_t row, bool (*holds)(int order), bool all)
{
    const Vector *value = &call->arguments[0];
    const Vector *elements = call->arguments[1].children;
    uint8_t *result = call->result;
    bool unknown = false;

    result[row] = all;
    if (kernel_argument_is_null(&call->arguments[1], row)) {
        bits_clear(call->validity, row);
        return;
    }
    const ListEntry entry = list_entry(&call->arguments[1], row);
    const bool null = kernel_argument_is_null(value, row);
    for (uint32_t i = 0; i < entry.count; i++) {
        if (null || vector_is_null(elements, entry.offset + i)) {
            unknown = true;
        } else if (holds(vector_compare(value, row, elements, entry.offset + i)) != all) {
            result[row] = !all;
            return;
        }
    }
    if (unknown)
        bits_clear(call->validity, row);
}

#define QUANTIFIED(name, condition)                                                                          \
    static bool name##_holds(int order)                                                                      \
    {                                                                                                        \
        return order condition;                                                                              \
    }                                                                                                        \
    Status kernel_##name##_any(KernelCall *call)                                                             \
    {                                                                                                        \
        for (uint32_t i = 0; i < call->count; i++)                                                           \
            quantify(call, kernel_row(call, i), name##_holds, false);                                        \
        return STATUS_OK;                                                                                    \
    }                                                                                                        \
    Status kernel_##name##_all(KernelCall *call)                                                             \
    {                                                                                                        \
        for (uint32_t i = 0; i < call->count; i++)                                                           \
            quantify(call, kernel_row(call, i), name##_holds, true);                                         \
        return STATUS_OK;                                                                                    \
    }

QUANTIFIED(eq, == 0)
QUANTIFIED(ne, != 0)
QUANTIFIED(lt, < 0)
QUANTIFIED(le, <= 0)
QUANTIFIED(gt, > 0)
QUANTIFIED(ge, >= 0)

/* Elements of all dimensions one after the other; NULLs only where there is a text for them. */
static void
join_elements(const KernelCall *call, const Vector *lists, uint32_t row, Text separator, const Text *null,
              bool *first, Buffer *out)
{
    const ListEntry entry = list_entry(lists, row);
    const Vector *elements = list_elements(lists);

    for (uint32_t i = entry.offset; i < entry.offset + entry.count; i++) {
        const bool is_null = vector_is_null(elements, i);
        if (!is_null && elements->layout == LAYOUT_LIST) {
            join_elements(call, elements, i, separator, null, first, out);
            continue;
        }
        if (is_null && null == NULL)
            continue;
        if (!*first)
            buffer_append(out, separator.data, separator.size);
        *first = false;
        if (is_null)
            buffer_append(out, null->data, null->size);
        else
            text_format_value(elements, i, call->session, out);
    }
}

/* array_to_string(array, separator [, text of NULLs]) */
Status
kernel_array_to_string(KernelCall *call)
{
    Buffer text = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        const bool shown = call->argument_count > 2 && !kernel_argument_is_null(&call->arguments[2], row);
        bool first = true;
        if (kernel_argument_is_null(&call->arguments[0], row) ||
            kernel_argument_is_null(&call->arguments[1], row)) {
            row_set_null(call, row);
            continue;
        }
        const Text null = shown ? text_argument(call, 2, row) : (Text){0};
        buffer_clear(&text);
        join_elements(call, &call->arguments[0], row, text_argument(call, 1, row), shown ? &null : NULL,
                      &first, &text);
        status = text.failed ? error_set_memory(call->error)
                             : row_copy_view(call, row, text.data == NULL ? "" : text.data, text.size);
    }
    buffer_destroy(&text);
    return status;
}

static Status
append_part(KernelCall *call, uint32_t row, const char *text, size_t size, ListBuilder *out)
{
    const StringView view = string_view(text, size);

    if (call->argument_count > 2 && !kernel_argument_is_null(&call->arguments[2], row)) {
        const Text null = text_argument(call, 2, row);
        if (null.size == size && memcmp(null.data, text, size) == 0)
            return list_builder_append_null(out, call->error);
    }
    return list_builder_append_value(out, &view, call->error);
}

/* Each character a part. */
static Status
append_characters(KernelCall *call, uint32_t row, Text text, ListBuilder *out)
{
    size_t end;

    for (size_t at = 0; at < text.size; at = end) {
        for (end = at + 1; end < text.size && ((unsigned char)text.data[end] & 0xC0) == 0x80; end++)
            continue;
        TRY(append_part(call, row, text.data + at, end - at, out));
    }
    return STATUS_OK;
}

/* string_to_array(text, separator [, text of NULLs]); the separator NULL: each character. */
static Status
string_to_array_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    if (kernel_argument_is_null(&call->arguments[0], row)) {
        bits_clear(call->validity, row);
        return STATUS_OK;
    }
    const Text text = text_argument(call, 0, row);
    if (text.size == 0)
        return STATUS_OK;
    if (kernel_argument_is_null(&call->arguments[1], row))
        return append_characters(call, row, text, out);
    const Text separator = text_argument(call, 1, row);
    const char *at = text.data;
    const char *end = text.data + text.size;
    while (separator.size > 0) {
        const char *found = find_bytes(at, (size_t)(end - at), separator.data, separator.size);
        if (found == NULL)
            break;
        TRY(append_part(call, row, at, (size_t)(found - at), out));
        at = found + separator.size;
    }
    return append_part(call, row, at, (size_t)(end - at), out);
}
ARRAY_KERNEL(string_to_array)
