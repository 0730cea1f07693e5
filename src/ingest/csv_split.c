/* Cutting a file into ranges of whole records.
 *
 * Whether a line end is data depends on every quote before it, but only by their number: the pieces count
 * theirs side by side, a running parity tells how each begins, and only then is the first line end outside
 * quotes searched for. */
#include "ingest/csv.h"
#include "ingest/csv_input.h"
#include "ingest/csv_scan.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { READ_SIZE = 1 << 20, LEAST_BYTES = 1 << 20, THREADS_MAX = 64 };

typedef struct Piece {
    uint64_t start;
    uint64_t end;
    uint64_t quotes;
    uint64_t lines;
    char first; /* its first and last byte */
    char last;
    Status status;
    Error error;
} Piece;

typedef struct Splitter {
    const char *path;
    const char *name;
    char quote;
    Piece *pieces;
    uint32_t count;
    _Atomic(uint32_t) next;
} Splitter;

/* Calls for the bytes [start, end) of the file, a buffer at a time; `next` is the byte after the buffer's, or
 * 0. */
typedef bool VisitBytes(void *context, const char *bytes, size_t size, char next);

static Status
visit_bytes(const Splitter *splitter, uint64_t start, uint64_t end, VisitBytes *visit, void *context,
            Error *error)
{
    CsvInput *input = NULL;
    const size_t read_size = end - start < READ_SIZE ? (size_t)(end - start) : READ_SIZE;
    char *buffer = malloc(read_size + 1);
    Status status;
    size_t held = 0; /* the last byte read is held back: what it is may depend on the next */

    if (buffer == NULL)
        return error_set_memory(error);
    TRY_GOTO(csv_input_open(splitter->path, splitter->name, start, end - start, &input, error), done);
    for (;;) {
        size_t got;
        TRY_GOTO(csv_input_read(input, buffer + held, read_size, &got, error), done);
        const size_t size = held + got;
        const size_t whole = got > 0 ? size - 1 : size;
        if (size == 0 || (whole > 0 && !visit(context, buffer, whole, got > 0 ? buffer[whole] : '\0')) ||
            got == 0)
            break;
        buffer[0] = buffer[whole];
        held = 1;
    }
done:
    csv_input_close(&input);
    free(buffer);
    return status;
}

typedef struct Counting {
    Piece *piece;
    char quote;
    bool begun;
} Counting;

static bool
count_bytes(void *context, const char *bytes, size_t size, char next)
{
    Counting *counting = context;
    Piece *piece = counting->piece;

    if (!counting->begun)
        piece->first = bytes[0];
    counting->begun = true;
    piece->last = bytes[size - 1];
    piece->quotes += csv_count_byte(bytes, size, counting->quote);
    piece->lines += csv_count_lines(bytes, size, next);
    return true;
}

static void *
count_pieces(void *context)
{
    Splitter *splitter = context;

    for (;;) {
        const uint32_t i = atomic_fetch_add(&splitter->next, 1);
        if (i >= splitter->count)
            return NULL;
        Piece *piece = &splitter->pieces[i];
        Counting counting = {piece, splitter->quote, false};
        piece->status =
            visit_bytes(splitter, piece->start, piece->end, count_bytes, &counting, &piece->error);
    }
}

static Status
count_all(Splitter *splitter, uint32_t threads, Error *error)
{
    pthread_t started[THREADS_MAX];
    uint32_t count = 0;

    while (count + 1 < threads && count < THREADS_MAX &&
           pthread_create(&started[count], NULL, count_pieces, splitter) == 0)
        count++;
    count_pieces(splitter);
    for (uint32_t i = 0; i < count; i++)
        pthread_join(started[i], NULL);
    for (uint32_t i = 0; i < splitter->count; i++) {
        if (splitter->pieces[i].status != STATUS_OK)
            return error_copy(error, &splitter->pieces[i].error);
    }
    return STATUS_OK;
}

/* Looking for the first line end outside quotes. */
typedef struct Search {
    char quote;
    bool inside;
    bool found;
    uint64_t at;    /* bytes passed, the line end included where found */
    uint64_t lines; /* line ends passed, the found one included */
} Search;

static bool
search_bytes(void *context, const char *bytes, size_t size, char next)
{
    Search *search = context;

    for (size_t i = 0; i < size; i++) {
        const char after = i + 1 < size ? bytes[i + 1] : next;
        search->at++;
        search->inside ^= bytes[i] == search->quote;
        if (bytes[i] != '\n' && (bytes[i] != '\r' || after == '\n'))
            continue;
        search->lines++;
        search->found = !search->inside;
        if (search->found)
            return false;
    }
    return true;
}

/* The range of piece i begins with the first record that starts in it; *found false where none does. */
static Status
find_start(const Splitter *splitter, uint32_t i, bool inside, uint64_t lines_before, FileRange *range,
           bool *found, Error *error)
{
    const Piece *piece = &splitter->pieces[i];
    Search search = {.quote = splitter->quote, .inside = inside};

    TRY(visit_bytes(splitter, piece->start, piece->end, search_bytes, &search, error));
    *found = search.found && piece->start + search.at < piece->end;
    range->offset = piece->start + search.at;
    range->first_line = 1 + lines_before + search.lines;
    return STATUS_OK;
}

static Status
make_ranges(const Splitter *splitter, uint64_t size, FileRange *ranges, uint32_t *count, Error *error)
{
    uint64_t quotes = 0;
    uint64_t lines = 0;

    *count = 1;
    ranges[0] = (FileRange){.path = splitter->name, .length = size, .first_line = 1};
    for (uint32_t i = 1; i < splitter->count; i++) {
        const Piece *before = &splitter->pieces[i - 1];
        FileRange range = {.path = splitter->name};
        bool found;
        quotes += before->quotes;
        lines += before->lines;
        /* CR and LF on the two sides of the cut are one line end: it belongs to the LF. */
        if (before->last == '\r' && splitter->pieces[i].first == '\n')
            lines--;
        TRY(find_start(splitter, i, quotes % 2 != 0, lines, &range, &found, error));
        if (!found)
            continue;
        FileRange *last = &ranges[*count - 1];
        last->length = range.offset - last->offset;
        range.length = size - range.offset;
        ranges[(*count)++] = range;
    }
    return STATUS_OK;
}

static Status
cut(Splitter *splitter, uint64_t size, uint32_t threads, FileRange *ranges, uint32_t *count, Error *error)
{
    splitter->pieces = calloc(splitter->count, sizeof *splitter->pieces);
    if (splitter->pieces == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < splitter->count; i++) {
        splitter->pieces[i].start = size / splitter->count * i;
        splitter->pieces[i].end = i + 1 < splitter->count ? size / splitter->count * (i + 1) : size;
    }
    Status status = count_all(splitter, threads, error);
    if (status == STATUS_OK)
        status = make_ranges(splitter, size, ranges, count, error);
    free(splitter->pieces);
    return status;
}

Status
csv_split(const char *path, const char *name, const FileOptions *options, uint32_t pieces,
          uint64_t least_bytes, uint32_t threads, FileRange *ranges, uint32_t *count, Error *error)
{
    CsvInput *input;

    TRY(csv_input_open(path, name, 0, 0, &input, error));
    const uint64_t size = csv_input_size(input);
    const bool compressed = csv_input_is_compressed(input);
    csv_input_close(&input);

    if (least_bytes == 0)
        least_bytes = LEAST_BYTES;
    if (pieces > size / least_bytes)
        pieces = (uint32_t)(size / least_bytes);
    if (compressed || pieces <= 1) {
        ranges[0] = (FileRange){.path = name, .length = UINT64_MAX, .first_line = 1};
        *count = 1;
        return STATUS_OK;
    }
    Splitter splitter = {
        .path = path, .name = name, .quote = options->quote != '\0' ? options->quote : '"', .count = pieces};
    return cut(&splitter, size, threads, ranges, count, error);
}
