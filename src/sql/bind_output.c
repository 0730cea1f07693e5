/* What a column of the result is called where no AS says it: PostgreSQL's FigureColname(). */
#include "sql/bind.h"

#include <stddef.h>

/* A name that a cast or CASE around it would not override is `firm`. */
typedef struct Guess {
    const char *name;
    bool firm;
} Guess;

static Guess guess(const AstExpr *ast);

/* A scalar subquery is called what its column is called. */
static Guess
guess_subquery(const AstExpr *ast)
{
    const AstSelect *select = ast->select;

    if (ast->quantifier == AST_EXISTS)
        return (Guess){"exists", true};
    if (ast->quantifier == AST_ARRAY_QUERY)
        return (Guess){"array", true};
    if (ast->quantifier != AST_SCALAR)
        return (Guess){0};
    if (select->row_count > 0)
        return (Guess){"column1", true};
    if (select->target_count == 0)
        return (Guess){0};
    if (select->targets[0].name != NULL)
        return (Guess){select->targets[0].name, true};
    return (Guess){bind_output_name(select->targets[0].expr), true};
}

static Guess
guess(const AstExpr *ast)
{
    Guess inner;

    switch (ast->kind) {
    case AST_COLUMN: return (Guess){ast->names[ast->name_count - 1], true};
    case AST_FUNCTION:
    case AST_GROUPING:
    case AST_SESSION_VALUE: return (Guess){ast->text, true};
    case AST_NULLIF: return (Guess){"nullif", true};
    case AST_COALESCE: return (Guess){"coalesce", true};
    case AST_GREATEST: return (Guess){"greatest", true};
    case AST_LEAST: return (Guess){"least", true};
    case AST_FIELD: return (Guess){ast->text, true};
    case AST_SUBSCRIPT:
    case AST_COLLATE: return guess(ast->arguments[0]);
    case AST_ARRAY: return (Guess){"array", true};
    case AST_CAST:
        inner = guess(ast->arguments[0]);
        return inner.firm ? inner : (Guess){ast->type->name, false};
    case AST_CASE:
        inner = ast->arguments[ast->count - 1] == NULL ? (Guess){0} : guess(ast->arguments[ast->count - 1]);
        return inner.firm ? inner : (Guess){"case", false};
    case AST_SUBQUERY: return guess_subquery(ast);
    case AST_ROW: return (Guess){"row", true};
    default: return (Guess){0};
    }
}

const char *
bind_output_name(const AstExpr *ast)
{
    const Guess found = guess(ast);

    return found.name == NULL ? "?column?" : found.name;
}
