# Random queries against a PostgreSQL server, and sqllogictest's own corpora: run by hand, and by `make check` where
# RUNNEL_ORACLE names a server.
ORACLE_TESTS = tests/oracle/random tests/oracle/estimates
TESTS += $(ORACLE_TESTS)
EXTRA_DIST += $(ORACLE_TESTS) tests/oracle/compare tests/oracle/corpus tests/oracle/engines.py tests/oracle/expressions.py \
	tests/oracle/generator.py tests/oracle/subqueries.py tests/oracle/tables.py tests/oracle/windows.py tests/oracle/README.md

# Long: thousands of random queries (tests/oracle/README.md).
oracle-long: runnel$(EXEEXT)
	$(srcdir)/tests/oracle/compare --runnel ./runnel$(EXEEXT) --seed $${SEED:-1} --seeds $${SEEDS:-400} --queries 60
	$(srcdir)/tests/oracle/compare --runnel ./runnel$(EXEEXT) --seed $${SEED:-1} --seeds $${CLUSTER_SEEDS:-100} --queries 60 \
		--option=--workers=3 --option=--reducers=2 --option=--processes
.PHONY: oracle-long
