# Files of src/wire; tests of it in tests/unit/wire.
libengine_la_SOURCES += \
	src/wire/chunk.c src/wire/chunk.h \
	src/wire/member.c src/wire/member.h \
	src/wire/message.c src/wire/message.h \
	src/wire/socket.c src/wire/socket.h \
	src/wire/transport.c src/wire/transport.h
