#include "ingest/reject_file.h"

#include "base/buffer.h"
#include "base/utf8.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

struct RejectFile {
    FILE *file;
    Buffer text; /* of one record, made valid */
    bool committed;
    char path[PATH_BYTES];
    char part[PATH_BYTES + 8]; /* what it is called until it is whole */
};

void
reject_folder_format(char *path, size_t size, uint64_t load)
{
    snprintf(path, size, "rejects/load-%" PRIu64 "/", load);
}

void
reject_path_format(char *path, size_t size, uint64_t load, uint32_t stage, uint32_t task, uint32_t attempt)
{
    snprintf(path, size, "rejects/load-%" PRIu64 "/%" PRIu32 "-%" PRIu32 "-%" PRIu32 ".ndjson", load, stage,
             task, attempt);
}

Status
reject_file_create(const char *absolute, RejectFile **made, Error *error)
{
    RejectFile *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    snprintf(self->path, sizeof self->path, "%s", absolute);
    snprintf(self->part, sizeof self->part, "%s.part", self->path);
    self->file = fopen(self->part, "we");
    if (self->file == NULL) {
        const int code = errno;
        free(self);
        return error_set_errno(error, STATUS_IO, code, "cannot write the rejected rows to %s", absolute);
    }
    *made = self;
    return STATUS_OK;
}

/* The text with U+FFFD in place of what JSON cannot hold. */
static const char *
valid_text(RejectFile *self, const char *text, size_t size)
{
    buffer_clear(&self->text);
    for (size_t i = 0; i < size;) {
        const size_t length = text[i] == '\0' ? 0 : utf8_character_length(text + i, size - i);
        if (length > 0)
            buffer_append(&self->text, text + i, length);
        else
            buffer_append_string(&self->text, "\xEF\xBF\xBD");
        i += length > 0 ? length : 1;
    }
    return buffer_text(&self->text);
}

/* At most CSV_REJECT_TEXT bytes are given: a character that the cut has broken is left out. */
static size_t
whole_characters(const CsvReject *reject)
{
    size_t size = reject->text_size;

    if (size < CSV_REJECT_TEXT)
        return size;
    while (size > CSV_REJECT_TEXT - 4 && ((unsigned char)reject->text[size - 1] & 0xC0) == 0x80)
        size--;
    return size > 0 && ((unsigned char)reject->text[size - 1] & 0xC0) == 0xC0 ? size - 1 : reject->text_size;
}

Status
reject_file_add(RejectFile *self, const char *file, const CsvReject *reject, Error *error)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "file", file);
    cJSON_AddNumberToObject(object, "line", (double)reject->line);
    if (reject->column[0] != '\0')
        cJSON_AddStringToObject(object, "column", reject->column);
    else
        cJSON_AddNullToObject(object, "column");
    cJSON_AddStringToObject(object, "reason", valid_text(self, reject->reason, strlen(reject->reason)));
    cJSON_AddStringToObject(object, "text", valid_text(self, reject->text, whole_characters(reject)));
    char *line = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    if (line == NULL || self->text.failed) {
        free(line);
        return error_set_memory(error);
    }
    const bool written = fputs(line, self->file) >= 0 && fputc('\n', self->file) != EOF;
    const int code = errno;
    free(line);
    if (!written)
        return error_set_errno(error, STATUS_IO, code, "cannot write the rejected rows to %s", self->path);
    return STATUS_OK;
}

Status
reject_file_commit(RejectFile *self, Error *error)
{
    const bool written = fclose(self->file) == 0;

    self->file = NULL;
    if (!written || rename(self->part, self->path) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot write the rejected rows to %s", self->path);
    self->committed = true;
    return STATUS_OK;
}

void
reject_file_close(RejectFile **self)
{
    RejectFile *file = *self;

    if (file == NULL)
        return;
    if (file->file != NULL)
        fclose(file->file);
    if (!file->committed)
        unlink(file->part);
    buffer_destroy(&file->text);
    free(file);
    *self = NULL;
}
