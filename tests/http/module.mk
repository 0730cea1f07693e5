# The REST interface from outside, in Python. `make check-http` runs the long forms.
http_TESTS = tests/http/contract tests/http/crowd tests/http/documentation tests/http/restart \
	tests/http/small_writes
TESTS += $(http_TESTS)
EXTRA_DIST += $(http_TESTS) tests/http/client.py tests/http/cluster.py tests/http/document.py

check-http: runnel$(EXEEXT)
	FULL=1 $(srcdir)/tests/http/contract
	FULL=1 $(srcdir)/tests/http/crowd
	FULL=1 $(srcdir)/tests/http/small_writes

.PHONY: check-http
