/* Data sets, and the generator that runs any of their tables. */
#include "ingest/generate.h"

#include "base/memory.h"
#include "ingest/generate_table.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const GenerateTable *
table_at(uint32_t index)
{
    static const GenerateTable *const single[] = {&generate_events, &generate_users, &generate_hits};

    if (index < GENERATE_COUNT(single))
        return single[index];
    index -= GENERATE_COUNT(single);
    return index < GENERATE_TPCH_TABLES ? &generate_tpch[index] : NULL;
}

uint32_t
generate_find(const char *name, const GenerateTable *tables[GENERATE_TABLES_MAX])
{
    uint32_t count = 0;
    const GenerateTable *table;

    for (uint32_t i = 0; (table = table_at(i)) != NULL; i++)
        if (strcmp(table->set, name) == 0)
            tables[count++] = table;
    return count;
}

const GenerateTable *
generate_find_table(const char *name)
{
    const GenerateTable *table;

    for (uint32_t i = 0; (table = table_at(i)) != NULL; i++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}

const char *
generate_table_name(const GenerateTable *table)
{
    return table->name;
}

bool
generate_has_scale(const GenerateTable *table)
{
    return table->default_rows == 0;
}

bool
generate_is_strict(const GenerateTable *table)
{
    return table != &generate_events && table != &generate_users;
}

uint64_t
generate_default_rows(const GenerateTable *table)
{
    return table->default_rows;
}

const GenerateColumn *
generate_columns(const GenerateTable *table, uint32_t *count)
{
    *count = table->column_count;
    return table->columns;
}

uint64_t
generate_units(const GenerateOptions *options)
{
    return options->table->units(options);
}

uint32_t
generate_batch_units(const GenerateTable *table)
{
    return table->batch_units;
}

Generator *
generator_new(const GenerateOptions *options)
{
    const GenerateTable *table = options->table;
    Generator *generator = MEMORY_NEW(Generator);

    generator->options = *options;
    generator->table = table;
    generator->texts = arena_new(NULL);
    generator->data = MEMORY_ARRAY(void *, table->column_count);
    generator->columns = MEMORY_ARRAY(Vector, table->column_count);
    for (uint32_t i = 0; i < table->column_count; i++) {
        const Type type = table->columns[i].type;
        generator->data[i] = memory_alloc_zero(BATCH_ROWS, layout_width(type_layout(type)));
        generator->columns[i] = vector_flat(type, generator->data[i], NULL);
    }
    if (table->prepare != NULL)
        table->prepare(generator);
    return generator;
}

void
generator_destroy(Generator **self)
{
    Generator *generator = *self;

    if (generator == NULL)
        return;
    for (uint32_t i = 0; i < generator->table->column_count; i++)
        free(generator->data[i]);
    free(generator->data);
    free(generator->columns);
    free(generator->state);
    arena_destroy(&generator->texts);
    free(generator);
    *self = NULL;
}

void
generator_make(Generator *generator, uint64_t first, uint32_t count, Batch *batch)
{
    assert(count <= generator->table->batch_units);
    generator->rows = 0;
    arena_reset(generator->texts);
    for (uint32_t i = 0; i < count; i++)
        generator->table->make(generator, first + i);
    assert(generator->rows <= BATCH_ROWS);
    *batch = (Batch){.rows = generator->rows,
                     .count = generator->rows,
                     .column_count = generator->table->column_count,
                     .columns = generator->columns};
}

char *
generate_room(Generator *generator, size_t size)
{
    return arena_alloc_aligned(generator->texts, size, 1);
}

void
generate_digits(char *out, uint64_t number, uint32_t digits)
{
    while (digits > 0) {
        out[--digits] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* --- as a source --- */

char *
generate_format_source(const GenerateOptions *options, Arena *arena)
{
    const char *name = options->table->name;

    if (generate_has_scale(options->table))
        return arena_format(arena, "%s?scale=%.17g&seed=%" PRIu64, name, options->scale, options->seed);
    return arena_format(arena, "%s?rows=%" PRIu64 "&seed=%" PRIu64, name, options->rows, options->seed);
}

static bool
read_option(const char *text, size_t size, GenerateOptions *options)
{
    char room[64];
    char *end;

    if (size >= sizeof room)
        return false;
    memcpy(room, text, size);
    room[size] = '\0';
    char *value = strchr(room, '=');
    if (value == NULL)
        return false;
    *value++ = '\0';
    errno = 0;
    if (strcmp(room, "rows") == 0)
        options->rows = strtoull(value, &end, 10);
    else if (strcmp(room, "seed") == 0)
        options->seed = strtoull(value, &end, 10);
    else if (strcmp(room, "scale") == 0)
        options->scale = strtod(value, &end);
    else
        return false;
    return end != value && *end == '\0' && errno == 0;
}

static bool
parse_source(const char *text, GenerateOptions *options)
{
    const size_t name_size = strcspn(text, "?");
    char name[64];

    if (name_size >= sizeof name)
        return false;
    memcpy(name, text, name_size);
    name[name_size] = '\0';
    *options = (GenerateOptions){.table = generate_find_table(name), .scale = 1, .seed = 1};
    if (options->table == NULL)
        return false;
    options->rows = options->table->default_rows;
    for (text += name_size; *text != '\0';) {
        const size_t size = strcspn(++text, "&");
        if (!read_option(text, size, options))
            return false;
        text += size;
    }
    return options->scale >= GENERATE_SCALE_MIN && options->scale <= GENERATE_SCALE_MAX;
}

Status
generate_parse_source(const char *text, GenerateOptions *options, Error *error)
{
    if (parse_source(text, options))
        return STATUS_OK;
    error_set(error, STATUS_INVALID_PARAMETER, "\"%s\" is no source of generated rows", text);
    return error_hint(error, "for instance: events?rows=1000000&seed=1, or lineitem?scale=1");
}

void
generate_shape(const GenerateTable *table, Arena *arena, CsvShape *shape)
{
    *shape = (CsvShape){.has_header = true,
                        .field_count = table->column_count,
                        .header = ARENA_ARRAY(arena, const char *, table->column_count),
                        .names = ARENA_ARRAY(arena, const char *, table->column_count),
                        .types = ARENA_ARRAY(arena, Type, table->column_count)};
    for (uint32_t i = 0; i < table->column_count; i++) {
        shape->header[i] = shape->names[i] = table->columns[i].name;
        shape->types[i] = table->columns[i].type;
    }
}

void
generate_split(const GenerateOptions *options, const char *source, uint32_t pieces, FileRange *ranges,
               uint32_t *count)
{
    const uint64_t units = generate_units(options);
    const uint64_t least = units / options->table->batch_units + 1;

    *count = (uint32_t)(least < pieces ? least : pieces);
    for (uint32_t i = 0; i < *count; i++) {
        const uint64_t first = (uint64_t)((UInt128)units * i / *count);
        const uint64_t end = (uint64_t)((UInt128)units * (i + 1) / *count);
        ranges[i] = (FileRange){.path = source, .offset = first, .length = end - first};
    }
}
