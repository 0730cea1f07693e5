/* Records made of values, and taken apart. */
#include "expr/kernels_record.h"

#include "column/list_builder.h"
#include "expr/record.h"
#include "expr/row_kernel.h"

enum { RECORD_MAX = 1 << 30 }; /* bytes */

/* Records of the fields from argument `first` on; NULL where the arguments before are. */
static Status
make_rows(KernelCall *call, uint32_t first)
{
    Buffer record = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        if (first > 0 && kernel_argument_is_null(&call->arguments[0], row)) {
            row_set_null(call, row);
            continue;
        }
        buffer_clear(&record);
        record_append(call->argument_count - first, call->arguments + first, row, &record);
        if (record.failed)
            status = error_set_memory(call->error);
        else if (record.size > RECORD_MAX)
            status = error_set(call->error, STATUS_LIMIT_EXCEEDED, "a record takes more than 1 GiB");
        else
            status = row_copy_view(call, row, buffer_text(&record), record.size);
    }
    buffer_destroy(&record);
    return status;
}

Status
kernel_make_row(KernelCall *call)
{
    return make_rows(call, 0);
}

Status
kernel_make_row_of_match(KernelCall *call)
{
    return make_rows(call, 1);
}

/* The field into the row of the result. */
static Status
take_field(KernelCall *call, uint32_t row, const Vector *field, ListBuilder *elements)
{
    const size_t width = layout_width(field->layout);

    if (vector_is_null(field, 0)) {
        row_set_null(call, row);
        return STATUS_OK;
    }
    if (elements != NULL)
        return list_builder_copy(elements, field, 0, &((ListEntry *)call->result)[row], call->error);
    memcpy((char *)call->result + row * width, field->data, width);
    return STATUS_OK;
}

static Status
field_row(KernelCall *call, uint32_t row, ListBuilder *elements)
{
    const uint32_t number = (uint32_t)ROW_ARGUMENT(call, 1, int32_t, row);
    const Type type = call->arguments[0].type;
    RecordReader reader;
    Status status;

    if (number >= type.nested->count || type_layout(type.nested->types[number]) != type_layout(call->type))
        return error_set(call->error, STATUS_DATATYPE_MISMATCH, "a record has no such field");
    record_open(&reader, type, &ROW_ARGUMENT(call, 0, StringView, row), call->arena);
    if (!record_skip(&reader, number) || !record_next(&reader))
        return error_set(call->error, STATUS_CORRUPT, "a record is damaged");
    status = take_field(call, row, &reader.value, elements);
    record_close(&reader);
    return status;
}

Status
kernel_record_field(KernelCall *call)
{
    ListBuilder *elements = NULL;

    if (call->type.id == TYPE_LIST) {
        elements = arena_alloc(call->arena, sizeof *elements);
        if (elements == NULL)
            return error_set_memory(call->error);
        TRY(list_builder_init(elements, call->arena, call->type.nested->types[0], call->error));
    }
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        if (bits_get(call->validity, row))
            TRY(field_row(call, row, elements));
        else
            row_clear(call, row);
    }
    if (elements != NULL)
        call->children = list_builder_vector(elements);
    return STATUS_OK;
}

/* Whether all fields are NULL, or none is. */
static bool
fields_are(const Vector *records, uint32_t row, bool null)
{
    const StringView *record = &((const StringView *)records->data)[kernel_index(records, row)];
    RecordReader reader;
    bool all = true;

    record_open(&reader, records->type, record, NULL);
    while (all && record_next(&reader))
        all = vector_is_null(&reader.value, 0) == null;
    record_close(&reader);
    return all;
}

static Status
test_rows(KernelCall *call, bool null)
{
    const Vector *records = &call->arguments[0];
    uint8_t *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        result[row] = kernel_argument_is_null(records, row) ? null : fields_are(records, row, null);
    }
    return STATUS_OK;
}

Status
kernel_row_is_null(KernelCall *call)
{
    return test_rows(call, true);
}

Status
kernel_row_is_not_null(KernelCall *call)
{
    return test_rows(call, false);
}
