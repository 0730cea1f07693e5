# Files of src/plan; tests of it in tests/unit/plan.
libengine_la_SOURCES += \
	src/plan/codec.c src/plan/codec.h \
	src/plan/codec_check.c \
	src/plan/codec_check_window.c \
	src/plan/codec_expr.c \
	src/plan/codec_field.c \
	src/plan/codec_node.c \
	src/plan/cost.c src/plan/cost.h \
	src/plan/distribute.c src/plan/distribute.h \
	src/plan/distribute_aggregate.c \
	src/plan/distribute_join.c \
	src/plan/distribute_limit.c \
	src/plan/distribute_shared.c \
	src/plan/distribute_skew.c src/plan/distribute_skew.h \
	src/plan/distribute_stage.c \
	src/plan/distribute_tasks.c \
	src/plan/distribute_union.c \
	src/plan/distribute_window.c \
	src/plan/estimate.c src/plan/estimate.h \
	src/plan/estimate_column.c \
	src/plan/selectivity.c src/plan/selectivity.h \
	src/plan/spread.c src/plan/spread.h \
	src/plan/spread_tried.c \
	src/plan/explain.c \
	src/plan/join_order.c src/plan/join_order.h \
	src/plan/join_tree.c src/plan/join_tree.h \
	src/plan/node.c \
	src/plan/optimize.c \
	src/plan/optimize_shared.c \
	src/plan/outer.c src/plan/outer.h \
	src/plan/plan.h \
	src/plan/row_id.h \
	src/plan/property.c src/plan/property.h \
	src/plan/prune.c src/plan/prune.h \
	src/plan/prune_value.c \
	src/plan/rewrite.c \
	src/plan/rewrite_copy.c \
	src/plan/rewrite_settle.c \
	src/plan/rule.h \
	src/plan/rule_column_pruning.c \
	src/plan/rule_conjunct_order.c \
	src/plan/rule_constant_filter.c \
	src/plan/rule_constant_folding.c \
	src/plan/rule_dependent_keys.c \
	src/plan/rule_distinct.c \
	src/plan/rule_distinct_aggregates.c \
	src/plan/rule_failing_constants.c \
	src/plan/rule_filter_pushdown.c \
	src/plan/rule_inferred_conditions.c \
	src/plan/rule_join_keys.c \
	src/plan/rule_join_order.c \
	src/plan/rule_join_sides.c \
	src/plan/rule_merge_projects.c \
	src/plan/rule_or.c \
	src/plan/rule_redundant_sort.c \
	src/plan/rule_semi_join_pushdown.c \
	src/plan/rule_semi_joins.c \
	src/plan/rule_shifted_sums.c \
	src/plan/rule_statistics.c \
	src/plan/rule_top_n.c \
	src/plan/rule_unnest.c \
	src/plan/rule_window_limit.c \
	src/plan/rule_unwrap_cast.c \
	src/plan/stage.h \
	src/plan/tree.c src/plan/tree.h \
	src/plan/tree_dot.c \
	src/plan/tree_json.c \
	src/plan/tree_parts.h \
	src/plan/tree_svg.c \
	src/plan/tree_text.c \
	src/plan/unnest.h \
	src/plan/unnest_asking.c \
	src/plan/unnest_domain.c \
	src/plan/unnest_node.c \
	src/plan/unnest_pull.c \
	src/plan/walk.c src/plan/walk.h \
	src/plan/window.c src/plan/window.h

PLAN_TESTS = tests/unit/plan/test_codec tests/unit/plan/test_distribute tests/unit/plan/test_prune \
	tests/unit/plan/test_rules tests/unit/plan/test_skew tests/unit/plan/test_spread tests/unit/plan/test_tree
PLAN_TEST_SUPPORT = tests/unit/plan/planned.c tests/unit/plan/planned.h
check_PROGRAMS += $(PLAN_TESTS)
tests_unit_plan_test_codec_SOURCES = tests/unit/plan/test_codec.c $(PLAN_TEST_SUPPORT)
tests_unit_plan_test_codec_LDADD = $(TEST_LIBS)
tests_unit_plan_test_codec_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plan_test_distribute_SOURCES = tests/unit/plan/test_distribute.c $(PLAN_TEST_SUPPORT)
tests_unit_plan_test_distribute_LDADD = $(TEST_LIBS)
tests_unit_plan_test_distribute_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plan_test_prune_SOURCES = tests/unit/plan/test_prune.c $(PLAN_TEST_SUPPORT)
tests_unit_plan_test_prune_LDADD = $(TEST_LIBS)
tests_unit_plan_test_prune_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plan_test_rules_SOURCES = tests/unit/plan/test_rules.c $(PLAN_TEST_SUPPORT)
tests_unit_plan_test_rules_LDADD = $(TEST_LIBS)
tests_unit_plan_test_rules_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plan_test_skew_SOURCES = tests/unit/plan/test_skew.c
tests_unit_plan_test_skew_LDADD = $(TEST_LIBS)
tests_unit_plan_test_skew_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plan_test_spread_SOURCES = tests/unit/plan/test_spread.c
tests_unit_plan_test_spread_LDADD = $(TEST_LIBS)
tests_unit_plan_test_spread_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_plan_test_tree_SOURCES = tests/unit/plan/test_tree.c $(PLAN_TEST_SUPPORT)
tests_unit_plan_test_tree_LDADD = $(TEST_LIBS)
tests_unit_plan_test_tree_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/plan/README.md
