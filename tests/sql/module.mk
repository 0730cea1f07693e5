# SQL tests: the runner, and the files that tests/cluster/modes runs in every mode.
EXTRA_PROGRAMS += tests/sql/slt
tests_sql_slt_SOURCES = tests/sql/slt.c tests/sql/slt_file.c tests/sql/slt_file.h tests/sql/slt_run.c tests/sql/slt_run.h
tests_sql_slt_LDADD = libengine.la
