# Files of src/store; tests of it in tests/unit/store.
libengine_la_SOURCES += \
	src/store/catalog.c src/store/catalog.h \
	src/store/catalog_alter.c \
	src/store/catalog_bounds.c src/store/catalog_bounds.h \
	src/store/catalog_change.c src/store/catalog_change.h \
	src/store/catalog_commit.c \
	src/store/catalog_database.c src/store/catalog_database.h \
	src/store/catalog_former.c \
	src/store/catalog_garbage.c \
	src/store/catalog_history.c src/store/history.h \
	src/store/catalog_image.c src/store/catalog_image.h \
	src/store/catalog_lock.c src/store/catalog_lock.h \
	src/store/catalog_read.c src/store/catalog_state.h \
	src/store/catalog_table.c \
	src/store/catalog_type.c src/store/catalog_type_rename.c \
	src/store/catalog_view.c \
	src/store/directory.c src/store/store.h \
	src/store/pool.c \
	src/store/take_out.c
EXTRA_DIST += src/store/README.md

check_PROGRAMS += tests/unit/store/test_catalog
tests_unit_store_test_catalog_SOURCES = tests/unit/store/test_catalog.c
tests_unit_store_test_catalog_LDADD = $(TEST_LIBS) $(SQLITE_LIBS)
tests_unit_store_test_catalog_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/store/test_catalog_alter
tests_unit_store_test_catalog_alter_SOURCES = tests/unit/store/test_catalog_alter.c
tests_unit_store_test_catalog_alter_LDADD = $(TEST_LIBS)
tests_unit_store_test_catalog_alter_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/store/test_store
tests_unit_store_test_store_SOURCES = tests/unit/store/test_store.c
tests_unit_store_test_store_LDADD = $(TEST_LIBS)
tests_unit_store_test_store_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
