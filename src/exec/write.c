/* WRITE: rows into tablets; gives a row a tablet that was made.
 *
 * Rows are checked for NULLs and copied into a tablet writer (sorted where the table asks for it: by a sort
 * that the task puts before this operator); a full one becomes a file whose name says load, stage, task,
 * attempt and number, so that no two attempts meet. Files of an attempt that fails or is cancelled are
 * removed with it. What RETURNING gives of the rows is kept, and given after the tablets. Of DELETE and
 * UPDATE the numbers of rows in the last column are collected, a bitmap a tablet, and given as rows after the
 * tablets'. */
#include "exec/operators.h"

#include "column/builder.h"
#include "column/codec.h"
#include "exec/spill.h"
#include "plan/row_id.h"
#include "tablet/deletions.h"
#include "tablet/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES = 4096, OUTPUT_COLUMNS = 5 };

typedef struct Write {
    Operator base;
    const PlanWrite *plan;
    const PlanNode *input;
    TabletColumnSpec *columns;
    TabletWriter *writer; /* NULL until rows come */
    uint64_t bytes;       /* of tablets made so far */
    uint32_t sequence;
    char **paths;     /* made so far, `sequence` of them */
    RowBuilder *made; /* the rows to give */
    Arena *arena;
    uint32_t column_count; /* of a tablet */
    DeletionSet deletions;
    uint32_t deletions_given;
    RowBuilder *returned; /* RETURNING; else NULL */
    bool returned_given;
} Write;

/* ---- finished tablets ---- */

static Status
note_row(Write *self, const char *path, int64_t rows, int64_t bytes, const Buffer *details, Error *error)
{
    const int32_t partition = self->plan->partitioned ? (int32_t)self->base.context->task : -1;
    const StringView name = string_view(path, strlen(path));
    const StringView encoded = string_view(details->data, details->size);
    Vector columns[OUTPUT_COLUMNS];

    if (details->failed)
        return error_set_memory(error);
    columns[0] = vector_flat(type_of(TYPE_TEXT), &name, NULL);
    columns[1] = vector_flat(type_of(TYPE_INT8), &rows, NULL);
    columns[2] = vector_flat(type_of(TYPE_INT8), &bytes, NULL);
    columns[3] = vector_flat(type_of(TYPE_INT4), &partition, NULL);
    columns[4] = vector_flat(type_of(TYPE_BYTEA), &encoded, NULL);
    const Batch batch = {.rows = 1, .count = 1, .column_count = OUTPUT_COLUMNS, .columns = columns};
    return row_builder_append(self->made, &batch, NULL, 0, error);
}

static Status
note_tablet(Write *self, const char *path, const TabletSummary *summary, Error *error)
{
    Buffer statistics = {0};

    statistics_encode(summary->columns, summary->column_count, &statistics);
    const Status status =
        note_row(self, path, (int64_t)summary->rows, (int64_t)summary->bytes, &statistics, error);
    buffer_destroy(&statistics);
    return status;
}

static Status
note_deletions(Write *self, const Deletions *deletions, Error *error)
{
    Buffer bytes = {0};

    deletions_encode(deletions, 0, DELETIONS_ROWS_MAX, &bytes);
    const Status status =
        note_row(self, "", (int64_t)deletions->tablet, (int64_t)deletions->count, &bytes, error);
    buffer_destroy(&bytes);
    return status;
}

static Status
note_returned_slice(Write *self, uint64_t first, uint64_t count, Error *error)
{
    Buffer bytes = {0};
    Slab *chunk;

    TRY(chunk_encode(self->returned, first, count, self->base.context->budget, &chunk, error));
    buffer_append(&bytes, chunk->data, chunk->size);
    const Status status =
        note_row(self, WRITE_RETURNED_PATH, (int64_t)count, (int64_t)chunk->size, &bytes, error);
    slab_release(&chunk);
    buffer_destroy(&bytes);
    return status;
}

static Status
note_returned(Write *self, Error *error)
{
    const uint64_t rows = row_builder_rows(self->returned);

    for (uint64_t first = 0; first < rows; first += BATCH_ROWS)
        TRY(note_returned_slice(self, first, rows - first < BATCH_ROWS ? rows - first : BATCH_ROWS, error));
    return STATUS_OK;
}

/* The path is remembered before the file is made, so that whatever is there goes when the attempt fails. */
static Status
remember_path(Write *self, const char *path, Error *error)
{
    char **grown = realloc(self->paths, (self->sequence + 1) * sizeof(char *));
    char *copy = grown != NULL ? strdup(path) : NULL;

    if (grown != NULL)
        self->paths = grown;
    if (copy == NULL)
        return error_set_memory(error);
    self->paths[self->sequence++] = copy;
    return STATUS_OK;
}

static Status
write_too_large(uint64_t bytes_max, Error *error)
{
    error_set(error, STATUS_LIMIT_EXCEEDED, "the result is larger than %" PRIu64 " bytes", bytes_max);
    return error_hint(error, "ask for fewer rows, or write them to a table with CREATE TABLE AS");
}

static Status
finish_tablet(Write *self, Error *error)
{
    const OperatorContext *context = self->base.context;
    char path[PATH_BYTES];
    char absolute[PATH_BYTES];
    TabletSummary summary;

    const int length =
        snprintf(path, sizeof path, "%s/%" PRIu64 "-%" PRIu32 "-%" PRIu32 "-%" PRIu32 "-%" PRIu32 ".tablet",
                 self->plan->prefix, self->plan->load, context->stage, context->task, context->attempt,
                 self->sequence);
    if (length < 0 || (size_t)length >= sizeof path)
        return error_set(error, STATUS_NAME_TOO_LONG, "the path of a tablet is longer than %d bytes",
                         PATH_BYTES - 1);
    TRY(store_create_path(context->environment->store, path, absolute, sizeof absolute, error));
    TRY(remember_path(self, path, error));
    arena_reset(self->arena);
    TRY(tablet_writer_finish(self->writer, absolute, self->arena, &summary, error));
    tablet_writer_destroy(&self->writer);
    atomic_fetch_add_explicit(&self->base.counters->bytes, summary.bytes, memory_order_relaxed);
    self->bytes += summary.bytes;
    if (self->plan->bytes_max > 0 && self->bytes > self->plan->bytes_max)
        return write_too_large(self->plan->bytes_max, error);
    return note_tablet(self, path, &summary, error);
}

/* ---- rows ---- */

static Status
null_error(const Write *self, uint32_t column, Error *error)
{
    /* "tables/<name>-<id>" */
    const char *name =
        strrchr(self->plan->prefix, '/') != NULL ? strrchr(self->plan->prefix, '/') + 1 : self->plan->prefix;
    const char *dash = strrchr(name, '-');
    const int length = dash != NULL ? (int)(dash - name) : (int)strlen(name);

    return error_set(error, STATUS_NOT_NULL_VIOLATION,
                     "null value in column \"%s\" of relation \"%.*s\" violates not-null constraint",
                     self->input->columns[column].name, length, name);
}

static Status
check_nulls(const Write *self, const Batch *batch, Error *error)
{
    for (uint32_t c = 0; c < self->column_count; c++) {
        if (!self->plan->not_null[c] || vector_has_no_nulls(&batch->columns[c]))
            continue;
        for (uint32_t i = 0; i < batch->count; i++)
            if (vector_is_null(&batch->columns[c], batch_row(batch, i)))
                return null_error(self, c, error);
    }
    return STATUS_OK;
}

static Status
new_writer(Write *self, Error *error)
{
    const TabletWriterOptions options = {.rows = self->plan->tablet_rows};

    return tablet_writer_new(self->column_count, self->columns, &options, self->base.context->budget,
                             &self->writer, error);
}

static Status
collect_deletions(Write *self, const Batch *batch, Error *error)
{
    const Vector *ids = &batch->columns[self->input->column_count - 1];

    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch_row(batch, i);
        if (vector_is_null(ids, row))
            return error_set(error, STATUS_CORRUPT, "a row to delete has no number");
        const uint64_t id = (uint64_t)((const int64_t *)vector_values(ids))[vector_index(ids, row)];
        TRY(deletion_set_add(&self->deletions, id >> ROW_ID_SHIFT, id & UINT32_MAX, error));
    }
    return STATUS_OK;
}

static Status
keep_returned(Write *self, const Batch *batch, Error *error)
{
    Batch part = *batch;

    part.column_count = self->plan->returned;
    part.columns = batch->columns + self->column_count;
    TRY(row_builder_append(self->returned, &part, NULL, 0, error));
    if (row_builder_bytes(self->returned) <=
        2 * (size_t)WRITE_RETURNED_MAX) /* the coordinator counts exactly */
        return STATUS_OK;
    error_set(error, STATUS_LIMIT_EXCEEDED, "RETURNING gives more than %d bytes", WRITE_RETURNED_MAX);
    return error_hint(error, "nothing was changed; change fewer rows at once, or ask for them afterwards");
}

/* Where memory is out, or nearly, the tablet ends with the rows that it has: nothing more is taken. */
static Status
append_rows(Write *self, const Batch *batch, uint32_t first, uint32_t *taken, Error *error)
{
    Error refused = {0};

    *taken = first;
    if (tablet_writer_rows(self->writer) > 0 && spill_is_due(&self->base, tablet_writer_bytes(self->writer)))
        return STATUS_OK;
    const Status status = tablet_writer_append(self->writer, batch, first, taken, &refused);
    if (status == STATUS_OK || (status == STATUS_OUT_OF_MEMORY && tablet_writer_rows(self->writer) > 0))
        return STATUS_OK;
    return error_copy(error, &refused);
}

static Status
write_rows(Write *self, const Batch *batch, Error *error)
{
    uint32_t first = 0;

    TRY(check_nulls(self, batch, error));
    while (first < batch->count) {
        uint32_t taken = 0;
        if (self->writer == NULL)
            TRY(new_writer(self, error));
        TRY(append_rows(self, batch, first, &taken, error));
        first = taken;
        if (first < batch->count)
            TRY(finish_tablet(self, error));
    }
    return STATUS_OK;
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Write *self = (Write *)base;
    Batch data = *batch;

    (void)enough;
    data.column_count = self->column_count;
    if (self->plan->deletes)
        TRY(collect_deletions(self, batch, error));
    if (self->returned != NULL)
        TRY(keep_returned(self, batch, error));
    return self->column_count > 0 ? write_rows(self, &data, error) : STATUS_OK;
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    Write *self = (Write *)base;
    uint64_t first = 0;
    bool enough = false;

    if (self->writer != NULL)
        return finish_tablet(self, error);
    if (self->deletions_given < self->deletions.count)
        return note_deletions(self, &self->deletions.items[self->deletions_given++], error);
    if (self->returned != NULL && !self->returned_given) {
        self->returned_given = true;
        return note_returned(self, error);
    }
    for (; first < row_builder_rows(self->made); first += BATCH_ROWS) {
        const uint64_t left = row_builder_rows(self->made) - first;
        Vector columns[OUTPUT_COLUMNS];
        Batch batch;
        row_builder_batch(self->made, first, left < BATCH_ROWS ? (uint32_t)left : BATCH_ROWS, columns,
                          &batch);
        TRY(operator_emit(base, &batch, &enough, error));
    }
    *done = true;
    return STATUS_OK;
}

static void
destroy(Operator *base)
{
    Write *self = (Write *)base;
    Store *store = base->context->environment->store;

    tablet_writer_destroy(&self->writer);
    for (uint32_t i = 0; i < self->sequence; i++) {
        if (!base->context->complete)
            (void)store_remove(store, self->paths[i], NULL);
        free(self->paths[i]);
    }
    row_builder_destroy(&self->made);
    row_builder_destroy(&self->returned);
    deletion_set_destroy(&self->deletions);
    arena_destroy(&self->arena);
    free(self->paths);
    free(self->columns);
    free(self);
}

static const OperatorClass write_class = {
    .name = "write", .push = push, .finish = finish, .destroy = destroy};

static bool
allocate_returned(Write *self)
{
    const uint32_t count = self->plan->returned;
    Type *types = count > 0 ? calloc(count, sizeof *types) : NULL;

    for (uint32_t i = 0; types != NULL && i < count; i++)
        types[i] = self->input->columns[self->column_count + i].type;
    if (types != NULL)
        self->returned = row_builder_new(self->base.context->budget, count, types);
    free(types);
    return count == 0 || self->returned != NULL;
}

static bool
allocate(Write *self)
{
    const Type types[OUTPUT_COLUMNS] = {type_of(TYPE_TEXT), type_of(TYPE_INT8), type_of(TYPE_INT8),
                                        type_of(TYPE_INT4), type_of(TYPE_BYTEA)};
    Budget *budget = self->base.context->budget;

    self->columns = calloc(self->input->column_count + 1, sizeof(TabletColumnSpec));
    self->made = row_builder_new(budget, OUTPUT_COLUMNS, types);
    self->arena = arena_new(self->base.context->in_hand);
    for (uint32_t i = 0; self->columns != NULL && i < self->column_count; i++)
        self->columns[i] = (TabletColumnSpec){.id = self->plan->column_ids[i],
                                              .name = self->input->columns[i].name,
                                              .type = self->input->columns[i].type};
    return allocate_returned(self) && self->columns != NULL && self->made != NULL && self->arena != NULL;
}

Status
write_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    Write *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &write_class, context, node->id);
    self->plan = &node->write;
    self->input = node->children[0];
    self->column_count = self->input->column_count - self->plan->returned - (self->plan->deletes ? 1 : 0);
    self->deletions.budget = context->budget;
    if (!allocate(self)) {
        destroy(&self->base);
        return error_set_memory(error);
    }
    *made = &self->base;
    return STATUS_OK;
}
