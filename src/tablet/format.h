/* tablet/format.h: the frame of the file (tablet/README.md): head, parts, footer, tail. */
#ifndef RUNNEL_TABLET_FORMAT_H
#define RUNNEL_TABLET_FORMAT_H

#include "base/arena.h"
#include "tablet/block.h"
#include "tablet/tablet.h"

#define TABLET_MAGIC "RUNNELTB"

enum {
    TABLET_MAGIC_BYTES = 8,
    TABLET_VERSION = 1,
    TABLET_FEATURES = 0,       /* bits that this program understands */
    TABLET_PART_ALIGNMENT = 8, /* of parts in the file */
    TABLET_PART_BYTES_MAX = 1 << 30,
    TABLET_FOOTER_BYTES_MAX = 1 << 28,
    TABLET_DICTIONARY_ENTRIES_MAX = 1 << 20,
    TABLET_DICTIONARY_BYTES_MAX = 1 << 28,
    TABLET_TEXT_BOUND_BYTES = 32 /* longer bounds are truncated */
};

/* The last bytes of the file, little-endian. */
typedef struct TabletTail {
    uint64_t footer_checksum; /* XXH3 of the footer's bytes */
    uint32_t footer_size;
    uint32_t version;
    uint64_t features;
    char magic[TABLET_MAGIC_BYTES];
} TabletTail;

/* A part: a block or a dictionary. */
typedef struct TabletPart {
    uint64_t offset;
    uint64_t checksum; /* XXH3 of the stored bytes */
    uint32_t stored;   /* bytes in the file */
    uint32_t size;     /* bytes in memory: after zstd, where compressed */
    bool compressed;
    uint8_t encoding; /* BlockEncoding; of dictionaries 0 */
    uint8_t detail;   /* StreamKind of its main stream */
} TabletPart;

typedef struct TabletColumnFooter {
    TabletColumn column;
    uint32_t dictionary_count; /* entries; 0: no dictionary */
    TabletPart dictionary;
    TabletPart *blocks;
    ColumnStatistics *block_statistics;
} TabletColumnFooter;

typedef struct TabletFooter {
    uint64_t rows;
    uint32_t block_rows;
    uint32_t block_count;
    uint32_t column_count;
    TabletColumnFooter *columns;
} TabletFooter;

static inline uint32_t
footer_rows_of_block(const TabletFooter *footer, uint32_t block)
{
    const uint64_t first = (uint64_t)block * footer->block_rows;

    return footer->rows - first < footer->block_rows ? (uint32_t)(footer->rows - first) : footer->block_rows;
}

/* Append the footer's msgpack; check out->failed. */
void footer_pack(const TabletFooter *footer, Buffer *out);

/* The inverse, into `arena`; `data_end`: parts must end before it. CORRUPT, OUT_OF_MEMORY. */
Status footer_unpack(const void *bytes, size_t size, uint64_t data_end, Arena *arena, TabletFooter *footer,
                     Error *error);

#endif
