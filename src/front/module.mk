# Files of src/front; tests of it in tests/unit/front.
