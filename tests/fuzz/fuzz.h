/* tests/fuzz/fuzz.h: what is fuzzed: each target takes any bytes and must neither crash nor leak, nor break
 * its own rules (FUZZ_REQUIRE).
 *
 * One program runs them all: with libFuzzer (--enable-fuzzing) the one that $FUZZ_TARGET names, for ever;
 * else replay.c runs each over the inputs that are kept. */
#ifndef RUNNEL_TESTS_FUZZ_FUZZ_H
#define RUNNEL_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* name: what it reads. Each is `void fuzz_<name>(const uint8_t *bytes, size_t size)`, in <name>.c. */
#define FUZZ_LIST(X)                                                                                         \
    X(sql)      /* a statement: parse, bind, optimise, distribute, encode */                                 \
    X(plan)     /* a staged plan from the wire */                                                            \
    X(message)  /* the header of a message */                                                                \
    X(chunk)    /* a batch from the wire or the scratch directory */                                         \
    X(tablet)   /* a tablet file, with its checksums made right */                                           \
    X(csv)      /* options, then a CSV file */                                                               \
    X(json)     /* the body of a request */                                                                  \
    X(config)   /* a configuration file */                                                                   \
    X(value)    /* a type, then a value's text */                                                            \
    X(document) /* JSON in a column */

#define X(name) void fuzz_##name(const uint8_t *bytes, size_t size);
FUZZ_LIST(X)
#undef X

#define FUZZ_REQUIRE(condition)                                                                              \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            abort();                                                                                         \
    } while (0)

/* Bytes as a file, for what reads paths: the path lives until the next call or fuzz_file_close(). */
const char *fuzz_file(const uint8_t *bytes, size_t size);
void fuzz_file_close(void);

#endif
