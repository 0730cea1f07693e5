#include "column/gather.h"

#include <string.h>

/* 16 bytes that may stand at any multiple of 8, as string views do. */
typedef struct Pair {
    uint64_t low;
    uint64_t high;
} Pair;

#define G_NAME  gather_8
#define G_CTYPE uint8_t
#include "column/gather_tmpl.h"
#define G_NAME  gather_32
#define G_CTYPE uint32_t
#include "column/gather_tmpl.h"
#define G_NAME  gather_64
#define G_CTYPE uint64_t
#include "column/gather_tmpl.h"
#define G_NAME  gather_128
#define G_CTYPE Pair
#include "column/gather_tmpl.h"

void
gather_values(size_t width, void *to, const void *values, const uint32_t *codes, const uint32_t *rows,
              size_t count)
{
    switch (width) {
    case 1: gather_8(to, values, codes, rows, count); break;
    case 4: gather_32(to, values, codes, rows, count); break;
    case 8: gather_64(to, values, codes, rows, count); break;
    default: gather_128(to, values, codes, rows, count); break;
    }
}

#define FILL(CType)                                                                                          \
    {                                                                                                        \
        const CType constant = *(const CType *)value;                                                        \
        for (size_t i = 0; i < count; i++)                                                                   \
            ((CType *)to)[i] = constant;                                                                     \
        break;                                                                                               \
    }

void
gather_constant(size_t width, void *to, const void *value, size_t count)
{
    switch (width) {
    case 1: FILL(uint8_t)
    case 4: FILL(uint32_t)
    case 8: FILL(uint64_t)
    default: FILL(Pair)
    }
}
