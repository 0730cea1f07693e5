# Files of src/engine; tests of it in tests/cluster.
libengine_la_SOURCES += \
	src/engine/engine.c src/engine/engine.h
EXTRA_DIST += src/engine/README.md
