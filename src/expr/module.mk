# Files of src/expr; tests of it in tests/unit/expr.
libengine_la_SOURCES += \
	src/expr/aggregate.h \
	src/expr/expr.h \
	src/expr/function.h \
	src/expr/program.h \
	src/expr/session.h \
	src/expr/text.h
