#include "ingest/generate.h"

#include "ingest/csv.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EXPECTED_CSV                                                                                         \
    "user_id,event_type,timestamp,value\n"                                                                   \
    "11657,click,2021-01-01 00:01:14.628141,128.97\n"                                                        \
    "10856,click,2021-01-01 00:13:52.236424,2.49\n"                                                          \
    "10153,click,2021-01-01 00:28:54.557535,44.17\n"
#define EXPECTED_NDJSON                                                                                      \
    "{\"user_id\":9,\"name\":\"Nico Romero\",\"country\":\"GB\"}\n"                                          \
    "{\"user_id\":10,\"name\":\"Aisha Patel\",\"country\":\"BR\"}\n"

enum { ROWS = 200000 };

static const GenerateOptions events = {.kind = GENERATE_EVENTS, .rows = ROWS, .seed = 42};

START_TEST(ranges_do_not_matter)
{
    Generator *whole = generator_new(&events);
    Generator *piece = generator_new(&events);
    Batch a;
    Batch b;

    generator_make(whole, 4096, BATCH_ROWS, &a);
    for (uint32_t i = 0; i < BATCH_ROWS; i += 7) {
        generator_make(piece, 4096 + i, 1, &b);
        for (uint32_t c = 0; c < 4; c++)
            ck_assert_int_eq(vector_compare(&a.columns[c], i, &b.columns[c], 0), 0);
    }
    const GenerateOptions other = {.kind = GENERATE_EVENTS, .rows = ROWS, .seed = 43};
    Generator *different = generator_new(&other);
    uint32_t equal = 0;
    generator_make(different, 4096, BATCH_ROWS, &b);
    for (uint32_t i = 0; i < BATCH_ROWS; i++)
        equal += vector_compare(&a.columns[0], i, &b.columns[0], i) == 0;
    ck_assert_uint_lt(equal, BATCH_ROWS / 100);
    generator_destroy(&whole);
    generator_destroy(&piece);
    generator_destroy(&different);
}
END_TEST

/* The rows that version 1 of the generator gave: files and tests elsewhere rely on them. */
START_TEST(rows_are_fixed)
{
    char path[] = "/tmp/runnel-generate-XXXXXX";
    char text[512];
    FILE *file;

    close(mkstemp(path));
    ck_assert_int_eq(generate_write_file(&events, GENERATE_CSV, 0, 3, path, NULL), STATUS_OK);
    file = fopen(path, "r");
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    ck_assert_str_eq(text, EXPECTED_CSV);

    const GenerateOptions users = {.kind = GENERATE_USERS, .rows = 10, .seed = 42};
    ck_assert_int_eq(generate_write_file(&users, GENERATE_NDJSON, 8, 2, path, NULL), STATUS_OK);
    file = fopen(path, "r");
    size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    ck_assert_str_eq(text, EXPECTED_NDJSON);
    unlink(path);
    ck_assert_int_eq(generate_write_file(&users, GENERATE_CSV, 0, 1, "/tmp/no/such/place", NULL),
                     STATUS_UNDEFINED_FILE);
}
END_TEST

START_TEST(events_are_spread_as_promised)
{
    Generator *generator = generator_new(&events);
    const uint64_t users = generate_user_count(ROWS);
    uint8_t *seen = calloc(users + 1, 1);
    uint64_t distinct = 0;
    uint64_t views = 0;
    uint64_t in_year[GENERATE_YEARS] = {0};
    int64_t bounds[GENERATE_YEARS - 1];
    int64_t last = INT64_MIN;
    double least = INFINITY;
    double most = 0;

    generate_time_bounds(GENERATE_YEARS, bounds);
    for (uint64_t first = 0; first < ROWS; first += 1000) {
        Batch batch;
        generator_make(generator, first, 1000, &batch);
        for (uint32_t i = 0; i < 1000; i++) {
            const int64_t user = ((const int64_t *)batch.columns[0].data)[i];
            const StringView *type = &((const StringView *)batch.columns[1].data)[i];
            const int64_t time = ((const int64_t *)batch.columns[2].data)[i];
            const double value = ((const double *)batch.columns[3].data)[i];
            ck_assert(user >= 1 && (uint64_t)user <= users);
            distinct += seen[user] == 0;
            seen[user] = 1;
            views += type->size == 4 && memcmp(type->prefix, "view", 4) == 0;
            ck_assert_int_ge(time, last);
            last = time;
            int year = 0;
            while (year < GENERATE_YEARS - 1 && time >= bounds[year])
                year++;
            in_year[year]++;
            ck_assert(fabs(value * 100 - round(value * 100)) < 1e-6);
            least = fmin(least, value);
            most = fmax(most, value);
        }
    }
    ck_assert_uint_gt(distinct, users * 99 / 100);
    ck_assert(views > ROWS * 44 / 100 && views < ROWS * 46 / 100);
    for (int i = 0; i < GENERATE_YEARS; i++)
        ck_assert(in_year[i] > ROWS * 199 / 1000 && in_year[i] < ROWS * 201 / 1000);
    ck_assert(least >= 0.01 && least < 0.1 && most > 500 && most < 2622);
    free(seen);
    generator_destroy(&generator);
}
END_TEST

/* What is written is what was made. */
START_TEST(files_read_back)
{
    char path[] = "/tmp/runnel-generate-XXXXXX";
    const FileOptions options = {.header = -1};
    const GenerateOptions small = {.kind = GENERATE_EVENTS, .rows = 5000, .seed = 7};
    const Session session = {.time_zone = "UTC"};
    Arena *arena = arena_new(NULL);
    CsvShape shape;
    CsvColumn columns[GENERATE_COLUMNS_MAX];
    Error error = {0};

    close(mkstemp(path));
    ck_assert_int_eq(generate_write_file(&small, GENERATE_CSV, 0, small.rows, path, &error), STATUS_OK);
    ck_assert_int_eq(csv_infer(path, &options, 0, NULL, arena, &shape, &error), STATUS_OK);
    ck_assert(shape.has_header && shape.field_count == 4);
    for (uint32_t i = 0; i < 4; i++) {
        ck_assert_str_eq(shape.names[i], generate_column_name(GENERATE_EVENTS, i));
        ck_assert(type_equal(shape.types[i], generate_column_type(GENERATE_EVENTS, i)));
        columns[i] = (CsvColumn){.name = shape.names[i], .type = shape.types[i], .field = i};
    }
    const FileOptions header = {.header = 1};
    const FileRange range = {.path = path, .length = UINT64_MAX, .first_line = 1};
    const CsvSource source = {.path = path,
                              .range = &range,
                              .options = &header,
                              .field_count = 4,
                              .column_count = 4,
                              .columns = columns,
                              .session = &session};
    CsvReader *reader;
    Generator *generator = generator_new(&small);
    uint64_t rows = 0;
    Batch read;
    Batch made;
    ck_assert_int_eq(csv_reader_open(&source, NULL, &reader, &error), STATUS_OK);
    for (;;) {
        ck_assert_msg(csv_reader_next(reader, &read, &error) == STATUS_OK, "%s", error.message);
        if (read.rows == 0)
            break;
        generator_make(generator, rows, read.rows, &made);
        for (uint32_t i = 0; i < read.rows; i++) {
            for (uint32_t c = 0; c < 4; c++)
                ck_assert_int_eq(vector_compare(&read.columns[c], i, &made.columns[c], i), 0);
        }
        rows += read.rows;
    }
    ck_assert_uint_eq(rows, small.rows);
    csv_reader_close(&reader);
    generator_destroy(&generator);
    arena_destroy(&arena);
    unlink(path);
}
END_TEST

START_TEST(kinds_are_found_by_name)
{
    GenerateKind kind;

    ck_assert_int_eq(generate_find_kind("users", &kind, NULL), STATUS_OK);
    ck_assert_int_eq(kind, GENERATE_USERS);
    ck_assert_int_eq(generate_find_kind("hits", &kind, NULL), STATUS_INVALID_PARAMETER);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("generate");
    TCase *cases = tcase_create("generate");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, ranges_do_not_matter);
    tcase_add_test(cases, rows_are_fixed);
    tcase_add_test(cases, events_are_spread_as_promised);
    tcase_add_test(cases, files_read_back);
    tcase_add_test(cases, kinds_are_found_by_name);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
