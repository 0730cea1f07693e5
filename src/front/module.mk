# Files of src/front; tests of it in tests/unit/front and tests/cluster.
libengine_la_SOURCES += \
	src/front/front.c src/front/front.h
