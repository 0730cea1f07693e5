# Files of src/executor; tests of it in tests/unit/executor and tests/cluster.
libengine_la_SOURCES += \
	src/executor/actions.c \
	src/executor/executor.c src/executor/executor.h \
	src/executor/letters.c \
	src/executor/local_query.c src/executor/local_query.h \
	src/executor/messages.c \
	src/executor/reports.c \
	src/executor/running.c src/executor/running.h \
	src/executor/spilling.c \
	src/executor/state.h
EXTRA_DIST += src/executor/README.md
