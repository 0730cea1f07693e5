#include "expr/selection.h"

#include "expr/kernel.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAVE_COMPRESS 1
#endif

/* Row numbers of rows from `first` on whose value is 1 and whose validity bit, where there are any, is set.
 */
static uint32_t
compact_portable(const uint8_t *keep, const uint64_t *validity, uint32_t first, uint32_t count, uint32_t n,
                 uint32_t *out)
{
    if (validity == NULL) {
        for (uint32_t i = first; i < count; i++) {
            out[n] = i;
            n += keep[i] & 1;
        }
        return n;
    }
    for (uint32_t i = first; i < count; i++) {
        out[n] = i;
        n += (uint32_t)(keep[i] & validity[i / 64] >> (i % 64) & 1);
    }
    return n;
}

#ifdef HAVE_COMPRESS
/* 16 rows a step. The store writes a whole vector: there is room, since n <= i. */
__attribute__((target("avx512f,avx512bw,avx512vl"))) static uint32_t
compact_avx512(const uint8_t *keep, const uint64_t *validity, uint32_t count, uint32_t *out)
{
    __m512i numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i step = _mm512_set1_epi32(16);
    uint32_t n = 0;
    uint32_t i = 0;

    for (; i + 16 <= count; i += 16) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(keep + i));
        const uint64_t valid = validity == NULL ? 0xFFFF : validity[i / 64] >> (i % 64);
        const __mmask16 mask = (__mmask16)(_mm_test_epi8_mask(bytes, _mm_set1_epi8(1)) & valid);
        _mm512_storeu_si512(out + n, _mm512_maskz_compress_epi32(mask, numbers));
        n += (uint32_t)__builtin_popcount(mask);
        numbers = _mm512_add_epi32(numbers, step);
    }
    return compact_portable(keep, validity, i, count, n, out);
}
#endif

/* Rows 0..count-1 where the value is 1 and not NULL. */
static uint32_t
compact(const uint8_t *keep, const uint64_t *validity, uint32_t count, uint32_t *out)
{
#ifdef HAVE_COMPRESS
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return compact_avx512(keep, validity, count, out);
#endif
    return compact_portable(keep, validity, 0, count, 0, out);
}

static uint32_t
copy_selection(const uint32_t *rows, uint32_t count, uint32_t *out)
{
    if (rows != NULL) {
        memmove(out, rows, count * sizeof *out);
        return count;
    }
    for (uint32_t i = 0; i < count; i++)
        out[i] = i;
    return count;
}

static uint32_t
dictionary_true(const Vector *vector, const uint32_t *rows, uint32_t count, uint32_t *out)
{
    const uint32_t *codes = vector->data;
    const uint8_t *table = vector->dictionary->values.data;
    uint32_t n = 0;

    if (rows == NULL) {
        for (uint32_t i = 0; i < count; i++) {
            out[n] = i;
            n += table[codes[i]];
        }
        return n;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = rows[i];
        out[n] = row;
        n += table[codes[row]];
    }
    return n;
}

static uint32_t
generic_true(const Vector *vector, const uint32_t *rows, uint32_t count, uint32_t *out)
{
    const uint8_t *values = vector_values(vector);
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = rows != NULL ? rows[i] : i;
        out[n] = row;
        n += !vector_is_null(vector, row) & (values[vector_index(vector, row)] != 0);
    }
    return n;
}

uint32_t
selection_of_true(const Vector *vector, const uint32_t *rows, uint32_t count, uint32_t *out)
{
    if (vector->form == VECTOR_CONSTANT) {
        const bool keep = !vector_is_null(vector, 0) && *(const uint8_t *)vector->data != 0;
        return keep ? copy_selection(rows, count, out) : 0;
    }
    if (vector->form == VECTOR_DICTIONARY && vector_has_no_nulls(vector))
        return dictionary_true(vector, rows, count, out);
    if (vector->form != VECTOR_FLAT)
        return generic_true(vector, rows, count, out);
    if (rows == NULL)
        return compact(vector->data, vector->validity, count, out);
    if (vector->validity != NULL)
        return generic_true(vector, rows, count, out);

    const uint8_t *values = vector->data;
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = rows[i];
        out[n] = row;
        n += values[row] & 1;
    }
    return n;
}

void
selection_load_truth(const Vector *vector, const uint32_t *rows, uint32_t count, uint8_t *truth)
{
    const uint8_t *values = vector_values(vector);

    if (vector->form == VECTOR_CONSTANT) {
        memset(truth, vector_is_null(vector, 0) ? TRUTH_NULL : values[0] != 0, count);
        return;
    }
    if (vector->form == VECTOR_FLAT && vector->validity == NULL) {
        for (uint32_t i = 0; i < count; i++)
            truth[i] = values[rows != NULL ? rows[i] : i] & 1;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = rows != NULL ? rows[i] : i;
        const uint8_t value = values[vector_index(vector, row)] & 1;
        truth[i] = vector_is_null(vector, row) ? TRUTH_NULL : value;
    }
}

uint32_t
selection_by_truth(const uint8_t *truth, uint8_t wanted, bool equal, const uint32_t *rows, uint32_t count,
                   uint32_t *out)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        out[n] = rows != NULL ? rows[i] : i;
        n += (truth[i] == wanted) == equal;
    }
    return n;
}

uint32_t
selection_of_bits(const uint64_t *bits, const uint32_t *rows, uint32_t count, uint32_t *out)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = rows != NULL ? rows[i] : i;
        out[n] = row;
        n += bits_get(bits, row);
    }
    return n;
}
