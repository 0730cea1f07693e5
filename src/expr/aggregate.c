#include "expr/aggregate.h"

#include "expr/aggregate_parts.h"
#include "expr/registry.h"

#include <string.h>

static const struct {
    const Aggregate *rows;
    const uint32_t *count;
} topics[] = {
#define X(topic) {aggregates_##topic, &aggregates_##topic##_count},
    AGGREGATE_TOPICS(X)
#undef X
};

enum { TOPIC_COUNT = sizeof topics / sizeof topics[0] };

uint32_t
aggregate_count(void)
{
    uint32_t count = 0;

    for (size_t i = 0; i < TOPIC_COUNT; i++)
        count += *topics[i].count;
    return count;
}

const Aggregate *
aggregate_at(uint32_t index)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        if (index < *topics[i].count)
            return &topics[i].rows[index];
        index -= *topics[i].count;
    }
    return NULL;
}

uint32_t
aggregate_index(const Aggregate *aggregate)
{
    uint32_t first = 0;

    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        const uintptr_t offset = (uintptr_t)aggregate - (uintptr_t)topics[i].rows;
        if (offset < *topics[i].count * sizeof(Aggregate))
            return first + (uint32_t)(offset / sizeof(Aggregate));
        first += *topics[i].count;
    }
    return UINT32_MAX;
}

bool
aggregate_name_exists(const char *name)
{
    const uint32_t count = aggregate_count();

    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(aggregate_at(i)->name, name) == 0)
            return true;
    }
    return false;
}

/* How well the arguments fit a row: -1 not at all; more is better: exact ones, text for literals of no type,
 * then preferred types. */
static int
fitness(const Aggregate *row, const char *name, uint32_t count, const Type *arguments)
{
    int score = 0;

    if (row->argument_count != count || strcmp(row->name, name) != 0)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        const TypeId wanted = row->arguments[i];
        if (wanted == arguments[i].id)
            score += 4;
        else if (!registry_is_implicit(arguments[i].id, wanted))
            return -1;
        else if (arguments[i].id == TYPE_UNKNOWN && wanted == TYPE_TEXT)
            score += 3;
        else if (wanted != TYPE_UNKNOWN)
            score += registry_is_preferred(wanted) ? 2 : 1;
    }
    return score;
}

static Status
refuse(const char *name, uint32_t count, const Type *arguments, bool ambiguous, Error *error)
{
    Buffer signature = {0};

    for (uint32_t i = 0; i < count; i++) {
        buffer_append_string(&signature, i > 0 ? ", " : "");
        buffer_append_string(&signature, type_name(arguments[i].id));
    }
    if (ambiguous)
        error_set(error, STATUS_AMBIGUOUS_FUNCTION, "function %s(%s) is not unique", name,
                  buffer_text(&signature));
    else
        error_set(error, STATUS_UNDEFINED_FUNCTION, "function %s(%s) does not exist", name,
                  buffer_text(&signature));
    buffer_destroy(&signature);
    if (ambiguous)
        return error_hint(
            error, "Could not choose a best candidate function. You might need to add explicit type casts.");
    return error_hint(error,
                      "No function matches the given name and argument types. You might need to add explicit "
                      "type casts.");
}

static bool
has_unknown(uint32_t count, const Type *types)
{
    for (uint32_t i = 0; i < count; i++) {
        if (types[i].id == TYPE_UNKNOWN)
            return true;
    }
    return false;
}

Status
aggregate_resolve(const char *name, uint32_t argument_count, Type *arguments, const Aggregate **aggregate,
                  Type *result, Error *error)
{
    const uint32_t count = aggregate_count();
    const Aggregate *best = NULL;
    int best_score = -1;
    bool tied = false;

    for (uint32_t i = 0; i < count; i++) {
        const Aggregate *row = aggregate_at(i);
        const int score = fitness(row, name, argument_count, arguments);
        tied = score > best_score ? false : tied || score == best_score;
        if (score > best_score) {
            best = row;
            best_score = score;
        }
    }
    /* Of anynonarray or of anyarray. */
    if (best != NULL && best->arguments[0] == TYPE_UNKNOWN && argument_count > 0 &&
        arguments[0].id == TYPE_UNKNOWN && strcmp(name, "array_agg") == 0)
        return refuse(name, 1, arguments, true, error);
    if (best == NULL || (tied && has_unknown(argument_count, arguments)))
        return refuse(name, argument_count, arguments, best != NULL, error);

    Type wanted[AGGREGATE_ARGUMENTS_MAX];
    for (uint32_t i = 0; i < argument_count; i++) {
        const TypeId id = best->arguments[i];
        if (id == TYPE_UNKNOWN)
            wanted[i] = arguments[i].id == TYPE_UNKNOWN ? type_of(TYPE_TEXT) : arguments[i];
        else
            wanted[i] = registry_target(arguments[i], id);
    }
    if (!best->result_type(wanted, result))
        return refuse(name, argument_count, arguments, false, error);
    for (uint32_t i = 0; i < argument_count; i++)
        arguments[i] = wanted[i];
    *aggregate = best;
    return STATUS_OK;
}

Status
output_column(AggregateOutput *output, uint32_t column, Type type, void **data, uint64_t **validity)
{
    const size_t width = layout_width(type_layout(type));
    uint64_t *bits = NULL;

    *data = arena_alloc_zero(output->arena, output->count * width);
    if (*data == NULL)
        return error_set_memory(output->error);
    if (validity != NULL) {
        bits = arena_alloc(output->arena, bits_words(output->count) * sizeof(uint64_t));
        if (bits == NULL)
            return error_set_memory(output->error);
        memset(bits, 0xFF, bits_words(output->count) * sizeof(uint64_t));
        *validity = bits;
    }
    output->columns[column] = vector_flat(type, *data, bits);
    return STATUS_OK;
}
