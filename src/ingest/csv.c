#include "ingest/csv.h"

#include "ingest/csv_column.h"
#include "ingest/csv_records.h"

#include <stdlib.h>
#include <string.h>

enum { CELLS_MAX = 1 << 16 }; /* in a batch: wide files get fewer rows */

/* A record that is not among the batch's rows. */
typedef struct Failure {
    uint32_t start; /* its place in the window */
    uint32_t end;
    uint32_t row;   /* of the batch; UINT32_MAX: it never became one */
    uint32_t field; /* 1-based, or 0 */
    Error error;
    const char *column;
} Failure;

struct CsvReader {
    const CsvSource *source;
    Budget *budget;
    CsvRecords records;
    Arena *columns_arena; /* for the reader's life */
    Arena *batch_arena;   /* until the next call */
    uint32_t row_limit;
    char quote;
    void **data;
    uint64_t **validity;
    Vector *vectors;
    uint64_t *failed; /* rows of the batch that are set aside */
    uint32_t *selection;
    Failure *failures;
    size_t failure_count;
    size_t failure_capacity;
    uint64_t rejected; /* in all */
    CsvReject *rejects;
    size_t reject_count;
    uint32_t column;       /* that is being parsed */
    Status failure_status; /* of keeping failures: memory */
};

static bool
is_strict(const CsvReader *reader)
{
    return reader->source->options->reject_limit == 0;
}

static void *
column_memory(CsvReader *reader, size_t size)
{
    return arena_alloc_aligned(reader->columns_arena, size, 64);
}

static Status
allocate_columns(CsvReader *reader, Error *error)
{
    const CsvSource *source = reader->source;
    const uint32_t count = source->column_count;
    const size_t words = bits_words(reader->row_limit) * sizeof(uint64_t);

    reader->columns_arena = arena_new(reader->budget);
    reader->batch_arena = arena_new(reader->budget);
    if (reader->columns_arena == NULL || reader->batch_arena == NULL)
        return error_set_memory(error);
    reader->data = column_memory(reader, (count + 1) * sizeof *reader->data);
    reader->validity = column_memory(reader, (count + 1) * sizeof *reader->validity);
    reader->vectors = column_memory(reader, (count + 1) * sizeof *reader->vectors);
    reader->failed = column_memory(reader, words);
    reader->selection = column_memory(reader, reader->row_limit * sizeof *reader->selection);
    bool complete = reader->data != NULL && reader->validity != NULL && reader->vectors != NULL &&
                    reader->failed != NULL && reader->selection != NULL;
    for (uint32_t i = 0; i < count && complete; i++) {
        const Type type = source->columns[i].type;
        reader->data[i] = column_memory(reader, reader->row_limit * layout_width(type_layout(type)));
        reader->validity[i] = column_memory(reader, words);
        complete = reader->data[i] != NULL && reader->validity[i] != NULL;
    }
    return complete ? STATUS_OK : error_set_memory(error);
}

static Status
check_source(const CsvSource *source, Error *error)
{
    for (uint32_t i = 0; i < source->column_count; i++) {
        const CsvColumn *column = &source->columns[i];
        if (column->field >= source->field_count)
            return error_set(error, STATUS_BAD_COPY_FORMAT, "%s has %u fields, none for column %s",
                             source->range->path, source->field_count, column->name);
    }
    if (source->field_count == 0)
        return error_set(error, STATUS_BAD_COPY_FORMAT, "%s has no fields", source->range->path);
    return STATUS_OK;
}

static uint32_t
choose_row_limit(const CsvSource *source)
{
    uint32_t rows =
        source->batch_rows == 0 || source->batch_rows > BATCH_ROWS ? BATCH_ROWS : source->batch_rows;

    if (rows > CELLS_MAX / source->field_count)
        rows = CELLS_MAX / source->field_count;
    return rows > 0 ? rows : 1;
}

static Status
open_records(CsvReader *reader, Error *error)
{
    const CsvSource *source = reader->source;
    const FileRange *range = source->range;
    const FileOptions *options = source->options;
    CsvInput *input;

    TRY(csv_input_open(source->path, range->path, range->offset, range->length, &input, error));
    TRY(csv_records_init(&reader->records, input, range->path,
                         options->delimiter != '\0' ? options->delimiter : ',', reader->quote,
                         source->field_count, reader->row_limit,
                         range->first_line > 0 ? range->first_line : 1, reader->budget, error));
    if (range->offset > 0)
        return STATUS_OK;
    TRY(csv_records_skip_mark(&reader->records, error));
    return options->header == 1 ? csv_records_skip(&reader->records, error) : STATUS_OK;
}

Status
csv_reader_open(const CsvSource *source, Budget *budget, CsvReader **made, Error *error)
{
    CsvReader *reader;
    Status status;

    TRY(check_source(source, error));
    reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return error_set_memory(error);
    reader->source = source;
    reader->budget = budget;
    reader->quote = source->options->quote != '\0' ? source->options->quote : '"';
    reader->row_limit = choose_row_limit(source);
    TRY_GOTO(allocate_columns(reader, error), failed);
    TRY_GOTO(open_records(reader, error), failed);
    *made = reader;
    return STATUS_OK;

failed:
    csv_reader_close(&reader);
    return status;
}

void
csv_reader_close(CsvReader **self)
{
    CsvReader *reader = *self;

    *self = NULL;
    if (reader == NULL)
        return;
    csv_records_destroy(&reader->records);
    arena_destroy(&reader->columns_arena);
    arena_destroy(&reader->batch_arena);
    free(reader->failures);
    free(reader);
}

static Failure *
add_failure(CsvReader *reader)
{
    if (reader->failure_count == reader->failure_capacity) {
        const size_t capacity = reader->failure_capacity == 0 ? 8 : reader->failure_capacity * 2;
        Failure *grown = realloc(reader->failures, capacity * sizeof *grown);
        if (grown == NULL)
            return NULL;
        reader->failures = grown;
        reader->failure_capacity = capacity;
    }
    Failure *failure = &reader->failures[reader->failure_count++];
    memset(failure, 0, sizeof *failure);
    failure->column = "";
    return failure;
}

static void
row_span(const CsvReader *reader, uint32_t row, uint32_t *start, uint32_t *end)
{
    const CsvRecords *records = &reader->records;
    const CsvCell *cells = records->cells + (size_t)row * records->field_count;

    *start = cells[0].start;
    *end = cells[records->field_count - 1].end;
}

/* CsvCellFailure. Strict: the first row that fails is the error, so a column need only be parsed up to it. */
static bool
keep_failure(void *context, uint32_t row, const Error *error)
{
    CsvReader *reader = context;

    if (bits_get(reader->failed, row))
        return true;
    if (is_strict(reader))
        reader->failure_count = 0;
    Failure *failure = add_failure(reader);
    if (failure == NULL) {
        reader->failure_status = STATUS_OUT_OF_MEMORY;
        return false;
    }
    bits_set(reader->failed, row);
    row_span(reader, row, &failure->start, &failure->end);
    failure->row = row;
    failure->field = reader->source->columns[reader->column].field + 1;
    failure->column = reader->source->columns[reader->column].name;
    failure->error = *error;
    return !is_strict(reader);
}

static Status
keep_bad_records(CsvReader *reader, Error *error)
{
    const CsvRecords *records = &reader->records;

    for (uint32_t i = 0; i < records->bad_count; i++) {
        const CsvBadRecord *bad = &records->bad[i];
        Failure *failure = add_failure(reader);
        if (failure == NULL)
            return error_set_memory(error);
        failure->start = bad->start;
        failure->end = bad->end;
        failure->row = UINT32_MAX;
        if (bad->flaw == CSV_FLAW_UNTERMINATED)
            error_set(&failure->error, STATUS_BAD_COPY_FORMAT, "unterminated CSV quoted field");
        else if (bad->fields < records->field_count)
            error_set(&failure->error, STATUS_BAD_COPY_FORMAT, "%u fields where %u are expected", bad->fields,
                      records->field_count);
        else
            error_set(&failure->error, STATUS_BAD_COPY_FORMAT,
                      "extra data after the last expected field: %u fields where %u are expected",
                      bad->fields, records->field_count);
    }
    return STATUS_OK;
}

static Status
parse_columns(CsvReader *reader, Error *error)
{
    const CsvSource *source = reader->source;
    const CsvRecords *records = &reader->records;
    uint32_t first = 0;
    uint32_t last = 0;
    CsvBlock block = {
        .text = records->window,
        .cells = records->cells,
        .field_count = records->field_count,
        .rows = records->rows,
        .quotes = records->scan.quotes,
        .quote = reader->quote,
        .null_text = source->options->null_text,
        .session = source->session,
        .arena = reader->batch_arena,
    };

    if (records->rows == 0)
        return STATUS_OK;
    row_span(reader, 0, &first, &last);
    row_span(reader, records->rows - 1, &(uint32_t){0}, &last);
    block.plain = csv_is_plain(records->window + first, last - first);
    for (uint32_t i = 0; i < source->column_count; i++) {
        reader->column = i;
        TRY(csv_column_parse(&block, source->columns[i].field, source->columns[i].type, reader->data[i],
                             reader->validity[i], keep_failure, reader, &reader->vectors[i], error));
        if (reader->failure_status != STATUS_OK)
            return error_set_memory(error);
        if (is_strict(reader) && reader->failure_count > 0)
            block.rows = reader->failures[0].row;
    }
    return STATUS_OK;
}

static int
compare_failures(const void *a, const void *b)
{
    const uint32_t x = ((const Failure *)a)->start;
    const uint32_t y = ((const Failure *)b)->start;

    return (x > y) - (x < y);
}

static Status
fail(CsvReader *reader, const Failure *failure, Error *error)
{
    const char *path = reader->source->range->path;
    const unsigned long long line = csv_records_line(&reader->records, failure->start);

    if (failure->column[0] != '\0')
        error_set(error, failure->error.code, "%s, line %llu, column %s: %s", path, line, failure->column,
                  failure->error.message);
    else
        error_set(error, failure->error.code, "%s, line %llu: %s", path, line, failure->error.message);
    if (failure->error.hint[0] != '\0')
        error_hint(error, "%s", failure->error.hint);
    return failure->error.code;
}

/* Sets the failures aside as rejects. */
static Status
make_rejects(CsvReader *reader, Error *error)
{
    const uint64_t limit = reader->source->options->reject_limit;
    Arena *arena = reader->batch_arena;

    qsort(reader->failures, reader->failure_count, sizeof *reader->failures, compare_failures);
    reader->rejects = arena_alloc(arena, reader->failure_count * sizeof *reader->rejects);
    if (reader->rejects == NULL)
        return error_set_memory(error);
    for (size_t i = 0; i < reader->failure_count; i++) {
        const Failure *failure = &reader->failures[i];
        const size_t size = failure->end - failure->start;
        if (reader->rejected == limit) {
            const Status status = fail(reader, failure, error);
            if (limit > 0)
                error_hint(error,
                           "%llu malformed rows were set aside before this one, as many as the limit allows",
                           (unsigned long long)limit);
            return status;
        }
        reader->rejected++;
        reader->rejects[i] = (CsvReject){
            .line = csv_records_line(&reader->records, failure->start),
            .field = failure->field,
            .column = failure->column,
            .reason = arena_copy_string(arena, failure->error.message),
            .text = reader->records.window + failure->start,
            .text_size = size < CSV_REJECT_TEXT ? size : CSV_REJECT_TEXT,
        };
        if (reader->rejects[i].reason == NULL)
            return error_set_memory(error);
        reader->reject_count++;
    }
    return STATUS_OK;
}

static void
make_batch(CsvReader *reader, Batch *batch)
{
    const uint32_t rows = reader->records.rows;

    *batch = (Batch){.rows = rows,
                     .count = rows,
                     .column_count = reader->source->column_count,
                     .columns = reader->vectors};
    if (reader->reject_count == 0)
        return;
    batch->count = 0;
    for (uint32_t row = 0; row < rows; row++) {
        if (!bits_get(reader->failed, row))
            reader->selection[batch->count++] = row;
    }
    if (batch->count < rows)
        batch->selection = reader->selection;
}

/* Rejects without any row: a batch of no rows would be the end, so one row of NULLs stands there, not
 * selected. */
static void
make_unselected_row(CsvReader *reader, Batch *batch)
{
    for (uint32_t i = 0; i < reader->source->column_count; i++) {
        const Type type = reader->source->columns[i].type;
        memset(reader->data[i], 0, layout_width(type_layout(type)));
        reader->validity[i][0] = 0;
        reader->vectors[i] = vector_flat(type, reader->data[i], reader->validity[i]);
    }
    *batch = (Batch){.rows = 1,
                     .selection = reader->selection,
                     .column_count = reader->source->column_count,
                     .columns = reader->vectors};
}

Status
csv_reader_next(CsvReader *reader, Batch *batch, Error *error)
{
    memset(batch, 0, sizeof *batch);
    arena_reset(reader->batch_arena);
    reader->failure_count = 0;
    reader->reject_count = 0;
    memset(reader->failed, 0, bits_words(reader->row_limit) * sizeof(uint64_t));
    TRY(csv_records_next(&reader->records, is_strict(reader), error));
    TRY(keep_bad_records(reader, error));
    TRY(parse_columns(reader, error));
    if (reader->failure_count > 0)
        TRY(make_rejects(reader, error));
    if (reader->records.rows == 0 && reader->reject_count > 0)
        make_unselected_row(reader, batch);
    else
        make_batch(reader, batch);
    return STATUS_OK;
}

const CsvReject *
csv_reader_rejects(const CsvReader *reader, size_t *count)
{
    *count = reader->reject_count;
    return reader->rejects;
}

uint64_t
csv_reader_bytes(const CsvReader *reader)
{
    return csv_input_taken(reader->records.input);
}
