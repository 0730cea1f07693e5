#include "tablet/deletions.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* bytes := checksum (u64, of all that follows) count (u32) form (u8) body
 * GAPS: for each row how many live ones stand before it, seven bits a byte, the lowest first
 * BITMAP: bytes of bits, from row 0 */
enum { HEADER_BYTES = 13, CHECKSUM_BYTES = 8, FORM_GAPS = 0, FORM_BITMAP = 1, ITEMS_FIRST = 8 };

/* ---- bytes ---- */

static uint64_t
count_between(const Deletions *deletions, uint64_t first, uint64_t end, uint64_t *last)
{
    uint64_t count = 0;

    for (uint64_t row = first; row < end; row++) {
        if (row % 64 == 0 && deletions->words[row / 64] == 0) {
            row += 63;
            continue;
        }
        if (deletions_has(deletions, row)) {
            count++;
            *last = row;
        }
    }
    return count;
}

static void
append_gaps(const Deletions *deletions, uint64_t first, uint64_t end, Buffer *out)
{
    uint64_t next = 0;

    for (uint64_t row = first; row < end; row++) {
        if (!deletions_has(deletions, row))
            continue;
        uint64_t gap = row - next;
        for (; gap >= 0x80; gap >>= 7)
            buffer_append_char(out, (char)(gap | 0x80));
        buffer_append_char(out, (char)gap);
        next = row + 1;
    }
}

static void
append_bitmap(const Deletions *deletions, uint64_t first, uint64_t last, Buffer *out)
{
    for (uint64_t byte = 0; byte <= last / 8; byte++) {
        unsigned bits = 0;
        for (unsigned i = 0; i < 8; i++)
            bits |= (unsigned)(byte * 8 + i >= first && deletions_has(deletions, byte * 8 + i)) << i;
        buffer_append_char(out, (char)bits);
    }
}

void
deletions_encode(const Deletions *deletions, uint64_t first, uint64_t end, Buffer *out)
{
    const size_t start = out->size;
    const uint64_t held = (uint64_t)deletions->word_count * 64;
    const char header[CHECKSUM_BYTES] = {0};
    uint64_t last = 0;

    end = end < held ? end : held;
    const uint32_t count = (uint32_t)count_between(deletions, first, end, &last);
    buffer_append(out, header, sizeof header);
    for (unsigned shift = 0; shift < 32; shift += 8)
        buffer_append_char(out, (char)(count >> shift));
    const size_t form = out->size;
    buffer_append_char(out, FORM_GAPS);
    append_gaps(deletions, first, end, out);
    if (!out->failed && out->size - form - 1 > last / 8 + 1) {
        out->size = form;
        buffer_append_char(out, FORM_BITMAP);
        append_bitmap(deletions, first, last, out);
    }
    if (out->failed)
        return;
    const uint64_t checksum =
        hash_bytes(out->data + start + CHECKSUM_BYTES, out->size - start - CHECKSUM_BYTES);
    memcpy(out->data + start, &checksum, sizeof checksum);
}

/* ---- sets ---- */

void
deletion_set_destroy(DeletionSet *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        free(set->items[i].words);
    free(set->items);
    if (set->budget != NULL)
        budget_release(set->budget, set->charged);
    *set = (DeletionSet){.budget = set->budget};
}

static uint32_t
place_of(const DeletionSet *set, uint64_t tablet)
{
    uint32_t low = 0;
    uint32_t high = set->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (set->items[middle].tablet < tablet)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const Deletions *
deletion_set_find(const DeletionSet *set, uint64_t tablet)
{
    const uint32_t place = place_of(set, tablet);

    return place < set->count && set->items[place].tablet == tablet ? &set->items[place] : NULL;
}

static Status
charge(DeletionSet *set, size_t bytes, Error *error)
{
    if (set->budget != NULL && !budget_charge(set->budget, bytes))
        return error_set_memory(error);
    set->charged += set->budget != NULL ? bytes : 0;
    return STATUS_OK;
}

static Status
grow_items(DeletionSet *set, Error *error)
{
    if (set->count < set->capacity)
        return STATUS_OK;
    const uint32_t capacity = set->capacity > 0 ? set->capacity * 2 : ITEMS_FIRST;
    TRY(charge(set, (capacity - set->capacity) * sizeof *set->items, error));
    Deletions *grown = realloc(set->items, capacity * sizeof *grown);
    if (grown == NULL)
        return error_set_memory(error);
    set->items = grown;
    set->capacity = capacity;
    return STATUS_OK;
}

static Status
find_or_add(DeletionSet *set, uint64_t tablet, Deletions **item, Error *error)
{
    const uint32_t place = place_of(set, tablet);

    if (place == set->count || set->items[place].tablet != tablet) {
        TRY(grow_items(set, error));
        memmove(&set->items[place + 1], &set->items[place], (set->count - place) * sizeof *set->items);
        set->items[place] = (Deletions){.tablet = tablet};
        set->count++;
    }
    *item = &set->items[place];
    return STATUS_OK;
}

static Status
grow_words(DeletionSet *set, Deletions *item, uint64_t row, Error *error)
{
    uint32_t words = item->word_count > 0 ? item->word_count : ITEMS_FIRST;

    while (words <= row / 64)
        words *= 2;
    if (words <= item->word_count)
        return STATUS_OK;
    TRY(charge(set, (words - item->word_count) * sizeof(uint64_t), error));
    uint64_t *grown = realloc(item->words, words * sizeof *grown);
    if (grown == NULL)
        return error_set_memory(error);
    memset(grown + item->word_count, 0, (words - item->word_count) * sizeof *grown);
    item->words = grown;
    item->word_count = words;
    return STATUS_OK;
}

Status
deletion_set_add(DeletionSet *set, uint64_t tablet, uint64_t row, Error *error)
{
    Deletions *item;

    if (row >= DELETIONS_ROWS_MAX)
        return error_set(error, STATUS_CORRUPT, "a tablet has no row %llu", (unsigned long long)row);
    TRY(find_or_add(set, tablet, &item, error));
    TRY(grow_words(set, item, row, error));
    if (!deletions_has(item, row)) {
        item->words[row / 64] |= UINT64_C(1) << (row % 64);
        item->count++;
    }
    return STATUS_OK;
}

Status
deletion_set_merge(DeletionSet *set, const Deletions *deletions, uint64_t *added, Error *error)
{
    Deletions *item;

    *added = 0;
    if (deletions->word_count == 0)
        return STATUS_OK;
    TRY(find_or_add(set, deletions->tablet, &item, error));
    TRY(grow_words(set, item, (uint64_t)deletions->word_count * 64 - 1, error));
    for (uint32_t i = 0; i < deletions->word_count; i++) {
        *added += (uint64_t)__builtin_popcountll(deletions->words[i] & ~item->words[i]);
        item->words[i] |= deletions->words[i];
    }
    item->count += *added;
    return STATUS_OK;
}

uint64_t
deletion_set_rows(const DeletionSet *set)
{
    uint64_t rows = 0;

    for (uint32_t i = 0; i < set->count; i++)
        rows += set->items[i].count;
    return rows;
}

/* ---- from bytes ---- */

typedef struct Decoding {
    DeletionSet *set;
    uint64_t tablet;
    uint64_t rows;  /* of the tablet */
    uint64_t found; /* bits in the bytes */
} Decoding;

static Status
damaged(uint64_t tablet, Error *error)
{
    return error_set(error, STATUS_CORRUPT, "the deletions of tablet %llu are damaged",
                     (unsigned long long)tablet);
}

static Status
take_row(Decoding *decoding, uint64_t row, Error *error)
{
    if (row >= decoding->rows)
        return damaged(decoding->tablet, error);
    decoding->found++;
    return deletion_set_add(decoding->set, decoding->tablet, row, error);
}

static Status
decode_gaps(Decoding *decoding, const uint8_t *at, const uint8_t *end, Error *error)
{
    uint64_t row = 0;

    while (at < end) {
        uint64_t gap = 0;
        unsigned shift = 0;
        for (; at < end && (*at & 0x80) != 0 && shift < 28; shift += 7)
            gap |= (uint64_t)(*at++ & 0x7f) << shift;
        if (at == end || (*at & 0x80) != 0)
            return damaged(decoding->tablet, error);
        row += gap | (uint64_t)*at++ << shift;
        TRY(take_row(decoding, row, error));
        row++;
    }
    return STATUS_OK;
}

static Status
decode_bitmap(Decoding *decoding, const uint8_t *at, const uint8_t *end, Error *error)
{
    for (uint64_t row = 0; at < end; at++, row += 8) {
        for (unsigned i = 0; i < 8; i++)
            if ((*at >> i & 1) != 0)
                TRY(take_row(decoding, row + i, error));
    }
    return STATUS_OK;
}

Status
deletion_set_decode(DeletionSet *set, uint64_t tablet, const void *bytes, size_t size, uint64_t rows,
                    Error *error)
{
    const uint8_t *data = bytes;
    Decoding decoding = {set, tablet, rows, 0};
    uint64_t checksum;
    uint32_t count = 0;

    if (size < HEADER_BYTES)
        return damaged(tablet, error);
    memcpy(&checksum, data, sizeof checksum);
    if (checksum != hash_bytes(data + CHECKSUM_BYTES, size - CHECKSUM_BYTES))
        return damaged(tablet, error);
    for (unsigned i = 0; i < 4; i++)
        count |= (uint32_t)data[CHECKSUM_BYTES + i] << (8 * i);
    const uint8_t form = data[HEADER_BYTES - 1];
    if (form != FORM_GAPS && form != FORM_BITMAP)
        return damaged(tablet, error);
    TRY((form == FORM_GAPS ? decode_gaps : decode_bitmap)(&decoding, data + HEADER_BYTES, data + size,
                                                          error));
    return decoding.found == count ? STATUS_OK : damaged(tablet, error);
}
