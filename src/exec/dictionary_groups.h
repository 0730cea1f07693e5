/* exec/dictionary_groups.h: groups of rows whose keys are all dictionary vectors, or constants that stand in
 * dictionaries: each combination of codes is looked up in the table once, then remembered while the
 * dictionaries stay the same. */
#ifndef RUNNEL_EXEC_DICTIONARY_GROUPS_H
#define RUNNEL_EXEC_DICTIONARY_GROUPS_H

#include "exec/group_table.h"

enum { DICTIONARY_KEYS_MAX = 4 };

typedef struct DictionaryGroups {
    Budget *budget;
    uint32_t key_count;
    uint64_t ids[DICTIONARY_KEYS_MAX];
    uint64_t capacity;
    uint32_t *groups; /* by combined code: group + 1; 0: not looked up yet */
} DictionaryGroups;

void dictionary_groups_destroy(DictionaryGroups *self);
/* Nothing is remembered any more: the table was cleared. */
void dictionary_groups_forget(DictionaryGroups *self);

/* *served is false where the keys are not of that kind: nothing was done. `rows->hashes` is not read. */
Status dictionary_groups_insert(DictionaryGroups *self, GroupTable *table, const GroupRows *rows,
                                uint32_t key_count, uint32_t *groups, bool *served, Error *error);

#endif
