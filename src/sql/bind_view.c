/* Views: CREATE VIEW, and the query that a view's name stands for. */
#include "sql/bind.h"

#include <string.h>

/* The views that are being put in the place of their names, from the innermost. */
struct ViewFrame {
    uint64_t id;
    const ViewFrame *outer;
};

void
bind_note_use(Binder *binder, ObjectKind kind, uint64_t id)
{
    if (binder->view_frames != NULL) /* that is the inner view's use */
        return;
    for (uint32_t i = 0; i < binder->use_count; i++) {
        if (binder->uses[i].kind == kind && binder->uses[i].id == id)
            return;
    }
    ViewUse *grown = ARENA_ARRAY(binder->arena, ViewUse, binder->use_count + 1);
    if (binder->use_count > 0)
        memcpy(grown, binder->uses, binder->use_count * sizeof *grown);
    grown[binder->use_count++] = (ViewUse){kind, id};
    binder->uses = grown;
}

static PlanNode *
rename_columns(Binder *binder, const AstStatement *ast, PlanNode *node)
{
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, node->column_count);
    const char **names = ARENA_ARRAY(binder->arena, const char *, node->column_count);

    for (uint32_t i = 0; i < node->column_count; i++) {
        exprs[i] = expr_column(binder->arena, node->columns[i].type, i);
        names[i] = i < ast->target_count ? ast->targets[i].name : node->columns[i].name;
    }
    return bind_project_node(binder, node, node->column_count, exprs, names);
}

static Status
bind_view_text(Binder *binder, const Relation *relation, PlanNode **node)
{
    ParseTree *tree;

    TRY(sql_parse(binder->arena, relation->view_sql, strlen(relation->view_sql), &tree, binder->error));
    TRY(bind_select(binder, tree->statement->select, 0, NULL, node));
    *node = rename_columns(binder, tree->statement, *node);
    return STATUS_OK;
}

Status
bind_view(Binder *binder, const Relation *relation, const char *name, int32_t position, PlanNode **node)
{
    const ViewFrame frame = {relation->view_id, binder->view_frames};
    const Binder saved = *binder;
    Error failure = {0};

    for (const ViewFrame *outer = binder->view_frames; outer != NULL; outer = outer->outer) {
        if (outer->id == relation->view_id)
            return error_set_at(binder->error, STATUS_INVALID_OBJECT_DEFINITION, position,
                                "infinite recursion detected in rules for relation \"%s\"", name);
    }
    bind_note_use(binder, OBJECT_VIEW, relation->view_id);
    binder->view_frames = &frame;
    binder->ctes = NULL;
    binder->binding_cte = NULL;
    binder->recursion_barrier = NULL;
    binder->outer = NULL;
    binder->around_query = NULL;
    binder->error = &failure;
    const Status status = bind_view_text(binder, relation, node);
    binder->view_frames = saved.view_frames;
    binder->ctes = saved.ctes;
    binder->binding_cte = saved.binding_cte;
    binder->recursion_barrier = saved.recursion_barrier;
    binder->outer = saved.outer;
    binder->around_query = saved.around_query;
    binder->error = saved.error;
    if (status == STATUS_OK)
        return STATUS_OK;
    failure.sql_position = position; /* not one in the view's own text */
    return error_copy(binder->error, &failure);
}

/* ---- CREATE VIEW ---- */

static Status
check_columns(Binder *binder, const AstStatement *ast, const PlanNode *rows)
{
    if (ast->target_count > rows->column_count)
        return error_set(binder->error, STATUS_SYNTAX,
                         "CREATE VIEW specifies more column names than columns");
    return STATUS_OK;
}

static Status
check_names(Binder *binder, const PlanNode *rows)
{
    for (uint32_t i = 0; i < rows->column_count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(rows->columns[i].name, rows->columns[j].name) == 0)
                return error_set(binder->error, STATUS_DUPLICATE_COLUMN,
                                 "column \"%s\" specified more than once", rows->columns[i].name);
        }
    }
    return STATUS_OK;
}

/* A view that is replaced keeps its columns; further ones may follow. */
static Status
check_replaced(Binder *binder, const PlanNode *before, const PlanNode *after)
{
    if (after->column_count < before->column_count)
        return error_set(binder->error, STATUS_INVALID_TABLE_DEFINITION, "cannot drop columns from view");
    for (uint32_t i = 0; i < before->column_count; i++) {
        const PlanColumn *was = &before->columns[i];
        const PlanColumn *is = &after->columns[i];
        if (strcmp(was->name, is->name) != 0)
            return error_set(binder->error, STATUS_INVALID_TABLE_DEFINITION,
                             "cannot change name of view column \"%s\" to \"%s\"", was->name, is->name);
        if (!type_equal(was->type, is->type))
            return error_set(binder->error, STATUS_INVALID_TABLE_DEFINITION,
                             "cannot change data type of view column \"%s\" from %s to %s", was->name,
                             bind_type_name(binder, was->type), bind_type_name(binder, is->type));
    }
    return STATUS_OK;
}

/* What has the name already: nothing, or a view that may be replaced. */
static Status
check_former(Binder *binder, const AstStatement *ast, const PlanNode *rows)
{
    const BindContext *context = binder->context;
    Relation former = {0};
    Error absent = {0};
    PlanNode *before;
    const Status status =
        context->find_relation(context->lookup, ast->relation.schema, ast->relation.name, &former, &absent);

    if (status == STATUS_UNDEFINED_TABLE)
        return STATUS_OK;
    TRY(error_copy(binder->error, &absent));
    if (!ast->replace)
        return error_set(binder->error, STATUS_DUPLICATE_TABLE, "relation \"%s\" already exists",
                         ast->relation.name);
    if (former.view_sql == NULL)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->relation.position,
                            "\"%s\" is not a view", ast->relation.name);
    const uint32_t uses = binder->use_count;
    TRY(bind_view(binder, &former, ast->relation.name, ast->relation.position, &before));
    binder->use_count = uses; /* the former self is not used */
    return check_replaced(binder, before, rows);
}

Status
bind_create_view(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    ViewDefinition *view = ARENA_NEW(binder->arena, ViewDefinition);
    PlanNode *rows;

    statement->command = "CREATE VIEW";
    if (ast->relation.schema != NULL && strcmp(ast->relation.schema, "public") != 0)
        return error_set_at(binder->error, STATUS_UNDEFINED_SCHEMA, ast->relation.position,
                            "schema \"%s\" does not exist", ast->relation.schema);
    TRY(bind_select(binder, ast->select, 0, NULL, &rows));
    TRY(check_columns(binder, ast, rows));
    rows = rename_columns(binder, ast, rows);
    TRY(check_names(binder, rows));
    TRY(check_former(binder, ast, rows));
    *view = (ViewDefinition){.name = ast->relation.name,
                             .sql = ast->text,
                             .replace = ast->replace,
                             .use_count = binder->use_count,
                             .uses = binder->uses};
    statement->view = view;
    return STATUS_OK;
}

Status
sql_bind_view(const BindContext *context, const char *sql, uint32_t *column_count, const PlanColumn **columns,
              Error *error)
{
    const Relation relation = {.view_sql = sql};
    Error local = {0};
    Binder binder = {.context = context, .arena = context->arena, .error = error == NULL ? &local : error};
    PlanNode *node;

    TRY(bind_view_text(&binder, &relation, &node));
    *column_count = node->column_count;
    *columns = node->columns;
    return STATUS_OK;
}
