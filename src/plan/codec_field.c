/* The plain fields of the plan's codec. */
#include "plan/codec.h"

void
codec_fail(Codec *codec)
{
    codec->in.failed = true;
    codec->in.at = codec->in.end;
}

bool
codec_has_failed(const Codec *codec)
{
    return codec->in.failed;
}

void
codec_bool(Codec *codec, bool *value)
{
    if (codec->reading)
        *value = unpack_bool(&codec->in);
    else if (*value)
        msgpack_pack_true(&codec->out);
    else
        msgpack_pack_false(&codec->out);
}

void
codec_u32(Codec *codec, uint32_t *value)
{
    if (codec->reading)
        *value = unpack_below(&codec->in, (uint64_t)UINT32_MAX + 1);
    else
        msgpack_pack_uint32(&codec->out, *value);
}

void
codec_i64(Codec *codec, int64_t *value)
{
    if (codec->reading)
        *value = unpack_int(&codec->in);
    else
        msgpack_pack_int64(&codec->out, *value);
}

void
codec_i32(Codec *codec, int32_t *value)
{
    int64_t wide = *value;

    codec_i64(codec, &wide);
    if (wide < INT32_MIN || wide > INT32_MAX)
        codec_fail(codec);
    else if (codec->reading)
        *value = (int32_t)wide;
}

void
codec_u64(Codec *codec, uint64_t *value)
{
    if (codec->reading)
        *value = unpack_uint(&codec->in);
    else
        msgpack_pack_uint64(&codec->out, *value);
}

void
codec_char(Codec *codec, char *value)
{
    uint32_t wide = (unsigned char)*value;

    codec_u32(codec, &wide);
    if (wide > UINT8_MAX)
        codec_fail(codec);
    else if (codec->reading)
        *value = (char)wide;
}

void
codec_double(Codec *codec, double *value)
{
    if (codec->reading)
        *value = unpack_double(&codec->in);
    else
        msgpack_pack_double(&codec->out, *value);
}

void
codec_string(Codec *codec, const char **text)
{
    size_t size;

    if (!codec->reading) {
        if (*text == NULL)
            msgpack_pack_nil(&codec->out);
        else
            pack_string(&codec->out, *text);
        return;
    }
    *text = NULL;
    if (unpack_nil(&codec->in))
        return;
    const char *bytes = unpack_string(&codec->in, &size);
    if (memchr(bytes, '\0', size) != NULL)
        codec_fail(codec);
    *text = arena_copy_bytes(codec->arena, bytes, size);
}

void
codec_raw(Codec *codec, void *value, size_t size)
{
    size_t actual;

    if (!codec->reading) {
        pack_binary(&codec->out, value, size);
        return;
    }
    const void *bytes = unpack_binary(&codec->in, &actual);
    if (actual != size)
        codec_fail(codec);
    else if (size > 0)
        memcpy(value, bytes, size);
}

void
codec_bytes(Codec *codec, uint32_t *size, const void **bytes)
{
    size_t actual;

    if (!codec->reading) {
        pack_binary(&codec->out, *bytes, *size);
        return;
    }
    const void *found = unpack_binary(&codec->in, &actual);
    if (actual > UINT32_MAX) {
        codec_fail(codec);
        actual = 0;
    }
    *size = (uint32_t)actual;
    *bytes = actual > 0 ? arena_copy_bytes(codec->arena, found, actual) : NULL;
}

bool
codec_optional(Codec *codec, const void *slot)
{
    bool present = slot != NULL;

    codec_bool(codec, &present);
    return present;
}

void
codec_list(Codec *codec, uint32_t *count, void **items, size_t item_size)
{
    if (!codec->reading) {
        msgpack_pack_array(&codec->out, *count);
        return;
    }
    *count = unpack_array(&codec->in);
    *items = *count == 0 ? NULL : arena_alloc_zero(codec->arena, *count * item_size);
}

void
codec_list_of(Codec *codec, uint32_t count, void **items, size_t item_size)
{
    uint32_t actual = count;

    codec_list(codec, &actual, items, item_size);
    if (actual == count)
        return;
    /* Whoever goes on will touch `count` items, and must find them. */
    codec_fail(codec);
    *items = arena_alloc_zero(codec->arena, count * item_size);
}

void
codec_u32_list(Codec *codec, uint32_t *count, const uint32_t **items)
{
    CODEC_LIST(codec, *count, *items);
    for (uint32_t i = 0; i < *count; i++)
        codec_u32(codec, (uint32_t *)*items + i);
}

void
codec_u32_list_of(Codec *codec, uint32_t count, const uint32_t **items)
{
    CODEC_LIST_OF(codec, count, *items);
    for (uint32_t i = 0; i < count; i++)
        codec_u32(codec, (uint32_t *)*items + i);
}

void
codec_bool_list_of(Codec *codec, uint32_t count, const bool **items)
{
    if (!codec_optional(codec, *items))
        return;
    CODEC_LIST_OF(codec, count, *items);
    for (uint32_t i = 0; i < count && !codec_has_failed(codec); i++)
        codec_bool(codec, (bool *)*items + i);
}
