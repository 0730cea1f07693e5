/* column/type.h: logical types (PostgreSQL's, with modifiers), apart from the layout their values have in
 * memory.
 *
 * One table maps each type to its PostgreSQL name, its layout and its category. Catalog, tablets, wire and
 * results carry logical types; kernels see layouts. */
#ifndef RUNNEL_COLUMN_TYPE_H
#define RUNNEL_COLUMN_TYPE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* How a value lies in a flat vector. */
typedef enum Layout {
    LAYOUT_BOOL,     /* uint8_t, 0 or 1 */
    LAYOUT_I32,      /* int32_t */
    LAYOUT_I64,      /* int64_t */
    LAYOUT_I128,     /* __int128, 16-byte aligned */
    LAYOUT_F64,      /* double */
    LAYOUT_VIEW,     /* StringView */
    LAYOUT_INTERVAL, /* Interval */
    LAYOUT_LIST,     /* ListEntry into children[0] */
    LAYOUT_COUNT
} Layout;

typedef enum TypeCategory {
    CATEGORY_UNKNOWN,
    CATEGORY_BOOL,
    CATEGORY_NUMBER,
    CATEGORY_STRING,
    CATEGORY_DATETIME,
    CATEGORY_TIMESPAN,
    CATEGORY_OTHER,
    CATEGORY_NESTED
} TypeCategory;

/* Values, by type:
 *   int2, int4 in I32; int8 in I64. float4 and float8 in F64 (a float4 holds only values that a float has).
 *   numeric(p,s): value * 10^s, in I64 where p <= 18, else I128 (p <= 38).
 *   date: days since 2000-01-01 in I32, INT32_MIN and INT32_MAX being -infinity and infinity.
 *   time: microseconds since midnight in I64, up to 24:00:00.
 *   timestamp, timestamptz: microseconds since 2000-01-01 (UTC) in I64, INT64_MIN/MAX being the infinities.
 *   uuid: its 128 bits big-endian, with the top bit flipped, so that signed order is byte order.
 *   text, varchar, bpchar, bytea, json, jsonb, unknown: StringView; text is UTF-8; bpchar is stored without
 * its trailing blanks; json is what was written, jsonb its canonical text.
 *   record: StringView of its fields, one behind another, as bytes of the record's order (expr/record.h). */
#define TYPE_LIST_ALL(X)                                                                                     \
    /* name       PostgreSQL's name              layout           category */                                \
    X(UNKNOWN, "unknown", LAYOUT_VIEW, CATEGORY_UNKNOWN)                                                     \
    X(BOOL, "boolean", LAYOUT_BOOL, CATEGORY_BOOL)                                                           \
    X(INT2, "smallint", LAYOUT_I32, CATEGORY_NUMBER)                                                         \
    X(INT4, "integer", LAYOUT_I32, CATEGORY_NUMBER)                                                          \
    X(INT8, "bigint", LAYOUT_I64, CATEGORY_NUMBER)                                                           \
    X(FLOAT4, "real", LAYOUT_F64, CATEGORY_NUMBER)                                                           \
    X(FLOAT8, "double precision", LAYOUT_F64, CATEGORY_NUMBER)                                               \
    X(NUMERIC, "numeric", LAYOUT_I128, CATEGORY_NUMBER)                                                      \
    X(TEXT, "text", LAYOUT_VIEW, CATEGORY_STRING)                                                            \
    X(VARCHAR, "character varying", LAYOUT_VIEW, CATEGORY_STRING)                                            \
    X(BPCHAR, "character", LAYOUT_VIEW, CATEGORY_STRING)                                                     \
    X(BYTEA, "bytea", LAYOUT_VIEW, CATEGORY_OTHER)                                                           \
    X(DATE, "date", LAYOUT_I32, CATEGORY_DATETIME)                                                           \
    X(TIME, "time without time zone", LAYOUT_I64, CATEGORY_DATETIME)                                         \
    X(TIMESTAMP, "timestamp without time zone", LAYOUT_I64, CATEGORY_DATETIME)                               \
    X(TIMESTAMPTZ, "timestamp with time zone", LAYOUT_I64, CATEGORY_DATETIME)                                \
    X(INTERVAL, "interval", LAYOUT_INTERVAL, CATEGORY_TIMESPAN)                                              \
    X(UUID, "uuid", LAYOUT_I128, CATEGORY_OTHER)                                                             \
    X(LIST, "array", LAYOUT_LIST, CATEGORY_NESTED)                                                           \
    X(STRUCT, "record", LAYOUT_VIEW, CATEGORY_NESTED)                                                        \
    X(JSON, "json", LAYOUT_VIEW, CATEGORY_OTHER)                                                             \
    X(JSONB, "jsonb", LAYOUT_VIEW, CATEGORY_OTHER)

typedef enum TypeId {
#define X(name, pg_name, layout, category) TYPE_##name,
    TYPE_LIST_ALL(X)
#undef X
        TYPE_COUNT
} TypeId;

enum {
    NUMERIC_DIGITS_MAX = 38,
    NUMERIC_DIGITS_I64 = 18,
    TYPE_NO_LENGTH = -1,
    ARRAY_DIMENSIONS_MAX = 6,
    TYPE_NESTING_MAX = 24, /* of arrays and records in one another */
    TYPE_PARTS_MAX = 16384 /* fields and elements, all levels together */
};

/* The `length` of an interval type is PostgreSQL's modifier: which fields count, shifted, and how many digits
 * of a second. */
enum {
    TIME_DIGITS_MAX = 6,
    INTERVAL_MONTH = 1 << 1,
    INTERVAL_YEAR = 1 << 2,
    INTERVAL_DAY = 1 << 3,
    INTERVAL_HOUR = 1 << 10,
    INTERVAL_MINUTE = 1 << 11,
    INTERVAL_SECOND = 1 << 12,
    INTERVAL_ALL_FIELDS = 0x7FFF,
    INTERVAL_ALL_DIGITS = 0xFFFF,
    INTERVAL_FIELDS_SHIFT = 16
};

struct NestedType;

/* A small value, passed by value. Compare with type_equal(). */
typedef struct Type {
    TypeId id;
    uint8_t precision;               /* numeric: 1..38 (never 0) */
    uint8_t scale;                   /* numeric: 0..38 */
    int32_t length;                  /* varchar, bpchar: characters; time, timestamp(tz): digits of a second;
                                      * interval: below; TYPE_NO_LENGTH where not declared, and of all other types */
    const struct NestedType *nested; /* list: one child, the element; struct: its fields; else NULL */
} Type;

typedef struct NestedType {
    const char *name; /* the composite's name; NULL for lists and anonymous records */
    uint32_t count;
    const char **names; /* of the fields; NULL for lists */
    Type *types;
    const struct NestedType *array; /* records: what the type of their arrays has as `nested` */
} NestedType;

static inline Type
type_of(TypeId id)
{
    const Type type = {
        .id = id, .precision = id == TYPE_NUMERIC ? NUMERIC_DIGITS_MAX : 0, .length = TYPE_NO_LENGTH};

    return type;
}

static inline Type
type_numeric(uint8_t precision, uint8_t scale)
{
    const Type type = {.id = TYPE_NUMERIC, .precision = precision, .scale = scale, .length = TYPE_NO_LENGTH};

    return type;
}

Layout type_layout(Type type);
TypeCategory type_category(TypeId id);
size_t layout_width(Layout layout); /* bytes a value */

bool type_equal(Type a, Type b); /* with modifiers */
bool type_is_integer(TypeId id); /* int2, int4, int8 */
bool type_is_float(TypeId id);
bool type_is_string(TypeId id);       /* text, varchar, bpchar */
bool type_has_time_digits(TypeId id); /* time, timestamp, timestamptz, interval */

/* The digits of a second that a type's values have, and the fields of an interval; all where none are
 * declared. */
int32_t type_time_digits(Type type);
int32_t type_interval_fields(Type type);

/* The type, and that of an array's elements, without declared digits and fields of times. */
Type type_without_time_digits(Type type);

/* PostgreSQL's name with modifiers, as columns[].type shows it: "numeric(38,2)", "character varying(10)",
 * "bigint[]". */
void type_format(Type type, Buffer *out);

/* The base name without modifiers. */
const char *type_name(TypeId id);

/* The type of arrays of `element`. Its nested part is the record's own, or lives as long as the process;
 * equal elements share it. Thread-safe. */
Type type_list(Type element);
/* Not arrays of records, whose nested part nobody would own. */
bool type_can_be_element(Type type);

/* Room for a record of so many fields, whose names and types the caller writes into `names` and `types`; the
 * name (NULL: an anonymous one) is not copied. `nested` is NULL where the arena refuses. */
Type type_record(Arena *arena, const char *name, uint32_t count);

/* Whether a type has no more levels and parts than everybody can hold: to be asked where types are made of
 * types, since a record of two records of two records … grows fast. */
bool type_is_bounded(Type type);

/* Deep copy of the nested part into `arena`. */
Type type_copy(Arena *arena, Type type);

#endif
