#include "tablet/list_bytes.h"
#include "tablet/reader.h"

#include <assert.h>
#include <stdlib.h>

enum {
    /* BATCH_ROWS rows touch at most so many groups, wherever they start. */
    GROUPS_MAX = BATCH_ROWS / BITPACK_GROUP + 1,
    VALUES_ROOM = GROUPS_MAX * BITPACK_GROUP,
    /* Below one in so many selected rows, values are taken one by one. */
    FEW = 16
};

struct ColumnCursor {
    TabletReader *tablet;
    uint32_t ordinal;
    Type type;       /* arrays are read as bytes first */
    Type list;       /* and become this */
    Arena *elements; /* of the arrays of a batch; NULL: the column has no arrays */
    Layout layout;
    Budget *budget;
    size_t charged;
    Arena *arena; /* of the block it is in */
    BlockEntry *entry;
    BlockEntry *dictionary_entry;
    const Dictionary *dictionary;
    uint32_t current; /* block; UINT32_MAX: none */
    uint64_t bytes;
    Block block;
    char *values;       /* VALUES_ROOM of the layout, 64-byte aligned */
    uint64_t *validity; /* of a batch whose rows do not start at a word */
    char *heap;         /* decoded strings of SYMBOLS */
    size_t heap_room;
    _Alignas(16) char constant[16];
};

/* What NULL vectors point to. */
static const uint64_t no_bits[1];
static const _Alignas(16) char zero_value[16];

static size_t
values_bytes(Layout layout)
{
    return (size_t)VALUES_ROOM * layout_width(layout);
}

static size_t
validity_bytes(void)
{
    return bits_words(BATCH_ROWS) * sizeof(uint64_t);
}

Status
column_cursor_new(TabletReader *tablet, uint32_t ordinal, Budget *budget, ColumnCursor **cursor, Error *error)
{
    const Type list = tablet->footer.columns[ordinal].column.type;
    const Type type = list.id == TYPE_LIST ? type_of(TYPE_BYTEA) : list;
    const Layout layout = type_layout(type);
    const size_t bytes = sizeof(ColumnCursor) + values_bytes(layout) + validity_bytes();

    if (!budget_charge(budget, bytes))
        return error_set_memory(error);
    ColumnCursor *made = aligned_alloc(64, (sizeof *made + 63) & ~(size_t)63);
    if (made == NULL) {
        budget_release(budget, bytes);
        return error_set_memory(error);
    }
    *made = (ColumnCursor){.tablet = tablet,
                           .ordinal = ordinal,
                           .type = type,
                           .list = list,
                           .layout = layout,
                           .budget = budget,
                           .charged = bytes,
                           .current = UINT32_MAX};
    made->arena = arena_new(budget);
    made->elements = list.id == TYPE_LIST ? arena_new(budget) : NULL;
    made->values = aligned_alloc(64, values_bytes(layout));
    made->validity = malloc(validity_bytes());
    if (made->arena == NULL || (list.id == TYPE_LIST && made->elements == NULL) || made->values == NULL ||
        made->validity == NULL) {
        column_cursor_destroy(&made);
        return error_set_memory(error);
    }
    memset(made->values, 0, values_bytes(layout)); /* rows that are never decoded stay readable */
    *cursor = made;
    return STATUS_OK;
}

void
column_cursor_destroy(ColumnCursor **self)
{
    ColumnCursor *cursor = *self;

    if (cursor == NULL)
        return;
    block_cache_release(cursor->tablet->cache, &cursor->entry);
    block_cache_release(cursor->tablet->cache, &cursor->dictionary_entry);
    arena_destroy(&cursor->arena);
    arena_destroy(&cursor->elements);
    free(cursor->values);
    free(cursor->validity);
    free(cursor->heap);
    budget_release(cursor->budget, cursor->charged);
    free(cursor);
    *self = NULL;
}

uint64_t
column_cursor_bytes(const ColumnCursor *cursor)
{
    return cursor->bytes;
}

static Status
pin_dictionary(ColumnCursor *cursor, Error *error)
{
    const TabletColumnFooter *column = &cursor->tablet->footer.columns[cursor->ordinal];

    if (column->dictionary_count == 0 || cursor->dictionary != NULL)
        return STATUS_OK;
    TRY(reader_pin_dictionary(cursor->tablet, cursor->ordinal, &cursor->dictionary_entry, error));
    cursor->dictionary = block_entry_content(cursor->dictionary_entry);
    cursor->bytes += column->dictionary.stored;
    return STATUS_OK;
}

/* Let go of the block it was in, and open another. */
static Status
enter_block(ColumnCursor *cursor, uint32_t block, Error *error)
{
    const TabletColumnFooter *column = &cursor->tablet->footer.columns[cursor->ordinal];
    const TabletPart *part = &column->blocks[block];
    Error cause = {0};

    cursor->current = UINT32_MAX;
    block_cache_release(cursor->tablet->cache, &cursor->entry);
    arena_reset(cursor->arena);
    TRY(reader_pin_block(cursor->tablet, cursor->ordinal, block, &cursor->entry, error));
    if (block_open(block_entry_content(cursor->entry), part->size, cursor->layout,
                   footer_rows_of_block(&cursor->tablet->footer, block), column->dictionary_count,
                   cursor->arena, &cursor->block, &cause) != STATUS_OK)
        return reader_error(cursor->tablet, cursor->ordinal, block, &cause, error);
    if (cursor->block.encoding == BLOCK_DICTIONARY)
        TRY(pin_dictionary(cursor, error));
    cursor->current = block;
    cursor->bytes += part->stored;
    return STATUS_OK;
}

/* The bits of rows [first, first + count), where they lie or moved to a word's start. */
static const uint64_t *
read_validity(ColumnCursor *cursor, uint32_t first, uint32_t count)
{
    const uint64_t *words = cursor->block.validity;
    const unsigned shift = first % 64;

    if (words == NULL || shift == 0)
        return words == NULL ? NULL : words + first / 64;
    for (uint32_t i = 0; i < bits_words(count); i++) {
        const uint64_t *from = words + first / 64 + i;
        const bool last = first / 64 + i + 1 >= bits_words(cursor->block.rows);
        cursor->validity[i] = from[0] >> shift | (last ? 0 : from[1] << (64 - shift));
    }
    return cursor->validity;
}

/* The next selected rows from *at on that are below `end`; moves *at past them. */
static uint32_t
take_selected(const uint32_t *selection, uint32_t selected, uint32_t end, uint32_t *at)
{
    const uint32_t from = *at;

    while (*at < selected && selection[*at] < end)
        ++*at;
    return *at - from;
}

static size_t
value_width(const ColumnCursor *cursor)
{
    return cursor->block.encoding == BLOCK_DICTIONARY ? sizeof(uint32_t) : layout_width(cursor->layout);
}

/* Decode the groups that hold selected rows; of those with few, only their values where that is possible. Row
 * 0 of the batch comes to stand at values[first % BITPACK_GROUP]. */
static Status
decode_groups(ColumnCursor *cursor, uint32_t first, uint32_t count, const uint32_t *selection,
              uint32_t selected, Error *error)
{
    const Block *block = &cursor->block;
    const size_t width = value_width(cursor);
    const uint32_t group = first / BITPACK_GROUP;
    const bool one_by_one = selection != NULL && block_is_random(block);
    uint32_t at = 0;

    for (uint32_t i = 0; (group + i) * BITPACK_GROUP < first + count; i++) {
        char *out = cursor->values + (size_t)i * BITPACK_GROUP * width;
        const uint32_t from = at;
        uint32_t wanted = BITPACK_GROUP;
        if (selection != NULL)
            wanted = take_selected(selection, selected, (group + i + 1) * BITPACK_GROUP - first, &at);
        if (wanted == 0)
            continue;
        if (!one_by_one || wanted > BITPACK_GROUP / FEW) {
            TRY(block_decode_group(block, group + i, out, error));
            continue;
        }
        for (uint32_t j = from; j < at; j++) {
            const uint32_t row = first + selection[j];
            block_decode_value(block, row, out + (row - (group + i) * BITPACK_GROUP) * width);
        }
    }
    return STATUS_OK;
}

static Status
reserve_heap(ColumnCursor *cursor, size_t room, Error *error)
{
    if (room <= cursor->heap_room)
        return STATUS_OK;
    if (!budget_charge(cursor->budget, room - cursor->heap_room))
        return error_set_memory(error);
    char *moved = realloc(cursor->heap, room);
    if (moved == NULL) {
        budget_release(cursor->budget, room - cursor->heap_room);
        return error_set_memory(error);
    }
    cursor->charged += room - cursor->heap_room;
    cursor->heap = moved;
    cursor->heap_room = room;
    return STATUS_OK;
}

/* Views of the rows' bytes; *heap is where decoded ones go. */
static void
read_text(ColumnCursor *cursor, uint32_t row, StringView *view, char **heap)
{
    const Block *block = &cursor->block;
    const char *bytes = block->text.heap + block->text.offsets[row];
    const size_t size = block->text.offsets[row + 1] - block->text.offsets[row];

    if (block->encoding == BLOCK_STRINGS) {
        *view = string_view(bytes, size);
        return;
    }
    const size_t decoded = symbols_decode(&block->text.symbols, (const uint8_t *)bytes, size, *heap);
    *view = string_view(*heap, decoded);
    *heap += decoded;
}

static Status
read_texts(ColumnCursor *cursor, uint32_t first, uint32_t count, const uint32_t *selection, uint32_t selected,
           const uint64_t *validity, Vector *vector, Error *error)
{
    const Block *block = &cursor->block;
    StringView *views = (StringView *)cursor->values;
    const uint32_t rows = selection != NULL ? selected : count;

    if (block->encoding == BLOCK_SYMBOLS) {
        size_t codes = 0;
        for (uint32_t i = 0; i < rows; i++) {
            const uint32_t row = first + (selection != NULL ? selection[i] : i);
            codes += block->text.offsets[row + 1] - block->text.offsets[row];
        }
        TRY(reserve_heap(cursor, symbols_room(codes), error));
    }
    if (selection != NULL)
        memset(views, 0, count * sizeof *views); /* what is not wanted is empty, and safe to read */
    char *heap = cursor->heap;
    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t row = selection != NULL ? selection[i] : i;
        if (validity != NULL && !bits_get(validity, row))
            views[row] = (StringView){.size = 0};
        else
            read_text(cursor, first + row, &views[row], &heap);
    }
    *vector = vector_flat(cursor->type, views, validity);
    return STATUS_OK;
}

static Vector
constant_vector(const ColumnCursor *cursor, const void *value, const uint64_t *validity)
{
    Vector vector = vector_flat(cursor->type, value, validity);

    vector.form = VECTOR_CONSTANT;
    return vector;
}

/* Where no row is NULL and all have one value that the encoding knows. */
static bool
read_constant(ColumnCursor *cursor, uint32_t first, uint32_t count, Vector *vector)
{
    if (cursor->block.encoding == BLOCK_NULLS) {
        *vector = constant_vector(cursor, zero_value, no_bits);
        return true;
    }
    if (cursor->block.validity != NULL || !block_is_constant(&cursor->block, first, count, cursor->constant))
        return false;
    *vector = constant_vector(cursor, cursor->constant, NULL);
    if (cursor->block.encoding == BLOCK_DICTIONARY) {
        uint32_t code;
        memcpy(&code, cursor->constant, sizeof code);
        vector->data = (const StringView *)cursor->dictionary->values.data + code;
        vector->dictionary = cursor->dictionary;
    }
    return true;
}

static Status
read_rows(ColumnCursor *cursor, uint32_t block, uint32_t first, uint32_t count, const uint32_t *selection,
          uint32_t selected, Vector *vector, Error *error)
{
    Error cause = {0};
    Status status = STATUS_OK;

    assert(block < cursor->tablet->footer.block_count && count > 0 && count <= BATCH_ROWS);
    assert(first + count <= footer_rows_of_block(&cursor->tablet->footer, block));
    if (cursor->current != block)
        TRY(enter_block(cursor, block, error));
    if (read_constant(cursor, first, count, vector))
        return STATUS_OK;

    const uint64_t *validity = read_validity(cursor, first, count);
    if (cursor->block.encoding == BLOCK_STRINGS || cursor->block.encoding == BLOCK_SYMBOLS)
        return read_texts(cursor, first, count, selection, selected, validity, vector, error);
    const char *plain = block_plain(&cursor->block);
    if (plain != NULL) {
        *vector = vector_flat(cursor->type, plain + first * layout_width(cursor->layout), validity);
        return STATUS_OK;
    }
    status = decode_groups(cursor, first, count, selection, selected, &cause);
    if (status != STATUS_OK)
        return reader_error(cursor->tablet, cursor->ordinal, block, &cause, error);
    *vector =
        vector_flat(cursor->type, cursor->values + first % BITPACK_GROUP * value_width(cursor), validity);
    if (cursor->block.encoding == BLOCK_DICTIONARY) {
        vector->form = VECTOR_DICTIONARY;
        vector->dictionary = cursor->dictionary;
    }
    return STATUS_OK;
}

Status
column_cursor_read(ColumnCursor *cursor, uint32_t block, uint32_t first, uint32_t count,
                   const uint32_t *selection, uint32_t selected, Vector *vector, Error *error)
{
    Error cause = {0};
    Vector bytes;

    if (cursor->elements == NULL)
        return read_rows(cursor, block, first, count, selection, selected, vector, error);
    TRY(read_rows(cursor, block, first, count, selection, selected, &bytes, error));
    arena_reset(cursor->elements);
    const Status status =
        list_bytes_unpack(&bytes, cursor->list, count, selection, selected, cursor->elements, vector, &cause);
    return status == STATUS_OK ? STATUS_OK
                               : reader_error(cursor->tablet, cursor->ordinal, block, &cause, error);
}
