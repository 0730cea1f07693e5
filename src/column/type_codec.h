/* column/type_codec.h: a type as msgpack, in chunks and tablets.
 *
 * [id, precision, scale, length], and for lists and records also name or nil, the fields' names or nil, and
 * an array of the inner types. Ids are TypeId's numbers: that enumeration only grows at its end. */
#ifndef RUNNEL_COLUMN_TYPE_CODEC_H
#define RUNNEL_COLUMN_TYPE_CODEC_H

#include "base/pack.h"
#include "base/unpack.h"
#include "column/type.h"

enum { TYPE_DEPTH_MAX = 32 }; /* an array or two more than TYPE_NESTING_MAX */

void type_pack(msgpack_packer *packer, Type type);

/* Anything that is no valid type marks the reader as failed (and gives TYPE_UNKNOWN). Nested parts are in
 * `arena`. */
Type type_unpack(Unpack *unpack, Arena *arena);

#endif
