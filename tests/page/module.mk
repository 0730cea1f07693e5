# The page at /, in a browser where there is one.
TESTS += tests/page/page
EXTRA_DIST += tests/page/page tests/page/page.mjs
