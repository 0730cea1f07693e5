/* base/utf8.h: checking text from outside. */
#ifndef RUNNEL_BASE_UTF8_H
#define RUNNEL_BASE_UTF8_H

#include <stddef.h>

/* The length of the character that `size` > 0 bytes begin with; 0 where they begin with none. RFC 3629: no
 * surrogates, no overlong forms. */
size_t utf8_character_length(const char *text, size_t size);

/* The length of the longest valid UTF-8 prefix. */
size_t utf8_valid_prefix(const char *text, size_t size);

#endif
