/* expr/json_scan.h: JSON where it stands: text checked, and walked member by member, without a tree.
 *
 * What a walk gives are slices of the text: PostgreSQL's json keeps a member as it was written, so its
 * digits, its blanks inside and its duplicate keys stay. No function looks outside the bytes that it is
 * given; over text that json_check() would refuse a walk gives slices that mean nothing. */
#ifndef RUNNEL_EXPR_JSON_SCAN_H
#define RUNNEL_EXPR_JSON_SCAN_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { JSON_DEPTH_MAX = 512 }; /* of arrays and objects in one another; PostgreSQL's depends on its stack */

typedef enum JsonKind { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonKind;

typedef struct JsonSlice {
    const char *data;
    size_t size;
} JsonSlice;

/* One value of RFC 8259 with nothing but blanks around it. INVALID_TEXT with PostgreSQL's message, and what
 * stands where; TOO_COMPLEX beyond JSON_DEPTH_MAX. */
Status json_check(const char *text, size_t size, Error *error);

/* The value without the blanks around it. */
JsonSlice json_value(const char *text, size_t size);
JsonKind json_kind(JsonSlice value);

/* The members of an array or an object, in the order in which they stand; a scalar has none. */
typedef struct JsonWalk {
    const char *at;
    const char *end;
    bool object;
} JsonWalk;

void json_walk_begin(JsonWalk *walk, JsonSlice container);
/* False at the end. `key`: of an object, with its quotes; else empty. */
bool json_walk_next(JsonWalk *walk, JsonSlice *key, JsonSlice *value);

/* The last member of that name, which is the one that counts; false where there is none. */
bool json_find_key(JsonSlice object, const char *name, size_t size, JsonSlice *value);
/* The element of that number, from 0, or counted from the end where it is negative. */
bool json_find_element(JsonSlice array, int64_t number, JsonSlice *value);
uint32_t json_member_count(JsonSlice container);

/* Whether a string (or key) in quotes says that text. */
bool json_quoted_is(JsonSlice quoted, const char *text, size_t size);
/* Whether it has escapes: without them its text is what stands between the quotes. */
bool json_has_escapes(JsonSlice quoted);
static inline JsonSlice
json_inside(JsonSlice quoted)
{
    return (JsonSlice){quoted.data + 1, quoted.size >= 2 ? quoted.size - 2 : 0};
}

/* The text of a string in quotes; `out` has room for as many bytes as the string. UNTRANSLATABLE for \u0000,
 * INVALID_TEXT for half of a surrogate pair. */
Status json_unescape(JsonSlice quoted, char *out, size_t *size, Error *error);
/* Text as a string in quotes, escaped as PostgreSQL does. */
void json_append_string(const char *text, size_t size, Buffer *out);

#endif
