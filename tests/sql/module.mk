# SQL tests: the runner, and the files that tests/cluster/modes runs in every mode.
# The runner is a tool and no test by itself: built by `make check`, not run by it.
EXTRA_PROGRAMS += tests/sql/slt
check_SCRIPTS = tests/sql/slt$(EXEEXT)
tests_sql_slt_SOURCES = tests/sql/slt.c tests/sql/slt_file.c tests/sql/slt_file.h tests/sql/slt_run.c tests/sql/slt_run.h
tests_sql_slt_LDADD = libengine.la
SQL_TESTS = \
	tests/sql/aggregates.slt \
	tests/sql/aggregates_array_extreme.slt \
	tests/sql/aggregates_direct.slt \
	tests/sql/aggregates_hypothetical.slt \
	tests/sql/arithmetic.slt \
	tests/sql/arrays.slt \
	tests/sql/arrays_sets.slt \
	tests/sql/arrays_tables.slt \
	tests/sql/changes.slt \
	tests/sql/changes_parts.slt \
	tests/sql/changes_partitions.slt \
	tests/sql/choice.slt \
	tests/sql/comparison.slt \
	tests/sql/create_like.slt \
	tests/sql/datetime.slt \
	tests/sql/datetime_digits.slt \
	tests/sql/datetime_text.slt \
	tests/sql/ddl.slt \
	tests/sql/defaults.slt \
	tests/sql/dependent_keys.slt \
	tests/sql/distinct.slt \
	tests/sql/distinct_on.slt \
	tests/sql/errors.slt \
	tests/sql/errors_literals.slt \
	tests/sql/errors_order.slt \
	tests/sql/exact_sums.slt \
	tests/sql/explain.slt \
	tests/sql/functions_aggregate.slt \
	tests/sql/functions_datetime.slt \
	tests/sql/functions_math.slt \
	tests/sql/functions_string.slt \
	tests/sql/generate_series.slt \
	tests/sql/series_rows.slt \
	tests/sql/group_by.slt \
	tests/sql/grouping_sets.slt \
	tests/sql/indexes.slt \
	tests/sql/join_skew.slt \
	tests/sql/joins.slt \
	tests/sql/json.slt \
	tests/sql/json_build.slt \
	tests/sql/json_edit.slt \
	tests/sql/json_order.slt \
	tests/sql/json_path.slt \
	tests/sql/json_sets.slt \
	tests/sql/large_values.slt \
	tests/sql/lengths.slt \
	tests/sql/logic.slt \
	tests/sql/membership.slt \
	tests/sql/mixed_aggregates.slt \
	tests/sql/names.slt \
	tests/sql/numeric.slt \
	tests/sql/numeric_texts.slt \
	tests/sql/order_by.slt \
	tests/sql/outer_joins.slt \
	tests/sql/partitions.slt \
	tests/sql/pattern_columns.slt \
	tests/sql/pruning.slt \
	tests/sql/refused.slt \
	tests/sql/returning.slt \
	tests/sql/regress_choices.slt \
	tests/sql/regress_pgdiff.slt \
	tests/sql/random.slt \
	tests/sql/regress_fuzz.slt \
	tests/sql/regress_random.slt \
	tests/sql/regress_rows.slt \
	tests/sql/rows.slt \
	tests/sql/scans.slt \
	tests/sql/semi_join_pushdown.slt \
	tests/sql/set_operations.slt \
	tests/sql/strings.slt \
	tests/sql/subqueries.slt \
	tests/sql/subqueries_many.slt \
	tests/sql/subqueries_errors.slt \
	tests/sql/subqueries_lateral.slt \
	tests/sql/subqueries_limit.slt \
	tests/sql/subqueries_quantified.slt \
	tests/sql/subqueries_scalar.slt \
	tests/sql/text_keys.slt \
	tests/sql/types.slt \
	tests/sql/values.slt \
	tests/sql/views.slt \
	tests/sql/windows_aggregates.slt \
	tests/sql/windows_errors.slt \
	tests/sql/windows_frames.slt \
	tests/sql/windows_large.slt \
	tests/sql/windows_queries.slt \
	tests/sql/windows_ranking.slt \
	tests/sql/with.slt \
	tests/sql/with_ties.slt \
	tests/sql/writes.slt
EXTRA_DIST += tests/sql/regenerate $(SQL_TESTS)
