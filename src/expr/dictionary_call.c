/* A call over a dictionary column: once an entry, and only for the entries that selected rows use. So an
 * entry for which the function fails raises its error just where a selected row has it.
 *
 * What was computed stays with the instruction as long as batches bring the same dictionary. The derived
 * dictionary is shown to the rest of the program while entries are still missing, since nothing there looks
 * at entries that no selected row uses; program_evaluate() flattens such a one before others see it. */
#include "expr/instruction.h"

#include <string.h>

enum {
    ENTRIES_MAX = 1 << 17, /* with more of them, rows seldom share entries: not worth the cache's memory */
    ENTRIES_AT_ONCE = 4 * BATCH_ROWS /* small dictionaries are evaluated whole where nothing can fail */
};

static bool
same_rows(const Vector *a, const Vector *b)
{
    return a->dictionary == b->dictionary && a->data == b->data && a->validity == b->validity;
}

bool
dictionary_call_applies(const Program *program, const Instruction *instruction, uint32_t *argument)
{
    const Function *function = instruction->function;
    const Vector *varying = NULL;

    for (uint32_t a = 0; a < instruction->argument_count; a++) {
        const Register *source = &program->registers[instruction->arguments[a]];
        if (source->fixed)
            continue;
        if (source->value.form != VECTOR_DICTIONARY)
            return false;
        if (varying != NULL && !same_rows(varying, &source->value))
            return false;
        varying = &source->value;
        *argument = a;
    }
    if (varying == NULL || (function->flags & FUNCTION_VOLATILE) || varying->dictionary->count > ENTRIES_MAX)
        return false;
    /* Rows that are NULL by their own bit have no entry to ask. */
    if ((function->flags & FUNCTION_NOT_STRICT) && varying->validity != NULL)
        return false;
    return varying->type.id != TYPE_LIST && instruction->expr->type.id != TYPE_LIST;
}

bool
dictionary_call_is_partial(const Program *program, const Vector *value)
{
    if (value->form != VECTOR_DICTIONARY)
        return false;
    for (const Instruction *i = program->instructions; i != NULL; i = i->next_of_all) {
        if (value->dictionary == &i->cache.result)
            return !i->cache.complete;
    }
    return false;
}

static Status
cache_start(Program *program, Instruction *instruction, const Dictionary *source, Error *error)
{
    DictionaryCache *cache = &instruction->cache;
    const Type type = instruction->expr->type;
    const size_t words = bits_words(source->count);
    const size_t bytes = source->count * layout_width(type_layout(type));

    cache->source = 0;
    if (cache->arena == NULL)
        cache->arena = arena_new(program->budget);
    else
        arena_reset(cache->arena);
    if (cache->arena == NULL)
        return error_set_memory(error);

    void *values = arena_alloc_zero(cache->arena, bytes);
    cache->evaluated = arena_alloc_zero(cache->arena, words * sizeof(uint64_t));
    cache->validity = arena_alloc(cache->arena, words * sizeof(uint64_t));
    if (values == NULL || cache->evaluated == NULL || cache->validity == NULL)
        return error_set_memory(error);
    memset(cache->validity, 0xFF, words * sizeof(uint64_t));
    cache->complete = false;
    cache->result = (Dictionary){
        .id = dictionary_next_id(), .count = source->count, .values = vector_flat(type, values, NULL)};
    return STATUS_OK;
}

/* Entries codes[0..count-1] of a dictionary's values, gathered into a flat vector. */
static Status
gather_entries(const Vector *values, const uint32_t *codes, uint32_t count, Arena *arena, Vector *gathered,
               Error *error)
{
    const Dictionary view = {.count = count, .values = *values};
    Vector rows = *values;

    rows.form = VECTOR_DICTIONARY;
    rows.validity = NULL;
    rows.data = codes;
    rows.dictionary = &view;
    return vector_flatten(&rows, count, arena, gathered, error);
}

static void
scatter_results(DictionaryCache *cache, size_t width, const CallFrame *frame, const uint32_t *codes,
                bool has_nulls)
{
    char *values = (char *)cache->result.values.data;

    for (uint32_t i = 0; i < frame->rows; i++)
        memcpy(values + codes[i] * width, (const char *)frame->data + i * width, width);
    if (!has_nulls)
        return;
    for (uint32_t i = 0; i < frame->rows; i++)
        bits_put(cache->validity, codes[i], bits_get(frame->validity, i));
    cache->result.values.validity = cache->validity;
}

/* Evaluate the entries, at most BATCH_ROWS of them. */
static Status
evaluate_entries(Program *program, Instruction *instruction, const Dictionary *source, const uint32_t *codes,
                 uint32_t count, Error *error)
{
    Vector *arguments = arena_alloc(program->scratch, instruction->argument_count * sizeof *arguments);
    bool has_nulls;
    Vector entries;

    if (arguments == NULL)
        return error_set_memory(error);
    TRY(gather_entries(&source->values, codes, count, program->scratch, &entries, error));
    for (uint32_t a = 0; a < instruction->argument_count; a++) {
        const Vector *value = &program->registers[instruction->arguments[a]].value;
        arguments[a] = value->form == VECTOR_DICTIONARY ? entries : *value;
    }

    CallFrame frame = {
        .instruction = instruction,
        .arguments = arguments,
        .rows = count,
        .selection = {NULL, count},
        .data = instruction->data,
        .validity = instruction->validity,
        .strings = instruction->cache.arena,
    };
    TRY(frame_run(program, &frame, &has_nulls, error));
    scatter_results(&instruction->cache, layout_width(type_layout(instruction->expr->type)), &frame, codes,
                    has_nulls);
    return STATUS_OK;
}

static Status
evaluate_all(Program *program, Instruction *instruction, const Dictionary *source, Error *error)
{
    uint32_t codes[BATCH_ROWS];

    for (uint32_t first = 0; first < source->count; first += BATCH_ROWS) {
        const uint32_t left = source->count - first;
        const uint32_t count = left < BATCH_ROWS ? left : BATCH_ROWS;
        for (uint32_t i = 0; i < count; i++)
            codes[i] = first + i;
        TRY(evaluate_entries(program, instruction, source, codes, count, error));
    }
    instruction->cache.complete = true;
    return STATUS_OK;
}

/* The codes of selected rows that no earlier batch had, each once. */
static uint32_t
find_new_entries(DictionaryCache *cache, const Vector *vector, Selection selection, uint32_t *codes)
{
    const uint32_t *row_codes = vector->data;
    uint32_t count = 0;

    for (uint32_t i = 0; i < selection.count; i++) {
        const uint32_t row = selection.rows != NULL ? selection.rows[i] : i;
        const uint32_t code = row_codes[row];
        if (bits_get(cache->evaluated, code) ||
            (vector->validity != NULL && !bits_get(vector->validity, row)))
            continue;
        bits_set(cache->evaluated, code);
        codes[count++] = code;
    }
    return count;
}

static Status
fill_cache(Program *program, Instruction *instruction, const Vector *vector, Selection selection,
           Error *error)
{
    const Dictionary *source = vector->dictionary;
    DictionaryCache *cache = &instruction->cache;
    uint32_t codes[BATCH_ROWS];

    if (cache->source != source->id)
        TRY(cache_start(program, instruction, source, error));
    cache->source = 0; /* not to be used again if what follows fails */
    if (!cache->complete && source->count <= ENTRIES_AT_ONCE && !instruction->can_fail &&
        !dictionary_call_is_partial(program, vector))
        TRY(evaluate_all(program, instruction, source, error));
    if (!cache->complete) {
        const uint32_t count = find_new_entries(cache, vector, selection, codes);
        if (count > 0)
            TRY(evaluate_entries(program, instruction, source, codes, count, error));
    }
    cache->source = source->id;
    return STATUS_OK;
}

Status
dictionary_call_run(Program *program, Instruction *instruction, uint32_t argument, Selection selection,
                    Error *error)
{
    const Vector vector = program->registers[instruction->arguments[argument]].value;
    Vector *value = &program->registers[instruction->out].value;

    TRY(fill_cache(program, instruction, &vector, selection, error));
    *value = vector_flat(instruction->expr->type, vector.data, vector.validity);
    value->form = VECTOR_DICTIONARY;
    value->dictionary = &instruction->cache.result;
    return STATUS_OK;
}
