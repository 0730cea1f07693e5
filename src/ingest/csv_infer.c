/* The shape of a file from samples of it. */
#include "ingest/csv.h"
#include "ingest/csv_field.h"
#include "ingest/csv_guess.h"
#include "ingest/csv_header.h"
#include "ingest/csv_input.h"
#include "ingest/csv_scan.h"

#include <stdlib.h>
#include <string.h>

enum {
    SAMPLE_FIRST = 2 << 20,
    SAMPLE_GROWTH = 4,
    RECORD_LARGEST = 64 << 20, /* as when records are read */
    SAMPLE_LARGEST = 2 * RECORD_LARGEST,
    SAMPLE_LATER = 128 << 10,
    SAMPLES_LATER = 8,
    FIELDS_MAX = 16384
};

/* A piece of the file and where its fields end. */
typedef struct Sample {
    char *text;
    size_t size;
    bool whole; /* to the file's end: its last record is complete */
    uint32_t *entries;
    size_t count;
} Sample;

typedef struct Inference {
    const char *path;
    const FileOptions *options;
    char delimiter;
    char quote;
    Arena *arena;
    uint32_t field_count;
    CsvField *first;   /* the first record's fields */
    CsvGuess *guesses; /* from the records after the first */
    bool *seen;        /* a value that is not NULL */
    uint64_t records;  /* after the first */
} Inference;

static void
sample_destroy(Sample *sample)
{
    free(sample->text);
    free(sample->entries);
}

static Status
read_sample(const Inference *inference, uint64_t offset, size_t size, Sample *sample, CsvInput **kept,
            Error *error)
{
    CsvInput *input = NULL;
    size_t got = 1;
    Status status;

    TRY(csv_input_open(inference->path, inference->path, offset, UINT64_MAX, &input, error));
    sample->text = malloc(size + CSV_BLOCK);
    sample->entries = malloc((size + 2 * CSV_BLOCK) * sizeof(uint32_t));
    if (sample->text == NULL || sample->entries == NULL)
        TRY_GOTO(error_set_memory(error), done);
    while (sample->size < size && got > 0) {
        TRY_GOTO(csv_input_read(input, sample->text + sample->size, size - sample->size, &got, error), done);
        sample->size += got;
    }
    sample->whole = got == 0;
    memset(sample->text + sample->size, 0, CSV_BLOCK);
    status = STATUS_OK;
done:
    if (kept != NULL && status == STATUS_OK)
        *kept = input;
    else
        csv_input_close(&input);
    return status;
}

static void
scan_sample(const Inference *inference, size_t start, Sample *sample)
{
    CsvScan scan = {.delimiter = inference->delimiter, .quote = inference->quote, .at = start};

    sample->count = csv_scan_entries(&scan, sample->text, sample->size, UINT32_MAX, sample->entries, 0,
                                     sample->size + 2 * CSV_BLOCK);
    const bool ended = sample->count > 0 &&
                       sample->entries[sample->count - 1] == (((uint32_t)sample->size - 1) | CSV_LINE_END);
    if (sample->whole && !ended && scan.inside == 0 && sample->size > start)
        sample->entries[sample->count++] = (uint32_t)sample->size | CSV_LINE_END;
}

/* The entries of the record that begins at `*at` (text place *start): their number, moving on; 0 at the end.
 * Empty lines are passed over. */
static size_t
next_record(const Sample *sample, size_t *at, size_t *start, size_t *text_start)
{
    while (*at < sample->count) {
        const size_t first = *at;
        size_t last = first;
        *text_start = *start;
        while (last < sample->count && (sample->entries[last] & CSV_LINE_END) == 0)
            last++;
        if (last == sample->count)
            return 0;
        *at = last + 1;
        *start = (sample->entries[last] & CSV_POSITION) + 1;
        if (last > first || (sample->entries[last] & CSV_POSITION) > *text_start)
            return last - first + 1;
    }
    return 0;
}

static Status
read_field(const Inference *inference, const Sample *sample, size_t start, uint32_t entry, CsvField *field,
           Error *error)
{
    return csv_field_read(sample->text + start, (entry & CSV_POSITION) - start, inference->quote,
                          inference->options->null_text, inference->arena, field, error);
}

static Status
take_first(Inference *inference, const Sample *sample, const uint32_t *entries, size_t count, size_t start,
           Error *error)
{
    if (count > FIELDS_MAX)
        return error_set(error, STATUS_TOO_MANY_COLUMNS, "%s has %zu fields in its first record",
                         inference->path, count);
    inference->field_count = (uint32_t)count;
    inference->first = ARENA_ARRAY(inference->arena, CsvField, count);
    inference->guesses = ARENA_ARRAY(inference->arena, CsvGuess, count);
    inference->seen = ARENA_ARRAY(inference->arena, bool, count);
    for (size_t i = 0; i < count; i++) {
        CsvField *field = &inference->first[i];
        TRY(read_field(inference, sample, start, entries[i], field, error));
        field->text = arena_copy_bytes(inference->arena, field->text, field->size);
        inference->guesses[i] = csv_guess_any();
        start = (entries[i] & CSV_POSITION) + 1;
    }
    return STATUS_OK;
}

static Status
take_record(Inference *inference, const Sample *sample, const uint32_t *entries, size_t start, Error *error)
{
    inference->records++;
    for (uint32_t i = 0; i < inference->field_count; i++) {
        CsvField field;
        TRY(read_field(inference, sample, start, entries[i], &field, error));
        start = (entries[i] & CSV_POSITION) + 1;
        if (field.is_null)
            continue;
        inference->seen[i] = true;
        if (inference->guesses[i] != 0)
            inference->guesses[i] = csv_guess_narrow(inference->guesses[i], field.text, field.size);
    }
    return STATUS_OK;
}

static Status
infer_from_start(Inference *inference, const Sample *sample, Error *error)
{
    const size_t mark = sample->size >= 3 && memcmp(sample->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    size_t at = 0;
    size_t start = mark;
    size_t text_start;

    for (;;) {
        const size_t count = next_record(sample, &at, &start, &text_start);
        if (count == 0)
            break;
        const uint32_t *entries = sample->entries + at - count;
        if (inference->field_count == 0)
            TRY(take_first(inference, sample, entries, count, text_start, error));
        else if (count == inference->field_count)
            TRY(take_record(inference, sample, entries, text_start, error));
    }
    return STATUS_OK;
}

/* A place further on: whether it lies inside quotes is not known, so it counts only where nearly all of its
 * records have the fields of the first. */
static Status
infer_from_middle(Inference *inference, Sample *sample, Error *error)
{
    const char *line_end = memchr(sample->text, '\n', sample->size);
    size_t fitting = 0;
    size_t records = 0;

    if (line_end == NULL)
        return STATUS_OK;
    const size_t begin = (size_t)(line_end - sample->text) + 1;
    scan_sample(inference, begin, sample);
    for (int pass = 0; pass < 2; pass++) {
        size_t at = 0;
        size_t start = begin;
        size_t text_start;
        size_t count;
        while ((count = next_record(sample, &at, &start, &text_start)) > 0) {
            records += pass == 0;
            fitting += pass == 0 && count == inference->field_count;
            if (pass == 1 && count == inference->field_count)
                TRY(take_record(inference, sample, sample->entries + at - count, text_start, error));
        }
        if (fitting < records - records / 10)
            break;
    }
    return STATUS_OK;
}

static Status
infer_further_on(Inference *inference, const CsvInput *input, uint64_t read, Error *error)
{
    const uint64_t size = csv_input_size(input);

    if (csv_input_is_compressed(input) || inference->field_count == 0 || size <= read)
        return STATUS_OK;
    for (uint64_t i = 1; i <= SAMPLES_LATER; i++) {
        Sample sample = {0};
        const uint64_t step = (size - read) / (SAMPLES_LATER + 1);
        Status status = read_sample(inference, read + step * i, SAMPLE_LATER, &sample, NULL, error);
        if (status == STATUS_OK)
            status = infer_from_middle(inference, &sample, error);
        sample_destroy(&sample);
        TRY(status);
    }
    return STATUS_OK;
}

/* The header rule, and what follows from it. */
static void
settle_shape(const Inference *inference, uint32_t table_column_count, const char *const *table_columns,
             CsvShape *shape)
{
    const uint32_t count = inference->field_count;

    shape->field_count = count;
    shape->types = ARENA_ARRAY(inference->arena, Type, count);
    shape->has_header = inference->options->header == 1;
    if (inference->options->header < 0 && table_column_count > 0)
        shape->has_header =
            csv_header_names_columns(inference->first, count, table_column_count, table_columns);
    for (uint32_t i = 0; i < count; i++) {
        const CsvField *first = &inference->first[i];
        const CsvGuess guess = inference->guesses[i];
        const bool fits = first->is_null || csv_guess_keeps(guess, first->text, first->size);
        shape->types[i] = inference->seen[i] ? csv_guess_type(guess) : type_of(TYPE_TEXT);
        if (inference->options->header < 0 && table_column_count == 0 && inference->seen[i] && guess != 0)
            shape->has_header |= !fits && csv_guess_narrow(guess, first->text, first->size) == 0;
    }
}

/* Without a header the first record is data as well. */
static void
add_first_record(const Inference *inference, CsvShape *shape)
{
    for (uint32_t i = 0; i < inference->field_count && !shape->has_header; i++) {
        const CsvField *first = &inference->first[i];
        if (first->is_null)
            continue;
        shape->types[i] = csv_guess_type(csv_guess_narrow(inference->guesses[i], first->text, first->size));
    }
}

static Status
infer_from_sample(Inference *inference, size_t size, Sample *sample, CsvInput **input, Error *error)
{
    TRY(read_sample(inference, 0, size, sample, input, error));
    scan_sample(inference, sample->size >= 3 && memcmp(sample->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0, sample);
    return infer_from_start(inference, sample, error);
}

/* As much of the beginning as holds two records: a header and what it stands above, however long. */
static Status
infer_from_head(Inference *inference, Sample *sample, CsvInput **input, Error *error)
{
    TRY(infer_from_sample(inference, SAMPLE_FIRST, sample, input, error));
    for (size_t size = SAMPLE_FIRST * SAMPLE_GROWTH;
         inference->records == 0 && !sample->whole && size <= SAMPLE_LARGEST; size *= SAMPLE_GROWTH) {
        csv_input_close(input);
        sample_destroy(sample);
        *sample = (Sample){0};
        inference->field_count = 0;
        TRY(infer_from_sample(inference, size, sample, input, error));
    }
    if (inference->field_count == 0 && !sample->whole)
        return error_set(error, STATUS_BAD_COPY_FORMAT, "the first record of %s does not end within %d MiB",
                         inference->path, RECORD_LARGEST >> 20);
    return STATUS_OK;
}

Status
csv_infer(const char *path, const FileOptions *options, uint32_t table_column_count,
          const char *const *table_columns, Arena *arena, CsvShape *shape, Error *error)
{
    Inference inference = {
        .path = path,
        .options = options,
        .delimiter = options->delimiter != '\0' ? options->delimiter : ',',
        .quote = options->quote != '\0' ? options->quote : '"',
        .arena = arena,
    };
    Sample sample = {0};
    CsvInput *input = NULL;
    Status status;

    memset(shape, 0, sizeof *shape);
    TRY_GOTO(infer_from_head(&inference, &sample, &input, error), done);
    TRY_GOTO(infer_further_on(&inference, input, sample.size, error), done);
    settle_shape(&inference, table_column_count, table_columns, shape);
    add_first_record(&inference, shape);
    csv_header_set_names(arena, inference.first, shape);
    status = csv_header_check(shape, path, error);
done:
    csv_input_close(&input);
    sample_destroy(&sample);
    return status;
}
