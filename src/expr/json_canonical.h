/* expr/json_canonical.h: jsonb, which is kept as the text that PostgreSQL shows it with.
 *
 * Members are sorted by the length of their names, then by their bytes, the last of several with one name is
 * kept, numbers have their digits written out, and there is one blank behind each comma and colon. A member
 * of such a text is such a text itself. */
#ifndef RUNNEL_EXPR_JSON_CANONICAL_H
#define RUNNEL_EXPR_JSON_CANONICAL_H

#include "base/arena.h"
#include "expr/json_scan.h"

enum { JSON_EXPONENT_MAX = 400 }; /* more than a double's */

/* Append the canonical text of JSON that may be anything; `arena` is for what is needed on the way.
 * json_check()'s errors and json_unescape()'s; NUMERIC_RANGE for exponents beyond JSON_EXPONENT_MAX. */
Status json_canonical(const char *text, size_t size, Arena *arena, Buffer *out, Error *error);

/* Of two canonical texts: equal as values, which differ at most in zeros at the end of fractions. */
bool json_equal(JsonSlice a, JsonSlice b);
/* Append the text that all canonical texts equal to this one have in common: without those zeros. */
void json_append_key(JsonSlice value, Buffer *out);
/* Whether the members and elements of `part` are all in `whole`, as jsonb's @> has it. */
bool json_contains(JsonSlice whole, JsonSlice part);

#endif
