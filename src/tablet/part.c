#include "tablet/part.h"

#include "base/hash.h"

#include <stdlib.h>
#include <zstd.h>

static void *
allocate(size_t size)
{
    const size_t padded = (size + BLOCK_SLACK + 63) & ~(size_t)63;
    char *memory = aligned_alloc(64, padded);

    if (memory != NULL)
        memset(memory + size, 0, padded - size);
    return memory;
}

static Status
decompress(const void *stored, const TabletPart *part, void **bytes, Error *error)
{
    /* The frame must promise the size before memory is given to it. */
    if (ZSTD_getFrameContentSize(stored, part->stored) != part->size)
        return error_set(error, STATUS_CORRUPT, "compressed data have another size");
    void *memory = allocate(part->size);
    if (memory == NULL)
        return error_set_memory(error);
    const size_t size = ZSTD_decompress(memory, part->size, stored, part->stored);
    if (ZSTD_isError(size) || size != part->size) {
        free(memory);
        return error_set(error, STATUS_CORRUPT, "compressed data are damaged");
    }
    *bytes = memory;
    return STATUS_OK;
}

Status
part_read(Source *source, const TabletPart *part, void **bytes, Error *error)
{
    void *stored = allocate(part->stored);
    Status status = STATUS_OK;

    if (stored == NULL)
        return error_set_memory(error);
    TRY_GOTO(source->class->read_at(source, part->offset, stored, part->stored, error), done);
    if (hash_bytes(stored, part->stored) != part->checksum)
        TRY_GOTO(error_set(error, STATUS_CORRUPT, "the checksum does not match"), done);
    if (part->compressed) {
        status = decompress(stored, part, bytes, error);
    } else {
        *bytes = stored;
        stored = NULL;
    }
done:
    free(stored);
    return status;
}
