# Files of src/column; tests of it in tests/unit/column.
libengine_la_SOURCES += \
	src/column/list_builder.c src/column/list_builder.h \
	src/column/batch.h \
	src/column/builder.c src/column/builder.h \
	src/column/codec.h src/column/codec_format.h \
	src/column/codec_decode.c \
	src/column/codec_encode.c \
	src/column/distinct.c src/column/distinct.h \
	src/column/profile.c src/column/profile.h \
	src/column/slice.c src/column/slice.h \
	src/column/sketch.c src/column/sketch.h \
	src/column/statistics.c src/column/statistics.h \
	src/column/string_heap.c src/column/string_heap.h \
	src/column/type.c src/column/type.h \
	src/column/type_codec.c src/column/type_codec.h \
	src/column/value.h \
	src/column/vector.c src/column/vector.h
libkernels_la_SOURCES += \
	src/column/gather.c src/column/gather.h src/column/gather_tmpl.h
EXTRA_DIST += src/column/README.md

check_PROGRAMS += tests/unit/column/test_vector
tests_unit_column_test_vector_SOURCES = tests/unit/column/test_vector.c tests/unit/column/samples.h
tests_unit_column_test_vector_LDADD = $(TEST_LIBS)
tests_unit_column_test_vector_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/column/test_builder
tests_unit_column_test_builder_SOURCES = tests/unit/column/test_builder.c tests/unit/column/samples.h
tests_unit_column_test_builder_LDADD = $(TEST_LIBS)
tests_unit_column_test_builder_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/column/test_codec
tests_unit_column_test_codec_SOURCES = tests/unit/column/test_codec.c tests/unit/column/samples.h
tests_unit_column_test_codec_LDADD = $(TEST_LIBS)
tests_unit_column_test_codec_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/column/test_statistics
tests_unit_column_test_statistics_SOURCES = tests/unit/column/test_statistics.c
tests_unit_column_test_statistics_LDADD = $(TEST_LIBS)
tests_unit_column_test_statistics_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/column/test_profile
tests_unit_column_test_profile_SOURCES = tests/unit/column/test_profile.c
tests_unit_column_test_profile_LDADD = $(TEST_LIBS)
tests_unit_column_test_profile_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
