/* Statements that PostgreSQL 15 refuses: its SQLSTATE, and its position where it gives one. */
#include "bound.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct Wrong {
    const char *sql;
    const char *sqlstate;
    int32_t position;
    const char *message; /* NULL: not looked at */
    const char *hint;    /* NULL: not looked at */
} Wrong;

static const Wrong wrong[] = {
    {"select nope from events", "42703", 8, "column \"nope\" does not exist", ""},
    {"select events.nope from events", "42703", 8, "column events.nope does not exist", ""},
    {"select e.user_i from events e", "42703", 8, "column e.user_i does not exist",
     "Perhaps you meant to reference the column \"e.user_id\"."},
    {"select user_idd from events", "42703", 8, "column \"user_idd\" does not exist",
     "Perhaps you meant to reference the column \"events.user_id\"."},
    {"select events.user_id from events e", "42P01", 8,
     "invalid reference to FROM-clause entry for table \"events\"",
     "Perhaps you meant to reference the table alias \"e\"."},
    {"select x.user_id from events e", "42P01", 8, "missing FROM-clause entry for table \"x\"", ""},
    {"select user_id from events e, users u", "42702", 8, "column reference \"user_id\" is ambiguous", ""},
    {"select * from nope", "42P01", 15, "relation \"nope\" does not exist", ""},
    {"select * from event", "42P01", 15, "relation \"event\" does not exist",
     "Perhaps you meant the table \"events\"."},
    {"select * from nosuch.events", "42P01", 15, "relation \"nosuch.events\" does not exist",
     "Perhaps you meant the table \"events\"."},
    {"select 1 +", "42601", 11, "syntax error at end of input", ""},
    {"select 1 from", "42601", 14, "syntax error at end of input", ""},
    {"selekt 1", "42601", 1, "syntax error at or near \"selekt\"", ""},
    {"select count(*) from events where count(*) > 1", "42803", 35,
     "aggregate functions are not allowed in WHERE", ""},
    {"select user_id, count(*) from events", "42803", 8,
     "column \"events.user_id\" must appear in the GROUP BY clause or be used in an aggregate function", ""},
    {"select event_type, user_id from events group by event_type", "42803", 20,
     "column \"events.user_id\" must appear in the GROUP BY clause or be used in an aggregate function", ""},
    {"select user_id + 1 from events group by user_id + 2", "42803", 8,
     "column \"events.user_id\" must appear in the GROUP BY clause or be used in an aggregate function", ""},
    {"select sum(sum(value)) from events", "42803", 12, "aggregate function calls cannot be nested", ""},
    {"select count(*) filter (where count(*) > 1) from events", "42803", 31,
     "aggregate functions are not allowed in FILTER", ""},
    {"select 1 from events having user_id > 1", "42803", 29,
     "column \"events.user_id\" must appear in the GROUP BY clause or be used in an aggregate function", ""},
    {"select event_type from events group by 2", "42P10", 40, "GROUP BY position 2 is not in select list",
     ""},
    {"select event_type from events order by 2", "42P10", 40, "ORDER BY position 2 is not in select list",
     ""},
    {"select event_type from events order by 'x'", "42601", 40, "non-integer constant in ORDER BY", ""},
    {"select event_type from events group by 'x'", "42601", 40, "non-integer constant in GROUP BY", ""},
    {"select event_type from events group by count(*)", "42803", 40,
     "aggregate functions are not allowed in GROUP BY", ""},
    {"select count(*) from events group by 1", "42803", 8, "aggregate functions are not allowed in GROUP BY",
     ""},
    {"select sum(event_type) from events", "42883", 8, "function sum(text) does not exist",
     "No function matches the given name and argument types. You might need to add explicit type casts."},
    {"select 1 + 'x'", "22P02", 12, "invalid input syntax for type integer: \"x\"", ""},
    {"select 'a' + 1", "22P02", 8, "invalid input syntax for type integer: \"a\"", ""},
    {"select event_type + 1 from events", "42883", 19, "operator does not exist: text + integer",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"select 1 where 1", "42804", 16, "argument of WHERE must be type boolean, not type integer", ""},
    {"select 1 where 'x'", "22P02", 16, "invalid input syntax for type boolean: \"x\"", ""},
    {"select not 1", "42804", 12, "argument of NOT must be type boolean, not type integer", ""},
    {"select 1 and true", "42804", 8, "argument of AND must be type boolean, not type integer", ""},
    {"select case when 1 then 2 end", "42804", 18,
     "argument of CASE/WHEN must be type boolean, not type integer", ""},
    {"select case when true then 1 else 'x' end", "22P02", 35, "invalid input syntax for type integer: \"x\"",
     ""},
    {"select case when true then 1 else event_type end from events", "42804", 28,
     "CASE types text and integer cannot be matched", ""},
    {"select coalesce(1, 'x')", "22P02", 20, "invalid input syntax for type integer: \"x\"", ""},
    {"select coalesce(user_id, event_type) from events", "42804", 26,
     "COALESCE types bigint and text cannot be matched", ""},
    {"select cast('x' as int)", "22P02", 13, "invalid input syntax for type integer: \"x\"", ""},
    {"select '2020-13-01'::date", "22008", 8, "date/time field value out of range: \"2020-13-01\"", NULL},
    {"select date '2020-02-30'", "22008", 13, "date/time field value out of range: \"2020-02-30\"", ""},
    {"select timestamp 'yesterdayish'", "22007", 18,
     "invalid input syntax for type timestamp: \"yesterdayish\"", ""},
    {"select interval '1 foo'", "22007", 17, "invalid input syntax for type interval: \"1 foo\"", ""},
    {"select 'x'::boolean", "22P02", 8, "invalid input syntax for type boolean: \"x\"", ""},
    {"select '99999999999'::int", "22003", 8, "value \"99999999999\" is out of range for type integer", ""},
    {"select 1::date", "42846", 9, "cannot cast type integer to date", ""},
    {"select true::date", "42846", 12, "cannot cast type boolean to date", ""},
    {"select 1::qqqq", "42704", 11, "type \"qqqq\" does not exist", ""},
    {"select 'x'::varchar(0)", "22023", 13, "length for type varchar must be at least 1", ""},
    {"select 1::numeric(0)", "22023", 11, "NUMERIC precision 0 must be between 1 and 38", ""},
    {"select 1::numeric(5,6)", "22023", 11, "NUMERIC scale 6 must be between 0 and precision 5", NULL},
    {"select distinct event_type from events order by user_id", "42P10", 49,
     "for SELECT DISTINCT, ORDER BY expressions must appear in select list", ""},
    {"select * from events e join users e on true", "42712", 29, "table name \"e\" specified more than once",
     ""},
    {"select * from events, events", "42712", 23, "table name \"events\" specified more than once", ""},
    {"select * from (values (1,2), (3)) v", "42601", 31, "VALUES lists must all be the same length", ""},
    {"select * from (values (1), ('x')) v", "22P02", 29, "invalid input syntax for type integer: \"x\"", ""},
    {"select * from (values (1, 2)) v(a, b, c)", "42P10", 0,
     "table \"v\" has 2 columns available but 3 columns specified", ""},
    {"select * from (select 1)", "42601", 15, "subquery in FROM must have an alias", NULL},
    {"select a from (select 1 as a, 2 as a) s", "42702", 8, "column reference \"a\" is ambiguous", ""},
    {"select 1 as a, 2 as a order by a", "42702", 32, "ORDER BY \"a\" is ambiguous", ""},
    {"select * from events join users using (nope)", "42703", 0,
     "column \"nope\" specified in USING clause does not exist in left table", ""},
    {"select * from events join users using (event_type)", "42703", 0,
     "column \"event_type\" specified in USING clause does not exist in right table", ""},
    {"select * from events join users on user_id = 1", "42702", 36,
     "column reference \"user_id\" is ambiguous", ""},
    {"select * from events join users on events.user_id", "42804", 36,
     "argument of JOIN/ON must be type boolean, not type bigint", ""},
    {"select 1 limit 'x'", "22P02", 16, "invalid input syntax for type bigint: \"x\"", ""},
    {"select 1 limit true", "42804", 16, "argument of LIMIT must be type bigint, not type boolean", ""},
    {"select 1 from events limit user_id", "42P10", 28, "argument of LIMIT must not contain variables", ""},
    {"select *", "42601", 8, "SELECT * with no tables specified is not valid", ""},
    {"select t.* from events", "42P01", 8, "missing FROM-clause entry for table \"t\"", ""},
    {"select $1", "42P02", 8, "there is no parameter $1", NULL},
    {"select count() from events", "42809", 8,
     "count(*) must be used to call a parameterless aggregate function", ""},
    {"select sum(*) from events", "42883", 8, "function sum() does not exist",
     "No function matches the given name and argument types. You might need to add explicit type casts."},
    {"insert into nope values (1)", "42P01", 13, "relation \"nope\" does not exist", ""},
    {"insert into users values (1, 'a', 'b', 'c')", "42601", 40,
     "INSERT has more expressions than target columns", ""},
    {"insert into users (user_id, name) values (1)", "42601", 29,
     "INSERT has more target columns than expressions", ""},
    {"insert into users (user_id, nope) values (1, 2)", "42703", 29,
     "column \"nope\" of relation \"users\" does not exist", "Perhaps you meant the column \"name\"."},
    {"insert into users (user_id, user_id) values (1, 2)", "42701", 29,
     "column \"user_id\" specified more than once", ""},
    {"insert into users (user_id) values (true)", "42804", 37,
     "column \"user_id\" is of type bigint but expression is of type boolean",
     "You will need to rewrite or cast the expression."},
    {"insert into users (user_id) values ('x')", "22P02", 37, "invalid input syntax for type bigint: \"x\"",
     ""},
    {"insert into users (user_id) values (1), (1, 2)", "42601", 42,
     "VALUES lists must all be the same length", ""},
    {"insert into users (user_id) select event_type from events", "42804", 36,
     "column \"user_id\" is of type bigint but expression is of type text",
     "You will need to rewrite or cast the expression."},
    {"insert into users (user_id) select 1, 2", "42601", 39,
     "INSERT has more expressions than target columns", ""},
    {"insert into users (user_id, name) select 1", "42601", 29,
     "INSERT has more target columns than expressions", ""},
    {"create table users (a int)", "42P07", 0, "relation \"users\" already exists", ""},
    {"create table y (a int, a int)", "42701", 24, "column \"a\" specified more than once", ""},
    {"create table y (a qqqq)", "42704", 19, "type \"qqqq\" does not exist", ""},
    {"create table y (a int) partition by hash (b)", "42703", 43,
     "column \"b\" named in partition key does not exist", ""},
    {"create table y (a int, primary key (b))", "42703", 24, "column \"b\" named in key does not exist", ""},
    {"create table y as select 1 as a, 2 as a", "42701", 0, "column \"a\" specified more than once", ""},
    {"create table y (a, b) as select 1", "42601", 0, "too many column names were specified", ""},
    {"create table y (a varchar(0))", "22023", 19, "length for type varchar must be at least 1", ""},
    {"with a as (select 1), a as (select 2) select * from a", "42712", 23,
     "WITH query name \"a\" specified more than once", ""},
    {"with a as (select 1) select * from b", "42P01", 36, "relation \"b\" does not exist", ""},
    {"select 1 in (1, 'x')", "22P02", 17, "invalid input syntax for type integer: \"x\"", ""},
    {"select 1 in ('a', 'b')", "22P02", 14, "invalid input syntax for type integer: \"a\"", ""},
    {"select user_id in ('a') from events", "22P02", 20, "invalid input syntax for type bigint: \"a\"", ""},
    {"select user_id between 'a' and 2 from events", "22P02", 24,
     "invalid input syntax for type bigint: \"a\"", ""},
    {"select nullif(user_id, event_type) from events", "42883", 8, "operator does not exist: bigint = text",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"select greatest(user_id, event_type) from events", "42804", 26,
     "GREATEST types bigint and text cannot be matched", ""},
    {"select user_id is true from events", "42804", 8,
     "argument of IS TRUE must be type boolean, not type bigint", ""},
    {"select event_type like 1 from events", "42883", 19, "operator does not exist: text ~~ integer",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"select value % 2 from events", "42883", 14, "operator does not exist: double precision % integer",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"select - event_type from events", "42883", 8, "operator does not exist: - text",
     "No operator matches the given name and argument type. You might need to add an explicit type cast."},
    {"select 'é', nope from events", "42703", 13, "column \"nope\" does not exist", ""},
    {"explain (nope) select 1", "42601", 10, "unrecognized EXPLAIN option \"nope\"", NULL},
    {"explain (format nope) select 1", "22023", 10,
     "unrecognized value for EXPLAIN option \"format\": \"nope\"", NULL},
    {"select user_id from events group by event_type, user_id having value > 1", "42803", 64,
     "column \"events.value\" must appear in the GROUP BY clause or be used in an aggregate function", ""},
    {"select user_id from events group by user_id order by value", "42803", 54,
     "column \"events.value\" must appear in the GROUP BY clause or be used in an aggregate function", ""},
    {"select max(value) from events order by user_id", "42803", 40,
     "column \"events.user_id\" must appear in the GROUP BY clause or be used in an aggregate function", ""},
    {"select timestamp + 1 from events", "42883", 18,
     "operator does not exist: timestamp without time zone + integer",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"select 'x' || nope from events", "42703", 15, "column \"nope\" does not exist", ""},
    {"select * from events natural join nope", "42P01", 35, "relation \"nope\" does not exist", ""},
    {"select * from events where timestamp > '2020-99-01'", "22008", 40,
     "date/time field value out of range: \"2020-99-01\"", NULL},
    {"select * from events where user_id = 'abc'", "22P02", 38,
     "invalid input syntax for type bigint: \"abc\"", ""},
    {"select 1 union select 2, 3", "42601", 23, "each UNION query must have the same number of columns", ""},
    {"select 1 except select 2, true except select 3", "42601", 24,
     "each EXCEPT query must have the same number of columns", ""},
    {"select grouping(value) from events group by rollup (user_id)", "42803", 17,
     "arguments to GROUPING must be grouping expressions of the associated query level", ""},
    {"select event_type from events group by cube (user_id)", "42803", 8,
     "column \"events.event_type\" must appear in the GROUP BY clause or be used in an aggregate function",
     ""},
    {"select 1, 2 union select 2, true", "42804", 29, "UNION types integer and boolean cannot be matched",
     ""},
    {"truncate nope", "42P01", 10, "relation \"nope\" does not exist", NULL},
    {"select u.* from events u, users u", "42712", 27, "table name \"u\" specified more than once", ""},
    {"values (1, 2), (3)", "42601", 17, "VALUES lists must all be the same length", ""},
    {"select (events).nosuch from events", "42703", 9, "column \"nosuch\" not found in data type events",
     NULL},
    {"select b from numbers where b = 1", "42883", 31, "operator does not exist: boolean = integer",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"select d = 1 from numbers", "42883", 10, "operator does not exist: date = integer",
     "No operator matches the given name and argument types. You might need to add explicit type casts."},
    {"select d > '2020-01-01x' from numbers", "22007", 12,
     "invalid input syntax for type date: \"2020-01-01x\"", ""},
    {"select v::int::date from numbers", "42846", 14, "cannot cast type integer to date", ""},
    {"select sum(distinct) from events", "42601", 20, "syntax error at or near \")\"", ""},
    {"select * from events as e(a, b, c, d, f)", "42P10", 15,
     "table \"e\" has 4 columns available but 5 columns specified", ""},
};

START_TEST(test_wrong)
{
    const Wrong *w = &wrong[_i];
    Bound bound;

    bound_make(&bound, w->sql);
    ck_assert_msg(strcmp(status_sqlstate(bound.status), w->sqlstate) == 0, "%s: %s instead of %s (%s)",
                  w->sql, status_sqlstate(bound.status), w->sqlstate, bound.error.message);
    ck_assert_msg(bound.error.sql_position == w->position, "%s: position %d instead of %d", w->sql,
                  bound.error.sql_position, w->position);
    if (w->message != NULL)
        ck_assert_str_eq(bound.error.message, w->message);
    if (w->hint != NULL)
        ck_assert_str_eq(bound.error.hint, w->hint);
    bound_destroy(&bound);
}
END_TEST

START_TEST(test_parameters)
{
    static const char *const values[] = {"7", NULL, "x"};
    static const char *const sql[] = {
        "SELECT user_id FROM events WHERE user_id = $1 AND event_type = $3 AND value = $2",
        "SELECT 1 WHERE 1 = $3", "SELECT $4"};
    Bound bound;

    bound_make_sized(&bound, sql[0], strlen(sql[0]), 3, values);
    ck_assert_msg(bound.status == STATUS_OK, "%s", bound.error.message);
    ck_assert_ptr_nonnull(strstr(bound.plan, "user_id = 7 AND event_type = 'x' AND value = NULL"));
    bound_destroy(&bound);
    bound_make_sized(&bound, sql[1], strlen(sql[1]), 3, values);
    ck_assert_int_eq(bound.status, STATUS_INVALID_TEXT);
    ck_assert_int_eq(bound.error.sql_position, 20);
    bound_destroy(&bound);
    bound_make_sized(&bound, sql[2], strlen(sql[2]), 3, values);
    ck_assert_int_eq(bound.status, STATUS_UNDEFINED_PARAMETER);
    ck_assert_int_eq(bound.error.sql_position, 8);
    bound_destroy(&bound);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("errors");
    TCase *tests = tcase_create("wrong statements");

    tcase_add_loop_test(tests, test_wrong, 0, sizeof wrong / sizeof wrong[0]);
    tcase_add_test(tests, test_parameters);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
