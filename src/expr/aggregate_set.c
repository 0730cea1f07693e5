/* count_distinct: the distinct integers of a column, counted exactly, as a bitmap over their range. What
 * count(DISTINCT x) becomes where statistics say that the range is small. */
#include "expr/aggregate_parts.h"

#include <string.h>

enum { WORDS_LEAST = 8 };

/* Bit v & 63 of words[(v >> 6) - first] stands for v. */
typedef struct Set {
    int64_t first;
    uint64_t count;
    uint64_t *words;
} Set;

/* Make room for the words first .. last. Grows twofold, so that few copies are made. */
static Status
grow(Set *set, int64_t first, int64_t last, Arena *arena, Error *error)
{
    const int64_t end = set->first + (int64_t)set->count; /* a word is 64 values: these cannot overflow */

    if (set->count > 0) {
        first = first < set->first ? first : set->first;
        last = last < end ? end - 1 : last;
    }
    uint64_t count = (uint64_t)(last - first) + 1;
    const uint64_t most = 2 * set->count < WORDS_LEAST ? WORDS_LEAST : 2 * set->count;
    if (count < most) {
        first -= set->count > 0 && first < set->first ? (int64_t)(most - count) : 0;
        count = most;
    }
    uint64_t *words = arena_alloc_zero(arena, count * sizeof *words);
    if (words == NULL)
        return error_set_memory(error);
    if (set->count > 0)
        memcpy(words + (set->first - first), set->words, set->count * sizeof *words);
    *set = (Set){.first = first, .count = count, .words = words};
    return STATUS_OK;
}

static inline Status
add(Set *set, int64_t value, Arena *arena, Error *error)
{
    const int64_t word = value >> 6;

    if ((uint64_t)word - (uint64_t)set->first >= set->count)
        TRY(grow(set, word, word, arena, error));
    set->words[word - set->first] |= UINT64_C(1) << (value & 63);
    return STATUS_OK;
}

/* All values into one set: room is made once, for their extremes. */
static Status
add_all(Set *set, const int64_t *values, uint32_t count, Arena *arena, Error *error)
{
    int64_t least = INT64_MAX;
    int64_t greatest = INT64_MIN;

    for (uint32_t i = 0; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    if (count == 0)
        return STATUS_OK;
    TRY(add(set, least, arena, error));
    TRY(add(set, greatest, arena, error));
    const Set whole = *set; /* the stores to its words change nothing here */
    for (uint32_t i = 0; i < count; i++)
        whole.words[(values[i] >> 6) - whole.first] |= UINT64_C(1) << (values[i] & 63);
    return STATUS_OK;
}

static inline int64_t
integer_at(const Vector *vector, uint32_t row)
{
    const uint32_t index = vector_index(vector, row);

    return vector->layout == LAYOUT_I64 ? ((const int64_t *)vector_values(vector))[index]
                                        : ((const int32_t *)vector_values(vector))[index];
}

static Status
set_update(AggregateUpdate *update)
{
    const Vector *argument = &update->arguments[0];
    const int64_t *values = argument->data;

    if (argument->form == VECTOR_FLAT && argument->validity == NULL && argument->layout == LAYOUT_I64) {
        if (update->groups == NULL && update->selection == NULL)
            return add_all(update_state(update, 0), values, update->count, update->arena, update->error);
        for (uint32_t i = 0; i < update->count; i++)
            TRY(add(update_state(update, i), values[update_row(update, i)], update->arena, update->error));
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < update->count; i++) {
        const uint32_t row = update_row(update, i);
        if (!vector_is_null(argument, row))
            TRY(add(update_state(update, i), integer_at(argument, row), update->arena, update->error));
    }
    return STATUS_OK;
}

/* A partial: the first word's number, then the words; empty for the empty set. */
static Status
merge_words(Set *set, const char *bytes, size_t size, Arena *arena, Error *error)
{
    const int64_t most = INT64_MAX >> 6;
    const size_t count = size / sizeof(uint64_t) - 1;
    int64_t first;

    memcpy(&first, bytes, sizeof first);
    if (size % sizeof(uint64_t) != 0 || count == 0 || first < -most - 1 || first > most ||
        (uint64_t)(most - first) < count - 1)
        return error_set(error, STATUS_CORRUPT, "a set of integers came in an unknown form");
    const int64_t last = first + (int64_t)count - 1;
    if (set->count == 0 || first < set->first || last >= set->first + (int64_t)set->count)
        TRY(grow(set, first, last, arena, error));
    uint64_t *words = set->words + (first - set->first);
    for (size_t i = 0; i < count; i++) {
        uint64_t word;
        memcpy(&word, bytes + (i + 1) * sizeof word, sizeof word);
        words[i] |= word;
    }
    return STATUS_OK;
}

static Status
set_merge(AggregateUpdate *update)
{
    for (uint32_t i = 0; i < update->count; i++) {
        const StringView *bytes = partial_view(&update->arguments[0], update_row(update, i));
        if (bytes->size == 0)
            continue;
        if (bytes->size < sizeof(int64_t))
            return error_set(update->error, STATUS_CORRUPT, "a set of integers came in an unknown form");
        TRY(merge_words(update_state(update, i), string_view_data(bytes), bytes->size, update->arena,
                        update->error));
    }
    return STATUS_OK;
}

static Status
emit_set(const Set *set, Arena *arena, StringView *view, Error *error)
{
    uint64_t start = 0;
    uint64_t end = set->count;

    while (end > 0 && set->words[end - 1] == 0)
        end--;
    while (start < end && set->words[start] == 0)
        start++;
    *view = string_view("", 0);
    if (start == end)
        return STATUS_OK;
    if (end - start >= UINT32_MAX / sizeof(uint64_t))
        return error_set(error, STATUS_OUT_OF_MEMORY, "count_distinct: the integers' range is too wide");
    uint64_t *words = arena_alloc(arena, (end - start + 1) * sizeof *words);
    if (words == NULL)
        return error_set_memory(error);
    words[0] = (uint64_t)(set->first + (int64_t)start);
    memcpy(words + 1, set->words + start, (end - start) * sizeof *words);
    *view = string_view((const char *)words, (uint32_t)((end - start + 1) * sizeof *words));
    return STATUS_OK;
}

static Status
set_emit(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_BYTEA), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++)
        TRY(emit_set(output_state(output, i), output->arena, &((StringView *)data)[i], output->error));
    return STATUS_OK;
}

static Status
set_finish(AggregateOutput *output)
{
    void *data;

    TRY(output_column(output, 0, type_of(TYPE_INT8), &data, NULL));
    for (uint32_t i = 0; i < output->count; i++) {
        const Set *set = output_state(output, i);
        int64_t distinct = 0;
        for (uint64_t word = 0; word < set->count; word++)
            distinct += __builtin_popcountll(set->words[word]);
        ((int64_t *)data)[i] = distinct;
    }
    return STATUS_OK;
}

static bool
set_result(const Type *arguments, Type *result)
{
    (void)arguments;
    *result = type_of(TYPE_INT8);
    return true;
}

static uint32_t
set_partials(const Type *arguments, Type *partials)
{
    (void)arguments;
    partials[0] = type_of(TYPE_BYTEA);
    return 1;
}

#define COUNT_DISTINCT(TYPE)                                                                                 \
    {                                                                                                        \
        .name = "count_distinct", .argument_count = 1, .arguments = {TYPE}, .ignores_duplicates = true,      \
        .large_state = true, .state_size = sizeof(Set), .result_type = set_result,                           \
        .partial_types = set_partials, .update = set_update, .merge = set_merge, .emit = set_emit,           \
        .finish = set_finish, .description = "the number of distinct integers, by a bitmap over their range" \
    }

const Aggregate aggregates_set[] = {COUNT_DISTINCT(TYPE_INT8), COUNT_DISTINCT(TYPE_INT4)};
const uint32_t aggregates_set_count = sizeof aggregates_set / sizeof aggregates_set[0];
