/* column/value.h: the values that are more than a C number. */
#ifndef RUNNEL_COLUMN_VALUE_H
#define RUNNEL_COLUMN_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef __int128 Int128;
typedef unsigned __int128 UInt128;

enum { STRING_VIEW_INLINE = 12, STRING_VIEW_PREFIX = 4 };

/* A string of 16 bytes: up to 12 bytes stand in the view itself (the rest zero), longer ones have their first
 * four there and a pointer to all of them. Whoever made the view owns the bytes. (Neumann and Freitag,
 * "Umbra", CIDR 2020, section 3.1.) */
typedef struct StringView {
    uint32_t size;
    char prefix[STRING_VIEW_PREFIX];
    union {
        char suffix[STRING_VIEW_INLINE - STRING_VIEW_PREFIX];
        const char *data;
    };
} StringView;

_Static_assert(sizeof(StringView) == 16, "a string view is two words");

/* `data` must live as long as the view where size > 12; shorter strings are copied into the view. */
static inline StringView
string_view(const char *data, size_t size)
{
    StringView view = {.size = (uint32_t)size};

    if (size <= STRING_VIEW_INLINE) {
        memcpy((char *)&view + offsetof(StringView, prefix), data, size);
    } else {
        memcpy(view.prefix, data, STRING_VIEW_PREFIX);
        view.data = data;
    }
    return view;
}

static inline const char *
string_view_data(const StringView *view)
{
    return view->size <= STRING_VIEW_INLINE ? (const char *)view + offsetof(StringView, prefix) : view->data;
}

static inline bool
string_view_equal(const StringView *a, const StringView *b)
{
    uint64_t words_a[2];
    uint64_t words_b[2];

    memcpy(words_a, a, sizeof words_a);
    memcpy(words_b, b, sizeof words_b);
    if (words_a[0] != words_b[0])
        return false;
    if (words_a[1] == words_b[1])
        return true;
    return a->size > STRING_VIEW_INLINE && memcmp(a->data, b->data, a->size) == 0;
}

/* By bytes, as memcmp: negative, 0 or positive. */
static inline int
string_view_compare(const StringView *a, const StringView *b)
{
    const size_t common = a->size < b->size ? a->size : b->size;
    const int order = memcmp(string_view_data(a), string_view_data(b), common);

    if (order != 0)
        return order;
    return (a->size > b->size) - (a->size < b->size);
}

/* As PostgreSQL: the three parts do not mix, but compare as if a month had 30 days and a day 24 hours. */
typedef struct Interval {
    int64_t microseconds;
    int32_t days;
    int32_t months;
} Interval;

/* The total order (and equality) of intervals: microseconds, with 30 days a month and 24 hours a day. */
static inline Int128
interval_order(const Interval *interval)
{
    const Int128 days = (Int128)interval->months * 30 + interval->days;

    return days * INT64_C(86400000000) + interval->microseconds;
}

/* The rows [offset, offset + count) of the list's child vector. */
typedef struct ListEntry {
    uint32_t offset;
    uint32_t count;
} ListEntry;

#endif
