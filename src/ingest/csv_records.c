#include "ingest/csv_records.h"

#include "ingest/csv.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW_LEAST = 4096, WINDOW_FIRST = 1 << 20, ENTRIES_LEAST = 4096 };

static Status
allocate(Budget *budget, size_t size, void **memory, Error *error)
{
    if (!budget_charge(budget, size))
        return error_set_memory(error);
    *memory = malloc(size);
    if (*memory != NULL)
        return STATUS_OK;
    budget_release(budget, size);
    return error_set_memory(error);
}

static void
release(Budget *budget, void *memory, size_t size)
{
    if (memory == NULL)
        return;
    free(memory);
    budget_release(budget, size);
}

static size_t
cells_size(const CsvRecords *records)
{
    return sizeof(CsvCell) * records->row_limit * records->field_count;
}

/* Small ranges do with a small window; one byte more shows their end at once. */
static size_t
choose_window(const CsvInput *input)
{
    const uint64_t left = csv_input_left(input) + 1;

    if (left > WINDOW_FIRST || csv_input_is_compressed(input))
        return WINDOW_FIRST;
    return left < WINDOW_LEAST ? WINDOW_LEAST : (size_t)left;
}

Status
csv_records_init(CsvRecords *records, CsvInput *input, const char *name, char delimiter, char quote,
                 uint32_t field_count, uint32_t row_limit, uint64_t first_line, Budget *budget, Error *error)
{
    memset(records, 0, sizeof *records);
    records->input = input;
    records->budget = budget;
    records->name = name;
    records->field_count = field_count;
    records->row_limit = row_limit;
    records->first_line = first_line;
    records->scan.delimiter = delimiter;
    records->scan.quote = quote;
    records->capacity = choose_window(input);
    records->entry_room = (size_t)field_count * (row_limit + CSV_BLOCK) + ENTRIES_LEAST;
    TRY(allocate(budget, records->capacity + CSV_BLOCK, (void **)&records->window, error));
    TRY(allocate(budget, records->entry_room * sizeof(uint32_t), (void **)&records->entries, error));
    TRY(allocate(budget, cells_size(records), (void **)&records->cells, error));
    return allocate(budget, CSV_BAD_MAX * sizeof(CsvBadRecord), (void **)&records->bad, error);
}

void
csv_records_destroy(CsvRecords *records)
{
    csv_input_close(&records->input);
    release(records->budget, records->window, records->capacity + CSV_BLOCK);
    release(records->budget, records->entries, records->entry_room * sizeof(uint32_t));
    release(records->budget, records->cells, cells_size(records));
    release(records->budget, records->bad, CSV_BAD_MAX * sizeof(CsvBadRecord));
    memset(records, 0, sizeof *records);
}

uint64_t
csv_records_line(CsvRecords *records, uint32_t place)
{
    const char next = place < records->size ? records->window[place] : '\0';

    if (place < records->counted) {
        records->counted = 0;
        records->counted_lines = 0;
    }
    if (place > records->counted)
        records->counted_lines +=
            csv_count_lines(records->window + records->counted, place - records->counted, next);
    records->counted = place;
    return records->first_line + records->counted_lines;
}

/* A record longer than the window: more room. */
static Status
grow_window(CsvRecords *records, Error *error)
{
    const size_t capacity = records->capacity * 2;
    char *window;

    if (records->capacity >= CSV_RECORD_MAX) {
        error_set(error, STATUS_LIMIT_EXCEEDED, "%s, line %llu: a record is longer than %d MiB",
                  records->name, (unsigned long long)csv_records_line(records, 0), CSV_RECORD_MAX >> 20);
        error_hint(error, "is a quote not closed there?");
        return STATUS_LIMIT_EXCEEDED;
    }
    TRY(allocate(records->budget, capacity + CSV_BLOCK, (void **)&window, error));
    memcpy(window, records->window, records->size);
    release(records->budget, records->window, records->capacity + CSV_BLOCK);
    records->window = window;
    records->capacity = capacity;
    return STATUS_OK;
}

/* Drop the records that are done, move the begun one to the front and fill up; the scan begins again with it.
 */
static Status
refill(CsvRecords *records, Error *error)
{
    const size_t kept = records->size - records->record_start;

    if (records->record_start > 0) {
        records->first_line = csv_records_line(records, (uint32_t)records->record_start);
        memmove(records->window, records->window + records->record_start, kept);
        records->size = kept;
        records->record_start = 0;
        records->counted = 0;
        records->counted_lines = 0;
    } else if (records->size == records->capacity) {
        TRY(grow_window(records, error));
    }
    while (records->size < records->capacity && !records->at_end) {
        size_t got;
        TRY(csv_input_read(records->input, records->window + records->size, records->capacity - records->size,
                           &got, error));
        records->size += got;
        records->at_end = got == 0;
    }
    memset(records->window + records->size, 0, CSV_BLOCK);
    records->scan.at = 0;
    records->scan.inside = 0;
    records->scan.quotes = false;
    records->entry_count = 0;
    records->entry_next = 0;
    return STATUS_OK;
}

static bool
is_scanned(const CsvRecords *records)
{
    return records->scan.at == records->size;
}

/* The file's last record may lack its line end: it gets an entry where the text ends. */
static void
end_last_record(CsvRecords *records)
{
    const bool ended = records->entry_count > records->entry_next &&
                       (records->entries[records->entry_count - 1] & CSV_LINE_END) != 0 &&
                       (records->entries[records->entry_count - 1] & CSV_POSITION) + 1 == records->size;

    if (ended || records->record_start == records->size || records->scan.inside != 0)
        return;
    if (records->entry_count > 0 &&
        records->entries[records->entry_count - 1] == (records->size | CSV_LINE_END))
        return;
    records->entries[records->entry_count++] = (uint32_t)records->size | CSV_LINE_END;
}

/* Scan on, until there are entries for so many more records, or the window ends. */
static Status
scan_records(CsvRecords *records, uint32_t record_limit, Error *error)
{
    const size_t left = records->entry_count - records->entry_next;

    /* One entry is kept free for the end of the last record. */
    if (left + CSV_BLOCK >= records->entry_room)
        return error_set(error, STATUS_BAD_COPY_FORMAT, "%s, line %llu: more than %zu fields", records->name,
                         (unsigned long long)csv_records_line(records, (uint32_t)records->record_start),
                         left);
    memmove(records->entries, records->entries + records->entry_next, left * sizeof(uint32_t));
    records->entry_next = 0;
    records->scan.records = 0;
    records->entry_count = csv_scan_entries(&records->scan, records->window, records->size, record_limit,
                                            records->entries, left, records->entry_room - 1);
    if (is_scanned(records) && records->at_end)
        end_last_record(records);
    return STATUS_OK;
}

static void
finish_record(CsvRecords *records, size_t entries, uint32_t end)
{
    records->entry_next += entries;
    records->record_start = end < records->size ? end + 1 : end;
    records->after_return = end < records->size && records->window[end] == '\r';
}

/* LF after CR, and empty lines (in files of one field they are NULL). */
static bool
skip_empty(CsvRecords *records)
{
    if (records->entry_next == records->entry_count)
        return false;
    const uint32_t entry = records->entries[records->entry_next];
    const uint32_t end = entry & CSV_POSITION;
    if ((entry & CSV_LINE_END) == 0 || end != records->record_start || end == records->size)
        return false;
    const bool is_feed = records->after_return && records->window[end] == '\n';
    if (!is_feed && records->field_count == 1)
        return false;
    finish_record(records, 1, end);
    return true;
}

/* The cells of the record that begins at entry_next into `cells`; false where it does not have exactly
 * field_count. */
static bool
take_row(CsvRecords *records, CsvCell *cells)
{
    const uint32_t count = records->field_count;
    const uint32_t *entries = records->entries + records->entry_next;
    uint32_t start = (uint32_t)records->record_start;
    uint32_t early = 0;

    if (records->entry_count - records->entry_next < count)
        return false;
    for (uint32_t i = 0; i + 1 < count; i++) {
        early |= entries[i];
        cells[i] = (CsvCell){start, entries[i] & CSV_POSITION};
        start = (entries[i] & CSV_POSITION) + 1;
    }
    const uint32_t last = entries[count - 1];
    cells[count - 1] = (CsvCell){start, last & CSV_POSITION};
    if ((early & CSV_LINE_END) != 0 || (last & CSV_LINE_END) == 0)
        return false;
    finish_record(records, count, last & CSV_POSITION);
    return true;
}

/* The record at entry_next has another number of fields, or does not end; *bad says so. False where the
 * window does not show its end yet. */
static bool
take_bad(CsvRecords *records, CsvBadRecord *bad)
{
    size_t at = records->entry_next;

    while (at < records->entry_count && (records->entries[at] & CSV_LINE_END) == 0)
        at++;
    *bad = (CsvBadRecord){.start = (uint32_t)records->record_start,
                          .fields = (uint32_t)(at - records->entry_next) + 1,
                          .flaw = CSV_FLAW_FIELDS};
    if (at < records->entry_count) {
        bad->end = records->entries[at] & CSV_POSITION;
        return true;
    }
    if (!records->at_end || !is_scanned(records) || records->record_start == records->size)
        return false;
    bad->end = (uint32_t)records->size;
    bad->flaw = CSV_FLAW_UNTERMINATED;
    return true;
}

static void
pass_bad(CsvRecords *records, const CsvBadRecord *bad)
{
    if (bad->flaw == CSV_FLAW_UNTERMINATED) {
        records->entry_next = records->entry_count;
        records->record_start = records->size;
    } else {
        finish_record(records, bad->fields, bad->end);
    }
}

/* Records from the entries at hand. True where there is room for more, so that more entries are wanted. */
static bool
assemble(CsvRecords *records, bool stop_at_bad)
{
    while (records->rows < records->row_limit && records->bad_count < CSV_BAD_MAX) {
        CsvBadRecord bad;
        if (skip_empty(records))
            continue;
        if (take_row(records, records->cells + (size_t)records->rows * records->field_count)) {
            records->rows++;
            continue;
        }
        if (!take_bad(records, &bad))
            return true;
        if (stop_at_bad && records->rows > 0)
            return false;
        pass_bad(records, &bad);
        records->bad[records->bad_count++] = bad;
        if (stop_at_bad)
            return false;
    }
    return false;
}

Status
csv_records_next(CsvRecords *records, bool stop_at_bad, Error *error)
{
    records->rows = 0;
    records->bad_count = 0;
    for (;;) {
        if (!assemble(records, stop_at_bad))
            return STATUS_OK;
        if (!is_scanned(records)) {
            TRY(scan_records(records, records->row_limit - records->rows, error));
            continue;
        }
        /* What was found points into the window, which must stay as it is. */
        if (records->rows > 0 || records->bad_count > 0 ||
            (records->at_end && records->record_start == records->size))
            return STATUS_OK;
        TRY(refill(records, error));
        if (records->at_end && records->size == 0)
            return STATUS_OK;
    }
}

Status
csv_records_skip_mark(CsvRecords *records, Error *error)
{
    TRY(refill(records, error));
    if (records->size >= 3 && memcmp(records->window, "\xEF\xBB\xBF", 3) == 0) {
        records->record_start = 3;
        records->scan.at = 3;
    }
    return STATUS_OK;
}

Status
csv_records_skip(CsvRecords *records, Error *error)
{
    CsvBadRecord record;

    for (;;) {
        if (skip_empty(records))
            continue;
        if (take_bad(records, &record)) {
            pass_bad(records, &record);
            return STATUS_OK;
        }
        if (!is_scanned(records)) {
            TRY(scan_records(records, 1, error));
        } else if (records->at_end) {
            return STATUS_OK;
        } else {
            TRY(refill(records, error));
        }
    }
}
