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
	src/expr/session.h \
	src/expr/text.h

libkernels_la_SOURCES += \
	src/expr/kernel.h \
	src/expr/kernels_logic.c src/expr/kernels_logic.h

check_PROGRAMS += tests/unit/expr/test_registry
tests_unit_expr_test_registry_SOURCES = tests/unit/expr/test_registry.c
tests_unit_expr_test_registry_LDADD = $(TEST_LIBS)
tests_unit_expr_test_registry_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
