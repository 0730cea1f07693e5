#include "column/profile.h"

#include <math.h>
#include <stdlib.h>

enum { PARTS_MAX = 256 /* looked at for common values and bounds */ };

/* A value and the rows that it stands for. */
typedef struct Weighted {
    const ColumnBound *value;
    double rows;
} Weighted;

typedef struct Merge {
    Arena *scratch;
    Layout layout;
    size_t part_count; /* with values, and looked at */
    const ColumnStatistics **parts;
    ColumnSketch *sketches;
    uint8_t registers[DISTINCT_FOLDED];
    double present; /* rows that are not NULL, of the parts looked at */
} Merge;

static bool
has_values(const ColumnStatistics *part)
{
    return part->rows > part->nulls;
}

/* False where a sketch is missing or damaged. */
static bool
open_sketches(Merge *merge, const ColumnStatistics *const *parts, size_t count, size_t with_values)
{
    const size_t step = with_values / PARTS_MAX + 1;
    size_t number = 0;
    Error ignored = {0};
    ColumnSketch *passing = ARENA_NEW(merge->scratch, ColumnSketch);

    merge->parts = ARENA_ARRAY(merge->scratch, const ColumnStatistics *, with_values / step + 1);
    merge->sketches = ARENA_ARRAY(merge->scratch, ColumnSketch, with_values / step + 1);
    for (size_t i = 0; i < count; i++) {
        if (!has_values(parts[i]))
            continue;
        const bool taken = number++ % step == 0;
        ColumnSketch *sketch = taken ? &merge->sketches[merge->part_count] : passing;
        if (parts[i]->sketch == NULL || sketch_decode(parts[i]->sketch, parts[i]->sketch_size, merge->layout,
                                                      sketch, &ignored) != STATUS_OK)
            return false;
        distinct_merge(merge->registers, sketch->registers);
        if (!taken)
            continue;
        merge->parts[merge->part_count++] = parts[i];
        merge->present += (double)(parts[i]->rows - parts[i]->nulls);
    }
    return merge->part_count > 0;
}

static int
compare_integers(const void *a, const void *b)
{
    return column_bound_compare(LAYOUT_I128, ((const Weighted *)a)->value, ((const Weighted *)b)->value);
}

static int
compare_reals(const void *a, const void *b)
{
    return column_bound_compare(LAYOUT_F64, ((const Weighted *)a)->value, ((const Weighted *)b)->value);
}

static int
compare_texts(const void *a, const void *b)
{
    return column_bound_compare(LAYOUT_VIEW, ((const Weighted *)a)->value, ((const Weighted *)b)->value);
}

static int
compare_rows(const void *a, const void *b)
{
    const double x = ((const Weighted *)a)->rows;
    const double y = ((const Weighted *)b)->rows;

    return (x < y) - (x > y);
}

static void
sort_values(Layout layout, Weighted *values, size_t count)
{
    if (count > 0)
        qsort(values, count, sizeof *values,
              layout == LAYOUT_F64    ? compare_reals
              : layout == LAYOUT_VIEW ? compare_texts
                                      : compare_integers);
}

/* A value's text is its tablet's, which may go before the table's statistics do. */
static ColumnBound
keep(Arena *arena, const ColumnBound *value)
{
    ColumnBound kept = *value;

    if (kept.text.data != NULL)
        kept.text.data = arena_copy_bytes(arena, kept.text.data, kept.text.size);
    return kept;
}

static void
merge_common(const Merge *merge, Arena *arena, ColumnProfile *profile)
{
    Weighted *values = ARENA_ARRAY(merge->scratch, Weighted, merge->part_count * SKETCH_COMMON_MAX);
    size_t count = 0;
    size_t kept = 0;

    for (size_t p = 0; p < merge->part_count; p++)
        for (uint32_t i = 0; i < merge->sketches[p].common_count; i++)
            values[count++] =
                (Weighted){&merge->sketches[p].common[i].value, merge->sketches[p].common[i].rows};
    sort_values(merge->layout, values, count);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && column_bound_compare(merge->layout, values[kept - 1].value, values[i].value) == 0)
            values[kept - 1].rows += values[i].rows;
        else
            values[kept++] = values[i];
    }
    if (kept > 0)
        qsort(values, kept, sizeof *values, compare_rows);
    profile->common_count = kept < PROFILE_COMMON_MAX ? (uint32_t)kept : PROFILE_COMMON_MAX;
    ColumnBound *common = ARENA_ARRAY(arena, ColumnBound, profile->common_count);
    double *shares = ARENA_ARRAY(arena, double, profile->common_count);
    profile->other_share = 1;
    for (uint32_t i = 0; i < profile->common_count; i++) {
        common[i] = keep(arena, values[i].value);
        shares[i] = fmin(values[i].rows / merge->present, profile->other_share);
        profile->other_share -= shares[i];
    }
    profile->common = common;
    profile->shares = shares;
}

/* Rows of a part whose values are not common there. */
static double
other_rows(const Merge *merge, size_t part)
{
    double rows = (double)(merge->parts[part]->rows - merge->parts[part]->nulls);

    for (uint32_t i = 0; i < merge->sketches[part].common_count; i++)
        rows -= merge->sketches[part].common[i].rows;
    return fmax(rows, 0);
}

/* Each range of a part's rows counts half at either of its bounds; what lies at the quantiles of all is
 * taken. */
static void
merge_bounds(const Merge *merge, Arena *arena, ColumnProfile *profile)
{
    Weighted *values = ARENA_ARRAY(merge->scratch, Weighted, merge->part_count * SKETCH_BOUNDS_MAX);
    size_t count = 0;
    double total = 0;

    for (size_t p = 0; p < merge->part_count; p++) {
        const ColumnSketch *sketch = &merge->sketches[p];
        const double rows = sketch->bound_count > 0 ? other_rows(merge, p) / (sketch->bound_count - 1) : 0;
        for (uint32_t i = 0; i < sketch->bound_count; i++) {
            const bool outer = i == 0 || i + 1 == sketch->bound_count;
            values[count++] = (Weighted){&sketch->bounds[i], outer ? rows / 2 : rows};
            total += values[count - 1].rows;
        }
    }
    if (count < 2 || total <= 0)
        return;
    sort_values(merge->layout, values, count);
    profile->bound_count = count < PROFILE_BOUNDS_MAX ? (uint32_t)count : PROFILE_BOUNDS_MAX;
    ColumnBound *bounds = ARENA_ARRAY(arena, ColumnBound, profile->bound_count);
    size_t at = 0;
    double before = 0; /* rows of the values before `at` */
    for (uint32_t i = 0; i < profile->bound_count; i++) {
        const double goal = total * i / (profile->bound_count - 1);
        while (at + 1 < count && before + values[at].rows / 2 < goal)
            before += values[at++].rows;
        bounds[i] = keep(arena, values[i + 1 == profile->bound_count ? count - 1 : at].value);
    }
    profile->bounds = bounds;
}

static double
merge_width(const Merge *merge)
{
    double bytes = 0;

    for (size_t p = 0; p < merge->part_count; p++)
        bytes += merge->sketches[p].width * (double)(merge->parts[p]->rows - merge->parts[p]->nulls);
    return bytes / merge->present;
}

/* A part alone has counted better, and where the parts' ranges are apart so does their sum. */
static uint64_t
merged_distinct(const Merge *merge, const ColumnStatistics *merged, size_t with_values, uint64_t largest)
{
    const uint64_t estimate = distinct_estimate_folded(merge->registers);

    if (with_values == 1 || merged->distinct_adds_up)
        return merged->distinct;
    return estimate > largest ? estimate : largest;
}

void
profile_merge(Arena *arena, Layout layout, const ColumnStatistics *const *parts, size_t count,
              ColumnStatistics *merged)
{
    Merge merge = {.layout = layout};
    size_t with_values = 0;
    uint64_t largest = 0;

    for (size_t i = 0; i < count; i++) {
        with_values += has_values(parts[i]);
        largest = parts[i]->distinct > largest ? parts[i]->distinct : largest;
    }
    if (with_values == 0 || layout > LAYOUT_VIEW)
        return;
    merge.scratch = arena_new(NULL);
    if (open_sketches(&merge, parts, count, with_values)) {
        ColumnProfile *profile = ARENA_NEW(arena, ColumnProfile);
        profile->width = merge_width(&merge);
        merge_common(&merge, arena, profile);
        merge_bounds(&merge, arena, profile);
        merged->profile = profile;
        merged->distinct = merged_distinct(&merge, merged, with_values, largest);
    }
    arena_destroy(&merge.scratch);
}
