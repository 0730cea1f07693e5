# Files of src/cli; tests of it in tests/unit/cli.
