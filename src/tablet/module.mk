# Files of src/tablet; tests of it in tests/unit/tablet.
libengine_la_SOURCES += \
	src/tablet/cache.h \
	src/tablet/source.h \
	src/tablet/tablet.h \
	src/tablet/writer.h
