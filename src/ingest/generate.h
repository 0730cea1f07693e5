/* ingest/generate.h: tables that are made up: any row is a function of the seed and of its unit's number
 * alone, so any range can be made anywhere, in any order, and is the same on every machine.
 *
 * A unit is a row, or what belongs together: an order gives its one to seven line items, a part its four
 * suppliers. Data sets and their tables:
 *
 *   events  events(user_id, event_type, timestamp, value): N rows of max(1, N/10) users, of whom some are
 *           busier than others; eight event types, "view" being nearly half; timestamps ascend over the five
 *           years from 2021-01-01 to 2026-01-01; values have two decimals, from 0.01 to 2621.43, half of them
 *           below 6.
 *   users   users(user_id, name, country): user_id from 1 on; countries as ISO 3166 codes, some far more
 *           frequent than others.
 *   tpch    the eight tables of the TPC-H specification, by the rules of its clause 4.2.3, but not the
 *           numbers of its dbgen; comments are cut out of 4 MB of text, not 300 MB. The scale factor as
 * there. hits    one wide table of views of web pages, with ClickBench's columns and the skew of such logs: N
 * rows in the order of time, in July 2013. */
#ifndef RUNNEL_INGEST_GENERATE_H
#define RUNNEL_INGEST_GENERATE_H

#include "column/batch.h"
#include "ingest/csv.h"

typedef struct GenerateColumn {
    const char *name;
    Type type;
} GenerateColumn;

typedef struct GenerateTable GenerateTable;

typedef enum GenerateFormat { GENERATE_CSV, GENERATE_NDJSON } GenerateFormat;

typedef struct GenerateOptions {
    const GenerateTable *table;
    uint64_t rows; /* of the whole table; its own meaning of size, not TPC-H's */
    double scale;  /* TPC-H's scale factor */
    uint64_t seed;
} GenerateOptions;

enum { GENERATE_TABLES_MAX = 8, GENERATE_YEARS = 5 };
#define GENERATE_SCALE_MIN 0.001
#define GENERATE_SCALE_MAX 100000.0

/* The tables of a data set; their number, 0 where there is none of that name. */
uint32_t generate_find(const char *name, const GenerateTable *tables[GENERATE_TABLES_MAX]);
const GenerateTable *generate_find_table(const char *name); /* NULL: none */

const char *generate_table_name(const GenerateTable *table);
bool generate_has_scale(const GenerateTable *table); /* sized by `scale`, else by `rows` */
bool generate_is_strict(const GenerateTable *table); /* its columns are NOT NULL */
uint64_t generate_default_rows(const GenerateTable *table);
const GenerateColumn *generate_columns(const GenerateTable *table, uint32_t *count);

/* The units of the whole table, and how many of them never give more than BATCH_ROWS rows. */
uint64_t generate_units(const GenerateOptions *options);
uint32_t generate_batch_units(const GenerateTable *table);

/* The users that so many events speak of: the rows of the users table that belongs to them. */
uint64_t generate_user_count(uint64_t event_rows);

/* The partition - 1 bounds (timestamps) that part the events' five years: January 1st of each year for 5
 * partitions, equal times for other numbers. */
void generate_time_bounds(uint32_t partitions, int64_t *bounds);

/* Makes rows; one thread. */
typedef struct Generator Generator;

Generator *generator_new(const GenerateOptions *options);
void generator_destroy(Generator **self);

/* The rows of units [first, first + count) as a batch of flat vectors, valid until the next call; count at
 * most generate_batch_units(), and the range within the table. */
void generator_make(Generator *generator, uint64_t first, uint32_t count, Batch *batch);

/* Write the rows of units [first, first + count) to a file, which is made anew; CSV with a header. DISK_FULL,
 * IO. */
Status generate_write_file(const GenerateOptions *options, GenerateFormat format, uint64_t first,
                           uint64_t count, const char *path, Error *error);

/* ---- as a source of a load: the format "generated" ---- */

/* "TABLE?rows=N&scale=X&seed=N". INVALID_PARAMETER where the text is none. */
char *generate_format_source(const GenerateOptions *options, Arena *arena);
Status generate_parse_source(const char *text, GenerateOptions *options, Error *error);

/* The table as csv_infer() tells of a file with a header; ranges of units as csv_split() cuts. */
void generate_shape(const GenerateTable *table, Arena *arena, CsvShape *shape);
void generate_split(const GenerateOptions *options, const char *source, uint32_t pieces, FileRange *ranges,
                    uint32_t *count);

#endif
