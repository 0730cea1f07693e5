/* tablet/part.h: parts between file and memory: checksum and zstd. */
#ifndef RUNNEL_TABLET_PART_H
#define RUNNEL_TABLET_PART_H

#include "tablet/format.h"

/* Read a part, check it and decompress it, into malloc memory of part->size + BLOCK_SLACK bytes, 64-byte
 * aligned. CORRUPT, IO, OUT_OF_MEMORY. */
Status part_read(Source *source, const TabletPart *part, void **bytes, Error *error);

#endif
