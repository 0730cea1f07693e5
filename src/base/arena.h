/* base/arena.h: memory that is freed wholesale. Not thread-safe: one arena, one owner at a time.
 *
 * An arena with a budget returns NULL where the budget is exhausted, and the caller turns that into
 * error_set_memory(). An arena without one (parser, binder and planner use these: their input has bounds of
 * its own) never returns NULL: it ends the process where the system has no memory left. */
#ifndef RUNNEL_BASE_ARENA_H
#define RUNNEL_BASE_ARENA_H

#include "base/budget.h"

#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

/* `budget` may be NULL and must outlive the arena. Returns NULL only where a budget refuses the first bytes.
 */
Arena *arena_new(Budget *budget);
void arena_destroy(Arena **self);

/* Aligned to 16 bytes, not zeroed. A size of 0 gives a valid pointer. */
void *arena_alloc(Arena *arena, size_t size);
void *arena_alloc_zero(Arena *arena, size_t size);
void *arena_alloc_aligned(Arena *arena, size_t size, size_t alignment); /* a power of two, at most 4096 */

char *arena_copy_string(Arena *arena, const char *text);
char *arena_copy_bytes(Arena *arena, const void *bytes, size_t size);   /* a NUL is added */
void *arena_copy_aligned(Arena *arena, const void *bytes, size_t size); /* aligned as by arena_alloc() */
char *arena_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Forget everything allocated, keeping (some of) the memory for the next use. */
void arena_reset(Arena *arena);

size_t arena_bytes(const Arena *arena); /* held from the system */

#define ARENA_NEW(arena, Type)          ((Type *)arena_alloc_zero((arena), sizeof(Type)))
#define ARENA_ARRAY(arena, Type, count) ((Type *)arena_alloc_zero((arena), sizeof(Type) * (size_t)(count)))

#endif
