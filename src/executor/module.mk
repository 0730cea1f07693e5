# Files of src/executor; tests of it in tests/unit/executor and tests/cluster.
libengine_la_SOURCES += \
	src/executor/executor.c src/executor/executor.h \
	src/executor/local_query.c src/executor/local_query.h \
	src/executor/running.c src/executor/running.h
EXTRA_DIST += src/executor/README.md
