#include "flow/membership.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000)

static Membership *membership;
static MembershipAction action;

static NodeInfo
node_info(uint64_t number, const char *endpoint)
{
    NodeInfo info = {.incarnation = {1, number}, .roles = NODE_WORKER, .slots = 2, .protocol = 1};

    strcpy(info.endpoint, endpoint);
    return info;
}

static void
set_up(void)
{
    MembershipConfig config;

    membership_config_default(&config);
    membership = membership_new(&config);
}

static void
tear_down(void)
{
    membership_destroy(&membership);
}

static void
expect(MembershipActionKind kind)
{
    ck_assert(membership_next_action(membership, &action));
    ck_assert_int_eq(action.kind, kind);
}

static void
expect_nothing(void)
{
    ck_assert(!membership_next_action(membership, &action));
}

static void
join(int64_t now, const NodeInfo *info)
{
    membership_on_hello(membership, now, info);
    expect(MEMBERSHIP_WELCOME);
    expect(MEMBERSHIP_PROBE);
    membership_on_probed(membership, now, info->incarnation, action.nonce);
    expect(MEMBERSHIP_READY);
    expect_nothing();
}

START_TEST(a_node_is_ready_when_its_probe_came_back)
{
    const NodeInfo info = node_info(1, "tcp://a:1");

    membership_on_hello(membership, 0, &info);
    expect(MEMBERSHIP_WELCOME);
    expect(MEMBERSHIP_PROBE);
    membership_on_probed(membership, 1, info.incarnation, action.nonce + 1); /* a stranger's */
    expect_nothing();
    membership_on_probed(membership, 1, info.incarnation, action.nonce);
    expect(MEMBERSHIP_READY);
    membership_on_hello(membership, 2, &info); /* a repeated HELLO */
    expect(MEMBERSHIP_WELCOME);
    expect_nothing();
}
END_TEST

START_TEST(an_unreachable_node_is_refused)
{
    const NodeInfo info = node_info(1, "tcp://a:1");
    int probes = 0;

    membership_on_hello(membership, 0, &info);
    for (int64_t now = 0; now <= 5000 * MS; now += 100 * MS) {
        membership_on_heartbeat(membership, now, info.incarnation, 1);
        membership_on_tick(membership, now);
    }
    while (membership_next_action(membership, &action) && action.kind != MEMBERSHIP_REFUSE)
        probes += action.kind == MEMBERSHIP_PROBE;
    ck_assert_int_eq(action.kind, MEMBERSHIP_REFUSE);
    ck_assert_int_eq(action.reason, REFUSE_UNREACHABLE);
    ck_assert_str_eq(action.node.endpoint, "tcp://a:1");
    ck_assert_int_gt(probes, 10);
    ck_assert_uint_eq(membership_count(membership), 0);
}
END_TEST

START_TEST(silence_makes_suspect_then_lost_then_forgotten)
{
    const NodeInfo info = node_info(1, "tcp://a:1");

    join(0, &info);
    ck_assert_int_eq(membership_next_deadline(membership), 400 * MS);
    membership_on_tick(membership, 400 * MS);
    expect(MEMBERSHIP_SUSPECT);
    membership_on_heartbeat(membership, 500 * MS, info.incarnation, 1);
    expect(MEMBERSHIP_READY);
    membership_on_tick(membership, 1499 * MS);
    expect(MEMBERSHIP_SUSPECT);
    membership_on_tick(membership, 1500 * MS);
    expect(MEMBERSHIP_LOST);
    ck_assert(!membership_on_heartbeat(membership, 1600 * MS, info.incarnation, 1));
    expect(MEMBERSHIP_REJOIN);
    ck_assert(!membership_on_heartbeat(membership, 1601 * MS, info.incarnation, 1));
    expect_nothing(); /* told already */
    membership_on_tick(membership, 301500 * MS);
    expect(MEMBERSHIP_FORGOTTEN);
    ck_assert_uint_eq(membership_count(membership), 0);
}
END_TEST

START_TEST(a_successor_replaces_its_predecessor)
{
    const NodeInfo old = node_info(1, "tcp://a:1");
    const NodeInfo new = node_info(2, "tcp://a:1");

    join(0, &old);
    membership_on_hello(membership, 1, &new);
    expect(MEMBERSHIP_LOST);
    ck_assert_uint_eq(action.node.incarnation.low, 1);
    expect(MEMBERSHIP_WELCOME);
    expect(MEMBERSHIP_PROBE);
    ck_assert_uint_eq(membership_count(membership), 2); /* missing until the successor serves */
    membership_on_probed(membership, 2, new.incarnation, action.nonce);
    expect(MEMBERSHIP_READY);
    expect(MEMBERSHIP_FORGOTTEN);
    ck_assert_uint_eq(action.node.incarnation.low, 1);
    ck_assert_uint_eq(membership_count(membership), 1);
}
END_TEST

static NodeInfo
named_info(uint64_t incarnation, const char *endpoint, const char *name, uint32_t roles)
{
    NodeInfo info = node_info(incarnation, endpoint);

    snprintf(info.name, sizeof info.name, "%s", name);
    info.roles = roles;
    return info;
}

START_TEST(a_lost_node_that_is_back_under_its_name_is_listed_once)
{
    const NodeInfo old = named_info(1, "tcp://a:1", "w1", NODE_WORKER);
    const NodeInfo other = named_info(2, "tcp://a:2", "w2", NODE_WORKER);
    const NodeInfo reducer = named_info(3, "tcp://a:3", "w1", NODE_REDUCER);
    const NodeInfo new = named_info(4, "tcp://a:4", "w1", NODE_WORKER);
    const int64_t late = 2000 * MS;

    join(0, &old);
    join(0, &other);
    join(0, &reducer);
    membership_on_tick(membership, late); /* all are lost */
    for (int i = 0; i < 3; i++)
        expect(MEMBERSHIP_LOST);
    membership_on_hello(membership, late, &new);
    expect(MEMBERSHIP_WELCOME);
    expect(MEMBERSHIP_PROBE);
    membership_on_probed(membership, late, new.incarnation, action.nonce);
    expect(MEMBERSHIP_READY);
    expect(MEMBERSHIP_FORGOTTEN);
    ck_assert_uint_eq(action.node.incarnation.low, 1);
    expect_nothing();
    ck_assert_uint_eq(membership_count(membership), 3);
}
END_TEST

START_TEST(a_drain_ends_when_idle_or_late_and_can_be_undone)
{
    const NodeInfo info = node_info(1, "tcp://a:1");

    join(0, &info);
    membership_on_drain(membership, 0, info.incarnation);
    expect(MEMBERSHIP_DRAINING);
    membership_on_undrain(membership, 1, info.incarnation);
    expect(MEMBERSHIP_READY);
    membership_on_drain(membership, 2, info.incarnation);
    expect(MEMBERSHIP_DRAINING);
    membership_on_idle(membership, 3, info.incarnation);
    expect(MEMBERSHIP_DRAINED);
    membership_on_bye(membership, 4, info.incarnation);
    expect(MEMBERSHIP_LEFT);
    ck_assert_ptr_null(membership_find(membership, info.incarnation, NULL));
    join(10, &info);
    membership_on_drain(membership, 10, info.incarnation);
    expect(MEMBERSHIP_DRAINING);
    membership_on_heartbeat(membership, 60000 * MS, info.incarnation, 1);
    membership_on_tick(membership, 60000 * MS + 10);
    expect(MEMBERSHIP_DRAINED);
}
END_TEST

START_TEST(bad_hellos_are_refused)
{
    NodeInfo info = node_info(1, "tcp://a:1");

    info.protocol = 2;
    membership_on_hello(membership, 0, &info);
    expect(MEMBERSHIP_REFUSE);
    ck_assert_int_eq(action.reason, REFUSE_PROTOCOL);
    info = node_info(1, "");
    membership_on_hello(membership, 0, &info);
    expect(MEMBERSHIP_REFUSE);
    ck_assert_int_eq(action.reason, REFUSE_INVALID);
    ck_assert(!membership_on_heartbeat(membership, 0, info.incarnation, 1));
    expect(MEMBERSHIP_REJOIN);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("membership");
    TCase *cases = tcase_create("all");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, cases);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_node_is_ready_when_its_probe_came_back);
    tcase_add_test(cases, an_unreachable_node_is_refused);
    tcase_add_test(cases, silence_makes_suspect_then_lost_then_forgotten);
    tcase_add_test(cases, a_successor_replaces_its_predecessor);
    tcase_add_test(cases, a_lost_node_that_is_back_under_its_name_is_listed_once);
    tcase_add_test(cases, a_drain_ends_when_idle_or_late_and_can_be_undone);
    tcase_add_test(cases, bad_hellos_are_refused);
    srunner_run_all(runner, CK_ENV);

    const int failures = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
