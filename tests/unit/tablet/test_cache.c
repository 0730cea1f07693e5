/* The block cache: bounds, pins, scans, threads. */
#include "tablet/cache.h"

#include "base/random.h"

#include <check.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONTENT = 1000 };

static _Atomic(int) loads;

static Status
load(void *context, void **content, size_t *size, Error *error)
{
    atomic_fetch_add(&loads, 1);
    if (context == NULL)
        return error_set(error, STATUS_IO, "no");
    *content = malloc(CONTENT);
    memset(*content, *(const int *)context, CONTENT);
    *size = CONTENT;
    return STATUS_OK;
}

static BlockEntry *
acquire(BlockCache *cache, uint64_t tablet, uint32_t part)
{
    const BlockKey key = {.tablet = tablet, .part = part};
    BlockEntry *entry = NULL;
    Error error = {0};
    int value = (int)(part % 100);

    ck_assert_int_eq(block_cache_acquire(cache, key, load, &value, &entry, &error), STATUS_OK);
    ck_assert_int_eq(((const char *)block_entry_content(entry))[CONTENT - 1], value);
    ck_assert_uint_eq(block_entry_size(entry), CONTENT);
    return entry;
}

static void
touch(BlockCache *cache, uint64_t tablet, uint32_t part)
{
    BlockEntry *entry = acquire(cache, tablet, part);

    block_cache_release(cache, &entry);
    ck_assert_ptr_null(entry);
}

START_TEST(hits_do_not_load)
{
    BlockCache *cache = block_cache_new(100 * CONTENT);
    BlockCacheCounters counters;

    loads = 0;
    touch(cache, 1, 1);
    touch(cache, 1, 1);
    touch(cache, 1, 2);
    ck_assert_int_eq(loads, 2);
    block_cache_counters(cache, &counters);
    ck_assert_uint_eq(counters.hits, 1);
    ck_assert_uint_eq(counters.misses, 2);
    ck_assert_uint_eq(counters.bytes, 2 * CONTENT);
    block_cache_destroy(&cache);
}
END_TEST

START_TEST(bytes_are_bounded_but_pins_hold)
{
    BlockCache *cache = block_cache_new(10 * CONTENT);
    BlockEntry *pinned[20];
    BlockCacheCounters counters;

    for (uint32_t i = 0; i < 20; i++)
        pinned[i] = acquire(cache, 1, i);
    for (uint32_t i = 0; i < 20; i++) {
        ck_assert_int_eq(*(const char *)block_entry_content(pinned[i]), (int)i);
        block_cache_release(cache, &pinned[i]);
    }
    for (uint32_t i = 0; i < 500; i++)
        touch(cache, 2, i);
    block_cache_counters(cache, &counters);
    ck_assert_uint_le(counters.bytes, 10 * CONTENT);
    ck_assert_uint_ge(counters.evictions, 500);
    block_cache_destroy(&cache);
}
END_TEST

START_TEST(a_scan_does_not_drive_out_what_is_used)
{
    BlockCache *cache = block_cache_new(50 * CONTENT);

    for (int round = 0; round < 4; round++) {
        for (uint32_t i = 0; i < 20; i++)
            touch(cache, 1, i);
    }
    for (uint32_t i = 0; i < 1000; i++)
        touch(cache, 2, i);
    loads = 0;
    for (uint32_t i = 0; i < 20; i++)
        touch(cache, 1, i);
    ck_assert_int_eq(loads, 0);
    block_cache_destroy(&cache);
}
END_TEST

START_TEST(failures_are_not_kept)
{
    BlockCache *cache = block_cache_new(50 * CONTENT);
    const BlockKey key = {.tablet = 3};
    BlockEntry *entry = NULL;
    Error error = {0};

    ck_assert_int_eq(block_cache_acquire(cache, key, load, NULL, &entry, &error), STATUS_IO);
    ck_assert_ptr_null(entry);
    touch(cache, 3, 0);
    block_cache_destroy(&cache);
}
END_TEST

START_TEST(forgetting_spares_pins_and_others)
{
    BlockCache *cache = block_cache_new(50 * CONTENT);
    BlockEntry *pinned = acquire(cache, 1, 5);

    touch(cache, 1, 6);
    touch(cache, 2, 6);
    block_cache_forget(cache, 1);
    ck_assert_int_eq(*(const char *)block_entry_content(pinned), 5);
    loads = 0;
    touch(cache, 2, 6);
    ck_assert_int_eq(loads, 0);
    touch(cache, 1, 5);
    touch(cache, 1, 6);
    ck_assert_int_eq(loads, 2);
    block_cache_release(cache, &pinned);
    block_cache_destroy(&cache);
}
END_TEST

static Status
load_slowly(void *context, void **content, size_t *size, Error *error)
{
    usleep(50000);
    return load(context, content, size, error);
}

static void *
acquire_slow(void *context)
{
    BlockCache *cache = context;
    BlockEntry *entry = NULL;
    Error error = {0};
    int value = 7;

    if (block_cache_acquire(cache, (BlockKey){.tablet = 9}, load_slowly, &value, &entry, &error) != STATUS_OK)
        return cache;
    block_cache_release(cache, &entry);
    return NULL;
}

START_TEST(concurrent_requests_load_once)
{
    BlockCache *cache = block_cache_new(50 * CONTENT);
    pthread_t threads[8];

    loads = 0;
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, acquire_slow, cache), 0);
    for (int i = 0; i < 8; i++) {
        void *result;
        pthread_join(threads[i], &result);
        ck_assert_ptr_null(result);
    }
    ck_assert_int_eq(loads, 1);
    block_cache_destroy(&cache);
}
END_TEST

static void *
hammer(void *context)
{
    BlockCache *cache = context;
    Random random = {(uint64_t)pthread_self()};
    const char *wrong = NULL;

    for (int i = 0; i < 3000; i++) {
        const BlockKey key = {.tablet = random_below(&random, 3),
                              .part = (uint32_t)random_below(&random, 60)};
        int value = (int)key.part;
        BlockEntry *entry = NULL;
        Error error = {0};
        if (block_cache_acquire(cache, key, load, random_below(&random, 20) == 0 ? NULL : &value, &entry,
                                &error) != STATUS_OK)
            continue;
        if (*(const char *)block_entry_content(entry) != value)
            wrong = "another entry's content";
        if (random_below(&random, 50) == 0)
            block_cache_forget(cache, key.tablet);
        block_cache_release(cache, &entry);
    }
    return (void *)wrong;
}

START_TEST(threads_find_what_they_ask_for)
{
    BlockCache *cache = block_cache_new(40 * CONTENT);
    pthread_t threads[4];
    BlockCacheCounters counters;

    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, hammer, cache), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        ck_assert_ptr_null(result);
    }
    block_cache_counters(cache, &counters);
    ck_assert_uint_le(counters.bytes, 40 * CONTENT);
    block_cache_destroy(&cache);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cache");
    TCase *cases = tcase_create("cache");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, hits_do_not_load);
    tcase_add_test(cases, bytes_are_bounded_but_pins_hold);
    tcase_add_test(cases, a_scan_does_not_drive_out_what_is_used);
    tcase_add_test(cases, failures_are_not_kept);
    tcase_add_test(cases, forgetting_spares_pins_and_others);
    tcase_add_test(cases, concurrent_requests_load_once);
    tcase_add_test(cases, threads_find_what_they_ask_for);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
