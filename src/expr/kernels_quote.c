/* Quoting for SQL, and format(). */
#include "expr/kernels_string.h"

#include "expr/string_kernel.h"
#include "expr/text.h"
#include "expr/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Words that a name must not be without quotes: PostgreSQL 15's keywords but for the unreserved ones. */
static const char *const keywords[] = {"all",
                                       "analyse",
                                       "analyze",
                                       "and",
                                       "any",
                                       "array",
                                       "as",
                                       "asc",
                                       "asymmetric",
                                       "authorization",
                                       "between",
                                       "bigint",
                                       "binary",
                                       "bit",
                                       "boolean",
                                       "both",
                                       "case",
                                       "cast",
                                       "char",
                                       "character",
                                       "check",
                                       "coalesce",
                                       "collate",
                                       "collation",
                                       "column",
                                       "concurrently",
                                       "constraint",
                                       "create",
                                       "cross",
                                       "current_catalog",
                                       "current_date",
                                       "current_role",
                                       "current_schema",
                                       "current_time",
                                       "current_timestamp",
                                       "current_user",
                                       "dec",
                                       "decimal",
                                       "default",
                                       "deferrable",
                                       "desc",
                                       "distinct",
                                       "do",
                                       "else",
                                       "end",
                                       "except",
                                       "exists",
                                       "extract",
                                       "false",
                                       "fetch",
                                       "float",
                                       "for",
                                       "foreign",
                                       "freeze",
                                       "from",
                                       "full",
                                       "grant",
                                       "greatest",
                                       "group",
                                       "grouping",
                                       "having",
                                       "ilike",
                                       "in",
                                       "initially",
                                       "inner",
                                       "inout",
                                       "int",
                                       "integer",
                                       "intersect",
                                       "interval",
                                       "into",
                                       "is",
                                       "isnull",
                                       "join",
                                       "lateral",
                                       "leading",
                                       "least",
                                       "left",
                                       "like",
                                       "limit",
                                       "localtime",
                                       "localtimestamp",
                                       "national",
                                       "natural",
                                       "nchar",
                                       "none",
                                       "normalize",
                                       "not",
                                       "notnull",
                                       "null",
                                       "nullif",
                                       "numeric",
                                       "offset",
                                       "on",
                                       "only",
                                       "or",
                                       "order",
                                       "out",
                                       "outer",
                                       "overlaps",
                                       "overlay",
                                       "placing",
                                       "position",
                                       "precision",
                                       "primary",
                                       "real",
                                       "references",
                                       "returning",
                                       "right",
                                       "row",
                                       "select",
                                       "session_user",
                                       "setof",
                                       "similar",
                                       "smallint",
                                       "some",
                                       "substring",
                                       "symmetric",
                                       "table",
                                       "tablesample",
                                       "then",
                                       "time",
                                       "timestamp",
                                       "to",
                                       "trailing",
                                       "treat",
                                       "trim",
                                       "true",
                                       "union",
                                       "unique",
                                       "user",
                                       "using",
                                       "values",
                                       "varchar",
                                       "variadic",
                                       "verbose",
                                       "when",
                                       "where",
                                       "window",
                                       "with",
                                       "xmlattributes",
                                       "xmlconcat",
                                       "xmlelement",
                                       "xmlexists",
                                       "xmlforest",
                                       "xmlnamespaces",
                                       "xmlparse",
                                       "xmlpi",
                                       "xmlroot",
                                       "xmlserialize",
                                       "xmltable"};

static int
compare_word(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

/* Lower-case letters, digits and _, no keyword: PostgreSQL's quote_identifier(). */
static bool
is_plain_name(const char *data, size_t size)
{
    char word[32];

    if (size == 0 || isdigit((unsigned char)data[0]))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!islower((unsigned char)data[i]) && !isdigit((unsigned char)data[i]) && data[i] != '_')
            return false;
    }
    if (size >= sizeof word)
        return true;
    memcpy(word, data, size);
    word[size] = '\0';
    return bsearch(word, keywords, sizeof keywords / sizeof keywords[0], sizeof keywords[0], compare_word) ==
           NULL;
}

/* Between marks, which are doubled inside; with `escape` backslashes are, too. */
static void
append_quoted(const char *data, size_t size, char mark, bool escape, Buffer *out)
{
    buffer_append_char(out, mark);
    for (size_t i = 0; i < size; i++) {
        if (data[i] == mark || (escape && data[i] == '\\'))
            buffer_append_char(out, data[i]);
        buffer_append_char(out, data[i]);
    }
    buffer_append_char(out, mark);
}

static void
append_literal(const char *data, size_t size, Buffer *out)
{
    const bool escape = size > 0 && memchr(data, '\\', size) != NULL;

    if (escape)
        buffer_append_char(out, 'E');
    append_quoted(data, size, '\'', escape, out);
}

static void
append_name(const char *data, size_t size, Buffer *out)
{
    if (is_plain_name(data, size))
        buffer_append(out, data, size);
    else
        append_quoted(data, size, '"', false, out);
}

static Status
set_buffer(KernelCall *call, uint32_t row, const Buffer *out)
{
    if (out->failed)
        return error_set_memory(call->error);
    return row_copy_view(call, row, out->data == NULL ? "" : out->data, out->size);
}

typedef void (*Quoting)(const char *data, size_t size, Buffer *out);

/* Values of any type, by their text; NULL is the word NULL where nulls are seen. */
static Status
quote(KernelCall *call, Quoting quoting)
{
    Buffer text = {.limit = STRING_MAX};
    Buffer out = {.limit = STRING_MAX};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        const bool null = kernel_argument_is_null(&call->arguments[0], row);
        if (null && (call->function->flags & FUNCTION_NOT_STRICT) == 0) {
            row_set_null(call, row);
            continue;
        }
        bits_set(call->validity, row);
        buffer_clear(&text);
        buffer_clear(&out);
        if (null) {
            buffer_append_string(&out, "NULL");
        } else {
            text_format_cast(&call->arguments[0], row, call->session, &text);
            quoting(text.data == NULL ? "" : text.data, text.size, &out);
        }
        status = set_buffer(call, row, &out);
    }
    buffer_destroy(&text);
    buffer_destroy(&out);
    return status;
}

Status
kernel_quote_literal(KernelCall *call)
{
    return quote(call, append_literal);
}

Status
kernel_quote_ident(KernelCall *call)
{
    return quote(call, append_name);
}

/* One specifier of format(): %[position$][-][width]type, where the width may be * or *position$. */
typedef struct Specifier {
    int64_t position; /* 0: the next argument */
    bool left;
    bool width_given; /* as an argument */
    int64_t width_position;
    int64_t width;
    char type;
} Specifier;

/* Digits at *at; false where there are none. Beyond an int: an error. */
static Status
read_digits(KernelCall *call, Text format, size_t *at, int64_t *value, bool *found)
{
    *found = false;
    *value = 0;
    while (*at < format.size && isdigit((unsigned char)format.data[*at])) {
        *value = *value * 10 + (format.data[(*at)++] - '0');
        *found = true;
        if (*value > INT32_MAX)
            return error_set(call->error, STATUS_NUMERIC_RANGE, "number is out of range");
    }
    return STATUS_OK;
}

static Status
unterminated(KernelCall *call)
{
    error_set(call->error, STATUS_INVALID_PARAMETER, "unterminated format() type specifier");
    return error_hint(call->error, "For a single \"%%\" use \"%%%%\".");
}

static Status
read_position(KernelCall *call, Text format, size_t *at, int64_t value, int64_t *position)
{
    if (value == 0)
        return error_set(call->error, STATUS_INVALID_PARAMETER,
                         "format specifies argument 0, but arguments are numbered from 1");
    *position = value;
    (*at)++;
    return *at < format.size ? STATUS_OK : unterminated(call);
}

/* `at` is behind the %. */
static Status
read_specifier(KernelCall *call, Text format, size_t *at, Specifier *specifier)
{
    int64_t value;
    bool found;

    *specifier = (Specifier){0};
    TRY(read_digits(call, format, at, &value, &found));
    if (*at >= format.size)
        return unterminated(call);
    if (found && format.data[*at] == '$') {
        TRY(read_position(call, format, at, value, &specifier->position));
        found = false;
    }
    if (!found) {
        while (*at < format.size && format.data[*at] == '-') {
            specifier->left = true;
            (*at)++;
        }
        if (*at < format.size && format.data[*at] == '*') {
            specifier->width_given = true;
            (*at)++;
            TRY(read_digits(call, format, at, &value, &found));
            if (*at >= format.size)
                return unterminated(call);
            if (found) {
                if (format.data[*at] != '$')
                    return error_set(call->error, STATUS_INVALID_PARAMETER,
                                     "width argument position must be ended by \"$\"");
                TRY(read_position(call, format, at, value, &specifier->width_position));
            }
        } else {
            TRY(read_digits(call, format, at, &value, &found));
            specifier->width = value;
        }
    } else {
        specifier->width = value;
    }
    if (*at >= format.size)
        return unterminated(call);
    specifier->type = format.data[(*at)++];
    return STATUS_OK;
}

/* Argument `position`, or the next one where that is 0; counted from 1. */
static Status
take_argument(KernelCall *call, int64_t position, uint32_t *next, uint32_t *number)
{
    *number = position == 0 ? *next + 1 : (uint32_t)position;
    *next = *number;
    if (*number >= call->argument_count)
        return error_set(call->error, STATUS_INVALID_PARAMETER, "too few arguments for format()");
    return STATUS_OK;
}

/* The width that an argument gives; NULL counts as none. */
static Status
width_argument(KernelCall *call, uint32_t number, uint32_t row, int64_t *width)
{
    const Vector *argument = &call->arguments[number];
    Buffer text = {0};
    Status status = STATUS_OK;

    *width = 0;
    if (kernel_argument_is_null(argument, row))
        return STATUS_OK;
    text_format_value(argument, row, call->session, &text);
    if (text.failed) {
        status = error_set_memory(call->error);
    } else {
        int32_t value = 0;
        status = text_parse_value(type_of(TYPE_INT4), buffer_text(&text), text.size, call->session,
                                  call->arena, &value, call->error);
        *width = value;
    }
    buffer_destroy(&text);
    return status;
}

static void
append_padded(const Buffer *value, int64_t width, bool left, Buffer *out)
{
    const char *data = value->data == NULL ? "" : value->data;
    const int64_t length = (int64_t)utf8_count(data, value->size);
    const int64_t blanks = width > length ? width - length : 0;

    if (left)
        buffer_append(out, data, value->size);
    for (int64_t i = 0; i < blanks && !out->failed; i++)
        buffer_append_char(out, ' ');
    if (!left)
        buffer_append(out, data, value->size);
}

static Status
append_specified(KernelCall *call, uint32_t row, const Specifier *specifier, uint32_t *next, Buffer *text,
                 Buffer *out)
{
    Buffer value = {.limit = STRING_MAX};
    int64_t width = specifier->width;
    bool left = specifier->left;
    uint32_t number;

    if (strchr("sIL", specifier->type) == NULL) {
        error_set(call->error, STATUS_INVALID_PARAMETER, "unrecognized format() type specifier \"%c\"",
                  specifier->type);
        return error_hint(call->error, "For a single \"%%\" use \"%%%%\".");
    }
    if (specifier->width_given) {
        TRY(take_argument(call, specifier->width_position, next, &number));
        TRY(width_argument(call, number, row, &width));
        left |= width < 0;
        width = width < 0 ? -width : width;
    }
    if (width > STRING_MAX)
        return error_set(call->error, STATUS_LIMIT_EXCEEDED, "requested length too large");
    TRY(take_argument(call, specifier->position, next, &number));
    const Vector *argument = &call->arguments[number];
    if (kernel_argument_is_null(argument, row)) {
        if (specifier->type == 'I')
            return error_set(call->error, STATUS_NULL_NOT_ALLOWED,
                             "null values cannot be formatted as an SQL identifier");
        if (specifier->type == 'L')
            buffer_append_string(&value, "NULL");
    } else {
        buffer_clear(text);
        text_format_value(argument, row, call->session, text);
        const char *data = text->data == NULL ? "" : text->data;
        if (specifier->type == 's')
            buffer_append(&value, data, text->size);
        else
            (specifier->type == 'I' ? append_name : append_literal)(data, text->size, &value);
    }
    append_padded(&value, width, left, out);
    out->failed |= value.failed;
    buffer_destroy(&value);
    return STATUS_OK;
}

static Status
format_row(KernelCall *call, uint32_t row, Buffer *text, Buffer *out)
{
    const Text format = text_argument(call, 0, row);
    uint32_t next = 0;

    for (size_t at = 0; at < format.size;) {
        Specifier specifier;
        const char c = format.data[at++];
        if (c != '%') {
            buffer_append_char(out, c);
            continue;
        }
        if (at >= format.size)
            return unterminated(call);
        if (format.data[at] == '%') {
            buffer_append_char(out, '%');
            at++;
            continue;
        }
        TRY(read_specifier(call, format, &at, &specifier));
        TRY(append_specified(call, row, &specifier, &next, text, out));
    }
    return STATUS_OK;
}

Status
kernel_format(KernelCall *call)
{
    Buffer text = {.limit = STRING_MAX};
    Buffer out = {.limit = STRING_MAX};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        if (kernel_argument_is_null(&call->arguments[0], row)) {
            row_set_null(call, row);
            continue;
        }
        bits_set(call->validity, row);
        buffer_clear(&out);
        status = format_row(call, row, &text, &out);
        if (status == STATUS_OK)
            status = set_buffer(call, row, &out);
    }
    buffer_destroy(&text);
    buffer_destroy(&out);
    return status;
}
