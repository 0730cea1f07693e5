/* expr/json_order.h: the order of jsonb, as bytes. */
#ifndef RUNNEL_EXPR_JSON_ORDER_H
#define RUNNEL_EXPR_JSON_ORDER_H

#include "expr/json_scan.h"

/* Append bytes that compare (memcmp(), a prefix being less) as PostgreSQL compares the values: objects above
 * arrays, booleans, numbers, strings, null, and, of whole documents, the empty array; containers by the
 * number of their members first. Equal values have equal bytes. `value` is a canonical text. */
void json_append_order(JsonSlice value, Buffer *out);

#endif
