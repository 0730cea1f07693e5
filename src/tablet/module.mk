# Files of src/tablet; tests of it in tests/unit/tablet.
