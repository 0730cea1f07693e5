# Files of src/store; tests of it in tests/unit/store.
