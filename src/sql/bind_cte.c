/* WITH: each query is bound once and shared by its references; WITH RECURSIVE. */
#include "plan/outer.h"
#include "sql/bind.h"

#include <string.h>

/* The left side of a recursive UNION gives the first rows; the right side is asked again and again for what
 * follows from the rows that came last. */
typedef enum RecursionPhase { RECURSION_NONE, RECURSION_FIRST_ROWS, RECURSION_NEXT_ROWS } RecursionPhase;

struct BoundCte {
    const AstCte *cte;
    const CteScope *visible; /* to the query itself */
    const OuterRows *rows;   /* likewise */
    bool recursive;          /* of a WITH RECURSIVE */
    bool binding;
    PlanShared *shared; /* NULL: not bound yet */
    RecursionPhase phase;
    uint32_t number;     /* of its working rows */
    uint32_t references; /* to itself */
    uint32_t column_count;
    PlanColumn *columns; /* of its working rows */
};

static Status
check_names(Binder *binder, const AstSelect *ast)
{
    for (uint32_t i = 0; i < ast->cte_count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(ast->ctes[i].name, ast->ctes[j].name) == 0)
                return error_set_at(binder->error, STATUS_DUPLICATE_ALIAS, ast->ctes[i].position,
                                    "WITH query name \"%s\" specified more than once", ast->ctes[i].name);
        }
    }
    return STATUS_OK;
}

const CteScope *
bind_find_cte(const Binder *binder, const char *name)
{
    for (const CteScope *scope = binder->ctes; scope != NULL; scope = scope->outer) {
        if (strcmp(scope->name, name) == 0)
            return scope;
    }
    return NULL;
}

bool
bind_is_recursion(const CteScope *scope)
{
    return scope != NULL && scope->bound->binding;
}

static Status
raise_recursion(Binder *binder, const BoundCte *bound, int32_t position, const char *where)
{
    return error_set_at(binder->error, STATUS_INVALID_RECURSION, position,
                        "recursive reference to query \"%s\" must not appear %s", bound->cte->name, where);
}

/* A reference to a query out of itself: the rows of the round before. */
static Status
refer_to_working(Binder *binder, BoundCte *bound, int32_t position, PlanNode **node)
{
    if (binder->binding_cte != bound)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, position,
                            "mutual recursion between WITH items is not implemented");
    if (bound->phase == RECURSION_NONE)
        return error_set_at(binder->error, STATUS_INVALID_RECURSION, bound->cte->position,
                            "recursive query \"%s\" does not have the form non-recursive-term UNION [ALL] "
                            "recursive-term",
                            bound->cte->name);
    if (bound->phase == RECURSION_FIRST_ROWS)
        return raise_recursion(binder, bound, position, "within its non-recursive term");
    if (binder->recursion_barrier != NULL)
        return raise_recursion(binder, bound, position, binder->recursion_barrier);
    if (++bound->references > 1)
        return raise_recursion(binder, bound, position, "more than once");
    *node = plan_node_new(binder->arena, PLAN_WORKING, bound->column_count, bound->columns, 0, NULL);
    (*node)->working.number = bound->number;
    return STATUS_OK;
}

/* Bind the query among what it can see. */
static Status
bind_query_of(Binder *binder, BoundCte *bound, PlanNode **node)
{
    const CteScope *visible = binder->ctes;
    BoundCte *outer = binder->binding_cte;
    const char *barrier = binder->recursion_barrier;
    const OuterRows *rows = binder->outer;

    binder->ctes = bound->visible;
    binder->outer = bound->rows;
    binder->binding_cte = bound->recursive ? bound : outer;
    binder->recursion_barrier = NULL;
    bound->binding = bound->recursive;
    const Status status = bind_select(binder, bound->cte->select, 0, NULL, node);
    bound->binding = false;
    binder->ctes = visible;
    binder->outer = rows;
    binder->binding_cte = outer;
    binder->recursion_barrier = barrier;
    return status;
}

static Status
check_alias_count(Binder *binder, const BoundCte *bound, const PlanNode *node)
{
    const AstCte *cte = bound->cte;

    if (bind_search_width(cte) > 0 && bound->column_count == 0)
        return error_set_at(binder->error, STATUS_SYNTAX, cte->position, "WITH query is not recursive");
    if (cte->column_alias_count <= node->column_count)
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_INVALID_COLUMN_REFERENCE, cte->position,
                        "WITH query \"%s\" has %u columns available but %u columns specified", cte->name,
                        node->column_count, cte->column_alias_count);
}

/* A query that refers to rows around it is bound again for each reference: these may stand at different
 * depths. */
static Status
bind_for_reference(Binder *binder, BoundCte *bound, PlanNode **open)
{
    PlanNode *input;

    *open = NULL;
    TRY(bind_query_of(binder, bound, &input));
    TRY(check_alias_count(binder, bound, input));
    if (outer_plan_refers(input, 0)) {
        *open = input;
        return STATUS_OK;
    }
    bound->shared = ARENA_NEW(binder->arena, PlanShared);
    *bound->shared = (PlanShared){.input = input,
                                  .materialized = bound->cte->materialized == AST_MATERIALIZED,
                                  .inlined = bound->cte->materialized == AST_NOT_MATERIALIZED};
    return STATUS_OK;
}

/* Names that the queries, and what they stand before, see. */
static void
push_names(Binder *binder, const AstSelect *ast, const CteScope **scopes)
{
    for (uint32_t i = 0; i < ast->cte_count; i++) {
        CteScope *scope = ARENA_NEW(binder->arena, CteScope);
        BoundCte *bound = ARENA_NEW(binder->arena, BoundCte);
        *bound = (BoundCte){.cte = &ast->ctes[i],
                            .visible = binder->ctes,
                            .rows = binder->outer,
                            .recursive = ast->recursive};
        *scope = (CteScope){.name = ast->ctes[i].name, .bound = bound, .outer = binder->ctes};
        binder->ctes = scopes[i] = scope;
    }
    for (uint32_t i = 0; ast->recursive && i < ast->cte_count; i++)
        scopes[i]->bound->visible = binder->ctes;
}

Status
bind_ctes(Binder *binder, const AstSelect *ast)
{
    const CteScope **scopes = ARENA_ARRAY(binder->arena, const CteScope *, ast->cte_count + 1);
    PlanNode *open;

    TRY(check_names(binder, ast));
    push_names(binder, ast, scopes);
    for (uint32_t i = 0; i < ast->cte_count; i++) {
        if (scopes[i]->bound->shared == NULL)
            TRY(bind_for_reference(binder, scopes[i]->bound, &open));
    }
    return STATUS_OK;
}

Status
bind_cte_reference(Binder *binder, const CteScope *found, int32_t position, PlanNode **node)
{
    BoundCte *bound = found->bound;

    if (bound->binding)
        return refer_to_working(binder, bound, position, node);
    if (bound->shared == NULL) {
        TRY(bind_for_reference(binder, bound, node));
        if (*node != NULL)
            return STATUS_OK;
    }
    const PlanNode *input = bound->shared->input;
    *node = plan_node_new(binder->arena, PLAN_SHARED, input->column_count, input->columns, 0, NULL);
    (*node)->shared = bound->shared;
    bound->shared->references++;
    return STATUS_OK;
}

uint32_t
bind_unlisted_columns(const CteScope *scope)
{
    return bind_is_recursion(scope) ? bind_search_width(scope->bound->cte) : 0;
}

const AstCte *
bind_cte_of(const CteScope *scope)
{
    return scope->bound->cte;
}

/* ---- WITH RECURSIVE ---- */

bool
bind_is_recursive_union(const Binder *binder, const AstSelect *ast)
{
    const BoundCte *bound = binder->binding_cte;

    return bound != NULL && bound->cte->select == ast && ast->set_operation == AST_SET_UNION;
}

static const char *
refused_clause(const AstSelect *ast)
{
    if (ast->sort_count > 0)
        return "ORDER BY";
    if (ast->offset != NULL)
        return "OFFSET";
    return ast->limit != NULL ? "LIMIT" : NULL;
}

static int32_t
refused_position(const AstSelect *ast)
{
    return ast_start(ast->sort_count > 0   ? ast->sorts[0].expr
                     : ast->offset != NULL ? ast->offset
                                           : ast->limit);
}

/* Whether the column has digits of its own making, that nobody has asked for. */
static bool
is_computed(const AstSelect *ast, uint32_t column)
{
    while (ast->set_operation != AST_SET_NONE)
        ast = ast->left;
    if (column >= ast->target_count)
        return ast->row_count > 0;
    const AstExpr *expr = ast->targets[column].expr;
    return expr->kind != AST_COLUMN && expr->kind != AST_STAR &&
           (expr->kind != AST_CAST || expr->type->modifier_count == 0);
}

/* Numerics that grow from round to round by more than digits before the point: so many behind it are kept. */
enum { RECURSION_SCALE = NUMERIC_DIGITS_MAX / 2 };

/* Whether the rows' columns are what the references took them for. Computed numerics of more digits are
 * worth another try, in which the references see as many as there can be. */
static Status
check_types(Binder *binder, const AstSelect *ast, BoundCte *bound, const PlanNode *settled, bool *fit)
{
    *fit = true;
    for (uint32_t i = 0; i < bound->column_count; i++) {
        Type *was = &bound->columns[i].type;
        const Type is = settled->columns[i].type;
        const bool tried = was->precision == NUMERIC_DIGITS_MAX;
        if (type_equal(*was, is))
            continue;
        *fit = false;
        if (was->id == TYPE_NUMERIC && is.id == TYPE_NUMERIC && is_computed(ast->left, i) &&
            was->scale < RECURSION_SCALE) {
            *was = type_numeric(NUMERIC_DIGITS_MAX, tried ? RECURSION_SCALE : is.scale);
            continue;
        }
        error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, bound->cte->position,
                     "recursive query \"%s\" column %u has type %s in non-recursive term but type %s overall",
                     bound->cte->name, i + 1, bind_type_name(binder, *was), bind_type_name(binder, is));
        return error_hint(binder->error, "Cast the output of the non-recursive term to the correct type.");
    }
    return STATUS_OK;
}

/* The next rows, numerics with the digits that the references take them to have. */
static Status
cut_digits(Binder *binder, const BoundCte *bound, SetOperand *next)
{
    const PlanNode *node = next->node;
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, node->column_count + 1);
    const char **names = ARENA_ARRAY(binder->arena, const char *, node->column_count + 1);
    bool cut = false;

    for (uint32_t i = 0; i < node->column_count; i++) {
        const Type type = node->columns[i].type;
        const Type wanted = i < bound->column_count ? bound->columns[i].type : type;
        names[i] = node->columns[i].name;
        exprs[i] = expr_column(binder->arena, type, i);
        if (type.id != TYPE_NUMERIC || wanted.id != TYPE_NUMERIC || wanted.scale != RECURSION_SCALE ||
            type.scale <= wanted.scale)
            continue;
        cut = true;
        TRY(bind_coerce(binder, exprs[i], wanted, CAST_EXPLICIT, &exprs[i]));
    }
    if (cut)
        next->node = bind_project_node(binder, next->node, node->column_count, exprs, names);
    return STATUS_OK;
}

/* The columns of the first rows, named as the query's references name them. */
static void
set_columns(Binder *binder, BoundCte *bound, const PlanNode *first)
{
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, first->column_count);

    for (uint32_t i = 0; i < first->column_count; i++)
        columns[i] = first->columns[i];
    bound->column_count = first->column_count;
    bound->columns = columns;
    bound->number = ++binder->recursion_count;
}

/* The next rows, by references that see the columns as they are taken to be. */
static Status
bind_next_rows(Binder *binder, const AstSelect *ast, BoundCte *bound, SetOperand *next)
{
    bound->references = 0;
    bound->phase = RECURSION_NEXT_ROWS;
    TRY(bind_search_next(binder, bound->cte, ast->right, bound->column_count, bound->columns, next));
    bound->phase = RECURSION_NONE;
    return cut_digits(binder, bound, next);
}

Status
bind_recursive_union(Binder *binder, const AstSelect *ast, SetOperand *made)
{
    BoundCte *bound = binder->binding_cte;
    SetOperand start;
    SetOperand first;
    SetOperand next;
    bool fit;

    bound->phase = RECURSION_FIRST_ROWS;
    TRY(bind_set_operand(binder, ast->left, &start));
    TRY(bind_search_first(binder, bound->cte, ast, &start));
    set_columns(binder, bound, start.node);
    do {
        first = start;
        TRY(bind_next_rows(binder, ast, bound, &next));
        if (bound->references == 0 && bind_search_width(bound->cte) == 0)
            return bind_set_combine(binder, ast, &first, &next, made);
        if (refused_clause(ast) != NULL)
            return error_set_at(binder->error, STATUS_NOT_SUPPORTED, refused_position(ast),
                                "%s in a recursive query is not implemented", refused_clause(ast));
        TRY(bind_settle_operands(binder, ast, &first, &next));
        TRY(check_types(binder, ast, bound, first.node, &fit));
    } while (!fit);

    PlanNode *children[] = {first.node, next.node};
    made->node = plan_node_new(binder->arena, PLAN_RECURSIVE, first.node->column_count, first.node->columns,
                               2, children);
    made->node->recursive.number = bound->number;
    made->node->recursive.distinct = !ast->all;
    made->literals = ARENA_ARRAY(binder->arena, Expr *, first.node->column_count);
    made->positions = first.positions;
    return STATUS_OK;
}
