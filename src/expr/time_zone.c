#include "expr/time_zone.h"

#include "expr/calendar.h"
#include "expr/text_parts.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZONE_NAME_MAX = 64, ZONE_FILE_MAX = 1 << 18, ABBREVIATION_MAX = 16 };

/* Seconds from 1970-01-01 to 2000-01-01. */
static const int64_t unix_seconds = (int64_t)CALENDAR_UNIX_DAYS * 86400;

typedef struct Period {
    int64_t start; /* UTC seconds since 2000-01-01 */
    int32_t offset;
    bool daylight;
    char abbreviation[ABBREVIATION_MAX];
} Period;

/* A change of a POSIX TZ rule: Mm.w.d, Jn or n, at `seconds` of local time. */
typedef struct RuleDate {
    char kind; /* 'M', 'J' or '0' */
    int32_t month, week, day;
    int32_t seconds;
} RuleDate;

struct TimeZone {
    TimeZone *next;
    char name[ZONE_NAME_MAX];
    Period *periods; /* at least one, by start; the first also covers everything before */
    uint32_t count;
    bool has_rule; /* after the last period: standard and daylight alternate */
    Period standard;
    Period daylight;
    RuleDate to_daylight;
    RuleDate to_standard;
};

static pthread_mutex_t zones_lock = PTHREAD_MUTEX_INITIALIZER;
static TimeZone *zones; /* guarded by zones_lock; never freed, never changed once linked */

static int64_t
big_endian(const unsigned char *bytes, int size)
{
    uint64_t value = (bytes[0] & 0x80) != 0 ? ~UINT64_C(0) : 0;

    for (int i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    return (int64_t)value;
}

/* POSIX TZ: "CET-1CEST,M3.5.0,M10.5.0/3" (RFC 8536, section 3.3.1). */
static bool
rule_name(const char **at, char *name)
{
    const char *start = *at;
    size_t size;

    if (*start == '<') {
        const char *end = strchr(++start, '>');
        if (end == NULL)
            return false;
        size = (size_t)(end - start);
        *at = end + 1;
    } else {
        size = strcspn(start, "+-,0123456789");
        *at = start + size;
    }
    if (size == 0 || size >= ABBREVIATION_MAX)
        return false;
    memcpy(name, start, size);
    name[size] = '\0';
    return true;
}

static int32_t
rule_seconds(const char **at)
{
    const char *p = *at;
    int32_t parts[3] = {0, 0, 0};
    const bool negative = *p == '-';

    if (*p == '-' || *p == '+')
        p++;
    for (int i = 0; i < 3; i++) {
        while (text_is_digit(*p) && parts[i] < 1000)
            parts[i] = parts[i] * 10 + (*p++ - '0');
        if (*p != ':')
            break;
        p++;
    }
    *at = p;
    const int32_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
    return negative ? -seconds : seconds;
}

static bool
rule_date(const char **at, RuleDate *date)
{
    *date = (RuleDate){.kind = '0', .seconds = 7200};
    if (**at != ',')
        return false;
    (*at)++;
    if (**at == 'M') {
        date->kind = 'M';
        int used = 0;
        if (sscanf(*at, "M%d.%d.%d%n", &date->month, &date->week, &date->day, &used) != 3)
            return false;
        if (date->month < 1 || date->month > 12 || date->week < 1 || date->week > 5 || date->day < 0 ||
            date->day > 6)
            return false;
        *at += used;
    } else {
        if (**at == 'J')
            date->kind = *(*at)++;
        char *end;
        date->day = (int32_t)strtol(*at, &end, 10);
        if (end == *at || date->day < 0 || date->day > 366)
            return false;
        *at = end;
    }
    if (**at == '/') {
        (*at)++;
        date->seconds = rule_seconds(at);
    }
    return true;
}

static bool
parse_rule(const char *text, TimeZone *zone)
{
    const char *at = text;

    if (!rule_name(&at, zone->standard.abbreviation))
        return false;
    zone->standard.offset = -rule_seconds(&at);
    if (*at == '\0') {
        zone->daylight = zone->standard;
        zone->to_daylight = zone->to_standard = (RuleDate){.kind = '0'};
        return true;
    }
    if (!rule_name(&at, zone->daylight.abbreviation))
        return false;
    zone->daylight.daylight = true;
    zone->daylight.offset = zone->standard.offset + 3600;
    if (*at != ',' && *at != '\0')
        zone->daylight.offset = -rule_seconds(&at);
    return rule_date(&at, &zone->to_daylight) && rule_date(&at, &zone->to_standard) && *at == '\0';
}

/* The UTC second at which the rule strikes in a year. */
static int64_t
rule_instant(const RuleDate *date, int32_t year, int32_t offset_before)
{
    int64_t day;

    if (date->kind == 'M') {
        const int64_t first = calendar_days(year, date->month, 1);
        day = first + (date->day - calendar_weekday(first) + 7) % 7 + (date->week - 1) * 7;
        if (day >= first + month_days(year, date->month))
            day -= 7;
    } else {
        day = calendar_days(year, 1, 1) + date->day;
        if (date->kind == 'J')
            day += -1 + (date->day >= 60 && year_is_leap(year));
    }
    return day * 86400 + date->seconds - offset_before;
}

/* The period of the rule at a UTC second; `start` and `end` bound it. */
static const Period *
rule_period(const TimeZone *zone, int64_t second, int64_t *start, int64_t *end)
{
    const int32_t year = calendar_date(floor_divide(second + zone->standard.offset, 86400)).year;
    int64_t instants[6] = {0};
    int count = 0;

    /* Changes of three years, in order: which of the two comes first in a year depends on the hemisphere. */
    const bool north = rule_instant(&zone->to_daylight, 2001, 0) < rule_instant(&zone->to_standard, 2001, 0);
    for (int32_t y = year - 1; y <= year + 1; y++) {
        const int64_t on = rule_instant(&zone->to_daylight, y, zone->standard.offset);
        const int64_t off = rule_instant(&zone->to_standard, y, zone->daylight.offset);
        instants[count++] = north ? on : off;
        instants[count++] = north ? off : on;
    }
    int i = 5;
    while (i > 0 && instants[i] > second)
        i--;
    *start = instants[i];
    *end = i < 5 ? instants[i + 1] : INT64_MAX;
    return (i % 2 == 0) == north ? &zone->daylight : &zone->standard;
}

static const Period *
find_period(const TimeZone *zone, int64_t second)
{
    uint32_t low = 0;
    uint32_t high = zone->count;
    int64_t start;
    int64_t end;

    if (zone->has_rule && second >= zone->periods[zone->count - 1].start)
        return rule_period(zone, second, &start, &end);
    while (high - low > 1) {
        const uint32_t middle = (low + high) / 2;
        if (zone->periods[middle].start <= second)
            low = middle;
        else
            high = middle;
    }
    return &zone->periods[low];
}

typedef struct Header {
    int64_t utc_count, standard_count, leap_count, time_count, type_count, char_count;
} Header;

static bool
read_header(const unsigned char *bytes, size_t size, Header *header)
{
    if (size < 44 || memcmp(bytes, "TZif", 4) != 0)
        return false;
    int64_t *counts[] = {&header->utc_count,  &header->standard_count, &header->leap_count,
                         &header->time_count, &header->type_count,     &header->char_count};
    for (int i = 0; i < 6; i++) {
        *counts[i] = big_endian(bytes + 20 + i * 4, 4);
        if (*counts[i] < 0 || *counts[i] > 100000)
            return false;
    }
    return header->type_count > 0;
}

static size_t
body_size(const Header *header, int time_size)
{
    return (size_t)(header->time_count * (time_size + 1) + header->type_count * 6 + header->char_count +
                    header->leap_count * (time_size + 4) + header->standard_count + header->utc_count);
}

static bool
read_type(const unsigned char *types, const Header *header, int64_t type, const unsigned char *chars,
          Period *period)
{
    if (type >= header->type_count)
        return false;
    const unsigned char *entry = types + type * 6;
    period->offset = (int32_t)big_endian(entry, 4);
    period->daylight = entry[4] != 0;
    if (entry[5] >= header->char_count || period->offset < -90000 || period->offset > 180000)
        return false;
    const size_t room = (size_t)(header->char_count - entry[5]);
    snprintf(period->abbreviation, sizeof period->abbreviation, "%.*s",
             (int)(room < ABBREVIATION_MAX ? room : ABBREVIATION_MAX - 1), (const char *)chars + entry[5]);
    return true;
}

/* The second (64-bit) block of a TZif file and its footer. */
static bool
read_periods(const unsigned char *bytes, size_t size, TimeZone *zone)
{
    Header header;

    if (!read_header(bytes, size, &header) || bytes[4] < '2')
        return false;
    const size_t skip = 44 + body_size(&header, 4);
    if (skip > size || !read_header(bytes + skip, size - skip, &header))
        return false;
    const unsigned char *times = bytes + skip + 44;
    if (body_size(&header, 8) > size - skip - 44)
        return false;
    const unsigned char *indexes = times + header.time_count * 8;
    const unsigned char *types = indexes + header.time_count;
    const unsigned char *chars = types + header.type_count * 6;

    zone->count = (uint32_t)header.time_count + 1;
    zone->periods = calloc(zone->count, sizeof *zone->periods);
    if (zone->periods == NULL || !read_type(types, &header, 0, chars, &zone->periods[0]))
        return false;
    zone->periods[0].start = INT64_MIN;
    for (int64_t i = 0; i < header.time_count; i++) {
        Period *period = &zone->periods[i + 1];
        if (!read_type(types, &header, indexes[i], chars, period))
            return false;
        period->start = big_endian(times + i * 8, 8) - unix_seconds;
    }

    const char *footer = (const char *)times + body_size(&header, 8);
    const char *end = (const char *)bytes + size;
    char rule[128];
    if (footer + 2 < end && *footer == '\n' && end[-1] == '\n' && (size_t)(end - footer) < sizeof rule) {
        memcpy(rule, footer + 1, (size_t)(end - footer) - 2);
        rule[end - footer - 2] = '\0';
        zone->has_rule = parse_rule(rule, zone) && strchr(rule, ',') != NULL;
    }
    return true;
}

static bool
read_file(const char *path, TimeZone *zone)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return false;
    unsigned char *bytes = malloc(ZONE_FILE_MAX);
    const size_t size = bytes == NULL ? 0 : fread(bytes, 1, ZONE_FILE_MAX, file);
    fclose(file);
    const bool ok = size > 0 && read_periods(bytes, size, zone);
    free(bytes);
    return ok;
}

/* Find `part` in a directory whatever its case, and append the name as it is spelt there. */
static bool
append_spelt(char *path, size_t room, const char *part, size_t size)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    bool found = false;

    if (directory == NULL)
        return false;
    while (!found && (entry = readdir(directory)) != NULL) {
        if (strlen(entry->d_name) != size || strncasecmp(entry->d_name, part, size) != 0)
            continue;
        const size_t length = strlen(path);
        found = (size_t)snprintf(path + length, room - length, "/%s", entry->d_name) < room - length;
    }
    closedir(directory);
    return found;
}

static bool
load_zone(const char *name, TimeZone *zone)
{
    char path[PATH_MAX] = "/usr/share/zoneinfo";

    for (const char *part = name; *part != '\0';) {
        const size_t size = strcspn(part, "/");
        if (size == 0 || part[0] == '.' || !append_spelt(path, sizeof path, part, size))
            return false;
        part += size + (part[size] == '/');
    }
    return read_file(path, zone);
}

/* PostgreSQL's default abbreviations that people use; seconds east. */
static const struct {
    const char *name;
    int32_t offset;
} abbreviations[] = {
    {"utc", 0},      {"z", 0},        {"zulu", 0},     {"gmt", 0},      {"ut", 0},        {"wet", 0},
    {"west", 3600},  {"bst", 3600},   {"cet", 3600},   {"cest", 7200},  {"met", 3600},    {"mest", 7200},
    {"eet", 7200},   {"eest", 10800}, {"msk", 10800},  {"sast", 7200},  {"pkt", 18000},   {"sgt", 28800},
    {"hkt", 28800},  {"jst", 32400},  {"kst", 32400},  {"acst", 34200}, {"acdt", 37800},  {"aest", 36000},
    {"aedt", 39600}, {"awst", 28800}, {"nzst", 43200}, {"nzdt", 46800}, {"nst", -12600},  {"ndt", -9000},
    {"ast", -14400}, {"adt", -10800}, {"est", -18000}, {"edt", -14400}, {"cst", -21600},  {"cdt", -18000},
    {"mst", -25200}, {"mdt", -21600}, {"pst", -28800}, {"pdt", -25200}, {"akst", -32400}, {"akdt", -28800},
    {"hst", -36000}, {"brt", -10800}, {"art", -10800},
};

static bool
fixed_zone(const char *name, size_t size, TimeZone *zone)
{
    int32_t offset = 0;
    bool found = false;

    for (size_t i = 0; !found && i < sizeof abbreviations / sizeof *abbreviations; i++) {
        found = text_equals_word(name, size, abbreviations[i].name);
        offset = abbreviations[i].offset;
    }
    if (!found)
        return false;
    zone->periods = calloc(1, sizeof *zone->periods);
    if (zone->periods == NULL)
        return false;
    zone->count = 1;
    zone->periods[0].start = INT64_MIN;
    zone->periods[0].offset = offset;
    for (size_t i = 0; i < size && i < ABBREVIATION_MAX - 1; i++)
        zone->periods[0].abbreviation[i] = (char)toupper((unsigned char)name[i]);
    return true;
}

/* A name, or none, and an offset that counts west of Greenwich, as POSIX has it and PostgreSQL takes it:
 * "GMT+5", "-03:30", "<+03>-03". */
static bool
posix_zone(const char *name, TimeZone *zone)
{
    static const int32_t offset_end = 168 * 3600;
    const char *at = name;

    at += *at == '<' ? strcspn(at, ">") : strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    at += *at == '>';
    const size_t size = (size_t)(at - name);
    if (!text_is_digit(at[*at == '+' || *at == '-']))
        return false;
    const int32_t offset = -rule_seconds(&at);
    if (*at != '\0' || offset <= -offset_end || offset >= offset_end)
        return false;
    zone->periods = calloc(1, sizeof *zone->periods);
    if (zone->periods == NULL)
        return false;
    zone->count = 1;
    zone->periods[0].start = INT64_MIN;
    zone->periods[0].offset = offset;
    if (size == 0 || size >= ABBREVIATION_MAX)
        *time_zone_put_offset(zone->periods[0].abbreviation, offset) = '\0';
    else if (*name == '<')
        memcpy(zone->periods[0].abbreviation, name + 1, size - 2);
    else
        memcpy(zone->periods[0].abbreviation, name, size);
    return true;
}

static TimeZone *
make_zone(const char *name, size_t size)
{
    TimeZone *zone = calloc(1, sizeof *zone);

    if (zone == NULL)
        return NULL;
    memcpy(zone->name, name, size);
    if (fixed_zone(zone->name, size, zone) || load_zone(zone->name, zone) || posix_zone(zone->name, zone))
        return zone;
    free(zone->periods);
    free(zone);
    return NULL;
}

const TimeZone *
time_zone_find(const char *name, size_t size)
{
    if (size == 0 || size >= ZONE_NAME_MAX || memchr(name, '\0', size) != NULL)
        return NULL;
    pthread_mutex_lock(&zones_lock);
    TimeZone *zone = zones;
    while (zone != NULL && !(strlen(zone->name) == size && strncasecmp(zone->name, name, size) == 0))
        zone = zone->next;
    if (zone == NULL && (zone = make_zone(name, size)) != NULL) {
        zone->next = zones;
        zones = zone;
    }
    pthread_mutex_unlock(&zones_lock);
    return zone;
}

bool
time_zone_is_fixed(const TimeZone *zone)
{
    return zone->count == 1 && !zone->has_rule;
}

int32_t
time_zone_offset(const TimeZone *zone, int64_t utc)
{
    return find_period(zone, floor_divide(utc, MICROSECONDS_SECOND))->offset;
}

const char *
time_zone_abbreviation(const TimeZone *zone, int64_t utc)
{
    return find_period(zone, floor_divide(utc, MICROSECONDS_SECOND))->abbreviation;
}

int64_t
time_zone_to_utc(const TimeZone *zone, int64_t local)
{
    if (time_zone_is_fixed(zone))
        return local - zone->periods[0].offset * MICROSECONDS_SECOND;

    /* The offsets a day before and after bracket the change, if there is one. */
    const int32_t before = time_zone_offset(zone, local - MICROSECONDS_DAY);
    const int32_t after = time_zone_offset(zone, local + MICROSECONDS_DAY);
    const int64_t early = local - before * MICROSECONDS_SECOND;
    const int64_t late = local - after * MICROSECONDS_SECOND;
    if (before == after)
        return early;
    const bool early_holds = time_zone_offset(zone, early) == before;
    const bool late_holds = time_zone_offset(zone, late) == after;
    if (early_holds && late_holds) /* twice: the standard one */
        return find_period(zone, floor_divide(late, MICROSECONDS_SECOND))->daylight ? early : late;
    if (early_holds)
        return early;
    if (late_holds)
        return late;
    return early; /* never: the offset before the change */
}

char *
time_zone_put_offset(char *out, int32_t offset)
{
    const uint32_t seconds = (uint32_t)(offset < 0 ? -offset : offset);

    *out++ = offset < 0 ? '-' : '+';
    out = text_put_digits(out, seconds / 3600, 2);
    if (seconds % 3600 != 0) {
        *out++ = ':';
        out = text_put_digits(out, seconds / 60 % 60, 2);
    }
    if (seconds % 60 != 0) {
        *out++ = ':';
        out = text_put_digits(out, seconds % 60, 2);
    }
    return out;
}

bool
time_zone_parse_offset(const char *text, size_t size, int32_t *offset)
{
    int32_t parts[3] = {0, 0, 0};
    size_t at = 0;
    size_t digits = 0;

    while (digits < size && text_is_digit(text[digits]))
        digits++;
    if (digits == 0 || digits > 6)
        return false;
    if (digits == size && digits > 2) { /* hhmm, hmm, hhmmss */
        int32_t number = 0;
        for (; at < size; at++)
            number = number * 10 + (text[at] - '0');
        if (digits > 4) {
            parts[2] = number % 100;
            number /= 100;
        }
        parts[0] = number / 100;
        parts[1] = number % 100;
    } else {
        for (int i = 0; i < 3; i++) {
            const size_t start = at;
            while (at < size && text_is_digit(text[at]) && at - start < 2)
                parts[i] = parts[i] * 10 + (text[at++] - '0');
            if (at == start || at == size)
                break;
            if (text[at++] != ':' || i == 2)
                return false;
        }
    }
    *offset = parts[0] * 3600 + parts[1] * 60 + parts[2];
    return at == size && parts[0] <= 15 && parts[1] < 60 && parts[2] < 60;
}
