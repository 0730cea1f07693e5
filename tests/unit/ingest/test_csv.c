/* The CSV reader against a naive parser, against malformed files, and over every way of cutting a file. */
#include "ingest/csv.h"

#include "base/random.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char path[64];

static void
make_file(void)
{
    strcpy(path, "/tmp/runnel-csv-XXXXXX");
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
}

static void
remove_file(void)
{
    unlink(path);
}

static void
write_bytes(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void
write_text(const char *text)
{
    write_bytes(text, strlen(text));
}

static const Session utc = {.time_zone = "UTC"};

enum { FIELDS_MAX = 8 };

/* Rows as text, fields parted by \x1f, NULL as \x00N, rows by \x1e. */
typedef struct Rows {
    Buffer text;
    uint64_t count;
    uint64_t rejected;
    Error error;
    Status status;
} Rows;

static void
append_batch(Rows *rows, const Batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        const uint32_t row = batch_row(batch, i);
        for (uint32_t c = 0; c < batch->column_count; c++) {
            const StringView *view = &((const StringView *)batch->columns[c].data)[row];
            if (vector_is_null(&batch->columns[c], row))
                buffer_append(&rows->text, "\0N", 2);
            else
                buffer_append(&rows->text, string_view_data(view), view->size);
            buffer_append_char(&rows->text, '\x1f');
        }
        buffer_append_char(&rows->text, '\x1e');
        rows->count++;
    }
}

static void
read_range(const FileRange *range, const FileOptions *options, uint32_t fields, uint32_t batch_rows,
           Rows *rows)
{
    CsvColumn columns[FIELDS_MAX];
    for (uint32_t i = 0; i < fields; i++)
        columns[i] = (CsvColumn){.name = "c", .type = type_of(TYPE_TEXT), .field = i};
    const CsvSource source = {.path = path,
                              .range = range,
                              .options = options,
                              .field_count = fields,
                              .column_count = fields,
                              .columns = columns,
                              .session = &utc,
                              .batch_rows = batch_rows};
    Budget budget;
    CsvReader *reader = NULL;
    Batch batch = {.rows = 1};

    budget_init(&budget, NULL, SIZE_MAX);
    rows->status = csv_reader_open(&source, &budget, &reader, &rows->error);
    while (rows->status == STATUS_OK && batch.rows > 0) {
        rows->status = csv_reader_next(reader, &batch, &rows->error);
        if (rows->status != STATUS_OK)
            break;
        size_t rejects;
        csv_reader_rejects(reader, &rejects);
        rows->rejected += rejects;
        append_batch(rows, &batch);
    }
    csv_reader_close(&reader);
    ck_assert_uint_eq(budget_used(&budget), 0);
}

static const FileRange whole = {.path = "file.csv", .length = UINT64_MAX, .first_line = 1};

static Rows
read_all(const FileOptions *options, uint32_t fields, uint32_t batch_rows)
{
    Rows rows = {0};

    read_range(&whole, options, fields, batch_rows, &rows);
    return rows;
}

static bool
same(const Buffer *a, const Buffer *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* Random rows: their file, and what reading it must give. */
static void
make_random(Random *random, uint32_t fields, uint32_t count, Buffer *file, Buffer *expected)
{
    static const char *const pieces[] = {"a", "\"", ",", "\n", "\r\n", "é", "0123456789abcdef",
                                         " ", "",   "\r"};
    const char *line_end = random_below(random, 2) ? "\n" : "\r\n";

    for (uint32_t row = 0; row < count; row++) {
        for (uint32_t c = 0; c < fields; c++) {
            Buffer value = {0};
            const uint64_t parts = random_below(random, 5);
            bool quoted = random_below(random, 3) == 0;
            for (uint64_t p = 0; p < parts; p++)
                buffer_append_string(&value, pieces[random_below(random, 10)]);
            const bool is_null = value.size == 0 && random_below(random, 2) == 0;
            for (size_t i = 0; i < value.size; i++)
                quoted |= strchr("\",\r\n", value.data[i]) != NULL;
            quoted |= value.size == 0 && !is_null;
            quoted &= !is_null;
            if (c > 0)
                buffer_append_char(file, ',');
            if (quoted)
                buffer_append_char(file, '"');
            for (size_t i = 0; i < value.size; i++) {
                if (value.data[i] == '"')
                    buffer_append_char(file, '"');
                buffer_append_char(file, value.data[i]);
            }
            if (quoted)
                buffer_append_char(file, '"');
            if (is_null)
                buffer_append(expected, "\0N", 2);
            else if (value.size > 0)
                buffer_append(expected, value.data, value.size);
            buffer_append_char(expected, '\x1f');
            buffer_destroy(&value);
        }
        buffer_append_char(expected, '\x1e');
        if (row + 1 < count || random_below(random, 2) == 0 || fields == 1)
            buffer_append_string(file, line_end);
    }
}

START_TEST(random_files_read_back)
{
    Random random = {(uint64_t)_i};
    const FileOptions options = {0};

    for (int round = 0; round < 12; round++) {
        Buffer file = {0};
        Buffer expected = {0};
        const uint32_t fields = 1 + (uint32_t)random_below(&random, FIELDS_MAX);
        const uint32_t count = 1 + (uint32_t)random_below(&random, round == 0 ? 60000 : 300);
        make_random(&random, fields, count, &file, &expected);
        write_bytes(file.data, file.size);
        Rows rows = read_all(&options, fields, round % 2 ? 1 + (uint32_t)random_below(&random, 100) : 0);
        ck_assert_msg(rows.status == STATUS_OK, "%s", rows.error.message);
        ck_assert_uint_eq(rows.count, count);
        ck_assert(same(&rows.text, &expected));
        buffer_destroy(&rows.text);
        buffer_destroy(&file);
        buffer_destroy(&expected);
    }
}
END_TEST

static Rows
read_split(const FileOptions *options, uint32_t fields, uint32_t pieces, uint32_t threads, uint32_t *cut)
{
    FileRange ranges[256];
    Rows rows = {0};
    Error error = {0};

    ck_assert_int_eq(csv_split(path, "file.csv", options, pieces, 1, threads, ranges, cut, &error),
                     STATUS_OK);
    ck_assert_uint_ge(*cut, 1);
    ck_assert_uint_le(*cut, pieces);
    for (uint32_t i = 0; i < *cut && rows.status == STATUS_OK; i++)
        read_range(&ranges[i], options, fields, 0, &rows);
    return rows;
}

START_TEST(every_split_gives_the_same_rows)
{
    Random random = {(uint64_t)_i * 77};
    const FileOptions options = {0};
    Buffer file = {0};
    Buffer expected = {0};
    uint32_t most = 0;

    make_random(&random, 3, 25, &file, &expected);
    write_bytes(file.data, file.size);
    for (uint32_t pieces = 1; pieces < 256; pieces += pieces < 40 ? 1 : 9) {
        uint32_t cut;
        Rows rows = read_split(&options, 3, pieces, 1 + pieces % 3, &cut);
        ck_assert_msg(rows.status == STATUS_OK, "%s", rows.error.message);
        ck_assert_msg(same(&rows.text, &expected), "in %u pieces", pieces);
        most = cut > most ? cut : most;
        buffer_destroy(&rows.text);
    }
    ck_assert_uint_ge(most, 10);
    buffer_destroy(&file);
    buffer_destroy(&expected);
}
END_TEST

START_TEST(lines_are_counted_over_splits)
{
    const FileOptions options = {0};
    Buffer file = {0};
    FileRange ranges[64];
    uint32_t count;

    for (int i = 0; i < 500; i++)
        buffer_append_string(&file, i % 3 == 0 ? "a,\"x\ny\"\r\n" : "b,c\n");
    write_bytes(file.data, file.size);
    ck_assert_int_eq(csv_split(path, "f", &options, 64, 1, 2, ranges, &count, NULL), STATUS_OK);
    ck_assert_uint_gt(count, 30);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t lines = 1;
        for (uint64_t at = 0; at < ranges[i].offset; at++)
            lines += file.data[at] == '\n';
        ck_assert_uint_eq(ranges[i].first_line, lines);
        ck_assert(ranges[i].offset == 0 || file.data[ranges[i].offset - 1] == '\n');
    }
    buffer_destroy(&file);
}
END_TEST

static void
check_rows(const char *text, const FileOptions *options, uint32_t fields, const char *expected, size_t size)
{
    const Buffer wanted = {.data = (char *)(uintptr_t)expected, .size = size};

    write_text(text);
    Rows rows = read_all(options, fields, 0);
    ck_assert_msg(rows.status == STATUS_OK, "%s: %s", text, rows.error.message);
    ck_assert_msg(same(&rows.text, &wanted), "%s: %.*s", text, (int)rows.text.size, rows.text.data);
    buffer_destroy(&rows.text);
}

#define CHECK_ROWS(text, options, fields, expected)                                                          \
    check_rows(text, options, fields, expected, sizeof(expected) - 1)

START_TEST(reads_the_forms_of_csv)
{
    const FileOptions plain = {0};
    const FileOptions header = {.header = 1};
    const FileOptions tabs = {.delimiter = '\t', .quote = '\'', .null_text = "\\N"};

    CHECK_ROWS("", &plain, 2, "");
    CHECK_ROWS("\n\n", &plain, 2, "");
    CHECK_ROWS("\n\n", &plain, 1, "\0N\x1f\x1e\0N\x1f\x1e");
    CHECK_ROWS("a,b", &plain, 2,
               "a\x1f"
               "b\x1f\x1e");
    CHECK_ROWS("a,b\r\n\r\nc,d\r\n", &plain, 2,
               "a\x1f"
               "b\x1f\x1e"
               "c\x1f"
               "d\x1f\x1e");
    CHECK_ROWS("a,b\rc,d\r", &plain, 2,
               "a\x1f"
               "b\x1f\x1e"
               "c\x1f"
               "d\x1f\x1e");
    CHECK_ROWS("\xEF\xBB\xBF"
               "a,b\n",
               &plain, 2,
               "a\x1f"
               "b\x1f\x1e");
    CHECK_ROWS("\xEF\xBB\xBFx,y\na,b\n", &header, 2,
               "a\x1f"
               "b\x1f\x1e");
    CHECK_ROWS("x,y,z\na,b\n", &header, 2,
               "a\x1f"
               "b\x1f\x1e");
    CHECK_ROWS("x,y", &header, 2, "");
    CHECK_ROWS("\"\",\n", &plain, 2, "\x1f\0N\x1f\x1e");
    CHECK_ROWS("\"a\"\"b\",\"c\"d\n", &plain, 2,
               "a\"b\x1f"
               "cd\x1f\x1e");
    CHECK_ROWS("'a\tb'\t\\N\n\t'\\N'\n", &tabs, 2, "a\tb\x1f\0N\x1f\x1e\x1f\\N\x1f\x1e");
}
END_TEST

static Rows
read_typed(const char *text, size_t size, TypeId type, uint64_t reject_limit)
{
    const FileOptions options = {.reject_limit = reject_limit};
    const CsvColumn columns[] = {{.name = "k", .type = type_of(TYPE_TEXT), .field = 0},
                                 {.name = "v", .type = type_of(type), .field = 1}};
    const CsvSource source = {.path = path,
                              .range = &whole,
                              .options = &options,
                              .field_count = 2,
                              .column_count = 2,
                              .columns = columns,
                              .session = &utc};
    CsvReader *reader;
    Rows rows = {0};
    Batch batch = {.rows = 1};

    write_bytes(text, size);
    ck_assert_int_eq(csv_reader_open(&source, NULL, &reader, &rows.error), STATUS_OK);
    while (batch.rows > 0) {
        size_t count;
        rows.status = csv_reader_next(reader, &batch, &rows.error);
        if (rows.status != STATUS_OK)
            break;
        const CsvReject *rejects = csv_reader_rejects(reader, &count);
        for (size_t i = 0; i < count; i++)
            buffer_append_format(&rows.text, "%llu|%u|%s|%.*s\n", (unsigned long long)rejects[i].line,
                                 rejects[i].field, rejects[i].column, (int)rejects[i].text_size,
                                 rejects[i].text);
        rows.rejected += count;
        rows.count += batch.count;
    }
    csv_reader_close(&reader);
    return rows;
}

START_TEST(malformed_files_are_told_with_their_place)
{
    static const struct {
        const char *text;
        size_t size; /* 0: strlen */
        TypeId type;
        Status status;
        const char *message;
    } cases[] = {
        {"a,1\nb\n", 0, TYPE_TEXT, STATUS_BAD_COPY_FORMAT, "file.csv, line 2: 1 fields where 2 are expected"},
        {"a,1\n\nb,1,2\n", 0, TYPE_TEXT, STATUS_BAD_COPY_FORMAT,
         "file.csv, line 3: extra data after the last expected field: 3 fields where 2 are expected"},
        {"a,1\n\"b\nc,2\n", 0, TYPE_TEXT, STATUS_BAD_COPY_FORMAT,
         "file.csv, line 2: unterminated CSV quoted field"},
        {"\"x\ny\",1\nb,1x\n", 0, TYPE_INT8, STATUS_INVALID_TEXT,
         "file.csv, line 3, column v: invalid input syntax for type bigint: \"1x\""},
        {"a,99999999999999999999\n", 0, TYPE_INT8, STATUS_NUMERIC_RANGE,
         "file.csv, line 1, column v: value \"99999999999999999999\" is out of range for type bigint"},
        {"a,2024-02-30\n", 0, TYPE_DATE, STATUS_DATETIME_OVERFLOW,
         "file.csv, line 1, column v: date/time field value out of range: \"2024-02-30\""},
        {"a,1\nb,\xC3(\n", 0, TYPE_TEXT, STATUS_INVALID_ENCODING,
         "file.csv, line 2, column v: invalid byte sequence for encoding \"UTF8\": 0xc3 0x28"},
        {"a,1\nb,x\0y\n", 10, TYPE_TEXT, STATUS_INVALID_ENCODING,
         "file.csv, line 2, column v: invalid byte sequence for encoding \"UTF8\": 0x00"},
        {"\xFF,q\n", 0, TYPE_INT8, STATUS_INVALID_ENCODING,
         "file.csv, line 1, column k: invalid byte sequence for encoding \"UTF8\": 0xff"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t size = cases[i].size > 0 ? cases[i].size : strlen(cases[i].text);
        Rows rows = read_typed(cases[i].text, size, cases[i].type, 0);
        ck_assert_msg(rows.status == cases[i].status, "%zu: %s %s", i, status_text(rows.status),
                      rows.error.message);
        ck_assert_msg(strncmp(rows.error.message, cases[i].message, strlen(cases[i].message)) == 0, "%zu: %s",
                      i, rows.error.message);
        buffer_destroy(&rows.text);
    }
}
END_TEST

START_TEST(malformed_records_are_set_aside)
{
    static const char text[] = "a,1\nb\nc,x\nd,4\n\xFF,y\ne,5,6\nf,6\n\"g,7\nh,8\n";
    Rows rows = read_typed(text, sizeof text - 1, TYPE_INT8, 5);

    ck_assert_msg(rows.status == STATUS_OK, "%s", rows.error.message);
    ck_assert_uint_eq(rows.rejected, 5);
    ck_assert_uint_eq(rows.count, 3);
    ck_assert_str_eq(buffer_text(&rows.text),
                     "2|0||b\n3|2|v|c,x\n5|1|k|\xFF,y\n6|0||e,5,6\n8|0||\"g,7\nh,8\n\n");
    buffer_destroy(&rows.text);

    rows = read_typed(text, sizeof text - 1, TYPE_INT8, 4);
    ck_assert_int_eq(rows.status, STATUS_BAD_COPY_FORMAT);
    ck_assert_msg(strstr(rows.error.message, "line 8") != NULL, "%s", rows.error.message);
    buffer_destroy(&rows.text);

    /* Nothing but bad records still is no end before the end. */
    Buffer many = {0};
    for (int i = 0; i < 1000; i++)
        buffer_append_string(&many, "bad\n");
    buffer_append_string(&many, "good,1\n");
    rows = read_typed(many.data, many.size, TYPE_INT8, 2000);
    ck_assert_uint_eq(rows.rejected, 1000);
    ck_assert_uint_eq(rows.count, 1);
    buffer_destroy(&rows.text);
    buffer_destroy(&many);
}
END_TEST

START_TEST(a_long_record_grows_the_window)
{
    const FileOptions options = {0};
    Buffer file = {0};

    buffer_append_string(&file, "a,\"");
    for (int i = 0; i < 5000000 / 8; i++)
        buffer_append_string(&file, "1234567\n");
    buffer_append_string(&file, "\"\nb,c\n");
    write_bytes(file.data, file.size);
    Rows rows = read_all(&options, 2, 0);
    ck_assert_msg(rows.status == STATUS_OK, "%s", rows.error.message);
    ck_assert_uint_eq(rows.count, 2);
    ck_assert_uint_eq(rows.text.size, 2 + 5000000 + 2 + 5);
    buffer_destroy(&rows.text);

    Buffer wide = {0};
    for (int i = 0; i < 200000; i++)
        buffer_append_string(&wide, "x,");
    write_bytes(wide.data, wide.size);
    rows = read_all(&options, 2, 1);
    ck_assert_int_eq(rows.status, STATUS_BAD_COPY_FORMAT);
    const FileOptions header = {.header = 1};
    Rows skipped = read_all(&header, 2, 1);
    ck_assert_int_eq(skipped.status, STATUS_BAD_COPY_FORMAT);
    buffer_destroy(&wide);
    buffer_destroy(&file);
}
END_TEST

START_TEST(compressed_files_are_unpacked)
{
    const FileOptions options = {0};
    Random random = {5};
    Buffer file = {0};
    Buffer expected = {0};

    make_random(&random, 4, 30000, &file, &expected);

    gzFile packed = gzopen(path, "wb");
    ck_assert_int_eq(gzwrite(packed, file.data, (unsigned)file.size / 2), (int)(file.size / 2));
    gzclose(packed);
    packed = gzopen(path, "ab"); /* a second member */
    ck_assert_int_gt(gzwrite(packed, file.data + file.size / 2, (unsigned)(file.size - file.size / 2)), 0);
    gzclose(packed);
    Rows rows = read_all(&options, 4, 0);
    ck_assert_msg(rows.status == STATUS_OK, "%s", rows.error.message);
    ck_assert(same(&rows.text, &expected));
    buffer_destroy(&rows.text);
    ck_assert_int_eq(truncate(path, 20000), 0);
    rows = read_all(&options, 4, 0);
    ck_assert_int_eq(rows.status, STATUS_BAD_COPY_FORMAT);
    ck_assert_msg(strstr(rows.error.message, "ends too early") != NULL, "%s", rows.error.message);
    buffer_destroy(&rows.text);

    const size_t room = ZSTD_compressBound(file.size);
    char *out = malloc(room);
    const size_t size = ZSTD_compress(out, room, file.data, file.size, 3);
    write_bytes(out, size);
    uint32_t cut;
    rows = read_split(&options, 4, 8, 1, &cut);
    ck_assert_uint_eq(cut, 1);
    ck_assert_msg(rows.status == STATUS_OK, "%s", rows.error.message);
    ck_assert(same(&rows.text, &expected));
    buffer_destroy(&rows.text);
    write_bytes(out, size - 7);
    rows = read_all(&options, 4, 0);
    ck_assert_int_eq(rows.status, STATUS_BAD_COPY_FORMAT);
    buffer_destroy(&rows.text);
    out[size / 2] ^= 0x55;
    write_bytes(out, size);
    rows = read_all(&options, 4, 0);
    ck_assert_int_ne(rows.status, STATUS_OK);
    buffer_destroy(&rows.text);
    free(out);
    buffer_destroy(&file);
    buffer_destroy(&expected);
}
END_TEST

/* What the fast readers take must be what the general parser takes. */
START_TEST(typed_columns_are_read)
{
    static const char text[] = "1,-2,0.1,2024-02-29,2024-02-29 12:34:56.5,t,12.3\n"
                               "\"9223372036854775807\",,-0,\"0001-01-01\",2024-02-29T00:00:00,false,-0.05\n"
                               "+5, 7 ,1e300,infinity,2024-02-29,TRUE,7\n";
    static const TypeId types[] = {TYPE_INT8, TYPE_INT4, TYPE_FLOAT8, TYPE_DATE, TYPE_TIMESTAMP, TYPE_BOOL};
    const FileOptions options = {0};
    CsvColumn columns[7];
    Error error = {0};
    CsvReader *reader;
    Batch batch;

    for (uint32_t i = 0; i < 7; i++)
        columns[i] =
            (CsvColumn){.name = "c", .type = i < 6 ? type_of(types[i]) : type_numeric(10, 2), .field = i};
    const CsvSource source = {.path = path,
                              .range = &whole,
                              .options = &options,
                              .field_count = 7,
                              .column_count = 7,
                              .columns = columns,
                              .session = &utc};
    write_text(text);
    ck_assert_int_eq(csv_reader_open(&source, NULL, &reader, &error), STATUS_OK);
    ck_assert_msg(csv_reader_next(reader, &batch, &error) == STATUS_OK, "%s", error.message);
    ck_assert_uint_eq(batch.count, 3);
    const int64_t *longs = batch.columns[0].data;
    const int32_t *ints = batch.columns[1].data;
    const double *doubles = batch.columns[2].data;
    const int32_t *dates = batch.columns[3].data;
    const int64_t *times = batch.columns[4].data;
    const uint8_t *bools = batch.columns[5].data;
    const int64_t *numerics = batch.columns[6].data;
    ck_assert(longs[0] == 1 && longs[1] == INT64_MAX && longs[2] == 5);
    ck_assert(ints[0] == -2 && vector_is_null(&batch.columns[1], 1) && ints[2] == 7);
    ck_assert(doubles[0] == 0.1 && doubles[1] == 0 && signbit(doubles[1]) && doubles[2] == 1e300);
    ck_assert(dates[0] == 8825 && dates[1] == -730119 && dates[2] == INT32_MAX);
    ck_assert(times[0] == INT64_C(8825) * 86400000000 + INT64_C(45296500000));
    ck_assert(times[1] == INT64_C(8825) * 86400000000 && times[2] == times[1]);
    ck_assert(bools[0] == 1 && bools[1] == 0 && bools[2] == 1);
    ck_assert(numerics[0] == 1230 && numerics[1] == -5 && numerics[2] == 700);
    csv_reader_close(&reader);
}
END_TEST

static void
check_shape(const char *text, int header, bool has_header, const char *expected)
{
    const FileOptions options = {.header = header};
    Arena *arena = arena_new(NULL);
    CsvShape shape;
    Error error = {0};
    Buffer found = {0};

    write_text(text);
    ck_assert_msg(csv_infer(path, &options, 0, NULL, arena, &shape, &error) == STATUS_OK, "%s",
                  error.message);
    for (uint32_t i = 0; i < shape.field_count; i++) {
        buffer_append_format(&found, "%s%s ", i > 0 ? ", " : "", shape.names[i]);
        type_format(shape.types[i], &found);
    }
    ck_assert_str_eq(buffer_text(&found), expected);
    ck_assert_msg(shape.has_header == has_header, "%s", text);
    buffer_destroy(&found);
    arena_destroy(&arena);
}

START_TEST(shapes_are_inferred)
{
    check_shape("", -1, false, "");
    check_shape(
        "user_id,Event Type,timestamp,value\n1,view,2024-01-01 00:00:00.5,1.5\n2,click,2024-01-01,7\n", -1,
        true,
        "user_id bigint, event_type text, timestamp timestamp without time zone, value double precision");
    check_shape("1,a\n2,b\n", -1, false, "column1 bigint, column2 text");
    check_shape("1.5,a\n2,b\n", -1, false, "column1 double precision, column2 text");
    check_shape("a,b\nc,d\n", -1, false, "column1 text, column2 text");
    check_shape("a,b\nc,d\n", 1, true, "a text, b text");
    check_shape("a,A,,1x\n1,t,2024-01-01,00123\n,false,2024-01-02,00124\n", -1, true,
                "a bigint, a_1 boolean, column3 date, _1x text");
    check_shape("t\n2024-01-01T00:00:00Z\n2024-01-01T00:00:00+02:00\n", -1, true,
                "t timestamp with time zone");
    check_shape("a,b\n", -1, false, "column1 text, column2 text");
    check_shape("n\n99999999999999999999\n", -1, true, "n numeric(38,0)");
    check_shape("n\n9007199254740993\n1.25\n", -1, true, "n numeric(38,2)");
    check_shape("n\n1.23456789012345678901\n-7\n", -1, true, "n numeric(38,20)");
    check_shape("n\n0.30000000000000004\n1.5000000000000000000000\n", -1, true, "n double precision");
    check_shape("n\n99999999999999999999\n1e5\n", -1, true, "n text");
    check_shape("n\n99999999999999999999.12345678901234567890\n", -1, true, "n text");
}
END_TEST

START_TEST(a_header_names_each_column_once)
{
    const FileOptions options = {.header = 1};
    Arena *arena = arena_new(NULL);
    CsvShape shape;
    Error error = {0};

    write_text("a,b,a\n1,2,3\n");
    ck_assert_int_eq(csv_infer(path, &options, 0, NULL, arena, &shape, &error), STATUS_DUPLICATE_COLUMN);
    ck_assert_ptr_nonnull(strstr(error.message, "named twice"));
    arena_destroy(&arena);
}
END_TEST

/* Longer than the first sample: the header is seen, and the types below it. */
START_TEST(first_records_may_be_long)
{
    enum { LONG = 5 << 20 };
    const FileOptions options = {.header = -1};
    Arena *arena = arena_new(NULL);
    Buffer file = {0};
    CsvShape shape;

    buffer_append_string(&file, "long,n\n\"");
    for (int i = 0; i < LONG; i++)
        buffer_append_char(&file, 'x');
    buffer_append_string(&file, "\",17\n");
    write_bytes(file.data, file.size);
    ck_assert_int_eq(csv_infer(path, &options, 0, NULL, arena, &shape, NULL), STATUS_OK);
    ck_assert(shape.has_header && shape.field_count == 2);
    ck_assert_str_eq(shape.names[0], "long");
    ck_assert_int_eq(shape.types[1].id, TYPE_INT8);

    write_bytes(file.data + strlen("long,n\n"), file.size - strlen("long,n\n"));
    ck_assert_int_eq(csv_infer(path, &options, 0, NULL, arena, &shape, NULL), STATUS_OK);
    ck_assert(!shape.has_header && shape.field_count == 2);
    buffer_destroy(&file);
    arena_destroy(&arena);
}
END_TEST

START_TEST(headers_are_matched)
{
    static const char *const columns[] = {"user_id", "value", "watchid"};
    const FileOptions options = {.header = -1};
    Arena *arena = arena_new(NULL);
    CsvShape shape;
    int32_t fields[3];

    write_text("WatchID,user_id\na,b\n");
    ck_assert_int_eq(csv_infer(path, &options, 3, columns, arena, &shape, NULL), STATUS_OK);
    ck_assert(shape.has_header);
    ck_assert_int_eq(csv_match_header(&shape, 3, columns, fields, NULL), STATUS_OK);
    ck_assert(fields[0] == 1 && fields[1] == -1 && fields[2] == 0);

    write_text("watchid,other\na,b\n");
    ck_assert_int_eq(csv_infer(path, &options, 3, columns, arena, &shape, NULL), STATUS_OK);
    ck_assert(!shape.has_header);
    const FileOptions forced = {.header = 1};
    ck_assert_int_eq(csv_infer(path, &forced, 3, columns, arena, &shape, NULL), STATUS_OK);
    ck_assert_int_eq(csv_match_header(&shape, 3, columns, fields, NULL), STATUS_UNDEFINED_COLUMN);
    arena_destroy(&arena);
}
END_TEST

/* A type that only shows far behind the first bytes. */
START_TEST(samples_reach_further_on)
{
    const FileOptions options = {.header = -1};
    Arena *arena = arena_new(NULL);
    Buffer file = {0};
    CsvShape shape;

    for (int i = 0; i < 700000; i++)
        buffer_append_string(&file, i < 350000 ? "123456,x\n" : "1234.5,x\n");
    write_bytes(file.data, file.size);
    ck_assert_int_eq(csv_infer(path, &options, 0, NULL, arena, &shape, NULL), STATUS_OK);
    ck_assert_int_eq(shape.types[0].id, TYPE_FLOAT8);
    buffer_destroy(&file);
    arena_destroy(&arena);
}
END_TEST

START_TEST(missing_files_and_small_budgets_are_told)
{
    const FileOptions options = {0};
    Rows rows = {0};
    Budget budget;
    CsvReader *reader = NULL;
    Error error = {0};
    const CsvColumn columns[] = {{.name = "k", .type = type_of(TYPE_TEXT), .field = 0}};
    const CsvSource source = {.path = path,
                              .range = &whole,
                              .options = &options,
                              .field_count = 1,
                              .column_count = 1,
                              .columns = columns,
                              .session = &utc};

    for (size_t limit = 0; limit < 400000; limit += 5000) {
        budget_init(&budget, NULL, limit);
        const Status status = csv_reader_open(&source, &budget, &reader, NULL);
        ck_assert(status == STATUS_OK || status == STATUS_OUT_OF_MEMORY);
        csv_reader_close(&reader);
        ck_assert_uint_eq(budget_used(&budget), 0);
    }
    unlink(path);
    read_range(&whole, &options, 1, 0, &rows);
    ck_assert_int_eq(rows.status, STATUS_UNDEFINED_FILE);
    ck_assert_int_eq(
        csv_reader_open(
            &(CsvSource){
                .path = "/tmp", .range = &whole, .options = &options, .field_count = 1, .session = &utc},
            NULL, &reader, &error),
        STATUS_WRONG_OBJECT_TYPE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("csv");
    TCase *cases = tcase_create("csv");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, make_file, remove_file);
    tcase_add_loop_test(cases, random_files_read_back, 0, 8);
    tcase_add_loop_test(cases, every_split_gives_the_same_rows, 0, 6);
    tcase_add_test(cases, lines_are_counted_over_splits);
    tcase_add_test(cases, reads_the_forms_of_csv);
    tcase_add_test(cases, malformed_files_are_told_with_their_place);
    tcase_add_test(cases, malformed_records_are_set_aside);
    tcase_add_test(cases, a_long_record_grows_the_window);
    tcase_add_test(cases, compressed_files_are_unpacked);
    tcase_add_test(cases, typed_columns_are_read);
    tcase_add_test(cases, shapes_are_inferred);
    tcase_add_test(cases, a_header_names_each_column_once);
    tcase_add_test(cases, first_records_may_be_long);
    tcase_add_test(cases, headers_are_matched);
    tcase_add_test(cases, samples_reach_further_on);
    tcase_add_test(cases, missing_files_and_small_budgets_are_told);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
