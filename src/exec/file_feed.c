/* READ_FILE: rows parsed out of byte ranges of files.
 *
 * Where malformed rows are to be set aside, each attempt of the task puts its own into a file of the store,
 * whole before the task's end: the coordinator reads one attempt's of each task (coordinator/rejects.h), and
 * the sweep of the load removes them all. */
#include "exec/operators.h"

#include "ingest/reject_file.h"
#include "ingest/row_reader.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES = 4096 };

typedef struct FileFeed {
    Feed feed;
    const PlanNode *node;
    const StageTask *work;
    uint32_t range; /* that is open or comes next */
    CsvColumn *columns;
    RowReader *reader;
    uint64_t bytes_counted;
    char path[PATH_BYTES];
    CsvSource source;
    FileOptions options; /* reject_limit: what is left of it */
    RejectFile *rejects; /* NULL: none so far */
    uint64_t rejected;
    bool rejects_ended;
} FileFeed;

static Status
make_absolute(FileFeed *self, const char *path, Error *error)
{
    const Store *store = self->feed.base.context->environment->store;
    const bool absolute = path[0] == '/';
    const int length = snprintf(self->path, sizeof self->path, "%s%s%s", absolute ? "" : store_root(store),
                                absolute ? "" : "/", path);

    if (length < 0 || (size_t)length >= sizeof self->path)
        return error_set(error, STATUS_NAME_TOO_LONG, "the path of a file is longer than %d bytes",
                         PATH_BYTES - 1);
    return STATUS_OK;
}

static Status
open_range(FileFeed *self, Error *error)
{
    const OperatorContext *context = self->feed.base.context;
    const FileRange *range = &self->work->files[self->range];

    TRY(make_absolute(self, range->path, error));
    self->source = (CsvSource){.path = self->path,
                               .range = range,
                               .options = &self->options,
                               .field_count = self->node->read_file.field_count,
                               .column_count = self->node->column_count,
                               .columns = self->columns,
                               .session = context->session,
                               .batch_rows = context->batch_rows};
    self->bytes_counted = 0;
    return row_reader_open(&self->source, context->budget, &self->reader, error);
}

static void
count_bytes(FileFeed *self)
{
    const uint64_t bytes = row_reader_bytes(self->reader);

    atomic_fetch_add_explicit(&self->feed.base.counters->bytes, bytes - self->bytes_counted,
                              memory_order_relaxed);
    self->bytes_counted = bytes;
}

static Status
create_rejects(FileFeed *self, Error *error)
{
    const OperatorContext *context = self->feed.base.context;
    char path[PATH_BYTES];
    char absolute[PATH_BYTES];

    reject_path_format(path, sizeof path, self->node->read_file.load, context->stage, context->task,
                       context->attempt);
    TRY(store_create_path(context->environment->store, path, absolute, sizeof absolute, error));
    return reject_file_create(absolute, &self->rejects, error);
}

/* Keeps what the reader's last call has set aside. */
static Status
keep_rejects(FileFeed *self, Error *error)
{
    size_t count = 0;
    const CsvReject *rejects = row_reader_rejects(self->reader, &count);

    if (count > 0 && self->rejects == NULL)
        TRY(create_rejects(self, error));
    for (size_t i = 0; i < count; i++)
        TRY(reject_file_add(self->rejects, self->work->files[self->range].path, &rejects[i], error));
    self->rejected += count;
    return STATUS_OK;
}

static Status
end_range(FileFeed *self)
{
    row_reader_close(&self->reader);
    self->range++;
    self->options.reject_limit = self->node->read_file.options.reject_limit - self->rejected;
    return STATUS_OK;
}

/* Every reading task leaves a file, so that one that is missing is noticed. */
static Status
end_rejects(FileFeed *self, Error *error)
{
    if (self->node->read_file.options.reject_limit == 0 || self->rejects_ended)
        return STATUS_OK;
    self->rejects_ended = true;
    if (self->rejects == NULL)
        TRY(create_rejects(self, error));
    return reject_file_commit(self->rejects, error);
}

static Status
step(Feed *feed, bool *exhausted, Error *error)
{
    FileFeed *self = (FileFeed *)feed;
    Batch batch = {0};
    bool enough = false;

    if (self->reader == NULL && self->range == self->work->file_count) {
        *exhausted = true;
        return end_rejects(self, error);
    }
    if (self->reader == NULL)
        return open_range(self, error);
    TRY(row_reader_next(self->reader, &batch, error));
    count_bytes(self);
    TRY(keep_rejects(self, error));
    if (batch.rows == 0)
        return end_range(self);
    TRY(operator_emit(&feed->base, &batch, &enough, error));
    *exhausted = enough;
    return enough ? end_rejects(self, error) : STATUS_OK;
}

static void
destroy(Operator *base)
{
    FileFeed *self = (FileFeed *)base;

    if (self->reader != NULL)
        row_reader_close(&self->reader);
    reject_file_close(&self->rejects);
    free(self->columns);
    free(self);
}

static const OperatorClass file_class = {.name = "read_file", .destroy = destroy};

Status
file_feed_new(OperatorContext *context, const PlanNode *node, const StageTask *work, Feed **made,
              Error *error)
{
    FileFeed *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->feed.base, &file_class, context, node->id);
    self->feed.step = step;
    self->node = node;
    self->work = work;
    self->options = node->read_file.options;
    self->columns = calloc(node->column_count + 1, sizeof(CsvColumn));
    if (self->columns == NULL) {
        destroy(&self->feed.base);
        return error_set_memory(error);
    }
    for (uint32_t i = 0; i < node->column_count; i++)
        self->columns[i] = (CsvColumn){
            .name = node->columns[i].name, .type = node->columns[i].type, .field = node->read_file.fields[i]};
    *made = &self->feed;
    return STATUS_OK;
}
