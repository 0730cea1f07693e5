#include "ingest/generate.h"

#include "base/hash.h"
#include "base/memory.h"
#include "ingest/generate_names.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* Microseconds since 2000-01-01 of January 1st, 2021 to 2026. */
#define DAY_MICROSECONDS INT64_C(86400000000)
static const int64_t years[GENERATE_YEARS + 1] = {7671 * DAY_MICROSECONDS, 8036 * DAY_MICROSECONDS,
                                                  8401 * DAY_MICROSECONDS, 8766 * DAY_MICROSECONDS,
                                                  9132 * DAY_MICROSECONDS, 9497 * DAY_MICROSECONDS};

typedef struct KindColumn {
    const char *name;
    TypeId type;
} KindColumn;

static const struct {
    const char *name;
    uint32_t column_count;
    KindColumn columns[GENERATE_COLUMNS_MAX];
} kinds[] = {
    [GENERATE_EVENTS] = {"events",
                         4,
                         {{"user_id", TYPE_INT8},
                          {"event_type", TYPE_TEXT},
                          {"timestamp", TYPE_TIMESTAMP},
                          {"value", TYPE_FLOAT8}}},
    [GENERATE_USERS] = {"users", 3, {{"user_id", TYPE_INT8}, {"name", TYPE_TEXT}, {"country", TYPE_TEXT}}},
};

/* Shares of 65536; each string fits a view. */
static const struct {
    const char *name;
    uint32_t below;
} event_types[] = {
    {"view", 29491},  {"click", 45875},  {"search", 53740},   {"add_to_cart", 58327},
    {"login", 61604}, {"logout", 63570}, {"purchase", 64881}, {"share", 65536},
};

enum {
    FIRST_NAMES = sizeof first_names / sizeof first_names[0],
    LAST_NAMES = sizeof last_names / sizeof last_names[0],
    COUNTRIES = sizeof countries / sizeof countries[0],
    NAME_ROOM = 32
};

struct Generator {
    GenerateOptions options;
    uint64_t users;
    int64_t integers[BATCH_ROWS];
    StringView texts[2][BATCH_ROWS];
    int64_t times[BATCH_ROWS];
    double reals[BATCH_ROWS];
    char names[BATCH_ROWS][NAME_ROOM];
    uint8_t country_of[1 << 16]; /* by a random number: the k-th country has a share of about 1/k */
    Vector columns[GENERATE_COLUMNS_MAX];
};

Status
generate_find_kind(const char *name, GenerateKind *kind, Error *error)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *kind = (GenerateKind)i;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INVALID_PARAMETER, "cannot generate \"%s\", only events and users", name);
}

uint32_t
generate_column_count(GenerateKind kind)
{
    return kinds[kind].column_count;
}

const char *
generate_column_name(GenerateKind kind, uint32_t column)
{
    return kinds[kind].columns[column].name;
}

Type
generate_column_type(GenerateKind kind, uint32_t column)
{
    return type_of(kinds[kind].columns[column].type);
}

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

static void
share_countries(uint8_t *country_of)
{
    uint32_t total = 0;
    uint32_t sum = 0;
    uint32_t at = 0;

    for (uint32_t i = 0; i < COUNTRIES; i++)
        total += 1000000 / (i + 1);
    for (uint32_t i = 0; i < COUNTRIES; i++) {
        sum += 1000000 / (i + 1);
        const uint32_t end = (uint32_t)(((uint64_t)sum << 16) / total);
        while (at < end)
            country_of[at++] = (uint8_t)i;
    }
}

Generator *
generator_new(const GenerateOptions *options)
{
    Generator *generator = MEMORY_NEW(Generator);

    generator->options = *options;
    generator->users = generate_user_count(options->rows);
    share_countries(generator->country_of);
    return generator;
}

void
generator_destroy(Generator **self)
{
    free(*self);
    *self = NULL;
}

/* The random number of a row; `stream` parts the columns. */
static uint64_t
draw(const Generator *generator, uint64_t row, uint64_t stream)
{
    return hash_u64(hash_u64(generator->options.seed ^ stream * UINT64_C(0x9E3779B97F4A7C15)) + row);
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

static StringView
draw_event_type(uint64_t random)
{
    const uint32_t share = (uint32_t)(random >> 48);
    size_t i = 0;

    while (share >= event_types[i].below)
        i++;
    return string_view(event_types[i].name, strlen(event_types[i].name));
}

/* Each row has its slot of the five years, and lies somewhere in it. */
static int64_t
draw_time(const Generator *generator, uint64_t row, uint64_t random)
{
    const Int128 span = years[GENERATE_YEARS] - years[0];
    const uint64_t begin = (uint64_t)(span * row / generator->options.rows);
    const uint64_t end = (uint64_t)(span * (row + 1) / generator->options.rows);

    return years[0] + (int64_t)(begin + (uint64_t)(((UInt128)random * (end - begin)) >> 64));
}

static void
make_events(Generator *generator, uint64_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        generator->integers[i] = draw_user(draw(generator, first + i, 1), generator->users);
    for (uint32_t i = 0; i < count; i++)
        generator->texts[0][i] = draw_event_type(draw(generator, first + i, 2));
    for (uint32_t i = 0; i < count; i++)
        generator->times[i] = draw_time(generator, first + i, draw(generator, first + i, 3));
    for (uint32_t i = 0; i < count; i++)
        generator->reals[i] = draw_value(draw(generator, first + i, 4));
    generator->columns[0] = vector_flat(type_of(TYPE_INT8), generator->integers, NULL);
    generator->columns[1] = vector_flat(type_of(TYPE_TEXT), generator->texts[0], NULL);
    generator->columns[2] = vector_flat(type_of(TYPE_TIMESTAMP), generator->times, NULL);
    generator->columns[3] = vector_flat(type_of(TYPE_FLOAT8), generator->reals, NULL);
}

static StringView
make_name(uint64_t random, char *room)
{
    const char *given = first_names[(random >> 32) % FIRST_NAMES];
    const char *family = last_names[(random & UINT32_MAX) % LAST_NAMES];
    const size_t given_size = strlen(given);
    const size_t family_size = strlen(family);

    assert(given_size + 1 + family_size <= NAME_ROOM);
    memcpy(room, given, given_size);
    room[given_size] = ' ';
    memcpy(room + given_size + 1, family, family_size);
    return string_view(room, given_size + 1 + family_size);
}

static void
make_users(Generator *generator, uint64_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *country = countries[generator->country_of[draw(generator, first + i, 6) >> 48]];
        generator->integers[i] = (int64_t)(first + i) + 1;
        generator->texts[0][i] = make_name(draw(generator, first + i, 5), generator->names[i]);
        generator->texts[1][i] = string_view(country, strlen(country));
    }
    generator->columns[0] = vector_flat(type_of(TYPE_INT8), generator->integers, NULL);
    generator->columns[1] = vector_flat(type_of(TYPE_TEXT), generator->texts[0], NULL);
    generator->columns[2] = vector_flat(type_of(TYPE_TEXT), generator->texts[1], NULL);
}

void
generator_make(Generator *generator, uint64_t first, uint32_t count, Batch *batch)
{
    assert(count <= BATCH_ROWS && first + count <= generator->options.rows);
    if (generator->options.kind == GENERATE_EVENTS)
        make_events(generator, first, count);
    else
        make_users(generator, first, count);
    *batch = (Batch){.rows = count,
                     .count = count,
                     .column_count = generate_column_count(generator->options.kind),
                     .columns = generator->columns};
}
