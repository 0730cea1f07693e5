/* SEARCH and CYCLE of a WITH RECURSIVE: columns more, behind those of the query.
 *
 *     SEARCH DEPTH FIRST BY a    s: the array of all ROW(a) on the way to the row
 *     SEARCH BREADTH FIRST BY a  s: ROW(rounds before, a)
 *     CYCLE a                    p: the array of all ROW(a); m: whether the row's own stood in it before
 *
 * The first rows and the next ones are bound as written, the latter with the columns that the reference to
 * the query has of the row before. What they become is written as expressions over either, as people would do
 * it, and bound in turn. */
#include "sql/bind.h"

#include <string.h>

enum { COLUMNS_MAX = 3 };

static AstExpr *
make(Binder *binder, AstExprKind kind, uint32_t count, const AstExpr *const *arguments)
{
    AstExpr *expr = ARENA_NEW(binder->arena, AstExpr);
    const AstExpr **copy = ARENA_ARRAY(binder->arena, const AstExpr *, count + 1);

    if (count > 0)
        memcpy(copy, arguments, count * sizeof *copy);
    *expr = (AstExpr){.kind = kind, .count = count, .arguments = copy};
    return expr;
}

static const AstExpr *
make_column(Binder *binder, const char *table, const char *name)
{
    AstExpr *expr = ARENA_NEW(binder->arena, AstExpr);
    const char **names = ARENA_ARRAY(binder->arena, const char *, 2);
    uint32_t count = 0;

    if (table != NULL)
        names[count++] = table;
    names[count++] = name;
    *expr = (AstExpr){.kind = AST_COLUMN, .name_count = count, .names = names};
    return expr;
}

static const AstExpr *
make_operator(Binder *binder, const char *name, const AstExpr *left, const AstExpr *right)
{
    const AstExpr *sides[2] = {left, right};
    AstExpr *expr = make(binder, AST_OPERATOR, 2, sides);

    expr->text = name;
    return expr;
}

/* ROW([first,] columns…) */
static const AstExpr *
make_row(Binder *binder, const AstExpr *first, uint32_t count, const char *const *columns)
{
    const AstExpr **values = ARENA_ARRAY(binder->arena, const AstExpr *, count + 1);
    uint32_t width = 0;

    if (first != NULL)
        values[width++] = first;
    for (uint32_t i = 0; i < count; i++)
        values[width++] = make_column(binder, NULL, columns[i]);
    return make(binder, AST_ROW, width, values);
}

/* ARRAY[row], or path || row. */
static const AstExpr *
make_path(Binder *binder, bool first, const char *path, uint32_t count, const char *const *columns)
{
    const AstExpr *row = make_row(binder, NULL, count, columns);

    return first ? make(binder, AST_ARRAY, 1, &row)
                 : make_operator(binder, "||", make_column(binder, NULL, path), row);
}

/* The rounds before: 0::int8, or (sequence).f1 + 1. */
static const AstExpr *
make_depth(Binder *binder, bool first, const char *sequence)
{
    AstExpr *number = make(binder, AST_INTEGER, 0, NULL);
    const AstExpr *argument = first ? number : make_column(binder, NULL, sequence);
    AstExpr *made = make(binder, first ? AST_CAST : AST_FIELD, 1, &argument);
    AstType *type = ARENA_NEW(binder->arena, AstType);

    *type = (AstType){.name = "int8"};
    made->type = first ? type : NULL;
    made->text = first ? NULL : "f1";
    number->integer = !first;
    return first ? made : make_operator(binder, "+", made, number);
}

static const AstExpr *
make_sequence(Binder *binder, bool first, const AstSearch *search)
{
    if (!search->breadth_first)
        return make_path(binder, first, search->sequence, search->column_count, search->columns);
    return make_row(binder, make_depth(binder, first, search->sequence), search->column_count,
                    search->columns);
}

/* CASE WHEN row = ANY (path) THEN value ELSE otherwise END */
static const AstExpr *
make_mark(Binder *binder, bool first, const AstCycle *cycle)
{
    const AstExpr *sides[2] = {make_row(binder, NULL, cycle->column_count, cycle->columns),
                               make_column(binder, NULL, cycle->path)};
    AstExpr *found = make(binder, AST_QUANTIFIED, 2, sides);
    const AstExpr *arms[4] = {NULL, found, cycle->value, cycle->otherwise};

    found->text = "=";
    return first ? cycle->otherwise : make(binder, AST_CASE, 4, arms);
}

/* The further columns, as expressions over rows that have them already, or over the first ones. */
typedef struct Further {
    uint32_t count;
    const char *names[COLUMNS_MAX];
    const AstExpr *exprs[COLUMNS_MAX];
} Further;

static Further
further_columns(Binder *binder, const AstCte *cte, bool first)
{
    Further further = {0};

    if (cte->search != NULL) {
        further.names[further.count] = cte->search->sequence;
        further.exprs[further.count++] = make_sequence(binder, first, cte->search);
    }
    if (cte->cycle != NULL) {
        further.names[further.count] = cte->cycle->mark;
        further.exprs[further.count++] = make_mark(binder, first, cte->cycle);
        further.names[further.count] = cte->cycle->path;
        further.exprs[further.count++] =
            make_path(binder, first, cte->cycle->path, cte->cycle->column_count, cte->cycle->columns);
    }
    return further;
}

uint32_t
bind_search_width(const AstCte *cte)
{
    return (cte->search != NULL) + 2 * (cte->cycle != NULL);
}

/* ---- what may be written ---- */

static bool
has_name(uint32_t count, const char *const *names, const char *name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* BY columns: some of the query's, each once. */
static Status
check_by(Binder *binder, const char *clause, int32_t position, uint32_t count, const char *const *by,
         uint32_t width, const char *const *names)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!has_name(width, names, by[i]))
            return error_set_at(binder->error, STATUS_SYNTAX, position,
                                "%s column \"%s\" not in WITH query column list", clause, by[i]);
        if (has_name(i, by, by[i]))
            return error_set_at(binder->error, STATUS_DUPLICATE_COLUMN, position,
                                "%s column \"%s\" specified more than once", clause, by[i]);
    }
    return STATUS_OK;
}

static Status
check_new(Binder *binder, const char *what, int32_t position, const char *name, uint32_t width,
          const char *const *names)
{
    if (!has_name(width, names, name))
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_SYNTAX, position,
                        "%s \"%s\" already used in WITH query column list", what, name);
}

static Status
check_apart(Binder *binder, int32_t position, const char *a, const char *of_a, const char *b,
            const char *of_b)
{
    if (strcmp(a, b) != 0)
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_SYNTAX, position,
                        "%s column name and %s column name are the same", of_a, of_b);
}

static Status
check_cycle(Binder *binder, const AstCycle *cycle, uint32_t width, const char *const *names)
{
    const ExprPlace place = {.clause = "CYCLE"};
    Expr *values[2];
    Type type;

    TRY(check_by(binder, "cycle", cycle->position, cycle->column_count, cycle->columns, width, names));
    TRY(bind_expr(binder, &place, cycle->value, &values[0]));
    TRY(bind_expr(binder, &place, cycle->otherwise, &values[1]));
    TRY(bind_to_common(binder, "CYCLE", 2, values, &type));
    TRY(bind_check_equality(binder, type, cycle->position));
    TRY(check_new(binder, "cycle mark column name", cycle->position, cycle->mark, width, names));
    TRY(check_new(binder, "cycle path column name", cycle->position, cycle->path, width, names));
    return check_apart(binder, cycle->position, cycle->mark, "cycle mark", cycle->path, "cycle path");
}

static Status
check_clauses(Binder *binder, const AstCte *cte, uint32_t width, const char *const *names)
{
    const AstSearch *search = cte->search;
    const AstCycle *cycle = cte->cycle;

    if (search != NULL) {
        TRY(check_by(binder, "search", search->position, search->column_count, search->columns, width,
                     names));
        TRY(check_new(binder, "search sequence column name", search->position, search->sequence, width,
                      names));
    }
    if (cycle != NULL)
        TRY(check_cycle(binder, cycle, width, names));
    if (search == NULL || cycle == NULL)
        return STATUS_OK;
    TRY(check_apart(binder, search->position, search->sequence, "search sequence", cycle->mark,
                    "cycle mark"));
    return check_apart(binder, search->position, search->sequence, "search sequence", cycle->path,
                       "cycle path");
}

/* ---- the two sides ---- */

static const char *const *
column_names(Binder *binder, const AstCte *cte, uint32_t width, const PlanColumn *columns)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, width + 1);

    for (uint32_t i = 0; i < width; i++)
        names[i] = i < cte->column_alias_count ? cte->column_aliases[i] : columns[i].name;
    return names;
}

/* Rows whose first `width` columns are the query's own, and whose others, if any, those of the row before:
 * the former, and what the latter become. */
static Status
add_columns(Binder *binder, const AstCte *cte, bool first, uint32_t width, const char *const *names,
            SetOperand *side)
{
    const PlanNode *node = side->node;
    const Further further = further_columns(binder, cte, first);
    Scope scope = {.node = side->node,
                   .column_count = node->column_count,
                   .columns = ARENA_ARRAY(binder->arena, ScopeColumn, node->column_count + 1)};
    const ExprPlace place = {.clause = "WITH", .scope = &scope};
    Outputs outputs = {0};

    for (uint32_t i = 0; i < node->column_count; i++) {
        const Type type = node->columns[i].type;
        const char *name = i < width ? names[i] : further.names[i - width];
        scope.columns[i] = (ScopeColumn){.name = name, .type = type, .index = i};
        if (i < width)
            bind_add_output(binder, &outputs, node->columns[i].name, expr_column(binder->arena, type, i),
                            false);
    }
    for (uint32_t i = 0; i < further.count; i++) {
        Expr *expr;
        TRY(bind_expr(binder, &place, further.exprs[i], &expr));
        TRY(bind_known(binder, &expr));
        bind_add_output(binder, &outputs, further.names[i], expr, false);
    }
    Expr **literals = ARENA_ARRAY(binder->arena, Expr *, outputs.count);
    int32_t *positions = ARENA_ARRAY(binder->arena, int32_t, outputs.count);
    for (uint32_t i = 0; i < width; i++) {
        literals[i] = side->literals[i];
        positions[i] = side->positions[i];
    }
    *side = (SetOperand){bind_project_outputs(binder, &outputs, side->node), literals, positions};
    return STATUS_OK;
}

static Status
refuse_form(Binder *binder, const AstCte *cte, Status code, const char *side)
{
    return error_set_at(binder->error, code, cte->position,
                        "with a SEARCH or CYCLE clause, the %s side of the UNION must be a SELECT", side);
}

Status
bind_search_first(Binder *binder, const AstCte *cte, const AstSelect *ast, SetOperand *first)
{
    const uint32_t width = first->node->column_count;

    if (bind_search_width(cte) == 0)
        return STATUS_OK;
    if (ast->left->set_operation != AST_SET_NONE)
        return refuse_form(binder, cte, STATUS_NOT_SUPPORTED, "left");
    if (ast->right->set_operation != AST_SET_NONE)
        return refuse_form(binder, cte, STATUS_SYNTAX, "right");
    if (cte->column_alias_count > width)
        return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, cte->position,
                            "WITH query \"%s\" has %u columns available but %u columns specified", cte->name,
                            width, cte->column_alias_count);
    const char *const *names = column_names(binder, cte, width, first->node->columns);
    TRY(check_clauses(binder, cte, width, names));
    return add_columns(binder, cte, true, width, names, first);
}

/* What the query goes by among the items of FROM; NULL: it is none of them. */
static const char *
find_reference(const AstCte *cte, const AstFrom *from)
{
    if (from->kind == AST_FROM_JOIN) {
        const char *found = find_reference(cte, from->left);
        return found != NULL ? found : find_reference(cte, from->right);
    }
    if (from->kind != AST_FROM_RELATION || from->schema != NULL || strcmp(from->name, cte->name) != 0)
        return NULL;
    return from->alias != NULL ? from->alias : from->name;
}

/* The SELECT of the next rows with the row before's further columns, and without rows whose cycle is closed.
 */
static const AstSelect *
carry_columns(Binder *binder, const AstCte *cte, const char *reference, const AstSelect *ast)
{
    const Further further = further_columns(binder, cte, false);
    AstSelect *made = ARENA_NEW(binder->arena, AstSelect);
    AstTarget *targets = ARENA_ARRAY(binder->arena, AstTarget, ast->target_count + further.count);

    *made = *ast;
    if (ast->target_count > 0)
        memcpy(targets, ast->targets, ast->target_count * sizeof *targets);
    for (uint32_t i = 0; i < further.count; i++)
        targets[made->target_count++] =
            (AstTarget){.expr = make_column(binder, reference, further.names[i]), .name = further.names[i]};
    made->targets = targets;
    if (cte->cycle == NULL)
        return made;
    const AstExpr *conditions[2] = {
        make_operator(binder, "<>", make_column(binder, reference, cte->cycle->mark), cte->cycle->value),
        ast->where};
    made->where = ast->where == NULL ? conditions[0] : make(binder, AST_AND, 2, conditions);
    return made;
}

static const char *
find_among(const AstCte *cte, const AstSelect *ast)
{
    const char *found = NULL;

    for (uint32_t i = 0; i < ast->cte_count; i++) {
        if (strcmp(ast->ctes[i].name, cte->name) == 0)
            return NULL;
    }
    for (uint32_t i = 0; i < ast->from_count && found == NULL; i++)
        found = find_reference(cte, ast->from[i]);
    return found;
}

Status
bind_search_next(Binder *binder, const AstCte *cte, const AstSelect *ast, uint32_t column_count,
                 const PlanColumn *columns, SetOperand *next)
{
    const uint32_t further = bind_search_width(cte);

    if (further == 0)
        return bind_set_operand(binder, ast, next);
    const char *reference = find_among(cte, ast);
    if (reference == NULL)
        return error_set_at(
            binder->error, STATUS_NOT_SUPPORTED, cte->position,
            "with a SEARCH or CYCLE clause, the recursive reference to WITH query \"%s\" must be at the top "
            "level of its right-hand SELECT",
            cte->name);
    TRY(bind_set_operand(binder, carry_columns(binder, cte, reference, ast), next));
    if (next->node->column_count != column_count)
        return STATUS_OK; /* which the UNION refuses */
    const uint32_t width = column_count - further;
    return add_columns(binder, cte, false, width, column_names(binder, cte, width, columns), next);
}
