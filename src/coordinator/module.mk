# Files of src/coordinator; tests of it in tests/cluster.
libengine_la_SOURCES += \
	src/coordinator/answers.c \
	src/coordinator/coordinator.c src/coordinator/coordinator.h \
	src/coordinator/documents.c src/coordinator/documents.h \
	src/coordinator/former.c src/coordinator/former.h \
	src/coordinator/load.c src/coordinator/load.h \
	src/coordinator/nodes.c \
	src/coordinator/planning.c src/coordinator/planning.h \
	src/coordinator/rejects.c src/coordinator/rejects.h \
	src/coordinator/session.c src/coordinator/session.h \
	src/coordinator/state.h \
	src/coordinator/statements.c \
	src/coordinator/sweep.c src/coordinator/sweep.h \
	src/coordinator/write.c src/coordinator/write.h
EXTRA_DIST += src/coordinator/README.md
