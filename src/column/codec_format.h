/* column/codec_format.h: what encoder and decoder of chunks agree on.
 *
 *   chunk  := [version, rows, [column …], pad, buffer, pad, buffer, …]
 *   column := [type, form, nullable, elements, [column …]]
 *
 * The inner columns are a record's fields or a list's element; `elements` is the list's number of them, else
 * 0. Buffers are `bin` objects whose bytes start at a multiple of 64 from the chunk's start: each follows a
 * `bin` of zeroes of the right length. They stand in the order of a walk through the columns, parents first:
 *   FLAT            the validity bitmap where nullable (whole words); then the values, or for strings their
 * sizes (uint32) and all their bytes one after another; nothing for records CONSTANT        one value, or for
 * strings its bytes CONSTANT_NULL   nothing, and no inner columns Numbers in buffers are little-endian. */
#ifndef RUNNEL_COLUMN_CODEC_FORMAT_H
#define RUNNEL_COLUMN_CODEC_FORMAT_H

enum { CHUNK_VERSION = 1, CHUNK_ALIGNMENT = 64, CHUNK_HEAD_ITEMS = 3 };

typedef enum ChunkForm { CHUNK_FLAT, CHUNK_CONSTANT, CHUNK_CONSTANT_NULL, CHUNK_FORM_COUNT } ChunkForm;

#endif
