# Files of src/flow; tests of it in tests/unit/flow, the simulator in tests/simulation.
libengine_la_SOURCES += \
	src/flow/attempts.c src/flow/attempts.h \
	src/flow/consumer.c src/flow/consumer.h \
	src/flow/consumer_channel.c \
	src/flow/consumer_input.c \
	src/flow/consumer_root.c \
	src/flow/consumer_state.h \
	src/flow/graph.c src/flow/graph.h \
	src/flow/ids.c src/flow/ids.h \
	src/flow/membership.c src/flow/membership.h \
	src/flow/message.h \
	src/flow/producer.c src/flow/producer.h \
	src/flow/producer_channel.c \
	src/flow/producer_state.h \
	src/flow/scheduler.c src/flow/scheduler.h \
	src/flow/scheduler_dispatch.c \
	src/flow/scheduler_place.c \
	src/flow/scheduler_query.c \
	src/flow/scheduler_report.c \
	src/flow/scheduler_state.h \
	src/flow/tombstones.c src/flow/tombstones.h

check_PROGRAMS += tests/simulation/simulate
tests_simulation_simulate_SOURCES = tests/simulation/coordinator.c tests/simulation/process.c tests/simulation/simulate.c \
	tests/simulation/task.c tests/simulation/world.c tests/simulation/world.h
tests_simulation_simulate_LDADD = libengine.la
