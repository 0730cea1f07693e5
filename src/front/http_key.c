/* Idempotency-Key: a repeated load returns the first result. The key goes with the load to its commit, which
 * records it: so it holds across coordinators and fronts. */
#include "base/hash.h"
#include "front/http_request.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 255 };

/* Two hashes of the same bytes that have nothing to do with each other: 128 bits. */
static void
format_hash(const char *text, char digits[ID_TEXT_SIZE])
{
    const size_t size = strlen(text);
    const uint64_t first = hash_bytes(text, size);
    char salted[64 + KEY_MAX];
    uint64_t second = hash_u64(first);

    for (size_t at = 0; at < size; at += KEY_MAX) {
        const int part = (int)(size - at < KEY_MAX ? size - at : KEY_MAX);
        const int used =
            snprintf(salted, sizeof salted, "%016llx%.*s", (unsigned long long)second, part, text + at);
        second = hash_bytes(salted, (size_t)used);
    }
    query_id_format((QueryId){first, second}, digits);
}

/* An upload is staged under another name every time: its content stands for it. */
static void
describe(const HttpRequest *request, cJSON *copy)
{
    if (request->upload_path[0] == '\0')
        return;
    cJSON_ReplaceItemInObjectCaseSensitive(copy, "source", cJSON_CreateString(request->upload_name));
    char content[32];
    snprintf(content, sizeof content, "%016llx", (unsigned long long)request->upload_hash);
    cJSON_AddStringToObject(copy, "content", content);
}

Status
http_key_add(HttpRequest *request, cJSON *document, Error *error)
{
    const char *key = http_header(request, "Idempotency-Key");
    char digits[ID_TEXT_SIZE];

    if (key == NULL)
        return STATUS_OK;
    if (*key == '\0' || strlen(key) > KEY_MAX)
        return error_set(error, STATUS_INVALID_PARAMETER, "Idempotency-Key must have 1 to %d characters",
                         KEY_MAX);
    cJSON *copy = cJSON_Duplicate(document, true);
    describe(request, copy);
    char *text = cJSON_PrintUnformatted(copy);
    cJSON *idempotency = cJSON_AddObjectToObject(document, "idempotency");
    format_hash(key, digits);
    cJSON_AddStringToObject(idempotency, "key", digits);
    format_hash(text, digits);
    cJSON_AddStringToObject(idempotency, "request", digits);
    free(text);
    cJSON_Delete(copy);
    return STATUS_OK;
}
