#include "front/http_json.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

enum { DEPTH_MAX = 200, MEMBERS_MAX = 100 };

/* --- the text
 * ----------------------------------------------------------------------------------------------------------
 */

/* The end of the string that begins at `at`: behind its closing quote, or the text's end. */
static size_t
skip_string(const char *text, size_t size, size_t at, bool *has_nul)
{
    for (at++; at < size && text[at] != '"'; at++) {
        if (text[at] != '\\')
            continue;
        *has_nul |= size - at > 5 && memcmp(text + at, "\\u0000", 6) == 0;
        at++;
    }
    return at < size ? at + 1 : size;
}

static Status
check_text(const char *text, size_t size, Error *error)
{
    bool has_nul = memchr(text, '\0', size) != NULL;
    uint32_t depth = 0;

    for (size_t at = 0; at < size;) {
        if (text[at] == '"') {
            at = skip_string(text, size, at, &has_nul);
            continue;
        }
        depth += text[at] == '{' || text[at] == '[';
        depth -= (text[at] == '}' || text[at] == ']') && depth > 0;
        if (depth > DEPTH_MAX)
            return error_set(error, STATUS_TOO_COMPLEX, "the body is nested deeper than %d levels",
                             DEPTH_MAX);
        at++;
    }
    if (has_nul)
        return error_set(error, STATUS_INVALID_ENCODING,
                         "the body holds the character U+0000, which text "
                         "cannot hold");
    if (utf8_valid_prefix(text, size) != size)
        return error_set(error, STATUS_INVALID_ENCODING, "the body is not valid UTF-8");
    return STATUS_OK;
}

/* --- the document
 * ------------------------------------------------------------------------------------------------------ */

static Status
check_object(const cJSON *object, Error *error)
{
    uint32_t count = 0;

    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        if (++count > MEMBERS_MAX)
            return error_set(error, STATUS_LIMIT_EXCEEDED, "an object has more than %d members", MEMBERS_MAX);
        for (const cJSON *other = object->child; other != item; other = other->next)
            if (strcmp(other->string, item->string) == 0)
                return error_set(error, STATUS_INVALID_PARAMETER, "the member \"%s\" stands twice",
                                 item->string);
    }
    return STATUS_OK;
}

/* As deep as the text was checked to be. */
static Status
check_members(const cJSON *value, Error *error)
{
    if (cJSON_IsObject(value))
        TRY(check_object(value, error));
    for (const cJSON *item = value->child; item != NULL; item = item->next)
        if (item->child != NULL)
            TRY(check_members(item, error));
    return STATUS_OK;
}

Status
http_json_read(const char *text, size_t size, cJSON **document, Error *error)
{
    const char *end = NULL;

    *document = NULL;
    TRY(check_text(text, size, error));
    *document = cJSON_ParseWithLengthOpts(text, size + 1, &end, true);
    if (*document == NULL)
        return error_set(error, STATUS_INVALID_TEXT, "the body is not valid JSON (near byte %zu)",
                         end != NULL ? (size_t)(end - text) + 1 : 1);
    if (!cJSON_IsObject(*document))
        return error_set(error, STATUS_INVALID_TEXT, "the body must be a JSON object");
    return check_members(*document, error);
}
