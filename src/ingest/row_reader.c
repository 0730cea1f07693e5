#include "ingest/row_reader.h"

#include "ingest/generate.h"

#include <stdlib.h>

/* One of the two is there. */
struct RowReader {
    CsvReader *csv;
    Generator *generator;
    const CsvSource *source;
    uint32_t step; /* units a batch */
    uint64_t done; /* units */
    Vector *columns;
};

static Status
open_generated(RowReader *self, const CsvSource *source, Error *error)
{
    GenerateOptions options;
    uint32_t count;

    TRY(generate_parse_source(source->range->path, &options, error));
    generate_columns(options.table, &count);
    const uint64_t units = generate_units(&options);
    if (source->range->offset > units || source->range->length > units - source->range->offset)
        return error_set(error, STATUS_PROTOCOL, "a range of \"%s\" is beyond its end", source->range->path);
    for (uint32_t i = 0; i < source->column_count; i++)
        if (source->columns[i].field >= count)
            return error_set(error, STATUS_PROTOCOL, "\"%s\" has no field %u", source->range->path,
                             source->columns[i].field);
    self->columns = calloc(source->column_count + 1, sizeof(Vector));
    if (self->columns == NULL)
        return error_set_memory(error);
    self->generator = generator_new(&options);
    self->step = generate_batch_units(options.table);
    return STATUS_OK;
}

Status
row_reader_open(const CsvSource *source, Budget *budget, RowReader **reader, Error *error)
{
    RowReader *self = calloc(1, sizeof *self);
    const char *format = source->options->format;
    Status status;

    if (self == NULL)
        return error_set_memory(error);
    self->source = source;
    if (format != NULL && strcmp(format, "generated") == 0)
        status = open_generated(self, source, error);
    else
        status = csv_reader_open(source, budget, &self->csv, error);
    if (status != STATUS_OK)
        row_reader_close(&self);
    *reader = self;
    return status;
}

void
row_reader_close(RowReader **self)
{
    if (*self == NULL)
        return;
    if ((*self)->csv != NULL)
        csv_reader_close(&(*self)->csv);
    generator_destroy(&(*self)->generator);
    free((*self)->columns);
    free(*self);
    *self = NULL;
}

/* A table may ask for other types than the generator's: those are not converted. */
static Status
take_columns(RowReader *self, const Batch *made, Batch *batch, Error *error)
{
    for (uint32_t i = 0; i < self->source->column_count; i++) {
        const CsvColumn *column = &self->source->columns[i];
        self->columns[i] = made->columns[column->field];
        if (type_layout(column->type) != self->columns[i].layout ||
            column->type.scale != self->columns[i].type.scale)
            return error_set(error, STATUS_DATATYPE_MISMATCH, "column \"%s\" is not of the generated type",
                             column->name);
        self->columns[i].type = column->type;
    }
    *batch = *made;
    batch->column_count = self->source->column_count;
    batch->columns = self->columns;
    return STATUS_OK;
}

static Status
next_generated(RowReader *self, Batch *batch, Error *error)
{
    const FileRange *range = self->source->range;
    const uint64_t left = range->length - self->done;
    const uint32_t units = left < self->step ? (uint32_t)left : self->step;
    Batch made;

    if (units == 0) {
        *batch = (Batch){0};
        return STATUS_OK;
    }
    generator_make(self->generator, range->offset + self->done, units, &made);
    self->done += units;
    return take_columns(self, &made, batch, error);
}

Status
row_reader_next(RowReader *reader, Batch *batch, Error *error)
{
    return reader->csv != NULL ? csv_reader_next(reader->csv, batch, error)
                               : next_generated(reader, batch, error);
}

const CsvReject *
row_reader_rejects(const RowReader *reader, size_t *count)
{
    if (reader->csv != NULL)
        return csv_reader_rejects(reader->csv, count);
    *count = 0;
    return NULL;
}

uint64_t
row_reader_bytes(const RowReader *reader)
{
    return reader->csv != NULL ? csv_reader_bytes(reader->csv) : 0;
}
