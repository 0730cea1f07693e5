#include "sql/ast.h"

bool
ast_refers_to_column(const AstExpr *ast, int32_t *position)
{
    if (ast == NULL)
        return false;
    if (ast->kind == AST_COLUMN) {
        *position = ast->position;
        return true;
    }
    for (uint32_t i = 0; i < ast->count; i++) {
        if (ast_refers_to_column(ast->arguments[i], position))
            return true;
    }
    return false;
}

bool
ast_asks_query(const AstExpr *ast)
{
    bool asks = ast != NULL && ast->kind == AST_SUBQUERY;

    for (uint32_t i = 0; ast != NULL && i < ast->count && !asks; i++)
        asks = ast_asks_query(ast->arguments[i]);
    return asks;
}

int32_t
ast_start(const AstExpr *ast)
{
    int32_t start = ast->position;

    for (uint32_t i = 0; i < ast->count; i++) {
        const int32_t argument = ast->arguments[i] == NULL ? 0 : ast_start(ast->arguments[i]);
        if (argument > 0 && (start <= 0 || argument < start))
            start = argument;
    }
    return start;
}
