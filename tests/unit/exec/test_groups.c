/* Group tables, dictionary groups, direct keys: the same rows get the same group, different ones different
 * groups. */
#include "support.h"

#include "exec/dictionary_groups.h"
#include "exec/direct_keys.h"
#include "exec/group_table.h"

static const TypeId types[] = {TYPE_INT8, TYPE_TEXT, TYPE_FLOAT8,  TYPE_INT4,
                               TYPE_BOOL, TYPE_UUID, TYPE_INTERVAL};

/* What each group number stood for so far. */
typedef struct Oracle {
    SupportRows keys;
} Oracle;

static void
check_groups(Oracle *oracle, const Batch *batch, const uint32_t *groups)
{
    for (uint32_t i = 0; i < batch->count; i++) {
        Buffer text = {0};
        size_t found = 0;
        support_format(batch->columns, batch->column_count, batch_row(batch, i), &text);
        while (found < oracle->keys.count && strcmp(oracle->keys.rows[found], buffer_text(&text)) != 0)
            found++;
        if (groups[i] < oracle->keys.count) {
            ck_assert_str_eq(oracle->keys.rows[groups[i]], buffer_text(&text));
        } else {
            /* numbers need not come in order, but must be dense: fill up with what comes next */
            ck_assert_uint_eq(found, oracle->keys.count);
            ck_assert_uint_eq(groups[i], oracle->keys.count);
            support_rows_add(&oracle->keys, buffer_text(&text));
        }
        buffer_destroy(&text);
    }
}

static void
check_stored_keys(const Oracle *oracle, const GroupTable *table, uint32_t key_count)
{
    Vector keys[3];

    ck_assert_uint_eq(group_table_count(table), oracle->keys.count);
    for (uint32_t k = 0; k < key_count; k++)
        keys[k] = group_table_key(table, k);
    for (uint32_t group = 0; group < group_table_count(table); group++) {
        Buffer text = {0};
        support_format(keys, key_count, group, &text);
        ck_assert_str_eq(buffer_text(&text), oracle->keys.rows[group]);
        buffer_destroy(&text);
    }
}

/* hash_bits: so many bits of the hashes are kept, so that tags and slots collide. Interval texts tell more
 * than equality does: keys are made so that equal ones have equal texts. */
/* The last of the batch's keys becomes a constant that stands in its dictionary. */
static void
fix_last_key(Batch *batch, Arena *arena, Random *random)
{
    Vector *columns = arena_alloc(arena, batch->column_count * sizeof(Vector));
    const uint32_t last = batch->column_count - 1;
    const Dictionary *dictionary = batch->columns[last].dictionary;
    const uint32_t code = (uint32_t)random_below(random, dictionary->count);

    if (vector_is_null(&dictionary->values, code))
        return;
    memcpy(columns, batch->columns, batch->column_count * sizeof(Vector));
    columns[last].form = VECTOR_CONSTANT;
    columns[last].validity = NULL;
    columns[last].data =
        (const char *)dictionary->values.data + code * layout_width(dictionary->values.layout);
    batch->columns = columns;
    ck_assert_uint_eq(vector_constant_code(&columns[last]), code);
}

static void
run_table(Random *random, uint32_t hash_bits, bool dictionaries)
{
    Arena *arena = arena_new(NULL);
    Budget budget;
    SupportColumn columns[3];
    Type key_types[3];
    const uint32_t key_count = 1 + (uint32_t)random_below(random, 3);
    Oracle oracle = {0};
    Error error = {0};
    DictionaryGroups remembered = {.budget = &budget};
    uint32_t groups[BATCH_ROWS];
    uint32_t found[BATCH_ROWS];
    uint64_t hashes[BATCH_ROWS];

    budget_init(&budget, NULL, SIZE_MAX);
    for (uint32_t k = 0; k < key_count; k++) {
        key_types[k] = type_of(types[random_below(random, 6)]);
        columns[k] = (SupportColumn){.type = key_types[k],
                                     .domain = 1 + random_below(random, 300),
                                     .nulls = random_below(random, 2) == 0};
    }
    GroupTable *table = group_table_new(&budget, key_count, key_types);
    Batch last = {0};
    for (int b = 0; b < 12; b++) {
        const bool again = dictionaries && b % 2 == 1;
        Batch batch = again ? last : support_batch(columns, key_count, 200, arena, random);
        if (dictionaries && !again)
            for (uint32_t k = 0; k < key_count; k++)
                batch.columns[k] = support_dictionary(key_types[k], batch.rows, columns[k].domain,
                                                      columns[k].nulls, arena, random);
        last = batch;
        if (again && b % 4 == 1)
            fix_last_key(&batch, arena, random);
        GroupRows rows = {.keys = batch.columns,
                          .rows = batch.rows,
                          .selection = batch.selection,
                          .count = batch.count,
                          .hashes = hashes};
        bool served = false;
        if (dictionaries)
            support_assert_ok(
                dictionary_groups_insert(&remembered, table, &rows, key_count, groups, &served, &error),
                &error);
        ck_assert(!dictionaries || served || key_count > 2);
        group_hash(batch.columns, key_count, batch.selection, batch.count, hashes);
        for (uint32_t i = 0; i < batch.count; i++)
            hashes[i] &= hash_bits == 64 ? UINT64_MAX : (UINT64_C(1) << hash_bits) - 1;
        if (!served)
            support_assert_ok(group_table_insert(table, &rows, groups, &error), &error);
        if (hash_bits == 64)
            check_groups(&oracle, &batch, groups);
        group_table_find(table, &rows, found);
        ck_assert_mem_eq(groups, found, batch.count * sizeof *groups);
    }
    if (hash_bits == 64)
        check_stored_keys(&oracle, table, key_count);
    group_table_destroy(&table);
    dictionary_groups_destroy(&remembered);
    ck_assert_uint_eq(budget_used(&budget), 0);
    support_rows_clear(&oracle.keys);
    arena_destroy(&arena);
}

START_TEST(test_table)
{
    Random random = {.state = (uint64_t)_i};

    for (int i = 0; i < 30; i++)
        run_table(&random, 64, false);
}
END_TEST

START_TEST(test_dictionaries)
{
    Random random = {.state = 100 + (uint64_t)_i};

    for (int i = 0; i < 30; i++)
        run_table(&random, 64, true);
}
END_TEST

/* Distinct keys with one hash: every row is a mismatch of tags, and numbers may come out of order. */
START_TEST(test_collisions)
{
    Random random = {.state = 3};
    Arena *arena = arena_new(NULL);
    Type type = type_of(TYPE_INT8);
    Error error = {0};
    uint32_t groups[BATCH_ROWS];
    uint64_t hashes[BATCH_ROWS] = {0};
    int64_t of_group[500];

    for (uint32_t bits = 0; bits < 4; bits++) {
        GroupTable *table = group_table_new(NULL, 1, &type);
        for (int b = 0; b < 10; b++) {
            const SupportColumn column = {.type = type, .domain = 100};
            const Batch batch = support_batch(&column, 1, 150, arena, &random);
            const GroupRows rows = {.keys = batch.columns,
                                    .rows = batch.rows,
                                    .selection = batch.selection,
                                    .count = batch.count,
                                    .hashes = hashes};
            group_hash(batch.columns, 1, batch.selection, batch.count, hashes);
            for (uint32_t i = 0; i < batch.count; i++)
                hashes[i] &= (1U << bits) - 1;
            const uint32_t before = group_table_count(table);
            support_assert_ok(group_table_insert(table, &rows, groups, &error), &error);
            const Vector keys = group_table_key(table, 0);
            const int64_t *values = keys.data;
            for (uint32_t g = before; g < group_table_count(table); g++)
                of_group[g] = values[g];
            for (uint32_t g = 0; g < group_table_count(table); g++) {
                ck_assert_int_eq(values[g], of_group[g]);
                for (uint32_t h = 0; h < g; h++)
                    ck_assert_int_ne(values[g], values[h]);
            }
            for (uint32_t i = 0; i < batch.count; i++) {
                const Vector *column_vector = &batch.columns[0];
                const int64_t value = ((const int64_t *)vector_values(
                    column_vector))[vector_index(column_vector, batch_row(&batch, i))];
                ck_assert_int_eq(values[groups[i]], value);
            }
        }
        group_table_destroy(&table);
    }
    arena_destroy(&arena);
}
END_TEST

START_TEST(test_table_finds_nothing)
{
    Type type = type_of(TYPE_INT8);
    GroupTable *table = group_table_new(NULL, 1, &type);
    const int64_t values[3] = {1, 2, 3};
    const Vector key = vector_flat(type, values, NULL);
    uint64_t hashes[3];
    uint32_t groups[3];
    Error error = {0};
    const GroupRows none = {.keys = &key, .rows = 3, .count = 3, .hashes = hashes};

    group_hash(&key, 1, NULL, 3, hashes);
    group_table_find(table, &none, groups);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(groups[i], GROUP_NONE);
    const GroupRows first = {.keys = &key, .rows = 3, .count = 1, .hashes = hashes};
    support_assert_ok(group_table_insert(table, &first, groups, &error), &error);
    group_table_find(table, &none, groups);
    ck_assert_uint_eq(groups[0], 0);
    ck_assert_uint_eq(groups[1], GROUP_NONE);
    group_table_destroy(&table);
}
END_TEST

START_TEST(test_table_memory)
{
    Budget budget;
    Type type = type_of(TYPE_INT8);
    static int64_t values[BATCH_ROWS];
    static uint64_t hashes[BATCH_ROWS];
    static uint32_t groups[BATCH_ROWS];
    const Vector key = vector_flat(type, values, NULL);
    Error error = {0};
    Status status = STATUS_OK;
    uint32_t count = 0;

    budget_init(&budget, NULL, 300000);
    GroupTable *table = group_table_new(&budget, 1, &type);
    ck_assert_ptr_nonnull(table);
    for (int64_t b = 0; b < 100 && status == STATUS_OK; b++) {
        const GroupRows rows = {.keys = &key, .rows = BATCH_ROWS, .count = BATCH_ROWS, .hashes = hashes};
        for (int64_t i = 0; i < BATCH_ROWS; i++)
            values[i] = b * BATCH_ROWS + i;
        group_hash(&key, 1, NULL, BATCH_ROWS, hashes);
        count = group_table_count(table);
        status = group_table_insert(table, &rows, groups, &error);
    }
    ck_assert_int_eq(status, STATUS_OUT_OF_MEMORY);
    ck_assert_uint_eq(group_table_count(table), count); /* nothing half made */
    for (int64_t i = 0; i < BATCH_ROWS; i++)
        values[i] = i;
    const GroupRows known = {.keys = &key, .rows = BATCH_ROWS, .count = BATCH_ROWS, .hashes = hashes};
    group_hash(&key, 1, NULL, BATCH_ROWS, hashes);
    group_table_find(table, &known, groups);
    for (uint32_t i = 0; i < BATCH_ROWS; i++)
        ck_assert_uint_eq(groups[i], i);
    group_table_destroy(&table);
    ck_assert_uint_eq(budget_used(&budget), 0);
}
END_TEST

START_TEST(test_direct_keys)
{
    Random random = {.state = 50 + (uint64_t)_i};
    Arena *arena = arena_new(NULL);
    const Type key_types[3] = {type_of(TYPE_INT8), type_of(TYPE_BOOL), type_of(TYPE_INT4)};
    const ColumnBound min[3] = {{.known = true, .integer = -3}, {0}, {.known = true, .integer = -3}};
    const ColumnBound max[3] = {{.known = true, .integer = 20}, {0}, {.known = true, .integer = 5}};
    DirectKeys direct;
    uint32_t slots[BATCH_ROWS];
    Vector restored[3];
    Error error = {0};

    ck_assert(!direct_keys_plan(3, key_types, min, max, 100, &direct));
    ck_assert(!direct_keys_plan(3, key_types, NULL, NULL, 1000, &direct));
    ck_assert(direct_keys_plan(3, key_types, min, max, 1000, &direct));
    ck_assert_uint_eq(direct.slot_count, 25 * 3 * 10);
    for (int i = 0; i < 50; i++) {
        const SupportColumn columns[3] = {
            {key_types[0], 24, true}, {key_types[1], 2, true}, {key_types[2], 9, true}};
        const Batch batch = support_batch(columns, 3, 100, arena, &random);
        ck_assert(direct_keys_find(&direct, batch.columns, batch.selection, batch.count, slots));
        support_assert_ok(direct_keys_restore(&direct, slots, batch.count, arena, restored, &error), &error);
        for (uint32_t r = 0; r < batch.count; r++) {
            Buffer a = {0};
            Buffer b = {0};
            ck_assert_uint_lt(slots[r], direct.slot_count);
            support_format(batch.columns, 3, batch_row(&batch, r), &a);
            support_format(restored, 3, r, &b);
            ck_assert_str_eq(buffer_text(&a), buffer_text(&b));
            buffer_destroy(&a);
            buffer_destroy(&b);
        }
    }
    const int64_t outside[3] = {-4, 21, INT64_MIN};
    const bool truth[3] = {0};
    const int32_t small[3] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        const Vector keys[3] = {vector_flat(key_types[0], &outside[i], NULL),
                                vector_flat(key_types[1], truth, NULL),
                                vector_flat(key_types[2], small, NULL)};
        ck_assert(!direct_keys_find(&direct, keys, NULL, 1, slots));
    }
    arena_destroy(&arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("exec/groups");
    TCase *tcase = tcase_create("groups");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_table, 0, 5);
    tcase_add_loop_test(tcase, test_dictionaries, 0, 5);
    tcase_add_test(tcase, test_collisions);
    tcase_add_test(tcase, test_table_finds_nothing);
    tcase_add_test(tcase, test_table_memory);
    tcase_add_loop_test(tcase, test_direct_keys, 0, 3);
    suite_add_tcase(suite, tcase);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
