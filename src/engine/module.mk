# Files of src/engine; tests of it in tests/unit/engine.
