/* coordinator/parameters.h: "params" of a submitted query as what $1, $2, … stand for. */
#ifndef RUNNEL_COORDINATOR_PARAMETERS_H
#define RUNNEL_COORDINATOR_PARAMETERS_H

#include "sql/statement.h"

#include <cjson/cJSON.h>

/* `text` is the document as submitted. Long numbers keep all their digits. INVALID_PARAMETER for what is no
 * scalar. */
Status parameters_read(Arena *arena, const char *text, const cJSON *document, BindContext *context,
                       Error *error);

#endif
