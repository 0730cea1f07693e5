/* tests/sql/slt_run.h: who runs the statements: Runnel through its public API, or PostgreSQL through psql. */
#ifndef SLT_RUN_H
#define SLT_RUN_H

#include "slt_file.h"

#include <runnel/runnel.h>
#include <stdint.h>

typedef struct SltOutcome {
    bool failed;
    SltRefusal refusal;
    char message[512];
    char types[64]; /* letters of the columns; "" where unknown */
    size_t columns;
    SltList values; /* row by row; as the files have them */
    int64_t affected;
} SltOutcome;

/* `memory_limit`: bytes for the statement in a process; 0: the server's. */
void slt_run_runnel(runnel_connection *connection, const char *sql, uint64_t memory_limit,
                    SltOutcome *outcome);

/* `command` is psql with its options, separated by blanks. `types`: of the record, telling the booleans.
 * `counted`: of a statement, the rows that it says it affected. */
void slt_run_psql(const char *command, const char *sql, const char *types, bool counted, SltOutcome *outcome);

void slt_outcome_free(SltOutcome *outcome);

#endif
