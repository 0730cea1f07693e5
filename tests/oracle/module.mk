# Random queries against the reference evaluator and a PostgreSQL server, and sqllogictest's own corpora: what needs a server is run by
# hand, and by `make check` where RUNNEL_ORACLE names one.
ORACLE_TESTS = tests/oracle/random tests/oracle/random-reference tests/oracle/estimates
TESTS += $(ORACLE_TESTS)
EXTRA_DIST += $(ORACLE_TESTS) tests/oracle/compare tests/oracle/corpus tests/oracle/answers.py tests/oracle/changes.py tests/oracle/engines.py \
	tests/oracle/mistakes.py tests/oracle/expressions.py \
	tests/oracle/generator.py tests/oracle/subqueries.py tests/oracle/tables.py tests/oracle/windows.py tests/oracle/README.md

# Long: 20,000 random statements in one process and as many over three workers and two reducers (tests/oracle/README.md).
oracle-long: runnel$(EXEEXT) tests/reference/reference$(EXEEXT)
	$(srcdir)/tests/oracle/compare --runnel ./runnel$(EXEEXT) --reference tests/reference/reference$(EXEEXT) --seed $${SEED:-1} --seeds $${SEEDS:-500} --queries 60 --jobs 2
	$(srcdir)/tests/oracle/compare --runnel ./runnel$(EXEEXT) --seed $${SEED:-1} --seeds $${SEEDS:-500} --queries 60 --jobs 2
	$(srcdir)/tests/oracle/compare --runnel ./runnel$(EXEEXT) --seed $${SEED:-1} --seeds $${CLUSTER_SEEDS:-500} --queries 60 --cluster 3+2
.PHONY: oracle-long
