/* The body of a request: an object, or refused. */
#include "fuzz.h"

#include "front/http_json.h"

#include <string.h>

void
fuzz_json(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    cJSON *document = NULL;
    Error error = {0};

    FUZZ_REQUIRE(text != NULL);
    memcpy(text, bytes, size);
    text[size] = '\0';
    if (http_json_read(text, size, &document, &error) == STATUS_OK)
        FUZZ_REQUIRE(cJSON_IsObject(document));
    cJSON_Delete(document);
    free(text);
}
