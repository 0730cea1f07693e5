# Files of src/store; tests of it in tests/unit/store.
libengine_la_SOURCES += \
	src/store/catalog.h \
	src/store/store.h
