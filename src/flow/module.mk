# Files of src/flow; tests of it in tests/unit/flow, the simulator in tests/simulation.
libengine_la_SOURCES += \
	src/flow/attempts.h \
	src/flow/consumer.h \
	src/flow/graph.c src/flow/graph.h \
	src/flow/ids.c src/flow/ids.h \
	src/flow/membership.h \
	src/flow/message.h \
	src/flow/producer.h \
	src/flow/scheduler.h \
	src/flow/tombstones.c src/flow/tombstones.h
