/* Functions that give rows: unnest(), generate_series(), regexp_matches() and their like.
 *
 * Each is an array in disguise. Over rows that hold the arrays a REPEAT gives as many rows as the longest of
 * them has elements, numbered, and each function is its array's element of that number: NULL where it has
 * ended before others. Calls within the arguments of others come first, and those others over their rows. */
#include "sql/bind.h"

#include <string.h>

enum { SET_DEPTH_MAX = 100 };

typedef struct SetFunction {
    const char *name;
    const char *array;    /* the function whose array it is; NULL: its argument itself */
    const char *second;   /* of a function of two columns, in FROM: the other one's array */
    const char *names[2]; /* of the columns; NULL: as the function */
} SetFunction;

#define JSON_SETS(prefix)                                                                                    \
    {prefix "_array_elements", prefix "_elements_array", NULL, {"value"}},                                   \
        {prefix "_array_elements_text", prefix "_elements_text_array", NULL, {"value"}},                     \
        {prefix "_object_keys", prefix "_keys_array", NULL, {NULL}},                                         \
        {prefix "_each", prefix "_keys_array", prefix "_values_array", {"key", "value"}},                    \
    {                                                                                                        \
        prefix "_each_text", prefix "_keys_array", prefix "_values_text_array",                              \
        {                                                                                                    \
            "key", "value"                                                                                   \
        }                                                                                                    \
    }

static const SetFunction set_functions[] = {
    {"unnest", "array_flatten", NULL, {NULL}},
    {"generate_series", "series_array", NULL, {NULL}},
    {"generate_subscripts", "subscripts_array", NULL, {NULL}},
    {"regexp_matches", "regexp_matches_array", NULL, {NULL}},
    {"regexp_split_to_table", "regexp_split_to_array", NULL, {NULL}},
    {"string_to_table", "string_to_array", NULL, {NULL}},
    JSON_SETS("json"),
    JSON_SETS("jsonb"),
    {"json_populate_recordset", "json_populate_array", NULL, {NULL}},
    {"jsonb_populate_recordset", "jsonb_populate_array", NULL, {NULL}},
};

/* Functions that give records: in FROM only, a row for each. */
typedef struct RecordFunction {
    const char *name;
    const char *call; /* what takes a record and the JSON */
    bool array;       /* it gives an array, else one record */
    bool described;   /* what the record is stands behind AS, else it is an argument */
} RecordFunction;

static const RecordFunction record_functions[] = {
    {"json_populate_record", "json_populate_record", false, false},
    {"jsonb_populate_record", "jsonb_populate_record", false, false},
    {"json_to_record", "json_populate_record", false, true},
    {"jsonb_to_record", "jsonb_populate_record", false, true},
    {"json_to_recordset", "json_populate_array", true, true},
    {"jsonb_to_recordset", "jsonb_populate_array", true, true},
};

static const RecordFunction *
find_record_function(const char *name)
{
    for (size_t i = 0; i < sizeof record_functions / sizeof record_functions[0]; i++) {
        if (strcmp(record_functions[i].name, name) == 0)
            return &record_functions[i];
    }
    return NULL;
}

bool
bind_gives_rows(const char *name)
{
    return bind_is_set_function(name) || find_record_function(name) != NULL;
}

static const SetFunction *
find_function(const char *name)
{
    for (size_t i = 0; i < sizeof set_functions / sizeof set_functions[0]; i++) {
        if (strcmp(set_functions[i].name, name) == 0)
            return &set_functions[i];
    }
    return NULL;
}

bool
bind_is_set_function(const char *name)
{
    return find_function(name) != NULL;
}

bool
bind_is_plain_series(const AstFrom *ast)
{
    return strcmp(ast->name, "generate_series") == 0 && !ast->ordinality &&
           !ast_refers_to_column(ast->call, &(int32_t){0}) && !ast_asks_query(ast->call);
}

static Status
bind_array_of(Binder *binder, const AstExpr *ast, uint32_t count, Expr **arguments, Expr **array)
{
    const SetFunction *function = find_function(ast->text);

    for (uint32_t i = 0; i < count && strcmp(ast->text, "unnest") == 0; i++) {
        if (count > 1)
            return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                                "function unnest with %u arguments does not exist", count);
        if (bind_is_unknown(arguments[i]))
            return error_set_at(binder->error, STATUS_AMBIGUOUS_FUNCTION, ast->position,
                                "function unnest(unknown) is not unique");
        if (arguments[i]->type.id != TYPE_LIST)
            return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                                "function unnest(%s) does not exist",
                                bind_type_name(binder, arguments[i]->type));
        if (arguments[i]->type.nested->types[0].id != TYPE_LIST) {
            *array = arguments[i];
            return STATUS_OK;
        }
    }
    return bind_resolved_call(binder, function->array, ast->position, count, arguments, array);
}

static Status
bind_arguments(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr ***arguments)
{
    *arguments = ARENA_ARRAY(binder->arena, Expr *, ast->count + 1);
    for (uint32_t i = 0; i < ast->count; i++)
        TRY(bind_expr(binder, place, ast->arguments[i], &(*arguments)[i]));
    return STATUS_OK;
}

/* The outputs of a query block, what it sorts by among them, and its keys. */
static bool
takes_sets(const ExprPlace *place)
{
    static const char *const clauses[] = {"SELECT", "ORDER BY", "DISTINCT ON"};

    if (place->takes_sets || strcmp(place->clause, "GROUP BY") == 0)
        return true;
    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++) {
        if (strcmp(place->clause, clauses[i]) == 0)
            return place->windows != NULL;
    }
    return false;
}

Status
bind_set_call(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr **arguments;
    Expr *parts[2];

    if (!takes_sets(place) || place->in_aggregate || place->in_window || place->guard != NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "set-returning functions are not allowed in %s",
                            place->guard != NULL  ? "CASE, COALESCE, AND and OR"
                            : place->in_aggregate ? "aggregate function calls"
                            : place->in_window    ? "window function calls"
                                                  : place->clause);
    if (find_function(ast->text)->second != NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: %s, which gives rows of two columns, outside FROM",
                            ast->text);
    TRY(bind_arguments(binder, place, ast, &arguments));
    TRY(bind_array_of(binder, ast, ast->count, arguments, &parts[0]));
    TRY(bind_resolved_call(binder, "set_row", ast->position, 0, NULL, &parts[1]));
    return bind_resolved_call(binder, "array_subscript", ast->position, 2, parts, expr);
}

static bool
is_set(const Expr *expr)
{
    return expr->kind == EXPR_CALL && expr->argument_count == 2 && expr->arguments[1]->kind == EXPR_CALL &&
           strcmp(expr->arguments[1]->function->name, "set_row") == 0;
}

/* A call whose own arguments hold no further one: what can be expanded now. */
static bool
is_innermost(const Expr *expr)
{
    return is_set(expr) && !bind_has_set(expr->arguments[0]);
}

bool
bind_has_set(const Expr *expr)
{
    if (is_set(expr))
        return true;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (bind_has_set(expr->arguments[i]))
            return true;
    }
    return false;
}

/* The arrays beside the columns of the rows, while they are gathered. */
typedef struct Sets {
    uint32_t before; /* columns of the rows */
    uint32_t count;
    uint32_t capacity;
    Expr **arrays;
} Sets;

static uint32_t
add_array(Binder *binder, Sets *sets, Expr *array)
{
    for (uint32_t i = 0; i < sets->count; i++) {
        if (sets->arrays[i] == array || (expr_equal(sets->arrays[i], array) && !expr_is_volatile(array)))
            return i;
    }
    if (sets->count == sets->capacity) {
        Expr **grown = ARENA_ARRAY(binder->arena, Expr *, 2 * sets->capacity + 4);
        if (sets->count > 0)
            memcpy(grown, sets->arrays, sets->count * sizeof *grown);
        sets->arrays = grown;
        sets->capacity = 2 * sets->capacity + 4;
    }
    sets->arrays[sets->count] = array;
    return sets->count++;
}

static void
gather_arrays(Binder *binder, Sets *sets, const Expr *expr)
{
    if (is_innermost(expr)) {
        add_array(binder, sets, expr->arguments[0]);
        return;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++)
        gather_arrays(binder, sets, expr->arguments[i]);
}

/* The element of the array that is the row's now. */
static Status
element(Binder *binder, const Sets *sets, uint32_t array, int32_t position, Expr **expr)
{
    Expr *parts[2] = {expr_column(binder->arena, sets->arrays[array]->type, sets->before + array),
                      expr_column(binder->arena, type_of(TYPE_INT8), sets->before + sets->count)};

    TRY(bind_coerce(binder, parts[1], type_of(TYPE_INT4), CAST_EXPLICIT, &parts[1]));
    return bind_resolved_call(binder, "array_subscript", position, 2, parts, expr);
}

static Status
replace_sets(Binder *binder, Sets *sets, const Expr *expr, Expr **replaced)
{
    if (is_innermost(expr))
        return element(binder, sets, add_array(binder, sets, expr->arguments[0]), expr->position, replaced);

    Expr *copy = ARENA_NEW(binder->arena, Expr);
    *copy = *expr;
    if (expr->argument_count > 0)
        copy->arguments = ARENA_ARRAY(binder->arena, Expr *, expr->argument_count);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        TRY(replace_sets(binder, sets, expr->arguments[i], &copy->arguments[i]));
    *replaced = copy;
    return STATUS_OK;
}

/* How often a row comes out: as often as its longest array has elements. */
static Status
longest(Binder *binder, uint32_t count, Expr *const *arrays, Expr **times)
{
    Expr **sizes = ARENA_ARRAY(binder->arena, Expr *, count);

    for (uint32_t i = 0; i < count; i++) {
        Expr *parts[2] = {arrays[i], bind_integer(binder, 1, 0)};
        TRY(bind_duplicate(binder, arrays[i], &parts[0]));
        TRY(bind_resolved_call(binder, "array_length", 0, 2, parts, &sizes[i]));
    }
    *times = sizes[0];
    if (count > 1)
        TRY(bind_resolved_call(binder, "greatest", 0, count, sizes, times));
    return bind_coerce(binder, *times, type_of(TYPE_INT8), CAST_EXPLICIT, times);
}

/* The columns of the rows and the arrays; if they are to be repeated, and how often. */
static PlanNode *
project_arrays(Binder *binder, const Sets *sets, Expr *const *arrays, Expr *times, PlanNode *node)
{
    const uint32_t width = sets->before + sets->count;
    Expr **exprs = ARENA_ARRAY(binder->arena, Expr *, width + 1);
    const char **names = ARENA_ARRAY(binder->arena, const char *, width + 1);

    for (uint32_t i = 0; i < sets->before; i++) {
        exprs[i] = expr_column(binder->arena, node->columns[i].type, i);
        names[i] = node->columns[i].name;
    }
    for (uint32_t i = 0; i < sets->count; i++) {
        exprs[sets->before + i] = arrays[i];
        names[sets->before + i] = "array";
    }
    exprs[width] = times;
    names[width] = "ordinality";
    return bind_project_node(binder, node, width + (times != NULL), exprs, names);
}

/* The columns of the rows, the arrays, and the number of the row that is made of them. An array that would be
 * another one when computed again is a column before its length is asked for. */
static Status
repeat_rows(Binder *binder, const Sets *sets, PlanNode **node)
{
    Expr **arrays = ARENA_ARRAY(binder->arena, Expr *, sets->count + 1);
    bool fixed = true;
    Expr *times;

    for (uint32_t i = 0; i < sets->count; i++) {
        arrays[i] = sets->arrays[i];
        fixed = fixed && !expr_is_volatile(arrays[i]);
    }
    if (!fixed) {
        *node = project_arrays(binder, sets, arrays, NULL, *node);
        for (uint32_t i = 0; i < sets->count; i++)
            arrays[i] = expr_column(binder->arena, arrays[i]->type, sets->before + i);
    }
    TRY(longest(binder, sets->count, arrays, &times));
    PlanNode *input = project_arrays(binder, sets, arrays, times, *node);
    *node = plan_node_new(binder->arena, PLAN_REPEAT, input->column_count, input->columns, 1, &input);
    return STATUS_OK;
}

static bool
any_set(uint32_t count, Expr *const *exprs)
{
    for (uint32_t i = 0; i < count; i++) {
        if (bind_has_set(exprs[i]))
            return true;
    }
    return false;
}

/* The innermost calls: the rows are those of their arrays side by side. */
static Status
expand_innermost(Binder *binder, PlanNode **node, uint32_t count, Expr **exprs)
{
    Sets sets = {.before = (*node)->column_count};

    for (uint32_t i = 0; i < count; i++)
        gather_arrays(binder, &sets, exprs[i]);
    TRY(repeat_rows(binder, &sets, node));
    for (uint32_t i = 0; i < count; i++) {
        if (bind_has_set(exprs[i]))
            TRY(replace_sets(binder, &sets, exprs[i], &exprs[i]));
    }
    return STATUS_OK;
}

Status
bind_expand_sets(Binder *binder, PlanNode **node, uint32_t count, Expr **exprs)
{
    for (uint32_t depth = 0; any_set(count, exprs); depth++) {
        if (depth == SET_DEPTH_MAX)
            return error_set(binder->error, STATUS_TOO_COMPLEX,
                             "more than %d set-returning functions in one another", (int)SET_DEPTH_MAX);
        TRY(expand_innermost(binder, node, count, exprs));
    }
    return STATUS_OK;
}

/* A NULL of the record that the column definitions describe. */
static Status
described_record(Binder *binder, const AstFrom *ast, Expr **record)
{
    const Type type = type_record(binder->arena, NULL, ast->definition_count);

    if (ast->definition_count == 0)
        return error_set_at(binder->error, STATUS_SYNTAX, ast->position,
                            "a column definition list is required for functions returning \"record\"");
    for (uint32_t i = 0; i < ast->definition_count; i++) {
        NamedType named;
        TRY(bind_type(binder, ast->definitions[i].type, &named));
        type.nested->types[i] = named.type;
        type.nested->names[i] = ast->definitions[i].name;
    }
    *record = expr_null(binder->arena, type);
    return STATUS_OK;
}

/* The records of such a function as an array. */
static Status
bind_record_array(Binder *binder, const ExprPlace *place, const AstFrom *ast, Expr **array)
{
    const RecordFunction *function = find_record_function(ast->name);
    Expr **arguments = ARENA_ARRAY(binder->arena, Expr *, ast->call->count + 2);
    uint32_t count = 0;

    if (function->described)
        TRY(described_record(binder, ast, &arguments[count++]));
    for (uint32_t i = 0; i < ast->call->count; i++)
        TRY(bind_expr(binder, place, ast->call->arguments[i], &arguments[count++]));
    TRY(bind_resolved_call(binder, function->call, ast->position, count, arguments, array));
    return function->array ? STATUS_OK : bind_resolved_call(binder, "array", ast->position, 1, array, array);
}

/* unnest(a, b) has an array an argument; other functions have one of all. */
static Status
bind_from_arrays(Binder *binder, const AstFrom *ast, SubqueryList *subqueries, Sets *sets)
{
    const Scope nothing = {.node = bind_one_row(binder)};
    const ExprPlace place = {.clause = "functions in FROM", .scope = &nothing, .subqueries = subqueries};
    const bool unnest = strcmp(ast->name, "unnest") == 0;
    const SetFunction *function = find_function(ast->name);
    Expr **arguments;

    if (ast->call->count == 0)
        return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                            "function %s() does not exist", ast->name);
    if (function == NULL) {
        sets->count = sets->capacity = 1;
        sets->arrays = ARENA_ARRAY(binder->arena, Expr *, 1);
        return bind_record_array(binder, &place, ast, &sets->arrays[0]);
    }
    if (ast->definition_count > 0)
        return error_set_at(binder->error, STATUS_SYNTAX, ast->position,
                            "a column definition list is only allowed for functions returning \"record\"");
    TRY(bind_arguments(binder, &place, ast->call, &arguments));
    sets->count = sets->capacity = unnest ? ast->call->count : 1 + (function->second != NULL);
    sets->arrays = ARENA_ARRAY(binder->arena, Expr *, sets->count);
    if (function->second != NULL) {
        TRY(bind_duplicate(binder, arguments[0], &arguments[1]));
        TRY(bind_resolved_call(binder, function->second, ast->position, ast->call->count, &arguments[1],
                               &sets->arrays[1]));
    }
    for (uint32_t i = 0; i < (unnest ? sets->count : 1); i++)
        TRY(bind_array_of(binder, ast->call, unnest ? 1 : ast->call->count, &arguments[i], &sets->arrays[i]));
    return STATUS_OK;
}

/* An element, or the fields of one that is a record. */
static Status
add_element(Binder *binder, const Sets *sets, uint32_t array, int32_t position, const char *name,
            Outputs *outputs)
{
    Expr *value;

    TRY(element(binder, sets, array, position, &value));
    if (value->type.id == TYPE_STRUCT)
        return bind_fields(binder, value, position, outputs);
    bind_add_output(binder, outputs, name, value, false);
    return STATUS_OK;
}

Status
bind_set_rows(Binder *binder, const AstFrom *ast, PlanNode **node, Type *row)
{
    const SetFunction *function = find_function(ast->name);
    const char *own = function == NULL ? NULL : function->names[0];
    const char *name = own != NULL ? own : ast->alias == NULL ? ast->name : ast->alias;
    SubqueryList subqueries = {0};
    Sets sets = {0};
    Outputs outputs = {0};

    TRY(bind_from_arrays(binder, ast, &subqueries, &sets));
    *node = bind_one_row(binder);
    TRY(bind_attach_all(binder, &subqueries, node, sets.count, sets.arrays));
    sets.before = (*node)->column_count;
    TRY(repeat_rows(binder, &sets, node));
    for (uint32_t i = 0; i < sets.count; i++)
        TRY(add_element(binder, &sets, i, ast->position,
                        sets.count == 1 ? name
                        : own != NULL   ? function->names[i]
                                        : ast->name,
                        &outputs));
    *row =
        sets.count == 1 && !ast->ordinality ? sets.arrays[0]->type.nested->types[0] : type_of(TYPE_UNKNOWN);
    if (ast->ordinality)
        bind_add_output(binder, &outputs, "ordinality",
                        expr_column(binder->arena, type_of(TYPE_INT8), sets.before + sets.count), false);
    *node = bind_project_outputs(binder, &outputs, *node);
    return STATUS_OK;
}
