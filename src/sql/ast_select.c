/* SELECT, VALUES and FROM of libpg_query's tree → AstSelect, AstFrom. */
#include "sql/ast_read.h"

#include <string.h>

/* ORDER BY x USING >: the operators that sort are those of ASC and DESC. */
static void
read_sort_operator(const AstReader *reader, const JsonNode *list, AstSort *sort)
{
    uint32_t count;
    const char *const *names = read_names(reader, list, &count);
    const char *name = count > 0 ? names[count - 1] : "";

    sort->descending = strcmp(name, ">") == 0;
    if (!sort->descending && strcmp(name, "<") != 0)
        sort->misused = name;
}

AstSort *
read_sorts(AstReader *reader, const JsonNode *array, uint32_t *count)
{
    AstSort *sorts = ARENA_ARRAY(reader->arena, AstSort, json_count(reader->json, array) + 1);

    *count = 0;
    for (const JsonNode *node = json_first(reader->json, array); node != NULL;
         node = json_next(reader->json, node)) {
        const JsonNode *body = read_body(reader, node);
        const JsonNode *direction = read_field(reader, body, "sortby_dir");
        const JsonNode *nulls = read_field(reader, body, "sortby_nulls");
        AstSort *sort = &sorts[(*count)++];
        sort->expr = read_expr(reader, read_field(reader, body, "node"));
        sort->descending = json_string_is(reader->json, direction, "SORTBY_DESC");
        if (json_string_is(reader->json, direction, "SORTBY_USING"))
            read_sort_operator(reader, read_field(reader, body, "useOp"), sort);
        sort->nulls_first = sort->descending;
        if (json_string_is(reader->json, nulls, "SORTBY_NULLS_FIRST"))
            sort->nulls_first = true;
        else if (json_string_is(reader->json, nulls, "SORTBY_NULLS_LAST"))
            sort->nulls_first = false;
    }
    return sorts;
}

static void
read_alias(AstReader *reader, const JsonNode *body, AstFrom *from)
{
    const JsonNode *alias = read_field(reader, body, "alias");

    from->alias = read_text(reader, alias, "aliasname");
    from->column_aliases =
        read_names(reader, read_field(reader, alias, "colnames"), &from->column_alias_count);
}

static void
read_from_relation(AstReader *reader, const JsonNode *body, AstFrom *from)
{
    from->kind = AST_FROM_RELATION;
    from->schema = read_text(reader, body, "schemaname");
    from->name = read_text(reader, body, "relname");
    read_alias(reader, body, from);
}

static void
read_from_subquery(AstReader *reader, const JsonNode *body, AstFrom *from)
{
    const JsonNode *subquery = read_body(reader, read_field(reader, body, "subquery"));

    from->kind = AST_FROM_SUBQUERY;
    from->lateral = read_flag(reader, body, "lateral");
    from->select = read_select(reader, subquery);
    read_alias(reader, body, from);
}

static void
read_from_join(AstReader *reader, const JsonNode *body, AstFrom *from)
{
    const JsonNode *kind = read_field(reader, body, "jointype");

    from->kind = AST_FROM_JOIN;
    from->join = JOIN_INNER;
    if (json_string_is(reader->json, kind, "JOIN_LEFT"))
        from->join = JOIN_LEFT;
    else if (json_string_is(reader->json, kind, "JOIN_RIGHT"))
        from->join = JOIN_RIGHT;
    else if (json_string_is(reader->json, kind, "JOIN_FULL"))
        from->join = JOIN_FULL;
    from->natural = read_flag(reader, body, "isNatural");
    from->left = read_from(reader, read_field(reader, body, "larg"));
    from->right = read_from(reader, read_field(reader, body, "rarg"));
    from->using_names = read_names(reader, read_field(reader, body, "usingClause"), &from->using_count);
    from->using_alias = read_text(reader, read_field(reader, body, "join_using_alias"), "aliasname");
    from->condition = read_expr(reader, read_field(reader, body, "quals"));
    read_alias(reader, body, from);
}

/* AS t (a int, b text) */
static void
read_definitions(AstReader *reader, const JsonNode *list, AstFrom *from)
{
    AstColumn *columns = ARENA_ARRAY(reader->arena, AstColumn, json_count(reader->json, list) + 1);

    for (const JsonNode *node = json_first(reader->json, list); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node))
        columns[from->definition_count++] = read_table_column(reader, read_body(reader, node));
    from->definitions = columns;
}

/* `functions` is a list of lists of a call and its column definitions. */
static void
read_from_function(AstReader *reader, const JsonNode *body, AstFrom *from)
{
    const JsonNode *first = json_first(reader->json, read_field(reader, body, "functions"));
    const JsonNode *items = read_field(reader, read_body(reader, first), "items");
    const AstExpr *call = read_expr(reader, json_first(reader->json, items));

    from->kind = AST_FROM_FUNCTION;
    from->position = call == NULL ? 0 : call->position;
    from->name = call != NULL && call->kind == AST_FUNCTION ? call->text : NULL;
    from->ordinality = read_flag(reader, body, "ordinality");
    if (json_count(reader->json, read_field(reader, body, "functions")) == 1)
        from->call = call;
    read_definitions(reader, read_field(reader, body, "coldeflist"), from);
    read_alias(reader, body, from);
}

const AstFrom *
read_from(AstReader *reader, const JsonNode *node)
{
    static const struct {
        const char *kind;
        void (*read)(AstReader *reader, const JsonNode *body, AstFrom *from);
    } readers[] = {{"RangeVar", read_from_relation},
                   {"RangeSubselect", read_from_subquery},
                   {"JoinExpr", read_from_join},
                   {"RangeFunction", read_from_function}};
    const JsonNode *body = read_body(reader, node);
    AstFrom *from = ARENA_NEW(reader->arena, AstFrom);

    from->kind = AST_FROM_UNSUPPORTED;
    if (!json_key_is(reader->json, body, "RangeSubselect") && !json_key_is(reader->json, body, "JoinExpr"))
        from->position = read_position(reader, body); /* those two have none */
    from->name =
        json_key_is(reader->json, body, "RangeTableSample") ? "TABLESAMPLE" : "this kind of FROM item";
    if (!read_enter(reader, from->position))
        return from;
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (json_key_is(reader->json, body, readers[i].kind))
            readers[i].read(reader, body, from);
    }
    read_leave(reader);
    return from;
}

static const AstSearch *
read_search(AstReader *reader, const JsonNode *clause)
{
    AstSearch *search = ARENA_NEW(reader->arena, AstSearch);

    if (clause == NULL)
        return NULL;
    search->position = read_position(reader, clause);
    search->breadth_first = read_flag(reader, clause, "search_breadth_first");
    search->columns =
        read_names(reader, read_field(reader, clause, "search_col_list"), &search->column_count);
    search->sequence = read_text(reader, clause, "search_seq_column");
    return search;
}

static const AstCycle *
read_cycle(AstReader *reader, const JsonNode *clause)
{
    AstCycle *cycle = ARENA_NEW(reader->arena, AstCycle);

    if (clause == NULL)
        return NULL;
    cycle->position = read_position(reader, clause);
    cycle->columns = read_names(reader, read_field(reader, clause, "cycle_col_list"), &cycle->column_count);
    cycle->mark = read_text(reader, clause, "cycle_mark_column");
    cycle->value = read_expr(reader, read_field(reader, clause, "cycle_mark_value"));
    cycle->otherwise = read_expr(reader, read_field(reader, clause, "cycle_mark_default"));
    cycle->path = read_text(reader, clause, "cycle_path_column");
    return cycle;
}

void
read_ctes(AstReader *reader, const JsonNode *body, AstSelect *select)
{
    const JsonNode *with = read_field(reader, body, "withClause");
    const JsonNode *list = read_field(reader, with, "ctes");
    AstCte *ctes = ARENA_ARRAY(reader->arena, AstCte, json_count(reader->json, list) + 1);

    select->recursive = read_flag(reader, with, "recursive");
    for (const JsonNode *node = json_first(reader->json, list); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node)) {
        const JsonNode *cte_body = read_body(reader, node);
        const JsonNode *query = read_field(reader, cte_body, "ctequery");
        AstCte *cte = &ctes[select->cte_count++];
        cte->name = read_text(reader, cte_body, "ctename");
        cte->position = read_position(reader, cte_body);
        cte->column_aliases =
            read_names(reader, read_field(reader, cte_body, "aliascolnames"), &cte->column_alias_count);
        const JsonNode *materialized = read_field(reader, cte_body, "ctematerialized");
        if (json_string_is(reader->json, materialized, "CTEMaterializeAlways"))
            cte->materialized = AST_MATERIALIZED;
        else if (json_string_is(reader->json, materialized, "CTEMaterializeNever"))
            cte->materialized = AST_NOT_MATERIALIZED;
        cte->search = read_search(reader, read_field(reader, cte_body, "search_clause"));
        cte->cycle = read_cycle(reader, read_field(reader, cte_body, "cycle_clause"));
        if (!read_is(reader, query, "SelectStmt"))
            read_refuse(reader, STATUS_NOT_SUPPORTED, cte->position,
                        "statements that change data are not supported in WITH");
        else
            cte->select = read_select(reader, read_body(reader, query));
    }
    select->ctes = ctes;
}

const AstTarget *
read_targets(AstReader *reader, const JsonNode *list, uint32_t *count)
{
    AstTarget *targets = ARENA_ARRAY(reader->arena, AstTarget, json_count(reader->json, list) + 1);

    *count = 0;
    for (const JsonNode *node = json_first(reader->json, list); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node)) {
        const JsonNode *body = read_body(reader, node);
        AstTarget *target = &targets[(*count)++];
        target->expr = read_expr(reader, read_field(reader, body, "val"));
        target->name = read_text(reader, body, "name");
        target->position = read_position(reader, body);
    }
    return targets;
}

const AstFrom *
read_from_target(AstReader *reader, const JsonNode *body)
{
    AstFrom *from = ARENA_NEW(reader->arena, AstFrom);

    from->position = read_position(reader, body);
    read_from_relation(reader, body, from);
    return from;
}

void
read_from_list(AstReader *reader, const JsonNode *list, const AstFrom *first, AstSelect *select)
{
    const AstFrom **items = ARENA_ARRAY(reader->arena, const AstFrom *, json_count(reader->json, list) + 2);

    if (first != NULL)
        items[select->from_count++] = first;

    for (const JsonNode *node = json_first(reader->json, list); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node))
        items[select->from_count++] = read_from(reader, node);
    select->from = items;
}

static void
read_values(AstReader *reader, const JsonNode *list, AstSelect *select)
{
    const uint32_t count = json_count(reader->json, list);
    const AstExpr *const **rows = ARENA_ARRAY(reader->arena, const AstExpr *const *, count + 1);
    uint32_t *widths = ARENA_ARRAY(reader->arena, uint32_t, count + 1);

    for (const JsonNode *node = json_first(reader->json, list); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node)) {
        const JsonNode *items = read_field(reader, read_body(reader, node), "items");
        rows[select->row_count] = read_exprs(reader, items, &widths[select->row_count]);
        select->row_count++;
    }
    select->rows = rows;
    select->row_widths = widths;
    select->row_width = select->row_count > 0 ? widths[0] : 0;
}

static void
read_distinct(AstReader *reader, const JsonNode *list, AstSelect *select)
{
    const JsonNode *first = json_first(reader->json, list);

    if (list == NULL)
        return;
    select->distinct = true;
    if (read_body(reader, first) != NULL) /* plain DISTINCT is a list of one empty item */
        select->distinct_on = read_exprs(reader, list, &select->distinct_on_count);
}

/* What SELECT can have and the binder cannot yet do. */
static void
note_unsupported(AstReader *reader, const JsonNode *body, AstSelect *select)
{
    if (read_field(reader, body, "lockingClause") != NULL)
        select->unsupported = "FOR UPDATE and FOR SHARE";
    const JsonNode *into = read_field(reader, body, "intoClause");
    if (into != NULL && into != reader->into)
        read_refuse(reader, STATUS_SYNTAX, read_position(reader, read_field(reader, into, "rel")),
                    "SELECT ... INTO is not allowed here");
}

static void
read_set_operation(AstReader *reader, const JsonNode *body, AstSelect *select)
{
    const JsonNode *operation = read_field(reader, body, "op");

    if (json_string_is(reader->json, operation, "SETOP_UNION"))
        select->set_operation = AST_SET_UNION;
    else if (json_string_is(reader->json, operation, "SETOP_INTERSECT"))
        select->set_operation = AST_SET_INTERSECT;
    else if (json_string_is(reader->json, operation, "SETOP_EXCEPT"))
        select->set_operation = AST_SET_EXCEPT;
    else
        return;
    select->all = read_flag(reader, body, "all");
    select->left = read_select(reader, read_field(reader, body, "larg"));
    select->right = read_select(reader, read_field(reader, body, "rarg"));
}

const AstSelect *
read_select(AstReader *reader, const JsonNode *body)
{
    AstSelect *select = ARENA_NEW(reader->arena, AstSelect);

    if (!read_enter(reader, 0))
        return select;
    read_ctes(reader, body, select);
    read_distinct(reader, read_field(reader, body, "distinctClause"), select);
    select->targets = read_targets(reader, read_field(reader, body, "targetList"), &select->target_count);
    read_from_list(reader, read_field(reader, body, "fromClause"), NULL, select);
    select->where = read_expr(reader, read_field(reader, body, "whereClause"));
    select->groups = read_groups(reader, read_field(reader, body, "groupClause"), &select->group_count);
    select->group_distinct = read_flag(reader, body, "groupDistinct");
    select->having = read_expr(reader, read_field(reader, body, "havingClause"));
    select->windows = read_windows(reader, read_field(reader, body, "windowClause"), &select->window_count);
    read_values(reader, read_field(reader, body, "valuesLists"), select);
    select->sorts = read_sorts(reader, read_field(reader, body, "sortClause"), &select->sort_count);
    select->limit = read_expr(reader, read_field(reader, body, "limitCount"));
    select->offset = read_expr(reader, read_field(reader, body, "limitOffset"));
    select->with_ties =
        json_string_is(reader->json, read_field(reader, body, "limitOption"), "LIMIT_OPTION_WITH_TIES");
    read_set_operation(reader, body, select);
    note_unsupported(reader, body, select);
    read_leave(reader);
    return select;
}
