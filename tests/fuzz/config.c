/* A configuration file of a role that takes every option. */
#include "fuzz.h"

#include "cli/serve.h"

#include <stdio.h>

void
fuzz_config(const uint8_t *bytes, size_t size)
{
    char option[96];
    char command[] = "local";
    char *arguments[] = {command, option, NULL};
    ServeOptions options = {0};

    snprintf(option, sizeof option, "--config=%s", fuzz_file(bytes, size));
    (void)serve_parse("local", "", UINT32_MAX, 2, arguments, &options);
    serve_forget(&options);
    fuzz_file_close();
}
