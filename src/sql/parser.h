/* sql/parser.h: PostgreSQL's grammar, run where its recursion cannot hurt. */
#ifndef RUNNEL_SQL_PARSER_H
#define RUNNEL_SQL_PARSER_H

#include "sql/source.h"

/* The parse tree as JSON: malloc memory, the caller's. A SYNTAX error carries its position. Thread-safe. */
Status parser_run(const Source *source, char **json, Error *error);

#endif
