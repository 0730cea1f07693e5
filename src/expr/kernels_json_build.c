/* JSON made of values, and the casts between json, jsonb and what a scalar of jsonb says. */
#include "column/list_builder.h"
#include "expr/json_canonical.h"
#include "expr/json_kernel.h"
#include "expr/json_write.h"
#include "expr/text_parts.h"

#include <stdlib.h>
#include <string.h>

/* What was made as the row's value: as it is, or as jsonb. */
static Status
set_made(KernelCall *call, uint32_t row, Buffer *made, Buffer *canonical)
{
    const Buffer *result = made;

    if (made->failed)
        return error_set_memory(call->error);
    if (call->type.id == TYPE_JSONB) {
        buffer_clear(canonical);
        TRY(json_canonical(made->data, made->size, call->arena, canonical, call->error));
        result = canonical;
    }
    if (result->size > STRING_MAX)
        return error_set(call->error, STATUS_LIMIT_EXCEEDED, "requested length too large");
    return row_copy_view(call, row, result->data, result->size);
}

Status
json_make_rows(KernelCall *call, JsonMaker make)
{
    Buffer made = {0};
    Buffer canonical = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        if (!bits_get(call->validity, row)) {
            row_clear(call, row);
            continue;
        }
        buffer_clear(&made);
        status = make(call, row, &made);
        if (status == STATUS_OK)
            status = set_made(call, row, &made, &canonical);
    }
    buffer_destroy(&canonical);
    buffer_destroy(&made);
    return status;
}

static Status
make_to_json(KernelCall *call, uint32_t row, Buffer *out)
{
    json_write_value_of(&call->arguments[0], row, call->session, out);
    return STATUS_OK;
}
MAKER_KERNEL(to_json)

static Status
make_row_to_json(KernelCall *call, uint32_t row, Buffer *out)
{
    const bool lines = call->argument_count > 1 && ROW_ARGUMENT(call, 1, uint8_t, row) != 0;

    json_write_record(&call->arguments[0], row, lines, call->session, out);
    return STATUS_OK;
}
MAKER_KERNEL(row_to_json)

static Status
make_json_build_array(KernelCall *call, uint32_t row, Buffer *out)
{
    buffer_append_char(out, '[');
    for (uint32_t i = 0; i < call->argument_count; i++) {
        if (i > 0)
            buffer_append_string(out, ", ");
        json_write_value_of(&call->arguments[i], row, call->session, out);
    }
    buffer_append_char(out, ']');
    return STATUS_OK;
}
MAKER_KERNEL(json_build_array)

/* With `lines`, elements and members of the outermost level have a line each. */
static Status
make_array_to_json(KernelCall *call, uint32_t row, Buffer *out)
{
    const ListEntry entry = list_entry(&call->arguments[0], row);
    const bool lines = call->argument_count > 1 && ROW_ARGUMENT(call, 1, uint8_t, row) != 0;

    buffer_append_char(out, '[');
    for (uint32_t i = 0; i < entry.count; i++) {
        if (i > 0)
            buffer_append_string(out, lines ? ",\n " : ",");
        json_write_value_of(call->arguments[0].children, entry.offset + i, call->session, out);
    }
    buffer_append_char(out, ']');
    return STATUS_OK;
}
MAKER_KERNEL(array_to_json)

/* A name is a scalar's text in quotes. */
static Status
append_name(KernelCall *call, uint32_t number, uint32_t row, Buffer *out)
{
    const Vector *name = &call->arguments[number];
    const TypeId id = name->type.id;
    Buffer text = {0};

    if (kernel_argument_is_null(name, row))
        return error_set(call->error, STATUS_INVALID_PARAMETER,
                         "argument %u cannot be null: it names a member of a JSON object", number + 1);
    if (id == TYPE_JSON || id == TYPE_JSONB || type_category(id) == CATEGORY_NESTED)
        return error_set(call->error, STATUS_INVALID_PARAMETER,
                         "key value must be scalar, not array, composite, or json");
    if (id == TYPE_BOOL)
        buffer_append_string(&text, ROW_ARGUMENT(call, number, uint8_t, row) ? "true" : "false");
    else
        text_format_value(name, row, call->session, &text);
    json_append_string(buffer_text(&text), text.size, out);
    out->failed |= text.failed;
    buffer_destroy(&text);
    return STATUS_OK;
}

static Status
append_pair(KernelCall *call, uint32_t number, uint32_t row, Buffer *out)
{
    TRY(append_name(call, number, row, out));
    buffer_append_string(out, " : ");
    json_write_value_of(&call->arguments[number + 1], row, call->session, out);
    return STATUS_OK;
}

static Status
make_json_build_object(KernelCall *call, uint32_t row, Buffer *out)
{
    if (call->argument_count % 2 != 0)
        return error_set(call->error, STATUS_INVALID_PARAMETER,
                         "argument list must have even number of elements");
    buffer_append_char(out, '{');
    for (uint32_t i = 0; i < call->argument_count; i += 2) {
        if (i > 0)
            buffer_append_string(out, ", ");
        TRY(append_pair(call, i, row, out));
    }
    buffer_append_char(out, '}');
    return STATUS_OK;
}
MAKER_KERNEL(json_build_object)

static Status
make_json_pair(KernelCall *call, uint32_t row, Buffer *out)
{
    return append_pair(call, 0, row, out);
}
MAKER_KERNEL(json_pair)

/* The elements of an array, with blanks between them. */
static Status
make_json_of_elements(KernelCall *call, uint32_t row, Buffer *out)
{
    const ListEntry entry = list_entry(&call->arguments[0], row);
    const bool lines = type_category(call->arguments[0].children->type.id) == CATEGORY_NESTED;

    buffer_append_char(out, '[');
    for (uint32_t i = 0; i < entry.count; i++) {
        const bool null = vector_is_null(call->arguments[0].children, entry.offset + i);
        if (i > 0)
            buffer_append_string(out, lines && !null ? ", \n " : ", ");
        json_write_value_of(call->arguments[0].children, entry.offset + i, call->session, out);
    }
    buffer_append_char(out, ']');
    return STATUS_OK;
}
MAKER_KERNEL(json_of_elements)

static Status
make_json_of_pairs(KernelCall *call, uint32_t row, Buffer *out)
{
    const ListEntry entry = list_entry(&call->arguments[0], row);
    const Vector *pairs = call->arguments[0].children;

    buffer_append_string(out, "{ ");
    for (uint32_t i = 0; i < entry.count; i++) {
        if (i > 0)
            buffer_append_string(out, ", ");
        if (!vector_is_null(pairs, entry.offset + i))
            text_format_value(pairs, entry.offset + i, call->session, out);
    }
    buffer_append_string(out, " }");
    return STATUS_OK;
}
MAKER_KERNEL(json_of_pairs)

static Status
make_cast_json_to_jsonb(KernelCall *call, uint32_t row, Buffer *out)
{
    const Text text = text_argument(call, 0, row);

    buffer_append(out, text.data, text.size);
    return STATUS_OK;
}
MAKER_KERNEL(cast_json_to_jsonb)

/* jsonb's numbers become numbers of SQL by way of numeric, so that they are rounded and not refused. */
static Status
parse_number(KernelCall *call, const Text *text, void *value)
{
    const Type whole = type_numeric(NUMERIC_DIGITS_MAX, 0);
    char digits[48];
    Int128 rounded;

    if (!type_is_integer(call->type.id))
        return text_parse_value(call->type, text->data, text->size, call->session, call->arena, value,
                                call->error);
    TRY(text_parse_numeric(whole, text->data, text->size, &rounded, call->error));
    const size_t size = text_format_numeric(rounded, 0, digits);
    return text_parse_value(call->type, digits, size, call->session, call->arena, value, call->error);
}

Status
kernel_cast_jsonb_to_scalar(KernelCall *call)
{
    static const char *const kinds[] = {
        [JSON_NULL] = "null",     [JSON_BOOLEAN] = "boolean", [JSON_NUMBER] = "numeric",
        [JSON_STRING] = "string", [JSON_ARRAY] = "array",     [JSON_OBJECT] = "object"};
    const JsonKind wanted = call->type.id == TYPE_BOOL ? JSON_BOOLEAN : JSON_NUMBER;
    const size_t width = layout_width(type_layout(call->type));

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const Text text = text_argument(call, 0, row);
        const JsonKind kind = json_kind((JsonSlice){text.data, text.size});
        Int128 value = 0;
        if (kind != wanted)
            return error_set(call->error, STATUS_INVALID_PARAMETER, "cannot cast jsonb %s to type %s",
                             kinds[kind], type_name(call->type.id));
        if (wanted == JSON_BOOLEAN)
            *(uint8_t *)&value = text.data[0] == 't';
        else
            TRY(parse_number(call, &text, &value));
        memcpy((char *)call->result + row * width, &value, width);
    }
    return STATUS_OK;
}
