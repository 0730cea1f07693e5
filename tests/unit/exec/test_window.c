/* WINDOW and PARTITION_TOP against the definitions of frames and places, row by row. */
#include "support.h"

#include <stdio.h>

enum { COLUMN_PARTITION, COLUMN_KEY, COLUMN_VALUE, COLUMN_TEXT, COLUMN_ID, COLUMN_COUNT };
enum { CALL_COUNT = 6 };

static const TypeId column_types[COLUMN_COUNT] = {TYPE_INT4, TYPE_INT8, TYPE_FLOAT8, TYPE_TEXT, TYPE_INT4};

/* Rows in order of partition and key, NULL keys last. */
typedef struct Rows {
    uint32_t count;
    int32_t *partition;
    int64_t *key;
    uint64_t *key_valid;
    double *value;
    uint64_t *value_valid;
    StringView *text;
    int32_t *id;
} Rows;

static const int64_t NULL_KEY = INT64_C(1) << 40; /* where NULL keys stand among the others */

static Rows
random_rows(uint32_t count, uint32_t partition_most, double unit, Arena *arena, Random *random)
{
    Rows rows = {count,
                 ARENA_ARRAY(arena, int32_t, count),
                 ARENA_ARRAY(arena, int64_t, count),
                 ARENA_ARRAY(arena, uint64_t, bits_words(count)),
                 ARENA_ARRAY(arena, double, count),
                 ARENA_ARRAY(arena, uint64_t, bits_words(count)),
                 ARENA_ARRAY(arena, StringView, count),
                 ARENA_ARRAY(arena, int32_t, count)};
    uint32_t left = 0;
    int32_t partition = 0;
    int64_t key = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (left == 0) {
            left = 1 + (uint32_t)random_below(random, partition_most);
            partition++;
            key = (int64_t)random_below(random, 5) - 10;
        }
        left--;
        rows.partition[i] = partition;
        rows.key[i] = key;
        bits_put(rows.key_valid, i, key < NULL_KEY);
        if (key < NULL_KEY)
            key = random_below(random, 20) == 0 ? NULL_KEY : key + (int64_t)random_below(random, 3);
        rows.value[i] = ((double)random_below(random, 100) - 50) * unit;
        bits_put(rows.value_valid, i, random_below(random, 6) != 0);
        const char *text = arena_format(arena, random_below(random, 2) == 0 ? "%u" : "a longer text %u",
                                        (unsigned)random_below(random, 50));
        rows.text[i] = string_view(text, strlen(text));
        rows.id[i] = (int32_t)i;
    }
    return rows;
}

static void
push_rows(Operator *operator, const Rows * rows, uint32_t batch_most, Random *random)
{
    Error error = {0};
    bool enough = false;

    for (uint32_t first = 0; first < rows->count;) {
        const uint32_t left = (rows->count - first) / 64;
        const uint32_t words = 1 + (uint32_t)random_below(random, batch_most / 64);
        const uint32_t count = words > left ? rows->count - first : words * 64;
        const uint32_t taken = count > BATCH_ROWS ? BATCH_ROWS : count;
        Vector columns[COLUMN_COUNT] = {
            vector_flat(type_of(TYPE_INT4), rows->partition + first, NULL),
            vector_flat(type_of(TYPE_INT8), rows->key + first, rows->key_valid + first / 64),
            vector_flat(type_of(TYPE_FLOAT8), rows->value + first, rows->value_valid + first / 64),
            vector_flat(type_of(TYPE_TEXT), rows->text + first, NULL),
            vector_flat(type_of(TYPE_INT4), rows->id + first, NULL)};
        const Batch batch = {.rows = taken, .count = taken, .column_count = COLUMN_COUNT, .columns = columns};
        support_assert_ok(operator->class->push(operator, & batch, &enough, &error), &error);
        first += taken;
    }
}

/* ---- the definition of a frame ---- */

static bool
same_peers(const Rows *rows, uint32_t a, uint32_t b)
{
    return rows->partition[a] == rows->partition[b] && rows->key[a] == rows->key[b];
}

static int64_t
group_of(const Rows *rows, uint32_t row)
{
    int64_t group = 0;

    for (uint32_t i = row; i > 0 && rows->partition[i - 1] == rows->partition[row]; i--)
        group += rows->key[i] != rows->key[i - 1];
    return group;
}

/* Where a row stands as the mode counts, and by how much a bound moves it. */
static int64_t
position_of(const Rows *rows, FrameMode mode, uint32_t row)
{
    return mode == FRAME_ROWS ? row : mode == FRAME_GROUPS ? group_of(rows, row) : rows->key[row];
}

static int64_t
moved(const WindowFrame *frame, const FrameBound *bound, int64_t position)
{
    int64_t distance = bound->offset;

    if (frame->mode == FRAME_RANGE && bound->distance != NULL)
        distance = position == NULL_KEY ? 0 : *(const int64_t *)bound->distance->value;
    if (bound->kind == FRAME_PRECEDING)
        return position - distance;
    return bound->kind == FRAME_FOLLOWING ? position + distance : position;
}

static bool
is_in_frame(const Rows *rows, const WindowFrame *frame, uint32_t row, uint32_t other)
{
    const int64_t here = position_of(rows, frame->mode, row);
    const int64_t there = position_of(rows, frame->mode, other);
    bool in = rows->partition[row] == rows->partition[other];

    if (frame->start.kind != FRAME_UNBOUNDED_PRECEDING)
        in = in && there >= moved(frame, &frame->start, here);
    if (frame->end.kind != FRAME_UNBOUNDED_FOLLOWING)
        in = in && there <= moved(frame, &frame->end, here);
    switch (frame->exclusion) {
    case FRAME_EXCLUDE_CURRENT_ROW: return in && row != other;
    case FRAME_EXCLUDE_GROUP: return in && !same_peers(rows, row, other);
    case FRAME_EXCLUDE_TIES: return in && (row == other || !same_peers(rows, row, other));
    default: return in;
    }
}

static void
append_number(bool valid, double number, Buffer *out)
{
    static const Session session = {.time_zone = "UTC"};
    const Vector vector = vector_flat(type_of(TYPE_FLOAT8), &number, NULL);

    buffer_append_char(out, '|');
    if (valid)
        text_format_value(&vector, 0, &session, out);
    else
        buffer_append_string(out, "NULL");
}

static void
append_id(int64_t id, Buffer *out)
{
    if (id < 0)
        buffer_append_string(out, "|NULL");
    else
        buffer_append_format(out, "|%lld", (long long)id);
}

/* count(value), sum(value), max(text), first_, last_ and nth_value(id, 2) of the row's frame. */
static void
expect_row(const Rows *rows, const WindowFrame *frame, uint32_t row, Buffer *out)
{
    uint32_t count = 0;
    double sum = 0;
    const StringView *greatest = NULL;
    int64_t ids[3] = {-1, -1, -1};
    uint32_t seen = 0;

    for (uint32_t other = 0; other < rows->count; other++) {
        if (!is_in_frame(rows, frame, row, other))
            continue;
        if (bits_get(rows->value_valid, other)) {
            count++;
            sum += rows->value[other];
        }
        if (greatest == NULL || string_view_compare(&rows->text[other], greatest) > 0)
            greatest = &rows->text[other];
        ids[0] = seen == 0 ? rows->id[other] : ids[0];
        ids[1] = rows->id[other];
        ids[2] = seen == 1 ? rows->id[other] : ids[2];
        seen++;
    }
    buffer_append_format(out, "%u", count);
    append_number(count > 0, sum, out);
    buffer_append_format(out, "|%.*s", greatest == NULL ? 4 : (int)greatest->size,
                         greatest == NULL ? "NULL" : string_view_data(greatest));
    for (uint32_t i = 0; i < 3; i++)
        append_id(ids[i], out);
}

/* ---- the operator ---- */

static PlanWindowCall
aggregate_call(const char *name, uint32_t column, const WindowFrame *frame)
{
    PlanWindowCall call = {.function = WINDOW_AGGREGATE,
                           .value = WINDOW_NO_COLUMN,
                           .number = WINDOW_NO_COLUMN,
                           .fallback = WINDOW_NO_COLUMN,
                           .frame = *frame};
    Type type = type_of(column_types[column]);

    ck_assert_int_eq(aggregate_resolve(name, 1, &type, &call.aggregate.aggregate, &call.type, NULL),
                     STATUS_OK);
    call.aggregate.argument_count = 1;
    call.aggregate.arguments[0] = column;
    call.aggregate.argument_types[0] = type;
    call.aggregate.filter = WINDOW_NO_COLUMN;
    call.aggregate.type = call.type;
    return call;
}

static PlanWindowCall
value_call(WindowFunction function, const WindowFrame *frame)
{
    return (PlanWindowCall){.function = function,
                            .value = COLUMN_ID,
                            .number = WINDOW_NO_COLUMN,
                            .constant = 2,
                            .fallback = WINDOW_NO_COLUMN,
                            .frame = *frame,
                            .type = type_of(TYPE_INT4)};
}

static PlanNode *
window_node(Surroundings *s, uint32_t call_count, PlanWindowCall *calls)
{
    static uint32_t partition[] = {COLUMN_PARTITION};
    static SortKey order[] = {{.column = COLUMN_KEY}};
    PlanColumn *columns = ARENA_ARRAY(s->arena, PlanColumn, COLUMN_COUNT + call_count);

    for (uint32_t i = 0; i < COLUMN_COUNT; i++)
        columns[i] = (PlanColumn){"c", type_of(column_types[i])};
    for (uint32_t i = 0; i < call_count; i++)
        columns[COLUMN_COUNT + i] = (PlanColumn){"f", calls[i].type};
    PlanNode *input = support_node(s, PLAN_SORT, COLUMN_COUNT, columns, 0, NULL);
    PlanNode *node = support_node(s, PLAN_WINDOW, COLUMN_COUNT + call_count, columns, 1, &input);
    node->window = (PlanWindow){.partition_count = 1,
                                .partition = partition,
                                .order_count = 1,
                                .order = order,
                                .call_count = call_count,
                                .calls = calls};
    return node;
}

/* Keeps the columns behind the input's. */
static Status
results_push(Operator *base, const Batch *batch, bool *enough, Error *error)
{
    Batch results = *batch;

    results.column_count -= COLUMN_COUNT;
    results.columns += COLUMN_COUNT;
    return collector_push(base, &results, enough, error);
}

static const OperatorClass results_class = {.name = "results", .push = results_push};

static void
run_window(Surroundings *s, const Rows *rows, uint32_t call_count, PlanWindowCall *calls, SupportRows *got,
           Random *random)
{
    Collector collector;
    Operator *operator;
    Error error = {0};

    collector_init(&collector, s);
    collector.base.class = &results_class;
    support_assert_ok(window_new(&s->context, window_node(s, call_count, calls), &operator, & error), &error);
    operator->downstream = & collector.base;
    push_rows(operator, rows, 512, random);
    support_assert_ok(support_finish(operator, & error), &error);
    operator->class->destroy(operator);
    *got = collector.rows;
}

static FrameBound
random_bound(FrameMode mode, FrameBoundKind kind, Arena *arena, Random *random)
{
    const int64_t offset = random_below(random, 8) == 0 ? INT64_MAX : (int64_t)random_below(random, 5);
    FrameBound bound = {.kind = kind};

    if (kind != FRAME_PRECEDING && kind != FRAME_FOLLOWING)
        return bound;
    const int64_t near = offset == INT64_MAX ? 1000000 : offset;
    if (mode == FRAME_RANGE)
        bound.distance = expr_constant(arena, type_of(TYPE_INT8), &near);
    else
        bound.offset = near;
    return bound;
}

static WindowFrame
random_frame(Arena *arena, Random *random)
{
    const FrameMode mode = (FrameMode)random_below(random, FRAME_MODE_COUNT);
    const uint64_t start = random_below(random, FRAME_UNBOUNDED_FOLLOWING);
    const uint64_t least = start > FRAME_PRECEDING ? start : FRAME_PRECEDING;
    const uint64_t end = least + random_below(random, FRAME_BOUND_COUNT - least);

    return (WindowFrame){.mode = mode,
                         .start = random_bound(mode, (FrameBoundKind)start, arena, random),
                         .end = random_bound(mode, (FrameBoundKind)end, arena, random),
                         .exclusion = (FrameExclusion)random_below(random, FRAME_EXCLUSION_COUNT)};
}

static void
check_frames(uint64_t seed, uint32_t row_count, uint32_t partition_most, double unit)
{
    Random random;
    Surroundings s;
    SupportRows got;
    SupportRows expected = {0};

    random.state = seed;
    surroundings_init(&s, 1 + (uint32_t)random_below(&random, 100));
    const Rows rows = random_rows(row_count, partition_most, unit, s.arena, &random);
    const WindowFrame frame = random_frame(s.arena, &random);
    PlanWindowCall calls[CALL_COUNT] = {
        aggregate_call("count", COLUMN_VALUE, &frame), aggregate_call("sum", COLUMN_VALUE, &frame),
        aggregate_call("max", COLUMN_TEXT, &frame),    value_call(WINDOW_FIRST_VALUE, &frame),
        value_call(WINDOW_LAST_VALUE, &frame),         value_call(WINDOW_NTH_VALUE, &frame)};
    for (uint32_t row = 0; row < rows.count; row++) {
        Buffer text = {0};
        expect_row(&rows, &frame, row, &text);
        support_rows_add(&expected, buffer_text(&text));
        buffer_destroy(&text);
    }
    run_window(&s, &rows, CALL_COUNT, calls, &got, &random);
    support_rows_assert_equal(&got, &expected);
    support_rows_clear(&got);
    support_rows_clear(&expected);
    surroundings_destroy(&s);
}

START_TEST(frames_are_as_defined)
{
    for (uint64_t i = 0; i < 20; i++)
        check_frames((uint64_t)_i * 20 + i, 1 + (uint32_t)i * 11, 1 + (uint32_t)i * 3, 0.25);
}
END_TEST

/* Beyond the fixed point of sums: they go through the running state and the tree. */
START_TEST(tiny_values_are_summed_exactly)
{
    for (uint64_t i = 0; i < 8; i++)
        check_frames(1000 + (uint64_t)_i * 8 + i, 200, 120, 0x1p-100);
}
END_TEST

/* Many chunks, and partitions across their ends. */
START_TEST(chunks_end_with_partitions)
{
    const WindowFrame whole = {.mode = FRAME_RANGE,
                               .start = {.kind = FRAME_UNBOUNDED_PRECEDING},
                               .end = {.kind = FRAME_UNBOUNDED_FOLLOWING}};
    PlanWindowCall calls[2] = {aggregate_call("count", COLUMN_ID, &whole),
                               {.function = WINDOW_ROW_NUMBER,
                                .value = WINDOW_NO_COLUMN,
                                .number = WINDOW_NO_COLUMN,
                                .fallback = WINDOW_NO_COLUMN,
                                .type = type_of(TYPE_INT8)}};
    Random random;
    Surroundings s;
    SupportRows got;

    random.state = 7;
    surroundings_init(&s, BATCH_ROWS);
    const Rows rows = random_rows(150000, _i == 0 ? 50 : 60000, 1, s.arena, &random);
    run_window(&s, &rows, 2, calls, &got, &random);
    ck_assert_uint_eq(got.count, rows.count);
    for (uint32_t start = 0, end; start < rows.count; start = end) {
        for (end = start; end < rows.count && rows.partition[end] == rows.partition[start];)
            end++;
        for (uint32_t row = start; row < end; row++) {
            char expected[64];
            snprintf(expected, sizeof expected, "%u|%u", end - start, row - start + 1);
            ck_assert_str_eq(got.rows[row], expected);
        }
    }
    support_rows_clear(&got);
    surroundings_destroy(&s);
}
END_TEST

START_TEST(memory_has_an_end)
{
    const WindowFrame frame = {.mode = FRAME_ROWS,
                               .start = {.kind = FRAME_PRECEDING, .offset = 100},
                               .end = {.kind = FRAME_FOLLOWING, .offset = 100}};
    PlanWindowCall calls[1] = {aggregate_call("max", COLUMN_TEXT, &frame)};
    Random random;
    Surroundings s;
    Operator *operator;
    Error error = {0};
    bool enough = false;

    random.state = 3;
    surroundings_init(&s, BATCH_ROWS);
    s.budget.limit = 300000;
    const Rows rows = random_rows(2048, 5000, 1, s.arena, &random);
    Collector collector;
    collector_init(&collector, &s);
    collector.base.class = &results_class;
    support_assert_ok(window_new(&s.context, window_node(&s, 1, calls), &operator, & error), &error);
    operator->downstream = & collector.base;
    Vector columns[COLUMN_COUNT] = {
        vector_flat(type_of(TYPE_INT4), rows.partition, NULL),
        vector_flat(type_of(TYPE_INT8), rows.key, NULL), vector_flat(type_of(TYPE_FLOAT8), rows.value, NULL),
        vector_flat(type_of(TYPE_TEXT), rows.text, NULL), vector_flat(type_of(TYPE_INT4), rows.id, NULL)};
    const Batch batch = {.rows = 2048, .count = 2048, .column_count = COLUMN_COUNT, .columns = columns};
    Status status = STATUS_OK;
    for (uint32_t i = 0; i < 100 && status == STATUS_OK; i++)
        status = operator->class->push(operator, & batch, &enough, &error);
    ck_assert_int_eq(status, STATUS_OUT_OF_MEMORY);
    operator->class->destroy(operator);
    support_rows_clear(&collector.rows);
    surroundings_destroy(&s);
}
END_TEST

/* ---- the first rows of partitions ---- */

static bool
is_among_first(const Rows *rows, const PlanPartitionTop *top, uint32_t row)
{
    uint32_t before = 0;
    uint32_t peers_before = 0;
    int64_t groups_before = group_of(rows, row);

    for (uint32_t i = row; i > 0 && rows->partition[i - 1] == rows->partition[row]; i--) {
        before++;
        peers_before += rows->key[i - 1] != rows->key[row];
    }
    switch (top->ties) {
    case TOP_ROWS: return before < top->limit;
    case TOP_PEERS: return peers_before < top->limit;
    default: return groups_before < (int64_t)top->limit;
    }
}

/* Batches in random order. */
static void
push_shuffled(Operator *operator, const Rows * rows, Random *random)
{
    uint32_t order[BATCH_ROWS];
    bool enough = false;
    Error error = {0};

    for (uint32_t i = 0; i < rows->count; i++) {
        const uint32_t at = (uint32_t)random_below(random, i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    for (uint32_t first = 0; first < rows->count; first += 100) {
        const uint32_t count = rows->count - first < 100 ? rows->count - first : 100;
        Vector columns[COLUMN_COUNT] = {vector_flat(type_of(TYPE_INT4), rows->partition, NULL),
                                        vector_flat(type_of(TYPE_INT8), rows->key, rows->key_valid),
                                        vector_flat(type_of(TYPE_FLOAT8), rows->value, NULL),
                                        vector_flat(type_of(TYPE_TEXT), rows->text, NULL),
                                        vector_flat(type_of(TYPE_INT4), rows->id, NULL)};
        const Batch batch = {.rows = rows->count,
                             .count = count,
                             .selection = order + first,
                             .column_count = COLUMN_COUNT,
                             .columns = columns};
        support_assert_ok(operator->class->push(operator, & batch, &enough, &error), &error);
    }
}

START_TEST(first_rows_are_kept)
{
    static uint32_t partition[] = {COLUMN_PARTITION};
    static SortKey order[] = {{.column = COLUMN_KEY}, {.column = COLUMN_ID}};
    PlanColumn columns[COLUMN_COUNT];
    Random random;
    Surroundings s;
    Collector collector;
    Operator *operator;
    Error error = {0};
    SupportRows expected = {0};

    random.state = (uint64_t)_i;
    surroundings_init(&s, 1 + (uint32_t)random_below(&random, 100));
    const Rows rows = random_rows(1500, 40, 1, s.arena, &random);
    for (uint32_t i = 0; i < COLUMN_COUNT; i++)
        columns[i] = (PlanColumn){"c", type_of(column_types[i])};
    PlanNode *input = support_node(&s, PLAN_SORT, COLUMN_COUNT, columns, 0, NULL);
    PlanNode *node = support_node(&s, PLAN_PARTITION_TOP, COLUMN_COUNT, columns, 1, &input);
    node->partition_top = (PlanPartitionTop){.partition_count = 1,
                                             .partition = partition,
                                             .order_count = _i % 3 == TOP_ROWS ? 2 : 1,
                                             .order = order,
                                             .limit = 1 + random_below(&random, 6),
                                             .ties = (TopTies)(_i % 3)};
    collector_init(&collector, &s);
    support_assert_ok(partition_top_new(&s.context, node, &operator, & error), &error);
    operator->downstream = & collector.base;
    push_shuffled(operator, & rows, &random);
    support_assert_ok(support_finish(operator, & error), &error);
    operator->class->destroy(operator);
    const Vector all[COLUMN_COUNT] = {vector_flat(type_of(TYPE_INT4), rows.partition, NULL),
                                      vector_flat(type_of(TYPE_INT8), rows.key, rows.key_valid),
                                      vector_flat(type_of(TYPE_FLOAT8), rows.value, NULL),
                                      vector_flat(type_of(TYPE_TEXT), rows.text, NULL),
                                      vector_flat(type_of(TYPE_INT4), rows.id, NULL)};
    for (uint32_t row = 0; row < rows.count; row++) {
        Buffer text = {0};
        support_format(all, COLUMN_COUNT, row, &text);
        if (is_among_first(&rows, &node->partition_top, row))
            support_rows_add(&expected, buffer_text(&text));
        buffer_destroy(&text);
    }
    support_rows_sort(&collector.rows);
    support_rows_sort(&expected);
    support_rows_assert_equal(&collector.rows, &expected);
    support_rows_clear(&collector.rows);
    support_rows_clear(&expected);
    surroundings_destroy(&s);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("window");
    TCase *cases = tcase_create("window");

    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, frames_are_as_defined, 0, 40);
    tcase_add_loop_test(cases, tiny_values_are_summed_exactly, 0, 10);
    tcase_add_loop_test(cases, chunks_end_with_partitions, 0, 2);
    tcase_add_test(cases, memory_has_an_end);
    tcase_add_loop_test(cases, first_rows_are_kept, 0, 12);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
