# Files of src/format; tests of it in tests/unit/format.
libengine_la_SOURCES += \
	src/format/csv_writer.c src/format/csv_writer.h \
	src/format/json_writer.c src/format/json_writer.h
