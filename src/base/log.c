#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const level_names[] = {"error", "warning", "info", "debug"};

enum { LEVEL_UNSET = -1 };
static _Atomic(int) current_level = LEVEL_UNSET;

void
log_set_level(LogLevel level)
{
    atomic_store(&current_level, (int)level);
}

static int
level_from_environment(void)
{
    const char *name = getenv("RUNNEL_LOG");

    for (int i = 0; name != NULL && i <= LOG_DEBUG; i++)
        if (strcmp(name, level_names[i]) == 0)
            return i;
    return LOG_WARNING;
}

void
log_line(LogLevel level, const char *who, const char *format, ...)
{
    int limit = atomic_load(&current_level);

    if (limit == LEVEL_UNSET) {
        limit = level_from_environment();
        atomic_store(&current_level, limit);
    }
    if ((int)level > limit)
        return;

    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);

    struct timespec now;
    struct tm parts;
    char stamp[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &parts);
    fprintf(stderr, "%s.%03ldZ %s %s: %s\n", stamp, now.tv_nsec / 1000000, level_names[level], who, text);
}
