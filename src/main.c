/* main.c: the command table. */
#include <stdio.h>

int
main(void)
{
    fputs("runnel: no command\n", stderr);
    return 2;
}
