/* expr/template.h: templates of to_char and its kin (PostgreSQL's manual, 9.8), cut into nodes.
 *
 * A template is cut once a call site. Keywords are looked for in the tables' order, so a longer one stands
 * before what it begins with. */
#ifndef RUNNEL_EXPR_TEMPLATE_H
#define RUNNEL_EXPR_TEMPLATE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "column/value.h"
#include "expr/session.h"

typedef enum TemplateKind {
    TEMPLATE_END,
    TEMPLATE_FIELD,
    TEMPLATE_TEXT,      /* a character to copy */
    TEMPLATE_SEPARATOR, /* one that is neither letter nor digit */
    TEMPLATE_SPACE
} TemplateKind;

typedef enum TemplateFlag {
    TEMPLATE_FILL = 1 << 0,       /* FM: no padding */
    TEMPLATE_ORDINAL = 1 << 1,    /* th */
    TEMPLATE_ORDINAL_UP = 1 << 2, /* TH */
    TEMPLATE_TRANSLATED = 1 << 3  /* TM: names without padding */
} TemplateFlag;

/* Which calendar a field belongs to: they do not mix in input. */
typedef enum TemplateCalendar { CALENDAR_ANY, CALENDAR_GREGORIAN, CALENDAR_ISO } TemplateCalendar;

typedef struct TemplateKeyword {
    const char *text;
    int field;
    bool digits; /* the field is made of digits */
    TemplateCalendar calendar;
} TemplateKeyword;

typedef struct TemplateNode {
    TemplateKind kind;
    uint32_t flags;
    const TemplateKeyword *keyword; /* FIELD */
    uint32_t size;                  /* of the character */
    const char *character;
} TemplateNode;

typedef struct Template {
    const TemplateNode *nodes; /* ends with one of kind END */
    const char *text;          /* of its own, for whoever wonders whether it is the same */
    size_t size;
} Template;

/* `keywords` ends with a NULL text. Prefixes and suffixes (FM, TM, TH, SP) are those of dates where `dates`.
 */
Status template_parse(const StringView *text, const TemplateKeyword *keywords, bool dates, Arena *arena,
                      Template *template, Error *error);

/* format_datetime.c: what a template shows of. */
typedef struct FormatTime {
    bool interval;
    int64_t year; /* astronomical; of intervals as it is */
    int32_t month, day, day_of_year, weekday, iso_year, iso_week, iso_day_of_year;
    int64_t hour;
    int32_t minute, second, microsecond;
    int64_t julian;
    const char *zone; /* its abbreviation; NULL: none */
    int32_t offset;   /* seconds east */
} FormatTime;

extern const TemplateKeyword template_datetime_keywords[];

/* DATETIME_FORMAT for fields that intervals lack. */
Status format_datetime(const Template *template, const FormatTime *time, Buffer *out, Error *error);

/* Text read by a template (parse_datetime.c). */
typedef struct ParsedTime {
    int64_t timestamp; /* local, or UTC where has_offset */
    int32_t days;      /* of the date */
    bool has_offset;
} ParsedTime;

Status parse_datetime(const Template *template, const char *text, size_t size, bool date_only, Arena *arena,
                      ParsedTime *parsed, Error *error);

/* Fields of dates and times. */
typedef enum DateTimeField {
    DT_AD,
    DT_AM,
    DT_CC,
    DT_DAY,
    DT_DDD,
    DT_DD,
    DT_DY,
    DT_D,
    DT_FF,
    DT_FX,
    DT_HH24,
    DT_HH12,
    DT_IDDD,
    DT_ID,
    DT_IW,
    DT_IYYY,
    DT_IYY,
    DT_IY,
    DT_I,
    DT_J,
    DT_MI,
    DT_MM,
    DT_MONTH,
    DT_MON,
    DT_MS,
    DT_OF,
    DT_Q,
    DT_RM,
    DT_SSSS,
    DT_SS,
    DT_TZH,
    DT_TZM,
    DT_TZ,
    DT_US,
    DT_WW,
    DT_W,
    DT_Y_YYY,
    DT_YYYY,
    DT_YYY,
    DT_YY,
    DT_Y
} DateTimeField;

/* format_number.c */
extern const TemplateKeyword template_number_keywords[];

typedef struct NumberFormat NumberFormat;

/* SYNTAX for templates that contradict themselves. */
Status number_format_new(const StringView *text, Arena *arena, const NumberFormat **format, Error *error);
bool number_format_is_scientific(const NumberFormat *format); /* EEEE */
/* Digits behind the decimal point, and in front of it (with those behind V). */
int number_format_scale(const NumberFormat *format);
int number_format_shift(const NumberFormat *format);

/* One of: a numeric; a double (`digits` is 15, or 6 for a float). */
Status number_format_numeric(const NumberFormat *format, Int128 value, int scale, Buffer *out, Error *error);
Status number_format_double(const NumberFormat *format, double value, int digits, Buffer *out, Error *error);
/* The number that a text shows, as the text of a numeric. */
Status number_format_read(const NumberFormat *format, const char *text, size_t size, Buffer *out,
                          Error *error);

#endif
