/* ARRAY(SELECT x … ORDER BY k), written as coalesce((SELECT array_agg(x ORDER BY k) FROM (SELECT x, k … ORDER
 * BY k)), '{}'): an array in the query's order, empty where the query has no rows. */
#include "sql/bind.h"

#include <string.h>

static const char rows_alias[] = "array_rows";
static const char element_name[] = "element";

static AstExpr *
new_node(Binder *binder, AstExprKind kind, int32_t position, uint32_t count, const AstExpr *const *arguments)
{
    const AstExpr **kept = ARENA_ARRAY(binder->arena, const AstExpr *, count + 1);
    AstExpr *node = ARENA_NEW(binder->arena, AstExpr);

    if (count > 0)
        memcpy(kept, arguments, count * sizeof *kept);
    *node = (AstExpr){.kind = kind, .position = position, .count = count, .arguments = kept};
    return node;
}

static const AstExpr *
new_column(Binder *binder, const char *name, int32_t position)
{
    const char **names = ARENA_ARRAY(binder->arena, const char *, 1);
    AstExpr *column = new_node(binder, AST_COLUMN, position, 0, NULL);

    names[0] = name;
    column->names = names;
    column->name_count = 1;
    return column;
}

static bool
has_star(const AstSelect *select)
{
    while (select->set_operation != AST_SET_NONE)
        select = select->left;
    for (uint32_t i = 0; i < select->target_count; i++) {
        if (select->targets[i].expr->kind == AST_STAR)
            return true;
    }
    return false;
}

/* A star has as many columns as its tables; others are counted. */
static Status
check_width(Binder *binder, const ExprPlace *place, const AstExpr *ast)
{
    const AstSelect *select = ast->select;
    uint32_t width;

    while (select->set_operation != AST_SET_NONE)
        select = select->left;
    if (has_star(select)) {
        PlanNode *plan;
        TRY(bind_inner_select(binder, place, ast, &plan));
        width = plan->column_count;
    } else {
        width = select->row_count > 0 ? select->row_width : select->target_count;
    }
    if (width != 1)
        return error_set_at(binder->error, STATUS_SYNTAX, ast->position,
                            "subquery must return only one column");
    return STATUS_OK;
}

/* Whether the order is that of the one column of the result, by its number or its name, or because there can
 * be no other. */
static bool
is_element(const AstSelect *select, const AstSort *sort)
{
    const AstExpr *expr = sort->expr;

    if (select->set_operation != AST_SET_NONE || select->row_count > 0 || has_star(select) ||
        (select->distinct && select->distinct_on_count == 0) || expr->kind == AST_INTEGER)
        return true;
    const AstTarget *target = &select->targets[0];
    const char *name = target->name != NULL ? target->name : bind_output_name(target->expr);
    return expr->kind == AST_COLUMN && expr->name_count == 1 && strcmp(expr->names[0], name) == 0;
}

/* The query with what it is ordered by as columns behind its own, which are named; `sorts` order them. */
typedef struct ArrayRows {
    AstSelect select;
    AstFrom from;
    AstSort *sorts;
    const char **names;
    AstTarget *targets;
} ArrayRows;

static void
add_key(Binder *binder, ArrayRows *rows, AstSort *sort)
{
    const int32_t position = sort->expr->position;
    const char *name = element_name;

    if (!is_element(&rows->select, sort)) {
        const uint32_t column = rows->from.column_alias_count++;
        name = arena_format(binder->arena, "key%u", column);
        rows->targets[column] = (AstTarget){.expr = sort->expr, .name = name, .position = position};
        rows->names[column] = name;
    }
    sort->expr = new_column(binder, name, position);
}

static const ArrayRows *
make_rows(Binder *binder, const AstExpr *ast)
{
    const AstSelect *given = ast->select;
    ArrayRows *rows = ARENA_NEW(binder->arena, ArrayRows);

    *rows = (ArrayRows){.select = *given,
                        .sorts = ARENA_ARRAY(binder->arena, AstSort, given->sort_count + 1),
                        .names = ARENA_ARRAY(binder->arena, const char *, given->sort_count + 1),
                        .targets = ARENA_ARRAY(binder->arena, AstTarget, given->sort_count + 1)};
    rows->names[0] = element_name;
    if (given->target_count == 1)
        rows->targets[0] = given->targets[0];
    rows->from = (AstFrom){.kind = AST_FROM_SUBQUERY,
                           .position = ast->position,
                           .alias = rows_alias,
                           .column_alias_count = 1,
                           .column_aliases = rows->names,
                           .select = &rows->select};
    for (uint32_t i = 0; i < given->sort_count; i++) {
        rows->sorts[i] = given->sorts[i];
        add_key(binder, rows, &rows->sorts[i]);
    }
    if (rows->from.column_alias_count > 1) {
        rows->select.targets = rows->targets;
        rows->select.target_count = rows->from.column_alias_count;
    }
    return rows;
}

/* array_agg(element ORDER BY …) */
static const AstExpr *
gather(Binder *binder, const ArrayRows *rows, int32_t position)
{
    const AstExpr *element = new_column(binder, element_name, position);
    AstExpr *call = new_node(binder, AST_FUNCTION, position, 1, &element);
    AstCall *how = ARENA_NEW(binder->arena, AstCall);

    *how = (AstCall){.sort_count = rows->select.sort_count, .sorts = rows->sorts};
    call->text = "array_agg";
    call->call = how;
    return call;
}

Status
bind_array_query(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    TRY(check_width(binder, place, ast));
    const ArrayRows *rows = make_rows(binder, ast);
    AstSelect *select = ARENA_NEW(binder->arena, AstSelect);
    AstTarget *target = ARENA_NEW(binder->arena, AstTarget);
    const AstFrom **from = ARENA_ARRAY(binder->arena, const AstFrom *, 1);
    const AstExpr *parts[2];

    from[0] = &rows->from;
    *target = (AstTarget){.expr = gather(binder, rows, ast->position), .position = ast->position};
    *select = (AstSelect){.target_count = 1, .targets = target, .from_count = 1, .from = from};
    AstExpr *query = new_node(binder, AST_SUBQUERY, ast->position, 0, NULL);
    query->select = select;
    query->quantifier = AST_SCALAR;
    AstExpr *empty = new_node(binder, AST_STRING, ast->position, 0, NULL);
    empty->text = "{}";
    parts[0] = query;
    parts[1] = empty;
    return bind_coalesce(binder, place, new_node(binder, AST_COALESCE, ast->position, 2, parts), expr);
}
