#include "column/list_builder.h"
#include "tablet/list_bytes.h"

#include <check.h>
#include <stdlib.h>

/* Three arrays of texts: {a,NULL,"more than twelve bytes"}, NULL, {}. */
static Vector
make_lists(Arena *arena)
{
    static ListEntry entries[3] = {{0, 3}, {3, 0}, {3, 0}};
    static const uint64_t validity[1] = {5};
    ListBuilder *elements = arena_alloc(arena, sizeof *elements);
    const StringView texts[2] = {string_view("a", 1), string_view("more than twelve bytes", 22)};
    Error error = {0};

    ck_assert_int_eq(list_builder_init(elements, arena, type_of(TYPE_TEXT), &error), STATUS_OK);
    ck_assert_int_eq(list_builder_append_value(elements, &texts[0], &error), STATUS_OK);
    ck_assert_int_eq(list_builder_append_null(elements, &error), STATUS_OK);
    ck_assert_int_eq(list_builder_append_value(elements, &texts[1], &error), STATUS_OK);
    Vector lists = vector_flat(type_list(type_of(TYPE_TEXT)), entries, validity);
    lists.children = list_builder_vector(elements);
    return lists;
}

START_TEST(arrays_come_back)
{
    Arena *arena = arena_new(NULL);
    const Vector lists = make_lists(arena);
    Vector packed;
    Vector back;
    Error error = {0};

    ck_assert_int_eq(list_bytes_pack(&lists, 3, arena, &packed, &error), STATUS_OK);
    ck_assert_int_eq(list_bytes_unpack(&packed, lists.type, 3, NULL, 0, arena, &back, &error), STATUS_OK);
    ck_assert(vector_is_null(&back, 1) && !vector_is_null(&back, 2));
    ck_assert_int_eq(vector_compare(&lists, 0, &back, 0), 0);
    ck_assert_int_eq(vector_compare(&lists, 2, &back, 2), 0);
    ck_assert(vector_is_null(list_elements(&back), list_entry(&back, 0).offset + 1));
    arena_destroy(&arena);
}
END_TEST

START_TEST(only_selected_rows_are_read)
{
    Arena *arena = arena_new(NULL);
    const Vector lists = make_lists(arena);
    const uint32_t selection[1] = {2};
    Vector packed;
    Vector back;
    Error error = {0};

    ck_assert_int_eq(list_bytes_pack(&lists, 3, arena, &packed, &error), STATUS_OK);
    ck_assert_int_eq(list_bytes_unpack(&packed, lists.type, 3, selection, 1, arena, &back, &error),
                     STATUS_OK);
    ck_assert_uint_eq(list_entry(&back, 0).count, 0);
    ck_assert_uint_eq(list_entry(&back, 2).count, 0);
    arena_destroy(&arena);
}
END_TEST

/* Cut short anywhere, or longer by a byte, they are no array. */
START_TEST(damaged_bytes_are_refused)
{
    Arena *arena = arena_new(NULL);
    const Vector lists = make_lists(arena);
    Vector packed;
    Vector back;
    Error error = {0};

    ck_assert_int_eq(list_bytes_pack(&lists, 3, arena, &packed, &error), STATUS_OK);
    StringView *view = (StringView *)packed.data;
    const StringView whole = view[0];
    char *bytes = arena_alloc_zero(arena, whole.size + 1);
    memcpy(bytes, string_view_data(&whole), whole.size);
    for (uint32_t size = 0; size <= whole.size + 1; size++) {
        view[0] = string_view(bytes, size);
        ck_assert_int_eq(list_bytes_unpack(&packed, lists.type, 3, NULL, 0, arena, &back, &error),
                         size == whole.size ? STATUS_OK : STATUS_CORRUPT);
    }
    arena_destroy(&arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("list_bytes");
    TCase *all = tcase_create("list_bytes");
    SRunner *runner = srunner_create(suite);

    tcase_add_test(all, arrays_come_back);
    tcase_add_test(all, only_selected_rows_are_read);
    tcase_add_test(all, damaged_bytes_are_refused);
    suite_add_tcase(suite, all);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
