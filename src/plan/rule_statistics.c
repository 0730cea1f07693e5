/* count, min and max over a whole table are in the catalog already. */
#include "plan/rule.h"
#include "plan/walk.h"

#include "plan/estimate.h"
#include "store/catalog.h"

#include <string.h>

/* The table whose every row the node passes on; NULL where there is none. */
static const TableInfo *
whole_table(const PlanNode *node)
{
    while (node->kind == PLAN_PROJECT)
        node = node->children[0];
    return node->kind == PLAN_SCAN && node->scan.filter_count == 0 ? node->scan.table : NULL;
}

static Expr *
count_value(Rewrite *rewrite, const PlanAggregateCall *call, uint64_t count)
{
    const int64_t value = (int64_t)count;

    return type_layout(call->type) == LAYOUT_I64 ? expr_constant(rewrite->arena, call->type, &value) : NULL;
}

static Expr *
bound_value(Rewrite *rewrite, Type type, const ColumnBound *bound)
{
    union {
        uint8_t boolean;
        int32_t narrow;
        int64_t wide;
        double real;
        Int128 widest;
        StringView view;
    } value;

    if (!bound->known || !bound->exact)
        return NULL;
    switch (type_layout(type)) {
    case LAYOUT_BOOL: value.boolean = bound->integer != 0; break;
    case LAYOUT_I32: value.narrow = (int32_t)bound->integer; break;
    case LAYOUT_I64: value.wide = (int64_t)bound->integer; break;
    case LAYOUT_I128: value.widest = bound->integer; break;
    case LAYOUT_F64: value.real = bound->real; break;
    case LAYOUT_VIEW: value.view = string_view(bound->text.data, bound->text.size); break;
    default: return NULL;
    }
    return expr_constant(rewrite->arena, type, &value);
}

/* Statistics that cover each row of the table and no others: tablets from before a column was added have none
 * of it, deleted rows are in them. */
static bool
is_complete(const TableInfo *table, const ColumnStatistics *statistics)
{
    return statistics != NULL && table->deleted == 0 && statistics->rows == table->rows;
}

static Expr *
extreme_value(Rewrite *rewrite, const PlanAggregateCall *call, const ColumnStatistics *statistics, bool least)
{
    if (!type_equal(call->type, call->argument_types[0]) || statistics->has_nan)
        return NULL;
    if (statistics->nulls == statistics->rows)
        return expr_null(rewrite->arena, call->type);
    return bound_value(rewrite, call->type, least ? &statistics->min : &statistics->max);
}

static Expr *
call_value(Rewrite *rewrite, const PlanNode *node, const TableInfo *table, const PlanAggregateCall *call)
{
    const char *name = call->aggregate->name;

    if (call->filter >= 0 || (call->distinct && !call->aggregate->ignores_duplicates))
        return NULL;
    if (strcmp(name, "count") == 0 && call->argument_count == 0)
        return count_value(rewrite, call, table->rows);
    if (call->argument_count != 1)
        return NULL;
    const ColumnStatistics *statistics = estimate_column(node->children[0], call->arguments[0]);
    if (!is_complete(table, statistics))
        return NULL;
    if (strcmp(name, "count") == 0)
        return count_value(rewrite, call, statistics->rows - statistics->nulls);
    if (strcmp(name, "min") == 0 || strcmp(name, "max") == 0)
        return extreme_value(rewrite, call, statistics, name[1] == 'i');
    return NULL;
}

static Status
answer(Rewrite *rewrite, PlanNode **slot)
{
    const PlanNode *node = *slot;

    if (node->kind != PLAN_AGGREGATE || node->aggregate.key_count > 0 || node->aggregate.call_count == 0)
        return STATUS_OK;
    const TableInfo *table = whole_table(node->children[0]);
    if (table == NULL)
        return STATUS_OK;
    Expr **row = ARENA_ARRAY(rewrite->arena, Expr *, node->column_count);
    for (uint32_t i = 0; i < node->column_count; i++) {
        row[i] = call_value(rewrite, node, table, &node->aggregate.calls[i]);
        if (row[i] == NULL)
            return STATUS_OK;
    }
    PlanNode *values = plan_node_new(rewrite->arena, PLAN_VALUES, node->column_count, node->columns, 0, NULL);
    values->values.row_count = 1;
    values->values.rows = ARENA_ARRAY(rewrite->arena, Expr **, 1);
    values->values.rows[0] = row;
    *slot = values;
    rewrite->changed = true;
    return STATUS_OK;
}

Status
rule_aggregates_from_statistics(Rewrite *rewrite, PlanNode **root)
{
    return rewrite_nodes(rewrite, root, answer);
}
