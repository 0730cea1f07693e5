/* tablet/reader.h: the inside of a TabletReader, for the files that read with it. */
#ifndef RUNNEL_TABLET_READER_H
#define RUNNEL_TABLET_READER_H

#include "tablet/format.h"

struct TabletReader {
    Source *source;
    uint64_t key;
    BlockCache *cache;
    Arena *arena; /* of the footer */
    TabletFooter footer;
};

/* Pin a block's bytes (block_entry_content), or the column's dictionary (a Dictionary). Errors name the
 * place. */
Status reader_pin_block(TabletReader *tablet, uint32_t ordinal, uint32_t block, BlockEntry **entry,
                        Error *error);
Status reader_pin_dictionary(TabletReader *tablet, uint32_t ordinal, BlockEntry **entry, Error *error);

/* Set `error` from `cause`, with tablet, column and block (or UINT32_MAX: the dictionary) named. */
Status reader_error(const TabletReader *tablet, uint32_t ordinal, uint32_t block, const Error *cause,
                    Error *error);

#endif
