/* expr/text_record.h: records from PostgreSQL's text. */
#ifndef RUNNEL_EXPR_TEXT_RECORD_H
#define RUNNEL_EXPR_TEXT_RECORD_H

#include "column/vector.h"
#include "expr/session.h"

/* The record of that type which stands in `text`, its bytes in `arena`. INVALID_TEXT "malformed record
 * literal"; errors of its fields. */
Status text_parse_record(Type type, const char *text, size_t size, const Session *session, Arena *arena,
                         StringView *record, Error *error);

#endif
