/* Expressions of libpg_query's tree → AstExpr: a table of node kinds, one reader each. */
#include "sql/ast_read.h"

#include <string.h>

static AstExpr *
new_expr(const AstReader *reader, AstExprKind kind, const JsonNode *body)
{
    AstExpr *expr = ARENA_NEW(reader->arena, AstExpr);

    expr->kind = kind;
    expr->position = read_position(reader, body);
    return expr;
}

static AstExpr *
unsupported(const AstReader *reader, const JsonNode *body, const char *construct)
{
    AstExpr *expr = new_expr(reader, AST_UNSUPPORTED, body);

    expr->text = construct;
    return expr;
}

static void
set_arguments(const AstReader *reader, AstExpr *expr, uint32_t count, const AstExpr *const *arguments)
{
    const AstExpr **copy = ARENA_ARRAY(reader->arena, const AstExpr *, count + 1);

    memcpy(copy, arguments, count * sizeof *copy);
    expr->count = count;
    expr->arguments = copy;
}

const AstExpr *const *
read_exprs(AstReader *reader, const JsonNode *array, uint32_t *count)
{
    *count = json_count(reader->json, array);

    const AstExpr **exprs = ARENA_ARRAY(reader->arena, const AstExpr *, *count + 1);
    uint32_t i = 0;
    for (const JsonNode *node = json_first(reader->json, array); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node))
        exprs[i++] = read_expr(reader, node);
    return exprs;
}

static AstExpr *
read_constant(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = new_expr(reader, AST_NULL, body);
    const JsonNode *value;

    if ((value = read_field(reader, body, "ival")) != NULL) {
        expr->kind = AST_INTEGER;
        expr->integer = read_signed(reader, value, body);
    } else if ((value = read_field(reader, body, "fval")) != NULL) {
        expr->kind = AST_DECIMAL;
        expr->text = read_text(reader, value, "fval");
    } else if ((value = read_field(reader, body, "sval")) != NULL) {
        expr->kind = AST_STRING;
        expr->text = read_text(reader, value, "sval");
        if (expr->text == NULL)
            expr->text = "";
    } else if ((value = read_field(reader, body, "boolval")) != NULL) {
        expr->kind = AST_BOOLEAN;
        expr->flag = read_flag(reader, value, "boolval");
    } else if (read_field(reader, body, "bsval") != NULL) {
        return unsupported(reader, body, "bit string constants");
    }
    return expr;
}

static AstExpr *
read_column(AstReader *reader, const JsonNode *body)
{
    const JsonNode *fields = read_field(reader, body, "fields");
    AstExpr *expr = new_expr(reader, AST_COLUMN, body);

    for (const JsonNode *field = json_first(reader->json, fields); field != NULL;
         field = json_next(reader->json, field)) {
        if (read_is(reader, field, "A_Star"))
            expr->kind = AST_STAR;
    }
    expr->names = read_names(reader, fields, &expr->name_count);
    if (expr->kind == AST_STAR)
        expr->name_count--;
    return expr;
}

static AstExpr *
read_parameter(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = new_expr(reader, AST_PARAMETER, body);

    expr->integer = read_parameter_number(reader, body);
    return expr;
}

static const char *
last_name(const AstReader *reader, const JsonNode *array)
{
    uint32_t count;
    const char *const *names = read_names(reader, array, &count);

    return count == 0 ? "" : names[count - 1];
}

/* lexpr and the items of the rexpr list, as one list of arguments. */
static void
set_list_arguments(AstReader *reader, AstExpr *expr, const JsonNode *body)
{
    const JsonNode *list = read_field(reader, read_body(reader, read_field(reader, body, "rexpr")), "items");
    uint32_t count;
    const AstExpr *left = read_expr(reader, read_field(reader, body, "lexpr"));
    const AstExpr *const *items = read_exprs(reader, list, &count);
    const AstExpr **all = ARENA_ARRAY(reader->arena, const AstExpr *, count + 1);

    all[0] = left;
    memcpy(all + 1, items, count * sizeof *all);
    expr->count = count + 1;
    expr->arguments = all;
}

static void
set_sides(AstReader *reader, AstExpr *expr, const JsonNode *body)
{
    const AstExpr *sides[2];
    uint32_t count = 0;

    if (read_field(reader, body, "lexpr") != NULL)
        sides[count++] = read_expr(reader, read_field(reader, body, "lexpr"));
    sides[count++] = read_expr(reader, read_field(reader, body, "rexpr"));
    set_arguments(reader, expr, count, sides);
}

typedef struct OperatorForm {
    const char *kind;
    AstExprKind expr;
    bool flag;
    bool list;
} OperatorForm;

static const OperatorForm operator_forms[] = {
    {"AEXPR_OP", AST_OPERATOR, false, false},
    {"AEXPR_OP_ANY", AST_QUANTIFIED, false, false},
    {"AEXPR_OP_ALL", AST_QUANTIFIED, true, false},
    {"AEXPR_LIKE", AST_OPERATOR, false, false},
    {"AEXPR_ILIKE", AST_OPERATOR, false, false},
    {"AEXPR_SIMILAR", AST_OPERATOR, false, false},
    {"AEXPR_DISTINCT", AST_DISTINCT, false, false},
    {"AEXPR_NOT_DISTINCT", AST_DISTINCT, true, false},
    {"AEXPR_NULLIF", AST_NULLIF, false, false},
    {"AEXPR_IN", AST_IN, false, true},
    {"AEXPR_BETWEEN", AST_BETWEEN, false, true},
    {"AEXPR_NOT_BETWEEN", AST_BETWEEN, true, true},
    {"AEXPR_BETWEEN_SYM", AST_BETWEEN_SYMMETRIC, false, true},
    {"AEXPR_NOT_BETWEEN_SYM", AST_BETWEEN_SYMMETRIC, true, true},
};

static AstExpr *
read_operator(AstReader *reader, const JsonNode *body)
{
    const JsonNode *kind = read_field(reader, body, "kind");
    const OperatorForm *form = NULL;

    for (size_t i = 0; i < sizeof operator_forms / sizeof operator_forms[0]; i++) {
        if (json_string_is(reader->json, kind, operator_forms[i].kind))
            form = &operator_forms[i];
    }
    if (form == NULL)
        return unsupported(reader, body, "this operator");

    AstExpr *expr = new_expr(reader, form->expr, body);
    expr->flag = form->flag;
    expr->text = last_name(reader, read_field(reader, body, "name"));
    if (form->expr == AST_IN)
        expr->flag = strcmp(expr->text, "<>") == 0;
    if (form->list)
        set_list_arguments(reader, expr, body);
    else
        set_sides(reader, expr, body);
    return expr;
}

static AstExpr *
read_boolean(AstReader *reader, const JsonNode *body)
{
    const JsonNode *kind = read_field(reader, body, "boolop");
    AstExpr *expr = new_expr(reader, AST_NOT, body);

    if (json_string_is(reader->json, kind, "AND_EXPR"))
        expr->kind = AST_AND;
    else if (json_string_is(reader->json, kind, "OR_EXPR"))
        expr->kind = AST_OR;
    expr->arguments = read_exprs(reader, read_field(reader, body, "args"), &expr->count);
    return expr;
}

static AstExpr *
read_one_argument(AstReader *reader, const JsonNode *body, AstExprKind kind)
{
    AstExpr *expr = new_expr(reader, kind, body);
    const AstExpr *argument = read_expr(reader, read_field(reader, body, "arg"));

    set_arguments(reader, expr, 1, &argument);
    return expr;
}

static AstExpr *
read_null_test(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = read_one_argument(reader, body, AST_IS);

    expr->text = json_string_is(reader->json, read_field(reader, body, "nulltesttype"), "IS_NOT_NULL")
                     ? "is_not_null"
                     : "is_null";
    return expr;
}

static AstExpr *
read_boolean_test(AstReader *reader, const JsonNode *body)
{
    static const char *const names[][2] = {
        {"IS_TRUE", "is_true"},       {"IS_NOT_TRUE", "is_not_true"},
        {"IS_FALSE", "is_false"},     {"IS_NOT_FALSE", "is_not_false"},
        {"IS_UNKNOWN", "is_unknown"}, {"IS_NOT_UNKNOWN", "is_not_unknown"}};
    AstExpr *expr = read_one_argument(reader, body, AST_IS);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (json_string_is(reader->json, read_field(reader, body, "booltesttype"), names[i][0]))
            expr->text = names[i][1];
    }
    return expr;
}

static AstExpr *
read_cast(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = read_one_argument(reader, body, AST_CAST);

    expr->type = read_type(reader, read_field(reader, body, "typeName"));
    if (expr->position == 0 && expr->type != NULL) /* DATE '…' */
        expr->position = expr->type->position;
    return expr;
}

static AstExpr *
read_case(AstReader *reader, const JsonNode *body)
{
    const JsonNode *arms = read_field(reader, body, "args");
    const uint32_t count = 2 + 2 * json_count(reader->json, arms);
    AstExpr *expr = new_expr(reader, AST_CASE, body);
    const AstExpr **arguments = ARENA_ARRAY(reader->arena, const AstExpr *, count);
    uint32_t i = 0;

    arguments[i++] = read_expr(reader, read_field(reader, body, "arg"));
    for (const JsonNode *arm = json_first(reader->json, arms); arm != NULL;
         arm = json_next(reader->json, arm)) {
        arguments[i++] = read_expr(reader, read_field(reader, read_body(reader, arm), "expr"));
        arguments[i++] = read_expr(reader, read_field(reader, read_body(reader, arm), "result"));
    }
    arguments[i++] = read_expr(reader, read_field(reader, body, "defresult"));
    expr->count = count;
    expr->arguments = arguments;
    return expr;
}

static AstExpr *
read_coalesce(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = new_expr(reader, AST_COALESCE, body);

    expr->arguments = read_exprs(reader, read_field(reader, body, "args"), &expr->count);
    return expr;
}

static AstExpr *
read_min_max(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = read_coalesce(reader, body);

    expr->kind =
        json_string_is(reader->json, read_field(reader, body, "op"), "IS_LEAST") ? AST_LEAST : AST_GREATEST;
    return expr;
}

static const char *
call_unsupported(const AstReader *reader, const JsonNode *body)
{
    const bool over = read_field(reader, body, "over") != NULL;

    if (over && read_flag(reader, body, "agg_within_group"))
        return "WITHIN GROUP of a window";
    if (over && read_field(reader, body, "agg_order") != NULL)
        return "ORDER BY in an aggregate over a window";
    return NULL;
}

/* Subqueries, unlike other expressions, are the same only where they are written alike. */
static void
match_sorts(AstReader *reader, const JsonNode *body, AstSort *sorts)
{
    const JsonNode *sort = json_first(reader->json, read_field(reader, body, "agg_order"));

    for (uint32_t i = 0; sort != NULL; i++, sort = json_next(reader->json, sort)) {
        const JsonNode *by = read_field(reader, read_body(reader, sort), "node");
        const JsonNode *argument = json_first(reader->json, read_field(reader, body, "args"));
        for (uint32_t a = 1; argument != NULL && sorts[i].argument == 0;
             a++, argument = json_next(reader->json, argument))
            if (json_same(reader->json, by, argument, "location"))
                sorts[i].argument = a;
    }
}

static AstExpr *
read_call(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = new_expr(reader, AST_FUNCTION, body);
    AstCall *call = ARENA_NEW(reader->arena, AstCall);
    uint32_t name_count;
    const char *const *names = read_names(reader, read_field(reader, body, "funcname"), &name_count);

    expr->text = name_count == 0 ? "" : names[name_count - 1];
    if (name_count > 1 && strcmp(names[name_count - 2], "pg_catalog") != 0)
        call->schema = names[name_count - 2];
    call->sql_syntax =
        json_string_is(reader->json, read_field(reader, body, "funcformat"), "COERCE_SQL_SYNTAX");
    call->star = read_flag(reader, body, "agg_star");
    call->distinct = read_flag(reader, body, "agg_distinct");
    call->unsupported = call_unsupported(reader, body);
    call->within_group = read_flag(reader, body, "agg_within_group");
    AstSort *sorts = read_sorts(reader, read_field(reader, body, "agg_order"), &call->sort_count);
    if (call->distinct)
        match_sorts(reader, body, sorts);
    call->sorts = sorts;
    call->variadic = read_flag(reader, body, "func_variadic");
    call->filter = read_expr(reader, read_field(reader, body, "agg_filter"));
    call->over = read_window(reader, read_field(reader, body, "over"));
    expr->arguments = read_exprs(reader, read_field(reader, body, "args"), &expr->count);
    expr->call = call;
    return expr;
}

static AstExpr *
read_session_value(AstReader *reader, const JsonNode *body)
{
    static const char *const names[][2] = {{"SVFOP_CURRENT_DATE", "current_date"},
                                           {"SVFOP_CURRENT_TIME", "current_time"},
                                           {"SVFOP_CURRENT_TIME_N", "current_time"},
                                           {"SVFOP_CURRENT_TIMESTAMP", "current_timestamp"},
                                           {"SVFOP_CURRENT_TIMESTAMP_N", "current_timestamp"},
                                           {"SVFOP_LOCALTIME", "localtime"},
                                           {"SVFOP_LOCALTIME_N", "localtime"},
                                           {"SVFOP_LOCALTIMESTAMP", "localtimestamp"},
                                           {"SVFOP_LOCALTIMESTAMP_N", "localtimestamp"},
                                           {"SVFOP_CURRENT_ROLE", "current_role"},
                                           {"SVFOP_CURRENT_USER", "current_user"},
                                           {"SVFOP_USER", "user"},
                                           {"SVFOP_SESSION_USER", "session_user"},
                                           {"SVFOP_CURRENT_CATALOG", "current_catalog"},
                                           {"SVFOP_CURRENT_SCHEMA", "current_schema"}};
    AstExpr *expr = new_expr(reader, AST_SESSION_VALUE, body);

    expr->text = "";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (json_string_is(reader->json, read_field(reader, body, "op"), names[i][0]))
            expr->text = names[i][1];
    }
    expr->integer = json_integer(reader->json, read_field(reader, body, "typmod"));
    return expr;
}

static AstExpr *
read_default(AstReader *reader, const JsonNode *body)
{
    return new_expr(reader, AST_DEFAULT, body);
}

/* x IN (SELECT …) is ANY without an operator. */
static AstExpr *
read_subquery(AstReader *reader, const JsonNode *body)
{
    const JsonNode *kind = read_field(reader, body, "subLinkType");
    const JsonNode *name = read_field(reader, body, "operName");
    AstExpr *expr = new_expr(reader, AST_SUBQUERY, body);

    if (json_string_is(reader->json, kind, "EXISTS_SUBLINK"))
        expr->quantifier = AST_EXISTS;
    else if (json_string_is(reader->json, kind, "ANY_SUBLINK"))
        expr->quantifier = AST_ANY;
    else if (json_string_is(reader->json, kind, "ALL_SUBLINK"))
        expr->quantifier = AST_ALL;
    else if (json_string_is(reader->json, kind, "ARRAY_SUBLINK"))
        expr->quantifier = AST_ARRAY_QUERY;
    else if (!json_string_is(reader->json, kind, "EXPR_SUBLINK"))
        return unsupported(reader, body, "this kind of subquery");
    if (expr->quantifier == AST_ANY || expr->quantifier == AST_ALL) {
        const AstExpr *argument = read_expr(reader, read_field(reader, body, "testexpr"));
        expr->text = name == NULL ? "=" : last_name(reader, name);
        set_arguments(reader, expr, 1, &argument);
    }
    expr->select = read_select(reader, read_body(reader, read_field(reader, body, "subselect")));
    return expr;
}

static AstExpr *
read_array(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = new_expr(reader, AST_ARRAY, body);

    expr->arguments = read_exprs(reader, read_field(reader, body, "elements"), &expr->count);
    return expr;
}

static AstExpr *
read_row(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = new_expr(reader, AST_ROW, body);

    expr->arguments = read_exprs(reader, read_field(reader, body, "args"), &expr->count);
    return expr;
}

/* One [n] or [from:to] behind an array. */
static AstExpr *
read_subscript(AstReader *reader, const JsonNode *body, const AstExpr *array)
{
    AstExpr *expr = new_expr(reader, AST_SUBSCRIPT, body);
    const AstExpr *arguments[3] = {array, read_expr(reader, read_field(reader, body, "uidx"))};

    expr->position = array->position;
    expr->flag = read_flag(reader, body, "is_slice");
    if (expr->flag) {
        arguments[2] = arguments[1];
        arguments[1] = read_expr(reader, read_field(reader, body, "lidx"));
    }
    set_arguments(reader, expr, expr->flag ? 3 : 2, arguments);
    return expr;
}

/* One .name or .* behind a record. */
static AstExpr *
read_record_field(AstReader *reader, const JsonNode *body, const AstExpr *record, bool star)
{
    AstExpr *expr = new_expr(reader, AST_FIELD, body);

    expr->position = record->position;
    expr->text = star ? NULL : read_text(reader, body, "sval");
    set_arguments(reader, expr, 1, &record);
    return expr;
}

static AstExpr *
read_indirection(AstReader *reader, const JsonNode *body)
{
    const JsonNode *argument = read_body(reader, read_field(reader, body, "arg"));
    const JsonNode *list = read_field(reader, body, "indirection");
    const AstExpr *inner = read_expr(reader, read_field(reader, body, "arg"));
    AstExpr *expr = NULL;

    int64_t before = 0;

    for (const JsonNode *item = json_first(reader->json, list); item != NULL;
         item = json_next(reader->json, item)) {
        const bool star = read_is(reader, item, "A_Star");
        if (!read_enter(reader, read_position(reader, argument)))
            return unsupported(reader, body, "");
        expr = star || !read_is(reader, item, "A_Indices")
                   ? read_record_field(reader, read_body(reader, item), inner, star)
                   : read_subscript(reader, read_body(reader, item), inner);
        expr->integer = expr->kind == AST_SUBSCRIPT ? before++ : 0;
        inner = expr;
    }
    for (const JsonNode *item = json_first(reader->json, list); item != NULL;
         item = json_next(reader->json, item))
        read_leave(reader);
    return expr == NULL ? unsupported(reader, argument, "this kind of expression") : expr;
}

static AstExpr *
read_named_argument(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = read_one_argument(reader, body, AST_NAMED);

    expr->text = read_text(reader, body, "name");
    return expr;
}

static AstExpr *
read_grouping(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = new_expr(reader, AST_GROUPING, body);

    expr->text = "grouping";
    expr->arguments = read_exprs(reader, read_field(reader, body, "args"), &expr->count);
    return expr;
}

static AstExpr *
read_grouping_set(AstReader *reader, const JsonNode *body)
{
    static const char *const forms[][2] = {{"GROUPING_SET_EMPTY", "empty"},
                                           {"GROUPING_SET_ROLLUP", "rollup"},
                                           {"GROUPING_SET_CUBE", "cube"},
                                           {"GROUPING_SET_SETS", "sets"}};
    AstExpr *expr = new_expr(reader, AST_GROUPING_SET, body);

    expr->text = "row";
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (json_string_is(reader->json, read_field(reader, body, "kind"), forms[i][0]))
            expr->text = forms[i][1];
    }
    expr->arguments = read_groups(reader, read_field(reader, body, "content"), &expr->count);
    return expr;
}

/* A list in parentheses is no row here. */
static const AstExpr *
read_group(AstReader *reader, const JsonNode *node)
{
    const JsonNode *body = read_body(reader, node);

    if (!read_is(reader, node, "RowExpr") ||
        !json_string_is(reader->json, read_field(reader, body, "row_format"), "COERCE_IMPLICIT_CAST"))
        return read_expr(reader, node);
    AstExpr *list = new_expr(reader, AST_GROUPING_SET, body);
    list->text = "row";
    list->arguments = read_exprs(reader, read_field(reader, body, "args"), &list->count);
    return list;
}

const AstExpr *const *
read_groups(AstReader *reader, const JsonNode *array, uint32_t *count)
{
    const AstExpr **groups = ARENA_ARRAY(reader->arena, const AstExpr *, json_count(reader->json, array) + 1);

    *count = 0;
    for (const JsonNode *node = json_first(reader->json, array); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node))
        groups[(*count)++] = read_group(reader, node);
    return groups;
}

static AstExpr *
read_collation(AstReader *reader, const JsonNode *body)
{
    AstExpr *expr = read_one_argument(reader, body, AST_COLLATE);

    expr->text = last_name(reader, read_field(reader, body, "collname"));
    return expr;
}

static AstExpr *
read_xml(AstReader *reader, const JsonNode *body)
{
    return unsupported(reader, body, "XML");
}

typedef struct ExprReader {
    const char *kind;
    AstExpr *(*read)(AstReader *reader, const JsonNode *body);
} ExprReader;

static const ExprReader expr_readers[] = {
    {"A_Const", read_constant},
    {"ColumnRef", read_column},
    {"A_Expr", read_operator},
    {"FuncCall", read_call},
    {"TypeCast", read_cast},
    {"BoolExpr", read_boolean},
    {"NullTest", read_null_test},
    {"BooleanTest", read_boolean_test},
    {"CaseExpr", read_case},
    {"CoalesceExpr", read_coalesce},
    {"MinMaxExpr", read_min_max},
    {"ParamRef", read_parameter},
    {"SQLValueFunction", read_session_value},
    {"SetToDefault", read_default},
    {"SubLink", read_subquery},
    {"A_ArrayExpr", read_array},
    {"RowExpr", read_row},
    {"A_Indirection", read_indirection},
    {"NamedArgExpr", read_named_argument},
    {"GroupingFunc", read_grouping},
    {"GroupingSet", read_grouping_set},
    {"CollateClause", read_collation},
    {"XmlExpr", read_xml},
    {"XmlSerialize", read_xml},
};

const AstExpr *
read_expr(AstReader *reader, const JsonNode *node)
{
    const JsonNode *body = read_body(reader, node);

    if (body == NULL)
        return NULL;

    AstExpr *expr = NULL;
    if (!read_enter(reader, read_position(reader, body)))
        return unsupported(reader, body, "");
    for (size_t i = 0; i < sizeof expr_readers / sizeof expr_readers[0] && expr == NULL; i++) {
        if (json_key_is(reader->json, body, expr_readers[i].kind))
            expr = expr_readers[i].read(reader, body);
    }
    if (expr == NULL)
        expr = unsupported(reader, body, "this kind of expression");
    read_leave(reader);
    return expr;
}

const AstType *
read_type(AstReader *reader, const JsonNode *body)
{
    if (body == NULL)
        return NULL;

    AstType *type = ARENA_NEW(reader->arena, AstType);
    uint32_t count;
    const char *const *names = read_names(reader, read_field(reader, body, "names"), &count);
    type->position = read_position(reader, body);
    type->name = count == 0 ? "" : names[count - 1];
    if (count > 1 && strcmp(names[count - 2], "pg_catalog") != 0)
        type->schema = names[count - 2];
    type->modifiers = read_exprs(reader, read_field(reader, body, "typmods"), &type->modifier_count);
    type->dimensions = json_count(reader->json, read_field(reader, body, "arrayBounds"));
    type->set_of = read_flag(reader, body, "setof");
    return type;
}
