/* Dates, times and intervals shown by a template (to_char). */
#include "expr/template.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const TemplateKeyword template_datetime_keywords[] = {
    {"A.D.", DT_AD, false, CALENDAR_ANY},
    {"A.M.", DT_AM, false, CALENDAR_ANY},
    {"AD", DT_AD, false, CALENDAR_ANY},
    {"AM", DT_AM, false, CALENDAR_ANY},
    {"B.C.", DT_AD, false, CALENDAR_ANY},
    {"BC", DT_AD, false, CALENDAR_ANY},
    {"CC", DT_CC, true, CALENDAR_ANY},
    {"DAY", DT_DAY, false, CALENDAR_ANY},
    {"DDD", DT_DDD, true, CALENDAR_GREGORIAN},
    {"DD", DT_DD, true, CALENDAR_GREGORIAN},
    {"DY", DT_DY, false, CALENDAR_ANY},
    {"Day", DT_DAY, false, CALENDAR_ANY},
    {"Dy", DT_DY, false, CALENDAR_ANY},
    {"D", DT_D, true, CALENDAR_GREGORIAN},
    {"FF1", DT_FF, false, CALENDAR_ANY},
    {"FF2", DT_FF, false, CALENDAR_ANY},
    {"FF3", DT_FF, false, CALENDAR_ANY},
    {"FF4", DT_FF, false, CALENDAR_ANY},
    {"FF5", DT_FF, false, CALENDAR_ANY},
    {"FF6", DT_FF, false, CALENDAR_ANY},
    {"FX", DT_FX, false, CALENDAR_ANY},
    {"HH24", DT_HH24, true, CALENDAR_ANY},
    {"HH12", DT_HH12, true, CALENDAR_ANY},
    {"HH", DT_HH12, true, CALENDAR_ANY},
    {"IDDD", DT_IDDD, true, CALENDAR_ISO},
    {"ID", DT_ID, true, CALENDAR_ISO},
    {"IW", DT_IW, true, CALENDAR_ISO},
    {"IYYY", DT_IYYY, true, CALENDAR_ISO},
    {"IYY", DT_IYY, true, CALENDAR_ISO},
    {"IY", DT_IY, true, CALENDAR_ISO},
    {"I", DT_I, true, CALENDAR_ISO},
    {"J", DT_J, true, CALENDAR_ANY},
    {"MI", DT_MI, true, CALENDAR_ANY},
    {"MM", DT_MM, true, CALENDAR_GREGORIAN},
    {"MONTH", DT_MONTH, false, CALENDAR_GREGORIAN},
    {"MON", DT_MON, false, CALENDAR_GREGORIAN},
    {"MS", DT_MS, true, CALENDAR_ANY},
    {"Month", DT_MONTH, false, CALENDAR_GREGORIAN},
    {"Mon", DT_MON, false, CALENDAR_GREGORIAN},
    {"OF", DT_OF, false, CALENDAR_ANY},
    {"P.M.", DT_AM, false, CALENDAR_ANY},
    {"PM", DT_AM, false, CALENDAR_ANY},
    {"Q", DT_Q, true, CALENDAR_ANY},
    {"RM", DT_RM, false, CALENDAR_GREGORIAN},
    {"SSSSS", DT_SSSS, true, CALENDAR_ANY},
    {"SSSS", DT_SSSS, true, CALENDAR_ANY},
    {"SS", DT_SS, true, CALENDAR_ANY},
    {"TZH", DT_TZH, false, CALENDAR_ANY},
    {"TZM", DT_TZM, true, CALENDAR_ANY},
    {"TZ", DT_TZ, false, CALENDAR_ANY},
    {"US", DT_US, true, CALENDAR_ANY},
    {"WW", DT_WW, true, CALENDAR_GREGORIAN},
    {"W", DT_W, true, CALENDAR_GREGORIAN},
    {"Y,YYY", DT_Y_YYY, true, CALENDAR_GREGORIAN},
    {"YYYY", DT_YYYY, true, CALENDAR_GREGORIAN},
    {"YYY", DT_YYY, true, CALENDAR_GREGORIAN},
    {"YY", DT_YY, true, CALENDAR_GREGORIAN},
    {"Y", DT_Y, true, CALENDAR_GREGORIAN},
    {"a.d.", DT_AD, false, CALENDAR_ANY},
    {"a.m.", DT_AM, false, CALENDAR_ANY},
    {"ad", DT_AD, false, CALENDAR_ANY},
    {"am", DT_AM, false, CALENDAR_ANY},
    {"b.c.", DT_AD, false, CALENDAR_ANY},
    {"bc", DT_AD, false, CALENDAR_ANY},
    {"cc", DT_CC, true, CALENDAR_ANY},
    {"day", DT_DAY, false, CALENDAR_ANY},
    {"ddd", DT_DDD, true, CALENDAR_GREGORIAN},
    {"dd", DT_DD, true, CALENDAR_GREGORIAN},
    {"dy", DT_DY, false, CALENDAR_ANY},
    {"d", DT_D, true, CALENDAR_GREGORIAN},
    {"ff1", DT_FF, false, CALENDAR_ANY},
    {"ff2", DT_FF, false, CALENDAR_ANY},
    {"ff3", DT_FF, false, CALENDAR_ANY},
    {"ff4", DT_FF, false, CALENDAR_ANY},
    {"ff5", DT_FF, false, CALENDAR_ANY},
    {"ff6", DT_FF, false, CALENDAR_ANY},
    {"fx", DT_FX, false, CALENDAR_ANY},
    {"hh24", DT_HH24, true, CALENDAR_ANY},
    {"hh12", DT_HH12, true, CALENDAR_ANY},
    {"hh", DT_HH12, true, CALENDAR_ANY},
    {"iddd", DT_IDDD, true, CALENDAR_ISO},
    {"id", DT_ID, true, CALENDAR_ISO},
    {"iw", DT_IW, true, CALENDAR_ISO},
    {"iyyy", DT_IYYY, true, CALENDAR_ISO},
    {"iyy", DT_IYY, true, CALENDAR_ISO},
    {"iy", DT_IY, true, CALENDAR_ISO},
    {"i", DT_I, true, CALENDAR_ISO},
    {"j", DT_J, true, CALENDAR_ANY},
    {"mi", DT_MI, true, CALENDAR_ANY},
    {"mm", DT_MM, true, CALENDAR_GREGORIAN},
    {"month", DT_MONTH, false, CALENDAR_GREGORIAN},
    {"mon", DT_MON, false, CALENDAR_GREGORIAN},
    {"ms", DT_MS, true, CALENDAR_ANY},
    {"of", DT_OF, false, CALENDAR_ANY},
    {"p.m.", DT_AM, false, CALENDAR_ANY},
    {"pm", DT_AM, false, CALENDAR_ANY},
    {"q", DT_Q, true, CALENDAR_ANY},
    {"rm", DT_RM, false, CALENDAR_GREGORIAN},
    {"sssss", DT_SSSS, true, CALENDAR_ANY},
    {"ssss", DT_SSSS, true, CALENDAR_ANY},
    {"ss", DT_SS, true, CALENDAR_ANY},
    {"tzh", DT_TZH, false, CALENDAR_ANY},
    {"tzm", DT_TZM, true, CALENDAR_ANY},
    {"tz", DT_TZ, false, CALENDAR_ANY},
    {"us", DT_US, true, CALENDAR_ANY},
    {"ww", DT_WW, true, CALENDAR_GREGORIAN},
    {"w", DT_W, true, CALENDAR_GREGORIAN},
    {"y,yyy", DT_Y_YYY, true, CALENDAR_GREGORIAN},
    {"yyyy", DT_YYYY, true, CALENDAR_GREGORIAN},
    {"yyy", DT_YYY, true, CALENDAR_GREGORIAN},
    {"yy", DT_YY, true, CALENDAR_GREGORIAN},
    {"y", DT_Y, true, CALENDAR_GREGORIAN},
    {NULL, 0, false, CALENDAR_ANY},
};

static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September",
                                     "October", "November", "December"};
static const char *const days[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const roman[] = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"};
/* clang-format on */

enum { NAME_WIDTH = 9, ROMAN_WIDTH = 4, SHORT_NAME = 3 };

/* The letters' case as the keyword is written: MONTH, Month, month. */
static void
append_name(const TemplateNode *node, const char *name, size_t size, int width, Buffer *out)
{
    const bool upper = isupper((unsigned char)node->keyword->text[0]) != 0;
    const bool all = isupper((unsigned char)node->keyword->text[1]) != 0;

    for (size_t i = 0; i < size; i++) {
        const int c = (unsigned char)name[i];
        buffer_append_char(out, (char)((i == 0 ? upper : all) ? toupper(c) : tolower(c)));
    }
    for (int i = (int)size; i < width && (node->flags & (TEMPLATE_FILL | TEMPLATE_TRANSLATED)) == 0; i++)
        buffer_append_char(out, ' ');
}

static const char *
ordinal(const char *digits, size_t size, bool upper)
{
    const char last = size > 0 ? digits[size - 1] : '0';
    const bool teen = size > 1 && digits[size - 2] == '1';

    if (!teen && last >= '1' && last <= '3')
        return upper ? (const char *[]){"ST", "ND", "RD"}[last - '1']
                     : (const char *[]){"st", "nd", "rd"}[last - '1'];
    return upper ? "TH" : "th";
}

/* A number with leading zeros, one place more where it is negative; none in fill mode. */
static void
append_number(const TemplateNode *node, int64_t value, int width, Buffer *out)
{
    char text[32];
    const int places = (node->flags & TEMPLATE_FILL) != 0 ? 0 : value >= 0 ? width : width + 1;
    const int size = snprintf(text, sizeof text, "%0*lld", places, (long long)value);

    buffer_append(out, text, (size_t)size);
    if ((node->flags & (TEMPLATE_ORDINAL | TEMPLATE_ORDINAL_UP)) != 0)
        buffer_append_string(out, ordinal(text, (size_t)size, (node->flags & TEMPLATE_ORDINAL_UP) != 0));
}

/* Days and weeks have no place more for a sign. */
static void
append_days(const TemplateNode *node, int64_t value, int width, Buffer *out)
{
    append_number(node, value, value < 0 ? width - 1 : width, out);
}

/* Digits that fill mode leaves alone. */
static void
append_digits(const TemplateNode *node, int64_t value, int width, Buffer *out)
{
    TemplateNode plain = *node;

    plain.flags &= ~(uint32_t)TEMPLATE_FILL;
    append_number(&plain, value, width, out);
}

/* AD and BC, AM and PM, with points where the keyword has them. */
static void
append_pair(const TemplateNode *node, const char *pair, Buffer *out)
{
    const char *keyword = node->keyword->text;
    const bool upper = isupper((unsigned char)keyword[0]) != 0;

    for (int i = 0; i < 2; i++) {
        buffer_append_char(out, (char)(upper ? pair[i] : tolower((unsigned char)pair[i])));
        if (keyword[1] == '.')
            buffer_append_char(out, '.');
    }
}

/* Years are shown without a sign: 1 BC is 1. */
static int64_t
shown_year(const FormatTime *time, int64_t year)
{
    return time->interval || year > 0 ? year : 1 - year;
}

static int64_t
century(const FormatTime *time)
{
    if (time->interval)
        return time->year / 100;
    return time->year > 0 ? (time->year - 1) / 100 + 1 : time->year / 100 - 1;
}

static void
append_roman(const TemplateNode *node, const FormatTime *time, Buffer *out)
{
    int month = time->month;

    if (month == 0 && time->year == 0)
        return;
    if (month == 0)
        month = time->year >= 0 ? 12 : 1;
    else if (month < 0)
        month += 13;
    append_name(node, roman[month - 1], strlen(roman[month - 1]), ROMAN_WIDTH, out);
}

static void
append_offset(const TemplateNode *node, const FormatTime *time, Buffer *out)
{
    const int32_t size = abs(time->offset);

    buffer_append_char(out, time->offset >= 0 ? '+' : '-');
    buffer_append_format(out, "%0*d", (node->flags & TEMPLATE_FILL) != 0 ? 0 : 2, size / 3600);
    if (size % 3600 != 0)
        buffer_append_format(out, ":%02d", size % 3600 / 60);
}

static void
append_zone(const TemplateNode *node, const FormatTime *time, Buffer *out)
{
    const bool upper = isupper((unsigned char)node->keyword->text[0]) != 0;

    for (const char *c = time->zone; c != NULL && *c != '\0'; c++)
        buffer_append_char(out, (char)(upper ? toupper((unsigned char)*c) : tolower((unsigned char)*c)));
}

/* Whether a field means nothing for an interval. */
static bool
needs_calendar(int field)
{
    switch (field) {
    case DT_AD:
    case DT_MONTH:
    case DT_MON:
    case DT_DAY:
    case DT_DY:
    case DT_D:
    case DT_ID:
    case DT_TZ:
    case DT_TZH:
    case DT_TZM:
    case DT_OF: return true;
    default: return false;
    }
}

static void
append_time_field(const TemplateNode *node, const FormatTime *time, Buffer *out)
{
    static const int32_t powers[] = {100000, 10000, 1000, 100, 10, 1};
    const int places = node->keyword->text[2] - '0';

    switch (node->keyword->field) {
    case DT_AM: append_pair(node, time->hour % 24 >= 12 ? "PM" : "AM", out); break;
    case DT_HH12: append_number(node, time->hour % 12 == 0 ? 12 : time->hour % 12, 2, out); break;
    case DT_HH24: append_number(node, time->hour, 2, out); break;
    case DT_MI: append_number(node, time->minute, 2, out); break;
    case DT_SS: append_number(node, time->second, 2, out); break;
    case DT_MS: append_digits(node, time->microsecond / 1000, 3, out); break;
    case DT_US: append_digits(node, time->microsecond, 6, out); break;
    case DT_FF: append_digits(node, time->microsecond / powers[places - 1], places, out); break;
    case DT_SSSS: append_number(node, time->hour * 3600 + time->minute * 60 + time->second, 0, out); break;
    case DT_TZ: append_zone(node, time, out); break;
    case DT_TZH:
        buffer_append_format(out, "%c%02d", time->offset >= 0 ? '+' : '-', abs(time->offset) / 3600);
        break;
    case DT_TZM: buffer_append_format(out, "%02d", abs(time->offset) % 3600 / 60); break;
    case DT_OF: append_offset(node, time, out); break;
    default: break;
    }
}

static void
append_year_field(const TemplateNode *node, const FormatTime *time, Buffer *out)
{
    const int64_t year = shown_year(time, time->year);
    const int64_t iso = shown_year(time, time->iso_year);

    switch (node->keyword->field) {
    case DT_Y_YYY:
        buffer_append_format(out, "%lld,%03lld", (long long)(year / 1000), (long long)(year % 1000));
        if ((node->flags & (TEMPLATE_ORDINAL | TEMPLATE_ORDINAL_UP)) != 0)
            buffer_append_string(out,
                                 ordinal(out->data, out->size, (node->flags & TEMPLATE_ORDINAL_UP) != 0));
        break;
    case DT_YYYY: append_number(node, year, 4, out); break;
    case DT_YYY: append_number(node, year % 1000, 3, out); break;
    case DT_YY: append_number(node, year % 100, 2, out); break;
    case DT_Y: append_digits(node, year % 10, 1, out); break;
    case DT_IYYY: append_number(node, iso, 4, out); break;
    case DT_IYY: append_number(node, iso % 1000, 3, out); break;
    case DT_IY: append_number(node, iso % 100, 2, out); break;
    case DT_I: append_digits(node, iso % 10, 1, out); break;
    case DT_CC: append_number(node, century(time), 2, out); break;
    case DT_AD: append_pair(node, time->year <= 0 ? "BC" : "AD", out); break;
    default: append_time_field(node, time, out); break;
    }
}

static void
append_field(const TemplateNode *node, const FormatTime *time, Buffer *out)
{
    switch (node->keyword->field) {
    case DT_MONTH:
        append_name(node, months[time->month - 1], strlen(months[time->month - 1]), NAME_WIDTH, out);
        break;
    case DT_MON: append_name(node, months[time->month - 1], SHORT_NAME, 0, out); break;
    case DT_MM: append_number(node, time->month, 2, out); break;
    case DT_DAY: append_name(node, days[time->weekday], strlen(days[time->weekday]), NAME_WIDTH, out); break;
    case DT_DY: append_name(node, days[time->weekday], SHORT_NAME, 0, out); break;
    case DT_DDD: append_days(node, time->day_of_year, 3, out); break;
    case DT_IDDD: append_days(node, time->iso_day_of_year, 3, out); break;
    case DT_DD: append_days(node, time->day, 2, out); break;
    case DT_D: append_number(node, time->weekday + 1, 0, out); break;
    case DT_ID: append_number(node, time->weekday == 0 ? 7 : time->weekday, 0, out); break;
    case DT_WW: append_days(node, (time->day_of_year - 1) / 7 + 1, 2, out); break;
    case DT_IW: append_days(node, time->iso_week, 2, out); break;
    case DT_W: append_number(node, (time->day - 1) / 7 + 1, 0, out); break;
    case DT_J: append_number(node, time->julian, 0, out); break;
    case DT_RM: append_roman(node, time, out); break;
    case DT_Q:
        if (time->month != 0)
            append_number(node, (time->month - 1) / 3 + 1, 0, out);
        break;
    default: append_year_field(node, time, out); break;
    }
}

Status
format_datetime(const Template *template, const FormatTime *time, Buffer *out, Error *error)
{
    for (const TemplateNode *node = template->nodes; node->kind != TEMPLATE_END; node++) {
        if (node->kind != TEMPLATE_FIELD) {
            buffer_append(out, node->character, node->size);
            continue;
        }
        if (time->interval && needs_calendar(node->keyword->field)) {
            error_set(error, STATUS_DATETIME_FORMAT, "invalid format specification for an interval value");
            return error_hint(error, "Intervals are not tied to specific calendar dates.");
        }
        append_field(node, time, out);
    }
    return out->failed ? error_set_memory(error) : STATUS_OK;
}
