/* ingest/generate_tpch_text.h: the pseudo text of TPC-H (clause 4.2.2.10 and 4.2.2.14). */
#ifndef RUNNEL_INGEST_GENERATE_TPCH_TEXT_H
#define RUNNEL_INGEST_GENERATE_TPCH_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { TPCH_TEXT_BYTES = 4 << 20 };

/* Sentences of the specification's grammar, TPCH_TEXT_BYTES of them: the same in every process. Made at the
 * first call (some 30 ms); lives as long as the process. Thread-safe. */
const char *tpch_text(void);

#endif
