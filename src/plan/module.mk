# Files of src/plan; tests of it in tests/unit/plan.
libengine_la_SOURCES += \
	src/plan/node.c \
	src/plan/plan.h \
	src/plan/stage.h \
	src/plan/walk.c src/plan/walk.h
