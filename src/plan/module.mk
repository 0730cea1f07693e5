# Files of src/plan; tests of it in tests/unit/plan.
libengine_la_SOURCES += \
	src/plan/codec.c src/plan/codec.h \
	src/plan/codec_check.c \
	src/plan/codec_expr.c \
	src/plan/codec_field.c \
	src/plan/codec_node.c \
	src/plan/node.c \
	src/plan/plan.h \
	src/plan/stage.h \
	src/plan/walk.c src/plan/walk.h
