/* Generated rows as text files. */
#include "base/memory.h"
#include "format/csv_writer.h"
#include "format/json_writer.h"
#include "ingest/generate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static Status
write_all(int file, const char *path, const Buffer *text, Error *error)
{
    size_t written = 0;

    if (text->failed)
        return error_set_memory(error);
    while (written < text->size) {
        const ssize_t count = write(file, text->data + written, text->size - written);
        if (count < 0 && errno != EINTR)
            return error_set_errno(error, STATUS_IO, errno, "cannot write %s", path);
        written += count > 0 ? (size_t)count : 0;
    }
    return STATUS_OK;
}

/* character(n) stands in files without the blanks that fill it up, as text does. */
static void
leave_padding_out(const Batch *batch)
{
    for (uint32_t i = 0; i < batch->column_count; i++)
        if (batch->columns[i].type.id == TYPE_BPCHAR)
            batch->columns[i].type = (Type){.id = TYPE_TEXT, .length = TYPE_NO_LENGTH};
}

static void
append_rows(const Batch *batch, GenerateFormat format, const char *const *names, Buffer *out)
{
    const Session session = {.time_zone = "UTC"};

    for (uint32_t row = 0; row < batch->rows; row++) {
        if (format == GENERATE_CSV) {
            csv_write_row(batch->columns, batch->column_count, row, ',', &session, out);
        } else {
            json_write_row(batch->columns, batch->column_count, names, row, &session, out);
            buffer_append_char(out, '\n');
        }
    }
}

static Status
write_rows(const GenerateOptions *options, GenerateFormat format, uint64_t first, uint64_t count, int file,
           const char *path, Error *error)
{
    uint32_t columns;
    const GenerateColumn *column = generate_columns(options->table, &columns);
    const uint32_t step = generate_batch_units(options->table);
    const char **names = MEMORY_ARRAY(const char *, columns);
    Generator *generator = generator_new(options);
    Buffer text = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < columns; i++)
        names[i] = column[i].name;
    if (format == GENERATE_CSV)
        csv_write_names(names, columns, ',', &text);
    for (uint64_t done = 0; done < count && status == STATUS_OK;) {
        Batch batch;
        const uint32_t units = count - done < step ? (uint32_t)(count - done) : step;
        generator_make(generator, first + done, units, &batch);
        leave_padding_out(&batch);
        append_rows(&batch, format, names, &text);
        done += units;
        status = write_all(file, path, &text, error);
        buffer_clear(&text);
    }
    if (status == STATUS_OK)
        status = write_all(file, path, &text, error);
    buffer_destroy(&text);
    generator_destroy(&generator);
    free(names);
    return status;
}

Status
generate_write_file(const GenerateOptions *options, GenerateFormat format, uint64_t first, uint64_t count,
                    const char *path, Error *error)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (file < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot create %s", path);
    Status status = write_rows(options, format, first, count, file, path, error);
    if (close(file) != 0 && status == STATUS_OK)
        status = error_set_errno(error, STATUS_IO, errno, "cannot write %s", path);
    return status;
}
