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

static GenerateOptions
table_of(const char *name, uint64_t rows, uint64_t seed)
{
    return (GenerateOptions){
        .table = generate_find_table(name), .rows = rows, .scale = GENERATE_SCALE_MIN, .seed = seed};
}

START_TEST(ranges_do_not_matter)
{
    const GenerateOptions events = table_of("events", ROWS, 42);
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
    const GenerateOptions other = table_of("events", ROWS, 43);
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
    const GenerateOptions events = table_of("events", ROWS, 42);

    close(mkstemp(path));
    ck_assert_int_eq(generate_write_file(&events, GENERATE_CSV, 0, 3, path, NULL), STATUS_OK);
    file = fopen(path, "r");
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    ck_assert_str_eq(text, EXPECTED_CSV);

    const GenerateOptions users = table_of("users", 10, 42);
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
    const GenerateOptions events = table_of("events", ROWS, 42);
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

/* Rows of the batch's end against those that come with the unit made alone. */
static void
check_last_unit(const GenerateOptions *options, uint64_t first, uint32_t count)
{
    Generator *whole = generator_new(options);
    Generator *alone = generator_new(options);
    Batch a;
    Batch b;

    generator_make(whole, first, count, &a);
    generator_make(alone, first + count - 1, 1, &b);
    ck_assert_uint_ge(b.rows, 1);
    ck_assert_uint_le(a.rows, BATCH_ROWS);
    for (uint32_t i = 0; i < b.rows; i++)
        for (uint32_t c = 0; c < a.column_count; c++)
            ck_assert_int_eq(vector_compare(&a.columns[c], a.rows - b.rows + i, &b.columns[c], i), 0);
    generator_destroy(&whole);
    generator_destroy(&alone);
}

START_TEST(any_unit_can_be_made_alone)
{
    const char *const names[] = {"events",   "users",    "hits",     "region", "nation",  "part",
                                 "supplier", "partsupp", "customer", "orders", "lineitem"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const GenerateOptions options = table_of(names[i], 5000, 11);
        const uint64_t units = generate_units(&options);
        const uint32_t batch = generate_batch_units(options.table);
        check_last_unit(&options, 0, units < batch ? (uint32_t)units : batch);
        check_last_unit(&options, units - 1, 1);
    }
}
END_TEST

/* --- files --- */

/* The file's rows, read by a reader for `columns`, are the generator's. */
static void
check_file(const char *path, const GenerateOptions *options, const CsvColumn *columns, uint32_t column_count)
{
    const Session session = {.time_zone = "UTC"};
    const FileOptions header = {.header = 1};
    const FileRange range = {.path = path, .length = UINT64_MAX, .first_line = 1};
    const CsvSource source = {.path = path,
                              .range = &range,
                              .options = &header,
                              .field_count = column_count,
                              .column_count = column_count,
                              .columns = columns,
                              .session = &session};
    Generator *generator = generator_new(options);
    Error error = {0};
    CsvReader *reader;
    Batch read = {0};
    Batch made;
    uint32_t at = 0;

    ck_assert_int_eq(csv_reader_open(&source, NULL, &reader, &error), STATUS_OK);
    for (uint64_t unit = 0; unit < generate_units(options); unit++) {
        generator_make(generator, unit, 1, &made);
        for (uint32_t i = 0; i < made.rows; i++, at++) {
            if (at == read.rows) {
                ck_assert_msg(csv_reader_next(reader, &read, &error) == STATUS_OK, "%s", error.message);
                at = 0;
            }
            ck_assert_uint_lt(at, read.rows);
            for (uint32_t c = 0; c < column_count; c++)
                ck_assert_int_eq(vector_compare(&read.columns[c], at, &made.columns[c], i), 0);
        }
    }
    ck_assert_int_eq(csv_reader_next(reader, &read, &error), STATUS_OK);
    ck_assert_uint_eq(read.rows, 0);
    csv_reader_close(&reader);
    generator_destroy(&generator);
}

/* What is written is what was made. */
START_TEST(files_read_back)
{
    const char *const names[] = {"events", "hits", "lineitem", "part"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[] = "/tmp/runnel-generate-XXXXXX";
        const GenerateOptions options = table_of(names[i], 5000, 7);
        uint32_t count;
        const GenerateColumn *made = generate_columns(options.table, &count);
        CsvColumn *columns = calloc(count, sizeof *columns);
        close(mkstemp(path));
        ck_assert_int_eq(generate_write_file(&options, GENERATE_CSV, 0, generate_units(&options), path, NULL),
                         STATUS_OK);
        for (uint32_t c = 0; c < count; c++)
            columns[c] = (CsvColumn){.name = made[c].name, .type = made[c].type, .field = c};
        check_file(path, &options, columns, count);
        free(columns);
        unlink(path);
    }
}
END_TEST

START_TEST(types_are_seen_in_the_file)
{
    char path[] = "/tmp/runnel-generate-XXXXXX";
    const FileOptions options = {.header = -1};
    const GenerateOptions events = table_of("events", 5000, 7);
    uint32_t count;
    const GenerateColumn *columns = generate_columns(events.table, &count);
    Arena *arena = arena_new(NULL);
    CsvShape shape;

    close(mkstemp(path));
    ck_assert_int_eq(generate_write_file(&events, GENERATE_CSV, 0, events.rows, path, NULL), STATUS_OK);
    ck_assert_int_eq(csv_infer(path, &options, 0, NULL, arena, &shape, NULL), STATUS_OK);
    ck_assert(shape.has_header && shape.field_count == count);
    for (uint32_t i = 0; i < count; i++) {
        ck_assert_str_eq(shape.names[i], columns[i].name);
        ck_assert(type_equal(shape.types[i], columns[i].type));
    }
    arena_destroy(&arena);
    unlink(path);
}
END_TEST

/* --- TPC-H --- */

static int64_t
value_of(const Batch *batch, uint32_t column, uint32_t row)
{
    const Vector *vector = &batch->columns[column];

    return vector->layout == LAYOUT_I32 ? ((const int32_t *)vector->data)[row]
                                        : ((const int64_t *)vector->data)[row];
}

/* An order's total and status are its lines'; its lines' dates come after its own. */
START_TEST(orders_and_lines_agree)
{
    const GenerateOptions orders = table_of("orders", 0, 3);
    const GenerateOptions lineitem = table_of("lineitem", 0, 3);
    Generator *order_maker = generator_new(&orders);
    Generator *line_maker = generator_new(&lineitem);

    ck_assert_uint_eq(generate_units(&orders), 1500);
    for (uint64_t unit = 0; unit < 1500; unit++) {
        Batch order;
        Batch lines;
        int64_t total = 0;
        uint32_t open = 0;
        generator_make(order_maker, unit, 1, &order);
        generator_make(line_maker, unit, 1, &lines);
        ck_assert(lines.rows >= 1 && lines.rows <= 7);
        ck_assert_int_lt((value_of(&order, 0, 0) - 1) % 32, 8);
        ck_assert_int_ne(value_of(&order, 1, 0) % 3, 0);
        for (uint32_t i = 0; i < lines.rows; i++) {
            ck_assert_int_eq(value_of(&lines, 0, i), value_of(&order, 0, 0));
            ck_assert_int_eq(value_of(&lines, 3, i), i + 1);
            ck_assert(value_of(&lines, 1, i) >= 1 && value_of(&lines, 1, i) <= 200);
            ck_assert(value_of(&lines, 2, i) >= 1 && value_of(&lines, 2, i) <= 10);
            ck_assert_int_gt(value_of(&lines, 10, i), value_of(&order, 4, 0));
            ck_assert_int_gt(value_of(&lines, 12, i), value_of(&lines, 10, i));
            total += value_of(&lines, 5, i) * (100 - value_of(&lines, 6, i)) * (100 + value_of(&lines, 7, i));
            open += ((const StringView *)lines.columns[9].data)[i].prefix[0] == 'O';
        }
        const char status = ((const StringView *)order.columns[2].data)[0].prefix[0];
        ck_assert_int_eq(value_of(&order, 3, 0), (total + 5000) / 10000);
        ck_assert_int_eq(status, open == 0 ? 'F' : open == lines.rows ? 'O' : 'P');
    }
    generator_destroy(&order_maker);
    generator_destroy(&line_maker);
}
END_TEST

/* Every line's part and supplier stand together in partsupp. */
START_TEST(suppliers_supply_what_is_ordered)
{
    const GenerateOptions partsupp = table_of("partsupp", 0, 3);
    const GenerateOptions lineitem = table_of("lineitem", 0, 3);
    Generator *maker = generator_new(&lineitem);
    Generator *suppliers = generator_new(&partsupp);

    for (uint64_t unit = 0; unit < 300; unit++) {
        Batch lines;
        generator_make(maker, unit, 1, &lines);
        for (uint32_t i = 0; i < lines.rows; i++) {
            Batch four;
            bool found = false;
            generator_make(suppliers, (uint64_t)value_of(&lines, 1, i) - 1, 1, &four);
            ck_assert_uint_eq(four.rows, 4);
            for (uint32_t k = 0; k < 4; k++)
                found |= value_of(&four, 1, k) == value_of(&lines, 2, i);
            ck_assert(found);
        }
    }
    generator_destroy(&maker);
    generator_destroy(&suppliers);
}
END_TEST

/* --- names and sources --- */

START_TEST(tables_are_found_by_name)
{
    const GenerateTable *tables[GENERATE_TABLES_MAX];

    ck_assert_uint_eq(generate_find("users", tables), 1);
    ck_assert_str_eq(generate_table_name(tables[0]), "users");
    ck_assert_uint_eq(generate_find("tpch", tables), 8);
    ck_assert_uint_eq(generate_find("lineitem", tables), 0);
    ck_assert_ptr_null(generate_find_table("tpch"));
    ck_assert_ptr_nonnull(generate_find_table("lineitem"));
}
END_TEST

START_TEST(sources_are_read_back)
{
    const char *const bad[] = {"",
                               "nothing?seed=1",
                               "events?rows=x",
                               "events?rows=1&",
                               "lineitem?scale=0",
                               "lineitem?scale=nan",
                               "events?colour=1"};
    Arena *arena = arena_new(NULL);
    GenerateOptions options = table_of("lineitem", 0, UINT64_MAX);
    GenerateOptions read;

    options.scale = 0.1;
    ck_assert_int_eq(generate_parse_source(generate_format_source(&options, arena), &read, NULL), STATUS_OK);
    ck_assert(read.table == options.table && read.scale == 0.1 && read.seed == UINT64_MAX);
    options = table_of("hits", 12345, 2);
    ck_assert_int_eq(generate_parse_source(generate_format_source(&options, arena), &read, NULL), STATUS_OK);
    ck_assert(read.table == options.table && read.rows == 12345 && read.seed == 2);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Error error = {0};
        ck_assert_int_eq(generate_parse_source(bad[i], &read, &error), STATUS_INVALID_PARAMETER);
    }
    arena_destroy(&arena);
}
END_TEST

START_TEST(ranges_cover_the_units)
{
    const GenerateOptions options = table_of("orders", 0, 1);
    FileRange ranges[7];
    uint32_t count;
    uint64_t next = 0;

    generate_split(&options, "orders", 7, ranges, &count);
    ck_assert_uint_ge(count, 1);
    for (uint32_t i = 0; i < count; i++) {
        ck_assert_uint_eq(ranges[i].offset, next);
        next += ranges[i].length;
    }
    ck_assert_uint_eq(next, generate_units(&options));
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
    tcase_add_test(cases, any_unit_can_be_made_alone);
    tcase_add_test(cases, types_are_seen_in_the_file);
    tcase_add_test(cases, orders_and_lines_agree);
    tcase_add_test(cases, suppliers_supply_what_is_ordered);
    tcase_add_test(cases, tables_are_found_by_name);
    tcase_add_test(cases, sources_are_read_back);
    tcase_add_test(cases, ranges_cover_the_units);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
