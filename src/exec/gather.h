/* exec/gather.h: rows of vectors picked into new vectors. */
#ifndef RUNNEL_EXEC_GATHER_H
#define RUNNEL_EXEC_GATHER_H

#include "column/batch.h"

enum { GATHER_NULL = UINT32_MAX }; /* a row number that gives NULL */

/* Row i of `out` is row rows[i] of `source` (GATHER_NULL: NULL, where `with_nulls` says that there may be
 * some; not for records). Constants (without such NULLs) stay constants and dictionaries stay dictionaries;
 * string bytes are not copied. */
Status gather_vector(const Vector *source, const uint32_t *rows, uint32_t count, bool with_nulls,
                     Arena *arena, Vector *out, Error *error);

/* Row at[i] of `out` (of `physical` rows) is row rows[i] of `source`; other rows are NULL or arbitrary.
 * `source` is FLAT. NULLs as above. */
Status gather_vector_at(const Vector *source, const uint32_t *rows, const uint32_t *at, uint32_t count,
                        uint32_t physical, bool with_nulls, Arena *arena, Vector *out, Error *error);

/* All columns of a batch, for rows that are picked by number. `out` is the caller's array. */
Status gather_columns(const Vector *columns, uint32_t column_count, const uint32_t *rows, uint32_t count,
                      Arena *arena, Vector *out, Error *error);

#endif
