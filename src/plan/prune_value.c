/* Bounds and constants as values that compare, and the casts that keep their order. */
#include "plan/prune.h"

#include <math.h>

#define DAY_MICROSECONDS INT64_C(86400000000)

PruneValue
prune_value_of_bound(Type type, const ColumnBound *bound)
{
    PruneValue value = {.class = PRUNE_NONE, .exact = bound->exact};

    if (!bound->known)
        return value;
    switch (type_layout(type)) {
    case LAYOUT_BOOL:
    case LAYOUT_I32:
    case LAYOUT_I64:
    case LAYOUT_I128:
        value.class = PRUNE_INTEGER;
        value.integer = bound->integer;
        value.scale = type.id == TYPE_NUMERIC ? type.scale : 0;
        break;
    case LAYOUT_F64:
        value.class = PRUNE_REAL;
        value.real = bound->real;
        break;
    case LAYOUT_VIEW:
        value.class = PRUNE_TEXT;
        value.data = bound->text.data;
        value.size = bound->text.size;
        break;
    default: break;
    }
    return value;
}

PruneValue
prune_value_of_constant(const Expr *constant)
{
    const void *stored = constant->value;
    ColumnBound bound = {.known = stored != NULL, .exact = true};

    if (stored == NULL)
        return prune_value_of_bound(constant->type, &bound);
    switch (type_layout(constant->type)) {
    case LAYOUT_BOOL: bound.integer = *(const uint8_t *)stored; break;
    case LAYOUT_I32: bound.integer = *(const int32_t *)stored; break;
    case LAYOUT_I64: bound.integer = *(const int64_t *)stored; break;
    case LAYOUT_I128: bound.integer = *(const Int128 *)stored; break;
    case LAYOUT_F64: bound.real = *(const double *)stored; break;
    case LAYOUT_VIEW:
        bound.text.data = string_view_data(stored);
        bound.text.size = ((const StringView *)stored)->size;
        break;
    default: bound.known = false; break;
    }
    return prune_value_of_bound(constant->type, &bound);
}

static bool
raise_scale(PruneValue *value, uint8_t scale)
{
    for (; value->scale < scale; value->scale++) {
        if (__builtin_mul_overflow(value->integer, (Int128)10, &value->integer))
            return false;
    }
    return value->scale == scale;
}

static int
compare_reals(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

static int
compare_texts(const PruneValue *a, const PruneValue *b)
{
    const size_t common = a->size < b->size ? a->size : b->size;
    const int order = common == 0 ? 0 : memcmp(a->data, b->data, common);

    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

bool
prune_compare(const PruneValue *a, const PruneValue *b, int *order)
{
    PruneValue x = *a;
    PruneValue y = *b;

    if (a->class != b->class || a->class == PRUNE_NONE)
        return false;
    if (a->class == PRUNE_TEXT) {
        *order = compare_texts(a, b);
    } else if (a->class == PRUNE_REAL) {
        *order = compare_reals(a->real, b->real);
    } else {
        if (!raise_scale(x.scale < y.scale ? &x : &y, x.scale < y.scale ? y.scale : x.scale))
            return false;
        *order = (x.integer > y.integer) - (x.integer < y.integer);
    }
    return true;
}

bool
prune_position(const PruneValue *value, double *position)
{
    if (value->class == PRUNE_INTEGER)
        *position = (double)value->integer / pow(10, value->scale);
    else if (value->class == PRUNE_REAL)
        *position = value->real;
    else
        return false;
    return isfinite(*position);
}

StringView
prune_like_prefix(const StringView *pattern)
{
    const char *bytes = string_view_data(pattern);
    size_t size = 0;

    while (size < pattern->size && bytes[size] != '%' && bytes[size] != '_' && bytes[size] != '\\')
        size++;
    return string_view(bytes, size);
}
