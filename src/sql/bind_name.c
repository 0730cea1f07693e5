/* Which column a name means, and what was probably meant where it means none. */
#include "sql/bind.h"

#include <string.h>

/* The two best columns of the scope; more than two equally good ones are no help. */
static void
hint_column(Binder *binder, const Scope *scope, const char *table, const char *name)
{
    const ScopeColumn *found[2] = {NULL, NULL};
    uint32_t best = NAME_DISTANCE_MAX + 1;
    uint32_t count = 0;

    for (uint32_t t = 0; t < scope->table_count; t++) {
        const ScopeTable *candidate = &scope->tables[t];
        for (uint32_t c = 0; c < candidate->column_count; c++) {
            uint32_t distance;
            if (candidate->alias == NULL || !name_is_near(name, candidate->columns[c].name, &distance))
                continue;
            if (table != NULL && strcmp(table, candidate->alias) != 0)
                distance++;
            if (distance > best || distance > NAME_DISTANCE_MAX)
                continue;
            count = distance < best ? 0 : count;
            best = distance;
            if (count < 2)
                found[count] = &candidate->columns[c];
            count++;
        }
    }
    if (count == 1)
        error_hint(binder->error, "Perhaps you meant to reference the column \"%s.%s\".", found[0]->table,
                   found[0]->name);
    else if (count == 2)
        error_hint(binder->error,
                   "Perhaps you meant to reference the column \"%s.%s\" or the column \"%s.%s\".",
                   found[0]->table, found[0]->name, found[1]->table, found[1]->name);
}

static Status
raise_undefined_column(Binder *binder, const Scope *scope, const AstExpr *ast, const char *table,
                       const char *name)
{
    if (table != NULL)
        error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, ast->position, "column %s.%s does not exist",
                     table, name);
    else
        error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, ast->position, "column \"%s\" does not exist",
                     name);
    if (scope != NULL)
        hint_column(binder, scope, table, name);
    return STATUS_UNDEFINED_COLUMN;
}

/* No such table in FROM: perhaps it goes by an alias, or its name is misspelt. */
static Status
raise_missing_table(Binder *binder, const Scope *scope, int32_t position, const char *name)
{
    const char **aliases =
        ARENA_ARRAY(binder->arena, const char *, scope == NULL ? 1 : scope->table_count + 1);
    uint32_t count = 0;

    for (uint32_t i = 0; scope != NULL && i < scope->table_count; i++) {
        const ScopeTable *table = &scope->tables[i];
        if (table->alias == NULL)
            continue;
        if (table->name != NULL && strcmp(table->name, name) == 0) {
            error_set_at(binder->error, STATUS_UNDEFINED_TABLE, position,
                         "invalid reference to FROM-clause entry for table \"%s\"", name);
            return error_hint(binder->error, "Perhaps you meant to reference the table alias \"%s\".",
                              table->alias);
        }
        aliases[count++] = table->alias;
    }
    error_set_at(binder->error, STATUS_UNDEFINED_TABLE, position,
                 "missing FROM-clause entry for table \"%s\"", name);
    const char *nearest = name_nearest(name, count, aliases);
    if (nearest != NULL)
        error_hint(binder->error, "Perhaps you meant to reference the table \"%s\".", nearest);
    return STATUS_UNDEFINED_TABLE;
}

const ScopeTable *
bind_find_table(const Scope *scope, uint32_t name_count, const char *const *names)
{
    const char *name = names[name_count - 1];
    const char *schema = name_count > 1 ? names[name_count - 2] : NULL;

    for (uint32_t i = 0; scope != NULL && i < scope->table_count; i++) {
        const ScopeTable *candidate = &scope->tables[i];
        if (candidate->alias == NULL || strcmp(candidate->alias, name) != 0)
            continue;
        if (schema == NULL || (candidate->schema != NULL && strcmp(candidate->schema, schema) == 0))
            return candidate;
    }
    return NULL;
}

Status
bind_qualifier(Binder *binder, const Scope *scope, const AstExpr *ast, const ScopeTable **table)
{
    const uint32_t qualifiers = ast->kind == AST_STAR ? ast->name_count : ast->name_count - 1;

    *table = bind_find_table(scope, qualifiers, ast->names);
    return *table != NULL ? STATUS_OK
                          : raise_missing_table(binder, scope, ast->position, ast->names[qualifiers - 1]);
}

static Status
find_in(Binder *binder, const AstExpr *ast, const char *name, uint32_t count, const ScopeColumn *columns,
        const ScopeColumn **found)
{
    *found = NULL;
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(columns[i].name, name) != 0)
            continue;
        if (*found != NULL)
            return error_set_at(binder->error, STATUS_AMBIGUOUS_COLUMN, ast->position,
                                "column reference \"%s\" is ambiguous", name);
        *found = &columns[i];
    }
    return STATUS_OK;
}

/* The column in one scope; NULL where the scope does not know the name, or the table it is qualified with. */
static Status
find_column(Binder *binder, const Scope *scope, const AstExpr *ast, const ScopeColumn **found)
{
    const char *name = ast->names[ast->name_count - 1];

    *found = NULL;
    if (scope == NULL)
        return STATUS_OK;
    if (ast->name_count == 1) {
        TRY(find_in(binder, ast, name, scope->column_count, scope->columns, found));
        for (uint32_t i = 0; i < scope->table_count && *found == NULL; i++) {
            const ScopeTable *whole = &scope->tables[i];
            if (whole->scalar && strcmp(whole->alias, name) == 0)
                *found = &whole->columns[0];
        }
        return STATUS_OK;
    }
    const ScopeTable *table = bind_find_table(scope, ast->name_count - 1, ast->names);
    if (table == NULL)
        return STATUS_OK;
    TRY(find_in(binder, ast, name, table->column_count, table->columns, found));
    return *found != NULL ? STATUS_OK : raise_undefined_column(binder, scope, ast, table->alias, name);
}

Status
bind_raise_out_of_reach(Binder *binder, const AstExpr *ast)
{
    error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, ast->position,
                 "invalid reference to FROM-clause entry for table \"%s\"", ast->names[0]);
    return error_hint(binder->error,
                      "The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
}

/* The column in the rows around the query, the nearest first; NULL where none knows it. */
static Status
find_outer(Binder *binder, const AstExpr *ast, Expr **expr)
{
    const ScopeColumn *found = NULL;

    *expr = NULL;
    for (const OuterRows *rows = binder->outer; rows != NULL && found == NULL; rows = rows->next) {
        TRY(find_column(binder, rows->place->scope, ast, &found));
        if (found == NULL)
            continue;
        if (rows->out_of_reach)
            return bind_raise_out_of_reach(binder, ast);
        *expr = expr_outer(binder->arena, found->type, binder->depth - rows->depth, found->index);
    }
    return STATUS_OK;
}

static Status
raise_unknown(Binder *binder, const Scope *scope, const AstExpr *ast)
{
    const char *name = ast->names[ast->name_count - 1];

    if (ast->name_count > 1)
        return raise_missing_table(binder, scope, ast->position, ast->names[ast->name_count - 2]);
    return raise_undefined_column(binder, scope, ast, NULL, name);
}

Status
bind_column(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const ScopeColumn *found;

    if (ast->name_count > 3)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "improper qualified name (too many dotted names)");
    TRY(find_column(binder, place->scope, ast, &found));
    if (found != NULL)
        *expr = expr_column(binder->arena, found->type, found->index);
    else
        TRY(find_outer(binder, ast, expr));
    if (*expr == NULL && ast->name_count == 1)
        TRY(bind_whole_row(binder, place, ast, expr));
    if (*expr == NULL)
        return raise_unknown(binder, place->scope, ast);
    (*expr)->position = ast->position;
    return STATUS_OK;
}
