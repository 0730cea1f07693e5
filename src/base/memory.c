#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *
checked(void *memory)
{
    if (memory == NULL) {
        fputs("runnel: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *
memory_alloc_zero(size_t count, size_t size)
{
    return checked(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size));
}

void *
memory_resize(void *memory, size_t count, size_t size)
{
    size_t bytes = 0;

    if (__builtin_mul_overflow(count, size, &bytes))
        return checked(NULL);
    return checked(realloc(memory, bytes == 0 ? 1 : bytes));
}

void *
memory_copy(const void *bytes, size_t count, size_t size)
{
    void *copy = memory_alloc_zero(count, size);

    if (count > 0 && size > 0)
        memcpy(copy, bytes, count * size);
    return copy;
}
