#include "tablet/dictionary.h"

#include "base/hash.h"
#include "tablet/format.h"

#include <stdlib.h>

enum { ENTRIES_FIRST = 1024, SAMPLE_ROWS = 8192 };

/* Strings by hash while the draft grows. */
typedef struct StringSet {
    uint32_t count;
    uint32_t capacity; /* slots; a power of two */
    uint32_t *slots;   /* index + 1 */
    uint64_t *hashes;
    StringView *entries;
    uint64_t bytes; /* of the entries */
} StringSet;

static void
set_destroy(StringSet *set)
{
    free(set->slots);
    free(set->hashes);
    free(set->entries);
}

static bool
set_resize(StringSet *set, uint32_t capacity)
{
    uint32_t *slots = calloc(capacity, sizeof *slots);
    void *hashes = realloc(set->hashes, capacity / 2 * sizeof *set->hashes);
    if (hashes != NULL)
        set->hashes = hashes;
    void *entries = realloc(set->entries, capacity / 2 * sizeof *set->entries);
    if (entries != NULL)
        set->entries = entries;
    if (slots == NULL || hashes == NULL || entries == NULL) {
        free(slots);
        return false;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t slot = (uint32_t)set->hashes[i] & (capacity - 1);
        while (slots[slot] != 0)
            slot = (slot + 1) & (capacity - 1);
        slots[slot] = i + 1;
    }
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return true;
}

/* The string's index, new or known; UINT32_MAX where memory is out. */
static uint32_t
set_add(StringSet *set, const StringView *view)
{
    const uint64_t hash = hash_bytes(string_view_data(view), view->size);

    if (set->count >= set->capacity / 2 &&
        !set_resize(set, set->capacity == 0 ? ENTRIES_FIRST : set->capacity * 2))
        return UINT32_MAX;
    for (uint32_t slot = (uint32_t)hash & (set->capacity - 1);; slot = (slot + 1) & (set->capacity - 1)) {
        if (set->slots[slot] == 0) {
            set->hashes[set->count] = hash;
            set->entries[set->count] = *view;
            set->bytes += view->size;
            set->slots[slot] = ++set->count;
            return set->count - 1;
        }
        const uint32_t index = set->slots[slot] - 1;
        if (set->hashes[index] == hash && string_view_equal(&set->entries[index], view))
            return index;
    }
}

static bool
is_too_large(const StringSet *set)
{
    return set->count > TABLET_DICTIONARY_ENTRIES_MAX / 2 || set->bytes > TABLET_DICTIONARY_BYTES_MAX / 2;
}

/* Whether rows from all over the column repeat as often as if each string came twice or more. Where rows are
 * sorted by something else, the first ones may all differ, and yet come again and again later. Among n of
 * N rows n(n - 1)/2 pairs are drawn, of which one in N is a pair of the same then. */
static bool
sample_repeats(const Vector *column, uint64_t rows)
{
    const StringView *views = column->data;
    const uint64_t step = rows / SAMPLE_ROWS + 1;
    StringSet set = {0};
    uint64_t taken = 0;
    bool failed = false;

    for (uint64_t first = 0; first + step <= rows && !failed; first += step) {
        const uint64_t row = first + hash_u64(first) % step; /* even steps would miss what is periodic */
        if (column->validity != NULL && !bits_get(column->validity, row))
            continue;
        failed = set_add(&set, &views[row]) == UINT32_MAX;
        taken++;
    }
    const bool repeats = !failed && (taken - set.count) * 2 * rows > taken * taken;
    set_destroy(&set);
    return repeats;
}

static Status
collect(const Vector *column, uint64_t rows, StringSet *set, uint32_t *codes, bool *worth, Error *error)
{
    const StringView *views = column->data;
    const bool small = rows < 4 * ENTRIES_FIRST;
    bool sampled = false;
    uint32_t code = 0;

    *worth = false;
    for (uint64_t row = 0; row < rows; row++) {
        if (column->validity == NULL || bits_get(column->validity, row))
            code = set_add(set, &views[row]);
        if (code == UINT32_MAX)
            return error_set_memory(error);
        codes[row] = code;
        if (row % ENTRIES_FIRST != 0)
            continue;
        if (is_too_large(set) || (!small && set->count > rows / 2))
            return STATUS_OK;
        if (!sampled && row >= 4 * ENTRIES_FIRST && set->count > row / 2) {
            sampled = true;
            if (!sample_repeats(column, rows))
                return STATUS_OK;
        }
    }
    *worth = set->count > 0 && !is_too_large(set) && (small || set->count <= rows / 2);
    return STATUS_OK;
}

typedef struct Ranked {
    StringView view;
    uint32_t index;
} Ranked;

static int
compare_ranked(const void *a, const void *b)
{
    return string_view_compare(&((const Ranked *)a)->view, &((const Ranked *)b)->view);
}

/* Order the entries and rename the codes. */
static Status
sort_entries(StringSet *set, uint32_t *codes, uint64_t rows, Error *error)
{
    Ranked *ranked = malloc(set->count * sizeof *ranked);
    uint32_t *names = malloc(set->count * sizeof *names);
    Status status = STATUS_OK;

    if (ranked == NULL || names == NULL)
        TRY_GOTO(error_set_memory(error), done);
    for (uint32_t i = 0; i < set->count; i++)
        ranked[i] = (Ranked){.view = set->entries[i], .index = i};
    qsort(ranked, set->count, sizeof *ranked, compare_ranked);
    for (uint32_t i = 0; i < set->count; i++) {
        set->entries[i] = ranked[i].view;
        names[ranked[i].index] = i;
    }
    for (uint64_t row = 0; row < rows; row++)
        codes[row] = names[codes[row]];
done:
    free(ranked);
    free(names);
    return status;
}

Status
dictionary_draft(const Vector *column, uint64_t rows, DictionaryDraft *draft, Error *error)
{
    StringSet set = {0};
    Status status = STATUS_OK;
    bool worth = false;
    uint32_t *codes = malloc((rows + 1) * sizeof *codes);

    *draft = (DictionaryDraft){0};
    if (codes == NULL)
        TRY_GOTO(error_set_memory(error), done);
    TRY_GOTO(collect(column, rows, &set, codes, &worth, error), done);
    if (!worth)
        goto done;
    TRY_GOTO(sort_entries(&set, codes, rows, error), done);
    *draft = (DictionaryDraft){.count = set.count, .entries = set.entries, .codes = codes};
    set.entries = NULL;
    codes = NULL;
done:
    free(codes);
    set_destroy(&set);
    return status;
}

void
dictionary_draft_destroy(DictionaryDraft *draft)
{
    free(draft->entries);
    free(draft->codes);
    *draft = (DictionaryDraft){0};
}

static uint32_t
shared_prefix(const StringView *a, const StringView *b)
{
    const char *x = string_view_data(a);
    const char *y = string_view_data(b);
    const uint32_t most = a->size < b->size ? a->size : b->size;
    uint32_t shared = 0;

    while (shared < most && x[shared] == y[shared])
        shared++;
    return shared;
}

void
dictionary_encode(const DictionaryDraft *draft, Buffer *out)
{
    const StreamChoice choice = {.byte_aligned = true}; /* zstd follows */
    uint64_t *prefixes = malloc(2 * (size_t)draft->count * sizeof *prefixes);
    uint64_t *suffixes = prefixes + draft->count;

    if (prefixes == NULL) {
        out->failed = true;
        return;
    }
    for (uint32_t i = 0; i < draft->count; i++) {
        prefixes[i] = i == 0 ? 0 : shared_prefix(&draft->entries[i - 1], &draft->entries[i]);
        suffixes[i] = draft->entries[i].size - prefixes[i];
    }
    stream_encode(prefixes, draft->count, choice, out);
    stream_encode(suffixes, draft->count, choice, out);
    for (uint32_t i = 0; i < draft->count; i++)
        buffer_append(out, string_view_data(&draft->entries[i]) + prefixes[i], suffixes[i]);
    free(prefixes);
}

/* The streams of a dictionary's part, decoded. */
typedef struct Parts {
    uint64_t *prefixes;
    uint64_t *suffixes;
    const uint8_t *heap;
    size_t heap_size;
    size_t long_bytes; /* of the strings that do not stand in their views */
} Parts;

static Status
decode_lengths(const uint8_t **at, const uint8_t *end, uint32_t count, Arena *arena, uint64_t **values,
               Error *error)
{
    const uint32_t groups = count / BITPACK_GROUP + 1;
    Stream stream;

    TRY(stream_open(at, end, count, arena, &stream, error));
    *values = arena_alloc(arena, (size_t)groups * BITPACK_GROUP * sizeof **values);
    if (*values == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i * BITPACK_GROUP < count; i++)
        TRY(stream_decode_u64(&stream, i, *values + (size_t)i * BITPACK_GROUP, error));
    return STATUS_OK;
}

static Status
open_parts(const uint8_t *bytes, size_t size, uint32_t count, Arena *arena, Parts *parts, Error *error)
{
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + size;
    uint64_t last = 0;
    uint64_t suffixes = 0;

    TRY(decode_lengths(&at, end, count, arena, &parts->prefixes, error));
    TRY(decode_lengths(&at, end, count, arena, &parts->suffixes, error));
    parts->heap = at;
    parts->heap_size = (size_t)(end - at);
    parts->long_bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (parts->prefixes[i] > last || parts->suffixes[i] > parts->heap_size - suffixes)
            return error_set(error, STATUS_CORRUPT, "the dictionary's strings exceed its bytes");
        suffixes += parts->suffixes[i];
        last = parts->prefixes[i] + parts->suffixes[i];
        parts->long_bytes += last > STRING_VIEW_INLINE ? last : 0;
        if (parts->long_bytes > TABLET_DICTIONARY_BYTES_MAX)
            return error_set(error, STATUS_CORRUPT, "the dictionary is too large");
    }
    return STATUS_OK;
}

/* Each string is its predecessor's start and bytes of its own. */
static Status
build_views(const Parts *parts, uint32_t count, StringView *views, char *heap, Error *error)
{
    const char *own = (const char *)parts->heap;
    char small[STRING_VIEW_INLINE];

    for (uint32_t i = 0; i < count; i++) {
        const size_t size = parts->prefixes[i] + parts->suffixes[i];
        char *to = size > STRING_VIEW_INLINE ? heap : small;
        if (parts->prefixes[i] > 0)
            memcpy(to, string_view_data(&views[i - 1]), parts->prefixes[i]);
        memcpy(to + parts->prefixes[i], own, parts->suffixes[i]);
        own += parts->suffixes[i];
        views[i] = string_view(to, size);
        heap += size > STRING_VIEW_INLINE ? size : 0;
        if (i > 0 && string_view_compare(&views[i - 1], &views[i]) >= 0)
            return error_set(error, STATUS_CORRUPT, "the dictionary is not sorted");
    }
    return STATUS_OK;
}

Status
dictionary_decode(const uint8_t *bytes, size_t bytes_size, uint32_t count, Type type, Dictionary **dictionary,
                  size_t *size, Error *error)
{
    Arena *arena = arena_new(NULL);
    Status status = STATUS_OK;
    Dictionary *made = NULL;
    Parts parts;

    TRY_GOTO(open_parts(bytes, bytes_size, count, arena, &parts, error), done);
    *size = sizeof *made + count * sizeof(StringView) + parts.long_bytes;
    made = malloc(*size);
    if (made == NULL)
        TRY_GOTO(error_set_memory(error), done);
    StringView *views = (StringView *)(made + 1);
    *made = (Dictionary){.id = dictionary_next_id(), .count = count, .sorted = true};
    made->values = vector_flat(type, views, NULL);
    TRY_GOTO(build_views(&parts, count, views, (char *)(views + count), error), done);
    *dictionary = made;
    made = NULL;
done:
    free(made);
    arena_destroy(&arena);
    return status;
}
