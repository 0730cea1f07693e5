#include "column/type_codec.h"

void
type_pack(msgpack_packer *packer, Type type)
{
    const NestedType *nested = type.nested;

    msgpack_pack_array(packer, nested == NULL ? 4 : 7);
    msgpack_pack_uint8(packer, (uint8_t)type.id);
    msgpack_pack_uint8(packer, type.precision);
    msgpack_pack_uint8(packer, type.scale);
    msgpack_pack_int32(packer, type.length);
    if (nested == NULL)
        return;
    if (nested->name != NULL)
        pack_string(packer, nested->name);
    else
        msgpack_pack_nil(packer);
    if (type.id == TYPE_STRUCT) {
        msgpack_pack_array(packer, nested->count);
        for (uint32_t i = 0; i < nested->count; i++)
            pack_string(packer, nested->names[i]);
    } else {
        msgpack_pack_nil(packer);
    }
    msgpack_pack_array(packer, nested->count);
    for (uint32_t i = 0; i < nested->count; i++)
        type_pack(packer, nested->types[i]);
}

static bool
is_valid_scalar(Type type)
{
    if (type.length < TYPE_NO_LENGTH)
        return false;
    if (type.id == TYPE_NUMERIC)
        return type.precision >= 1 && type.precision <= NUMERIC_DIGITS_MAX &&
               type.scale <= NUMERIC_DIGITS_MAX;
    return type.precision == 0 && type.scale == 0;
}

/* A C string in `arena`; NULL where it is none or the arena refuses. */
static const char *
unpack_name(Unpack *unpack, Arena *arena)
{
    size_t size;
    const char *bytes = unpack_string(unpack, &size);

    return memchr(bytes, 0, size) != NULL ? NULL : arena_copy_bytes(arena, bytes, size);
}

static Type unpack_type(Unpack *unpack, Arena *arena, int depth);

/* The element of an array: behind two nils, which stand where a record has its names. */
static void
unpack_list(Unpack *unpack, Arena *arena, int depth, Type *type)
{
    NestedType *nested = ARENA_NEW(arena, NestedType);
    Type *element = ARENA_NEW(arena, Type);

    if (!unpack_nil(unpack) || !unpack_nil(unpack) || unpack_array(unpack) != 1 || nested == NULL ||
        element == NULL)
        return;
    *element = unpack_type(unpack, arena, depth + 1);
    *nested = (NestedType){.count = 1, .types = element};
    type->nested = nested;
}

static void
unpack_record(Unpack *unpack, Arena *arena, int depth, Type *type)
{
    const char *name = NULL;

    if (!unpack_nil(unpack)) {
        name = unpack_name(unpack, arena);
        if (name == NULL)
            return;
    }
    const uint32_t count = unpack_array(unpack);
    const Type record = unpack->failed ? *type : type_record(arena, name, count);
    if (record.nested == NULL)
        return;
    for (uint32_t i = 0; i < count; i++) {
        record.nested->names[i] = unpack_name(unpack, arena);
        if (record.nested->names[i] == NULL)
            return;
    }
    if (unpack_array(unpack) != count || unpack->failed)
        return;
    for (uint32_t i = 0; i < count; i++)
        record.nested->types[i] = unpack_type(unpack, arena, depth + 1);
    type->nested = record.nested;
}

static Type
unpack_type(Unpack *unpack, Arena *arena, int depth)
{
    const uint32_t parts = unpack_array(unpack);
    const uint32_t id = unpack_below(unpack, UINT8_MAX + 1);
    const uint32_t precision = unpack_below(unpack, UINT8_MAX + 1);
    const uint32_t scale = unpack_below(unpack, UINT8_MAX + 1);
    const int64_t length = unpack_int(unpack);
    const bool is_nested = id == TYPE_LIST || id == TYPE_STRUCT;

    if (unpack->failed || depth > TYPE_DEPTH_MAX || id >= TYPE_COUNT || parts != (is_nested ? 7u : 4u) ||
        precision > NUMERIC_DIGITS_MAX || scale > NUMERIC_DIGITS_MAX || length > INT32_MAX ||
        length < TYPE_NO_LENGTH) {
        unpack->failed = true;
        return type_of(TYPE_UNKNOWN);
    }
    Type type = {.id = (TypeId)id,
                 .precision = (uint8_t)precision,
                 .scale = (uint8_t)scale,
                 .length = (int32_t)length};
    if (type.id == TYPE_LIST)
        unpack_list(unpack, arena, depth, &type);
    else if (is_nested)
        unpack_record(unpack, arena, depth, &type);
    if (!is_valid_scalar(type) || (is_nested && type.nested == NULL)) {
        unpack->failed = true;
        return type_of(TYPE_UNKNOWN);
    }
    return type;
}

Type
type_unpack(Unpack *unpack, Arena *arena)
{
    return unpack_type(unpack, arena, 0);
}
