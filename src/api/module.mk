# Files of src/api; tests of it in tests/unit/api.
include_runneldir = $(includedir)/runnel
include_runnel_HEADERS = include/runnel/runnel.h
libengine_la_SOURCES += \
	src/api/api.h \
	src/api/connection.c \
	src/api/document.c \
	src/api/http_client.c src/api/http_client.h \
	src/api/load.c \
	src/api/progress.c \
	src/api/result.c
EXTRA_DIST += src/api/README.md
