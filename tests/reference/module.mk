# The reference evaluator: what random queries are compared with where there is no other server (tests/oracle/README.md).
EXTRA_PROGRAMS += tests/reference/reference
check_SCRIPTS += tests/reference/reference$(EXEEXT)
tests_reference_reference_SOURCES = tests/reference/reference.c tests/reference/aggregate.c tests/reference/evaluator.h \
	tests/reference/expression.c tests/reference/frame.c tests/reference/frame.h tests/reference/join.c tests/reference/node.c \
	tests/reference/rows.c tests/reference/rows.h tests/reference/scan.c tests/reference/window.c
tests_reference_reference_LDADD = libengine.la
EXTRA_DIST += tests/reference/README.md
