/* base/unpack.h: reading msgpack from bytes that nobody vouches for.
 *
 * Values come in order, each checked for its type and against the bytes left; the first mismatch marks the
 * reader `failed`, and all later reads give zeroes. Check `failed` once at the end. Nothing is allocated:
 * strings and binaries point into the input. (msgpack-c's unpacker allocates what a header claims; see its
 * documentation of zones.) */
#ifndef RUNNEL_BASE_UNPACK_H
#define RUNNEL_BASE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Unpack {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
} Unpack;

static inline Unpack
unpack_from(const void *bytes, size_t size)
{
    const Unpack unpack = {.at = bytes, .end = (const uint8_t *)bytes + size};

    return unpack;
}

/* The number of elements; never more than there are bytes left. */
uint32_t unpack_array(Unpack *unpack);
uint64_t unpack_uint(Unpack *unpack);
int64_t unpack_int(Unpack *unpack);
double unpack_double(Unpack *unpack); /* float 64 */
bool unpack_bool(Unpack *unpack);
bool unpack_nil(Unpack *unpack); /* true, and taken, where a nil is next */
/* Pointer and size of a str or a bin. */
const char *unpack_string(Unpack *unpack, size_t *size);
const void *unpack_binary(Unpack *unpack, size_t *size);
/* An unsigned number that must be below `bound`. */
uint32_t unpack_below(Unpack *unpack, uint64_t bound);

/* Past one value of any kind, however deep. */
void unpack_skip(Unpack *unpack);

/* True where everything was read without a mismatch and nothing is left. */
static inline bool
unpack_is_done(const Unpack *unpack)
{
    return !unpack->failed && unpack->at == unpack->end;
}

#endif
