/* parse_ident(): the parts of a name as SQL writes it, in lower case where they have no quotes. */
#include "expr/array_kernel.h"
#include "expr/string_kernel.h"
#include "expr/text_parts.h"

typedef struct NameReader {
    const char *at;
    const char *end;
} NameReader;

static void
skip_blanks(NameReader *reader)
{
    while (reader->at < reader->end && text_is_space(*reader->at))
        reader->at++;
}

static bool
begins_name(char c)
{
    const char lower = text_lower(c);

    return (lower >= 'a' && lower <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

/* "…" with quotes doubled inside, into `bytes`. */
static bool
read_quoted(NameReader *reader, char *bytes, size_t *size)
{
    *size = 0;
    for (reader->at++; reader->at < reader->end; reader->at++) {
        if (*reader->at == '"') {
            if (reader->at + 1 == reader->end || reader->at[1] != '"') {
                reader->at++;
                return *size > 0;
            }
            reader->at++;
        }
        bytes[(*size)++] = *reader->at;
    }
    return false;
}

static bool
read_plain(NameReader *reader, char *bytes, size_t *size)
{
    *size = 0;
    if (!begins_name(*reader->at))
        return false;
    while (reader->at < reader->end &&
           (begins_name(*reader->at) || text_is_digit(*reader->at) || *reader->at == '$'))
        bytes[(*size)++] = text_lower(*reader->at++);
    return true;
}

/* The parts are separated by points; what follows them is an error where `strict`. */
static Status
read_parts(KernelCall *call, const Text *name, bool strict, ListBuilder *out, bool *valid)
{
    NameReader reader = {name->data, name->data + name->size};
    char *bytes = arena_alloc_aligned(call->arena, name->size + 1, 1);

    *valid = false;
    if (bytes == NULL)
        return error_set_memory(call->error);
    for (;;) {
        size_t size;
        skip_blanks(&reader);
        if (reader.at == reader.end)
            return STATUS_OK;
        if (!(*reader.at == '"' ? read_quoted(&reader, bytes, &size) : read_plain(&reader, bytes, &size)))
            return STATUS_OK;
        const StringView part = string_view(bytes, size);
        TRY(list_builder_append_value(out, &part, call->error));
        bytes += size;
        skip_blanks(&reader);
        if (reader.at == reader.end || *reader.at != '.')
            break;
        reader.at++;
    }
    *valid = !strict || reader.at == reader.end;
    return STATUS_OK;
}

static Status
parse_ident_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    const Text name = text_argument(call, 0, row);
    const bool strict = call->argument_count < 2 || ROW_ARGUMENT(call, 1, uint8_t, row) != 0;
    bool valid;

    TRY(read_parts(call, &name, strict, out, &valid));
    if (!valid)
        return error_set(call->error, STATUS_INVALID_PARAMETER, "string is not a valid identifier: \"%.*s\"",
                         (int)(name.size < 200 ? name.size : 200), name.data);
    return STATUS_OK;
}
ARRAY_KERNEL(parse_ident)
