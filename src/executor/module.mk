# Files of src/executor; tests of it in tests/unit/executor.
