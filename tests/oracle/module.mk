# Random queries against a PostgreSQL server, and sqllogictest's own corpora: run by hand, and by `make check` where
# RUNNEL_ORACLE names a server.
ORACLE_TESTS = tests/oracle/random tests/oracle/estimates
TESTS += $(ORACLE_TESTS)
EXTRA_DIST += $(ORACLE_TESTS) tests/oracle/compare tests/oracle/corpus tests/oracle/engines.py tests/oracle/expressions.py \
	tests/oracle/generator.py tests/oracle/subqueries.py tests/oracle/tables.py tests/oracle/windows.py
