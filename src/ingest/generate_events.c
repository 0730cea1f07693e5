/* The demo tables: events, and the users that they speak of. */
#include "base/memory.h"
#include "ingest/generate_names.h"
#include "ingest/generate_table.h"

#include <math.h>

/* Microseconds since 2000-01-01 of January 1st, 2021 to 2026. */
#define DAY_MICROSECONDS INT64_C(86400000000)
static const int64_t years[GENERATE_YEARS + 1] = {7671 * DAY_MICROSECONDS, 8036 * DAY_MICROSECONDS,
                                                  8401 * DAY_MICROSECONDS, 8766 * DAY_MICROSECONDS,
                                                  9132 * DAY_MICROSECONDS, 9497 * DAY_MICROSECONDS};

/* Shares of 65536. */
static const struct {
    const char *name;
    uint32_t below;
} event_types[] = {
    {"view", 29491},  {"click", 45875},  {"search", 53740},   {"add_to_cart", 58327},
    {"login", 61604}, {"logout", 63570}, {"purchase", 64881}, {"share", 65536},
};

enum { STREAM_USER = 1, STREAM_TYPE, STREAM_TIME, STREAM_VALUE, STREAM_NAME, STREAM_COUNTRY };

uint64_t
generate_user_count(uint64_t event_rows)
{
    return event_rows < 10 ? 1 : event_rows / 10;
}

void
generate_time_bounds(uint32_t partitions, int64_t *bounds)
{
    const int64_t span = years[GENERATE_YEARS] - years[0];

    for (uint32_t i = 1; i < partitions; i++)
        bounds[i - 1] =
            partitions == GENERATE_YEARS ? years[i] : years[0] + (int64_t)((Int128)span * i / partitions);
}

/* u^1.5 has all users occur, and the first ones more often. Multiplication and root are exact to the last bit
 * on every machine, which pow() is not. */
static int64_t
draw_user(uint64_t random, uint64_t users)
{
    const double u = (double)(random >> 11) * 0x1p-53;
    const uint64_t user = (uint64_t)(u * sqrt(u) * (double)users);

    return (int64_t)(user < users ? user : users - 1) + 1;
}

/* The logarithm is nearly normal: the number of ones among 17 random bits, and a fraction. */
static double
draw_value(uint64_t random)
{
    const int exponent = __builtin_popcountll(random & 0x1FFFF);
    const uint64_t fraction = random >> 48;
    const uint64_t cents = ((UINT64_C(65536) + fraction) << exponent) >> 16;

    return (double)cents / 100;
}

static const char *
draw_event_type(uint64_t random)
{
    const uint32_t share = (uint32_t)(random >> 48);
    size_t i = 0;

    while (share >= event_types[i].below)
        i++;
    return event_types[i].name;
}

/* Each row has its slot of the five years, and lies somewhere in it. */
static int64_t
draw_time(uint64_t rows, uint64_t row, uint64_t random)
{
    const Int128 span = years[GENERATE_YEARS] - years[0];
    const uint64_t begin = (uint64_t)(span * row / rows);
    const uint64_t end = (uint64_t)(span * (row + 1) / rows);

    return years[0] + (int64_t)(begin + (uint64_t)(((UInt128)random * (end - begin)) >> 64));
}

static uint64_t
row_units(const GenerateOptions *options)
{
    return options->rows;
}

static void
prepare_events(Generator *generator)
{
    generator->count = generate_user_count(generator->options.rows);
}

static void
make_event(Generator *generator, uint64_t row)
{
    generate_i64(generator, 0, draw_user(generate_draw(generator, row, STREAM_USER), generator->count));
    generate_string(generator, 1, draw_event_type(generate_draw(generator, row, STREAM_TYPE)));
    generate_i64(generator, 2,
                 draw_time(generator->options.rows, row, generate_draw(generator, row, STREAM_TIME)));
    generate_f64(generator, 3, draw_value(generate_draw(generator, row, STREAM_VALUE)));
    generate_end_row(generator);
}

static const GenerateColumn event_columns[] = {{"user_id", GENERATE_TYPE(INT8)},
                                               {"event_type", GENERATE_TYPE(TEXT)},
                                               {"timestamp", GENERATE_TYPE(TIMESTAMP)},
                                               {"value", GENERATE_TYPE(FLOAT8)}};

const GenerateTable generate_events = {.set = "events",
                                       .name = "events",
                                       .column_count = GENERATE_COUNT(event_columns),
                                       .columns = event_columns,
                                       .default_rows = 1000000,
                                       .batch_units = BATCH_ROWS,
                                       .units = row_units,
                                       .prepare = prepare_events,
                                       .make = make_event};

/* By 16 random bits: the k-th country has a share of about 1/k. */
static void
prepare_users(Generator *generator)
{
    const uint32_t countries_count = GENERATE_COUNT(countries);
    uint8_t *country_of = memory_alloc_zero(1 << 16, 1);
    uint32_t total = 0;
    uint32_t sum = 0;
    uint32_t at = 0;

    for (uint32_t i = 0; i < countries_count; i++)
        total += 1000000 / (i + 1);
    for (uint32_t i = 0; i < countries_count; i++) {
        sum += 1000000 / (i + 1);
        const uint32_t end = (uint32_t)(((uint64_t)sum << 16) / total);
        while (at < end)
            country_of[at++] = (uint8_t)i;
    }
    generator->state = country_of;
}

static void
make_user(Generator *generator, uint64_t row)
{
    const uint8_t *country_of = generator->state;
    const uint64_t random = generate_draw(generator, row, STREAM_NAME);
    const char *given = first_names[(random >> 32) % GENERATE_COUNT(first_names)];
    const char *family = last_names[(random & UINT32_MAX) % GENERATE_COUNT(last_names)];
    const size_t given_size = strlen(given);
    const size_t family_size = strlen(family);
    char *name = generate_room(generator, given_size + 1 + family_size);

    memcpy(name, given, given_size);
    name[given_size] = ' ';
    memcpy(name + given_size + 1, family, family_size);
    generate_i64(generator, 0, (int64_t)row + 1);
    generate_text(generator, 1, name, given_size + 1 + family_size);
    generate_string(generator, 2, countries[country_of[generate_draw(generator, row, STREAM_COUNTRY) >> 48]]);
    generate_end_row(generator);
}

static const GenerateColumn user_columns[] = {
    {"user_id", GENERATE_TYPE(INT8)}, {"name", GENERATE_TYPE(TEXT)}, {"country", GENERATE_TYPE(TEXT)}};

const GenerateTable generate_users = {.set = "users",
                                      .name = "users",
                                      .column_count = GENERATE_COUNT(user_columns),
                                      .columns = user_columns,
                                      .default_rows = 100000,
                                      .batch_units = BATCH_ROWS,
                                      .units = row_units,
                                      .prepare = prepare_users,
                                      .make = make_user};
