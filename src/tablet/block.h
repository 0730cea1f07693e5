/* tablet/block.h: one block of one column as bytes, in its light encoding (tablet/README.md, "Blocks"). */
#ifndef RUNNEL_TABLET_BLOCK_H
#define RUNNEL_TABLET_BLOCK_H

#include "column/vector.h"
#include "tablet/stream.h"
#include "tablet/symbols.h"

#define BLOCK_ENCODING_LIST(X)                                                                               \
    X(NULLS, "nulls")           /* every row is NULL: nothing else */                                        \
    X(INTEGERS, "integers")     /* one stream: bool, int, date, time, timestamp, numeric within 64 bits */   \
    X(WIDE, "wide integers")    /* numeric, uuid: a stream of low and one of high halves */                  \
    X(DECIMAL, "decimal")       /* doubles: a stream of digits over a power of ten, and exceptions */        \
    X(REALS, "doubles")         /* doubles: a stream of their bits */                                        \
    X(SPLIT, "split doubles")   /* doubles: a stream of their upper 16 bits and one of the lower 48 */       \
    X(INTERVALS, "intervals")   /* streams of months, days, microseconds */                                  \
    X(DICTIONARY, "dictionary") /* strings: a stream of codes into the tablet's dictionary */                \
    X(STRINGS, "strings")       /* a stream of sizes, and the bytes */                                       \
    X(SYMBOLS, "symbols")       /* strings under a table of symbols: a stream of sizes, and their codes */

typedef enum BlockEncoding {
#define X(name, text) BLOCK_##name,
    BLOCK_ENCODING_LIST(X)
#undef X
        BLOCK_ENCODING_COUNT
} BlockEncoding;

const char *block_encoding_text(BlockEncoding encoding);

enum { BLOCK_ROWS_MAX = 1 << 16, BLOCK_STREAMS_MAX = 3 };

/* In memory a block is followed by so many readable bytes, so that copies may run over its end. */
enum { BLOCK_SLACK = 64 };

/* As it stands in the file, little-endian; then, where `bitmap`, the validity bitmap in whole words; then the
 * body. */
typedef struct BlockHead {
    uint8_t encoding;
    uint8_t bitmap;
    uint16_t zero;
    uint32_t rows;
} BlockHead;

/* Of DECIMAL, before the digits; the exceptions' rows (uint32) and values (double) come after them. */
typedef struct DecimalHead {
    uint32_t exponent;
    uint32_t exceptions;
} DecimalHead;

/* A block opened for decoding: checked, with pointers into its bytes, which must outlive it. */
typedef struct Block {
    BlockEncoding encoding;
    Layout layout;
    uint32_t rows;
    const uint64_t *validity; /* NULL: no row is NULL (but in NULLS) */
    Stream streams[BLOCK_STREAMS_MAX];
    uint32_t dictionary_count; /* DICTIONARY */
    struct {
        int exponent;
        uint32_t count; /* of exceptions */
        const uint32_t *rows;
        const double *values;
    } decimal;
    struct { /* STRINGS, SYMBOLS: row i's bytes are [offsets[i], offsets[i + 1]) of the heap */
        const uint32_t *offsets;
        const char *heap;
        SymbolTable symbols;
    } text;
} Block;

/* Check and open. `dictionary_count`: entries of the column's dictionary, 0 where it has none. What needs
 * preparing is in `arena`. CORRUPT, OUT_OF_MEMORY. */
Status block_open(const uint8_t *bytes, size_t size, Layout layout, uint32_t rows, uint32_t dictionary_count,
                  Arena *arena, Block *block, Error *error);

/* Decode group `group` of 1,024 rows into values of the layout (DICTIONARY: codes, uint32_t): the whole
 * group, of which what is past the block's end is arbitrary, but for codes, which are in range. Not for
 * STRINGS, SYMBOLS, NULLS. */
Status block_decode_group(const Block *block, uint32_t group, void *out, Error *error);

/* Whether block_decode_value() can be used. */
bool block_is_random(const Block *block);

/* Decode one row's value (DICTIONARY: code) alone. */
void block_decode_value(const Block *block, uint32_t row, void *out);

/* Rows [first, first + count) all have the value that is put to `out` (DICTIONARY: code). */
bool block_is_constant(const Block *block, uint32_t first, uint32_t count, void *out);

/* The values as they lie, for vectors without a copy; NULL where they must be decoded. */
const void *block_plain(const Block *block);

/* Writing. */
typedef struct BlockChoice {
    bool byte_aligned;          /* for what will be compressed */
    const uint32_t *codes;      /* of the block's rows, for DICTIONARY; else NULL */
    const SymbolTable *symbols; /* for SYMBOLS; else NULL */
} BlockChoice;

/* Append rows [first, first + rows) of a FLAT column; check out->failed. `out` must stand at a multiple of 8.
 * `detail`: what kind of stream its main one is. */
BlockEncoding block_encode(const Vector *column, uint64_t first, uint32_t rows, const BlockChoice *choice,
                           Buffer *out, StreamKind *detail);

#endif
