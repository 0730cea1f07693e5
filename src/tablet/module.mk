# Files of src/tablet; tests of it in tests/unit/tablet.
libengine_la_SOURCES += \
	src/tablet/list_bytes.c src/tablet/list_bytes.h \
	src/tablet/block.h \
	src/tablet/block_encode.c \
	src/tablet/bounds.c src/tablet/bounds.h \
	src/tablet/cache.c src/tablet/cache.h \
	src/tablet/cursor.c \
	src/tablet/deletions.c src/tablet/deletions.h \
	src/tablet/describe.c \
	src/tablet/dictionary.c src/tablet/dictionary.h \
	src/tablet/file.c src/tablet/file.h \
	src/tablet/footer.c \
	src/tablet/format.h \
	src/tablet/part.c src/tablet/part.h \
	src/tablet/reader.c src/tablet/reader.h \
	src/tablet/sample.c src/tablet/sample.h \
	src/tablet/source.c src/tablet/source.h \
	src/tablet/symbols.c src/tablet/symbols.h \
	src/tablet/tablet.h \
	src/tablet/verify.c \
	src/tablet/writer.c src/tablet/writer.h
libkernels_la_SOURCES += \
	src/tablet/bitpack.c src/tablet/bitpack.h src/tablet/bitpack_tmpl.h \
	src/tablet/block_decode.c \
	src/tablet/decimal.c src/tablet/decimal.h \
	src/tablet/stream.h src/tablet/stream_tmpl.h \
	src/tablet/stream_decode.c \
	src/tablet/stream_encode.c
EXTRA_DIST += src/tablet/README.md

check_PROGRAMS += tests/unit/tablet/test_stream
tests_unit_tablet_test_stream_SOURCES = tests/unit/tablet/test_stream.c
tests_unit_tablet_test_stream_LDADD = $(TEST_LIBS)
tests_unit_tablet_test_stream_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/tablet/test_tablet
tests_unit_tablet_test_tablet_SOURCES = tests/unit/tablet/test_tablet.c tests/unit/tablet/tables.h
tests_unit_tablet_test_tablet_LDADD = $(TEST_LIBS)
tests_unit_tablet_test_tablet_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/tablet/test_damage
tests_unit_tablet_test_damage_SOURCES = tests/unit/tablet/test_damage.c tests/unit/tablet/tables.h
tests_unit_tablet_test_damage_LDADD = $(TEST_LIBS)
tests_unit_tablet_test_damage_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/tablet/test_cache
tests_unit_tablet_test_cache_SOURCES = tests/unit/tablet/test_cache.c
tests_unit_tablet_test_cache_LDADD = $(TEST_LIBS)
tests_unit_tablet_test_cache_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/tablet/test_deletions
tests_unit_tablet_test_deletions_SOURCES = tests/unit/tablet/test_deletions.c
tests_unit_tablet_test_deletions_LDADD = $(TEST_LIBS)
tests_unit_tablet_test_deletions_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/tablet/test_list_bytes
tests_unit_tablet_test_list_bytes_SOURCES = tests/unit/tablet/test_list_bytes.c
tests_unit_tablet_test_list_bytes_LDADD = $(TEST_LIBS)
tests_unit_tablet_test_list_bytes_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
