/* front/http_json.h: the JSON body of a request, read strictly: what a parser alone would let pass, and
 * somebody would miss later, is refused here. */
#ifndef RUNNEL_FRONT_HTTP_JSON_H
#define RUNNEL_FRONT_HTTP_JSON_H

#include "base/error.h"

#include <cjson/cJSON.h>

/* The body as an object that the caller deletes, also after an error (then it may be NULL). Refused: what is
 * no JSON object or no UTF-8, U+0000, members that stand twice, nesting beyond 200 levels. `size` bytes, and
 * a NUL after them. */
Status http_json_read(const char *text, size_t size, cJSON **document, Error *error);

#endif
