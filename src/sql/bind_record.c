/* Records: ROW(…) and whole rows as values, their fields, and what one record type makes of another. */
#include "sql/bind.h"

#include <string.h>

/* A table whose row is meant: of the place, or of rows around it. */
typedef struct Whole {
    const ScopeTable *table;
    uint32_t level;
} Whole;

static Status
find_whole(Binder *binder, const ExprPlace *place, const AstExpr *ast, Whole *whole)
{
    *whole = (Whole){.table = bind_find_table(place->scope, ast->name_count, ast->names)};
    for (const OuterRows *rows = binder->outer; rows != NULL && whole->table == NULL; rows = rows->next) {
        whole->table = bind_find_table(rows->place->scope, ast->name_count, ast->names);
        whole->level = binder->depth - rows->depth;
        if (whole->table != NULL && rows->out_of_reach)
            return bind_raise_out_of_reach(binder, ast);
    }
    return STATUS_OK;
}

static Expr *
whole_column(Binder *binder, const Whole *whole, uint32_t number, int32_t position)
{
    const ScopeColumn *column = &whole->table->columns[number];
    Expr *expr = whole->level == 0 ? expr_column(binder->arena, column->type, column->index)
                                   : expr_outer(binder->arena, column->type, whole->level, column->index);

    expr->position = position;
    return expr;
}

/* A record with fields of those names (NULL: f1, f2, …); NULL where `mark` is (a mark of NULL: never). */
static Status
make_record(Binder *binder, const char *name, Expr *mark, const Outputs *fields, int32_t position,
            Expr **expr)
{
    const uint32_t first = mark != NULL;
    Type type = type_record(binder->arena, name, fields->count);
    Expr **values = ARENA_ARRAY(binder->arena, Expr *, first + fields->count + 1);
    Type types[1] = {type_of(TYPE_BOOL)};
    const Function *function;
    Type ignored;

    values[0] = mark;
    for (uint32_t i = 0; i < fields->count; i++) {
        values[first + i] = fields->items[i].expr;
        type.nested->types[i] = fields->items[i].expr->type;
        type.nested->names[i] =
            fields->items[i].name != NULL ? fields->items[i].name : arena_format(binder->arena, "f%u", i + 1);
    }
    TRY(bind_check_bounds(binder, type, position));
    const uint32_t count = first + fields->count;
    TRY(function_resolve(mark != NULL ? "row_of_match" : "row", count > 0, types, &function, &ignored,
                         binder->error));
    *expr = expr_call(binder->arena, function, type, count, values);
    (*expr)->position = position;
    return STATUS_OK;
}

static Expr *
whole_mark(Binder *binder, const Whole *whole)
{
    const ScopeTable *table = whole->table;

    if (!table->nullable)
        return NULL;
    binder->wants_marks |= table->mark == NO_MARK;
    if (table->mark == NO_MARK)
        return NULL;
    return whole->level == 0 ? expr_column(binder->arena, type_of(TYPE_BOOL), table->mark)
                             : expr_outer(binder->arena, type_of(TYPE_BOOL), whole->level, table->mark);
}

Status
bind_whole_row(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Outputs fields = {0};
    Whole whole;

    *expr = NULL;
    TRY(find_whole(binder, place, ast, &whole));
    if (whole.table == NULL)
        return STATUS_OK;
    for (uint32_t i = 0; i < whole.table->column_count; i++)
        bind_add_output(binder, &fields, whole.table->columns[i].name,
                        whole_column(binder, &whole, i, ast->position), false);
    return make_record(binder, whole.table->row_type, whole_mark(binder, &whole), &fields, ast->position,
                       expr);
}

static bool
is_call_of(const Expr *expr, const char *name)
{
    return expr->kind == EXPR_CALL && strcmp(expr->function->name, name) == 0;
}

/* The fields of a record that is made here and now are what it is made of; NULL for other records. */
static Expr **
fields_of(const Expr *record)
{
    if (is_call_of(record, "row_of_match"))
        return record->arguments + 1;
    return is_call_of(record, "row") ? record->arguments : NULL;
}

static Status
make_field(Binder *binder, Expr *record, uint32_t number, int32_t position, Expr **expr)
{
    const int32_t argument = (int32_t)number;
    Expr *arguments[2] = {record, expr_constant(binder->arena, type_of(TYPE_INT4), &argument)};
    Type types[2] = {record->type, arguments[1]->type};
    const Function *function;
    Type ignored;

    if (fields_of(record) != NULL) {
        *expr = fields_of(record)[number];
        return STATUS_OK;
    }
    TRY(function_resolve("record_field", 2, types, &function, &ignored, binder->error));
    *expr = expr_call(binder->arena, function, record->type.nested->types[number], 2, arguments);
    (*expr)->position = position;
    return STATUS_OK;
}

static Status
raise_no_field(Binder *binder, const AstExpr *ast, Type type)
{
    if (type.nested->name == NULL)
        return error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, ast->position,
                            "could not identify column \"%s\" in record data type", ast->text);
    return error_set_at(binder->error, STATUS_UNDEFINED_COLUMN, ast->position,
                        "column \"%s\" not found in data type %s", ast->text, type.nested->name);
}

/* What stands before .name or .*, which must be a record. */
static Status
bind_record(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **record)
{
    TRY(bind_expr(binder, place, ast->arguments[0], record));
    if ((*record)->type.id == TYPE_STRUCT)
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_WRONG_OBJECT_TYPE, ast->position,
                        "column notation .%s applied to type %s, which is not a composite type",
                        ast->text == NULL ? "*" : ast->text, bind_type_name(binder, (*record)->type));
}

Status
bind_field(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Expr *record;

    if (ast->text == NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                            "row expansion via \"*\" is not supported here");
    TRY(bind_record(binder, place, ast, &record));
    for (uint32_t i = 0; i < record->type.nested->count; i++) {
        if (strcmp(record->type.nested->names[i], ast->text) == 0)
            return make_field(binder, record, i, ast->position, expr);
    }
    return raise_no_field(binder, ast, record->type);
}

Status
bind_fields(Binder *binder, Expr *record, int32_t position, Outputs *outputs)
{
    for (uint32_t i = 0; i < record->type.nested->count; i++) {
        Expr *copy = record;
        Expr *field;
        if (i > 0 && fields_of(record) == NULL)
            TRY(bind_duplicate(binder, record, &copy));
        TRY(make_field(binder, copy, i, position, &field));
        bind_add_output(binder, outputs, record->type.nested->names[i], field, false);
    }
    return STATUS_OK;
}

Status
bind_record_star(Binder *binder, const ExprPlace *place, const AstExpr *ast, Outputs *outputs)
{
    Expr *record;

    TRY(bind_record(binder, place, ast, &record));
    return bind_fields(binder, record, ast->position, outputs);
}

Status
bind_table_star(Binder *binder, const ExprPlace *place, const AstExpr *ast, Outputs *outputs)
{
    Whole whole;

    TRY(find_whole(binder, place, ast, &whole));
    if (whole.table == NULL)
        return bind_qualifier(binder, place->scope, ast, &whole.table);
    for (uint32_t i = 0; i < whole.table->column_count; i++) {
        if (!whole.table->columns[i].unlisted)
            bind_add_output(binder, outputs, whole.table->columns[i].name,
                            whole_column(binder, &whole, i, ast->position), false);
    }
    return STATUS_OK;
}

/* t.* among the values of a row, which have no names of their own. */
static Status
add_table(Binder *binder, const ExprPlace *place, const AstExpr *ast, Outputs *values)
{
    const uint32_t first = values->count;

    if (ast->name_count == 0)
        return place->scope == NULL ? bind_expr(binder, place, ast, &(Expr *){NULL})
                                    : bind_star(binder, place, ast, values);
    TRY(bind_table_star(binder, place, ast, values));
    for (uint32_t i = first; i < values->count; i++)
        values->items[i].name = NULL;
    return STATUS_OK;
}

static Status
add_values(Binder *binder, const ExprPlace *place, const AstExpr *row, Outputs *values)
{
    for (uint32_t i = 0; i < row->count; i++) {
        const AstExpr *value = row->arguments[i];
        Expr *expr;
        if (value->kind == AST_STAR) {
            TRY(add_table(binder, place, value, values));
        } else if (value->kind == AST_FIELD && value->text == NULL) {
            TRY(bind_record_star(binder, place, value, values));
        } else {
            TRY(bind_expr(binder, place, value, &expr));
            bind_add_output(binder, values, NULL, expr, false);
        }
    }
    return STATUS_OK;
}

Status
bind_row(Binder *binder, const ExprPlace *place, const AstExpr *ast, uint32_t *count, Expr ***values)
{
    Outputs bound = {0};

    if (ast->kind == AST_ROW) {
        TRY(add_values(binder, place, ast, &bound));
    } else {
        Expr *expr;
        TRY(bind_expr(binder, place, ast, &expr));
        bind_add_output(binder, &bound, NULL, expr, false);
    }
    *count = bound.count;
    *values = ARENA_ARRAY(binder->arena, Expr *, bound.count + 1);
    for (uint32_t i = 0; i < bound.count; i++)
        (*values)[i] = bound.items[i].expr;
    return STATUS_OK;
}

Status
bind_row_value(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr)
{
    Outputs values = {0};

    TRY(add_values(binder, place, ast, &values));
    for (uint32_t i = 0; i < values.count; i++) {
        values.items[i].name = NULL;
        TRY(bind_known(binder, &values.items[i].expr));
    }
    return make_record(binder, NULL, NULL, &values, ast->position, expr);
}

/* NULL where the record is, else the record of `made`. */
static Status
where_exists(Binder *binder, Expr *record, Expr *made, Expr **expr)
{
    Expr *arms[3] = {record, made, expr_null(binder->arena, made->type)};

    TRY(bind_resolved_call(binder, "record_exists", record->position, 1, &arms[0], &arms[0]));
    *expr = expr_form(binder->arena, EXPR_CASE, made->type, 3, arms);
    (*expr)->position = record->position;
    return STATUS_OK;
}

/* A literal in ROW(…) became text; a cast of the row reads it as what it is wanted for. */
static Expr *
bind_untyped(Binder *binder, const Expr *text)
{
    Expr *literal = expr_constant(binder->arena, type_of(TYPE_UNKNOWN), text->value);

    literal->position = text->position;
    return literal;
}

Status
bind_record_cast(Binder *binder, Expr *record, Type type, CastContext context, Expr **expr)
{
    const uint32_t count = type.nested->count;
    Outputs fields = {0};

    if (record->type.nested->count != count) {
        error_set_at(binder->error, STATUS_CANNOT_COERCE, record->position, "cannot cast type %s to %s",
                     bind_type_name(binder, record->type), bind_type_name(binder, type));
        return error_hint(binder->error, "Input has too %s columns.",
                          record->type.nested->count < count ? "few" : "many");
    }
    for (uint32_t i = 0; i < count; i++) {
        Expr *copy = record;
        Expr *field;
        if (fields_of(record) == NULL)
            TRY(bind_duplicate(binder, record, &copy));
        TRY(make_field(binder, copy, i, record->position, &field));
        if (expr_is_constant(field) && field->type.id == TYPE_TEXT) /* perhaps a literal without a type */
            field = bind_untyped(binder, field);
        TRY(bind_coerce(binder, field, type.nested->types[i], context, &field));
        bind_add_output(binder, &fields, type.nested->names[i], field, false);
    }
    Expr *mark = is_call_of(record, "row_of_match") ? record->arguments[0] : NULL;
    TRY(make_record(binder, type.nested->name, mark, &fields, record->position, expr));
    return fields_of(record) != NULL ? STATUS_OK : where_exists(binder, record, *expr, expr);
}

/* Two records are compared as their bytes: their fields must be kept alike. */
Status
bind_record_operands(Binder *binder, int32_t position, Expr **operands)
{
    const NestedType *left = operands[0]->type.nested;
    const NestedType *right = operands[1]->type.nested;
    Type common;

    if (left->count != right->count)
        return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, position,
                            "cannot compare record types with different numbers of columns");
    common = type_record(binder->arena, NULL, left->count);
    bool same = true;
    for (uint32_t i = 0; i < left->count; i++) {
        const Type types[2] = {left->types[i], right->types[i]};
        if (types[0].id != types[1].id || !function_common_type(2, types, &common.nested->types[i]))
            return error_set_at(binder->error, STATUS_DATATYPE_MISMATCH, position,
                                "cannot compare dissimilar column types %s and %s at record column %u",
                                bind_type_name(binder, types[0]), bind_type_name(binder, types[1]), i + 1);
        common.nested->names[i] = left->names[i];
        TRY(bind_check_equality(binder, types[0], position));
        same = same && type_equal(types[0], types[1]);
    }
    for (uint32_t i = 0; i < 2 && !same; i++)
        TRY(bind_record_cast(binder, operands[i], common, CAST_IMPLICIT, &operands[i]));
    return STATUS_OK;
}

static Status
find_field(Binder *binder, Type type, const AstTarget *target, uint32_t depth, uint32_t *field)
{
    const char *name = target->fields[depth];

    if (type.id != TYPE_STRUCT)
        return error_set_at(
            binder->error, STATUS_DATATYPE_MISMATCH, target->position,
            "cannot assign to field \"%s\" of column \"%s\" because its type %s is not a composite type",
            name, target->name, bind_type_name(binder, type));
    for (*field = 0; *field < type.nested->count; ++*field) {
        if (strcmp(type.nested->names[*field], name) == 0)
            return STATUS_OK;
    }
    return error_set_at(
        binder->error, STATUS_UNDEFINED_COLUMN, target->position,
        "cannot assign to field \"%s\" of column \"%s\" because there is no such column in data "
        "type %s",
        name, target->name, bind_type_name(binder, type));
}

static Status
set_field(Binder *binder, Expr *record, const AstTarget *target, uint32_t depth, Expr *value, Expr **made)
{
    const Type type = record->type;
    Outputs fields = {0};
    uint32_t number = 0;

    TRY(find_field(binder, type, target, depth, &number));
    for (uint32_t i = 0; i < type.nested->count; i++) {
        const ColumnInfo column = {.name = type.nested->names[i], .type = type.nested->types[i]};
        Expr *copy = record;
        Expr *field = NULL;
        if (fields_of(record) == NULL)
            TRY(bind_duplicate(binder, record, &copy));
        TRY(make_field(binder, copy, i, target->position, &field));
        if (i == number && depth + 1 < target->field_count)
            TRY(set_field(binder, field, target, depth + 1, value, &field));
        else if (i == number)
            TRY(bind_assignment(binder, &column, value, &field));
        bind_add_output(binder, &fields, column.name, field, false);
    }
    return make_record(binder, type.nested->name, NULL, &fields, target->position, made);
}

Status
bind_set_field(Binder *binder, Expr *record, const AstTarget *target, Expr *value, Expr **made)
{
    return set_field(binder, record, target, 0, value, made);
}
