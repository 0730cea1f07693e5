/* cli/output.h: a result on standard output: an aligned table, CSV, TSV, JSON, NDJSON or Markdown. */
#ifndef RUNNEL_CLI_OUTPUT_H
#define RUNNEL_CLI_OUTPUT_H

#include "runnel/runnel.h"

#include <stdio.h>

typedef enum OutputFormat {
    OUTPUT_TABLE,
    OUTPUT_CSV,
    OUTPUT_TSV,
    OUTPUT_JSON,
    OUTPUT_NDJSON,
    OUTPUT_MARKDOWN,
    OUTPUT_EXPANDED /* a line a value; has no name */
} OutputFormat;

/* False for an unknown name. */
bool output_format_of(const char *name, OutputFormat *format);

/* Print all rows as they come (tables and Markdown are measured on all of them first). False where the result
 * ended in an error, or standard output cannot be written. */
bool output_print(runnel_result *result, OutputFormat format, FILE *out);

#endif
