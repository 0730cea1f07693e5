/* tablet/dictionary.h: the distinct strings of a column of a tablet, sorted, so that codes compare like
 * values.
 *
 * Its part of the file is two streams and a heap: how many bytes each string shares with the one before it,
 * how many more it has, and those bytes. */
#ifndef RUNNEL_TABLET_DICTIONARY_H
#define RUNNEL_TABLET_DICTIONARY_H

#include "column/vector.h"

/* Writing: the distinct strings of a column, if they are few enough to be worth it. Views point into the
 * column. */
typedef struct DictionaryDraft {
    uint32_t count;
    StringView *entries; /* sorted */
    uint32_t *codes;     /* one a row; of NULLs, the code of the row before */
} DictionaryDraft;

/* draft->count is 0 where no dictionary pays. OUT_OF_MEMORY. */
Status dictionary_draft(const Vector *column, uint64_t rows, DictionaryDraft *draft, Error *error);
void dictionary_draft_destroy(DictionaryDraft *draft);
void dictionary_encode(const DictionaryDraft *draft, Buffer *out);

/* Reading: the part's bytes as a dictionary of `type`, in one piece of malloc memory of `*size` bytes.
 * CORRUPT, OUT_OF_MEMORY. */
Status dictionary_decode(const uint8_t *bytes, size_t bytes_size, uint32_t count, Type type,
                         Dictionary **dictionary, size_t *size, Error *error);

#endif
