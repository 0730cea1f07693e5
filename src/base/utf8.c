#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool
is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t
utf8_character_length(const char *bytes, size_t size)
{
    const unsigned char *text = (const unsigned char *)bytes;
    const unsigned char first = text[0];

    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    if (size < 2 || !is_continuation(text[1]))
        return 0;
    if (first < 0xE0)
        return 2;
    if ((first == 0xE0 && text[1] < 0xA0) || (first == 0xED && text[1] > 0x9F) ||
        (first == 0xF0 && text[1] < 0x90) || (first == 0xF4 && text[1] > 0x8F))
        return 0;
    if (size < 3 || !is_continuation(text[2]))
        return 0;
    if (first < 0xF0)
        return 3;
    return size >= 4 && is_continuation(text[3]) ? 4 : 0;
}

size_t
utf8_valid_prefix(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size) {
        uint64_t eight;
        if (size - at >= sizeof eight) {
            memcpy(&eight, text + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        const size_t length = utf8_character_length(text + at, size - at);
        if (length == 0)
            break;
        at += length;
    }
    return at;
}
