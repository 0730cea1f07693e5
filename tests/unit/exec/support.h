/* What tests of operators share: random batches of every form, a sink that keeps rows as texts, and a task's
 * surroundings without a task. */
#ifndef RUNNEL_TESTS_EXEC_SUPPORT_H
#define RUNNEL_TESTS_EXEC_SUPPORT_H

#include "base/clock.h"
#include "base/random.h"
#include "column/builder.h"
#include "exec/operators.h"
#include "expr/text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

/* A value of a domain of `domain` values; texts of short and long kinds. */
static inline void
support_value(Layout layout, uint64_t value, Arena *arena, void *values, uint32_t row)
{
    switch (layout) {
    case LAYOUT_BOOL: ((uint8_t *)values)[row] = value & 1; break;
    case LAYOUT_I32: ((int32_t *)values)[row] = (int32_t)value - 3; break;
    case LAYOUT_I64: ((int64_t *)values)[row] = (int64_t)value - 3; break;
    case LAYOUT_I128: ((Int128 *)values)[row] = ((Int128)value - 3) * ((Int128)1 << 70); break;
    case LAYOUT_F64: ((double *)values)[row] = ((double)value - 3) / 4; break;
    case LAYOUT_VIEW: {
        const char *text =
            arena_format(arena, value % 3 == 0 ? "%u" : "a text of some length %u", (unsigned)value);
        ((StringView *)values)[row] = string_view(text, strlen(text));
        break;
    }
    default:
        ((Interval *)values)[row] = (Interval){.days = (int32_t)value, .months = (int32_t)value % 2};
        break;
    }
}

static inline Vector
support_flat(Type type, uint32_t rows, uint64_t domain, bool nulls, Arena *arena, Random *random)
{
    const size_t width = layout_width(type_layout(type));
    void *values = arena_alloc_zero(arena, width * rows);
    uint64_t *validity = arena_alloc_zero(arena, bits_words(rows) * sizeof(uint64_t));

    for (uint32_t i = 0; i < rows; i++) {
        const bool null = nulls && random_below(random, 5) == 0;
        bits_put(validity, i, !null);
        if (!null || type_layout(type) != LAYOUT_VIEW)
            support_value(type_layout(type), random_below(random, domain), arena, values, i);
    }
    return vector_flat(type, values, nulls ? validity : NULL);
}

static inline Vector
support_dictionary(Type type, uint32_t rows, uint64_t domain, bool nulls, Arena *arena, Random *random)
{
    Dictionary *dictionary = ARENA_NEW(arena, Dictionary);
    uint32_t *codes = arena_alloc(arena, rows * sizeof *codes);
    uint64_t *validity = arena_alloc_zero(arena, bits_words(rows) * sizeof(uint64_t));
    Vector vector = vector_flat(type, codes, nulls ? validity : NULL);

    dictionary->id = dictionary_next_id();
    dictionary->count = 1 + (uint32_t)random_below(random, domain < 500 ? domain : 500);
    dictionary->values =
        support_flat(type, dictionary->count, domain, nulls && random_below(random, 2) == 0, arena, random);
    for (uint32_t i = 0; i < rows; i++) {
        codes[i] = (uint32_t)random_below(random, dictionary->count);
        bits_put(validity, i, random_below(random, 6) != 0);
    }
    vector.form = VECTOR_DICTIONARY;
    vector.dictionary = dictionary;
    return vector;
}

static inline Vector
support_vector(Type type, uint32_t rows, uint64_t domain, bool nulls, Arena *arena, Random *random)
{
    const uint64_t form = random_below(random, 4);

    if (form == 0)
        return support_dictionary(type, rows, domain, nulls, arena, random);
    if (form == 1) {
        Vector constant = support_flat(type, 1, domain, nulls, arena, random);
        constant.form = VECTOR_CONSTANT;
        return constant;
    }
    return support_flat(type, rows, domain, nulls, arena, random);
}

typedef struct SupportColumn {
    Type type;
    uint64_t domain;
    bool nulls;
} SupportColumn;

/* A batch of 1 to `rows_most` rows, selected in part half of the time. */
static inline Batch
support_batch(const SupportColumn *columns, uint32_t column_count, uint32_t rows_most, Arena *arena,
              Random *random)
{
    Batch batch = {.rows = 1 + (uint32_t)random_below(random, rows_most), .column_count = column_count};

    batch.count = batch.rows;
    batch.columns = arena_alloc(arena, column_count * sizeof(Vector));
    for (uint32_t i = 0; i < column_count; i++)
        batch.columns[i] =
            support_vector(columns[i].type, batch.rows, columns[i].domain, columns[i].nulls, arena, random);
    if (random_below(random, 2) == 0) {
        uint32_t *selection = arena_alloc(arena, batch.rows * sizeof *selection);
        batch.count = 0;
        for (uint32_t row = 0; row < batch.rows; row++)
            if (random_below(random, 3) != 0)
                selection[batch.count++] = row;
        batch.selection = selection;
    }
    return batch;
}

/* ---- rows as texts ---- */

typedef struct SupportRows {
    char **rows;
    size_t count;
    size_t capacity;
} SupportRows;

static inline void
support_format(const Vector *columns, uint32_t column_count, uint32_t row, Buffer *out)
{
    static const Session session = {.time_zone = "UTC"};

    for (uint32_t i = 0; i < column_count; i++) {
        if (i > 0)
            buffer_append_char(out, '|');
        if (vector_is_null(&columns[i], row))
            buffer_append_string(out, "NULL");
        else
            text_format_value(&columns[i], row, &session, out);
    }
}

static inline void
support_rows_add(SupportRows *rows, const char *text)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity == 0 ? 64 : rows->capacity * 2;
        rows->rows = realloc(rows->rows, rows->capacity * sizeof(char *));
    }
    rows->rows[rows->count++] = strdup(text);
}

static inline void
support_rows_add_batch(SupportRows *rows, const Batch *batch)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        Buffer text = {0};
        support_format(batch->columns, batch->column_count, batch_row(batch, i), &text);
        support_rows_add(rows, buffer_text(&text));
        buffer_destroy(&text);
    }
}

static inline int
support_compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline void
support_rows_sort(SupportRows *rows)
{
    if (rows->count > 0)
        qsort(rows->rows, rows->count, sizeof(char *), support_compare_texts);
}

static inline void
support_rows_clear(SupportRows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->rows[i]);
    free(rows->rows);
    *rows = (SupportRows){0};
}

static inline void
support_rows_assert_equal(const SupportRows *got, const SupportRows *expected)
{
    for (size_t i = 0; i < got->count && i < expected->count; i++)
        ck_assert_str_eq(got->rows[i], expected->rows[i]);
    ck_assert_uint_eq(got->count, expected->count);
}

/* ---- surroundings ---- */

enum { SUPPORT_NODES = 16 };

typedef struct Surroundings {
    Budget budget;
    NodeCounters counters[SUPPORT_NODES];
    atomic_bool cancelled;
    Stage stage;
    StagedPlan plan;
    TaskEnvironment environment;
    OperatorContext context;
    Arena *arena;
} Surroundings;

static inline void
surroundings_init(Surroundings *s, uint32_t batch_rows)
{
    memset(s, 0, sizeof *s);
    budget_init(&s->budget, NULL, SIZE_MAX);
    s->stage.task_count = 1;
    s->plan.session = (Session){.time_zone = "UTC"};
    s->plan.stage_count = 1;
    s->plan.stages = &s->stage;
    s->environment = (TaskEnvironment){
        .budget = &s->budget, .cancelled = &s->cancelled, .counters = s->counters, .batch_rows = batch_rows};
    s->context = (OperatorContext){.plan = &s->plan,
                                   .session = &s->plan.session,
                                   .environment = &s->environment,
                                   .budget = &s->budget,
                                   .batch_rows = batch_rows == 0 ? BATCH_ROWS : batch_rows,
                                   .time_mark = clock_monotonic_ns()};
    s->arena = arena_new(NULL);
}

/* Everything that was charged must have been given back. */
static inline void
surroundings_destroy(Surroundings *s)
{
    ck_assert_uint_eq(budget_used(&s->budget), 0);
    arena_destroy(&s->arena);
}

static inline PlanNode *
support_node(Surroundings *s, PlanKind kind, uint32_t column_count, const PlanColumn *columns,
             uint32_t child_count, PlanNode *const *children)
{
    PlanNode *node = ARENA_NEW(s->arena, PlanNode);

    node->kind = kind;
    node->id = 1;
    node->column_count = column_count;
    node->columns = columns;
    node->child_count = child_count;
    node->children = ARENA_ARRAY(s->arena, PlanNode *, child_count + 1);
    node->estimated_rows = -1;
    for (uint32_t i = 0; i < child_count; i++)
        node->children[i] = children[i];
    return node;
}

static inline const PlanColumn *
support_plan_columns(Surroundings *s, const SupportColumn *columns, uint32_t count)
{
    PlanColumn *made = ARENA_ARRAY(s->arena, PlanColumn, count + 1);

    for (uint32_t i = 0; i < count; i++)
        made[i] = (PlanColumn){.name = arena_format(s->arena, "c%u", i), .type = columns[i].type};
    return made;
}

/* A sink that keeps rows as texts; `most`: says that it has enough after so many (0: never). */
typedef struct Collector {
    Operator base;
    SupportRows rows;
    size_t most;
    uint32_t largest; /* batch seen */
} Collector;

static inline Status
collector_push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Collector *self = (Collector *)base;

    (void)error;
    support_rows_add_batch(&self->rows, batch);
    self->largest = batch->count > self->largest ? batch->count : self->largest;
    *enough |= self->most > 0 && self->rows.count >= self->most;
    return STATUS_OK;
}

static inline void
collector_init(Collector *self, Surroundings *s)
{
    static const OperatorClass class = {.name = "collector", .push = collector_push};

    memset(self, 0, sizeof *self);
    operator_init(&self->base, &class, &s->context, SUPPORT_NODES - 1);
}

static inline Status
support_finish(Operator *operator, Error * error)
{
    bool done = operator->class->finish == NULL;

    for (; !done;)
        TRY(operator->class->finish(operator, & done, error));
    return STATUS_OK;
}

static inline void
support_assert_ok(Status status, const Error *error)
{
    ck_assert_msg(status == STATUS_OK, "%s: %s", status_text(status), error->message);
}

#endif
