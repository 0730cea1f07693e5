#include "base/pack.h"
#include "base/unpack.h"
#include "column/type_codec.h"
#include "tablet/format.h"

enum { FOOTER_ITEMS = 3, COLUMN_ITEMS = 7, PART_ITEMS = 7 };

static void
pack_part(msgpack_packer *packer, const TabletPart *part)
{
    msgpack_pack_array(packer, PART_ITEMS);
    msgpack_pack_uint64(packer, part->offset);
    msgpack_pack_uint64(packer, part->checksum);
    msgpack_pack_uint32(packer, part->stored);
    msgpack_pack_uint32(packer, part->size);
    msgpack_pack_uint8(packer, part->compressed);
    msgpack_pack_uint8(packer, part->encoding);
    msgpack_pack_uint8(packer, part->detail);
}

/* [id, name, type, statistics of the column and of each block, entries of the dictionary, its part or nil,
 * [block …]] */
static void
pack_column(msgpack_packer *packer, const TabletFooter *footer, const TabletColumnFooter *column, Buffer *out)
{
    Buffer statistics = {0};

    msgpack_pack_array(packer, COLUMN_ITEMS);
    msgpack_pack_uint32(packer, column->column.id);
    pack_string(packer, column->column.name);
    type_pack(packer, column->column.type);
    msgpack_pack_array(packer, 2);
    statistics_encode(&column->column.statistics, 1, &statistics);
    pack_binary(packer, statistics.data, statistics.size);
    buffer_clear(&statistics);
    statistics_encode(column->block_statistics, footer->block_count, &statistics);
    pack_binary(packer, statistics.data, statistics.size);
    out->failed |= statistics.failed;
    buffer_destroy(&statistics);
    msgpack_pack_uint32(packer, column->dictionary_count);
    if (column->dictionary_count > 0)
        pack_part(packer, &column->dictionary);
    else
        msgpack_pack_nil(packer);
    msgpack_pack_array(packer, footer->block_count);
    for (uint32_t i = 0; i < footer->block_count; i++)
        pack_part(packer, &column->blocks[i]);
}

void
footer_pack(const TabletFooter *footer, Buffer *out)
{
    msgpack_packer packer = pack_into(out);

    msgpack_pack_array(&packer, FOOTER_ITEMS);
    msgpack_pack_uint64(&packer, footer->rows);
    msgpack_pack_uint32(&packer, footer->block_rows);
    msgpack_pack_array(&packer, footer->column_count);
    for (uint32_t i = 0; i < footer->column_count; i++)
        pack_column(&packer, footer, &footer->columns[i], out);
}

static TabletPart
unpack_part(Unpack *unpack, uint64_t data_end)
{
    if (unpack_array(unpack) != PART_ITEMS)
        unpack->failed = true;
    TabletPart part = {.offset = unpack_uint(unpack), .checksum = unpack_uint(unpack)};
    part.stored = unpack_below(unpack, TABLET_PART_BYTES_MAX + 1);
    part.size = unpack_below(unpack, TABLET_PART_BYTES_MAX + 1);
    part.compressed = unpack_below(unpack, 2) == 1;
    part.encoding = (uint8_t)unpack_below(unpack, BLOCK_ENCODING_COUNT);
    part.detail = (uint8_t)unpack_below(unpack, STREAM_KIND_COUNT);
    if (part.offset > data_end || part.stored > data_end - part.offset ||
        (!part.compressed && part.stored != part.size))
        unpack->failed = true;
    return part;
}

static Status
unpack_statistics(Unpack *unpack, uint32_t count, Arena *arena, ColumnStatistics *statistics, Error *error)
{
    size_t size;
    const void *bytes = unpack_binary(unpack, &size);

    return unpack->failed ? STATUS_OK : statistics_decode(arena, bytes, size, count, statistics, error);
}

static Status
unpack_blocks(Unpack *unpack, const TabletFooter *footer, uint64_t data_end, Arena *arena,
              TabletColumnFooter *column, Error *error)
{
    if (unpack_array(unpack) != footer->block_count)
        return error_set(error, STATUS_CORRUPT, "the footer names another number of blocks");
    column->blocks = ARENA_ARRAY(arena, TabletPart, footer->block_count);
    if (column->blocks == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < footer->block_count; i++) {
        column->blocks[i] = unpack_part(unpack, data_end);
        if (column->block_statistics[i].rows != footer_rows_of_block(footer, i) ||
            column->block_statistics[i].nulls > column->block_statistics[i].rows)
            return error_set(error, STATUS_CORRUPT, "the footer's statistics do not fit its rows");
    }
    return STATUS_OK;
}

static Status
unpack_column(Unpack *unpack, const TabletFooter *footer, uint64_t data_end, Arena *arena,
              TabletColumnFooter *column, Error *error)
{
    size_t size;

    if (unpack_array(unpack) != COLUMN_ITEMS)
        unpack->failed = true;
    column->column.id = unpack_below(unpack, UINT64_C(1) << 32);
    const char *name = unpack_string(unpack, &size);
    column->column.name = arena_copy_bytes(arena, name, size);
    column->column.type = type_unpack(unpack, arena);
    if (unpack_array(unpack) != 2)
        unpack->failed = true;
    /* Every block takes bytes of the footer: a count that it has no bytes for is refused before memory is
     * asked for. */
    if (unpack->failed || footer->block_count > (size_t)(unpack->end - unpack->at))
        return error_set(error, STATUS_CORRUPT, "the footer is damaged");
    column->block_statistics = ARENA_ARRAY(arena, ColumnStatistics, footer->block_count);
    if (column->block_statistics == NULL || column->column.name == NULL)
        return error_set_memory(error);
    TRY(unpack_statistics(unpack, 1, arena, &column->column.statistics, error));
    TRY(unpack_statistics(unpack, footer->block_count, arena, column->block_statistics, error));
    column->dictionary_count = unpack_below(unpack, TABLET_DICTIONARY_ENTRIES_MAX + 1);
    if (column->dictionary_count > 0)
        column->dictionary = unpack_part(unpack, data_end);
    else if (!unpack_nil(unpack))
        unpack->failed = true;
    return unpack_blocks(unpack, footer, data_end, arena, column, error);
}

Status
footer_unpack(const void *bytes, size_t size, uint64_t data_end, Arena *arena, TabletFooter *footer,
              Error *error)
{
    Unpack unpack = unpack_from(bytes, size);

    if (unpack_array(&unpack) != FOOTER_ITEMS)
        unpack.failed = true;
    *footer = (TabletFooter){.rows = unpack_uint(&unpack)};
    footer->block_rows = unpack_below(&unpack, BLOCK_ROWS_MAX + 1);
    footer->column_count = unpack_array(&unpack);
    if (unpack.failed || footer->rows > UINT32_MAX || footer->block_rows == 0 || footer->block_rows % 64 != 0)
        return error_set(error, STATUS_CORRUPT, "the footer is damaged");
    footer->block_count = (uint32_t)((footer->rows + footer->block_rows - 1) / footer->block_rows);
    footer->columns = ARENA_ARRAY(arena, TabletColumnFooter, footer->column_count);
    if (footer->columns == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < footer->column_count; i++)
        TRY(unpack_column(&unpack, footer, data_end, arena, &footer->columns[i], error));
    if (!unpack_is_done(&unpack))
        return error_set(error, STATUS_CORRUPT, "the footer is damaged");
    return STATUS_OK;
}
