# Files of src/base; tests of it in tests/unit/base.
libengine_la_SOURCES += \
	src/base/arena.c src/base/arena.h \
	src/base/array.h \
	src/base/bits.h \
	src/base/budget.c src/base/budget.h \
	src/base/buffer.c src/base/buffer.h \
	src/base/clock.c src/base/clock.h \
	src/base/error.c src/base/error.h \
	src/base/fifo.h \
	src/base/hash.c src/base/hash.h \
	src/base/log.c src/base/log.h \
	src/base/map.c src/base/map.h \
	src/base/memory.c src/base/memory.h \
	src/base/pack.h \
	src/base/random.h \
	src/base/slab.c src/base/slab.h \
	src/base/unpack.c src/base/unpack.h
