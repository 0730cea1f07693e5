#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buffer_init(Buffer *buffer)
{
    memset(buffer, 0, sizeof *buffer);
}

void
buffer_destroy(Buffer *buffer)
{
    free(buffer->data);
    buffer_init(buffer);
}

void
buffer_clear(Buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

bool
buffer_reserve(Buffer *buffer, size_t size)
{
    if (buffer->failed)
        return false;
    if (size > SIZE_MAX / 4 || (buffer->limit != 0 && size > buffer->limit - buffer->size)) {
        buffer->failed = true;
        return false;
    }
    if (size <= buffer->capacity - buffer->size)
        return true;

    size_t grown = buffer->capacity < 256 ? 256 : buffer->capacity * 2;
    if (grown < buffer->size + size)
        grown = buffer->size + size;
    char *moved = realloc(buffer->data, grown);
    if (moved == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = moved;
    buffer->capacity = grown;
    return true;
}

void
buffer_append(Buffer *buffer, const void *bytes, size_t size)
{
    if (size == 0 || !buffer_reserve(buffer, size))
        return;
    memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
}

void
buffer_append_string(Buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void
buffer_append_char(Buffer *buffer, char c)
{
    buffer_append(buffer, &c, 1);
}

void
buffer_append_format(Buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_list again;

    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length >= 0 && buffer_reserve(buffer, (size_t)length + 1)) {
        vsnprintf(buffer->data + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
}

const char *
buffer_text(Buffer *buffer)
{
    if (!buffer_reserve(buffer, 1))
        return "";
    buffer->data[buffer->size] = '\0';
    return buffer->data;
}

char *
buffer_take(Buffer *buffer, size_t *size)
{
    char *data = buffer->data;

    *size = buffer->size;
    buffer->data = NULL;
    buffer->size = 0;
    buffer->capacity = 0;
    return data;
}
