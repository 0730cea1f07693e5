/* expr/utf8.h: characters of UTF-8 text. Text is valid UTF-8 by the time it is a value; what is not is
 * counted by its first bytes and never read beyond its end. */
#ifndef RUNNEL_EXPR_UTF8_H
#define RUNNEL_EXPR_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool
utf8_starts(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

static inline size_t
utf8_count(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += utf8_starts(text[i]);
    return count;
}

static inline bool
utf8_is_ascii(const char *text, size_t size)
{
    unsigned char all = 0;

    for (size_t i = 0; i < size; i++)
        all |= (unsigned char)text[i];
    return all < 0x80;
}

/* The bytes of the character at `text`; size > 0. */
static inline size_t
utf8_size(const char *text, size_t size)
{
    size_t at = 1;

    while (at < size && !utf8_starts(text[at]))
        at++;
    return at;
}

/* The byte offset of character number `index`; `size` where there are fewer. */
static inline size_t
utf8_offset(const char *text, size_t size, size_t index)
{
    size_t at = 0;

    for (; at < size; at++) {
        if (utf8_starts(text[at]) && index-- == 0)
            break;
    }
    return at;
}

#endif
