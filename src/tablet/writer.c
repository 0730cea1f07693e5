#include "tablet/writer.h"

#include "base/hash.h"
#include "column/builder.h"
#include "column/distinct.h"
#include "tablet/bounds.h"
#include "tablet/dictionary.h"
#include "tablet/file.h"
#include "tablet/format.h"
#include "tablet/list_bytes.h"
#include "tablet/sample.h"

#include <stdlib.h>
#include <zstd.h>

enum {
    COMPRESSION_DEFAULT = 3,
    TRIAL_PERIOD = 8,       /* one block in so many is tried both bit-packed and byte-aligned */
    SYMBOL_SAMPLE = 1 << 15 /* bytes a symbol table is trained on */
};

struct TabletWriter {
    Budget *budget;
    TabletWriterOptions options;
    Arena *arena;
    uint32_t column_count;
    TabletColumnSpec *columns;
    RowBuilder *rows;
};

static void
set_defaults(TabletWriterOptions *options)
{
    if (options->rows == 0)
        options->rows = TABLET_ROWS;
    if (options->block_rows == 0)
        options->block_rows = TABLET_BLOCK_ROWS;
    if (options->compression == 0)
        options->compression = COMPRESSION_DEFAULT;
}

Status
tablet_writer_new(uint32_t column_count, const TabletColumnSpec *columns, const TabletWriterOptions *options,
                  Budget *budget, TabletWriter **writer, Error *error)
{
    TabletWriterOptions chosen = options != NULL ? *options : (TabletWriterOptions){0};
    Arena *arena;

    set_defaults(&chosen);
    if (chosen.block_rows % 64 != 0 || chosen.block_rows > BLOCK_ROWS_MAX)
        return error_set(error, STATUS_INVALID_PARAMETER,
                         "%u is no size for blocks: a multiple of 64 up to %d is", chosen.block_rows,
                         BLOCK_ROWS_MAX);
    arena = arena_new(NULL);
    TabletWriter *made = ARENA_NEW(arena, TabletWriter);
    *made = (TabletWriter){.budget = budget, .options = chosen, .arena = arena, .column_count = column_count};
    made->columns = ARENA_ARRAY(arena, TabletColumnSpec, column_count);
    Type *types = ARENA_ARRAY(arena, Type, column_count);
    for (uint32_t i = 0; i < column_count; i++) {
        made->columns[i] = columns[i];
        made->columns[i].name = arena_copy_string(arena, columns[i].name);
        types[i] = columns[i].type;
    }
    made->rows = row_builder_new(budget, column_count, types);
    if (made->rows == NULL) {
        tablet_writer_destroy(&made);
        return error_set_memory(error);
    }
    *writer = made;
    return STATUS_OK;
}

void
tablet_writer_destroy(TabletWriter **self)
{
    TabletWriter *writer = *self;

    if (writer == NULL)
        return;
    Arena *arena = writer->arena;
    row_builder_destroy(&writer->rows);
    arena_destroy(&arena);
    *self = NULL;
}

uint64_t
tablet_writer_rows(const TabletWriter *writer)
{
    return row_builder_rows(writer->rows);
}

size_t
tablet_writer_bytes(const TabletWriter *writer)
{
    return row_builder_bytes(writer->rows);
}

Status
tablet_writer_append(TabletWriter *writer, const Batch *batch, uint32_t first, uint32_t *taken, Error *error)
{
    const uint64_t room = writer->options.rows - tablet_writer_rows(writer);
    const uint32_t left = batch->count - first;
    const uint32_t count = left < room ? left : (uint32_t)room;
    uint32_t picks[BATCH_ROWS];

    *taken = first;
    if (first == 0 && count == batch->count) {
        TRY(row_builder_append(writer->rows, batch, NULL, 0, error));
    } else {
        for (uint32_t i = 0; i < count; i++)
            picks[i] = batch_row(batch, first + i);
        TRY(row_builder_append(writer->rows, batch, picks, count, error));
    }
    *taken = first + count;
    return STATUS_OK;
}

/* One column while it is written. */
typedef struct ColumnWriter {
    const TabletWriter *writer;
    TabletFile *file;
    Arena *arena;
    Vector given;  /* the rows */
    Vector values; /* as they are encoded: arrays as bytes */
    uint64_t rows;
    TabletFooter *footer;
    TabletColumnFooter *column;
    ColumnStatistics *sketch; /* where the sketch goes: of the summary */
    DictionaryDraft draft;
    SymbolTable *symbols;
    ZSTD_CCtx *zstd;
    Buffer packed; /* the block's two forms, and what zstd makes of each */
    Buffer aligned;
    Buffer compressed;
    Buffer aligned_compressed;
    bool prefer_aligned;
} ColumnWriter;

static Status
compress(ColumnWriter *column, const Buffer *from, Buffer *to, Error *error)
{
    const size_t room = ZSTD_compressBound(from->size);

    buffer_clear(to);
    if (!buffer_reserve(to, room))
        return error_set_memory(error);
    const size_t size = ZSTD_compressCCtx(column->zstd, to->data, to->capacity, from->data, from->size,
                                          column->writer->options.compression);
    if (ZSTD_isError(size))
        return error_set(error, STATUS_INTERNAL, "compression failed: %s", ZSTD_getErrorName(size));
    to->size = size;
    return STATUS_OK;
}

/* Decompressing costs: it must save one byte in twelve, unless the part is a dictionary, decompressed once.
 */
static bool
pays(size_t compressed, size_t plain)
{
    return compressed + plain / 12 < plain;
}

static Status
write_part(ColumnWriter *column, const Buffer *raw, const Buffer *compressed, TabletPart *part, Error *error)
{
    const Buffer *stored = compressed != NULL ? compressed : raw;

    if (raw->size > TABLET_PART_BYTES_MAX || stored->size > TABLET_PART_BYTES_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "column \"%s\": a block of it exceeds 1 GiB",
                         column->column->column.name);
    part->stored = (uint32_t)stored->size;
    part->size = (uint32_t)raw->size;
    part->compressed = compressed != NULL;
    part->checksum = hash_bytes(stored->data, stored->size);
    return tablet_file_append(column->file, stored->data, stored->size, &part->offset, error);
}

static Status
write_dictionary(ColumnWriter *column, Error *error)
{
    if (column->draft.count == 0)
        return STATUS_OK;
    column->column->dictionary_count = column->draft.count;
    buffer_clear(&column->packed);
    dictionary_encode(&column->draft, &column->packed);
    if (column->packed.failed)
        return error_set_memory(error);
    bool compressed = false;
    if (column->writer->options.compression >= 0) {
        TRY(compress(column, &column->packed, &column->compressed, error));
        compressed = column->compressed.size < column->packed.size;
    }
    return write_part(column, &column->packed, compressed ? &column->compressed : NULL,
                      &column->column->dictionary, error);
}

static Status
encode(ColumnWriter *column, uint64_t first, uint32_t rows, bool byte_aligned, Buffer *out, TabletPart *part,
       Error *error)
{
    const BlockChoice choice = {.byte_aligned = byte_aligned,
                                .codes = column->draft.count > 0 ? column->draft.codes + first : NULL,
                                .symbols = column->symbols};
    StreamKind detail;

    buffer_clear(out);
    part->encoding = (uint8_t)block_encode(&column->values, first, rows, &choice, out, &detail);
    part->detail = (uint8_t)detail;
    return out->failed ? error_set_memory(error) : STATUS_OK;
}

/* Bit-packed or byte-aligned, compressed or not: whichever is smallest, with some preference for what decodes
 * faster. Byte-aligned values compress better where they repeat; packed ones are small without it. */
static Status
write_block(ColumnWriter *column, uint32_t block, Error *error)
{
    const uint64_t first = (uint64_t)block * column->footer->block_rows;
    const uint32_t rows = footer_rows_of_block(column->footer, block);
    TabletPart *part = &column->column->blocks[block];
    const bool may_compress = column->writer->options.compression >= 0;
    const bool trial = may_compress && block % TRIAL_PERIOD == 0;
    TabletPart aligned = {0};
    const Buffer *raw = &column->packed;
    const Buffer *best = NULL;

    if (trial || !column->prefer_aligned) {
        TRY(encode(column, first, rows, false, &column->packed, part, error));
        if (may_compress) {
            TRY(compress(column, &column->packed, &column->compressed, error));
            best = pays(column->compressed.size, column->packed.size) ? &column->compressed : NULL;
        }
    }
    if (trial || column->prefer_aligned) {
        TRY(encode(column, first, rows, true, &column->aligned, &aligned, error));
        TRY(compress(column, &column->aligned, &column->aligned_compressed, error));
        if (trial)
            column->prefer_aligned =
                pays(column->aligned_compressed.size, best != NULL ? best->size : raw->size);
        if (column->prefer_aligned) {
            *part = aligned;
            raw = &column->aligned;
            best = column->aligned_compressed.size < raw->size ? &column->aligned_compressed : NULL;
        }
    }
    return write_part(column, raw, best, part, error);
}

static void
add_hashes(const Vector *values, uint64_t rows, DistinctSketch *sketch)
{
    uint64_t hashes[BATCH_ROWS];

    for (uint64_t first = 0; first < rows; first += BATCH_ROWS) {
        const uint32_t count = rows - first < BATCH_ROWS ? (uint32_t)(rows - first) : BATCH_ROWS;
        Vector part = *values;
        part.data = (const char *)part.data + first * layout_width(part.layout);
        part.validity = part.validity != NULL ? part.validity + first / 64 : NULL;
        vector_hash(&part, NULL, count, false, hashes);
        for (uint32_t i = 0; i < count; i++) {
            if (part.validity == NULL || bits_get(part.validity, i))
                distinct_add(sketch, hashes[i]);
        }
    }
}

/* For the catalog alone: the file's footer goes without. */
static Status
collect_sketch(ColumnWriter *column, const DistinctSketch *distinct, Error *error)
{
    ColumnStatistics *total = &column->column->column.statistics;
    ColumnSketch *sketch = ARENA_NEW(column->arena, ColumnSketch);
    Buffer out = {0};

    if (column->given.layout > LAYOUT_VIEW)
        return STATUS_OK;
    distinct_fold(distinct, sketch->registers);
    sample_collect(&column->given, column->rows, total->distinct, column->arena, sketch);
    sketch_encode(sketch, column->given.layout, &out);
    if (!out.failed) {
        column->sketch->sketch = arena_copy_bytes(column->arena, out.data, out.size);
        column->sketch->sketch_size = (uint32_t)out.size;
    }
    const bool failed = out.failed;
    buffer_destroy(&out);
    return failed ? error_set_memory(error) : STATUS_OK;
}

static Status
collect_statistics(ColumnWriter *column, Error *error)
{
    const uint32_t blocks = column->footer->block_count;
    const ColumnStatistics **parts = ARENA_ARRAY(column->arena, const ColumnStatistics *, blocks);
    DistinctSketch sketch = {{0}};

    for (uint32_t i = 0; i < blocks; i++) {
        ColumnStatistics *statistics = &column->column->block_statistics[i];
        TRY(bounds_collect(&column->given, (uint64_t)i * column->footer->block_rows,
                           footer_rows_of_block(column->footer, i), column->arena, statistics, error));
        parts[i] = statistics;
    }
    column->column->column.statistics = statistics_merge(column->given.layout, parts, blocks);
    const Vector entries = vector_flat(column->given.type, column->draft.entries, NULL);
    if (column->draft.count == 0)
        add_hashes(&column->given, column->rows, &sketch);
    else
        add_hashes(&entries, column->draft.count, &sketch);
    ColumnStatistics *total = &column->column->column.statistics;
    const uint64_t estimate = distinct_estimate(&sketch);
    const uint64_t present = total->rows - total->nulls;
    total->distinct = column->draft.count > 0 ? column->draft.count : estimate < present ? estimate : present;
    return collect_sketch(column, &sketch, error);
}

/* Strings without a dictionary: a symbol table, where it makes a sample clearly smaller. */
static void
train_symbols(ColumnWriter *column)
{
    const StringView *views = column->values.data;
    const uint64_t step = column->rows / 512 + 1;
    const char *strings[512];
    uint32_t sizes[512];
    size_t count = 0;
    size_t bytes = 0;
    size_t codes = 0;
    uint8_t *scratch = malloc(2 * SYMBOL_SAMPLE);
    SymbolTable *table = ARENA_NEW(column->arena, SymbolTable);

    for (uint64_t row = 0; row < column->rows && count < 512 && bytes < SYMBOL_SAMPLE; row += step) {
        const size_t room = SYMBOL_SAMPLE - bytes;
        if (column->values.validity != NULL && !bits_get(column->values.validity, row))
            continue;
        strings[count] = string_view_data(&views[row]);
        sizes[count] = views[row].size < room ? views[row].size : (uint32_t)room;
        bytes += sizes[count++];
    }
    symbols_train(strings, sizes, count, table);
    SymbolEncoder *encoder = symbol_encoder_new(table);
    for (size_t i = 0; i < count && encoder != NULL && scratch != NULL; i++)
        codes += symbols_encode(encoder, strings[i], sizes[i], scratch);
    const bool enough = bytes / (count + 1) * column->rows > 64 * sizeof *table;
    if (encoder != NULL && scratch != NULL && enough && codes < bytes - bytes / 4)
        column->symbols = table;
    symbol_encoder_destroy(&encoder);
    free(scratch);
}

/* Text in whole blocks under zstd is smaller than under symbols, but takes all of a block to read one string.
 * zstd is kept where it is much smaller. */
static Status
choose_text_encoding(ColumnWriter *column, Error *error)
{
    TabletPart part;
    const uint32_t rows = footer_rows_of_block(column->footer, 0);

    train_symbols(column);
    if (column->symbols == NULL || column->writer->options.compression < 0)
        return STATUS_OK;
    TRY(encode(column, 0, rows, false, &column->packed, &part, error));
    TRY(compress(column, &column->packed, &column->compressed, error));
    const size_t with_symbols =
        column->compressed.size < column->packed.size ? column->compressed.size : column->packed.size;
    SymbolTable *symbols = column->symbols;
    column->symbols = NULL;
    TRY(encode(column, 0, rows, false, &column->packed, &part, error));
    TRY(compress(column, &column->packed, &column->compressed, error));
    if (column->compressed.size >= with_symbols - with_symbols / 8)
        column->symbols = symbols;
    return STATUS_OK;
}

static Status
write_column(ColumnWriter *column, Error *error)
{
    if (column->given.layout == LAYOUT_LIST)
        TRY(list_bytes_pack(&column->given, column->rows, column->arena, &column->values, error));
    if (column->given.layout == LAYOUT_VIEW && column->rows > 0) {
        TRY(dictionary_draft(&column->values, column->rows, &column->draft, error));
        if (column->draft.count == 0)
            TRY(choose_text_encoding(column, error));
    }
    TRY(collect_statistics(column, error));
    TRY(write_dictionary(column, error));
    for (uint32_t i = 0; i < column->footer->block_count; i++)
        TRY(write_block(column, i, error));
    return STATUS_OK;
}

static void
column_writer_destroy(ColumnWriter *column)
{
    dictionary_draft_destroy(&column->draft);
    ZSTD_freeCCtx(column->zstd);
    buffer_destroy(&column->packed);
    buffer_destroy(&column->aligned);
    buffer_destroy(&column->compressed);
    buffer_destroy(&column->aligned_compressed);
}

static Status
write_columns(TabletWriter *writer, TabletFile *file, TabletFooter *footer, ColumnStatistics *sketches,
              Arena *arena, Error *error)
{
    for (uint32_t i = 0; i < footer->column_count; i++) {
        ColumnWriter column = {.writer = writer,
                               .file = file,
                               .arena = arena,
                               .given = row_builder_column(writer->rows, i),
                               .values = row_builder_column(writer->rows, i),
                               .rows = footer->rows,
                               .footer = footer,
                               .column = &footer->columns[i],
                               .sketch = &sketches[i],
                               .zstd = ZSTD_createCCtx()};
        const Status status = column.zstd == NULL ? error_set_memory(error) : write_column(&column, error);
        column_writer_destroy(&column);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static void
init_footer(const TabletWriter *writer, Arena *arena, TabletFooter *footer)
{
    const uint64_t rows = tablet_writer_rows(writer);
    const uint32_t block_rows = writer->options.block_rows;

    *footer = (TabletFooter){.rows = rows,
                             .block_rows = block_rows,
                             .block_count = (uint32_t)((rows + block_rows - 1) / block_rows),
                             .column_count = writer->column_count};
    footer->columns = ARENA_ARRAY(arena, TabletColumnFooter, writer->column_count);
    for (uint32_t i = 0; i < writer->column_count; i++) {
        TabletColumnFooter *column = &footer->columns[i];
        column->column = (TabletColumn){
            .id = writer->columns[i].id, .name = writer->columns[i].name, .type = writer->columns[i].type};
        column->blocks = ARENA_ARRAY(arena, TabletPart, footer->block_count);
        column->block_statistics = ARENA_ARRAY(arena, ColumnStatistics, footer->block_count);
    }
}

static Status
write_footer(TabletFile *file, const TabletFooter *footer, Error *error)
{
    Buffer out = {0};
    uint64_t offset;
    Status status = STATUS_OK;
    TabletTail tail = {.version = TABLET_VERSION, .features = TABLET_FEATURES};

    memcpy(tail.magic, TABLET_MAGIC, TABLET_MAGIC_BYTES);
    footer_pack(footer, &out);
    if (out.failed)
        TRY_GOTO(error_set_memory(error), done);
    if (out.size > TABLET_FOOTER_BYTES_MAX)
        TRY_GOTO(error_set(error, STATUS_LIMIT_EXCEEDED, "the tablet has too many columns and blocks"), done);
    tail.footer_size = (uint32_t)out.size;
    tail.footer_checksum = hash_bytes(out.data, out.size);
    buffer_append(&out, &tail, sizeof tail);
    if (out.failed)
        TRY_GOTO(error_set_memory(error), done);
    status = tablet_file_append(file, out.data, out.size, &offset, error);
done:
    buffer_destroy(&out);
    return status;
}

static void
summarise(const TabletFooter *footer, const ColumnStatistics *sketches, uint64_t bytes, Arena *arena,
          TabletSummary *summary)
{
    *summary = (TabletSummary){.rows = footer->rows, .bytes = bytes, .column_count = footer->column_count};
    summary->columns = ARENA_ARRAY(arena, ColumnStatistics, footer->column_count);
    for (uint32_t i = 0; i < footer->column_count; i++) {
        ColumnStatistics *statistics = &summary->columns[i];
        *statistics = footer->columns[i].column.statistics;
        if (sketches[i].sketch != NULL) {
            statistics->sketch = arena_copy_bytes(arena, sketches[i].sketch, sketches[i].sketch_size);
            statistics->sketch_size = sketches[i].sketch_size;
        }
        if (statistics->min.text.data != NULL)
            statistics->min.text.data =
                arena_copy_bytes(arena, statistics->min.text.data, statistics->min.text.size);
        if (statistics->max.text.data != NULL)
            statistics->max.text.data =
                arena_copy_bytes(arena, statistics->max.text.data, statistics->max.text.size);
    }
}

Status
tablet_writer_finish(TabletWriter *writer, const char *path, Arena *arena, TabletSummary *summary,
                     Error *error)
{
    Arena *own = arena_new(NULL);
    ColumnStatistics *sketches = ARENA_ARRAY(own, ColumnStatistics, writer->column_count);
    TabletFile *file = NULL;
    TabletFooter footer;
    uint64_t offset;
    uint64_t bytes = 0;
    Status status = STATUS_OK;

    init_footer(writer, own, &footer);
    TRY_GOTO(tablet_file_create(path, &file, error), done);
    TRY_GOTO(tablet_file_append(file, TABLET_MAGIC, TABLET_MAGIC_BYTES, &offset, error), done);
    TRY_GOTO(write_columns(writer, file, &footer, sketches, own, error), done);
    TRY_GOTO(write_footer(file, &footer, error), done);
    TRY_GOTO(tablet_file_finish(file, &bytes, error), done);
    summarise(&footer, sketches, bytes, arena, summary);
done:
    tablet_file_destroy(&file);
    arena_destroy(&own);
    return status;
}
