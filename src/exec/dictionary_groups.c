#include "exec/dictionary_groups.h"

#include <stdlib.h>

enum { CODES_MAX = 1 << 20, PENDING = UINT32_MAX };

void
dictionary_groups_destroy(DictionaryGroups *self)
{
    budget_release(self->budget, self->capacity * sizeof(uint32_t));
    free(self->groups);
}

void
dictionary_groups_forget(DictionaryGroups *self)
{
    self->key_count = 0;
}

static bool
has_codes(const Vector *key)
{
    return key->form == VECTOR_DICTIONARY || vector_constant_code(key) != UINT32_MAX;
}

/* The number of combined codes, each key having one more than entries, for NULL; 0 where that is no use. */
static uint64_t
count_codes(const Vector *keys, uint32_t key_count)
{
    uint64_t codes = 1;

    if (key_count == 0 || key_count > DICTIONARY_KEYS_MAX)
        return 0;
    for (uint32_t k = 0; k < key_count; k++) {
        if (!has_codes(&keys[k]))
            return 0;
        codes *= (uint64_t)keys[k].dictionary->count + 1;
        if (codes > CODES_MAX)
            return 0;
    }
    return codes;
}

static bool
same_dictionaries(const DictionaryGroups *self, const Vector *keys, uint32_t key_count)
{
    bool same = self->key_count == key_count;

    for (uint32_t k = 0; same && k < key_count; k++)
        same = self->ids[k] == keys[k].dictionary->id;
    return same;
}

/* Begin anew for these dictionaries; false where memory is refused (hashing will do as well). */
static bool
adopt(DictionaryGroups *self, const Vector *keys, uint32_t key_count, uint64_t codes)
{
    if (codes > self->capacity) {
        if (!budget_charge(self->budget, (codes - self->capacity) * sizeof(uint32_t)))
            return false;
        uint32_t *grown = realloc(self->groups, codes * sizeof(uint32_t));
        if (grown == NULL) {
            budget_release(self->budget, (codes - self->capacity) * sizeof(uint32_t));
            return false;
        }
        self->groups = grown;
        self->capacity = codes;
    }
    memset(self->groups, 0, codes * sizeof(uint32_t));
    self->key_count = key_count;
    for (uint32_t k = 0; k < key_count; k++)
        self->ids[k] = keys[k].dictionary->id;
    return true;
}

static void
add_codes(const GroupRows *rows, const Vector *key, uint32_t step, uint32_t *codes)
{
    const uint32_t *data = key->data;

    if (key->form == VECTOR_CONSTANT) {
        const uint32_t code = step * vector_constant_code(key);
        for (uint32_t i = 0; i < rows->count; i++)
            codes[i] += code;
    } else if (key->validity == NULL && rows->selection == NULL) {
        for (uint32_t i = 0; i < rows->count; i++)
            codes[i] += step * data[i];
    } else {
        for (uint32_t i = 0; i < rows->count; i++) {
            const uint32_t row = rows->selection != NULL ? rows->selection[i] : i;
            const bool null = key->validity != NULL && !bits_get(key->validity, row);
            codes[i] += step * (null ? key->dictionary->count : data[row]);
        }
    }
}

static void
combine_codes(const GroupRows *rows, uint32_t key_count, uint32_t *codes)
{
    uint32_t step = 1;

    memset(codes, 0, rows->count * sizeof *codes);
    for (uint32_t k = 0; k < key_count; k++) {
        add_codes(rows, &rows->keys[k], step, codes);
        step *= rows->keys[k].dictionary->count + 1;
    }
}

/* Combinations that were never looked up, by the first row of each; `places` are their codes. */
static uint32_t
find_fresh(DictionaryGroups *self, const GroupRows *rows, const uint32_t *codes, uint32_t *fresh,
           uint32_t *places)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < rows->count; i++) {
        if (self->groups[codes[i]] != 0)
            continue;
        self->groups[codes[i]] = PENDING;
        fresh[count] = rows->selection != NULL ? rows->selection[i] : i;
        places[count++] = codes[i];
    }
    return count;
}

/* The group of each row's code; whether all of them are known. */
static bool
read_groups(const DictionaryGroups *self, const uint32_t *codes, uint32_t count, uint32_t *groups)
{
    uint32_t unknown = 0;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t group = self->groups[codes[i]];
        groups[i] = group - 1;
        unknown += group == 0;
    }
    return unknown == 0;
}

static Status
look_up(DictionaryGroups *self, GroupTable *table, const GroupRows *rows, uint32_t key_count,
        const uint32_t *codes, Error *error)
{
    uint32_t fresh[BATCH_ROWS];
    uint32_t places[BATCH_ROWS];
    uint32_t found[BATCH_ROWS];
    uint64_t hashes[BATCH_ROWS];
    const uint32_t count = find_fresh(self, rows, codes, fresh, places);

    group_hash(rows->keys, key_count, fresh, count, hashes);
    const GroupRows some = {
        .keys = rows->keys, .rows = rows->rows, .selection = fresh, .count = count, .hashes = hashes};
    const Status status = group_table_insert(table, &some, found, error);
    for (uint32_t i = 0; i < count; i++)
        self->groups[places[i]] = status == STATUS_OK ? found[i] + 1 : 0;
    return status;
}

Status
dictionary_groups_insert(DictionaryGroups *self, GroupTable *table, const GroupRows *rows, uint32_t key_count,
                         uint32_t *groups, bool *served, Error *error)
{
    uint32_t codes[BATCH_ROWS];
    const uint64_t code_count = count_codes(rows->keys, key_count);

    *served = false;
    if (code_count == 0)
        return STATUS_OK;
    if (!same_dictionaries(self, rows->keys, key_count) && !adopt(self, rows->keys, key_count, code_count))
        return STATUS_OK;
    *served = true;
    combine_codes(rows, key_count, codes);
    if (read_groups(self, codes, rows->count, groups))
        return STATUS_OK;
    TRY(look_up(self, table, rows, key_count, codes, error));
    read_groups(self, codes, rows->count, groups);
    return STATUS_OK;
}
