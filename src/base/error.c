#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct StatusRow {
    const char *text;
    int http;
    const char *sqlstate;
} StatusRow;

static const StatusRow status_rows[STATUS_COUNT] = {
#define X(name, text, http, sqlstate) {text, http, sqlstate},
    STATUS_LIST(X)
#undef X
};

static const StatusRow *
status_row(Status status)
{
    const unsigned index = (unsigned)status;

    return &status_rows[index < STATUS_COUNT ? index : STATUS_INTERNAL];
}

const char *
status_text(Status status)
{
    return status_row(status)->text;
}

int
status_http(Status status)
{
    return status_row(status)->http;
}

const char *
status_sqlstate(Status status)
{
    return status_row(status)->sqlstate;
}

Status
status_of_sqlstate(const char *sqlstate)
{
    for (unsigned i = 1; i < STATUS_COUNT; i++)
        if (strcmp(status_sqlstate((Status)i), sqlstate) == 0)
            return (Status)i;
    return STATUS_INTERNAL;
}

/* Formats into `out`, ending on a whole UTF-8 character where the text is cut. */
static void
format_bounded(char *out, size_t size, const char *format, va_list arguments)
{
    const int length = vsnprintf(out, size, format, arguments);

    if (length < 0) {
        out[0] = '\0';
        return;
    }
    if ((size_t)length < size)
        return;
    size_t end = size - 1;
    while (end > 0 && ((unsigned char)out[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && ((unsigned char)out[end - 1] & 0x80) != 0)
        end--;
    out[end] = '\0';
}

static Status
set_formatted(Error *error, Status code, int32_t position, const char *format, va_list arguments)
{
    if (error == NULL || error->code != STATUS_OK)
        return code;
    error->code = code;
    error->sql_position = position;
    format_bounded(error->message, sizeof error->message, format, arguments);
    return code;
}

Status
error_set(Error *error, Status code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_formatted(error, code, 0, format, arguments);
    va_end(arguments);
    return code;
}

Status
error_set_at(Error *error, Status code, int32_t sql_position, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    set_formatted(error, code, sql_position, format, arguments);
    va_end(arguments);
    return code;
}

static Status
status_from_errno(Status code, int errno_value)
{
    if (code != STATUS_IO)
        return code;
    switch (errno_value) {
    case ENOSPC:
    case EDQUOT: return STATUS_DISK_FULL;
    case ENOENT:
    case ENOTDIR: return STATUS_UNDEFINED_FILE;
    case EACCES:
    case EROFS:
    case EPERM: return STATUS_FILE_ACCESS;
    default: return code;
    }
}

Status
error_set_errno(Error *error, Status code, int errno_value, const char *format, ...)
{
    const Status mapped = status_from_errno(code, errno_value);
    va_list arguments;

    if (error == NULL || error->code != STATUS_OK)
        return mapped;
    va_start(arguments, format);
    set_formatted(error, mapped, 0, format, arguments);
    va_end(arguments);

    const size_t used = strlen(error->message);
    char text[128];
    snprintf(error->message + used, sizeof error->message - used, ": %s",
             strerror_r(errno_value, text, sizeof text));
    return mapped;
}

Status
error_set_memory(Error *error)
{
    error_set(error, STATUS_OUT_OF_MEMORY, "memory budget exceeded");
    error_hint(error, "raise memory_limit, or let fewer rows or groups reach this step");
    return STATUS_OUT_OF_MEMORY;
}

Status
error_hint(Error *error, const char *format, ...)
{
    va_list arguments;

    if (error == NULL)
        return STATUS_INTERNAL;
    if (error->hint[0] == '\0') {
        va_start(arguments, format);
        format_bounded(error->hint, sizeof error->hint, format, arguments);
        va_end(arguments);
    }
    return error->code;
}

void
error_clear(Error *error)
{
    if (error != NULL)
        memset(error, 0, sizeof *error);
}

Status
error_copy(Error *to, const Error *from)
{
    if (to == NULL)
        return from->code;
    if (to->code == STATUS_OK)
        *to = *from;
    return to->code;
}
