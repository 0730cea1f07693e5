# Files of src/ingest; tests of it in tests/unit/ingest.
libengine_la_SOURCES += \
	src/ingest/csv.h
