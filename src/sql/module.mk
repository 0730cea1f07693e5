# Files of src/sql; tests of it in tests/unit/sql.
libengine_la_SOURCES += \
	src/sql/statement.h
