/* Casts from and to strings, with the length rules of varchar(n) and character(n). */
#include "expr/kernel.h"
#include "expr/kernels_cast.h"
#include "expr/text.h"

#include <string.h>

/* The bytes of the first `characters` characters of UTF-8 text. */
static size_t
prefix_bytes(const char *text, size_t size, int32_t characters)
{
    size_t at = 0;

    while (at < size) {
        const bool starts = ((unsigned char)text[at] & 0xC0) != 0x80;
        if (starts && characters-- == 0)
            break;
        at++;
    }
    return at;
}

static bool
is_blank(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] != ' ')
            return false;
    }
    return true;
}

/* The size that a value keeps in the wanted type. Characters too many are cut off; where `strictly`, they
 * must be blanks. character(n) is kept without trailing blanks. */
static Status
fit_length(Type type, const char *text, size_t size, bool strictly, size_t *kept, Error *error)
{
    *kept = size;
    if (type.length != TYPE_NO_LENGTH && size > (size_t)type.length) {
        *kept = prefix_bytes(text, size, type.length);
        if (strictly && !is_blank(text + *kept, size - *kept))
            return error_set(error, STATUS_STRING_TRUNCATION, "value too long for type %s(%d)",
                             type_name(type.id), type.length);
    }
    while (type.id == TYPE_BPCHAR && *kept > 0 && text[*kept - 1] == ' ')
        --*kept;
    return STATUS_OK;
}

/* Values that are their own text. */
static bool
is_text(Type type)
{
    return type_layout(type) == LAYOUT_VIEW && type.id != TYPE_BYTEA && type.id != TYPE_STRUCT;
}

/* A value's text as the cast has it; where it is not a string already, in `buffer`. */
static StringView
load_text(const KernelCall *call, uint32_t row, Buffer *buffer)
{
    const Vector *argument = &call->arguments[0];

    if (is_text(argument->type))
        return ((const StringView *)argument->data)[kernel_index(argument, row)];
    buffer_clear(buffer);
    if (argument->type.id == TYPE_BOOL)
        buffer_append_string(
            buffer, ((const uint8_t *)argument->data)[kernel_index(argument, row)] ? "true" : "false");
    else
        text_format_value(argument, row, call->session, buffer);
    return string_view(buffer->data == NULL ? "" : buffer->data, buffer->size);
}

static Status
cast_row(KernelCall *call, uint32_t row, bool strictly, Buffer *buffer)
{
    const bool borrowed = is_text(call->arguments[0].type);
    const StringView view = load_text(call, row, buffer);
    const char *text = string_view_data(&view);
    size_t size;

    if (buffer->failed)
        return error_set_memory(call->error);
    TRY(fit_length(call->type, text, view.size, strictly, &size, call->error));
    if (!borrowed && size > STRING_VIEW_INLINE) {
        text = arena_copy_bytes(call->arena, text, size);
        if (text == NULL)
            return error_set_memory(call->error);
    }
    ((StringView *)call->result)[row] = string_view(text, size);
    return STATUS_OK;
}

/* Strings that become text or varchar without a length are what they were. */
static bool
is_relabelling(const KernelCall *call)
{
    const TypeId from = call->arguments[0].type.id;

    return (from == TYPE_UNKNOWN || type_is_string(from)) && call->type.id != TYPE_BPCHAR &&
           call->type.length == TYPE_NO_LENGTH;
}

static Status
cast_to_string(KernelCall *call, bool strictly)
{
    Buffer buffer = {0};
    Status status = STATUS_OK;

    if (is_relabelling(call))
        return kernel_cast_same(call);

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        if (bits_get(call->validity, row))
            status = cast_row(call, row, strictly, &buffer);
    }
    buffer_destroy(&buffer);
    return status;
}

Status
kernel_cast_to_string(KernelCall *call)
{
    return cast_to_string(call, false);
}

Status
kernel_cast_to_string_strictly(KernelCall *call)
{
    return cast_to_string(call, true);
}

static Status
parse_row(KernelCall *call, uint32_t row, const char *text, size_t size)
{
    const size_t width = layout_width(type_layout(call->type));
    Int128 value;

    TRY(text_parse_value(call->type, text, size, call->session, call->arena, &value, call->error));
    memcpy((char *)call->result + row * width, &value, width);
    return STATUS_OK;
}

/* What is read is the text of the value, of a character(n) with its blanks. */
static Status
parse_padded(KernelCall *call)
{
    Buffer text = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        if (kernel_argument_is_null(&call->arguments[0], row))
            continue;
        buffer_clear(&text);
        text_format_value(&call->arguments[0], row, call->session, &text);
        const char *padded =
            text.failed ? NULL : arena_copy_bytes(call->arena, buffer_text(&text), text.size);
        status = padded == NULL ? error_set_memory(call->error) : parse_row(call, row, padded, text.size);
    }
    buffer_destroy(&text);
    return status;
}

Status
kernel_cast_from_string(KernelCall *call)
{
    const Vector *argument = &call->arguments[0];

    if (argument->type.id == TYPE_BPCHAR && argument->type.length != TYPE_NO_LENGTH)
        return parse_padded(call);
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const StringView *view = &((const StringView *)argument->data)[kernel_index(argument, row)];
        TRY(parse_row(call, row, string_view_data(view), view->size));
    }
    return STATUS_OK;
}
