# Files of src/ingest; tests of it in tests/unit/ingest.
