# Files of src/exec; tests of it in tests/unit/exec.
