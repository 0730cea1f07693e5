#include "store/catalog_bounds.h"

#include "base/pack.h"
#include "base/unpack.h"
#include "column/value.h"

static void
pack_value(msgpack_packer *packer, Layout layout, const void *values, uint32_t i)
{
    switch (layout) {
    case LAYOUT_BOOL: msgpack_pack_int64(packer, ((const uint8_t *)values)[i]); break;
    case LAYOUT_I32: msgpack_pack_int64(packer, ((const int32_t *)values)[i]); break;
    case LAYOUT_I64: msgpack_pack_int64(packer, ((const int64_t *)values)[i]); break;
    case LAYOUT_I128: pack_binary(packer, &((const Int128 *)values)[i], sizeof(Int128)); break;
    case LAYOUT_F64: msgpack_pack_double(packer, ((const double *)values)[i]); break;
    default: {
        const StringView *view = &((const StringView *)values)[i];
        pack_binary(packer, string_view_data(view), view->size);
    }
    }
}

Status
bounds_encode(Type type, const void *bounds, uint32_t count, Buffer *out, Error *error)
{
    const Layout layout = type_layout(type);
    msgpack_packer packer = pack_into(out);

    if (layout > LAYOUT_VIEW)
        return error_set(error, STATUS_NOT_SUPPORTED, "cannot partition by range of %s", type_name(type.id));
    msgpack_pack_array(&packer, count);
    for (uint32_t i = 0; i < count; i++)
        pack_value(&packer, layout, bounds, i);
    return out->failed ? error_set_memory(error) : STATUS_OK;
}

static void
unpack_value(Unpack *unpack, Arena *arena, Layout layout, void *values, uint32_t i)
{
    size_t size;

    switch (layout) {
    case LAYOUT_BOOL: ((uint8_t *)values)[i] = unpack_int(unpack) != 0; break;
    case LAYOUT_I32: ((int32_t *)values)[i] = (int32_t)unpack_int(unpack); break;
    case LAYOUT_I64: ((int64_t *)values)[i] = unpack_int(unpack); break;
    case LAYOUT_F64: ((double *)values)[i] = unpack_double(unpack); break;
    case LAYOUT_I128: {
        const void *bytes = unpack_binary(unpack, &size);
        if (size == sizeof(Int128))
            memcpy(&((Int128 *)values)[i], bytes, sizeof(Int128));
        else
            unpack->failed = true;
        break;
    }
    default: {
        const void *bytes = unpack_binary(unpack, &size);
        ((StringView *)values)[i] = string_view(arena_copy_bytes(arena, bytes, size), size);
    }
    }
}

Status
bounds_decode(Arena *arena, Type type, const void *bytes, size_t size, uint32_t count, const void **bounds,
              Error *error)
{
    const Layout layout = type_layout(type);
    Unpack unpack = unpack_from(bytes, size);

    if (layout > LAYOUT_VIEW || unpack_array(&unpack) != count)
        return error_set(error, STATUS_CORRUPT, "the bounds of a table's partitions are damaged");
    void *values = arena_alloc_zero(arena, count * layout_width(layout));
    for (uint32_t i = 0; i < count; i++)
        unpack_value(&unpack, arena, layout, values, i);
    if (!unpack_is_done(&unpack))
        return error_set(error, STATUS_CORRUPT, "the bounds of a table's partitions are damaged");
    *bounds = values;
    return STATUS_OK;
}

const void *
bounds_copy(Arena *arena, Type type, const void *bounds, uint32_t count)
{
    const Layout layout = type_layout(type);
    void *copy = arena_copy_aligned(arena, bounds, count * layout_width(layout));

    if (layout != LAYOUT_VIEW)
        return copy;
    StringView *views = copy;
    for (uint32_t i = 0; i < count; i++)
        views[i] =
            string_view(arena_copy_bytes(arena, string_view_data(&views[i]), views[i].size), views[i].size);
    return copy;
}

bool
bounds_equal(Type type, const void *a, const void *b, uint32_t count)
{
    const Layout layout = type_layout(type);

    if (layout != LAYOUT_VIEW)
        return memcmp(a, b, count * layout_width(layout)) == 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!string_view_equal(&((const StringView *)a)[i], &((const StringView *)b)[i]))
            return false;
    }
    return true;
}
