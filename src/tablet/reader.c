#include "tablet/reader.h"

#include "base/hash.h"
#include "tablet/dictionary.h"
#include "tablet/part.h"

#include <stdlib.h>

static Status
read_tail(Source *source, TabletTail *tail, Error *error)
{
    char magic[TABLET_MAGIC_BYTES];

    if (source->size < sizeof magic + sizeof *tail)
        return error_set(error, STATUS_CORRUPT, "%s is no tablet: it has only %llu bytes", source->name,
                         (unsigned long long)source->size);
    TRY(source->class->read_at(source, 0, magic, sizeof magic, error));
    TRY(source->class->read_at(source, source->size - sizeof *tail, tail, sizeof *tail, error));
    if (memcmp(magic, TABLET_MAGIC, sizeof magic) != 0)
        return error_set(error, STATUS_CORRUPT, "%s is no tablet: it does not begin as one", source->name);
    if (memcmp(tail->magic, TABLET_MAGIC, sizeof magic) != 0)
        return error_set(error, STATUS_CORRUPT, "%s is truncated: it does not end as a tablet", source->name);
    if (tail->version != TABLET_VERSION)
        return error_set(error, STATUS_NOT_SUPPORTED,
                         "%s has format version %u, this program reads version %d", source->name,
                         tail->version, TABLET_VERSION);
    if ((tail->features & ~(uint64_t)TABLET_FEATURES) != 0)
        return error_set(error, STATUS_NOT_SUPPORTED,
                         "%s uses format features (%#llx) that this program does not know", source->name,
                         (unsigned long long)tail->features);
    return STATUS_OK;
}

static Status
read_footer(TabletReader *tablet, Error *error)
{
    Source *source = tablet->source;
    Error cause = {0};
    TabletTail tail;

    TRY(read_tail(source, &tail, error));
    const uint64_t room = source->size - sizeof tail - TABLET_MAGIC_BYTES;
    if (tail.footer_size > room || tail.footer_size > TABLET_FOOTER_BYTES_MAX)
        return error_set(error, STATUS_CORRUPT, "%s has no valid footer", source->name);
    const uint64_t start = source->size - sizeof tail - tail.footer_size;
    void *bytes = malloc((size_t)tail.footer_size + 1);
    if (bytes == NULL)
        return error_set_memory(error);
    Status status = source->class->read_at(source, start, bytes, tail.footer_size, error);
    if (status == STATUS_OK && hash_bytes(bytes, tail.footer_size) != tail.footer_checksum)
        status = error_set(error, STATUS_CORRUPT, "%s: the footer's checksum does not match", source->name);
    if (status == STATUS_OK &&
        footer_unpack(bytes, tail.footer_size, start, tablet->arena, &tablet->footer, &cause) != STATUS_OK)
        status = error_set(error, cause.code, "%s: %s", source->name, cause.message);
    free(bytes);
    return status;
}

static Status
check_types(const TabletReader *tablet, Error *error)
{
    for (uint32_t i = 0; i < tablet->footer.column_count; i++) {
        const TabletColumnFooter *column = &tablet->footer.columns[i];
        const Layout layout = type_layout(column->column.type);
        if (column->dictionary_count > 0 && layout != LAYOUT_VIEW)
            return error_set(error, STATUS_CORRUPT, "%s: column \"%s\" cannot have a dictionary",
                             tablet->source->name, column->column.name);
    }
    return STATUS_OK;
}

Status
tablet_open(Source *source, uint64_t key, BlockCache *cache, TabletReader **tablet, Error *error)
{
    TabletReader *reader = calloc(1, sizeof *reader);

    if (reader == NULL) {
        source_close(&source);
        return error_set_memory(error);
    }
    *reader = (TabletReader){.source = source, .key = key, .cache = cache, .arena = arena_new(NULL)};
    Status status = read_footer(reader, error);
    if (status == STATUS_OK)
        status = check_types(reader, error);
    if (status != STATUS_OK) {
        tablet_close(&reader);
        return status;
    }
    *tablet = reader;
    return STATUS_OK;
}

void
tablet_close(TabletReader **self)
{
    TabletReader *tablet = *self;

    if (tablet == NULL)
        return;
    source_close(&tablet->source);
    arena_destroy(&tablet->arena);
    free(tablet);
    *self = NULL;
}

uint64_t
tablet_rows(const TabletReader *tablet)
{
    return tablet->footer.rows;
}

uint32_t
tablet_column_count(const TabletReader *tablet)
{
    return tablet->footer.column_count;
}

const TabletColumn *
tablet_column(const TabletReader *tablet, uint32_t ordinal)
{
    return &tablet->footer.columns[ordinal].column;
}

int32_t
tablet_find_column(const TabletReader *tablet, uint32_t column_id)
{
    for (uint32_t i = 0; i < tablet->footer.column_count; i++) {
        if (tablet->footer.columns[i].column.id == column_id)
            return (int32_t)i;
    }
    return -1;
}

uint32_t
tablet_block_count(const TabletReader *tablet)
{
    return tablet->footer.block_count;
}

uint32_t
tablet_block_rows(const TabletReader *tablet, uint32_t block)
{
    return footer_rows_of_block(&tablet->footer, block);
}

const ColumnStatistics *
tablet_block_statistics(const TabletReader *tablet, uint32_t ordinal, uint32_t block)
{
    return &tablet->footer.columns[ordinal].block_statistics[block];
}

uint64_t
tablet_column_bytes(const TabletReader *tablet, uint32_t ordinal)
{
    const TabletColumnFooter *column = &tablet->footer.columns[ordinal];
    uint64_t bytes = column->dictionary_count > 0 ? column->dictionary.stored : 0;

    for (uint32_t i = 0; i < tablet->footer.block_count; i++)
        bytes += column->blocks[i].stored;
    return bytes;
}

Status
reader_error(const TabletReader *tablet, uint32_t ordinal, uint32_t block, const Error *cause, Error *error)
{
    const char *name = tablet->footer.columns[ordinal].column.name;

    if (cause->code == STATUS_OUT_OF_MEMORY)
        error_copy(error, cause);
    else if (block == UINT32_MAX)
        error_set(error, cause->code, "%s, column \"%s\", dictionary: %s", tablet->source->name, name,
                  cause->message);
    else
        error_set(error, cause->code, "%s, column \"%s\", block %u: %s", tablet->source->name, name, block,
                  cause->message);
    return cause->code;
}

/* What a loader needs to know. */
typedef struct LoadRequest {
    TabletReader *tablet;
    uint32_t ordinal;
    uint32_t block;
} LoadRequest;

static Status
load_block(void *context, void **content, size_t *size, Error *error)
{
    const LoadRequest *request = context;
    const TabletPart *part = &request->tablet->footer.columns[request->ordinal].blocks[request->block];

    *size = part->size;
    return part_read(request->tablet->source, part, content, error);
}

static Status
load_dictionary(void *context, void **content, size_t *size, Error *error)
{
    const LoadRequest *request = context;
    const TabletColumnFooter *column = &request->tablet->footer.columns[request->ordinal];
    Dictionary *dictionary = NULL;
    void *bytes = NULL;

    TRY(part_read(request->tablet->source, &column->dictionary, &bytes, error));
    const Status status = dictionary_decode(bytes, column->dictionary.size, column->dictionary_count,
                                            column->column.type, &dictionary, size, error);
    free(bytes);
    *content = dictionary;
    return status;
}

static Status
pin(TabletReader *tablet, uint32_t ordinal, uint32_t block, BlockLoader load, BlockEntry **entry,
    Error *error)
{
    LoadRequest request = {.tablet = tablet, .ordinal = ordinal, .block = block};
    const BlockKey key = {.tablet = tablet->key, .column = ordinal, .part = block};
    Error cause = {0};

    if (block_cache_acquire(tablet->cache, key, load, &request, entry, &cause) == STATUS_OK)
        return STATUS_OK;
    return reader_error(tablet, ordinal, block, &cause, error);
}

Status
reader_pin_block(TabletReader *tablet, uint32_t ordinal, uint32_t block, BlockEntry **entry, Error *error)
{
    return pin(tablet, ordinal, block, load_block, entry, error);
}

Status
reader_pin_dictionary(TabletReader *tablet, uint32_t ordinal, BlockEntry **entry, Error *error)
{
    return pin(tablet, ordinal, UINT32_MAX, load_dictionary, entry, error);
}
