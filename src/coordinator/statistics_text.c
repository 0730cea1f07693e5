#include "coordinator/statistics_text.h"

#include "base/utf8.h"
#include "expr/text.h"

/* Cut (or raised) bytes need not be text: as many as are. */
static void
append_text(const ColumnBound *bound, Buffer *out)
{
    buffer_append(out, bound->text.data, utf8_valid_prefix(bound->text.data, bound->text.size));
    if (!bound->exact)
        buffer_append_string(out, "...");
}

static void
append_value(Type type, const ColumnBound *bound, Buffer *out)
{
    const Layout layout = type_layout(type);
    const Session session = {.time_zone = "UTC"};
    union {
        uint8_t truth;
        int32_t narrow;
        int64_t integer;
        Int128 wide;
        double real;
        StringView text;
    } value = {.wide = bound->integer};

    switch (layout) {
    case LAYOUT_BOOL: value.truth = bound->integer != 0; break;
    case LAYOUT_I32: value.narrow = (int32_t)bound->integer; break;
    case LAYOUT_I64: value.integer = (int64_t)bound->integer; break;
    case LAYOUT_F64: value.real = bound->real; break;
    case LAYOUT_VIEW:
        if (type.id != TYPE_BYTEA) {
            append_text(bound, out);
            return;
        }
        value.text = string_view(bound->text.data, bound->text.size);
        break;
    default: break;
    }
    const Vector vector = vector_flat(type, &value, NULL);
    text_format_value(&vector, 0, &session, out);
}

static const char *
take(Arena *arena, Buffer *text)
{
    const char *copy = arena_copy_string(arena, buffer_text(text));

    buffer_destroy(text);
    return copy;
}

const char *
statistics_bound_text(Arena *arena, Type type, const ColumnBound *bound)
{
    Buffer text = {0};

    if (!bound->known)
        return NULL;
    append_value(type, bound, &text);
    return take(arena, &text);
}

const char *
statistics_common_text(Arena *arena, Type type, const ColumnProfile *profile)
{
    Buffer text = {0};

    if (profile == NULL)
        return NULL;
    for (uint32_t i = 0; i < profile->common_count; i++) {
        buffer_append_string(&text, i > 0 ? ", " : "");
        append_value(type, &profile->common[i], &text);
        buffer_append_format(&text, ": %.4g", profile->shares[i]);
    }
    return take(arena, &text);
}

const char *
statistics_bounds_text(Arena *arena, Type type, const ColumnProfile *profile)
{
    Buffer text = {0};

    if (profile == NULL)
        return NULL;
    for (uint32_t i = 0; i < profile->bound_count; i++) {
        buffer_append_string(&text, i > 0 ? ", " : "");
        append_value(type, &profile->bounds[i], &text);
    }
    return take(arena, &text);
}
