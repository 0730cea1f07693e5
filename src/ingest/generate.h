/* ingest/generate.h: the demo tables, made up: any row is a function of the seed and its number alone, so any
 * range of rows can be made anywhere, in any order, and is the same on every machine.
 *
 *   events(user_id BIGINT, event_type TEXT, timestamp TIMESTAMP, value DOUBLE PRECISION)
 *     N rows of max(1, N/10) users, of whom some are busier than others; eight event types, "view" being
 * nearly half; timestamps ascend over the five years from 2021-01-01 to 2026-01-01; values have two decimals,
 * from 0.01 to 2621.43, half of them below 6. users(user_id BIGINT, name TEXT, country TEXT) user_id from 1
 * on; countries as ISO 3166 codes, some far more frequent. */
#ifndef RUNNEL_INGEST_GENERATE_H
#define RUNNEL_INGEST_GENERATE_H

#include "column/batch.h"

typedef enum GenerateKind { GENERATE_EVENTS, GENERATE_USERS } GenerateKind;
typedef enum GenerateFormat { GENERATE_CSV, GENERATE_NDJSON } GenerateFormat;

typedef struct GenerateOptions {
    GenerateKind kind;
    uint64_t rows; /* of the whole table */
    uint64_t seed;
} GenerateOptions;

enum { GENERATE_COLUMNS_MAX = 4, GENERATE_YEARS = 5 };

/* INVALID_PARAMETER for a name that is neither "events" nor "users". */
Status generate_find_kind(const char *name, GenerateKind *kind, Error *error);

uint32_t generate_column_count(GenerateKind kind);
const char *generate_column_name(GenerateKind kind, uint32_t column);
Type generate_column_type(GenerateKind kind, uint32_t column);

/* The users that so many events speak of: the rows of the users table that belongs to them. */
uint64_t generate_user_count(uint64_t event_rows);

/* The partition - 1 bounds (timestamps) that part the events' five years: January 1st of each year for 5
 * partitions, equal times for other numbers. */
void generate_time_bounds(uint32_t partitions, int64_t *bounds);

/* Makes rows; one thread. */
typedef struct Generator Generator;

Generator *generator_new(const GenerateOptions *options);
void generator_destroy(Generator **self);

/* Rows [first, first + count) as a batch of flat vectors, valid until the next call; count at most
 * BATCH_ROWS, and the range within the table. */
void generator_make(Generator *generator, uint64_t first, uint32_t count, Batch *batch);

/* Write rows [first, first + count) to a file, which is made anew; CSV with a header. DISK_FULL, IO. */
Status generate_write_file(const GenerateOptions *options, GenerateFormat format, uint64_t first,
                           uint64_t count, const char *path, Error *error);

#endif
