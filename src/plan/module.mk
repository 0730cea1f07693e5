# Files of src/plan; tests of it in tests/unit/plan.
libengine_la_SOURCES += \
	src/plan/plan.h \
	src/plan/stage.h
