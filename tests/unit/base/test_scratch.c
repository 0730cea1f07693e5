#include "base/scratch.h"

#include <check.h>
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void
make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/runnel-scratch-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
remove_folder(void)
{
    ck_assert_int_eq(rmdir(folder), 0); /* which fails where anything is left in it */
}

static void
fill(char *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(seed + i * 31 + i / 251);
}

static void
check_blob(const ScratchSpan *span, unsigned seed)
{
    char *expected = malloc(span->size);
    char *got = malloc(span->size);
    Error error = {0};

    fill(expected, span->size, seed);
    ck_assert_int_eq(scratch_read(span, 0, span->size, got, &error), STATUS_OK);
    ck_assert_mem_eq(expected, got, span->size);
    ck_assert_int_eq(scratch_read(span, span->size / 2, span->size - span->size / 2, got, &error), STATUS_OK);
    ck_assert_mem_eq(expected + span->size / 2, got, span->size - span->size / 2);
    free(expected);
    free(got);
}

static ScratchSpan
write_blob(Scratch *scratch, size_t size, unsigned seed)
{
    char *bytes = malloc(size);
    ScratchSpan span = {0};
    Error error = {0};

    fill(bytes, size, seed);
    ck_assert_int_eq(scratch_write(scratch, bytes, size, &span, &error), STATUS_OK);
    ck_assert_uint_eq(span.size, size);
    free(bytes);
    return span;
}

START_TEST(blobs_are_read_as_they_were_written)
{
    ScratchSpan spans[50];
    Scratch *scratch = scratch_new(folder, 0);

    for (unsigned i = 0; i < 50; i++)
        spans[i] = write_blob(scratch, 1 + i * 1777, i);
    for (unsigned i = 0; i < 50; i += 2)
        scratch_release(&spans[i]);
    for (unsigned i = 1; i < 50; i += 2)
        check_blob(&spans[i], i);
    ck_assert_uint_gt(scratch_used(scratch), 0);
    for (unsigned i = 1; i < 50; i += 2)
        scratch_release(&spans[i]);
    ck_assert_uint_eq(scratch_used(scratch), 0);
    ck_assert_ptr_null(spans[1].file);
    scratch_release(&spans[1]);
    scratch_destroy(&scratch);
    remove_folder();
}
END_TEST

START_TEST(no_name_is_ever_seen)
{
    Scratch *scratch = scratch_new(folder, 0);
    ScratchSpan span = write_blob(scratch, 100000, 1);
    DIR *directory = opendir(folder);
    int entries = 0;

    while (readdir(directory) != NULL)
        entries++;
    closedir(directory);
    ck_assert_int_eq(entries, 2); /* . and .. */
    scratch_release(&span);
    scratch_destroy(&scratch);
    remove_folder();
}
END_TEST

START_TEST(the_directory_is_made_at_the_first_write)
{
    char inner[96];
    snprintf(inner, sizeof inner, "%s/a/b", folder);
    Scratch *scratch = scratch_new(inner, 0);

    ck_assert_int_ne(access(inner, F_OK), 0);
    ScratchSpan span = write_blob(scratch, 10, 1);
    ck_assert_int_eq(access(inner, F_OK), 0);
    scratch_release(&span);
    scratch_destroy(&scratch);
    ck_assert_int_eq(rmdir(inner), 0);
    snprintf(inner, sizeof inner, "%s/a", folder);
    ck_assert_int_eq(rmdir(inner), 0);
    remove_folder();
}
END_TEST

START_TEST(the_limit_is_an_error_that_says_so)
{
    Scratch *scratch = scratch_new(folder, 64 << 10);
    ScratchSpan first = write_blob(scratch, 40 << 10, 1);
    ScratchSpan second = {0};
    char bytes[32 << 10] = {0};
    Error error = {0};

    ck_assert_int_eq(scratch_write(scratch, bytes, sizeof bytes, &second, &error), STATUS_DISK_FULL);
    ck_assert_str_eq(status_sqlstate(error.code), "53100");
    ck_assert_ptr_nonnull(strstr(error.message, "scratch limit"));
    ck_assert_str_ne(error.hint, "");
    ck_assert_ptr_null(second.file);
    scratch_release(&first);
    second = write_blob(scratch, sizeof bytes, 2);
    check_blob(&second, 2);
    scratch_release(&second);
    scratch_destroy(&scratch);
    remove_folder();
}
END_TEST

START_TEST(without_a_directory_writes_fail)
{
    Scratch *scratch = scratch_new(NULL, 0);
    ScratchSpan span = {0};
    Error error = {0};

    ck_assert_int_eq(scratch_write(scratch, "x", 1, &span, &error), STATUS_DISK_FULL);
    ck_assert_str_ne(error.hint, "");
    scratch_destroy(&scratch);
    remove_folder();
}
END_TEST

START_TEST(reads_past_the_end_are_refused)
{
    Scratch *scratch = scratch_new(folder, 0);
    ScratchSpan span = write_blob(scratch, 100, 1);
    char bytes[200];

    ck_assert_int_ne(scratch_read(&span, 50, 51, bytes, NULL), STATUS_OK);
    ck_assert_int_ne(scratch_read(&span, 101, 0, bytes, NULL), STATUS_OK);
    ck_assert_int_eq(scratch_read(&span, 100, 0, bytes, NULL), STATUS_OK);
    scratch_release(&span);
    scratch_destroy(&scratch);
    remove_folder();
}
END_TEST

/* A file system of 1 MiB: where it is full the write fails, and what is released is room again. */
START_TEST(a_full_disk_is_an_error_that_says_so)
{
    ScratchSpan spans[64] = {0};
    char bytes[64 << 10] = {1};
    Error error = {0};
    unsigned count = 0;

    if (geteuid() != 0 || mount("tmpfs", folder, "tmpfs", 0, "size=1m") != 0) {
        remove_folder();
        return; /* only root can make the small disk */
    }
    Scratch *scratch = scratch_new(folder, 0);
    while (count < 64 && scratch_write(scratch, bytes, sizeof bytes, &spans[count], &error) == STATUS_OK)
        count++;
    ck_assert_uint_ge(count, 8);
    ck_assert_uint_lt(count, 17);
    ck_assert_int_eq(error.code, STATUS_DISK_FULL);
    ck_assert_ptr_nonnull(strstr(error.message, folder));
    ck_assert_str_ne(error.hint, "");
    ck_assert_uint_eq(scratch_used(scratch), count * sizeof bytes);
    scratch_release(&spans[0]);
    scratch_release(&spans[3]);
    spans[0] = write_blob(scratch, sizeof bytes, 5);
    check_blob(&spans[0], 5);
    for (unsigned i = 0; i < count; i++)
        scratch_release(&spans[i]);
    ck_assert_uint_eq(scratch_used(scratch), 0);
    scratch_destroy(&scratch);
    ck_assert_int_eq(umount(folder), 0);
    remove_folder();
}
END_TEST

typedef struct Writer {
    pthread_t thread;
    Scratch *scratch;
    unsigned number;
} Writer;

static void *
write_and_read(void *argument)
{
    Writer *writer = argument;

    for (unsigned i = 0; i < 200; i++) {
        ScratchSpan span = write_blob(writer->scratch, 1 + (i * 7919) % 30000, writer->number + i);
        check_blob(&span, writer->number + i);
        scratch_release(&span);
    }
    return NULL;
}

START_TEST(threads_write_at_once)
{
    Scratch *scratch = scratch_new(folder, 0);
    Writer writers[4];

    for (unsigned i = 0; i < 4; i++) {
        writers[i] = (Writer){.scratch = scratch, .number = i * 1000};
        ck_assert_int_eq(pthread_create(&writers[i].thread, NULL, write_and_read, &writers[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++)
        pthread_join(writers[i].thread, NULL);
    ck_assert_uint_eq(scratch_used(scratch), 0);
    ck_assert_uint_gt(scratch_written(scratch), 0);
    scratch_destroy(&scratch);
    remove_folder();
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("scratch");
    TCase *cases = tcase_create("scratch");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_checked_fixture(cases, make_folder, NULL);
    tcase_add_test(cases, blobs_are_read_as_they_were_written);
    tcase_add_test(cases, no_name_is_ever_seen);
    tcase_add_test(cases, the_directory_is_made_at_the_first_write);
    tcase_add_test(cases, the_limit_is_an_error_that_says_so);
    tcase_add_test(cases, without_a_directory_writes_fail);
    tcase_add_test(cases, reads_past_the_end_are_refused);
    tcase_add_test(cases, a_full_disk_is_an_error_that_says_so);
    tcase_add_test(cases, threads_write_at_once);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
