/* The line of the progress bar: what it tells, and that it fits. */
#include "cli/progress.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct Case {
    runnel_progress progress;
    int width;
    const char *line;
} Case;

static const Case cases_of_lines[] = {
    {{.elapsed_ms = 500}, 79, "[..............................]   0 %  0/0 tasks"},
    {{.elapsed_ms = 2000,
      .fraction = 0.5,
      .tasks_done = 3,
      .tasks_total = 9,
      .tablets_done = 2,
      .tablets_total = 4,
      .rows_scanned = 24690000},
     99,
     "[###############...............]  50 %  2/4 tablets, 12.3 M rows/s, 2 s left"},
    {{.elapsed_ms = 2000, .fraction = 0.5, .tablets_done = 2, .tablets_total = 4, .rows_scanned = 24690000},
     60,
     "[#######.......]  50 %  2/4 tablets, 12.3 M rows/s, 2 s left"},
    {{.elapsed_ms = 2000, .fraction = 0.5, .tablets_done = 2, .tablets_total = 4, .rows_scanned = 1998},
     40,
     " 50 %  2/4 tablets, 999 rows/s, 2 s left"},
    {{.elapsed_ms = 2000, .fraction = 0.5, .tablets_done = 2, .tablets_total = 4}, 10, " 50 %"},
    {{.elapsed_ms = 100000, .fraction = 0.02, .tasks_done = 1, .tasks_total = 50, .rows_scanned = 99960000},
     79,
     "[...........................]   2 %  1/50 tasks, 1.00 M rows/s, 1 h 21 min left"},
    {{.elapsed_ms = 10000, .bytes_sent = 250000000, .bytes_total = 1000000000},
     99,
     "[#######.......................]  25 %  sent 250 MB of 1.00 GB, 30 s left"},
    {{.elapsed_ms = 60000, .fraction = 2, .tasks_done = 2, .tasks_total = 2},
     79,
     "[##############################] 100 %  2/2 tasks, 0 s left"},
};

START_TEST(tells_what_is_done)
{
    const Case *expected = &cases_of_lines[_i];
    char line[512];
    const size_t size = progress_bar_line(&expected->progress, expected->width, false, line, sizeof line);

    line[size] = '\0';
    ck_assert_str_eq(line, expected->line);
}
END_TEST

START_TEST(fits_every_width)
{
    const runnel_progress longest = {.elapsed_ms = 360000000,
                                     .fraction = 0.011,
                                     .tablets_done = UINT64_MAX,
                                     .tablets_total = UINT64_MAX,
                                     .rows_scanned = UINT64_MAX};
    char line[512];

    for (int width = 5; width < 300; width++)
        ck_assert_uint_le(progress_bar_line(&longest, width, false, line, sizeof line), (size_t)width);
    ck_assert_uint_lt(progress_bar_line(&longest, 300, true, line, sizeof line), sizeof line);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("progress");
    TCase *cases = tcase_create("progress");

    tcase_add_loop_test(cases, tells_what_is_done, 0, sizeof cases_of_lines / sizeof *cases_of_lines);
    tcase_add_test(cases, fits_every_width);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
