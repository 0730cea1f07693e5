/* A batch from the wire, of whatever types it says: every value can be looked at. */
#include "fuzz.h"

#include "column/codec.h"
#include "column/vector.h"

enum { COLUMNS_MAX = 8 };

static void
touch(const Vector *columns, uint32_t count, uint64_t rows)
{
    uint64_t hashes[BATCH_ROWS];
    Vector slice[COLUMNS_MAX];
    Batch batch;

    for (uint64_t first = 0; first < rows && first < 4 * BATCH_ROWS; first += BATCH_ROWS) {
        const uint64_t left = rows - first;
        chunk_slice(columns, count, first, left < BATCH_ROWS ? (uint32_t)left : BATCH_ROWS, slice, &batch);
        for (uint32_t i = 0; i < count; i++)
            vector_hash(&slice[i], NULL, batch.rows, false, hashes);
    }
}

void
fuzz_chunk(const uint8_t *bytes, size_t size)
{
    Vector columns[COLUMNS_MAX];

    if (size == 0)
        return;
    for (uint32_t count = 1; count <= 4; count++) {
        Arena *arena = arena_new(NULL);
        Error error = {0};
        uint64_t rows;
        if (chunk_decode(bytes, size, count, NULL, arena, &rows, columns, &error) == STATUS_OK)
            touch(columns, count, rows);
        arena_destroy(&arena);
    }
}
