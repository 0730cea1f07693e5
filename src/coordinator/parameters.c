/* A query's parameters: JSON scalars as texts, which take their types from where they stand. */
#include "coordinator/parameters.h"

#include "expr/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DOUBLE_DIGITS = 15 }; /* that every double keeps */

static const char *
skip_spaces(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Behind a string that begins here. */
static const char *
skip_string(const char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++)
        at += *at == '\\' && at[1] != '\0';
    return *at == '"' ? at + 1 : at;
}

/* The first item of the document's "params", as written; NULL where it is not found. */
static const char *
find_items(const char *document)
{
    static const char key[] = "\"params\"";
    int depth = 0;

    for (const char *at = document; *at != '\0';) {
        if (*at == '"') {
            const char *after = skip_string(at);
            const char *value = skip_spaces(after);
            if (depth == 1 && *value == ':' && strncmp(at, key, strlen(key)) == 0) {
                value = skip_spaces(value + 1);
                return *value == '[' ? skip_spaces(value + 1) : NULL;
            }
            at = after;
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    }
    return NULL;
}

/* The next of items that are scalars. */
static const char *
next_item(const char *at)
{
    at = *at == '"' ? skip_string(at) : at + strcspn(at, ",]");
    at = skip_spaces(at);
    return *at == ',' ? skip_spaces(at + 1) : at;
}

/* Doubles lose the last digits of long numbers: those are taken as they were written. */
static const char *
number_text(Arena *arena, double value, const char *written)
{
    const size_t size = written == NULL ? 0 : strspn(written, "-.0123456789");
    size_t digits = 0;
    char formatted[64];

    for (size_t i = 0; i < size; i++)
        digits += isdigit((unsigned char)written[i]) != 0;
    if (digits > DOUBLE_DIGITS && tolower((unsigned char)written[size]) != 'e')
        return arena_copy_bytes(arena, written, size);
    return arena_copy_bytes(arena, formatted, text_format_double(value, formatted));
}

static Status
read_item(Arena *arena, const cJSON *item, int number, const char *written, const char **text, Error *error)
{
    *text = NULL;
    if (cJSON_IsString(item))
        *text = arena_copy_string(arena, item->valuestring);
    else if (cJSON_IsBool(item))
        *text = cJSON_IsTrue(item) ? "true" : "false";
    else if (cJSON_IsNumber(item))
        *text = number_text(arena, item->valuedouble, written);
    else if (!cJSON_IsNull(item))
        return error_set(error, STATUS_INVALID_PARAMETER, "parameter $%d must be a scalar", number);
    return STATUS_OK;
}

Status
parameters_read(Arena *arena, const char *text, const cJSON *document, BindContext *context, Error *error)
{
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(document, "params");
    const char *written = find_items(text);
    const cJSON *item;
    uint32_t count = 0;

    if (parameters == NULL || cJSON_IsNull(parameters))
        return STATUS_OK;
    if (!cJSON_IsArray(parameters))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"params\" must be an array");
    const char **texts = ARENA_ARRAY(arena, const char *, (size_t)cJSON_GetArraySize(parameters));
    cJSON_ArrayForEach(item, parameters)
    {
        TRY(read_item(arena, item, (int)count + 1, written, &texts[count], error));
        count++;
        written = written == NULL ? NULL : next_item(written);
    }
    context->parameters = texts;
    context->parameter_count = count;
    return STATUS_OK;
}
