/* cli/option_table.h: every option of every role, a row each; a name may have a row for some roles and
 * another one, which says it differently, for others. */
#ifndef RUNNEL_CLI_OPTION_TABLE_H
#define RUNNEL_CLI_OPTION_TABLE_H

#include "cli/options.h"

#include <stdio.h>

typedef enum OptionKind { KIND_TEXT, KIND_NUMBER, KIND_CHOICE, KIND_SWITCH } OptionKind;

typedef struct RoleOption {
    const char *name;
    unsigned roles; /* ServeRole bits */
    OptionKind kind;
    const char *value;    /* what --help calls it; a choice's names, with '|' between; a switch: NULL */
    const char *fallback; /* the default, as it would be given; NULL: `help` tells what holds then */
    const char *help;     /* one line */
    size_t at;            /* the member of ServeOptions: const char *, uint64_t or bool */
    uint64_t least, most; /* of a number */
} RoleOption;

enum { OPTION_NAME_SIZE = 64 };

extern const RoleOption option_table[];
extern const size_t option_table_size;

/* NULL where the role has none of that name. ROLE_ANY: of whatever role. */
enum { ROLE_ANY = 0xffff };
const RoleOption *option_find(const char *name, unsigned roles);

/* `drain-timeout` is RUNNEL_DRAIN_TIMEOUT in the environment. */
void option_variable(const RoleOption *option, char variable[OPTION_NAME_SIZE]);

/* Sets the member; false with a message that names `place`, where the text was found, for one that will not
 * do. A switch takes "true" and "false". `text` must live as long as the options. */
bool option_set(const RoleOption *option, const char *text, const char *command, const char *place,
                ServeOptions *options);

/* The value as option_set() takes it, in the options' arena; NULL: not given. */
const char *option_text(const RoleOption *option, ServeOptions *options);

void option_print_help(ServeRole role, FILE *out);

#endif
