# Scripts that use the program as people do. Each prints "N passed, N failed".
CLI_TESTS = \
	tests/cli/asynchronous \
	tests/cli/bad_requests \
	tests/cli/copy \
	tests/cli/damaged_tablets \
	tests/cli/disk_full \
	tests/cli/functions_page \
	tests/cli/http_requests \
	tests/cli/malformed_csv \
	tests/cli/manuals \
	tests/cli/metrics \
	tests/cli/parameters \
	tests/cli/prompt \
	tests/cli/spill
TESTS += $(CLI_TESTS)
EXTRA_DIST += $(CLI_TESTS) tests/cli/exposition.awk tests/cli/harness.sh tests/cli/prompt.py tests/leak-sanitizer.supp
