#include "tablet/sample.h"

#include "base/hash.h"

#include <math.h>
#include <stdlib.h>

enum {
    SAMPLE_ROWS = 2048,
    LISTED_WHOLE = SKETCH_COMMON_MAX /* so few different values are all listed */
};

typedef union SampleValue {
    Int128 integer;
    double real;
    StringView text;
} SampleValue;

typedef struct Sample {
    Layout layout;
    size_t count;
    SampleValue *values; /* ascending */
    double bytes;
    uint64_t looked_at; /* rows, those with NULL as well */
} Sample;

/* ---- taking it ---- */

static SampleValue
value_at(const Vector *column, uint64_t row)
{
    SampleValue value = {0};

    switch (column->layout) {
    case LAYOUT_BOOL: value.integer = ((const uint8_t *)column->data)[row]; break;
    case LAYOUT_I32: value.integer = ((const int32_t *)column->data)[row]; break;
    case LAYOUT_I64: value.integer = ((const int64_t *)column->data)[row]; break;
    case LAYOUT_I128: value.integer = ((const Int128 *)column->data)[row]; break;
    case LAYOUT_F64: value.real = ((const double *)column->data)[row]; break;
    default: value.text = ((const StringView *)column->data)[row]; break;
    }
    return value;
}

static int
compare_integers(const void *a, const void *b)
{
    const Int128 x = ((const SampleValue *)a)->integer;
    const Int128 y = ((const SampleValue *)b)->integer;

    return (x > y) - (x < y);
}

static int
compare_reals(const void *a, const void *b)
{
    const double x = ((const SampleValue *)a)->real;
    const double y = ((const SampleValue *)b)->real;

    return (x > y) - (x < y);
}

static int
compare_texts(const void *a, const void *b)
{
    return string_view_compare(&((const SampleValue *)a)->text, &((const SampleValue *)b)->text);
}

typedef int (*Comparator)(const void *a, const void *b);

static Comparator
comparator_of(Layout layout)
{
    return layout == LAYOUT_F64 ? compare_reals : layout == LAYOUT_VIEW ? compare_texts : compare_integers;
}

/* One row of each stretch of equal length, at a place that its number says: rows with a rhythm do not meet
 * that of the sample. */
static Sample
take_sample(const Vector *column, uint64_t rows, Arena *arena)
{
    const uint64_t stretch = rows / SAMPLE_ROWS + (rows % SAMPLE_ROWS > 0);
    Sample sample = {.layout = column->layout, .values = ARENA_ARRAY(arena, SampleValue, SAMPLE_ROWS)};

    for (uint64_t first = 0; first < rows; first += stretch) {
        const uint64_t row = first + hash_u64(first + 1) % stretch;
        if (row >= rows)
            continue;
        sample.looked_at++;
        if (column->validity != NULL && !bits_get(column->validity, row))
            continue;
        const SampleValue value = value_at(column, row);
        if (column->layout == LAYOUT_F64 && isnan(value.real))
            continue;
        sample.values[sample.count++] = value;
        sample.bytes += column->layout == LAYOUT_VIEW ? value.text.size : 0;
    }
    if (sample.count > 0)
        qsort(sample.values, sample.count, sizeof *sample.values, comparator_of(sample.layout));
    return sample;
}

/* ---- what it says ---- */

static ColumnBound
bound_of(const Sample *sample, size_t index, Arena *arena)
{
    const SampleValue *value = &sample->values[index];
    ColumnBound bound = {.known = true, .exact = true};

    if (sample->layout == LAYOUT_F64) {
        bound.real = value->real;
    } else if (sample->layout == LAYOUT_VIEW) {
        bound.exact = value->text.size < SKETCH_TEXT_BYTES;
        bound.text.size = bound.exact ? value->text.size : SKETCH_TEXT_BYTES;
        bound.text.data = arena_copy_bytes(arena, string_view_data(&value->text), bound.text.size);
    } else {
        bound.integer = value->integer;
    }
    return bound;
}

/* Equal values in the sample. */
typedef struct Run {
    size_t first;
    size_t count;
    bool common;
} Run;

static size_t
list_runs(const Sample *sample, Run *runs)
{
    const Comparator compare = comparator_of(sample->layout);
    size_t count = 0;

    for (size_t i = 0; i < sample->count; i++) {
        if (count > 0 && compare(&sample->values[runs[count - 1].first], &sample->values[i]) == 0)
            runs[count - 1].count++;
        else
            runs[count++] = (Run){.first = i, .count = 1};
    }
    return count;
}

/* A value is common where the sample has it clearly more often than chance gives a value of average
 * frequency (four standard deviations). */
static double
least_common(const Sample *sample, uint64_t distinct)
{
    const double average = (double)sample->count / (double)(distinct > 0 ? distinct : 1);

    return distinct <= LISTED_WHOLE ? 1 : average + 4 * sqrt(average) + 2;
}

static void
mark_common(Run *runs, size_t count, double least, Run **common, uint32_t *common_count)
{
    *common_count = 0;
    for (size_t i = 0; i < count; i++) {
        if ((double)runs[i].count < least)
            continue;
        uint32_t place = *common_count < SKETCH_COMMON_MAX ? (*common_count)++ : SKETCH_COMMON_MAX;
        while (place > 0 && common[place - 1]->count < runs[i].count) {
            if (place < SKETCH_COMMON_MAX)
                common[place] = common[place - 1];
            place--;
        }
        if (place < SKETCH_COMMON_MAX)
            common[place] = &runs[i];
    }
}

static void
put_common(const Sample *sample, Run *const *common, uint32_t count, double rows_a_value, Arena *arena,
           ColumnSketch *sketch)
{
    for (uint32_t i = 0; i < count; i++) {
        const ColumnBound value = bound_of(sample, common[i]->first, arena);
        if (!value.exact)
            continue;
        common[i]->common = true;
        sketch->common[sketch->common_count++] =
            (CommonValue){.value = value, .rows = (double)common[i]->count * rows_a_value};
    }
}

static void
put_bounds(Sample *sample, const Run *runs, size_t run_count, Arena *arena, ColumnSketch *sketch)
{
    size_t count = 0;

    for (size_t r = 0; r < run_count; r++)
        for (size_t i = 0; i < runs[r].count && !runs[r].common; i++)
            sample->values[count++] = sample->values[runs[r].first + i];
    if (count < 2)
        return;
    sketch->bound_count = count < SKETCH_BOUNDS_MAX ? (uint32_t)count : SKETCH_BOUNDS_MAX;
    for (uint32_t i = 0; i < sketch->bound_count; i++)
        sketch->bounds[i] = bound_of(sample, (count - 1) * i / (sketch->bound_count - 1), arena);
}

void
sample_collect(const Vector *column, uint64_t rows, uint64_t distinct, Arena *arena, ColumnSketch *sketch)
{
    Run *common[SKETCH_COMMON_MAX];
    uint32_t common_count;

    if (column->layout > LAYOUT_VIEW || rows == 0)
        return;
    Arena *scratch = arena_new(NULL);
    Sample sample = take_sample(column, rows, scratch);
    if (sample.count > 0) {
        Run *runs = ARENA_ARRAY(scratch, Run, sample.count);
        const size_t run_count = list_runs(&sample, runs);
        const double rows_a_value = (double)rows / (double)sample.looked_at;
        mark_common(runs, run_count, least_common(&sample, distinct), common, &common_count);
        put_common(&sample, common, common_count, rows_a_value, arena, sketch);
        put_bounds(&sample, runs, run_count, arena, sketch);
        sketch->width = column->layout == LAYOUT_VIEW ? sample.bytes / (double)sample.count
                                                      : (double)layout_width(column->layout);
    }
    arena_destroy(&scratch);
}
