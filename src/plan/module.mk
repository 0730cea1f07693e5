# Files of src/plan; tests of it in tests/unit/plan.
