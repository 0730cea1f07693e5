# Files of src/ingest; tests of it in tests/unit/ingest.
libengine_la_SOURCES += \
	src/ingest/csv.c src/ingest/csv.h \
	src/ingest/csv_field.c src/ingest/csv_field.h \
	src/ingest/csv_guess.c src/ingest/csv_guess.h \
	src/ingest/csv_header.c src/ingest/csv_header.h \
	src/ingest/csv_infer.c \
	src/ingest/csv_input.c src/ingest/csv_input.h \
	src/ingest/csv_records.c src/ingest/csv_records.h \
	src/ingest/csv_split.c \
	src/ingest/generate.c src/ingest/generate.h src/ingest/generate_table.h \
	src/ingest/generate_events.c src/ingest/generate_names.h \
	src/ingest/generate_file.c \
	src/ingest/generate_hits.c src/ingest/generate_hits_columns.h \
	src/ingest/generate_tpch.c \
	src/ingest/generate_tpch_text.c src/ingest/generate_tpch_text.h \
	src/ingest/row_reader.c src/ingest/row_reader.h \
	src/ingest/reject_file.c src/ingest/reject_file.h
libkernels_la_SOURCES += \
	src/ingest/csv_column.c src/ingest/csv_column.h \
	src/ingest/csv_scan.c src/ingest/csv_scan.h \
	src/ingest/csv_value.h

check_PROGRAMS += tests/unit/ingest/test_csv
tests_unit_ingest_test_csv_SOURCES = tests/unit/ingest/test_csv.c
tests_unit_ingest_test_csv_LDADD = $(TEST_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS)
tests_unit_ingest_test_csv_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
check_PROGRAMS += tests/unit/ingest/test_generate
tests_unit_ingest_test_generate_SOURCES = tests/unit/ingest/test_generate.c
tests_unit_ingest_test_generate_LDADD = $(TEST_LIBS)
tests_unit_ingest_test_generate_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
EXTRA_DIST += src/ingest/README.md
