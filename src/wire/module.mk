# Files of src/wire; tests of it in tests/unit/wire.
