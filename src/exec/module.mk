# Files of src/exec; tests of it in tests/unit/exec.
libengine_la_SOURCES += \
	src/exec/aggregate.c \
	src/exec/aggregate_spill.c src/exec/aggregation.h \
	src/exec/aggregate_values.c src/exec/aggregate_values_read.c src/exec/aggregate_values.h \
	src/exec/aggregate_states.c src/exec/aggregate_states.h \
	src/exec/dictionary_groups.h \
	src/exec/direct_keys.h \
	src/exec/exchange_feed.c \
	src/exec/exchange_sink.c \
	src/exec/export.c \
	src/exec/file_feed.c \
	src/exec/filter.c \
	src/exec/gather.c src/exec/gather.h \
	src/exec/group_table.h \
	src/exec/join.c \
	src/exec/join_build.c src/exec/join_build.h \
	src/exec/join_filter.h \
	src/exec/join_mark.c \
	src/exec/join_passes.c src/exec/join_passes.h \
	src/exec/join_pairs.c \
	src/exec/join_probe.h \
	src/exec/join_spill.c src/exec/join_spill.h \
	src/exec/join_unmatched.c \
	src/exec/key_compare.h \
	src/exec/limit.c \
	src/exec/operator.c src/exec/operator.h \
	src/exec/operators.h \
	src/exec/project.c \
	src/exec/query_shared.c \
	src/exec/recursive.c \
	src/exec/repeat.c src/exec/query_shared.h \
	src/exec/scan.c \
	src/exec/run_merge.c src/exec/run_merge.h \
	src/exec/sort.c src/exec/sort.h \
	src/exec/sort_key.h \
	src/exec/sorter.c src/exec/sorter.h \
	src/exec/spill.c src/exec/spill.h \
	src/exec/task.c src/exec/task.h src/exec/task_round.h \
	src/exec/top_bound.h \
	src/exec/top_n.c \
	src/exec/values.c \
	src/exec/partition_top.c \
	src/exec/window.c src/exec/window.h \
	src/exec/window_aggregate.c \
	src/exec/window_call.h \
	src/exec/window_chunk.c src/exec/window_chunk.h \
	src/exec/window_distance.c \
	src/exec/window_frame.c src/exec/window_frame.h \
	src/exec/window_large.c \
	src/exec/window_rank.c \
	src/exec/window_store.c src/exec/window_store.h \
	src/exec/window_sums.c src/exec/window_sums.h \
	src/exec/window_tree.c src/exec/window_tree.h \
	src/exec/window_value.c \
	src/exec/write.c
EXTRA_DIST += src/exec/README.md
# Loops over rows
libkernels_la_SOURCES += \
	src/exec/dictionary_groups.c \
	src/exec/direct_keys.c \
	src/exec/group_table.c \
	src/exec/join_filter.c \
	src/exec/key_compare.c \
	src/exec/sort_key.c \
	src/exec/top_bound.c

check_PROGRAMS += tests/unit/exec/test_sort tests/unit/exec/test_groups tests/unit/exec/test_join tests/unit/exec/test_aggregate tests/unit/exec/test_task tests/unit/exec/test_tablets
check_PROGRAMS += tests/unit/exec/test_window
tests_unit_exec_test_window_SOURCES = tests/unit/exec/test_window.c tests/unit/exec/support.h
tests_unit_exec_test_window_LDADD = $(TEST_LIBS)
tests_unit_exec_test_window_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_exec_test_sort_SOURCES = tests/unit/exec/test_sort.c tests/unit/exec/support.h
tests_unit_exec_test_sort_LDADD = $(TEST_LIBS)
tests_unit_exec_test_sort_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_exec_test_groups_SOURCES = tests/unit/exec/test_groups.c tests/unit/exec/support.h
tests_unit_exec_test_groups_LDADD = $(TEST_LIBS)
tests_unit_exec_test_groups_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_exec_test_join_SOURCES = tests/unit/exec/test_join.c tests/unit/exec/support.h
tests_unit_exec_test_join_LDADD = $(TEST_LIBS)
tests_unit_exec_test_join_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_exec_test_aggregate_SOURCES = tests/unit/exec/test_aggregate.c tests/unit/exec/support.h
tests_unit_exec_test_aggregate_LDADD = $(TEST_LIBS)
tests_unit_exec_test_aggregate_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_exec_test_task_SOURCES = tests/unit/exec/test_task.c tests/unit/exec/support.h
tests_unit_exec_test_task_LDADD = $(TEST_LIBS)
tests_unit_exec_test_task_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_exec_test_tablets_SOURCES = tests/unit/exec/test_tablets.c tests/unit/exec/support.h
tests_unit_exec_test_tablets_LDADD = $(TEST_LIBS)
tests_unit_exec_test_tablets_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

# Not built by default: make bench/exec/operators
EXTRA_PROGRAMS += bench/exec/operators
bench_exec_operators_SOURCES = bench/exec/operators.c
bench_exec_operators_LDADD = libengine.la
