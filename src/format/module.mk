# Files of src/format; tests of it in tests/unit/format.
libengine_la_SOURCES += \
	src/format/csv_writer.c src/format/csv_writer.h \
	src/format/json_writer.c src/format/json_writer.h

check_PROGRAMS += tests/unit/format/test_writers
tests_unit_format_test_writers_SOURCES = tests/unit/format/test_writers.c
tests_unit_format_test_writers_LDADD = $(TEST_LIBS)
tests_unit_format_test_writers_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/format/README.md
