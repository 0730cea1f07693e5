# Files of src/coordinator; tests of it in tests/unit/coordinator and tests/cluster.
libengine_la_SOURCES += \
	src/coordinator/answers.c \
	src/coordinator/compacting.c src/coordinator/compaction.c src/coordinator/compaction.h \
	src/coordinator/coordinator.c src/coordinator/coordinator.h \
	src/coordinator/counts.c src/coordinator/counts.h \
	src/coordinator/detached.c src/coordinator/detached.h \
	src/coordinator/documents.c src/coordinator/documents.h \
	src/coordinator/explain.c src/coordinator/explain.h \
	src/coordinator/export.c src/coordinator/export.h \
	src/coordinator/exposition.c \
	src/coordinator/former.c src/coordinator/former.h \
	src/coordinator/history.c src/coordinator/history.h \
	src/coordinator/load.c src/coordinator/load.h \
	src/coordinator/metrics.c src/coordinator/metrics.h \
	src/coordinator/nodes.c \
	src/coordinator/parameters.c src/coordinator/parameters.h \
	src/coordinator/planning.c src/coordinator/planning.h \
	src/coordinator/range_bounds.c src/coordinator/range_bounds.h \
	src/coordinator/rejects.c src/coordinator/rejects.h \
	src/coordinator/results.c src/coordinator/results.h \
	src/coordinator/returned.c src/coordinator/returned.h \
	src/coordinator/session.c src/coordinator/session.h \
	src/coordinator/state.h \
	src/coordinator/statements.c \
	src/coordinator/statistics_text.c src/coordinator/statistics_text.h \
	src/coordinator/sweep.c src/coordinator/sweep.h \
	src/coordinator/system_tables.c src/coordinator/system_tables.h \
	src/coordinator/write.c src/coordinator/write.h
EXTRA_DIST += src/coordinator/README.md

check_PROGRAMS += tests/unit/coordinator/test_compaction
tests_unit_coordinator_test_compaction_SOURCES = tests/unit/coordinator/test_compaction.c
tests_unit_coordinator_test_compaction_LDADD = $(TEST_LIBS)
tests_unit_coordinator_test_compaction_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/coordinator/test_counts
tests_unit_coordinator_test_counts_SOURCES = tests/unit/coordinator/test_counts.c
tests_unit_coordinator_test_counts_LDADD = $(TEST_LIBS)
tests_unit_coordinator_test_counts_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
