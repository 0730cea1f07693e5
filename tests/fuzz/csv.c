/* A CSV file: its shape is guessed, it is cut, and each piece is read by that shape. The first byte chooses
 * options. */
#include "fuzz.h"

#include "ingest/csv.h"

enum { PIECES = 3, FIELDS_MAX = 64 };

static const Session session = {.time_zone = "UTC"};

static void
read_range(const char *path, const FileRange *range, const FileOptions *options, const CsvShape *shape)
{
    CsvColumn columns[FIELDS_MAX];
    const CsvSource source = {.path = path,
                              .range = range,
                              .options = options,
                              .field_count = shape->field_count,
                              .column_count = shape->field_count,
                              .columns = columns,
                              .session = &session};
    CsvReader *reader = NULL;
    Error error = {0};
    Batch batch;

    for (uint32_t i = 0; i < shape->field_count; i++)
        columns[i] = (CsvColumn){.name = shape->names[i], .type = shape->types[i], .field = i};
    if (csv_reader_open(&source, NULL, &reader, &error) != STATUS_OK)
        return;
    while (csv_reader_next(reader, &batch, &error) == STATUS_OK && batch.rows > 0)
        continue;
    csv_reader_close(&reader);
}

void
fuzz_csv(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return;
    const uint8_t flags = bytes[0];
    FileOptions options = {.format = "csv",
                           .delimiter = (flags & 1) ? '\t' : 0,
                           .quote = (flags & 2) ? '\'' : 0,
                           .header = (flags & 4) ? -1 : (flags >> 3) & 1,
                           .null_text = (flags & 16) ? "NULL" : NULL,
                           .reject_limit = (flags & 32) ? 5 : 0};
    const char *path = fuzz_file(bytes + 1, size - 1);
    Arena *arena = arena_new(NULL);
    Error error = {0};
    FileRange ranges[PIECES];
    uint32_t count;
    CsvShape shape;

    if (csv_infer(path, &options, 0, NULL, arena, &shape, &error) == STATUS_OK &&
        shape.field_count <= FIELDS_MAX &&
        csv_split(path, path, &options, PIECES, 1, 1, ranges, &count, &error) == STATUS_OK) {
        options.header = shape.has_header;
        for (uint32_t i = 0; i < count && shape.field_count > 0; i++)
            read_range(path, &ranges[i], &options, &shape);
    }
    arena_destroy(&arena);
    fuzz_file_close();
}
