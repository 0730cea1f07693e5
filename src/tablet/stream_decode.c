#include "base/kernels.h"
#include "tablet/stream.h"

#include <string.h>

static const char *const kind_texts[STREAM_KIND_COUNT] = {
#define X(name, text) text,
    STREAM_KIND_LIST(X)
#undef X
};

const char *
stream_kind_text(StreamKind kind)
{
    return kind_texts[kind];
}

static uint32_t
group_count(uint32_t count)
{
    return count / BITPACK_GROUP + (count % BITPACK_GROUP != 0);
}

static Status
damaged(Error *error, const char *what)
{
    return error_set(error, STATUS_CORRUPT, "%s", what);
}

/* `size` bytes, and padding to a multiple of 8; NULL where they are not there. */
static const uint8_t *
take(const uint8_t **at, const uint8_t *end, uint64_t size)
{
    const uint8_t *bytes = *at;

    if (size > (uint64_t)(end - bytes) || ((size + 7) & ~UINT64_C(7)) > (uint64_t)(end - bytes))
        return NULL;
    *at += (size + 7) & ~UINT64_C(7);
    return bytes;
}

static Status
open_groups(const uint8_t **at, const uint8_t *end, Stream *stream, Error *error)
{
    const uint32_t groups = group_count(stream->count);
    const uint8_t *table = take(at, end, groups * sizeof(StreamGroup));
    uint64_t units = 0;

    if (table == NULL)
        return damaged(error, "the groups of a stream are cut short");
    stream->groups = (const StreamGroup *)table;
    for (uint32_t i = 0; i < groups; i++) {
        if (stream->groups[i].width > 64 || stream->groups[i].unit != units)
            return damaged(error, "a group of a stream has no valid place");
        units += stream->groups[i].width;
    }
    stream->data = take(at, end, units * BITPACK_UNIT);
    return stream->data == NULL ? damaged(error, "a stream is cut short") : STATUS_OK;
}

static Status open_stream(const uint8_t **at, const uint8_t *end, uint32_t count, bool inner, Arena *arena,
                          Stream *stream, Error *error);

/* All values of an inner stream, in `arena`. */
static Status
decode_all(const Stream *stream, Arena *arena, const uint64_t **values, Error *error)
{
    const uint32_t groups = group_count(stream->count);
    uint64_t *all = arena_alloc_aligned(arena, (size_t)groups * BITPACK_GROUP * sizeof *all, 64);

    if (all == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < groups; i++)
        TRY(stream_decode_u64(stream, i, all + (size_t)i * BITPACK_GROUP, error));
    *values = all;
    return STATUS_OK;
}

static Status
open_runs(const uint8_t **at, const uint8_t *end, Arena *arena, Stream *stream, Error *error)
{
    Stream values;
    Stream lengths;
    const uint64_t *all_lengths = NULL;
    uint64_t row = 0;

    TRY(open_stream(at, end, stream->entries, true, arena, &values, error));
    TRY(open_stream(at, end, stream->entries, true, arena, &lengths, error));
    TRY(decode_all(&values, arena, &stream->values, error));
    TRY(decode_all(&lengths, arena, &all_lengths, error));
    uint32_t *ends = arena_alloc(arena, stream->entries * sizeof *ends);
    if (ends == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < stream->entries; i++) {
        if (all_lengths[i] == 0 || all_lengths[i] > stream->count - row)
            return damaged(error, "runs exceed their block");
        row += all_lengths[i];
        ends[i] = (uint32_t)row;
    }
    if (row != stream->count)
        return damaged(error, "runs do not fill their block");
    stream->ends = ends;
    return STATUS_OK;
}

static Status
open_codes(const uint8_t **at, const uint8_t *end, Arena *arena, Stream *stream, Error *error)
{
    Stream values;
    Stream *codes = ARENA_NEW(arena, Stream);

    if (codes == NULL)
        return error_set_memory(error);
    TRY(open_stream(at, end, stream->entries, true, arena, &values, error));
    TRY(open_stream(at, end, stream->count, true, arena, codes, error));
    stream->codes = codes;
    return decode_all(&values, arena, &stream->values, error);
}

static Status
open_stream(const uint8_t **at, const uint8_t *end, uint32_t count, bool inner, Arena *arena, Stream *stream,
            Error *error)
{
    const StreamHead *head = (const StreamHead *)take(at, end, sizeof *head);

    if (head == NULL || head->count != count || count == 0 ||
        head->kind >= (inner ? STREAM_RUNS : STREAM_KIND_COUNT))
        return damaged(error, "a stream has no valid head");
    *stream = (Stream){.kind = head->kind, .width = head->width, .count = count, .base = head->base};
    switch (stream->kind) {
    case STREAM_CONSTANT: return STATUS_OK;
    case STREAM_BYTES:
        if (head->width != 1 && head->width != 2 && head->width != 4 && head->width != 8)
            return damaged(error, "a stream has no valid width");
        stream->data = take(at, end, (uint64_t)count * head->width);
        break;
    case STREAM_PACKED:
        if (head->width > 64)
            return damaged(error, "a stream has no valid width");
        stream->data = take(at, end, group_count(count) * bitpack_bytes(head->width));
        break;
    case STREAM_GROUPS:
    case STREAM_DELTA: return open_groups(at, end, stream, error);
    default:
        if (head->base == 0 || head->base > count)
            return damaged(error, "a stream has no valid number of entries");
        stream->entries = (uint32_t)head->base;
        return stream->kind == STREAM_RUNS ? open_runs(at, end, arena, stream, error)
                                           : open_codes(at, end, arena, stream, error);
    }
    return stream->data == NULL ? damaged(error, "a stream is cut short") : STATUS_OK;
}

Status
stream_open(const uint8_t **at, const uint8_t *end, uint32_t count, Arena *arena, Stream *stream,
            Error *error)
{
    return open_stream(at, end, count, false, arena, stream, error);
}

/* The run that holds a row. */
static uint32_t
find_run(const Stream *stream, uint32_t row)
{
    uint32_t low = 0;
    uint32_t high = stream->entries - 1;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (stream->ends[middle] <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

KERNEL static uint32_t
largest(const uint32_t *values, uint32_t count)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

/* The codes of a CODES stream's group, in range all: those past the end, too. */
static Status
decode_codes(const Stream *stream, uint32_t group, uint32_t *codes, Error *error)
{
    const uint32_t left = stream->count - group * BITPACK_GROUP;
    const uint32_t rows = left < BITPACK_GROUP ? left : BITPACK_GROUP;

    TRY(stream_decode_u32(stream->codes, group, codes, error));
    if (largest(codes, rows) >= stream->entries)
        return damaged(error, "a code is outside its dictionary");
    for (uint32_t i = rows; i < BITPACK_GROUP; i++)
        codes[i] = 0;
    return STATUS_OK;
}

#define S_OUT      uint64_t
#define S_FN(name) name##_u64
#include "tablet/stream_tmpl.h"
#define S_OUT      uint32_t
#define S_FN(name) name##_u32
#include "tablet/stream_tmpl.h"

bool
stream_is_random(const Stream *stream)
{
    return stream->kind != STREAM_DELTA &&
           (stream->kind != STREAM_CODES || stream->codes->kind != STREAM_DELTA);
}

static uint64_t
get_bytes(const Stream *stream, uint32_t index)
{
    uint64_t value = 0;

    memcpy(&value, stream->data + (size_t)index * stream->width, stream->width);
    return stream->base + value;
}

uint64_t
stream_get(const Stream *stream, uint32_t index)
{
    const uint32_t group = index / BITPACK_GROUP;

    switch (stream->kind) {
    case STREAM_BYTES: return get_bytes(stream, index);
    case STREAM_PACKED:
        return stream->base + bitpack_get(stream->data + group * bitpack_bytes(stream->width), stream->width,
                                          index % BITPACK_GROUP);
    case STREAM_GROUPS:
        return stream->groups[group].base +
               bitpack_get(stream->data + (size_t)stream->groups[group].unit * BITPACK_UNIT,
                           stream->groups[group].width, index % BITPACK_GROUP);
    case STREAM_RUNS: return stream->values[find_run(stream, index)];
    case STREAM_CODES: {
        const uint64_t code = stream_get(stream->codes, index);
        return stream->values[code < stream->entries ? code : 0];
    }
    default: return stream->base;
    }
}

bool
stream_is_constant(const Stream *stream, uint32_t first, uint32_t count, uint64_t *value)
{
    if (stream->kind == STREAM_CONSTANT) {
        *value = stream->base;
        return true;
    }
    if (stream->kind != STREAM_RUNS)
        return false;
    const uint32_t run = find_run(stream, first);
    *value = stream->values[run];
    return stream->ends[run] >= first + count;
}

const void *
stream_plain(const Stream *stream, unsigned width)
{
    return stream->kind == STREAM_BYTES && stream->width == width && stream->base == 0 ? stream->data : NULL;
}
