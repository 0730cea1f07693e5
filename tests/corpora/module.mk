# Tests over files that are too big for the repository; skipped where those are absent.
CORPORA_TESTS = tests/corpora/babynames tests/corpora/clickbench tests/corpora/sqllogictest tests/corpora/tpch tests/corpora/trees
TESTS += $(CORPORA_TESTS)
EXTRA_DIST += $(CORPORA_TESTS) tests/corpora/sqllogictest.differs
