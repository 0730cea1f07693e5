/* tests/sql/slt_file.h: a file of SQL tests, in the dialect of sqllogictest that README.md describes: its
 * records, and the same text with other expectations. */
#ifndef SLT_FILE_H
#define SLT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum SltSort { SLT_NOSORT, SLT_ROWSORT, SLT_VALUESORT } SltSort;

/* Lines or values: malloc memory, each entry too. */
typedef struct SltList {
    char **at;
    size_t count;
    size_t capacity;
} SltList;

void slt_list_add(SltList *list, const char *text, size_t size);
void slt_list_sort(SltList *list);
bool slt_list_equal(const SltList *a, const SltList *b);
void slt_list_free(SltList *list);

/* Who runs a record, after onlyif and skipif. */
typedef struct SltReaders {
    bool runnel;
    bool oracle;
    bool limited; /* Runnel, with a memory that holds nothing */
} SltReaders;

typedef struct SltRecord {
    bool query;       /* else a statement */
    bool fails;       /* statement error */
    char sqlstate[6]; /* "": any */
    bool counted;     /* statement count N */
    int64_t affected;
    bool located;     /* statement error … at N */
    int32_t position; /* 1-based character; 0: the oracle names none, any will do */
    char types[64];
    SltSort sort;
    char label[64];
    char *sql;
    SltList expected; /* of a query: lines */
    SltReaders readers;
    size_t header;         /* index of its first line, `statement` or `query` */
    size_t expected_first; /* lines of the expected block */
} SltRecord;

typedef struct SltFile {
    char path[512];
    SltList lines;
    SltRecord *records;
    size_t count;
    size_t capacity;
} SltFile;

/* False, with a message on standard error, where it cannot be read or is no such file. */
bool slt_file_read(SltFile *file, const char *path);
void slt_file_free(SltFile *file);

/* What a statement ended with. */
typedef struct SltRefusal {
    int64_t affected; /* rows, where it did not fail */
    char sqlstate[6]; /* "": it did not run, or did not fail */
    int32_t position; /* 0: none */
} SltRefusal;

/* The file's text; where actual[i].at is not NULL record i's expected block is that list instead, and where
 * refusals[i] has an SQLSTATE its expected error, and the count that a statement is expected to have. */
void slt_file_write(const SltFile *file, const SltList *actual, const SltRefusal *refusals, FILE *out);

#endif
