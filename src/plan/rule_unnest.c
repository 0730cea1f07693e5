/* DEPENDENT_JOINs become joins, the innermost first: no subquery is run row by row.
 *
 * 1. A right side that does not refer to the left rows is joined as it is.
 * 2. Where its conditions on outer rows can go up to its top, they are the condition of the join. An
 * aggregate without keys is grouped by what they compare, and what it gives for no rows is put in above the
 * join.
 * 3. Else it is computed for the distinct outer values that ask, and joined to the left rows by them.
 *
 * Errors are only for rows that ask: what can fail and is not behind the join's condition goes the third way.
 */
#include "plan/unnest.h"

#include "expr/function.h"
#include "plan/outer.h"
#include "plan/property.h"
#include "plan/walk.h"

#include <string.h>

enum { SHARED_FROM_NODES = 32 };

/* The join's conditions. */
typedef struct Conditions {
    Conjuncts left;  /* on left columns alone: who asks */
    Conjuncts right; /* others */
} Conditions;

static Conditions
sort_conditions(Rewrite *rewrite, const PlanNode *join)
{
    const uint32_t left = join->children[0]->column_count;
    Conditions conditions = {0};
    Conjuncts all = {0};

    if (join->join.residual != NULL)
        conjuncts_add(rewrite, &all, join->join.residual);
    for (uint32_t i = 0; i < all.count; i++)
        conjuncts_add(rewrite,
                      columns_are_within(all.items[i], 0, left) ? &conditions.left : &conditions.right,
                      all.items[i]);
    return conditions;
}

/* Expressions of the right side, seen from the join: level 1 is the left child. */
static Expr *
lift_reference(void *context, Expr *outer, uint32_t depth)
{
    Arena *arena = context;

    (void)depth;
    Expr *expr = outer->level == 1 ? expr_column(arena, outer->type, outer->column)
                                   : expr_outer(arena, outer->type, outer->level - 1, outer->column);
    expr->position = outer->position;
    return expr;
}

static void
move_right(Expr *column, void *by)
{
    column->column += *(const uint32_t *)by;
}

static Expr *
lift(Rewrite *rewrite, const Expr *expr, uint32_t left)
{
    Expr *copy = expr_copy(rewrite->arena, expr);

    expr_visit_columns(copy, move_right, &left);
    return outer_map_expr(rewrite->arena, copy, 0, lift_reference, rewrite->arena);
}

static void
add_all(Rewrite *rewrite, Conjuncts *list, const Conjuncts *more)
{
    for (uint32_t i = 0; i < more->count; i++)
        conjuncts_add(rewrite, list, more->items[i]);
}

/* Who asks, which rows of the right side, and what of them: in this order. */
static Expr *
join_condition(Rewrite *rewrite, const Conditions *conditions, const Conjuncts *pulled)
{
    Conjuncts all = {0};

    add_all(rewrite, &all, &conditions->left);
    add_all(rewrite, &all, pulled);
    add_all(rewrite, &all, &conditions->right);
    return expr_conjunction(rewrite->arena, all.count, all.items);
}

/* The right side, which had `width` columns before: where the mark is. */
static void
set_right(Rewrite *rewrite, PlanNode *join, uint32_t width, PlanNode *right)
{
    const uint32_t left = join->children[0]->column_count;
    const uint32_t mark = left + width;
    uint32_t *output = ARENA_ARRAY(rewrite->arena, uint32_t, join->join.output_count + 1);

    for (uint32_t i = 0; i < join->join.output_count; i++)
        output[i] = join->join.kind == JOIN_MARK && join->join.output[i] == mark ? left + right->column_count
                                                                                 : join->join.output[i];
    join->join.output = output;
    join->children[1] = right;
}

static void
finish(PlanNode *join)
{
    join->kind = join->join.key_count > 0 ? PLAN_HASH_JOIN : PLAN_NESTED_LOOP_JOIN;
    if (join->join.kind == JOIN_CROSS && (join->join.residual != NULL || join->join.key_count > 0))
        join->join.kind = JOIN_INNER;
    else if (join->join.kind == JOIN_INNER && join->join.residual == NULL && join->join.key_count == 0)
        join->join.kind = JOIN_CROSS;
}

/* EXISTS asks for nothing but a row: what is put out, its order and its being different do not matter. */
static PlanNode *
without_outputs(const PlanNode *node)
{
    for (;;) {
        const bool some = node->kind == PLAN_LIMIT && node->limit.offset == 0 && node->limit.limit != 0;
        const bool grouped = node->kind == PLAN_AGGREGATE && node->aggregate.key_count > 0;
        if (node->kind != PLAN_PROJECT && node->kind != PLAN_SORT && !some && !grouped)
            return (PlanNode *)node;
        node = node->children[0];
    }
}

static bool
is_value_kind(JoinKind kind)
{
    return kind != JOIN_SEMI && kind != JOIN_ANTI && kind != JOIN_MARK;
}

/* ---- 1. no reference */

static uint32_t
count_nodes(const PlanNode *node)
{
    uint32_t count = 1;

    for (uint32_t i = 0; i < node->child_count; i++)
        count += count_nodes(node->children[i]);
    return count;
}

static bool
must_ask_first(const PlanNode *join, const Conditions *conditions)
{
    const PlanNode *right = join->children[1];

    if (join->join.kind == JOIN_INNER || join->join.kind == JOIN_CROSS || join->join.kind == JOIN_LEFT)
        return false; /* items of FROM are there whoever asks */
    return conditions->left.count > 0 ? plan_can_fail(right) : plan_can_fail_otherwise(right);
}

/* Left columns. */
typedef struct References {
    uint32_t count;
    uint32_t *columns;
} References;

static void
need_column(Expr *column, void *needed)
{
    ((bool *)needed)[column->column] = true;
}

/* The left rows are asked for once more. They are computed once where they would not be the same ones, or
 * where the plan is large: of subqueries that follow one another each would double what is before it. */
static Status
copy_or_share(Rewrite *rewrite, PlanNode *join, const bool *needed, PlanNode **copy)
{
    PlanNode **left = &join->children[0];

    if ((*left)->kind == PLAN_SHARED || !rewrite_can_share(*left))
        return unnest_asking(rewrite, *left, needed, copy);
    if (rewrite_gives_same_rows(*left)) {
        TRY(unnest_asking(rewrite, *left, needed, copy));
        if (count_nodes(*copy) < SHARED_FROM_NODES)
            return STATUS_OK;
    }
    TRY(rewrite_share(rewrite, left));
    return rewrite_copy(rewrite, *left, copy);
}

/* The left rows for which it matters which right rows there are. A MARK is NULL, not false, where the
 * condition is and there are some. */
static Status
copy_left(Rewrite *rewrite, PlanNode *join, const Conditions *conditions, const References *references,
          PlanNode **asking)
{
    bool *needed = ARENA_ARRAY(rewrite->arena, bool, join->children[0]->column_count + 1);
    Conjuncts asked = {0};
    PlanNode *copy;

    for (uint32_t i = 0; i < references->count; i++)
        needed[references->columns[i]] = true;
    for (uint32_t i = 0; i < conditions->left.count; i++)
        expr_visit_columns(conditions->left.items[i], need_column, needed);
    TRY(copy_or_share(rewrite, join, needed, &copy));
    for (uint32_t i = 0; i < conditions->left.count; i++) {
        Expr *condition = conditions->left.items[i];
        if (join->join.kind == JOIN_MARK)
            TRY(unnest_call(rewrite, "is_not_false", 1, &condition, &condition));
        conjuncts_add(rewrite, &asked, condition);
    }
    *asking = conjuncts_filter(rewrite, &asked, copy);
    return STATUS_OK;
}

static Status
join_independent(Rewrite *rewrite, PlanNode *join, bool exists)
{
    const Conditions conditions = sort_conditions(rewrite, join);
    const uint32_t width = join->children[1]->column_count;
    PlanNode *right = join->children[1];
    PlanNode *asking;

    if (must_ask_first(join, &conditions)) {
        TRY(copy_left(rewrite, join, &conditions, &(References){0}, &asking));
        const Domain anybody = {.node = unnest_any_row(rewrite, asking)};
        TRY(unnest_push_domain(rewrite, &anybody, &right));
    } else {
        outer_lower_plan(rewrite->arena, right);
    }
    if (exists)
        right = unnest_any_row(rewrite, right);
    set_right(rewrite, join, width, right);
    finish(join);
    return STATUS_OK;
}

/* ---- 2. conditions go up */

/* What the right side's columns are, over a core of which the projections at its top are taken off. */
typedef struct Peeled {
    PlanNode *core;
    Expr **exprs;
} Peeled;

static Peeled
peel(Rewrite *rewrite, PlanNode *right)
{
    Peeled peeled = {.core = right, .exprs = ARENA_ARRAY(rewrite->arena, Expr *, right->column_count)};

    for (uint32_t i = 0; i < right->column_count; i++)
        peeled.exprs[i] = expr_column(rewrite->arena, right->columns[i].type, i);
    while (peeled.core->kind == PLAN_PROJECT) {
        for (uint32_t i = 0; i < right->column_count; i++)
            peeled.exprs[i] =
                expr_substitute(rewrite->arena, peeled.exprs[i], peeled.core->project.expressions);
        peeled.core = peeled.core->children[0];
    }
    return peeled;
}

static bool
any_refers(Expr *const *exprs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (outer_expr_refers(exprs[i], 1))
            return true;
    }
    return false;
}

static void
lift_all(Rewrite *rewrite, Conjuncts *list, uint32_t left)
{
    for (uint32_t i = 0; i < list->count; i++)
        list->items[i] = lift(rewrite, list->items[i], left);
}

/* left column = right column */
static bool
is_column_pair(const Expr *expr, uint32_t left, uint32_t keys[2])
{
    if (expr->kind != EXPR_CALL || strcmp(expr->function->name, "=") != 0 ||
        expr->arguments[0]->kind != EXPR_COLUMN || expr->arguments[1]->kind != EXPR_COLUMN ||
        !type_equal(expr->arguments[0]->type, expr->arguments[1]->type))
        return false;
    const uint32_t a = expr->arguments[0]->column;
    const uint32_t b = expr->arguments[1]->column;
    if ((a < left) == (b < left))
        return false;
    keys[0] = a < left ? a : b;
    keys[1] = (a < left ? b : a) - left;
    return true;
}

static Status
keep_known(Rewrite *rewrite, PlanNode **node, uint32_t column)
{
    Expr *value = expr_column(rewrite->arena, (*node)->columns[column].type, column);
    Conjuncts known = {0};
    Expr *test;

    TRY(unnest_call(rewrite, "is_not_null", 1, &value, &test));
    conjuncts_add(rewrite, &known, test);
    *node = conjuncts_filter(rewrite, &known, *node);
    return STATUS_OK;
}

/* Which rows a condition that may be NULL is about is true or false, never NULL: equalities of columns are
 * null-safe keys to rows that have a value there, other conditions are asked for their being true. */
static Status
restrict_mark(Rewrite *rewrite, PlanNode *join, Conjuncts *pulled)
{
    const uint32_t left = join->children[0]->column_count;
    uint32_t *left_keys = ARENA_ARRAY(rewrite->arena, uint32_t, pulled->count);
    uint32_t *right_keys = ARENA_ARRAY(rewrite->arena, uint32_t, pulled->count);
    bool *null_safe = ARENA_ARRAY(rewrite->arena, bool, pulled->count);
    Conjuncts rest = {0};
    uint32_t count = 0;

    for (uint32_t i = 0; i < pulled->count; i++) {
        uint32_t keys[2];
        Expr *test;
        if (is_column_pair(pulled->items[i], left, keys)) {
            left_keys[count] = keys[0];
            right_keys[count] = keys[1];
            null_safe[count++] = true;
            TRY(keep_known(rewrite, &join->children[1], keys[1]));
            continue;
        }
        TRY(unnest_call(rewrite, "is_true", 1, &pulled->items[i], &test));
        conjuncts_add(rewrite, &rest, test);
    }
    join->join.key_count = count;
    join->join.left_keys = left_keys;
    join->join.right_keys = right_keys;
    join->join.null_safe = null_safe;
    *pulled = rest;
    return STATUS_OK;
}

static Status
try_pull(Rewrite *rewrite, PlanNode *join, bool exists, bool *done)
{
    const Conditions conditions = sort_conditions(rewrite, join);
    const uint32_t left = join->children[0]->column_count;
    const uint32_t width = join->children[1]->column_count;
    Conjuncts pulled = {0};
    PlanNode *right;

    *done = false;
    TRY(rewrite_copy(rewrite, join->children[1], &right));
    if (!unnest_pull(rewrite, &right, &pulled) || outer_plan_refers(right, 1) || plan_can_fail(right))
        return STATUS_OK;
    *done = true;
    outer_lower_plan(rewrite->arena, right);
    lift_all(rewrite, &pulled, left);
    set_right(rewrite, join, width, right);
    if (join->join.kind == JOIN_MARK && (!exists || conditions.left.count > 0))
        TRY(restrict_mark(rewrite, join, &pulled));
    join->join.residual = join_condition(rewrite, &conditions, &pulled);
    finish(join);
    return STATUS_OK;
}

/* Where the right side's columns are computed once it is joined: `values[i]` over the left columns, then the
 * core's. */
typedef struct Above {
    uint32_t left;
    uint32_t right; /* columns of the right side */
    Expr **values;
} Above;

/* A condition of the join as written, over what it is joined to now. */
static Expr *
condition_above(Rewrite *rewrite, const PlanNode *join, const Above *above, const Expr *condition)
{
    Expr **replacements = ARENA_ARRAY(rewrite->arena, Expr *, above->left + above->right);

    for (uint32_t i = 0; i < above->left; i++)
        replacements[i] = expr_column(rewrite->arena, join->children[0]->columns[i].type, i);
    for (uint32_t i = 0; i < above->right; i++)
        replacements[above->left + i] = above->values[i];
    return expr_substitute(rewrite->arena, condition, replacements);
}

/* The join's columns as they were: left ones, and values of the right side, where `when` is true if it is
 * given. */
static PlanNode *
project_above(Rewrite *rewrite, const PlanNode *join, const Above *above, PlanNode *input, Expr *when,
              Expr *mark)
{
    PlanNode *project =
        plan_node_new(rewrite->arena, PLAN_PROJECT, join->column_count, join->columns, 1, &input);

    project->project.expressions = ARENA_ARRAY(rewrite->arena, Expr *, join->column_count);
    for (uint32_t i = 0; i < join->column_count; i++) {
        const uint32_t from = join->join.output[i];
        const Type type = join->columns[i].type;
        Expr *expr = from < above->left                  ? expr_column(rewrite->arena, type, from)
                     : from < above->left + above->right ? above->values[from - above->left]
                                                         : mark;
        const bool of_right = expr->kind == EXPR_COLUMN && expr->column >= above->left;
        if (when != NULL && from >= above->left && !of_right && mark == NULL) {
            Expr *arms[] = {when, expr, expr_null(rewrite->arena, type)};
            expr = expr_form(rewrite->arena, EXPR_CASE, type, 3, arms);
        }
        project->project.expressions[i] = expr;
    }
    return project;
}

static Above
lift_values(Rewrite *rewrite, const PlanNode *join, const Peeled *peeled)
{
    Above above = {.left = join->children[0]->column_count, .right = join->children[1]->column_count};

    above.values = ARENA_ARRAY(rewrite->arena, Expr *, above.right);
    for (uint32_t i = 0; i < above.right; i++)
        above.values[i] = lift(rewrite, peeled->exprs[i], above.left);
    return above;
}

/* The expression with its columns from `left` on replaced. */
static Expr *
replace_right(Rewrite *rewrite, Expr *expr, uint32_t left, Expr *const *replacements)
{
    if (expr->kind == EXPR_COLUMN)
        return expr->column < left ? expr : replacements[expr->column];
    Expr *copy = ARENA_NEW(rewrite->arena, Expr);
    *copy = *expr;
    if (expr->argument_count > 0)
        copy->arguments = ARENA_ARRAY(rewrite->arena, Expr *, expr->argument_count);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        copy->arguments[i] = replace_right(rewrite, expr->arguments[i], left, replacements);
    return copy;
}

/* Calls whose result for no rows is not NULL get it where there is no group. */
static Status
fill_in_totals(Rewrite *rewrite, const PlanAggregate *aggregate, Above *above)
{
    const uint32_t width = above->left + aggregate->call_count;
    Expr **replacements = ARENA_ARRAY(rewrite->arena, Expr *, width);

    for (uint32_t i = 0; i < aggregate->call_count; i++) {
        const PlanAggregateCall *call = &aggregate->calls[i];
        Expr *both[2] = {expr_column(rewrite->arena, call->type, above->left + i)};
        TRY(unnest_empty_value(rewrite, call, &both[1]));
        replacements[above->left + i] =
            both[1] == NULL ? both[0] : expr_form(rewrite->arena, EXPR_COALESCE, call->type, 2, both);
    }
    for (uint32_t i = 0; i < above->right; i++)
        above->values[i] = replace_right(rewrite, above->values[i], above->left, replacements);
    return STATUS_OK;
}

/* The one row of an aggregate without keys is there for every left row: conditions on it are asked above. */
static Status
finish_total(Rewrite *rewrite, PlanNode **slot, const Above *above, PlanNode *input)
{
    PlanNode *join = *slot;
    const JoinKind kind = join->join.kind;
    Expr *condition = join->join.residual == NULL
                          ? expr_bool(rewrite->arena, true)
                          : condition_above(rewrite, join, above, join->join.residual);
    const bool filters = kind != JOIN_SINGLE && kind != JOIN_LEFT && kind != JOIN_MARK;
    Conjuncts kept = {0};

    if (kind == JOIN_ANTI)
        TRY(unnest_call(rewrite, "is_not_true", 1, &condition, &condition));
    if (filters && join->join.residual != NULL)
        conjuncts_add(rewrite, &kept, condition);
    if (kind == JOIN_ANTI && join->join.residual == NULL)
        conjuncts_add(rewrite, &kept, expr_bool(rewrite->arena, false));
    input = conjuncts_filter(rewrite, &kept, input);
    const bool choice = (kind == JOIN_SINGLE || kind == JOIN_LEFT) && join->join.residual != NULL;
    *slot = project_above(rewrite, join, above, input, choice ? condition : NULL,
                          kind == JOIN_MARK ? condition : NULL);
    return STATUS_OK;
}

/* An aggregate without keys at the top: grouped by what its rows are asked for. */
static Status
try_total(Rewrite *rewrite, PlanNode **slot, Peeled *peeled, bool *done)
{
    PlanNode *join = *slot;
    const PlanAggregate calls = peeled->core->aggregate;
    const Conditions conditions = sort_conditions(rewrite, join);
    Above above = lift_values(rewrite, join, peeled);
    Conjuncts pulled = {0};
    Conjuncts none = {0};

    if (!unnest_pull_aggregate(rewrite, &peeled->core, &pulled) || outer_plan_refers(peeled->core, 1) ||
        plan_can_fail(peeled->core))
        return STATUS_OK;
    *done = true;
    outer_lower_plan(rewrite->arena, peeled->core);
    lift_all(rewrite, &pulled, above.left);
    TRY(fill_in_totals(rewrite, &calls, &above));
    PlanNode *with_groups = unnest_join(rewrite, JOIN_LEFT, join->children[0], peeled->core, 0, NULL, NULL);
    Conditions asking = {.left = conditions.left, .right = none};
    with_groups->join.residual = join_condition(rewrite, &asking, &pulled);
    return finish_total(rewrite, slot, &above, with_groups);
}

/* A column that is NULL where the core has no match. */
static PlanNode *
with_flag(Rewrite *rewrite, PlanNode *core, uint32_t *flag)
{
    PlanNode *project = unnest_project(rewrite, core, 1);

    *flag = unnest_add_column(project, "matched", expr_bool(rewrite->arena, true));
    return project;
}

/* Values of outer rows at the top of the right side are computed above the join. */
static Status
try_values(Rewrite *rewrite, PlanNode **slot, Peeled *peeled, bool *done)
{
    PlanNode *join = *slot;
    Above above = lift_values(rewrite, join, peeled);
    Conditions conditions = sort_conditions(rewrite, join);
    const bool outer = join->join.kind == JOIN_SINGLE || join->join.kind == JOIN_LEFT;
    Conjuncts pulled = {0};
    Expr *when = NULL;
    uint32_t flag;

    if (!unnest_pull(rewrite, &peeled->core, &pulled) || outer_plan_refers(peeled->core, 1) ||
        plan_can_fail(peeled->core))
        return STATUS_OK;
    *done = true;
    outer_lower_plan(rewrite->arena, peeled->core);
    lift_all(rewrite, &pulled, above.left);
    for (uint32_t i = 0; i < conditions.right.count; i++)
        conditions.right.items[i] = condition_above(rewrite, join, &above, conditions.right.items[i]);
    if (!is_value_kind(join->join.kind)) {
        set_right(rewrite, join, above.right, peeled->core);
        if (join->join.kind == JOIN_MARK)
            TRY(restrict_mark(rewrite, join, &pulled));
        join->join.residual = join_condition(rewrite, &conditions, &pulled);
        finish(join);
        return STATUS_OK;
    }
    PlanNode *core = outer ? with_flag(rewrite, peeled->core, &flag) : peeled->core;
    PlanNode *with_core = unnest_join(rewrite, join->join.kind, join->children[0], core, 0, NULL, NULL);
    with_core->join.residual = join_condition(rewrite, &conditions, &pulled);
    finish(with_core);
    if (outer) {
        Expr *matched = expr_column(rewrite->arena, type_of(TYPE_BOOL), above.left + flag);
        TRY(unnest_call(rewrite, "is_true", 1, &matched, &when));
    }
    *slot = project_above(rewrite, join, &above, with_core, when, NULL);
    return STATUS_OK;
}

static Status
try_peeled(Rewrite *rewrite, PlanNode **slot, bool *done)
{
    PlanNode *right;

    *done = false;
    TRY(rewrite_copy(rewrite, (*slot)->children[1], &right));
    Peeled peeled = peel(rewrite, right);
    if (peeled.core->kind == PLAN_AGGREGATE && peeled.core->aggregate.key_count == 0)
        return try_total(rewrite, slot, &peeled, done);
    if (!any_refers(peeled.exprs, right->column_count))
        return STATUS_OK;
    return try_values(rewrite, slot, &peeled, done);
}

/* ---- 3. the domain */

/* Only looks. */
static Expr *
note_reference(void *context, Expr *outer, uint32_t depth)
{
    References *references = context;

    if (outer->level - depth != 1)
        return outer;
    for (uint32_t i = 0; i < references->count; i++) {
        if (references->columns[i] == outer->column)
            return outer;
    }
    references->columns[references->count++] = outer->column;
    return outer;
}

/* The distinct values of the columns that are asked for. */
static PlanNode *
distinct_columns(Rewrite *rewrite, PlanNode *rows, const References *references)
{
    const uint32_t count = references->count;
    PlanColumn *columns = ARENA_ARRAY(rewrite->arena, PlanColumn, count);
    PlanNode *domain = plan_node_new(rewrite->arena, PLAN_AGGREGATE, count, columns, 1, &rows);

    domain->aggregate.key_count = count;
    domain->aggregate.keys = references->columns;
    for (uint32_t i = 0; i < count; i++)
        columns[i] = rows->columns[references->columns[i]];
    return domain;
}

static Status
check_repeatable(Rewrite *rewrite, const PlanNode *node)
{
    if (rewrite_gives_same_rows(node))
        return STATUS_OK;
    error_set(rewrite->error, STATUS_NOT_SUPPORTED,
              "a subquery of this kind over rows that are chosen freely is not supported");
    return error_hint(rewrite->error, "Put the rows into a table first.");
}

static Status
join_domain(Rewrite *rewrite, PlanNode *join)
{
    const Conditions conditions = sort_conditions(rewrite, join);
    const uint32_t width = join->children[1]->column_count;
    References references = {.columns =
                                 ARENA_ARRAY(rewrite->arena, uint32_t, join->children[0]->column_count)};
    PlanNode *right = join->children[1];
    PlanNode *asking;

    outer_map_plan(rewrite->arena, right, note_reference, &references);
    TRY(copy_left(rewrite, join, &conditions, &references, &asking));
    TRY(check_repeatable(rewrite, join->children[0]));
    const Domain domain = {.node = distinct_columns(rewrite, asking, &references),
                           .count = references.count,
                           .columns = references.columns};
    TRY(unnest_push_domain(rewrite, &domain, &right));
    set_right(rewrite, join, width, right);
    uint32_t *right_keys = ARENA_ARRAY(rewrite->arena, uint32_t, references.count);
    bool *null_safe = ARENA_ARRAY(rewrite->arena, bool, references.count);
    for (uint32_t i = 0; i < references.count; i++) {
        right_keys[i] = width + i;
        null_safe[i] = true;
    }
    join->join.key_count = references.count;
    join->join.left_keys = references.columns;
    join->join.right_keys = right_keys;
    join->join.null_safe = null_safe;
    finish(join);
    return STATUS_OK;
}

/* The join of an item of FROM that refers to none before it, and so on: each kind in turn. */
static Status
unnest(Rewrite *rewrite, PlanNode **slot)
{
    PlanNode *join = *slot;
    bool done;

    if (join->kind != PLAN_DEPENDENT_JOIN)
        return STATUS_OK;
    rewrite->changed = true;
    const Conditions conditions = sort_conditions(rewrite, join);
    const bool exists = !is_value_kind(join->join.kind) && conditions.right.count == 0;
    if (exists)
        set_right(rewrite, join, join->children[1]->column_count, without_outputs(join->children[1]));
    if (!outer_plan_refers(join->children[1], 1))
        return join_independent(rewrite, join, exists);
    TRY(try_pull(rewrite, join, exists, &done));
    if (!done)
        TRY(try_peeled(rewrite, slot, &done));
    return done ? STATUS_OK : join_domain(rewrite, join);
}

Status
rule_unnest(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, unnest);
}
