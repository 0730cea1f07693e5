#include "ingest/csv_column.h"

#include "base/kernels.h"
#include "base/utf8.h"
#include "column/list_builder.h"
#include "expr/text.h"
#include "expr/text_list.h"
#include "ingest/csv_field.h"
#include "ingest/csv_value.h"

#include <stdio.h>
#include <string.h>

/* A column under way. */
typedef struct Target {
    const CsvBlock *block;
    Type type;
    size_t width;
    char *data;
    uint64_t *validity;
    ListBuilder *elements; /* of an array */
    bool nulls;
    CsvCellFailure *failure;
    void *context;
} Target;

static void
put_null(Target *target, uint32_t row)
{
    bits_clear(target->validity, row);
    memset(target->data + row * target->width, 0, target->width);
    target->nulls = true;
}

/* Text must be UTF-8 without NUL bytes. */
static Status
check_text(const CsvField *field, Error *error)
{
    const size_t valid = utf8_valid_prefix(field->text, field->size);
    const char *nul = field->size > 0 ? memchr(field->text, '\0', field->size) : NULL;

    if (nul != NULL && (size_t)(nul - field->text) < valid)
        return error_set(error, STATUS_INVALID_ENCODING, "invalid byte sequence for encoding \"UTF8\": 0x00");
    if (valid == field->size)
        return STATUS_OK;
    char bytes[32] = "";
    size_t used = 0;
    for (size_t i = valid; i < field->size && i < valid + 4; i++)
        used += (size_t)snprintf(bytes + used, sizeof bytes - used, " 0x%02x", (unsigned char)field->text[i]);
    return error_set(error, STATUS_INVALID_ENCODING, "invalid byte sequence for encoding \"UTF8\":%s", bytes);
}

/* Every spelling, slowly. */
static Status
parse_field(Target *target, const CsvField *field, void *out, Error *error)
{
    if (!target->block->plain)
        TRY(check_text(field, error));
    if (target->type.id == TYPE_TEXT) {
        const StringView view = string_view(field->text, field->size);
        memcpy(out, &view, sizeof view);
        return STATUS_OK;
    }
    if (target->elements != NULL)
        return text_parse_list(field->text, field->size, target->block->session, target->elements, out,
                               error);
    Int128 value; /* the parser may use all 16 bytes */
    TRY(text_parse_value(target->type, field->text, field->size, target->block->session, target->block->arena,
                         &value, error));
    memcpy(out, &value, target->width);
    return STATUS_OK;
}

/* The general way for one cell. *go_on: false where the failure's receiver wants no more. */
static Status
parse_cell(Target *target, uint32_t row, CsvCell cell, bool *go_on, Error *error)
{
    const CsvBlock *block = target->block;
    CsvField field;
    Error problem = {0};

    *go_on = true;
    TRY(csv_field_read(block->text + cell.start, cell.end - cell.start, block->quote, block->null_text,
                       block->arena, &field, error));
    if (field.is_null) {
        put_null(target, row);
        return STATUS_OK;
    }
    if (parse_field(target, &field, target->data + row * target->width, &problem) == STATUS_OK)
        return STATUS_OK;
    if (problem.code == STATUS_OUT_OF_MEMORY)
        return error_copy(error, &problem);
    put_null(target, row);
    *go_on = target->failure(target->context, row, &problem);
    return STATUS_OK;
}

typedef bool FastRead(Type type, const char *text, size_t size, void *out);

/* One loop for all types: `read` is known where this is inlined. */
KERNEL_INLINE Status
parse_rows(Target *target, uint32_t field, FastRead *read, Error *error)
{
    const CsvBlock *block = target->block;
    const CsvCell *cell = block->cells + field;
    char *out = target->data;

    for (uint32_t row = 0; row < block->rows; row++, cell += block->field_count, out += target->width) {
        const char *text = block->text + cell->start;
        const size_t size = cell->end - cell->start;
        bool go_on;

        if (size > 0 && read(target->type, text, size, out))
            continue;
        TRY(parse_cell(target, row, *cell, &go_on, error));
        if (!go_on)
            break;
    }
    return STATUS_OK;
}

KERNEL_INLINE bool
read_nothing(Type type, const char *text, size_t size, void *out)
{
    (void)type;
    (void)text;
    (void)size;
    (void)out;
    return false;
}

KERNEL_INLINE bool
read_bool(Type type, const char *text, size_t size, void *out)
{
    (void)type;
    return csv_read_bool(text, size, out);
}

KERNEL_INLINE bool
read_int2(Type type, const char *text, size_t size, void *out)
{
    int64_t value;

    (void)type;
    if (!csv_read_integer(text, size, &value) || value != (int16_t)value)
        return false;
    *(int32_t *)out = (int32_t)value;
    return true;
}

KERNEL_INLINE bool
read_int4(Type type, const char *text, size_t size, void *out)
{
    int64_t value;

    (void)type;
    if (!csv_read_integer(text, size, &value) || value != (int32_t)value)
        return false;
    *(int32_t *)out = (int32_t)value;
    return true;
}

KERNEL_INLINE bool
read_int8(Type type, const char *text, size_t size, void *out)
{
    (void)type;
    return csv_read_integer(text, size, out);
}

KERNEL_INLINE bool
read_double(Type type, const char *text, size_t size, void *out)
{
    (void)type;
    return csv_read_double(text, size, out);
}

KERNEL_INLINE bool
read_numeric(Type type, const char *text, size_t size, void *out)
{
    return csv_read_numeric(type, text, size, out);
}

KERNEL_INLINE bool
read_date(Type type, const char *text, size_t size, void *out)
{
    (void)type;
    return csv_read_date(text, size, out);
}

KERNEL_INLINE bool
read_timestamp(Type type, const char *text, size_t size, void *out)
{
    return type.length == TYPE_NO_LENGTH && csv_read_timestamp(text, size, out);
}

/* Only where the text has neither quotes nor anything but ASCII, and only empty fields are NULL. */
KERNEL_INLINE bool
read_plain_text(Type type, const char *text, size_t size, void *out)
{
    const StringView view = string_view(text, size);

    (void)type;
    memcpy(out, &view, sizeof view);
    return true;
}

static Status
parse_typed(Target *target, uint32_t field, Error *error)
{
    const CsvBlock *block = target->block;

    /* With a NULL text of its own ("0", say) every cell must be compared with it first. */
    if (block->null_text != NULL && block->null_text[0] != '\0')
        return parse_rows(target, field, read_nothing, error);
    switch (target->type.id) {
    case TYPE_BOOL: return parse_rows(target, field, read_bool, error);
    case TYPE_INT2: return parse_rows(target, field, read_int2, error);
    case TYPE_INT4: return parse_rows(target, field, read_int4, error);
    case TYPE_INT8: return parse_rows(target, field, read_int8, error);
    case TYPE_FLOAT8: return parse_rows(target, field, read_double, error);
    case TYPE_NUMERIC:
        return target->type.precision <= NUMERIC_DIGITS_I64 ? parse_rows(target, field, read_numeric, error)
                                                            : parse_rows(target, field, read_nothing, error);
    case TYPE_DATE: return parse_rows(target, field, read_date, error);
    case TYPE_TIMESTAMP: return parse_rows(target, field, read_timestamp, error);
    case TYPE_TEXT:
        return block->plain && !block->quotes ? parse_rows(target, field, read_plain_text, error)
                                              : parse_rows(target, field, read_nothing, error);
    default: return parse_rows(target, field, read_nothing, error);
    }
}

Status
csv_column_parse(const CsvBlock *block, uint32_t field, Type type, void *data, uint64_t *validity,
                 CsvCellFailure *failure, void *context, Vector *vector, Error *error)
{
    Target target = {.block = block,
                     .type = type,
                     .width = layout_width(type_layout(type)),
                     .data = data,
                     .validity = validity,
                     .failure = failure,
                     .context = context};

    memset(validity, 0xFF, bits_words(block->rows) * sizeof(uint64_t));
    if (type.id == TYPE_LIST) {
        target.elements = arena_alloc(block->arena, sizeof *target.elements);
        if (target.elements == NULL)
            return error_set_memory(error);
        TRY(list_builder_init(target.elements, block->arena, type.nested->types[0], error));
    }
    TRY(parse_typed(&target, field, error));
    *vector = vector_flat(type, data, target.nulls ? validity : NULL);
    if (target.elements != NULL)
        vector->children = list_builder_vector(target.elements);
    return STATUS_OK;
}
