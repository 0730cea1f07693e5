/* base/utf8.h: checking text from outside. */
#ifndef RUNNEL_BASE_UTF8_H
#define RUNNEL_BASE_UTF8_H

#include <stddef.h>

/* The length of the longest valid UTF-8 prefix (RFC 3629: no surrogates, no overlong forms). */
size_t utf8_valid_prefix(const char *text, size_t size);

#endif
