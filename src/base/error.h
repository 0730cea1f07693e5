/* base/error.h: what failed, as a value that travels from where it happened to the user.
 *
 * One table gives each code its text, its HTTP status and its SQLSTATE (PostgreSQL 15, appendix A).
 */
#ifndef RUNNEL_BASE_ERROR_H
#define RUNNEL_BASE_ERROR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_LIST(X)                                                                                       \
    X(OK, "ok", 200, "00000")                                                                                \
    X(SYNTAX, "SQL syntax error", 400, "42601")                                                              \
    X(UNDEFINED_TABLE, "no such table", 400, "42P01")                                                        \
    X(UNDEFINED_COLUMN, "no such column", 400, "42703")                                                      \
    X(UNDEFINED_FUNCTION, "no such function", 400, "42883")                                                  \
    X(UNDEFINED_OBJECT, "no such object", 400, "42704")                                                      \
    X(UNDEFINED_SCHEMA, "no such schema", 400, "3F000")                                                      \
    X(UNDEFINED_PARAMETER, "no such parameter", 400, "42P02")                                                \
    X(AMBIGUOUS_COLUMN, "ambiguous column", 400, "42702")                                                    \
    X(AMBIGUOUS_FUNCTION, "ambiguous function", 400, "42725")                                                \
    X(DUPLICATE_TABLE, "table exists already", 400, "42P07")                                                 \
    X(DUPLICATE_COLUMN, "column exists already", 400, "42701")                                               \
    X(DUPLICATE_ALIAS, "alias used twice", 400, "42712")                                                     \
    X(DUPLICATE_OBJECT, "object exists already", 400, "42710")                                               \
    X(DATATYPE_MISMATCH, "types do not match", 400, "42804")                                                 \
    X(CANNOT_COERCE, "cannot cast", 400, "42846")                                                            \
    X(INDETERMINATE_TYPE, "type cannot be determined", 400, "42P18")                                         \
    X(GROUPING, "grouping error", 400, "42803")                                                              \
    X(INVALID_RECURSION, "invalid recursion", 400, "42P19")                                                  \
    X(WINDOWING, "windowing error", 400, "42P20")                                                            \
    X(INVALID_COLUMN_REFERENCE, "invalid column reference", 400, "42P10")                                    \
    X(INVALID_TABLE_DEFINITION, "invalid table definition", 400, "42P16")                                    \
    X(INVALID_OBJECT_DEFINITION, "invalid definition", 400, "42P17")                                         \
    X(DEPENDENT_OBJECTS, "other objects depend on it", 400, "2BP01")                                         \
    X(WRONG_OBJECT_TYPE, "wrong kind of object", 400, "42809")                                               \
    X(INVALID_NAME, "invalid name", 400, "42602")                                                            \
    X(NAME_TOO_LONG, "name too long", 400, "42622")                                                          \
    X(TOO_COMPLEX, "statement too complex", 400, "54001")                                                    \
    X(LIMIT_EXCEEDED, "limit exceeded", 400, "54000")                                                        \
    X(TOO_MANY_COLUMNS, "too many columns", 400, "54011")                                                    \
    X(TOO_MANY_ARGUMENTS, "too many arguments", 400, "54023")                                                \
    X(NOT_SUPPORTED, "not supported", 400, "0A000")                                                          \
    X(CARDINALITY, "more than one row", 400, "21000")                                                        \
    X(STRING_TRUNCATION, "value too long", 400, "22001")                                                     \
    X(NUMERIC_RANGE, "number out of range", 400, "22003")                                                    \
    X(NULL_NOT_ALLOWED, "null value not allowed", 400, "22004")                                              \
    X(DATETIME_FORMAT, "invalid date or time", 400, "22007")                                                 \
    X(DATETIME_OVERFLOW, "date or time out of range", 400, "22008")                                          \
    X(ZONE_DISPLACEMENT, "time zone displacement out of range", 400, "22009")                                \
    X(TIME_ZONE, "invalid time zone", 400, "22023")                                                          \
    X(SUBSTRING, "substring error", 400, "22011")                                                            \
    X(DIVISION_BY_ZERO, "division by zero", 400, "22012")                                                    \
    X(FRAME_OFFSET, "invalid offset of a window frame", 400, "22013")                                        \
    X(NTILE, "invalid argument for ntile", 400, "22014")                                                     \
    X(NTH_VALUE, "invalid argument for nth_value", 400, "22016")                                             \
    X(INTERVAL_OVERFLOW, "interval out of range", 400, "22015")                                              \
    X(INVALID_BUCKETS, "invalid argument for width_bucket", 400, "2201G")                                    \
    X(INVALID_LOGARITHM, "invalid argument for logarithm", 400, "2201E")                                     \
    X(INVALID_POWER, "invalid argument for power", 400, "2201F")                                             \
    X(INVALID_ROW_COUNT, "invalid row count in LIMIT", 400, "2201W")                                         \
    X(INVALID_ROW_OFFSET, "invalid row count in OFFSET", 400, "2201X")                                       \
    X(INVALID_REGEX, "invalid regular expression", 400, "2201B")                                             \
    X(INVALID_ESCAPE, "invalid escape", 400, "22025")                                                        \
    X(INVALID_ESCAPE_USE, "invalid use of escape character", 400, "2200C")                                   \
    X(INVALID_ENCODING, "invalid byte sequence", 400, "22021")                                               \
    X(UNTRANSLATABLE, "character not in the encoding", 400, "22P05")                                         \
    X(INVALID_PARAMETER, "invalid parameter value", 400, "22023")                                            \
    X(NO_SUCH_QUERY, "no such query", 404, "42704")                                                          \
    X(RESULT_PENDING, "the query has not ended", 409, "55000")                                               \
    X(RESULT_GONE, "the result is not kept", 410, "55000")                                                   \
    X(OTHER_REQUEST, "another request under the same key", 422, "22023")                                     \
    X(INVALID_TEXT, "invalid input syntax", 400, "22P02")                                                    \
    X(BAD_COPY_FORMAT, "malformed file", 400, "22P04")                                                       \
    X(ARRAY_SUBSCRIPT, "array subscript error", 400, "2202E")                                                \
    X(NOT_NULL_VIOLATION, "null value in a NOT NULL column", 400, "23502")                                   \
    X(SERIALIZATION, "conflicting write", 409, "40001")                                                      \
    X(UNDEFINED_FILE, "no such file", 400, "58P01")                                                          \
    X(FILE_ACCESS, "file cannot be read", 400, "42501")                                                      \
    X(CANCELLED, "query cancelled", 409, "57014")                                                            \
    X(TIMEOUT, "statement timeout", 408, "57014")                                                            \
    X(OUT_OF_MEMORY, "memory budget exceeded", 422, "53200")                                                 \
    X(DISK_FULL, "disk full", 507, "53100")                                                                  \
    X(TOO_MANY_QUERIES, "too many queries", 503, "53300")                                                    \
    X(UNAVAILABLE, "no cluster to run the query", 503, "57P03")                                              \
    X(PEER_LOST, "a node did not answer", 503, "08006")                                                      \
    X(CONNECTION, "cannot connect", 503, "08001")                                                            \
    X(PROTOCOL, "protocol violation", 400, "08P01")                                                          \
    X(CORRUPT, "damaged data", 500, "XX001")                                                                 \
    X(IO, "input/output error", 500, "58030")                                                                \
    X(CONFIGURATION, "invalid configuration", 400, "F0000")                                                  \
    X(INTERNAL, "internal error", 500, "XX000")

typedef enum Status {
#define X(name, text, http, sqlstate) STATUS_##name,
    STATUS_LIST(X)
#undef X
        STATUS_COUNT
} Status;

/* What failed, for people and for the wire. Lives on the caller's stack; NULL is accepted everywhere.
 * Zero-initialise it. The first error set is kept: error_set() on an Error that is set already does nothing.
 */
typedef struct Error {
    Status code;
    int32_t sql_position; /* 1-based character in the query, 0 if none */
    char origin[64];      /* "worker-3/scan", set by the node where it began */
    char message[512];    /* one sentence, no full stop */
    char hint[512];
} Error;

const char *status_text(Status status);
int status_http(Status status);
const char *status_sqlstate(Status status);
Status status_of_sqlstate(const char *sqlstate); /* the first that has it; INTERNAL where none has */

/* Set code and message (printf style) unless an error is set already. Returns `code`, so that a function may
 * `return error_set(error, STATUS_IO, "cannot read %s", path);`. */
Status error_set(Error *error, Status code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* As error_set(), with a position in the SQL text (1-based characters; 0: none). */
Status error_set_at(Error *error, Status code, int32_t sql_position, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As error_set(), with ": " and the system's text for `errno_value`. ENOSPC and EDQUOT become DISK_FULL,
 * ENOENT UNDEFINED_FILE, EACCES FILE_ACCESS where `code` is IO. */
Status error_set_errno(Error *error, Status code, int errno_value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "memory budget exceeded" for an allocation that returned NULL. */
Status error_set_memory(Error *error);

/* Add a hint to an error that has none. Returns the error's code. */
Status error_hint(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

void error_clear(Error *error);

/* Copy `from` into `to` unless `to` is set. Returns to's code (from's where `to` is NULL). */
Status error_copy(Error *to, const Error *from);

/* Return the status of a call unless it is OK. Only while nothing is held that must be released. */
#define TRY(call)                                                                                            \
    do {                                                                                                     \
        const Status try_status = (call);                                                                    \
        if (try_status != STATUS_OK)                                                                         \
            return try_status;                                                                               \
    } while (0)

/* Jump to the cleanup label unless the call is OK; `status` is a local of the function. */
#define TRY_GOTO(call, label)                                                                                \
    do {                                                                                                     \
        status = (call);                                                                                     \
        if (status != STATUS_OK)                                                                             \
            goto label;                                                                                      \
    } while (0)

#endif
