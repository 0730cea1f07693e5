# Files of src/front; tests of it in tests/unit/front and tests/cluster.
libengine_la_SOURCES += \
	src/front/delivery.c \
	src/front/front.c src/front/front.h \
	src/front/http.c src/front/http.h \
	src/front/http_async.c \
	src/front/http_get.c \
	src/front/http_json.c src/front/http_json.h \
	src/front/http_key.c \
	src/front/http_library.c src/front/http_library.h \
	src/front/http_metrics.c \
	src/front/http_query.c \
	src/front/http_request.h \
	src/front/http_resource.c \
	src/front/http_upload.c \
	src/front/query.c \
	src/front/result_body.c src/front/result_body.h \
	src/front/state.h \
	src/front/submission.c
EXTRA_DIST += src/front/README.md
