/* A tablet file: all that can be read of it is read, and described. Random bytes would end at the checksums:
 * the footer that is found is written anew with those of the parts that it names. */
#include "fuzz.h"

#include "base/hash.h"
#include "tablet/format.h"

#include <string.h>

static void
mend_part(TabletPart *part, const uint8_t *bytes)
{
    part->checksum = hash_bytes(bytes + part->offset, part->stored);
}

static void
mend_parts(TabletFooter *footer, const uint8_t *bytes)
{
    for (uint32_t i = 0; i < footer->column_count; i++) {
        TabletColumnFooter *column = &footer->columns[i];
        if (column->dictionary_count > 0)
            mend_part(&column->dictionary, bytes);
        for (uint32_t j = 0; j < footer->block_count; j++)
            mend_part(&column->blocks[j], bytes);
    }
}

/* The file with its checksums right, as far as its footer can be read. */
static void
mend(const uint8_t *bytes, size_t size, Buffer *out)
{
    TabletTail tail;
    TabletFooter footer;
    Buffer packed = {0};
    Error error = {0};
    Arena *arena = arena_new(NULL);

    if (size >= sizeof tail + TABLET_MAGIC_BYTES) {
        memcpy(&tail, bytes + size - sizeof tail, sizeof tail);
        const size_t room = size - sizeof tail - TABLET_MAGIC_BYTES;
        const size_t start = tail.footer_size <= room ? size - sizeof tail - tail.footer_size : 0;
        if (start > 0 &&
            footer_unpack(bytes + start, tail.footer_size, start, arena, &footer, &error) == STATUS_OK) {
            mend_parts(&footer, bytes);
            footer_pack(&footer, &packed);
            tail.footer_size = (uint32_t)packed.size;
            tail.footer_checksum = hash_bytes(packed.data, packed.size);
            buffer_append(out, bytes, start);
            buffer_append(out, packed.data, packed.size);
            buffer_append(out, &tail, sizeof tail);
        }
    }
    buffer_destroy(&packed);
    arena_destroy(&arena);
}

static void
read_tablet(const void *bytes, size_t size, BlockCache *cache)
{
    TabletReader *tablet = NULL;
    Buffer text = {0};
    Error error = {0};

    if (tablet_open(source_from_memory(bytes, size, "fuzz"), 1, cache, &tablet, &error) == STATUS_OK) {
        tablet_describe(tablet, true, &text);
        (void)tablet_verify(tablet, &error);
        tablet_close(&tablet);
    }
    buffer_destroy(&text);
}

void
fuzz_tablet(const uint8_t *bytes, size_t size)
{
    BlockCache *cache = block_cache_new(16 << 20);
    Buffer mended = {0};

    mend(bytes, size, &mended);
    read_tablet(bytes, size, cache);
    block_cache_forget(cache, 1);
    if (mended.size > 0)
        read_tablet(mended.data, mended.size, cache);
    buffer_destroy(&mended);
    block_cache_destroy(&cache);
}
