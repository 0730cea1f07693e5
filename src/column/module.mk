# Files of src/column; tests of it in tests/unit/column.
libengine_la_SOURCES += \
	src/column/batch.h \
	src/column/builder.h \
	src/column/codec.h \
	src/column/statistics.c src/column/statistics.h \
	src/column/type.c src/column/type.h \
	src/column/value.h \
	src/column/vector.c src/column/vector.h
check_PROGRAMS += tests/unit/column/test_statistics
tests_unit_column_test_statistics_SOURCES = tests/unit/column/test_statistics.c
tests_unit_column_test_statistics_LDADD = $(TEST_LIBS)
tests_unit_column_test_statistics_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
