/* ingest/csv_scan.h: finding the delimiters and line ends of CSV text, 64 bytes at a time.
 *
 * Each block of 64 bytes becomes bit masks of its quotes, delimiters and line ends; a prefix XOR over the
 * quotes tells which bytes lie inside quotes. (Langdale and Lemire, "Parsing Gigabytes of JSON per Second",
 * VLDB Journal 2019, section 3.1.) A doubled quote leaves and enters quoting between two bytes, so it needs
 * no rule of its own. */
#ifndef RUNNEL_INGEST_CSV_SCAN_H
#define RUNNEL_INGEST_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CSV_BLOCK = 64 };

#define CSV_LINE_END (UINT32_C(1) << 31) /* in an entry: a CR or LF; else a delimiter */
#define CSV_POSITION (CSV_LINE_END - 1)

/* Where a scan stands. */
typedef struct CsvScan {
    char delimiter;
    char quote;
    uint64_t inside;  /* all ones where the next byte is inside quotes, else 0 */
    bool quotes;      /* any so far */
    size_t at;        /* the next byte */
    uint32_t records; /* line ends seen, CR LF being one */
} CsvScan;

/* Append entries for the bytes [scan->at, end) of `text`, which is readable up to end + CSV_BLOCK, until at
 * least `record_limit` line ends are seen or fewer than CSV_BLOCK of the `room` entries are left. Returns the
 * new count. */
size_t csv_scan_entries(CsvScan *scan, const char *text, size_t end, uint32_t record_limit, uint32_t *entries,
                        size_t count, size_t room);

/* The number of bytes equal to `byte`. */
uint64_t csv_count_byte(const char *text, size_t size, char byte);

/* Line ends: LF, and CR that no LF follows; `next` is the byte after the text (0: none). */
uint64_t csv_count_lines(const char *text, size_t size, char next);

/* Whether all bytes are ASCII and not NUL. */
bool csv_is_plain(const char *text, size_t size);

#endif
