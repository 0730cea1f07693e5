#include "base/hash.h"

/* libpg_query exports another version of XXH's symbols: inline them. */
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t
hash_bytes(const void *bytes, size_t size)
{
    return XXH3_64bits(bytes, size);
}
