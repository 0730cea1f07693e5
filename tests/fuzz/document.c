/* JSON in a column: whatever the bytes are, walks stay within them; what is JSON has one canonical text,
 * which is its own and equal to itself. */
#include "fuzz.h"

#include "expr/json_canonical.h"

#include <string.h>

static void
walk(JsonSlice document, int depth)
{
    JsonWalk walk_of;
    JsonSlice key;
    JsonSlice value;
    uint32_t count = 0;

    json_walk_begin(&walk_of, document);
    while (json_walk_next(&walk_of, &key, &value)) {
        FUZZ_REQUIRE(value.data >= document.data && value.data + value.size <= document.data + document.size);
        json_quoted_is(key, "a", 1);
        if (depth > 0)
            walk(value, depth - 1);
        count++;
    }
    FUZZ_REQUIRE(count == json_member_count(document));
}

static void
unescape(JsonSlice document)
{
    char *out = malloc(document.size + 1);
    size_t size = 0;

    FUZZ_REQUIRE(out != NULL);
    if (json_kind(document) == JSON_STRING && json_unescape(document, out, &size, NULL) == STATUS_OK)
        FUZZ_REQUIRE(size <= document.size);
    free(out);
}

void
fuzz_document(const uint8_t *bytes, size_t size)
{
    const char *text = (const char *)bytes;
    Arena *arena = arena_new(NULL);
    Buffer first = {0};
    Buffer second = {0};
    Error error = {0};
    JsonSlice value;

    walk(json_value(text, size), 3);
    if (json_canonical(text, size, arena, &first, &error) == STATUS_OK) {
        unescape(json_value(text, size));
        FUZZ_REQUIRE(json_check(text, size, NULL) == STATUS_OK);
        FUZZ_REQUIRE(json_canonical(first.data, first.size, arena, &second, NULL) == STATUS_OK);
        FUZZ_REQUIRE(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
        value = json_value(first.data, first.size);
        FUZZ_REQUIRE(value.size == first.size && json_equal(value, value) && json_contains(value, value));
    }
    buffer_destroy(&second);
    buffer_destroy(&first);
    arena_destroy(&arena);
}
