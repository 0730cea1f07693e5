#include "column/slice.h"

#include <assert.h>

Vector
vector_slice(const Vector *vector, uint64_t first)
{
    Vector slice = *vector;

    assert(first % 64 == 0 && vector->form != VECTOR_DICTIONARY);
    if (vector->form == VECTOR_CONSTANT || first == 0)
        return slice;
    if (slice.validity != NULL)
        slice.validity += first / 64;
    if (slice.data != NULL)
        slice.data = (const char *)slice.data + first * layout_width(slice.layout);
    return slice;
}
