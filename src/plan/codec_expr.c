/* Types, values and expressions as msgpack. Functions and aggregates travel by index and name: nodes of
 * another version are found out. */
#include "plan/codec.h"

#include "expr/function.h"

static void type_at_depth(Codec *codec, Type *type, uint32_t depth);

static void
nested_type(Codec *codec, NestedType *nested, uint32_t depth)
{
    codec_string(codec, &nested->name);
    CODEC_LIST(codec, nested->count, nested->types);
    const bool named = codec_optional(codec, nested->names);
    if (named)
        CODEC_LIST_OF(codec, nested->count, nested->names);
    for (uint32_t i = 0; i < nested->count && !codec_has_failed(codec); i++) {
        type_at_depth(codec, &nested->types[i], depth + 1);
        if (named)
            codec_string(codec, &nested->names[i]);
    }
}

static bool
type_is_sound(const Type *type)
{
    const NestedType *nested = type->nested;

    if (type->id == TYPE_NUMERIC &&
        (type->precision < 1 || type->precision > NUMERIC_DIGITS_MAX || type->scale > NUMERIC_DIGITS_MAX))
        return false;
    if (type->id == TYPE_LIST)
        return nested != NULL && nested->count == 1;
    if (type->id != TYPE_STRUCT)
        return nested == NULL;
    if (nested == NULL || (nested->count > 0 && nested->names == NULL))
        return false;
    for (uint32_t i = 0; i < nested->count; i++) {
        if (nested->names[i] == NULL)
            return false;
    }
    return true;
}

/* A record also has the type of its arrays. */
static void
add_array(Codec *codec, Type record)
{
    NestedType *array = ARENA_NEW(codec->arena, NestedType);
    Type *element = ARENA_NEW(codec->arena, Type);

    *element = record;
    *array = (NestedType){.count = 1, .types = element};
    ((NestedType *)record.nested)->array = array;
}

static void
type_at_depth(Codec *codec, Type *type, uint32_t depth)
{
    CODEC_BELOW(codec, type->id, TYPE_COUNT);
    CODEC_BELOW(codec, type->precision, UINT8_MAX);
    CODEC_BELOW(codec, type->scale, UINT8_MAX);
    codec_i32(codec, &type->length);
    if (codec_optional(codec, type->nested)) {
        if (depth >= CODEC_TYPE_DEPTH_MAX) {
            codec_fail(codec);
            return;
        }
        if (codec->reading)
            type->nested = ARENA_NEW(codec->arena, NestedType);
        nested_type(codec, (NestedType *)type->nested, depth);
    }
    if (codec->reading && !type_is_sound(type))
        codec_fail(codec);
    else if (codec->reading && type->id == TYPE_STRUCT)
        add_array(codec, *type);
    if (codec_has_failed(codec))
        *type = type_of(TYPE_UNKNOWN);
}

void
codec_type(Codec *codec, Type *type)
{
    type_at_depth(codec, type, 0);
}

void
codec_bound(Codec *codec, ColumnBound *bound)
{
    codec_bool(codec, &bound->known);
    if (!bound->known)
        return;
    codec_bool(codec, &bound->exact);
    codec_raw(codec, &bound->integer, sizeof bound->integer);
    codec_double(codec, &bound->real);
    if (!codec->reading) {
        pack_binary(&codec->out, bound->text.data, bound->text.size);
        return;
    }
    size_t size;
    const void *bytes = unpack_binary(&codec->in, &size);
    bound->text.data = arena_copy_bytes(codec->arena, bytes, size);
    bound->text.size = (uint32_t)size;
}

static void
string_value(Codec *codec, StringView *view)
{
    size_t size;

    if (!codec->reading) {
        pack_binary(&codec->out, string_view_data(view), view->size);
        return;
    }
    const void *bytes = unpack_binary(&codec->in, &size);
    *view = string_view(arena_copy_bytes(codec->arena, bytes, size), size);
}

/* One value at `value`, which has room for 16 bytes of its layout. */
static void
one_value(Codec *codec, Layout layout, void *value)
{
    if (layout == LAYOUT_VIEW)
        string_value(codec, value);
    else
        codec_raw(codec, value, layout_width(layout));
    if (codec->reading && layout == LAYOUT_BOOL && *(uint8_t *)value > 1)
        codec_fail(codec);
}

void
codec_values(Codec *codec, Type type, uint32_t count, const void **values)
{
    const Layout layout = type_layout(type);
    const size_t width = layout_width(layout);

    if (layout == LAYOUT_LIST) {
        codec_fail(codec);
        return;
    }
    codec_list_of(codec, count, (void **)values, width);
    for (uint32_t i = 0; i < count && !codec_has_failed(codec); i++) {
        char value[16];
        memcpy(value, (const char *)*values + i * width, width);
        one_value(codec, layout, value);
        if (codec->reading)
            memcpy((char *)*values + i * width, value, width);
    }
}

static void
constant_value(Codec *codec, Expr *expr)
{
    const Layout layout = type_layout(expr->type);

    if (!codec_optional(codec, expr->value))
        return;
    if (layout == LAYOUT_LIST) {
        codec_fail(codec);
        return;
    }
    if (codec->reading)
        expr->value = arena_alloc_zero(codec->arena, 16);
    one_value(codec, layout, (void *)expr->value);
}

static void
function_reference(Codec *codec, const Function **function)
{
    uint32_t index = codec->reading ? 0 : function_index(*function);
    const char *name = codec->reading ? NULL : (*function)->name;

    codec_u32(codec, &index);
    codec_string(codec, &name);
    if (!codec->reading)
        return;
    *function = function_at(index);
    if (*function == NULL || name == NULL || strcmp((*function)->name, name) != 0)
        codec_fail(codec);
}

void
codec_aggregate(Codec *codec, const Aggregate **aggregate)
{
    uint32_t index = codec->reading ? 0 : aggregate_index(*aggregate);
    const char *name = codec->reading ? NULL : (*aggregate)->name;

    codec_u32(codec, &index);
    codec_string(codec, &name);
    if (!codec->reading)
        return;
    *aggregate = index < aggregate_count() ? aggregate_at(index) : NULL;
    if (*aggregate == NULL || name == NULL || strcmp((*aggregate)->name, name) != 0)
        codec_fail(codec);
}

static void
expr_at_depth(Codec *codec, Expr **slot, uint32_t depth)
{
    if (codec->reading)
        *slot = ARENA_NEW(codec->arena, Expr);
    if (depth > CODEC_EXPR_DEPTH_MAX)
        codec_fail(codec);
    if (codec_has_failed(codec))
        return;

    Expr *expr = *slot;
    CODEC_BELOW(codec, expr->kind, EXPR_COUNT);
    codec_type(codec, &expr->type);
    codec_i32(codec, &expr->position);
    switch (expr->kind) {
    case EXPR_CONSTANT: constant_value(codec, expr); return;
    case EXPR_COLUMN: codec_u32(codec, &expr->column); return;
    case EXPR_CALL: function_reference(codec, &expr->function); break;
    default: break;
    }
    CODEC_LIST(codec, expr->argument_count, expr->arguments);
    for (uint32_t i = 0; i < expr->argument_count; i++)
        expr_at_depth(codec, &expr->arguments[i], depth + 1);
}

void
codec_expr(Codec *codec, Expr **expr)
{
    expr_at_depth(codec, expr, 0);
}

void
codec_optional_expr(Codec *codec, Expr **expr)
{
    if (codec_optional(codec, *expr))
        codec_expr(codec, expr);
}

void
codec_expr_list(Codec *codec, uint32_t *count, Expr ***expressions)
{
    CODEC_LIST(codec, *count, *expressions);
    for (uint32_t i = 0; i < *count; i++)
        codec_expr(codec, &(*expressions)[i]);
}

void
codec_expr_list_of(Codec *codec, uint32_t count, Expr ***expressions)
{
    CODEC_LIST_OF(codec, count, *expressions);
    for (uint32_t i = 0; i < count; i++)
        codec_expr(codec, &(*expressions)[i]);
}
