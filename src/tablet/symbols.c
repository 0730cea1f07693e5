#include "tablet/symbols.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 5, HASH_SLOTS = 4096, CANDIDATES_MAX = 1 << 14 };

/* How to find the longest symbol that a string starts with: those of three bytes and more by the hash of
 * three, the longest first come; then those of two; then of one. */
struct SymbolEncoder {
    SymbolTable table;
    uint16_t count;
    uint16_t by_hash[HASH_SLOTS]; /* first symbol of a chain, + 1 */
    uint16_t next[SYMBOLS_MAX];   /* in its chain, + 1; sizes descend along it */
    uint16_t by_two[1 << 16];     /* code + 1 */
    uint16_t by_one[256];         /* code + 1 */
};

static uint64_t
size_mask(unsigned size)
{
    return size >= 8 ? ~UINT64_C(0) : (UINT64_C(1) << (8 * size)) - 1;
}

static unsigned
hash_three(uint64_t bytes)
{
    return (unsigned)(((bytes & 0xffffff) * UINT64_C(0x9E3779B97F4A7C15)) >> 52);
}

static void
add_symbol(SymbolEncoder *encoder, uint64_t bytes, unsigned size)
{
    const uint16_t code = encoder->count++;

    encoder->table.symbols[code] = bytes;
    encoder->table.sizes[code] = (uint8_t)size;
    if (size == 1) {
        encoder->by_one[bytes] = code + 1;
    } else if (size == 2) {
        encoder->by_two[bytes] = code + 1;
    } else {
        uint16_t *place = &encoder->by_hash[hash_three(bytes)];
        while (*place != 0 && encoder->table.sizes[*place - 1] >= size)
            place = &encoder->next[*place - 1];
        encoder->next[code] = *place;
        *place = code + 1;
    }
}

static void
clear(SymbolEncoder *encoder)
{
    memset(encoder, 0, sizeof *encoder);
    memset(encoder->table.sizes, 1, sizeof encoder->table.sizes);
}

/* Up to eight bytes of the string, the rest zero. */
static uint64_t
load(const char *at, size_t left)
{
    uint64_t bytes = 0;

    memcpy(&bytes, at, left < SYMBOL_BYTES ? left : SYMBOL_BYTES);
    return bytes;
}

/* The code of the longest symbol at the start, or -1. */
static int
find_symbol(const SymbolEncoder *encoder, uint64_t bytes, size_t left)
{
    if (left >= 3) {
        for (uint16_t at = encoder->by_hash[hash_three(bytes)]; at != 0; at = encoder->next[at - 1]) {
            const unsigned size = encoder->table.sizes[at - 1];
            if (size <= left && (bytes & size_mask(size)) == encoder->table.symbols[at - 1])
                return at - 1;
        }
    }
    if (left >= 2 && encoder->by_two[bytes & 0xffff] != 0)
        return encoder->by_two[bytes & 0xffff] - 1;
    return encoder->by_one[bytes & 0xff] - 1;
}

/* Symbols and concatenations of two that followed each other, with what they would save. */
typedef struct Candidate {
    uint64_t bytes;
    uint64_t gain;
    uint32_t size;
} Candidate;

typedef struct Candidates {
    size_t used;
    Candidate slots[CANDIDATES_MAX];
} Candidates;

static void
count_candidate(Candidates *candidates, uint64_t bytes, uint32_t size)
{
    const uint64_t hash = (bytes ^ ((uint64_t)size << 59)) * UINT64_C(0x9E3779B97F4A7C15);

    for (size_t slot = hash >> 50;; slot = (slot + 1) % CANDIDATES_MAX) {
        Candidate *candidate = &candidates->slots[slot];
        if (candidate->size == 0) {
            if (candidates->used >= CANDIDATES_MAX / 2)
                return;
            candidates->used++;
            *candidate = (Candidate){.bytes = bytes, .size = size};
        }
        if (candidate->bytes == bytes && candidate->size == size) {
            candidate->gain += size;
            return;
        }
    }
}

static void
count_string(const SymbolEncoder *encoder, const char *string, size_t size, Candidates *candidates)
{
    uint64_t last = 0;
    uint32_t last_size = 0;

    for (size_t at = 0; at < size;) {
        const uint64_t bytes = load(string + at, size - at);
        const int code = find_symbol(encoder, bytes, size - at);
        const uint32_t length = code < 0 ? 1 : encoder->table.sizes[code];
        const uint64_t symbol = bytes & size_mask(length);
        count_candidate(candidates, symbol, length);
        if (length > 1) /* so that the best single bytes keep their place */
            count_candidate(candidates, symbol & 0xff, 1);
        if (last_size > 0 && last_size + length <= SYMBOL_BYTES)
            count_candidate(candidates, last | symbol << (8 * last_size), last_size + length);
        last = symbol;
        last_size = length;
        at += length;
    }
}

static int
by_gain(const void *a, const void *b)
{
    const Candidate *x = a;
    const Candidate *y = b;

    if (x->gain != y->gain)
        return x->gain < y->gain ? 1 : -1;
    if (x->size != y->size)
        return x->size < y->size ? 1 : -1;
    return (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

void
symbols_train(const char *const *strings, const uint32_t *sizes, size_t count, SymbolTable *table)
{
    SymbolEncoder *encoder = malloc(sizeof *encoder);
    Candidates *candidates = malloc(sizeof *candidates);

    memset(table, 0, sizeof *table);
    memset(table->sizes, 1, sizeof table->sizes);
    if (encoder != NULL && candidates != NULL) {
        clear(encoder);
        for (int round = 0; round < ROUNDS; round++) {
            memset(candidates, 0, sizeof *candidates);
            for (size_t i = 0; i < count; i++)
                count_string(encoder, strings[i], sizes[i], candidates);
            qsort(candidates->slots, CANDIDATES_MAX, sizeof(Candidate), by_gain);
            clear(encoder);
            for (size_t i = 0; i < SYMBOLS_MAX && candidates->slots[i].size > 0; i++)
                add_symbol(encoder, candidates->slots[i].bytes, candidates->slots[i].size);
        }
        *table = encoder->table;
    }
    free(candidates);
    free(encoder);
}

bool
symbols_check(const SymbolTable *table)
{
    for (size_t i = 0; i < SYMBOLS_MAX; i++) {
        if (table->sizes[i] < 1 || table->sizes[i] > SYMBOL_BYTES)
            return false;
    }
    return true;
}

SymbolEncoder *
symbol_encoder_new(const SymbolTable *table)
{
    SymbolEncoder *encoder = malloc(sizeof *encoder);

    if (encoder == NULL)
        return NULL;
    clear(encoder);
    for (size_t i = 0; i < SYMBOLS_MAX; i++)
        add_symbol(encoder, table->symbols[i], table->sizes[i]);
    return encoder;
}

void
symbol_encoder_destroy(SymbolEncoder **self)
{
    free(*self);
    *self = NULL;
}

size_t
symbols_encode(const SymbolEncoder *encoder, const char *string, size_t size, uint8_t *out)
{
    size_t used = 0;

    for (size_t at = 0; at < size;) {
        const int code = find_symbol(encoder, load(string + at, size - at), size - at);
        if (code < 0) {
            out[used++] = SYMBOL_ESCAPE;
            out[used++] = (uint8_t)string[at++];
        } else {
            out[used++] = (uint8_t)code;
            at += encoder->table.sizes[code];
        }
    }
    return used;
}

size_t
symbols_decode(const SymbolTable *table, const uint8_t *codes, size_t size, char *out)
{
    size_t used = 0;

    for (size_t i = 0; i < size; i++) {
        if (codes[i] != SYMBOL_ESCAPE) {
            memcpy(out + used, &table->symbols[codes[i]], SYMBOL_BYTES);
            used += table->sizes[codes[i]];
        } else if (i + 1 < size) {
            out[used++] = (char)codes[++i];
        }
    }
    return used;
}
