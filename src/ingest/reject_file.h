/* ingest/reject_file.h: the records that one attempt of a reading task set aside, as a file: a JSON object a
 * line,
 * {"file", "line", "column", "reason", "text"}; "column" is null where the record as a whole is malformed.
 * Bytes that are no UTF-8, and NUL bytes, stand there as U+FFFD.
 *
 * The file has its name only once it is whole, so a file that is there can be read. */
#ifndef RUNNEL_INGEST_REJECT_FILE_H
#define RUNNEL_INGEST_REJECT_FILE_H

#include "ingest/csv.h"

typedef struct RejectFile RejectFile;

/* Where the rejects of a load are, relative to the store's root; and the name of one attempt's file there. */
void reject_folder_format(char *path, size_t size, uint64_t load);
void reject_path_format(char *path, size_t size, uint64_t load, uint32_t stage, uint32_t task,
                        uint32_t attempt);

/* Begin the file at `absolute`, whose folder is there. DISK_FULL, IO. */
Status reject_file_create(const char *absolute, RejectFile **made, Error *error);
Status reject_file_add(RejectFile *self, const char *file, const CsvReject *reject, Error *error);
/* The file is whole: it gets its name. */
Status reject_file_commit(RejectFile *self, Error *error);
/* NULL-safe. What was not committed is removed. */
void reject_file_close(RejectFile **self);

#endif
