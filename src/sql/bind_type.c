/* Type names and their modifiers. */
#include "sql/bind.h"

#include <string.h>

enum { LENGTH_MAX = 10485760, NUMERIC_DEFAULT_SCALE = 6 };

static const struct {
    const char *name;
    TypeId id;
} type_names[] = {
    {"bool", TYPE_BOOL},           {"boolean", TYPE_BOOL},       {"int2", TYPE_INT2},
    {"smallint", TYPE_INT2},       {"int4", TYPE_INT4},          {"int", TYPE_INT4},
    {"integer", TYPE_INT4},        {"int8", TYPE_INT8},          {"bigint", TYPE_INT8},
    {"float4", TYPE_FLOAT4},       {"real", TYPE_FLOAT4},        {"float8", TYPE_FLOAT8},
    {"float", TYPE_FLOAT8},        {"double", TYPE_FLOAT8},      {"numeric", TYPE_NUMERIC},
    {"decimal", TYPE_NUMERIC},     {"text", TYPE_TEXT},          {"string", TYPE_TEXT},
    {"name", TYPE_TEXT},           {"varchar", TYPE_VARCHAR},    {"bpchar", TYPE_BPCHAR},
    {"bytea", TYPE_BYTEA},         {"date", TYPE_DATE},          {"time", TYPE_TIME},
    {"timestamp", TYPE_TIMESTAMP}, {"datetime", TYPE_TIMESTAMP}, {"timestamptz", TYPE_TIMESTAMPTZ},
    {"interval", TYPE_INTERVAL},   {"uuid", TYPE_UUID},          {"json", TYPE_JSON},
    {"jsonb", TYPE_JSONB},
};

enum { TYPE_NAME_COUNT = sizeof type_names / sizeof type_names[0] };

static bool
find_type(const char *name, TypeId *id)
{
    for (size_t i = 0; i < TYPE_NAME_COUNT; i++) {
        if (strcmp(type_names[i].name, name) == 0) {
            *id = type_names[i].id;
            return true;
        }
    }
    return false;
}

bool
bind_type_exists(const char *name)
{
    TypeId id;

    return find_type(name, &id);
}

static Status
raise_undefined(Binder *binder, const AstType *ast)
{
    const char *names[TYPE_NAME_COUNT];

    for (size_t i = 0; i < TYPE_NAME_COUNT; i++)
        names[i] = type_names[i].name;
    error_set_at(binder->error, STATUS_UNDEFINED_OBJECT, ast->position, "type \"%s\" does not exist",
                 ast->name);
    const char *nearest = name_nearest(ast->name, TYPE_NAME_COUNT, names);
    if (nearest != NULL)
        error_hint(binder->error, "Perhaps you meant the type \"%s\".", nearest);
    return STATUS_UNDEFINED_OBJECT;
}

static Status
read_modifiers(Binder *binder, const AstType *ast, uint32_t limit, int64_t *values)
{
    if (ast->modifier_count > limit)
        return error_set_at(binder->error, STATUS_INVALID_PARAMETER, ast->position,
                            "invalid type modifier for type \"%s\"", ast->name);
    for (uint32_t i = 0; i < ast->modifier_count; i++) {
        const AstExpr *modifier = ast->modifiers[i];
        if (modifier == NULL || modifier->kind != AST_INTEGER)
            return error_set_at(binder->error, STATUS_SYNTAX, ast->position,
                                "type modifiers must be simple constants or identifiers");
        values[i] = modifier->integer;
    }
    return STATUS_OK;
}

static Status
bind_numeric(Binder *binder, const AstType *ast, NamedType *type)
{
    int64_t values[2] = {0, 0};

    TRY(read_modifiers(binder, ast, 2, values));
    type->any_numeric = ast->modifier_count == 0;
    if (type->any_numeric) {
        type->type = type_numeric(NUMERIC_DIGITS_MAX, NUMERIC_DEFAULT_SCALE);
        return STATUS_OK;
    }
    if (values[0] < 1 || values[0] > NUMERIC_DIGITS_MAX)
        return error_set_at(binder->error, STATUS_INVALID_PARAMETER, ast->position,
                            "NUMERIC precision %lld must be between 1 and %d", (long long)values[0],
                            (int)NUMERIC_DIGITS_MAX);
    if (values[1] < 0 || values[1] > values[0])
        return error_set_at(binder->error, STATUS_INVALID_PARAMETER, ast->position,
                            "NUMERIC scale %lld must be between 0 and precision %lld", (long long)values[1],
                            (long long)values[0]);
    type->type = type_numeric((uint8_t)values[0], (uint8_t)values[1]);
    return STATUS_OK;
}

static Status
bind_length(Binder *binder, const AstType *ast, NamedType *type)
{
    int64_t value = TYPE_NO_LENGTH;

    TRY(read_modifiers(binder, ast, 1, &value));
    if (ast->modifier_count == 0)
        return STATUS_OK;
    if (value < 1 || value > LENGTH_MAX)
        return error_set_at(binder->error, STATUS_INVALID_PARAMETER, ast->position,
                            value < 1 ? "length for type %s must be at least 1"
                                      : "length for type %s cannot exceed 10485760",
                            type->type.id == TYPE_VARCHAR ? "varchar" : "char");
    type->type.length = (int32_t)value;
    return STATUS_OK;
}

/* INTERVAL's fields come as a mask, before the digits. */
static Status
bind_time_modifiers(Binder *binder, const AstType *ast, NamedType *type)
{
    const bool interval = type->type.id == TYPE_INTERVAL;
    int64_t values[2] = {0, INTERVAL_ALL_DIGITS};

    TRY(read_modifiers(binder, ast, interval ? 2 : 1, values));
    if (ast->modifier_count == 0)
        return STATUS_OK;
    int64_t *digits = &values[interval ? 1 : 0];
    if (*digits < 0)
        return error_set_at(binder->error, STATUS_INVALID_PARAMETER, ast->position,
                            "%s(%lld) precision must not be negative", type_name(type->type.id),
                            (long long)*digits);
    if (*digits > TIME_DIGITS_MAX && *digits != INTERVAL_ALL_DIGITS)
        *digits = TIME_DIGITS_MAX;
    type->type.length = (int32_t)(interval ? values[0] << INTERVAL_FIELDS_SHIFT | *digits : *digits);
    return STATUS_OK;
}

static Status
bind_base_type(Binder *binder, const AstType *ast, NamedType *type)
{
    switch (type->type.id) {
    case TYPE_NUMERIC: return bind_numeric(binder, ast, type);
    case TYPE_VARCHAR:
    case TYPE_BPCHAR: return bind_length(binder, ast, type);
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INTERVAL: return bind_time_modifiers(binder, ast, type);
    default: {
        int64_t none;
        return read_modifiers(binder, ast, 0, &none);
    }
    }
}

static Status
find_composite(Binder *binder, const AstType *ast, Type *type)
{
    const BindContext *context = binder->context;
    FoundType found;
    Error error = {0};

    if (context->find_type == NULL)
        return raise_undefined(binder, ast);
    const Status status = context->find_type(context->lookup, ast->schema, ast->name, &found, &error);
    if (status == STATUS_UNDEFINED_OBJECT)
        return raise_undefined(binder, ast);
    if (status != STATUS_OK)
        return bind_at(binder, error_copy(binder->error, &error), ast->position);
    bind_note_use(binder, found.kind, found.id);
    *type = found.type;
    return bind_check_bounds(binder, *type, ast->position);
}

Status
bind_type(Binder *binder, const AstType *ast, NamedType *type)
{
    TypeId id;

    *type = (NamedType){0};
    if (ast->set_of)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position, "SETOF is not supported");
    const bool builtin = ast->schema == NULL && find_type(ast->name, &id);
    if (!builtin)
        TRY(find_composite(binder, ast, &type->type));
    if (ast->dimensions > ARRAY_DIMENSIONS_MAX)
        return error_set_at(binder->error, STATUS_LIMIT_EXCEEDED, ast->position,
                            "number of array dimensions (%u) exceeds the maximum allowed (%d)",
                            ast->dimensions, (int)ARRAY_DIMENSIONS_MAX);
    if (builtin)
        type->type = type_of(id);
    TRY(bind_base_type(binder, ast, type));
    for (uint32_t i = 0; i < ast->dimensions; i++) {
        if (i > 0 && !builtin)
            return error_set_at(binder->error, STATUS_NOT_SUPPORTED, ast->position,
                                "not supported yet: arrays of records of more than one dimension");
        type->type = type_list(type->type);
    }
    return STATUS_OK;
}

const char *
bind_type_name(Binder *binder, Type type)
{
    if (type.id == TYPE_LIST && type.nested != NULL)
        return arena_format(binder->arena, "%s[]", bind_type_name(binder, type.nested->types[0]));
    if (type.id == TYPE_STRUCT && type.nested != NULL && type.nested->name != NULL)
        return type.nested->name;
    return type_name(type.id);
}

Status
bind_check_bounds(Binder *binder, Type type, int32_t position)
{
    if (type_is_bounded(type))
        return STATUS_OK;
    return error_set_at(binder->error, STATUS_TOO_COMPLEX, position,
                        "a record can have at most %d levels and %d fields in all", (int)TYPE_NESTING_MAX,
                        (int)TYPE_PARTS_MAX);
}

static Status
bind_attribute(Binder *binder, const AstStatement *ast, uint32_t number, Type *type)
{
    const AstColumn *column = &ast->columns[number];
    NamedType named;

    for (uint32_t i = 0; i < number; i++) {
        if (strcmp(ast->columns[i].name, column->name) == 0)
            return error_set_at(binder->error, STATUS_DUPLICATE_COLUMN, column->position,
                                "column \"%s\" specified more than once", column->name);
    }
    if (column->unsupported != NULL)
        return error_set_at(binder->error, STATUS_NOT_SUPPORTED, column->position, "%s is not supported",
                            column->unsupported);
    TRY(bind_type(binder, column->type, &named));
    *type = named.type;
    return STATUS_OK;
}

Status
bind_create_type(Binder *binder, const AstStatement *ast, BoundStatement *statement)
{
    const AstRelation *name = &ast->relation;
    TypeId id;

    statement->command = "CREATE TYPE";
    if (name->schema != NULL && strcmp(name->schema, "public") != 0)
        return error_set_at(binder->error, STATUS_UNDEFINED_SCHEMA, name->position,
                            "schema \"%s\" does not exist", name->schema);
    if (find_type(name->name, &id))
        return error_set_at(binder->error, STATUS_DUPLICATE_OBJECT, name->position,
                            "type \"%s\" already exists", name->name);
    if (ast->column_count > SQL_COLUMNS_MAX)
        return error_set(binder->error, STATUS_TOO_MANY_COLUMNS, "a type can have at most %d attributes",
                         (int)SQL_COLUMNS_MAX);
    statement->composite = type_record(binder->arena, name->name, ast->column_count);
    for (uint32_t i = 0; i < ast->column_count; i++) {
        statement->composite.nested->names[i] = ast->columns[i].name;
        TRY(bind_attribute(binder, ast, i, &statement->composite.nested->types[i]));
    }
    return bind_check_bounds(binder, statement->composite, name->position);
}
