/* expr/text_list.h: arrays from PostgreSQL's text. */
#ifndef RUNNEL_EXPR_TEXT_LIST_H
#define RUNNEL_EXPR_TEXT_LIST_H

#include "column/list_builder.h"
#include "expr/session.h"

/* Append the elements of the array that stands in `text`; *entry is where they are. INVALID_TEXT "malformed
 * array literal"; NOT_SUPPORTED for bounds and for more dimensions than the elements' type has. */
Status text_parse_list(const char *text, size_t size, const Session *session, ListBuilder *elements,
                       ListEntry *entry, Error *error);

#endif
