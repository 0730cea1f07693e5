/* base/buffer.h: bytes that grow, for writers of text and messages. Not thread-safe.
 *
 * Appends never fail visibly one by one: where memory or the limit is out, the buffer is marked `failed`,
 * keeps what it has and ignores the rest; check once at the end. */
#ifndef RUNNEL_BASE_BUFFER_H
#define RUNNEL_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Buffer {
    char *data; /* malloc memory, not NUL-terminated; NULL while empty */
    size_t size;
    size_t capacity;
    size_t limit; /* 0: none */
    bool failed;
} Buffer;

void buffer_init(Buffer *buffer); /* all zeroes will do as well */
void buffer_destroy(Buffer *buffer);
void buffer_clear(Buffer *buffer); /* keeps the memory */

/* Room for `size` more bytes at data + size; false where failed. */
bool buffer_reserve(Buffer *buffer, size_t size);
void buffer_append(Buffer *buffer, const void *bytes, size_t size);
void buffer_append_string(Buffer *buffer, const char *text);
void buffer_append_char(Buffer *buffer, char c);
void buffer_append_format(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The content as a C string, valid until the next change; "" where empty or failed. */
const char *buffer_text(Buffer *buffer);

/* Give the memory to the caller, who frees it; the buffer is empty after. */
char *buffer_take(Buffer *buffer, size_t *size);

#endif
