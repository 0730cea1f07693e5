#include "base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_FIRST = 4096, CHUNK_LARGEST = 1 << 20, ALIGNMENT = 16, HEADER = 32 };

typedef struct Chunk {
    struct Chunk *next;
    size_t size; /* of the whole allocation, header included */
    size_t used; /* from the start of the chunk, header included */
} Chunk;

_Static_assert(sizeof(Chunk) <= HEADER, "the chunk's header must fit its reserve");

struct Arena {
    Budget *budget;
    Chunk *chunks; /* the one that is filled now first */
    size_t bytes;
    size_t next_size;
};

static Chunk *
chunk_new(Arena *arena, size_t size)
{
    if (arena->budget != NULL && !budget_charge(arena->budget, size))
        return NULL;
    Chunk *chunk = malloc(size);
    if (chunk == NULL) {
        if (arena->budget == NULL) {
            fputs("runnel: the system has no memory left\n", stderr);
            abort();
        }
        budget_release(arena->budget, size);
        return NULL;
    }
    chunk->next = NULL;
    chunk->size = size;
    chunk->used = HEADER;
    arena->bytes += size;
    return chunk;
}

static void
chunk_free(Arena *arena, Chunk *chunk)
{
    arena->bytes -= chunk->size;
    if (arena->budget != NULL)
        budget_release(arena->budget, chunk->size);
    free(chunk);
}

Arena *
arena_new(Budget *budget)
{
    Arena *arena = calloc(1, sizeof *arena);

    if (arena == NULL) {
        if (budget != NULL)
            return NULL;
        abort();
    }
    arena->budget = budget;
    arena->next_size = CHUNK_FIRST;
    return arena;
}

void
arena_destroy(Arena **self)
{
    Arena *arena = *self;

    if (arena == NULL)
        return;
    for (Chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        chunk_free(arena, chunk);
    }
    free(arena);
    *self = NULL;
}

static size_t
align_up(size_t offset, const Chunk *chunk, size_t alignment)
{
    const uintptr_t base = (uintptr_t)chunk;

    return ((base + offset + alignment - 1) & ~(uintptr_t)(alignment - 1)) - base;
}

void *
arena_alloc_aligned(Arena *arena, size_t size, size_t alignment)
{
    assert(alignment >= 1 && alignment <= 4096 && (alignment & (alignment - 1)) == 0);

    Chunk *chunk = arena->chunks;
    if (chunk != NULL) {
        const size_t start = align_up(chunk->used, chunk, alignment);
        if (start <= chunk->size && size <= chunk->size - start) {
            chunk->used = start + size;
            return (char *)chunk + start;
        }
    }
    if (size > SIZE_MAX / 2)
        return NULL;

    const size_t least = HEADER + size + alignment;
    const bool own = least > arena->next_size / 2; /* a large piece gets a chunk to itself */
    Chunk *fresh = chunk_new(arena, own ? least : arena->next_size);
    if (fresh == NULL)
        return NULL;
    if (!own && arena->next_size < CHUNK_LARGEST)
        arena->next_size *= 2;
    if (own && chunk != NULL) {
        fresh->next = chunk->next;
        chunk->next = fresh;
    } else {
        fresh->next = chunk;
        arena->chunks = fresh;
    }

    const size_t start = align_up(fresh->used, fresh, alignment);
    fresh->used = start + size;
    return (char *)fresh + start;
}

void *
arena_alloc(Arena *arena, size_t size)
{
    return arena_alloc_aligned(arena, size, ALIGNMENT);
}

void *
arena_alloc_zero(Arena *arena, size_t size)
{
    void *memory = arena_alloc_aligned(arena, size, ALIGNMENT);

    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

char *
arena_copy_bytes(Arena *arena, const void *bytes, size_t size)
{
    char *copy = arena_alloc_aligned(arena, size + 1, 1);

    if (copy != NULL) {
        if (size > 0)
            memcpy(copy, bytes, size);
        copy[size] = '\0';
    }
    return copy;
}

char *
arena_copy_string(Arena *arena, const char *text)
{
    return arena_copy_bytes(arena, text, strlen(text));
}

void *
arena_copy_aligned(Arena *arena, const void *bytes, size_t size)
{
    void *copy = arena_alloc(arena, size);

    if (copy != NULL && size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

char *
arena_format(Arena *arena, const char *format, ...)
{
    va_list arguments;
    va_list again;

    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);

    char *text = length < 0 ? NULL : arena_alloc_aligned(arena, (size_t)length + 1, 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

void
arena_reset(Arena *arena)
{
    Chunk *keep = NULL;

    for (Chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        if (keep == NULL && chunk->size <= CHUNK_LARGEST) {
            keep = chunk;
            continue;
        }
        chunk_free(arena, chunk);
    }
    if (keep != NULL) {
        keep->next = NULL;
        keep->used = HEADER;
    }
    arena->chunks = keep;
}

size_t
arena_bytes(const Arena *arena)
{
    return arena->bytes;
}
