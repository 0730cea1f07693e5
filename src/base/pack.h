/* base/pack.h: writing msgpack into a Buffer, by msgpack-c's packer. */
#ifndef RUNNEL_BASE_PACK_H
#define RUNNEL_BASE_PACK_H

#include "base/buffer.h"

#include <msgpack/pack.h>
#include <string.h>

static inline int
pack_write(void *buffer, const char *bytes, size_t size)
{
    buffer_append(buffer, bytes, size);
    return 0; /* the buffer remembers a failure */
}

static inline msgpack_packer
pack_into(Buffer *buffer)
{
    msgpack_packer packer;

    msgpack_packer_init(&packer, buffer, pack_write);
    return packer;
}

static inline void
pack_string(msgpack_packer *packer, const char *text)
{
    msgpack_pack_str_with_body(packer, text, strlen(text));
}

static inline void
pack_binary(msgpack_packer *packer, const void *bytes, size_t size)
{
    msgpack_pack_bin_with_body(packer, bytes, size);
}

#endif
