/* column/builder.h: rows gathered into columns of their own memory: what sinks that keep rows are made of.
 *
 * A RowBuilder copies values (string bytes included) out of borrowed batches, flat, and gives them back as
 * batches. Not thread-safe. */
#ifndef RUNNEL_COLUMN_BUILDER_H
#define RUNNEL_COLUMN_BUILDER_H

#include "base/budget.h"
#include "column/batch.h"

typedef struct RowBuilder RowBuilder;

/* `types`: `column_count` of them, copied (nested parts must outlive the builder). `budget` may be NULL. */
RowBuilder *row_builder_new(Budget *budget, uint32_t column_count, const Type *types);
void row_builder_destroy(RowBuilder **self);

/* Append the batch's selected rows, or only those at `picks` (`pick_count` physical row numbers) where it is
 * not NULL. OUT_OF_MEMORY leaves the builder unchanged in its row count. */
Status row_builder_append(RowBuilder *builder, const Batch *batch, const uint32_t *picks, uint32_t pick_count,
                          Error *error);

uint32_t row_builder_columns(const RowBuilder *builder);
uint64_t row_builder_rows(const RowBuilder *builder);
size_t row_builder_bytes(const RowBuilder *builder); /* of memory held, which a clear does not lessen */
size_t row_builder_size(const RowBuilder *builder);  /* bytes that its rows take, without validity */
void row_builder_clear(RowBuilder *builder);         /* keeps memory for reuse */

/* A whole column as one FLAT vector of row_builder_rows() rows (more than BATCH_ROWS, perhaps). Valid until
 * the next append or clear. */
Vector row_builder_column(const RowBuilder *builder, uint32_t column);

/* A view of rows [first, first + count) as a batch without selection; `columns` is the caller's array of
 * column_count vectors. count is at most BATCH_ROWS; `first` a multiple of 64. A record's fields are cut in
 * memory of the builder: of each record column one slice is valid at a time. */
void row_builder_batch(const RowBuilder *builder, uint64_t first, uint32_t count, Vector *columns,
                       Batch *batch);

#endif
