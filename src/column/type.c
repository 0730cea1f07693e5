#include "column/type.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct TypeRow {
    const char *name;
    Layout layout;
    TypeCategory category;
} TypeRow;

static const TypeRow type_rows[TYPE_COUNT] = {
#define X(name, pg_name, layout, category) {pg_name, layout, category},
    TYPE_LIST_ALL(X)
#undef X
};

static const uint8_t layout_widths[LAYOUT_COUNT] = {
    [LAYOUT_BOOL] = 1, [LAYOUT_I32] = 4,   [LAYOUT_I64] = 8,       [LAYOUT_I128] = 16,
    [LAYOUT_F64] = 8,  [LAYOUT_VIEW] = 16, [LAYOUT_INTERVAL] = 16, [LAYOUT_LIST] = 8,
};

Layout
type_layout(Type type)
{
    assert(type.id < TYPE_COUNT);
    if (type.id == TYPE_NUMERIC && type.precision <= NUMERIC_DIGITS_I64)
        return LAYOUT_I64;
    return type_rows[type.id].layout;
}

TypeCategory
type_category(TypeId id)
{
    return type_rows[id].category;
}

size_t
layout_width(Layout layout)
{
    return layout_widths[layout];
}

static bool
same_name(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
type_equal(Type a, Type b)
{
    if (a.id != b.id || a.precision != b.precision || a.scale != b.scale || a.length != b.length)
        return false;
    if (a.nested == b.nested)
        return true;
    if (a.nested == NULL || b.nested == NULL || a.nested->count != b.nested->count)
        return false;
    if (!same_name(a.nested->name, b.nested->name))
        return false;
    for (uint32_t i = 0; i < a.nested->count; i++) {
        if (!type_equal(a.nested->types[i], b.nested->types[i]))
            return false;
        if (a.id == TYPE_STRUCT && strcmp(a.nested->names[i], b.nested->names[i]) != 0)
            return false;
    }
    return true;
}

bool
type_is_integer(TypeId id)
{
    return id == TYPE_INT2 || id == TYPE_INT4 || id == TYPE_INT8;
}

bool
type_is_float(TypeId id)
{
    return id == TYPE_FLOAT4 || id == TYPE_FLOAT8;
}

bool
type_is_string(TypeId id)
{
    return id == TYPE_TEXT || id == TYPE_VARCHAR || id == TYPE_BPCHAR;
}

bool
type_has_time_digits(TypeId id)
{
    return id == TYPE_TIME || id == TYPE_TIMESTAMP || id == TYPE_TIMESTAMPTZ || id == TYPE_INTERVAL;
}

int32_t
type_time_digits(Type type)
{
    if (type.length == TYPE_NO_LENGTH)
        return TIME_DIGITS_MAX;
    const int32_t digits = type.length & INTERVAL_ALL_DIGITS;
    return digits < TIME_DIGITS_MAX ? digits : TIME_DIGITS_MAX;
}

int32_t
type_interval_fields(Type type)
{
    return type.length == TYPE_NO_LENGTH ? INTERVAL_ALL_FIELDS : type.length >> INTERVAL_FIELDS_SHIFT;
}

Type
type_without_time_digits(Type type)
{
    if (type.id == TYPE_LIST && type.nested != NULL && type_can_be_element(type.nested->types[0]))
        return type_list(type_without_time_digits(type.nested->types[0]));
    if (type_has_time_digits(type.id))
        type.length = TYPE_NO_LENGTH;
    return type;
}

const char *
type_name(TypeId id)
{
    return type_rows[id].name;
}

/* "interval day to second(3)" */
static void
format_interval(Type type, Buffer *out)
{
    static const struct {
        const char *name;
        int32_t field;
    } names[] = {{"year", INTERVAL_YEAR}, {"month", INTERVAL_MONTH},   {"day", INTERVAL_DAY},
                 {"hour", INTERVAL_HOUR}, {"minute", INTERVAL_MINUTE}, {"second", INTERVAL_SECOND}};
    const int32_t fields = type_interval_fields(type);
    const char *first = NULL;
    const char *last = NULL;

    for (size_t i = 0; fields != INTERVAL_ALL_FIELDS && i < sizeof names / sizeof names[0]; i++) {
        if ((fields & names[i].field) == 0)
            continue;
        first = first == NULL ? names[i].name : first;
        last = names[i].name;
    }
    buffer_append_string(out, "interval");
    if (first != NULL)
        buffer_append_format(out, " %s", first);
    if (last != first)
        buffer_append_format(out, " to %s", last);
    if ((type.length & INTERVAL_ALL_DIGITS) != INTERVAL_ALL_DIGITS)
        buffer_append_format(out, "(%d)", type_time_digits(type));
}

/* "timestamp(3) without time zone", "interval(0)": the digits stand behind the first word. */
static void
format_time(Type type, Buffer *out)
{
    const char *name = type_name(type.id);
    const size_t word = strcspn(name, " ");

    if (type.id == TYPE_INTERVAL)
        format_interval(type, out);
    else
        buffer_append_format(out, "%.*s(%d)%s", (int)word, name, type.length, name + word);
}

void
type_format(Type type, Buffer *out)
{
    if (type_has_time_digits(type.id) && type.length != TYPE_NO_LENGTH) {
        format_time(type, out);
        return;
    }
    if (type.id == TYPE_LIST) {
        type_format(type.nested->types[0], out);
        buffer_append_string(out, "[]");
        return;
    }
    if (type.id == TYPE_STRUCT && type.nested != NULL && type.nested->name != NULL) {
        buffer_append_string(out, type.nested->name);
        return;
    }
    buffer_append_string(out, type_name(type.id));
    if (type.id == TYPE_NUMERIC)
        buffer_append_format(out, "(%u,%u)", type.precision, type.scale);
    else if (type.length != TYPE_NO_LENGTH)
        buffer_append_format(out, "(%d)", type.length);
}

Type
type_record(Arena *arena, const char *name, uint32_t count)
{
    Type type = type_of(TYPE_STRUCT);
    NestedType *nested = ARENA_NEW(arena, NestedType);
    NestedType *array = ARENA_NEW(arena, NestedType);
    const char **names = ARENA_ARRAY(arena, const char *, count + 1);
    Type *types = ARENA_ARRAY(arena, Type, count + 1);

    if (nested == NULL || array == NULL || names == NULL || types == NULL)
        return type;
    *nested = (NestedType){.name = name, .count = count, .names = names, .types = types, .array = array};
    type.nested = nested;
    types[count] = type; /* behind the fields: the element of its arrays */
    *array = (NestedType){.count = 1, .types = &types[count]};
    return type;
}

static Type
copy_record(Arena *arena, Type type)
{
    const NestedType *from = type.nested;
    const Type copy =
        type_record(arena, from->name == NULL ? NULL : arena_copy_string(arena, from->name), from->count);

    for (uint32_t i = 0; copy.nested != NULL && i < from->count; i++) {
        copy.nested->names[i] = arena_copy_string(arena, from->names[i]);
        copy.nested->types[i] = type_copy(arena, from->types[i]);
    }
    return copy;
}

Type
type_copy(Arena *arena, Type type)
{
    if (type.nested == NULL)
        return type;
    if (type.id == TYPE_STRUCT)
        return copy_record(arena, type);

    NestedType *to = ARENA_NEW(arena, NestedType);
    *to = (NestedType){.count = 1, .types = ARENA_NEW(arena, Type)};
    to->types[0] = type_copy(arena, type.nested->types[0]);
    type.nested = to;
    return type;
}

/* The parts of the type; beyond TYPE_PARTS_MAX where there are too many of them, or too many levels. */
static uint32_t
count_parts(Type type, uint32_t level)
{
    uint32_t parts = 1;

    if (level > TYPE_NESTING_MAX)
        return TYPE_PARTS_MAX + 1;
    for (uint32_t i = 0; type.nested != NULL && i < type.nested->count && parts <= TYPE_PARTS_MAX; i++)
        parts += count_parts(type.nested->types[i], level + 1);
    return parts;
}

bool
type_is_bounded(Type type)
{
    return count_parts(type, 0) <= TYPE_PARTS_MAX;
}

/* An array type that is known: they are few, since they differ in their elements' modifiers only. */
typedef struct KnownList {
    NestedType nested;
    Type element;
    struct KnownList *next;
} KnownList;

static struct {
    pthread_mutex_t lock;
    KnownList *first[TYPE_COUNT]; /* by the element's id */
} known_lists = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool
type_can_be_element(Type type)
{
    const bool array = type.id == TYPE_LIST;

    while (type.id == TYPE_LIST && type.nested != NULL)
        type = type.nested->types[0];
    if (type.id == TYPE_STRUCT)
        return !array && type.nested != NULL && type.nested->array != NULL;
    return type.id != TYPE_LIST;
}

static KnownList *
find_list(Type element)
{
    KnownList *known = known_lists.first[element.id];

    while (known != NULL && !type_equal(known->element, element))
        known = known->next;
    return known;
}

static KnownList *
add_list(Type element)
{
    KnownList *known = calloc(1, sizeof *known);

    if (known == NULL)
        abort();
    known->element = element;
    known->nested = (NestedType){.count = 1, .types = &known->element};
    known->next = known_lists.first[element.id];
    known_lists.first[element.id] = known;
    return known;
}

Type
type_list(Type element)
{
    Type list = type_of(TYPE_LIST);

    assert(type_can_be_element(element));
    if (element.id == TYPE_STRUCT) {
        list.nested = element.nested->array;
        return list;
    }
    if (element.id == TYPE_LIST)
        element = type_list(element.nested->types[0]);
    pthread_mutex_lock(&known_lists.lock);
    KnownList *known = find_list(element);
    if (known == NULL)
        known = add_list(element);
    pthread_mutex_unlock(&known_lists.lock);
    list.nested = &known->nested;
    return list;
}
