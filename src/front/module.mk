# Files of src/front; tests of it in tests/unit/front and tests/cluster.
libengine_la_SOURCES += \
	src/front/delivery.c \
	src/front/front.c src/front/front.h \
	src/front/http.c src/front/http.h \
	src/front/http_ask.c \
	src/front/http_async.c \
	src/front/http_get.c \
	src/front/http_json.c src/front/http_json.h \
	src/front/http_key.c \
	src/front/http_library.c src/front/http_library.h \
	src/front/http_listen.c \
	src/front/http_metrics.c \
	src/front/http_page.c \
	src/front/http_query.c \
	src/front/http_request.h \
	src/front/http_resource.c \
	src/front/http_sleep.c \
	src/front/http_upload.c \
	src/front/page_content.h \
	src/front/query.c \
	src/front/question.c \
	src/front/result_body.c src/front/result_body.h \
	src/front/state.h \
	src/front/submission.c
EXTRA_DIST += src/front/README.md

# The page: the program holds the files of dist/, which tools/build-page makes and the repository keeps.
PAGE_FILES = src/front/page/dist/index.html src/front/page/dist/page.js src/front/page/dist/page.css \
	src/front/page/dist/licences.txt
nodist_libengine_la_SOURCES = src/front/page_content.c
CLEANFILES += src/front/page_content.c
src/front/page_content.c: $(PAGE_FILES) tools/embed-files
	@$(MKDIR_P) src/front
	$(AM_V_GEN)cd $(srcdir) && tools/embed-files page_index=src/front/page/dist/index.html \
		page_script=src/front/page/dist/page.js page_style=src/front/page/dist/page.css \
		page_licences=src/front/page/dist/licences.txt >$(abs_builddir)/$@.new
	@mv $@.new $@
EXTRA_DIST += $(PAGE_FILES) src/front/page/.npmrc src/front/page/build.js src/front/page/editor.js src/front/page/index.html src/front/page/package.json \
	src/front/page/package-lock.json src/front/page/page.css src/front/page/page.js src/front/page/tree.js \
	tools/build-page tools/embed-files
