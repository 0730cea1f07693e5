/* ingest/generate_table.h: what a made-up table is, for the files that make them. */
#ifndef RUNNEL_INGEST_GENERATE_TABLE_H
#define RUNNEL_INGEST_GENERATE_TABLE_H

#include "base/hash.h"
#include "ingest/generate.h"

struct GenerateTable {
    const char *set; /* the data set that it belongs to */
    const char *name;
    uint32_t column_count;
    const GenerateColumn *columns;
    uint64_t default_rows; /* 0: sized by the scale factor */
    uint32_t batch_units;
    uint64_t (*units)(const GenerateOptions *options);
    /* Appends the rows of one unit, column by column, and counts them with generator_end_row(). */
    void (*make)(Generator *generator, uint64_t unit);
    /* Once a generator, before its first row: what make() looks up. NULL: nothing. */
    void (*prepare)(Generator *generator);
};

extern const GenerateTable generate_events, generate_users, generate_hits;
extern const GenerateTable generate_tpch[];
enum { GENERATE_TPCH_TABLES = 8 };

struct Generator {
    GenerateOptions options;
    const GenerateTable *table;
    uint64_t count;  /* of units, or of what else make() counts by */
    uint32_t rows;   /* of the batch, so far */
    Arena *texts;    /* of the batch */
    void **data;     /* a column's values */
    Vector *columns; /* the same as vectors */
    void *state;     /* of prepare(); freed with the generator */
};

/* The random number of a unit; `stream` parts what is drawn for it. */
static inline uint64_t
generate_draw(const Generator *generator, uint64_t unit, uint64_t stream)
{
    return hash_u64(hash_u64(generator->options.seed ^ stream * UINT64_C(0x9E3779B97F4A7C15)) + unit);
}

/* Evenly from [least, most]. */
static inline int64_t
generate_between(uint64_t random, int64_t least, int64_t most)
{
    return least + (int64_t)(((UInt128)random * ((uint64_t)(most - least) + 1)) >> 64);
}

static inline void
generate_i32(Generator *generator, uint32_t column, int64_t value)
{
    ((int32_t *)generator->data[column])[generator->rows] = (int32_t)value;
}

static inline void
generate_i64(Generator *generator, uint32_t column, int64_t value)
{
    ((int64_t *)generator->data[column])[generator->rows] = value;
}

static inline void
generate_f64(Generator *generator, uint32_t column, double value)
{
    ((double *)generator->data[column])[generator->rows] = value;
}

/* Bytes that live as long as the generator, or come from generator->texts. */
static inline void
generate_text(Generator *generator, uint32_t column, const char *text, size_t size)
{
    ((StringView *)generator->data[column])[generator->rows] = string_view(text, size);
}

static inline void
generate_string(Generator *generator, uint32_t column, const char *text)
{
    generate_text(generator, column, text, strlen(text));
}

static inline void
generate_end_row(Generator *generator)
{
    generator->rows++;
}

/* Room for a text of the batch. */
char *generate_room(Generator *generator, size_t size);

/* `digits` decimal digits of the number, with zeros in front. */
void generate_digits(char *out, uint64_t number, uint32_t digits);

/* Types of columns, for tables of constants. */
#define GENERATE_TYPE(type_id)                                                                               \
    {                                                                                                        \
        .id = TYPE_##type_id, .length = TYPE_NO_LENGTH                                                       \
    }
#define GENERATE_DECIMAL(digits, s)                                                                          \
    {                                                                                                        \
        .id = TYPE_NUMERIC, .precision = digits, .scale = s, .length = TYPE_NO_LENGTH                        \
    }
#define GENERATE_CHAR(characters)                                                                            \
    {                                                                                                        \
        .id = TYPE_BPCHAR, .length = characters                                                              \
    }
#define GENERATE_VARCHAR(characters)                                                                         \
    {                                                                                                        \
        .id = TYPE_VARCHAR, .length = characters                                                             \
    }
#define GENERATE_COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

#endif
