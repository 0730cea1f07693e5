/* The msgpack reader against msgpack-c's writer, and against bytes that nobody wrote. */
#include "base/pack.h"
#include "base/random.h"
#include "base/unpack.h"

#include <check.h>
#include <stdlib.h>

START_TEST(integers_of_every_width_come_back)
{
    Buffer buffer = {0};
    msgpack_packer packer;

    packer = pack_into(&buffer);
    for (int shift = 0; shift < 64; shift++) {
        msgpack_pack_uint64(&packer, UINT64_MAX >> shift);
        msgpack_pack_int64(&packer, INT64_MIN >> shift);
        msgpack_pack_int64(&packer, INT64_MAX >> shift);
    }
    Unpack unpack = unpack_from(buffer.data, buffer.size);
    for (int shift = 0; shift < 64; shift++) {
        ck_assert_uint_eq(unpack_uint(&unpack), UINT64_MAX >> shift);
        ck_assert_int_eq(unpack_int(&unpack), INT64_MIN >> shift);
        ck_assert_int_eq(unpack_int(&unpack), INT64_MAX >> shift);
    }
    ck_assert(!unpack.failed && unpack.at == unpack.end);
    buffer_destroy(&buffer);
}
END_TEST

START_TEST(values_of_other_kinds_come_back)
{
    Buffer buffer = {0};
    msgpack_packer packer;
    char blob[70000] = "blob";
    size_t size;

    packer = pack_into(&buffer);
    msgpack_pack_array(&packer, 6);
    pack_string(&packer, "text");
    pack_binary(&packer, blob, sizeof blob);
    msgpack_pack_nil(&packer);
    msgpack_pack_double(&packer, -0.5);
    msgpack_pack_true(&packer);
    msgpack_pack_map(&packer, 1);
    msgpack_pack_false(&packer);
    msgpack_pack_array(&packer, 0);

    Unpack unpack = unpack_from(buffer.data, buffer.size);
    Unpack skipper = unpack;
    ck_assert_uint_eq(unpack_array(&unpack), 6);
    ck_assert_mem_eq(unpack_string(&unpack, &size), "text", 4);
    ck_assert_uint_eq(size, 4);
    ck_assert_mem_eq(unpack_binary(&unpack, &size), blob, 70000);
    ck_assert_uint_eq(size, sizeof blob);
    ck_assert(!unpack_nil(&(Unpack){0}));
    ck_assert(unpack_nil(&unpack));
    ck_assert(unpack_double(&unpack) == -0.5);
    ck_assert(unpack_bool(&unpack));
    unpack_skip(&unpack);
    ck_assert(!unpack.failed && unpack.at == unpack.end);
    unpack_skip(&skipper);
    ck_assert(!skipper.failed && skipper.at == skipper.end);
    buffer_destroy(&buffer);
}
END_TEST

START_TEST(what_does_not_fit_fails)
{
    Unpack claims = unpack_from("\xdd\xff\xff\xff\xff", 5);
    Unpack negative = unpack_from("\xff", 1);
    Unpack large = unpack_from("\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    Unpack text = unpack_from("\xa2"
                              "a",
                              2);
    size_t size;

    ck_assert_uint_eq(unpack_array(&claims), 0);
    ck_assert(claims.failed);
    unpack_uint(&negative);
    ck_assert(negative.failed);
    unpack_int(&large);
    ck_assert(large.failed);
    unpack_string(&text, &size);
    ck_assert(text.failed);
    ck_assert_uint_eq(size, 0);
}
END_TEST

START_TEST(random_bytes_never_lead_out)
{
    Random random = {7};
    size_t taken;

    for (int round = 0; round < 20000; round++) {
        const size_t size = random_below(&random, 24);
        uint8_t *bytes = malloc(size + 1); /* so that a sanitizer sees the end */
        bytes = realloc(bytes, size > 0 ? size : 1);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)random_next(&random);
        Unpack readers[6];
        for (int i = 0; i < 6; i++)
            readers[i] = unpack_from(bytes, size);
        unpack_skip(&readers[0]);
        unpack_array(&readers[1]);
        unpack_binary(&readers[2], &taken);
        unpack_int(&readers[3]);
        unpack_string(&readers[4], &taken);
        unpack_double(&readers[5]);
        for (int i = 0; i < 6; i++)
            ck_assert(readers[i].at <= readers[i].end);
        free(bytes);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("unpack");
    TCase *cases = tcase_create("unpack");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_test(cases, integers_of_every_width_come_back);
    tcase_add_test(cases, values_of_other_kinds_come_back);
    tcase_add_test(cases, what_does_not_fit_fails);
    tcase_add_test(cases, random_bytes_never_lead_out);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
