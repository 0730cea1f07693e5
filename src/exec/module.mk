# Files of src/exec; tests of it in tests/unit/exec.
libengine_la_SOURCES += \
	src/exec/operator.h \
	src/exec/task.h
