/* tablet/stream_tmpl.h: decode a group of a stream.
 *
 * Parameters, defined by the includer, undefined at the end:
 *   S_OUT        unsigned type of a value as it comes out; values are truncated to it
 *   S_FN(name)   names with the type's suffix */
KERNEL static void
S_FN(widen)(const uint8_t *restrict data, unsigned width, S_OUT base, size_t first, size_t count,
            S_OUT *restrict out)
{
#define WIDEN(CType)                                                                                         \
    for (size_t i = 0; i < count; i++)                                                                       \
    out[i] = base + (S_OUT)((const CType *)data)[first + i]

    switch (width) {
    case 1: WIDEN(uint8_t); break;
    case 2: WIDEN(uint16_t); break;
    case 4: WIDEN(uint32_t); break;
    default: WIDEN(uint64_t); break;
    }
#undef WIDEN
}

static void
S_FN(fill)(S_OUT value, size_t count, S_OUT *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = value;
}

static void
S_FN(decode_runs)(const Stream *stream, uint32_t first, uint32_t count, S_OUT *out)
{
    uint32_t row = first;

    for (uint32_t run = find_run(stream, first); row < first + count; run++) {
        const uint32_t end = stream->ends[run] < first + count ? stream->ends[run] : first + count;
        S_FN(fill)((S_OUT)stream->values[run], end - row, out + (row - first));
        row = end;
    }
}

static void
S_FN(decode_deltas)(const StreamGroup *group, const uint8_t *data, S_OUT *out)
{
    S_OUT sum = (S_OUT)group->first;

    S_FN(bitpack_unpack)(data + (size_t)group->unit * BITPACK_UNIT, group->width, (S_OUT)group->base, out);
    for (size_t i = 0; i < BITPACK_GROUP; i++) {
        sum += out[i];
        out[i] = sum;
    }
}

Status
S_FN(stream_decode)(const Stream *stream, uint32_t group, S_OUT *out, Error *error)
{
    const uint32_t first = group * BITPACK_GROUP;
    const uint32_t count = stream->count - first < BITPACK_GROUP ? stream->count - first : BITPACK_GROUP;

    switch (stream->kind) {
    case STREAM_CONSTANT: S_FN(fill)((S_OUT)stream->base, count, out); break;
    case STREAM_BYTES:
        S_FN(widen)(stream->data, stream->width, (S_OUT)stream->base, first, count, out);
        break;
    case STREAM_PACKED:
        S_FN(bitpack_unpack)
        (stream->data + group * bitpack_bytes(stream->width), stream->width, (S_OUT)stream->base, out);
        break;
    case STREAM_GROUPS:
        S_FN(bitpack_unpack)
        (stream->data + (size_t)stream->groups[group].unit * BITPACK_UNIT, stream->groups[group].width,
         (S_OUT)stream->groups[group].base, out);
        break;
    case STREAM_DELTA: S_FN(decode_deltas)(&stream->groups[group], stream->data, out); break;
    case STREAM_RUNS: S_FN(decode_runs)(stream, first, count, out); break;
    default: {
        uint32_t codes[BITPACK_GROUP];
        TRY(decode_codes(stream, group, codes, error));
        for (size_t i = 0; i < BITPACK_GROUP; i++)
            out[i] = (S_OUT)stream->values[codes[i]];
        break;
    }
    }
    return STATUS_OK;
}
#undef S_OUT
#undef S_FN
