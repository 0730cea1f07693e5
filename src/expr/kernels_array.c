/* Making arrays: constructor, casts, parts, and arrays put together. */
#include "expr/array_kernel.h"
#include "expr/text_list.h"

static Status
raise_dimensions(KernelCall *call)
{
    return error_set(call->error, STATUS_ARRAY_SUBSCRIPT,
                     "multidimensional arrays must have array expressions with matching dimensions");
}

/* The arrays of an array have one size. */
static bool
is_even(const ListBuilder *out, uint32_t first)
{
    const ListEntry *entries = out->vector.data;

    if (out->nested == NULL)
        return true;
    for (uint32_t i = first; i < out->count; i++) {
        if (!bits_get(out->validity, i) || entries[i].count != entries[first].count)
            return false;
    }
    return first == out->count || entries[first].count > 0;
}

static Status
array_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const uint32_t first = out->count;

    for (uint32_t i = 0; i < call->argument_count; i++)
        TRY(list_builder_append(out, &call->arguments[i], row, call->error));
    return is_even(out, first) ? STATUS_OK : raise_dimensions(call);
}
ARRAY_KERNEL(array)

static Status
array_from_string_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const StringView *view = &ROW_ARGUMENT(call, 0, StringView, row);
    ListEntry entry;

    return text_parse_list(string_view_data(view), view->size, call->session, out, &entry, call->error);
}
ARRAY_KERNEL(array_from_string)

/* The cast of the elements [first, first + count) of `from` into the same places of `to`. */
static Status
cast_part(KernelCall *call, const Function *cast, const Vector *from, uint32_t first, uint32_t count,
          Vector *to)
{
    const size_t width = layout_width(to->layout);
    uint64_t *validity = (uint64_t *)to->validity + first / 64;
    uint32_t rows[BATCH_ROWS];
    Vector argument = *from;
    KernelCall inner = *call;

    argument.data = (const char *)from->data + first * layout_width(from->layout);
    argument.validity = from->validity == NULL ? NULL : from->validity + first / 64;
    inner.function = cast;
    inner.argument_count = 1;
    inner.arguments = &argument;
    inner.rows = count;
    inner.selection = rows;
    inner.count = 0;
    inner.type = to->type;
    inner.result = (char *)to->data + first * width;
    inner.validity = validity;
    inner.state = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (argument.validity == NULL || bits_get(argument.validity, i))
            rows[inner.count++] = i;
        else
            bits_clear(validity, i);
    }
    return inner.count == 0 ? STATUS_OK : cast->kernel(&inner);
}

static Status cast_elements(KernelCall *call, const Vector *from, uint64_t count, Vector *to);

/* Elements that are arrays keep their entries; their own elements are cast. */
static Status
cast_nested(KernelCall *call, const Vector *from, uint64_t count, Vector *to)
{
    const ListEntry *entries = from->data;
    Vector *inner = arena_alloc(call->arena, sizeof *inner);
    uint64_t most = 0;

    if (inner == NULL)
        return error_set_memory(call->error);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t end = (uint64_t)entries[i].offset + entries[i].count;
        if ((from->validity == NULL || bits_get(from->validity, i)) && end > most)
            most = end;
    }
    *to = vector_flat(to->type, from->data, from->validity);
    *inner = vector_flat(to->type.nested->types[0], NULL, NULL);
    to->children = inner;
    return cast_elements(call, list_elements(from), most, inner);
}

static Status
cast_elements(KernelCall *call, const Vector *from, uint64_t count, Vector *to)
{
    bool needed;
    const Function *cast = function_find_cast(from->type, to->type, CAST_EXPLICIT, &needed);
    Vector flat;

    if (cast == NULL)
        return error_set(call->error, STATUS_CANNOT_COERCE, "cannot cast type %s to %s",
                         type_name(from->type.id), type_name(to->type.id));
    if (from->form != VECTOR_FLAT) {
        TRY(vector_flatten(from, (uint32_t)count, call->arena, &flat, call->error));
        from = &flat;
    }
    if (!needed) {
        const Type type = to->type;
        *to = *from;
        to->type = type;
        return STATUS_OK;
    }
    if (to->layout == LAYOUT_LIST && from->layout == LAYOUT_LIST)
        return cast_nested(call, from, count, to);
    void *data = arena_alloc_zero(call->arena, (count + 1) * layout_width(to->layout) + 16);
    uint64_t *validity = arena_alloc(call->arena, (bits_words(count) + 1) * sizeof *validity);
    if (data == NULL || validity == NULL)
        return error_set_memory(call->error);
    memset(validity, 0xFF, (bits_words(count) + 1) * sizeof *validity);
    *to = vector_flat(to->type, data, validity);
    for (uint64_t first = 0; first < count; first += BATCH_ROWS) {
        const uint64_t left = count - first;
        TRY(cast_part(call, cast, from, (uint32_t)first, (uint32_t)(left < BATCH_ROWS ? left : BATCH_ROWS),
                      to));
    }
    return STATUS_OK;
}

/* The elements that some row to be computed has, and no others, since their cast might fail. */
static Status
gather_elements(KernelCall *call, ListBuilder *gathered)
{
    ListEntry *entries = call->result;

    TRY(list_builder_init(gathered, call->arena, call->arguments[0].type.nested->types[0], call->error));
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        if (bits_get(call->validity, row))
            TRY(list_builder_copy(gathered, &call->arguments[0], row, &entries[row], call->error));
    }
    return STATUS_OK;
}

Status
kernel_array_cast(KernelCall *call)
{
    Vector *elements = arena_alloc(call->arena, sizeof *elements);
    ListBuilder *gathered = arena_alloc(call->arena, sizeof *gathered);

    if (elements == NULL || gathered == NULL)
        return error_set_memory(call->error);
    TRY(gather_elements(call, gathered));
    *elements = vector_flat(call->type.nested->types[0], NULL, NULL);
    call->children = elements;
    return cast_elements(call, list_builder_vector(gathered), gathered->count, elements);
}

/* Subscripts from 1 as the first element and the one behind the last, cut to what is there. */
static uint32_t
clamp(int64_t number, uint32_t count)
{
    return number < 0 ? 0 : number > count ? count : (uint32_t)number;
}

static Status
array_slice_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const uint32_t count = array_count(call, 0, row);
    const int64_t from = ROW_ARGUMENT(call, 1, int32_t, row);
    const int64_t to = ROW_ARGUMENT(call, 2, int32_t, row);

    return array_append_range(call, 0, row, clamp(from - 1, count), clamp(to, count), out);
}
ARRAY_KERNEL(array_slice)

static Status
array_trim_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const uint32_t count = array_count(call, 0, row);
    const int32_t less = ROW_ARGUMENT(call, 1, int32_t, row);

    if (less < 0 || (uint32_t)less > count)
        return error_set(call->error, STATUS_ARRAY_SUBSCRIPT,
                         "number of elements to trim must be between 0 and %u", count);
    return array_append_range(call, 0, row, 0, count - (uint32_t)less, out);
}
ARRAY_KERNEL(array_trim)

/* NULL arrays have no elements here. */
static Status
append_all(KernelCall *call, uint32_t number, uint32_t row, ListBuilder *out)
{
    if (kernel_argument_is_null(&call->arguments[number], row))
        return STATUS_OK;
    return array_append_range(call, number, row, 0, UINT32_MAX, out);
}

static Status
array_append_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const uint32_t first = out->count;

    TRY(append_all(call, 0, row, out));
    TRY(list_builder_append(out, &call->arguments[1], row, call->error));
    return is_even(out, first) ? STATUS_OK : raise_dimensions(call);
}
ARRAY_KERNEL(array_append)

/* Between the last element and a new one behind it there are NULLs. */
static Status
array_set_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    enum { ELEMENTS_MOST = 134217727 }; /* as PostgreSQL */
    const bool null = kernel_argument_is_null(&call->arguments[0], row);
    const uint32_t count = null ? 0 : array_count(call, 0, row);

    if (kernel_argument_is_null(&call->arguments[2], row))
        return error_set(call->error, STATUS_NULL_NOT_ALLOWED,
                         "array subscript in assignment must not be null");
    const int32_t number = ROW_ARGUMENT(call, 2, int32_t, row);
    if (number < 1 || (count == 0 && number > 1))
        return error_set(call->error, STATUS_NOT_SUPPORTED,
                         "arrays begin at 1: other bounds are not supported");
    if (number > ELEMENTS_MOST)
        return error_set(call->error, STATUS_LIMIT_EXCEEDED, "array size exceeds the maximum allowed (%d)",
                         (int)ELEMENTS_MOST);
    const uint32_t at = (uint32_t)number - 1;
    TRY(array_append_range(call, 0, row, 0, at < count ? at : count, out));
    for (uint32_t i = count; i < at; i++)
        TRY(list_builder_append_null(out, call->error));
    TRY(list_builder_append(out, &call->arguments[1], row, call->error));
    return at + 1 < count ? array_append_range(call, 0, row, at + 1, count, out) : STATUS_OK;
}
ARRAY_KERNEL(array_set)

static Status
array_prepend_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const uint32_t first = out->count;

    TRY(list_builder_append(out, &call->arguments[0], row, call->error));
    TRY(append_all(call, 1, row, out));
    return is_even(out, first) ? STATUS_OK : raise_dimensions(call);
}
ARRAY_KERNEL(array_prepend)

static Status
array_cat_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const uint32_t first = out->count;

    if (kernel_argument_is_null(&call->arguments[0], row) &&
        kernel_argument_is_null(&call->arguments[1], row)) {
        bits_clear(call->validity, row);
        return STATUS_OK;
    }
    TRY(append_all(call, 0, row, out));
    TRY(append_all(call, 1, row, out));
    return is_even(out, first) ? STATUS_OK : raise_dimensions(call);
}
ARRAY_KERNEL(array_cat)

/* The best argument, NULLs left out; NULL where all are. */
static Status
append_extreme(KernelCall *call, uint32_t row, int sign, ListBuilder *out)
{
    uint32_t best = call->argument_count;

    for (uint32_t i = 0; i < call->argument_count; i++) {
        const Vector *argument = &call->arguments[i];
        if (!kernel_argument_is_null(argument, row) &&
            (best == call->argument_count ||
             vector_compare(argument, row, &call->arguments[best], row) * sign > 0))
            best = i;
    }
    if (best < call->argument_count)
        return append_all(call, best, row, out);
    bits_clear(call->validity, row);
    return STATUS_OK;
}

static Status
array_greatest_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    return append_extreme(call, row, 1, out);
}
ARRAY_KERNEL(array_greatest)

static Status
array_least_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    return append_extreme(call, row, -1, out);
}
ARRAY_KERNEL(array_least)

static Status
array_nullif_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const Vector *value = &call->arguments[0];
    const Vector *other = &call->arguments[1];
    const bool kept = !kernel_argument_is_null(value, row) &&
                      (kernel_argument_is_null(other, row) || vector_compare(value, row, other, row) != 0);

    if (kept)
        return append_all(call, 0, row, out);
    bits_clear(call->validity, row);
    return STATUS_OK;
}
ARRAY_KERNEL(array_nullif)

/* Whether an element is the value of the call's argument, NULLs being alike. */
static bool
is_value(const KernelCall *call, uint32_t element, uint32_t number, uint32_t row)
{
    const Vector *elements = call->arguments[0].children;
    const bool null = vector_is_null(elements, element);

    if (null || kernel_argument_is_null(&call->arguments[number], row))
        return null && kernel_argument_is_null(&call->arguments[number], row);
    return vector_compare(elements, element, &call->arguments[number], row) == 0;
}

static Status
array_remove_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    if (kernel_argument_is_null(&call->arguments[0], row)) {
        bits_clear(call->validity, row);
        return STATUS_OK;
    }
    const ListEntry entry = list_entry(&call->arguments[0], row);
    for (uint32_t i = 0; i < entry.count; i++) {
        if (!is_value(call, entry.offset + i, 1, row))
            TRY(array_append_range(call, 0, row, i, i + 1, out));
    }
    return STATUS_OK;
}
ARRAY_KERNEL(array_remove)

static Status
array_replace_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    if (kernel_argument_is_null(&call->arguments[0], row)) {
        bits_clear(call->validity, row);
        return STATUS_OK;
    }
    const ListEntry entry = list_entry(&call->arguments[0], row);
    for (uint32_t i = 0; i < entry.count; i++) {
        if (is_value(call, entry.offset + i, 1, row))
            TRY(list_builder_append(out, &call->arguments[2], row, call->error));
        else
            TRY(array_append_range(call, 0, row, i, i + 1, out));
    }
    return STATUS_OK;
}
ARRAY_KERNEL(array_replace)

/* array_fill(value, {n}) */
static Status
array_fill_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    enum { ELEMENTS_MOST = 1 << 27 }; /* about as many as PostgreSQL's arrays can have */

    if (kernel_argument_is_null(&call->arguments[1], row))
        return error_set(call->error, STATUS_NULL_NOT_ALLOWED,
                         "dimension array or low bound array cannot be null");
    const ListEntry entry = list_entry(&call->arguments[1], row);
    const Vector *sizes = call->arguments[1].children;
    if (entry.count == 0)
        return STATUS_OK;
    if (entry.count > 1)
        return error_set(call->error, STATUS_NOT_SUPPORTED,
                         "array_fill with more than one dimension is not supported yet");
    if (vector_is_null(sizes, entry.offset))
        return error_set(call->error, STATUS_NULL_NOT_ALLOWED, "dimension values cannot be null");
    const int32_t count = ((const int32_t *)vector_values(sizes))[vector_index(sizes, entry.offset)];
    if (count < 0 || count > ELEMENTS_MOST)
        return error_set(call->error, STATUS_LIMIT_EXCEEDED, "array size exceeds the maximum allowed (%d)",
                         (int)ELEMENTS_MOST);
    for (int32_t i = 0; i < count; i++)
        TRY(list_builder_append(out, &call->arguments[0], row, call->error));
    return STATUS_OK;
}
ARRAY_KERNEL(array_fill)

static Status
array_positions_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    if (kernel_argument_is_null(&call->arguments[0], row)) {
        bits_clear(call->validity, row);
        return STATUS_OK;
    }
    const ListEntry entry = list_entry(&call->arguments[0], row);
    for (uint32_t i = 0; i < entry.count; i++) {
        const int32_t number = (int32_t)i + 1;
        if (is_value(call, entry.offset + i, 1, row))
            TRY(list_builder_append_value(out, &number, call->error));
    }
    return STATUS_OK;
}
ARRAY_KERNEL(array_positions)

/* array_position(array, value [, from]) */
Status
kernel_array_position(KernelCall *call)
{
    int32_t *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        result[row] = 0;
        bits_clear(call->validity, row);
        if (kernel_argument_is_null(&call->arguments[0], row))
            continue;
        const ListEntry entry = list_entry(&call->arguments[0], row);
        int64_t from = 1;
        if (call->argument_count > 2) {
            if (kernel_argument_is_null(&call->arguments[2], row))
                return error_set(call->error, STATUS_NULL_NOT_ALLOWED, "initial position must not be null");
            from = ROW_ARGUMENT(call, 2, int32_t, row);
        }
        for (uint32_t e = clamp(from - 1, entry.count); e < entry.count && result[row] == 0; e++) {
            if (is_value(call, entry.offset + e, 1, row)) {
                result[row] = (int32_t)e + 1;
                bits_set(call->validity, row);
            }
        }
    }
    return STATUS_OK;
}

/* width_bucket(value, thresholds): how many ascending thresholds are not above the value. */
Status
kernel_array_bucket(KernelCall *call)
{
    const Vector *elements = list_elements(&call->arguments[1]);

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const ListEntry entry = list_entry(&call->arguments[1], row);
        uint32_t low = 0;
        uint32_t high = entry.count;
        for (uint32_t e = 0; e < entry.count; e++)
            if (vector_is_null(elements, entry.offset + e))
                return error_set(call->error, STATUS_NULL_NOT_ALLOWED,
                                 "thresholds array must not contain NULLs");
        while (low < high) {
            const uint32_t middle = low + (high - low) / 2;
            if (vector_compare(&call->arguments[0], row, elements, entry.offset + middle) < 0)
                high = middle;
            else
                low = middle + 1;
        }
        ((int32_t *)call->result)[row] = (int32_t)low;
    }
    return STATUS_OK;
}

static Status
array_subscripts_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const bool reverse = call->argument_count > 2 && ROW_ARGUMENT(call, 2, uint8_t, row) != 0;
    const uint32_t count = array_dimension(call, row, ROW_ARGUMENT(call, 1, int32_t, row));

    for (uint32_t i = 0; i < count; i++) {
        const int32_t number = (int32_t)(reverse ? count - i : i + 1);
        TRY(list_builder_append_value(out, &number, call->error));
    }
    return STATUS_OK;
}
ARRAY_KERNEL(array_subscripts)

static Status
append_flat(KernelCall *call, const Vector *lists, uint32_t row, ListBuilder *out)
{
    const ListEntry entry = list_entry(lists, row);
    const Vector *elements = list_elements(lists);

    for (uint32_t i = entry.offset; i < entry.offset + entry.count; i++) {
        if (elements->layout != LAYOUT_LIST)
            TRY(list_builder_append(out, elements, i, call->error));
        else if (!vector_is_null(elements, i))
            TRY(append_flat(call, elements, i, out));
    }
    return STATUS_OK;
}

static Status
array_flatten_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    return append_flat(call, &call->arguments[0], row, out);
}
ARRAY_KERNEL(array_flatten)

Status
kernel_set_row(KernelCall *call)
{
    return error_set(call->error, STATUS_NOT_SUPPORTED, "set-returning functions are not allowed here");
}
