# Files of src/cli; tests of it in tests/unit/cli and tests/cluster.
runnel_SOURCES += \
	src/cli/command.c src/cli/command.h \
	src/cli/functions.c \
	src/cli/generate.c \
	src/cli/interrupt.c src/cli/interrupt.h \
	src/cli/load.c \
	src/cli/local.c \
	src/cli/option_table.c src/cli/option_table.h \
	src/cli/options.c src/cli/options.h \
	src/cli/output.c src/cli/output.h \
	src/cli/processes.c \
	src/cli/progress.c src/cli/progress.h \
	src/cli/roles.c \
	src/cli/serve.c src/cli/serve.h \
	src/cli/session.c src/cli/session.h \
	src/cli/shell.c src/cli/shell.h \
	src/cli/shell_command.c src/cli/shell_command.h \
	src/cli/shell_completion.c src/cli/shell_completion.h \
	src/cli/shell_line.c src/cli/shell_line.h \
	src/cli/sql.c \
	src/cli/statements.c src/cli/statements.h \
	src/cli/status.c \
	src/cli/tablet.c \
	src/cli/tree.c

check_PROGRAMS += tests/unit/cli/test_statements
tests_unit_cli_test_statements_SOURCES = tests/unit/cli/test_statements.c src/cli/statements.c
tests_unit_cli_test_statements_LDADD = $(TEST_LIBS)
tests_unit_cli_test_statements_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/cli/test_progress
tests_unit_cli_test_progress_SOURCES = tests/unit/cli/test_progress.c src/cli/progress.c
tests_unit_cli_test_progress_LDADD = $(TEST_LIBS)
tests_unit_cli_test_progress_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/cli/README.md
check_PROGRAMS += tests/unit/cli/test_options
tests_unit_cli_test_options_SOURCES = tests/unit/cli/test_options.c src/cli/options.c src/cli/option_table.c src/cli/command.c
tests_unit_cli_test_options_LDADD = $(TEST_LIBS)
tests_unit_cli_test_options_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
