# Fuzzers: by libFuzzer where configured with --enable-fuzzing (tests/fuzz/run starts it); else a replay of the inputs
# that are kept, as one of the tests.
FUZZ_SOURCES = tests/fuzz/fuzz.h tests/fuzz/file.c tests/fuzz/sql.c tests/fuzz/plan.c tests/fuzz/message.c \
	tests/fuzz/chunk.c tests/fuzz/tablet.c tests/fuzz/csv.c tests/fuzz/json.c tests/fuzz/config.c tests/fuzz/value.c \
	tests/fuzz/document.c \
	tests/unit/sql/bound.c tests/unit/sql/bound.h \
	src/cli/options.c src/cli/options.h src/cli/option_table.c src/cli/option_table.h src/cli/command.c src/cli/command.h
if FUZZING
EXTRA_PROGRAMS += tests/fuzz/fuzz
tests_fuzz_fuzz_SOURCES = $(FUZZ_SOURCES) tests/fuzz/libfuzzer.c
tests_fuzz_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_fuzz_fuzz_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_LDADD = libengine.la
else
check_PROGRAMS += tests/fuzz/replay
tests_fuzz_replay_SOURCES = $(FUZZ_SOURCES) tests/fuzz/replay.c
tests_fuzz_replay_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) -DFUZZ_CORPUS=\"$(abs_top_srcdir)/tests/fuzz/corpus\"
tests_fuzz_replay_LDADD = libengine.la
endif
EXTRA_PROGRAMS += tests/fuzz/seeds
tests_fuzz_seeds_SOURCES = tests/fuzz/seeds.c tests/unit/sql/bound.c tests/unit/sql/bound.h
tests_fuzz_seeds_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)
tests_fuzz_seeds_LDADD = libengine.la
EXTRA_DIST += tests/fuzz/run tests/fuzz/corpus
