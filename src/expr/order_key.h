/* expr/order_key.h: values as bytes whose order, by memcmp, is the values' own. */
#ifndef RUNNEL_EXPR_ORDER_KEY_H
#define RUNNEL_EXPR_ORDER_KEY_H

#include "base/buffer.h"
#include "column/vector.h"

/* Append the row's value, which is not NULL. A record's bytes are a key as they are. A value alone can be
 * read back; one that others follow ends so that no key is the beginning of another. */
void order_key_append(const Vector *vector, uint32_t row, bool alone, Buffer *out);

/* Append a value, or NULL, as one key of several. */
void order_key_append_sorted(const Vector *vector, uint32_t row, bool descending, bool nulls_first,
                             Buffer *out);

/* Write the value that order_key_append() made alone into values[index] of the type's layout; string bytes
 * are those of `bytes`, which must live as long. */
void order_key_read(Type type, const char *bytes, size_t size, void *values, uint32_t index);

/* The end of the key of a value that others follow, which begins at `at`; NULL where no such key is there. */
const char *order_key_end(Type type, const char *at, const char *end);
/* Whether the value of such a key needs memory besides the key. */
bool order_key_needs_arena(Type type, const char *at, const char *end);
/* Write the value of the key [at, end) to `value`, which has room for 16 bytes, and an array's elements to
 * *children. String bytes are the key's own, or the arena's where zeros had been marked; false where the
 * arena refuses. */
bool order_key_read_part(Type type, const char *at, const char *end, Arena *arena, void *value,
                         const Vector **children);

#endif
