/* ingest/csv_guess.h: which types a column's texts can all be of. */
#ifndef RUNNEL_INGEST_CSV_GUESS_H
#define RUNNEL_INGEST_CSV_GUESS_H

#include "column/type.h"

/* What is still possible: a set of the types below (0: none), and how long numbers are; text is always
 * possible. */
typedef uint32_t CsvGuess;

CsvGuess csv_guess_any(void);

/* The types in `guess` that this text (not NULL) is of. */
CsvGuess csv_guess_narrow(CsvGuess guess, const char *text, size_t size);

/* Whether this text is of all of them. */
bool csv_guess_keeps(CsvGuess guess, const char *text, size_t size);

/* The narrowest type that is left: boolean, bigint, double precision, date, timestamp, timestamptz, text.
 * Numbers of which a double would lose digits are numeric(38,s), or text where that has not enough. */
Type csv_guess_type(CsvGuess guess);

#endif
