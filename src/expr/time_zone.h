/* expr/time_zone.h: time zones by name, from the system's IANA database (TZif, RFC 8536) or as fixed offsets.
 *
 * Zones are loaded once a process and kept; lookups are thread-safe. Offsets are seconds EAST of Greenwich.
 */
#ifndef RUNNEL_EXPR_TIME_ZONE_H
#define RUNNEL_EXPR_TIME_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct TimeZone TimeZone;

/* "UTC", "Europe/Berlin" (any case), an abbreviation of PostgreSQL's default set ("EST"), or POSIX's fixed
 * offsets, which count west of Greenwich: "GMT+5", "-03:30" (east), "<+03>-03". NULL where there is none of
 * that name. */
const TimeZone *time_zone_find(const char *name, size_t size);

/* The same offset at any time. */
bool time_zone_is_fixed(const TimeZone *zone);

/* The offset in force at a UTC timestamp (microseconds since 2000-01-01). */
int32_t time_zone_offset(const TimeZone *zone, int64_t utc);

/* The zone's abbreviation then, as "CET"; "+02" style for fixed offsets. Lives as long as the process. */
const char *time_zone_abbreviation(const TimeZone *zone, int64_t utc);

/* Local time to UTC. A time that does not exist (spring forward) is read with the offset before the change,
 * one that exists twice with the standard offset after it: as PostgreSQL. */
int64_t time_zone_to_utc(const TimeZone *zone, int64_t local);

/* "+02", "+05:30", "-00:44:30" as timestamptz output has it; returns the end. */
char *time_zone_put_offset(char *out, int32_t offset);

/* Digits after a sign: "2", "02", "0530", "05:30", "05:30:15". False where malformed or out of range. */
bool time_zone_parse_offset(const char *text, size_t size, int32_t *offset);

#endif
