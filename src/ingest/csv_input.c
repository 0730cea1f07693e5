#include "ingest/csv_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

typedef enum Packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD } Packing;

enum { PACKED_ROOM = 256 << 10 };

struct CsvInput {
    const char *name;
    int file;
    uint64_t size;
    uint64_t at;  /* the next byte to read */
    uint64_t end; /* of the range */
    uint64_t taken;
    Packing packing;
    unsigned char *packed; /* PACKED_ROOM bytes of the file */
    size_t packed_at;
    size_t packed_size;
    bool member_open; /* in the middle of a gzip member or Zstandard frame */
    z_stream gzip;
    ZSTD_DCtx *zstd;
};

/* Up to `size` bytes of the range of the file itself. */
static Status
read_file(CsvInput *input, void *out, size_t size, size_t *got, Error *error)
{
    const uint64_t left = input->end - input->at;
    ssize_t count;

    if (size > left)
        size = (size_t)left;
    do {
        count = size > 0 ? pread(input->file, out, size, (off_t)input->at) : 0;
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot read %s", input->name);
    input->at += (uint64_t)count;
    input->taken += (uint64_t)count;
    *got = (size_t)count;
    return STATUS_OK;
}

static Packing
packing_of(int file)
{
    unsigned char magic[4] = {0};

    if (pread(file, magic, sizeof magic, 0) < 2)
        return PACKING_NONE;
    if (magic[0] == 0x1f && magic[1] == 0x8b)
        return PACKING_GZIP;
    return magic[0] == 0x28 && magic[1] == 0xb5 && magic[2] == 0x2f && magic[3] == 0xfd ? PACKING_ZSTD
                                                                                        : PACKING_NONE;
}

static Status
begin_unpacking(CsvInput *input, Error *error)
{
    input->at = 0;
    input->end = input->size;
    input->packed = malloc(PACKED_ROOM);
    if (input->packed == NULL)
        return error_set_memory(error);
    if (input->packing == PACKING_ZSTD) {
        input->zstd = ZSTD_createDCtx();
        return input->zstd != NULL ? STATUS_OK : error_set_memory(error);
    }
    /* 16: a gzip header is expected. */
    return inflateInit2(&input->gzip, 15 + 16) == Z_OK ? STATUS_OK : error_set_memory(error);
}

static Status
open_file(CsvInput *input, const char *path, Error *error)
{
    struct stat status;

    input->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* nobody may write to a pipe */
    if (input->file < 0 || fstat(input->file, &status) != 0)
        return error_set_errno(error, STATUS_IO, errno, "cannot open %s", input->name);
    if (S_ISDIR(status.st_mode))
        return error_set(error, STATUS_WRONG_OBJECT_TYPE, "%s is a directory", input->name);
    if (!S_ISREG(status.st_mode)) {
        error_set(error, STATUS_WRONG_OBJECT_TYPE, "%s is not a regular file", input->name);
        return error_hint(error, "files are read in pieces, some of them twice: copy the data into a file");
    }
    input->size = (uint64_t)status.st_size;
    return STATUS_OK;
}

Status
csv_input_open(const char *path, const char *name, uint64_t offset, uint64_t length, CsvInput **made,
               Error *error)
{
    CsvInput *input = calloc(1, sizeof *input);
    Status status;

    if (input == NULL)
        return error_set_memory(error);
    input->name = name;
    input->file = -1;
    TRY_GOTO(open_file(input, path, error), failed);
    input->at = offset < input->size ? offset : input->size;
    input->end = length < input->size - input->at ? input->at + length : input->size;
    input->packing = packing_of(input->file);
    if (input->packing != PACKING_NONE)
        TRY_GOTO(begin_unpacking(input, error), failed);
    *made = input;
    return STATUS_OK;

failed:
    csv_input_close(&input);
    return status;
}

void
csv_input_close(CsvInput **self)
{
    CsvInput *input = *self;

    *self = NULL;
    if (input == NULL)
        return;
    if (input->packing == PACKING_GZIP)
        inflateEnd(&input->gzip);
    ZSTD_freeDCtx(input->zstd);
    if (input->file >= 0)
        close(input->file);
    free(input->packed);
    free(input);
}

static Status
fill_packed(CsvInput *input, Error *error)
{
    input->packed_at = 0;
    return read_file(input, input->packed, PACKED_ROOM, &input->packed_size, error);
}

static Status
damaged(const CsvInput *input, const char *why, Error *error)
{
    return error_set(error, STATUS_BAD_COPY_FORMAT, "%s is a damaged %s stream: %s", input->name,
                     input->packing == PACKING_GZIP ? "gzip" : "Zstandard", why);
}

/* A step of unpacking: some input is used, or output made, or both, or there is nothing left of either. */
static Status
unpack_gzip(CsvInput *input, char *out, size_t size, size_t *got, Error *error)
{
    z_stream *stream = &input->gzip;

    if (!input->member_open) {
        /* Another member may follow the last; archivers fill up with zeros. */
        if (input->packed[input->packed_at] == 0) {
            input->packed_at = input->packed_size;
            return STATUS_OK;
        }
        inflateReset(stream);
        input->member_open = true;
    }
    stream->next_in = input->packed + input->packed_at;
    stream->avail_in = (uInt)(input->packed_size - input->packed_at);
    stream->next_out = (Bytef *)out;
    stream->avail_out = size > UINT32_MAX ? UINT32_MAX : (uInt)size;
    const uInt room = stream->avail_out;
    const int code = inflate(stream, Z_NO_FLUSH);
    input->packed_at = input->packed_size - stream->avail_in;
    *got = room - stream->avail_out;
    if (code == Z_STREAM_END)
        input->member_open = false;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return damaged(input, stream->msg != NULL ? stream->msg : "invalid data", error);
    return STATUS_OK;
}

static Status
unpack_zstd(CsvInput *input, char *out, size_t size, size_t *got, Error *error)
{
    ZSTD_inBuffer in = {input->packed, input->packed_size, input->packed_at};
    ZSTD_outBuffer made = {out, size, 0};

    const size_t code = ZSTD_decompressStream(input->zstd, &made, &in);
    if (ZSTD_isError(code))
        return damaged(input, ZSTD_getErrorName(code), error);
    input->member_open = code != 0;
    input->packed_at = in.pos;
    *got = made.pos;
    return STATUS_OK;
}

static Status
unpack(CsvInput *input, char *out, size_t size, size_t *got, Error *error)
{
    *got = 0;
    while (*got == 0) {
        bool exhausted = false;
        if (input->packed_at == input->packed_size) {
            TRY(fill_packed(input, error));
            exhausted = input->packed_size == 0;
            if (exhausted && !input->member_open)
                return STATUS_OK;
        }
        /* Where the input is exhausted, the unpacker may still hold output that did not fit before. */
        TRY(input->packing == PACKING_GZIP ? unpack_gzip(input, out, size, got, error)
                                           : unpack_zstd(input, out, size, got, error));
        if (exhausted && *got == 0)
            return damaged(input, "it ends too early", error);
    }
    return STATUS_OK;
}

Status
csv_input_read(CsvInput *input, char *out, size_t size, size_t *got, Error *error)
{
    if (input->packing == PACKING_NONE)
        return read_file(input, out, size, got, error);
    return unpack(input, out, size, got, error);
}

bool
csv_input_is_compressed(const CsvInput *input)
{
    return input->packing != PACKING_NONE;
}

uint64_t
csv_input_taken(const CsvInput *input)
{
    return input->taken;
}

uint64_t
csv_input_size(const CsvInput *input)
{
    return input->size;
}

uint64_t
csv_input_left(const CsvInput *input)
{
    return input->end - input->at;
}
