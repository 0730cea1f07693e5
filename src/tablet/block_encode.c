#include "tablet/block.h"
#include "tablet/decimal.h"

#include <stdlib.h>

/* Scratch for a block's values as integers. */
typedef struct Scratch {
    uint64_t *parts[BLOCK_STREAMS_MAX];
    uint32_t *exceptions;
} Scratch;

static bool
is_valid(const Vector *column, uint64_t row)
{
    return column->validity == NULL || bits_get(column->validity, row);
}

/* The row's value as up to three integers. */
static void
load_value(const Vector *column, uint64_t row, const BlockChoice *choice, uint64_t first, uint64_t *parts)
{
    const void *data = column->data;

    switch (column->layout) {
    case LAYOUT_BOOL: parts[0] = ((const uint8_t *)data)[row]; break;
    case LAYOUT_I32: parts[0] = (uint64_t)(int64_t)((const int32_t *)data)[row]; break;
    case LAYOUT_I64:
    case LAYOUT_F64: parts[0] = ((const uint64_t *)data)[row]; break;
    case LAYOUT_I128: {
        const UInt128 value = ((const UInt128 *)data)[row];
        parts[0] = (uint64_t)value;
        parts[1] = (uint64_t)(value >> 64);
        break;
    }
    case LAYOUT_INTERVAL: {
        const Interval *value = &((const Interval *)data)[row];
        parts[0] = (uint64_t)(int64_t)value->months;
        parts[1] = (uint64_t)(int64_t)value->days;
        parts[2] = (uint64_t)value->microseconds;
        break;
    }
    default: parts[0] = choice->codes != NULL ? choice->codes[row - first] : 0; break;
    }
}

/* A NULL takes the value before it, and those at the start the first that comes: what costs least to encode.
 */
static void
load_values(const Vector *column, uint64_t first, uint32_t rows, const BlockChoice *choice, Scratch *scratch)
{
    uint64_t parts[BLOCK_STREAMS_MAX] = {0};
    uint32_t lead = 0;

    while (lead < rows && !is_valid(column, first + lead))
        lead++;
    if (lead < rows)
        load_value(column, first + lead, choice, first, parts);
    for (uint32_t i = 0; i < rows; i++) {
        if (is_valid(column, first + i))
            load_value(column, first + i, choice, first, parts);
        for (unsigned j = 0; j < BLOCK_STREAMS_MAX; j++)
            scratch->parts[j][i] = parts[j];
    }
}

static void
append_head(Buffer *out, BlockEncoding encoding, const Vector *column, uint64_t first, uint32_t rows,
            uint64_t nulls)
{
    const bool bitmap = nulls > 0 && nulls < rows;
    const BlockHead head = {.encoding = (uint8_t)encoding, .bitmap = bitmap, .rows = rows};

    buffer_append(out, &head, sizeof head);
    if (!bitmap)
        return;
    for (uint32_t i = 0; i < rows; i += 64) {
        /* Blocks start at multiples of 64 rows. */
        const uint32_t left = rows - i;
        uint64_t word = column->validity[(first + i) / 64];
        if (left < 64)
            word &= (UINT64_C(1) << left) - 1;
        buffer_append(out, &word, sizeof word);
    }
}

static void
append_padding(Buffer *out)
{
    static const char zeroes[8];

    buffer_append(out, zeroes, -out->size % 8);
}

static StreamKind
append_stream(const uint64_t *values, uint32_t rows, const BlockChoice *choice, Buffer *out)
{
    const StreamChoice how = {.allow_codes = choice->codes == NULL, .byte_aligned = choice->byte_aligned};

    return stream_encode(values, rows, how, out);
}

static void
append_decimals(const Scratch *scratch, uint32_t rows, int exponent, size_t exceptions, const double *values,
                const BlockChoice *choice, Buffer *out, StreamKind *detail)
{
    const DecimalHead head = {.exponent = (uint32_t)exponent, .exceptions = (uint32_t)exceptions};

    buffer_append(out, &head, sizeof head);
    *detail = append_stream(scratch->parts[1], rows, choice, out);
    buffer_append(out, scratch->exceptions, exceptions * sizeof(uint32_t));
    append_padding(out);
    for (size_t i = 0; i < exceptions; i++)
        buffer_append(out, &values[scratch->exceptions[i]], sizeof(double));
}

/* Doubles' halves: sign, exponent and the top of the fraction vary little. */
static StreamKind
append_split(Scratch *scratch, uint32_t rows, const BlockChoice *choice, Buffer *out)
{
    for (uint32_t i = 0; i < rows; i++) {
        scratch->parts[1][i] = scratch->parts[0][i] >> 48;
        scratch->parts[2][i] = scratch->parts[0][i] & ((UINT64_C(1) << 48) - 1);
    }
    append_stream(scratch->parts[1], rows, choice, out);
    return append_stream(scratch->parts[2], rows, choice, out);
}

/* Of doubles, whichever of three takes the fewest bytes; the head is set right last. */
static BlockEncoding
encode_doubles(Scratch *scratch, uint32_t rows, const BlockChoice *choice, size_t head, Buffer *out,
               StreamKind *detail)
{
    const double *values = (const double *)scratch->parts[0];
    const size_t body = out->size;
    BlockEncoding encoding = BLOCK_REALS;
    Buffer other = {0};

    *detail = append_stream(scratch->parts[0], rows, choice, out);
    size_t best = out->size - body;
    const int exponent = *detail != STREAM_CONSTANT ? decimal_choose(values, rows) : -1;
    if (exponent >= 0) {
        StreamKind kind;
        const size_t exceptions =
            decimal_encode(values, rows, exponent, (int64_t *)scratch->parts[1], scratch->exceptions);
        append_decimals(scratch, rows, exponent, exceptions, values, choice, &other, &kind);
        if (!other.failed && other.size < best) {
            best = other.size;
            encoding = BLOCK_DECIMAL;
            *detail = kind;
            out->size = body;
            buffer_append(out, other.data, other.size);
        }
    }
    if (encoding == BLOCK_REALS && *detail != STREAM_CONSTANT && !choice->byte_aligned) {
        buffer_clear(&other);
        const StreamKind kind = append_split(scratch, rows, choice, &other);
        if (!other.failed && other.size < best - best / 16) {
            encoding = BLOCK_SPLIT;
            *detail = kind;
            out->size = body;
            buffer_append(out, other.data, other.size);
        }
    }
    out->failed |= other.failed;
    buffer_destroy(&other);
    if (!out->failed)
        ((BlockHead *)(out->data + head))->encoding = (uint8_t)encoding;
    return encoding;
}

static bool
fits_64(const Scratch *scratch, uint32_t rows)
{
    for (uint32_t i = 0; i < rows; i++) {
        if ((int64_t)scratch->parts[1][i] != (int64_t)scratch->parts[0][i] >> 63)
            return false;
    }
    return true;
}

static StringView
view_at(const Vector *column, uint64_t row)
{
    const StringView empty = {.size = 0};

    return is_valid(column, row) ? ((const StringView *)column->data)[row] : empty;
}

static void
append_heap(const Vector *column, uint64_t first, uint32_t rows, Scratch *scratch, const BlockChoice *choice,
            Buffer *out, StreamKind *detail)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < rows; i++) {
        scratch->parts[0][i] = view_at(column, first + i).size;
        total += scratch->parts[0][i];
    }
    *detail = append_stream(scratch->parts[0], rows, choice, out);
    buffer_append(out, &total, sizeof total);
    for (uint32_t i = 0; i < rows; i++) {
        const StringView view = view_at(column, first + i);
        buffer_append(out, string_view_data(&view), view.size);
    }
    append_padding(out);
}

static void
append_symbols(const Vector *column, uint64_t first, uint32_t rows, Scratch *scratch,
               const BlockChoice *choice, Buffer *out, StreamKind *detail)
{
    SymbolEncoder *encoder = symbol_encoder_new(choice->symbols);
    Buffer heap = {0};

    for (uint32_t i = 0; i < rows && encoder != NULL; i++) {
        const StringView view = view_at(column, first + i);
        scratch->parts[0][i] = 0;
        if (!buffer_reserve(&heap, 2 * (size_t)view.size + 1))
            break;
        scratch->parts[0][i] =
            symbols_encode(encoder, string_view_data(&view), view.size, (uint8_t *)heap.data + heap.size);
        heap.size += scratch->parts[0][i];
    }
    buffer_append(out, choice->symbols, sizeof *choice->symbols);
    *detail = append_stream(scratch->parts[0], rows, choice, out);
    const uint64_t total = heap.size;
    buffer_append(out, &total, sizeof total);
    buffer_append(out, heap.data, heap.size);
    append_padding(out);
    out->failed |= heap.failed || encoder == NULL;
    symbol_encoder_destroy(&encoder);
    buffer_destroy(&heap);
}

static BlockEncoding
text_encoding(const BlockChoice *choice)
{
    return choice->codes != NULL ? BLOCK_DICTIONARY : choice->symbols != NULL ? BLOCK_SYMBOLS : BLOCK_STRINGS;
}

static BlockEncoding
encode_values(const Vector *column, uint64_t first, uint32_t rows, uint64_t nulls, const BlockChoice *choice,
              Scratch *scratch, Buffer *out, StreamKind *detail)
{
    const size_t head = out->size;
    BlockEncoding encoding = BLOCK_INTEGERS;

    load_values(column, first, rows, choice, scratch);
    if (column->layout == LAYOUT_VIEW)
        encoding = text_encoding(choice);
    else if (column->layout == LAYOUT_INTERVAL)
        encoding = BLOCK_INTERVALS;
    else if (column->layout == LAYOUT_I128 && !fits_64(scratch, rows))
        encoding = BLOCK_WIDE;
    append_head(out, encoding, column, first, rows, nulls);
    if (column->layout == LAYOUT_F64)
        return encode_doubles(scratch, rows, choice, head, out, detail);
    if (encoding == BLOCK_STRINGS) {
        append_heap(column, first, rows, scratch, choice, out, detail);
    } else if (encoding == BLOCK_SYMBOLS) {
        append_symbols(column, first, rows, scratch, choice, out, detail);
    } else {
        const unsigned streams = encoding == BLOCK_WIDE ? 2 : encoding == BLOCK_INTERVALS ? 3 : 1;
        for (unsigned i = 0; i < streams; i++)
            *detail = append_stream(scratch->parts[i], rows, choice, out);
    }
    return encoding;
}

BlockEncoding
block_encode(const Vector *column, uint64_t first, uint32_t rows, const BlockChoice *choice, Buffer *out,
             StreamKind *detail)
{
    Scratch scratch;
    uint64_t nulls = 0;
    BlockEncoding encoding = BLOCK_NULLS;

    *detail = STREAM_CONSTANT;
    if (column->validity != NULL)
        nulls = rows - bits_count(column->validity + first / 64, rows);
    if (nulls == rows) {
        append_head(out, BLOCK_NULLS, column, first, rows, nulls);
        return BLOCK_NULLS;
    }
    uint64_t *memory = malloc((size_t)rows * (BLOCK_STREAMS_MAX * sizeof(uint64_t) + sizeof(uint32_t)));
    if (memory == NULL) {
        out->failed = true;
        return encoding;
    }
    for (unsigned i = 0; i < BLOCK_STREAMS_MAX; i++)
        scratch.parts[i] = memory + (size_t)i * rows;
    scratch.exceptions = (uint32_t *)(memory + (size_t)BLOCK_STREAMS_MAX * rows);
    encoding = encode_values(column, first, rows, nulls, choice, &scratch, out, detail);
    free(memory);
    return encoding;
}
