/* Conditions tried on what a profile has of a column's values: its common ones count by their shares, and
 * those that bound the others stand for them. */
#include "plan/spread.h"

#include "column/profile.h"
#include "expr/program.h"

#include <math.h>

enum { VALUES_MAX = PROFILE_COMMON_MAX + PROFILE_BOUNDS_MAX };

static const double UNSEEN = 0.5; /* of one value that was tried: where the condition is true for none */

typedef union TriedValue {
    uint8_t truth;
    int32_t narrow;
    int64_t integer;
    Int128 wide;
    double real;
    StringView text;
} TriedValue;

static void
put_value(Layout layout, const ColumnBound *bound, char *place)
{
    TriedValue value = {0};

    switch (layout) {
    case LAYOUT_BOOL: value.truth = bound->integer != 0; break;
    case LAYOUT_I32: value.narrow = (int32_t)bound->integer; break;
    case LAYOUT_I64: value.integer = (int64_t)bound->integer; break;
    case LAYOUT_I128: value.wide = bound->integer; break;
    case LAYOUT_F64: value.real = bound->real; break;
    default: value.text = string_view(bound->text.data, bound->text.size); break;
    }
    memcpy(place, &value, layout_width(layout));
}

static Vector
values_as_vector(Arena *arena, Type type, const ColumnProfile *profile)
{
    const Layout layout = type_layout(type);
    const size_t width = layout_width(layout);
    char *data = arena_alloc_zero(arena, VALUES_MAX * width);

    for (uint32_t i = 0; i < profile->common_count; i++)
        put_value(layout, &profile->common[i], data + i * width);
    for (uint32_t i = 0; i < profile->bound_count; i++)
        put_value(layout, &profile->bounds[i], data + (profile->common_count + i) * width);
    return vector_flat(type, data, NULL);
}

static double
share_of(const ColumnProfile *profile, const uint32_t *selection, uint32_t count)
{
    double common = 0;
    double others = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (selection[i] < profile->common_count)
            common += profile->shares[selection[i]];
        else
            others += 1;
    }
    if (profile->bound_count > 0)
        common += fmax(others, UNSEEN) / profile->bound_count * profile->other_share;
    return fmin(1, common);
}

static bool
try_values(Arena *arena, Type type, const ColumnProfile *profile, const Expr *condition, uint32_t column,
           double *share)
{
    const uint32_t rows = profile->common_count + profile->bound_count;
    const Session session = {.time_zone = "UTC"};
    Vector *columns = ARENA_ARRAY(arena, Vector, column + 1);
    uint32_t selection[VALUES_MAX];
    uint32_t count = 0;
    Program *program = NULL;
    Error ignored = {0};

    const Vector values = values_as_vector(arena, type, profile);
    for (uint32_t i = 0; i <= column; i++)
        columns[i] = values; /* no other one is read */
    const Batch batch = {.rows = rows, .count = rows, .column_count = column + 1, .columns = columns};
    const bool done = program_new(&condition, 1, &session, NULL, &program, &ignored) == STATUS_OK &&
                      program_filter(program, &batch, selection, &count, &ignored) == STATUS_OK;
    program_destroy(&program);
    if (done)
        *share = share_of(profile, selection, count);
    return done;
}

bool
spread_tried(Type type, const ColumnStatistics *statistics, const Expr *condition, uint32_t column,
             double *share)
{
    const ColumnProfile *profile = statistics->profile;

    if (profile == NULL || profile->common_count + profile->bound_count == 0 || column > UINT16_MAX ||
        type.id == TYPE_TIMESTAMPTZ || expr_is_volatile(condition))
        return false;
    Arena *arena = arena_new(NULL);
    Expr *own = expr_copy(arena, condition);
    const bool done = try_values(arena, type, profile, own, column, share);
    arena_destroy(&arena);
    return done;
}
