/* Arrays: ARRAY[…], literals, subscripts, ||, ANY and ALL. */
#include "expr/kernels_array.h"
#include "expr/text_list.h"
#include "sql/bind.h"

#include <ctype.h>
#include <string.h>

static Status
bind_elements(Binder *binder, const ExprPlace *place, const AstExpr *ast, const Type *type, Expr ***elements)
{
    *elements = ARENA_ARRAY(binder->arena, Expr *, ast->count + 1);
    for (uint32_t i = 0; i < ast->count; i++) {
        const AstExpr *element = ast->arguments[i];
        if (type != NULL && element->kind == AST_ARRAY && type->id == TYPE_LIST)
            TRY(bind_array_cast(binder, place, element, *type, &(*elements)[i]));
        else
            TRY(bind_expr(binder, place, element, &(*elements)[i]));
    }
    return STATUS_OK;
}

static Status
make_array(Binder *binder, const AstExpr *ast, Expr **elements, Type element, Expr **expr)
{
    Type *types = ARENA_ARRAY(binder->arena, Type, ast->count);
    const Function *function;
    Type type;

    if (!type_can_be_element(element))
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: arrays of records");
    types[0] = element;
    TRY(bind_at(binder, function_resolve("array", 1, types, &function, &type, binder->error), ast->position));
    *expr = expr_call(binder->arena, function, type_list(element), ast->count, elements);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

Status
bind_array(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr **elements;
    Type element;

    if (ast->count == 0) {
        error_set_at(binder->error, STATUS_INDETERMINATE_TYPE, ast->position,
                     "cannot determine type of empty array");
        return error_hint(binder->error,
                          "Explicitly cast to the desired type, for example ARRAY[]::integer[].");
    }
    TRY(bind_elements(binder, place, ast, NULL, &elements));
    TRY(bind_to_common(binder, "ARRAY", ast->count, elements, &element));
    return make_array(binder, ast, elements, element, expr);
}

static Expr *
text_as_list(Binder *binder, const char *text, size_t size, Type type, int32_t position)
{
    const StringView view = string_view(text, size);
    Expr *argument = expr_constant(binder->arena, type_of(TYPE_TEXT), &view);
    bool needed;
    const Function *cast = function_find_cast(argument->type, type, CAST_EXPLICIT, &needed);
    Expr *call = expr_call(binder->arena, cast, type, 1, &argument);

    argument->position = call->position = position;
    return call;
}

static uint32_t
dimensions(Type type)
{
    uint32_t count = 0;

    for (; type.id == TYPE_LIST; type = type.nested->types[0])
        count++;
    return count;
}

static Type
innermost(Type type)
{
    while (type.id == TYPE_LIST)
        type = type.nested->types[0];
    return type;
}

Status
bind_array_cast(Binder *binder, const ExprPlace *place, const AstExpr *ast, Type type, Expr **expr)
{
    const AstExpr *inner = ast;
    Expr **elements;

    /* int[] is the name of arrays of several dimensions, too. */
    uint32_t depth = 1;
    for (; inner->count > 0 && inner->arguments[0]->kind == AST_ARRAY; inner = inner->arguments[0])
        depth++;
    if (inner->count == 0) {
        *expr = text_as_list(binder, "{}", 2, type, ast->position);
        return STATUS_OK;
    }
    for (uint32_t own = dimensions(type); own < depth && innermost(type).id != TYPE_STRUCT; own++)
        type = type_list(type);
    const Type element = type.nested->types[0];
    TRY(bind_elements(binder, place, ast, &element, &elements));
    for (uint32_t i = 0; i < ast->count; i++)
        TRY(bind_coerce(binder, elements[i], element, CAST_EXPLICIT, &elements[i]));
    return make_array(binder, ast, elements, element, expr);
}

/* The elements of a literal, of that type, in the binder's arena. */
static Status
read_literal(Binder *binder, const Expr *literal, Type element, ListBuilder *elements, ListEntry *entry)
{
    const StringView *view = literal->value;

    TRY(list_builder_init(elements, binder->arena, element, binder->error));
    return bind_at(binder,
                   text_parse_list(string_view_data(view), view->size, binder->context->session, elements,
                                   entry, binder->error),
                   literal->position);
}

/* The digits that numbers in an array need, whatever its dimensions. */
static Status
literal_digits(Binder *binder, const Expr *literal, Type *element)
{
    ListBuilder elements;
    ListBuilder *innermost = &elements;
    ListEntry entry;
    Type as_text = type_of(TYPE_TEXT);
    uint32_t dimensions = 0;
    bool found = false;

    for (Type type = *element; type.id == TYPE_LIST; type = type.nested->types[0], dimensions++)
        as_text = type_list(as_text);
    TRY(read_literal(binder, literal, as_text, &elements, &entry));
    while (innermost->nested != NULL)
        innermost = innermost->nested;
    Type digits = type_numeric(NUMERIC_DIGITS_MAX, 0);
    for (uint32_t i = 0; i < innermost->count; i++) {
        const StringView *view = &((const StringView *)innermost->vector.data)[i];
        Type types[2] = {digits};
        if (!bits_get(innermost->validity, i) ||
            !bind_numeric_shape(string_view_data(view), view->size, &types[1]))
            continue;
        if (!found || !function_common_type(2, types, &digits))
            digits = types[1];
        found = true;
    }
    if (!found)
        return STATUS_OK;
    *element = digits;
    for (uint32_t i = 0; i < dimensions; i++)
        *element = type_list(*element);
    return STATUS_OK;
}

/* How many dimensions a literal shows: the braces that it begins with. */
static uint32_t
written_dimensions(const Expr *literal)
{
    const StringView *view = literal->value;
    const char *text = view == NULL ? "" : string_view_data(view);
    const char *end = text + (view == NULL ? 0 : view->size);
    uint32_t count = 0;

    if (text < end && *text == '[') /* bounds stand before */
        text = memchr(text, '=', (size_t)(end - text)) == NULL
                   ? end
                   : (const char *)memchr(text, '=', (size_t)(end - text)) + 1;
    for (; text < end && (*text == '{' || isspace((unsigned char)*text)); text++)
        count += *text == '{';
    return count;
}

/* In PostgreSQL the dimensions are the value's, and int[] is the name of arrays of any; here they are the
 * type's, which a cast takes from what it casts. */
Status
bind_array_dimensions(Binder *binder, const Expr *argument, Type *type)
{
    const uint32_t wanted =
        bind_is_unknown(argument) ? written_dimensions(argument) : dimensions(argument->type);
    const uint32_t own = dimensions(*type);

    if (type->id != TYPE_LIST || wanted == 0 || wanted == own || innermost(*type).id == TYPE_STRUCT)
        return STATUS_OK;
    if (bind_is_unknown(argument) && wanted < own)
        return STATUS_OK;
    if (wanted > ARRAY_DIMENSIONS_MAX)
        return error_set_at(binder->error, STATUS_LIMIT_EXCEEDED, argument->position,
                            "number of array dimensions (%u) exceeds the maximum allowed (%d)", wanted,
                            (int)ARRAY_DIMENSIONS_MAX);
    *type = innermost(*type);
    for (uint32_t i = 0; i < wanted; i++)
        *type = type_list(*type);
    return STATUS_OK;
}

Status
bind_array_literal(Binder *binder, const Expr *literal, Type type, Expr **expr)
{
    const StringView *view = literal->value;
    const Type inner = innermost(type);
    Type element = type.nested->types[0];
    ListBuilder elements;
    ListEntry entry;

    if (inner.id == TYPE_NUMERIC && inner.precision == NUMERIC_DIGITS_MAX)
        TRY(literal_digits(binder, literal, &element));
    TRY(read_literal(binder, literal, element, &elements, &entry));
    *expr = text_as_list(binder, string_view_data(view), view->size, type_list(element), literal->position);
    return STATUS_OK;
}

static Status
bind_bound(Binder *binder, const ExprPlace *place, const AstExpr *ast, int32_t open, Expr **expr)
{
    if (ast == NULL) {
        *expr = bind_integer(binder, open, 0);
        return STATUS_OK;
    }
    TRY(bind_expr(binder, place, ast, expr));
    if (!bind_is_unknown(*expr) && !type_is_integer((*expr)->type.id) && (*expr)->type.id != TYPE_NUMERIC &&
        !type_is_float((*expr)->type.id))
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, ast->position,
                            "array subscript must have type integer");
    return bind_coerce(binder, *expr, type_of(TYPE_INT4), CAST_ASSIGNMENT, expr);
}

/* Subscripts of an array's arrays follow one another; behind parentheses they are of the slice in them. */
static Status
check_subscripts(Binder *binder, const AstExpr *ast)
{
    const AstExpr *array = ast->arguments[0];

    if (ast->integer == 0)
        return STATUS_OK;
    if (ast->flag && array->kind == AST_SUBSCRIPT)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: slices of more than one dimension");
    if (array->kind == AST_SUBSCRIPT && array->flag)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: subscripts behind a slice");
    return STATUS_OK;
}

/* j['a'] and j[1] of jsonb are j #> ARRAY['a'] and j #> ARRAY['1']. */
static Status
bind_json_subscript(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr *json, Expr **expr)
{
    const Type text = type_of(TYPE_TEXT);
    Expr *operands[2] = {json};
    Expr **name = ARENA_ARRAY(binder->arena, Expr *, 1);

    if (ast->flag)
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, ast->position,
                            "jsonb subscript does not support slices");
    TRY(bind_expr(binder, place, ast->arguments[1], name));
    const TypeId id = name[0]->type.id;
    if (!bind_is_unknown(name[0]) && !type_is_string(id) && id != TYPE_INT4 && id != TYPE_INT2)
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, ast->arguments[1]->position,
                            "subscript type %s is not supported", bind_type_name(binder, name[0]->type));
    TRY(bind_coerce(binder, name[0], text, CAST_EXPLICIT, name));
    const AstExpr path = {.kind = AST_ARRAY, .position = ast->position, .count = 1};
    TRY(make_array(binder, &path, name, text, &operands[1]));
    return bind_resolved_call(binder, "#>", ast->position, 2, operands, expr);
}

Status
bind_subscript(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr *arguments[3];

    TRY(bind_expr(binder, place, ast->arguments[0], &arguments[0]));
    if (arguments[0]->type.id == TYPE_JSONB)
        return bind_json_subscript(binder, place, ast, arguments[0], expr);
    TRY(check_subscripts(binder, ast));
    if (arguments[0]->type.id != TYPE_LIST)
        return error_set_at(
            binder->error, STATUS_DATATYPE_MISMATCH, ast->position,
            "cannot subscript type %s because it does not support subscripting",
            bind_type_name(binder, bind_is_unknown(arguments[0]) ? type_of(TYPE_TEXT) : arguments[0]->type));
    for (uint32_t i = 1; i < ast->count; i++)
        TRY(bind_bound(binder, place, ast->arguments[i], i == 1 ? 1 : INT32_MAX, &arguments[i]));
    return bind_resolved_call(binder, ast->flag ? "array_slice" : "array_subscript", ast->position,
                              ast->count, arguments, expr);
}

Status
bind_array_concat(Binder *binder, int32_t position, Expr **operands, Expr **expr)
{
    const uint32_t left = dimensions(operands[0]->type);
    const uint32_t right = dimensions(operands[1]->type);
    const bool unknown = bind_is_unknown(operands[0]) || bind_is_unknown(operands[1]);
    const char *name = left == right || unknown ? "array_cat"
                       : left > right           ? "array_append"
                                                : "array_prepend";

    *expr = NULL;
    if (left == 0 && right == 0)
        return STATUS_OK;
    return bind_resolved_call(binder, name, position, 2, operands, expr);
}

/* The comparison of a value with each element, as a function. */
static const char *
quantified_name(Binder *binder, const AstExpr *ast)
{
    static const char *const names[][2] = {{"=", "eq"},  {"<>", "ne"}, {"<", "lt"},
                                           {"<=", "le"}, {">", "gt"},  {">=", "ge"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i][0], ast->text) == 0)
            return arena_format(binder->arena, "%s_%s", names[i][1], ast->flag ? "all" : "any");
    }
    return NULL;
}

/* x op ANY (ARRAY[a, b]) is x op a OR x op b. */
static Status
bind_each(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr *value, Expr **expr)
{
    const AstExpr *array = ast->arguments[1];
    Expr **arms = ARENA_ARRAY(binder->arena, Expr *, array->count);
    Expr **elements;

    TRY(bind_elements(binder, place, array, NULL, &elements));
    for (uint32_t i = 0; i < array->count; i++) {
        Expr *sides[2] = {value, elements[i]};
        if (i > 0)
            TRY(bind_duplicate(binder, value, &sides[0]));
        TRY(bind_operator(binder, ast->text, ast->position, 2, sides, &arms[i]));
        if (arms[i]->type.id != TYPE_BOOL)
            return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                                "op ANY/ALL (array) requires operator to yield boolean");
    }
    *expr = array->count == 1 ? arms[0]
                              : expr_form(binder->arena, ast->flag ? EXPR_AND : EXPR_OR, type_of(TYPE_BOOL),
                                          array->count, arms);
    (*expr)->position = ast->position;
    return STATUS_OK;
}

static bool
is_literal_array(const Expr *array)
{
    return array->kind == EXPR_CALL && array->function->kernel == kernel_array_from_string &&
           expr_is_constant(array->arguments[0]) && array->arguments[0]->value != NULL;
}

/* A literal's elements as constants; there is room for one more before them. */
static Status
literal_elements(Binder *binder, const Expr *array, uint32_t *count, Expr ***items)
{
    const Type element = array->type.nested->types[0];
    ListBuilder elements;
    ListEntry entry;

    TRY(read_literal(binder, array->arguments[0], element, &elements, &entry));
    *count = entry.count;
    *items = ARENA_ARRAY(binder->arena, Expr *, entry.count + 1);
    ++*items;
    for (uint32_t i = 0; i < entry.count; i++) {
        const char *at = (const char *)elements.vector.data + i * layout_width(elements.vector.layout);
        (*items)[i] = expr_constant(binder->arena, element, bits_get(elements.validity, i) ? at : NULL);
    }
    return STATUS_OK;
}

/* = ANY and <> ALL of a literal become IN. */
static Status
list_constants(Binder *binder, Expr *value, const Expr *array, Expr **expr)
{
    uint32_t count;
    Expr **items;

    TRY(literal_elements(binder, array, &count, &items));
    if (count == 0)
        return STATUS_OK;
    items[-1] = value;
    *expr = expr_form(binder->arena, EXPR_IN, type_of(TYPE_BOOL), count + 1, items - 1);
    return STATUS_OK;
}

/* The elements of ARRAY[…], also those of arrays in it. */
static uint32_t
flatten_elements(const Expr *array, Expr **elements)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < array->argument_count; i++) {
        Expr *argument = array->arguments[i];
        const bool nested = argument->kind == EXPR_CALL && argument->function->kernel == kernel_array;
        if (!nested && elements != NULL)
            elements[count] = argument;
        count += nested ? flatten_elements(argument, elements == NULL ? NULL : elements + count) : 1;
    }
    return count;
}

Status
bind_array_elements(Binder *binder, const Expr *array, uint32_t *count, Expr ***elements)
{
    *elements = NULL;
    *count = 0;
    if (array->kind != EXPR_CALL)
        return STATUS_OK;
    if (array->function->kernel == kernel_array) {
        *count = flatten_elements(array, NULL);
        *elements = ARENA_ARRAY(binder->arena, Expr *, *count + 1);
        flatten_elements(array, *elements);
        return STATUS_OK;
    }
    if (!is_literal_array(array) || array->type.nested->types[0].id == TYPE_LIST)
        return STATUS_OK;
    return literal_elements(binder, array, count, elements);
}

static Status
as_membership(Binder *binder, const AstExpr *ast, Expr **expr)
{
    const Expr *call = *expr;
    const Expr *array = call->arguments[1];
    const bool equals = strcmp(ast->text, ast->flag ? "<>" : "=") == 0;
    Expr *in = NULL;

    if (!equals || !is_literal_array(array) || array->type.nested->types[0].id == TYPE_LIST ||
        !type_equal(call->arguments[0]->type, array->type.nested->types[0]))
        return STATUS_OK;
    TRY(list_constants(binder, call->arguments[0], array, &in));
    if (in == NULL)
        return STATUS_OK;
    in->position = ast->position;
    *expr = in;
    return ast->flag ? bind_resolved_call(binder, "not", ast->position, 1, &in, expr) : STATUS_OK;
}

Status
bind_array_quantified(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    const char *name = quantified_name(binder, ast);
    const AstExpr *array = ast->arguments[1];
    Expr *operands[2];

    if (array->kind == AST_ARRAY && array->count > 0 && strcmp(ast->text, ast->flag ? "<>" : "=") == 0 &&
        array->arguments[0]->kind != AST_ARRAY) {
        const AstExpr **arguments = ARENA_ARRAY(binder->arena, const AstExpr *, array->count + 1);
        const AstExpr in = {.kind = AST_IN,
                            .position = ast->position,
                            .flag = ast->flag,
                            .count = array->count + 1,
                            .arguments = arguments};
        arguments[0] = ast->arguments[0];
        memcpy(arguments + 1, array->arguments, array->count * sizeof *arguments);
        return bind_in(binder, place, &in, expr);
    }
    TRY(bind_expr(binder, place, ast->arguments[0], &operands[0]));
    if (array->kind == AST_ARRAY && array->count > 0 && array->arguments[0]->kind != AST_ARRAY)
        return bind_each(binder, place, ast, operands[0], expr);
    TRY(bind_expr(binder, place, array, &operands[1]));
    if (bind_is_unknown(operands[1]) && operands[0]->type.id == TYPE_NUMERIC)
        TRY(bind_coerce(binder, operands[1], type_list(type_of(TYPE_NUMERIC)), CAST_IMPLICIT, &operands[1]));
    if (!bind_is_unknown(operands[1]) && operands[1]->type.id != TYPE_LIST)
        return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                            "op ANY/ALL (array) requires array on right side");
    if (name == NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "not supported yet: %s %s over an array that is no ARRAY[…]", ast->text,
                            ast->flag ? "ALL" : "ANY");
    if (bind_is_unknown(operands[1]) && bind_is_unknown(operands[0]))
        TRY(bind_known(binder, &operands[0]));
    TRY(bind_resolved_call(binder, name, ast->position, 2, operands, expr));
    return as_membership(binder, ast, expr);
}
