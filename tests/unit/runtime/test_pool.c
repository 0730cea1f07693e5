/* The pool: every job runs once a submission, jobs that submit themselves again take turns, destroying waits
 * for all. */
#include "runtime/pool.h"

#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { JOBS = 2000, TURNS = 50 };

typedef struct Count {
    PoolJob job;
    Pool *pool;
    _Atomic(int) *total;
    _Atomic(int) *running; /* at this moment */
    _Atomic(int) *most;
    int left;
} Count;

static void
count_one(PoolJob *job)
{
    Count *count = (Count *)job;

    atomic_fetch_add(count->total, 1);
    if (--count->left > 0)
        pool_submit(count->pool, job);
}

START_TEST(every_job_runs_before_the_pool_ends)
{
    Pool *pool = pool_new((uint32_t)_i);
    Count *counts = calloc(JOBS, sizeof *counts);
    _Atomic(int) total = 0;

    ck_assert_uint_eq(pool_threads(pool), (uint32_t)_i);
    for (int i = 0; i < JOBS; i++) {
        counts[i] = (Count){.job.run = count_one, .pool = pool, .total = &total, .left = 1};
        pool_submit(pool, &counts[i].job);
    }
    pool_destroy(&pool);
    ck_assert_ptr_null(pool);
    ck_assert_int_eq(total, JOBS);
    free(counts);
}
END_TEST

START_TEST(a_job_may_submit_itself)
{
    Pool *pool = pool_new(3);
    Count counts[8];
    _Atomic(int) total = 0;

    for (int i = 0; i < 8; i++) {
        counts[i] = (Count){.job.run = count_one, .pool = pool, .total = &total, .left = TURNS};
        pool_submit(pool, &counts[i].job);
    }
    while (atomic_load(&total) < 8 * TURNS)
        usleep(100);
    pool_destroy(&pool);
    ck_assert_int_eq(total, 8 * TURNS);
}
END_TEST

static void
measure(PoolJob *job)
{
    Count *count = (Count *)job;
    const int now = atomic_fetch_add(count->running, 1) + 1;
    int most = atomic_load(count->most);

    while (now > most && !atomic_compare_exchange_weak(count->most, &most, now))
        ;
    usleep(20000);
    atomic_fetch_sub(count->running, 1);
}

START_TEST(several_run_at_a_time)
{
    Pool *pool = pool_new(3);
    Count counts[12];
    _Atomic(int) running = 0;
    _Atomic(int) most = 0;

    for (int i = 0; i < 12; i++) {
        counts[i] = (Count){.job.run = measure, .running = &running, .most = &most};
        pool_submit(pool, &counts[i].job);
    }
    pool_destroy(&pool);
    ck_assert_int_eq(running, 0);
    ck_assert_int_ge(most, 2);
}
END_TEST

typedef struct Gate {
    PoolJob job;
    _Atomic(bool) *open;
} Gate;

static void
wait_at(PoolJob *job)
{
    while (!atomic_load(((Gate *)job)->open))
        usleep(1000);
}

static void
open_gate(PoolJob *job)
{
    atomic_store(((Gate *)job)->open, true);
}

START_TEST(long_jobs_do_not_hold_up_others)
{
    Pool *pool = pool_new(2);
    _Atomic(bool) open = false;
    Gate gates[12];

    for (int i = 0; i < 12; i++) {
        gates[i] = (Gate){.job.run = i < 11 ? wait_at : open_gate, .open = &open};
        pool_submit(pool, &gates[i].job);
    }
    pool_destroy(&pool);
    ck_assert(open);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("pool");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, every_job_runs_before_the_pool_ends, 1, 5);
    tcase_add_test(cases, a_job_may_submit_itself);
    tcase_add_test(cases, several_run_at_a_time);
    tcase_add_test(cases, long_jobs_do_not_hold_up_others);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
