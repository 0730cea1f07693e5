/* Casts between types, and the type that several settle on (PostgreSQL's manual, 10.2 to 10.5). */
#include "expr/registry.h"

static int
integer_digits(Type type)
{
    return type.precision - type.scale;
}

/* The same bytes mean the same in both, also as text, and no modifier of `to` can be violated: what wants a
 * `to` only to read it may be given a `from`. */
static bool
is_same_value(Type from, Type to)
{
    if (type_equal(from, to))
        return true;
    if (from.id == TYPE_NUMERIC && to.id == TYPE_NUMERIC)
        return from.scale == to.scale && from.precision <= to.precision &&
               type_layout(from) == type_layout(to);
    if (to.id == TYPE_VARCHAR && to.length != TYPE_NO_LENGTH)
        return from.id == TYPE_VARCHAR && from.length != TYPE_NO_LENGTH && from.length <= to.length;
    if (to.id == TYPE_BPCHAR)
        return from.id == TYPE_BPCHAR &&
               (to.length == TYPE_NO_LENGTH || (from.length != TYPE_NO_LENGTH && from.length <= to.length));
    if (to.id == TYPE_TEXT || to.id == TYPE_VARCHAR)
        return type_is_string(from.id) || from.id == TYPE_UNKNOWN;
    if (type_has_time_digits(to.id))
        return from.id == to.id && to.length == TYPE_NO_LENGTH;
    return to.id == TYPE_INT4 && from.id == TYPE_INT2;
}

static const Function *
find_list_cast(Type from, Type to, CastContext context)
{
    bool needed;

    if (from.nested == NULL || to.nested == NULL)
        return NULL;
    if (function_find_cast(from.nested->types[0], to.nested->types[0], context, &needed) == NULL)
        return NULL;
    return registry_cast(TYPE_LIST, TYPE_LIST, CAST_EXPLICIT);
}

const Function *
function_find_cast(Type from, Type to, CastContext context, bool *needed)
{
    /* Arrays are cast by their elements; records by their fields, which the binder does, or to text. */
    if (from.id == to.id && type_category(to.id) == CATEGORY_NESTED && !type_equal(from, to)) {
        *needed = true;
        return to.id == TYPE_LIST ? find_list_cast(from, to, context) : NULL;
    }
    *needed = context == CAST_IMPLICIT ? !is_same_value(from, to) : !type_equal(from, to);
    if (!*needed)
        return registry_cast(TYPE_UNKNOWN, TYPE_TEXT, CAST_EXPLICIT);
    return registry_cast(from.id, to.id, context);
}

/* One type for two of the same id that differ in modifiers, and not in their elements. */
static Type
unify_modifiers(Type a, Type b)
{
    if (type_equal(a, b) || a.nested != NULL)
        return a;
    if (a.id == TYPE_NUMERIC) {
        const int digits = integer_digits(a) > integer_digits(b) ? integer_digits(a) : integer_digits(b);
        const int scale = a.scale > b.scale ? a.scale : b.scale;
        const int precision = digits + scale > NUMERIC_DIGITS_MAX ? NUMERIC_DIGITS_MAX : digits + scale;
        return type_numeric((uint8_t)precision, (uint8_t)scale);
    }
    a.length = TYPE_NO_LENGTH;
    return a;
}

/* select_common_type(): the first known type, unless a later one of its category takes it implicitly. */
static bool
choose_common(uint32_t count, const Type *types, TypeId *chosen)
{
    *chosen = TYPE_UNKNOWN;
    for (uint32_t i = 0; i < count; i++) {
        const TypeId id = types[i].id;
        if (id == TYPE_UNKNOWN || id == *chosen)
            continue;
        if (*chosen == TYPE_UNKNOWN) {
            *chosen = id;
            continue;
        }
        if (type_category(id) != type_category(*chosen))
            return false;
        if (!registry_is_preferred(*chosen) && registry_is_implicit(*chosen, id) &&
            !registry_is_implicit(id, *chosen))
            *chosen = id;
    }
    if (*chosen == TYPE_UNKNOWN)
        *chosen = TYPE_TEXT;
    return true;
}

/* *common becomes an array of what its elements and those of `own` settle on. */
static bool
unify_elements(Type *common, Type own)
{
    if (own.nested == NULL || common->nested == NULL || type_equal(own, *common))
        return true;
    if (own.id != TYPE_LIST)
        return false;
    const Type elements[2] = {common->nested->types[0], own.nested->types[0]};
    Type element;
    if (!function_common_type(2, elements, &element))
        return false;
    *common = type_list(element);
    return true;
}

bool
function_common_type(uint32_t count, const Type *types, Type *common)
{
    TypeId chosen;
    bool found = false;
    bool any_unknown = false;

    if (!choose_common(count, types, &chosen))
        return false;
    *common = type_of(chosen);
    for (uint32_t i = 0; i < count; i++) {
        any_unknown |= types[i].id == TYPE_UNKNOWN;
        if (types[i].id == TYPE_UNKNOWN)
            continue;
        if (!registry_is_implicit(types[i].id, chosen))
            return false;
        const Type own = registry_target(types[i], chosen);
        if (found && !unify_elements(common, own))
            return false;
        *common = found ? unify_modifiers(*common, own) : own;
        found = true;
    }
    if (any_unknown) /* a literal has no length or digits, and may have more */
        *common = type_without_time_digits(*common);
    if (any_unknown && type_is_string(chosen))
        common->length = TYPE_NO_LENGTH;
    return true;
}

bool
function_common_overflows(uint32_t count, const Type *types, Type common)
{
    for (uint32_t i = 0; common.id == TYPE_NUMERIC && i < count; i++) {
        const bool number = types[i].id == TYPE_NUMERIC || types[i].id == TYPE_INT2 ||
                            types[i].id == TYPE_INT4 || types[i].id == TYPE_INT8;
        if (number && integer_digits(registry_target(types[i], TYPE_NUMERIC)) > integer_digits(common))
            return true;
    }
    return false;
}
