# Tests over whole clusters of processes; tests/README.md tells how to run each, and their long forms.
cluster_TESTS = tests/cluster/modes tests/cluster/kill tests/cluster/cut \
	tests/cluster/garbage-ports tests/cluster/clients tests/cluster/restart tests/cluster/epochs \
	tests/cluster/stops tests/cluster/cancel
TESTS += $(cluster_TESTS)
EXTRA_DIST += $(cluster_TESTS) tests/cluster/cluster.sh tests/cluster/workload.sh
EXTRA_DIST += tests/README.md

EXTRA_PROGRAMS += tests/cluster/proxy tests/cluster/garbage
check_SCRIPTS += tests/cluster/proxy$(EXEEXT) tests/cluster/garbage$(EXEEXT)
tests_cluster_garbage_SOURCES = tests/cluster/garbage.c
tests_cluster_proxy_SOURCES = tests/cluster/proxy.c
