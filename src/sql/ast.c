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
