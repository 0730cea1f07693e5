/* The directory store and the pool of open tablets. */
#include "store/store.h"

#include "column/builder.h"
#include "tablet/writer.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[256];
static Store *store;
static BlockCache *cache;

static void
setup(void)
{
    Error error = {0};
    const char *folder = getenv("TMPDIR");

    snprintf(root, sizeof root, "%s/runnel-store-XXXXXX", folder != NULL ? folder : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(root));
    strcat(root, "/a/b");
    ck_assert_msg(store_open(root, &store, &error) == STATUS_OK, "%s", error.message);
    cache = block_cache_new(16 << 20);
}

static Status
remove_visited(void *context, const char *path, uint64_t bytes, Error *error)
{
    (void)bytes;
    return store_remove(context, path, error);
}

static void
teardown(void)
{
    Error error = {0};

    store_list(store, "", remove_visited, store, &error);
    store_close(&store);
    block_cache_destroy(&cache);
}

static void
put(const char *path, const char *text)
{
    char absolute[4096];
    Error error = {0};

    ck_assert_msg(store_create_path(store, path, absolute, sizeof absolute, &error) == STATUS_OK, "%s",
                  error.message);
    FILE *file = fopen(absolute, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

START_TEST(files_come_back)
{
    Source *source = NULL;
    char bytes[6] = {0};
    Error error = {0};

    put("tables/7/x.tablet", "hello");
    ck_assert_int_eq(store_open_source(store, "tables/7/x.tablet", &source, &error), STATUS_OK);
    ck_assert_uint_eq(source->size, 5);
    ck_assert_int_eq(source->class->read_at(source, 1, bytes, 4, &error), STATUS_OK);
    ck_assert_str_eq(bytes, "ello");
    ck_assert_int_eq(source->class->read_at(source, 3, bytes, 4, &error), STATUS_CORRUPT);
    source_close(&source);
    error_clear(&error);
    ck_assert_int_eq(store_remove(store, "tables/7/x.tablet", &error), STATUS_OK);
    ck_assert_int_eq(store_open_source(store, "tables/7/x.tablet", &source, &error), STATUS_UNDEFINED_FILE);
    error_clear(&error);
    ck_assert_int_eq(store_remove(store, "tables/7/x.tablet", &error), STATUS_UNDEFINED_FILE);
    error_clear(&error);
    ck_assert_int_eq(store_open_source(store, "tables/7", &source, &error), STATUS_FILE_ACCESS);
}
END_TEST

START_TEST(paths_out_of_the_root_are_refused)
{
    const char *const paths[] = {"", "/etc/passwd", "..", "../x", "a/../../x", "a//b", "a/./b", "a/", "."};
    char absolute[4096];
    Source *source = NULL;
    Error error = {0};

    ck_assert_int_eq(store_create_path(store, paths[_i], absolute, sizeof absolute, &error),
                     STATUS_INVALID_NAME);
    error_clear(&error);
    ck_assert_int_eq(store_open_source(store, paths[_i], &source, &error), STATUS_INVALID_NAME);
    error_clear(&error);
    ck_assert_int_eq(store_remove(store, paths[_i], &error), STATUS_INVALID_NAME);
    error_clear(&error);
    ck_assert_int_eq(store_create_path(store, "..hidden/x", absolute, 10, &error), STATUS_NAME_TOO_LONG);
}
END_TEST

typedef struct Listing {
    uint32_t count;
    uint64_t bytes;
} Listing;

static Status
count_visited(void *context, const char *path, uint64_t bytes, Error *error)
{
    Listing *listing = context;

    (void)error;
    ck_assert_int_ne(path[0], '/');
    listing->count++;
    listing->bytes += bytes;
    return STATUS_OK;
}

static Status
fail_visit(void *context, const char *path, uint64_t bytes, Error *error)
{
    (void)context;
    (void)bytes;
    return error_set(error, STATUS_IO, "enough at %s", path);
}

START_TEST(listing_goes_by_prefix)
{
    const struct {
        const char *prefix;
        uint32_t count;
        uint64_t bytes;
    } expected[] = {
        {"", 4, 10}, {"tables/", 3, 6}, {"tables/1", 2, 5}, {"tables/1/", 1, 2}, {"tables/9", 0, 0}};
    Error error = {0};

    put("tables/1/a", "12");
    put("tables/10/b", "123");
    put("tables/2/c", "1");
    put("other", "1234");
    for (size_t i = 0; i < 5; i++) {
        Listing listing = {0};
        ck_assert_int_eq(store_list(store, expected[i].prefix, count_visited, &listing, &error), STATUS_OK);
        ck_assert_uint_eq(listing.count, expected[i].count);
        ck_assert_uint_eq(listing.bytes, expected[i].bytes);
    }
    ck_assert_int_eq(store_list(store, "", fail_visit, NULL, &error), STATUS_IO);
}
END_TEST

static void
put_tablet(const char *path, int64_t value)
{
    const TabletColumnSpec spec = {.id = 1, .name = "x", .type = type_of(TYPE_INT8)};
    const Vector vector = vector_flat(spec.type, &value, NULL);
    const Batch batch = {.rows = 1, .count = 1, .column_count = 1, .columns = (Vector *)&vector};
    Arena *arena = arena_new(NULL);
    TabletWriter *writer = NULL;
    TabletSummary summary;
    char absolute[4096];
    uint32_t taken;
    Error error = {0};

    ck_assert_int_eq(tablet_writer_new(1, &spec, NULL, NULL, &writer, &error), STATUS_OK);
    ck_assert_int_eq(tablet_writer_append(writer, &batch, 0, &taken, &error), STATUS_OK);
    ck_assert_int_eq(store_create_path(store, path, absolute, sizeof absolute, &error), STATUS_OK);
    ck_assert_int_eq(tablet_writer_finish(writer, absolute, arena, &summary, &error), STATUS_OK);
    tablet_writer_destroy(&writer);
    arena_destroy(&arena);
}

START_TEST(the_pool_shares_readers)
{
    TabletPool *pool = tablet_pool_new(store, cache);
    TabletReader *first = NULL;
    TabletReader *second = NULL;
    Error error = {0};

    put_tablet("tables/1/t", 5);
    ck_assert_int_eq(tablet_pool_acquire(pool, 9, "tables/1/t", &first, &error), STATUS_OK);
    ck_assert_int_eq(tablet_pool_acquire(pool, 9, "tables/1/t", &second, &error), STATUS_OK);
    ck_assert_ptr_eq(first, second);
    ck_assert_uint_eq(tablet_rows(first), 1);
    tablet_pool_release(pool, first);
    tablet_pool_release(pool, second);
    /* kept while idle, even if the file goes */
    ck_assert_int_eq(store_remove(store, "tables/1/t", &error), STATUS_OK);
    ck_assert_int_eq(tablet_pool_acquire(pool, 9, "tables/1/t", &second, &error), STATUS_OK);
    ck_assert_ptr_eq(first, second);
    tablet_pool_release(pool, second);
    ck_assert_int_eq(tablet_pool_acquire(pool, 10, "tables/1/none", &first, &error), STATUS_UNDEFINED_FILE);
    tablet_pool_destroy(&pool);
}
END_TEST

START_TEST(idle_readers_are_bounded)
{
    TabletPool *pool = tablet_pool_new(store, cache);
    TabletReader *tablet = NULL;
    Error error = {0};

    put_tablet("tables/1/t", 5);
    for (uint64_t key = 0; key < 400; key++) {
        ck_assert_int_eq(tablet_pool_acquire(pool, key, "tables/1/t", &tablet, &error), STATUS_OK);
        tablet_pool_release(pool, tablet);
    }
    /* the oldest was closed: its file, gone meanwhile, is asked for again */
    ck_assert_int_eq(store_remove(store, "tables/1/t", &error), STATUS_OK);
    ck_assert_int_eq(tablet_pool_acquire(pool, 399, "tables/1/t", &tablet, &error), STATUS_OK);
    tablet_pool_release(pool, tablet);
    ck_assert_int_eq(tablet_pool_acquire(pool, 0, "tables/1/t", &tablet, &error), STATUS_UNDEFINED_FILE);
    tablet_pool_destroy(&pool);
}
END_TEST

static void *
acquire_and_release(void *context)
{
    TabletPool *pool = context;

    for (uint64_t i = 0; i < 200; i++) {
        TabletReader *tablet = NULL;
        Error error = {0};
        if (tablet_pool_acquire(pool, i % 5, "tables/1/t", &tablet, &error) != STATUS_OK ||
            tablet_rows(tablet) != 1)
            return pool;
        tablet_pool_release(pool, tablet);
    }
    return NULL;
}

START_TEST(threads_share_the_pool)
{
    TabletPool *pool = tablet_pool_new(store, cache);
    pthread_t threads[4];

    put_tablet("tables/1/t", 5);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, acquire_and_release, pool), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        ck_assert_ptr_null(result);
    }
    tablet_pool_destroy(&pool);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("store");
    TCase *cases = tcase_create("store");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, files_come_back);
    tcase_add_loop_test(cases, paths_out_of_the_root_are_refused, 0, 9);
    tcase_add_test(cases, listing_goes_by_prefix);
    tcase_add_test(cases, the_pool_shares_readers);
    tcase_add_test(cases, idle_readers_are_bounded);
    tcase_add_test(cases, threads_share_the_pool);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
