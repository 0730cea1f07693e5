/* Digests of strings and bytes: md5 as text, the SHA-2 family as bytes. */
#include "expr/kernels_string.h"

#include "expr/string_kernel.h"

#include <nettle/md5.h>
#include <nettle/sha2.h>

ROW(md5)
{
    static const char digits[] = "0123456789abcdef";
    const Text bytes = text_argument(call, 0, row);
    uint8_t digest[MD5_DIGEST_SIZE];
    char text[2 * MD5_DIGEST_SIZE];
    struct md5_ctx context;

    md5_init(&context);
    md5_update(&context, bytes.size, (const uint8_t *)bytes.data);
    md5_digest(&context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    return row_copy_view(call, row, text, sizeof text);
}
ROW_KERNEL(md5)

#define SHA(bits)                                                                                            \
    ROW(sha##bits)                                                                                           \
    {                                                                                                        \
        const Text bytes = text_argument(call, 0, row);                                                      \
        uint8_t digest[SHA##bits##_DIGEST_SIZE];                                                             \
        struct sha##bits##_ctx context;                                                                      \
        sha##bits##_init(&context);                                                                          \
        sha##bits##_update(&context, bytes.size, (const uint8_t *)bytes.data);                               \
        sha##bits##_digest(&context, sizeof digest, digest);                                                 \
        return row_copy_view(call, row, (const char *)digest, sizeof digest);                                \
    }                                                                                                        \
    ROW_KERNEL(sha##bits)

SHA(224)
SHA(256)
SHA(384)
SHA(512)
