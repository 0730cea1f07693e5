# Files of src/flow; tests of it in tests/unit/flow.
