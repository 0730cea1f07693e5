#include "cli/command.h"
int command_generate(int argc, char **argv) { (void)argc; (void)argv; return EXIT_USAGE; }
