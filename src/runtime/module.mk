# Files of src/runtime; tests of it in tests/unit/runtime.
libengine_la_SOURCES += \
	src/runtime/actor.c src/runtime/actor.h \
	src/runtime/graph.c src/runtime/graph.h \
	src/runtime/mailbox.c src/runtime/mailbox.h \
	src/runtime/pool.c src/runtime/pool.h \
	src/runtime/process.c src/runtime/process.h
