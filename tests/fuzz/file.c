#include "fuzz.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int file = -1;

const char *
fuzz_file(const uint8_t *bytes, size_t size)
{
    static char path[64];

    fuzz_file_close();
    file = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_REQUIRE(file >= 0);
    FUZZ_REQUIRE(write(file, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return path;
}

void
fuzz_file_close(void)
{
    if (file >= 0)
        close(file);
    file = -1;
}
