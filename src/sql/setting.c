/* Settings that SHOW and current_setting() tell: the session's time zone, and what is always so. */
#include "sql/bind.h"
#include "sql/statement.h"

#include <string.h>

static const struct {
    const char *name;
    const char *value;
} settings[] = {
    {"client_encoding", "UTF8"},
    {"datestyle", "ISO, MDY"},
    {"extra_float_digits", "1"},
    {"integer_datetimes", "on"},
    {"intervalstyle", "postgres"},
    {"max_identifier_length", "63"},
    {"search_path", "public"},
    {"server_encoding", "UTF8"},
    {"server_version", "15.0 (Runnel " RUNNEL_VERSION ")"},
    {"server_version_num", "150000"},
    {"standard_conforming_strings", "on"},
};

const char *
sql_setting(const Session *session, const char *name)
{
    if (strcmp(name, "timezone") == 0)
        return session->time_zone;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (strcmp(settings[i].name, name) == 0)
            return settings[i].value;
    }
    return NULL;
}
