#include "base/kernels.h"
#include "tablet/block.h"
#include "tablet/decimal.h"

static const char *const encoding_texts[BLOCK_ENCODING_COUNT] = {
#define X(name, text) text,
    BLOCK_ENCODING_LIST(X)
#undef X
};

const char *
block_encoding_text(BlockEncoding encoding)
{
    return encoding_texts[encoding];
}

static Status
damaged(Error *error, const char *what)
{
    return error_set(error, STATUS_CORRUPT, "%s", what);
}

static bool
fits_layout(BlockEncoding encoding, Layout layout)
{
    switch (encoding) {
    case BLOCK_NULLS: return true;
    case BLOCK_INTEGERS:
        return layout == LAYOUT_BOOL || layout == LAYOUT_I32 || layout == LAYOUT_I64 || layout == LAYOUT_I128;
    case BLOCK_WIDE: return layout == LAYOUT_I128;
    case BLOCK_DECIMAL:
    case BLOCK_REALS:
    case BLOCK_SPLIT: return layout == LAYOUT_F64;
    case BLOCK_INTERVALS: return layout == LAYOUT_INTERVAL;
    default: return layout == LAYOUT_VIEW;
    }
}

static unsigned
stream_count(BlockEncoding encoding)
{
    switch (encoding) {
    case BLOCK_NULLS: return 0;
    case BLOCK_WIDE:
    case BLOCK_SPLIT: return 2;
    case BLOCK_INTERVALS: return 3;
    default: return 1;
    }
}

static Status
open_exceptions(const uint8_t *at, const uint8_t *end, Block *block, Error *error)
{
    const size_t count = block->decimal.count;
    const size_t rows_size = (count * sizeof(uint32_t) + 7) & ~(size_t)7;

    if (rows_size + count * sizeof(double) > (size_t)(end - at))
        return damaged(error, "exceptions are cut short");
    block->decimal.rows = (const uint32_t *)at;
    block->decimal.values = (const double *)(at + rows_size);
    for (size_t i = 0; i < count; i++) {
        const uint32_t row = block->decimal.rows[i];
        if (row >= block->rows || (i > 0 && row <= block->decimal.rows[i - 1]))
            return damaged(error, "exceptions are out of order");
    }
    return STATUS_OK;
}

/* Sizes become offsets. */
static Status
open_text(const uint8_t *at, const uint8_t *end, Arena *arena, Block *block, Error *error)
{
    uint64_t sizes[BITPACK_GROUP];
    uint32_t *offsets = arena_alloc(arena, ((size_t)block->rows + 1) * sizeof *offsets);
    uint64_t heap_size = 0;
    uint64_t sum = 0;

    if (offsets == NULL)
        return error_set_memory(error);
    if ((size_t)(end - at) < sizeof heap_size)
        return damaged(error, "strings are cut short");
    memcpy(&heap_size, at, sizeof heap_size);
    at += sizeof heap_size;
    if (heap_size > (size_t)(end - at) || heap_size > UINT32_MAX)
        return damaged(error, "strings are cut short");
    offsets[0] = 0;
    for (uint32_t row = 0; row < block->rows; row++) {
        if (row % BITPACK_GROUP == 0)
            TRY(stream_decode_u64(&block->streams[0], row / BITPACK_GROUP, sizes, error));
        if (sizes[row % BITPACK_GROUP] > heap_size - sum)
            return damaged(error, "strings exceed their bytes");
        sum += sizes[row % BITPACK_GROUP];
        offsets[row + 1] = (uint32_t)sum;
    }
    block->text.offsets = offsets;
    block->text.heap = (const char *)at;
    return STATUS_OK;
}

static Status
open_body(const uint8_t *at, const uint8_t *end, Arena *arena, Block *block, Error *error)
{
    if (block->encoding == BLOCK_DECIMAL) {
        DecimalHead head;
        if ((size_t)(end - at) < sizeof head)
            return damaged(error, "the block is cut short");
        memcpy(&head, at, sizeof head);
        at += sizeof head;
        if (head.exponent > DECIMAL_EXPONENT_MAX || head.exceptions > block->rows)
            return damaged(error, "decimals have no valid head");
        block->decimal.exponent = (int)head.exponent;
        block->decimal.count = head.exceptions;
    } else if (block->encoding == BLOCK_SYMBOLS) {
        if ((size_t)(end - at) < sizeof(SymbolTable))
            return damaged(error, "the block is cut short");
        memcpy(&block->text.symbols, at, sizeof(SymbolTable));
        at += sizeof(SymbolTable);
        if (!symbols_check(&block->text.symbols))
            return damaged(error, "symbols have no valid size");
    }
    for (unsigned i = 0; i < stream_count(block->encoding); i++)
        TRY(stream_open(&at, end, block->rows, arena, &block->streams[i], error));
    if (block->encoding == BLOCK_DECIMAL)
        return open_exceptions(at, end, block, error);
    if (block->encoding == BLOCK_STRINGS || block->encoding == BLOCK_SYMBOLS)
        return open_text(at, end, arena, block, error);
    return STATUS_OK;
}

Status
block_open(const uint8_t *bytes, size_t size, Layout layout, uint32_t rows, uint32_t dictionary_count,
           Arena *arena, Block *block, Error *error)
{
    const BlockHead *head = (const BlockHead *)bytes;
    const uint8_t *at = bytes + sizeof *head;
    const uint8_t *end = bytes + size;
    const size_t bitmap = bits_words(rows) * sizeof(uint64_t);

    if (size < sizeof *head || head->encoding >= BLOCK_ENCODING_COUNT || head->rows != rows ||
        head->bitmap > 1)
        return damaged(error, "the block has no valid head");
    *block = (Block){
        .encoding = head->encoding, .layout = layout, .rows = rows, .dictionary_count = dictionary_count};
    if (!fits_layout(block->encoding, layout))
        return damaged(error, "the block's encoding is not one for its type");
    if (block->encoding == BLOCK_DICTIONARY && dictionary_count == 0)
        return damaged(error, "the column has no dictionary");
    if (head->bitmap == 1) {
        if (bitmap > (size_t)(end - at))
            return damaged(error, "the block is cut short");
        block->validity = (const uint64_t *)at;
        at += bitmap;
    }
    return open_body(at, end, arena, block, error);
}

static Status
decode_decimals(const Block *block, uint32_t group, double *out, Error *error)
{
    const uint32_t first = group * BITPACK_GROUP;
    uint64_t digits[BITPACK_GROUP];
    uint32_t low = 0;
    uint32_t high = block->decimal.count;

    TRY(stream_decode_u64(&block->streams[0], group, digits, error));
    const uint32_t left = block->rows - first;
    decimal_decode(digits, left < BITPACK_GROUP ? left : BITPACK_GROUP, block->decimal.exponent, out);
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (block->decimal.rows[middle] < first)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < block->decimal.count && block->decimal.rows[low] - first < BITPACK_GROUP; low++)
        out[block->decimal.rows[low] - first] = block->decimal.values[low];
    return STATUS_OK;
}

KERNEL static void
join_halves(const uint64_t *restrict high, const uint64_t *restrict low, uint64_t *restrict out)
{
    for (size_t i = 0; i < BITPACK_GROUP; i++)
        out[i] = high[i] << 48 | low[i];
}

KERNEL static uint32_t
largest_code(const uint32_t *codes, uint32_t count)
{
    uint32_t largest = 0;

    for (uint32_t i = 0; i < count; i++)
        largest = codes[i] > largest ? codes[i] : largest;
    return largest;
}

static Status
decode_dictionary(const Block *block, uint32_t group, uint32_t *codes, Error *error)
{
    const uint32_t left = block->rows - group * BITPACK_GROUP;
    const uint32_t rows = left < BITPACK_GROUP ? left : BITPACK_GROUP;

    TRY(stream_decode_u32(&block->streams[0], group, codes, error));
    for (uint32_t i = rows; i < BITPACK_GROUP; i++)
        codes[i] = 0;
    if (largest_code(codes, rows) < block->dictionary_count)
        return STATUS_OK;
    memset(codes, 0, BITPACK_GROUP * sizeof *codes);
    return damaged(error, "a code is outside the dictionary");
}

/* Up to three streams' groups, for what is put together of several integers. */
static Status
decode_parts(const Block *block, uint32_t group, uint64_t parts[][BITPACK_GROUP], Error *error)
{
    for (unsigned i = 0; i < stream_count(block->encoding); i++)
        TRY(stream_decode_u64(&block->streams[i], group, parts[i], error));
    return STATUS_OK;
}

static Status
decode_integers(const Block *block, uint32_t group, void *out, Error *error)
{
    uint64_t values[BITPACK_GROUP];

    switch (block->layout) {
    case LAYOUT_I32: return stream_decode_u32(&block->streams[0], group, out, error);
    case LAYOUT_I64: return stream_decode_u64(&block->streams[0], group, out, error);
    default: break;
    }
    TRY(stream_decode_u64(&block->streams[0], group, values, error));
    if (block->layout == LAYOUT_BOOL) {
        for (size_t i = 0; i < BITPACK_GROUP; i++)
            ((uint8_t *)out)[i] = values[i] != 0;
    } else {
        for (size_t i = 0; i < BITPACK_GROUP; i++)
            ((Int128 *)out)[i] = (int64_t)values[i];
    }
    return STATUS_OK;
}

Status
block_decode_group(const Block *block, uint32_t group, void *out, Error *error)
{
    uint64_t parts[BLOCK_STREAMS_MAX][BITPACK_GROUP];

    switch (block->encoding) {
    case BLOCK_INTEGERS: return decode_integers(block, group, out, error);
    case BLOCK_REALS: return stream_decode_u64(&block->streams[0], group, out, error);
    case BLOCK_DECIMAL: return decode_decimals(block, group, out, error);
    case BLOCK_DICTIONARY: return decode_dictionary(block, group, out, error);
    default: break;
    }
    TRY(decode_parts(block, group, parts, error));
    if (block->encoding == BLOCK_SPLIT) {
        join_halves(parts[0], parts[1], out);
    } else if (block->encoding == BLOCK_WIDE) {
        for (size_t i = 0; i < BITPACK_GROUP; i++)
            ((UInt128 *)out)[i] = (UInt128)parts[1][i] << 64 | parts[0][i];
    } else {
        for (size_t i = 0; i < BITPACK_GROUP; i++)
            ((Interval *)out)[i] = (Interval){.months = (int32_t)parts[0][i],
                                              .days = (int32_t)parts[1][i],
                                              .microseconds = (int64_t)parts[2][i]};
    }
    return STATUS_OK;
}

bool
block_is_random(const Block *block)
{
    switch (block->encoding) {
    case BLOCK_INTEGERS:
    case BLOCK_REALS:
    case BLOCK_DICTIONARY: return block->layout != LAYOUT_I128 && stream_is_random(&block->streams[0]);
    default: return false;
    }
}

void
block_decode_value(const Block *block, uint32_t row, void *out)
{
    const uint64_t value = stream_get(&block->streams[0], row);

    if (block->encoding == BLOCK_DICTIONARY)
        *(uint32_t *)out = value < block->dictionary_count ? (uint32_t)value : 0;
    else if (block->layout == LAYOUT_BOOL)
        *(uint8_t *)out = value != 0;
    else if (block->layout == LAYOUT_I32)
        *(uint32_t *)out = (uint32_t)value;
    else
        *(uint64_t *)out = value;
}

bool
block_is_constant(const Block *block, uint32_t first, uint32_t count, void *out)
{
    const Stream *stream = &block->streams[0];
    uint64_t value;

    if (block->encoding == BLOCK_DECIMAL) {
        if (block->decimal.count > 0 || !stream_is_constant(stream, first, count, &value))
            return false;
        decimal_decode(&value, 1, block->decimal.exponent, out);
        return true;
    }
    if (block->encoding != BLOCK_INTEGERS && block->encoding != BLOCK_REALS &&
        block->encoding != BLOCK_DICTIONARY)
        return false;
    if (!stream_is_constant(stream, first, count, &value))
        return false;
    if (block->layout == LAYOUT_I128)
        *(Int128 *)out = (int64_t)value;
    else
        block_decode_value(block, first, out);
    return true;
}

const void *
block_plain(const Block *block)
{
    if (block->encoding == BLOCK_INTEGERS && block->layout == LAYOUT_I32)
        return stream_plain(&block->streams[0], sizeof(int32_t));
    if ((block->encoding == BLOCK_INTEGERS && block->layout == LAYOUT_I64) || block->encoding == BLOCK_REALS)
        return stream_plain(&block->streams[0], sizeof(int64_t));
    return NULL;
}
