/* tablet/list_bytes.h: arrays as strings of bytes, in which form columns of them are stored.
 *
 *     array   := count (u32; the top bit: there are NULLs) [bits of those that are not, in bytes] element …
 *     element := the value's bytes; of strings and arrays their size (u32), then they. NULLs have none. */
#ifndef RUNNEL_TABLET_LIST_BYTES_H
#define RUNNEL_TABLET_LIST_BYTES_H

#include "column/vector.h"

/* A flat column of arrays as one of bytea, in `arena`; NULL rows are empty. */
Status list_bytes_pack(const Vector *lists, uint64_t rows, Arena *arena, Vector *packed, Error *error);

/* Back: the selected rows (all `count` where selection is NULL) as arrays of that type. Strings stay where
 * they are in `packed`. CORRUPT where the bytes are no such array. */
Status list_bytes_unpack(const Vector *packed, Type type, uint32_t count, const uint32_t *selection,
                         uint32_t selected, Arena *arena, Vector *lists, Error *error);

#endif
