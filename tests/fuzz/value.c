/* A value's text: what is read and written reads back as itself. */
#include "fuzz.h"

#include "expr/text.h"

#include <string.h>

static const Session session = {.time_zone = "Europe/Berlin"};

static const Type types[] = {
    {.id = TYPE_BOOL, .length = -1},
    {.id = TYPE_INT2, .length = -1},
    {.id = TYPE_INT4, .length = -1},
    {.id = TYPE_INT8, .length = -1},
    {.id = TYPE_FLOAT4, .length = -1},
    {.id = TYPE_FLOAT8, .length = -1},
    {.id = TYPE_DATE, .length = -1},
    {.id = TYPE_TIME, .length = -1},
    {.id = TYPE_TIMESTAMP, .length = -1},
    {.id = TYPE_TIMESTAMPTZ, .length = -1},
    {.id = TYPE_INTERVAL, .length = -1},
    {.id = TYPE_UUID, .length = -1},
    {.id = TYPE_BYTEA, .length = -1},
    {.id = TYPE_NUMERIC, .precision = 10, .scale = 2, .length = -1},
    {.id = TYPE_NUMERIC, .precision = 38, .scale = 19, .length = -1},
};

static void
format(Type type, const void *value, Buffer *text)
{
    const Vector vector = vector_flat(type, value, NULL);

    text_format_value(&vector, 0, &session, text);
}

void
fuzz_value(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new(NULL);
    Buffer first = {0};
    Buffer second = {0};
    Error error = {0};
    _Alignas(16) char value[32];

    if (size > 0) {
        const Type type = types[bytes[0] % (sizeof types / sizeof *types)];
        if (text_parse_value(type, (const char *)bytes + 1, size - 1, &session, arena, value, &error) ==
            STATUS_OK) {
            format(type, value, &first);
            FUZZ_REQUIRE(text_parse_value(type, first.data, first.size, &session, arena, value, &error) ==
                         STATUS_OK);
            format(type, value, &second);
            FUZZ_REQUIRE(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
        }
    }
    buffer_destroy(&first);
    buffer_destroy(&second);
    arena_destroy(&arena);
}
