/* GROUP BY a primary key: the other columns of its table have one value in each group.
 *
 * The key is recorded and not enforced: should a group have several values after all, the least one is taken,
 * as any_value() does. */
#include "plan/outer.h"
#include "sql/bind.h"

#include <string.h>

static bool
is_in_every_set(const Grouping *grouping, uint32_t key)
{
    for (uint32_t s = 0; s < grouping->set_count; s++) {
        const GroupingSet *set = &grouping->sets[s];
        bool found = false;
        for (uint32_t i = 0; i < set->count && !found; i++)
            found = set->keys[i] == key;
        if (!found)
            return false;
    }
    return true;
}

static bool
is_grouped(const Grouping *grouping, uint32_t column)
{
    for (uint32_t i = 0; i < grouping->count; i++) {
        const Expr *key = grouping->keys[i];
        if (key->kind == EXPR_COLUMN && key->column == column && is_in_every_set(grouping, i))
            return true;
    }
    return false;
}

/* Whether the table has a primary key, all of which is among the keys. */
static bool
is_determined(const Grouping *grouping, const ScopeTable *table)
{
    bool any = false;

    for (uint32_t i = 0; table->base != NULL && i < table->column_count; i++) {
        if (!table->base->columns[i].in_primary_key)
            continue;
        any = true;
        if (!is_grouped(grouping, table->columns[i].index))
            return false;
    }
    return any;
}

static const ScopeTable *
find_table(const Scope *scope, uint32_t column)
{
    for (uint32_t t = 0; t < scope->table_count; t++) {
        for (uint32_t i = 0; i < scope->tables[t].column_count; i++) {
            if (scope->tables[t].columns[i].index == column)
                return &scope->tables[t];
        }
    }
    return NULL;
}

static bool
is_noted(const Grouping *grouping, uint32_t column)
{
    for (uint32_t i = 0; i < grouping->dependent_count; i++) {
        if (grouping->dependents[i].column == column)
            return true;
    }
    return false;
}

static void
add_dependent(Binder *binder, Grouping *grouping, GroupDependent dependent)
{
    const uint32_t count = grouping->dependent_count;
    GroupDependent *grown = ARENA_ARRAY(binder->arena, GroupDependent, count + 1);

    if (count > 0)
        memcpy(grown, grouping->dependents, count * sizeof *grown);
    grown[count] = dependent;
    grouping->dependents = grown;
    grouping->dependent_count = count + 1;
}

/* A column that is determined becomes an aggregate; of any other one bind_regroup() will say what is wrong.
 */
static Status
note_column(Binder *binder, const Scope *scope, Grouping *grouping, const Expr *column)
{
    const ScopeTable *table = find_table(scope, column->column);
    BoundAggregate bound = {.argument_count = 1, .position = column->position};
    Type types[1] = {column->type};

    if (table == NULL || is_noted(grouping, column->column) || !is_determined(grouping, table))
        return STATUS_OK;
    TRY(aggregate_resolve("any_value", 1, types, &bound.aggregate, &bound.type, binder->error));
    bound.arguments[0] = expr_column(binder->arena, column->type, column->column);
    const uint32_t aggregate = bind_add_aggregate(binder, grouping->aggregates, &bound);
    add_dependent(binder, grouping, (GroupDependent){column->column, aggregate});
    return STATUS_OK;
}

typedef struct Noting {
    Binder *binder;
    const Scope *scope;
    Grouping *grouping;
    Status status;
} Noting;

/* A subquery's reference to the rows that are grouped; it stays as it is. */
static Expr *
note_reference(void *context, Expr *outer, uint32_t depth)
{
    Noting *noting = context;
    Expr *column = expr_column(noting->binder->arena, outer->type, outer->column);
    uint32_t key;

    column->position = outer->position;
    if (outer->level - depth == 1 && outer->column < RESULT_BASE && noting->status == STATUS_OK &&
        !bind_find_key(noting->binder, noting->grouping, column, &key))
        noting->status = note_column(noting->binder, noting->scope, noting->grouping, column);
    return outer;
}

static Status
note_subquery(Binder *binder, const Scope *scope, Grouping *grouping, const BoundSubquery *subquery)
{
    Noting noting = {binder, scope, grouping, STATUS_OK};

    if (subquery == NULL)
        return STATUS_OK;
    outer_map_plan(binder->arena, subquery->plan, note_reference, &noting);
    TRY(noting.status);
    if (subquery->condition != NULL)
        TRY(bind_note_dependents(binder, scope, grouping, subquery->condition));
    return subquery->guard == NULL ? STATUS_OK
                                   : bind_note_dependents(binder, scope, grouping, subquery->guard);
}

Status
bind_note_dependents(Binder *binder, const Scope *scope, Grouping *grouping, const Expr *expr)
{
    uint32_t key;

    if (bind_find_key(binder, grouping, expr, &key) || bind_is_direct(expr))
        return STATUS_OK;
    if (expr->kind == EXPR_COLUMN && expr->column < RESULT_BASE)
        return note_column(binder, scope, grouping, expr);
    if (expr->kind == EXPR_COLUMN)
        return note_subquery(binder, scope, grouping, bind_find_subquery(grouping->subqueries, expr->column));
    for (uint32_t i = 0; i < expr->argument_count; i++)
        TRY(bind_note_dependents(binder, scope, grouping, expr->arguments[i]));
    return STATUS_OK;
}
