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
tests_simulation_simulate_SOURCES = tests/simulation/coordinator.c tests/simulation/front.c tests/simulation/process.c tests/simulation/simulate.c \
	tests/simulation/task.c tests/simulation/world.c tests/simulation/world.h
tests_simulation_simulate_LDADD = libengine.la

check_PROGRAMS += tests/unit/flow/test_attempts
tests_unit_flow_test_attempts_SOURCES = tests/unit/flow/test_attempts.c
tests_unit_flow_test_attempts_LDADD = $(TEST_LIBS)
tests_unit_flow_test_attempts_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/flow/test_channels
tests_unit_flow_test_channels_SOURCES = tests/unit/flow/test_channels.c
tests_unit_flow_test_channels_LDADD = $(TEST_LIBS)
tests_unit_flow_test_channels_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/flow/test_graph
tests_unit_flow_test_graph_SOURCES = tests/unit/flow/test_graph.c
tests_unit_flow_test_graph_LDADD = $(TEST_LIBS)
tests_unit_flow_test_graph_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/flow/test_membership
tests_unit_flow_test_membership_SOURCES = tests/unit/flow/test_membership.c
tests_unit_flow_test_membership_LDADD = $(TEST_LIBS)
tests_unit_flow_test_membership_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)

check_PROGRAMS += tests/unit/flow/test_scheduler
tests_unit_flow_test_scheduler_SOURCES = tests/unit/flow/test_scheduler.c
tests_unit_flow_test_scheduler_LDADD = $(TEST_LIBS)
tests_unit_flow_test_scheduler_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/flow/README.md
