# Files of src/coordinator; tests of it in tests/unit/coordinator.
