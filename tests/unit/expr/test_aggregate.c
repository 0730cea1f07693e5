/* Aggregates against slow oracles: doubles are added as exact decimals, digit by digit; every aggregate must
 * give the same bits however its rows are ordered, grouped into batches and split over partial states. */
#include "base/random.h"
#include "expr/aggregate.h"
#include "expr/text.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 4096, DECIMAL_DIGITS = 1500, DECIMAL_POINT = 1100 };

static Arena *arena;

static void
setup(void)
{
    arena = arena_new(NULL);
}

static void
teardown(void)
{
    arena_destroy(&arena);
}

static const Aggregate *
find(const char *name, Type argument, Type *result)
{
    const Aggregate *aggregate = NULL;
    Error error = {0};

    ck_assert_msg(aggregate_resolve(name, 1, &argument, &aggregate, result, &error) == STATUS_OK, "%s",
                  error.message);
    return aggregate;
}

/* Rows [first, first + count) of a flat vector into state `group` of states, in batches of random size, now
 * and then by selection. */
static void
update(const Aggregate *aggregate, const Vector *rows, uint32_t count, char *states, uint32_t group,
       Random *random)
{
    const size_t width = layout_width(rows->layout);
    uint32_t selection[ROWS_MAX];
    uint32_t groups[ROWS_MAX];
    Error error = {0};

    for (uint32_t at = 0; at < count;) {
        uint32_t part = 1 + (uint32_t)random_below(random, 300);
        if (part > count - at)
            part = count - at;
        Vector batch = vector_flat(rows->type, (const char *)rows->data + at * width, NULL);
        AggregateUpdate call = {.aggregate = aggregate,
                                .argument_types = &rows->type,
                                .states = states + group * aggregate->state_size,
                                .stride = aggregate->state_size,
                                .count = part,
                                .arguments = &batch,
                                .arena = arena,
                                .error = &error};
        uint64_t validity[bits_words(ROWS_MAX)];
        for (uint32_t i = 0; i < part; i++) {
            selection[i] = i;
            groups[i] = group;
        }
        if (rows->validity != NULL) {
            for (uint32_t i = 0; i < part; i++)
                bits_put(validity, i, bits_get(rows->validity, at + i));
            batch.validity = validity;
        }
        if (random_below(random, 3) == 0)
            call.selection = selection;
        if (random_below(random, 2) == 0) {
            call.states = states;
            call.groups = groups;
        }
        ck_assert_int_eq(aggregate->update(&call), STATUS_OK);
        at += part;
    }
}

/* The result of the rows: through `parts` partial states, merged in random order. */
static Vector
evaluate(const Aggregate *aggregate, Type result, const Vector *rows, uint32_t count, uint32_t parts,
         Random *random, Status *status)
{
    const size_t width = layout_width(rows->layout);
    char *states = arena_alloc_zero(arena, aggregate->state_size * (parts + 1));
    Vector columns[AGGREGATE_PARTIALS_MAX];
    Error error = {0};
    uint32_t at = 0;

    for (uint32_t part = 0; part < parts; part++) {
        const uint32_t left = count - at;
        const uint32_t size = part + 1 == parts ? left : (uint32_t)random_below(random, left + 1);
        Vector slice = vector_flat(rows->type, (const char *)rows->data + at * width, NULL);
        uint64_t validity[bits_words(ROWS_MAX)];
        if (rows->validity != NULL) {
            for (uint32_t i = 0; i < size; i++)
                bits_put(validity, i, bits_get(rows->validity, at + i));
            slice.validity = validity;
        }
        update(aggregate, &slice, size, states, part, random);
        at += size;
    }
    AggregateOutput output = {.aggregate = aggregate,
                              .argument_types = &rows->type,
                              .type = result,
                              .states = states,
                              .stride = aggregate->state_size,
                              .count = parts,
                              .arena = arena,
                              .columns = columns,
                              .error = &error};
    const char *final = states;
    if (parts > 1) {
        Type types[AGGREGATE_PARTIALS_MAX];
        ck_assert_uint_le(aggregate->partial_types(&rows->type, types), AGGREGATE_PARTIALS_MAX);
        ck_assert_int_eq(aggregate->emit(&output), STATUS_OK);
        uint32_t order[64];
        for (uint32_t i = 0; i < parts; i++)
            order[i] = i;
        for (uint32_t i = parts; i > 1; i--) {
            const uint32_t other = (uint32_t)random_below(random, i);
            const uint32_t kept = order[i - 1];
            order[i - 1] = order[other];
            order[other] = kept;
        }
        final = states + parts * aggregate->state_size;
        AggregateUpdate call = {.aggregate = aggregate,
                                .argument_types = &rows->type,
                                .states = states + parts * aggregate->state_size,
                                .stride = aggregate->state_size,
                                .selection = order,
                                .count = parts,
                                .arguments = columns,
                                .arena = arena,
                                .error = &error};
        ck_assert_int_eq(aggregate->merge(&call), STATUS_OK);
    }
    output.states = final;
    output.count = 1;
    *status = aggregate->finish(&output);
    return columns[0];
}

static void
shuffle(void *data, size_t width, uint32_t count, Random *random)
{
    char kept[16];

    for (uint32_t i = count; i > 1; i--) {
        char *a = (char *)data + (i - 1) * width;
        char *b = (char *)data + random_below(random, i) * width;
        memcpy(kept, a, width);
        memcpy(a, b, width);
        memcpy(b, kept, width);
    }
}

static void
text_of(const Vector *value, Status status, char *out, size_t room)
{
    Buffer text = {0};

    if (status != STATUS_OK)
        buffer_append_string(&text, status_sqlstate(status));
    else if (vector_is_null(value, 0))
        buffer_append_string(&text, "NULL");
    else
        text_format_value(value, 0, NULL, &text);
    ck_assert_uint_lt(text.size, room);
    snprintf(out, room, "%s", buffer_text(&text));
    buffer_destroy(&text);
}

/* The same text for several orders and splits; returned in `out`. */
static void
check_stable(const char *name, Vector rows, uint32_t count, Random *random, char *out, size_t room)
{
    const size_t width = layout_width(rows.layout);
    Type result;
    const Aggregate *aggregate = find(name, rows.type, &result);
    char text[256];

    for (int round = 0; round < 6; round++) {
        Status status;
        Vector value = evaluate(aggregate, result, &rows, count,
                                round == 0 ? 1 : 1 + (uint32_t)random_below(random, 20), random, &status);
        text_of(&value, status, text, sizeof text);
        if (round == 0)
            snprintf(out, room, "%s", text);
        else
            ck_assert_msg(strcmp(text, out) == 0, "%s of %u rows: %s, then %s", name, count, out, text);
        if (rows.validity == NULL)
            shuffle((void *)(uintptr_t)rows.data, width, count, random);
    }
}

/* The exact sum by decimals: digits of value * 10^1100, signed. */
static double
decimal_sum(const double *values, uint32_t count, bool single)
{
    static int64_t digits[DECIMAL_DIGITS]; /* [i] is the digit of 10^(i - DECIMAL_POINT) */
    char text[DECIMAL_DIGITS + 8];
    char sign = '+';

    memset(digits, 0, sizeof digits);
    for (uint32_t i = 0; i < count; i++) {
        const int size = snprintf(text, sizeof text, "%.*f", DECIMAL_POINT, fabs(values[i]));
        int place = 0;
        for (int at = size - 1; at >= 0; at--) {
            if (text[at] != '.')
                digits[place++] += signbit(values[i]) ? -(text[at] - '0') : text[at] - '0';
        }
    }
    for (int round = 0; round < 2; round++) {
        int64_t carry = 0;
        for (int i = 0; i < DECIMAL_DIGITS; i++) {
            carry += digits[i];
            digits[i] = (carry % 10 + 10) % 10;
            carry = (carry - digits[i]) / 10;
        }
        if (carry == 0)
            break;
        sign = '-';
        digits[DECIMAL_DIGITS - 1] += carry * 10;
        for (int i = 0; i < DECIMAL_DIGITS; i++)
            digits[i] = -digits[i];
    }
    char *at = text;
    *at++ = sign;
    for (int i = DECIMAL_DIGITS - 1; i >= 0; i--) {
        *at++ = (char)('0' + digits[i]);
        if (i == DECIMAL_POINT)
            *at++ = '.';
    }
    *at = '\0';
    return single ? (double)strtof(text, NULL) : strtod(text, NULL);
}

static double
random_double(Random *random, int kind)
{
    const uint64_t bits = random_next(random);
    double value;

    switch (kind) {
    case 0: return random_unit(random) * 1000 - 500;
    case 1: return floor(random_unit(random) * 1e9) / 100;
    case 2: return (random_unit(random) - 0.5) * pow(2, (double)random_below(random, 120) - 60);
    case 3: return (random_below(random, 2) ? 1 : -1) * pow(2, (double)random_below(random, 2000) - 1060);
    case 4: return random_below(random, 10) == 0 ? 1e40 : random_unit(random);
    case 5: return random_below(random, 2) ? 1e15 : -1e15 + random_unit(random);
    default: memcpy(&value, &bits, sizeof value); return isfinite(value) ? value / 1e20 : 1;
    }
}

START_TEST(test_double_sums)
{
    Random random = {1};
    double *values = arena_alloc(arena, ROWS_MAX * sizeof *values);

    for (int round = 0; round < 140; round++) {
        const uint32_t count = 1 + (uint32_t)random_below(&random, round % 10 == 0 ? ROWS_MAX : 200);
        for (uint32_t i = 0; i < count; i++)
            values[i] = random_double(&random, round % 7);
        const double expected = decimal_sum(values, count, false);
        char text[256];
        check_stable("sum", vector_flat(type_of(TYPE_FLOAT8), values, NULL), count, &random, text,
                     sizeof text);
        ck_assert_msg(strtod(text, NULL) == expected, "kind %d, %u rows: %s, not %.17g", round % 7, count,
                      text, expected);
        check_stable("avg", vector_flat(type_of(TYPE_FLOAT8), values, NULL), count, &random, text,
                     sizeof text);
        ck_assert_msg(strtod(text, NULL) == expected / count, "avg of %u rows: %s, not %.17g", count, text,
                      expected / count);
    }
}
END_TEST

START_TEST(test_float_sums)
{
    Random random = {2};
    double *values = arena_alloc(arena, ROWS_MAX * sizeof *values);

    for (int round = 0; round < 40; round++) {
        const uint32_t count = 1 + (uint32_t)random_below(&random, 300);
        for (uint32_t i = 0; i < count; i++)
            values[i] = (double)(float)random_double(&random, round % 3);
        char text[256];
        check_stable("sum", vector_flat(type_of(TYPE_FLOAT4), values, NULL), count, &random, text,
                     sizeof text);
        ck_assert((double)strtof(text, NULL) == decimal_sum(values, count, true));
    }
}
END_TEST

START_TEST(test_double_specials)
{
    static const struct {
        double values[4];
        const char *sum;
        const char *min;
        const char *max;
    } rows[] = {
        {{1, INFINITY, 2, 3}, "Infinity", "1", "Infinity"},
        {{1, -INFINITY, 2, 3}, "-Infinity", "-Infinity", "3"},
        {{INFINITY, -INFINITY, 2, 3}, "NaN", "-Infinity", "Infinity"},
        {{NAN, -INFINITY, 2, 3}, "NaN", "-Infinity", "NaN"},
        {{1.7e308, 1.7e308, 2, 3}, "22003", "2", "1.7e+308"},
        {{1.7e308, 1.7e308, -1.7e308, 0}, "1.7e+308", "-1.7e+308", "1.7e+308"},
        {{1e308, 1, -1e308, 0x1p-1074}, "1", "-1e+308", "1e+308"},
        {{0x1p-1074, 0x1p-1074, 0, -0.0}, "1e-323", "-0", "5e-324"},
    };
    Random random = {3};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double values[4];
        char text[256];
        memcpy(values, rows[i].values, sizeof values);
        check_stable("sum", vector_flat(type_of(TYPE_FLOAT8), values, NULL), 4, &random, text, sizeof text);
        ck_assert_str_eq(text, rows[i].sum);
        check_stable("min", vector_flat(type_of(TYPE_FLOAT8), values, NULL), 4, &random, text, sizeof text);
        ck_assert_str_eq(text, rows[i].min);
        check_stable("max", vector_flat(type_of(TYPE_FLOAT8), values, NULL), 4, &random, text, sizeof text);
        ck_assert_str_eq(text, rows[i].max);
    }
}
END_TEST

START_TEST(test_integer_sums)
{
    Random random = {4};
    int64_t *values = arena_alloc(arena, ROWS_MAX * sizeof *values);
    int32_t *small = arena_alloc(arena, ROWS_MAX * sizeof *small);
    Int128 *wide = arena_alloc(arena, ROWS_MAX * sizeof *wide);

    for (int round = 0; round < 40; round++) {
        const uint32_t count = 1 + (uint32_t)random_below(&random, 1000);
        const int shift = (int)random_below(&random, 60);
        Int128 total = 0;
        Int128 small_total = 0;
        Int128 wide_total = 0;
        for (uint32_t i = 0; i < count; i++) {
            values[i] = (int64_t)random_next(&random) >> shift;
            small[i] = (int32_t)(values[i] >> 8);
            wide[i] = (Int128)values[i] * 1000000007;
            total += values[i];
            small_total += small[i];
            wide_total += wide[i];
        }
        char text[256];
        char expected[64];
        check_stable("sum", vector_flat(type_of(TYPE_INT8), values, NULL), count, &random, text, sizeof text);
        expected[text_format_numeric(total, 0, expected)] = '\0';
        ck_assert_str_eq(text, expected);
        check_stable("sum", vector_flat(type_of(TYPE_INT4), small, NULL), count, &random, text, sizeof text);
        expected[text_format_numeric(small_total, 0, expected)] = '\0';
        ck_assert_str_eq(text, expected);
        check_stable("sum", vector_flat(type_numeric(15, 4), values, NULL), count, &random, text,
                     sizeof text);
        expected[text_format_numeric(total, 4, expected)] = '\0';
        ck_assert_str_eq(text, expected);
        check_stable("sum", vector_flat(type_numeric(38, 10), wide, NULL), count, &random, text, sizeof text);
        expected[text_format_numeric(wide_total, 10, expected)] = '\0';
        ck_assert_str_eq(text, expected);
    }
}
END_TEST

/* Passing beyond 38 digits and coming back is no error; staying there is. */
START_TEST(test_numeric_overflow)
{
    Random random = {5};
    const Int128 half = (Int128)UINT64_C(10000000000000000000);
    const Int128 most = half * half - 1;
    Int128 values[] = {most, most, most, -most, -most, 7};
    char text[256];

    check_stable("sum", vector_flat(type_numeric(38, 0), values, NULL), 6, &random, text, sizeof text);
    ck_assert_str_eq(text, "22003");
    values[0] = -5;
    check_stable("sum", vector_flat(type_numeric(38, 0), values, NULL), 0, &random, text, sizeof text);
    ck_assert_str_eq(text, "NULL");
    Int128 balanced[] = {most, most, most, -most, -most, -most, 7};
    check_stable("sum", vector_flat(type_numeric(38, 0), balanced, NULL), 7, &random, text, sizeof text);
    ck_assert_str_eq(text, "7");
}
END_TEST

/* Expectations from PostgreSQL 15.18; exact results are cut to our static scale. */
START_TEST(test_statistics)
{
    static const struct {
        const char *name;
        const char *integers; /* of 1, 2, 3, 4, 10 */
        const char *numerics; /* of the same, hundredths: 0.01 … 0.10 */
        double doubles;       /* of the same as doubles */
    } rows[] = {
        {"avg", "4.0000000000000000", "0.0400000000000000", 4},
        {"var_pop", "10.0000000000000000", "0.0010000000000000", 10},
        {"var_samp", "12.5000000000000000", "0.0012500000000000", 12.5},
        {"variance", "12.5000000000000000", "0.0012500000000000", 12.5},
        {"stddev_pop", "3.1622776601683793", "0.0316227766016838", 3.1622776601683795},
        {"stddev_samp", "3.5355339059327376", "0.0353553390593274", 3.5355339059327378},
        {"stddev", "3.5355339059327376", "0.0353553390593274", 3.5355339059327378},
    };
    Random random = {6};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int32_t integers[] = {1, 2, 3, 4, 10};
        int64_t numerics[] = {1, 2, 3, 4, 10};
        double doubles[] = {1, 2, 3, 4, 10};
        char text[256];
        check_stable(rows[i].name, vector_flat(type_of(TYPE_INT4), integers, NULL), 5, &random, text,
                     sizeof text);
        ck_assert_str_eq(text, rows[i].integers);
        check_stable(rows[i].name, vector_flat(type_numeric(10, 2), numerics, NULL), 5, &random, text,
                     sizeof text);
        ck_assert_str_eq(text, rows[i].numerics);
        check_stable(rows[i].name, vector_flat(type_of(TYPE_FLOAT8), doubles, NULL), 5, &random, text,
                     sizeof text);
        ck_assert(strtod(text, NULL) == rows[i].doubles);
        check_stable(rows[i].name, vector_flat(type_of(TYPE_FLOAT8), doubles, NULL), 0, &random, text,
                     sizeof text);
        ck_assert_str_eq(text, "NULL");
    }
}
END_TEST

/* Far from zero the naive formula loses everything. */
START_TEST(test_exact_variance)
{
    Random random = {7};
    double values[] = {1e15 + 1, 1e15 + 2, 1e15 + 3, 1e15 + 4};
    int64_t integers[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX - 2, INT64_MAX - 3};
    char text[256];

    check_stable("var_pop", vector_flat(type_of(TYPE_FLOAT8), values, NULL), 4, &random, text, sizeof text);
    ck_assert_str_eq(text, "1.25");
    check_stable("var_pop", vector_flat(type_of(TYPE_INT8), integers, NULL), 4, &random, text, sizeof text);
    ck_assert_str_eq(text, "1.2500000000000000");
    check_stable("var_samp", vector_flat(type_of(TYPE_FLOAT8), values, NULL), 1, &random, text, sizeof text);
    ck_assert_str_eq(text, "NULL");
}
END_TEST

START_TEST(test_extremes)
{
    Random random = {8};
    StringView views[300];
    int64_t numbers[300];
    const char *least = NULL;
    int64_t greatest = INT64_MIN;

    for (int i = 0; i < 300; i++) {
        char *bytes = arena_alloc(arena, 40);
        const int size = (int)random_below(&random, 30);
        for (int c = 0; c < size; c++)
            bytes[c] = (char)('a' + random_below(&random, 3));
        bytes[size] = '\0';
        views[i] = string_view(bytes, (size_t)size);
        least = least == NULL || strcmp(bytes, least) < 0 ? bytes : least;
        numbers[i] = (int64_t)random_next(&random);
        greatest = numbers[i] > greatest ? numbers[i] : greatest;
    }
    char text[256];
    char expected[64];
    check_stable("min", vector_flat(type_of(TYPE_TEXT), views, NULL), 300, &random, text, sizeof text);
    ck_assert_str_eq(text, least);
    check_stable("any_value", vector_flat(type_of(TYPE_TEXT), views, NULL), 300, &random, text, sizeof text);
    ck_assert_str_eq(text, least);
    check_stable("max", vector_flat(type_of(TYPE_INT8), numbers, NULL), 300, &random, text, sizeof text);
    expected[text_format_int64(greatest, expected)] = '\0';
    ck_assert_str_eq(text, expected);
    check_stable("max", vector_flat(type_of(TYPE_TEXT), views, NULL), 0, &random, text, sizeof text);
    ck_assert_str_eq(text, "NULL");
}
END_TEST

START_TEST(test_nulls)
{
    Random random = {9};
    int64_t values[200];
    uint64_t validity[bits_words(200)];
    int64_t count = 0;
    Int128 total = 0;
    char text[256];
    char expected[64];

    memset(validity, 0, sizeof validity);
    for (uint32_t i = 0; i < 200; i++) {
        values[i] = (int64_t)random_below(&random, 1000);
        const bool valid = random_below(&random, 3) != 0;
        bits_put(validity, i, valid);
        count += valid;
        total += valid ? values[i] : 0;
    }
    const Vector rows = vector_flat(type_of(TYPE_INT8), values, validity);
    check_stable("count", rows, 200, &random, text, sizeof text);
    expected[text_format_int64(count, expected)] = '\0';
    ck_assert_str_eq(text, expected);
    check_stable("sum", rows, 200, &random, text, sizeof text);
    expected[text_format_numeric(total, 0, expected)] = '\0';
    ck_assert_str_eq(text, expected);
}
END_TEST

START_TEST(test_distinct)
{
    Random random = {10};
    int64_t *values = arena_alloc(arena, ROWS_MAX * sizeof *values);
    char text[256];

    for (uint32_t distinct = 1; distinct <= ROWS_MAX; distinct *= 4) {
        for (uint32_t i = 0; i < ROWS_MAX; i++)
            values[i] = (int64_t)(i % distinct) * 7919;
        check_stable("approx_count_distinct", vector_flat(type_of(TYPE_INT8), values, NULL), ROWS_MAX,
                     &random, text, sizeof text);
        const double got = strtod(text, NULL);
        if (distinct <= 64)
            ck_assert(got == distinct);
        else
            ck_assert_msg(fabs(got - distinct) < 0.06 * distinct, "%u distinct, estimated %s", distinct,
                          text);
    }
}
END_TEST

/* Bitmaps over ranges anywhere on the line, with and without NULLs, against a table of what was seen. */
START_TEST(test_distinct_integers)
{
    static const int64_t starts[] = {0, -500, -64, INT64_MIN, INT64_MAX - 999, 1 << 20};
    Random random = {(uint64_t)_i + 20};
    int64_t *values = arena_alloc(arena, ROWS_MAX * sizeof *values);
    uint64_t *validity = arena_alloc_zero(arena, bits_words(ROWS_MAX) * sizeof *validity);
    bool seen[1000] = {false};
    int64_t distinct = 0;
    char text[256];
    char expected[64];

    for (uint32_t i = 0; i < ROWS_MAX; i++) {
        const uint64_t offset = random_below(&random, random_below(&random, 1000) + 1);
        const bool valid = _i % 2 == 0 || random_below(&random, 3) != 0;
        values[i] = starts[_i] + (int64_t)offset;
        bits_put(validity, i, valid);
        distinct += valid && !seen[offset];
        seen[offset] = seen[offset] || valid;
    }
    const Vector rows = vector_flat(type_of(TYPE_INT8), values, _i % 2 == 0 ? NULL : validity);
    check_stable("count_distinct", rows, ROWS_MAX, &random, text, sizeof text);
    expected[text_format_int64(distinct, expected)] = '\0';
    ck_assert_str_eq(text, expected);
    check_stable("count_distinct", rows, 0, &random, text, sizeof text);
    ck_assert_str_eq(text, "0");
}
END_TEST

/* What comes from another node may hold anything. */
START_TEST(test_damaged_sets)
{
    static const uint64_t far[] = {(uint64_t)INT64_MAX, 1}; /* no word has that number */
    const StringView views[] = {string_view("1234", 4), string_view("12345678", 8),
                                string_view("12345678abc", 11), string_view((const char *)far, sizeof far)};
    Type type = type_of(TYPE_INT8);
    const Aggregate *aggregate;
    Type result;
    uint64_t state[8];
    Error error = {0};

    ck_assert_int_eq(aggregate_resolve("count_distinct", 1, &type, &aggregate, &result, &error), STATUS_OK);
    ck_assert_uint_le(aggregate->state_size, sizeof state);
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        const Vector partial = vector_flat(type_of(TYPE_BYTEA), &views[i], NULL);
        AggregateUpdate update = {.aggregate = aggregate,
                                  .argument_types = &type,
                                  .states = (char *)state,
                                  .count = 1,
                                  .arguments = &partial,
                                  .arena = arena,
                                  .error = &error};
        memset(state, 0, sizeof state);
        ck_assert_int_eq(aggregate->merge(&update), STATUS_CORRUPT);
    }
}
END_TEST

START_TEST(test_intervals_and_booleans)
{
    Random random = {11};
    Interval values[] = {{0, 0, 1}, {0, 30, 0}, {1000000, 2, 0}};
    uint8_t truths[] = {1, 1, 0};
    char text[256];

    check_stable("sum", vector_flat(type_of(TYPE_INTERVAL), values, NULL), 3, &random, text, sizeof text);
    ck_assert_str_eq(text, "1 mon 32 days 00:00:01");
    check_stable("max", vector_flat(type_of(TYPE_INTERVAL), values, NULL), 3, &random, text, sizeof text);
    ck_assert_str_eq(text, "1 mon");
    check_stable("bool_and", vector_flat(type_of(TYPE_BOOL), truths, NULL), 3, &random, text, sizeof text);
    ck_assert_str_eq(text, "f");
    truths[0] = truths[1] = truths[2] = 1;
    check_stable("every", vector_flat(type_of(TYPE_BOOL), truths, NULL), 3, &random, text, sizeof text);
    ck_assert_str_eq(text, "t");
}
END_TEST

/* Constants and dictionaries are taken as they are. */
START_TEST(test_forms)
{
    const double entries[] = {0.5, 2.25};
    const uint32_t codes[] = {0, 1, 1, 0, 1};
    const Dictionary dictionary = {
        .id = dictionary_next_id(), .count = 2, .values = vector_flat(type_of(TYPE_FLOAT8), entries, NULL)};
    Vector vectors[2] = {vector_flat(type_of(TYPE_FLOAT8), codes, NULL),
                         vector_constant(arena, type_of(TYPE_FLOAT8), &entries[1])};
    vectors[0].form = VECTOR_DICTIONARY;
    vectors[0].dictionary = &dictionary;

    for (int i = 0; i < 2; i++) {
        Type result;
        const Aggregate *aggregate = find("sum", type_of(TYPE_FLOAT8), &result);
        char *state = arena_alloc_zero(arena, aggregate->state_size);
        Error error = {0};
        Vector out;
        AggregateUpdate call = {.aggregate = aggregate,
                                .argument_types = &vectors[i].type,
                                .states = state,
                                .stride = aggregate->state_size,
                                .count = 5,
                                .arguments = &vectors[i],
                                .arena = arena,
                                .error = &error};
        ck_assert_int_eq(aggregate->update(&call), STATUS_OK);
        AggregateOutput output = {.aggregate = aggregate,
                                  .argument_types = &vectors[i].type,
                                  .type = result,
                                  .states = state,
                                  .stride = aggregate->state_size,
                                  .count = 1,
                                  .arena = arena,
                                  .columns = &out,
                                  .error = &error};
        ck_assert_int_eq(aggregate->finish(&output), STATUS_OK);
        ck_assert(*(const double *)out.data == (i == 0 ? 7.75 : 11.25));
    }
}
END_TEST

START_TEST(test_resolve)
{
    const Aggregate *aggregate;
    Type result;
    Error error = {0};
    Type argument = type_of(TYPE_VARCHAR);

    ck_assert_int_eq(aggregate_resolve("min", 1, &argument, &aggregate, &result, &error), STATUS_OK);
    ck_assert_int_eq(result.id, TYPE_TEXT);
    ck_assert_int_eq(argument.id, TYPE_TEXT);
    argument = type_numeric(12, 2);
    ck_assert_int_eq(aggregate_resolve("sum", 1, &argument, &aggregate, &result, &error), STATUS_OK);
    ck_assert(type_equal(result, type_numeric(38, 2)));
    ck_assert(type_equal(argument, type_numeric(12, 2)));
    ck_assert_int_eq(aggregate_resolve("count", 0, NULL, &aggregate, &result, &error), STATUS_OK);
    argument = type_of(TYPE_TEXT);
    ck_assert_int_eq(aggregate_resolve("sum", 1, &argument, &aggregate, &result, &error),
                     STATUS_UNDEFINED_FUNCTION);
    ck_assert_str_eq(error.message, "function sum(text) does not exist");
    ck_assert(aggregate_name_exists("stddev"));
    ck_assert(!aggregate_name_exists("length"));
    for (uint32_t i = 0; i < aggregate_count(); i++) {
        ck_assert_uint_eq(aggregate_index(aggregate_at(i)), i);
        ck_assert_uint_eq(aggregate_at(i)->state_size % 8, 0);
    }
    ck_assert_ptr_null(aggregate_at(aggregate_count()));
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("aggregate");
    TCase *tcase = tcase_create("aggregate");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tcase, 240);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, test_double_sums);
    tcase_add_test(tcase, test_float_sums);
    tcase_add_test(tcase, test_double_specials);
    tcase_add_test(tcase, test_integer_sums);
    tcase_add_test(tcase, test_numeric_overflow);
    tcase_add_test(tcase, test_statistics);
    tcase_add_test(tcase, test_exact_variance);
    tcase_add_test(tcase, test_extremes);
    tcase_add_test(tcase, test_nulls);
    tcase_add_test(tcase, test_distinct);
    tcase_add_loop_test(tcase, test_distinct_integers, 0, 6);
    tcase_add_test(tcase, test_damaged_sets);
    tcase_add_test(tcase, test_intervals_and_booleans);
    tcase_add_test(tcase, test_forms);
    tcase_add_test(tcase, test_resolve);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
