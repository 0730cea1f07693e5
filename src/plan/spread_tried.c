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

/* What is tried: a batch whose every column has the profile's values, since no other one is read. */
static Batch
values_as_batch(Arena *arena, Type type, const ColumnProfile *profile, uint32_t column)
{
    const uint32_t rows = profile->common_count + profile->bound_count;
    const Vector values = values_as_vector(arena, type, profile);
    Vector *columns = ARENA_ARRAY(arena, Vector, column + 1);

    for (uint32_t i = 0; i <= column; i++)
        columns[i] = values;
    return (Batch){.rows = rows, .count = rows, .column_count = column + 1, .columns = columns};
}

static bool
can_try(Type type, const ColumnProfile *profile, const Expr *expr, uint32_t column)
{
    return profile != NULL && profile->common_count + profile->bound_count > 0 && column <= UINT16_MAX &&
           type.id != TYPE_TIMESTAMPTZ && !expr_is_volatile(expr);
}

bool
spread_tried(Type type, const ColumnStatistics *statistics, const Expr *condition, uint32_t column,
             double *share)
{
    const ColumnProfile *profile = statistics->profile;
    const Session session = {.time_zone = "UTC"};
    uint32_t selection[VALUES_MAX];
    uint32_t count = 0;
    Program *program = NULL;
    Error ignored = {0};

    if (!can_try(type, profile, condition, column))
        return false;
    Arena *arena = arena_new(NULL);
    const Batch batch = values_as_batch(arena, type, profile, column);
    const bool done = program_new(&condition, 1, &session, NULL, &program, &ignored) == STATUS_OK &&
                      program_filter(program, &batch, selection, &count, &ignored) == STATUS_OK;
    program_destroy(&program);
    arena_destroy(&arena);
    if (done)
        *share = share_of(profile, selection, count);
    return done;
}

/* Different rows of a result. */
static uint32_t
count_distinct(const Vector *result, uint32_t rows)
{
    uint32_t distinct = 0;

    for (uint32_t i = 0; i < rows; i++) {
        bool seen = false;
        for (uint32_t j = 0; j < i && !seen; j++)
            seen = vector_is_null(result, i) || vector_is_null(result, j)
                       ? vector_is_null(result, i) && vector_is_null(result, j)
                       : vector_compare(result, i, result, j) == 0;
        distinct += !seen;
    }
    return distinct;
}

bool
spread_distinct(Type type, const ColumnStatistics *statistics, const Expr *expr, uint32_t column,
                double *distinct)
{
    enum { REPEATS = 4 }; /* each value comes so often, on average, among those tried */
    const ColumnProfile *profile = statistics->profile;
    const Session session = {.time_zone = "UTC"};
    Program *program = NULL;
    Vector result;
    Error ignored = {0};
    uint32_t count = 0;

    if (!can_try(type, profile, expr, column) || type_layout(expr->type) > LAYOUT_VIEW)
        return false;
    Arena *arena = arena_new(NULL);
    const Batch batch = values_as_batch(arena, type, profile, column);
    if (program_new(&expr, 1, &session, NULL, &program, &ignored) == STATUS_OK &&
        program_evaluate(program, &batch, &result, &ignored) == STATUS_OK)
        count = count_distinct(&result, batch.rows);
    program_destroy(&program);
    arena_destroy(&arena);
    *distinct = count;
    return count > 0 && count * REPEATS <= batch.rows;
}
