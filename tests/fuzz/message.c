/* The header of a message: what is read, written and read again is the same. */
#include "fuzz.h"

#include "wire/message.h"

#include <string.h>

void
fuzz_message(const uint8_t *bytes, size_t size)
{
    Arena *arena = arena_new(NULL);
    Buffer first = {0};
    Buffer second = {0};
    Error error = {0};
    Message message;

    if (message_decode(bytes, size, arena, &message, &error) == STATUS_OK) {
        message_encode(&message, &first);
        FUZZ_REQUIRE(message_decode(first.data, first.size, arena, &message, &error) == STATUS_OK);
        message_encode(&message, &second);
        FUZZ_REQUIRE(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    }
    buffer_destroy(&first);
    buffer_destroy(&second);
    arena_destroy(&arena);
}
