# Files of src/sql; tests of it in tests/unit/sql.
libengine_la_SOURCES += \
	src/sql/ast.c src/sql/ast.h \
	src/sql/ast_change.c \
	src/sql/ast_copy.c \
	src/sql/ast_default.c \
	src/sql/ast_alter.c \
	src/sql/ast_expr.c \
	src/sql/ast_read.c src/sql/ast_read.h \
	src/sql/ast_select.c \
	src/sql/ast_statement.c \
	src/sql/ast_window.c \
	src/sql/bind.h \
	src/sql/bind_aggregate.c \
	src/sql/bind_alter.c \
	src/sql/bind_array.c src/sql/bind_array_query.c \
	src/sql/bind_attach.c \
	src/sql/bind_cast.c \
	src/sql/bind_change.c \
	src/sql/bind_choice.c \
	src/sql/bind_constant.c \
	src/sql/bind_copy.c \
	src/sql/bind_default.c \
	src/sql/bind_dependent.c \
	src/sql/bind_cte.c \
	src/sql/bind_ddl.c \
	src/sql/bind_expr.c \
	src/sql/bind_frame.c \
	src/sql/bind_from.c \
	src/sql/bind_function.c \
	src/sql/bind_gather.c \
	src/sql/bind_group.c \
	src/sql/bind_grouping_sets.c \
	src/sql/bind_direct.c \
	src/sql/bind_hypothetical.c \
	src/sql/bind_upkeep.c \
	src/sql/bind_insert.c \
	src/sql/bind_json.c src/sql/bind_join.c \
	src/sql/bind_join_full.c \
	src/sql/bind_join_on.c \
	src/sql/bind_limit.c \
	src/sql/bind_name.c \
	src/sql/bind_operator.c \
	src/sql/bind_options.c \
	src/sql/bind_order.c \
	src/sql/bind_output.c \
	src/sql/bind_pattern.c \
	src/sql/bind_plan.c \
	src/sql/bind_returning.c \
	src/sql/bind_record.c src/sql/bind_row.c \
	src/sql/bind_search.c \
	src/sql/bind_select.c \
	src/sql/bind_series.c \
	src/sql/bind_set.c src/sql/bind_sets.c \
	src/sql/bind_special.c src/sql/setting.c \
	src/sql/bind_variadic.c \
	src/sql/bind_statement.c \
	src/sql/bind_subquery.c \
	src/sql/bind_ties.c \
	src/sql/bind_type.c \
	src/sql/bind_values.c \
	src/sql/bind_view.c \
	src/sql/bind_window.c \
	src/sql/bind_window_definition.c \
	src/sql/bind_window_plan.c \
	src/sql/json.c src/sql/json.h \
	src/sql/parse.c \
	src/sql/parser.c src/sql/parser.h \
	src/sql/source.c src/sql/source.h \
	src/sql/statement.h

check_PROGRAMS += tests/unit/sql/test_parse
tests_unit_sql_test_parse_SOURCES = tests/unit/sql/test_parse.c tests/unit/sql/bound.c tests/unit/sql/bound.h
tests_unit_sql_test_parse_LDADD = $(TEST_LIBS)
tests_unit_sql_test_parse_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/sql/test_errors
tests_unit_sql_test_errors_SOURCES = tests/unit/sql/test_errors.c tests/unit/sql/bound.c tests/unit/sql/bound.h
tests_unit_sql_test_errors_LDADD = $(TEST_LIBS)
tests_unit_sql_test_errors_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/sql/test_bind
tests_unit_sql_test_bind_SOURCES = tests/unit/sql/test_bind.c tests/unit/sql/bound.c tests/unit/sql/bound.h
tests_unit_sql_test_bind_LDADD = $(TEST_LIBS)
tests_unit_sql_test_bind_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/sql/README.md
