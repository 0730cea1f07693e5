# Files of src/runtime; tests of it in tests/unit/runtime.
libengine_la_SOURCES += \
	src/runtime/mailbox.c src/runtime/mailbox.h \
	src/runtime/pool.c src/runtime/pool.h
