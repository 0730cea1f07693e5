/* tablet/stream.h: a sequence of 64-bit integers in the lightest of several encodings, decoded in groups of
 * 1,024.
 *
 * Everything in a block that is an integer, or can be made one, is a stream: values, dictionary codes,
 * decimals' digits, string sizes. Arithmetic is modulo 2^64, so signed and unsigned values are the same to
 * it. The bytes of a stream are a multiple of 8 and stand at one. */
#ifndef RUNNEL_TABLET_STREAM_H
#define RUNNEL_TABLET_STREAM_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "tablet/bitpack.h"

#include <stdbool.h>
#include <stdint.h>

#define STREAM_KIND_LIST(X)                                                                                  \
    X(CONSTANT, "constant")          /* one value */                                                         \
    X(BYTES, "plain")                /* base + 1, 2, 4 or 8 bytes each */                                    \
    X(PACKED, "frame of reference")  /* base + `width` bits each */                                          \
    X(GROUPS, "frames of reference") /* base and width of each group its own */                              \
    X(DELTA, "delta")                /* differences, packed; base and width of each group its own */         \
    X(RUNS, "run-length")            /* a stream of values, a stream of lengths */                           \
    X(CODES, "local dictionary")     /* a stream of distinct values, a stream of codes */

typedef enum StreamKind {
#define X(name, text) STREAM_##name,
    STREAM_KIND_LIST(X)
#undef X
        STREAM_KIND_COUNT
} StreamKind;

const char *stream_kind_text(StreamKind kind);

/* As it stands in the file, little-endian. `count` values; CONSTANT: base is the value. RUNS: the number of
 * runs in `base`; CODES: the number of distinct values there. */
typedef struct StreamHead {
    uint8_t kind;
    uint8_t width; /* PACKED: bits; BYTES: bytes; else 0 */
    uint16_t zero;
    uint32_t count;
    uint64_t base;
} StreamHead;

/* One group of GROUPS or DELTA, as it stands in the file. */
typedef struct StreamGroup {
    uint64_t first; /* DELTA: what comes before the first value; GROUPS: 0 */
    uint64_t base;  /* added to each packed value */
    uint32_t unit;  /* where its bits start, in BITPACK_UNITs from the end of the table */
    uint32_t width;
} StreamGroup;

/* A stream opened for decoding: checked, with pointers into its bytes, which must outlive it. */
typedef struct Stream {
    StreamKind kind;
    unsigned width;
    uint32_t count;
    uint64_t base;
    const uint8_t *data;       /* BYTES: values; PACKED, GROUPS, DELTA: packed groups */
    const StreamGroup *groups; /* GROUPS, DELTA */
    uint32_t entries;          /* RUNS, CODES: how many in the arrays below */
    const uint64_t *values;    /* RUNS, CODES */
    const uint32_t *ends;      /* RUNS: the row after each run */
    const struct Stream *codes;
} Stream;

/* How values are to be written. `allow_codes`: a local dictionary may be tried (it costs the writer most).
 * `byte_aligned`: no bit packing, for what will be compressed after. */
typedef struct StreamChoice {
    bool allow_codes;
    bool byte_aligned;
} StreamChoice;

/* Append `count` (at least 1) values in the encoding that takes the fewest bytes; check out->failed. `out`
 * must stand at a multiple of 8. Returns the kind chosen. */
StreamKind stream_encode(const uint64_t *values, uint32_t count, StreamChoice choice, Buffer *out);

/* Open the stream at `*at` of `count` values and step past it. `end` bounds it. What needs preparing is in
 * `arena`. CORRUPT, OUT_OF_MEMORY. */
Status stream_open(const uint8_t **at, const uint8_t *end, uint32_t count, Arena *arena, Stream *stream,
                   Error *error);

/* The values of group `group`: the whole 1,024, of which those past the stream's end are arbitrary. CODES is
 * CORRUPT where a code is out of range. */
Status stream_decode_u64(const Stream *stream, uint32_t group, uint64_t *out, Error *error);
Status stream_decode_u32(const Stream *stream, uint32_t group, uint32_t *out, Error *error);

/* One value. Not for DELTA. */
bool stream_is_random(const Stream *stream);
uint64_t stream_get(const Stream *stream, uint32_t index);

/* Whether rows [first, first + count) are known, at no cost, to have one value. */
bool stream_is_constant(const Stream *stream, uint32_t first, uint32_t count, uint64_t *value);

/* BYTES of this width without a base: the values as they lie; else NULL. */
const void *stream_plain(const Stream *stream, unsigned width);

#endif
