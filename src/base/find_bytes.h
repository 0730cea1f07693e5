/* base/find_bytes.h: where bytes first stand in a text. */
#ifndef RUNNEL_BASE_FIND_BYTES_H
#define RUNNEL_BASE_FIND_BYTES_H

#include <stddef.h>

/* As memmem(), but made for many short texts: that takes longer to begin than they are long. Nothing outside
 * of the text is read. */
const char *find_bytes(const char *text, size_t size, const char *of, size_t of_size);

#endif
