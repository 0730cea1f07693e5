/* Integer streams: every kind and width comes back, whole, by group and value by value. */
#include "tablet/stream.h"

#include "base/random.h"
#include "column/distinct.h"
#include "tablet/bitpack.h"
#include "tablet/decimal.h"
#include "tablet/symbols.h"

#include "base/hash.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(every_width_packs_and_unpacks)
{
    const unsigned width = (unsigned)_i;
    const uint64_t mask = width == 0 ? 0 : ~UINT64_C(0) >> (64 - width);
    Random random = {width};
    uint64_t in[BITPACK_GROUP];
    uint64_t out[BITPACK_GROUP];
    uint32_t narrow[BITPACK_GROUP];
    char *packed = malloc(bitpack_bytes(width) + 8);

    for (int i = 0; i < BITPACK_GROUP; i++)
        in[i] = random_next(&random) & mask;
    in[0] = mask;
    bitpack_pack(in, width, packed);
    packed = realloc(packed, width == 0 ? 1 : bitpack_bytes(width)); /* a sanitizer sees the end */
    bitpack_unpack_u64(packed, width, 0, out);
    ck_assert_mem_eq(in, out, sizeof in);
    bitpack_unpack_u64(packed, width, 12345, out);
    bitpack_unpack_u32(packed, width, 77, narrow);
    for (unsigned i = 0; i < BITPACK_GROUP; i++) {
        ck_assert_uint_eq(out[i], in[i] + 12345);
        ck_assert_uint_eq(narrow[i], (uint32_t)in[i] + 77);
        ck_assert_uint_eq(bitpack_get(packed, width, i), in[i]);
    }
    free(packed);
}
END_TEST

/* Values of one shape each. */
static uint64_t
shaped(int shape, uint32_t i, Random *random)
{
    switch (shape) {
    case 0: return 42;
    case 1: return random_below(random, 1 << 20);
    case 2: return random_next(random);
    case 3: return UINT64_C(700000000000000) + i * UINT64_C(1000003) + random_below(random, 5000);
    case 4: return i / 700 * 7;
    case 5: return random_below(random, 5) * UINT64_C(0x123456789abcdef);
    case 6: return (uint64_t)INT64_MIN + random_below(random, 3);
    case 7: return random_below(random, 100) == 0 ? random_next(random) >> 20 : random_below(random, 16);
    case 8: return (uint64_t) - (int64_t)random_below(random, 200);
    default: return random_below(random, 2) == 0 ? (uint64_t)INT64_MAX : (uint64_t)INT64_MIN;
    }
}

enum { SHAPES = 10, COUNTS = 7 };

static const uint32_t counts[COUNTS] = {1, 2, 7, 1023, 1024, 1025, 16384};

static void
assert_stream_holds(const Stream *stream, const uint64_t *values, uint32_t count)
{
    uint64_t out[BITPACK_GROUP];
    uint32_t narrow[BITPACK_GROUP];
    Error error = {0};

    for (uint32_t first = 0; first < count; first += BITPACK_GROUP) {
        ck_assert_int_eq(stream_decode_u64(stream, first / BITPACK_GROUP, out, &error), STATUS_OK);
        ck_assert_int_eq(stream_decode_u32(stream, first / BITPACK_GROUP, narrow, &error), STATUS_OK);
        for (uint32_t i = 0; i < BITPACK_GROUP && first + i < count; i++) {
            ck_assert_uint_eq(out[i], values[first + i]);
            ck_assert_uint_eq(narrow[i], (uint32_t)values[first + i]);
            if (stream_is_random(stream))
                ck_assert_uint_eq(stream_get(stream, first + i), values[first + i]);
        }
    }
}

START_TEST(every_shape_comes_back_in_a_fitting_kind)
{
    const StreamKind expected[SHAPES] = {STREAM_CONSTANT, STREAM_PACKED, STREAM_BYTES,  STREAM_DELTA,
                                         STREAM_RUNS,     STREAM_CODES,  STREAM_PACKED, STREAM_GROUPS,
                                         STREAM_BYTES,    STREAM_CODES};
    const int shape = _i / COUNTS;
    const uint32_t count = counts[_i % COUNTS];
    Random random = {(uint64_t)_i};
    Arena *arena = arena_new(NULL);
    uint64_t *values = arena_alloc(arena, count * sizeof *values);

    for (uint32_t i = 0; i < count; i++)
        values[i] = shaped(shape, i, &random);
    for (int way = 0; way < 4; way++) {
        const StreamChoice choice = {.allow_codes = (way & 1) != 0, .byte_aligned = (way & 2) != 0};
        Buffer out = {0};
        Stream stream;
        Error error = {0};
        const StreamKind kind = stream_encode(values, count, choice, &out);
        ck_assert(!out.failed && out.size % 8 == 0);
        if (count == 16384 && way == 1)
            ck_assert_msg(kind == expected[shape] || shape == 7, "shape %d: %s", shape,
                          stream_kind_text(kind));
        const uint8_t *at = (const uint8_t *)out.data;
        ck_assert_int_eq(stream_open(&at, at + out.size, count, arena, &stream, &error), STATUS_OK);
        ck_assert_ptr_eq(at, out.data + out.size);
        ck_assert_int_eq(stream.kind, kind);
        assert_stream_holds(&stream, values, count);
        buffer_destroy(&out);
    }
    arena_destroy(&arena);
}
END_TEST

START_TEST(twenty_bits_take_twenty_bits)
{
    Random random = {3};
    uint64_t values[16384];
    Buffer out = {0};

    for (int i = 0; i < 16384; i++)
        values[i] = random_below(&random, 1 << 20);
    ck_assert_int_eq(stream_encode(values, 16384, (StreamChoice){.allow_codes = true}, &out), STREAM_PACKED);
    ck_assert_uint_eq(out.size, sizeof(StreamHead) + 16384 * 20 / 8);
    buffer_destroy(&out);
}
END_TEST

START_TEST(damaged_streams_never_lead_out)
{
    Random random = {(uint64_t)_i};
    Arena *arena = arena_new(NULL);
    uint64_t values[3000];
    uint64_t decoded[BITPACK_GROUP];
    Buffer out = {0};

    for (uint32_t i = 0; i < 3000; i++)
        values[i] = shaped(_i, i, &random);
    stream_encode(values, 3000, (StreamChoice){.allow_codes = true}, &out);
    for (int round = 0; round < 3000; round++) {
        Error error = {0};
        Stream stream;
        const size_t size =
            random_below(&random, 4) == 0 ? random_below(&random, out.size) & ~(size_t)7 : out.size;
        uint8_t *copy = malloc(size + 1);
        memcpy(copy, out.data, size);
        for (int i = 0; i < 3 && size > 0; i++)
            copy[random_below(&random, random_below(&random, 2) == 0 ? size
                                       : size < 64                   ? size
                                                                     : 64)] = (uint8_t)random_next(&random);
        const uint8_t *at = copy;
        if (stream_open(&at, copy + size, 3000, arena, &stream, &error) == STATUS_OK) {
            for (uint32_t group = 0; group < 3; group++)
                stream_decode_u64(&stream, group, decoded, &error);
            for (uint32_t i = 0; i < 3000 && stream_is_random(&stream); i += 7)
                stream_get(&stream, i);
        } else {
            ck_assert_int_eq(error.code, STATUS_CORRUPT);
        }
        free(copy);
        arena_reset(arena);
    }
    buffer_destroy(&out);
    arena_destroy(&arena);
}
END_TEST

START_TEST(decimals_come_back_to_the_bit)
{
    enum { COUNT = 2000 };
    Random random = {(uint64_t)_i};
    double values[COUNT];
    int64_t digits[COUNT];
    uint32_t exceptions[COUNT];
    double decoded[COUNT];

    for (int i = 0; i < COUNT; i++) {
        char text[64];
        snprintf(text, sizeof text, "%.*f", _i, (double)(int64_t)random_below(&random, 1000000) / 7 - 1000);
        values[i] = strtod(text, NULL);
    }
    values[5] = NAN;
    values[6] = -0.0;
    values[7] = INFINITY;
    values[8] = M_PI;
    values[9] = 1e300;
    const int exponent = decimal_choose(values, COUNT);
    ck_assert_int_ge(exponent, 0);
    const size_t count = decimal_encode(values, COUNT, exponent, digits, exceptions);
    ck_assert_uint_ge(count, 5);
    ck_assert_uint_lt(count, 20);
    decimal_decode((const uint64_t *)digits, COUNT, exponent, decoded);
    for (size_t i = 0; i < count; i++)
        decoded[exceptions[i]] = values[exceptions[i]];
    ck_assert_mem_eq(decoded, values, sizeof values);
}
END_TEST

START_TEST(what_is_not_decimal_is_left_alone)
{
    Random random = {1};
    double values[1000];

    for (int i = 0; i < 1000; i++)
        values[i] = random_unit(&random);
    ck_assert_int_eq(decimal_choose(values, 1000), -1);
}
END_TEST

START_TEST(symbols_come_back_and_shrink_text)
{
    const char *const words[] = {"https://", "example", ".com/", "index", "?page=", "product", "\x00\xff"};
    Random random = {8};
    char texts[300][200];
    const char *strings[300];
    uint32_t sizes[300];
    SymbolTable table;
    size_t bytes = 0;
    size_t codes = 0;

    for (int i = 0; i < 300; i++) {
        strings[i] = texts[i];
        sizes[i] = 0;
        for (uint64_t j = random_below(&random, 10); j > 0; j--) {
            const char *word = words[random_below(&random, 7)];
            const size_t size = word[0] == 0 ? 2 : strlen(word);
            memcpy(texts[i] + sizes[i], word, size);
            sizes[i] += (uint32_t)size;
        }
        bytes += sizes[i];
    }
    symbols_train(strings, sizes, 300, &table);
    ck_assert(symbols_check(&table));
    SymbolEncoder *encoder = symbol_encoder_new(&table);
    for (int i = 0; i < 300; i++) {
        uint8_t out[400];
        char back[3300];
        const size_t used = symbols_encode(encoder, strings[i], sizes[i], out);
        ck_assert_uint_eq(symbols_decode(&table, out, used, back), sizes[i]);
        ck_assert_mem_eq(back, strings[i], sizes[i]);
        codes += used;
    }
    ck_assert_uint_lt(codes, bytes / 3);
    symbol_encoder_destroy(&encoder);
}
END_TEST

START_TEST(distinct_values_are_estimated_well)
{
    const uint64_t truths[] = {1, 10, 1000, 50000, 1000000};
    DistinctSketch sketch = {{0}};

    for (uint64_t i = 0; i < 3 * truths[_i]; i++)
        distinct_add(&sketch, hash_u64(i % truths[_i] + 1));
    ck_assert_double_le(fabs((double)distinct_estimate(&sketch) / (double)truths[_i] - 1), 0.06);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("stream");
    TCase *cases = tcase_create("stream");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, every_width_packs_and_unpacks, 0, 65);
    tcase_add_loop_test(cases, every_shape_comes_back_in_a_fitting_kind, 0, SHAPES * COUNTS);
    tcase_add_test(cases, twenty_bits_take_twenty_bits);
    tcase_add_loop_test(cases, damaged_streams_never_lead_out, 0, SHAPES);
    tcase_add_loop_test(cases, decimals_come_back_to_the_bit, 0, 6);
    tcase_add_test(cases, what_is_not_decimal_is_left_alone);
    tcase_add_test(cases, symbols_come_back_and_shrink_text);
    tcase_add_loop_test(cases, distinct_values_are_estimated_well, 0, 5);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
