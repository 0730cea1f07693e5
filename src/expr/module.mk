# Files of src/expr; tests of it in tests/unit/expr.
libengine_la_SOURCES += \
	src/expr/aggregate.h \
	src/expr/coerce.c \
	src/expr/expr.c src/expr/expr.h src/expr/expr_format.c \
	src/expr/function.h \
	src/expr/functions_logic.c \
	src/expr/program.h \
	src/expr/registry.c src/expr/registry.h src/expr/registry_topics.h \
	src/expr/resolve.c \
	src/expr/session.h

libkernels_la_SOURCES += \
	src/expr/kernel.h \
	src/expr/kernels_logic.c src/expr/kernels_logic.h

check_PROGRAMS += tests/unit/expr/test_registry
tests_unit_expr_test_registry_SOURCES = tests/unit/expr/test_registry.c
tests_unit_expr_test_registry_LDADD = $(TEST_LIBS)
tests_unit_expr_test_registry_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

# Values as text and back.
libengine_la_SOURCES += \
	src/expr/calendar.h \
	src/expr/power10.h \
	src/expr/text.c src/expr/text.h \
	src/expr/text_datetime.c \
	src/expr/text_datetime_parse.c \
	src/expr/text_float.c \
	src/expr/text_interval.c \
	src/expr/text_number.c \
	src/expr/text_parts.h \
	src/expr/time_zone.c src/expr/time_zone.h

check_PROGRAMS += tests/unit/expr/test_text
tests_unit_expr_test_text_SOURCES = tests/unit/expr/test_text.c tests/unit/expr/text_cases.h
tests_unit_expr_test_text_LDADD = $(TEST_LIBS)
tests_unit_expr_test_text_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
