/* WRITE of a COPY TO: rows as text in one file; gives one row that names it.
 *
 * The file's name says load, stage, task and attempt, as a tablet's does; the coordinator gives the chosen
 * one the name that was asked for. Files of an attempt that fails or is cancelled are removed with it. */
#include "exec/operators.h"
#include "format/csv_writer.h"
#include "format/json_writer.h"
#include "tablet/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES = 4096, OUTPUT_COLUMNS = 5, TEXT_BYTES = 256 << 10 };

typedef struct Export {
    Operator base;
    const PlanWrite *plan;
    const PlanNode *input;
    const char **names;
    CsvStyle style;
    bool csv;
    TabletFile *file; /* NULL until rows come */
    bool named;       /* the path is known */
    char path[PATH_BYTES];
    Buffer text; /* to be written */
    uint64_t rows;
    uint64_t bytes;
} Export;

static Status
open_file(Export *self, Error *error)
{
    const OperatorContext *context = self->base.context;
    Store *store = context->environment->store;
    char absolute[PATH_BYTES];
    const int length = snprintf(self->path, sizeof self->path, "%s/%" PRIu32 "-%" PRIu32 "-%" PRIu32 ".part",
                                self->plan->prefix, context->stage, context->task, context->attempt);

    if (length < 0 || (size_t)length >= sizeof self->path)
        return error_set(error, STATUS_NAME_TOO_LONG, "the path of a file is longer than %d bytes",
                         PATH_BYTES - 1);
    TRY(store_create_path(store, self->path, absolute, sizeof absolute, error));
    self->named = true;
    TRY(tablet_file_create(absolute, &self->file, error));
    if (self->csv && self->plan->file.header == 1)
        csv_write_styled_names(&self->style, self->names, self->input->column_count, &self->text);
    return STATUS_OK;
}

static Status
flush(Export *self, Error *error)
{
    if (self->text.failed)
        return error_set_memory(error);
    if (self->text.size == 0)
        return STATUS_OK;
    TRY(tablet_file_append_bytes(self->file, self->text.data, self->text.size, error));
    self->bytes += self->text.size;
    buffer_clear(&self->text);
    return STATUS_OK;
}

static Status
push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Export *self = (Export *)base;
    const Session *session = base->context->session;
    const uint32_t count = self->input->column_count;

    (void)enough;
    if (self->file == NULL)
        TRY(open_file(self, error));
    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch_row(batch, i);
        if (self->csv) {
            csv_write_styled_row(&self->style, batch->columns, count, row, session, &self->text);
        } else {
            json_write_row(batch->columns, count, self->names, row, session, &self->text);
            buffer_append_char(&self->text, '\n');
        }
        if (self->text.size >= TEXT_BYTES)
            TRY(flush(self, error));
    }
    self->rows += batch->count;
    return STATUS_OK;
}

/* As WRITE says which tablets there are (exec/write.c). */
static Status
emit_file(Export *self, Error *error)
{
    const StringView name = string_view(self->path, strlen(self->path));
    const StringView nothing = string_view("", 0);
    const int64_t rows = (int64_t)self->rows;
    const int64_t bytes = (int64_t)self->bytes;
    const int32_t partition = -1;
    bool enough = false;
    Vector columns[OUTPUT_COLUMNS];

    columns[0] = vector_flat(type_of(TYPE_TEXT), &name, NULL);
    columns[1] = vector_flat(type_of(TYPE_INT8), &rows, NULL);
    columns[2] = vector_flat(type_of(TYPE_INT8), &bytes, NULL);
    columns[3] = vector_flat(type_of(TYPE_INT4), &partition, NULL);
    columns[4] = vector_flat(type_of(TYPE_BYTEA), &nothing, NULL);
    const Batch batch = {.rows = 1, .count = 1, .column_count = OUTPUT_COLUMNS, .columns = columns};
    return operator_emit(&self->base, &batch, &enough, error);
}

static Status
finish(Operator *base, bool *done, Error *error)
{
    Export *self = (Export *)base;
    uint64_t bytes;

    if (self->file == NULL)
        TRY(open_file(self, error));
    TRY(flush(self, error));
    TRY(tablet_file_finish(self->file, &bytes, error));
    atomic_fetch_add_explicit(&base->counters->bytes, bytes, memory_order_relaxed);
    *done = true;
    return emit_file(self, error);
}

static void
destroy(Operator *base)
{
    Export *self = (Export *)base;
    const OperatorContext *context = base->context;

    tablet_file_destroy(&self->file);
    if (self->named && !context->complete)
        (void)store_remove(context->environment->store, self->path, NULL);
    buffer_destroy(&self->text);
    free(self->names);
    free(self);
}

static const OperatorClass export_class = {
    .name = "export", .push = push, .finish = finish, .destroy = destroy};

Status
export_new(OperatorContext *context, const PlanNode *node, Operator **made, Error *error)
{
    const FileOptions *options = &node->write.file;
    Export *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->base, &export_class, context, node->id);
    self->plan = &node->write;
    self->input = node->children[0];
    self->csv = strcmp(options->format, "ndjson") != 0;
    self->style = (CsvStyle){.delimiter = options->delimiter != 0 ? options->delimiter : ',',
                             .quote = options->quote != 0 ? options->quote : '"',
                             .null_text = options->null_text != NULL ? options->null_text : ""};
    self->names = calloc(self->input->column_count + 1, sizeof *self->names);
    if (self->names == NULL) {
        destroy(&self->base);
        return error_set_memory(error);
    }
    for (uint32_t i = 0; i < self->input->column_count; i++)
        self->names[i] = self->input->columns[i].name;
    *made = &self->base;
    return STATUS_OK;
}
