#include "sql/ast.h"
#include "sql/parser.h"

#include <stdlib.h>

Status
sql_parse(Arena *arena, const char *sql, size_t size, ParseTree **tree, Error *error)
{
    Source source;
    char *json = NULL;

    TRY(source_make(arena, sql, size, &source, error));
    TRY(parser_run(&source, &json, error));
    *tree = ARENA_NEW(arena, ParseTree);
    const Status status = ast_read(arena, &source, json, &(*tree)->statement, error);
    free(json);
    return status;
}

StatementKind
sql_statement_kind(const ParseTree *tree)
{
    return tree->statement->kind;
}
