# Files of src/column; tests of it in tests/unit/column.
libengine_la_SOURCES += \
	src/column/batch.h \
	src/column/builder.h \
	src/column/codec.h \
	src/column/statistics.h \
	src/column/type.c src/column/type.h \
	src/column/value.h \
	src/column/vector.c src/column/vector.h
