/* GROUPING SETS, ROLLUP and CUBE: an EXPAND gives each row once for every set, with NULL for the keys that
 * are not in it and the set's number, by which it is grouped as well.
 *
 * A set without keys gives a row even where there are no rows: then one more row comes in for it that no
 * aggregate counts, its arguments being NULL. */
#include "sql/bind.h"

#include <string.h>

enum { SETS_MAX = 4096, CUBE_MAX = 12, ARGUMENTS_MAX = 31 };

typedef struct SetList {
    uint32_t count;
    GroupingSet *items;
} SetList;

static Status
set_list(Binder *binder, uint64_t count, int32_t position, SetList *list)
{
    if (count > SETS_MAX)
        return error_set_at(binder->error, STATUS_TOO_COMPLEX, position,
                            "too many grouping sets present (maximum %d)", (int)SETS_MAX);
    list->count = 0;
    list->items = ARENA_ARRAY(binder->arena, GroupingSet, count);
    return STATUS_OK;
}

static bool
set_has(const GroupingSet *set, uint32_t key)
{
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->keys[i] == key)
            return true;
    }
    return false;
}

/* The keys of both, each once. */
static GroupingSet
merge_sets(Binder *binder, const GroupingSet *a, const GroupingSet *b)
{
    GroupingSet merged = {.keys = ARENA_ARRAY(binder->arena, uint32_t, a->count + b->count)};

    for (uint32_t i = 0; i < a->count + b->count; i++) {
        const uint32_t key = i < a->count ? a->keys[i] : b->keys[i - a->count];
        if (!set_has(&merged, key))
            merged.keys[merged.count++] = key;
    }
    return merged;
}

static bool
same_set(const GroupingSet *a, const GroupingSet *b)
{
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (!set_has(b, a->keys[i]))
            return false;
    }
    return true;
}

/* What the readers of elements share. */
typedef struct Elements {
    Binder *binder;
    const Scope *scope;
    const Outputs *outputs;
    Grouping *grouping;
} Elements;

static bool
is_form(const AstExpr *ast, const char *form)
{
    return ast->kind == AST_GROUPING_SET && strcmp(ast->text, form) == 0;
}

/* An expression, or a list of them in parentheses: its keys. */
static Status
read_keys(Elements *elements, const AstExpr *ast, GroupingSet *set)
{
    const bool list = is_form(ast, "row");
    const uint32_t count = list ? ast->count : 1;

    *set = (GroupingSet){.keys = ARENA_ARRAY(elements->binder->arena, uint32_t, count)};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t key;
        TRY(bind_group_key(elements->binder, list ? ast->arguments[i] : ast, elements->scope,
                           elements->outputs, elements->grouping, &key));
        if (!set_has(set, key))
            set->keys[set->count++] = key;
    }
    return STATUS_OK;
}

static Status
read_key_lists(Elements *elements, const AstExpr *ast, GroupingSet **sets)
{
    *sets = ARENA_ARRAY(elements->binder->arena, GroupingSet, ast->count);
    for (uint32_t i = 0; i < ast->count; i++)
        TRY(read_keys(elements, ast->arguments[i], &(*sets)[i]));
    return STATUS_OK;
}

/* All beginnings of the list, the longest first. */
static Status
read_rollup(Elements *elements, const AstExpr *ast, SetList *list)
{
    GroupingSet *items;
    GroupingSet prefix = {0};

    TRY(set_list(elements->binder, (uint64_t)ast->count + 1, ast->position, list));
    TRY(read_key_lists(elements, ast, &items));
    list->count = ast->count + 1;
    for (uint32_t i = 0; i < ast->count; i++) {
        prefix = merge_sets(elements->binder, &prefix, &items[i]);
        list->items[ast->count - i - 1] = prefix;
    }
    return STATUS_OK;
}

/* All subsets of the list. */
static Status
read_cube(Elements *elements, const AstExpr *ast, SetList *list)
{
    GroupingSet *items;

    if (ast->count > CUBE_MAX)
        return error_set_at(elements->binder->error, STATUS_TOO_MANY_COLUMNS, ast->position,
                            "CUBE is limited to %d elements", (int)CUBE_MAX);
    TRY(set_list(elements->binder, UINT64_C(1) << ast->count, ast->position, list));
    TRY(read_key_lists(elements, ast, &items));
    for (uint32_t mask = (UINT32_C(1) << ast->count); mask-- > 0;) {
        GroupingSet *set = &list->items[list->count++];
        for (uint32_t i = 0; i < ast->count; i++) {
            if (mask >> i & 1)
                *set = merge_sets(elements->binder, set, &items[i]);
        }
    }
    return STATUS_OK;
}

static Status read_element(Elements *elements, const AstExpr *ast, SetList *list);

static Status
read_sets(Elements *elements, const AstExpr *ast, SetList *list)
{
    SetList *parts = ARENA_ARRAY(elements->binder->arena, SetList, ast->count);
    uint64_t count = 0;

    for (uint32_t i = 0; i < ast->count; i++) {
        TRY(read_element(elements, ast->arguments[i], &parts[i]));
        count += parts[i].count;
    }
    TRY(set_list(elements->binder, count, ast->position, list));
    for (uint32_t i = 0; i < ast->count; i++) {
        for (uint32_t j = 0; j < parts[i].count; j++)
            list->items[list->count++] = parts[i].items[j];
    }
    return STATUS_OK;
}

/* One element of GROUP BY, as the sets that it stands for. */
static Status
read_element(Elements *elements, const AstExpr *ast, SetList *list)
{
    if (is_form(ast, "rollup"))
        return read_rollup(elements, ast, list);
    if (is_form(ast, "cube"))
        return read_cube(elements, ast, list);
    if (is_form(ast, "sets"))
        return read_sets(elements, ast, list);
    TRY(set_list(elements->binder, 1, ast->position, list));
    list->count = 1;
    return is_form(ast, "empty") ? STATUS_OK : read_keys(elements, ast, &list->items[0]);
}

/* Every set of the one with every set of the other. */
static Status
multiply(Binder *binder, const SetList *left, const SetList *right, int32_t position, SetList *product)
{
    TRY(set_list(binder, (uint64_t)left->count * right->count, position, product));
    for (uint32_t i = 0; i < left->count; i++) {
        for (uint32_t j = 0; j < right->count; j++)
            product->items[product->count++] = merge_sets(binder, &left->items[i], &right->items[j]);
    }
    return STATUS_OK;
}

static void
drop_repeated(SetList *list)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        bool repeated = false;
        for (uint32_t j = 0; j < kept && !repeated; j++)
            repeated = same_set(&list->items[i], &list->items[j]);
        if (!repeated)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

Status
bind_grouping_sets(Binder *binder, const AstSelect *ast, const Scope *scope, const Outputs *outputs,
                   Grouping *grouping)
{
    Elements elements = {binder, scope, outputs, grouping};
    GroupingSet nothing = {0};
    SetList all = {.count = 1, .items = &nothing};

    for (uint32_t i = 0; i < ast->group_count; i++) {
        const SetList left = all;
        SetList right;
        TRY(read_element(&elements, ast->groups[i], &right));
        TRY(multiply(binder, &left, &right, ast->groups[i]->position, &all));
    }
    if (ast->group_distinct)
        drop_repeated(&all);
    grouping->set_count = all.count;
    grouping->sets = all.items;
    return STATUS_OK;
}

/* ---- the plan ---- */

/* Columns of the rows that are grouped: keys, the set's number, whether the row counts, then arguments. */
typedef struct Expansion {
    Binder *binder;
    const Grouping *grouping;
    uint32_t projected_count; /* what is computed for each row, beside the keys */
    Expr **projected;
    uint32_t argument_count; /* arguments and filters of all aggregates */
    uint32_t **sources;      /* [argument][set]: which of those it is; direct ones differ from set to set */
    bool adds_rows;          /* for sets without keys */
} Expansion;

static uint32_t
first_argument(const Expansion *expansion)
{
    return expansion->grouping->count + 2;
}

static uint32_t
add_argument(Expansion *expansion, Expr *expr)
{
    const Grouping *grouping = expansion->grouping;
    const bool direct = bind_has_direct(expr);
    uint32_t *sources = ARENA_ARRAY(expansion->binder->arena, uint32_t, grouping->set_count);

    for (uint32_t s = 0; s < grouping->set_count; s++) {
        if (s == 0 || direct)
            expansion->projected[expansion->projected_count++] =
                bind_settle_direct(expansion->binder, grouping, &grouping->sets[s], expr);
        sources[s] = expansion->projected_count - 1;
    }
    expansion->sources[expansion->argument_count] = sources;
    return first_argument(expansion) + expansion->argument_count++;
}

/* Room for arguments and filters. */
static void
make_room(Expansion *expansion, const AggregateList *aggregates)
{
    const uint32_t count = aggregates->count * (AGGREGATE_ARGUMENTS_MAX + 1);
    uint32_t direct = 0;

    for (uint32_t i = 0; i < aggregates->count; i++) {
        const BoundAggregate *bound = &aggregates->items[i];
        for (uint32_t j = 0; j < bound->argument_count; j++)
            direct += bind_has_direct(bound->arguments[j]);
        direct += bound->filter != NULL && bind_has_direct(bound->filter);
    }
    expansion->sources = ARENA_ARRAY(expansion->binder->arena, uint32_t *, count);
    expansion->projected =
        ARENA_ARRAY(expansion->binder->arena, Expr *, count + direct * expansion->grouping->set_count);
}

/* Aggregates that take no argument, or NULLs as well, would count the added rows. */
static bool
takes_every_row(const BoundAggregate *bound)
{
    return bound->argument_count == 0 || bound->aggregate->order_dependent ||
           strstr(bound->aggregate->name, "agg") != NULL;
}

static PlanAggregateCall
make_call(const BoundAggregate *bound, Expansion *expansion)
{
    PlanAggregateCall call = {.aggregate = bound->aggregate,
                              .argument_count = bound->argument_count,
                              .filter = -1,
                              .distinct = bound->distinct,
                              .type = bound->type};

    for (uint32_t i = 0; i < bound->argument_count; i++) {
        call.arguments[i] = add_argument(expansion, bound->arguments[i]);
        call.argument_types[i] = bound->arguments[i]->type;
    }
    if (bound->filter != NULL)
        call.filter = (int32_t)add_argument(expansion, bound->filter);
    else if (expansion->adds_rows && takes_every_row(bound))
        call.filter = (int32_t)expansion->grouping->count + 1;
    return call;
}

/* Keys and arguments, each computed once a row. */
static PlanNode *
project_inputs(Binder *binder, const Expansion *expansion, PlanNode *input)
{
    const uint32_t keys = expansion->grouping->count;
    const uint32_t count = keys + expansion->projected_count;
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, count);
    const char **names = ARENA_ARRAY(binder->arena, const char *, count);

    for (uint32_t i = 0; i < count; i++) {
        exprs[i] = i < keys ? expansion->grouping->keys[i] : expansion->projected[i - keys];
        names[i] = exprs[i]->kind == EXPR_COLUMN ? input->columns[exprs[i]->column].name
                                                 : arena_format(binder->arena, "expr%u", i + 1);
    }
    return bind_project_node(binder, input, count, exprs, names);
}

static PlanColumn *
expanded_columns(Binder *binder, const Expansion *expansion, const PlanNode *inputs)
{
    const uint32_t keys = expansion->grouping->count;
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, keys + 2 + expansion->argument_count);

    memcpy(columns, inputs->columns, keys * sizeof *columns);
    columns[keys] = (PlanColumn){"grouping_set", type_of(TYPE_INT4)};
    columns[keys + 1] = (PlanColumn){"counts", type_of(TYPE_BOOL)};
    for (uint32_t i = 0; i < expansion->argument_count; i++)
        columns[keys + 2 + i] = inputs->columns[keys + expansion->sources[i][0]];
    return columns;
}

/* What a column has in one set; of those behind the keys only the arguments' counts. */
static uint32_t
source_of(const Expansion *expansion, uint32_t column, uint32_t set)
{
    const uint32_t first = first_argument(expansion);

    return column < first ? 0 : expansion->sources[column - first][set];
}

/* The columns for one set: of a row, or of one that is only there for the set. */
static Expr **
set_row(Binder *binder, const Expansion *expansion, uint32_t set, bool added, const PlanColumn *columns)
{
    const uint32_t keys = expansion->grouping->count;
    const uint32_t count = keys + 2 + expansion->argument_count;
    const int32_t number = (int32_t)set;
    const bool counts = !added;
    Expr **row = ARENA_ARRAY(binder->arena, Expr *, count);

    for (uint32_t i = 0; i < count; i++) {
        const bool missing = i < keys && !set_has(&expansion->grouping->sets[set], i);
        row[i] = missing || added ? expr_null(binder->arena, columns[i].type)
                                  : expr_column(binder->arena, columns[i].type,
                                                i < keys ? i : keys + source_of(expansion, i, set));
    }
    row[keys] = expr_constant(binder->arena, type_of(TYPE_INT4), &number);
    row[keys + 1] = expr_constant(binder->arena, type_of(TYPE_BOOL), &counts);
    return row;
}

static PlanNode *
expand_rows(Binder *binder, const Expansion *expansion, PlanNode *inputs, const PlanColumn *columns)
{
    const Grouping *grouping = expansion->grouping;
    PlanNode *node =
        plan_node_new(binder->arena, PLAN_EXPAND, first_argument(expansion) + expansion->argument_count,
                      columns, 1, &inputs);

    node->expand.set_count = grouping->set_count;
    node->expand.sets = ARENA_ARRAY(binder->arena, Expr **, grouping->set_count);
    for (uint32_t i = 0; i < grouping->set_count; i++)
        node->expand.sets[i] = set_row(binder, expansion, i, false, columns);
    return node;
}

static PlanNode *
add_rows(Binder *binder, const Expansion *expansion, PlanNode *expanded)
{
    const Grouping *grouping = expansion->grouping;
    PlanNode *values =
        plan_node_new(binder->arena, PLAN_VALUES, expanded->column_count, expanded->columns, 0, NULL);
    PlanNode *branches[] = {expanded, values};

    values->values.rows = ARENA_ARRAY(binder->arena, Expr **, grouping->set_count);
    for (uint32_t i = 0; i < grouping->set_count; i++) {
        if (grouping->sets[i].count == 0)
            values->values.rows[values->values.row_count++] =
                set_row(binder, expansion, i, true, expanded->columns);
    }
    return plan_node_new(binder->arena, PLAN_SET_OPERATION, expanded->column_count, expanded->columns, 2,
                         branches);
}

static bool
has_empty_set(const Grouping *grouping)
{
    for (uint32_t i = 0; i < grouping->set_count; i++) {
        if (grouping->sets[i].count == 0)
            return true;
    }
    return false;
}

PlanNode *
bind_grouping_sets_node(Binder *binder, PlanNode *input, const Grouping *grouping,
                        const AggregateList *aggregates)
{
    const uint32_t keys = grouping->count + 1;
    Expansion expansion = {.binder = binder, .grouping = grouping, .adds_rows = has_empty_set(grouping)};
    PlanColumn *columns = ARENA_ARRAY(binder->arena, PlanColumn, keys + aggregates->count);
    PlanAggregate aggregate = {.phase = AGGREGATE_SINGLE,
                               .key_count = keys,
                               .keys = ARENA_ARRAY(binder->arena, uint32_t, keys),
                               .key_min = ARENA_ARRAY(binder->arena, ColumnBound, keys),
                               .key_max = ARENA_ARRAY(binder->arena, ColumnBound, keys),
                               .calls = ARENA_ARRAY(binder->arena, PlanAggregateCall, aggregates->count)};

    make_room(&expansion, aggregates);
    for (uint32_t i = 0; i < aggregates->count; i++) {
        const BoundAggregate *bound = &aggregates->items[i];
        if (bound->grouping != NULL)
            continue;
        columns[keys + aggregate.call_count] = (PlanColumn){bound->aggregate->name, bound->type};
        aggregate.calls[aggregate.call_count++] = make_call(bound, &expansion);
    }
    PlanNode *rows = project_inputs(binder, &expansion, input);
    rows = expand_rows(binder, &expansion, rows, expanded_columns(binder, &expansion, rows));
    if (expansion.adds_rows)
        rows = add_rows(binder, &expansion, rows);
    for (uint32_t i = 0; i < keys; i++) {
        aggregate.keys[i] = i;
        columns[i] = rows->columns[i];
    }
    PlanNode *node =
        plan_node_new(binder->arena, PLAN_AGGREGATE, keys + aggregate.call_count, columns, 1, &rows);
    node->aggregate = aggregate;
    return node;
}

/* ---- GROUPING() ---- */

/* The nearest rows that an expression refers to: 0 for those of the place, UINT32_MAX for none. */
static uint32_t
nearest_level(const Expr *expr)
{
    uint32_t nearest = expr->kind == EXPR_OUTER ? expr->level : expr->kind == EXPR_COLUMN ? 0 : UINT32_MAX;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        const uint32_t level = nearest_level(expr->arguments[i]);
        nearest = level < nearest ? level : nearest;
    }
    return nearest;
}

/* Like an aggregate it belongs to the nearest query whose rows its arguments refer to. */
static Status
find_owner(Binder *binder, const ExprPlace *place, const AstExpr *ast, BoundAggregate *bound, uint32_t *level,
           const ExprPlace **owner)
{
    *level = UINT32_MAX;
    for (uint32_t i = 0; i < ast->count; i++) {
        const uint32_t nearest = nearest_level(bound->grouping_arguments[i]);
        *level = nearest < *level ? nearest : *level;
    }
    *level = *level == UINT32_MAX ? 0 : *level;
    for (uint32_t i = 0; i < ast->count; i++)
        bound->grouping_arguments[i] = bind_lower_outer(binder, bound->grouping_arguments[i], *level);
    *owner = bind_outer_place(binder, place, *level);
    if ((*owner)->aggregates != NULL)
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_GROUPING, ast->position,
                        (*owner)->in_aggregate ? "grouping operations cannot be nested in aggregate functions"
                                               : "grouping operations are not allowed in %s",
                        (*owner)->clause);
}

Status
bind_grouping(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const ExprPlace inner = {.clause = place->clause, .scope = place->scope, .in_aggregate = true};
    BoundAggregate bound = {.grouping = ast, .type = type_of(TYPE_INT4)};
    const ExprPlace *owner;
    uint32_t level;

    if (ast->count > ARGUMENTS_MAX)
        return error_set_at(binder->error, STATUS_TOO_MANY_ARGUMENTS, ast->position,
                            "GROUPING must have fewer than 32 arguments");
    bound.grouping_arguments = ARENA_ARRAY(binder->arena, Expr *, ast->count);
    for (uint32_t i = 0; i < ast->count; i++)
        TRY(bind_expr(binder, &inner, ast->arguments[i], &bound.grouping_arguments[i]));
    TRY(find_owner(binder, place, ast, &bound, &level, &owner));
    const uint32_t column = AGGREGATE_BASE + bind_add_aggregate(binder, owner->aggregates, &bound);
    *expr = level == 0 ? expr_column(binder->arena, bound.type, column)
                       : expr_outer(binder->arena, bound.type, level, column);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

static Status
find_key(Binder *binder, const Grouping *grouping, const Expr *argument, uint32_t *key)
{
    for (*key = 0; *key < grouping->count; ++*key) {
        if (expr_equal(grouping->keys[*key], argument))
            return STATUS_OK;
    }
    return error_set_at(binder->error, STATUS_GROUPING, argument->position,
                        "arguments to GROUPING must be grouping expressions of the associated query level");
}

/* CASE WHEN the set is one of those without the key THEN bit ELSE 0 END. */
static Expr *
missing_bit(Binder *binder, const Grouping *grouping, uint32_t key, int32_t bit)
{
    const Type type = type_of(TYPE_INT4);
    const int32_t zero = 0;
    Expr **sets = ARENA_ARRAY(binder->arena, Expr *, grouping->set_count + 1);
    uint32_t count = 0;

    sets[count++] = expr_column(binder->arena, type, grouping->count);
    for (uint32_t i = 0; i < grouping->set_count; i++) {
        const int32_t number = (int32_t)i;
        if (!set_has(&grouping->sets[i], key))
            sets[count++] = expr_constant(binder->arena, type, &number);
    }
    if (count == 1)
        return expr_constant(binder->arena, type, &zero);
    Expr *arms[] = {expr_form(binder->arena, EXPR_IN, type_of(TYPE_BOOL), count, sets),
                    expr_constant(binder->arena, type, &bit), expr_constant(binder->arena, type, &zero)};
    return expr_form(binder->arena, EXPR_CASE, type, 3, arms);
}

Status
bind_grouping_value(Binder *binder, const Grouping *grouping, const BoundAggregate *bound, Expr **expr)
{
    const uint32_t count = bound->grouping->count;
    const int32_t zero = 0;
    uint32_t key;

    *expr = expr_constant(binder->arena, type_of(TYPE_INT4), &zero);
    for (uint32_t i = 0; i < count; i++) {
        TRY(find_key(binder, grouping, bound->grouping_arguments[i], &key));
        if (grouping->set_count < 2)
            continue;
        Expr *bit = missing_bit(binder, grouping, key, INT32_C(1) << (count - 1 - i));
        Expr *both[] = {*expr, bit};
        if (i == 0)
            *expr = bit;
        else
            TRY(bind_operator(binder, "+", 0, 2, both, expr));
    }
    return STATUS_OK;
}
