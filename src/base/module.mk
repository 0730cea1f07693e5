# Files of src/base; tests of it in tests/unit/base.
libengine_la_SOURCES += \
	src/base/arena.c src/base/arena.h \
	src/base/array.h \
	src/base/bits.h \
	src/base/budget.c src/base/budget.h \
	src/base/buffer.c src/base/buffer.h \
	src/base/clock.c src/base/clock.h \
	src/base/error.c src/base/error.h \
	src/base/fifo.h \
	src/base/find_bytes.c src/base/find_bytes.h \
	src/base/hash.c src/base/hash.h \
	src/base/kernels.h \
	src/base/log.c src/base/log.h \
	src/base/map.c src/base/map.h \
	src/base/memory.c src/base/memory.h \
	src/base/name.c src/base/name.h \
	src/base/pack.h \
	src/base/pages.c src/base/pages.h \
	src/base/random.h \
	src/base/scratch.c src/base/scratch.h \
	src/base/slab.c src/base/slab.h \
	src/base/unpack.c src/base/unpack.h \
	src/base/utf8.c src/base/utf8.h

check_PROGRAMS += tests/unit/base/test_memory
tests_unit_base_test_memory_SOURCES = tests/unit/base/test_memory.c
tests_unit_base_test_memory_LDADD = $(TEST_LIBS)
tests_unit_base_test_memory_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/base/test_bits
tests_unit_base_test_bits_SOURCES = tests/unit/base/test_bits.c
tests_unit_base_test_bits_LDADD = $(TEST_LIBS)
tests_unit_base_test_bits_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/base/test_buffer
tests_unit_base_test_buffer_SOURCES = tests/unit/base/test_buffer.c
tests_unit_base_test_buffer_LDADD = $(TEST_LIBS)
tests_unit_base_test_buffer_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/base/test_unpack
tests_unit_base_test_unpack_SOURCES = tests/unit/base/test_unpack.c
tests_unit_base_test_unpack_LDADD = $(TEST_LIBS)
tests_unit_base_test_unpack_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/base/test_find_bytes
tests_unit_base_test_find_bytes_SOURCES = tests/unit/base/test_find_bytes.c
tests_unit_base_test_find_bytes_LDADD = $(TEST_LIBS)
tests_unit_base_test_find_bytes_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/base/test_map
tests_unit_base_test_map_SOURCES = tests/unit/base/test_map.c
tests_unit_base_test_map_LDADD = $(TEST_LIBS)
tests_unit_base_test_map_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/base/test_scratch
tests_unit_base_test_scratch_SOURCES = tests/unit/base/test_scratch.c
tests_unit_base_test_scratch_LDADD = $(TEST_LIBS)
tests_unit_base_test_scratch_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/base/README.md
