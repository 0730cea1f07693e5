# Files of src/wire; tests of it in tests/unit/wire.
libengine_la_SOURCES += \
	src/wire/chunk.c src/wire/chunk.h \
	src/wire/member.c src/wire/member.h \
	src/wire/message.c src/wire/message.h \
	src/wire/socket.c src/wire/socket.h \
	src/wire/transport.c src/wire/transport.h

check_PROGRAMS += tests/unit/wire/test_message
tests_unit_wire_test_message_SOURCES = tests/unit/wire/test_message.c
tests_unit_wire_test_message_LDADD = $(TEST_LIBS)
tests_unit_wire_test_message_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/wire/README.md
