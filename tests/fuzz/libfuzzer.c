/* libFuzzer's way in: $FUZZ_TARGET names what takes its inputs. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

static void (*target)(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("FUZZ_TARGET");

    (void)argc;
    (void)argv;
#define X(target_name)                                                                                       \
    if (name != NULL && strcmp(name, #target_name) == 0)                                                     \
        target = fuzz_##target_name;
    FUZZ_LIST(X)
#undef X
    if (target == NULL) {
        fprintf(stderr, "FUZZ_TARGET names no target\n");
        exit(2);
    }
    return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    target(bytes, size);
    return 0;
}
