/* RETURNING: what is given back of each row that is written or deleted. */
#include "sql/bind.h"

#include <string.h>

static Status
bind_targets(Binder *binder, const AstStatement *ast, const Scope *scope, SubqueryList *subqueries,
             Outputs *outputs)
{
    const ExprPlace place = {.clause = "RETURNING", .scope = scope, .subqueries = subqueries};

    for (uint32_t i = 0; i < ast->returning_count; i++) {
        const AstTarget *target = &ast->returning[i];
        Expr *expr;
        if (target->expr->kind == AST_STAR) {
            TRY(bind_star(binder, &place, target->expr, outputs));
            continue;
        }
        if (target->expr->kind == AST_FIELD && target->expr->text == NULL) {
            TRY(bind_record_star(binder, &place, target->expr, outputs));
            continue;
        }
        TRY(bind_expr(binder, &place, target->expr, &expr));
        TRY(bind_known(binder, &expr));
        bind_add_output(binder, outputs, target->name == NULL ? bind_output_name(target->expr) : target->name,
                        expr, false);
    }
    return STATUS_OK;
}

Status
bind_returning(Binder *binder, const AstStatement *ast, const Scope *scope, uint32_t kept, int64_t row_id,
               BoundStatement *statement)
{
    PlanNode *node = scope->node;
    SubqueryList subqueries = {0};
    Outputs outputs = {0};

    TRY(bind_targets(binder, ast, scope, &subqueries, &outputs));
    const uint32_t count = kept + outputs.count + (row_id >= 0 ? 1 : 0);
    if (count > SQL_COLUMNS_MAX)
        return error_set(binder->error, STATUS_TOO_MANY_COLUMNS,
                         "a table and its RETURNING list can have at most %d columns", (int)SQL_COLUMNS_MAX);
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, count);
    const char **names = ARENA_ARRAY(binder->arena, const char *, count);
    for (uint32_t i = 0; i < kept; i++) {
        exprs[i] = expr_column(binder->arena, node->columns[i].type, i);
        names[i] = node->columns[i].name;
    }
    for (uint32_t i = 0; i < outputs.count; i++) {
        exprs[kept + i] = outputs.items[i].expr;
        names[kept + i] = outputs.items[i].name;
    }
    if (row_id >= 0) {
        exprs[count - 1] = expr_column(binder->arena, type_of(TYPE_INT8), (uint32_t)row_id);
        names[count - 1] = "row";
    }
    TRY(bind_attach_all(binder, &subqueries, &node, count, exprs));
    statement->plan = bind_project_node(binder, node, count, exprs, names);
    statement->returning_count = outputs.count;
    return STATUS_OK;
}
