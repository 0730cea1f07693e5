/* expr/json_write.h: SQL values as JSON, as PostgreSQL's to_json() has them. */
#ifndef RUNNEL_EXPR_JSON_WRITE_H
#define RUNNEL_EXPR_JSON_WRITE_H

#include "column/vector.h"
#include "expr/session.h"

/* Append the row's value; NULL is null. json and jsonb are what they are, arrays become arrays, records
 * objects; whatever is no number and no boolean is its text in quotes. */
void json_write_value_of(const Vector *vector, uint32_t row, const Session *session, Buffer *out);
/* The record, which is not NULL, as an object, perhaps with a line a member. */
void json_write_record(const Vector *records, uint32_t row, bool lines, const Session *session, Buffer *out);

#endif
