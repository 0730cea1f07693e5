/* Rows of casts, named "cast", by the types they lead from and to. Contexts are PostgreSQL's (pg_cast). Of
 * several rows between two types the first that a context allows counts. */
#include "expr/kernels_array.h"
#include "expr/kernels_cast.h"
#include "expr/kernels_json.h"
#include "expr/registry_topics.h"

/* A cast's result has the wanted type's modifiers, which the call carries; only the ids are the table's. */
#define CAST(from, to, flags, kernel)                                                                        \
    {                                                                                                        \
        "cast", 1, {TYPE_##from}, TYPE_##to, NULL, flags, kernel_cast_##kernel, "cast"                       \
    }

/* Of arrays. */
#define kernel_cast_elements       kernel_array_cast
#define kernel_cast_string_to_list kernel_array_from_string

#define IMPLICIT   FUNCTION_IMPLICIT
#define ASSIGNMENT FUNCTION_ASSIGNMENT
#define FAILS      FUNCTION_CAN_FAIL

/* As text and back: every type has it; a literal takes any type without being asked. */
#define TO_STRING(from, to)                                                                                  \
    CAST(from, to, 0, to_string), CAST(from, to, ASSIGNMENT | FAILS, to_string_strictly)

#define FROM_STRINGS(to)                                                                                     \
    CAST(UNKNOWN, to, IMPLICIT | FAILS, from_string), CAST(TEXT, to, FAILS, from_string),                    \
        CAST(VARCHAR, to, FAILS, from_string), CAST(BPCHAR, to, FAILS, from_string)

#define TO_STRINGS(from)                                                                                     \
    CAST(from, TEXT, ASSIGNMENT, to_string), TO_STRING(from, VARCHAR), TO_STRING(from, BPCHAR)

#define AS_TEXT(type) FROM_STRINGS(type), TO_STRINGS(type)

/* Among strings. */
#define STRINGS(from)                                                                                        \
    CAST(from, TEXT, IMPLICIT, to_string), CAST(from, VARCHAR, 0, to_string),                                \
        CAST(from, VARCHAR, IMPLICIT | FAILS, to_string_strictly), CAST(from, BPCHAR, 0, to_string),         \
        CAST(from, BPCHAR, IMPLICIT | FAILS, to_string_strictly)

const Function functions_cast[] = {
    CAST(INT2, INT4, IMPLICIT, same),
    CAST(INT2, INT8, IMPLICIT, i32_to_i64),
    CAST(INT2, FLOAT4, IMPLICIT, i32_to_f32),
    CAST(INT2, FLOAT8, IMPLICIT, i32_to_f64),
    CAST(INT2, NUMERIC, IMPLICIT | FAILS, integer_to_numeric),
    CAST(INT4, INT2, ASSIGNMENT | FAILS, i32_to_i16),
    CAST(INT4, INT8, IMPLICIT, i32_to_i64),
    CAST(INT4, FLOAT4, IMPLICIT, i32_to_f32),
    CAST(INT4, FLOAT8, IMPLICIT, i32_to_f64),
    CAST(INT4, NUMERIC, IMPLICIT | FAILS, integer_to_numeric),
    CAST(INT4, BOOL, 0, i32_to_bool),
    CAST(INT8, INT2, ASSIGNMENT | FAILS, i64_to_i16),
    CAST(INT8, INT4, ASSIGNMENT | FAILS, i64_to_i32),
    CAST(INT8, FLOAT4, IMPLICIT, i64_to_f32),
    CAST(INT8, FLOAT8, IMPLICIT, i64_to_f64),
    CAST(INT8, NUMERIC, IMPLICIT | FAILS, integer_to_numeric),
    CAST(FLOAT4, INT2, ASSIGNMENT | FAILS, f64_to_i16),
    CAST(FLOAT4, INT4, ASSIGNMENT | FAILS, f64_to_i32),
    CAST(FLOAT4, INT8, ASSIGNMENT | FAILS, f64_to_i64),
    CAST(FLOAT4, FLOAT8, IMPLICIT, same),
    CAST(FLOAT4, NUMERIC, ASSIGNMENT | FAILS, f32_to_numeric),
    CAST(FLOAT8, INT2, ASSIGNMENT | FAILS, f64_to_i16),
    CAST(FLOAT8, INT4, ASSIGNMENT | FAILS, f64_to_i32),
    CAST(FLOAT8, INT8, ASSIGNMENT | FAILS, f64_to_i64),
    CAST(FLOAT8, FLOAT4, ASSIGNMENT | FAILS, f64_to_f32),
    CAST(FLOAT8, NUMERIC, ASSIGNMENT | FAILS, f64_to_numeric),
    CAST(NUMERIC, INT2, ASSIGNMENT | FAILS, numeric_to_integer),
    CAST(NUMERIC, INT4, ASSIGNMENT | FAILS, numeric_to_integer),
    CAST(NUMERIC, INT8, ASSIGNMENT | FAILS, numeric_to_integer),
    CAST(NUMERIC, FLOAT4, IMPLICIT, numeric_to_f32),
    CAST(NUMERIC, FLOAT8, IMPLICIT, numeric_to_f64),
    CAST(NUMERIC, NUMERIC, IMPLICIT | FAILS, numeric_to_numeric),
    CAST(BOOL, INT4, 0, bool_to_i32),
    CAST(DATE, TIMESTAMP, IMPLICIT | FAILS, date_to_timestamp),
    CAST(DATE, TIMESTAMPTZ, IMPLICIT | FAILS, date_to_timestamptz),
    CAST(TIMESTAMP, TIMESTAMPTZ, IMPLICIT | FAILS, timestamp_to_timestamptz),
    CAST(TIMESTAMP, DATE, ASSIGNMENT, timestamp_to_date),
    CAST(TIMESTAMP, TIME, ASSIGNMENT, timestamp_to_time),
    CAST(TIMESTAMPTZ, TIMESTAMP, ASSIGNMENT | FAILS, timestamptz_to_timestamp),
    CAST(TIMESTAMPTZ, DATE, ASSIGNMENT | FAILS, timestamptz_to_date),
    CAST(TIMESTAMPTZ, TIME, ASSIGNMENT | FAILS, timestamptz_to_time),
    CAST(TIME, TIME, IMPLICIT, time_to_digits),
    CAST(TIMESTAMP, TIMESTAMP, IMPLICIT, time_to_digits),
    CAST(TIMESTAMPTZ, TIMESTAMPTZ, IMPLICIT, time_to_digits),
    CAST(INTERVAL, INTERVAL, IMPLICIT, interval_to_fields),
    CAST(TIME, INTERVAL, IMPLICIT, time_to_interval),
    CAST(INTERVAL, TIME, ASSIGNMENT, interval_to_time),
    STRINGS(UNKNOWN),
    STRINGS(TEXT),
    STRINGS(VARCHAR),
    STRINGS(BPCHAR),
    AS_TEXT(BOOL),
    AS_TEXT(INT2),
    AS_TEXT(INT4),
    AS_TEXT(INT8),
    AS_TEXT(FLOAT4),
    AS_TEXT(FLOAT8),
    AS_TEXT(NUMERIC),
    AS_TEXT(BYTEA),
    AS_TEXT(DATE),
    AS_TEXT(TIME),
    AS_TEXT(TIMESTAMP),
    AS_TEXT(TIMESTAMPTZ),
    AS_TEXT(INTERVAL),
    AS_TEXT(UUID),
    TO_STRINGS(LIST),
    CAST(LIST, LIST, FAILS, elements),
    CAST(UNKNOWN, LIST, IMPLICIT | FAILS, string_to_list),
    CAST(TEXT, LIST, FAILS, string_to_list),
    CAST(VARCHAR, LIST, FAILS, string_to_list),
    CAST(BPCHAR, LIST, FAILS, string_to_list),
    AS_TEXT(STRUCT),
    AS_TEXT(JSON),
    AS_TEXT(JSONB),
    CAST(JSON, JSONB, ASSIGNMENT | FAILS, json_to_jsonb),
    CAST(JSONB, JSON, ASSIGNMENT, same),
    CAST(JSONB, BOOL, FAILS, jsonb_to_scalar),
    CAST(JSONB, INT2, FAILS, jsonb_to_scalar),
    CAST(JSONB, INT4, FAILS, jsonb_to_scalar),
    CAST(JSONB, INT8, FAILS, jsonb_to_scalar),
    CAST(JSONB, FLOAT4, FAILS, jsonb_to_scalar),
    CAST(JSONB, FLOAT8, FAILS, jsonb_to_scalar),
    CAST(JSONB, NUMERIC, FAILS, jsonb_to_scalar),
};
const uint32_t functions_cast_count = sizeof functions_cast / sizeof functions_cast[0];
