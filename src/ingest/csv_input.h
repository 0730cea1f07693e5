/* ingest/csv_input.h: the bytes of a range of a file, unpacked where the file is a gzip or Zstandard stream
 * (told by its first bytes). One thread. */
#ifndef RUNNEL_INGEST_CSV_INPUT_H
#define RUNNEL_INGEST_CSV_INPUT_H

#include "base/error.h"

#include <stdbool.h>

typedef struct CsvInput CsvInput;

/* `name` is for messages and must outlive the input. The range counts only in plain files: compressed ones
 * are read whole. UNDEFINED_FILE, FILE_ACCESS, IO, WRONG_OBJECT_TYPE (a directory). */
Status csv_input_open(const char *path, const char *name, uint64_t offset, uint64_t length, CsvInput **input,
                      Error *error);
void csv_input_close(CsvInput **self);

/* Up to `size` bytes; *got == 0 only at the end. BAD_COPY_FORMAT for a damaged or cut-off stream. */
Status csv_input_read(CsvInput *input, char *out, size_t size, size_t *got, Error *error);

bool csv_input_is_compressed(const CsvInput *input);
uint64_t csv_input_taken(const CsvInput *input); /* bytes of the file read so far */
uint64_t csv_input_left(const CsvInput *input);  /* of the range, as stored */
uint64_t csv_input_size(const CsvInput *input);  /* of the file */

#endif
