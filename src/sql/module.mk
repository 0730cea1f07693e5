# Files of src/sql; tests of it in tests/unit/sql.
