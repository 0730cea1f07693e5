/* What a column of the result is called where no AS says it: PostgreSQL's FigureColname(). */
#include "sql/bind.h"

#include <stddef.h>

/* A name that a cast or CASE around it would not override is `firm`. */
typedef struct Guess {
    const char *name;
    bool firm;
} Guess;

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
    case AST_COLLATE: return guess(ast->arguments[0]);
    case AST_CAST:
        inner = guess(ast->arguments[0]);
        return inner.firm ? inner : (Guess){ast->type->name, false};
    case AST_CASE:
        inner = ast->arguments[ast->count - 1] == NULL ? (Guess){0} : guess(ast->arguments[ast->count - 1]);
        return inner.firm ? inner : (Guess){"case", false};
    default: return (Guess){0};
    }
}

const char *
bind_output_name(const AstExpr *ast)
{
    const Guess found = guess(ast);

    return found.name == NULL ? "?column?" : found.name;
}
