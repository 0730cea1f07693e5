/* A configuration file of the role that takes most options. */
#include "fuzz.h"

#include "cli/options.h"

#include <stdio.h>

void
fuzz_config(const uint8_t *bytes, size_t size)
{
    char option[96];
    char command[] = "local";
    char *arguments[] = {command, option, NULL};
    ServeOptions options;

    snprintf(option, sizeof option, "--config=%s", fuzz_file(bytes, size));
    (void)options_parse(ROLE_LOCAL, 2, arguments, &options);
    options_forget(&options);
    fuzz_file_close();
}
