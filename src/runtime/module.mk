# Files of src/runtime; tests of it in tests/unit/runtime.
libengine_la_SOURCES += \
	src/runtime/actor.c src/runtime/actor.h \
	src/runtime/graph.c src/runtime/graph.h \
	src/runtime/mailbox.c src/runtime/mailbox.h \
	src/runtime/pool.c src/runtime/pool.h \
	src/runtime/process.c src/runtime/process.h

check_PROGRAMS += tests/unit/runtime/test_mailbox
tests_unit_runtime_test_mailbox_SOURCES = tests/unit/runtime/test_mailbox.c
tests_unit_runtime_test_mailbox_LDADD = $(TEST_LIBS)
tests_unit_runtime_test_mailbox_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/runtime/test_pool
tests_unit_runtime_test_pool_SOURCES = tests/unit/runtime/test_pool.c
tests_unit_runtime_test_pool_LDADD = $(TEST_LIBS)
tests_unit_runtime_test_pool_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/runtime/README.md
