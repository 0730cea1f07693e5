/* Numbers shown and read by a template (to_char, to_number). The number's digits are laid out from the
 * template's first digit to its last; signs stand where S, MI, PL, SG and PR put them, else before the first
 * digit. */
#include "expr/calendar.h"
#include "expr/numeric.h"
#include "expr/template.h"
#include "expr/text.h"
#include "expr/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum NumberField {
    NUM_COMMA,
    NUM_POINT,
    NUM_ZERO,
    NUM_NINE,
    NUM_BLANK,
    NUM_LOCAL_POINT,
    NUM_EXPONENT,
    NUM_FILL,
    NUM_GROUP,
    NUM_CURRENCY,
    NUM_MINUS,
    NUM_PLUS,
    NUM_BRACKET,
    NUM_ROMAN,
    NUM_SIGN,
    NUM_LOCAL_SIGN,
    NUM_ORDINAL,
    NUM_SHIFT,
    NUM_IGNORED
} NumberField;

/* clang-format off */
const TemplateKeyword template_number_keywords[] = {
    {",", NUM_COMMA, false, CALENDAR_ANY}, {".", NUM_POINT, false, CALENDAR_ANY}, {"0", NUM_ZERO, false, CALENDAR_ANY},
    {"9", NUM_NINE, false, CALENDAR_ANY}, {"B", NUM_BLANK, false, CALENDAR_ANY}, {"C", NUM_IGNORED, false, CALENDAR_ANY},
    {"D", NUM_LOCAL_POINT, false, CALENDAR_ANY}, {"EEEE", NUM_EXPONENT, false, CALENDAR_ANY},
    {"FM", NUM_FILL, false, CALENDAR_ANY}, {"G", NUM_GROUP, false, CALENDAR_ANY}, {"L", NUM_CURRENCY, false, CALENDAR_ANY},
    {"MI", NUM_MINUS, false, CALENDAR_ANY}, {"PL", NUM_PLUS, false, CALENDAR_ANY}, {"PR", NUM_BRACKET, false, CALENDAR_ANY},
    {"RN", NUM_ROMAN, false, CALENDAR_ANY}, {"SG", NUM_SIGN, false, CALENDAR_ANY}, {"SP", NUM_IGNORED, false, CALENDAR_ANY},
    {"S", NUM_LOCAL_SIGN, false, CALENDAR_ANY}, {"TH", NUM_ORDINAL, false, CALENDAR_ANY}, {"V", NUM_SHIFT, false, CALENDAR_ANY},
    {"b", NUM_BLANK, false, CALENDAR_ANY}, {"c", NUM_IGNORED, false, CALENDAR_ANY}, {"d", NUM_LOCAL_POINT, false, CALENDAR_ANY},
    {"eeee", NUM_EXPONENT, false, CALENDAR_ANY}, {"fm", NUM_FILL, false, CALENDAR_ANY}, {"g", NUM_GROUP, false, CALENDAR_ANY},
    {"l", NUM_CURRENCY, false, CALENDAR_ANY}, {"mi", NUM_MINUS, false, CALENDAR_ANY}, {"pl", NUM_PLUS, false, CALENDAR_ANY},
    {"pr", NUM_BRACKET, false, CALENDAR_ANY}, {"rn", NUM_ROMAN, false, CALENDAR_ANY}, {"sg", NUM_SIGN, false, CALENDAR_ANY},
    {"sp", NUM_IGNORED, false, CALENDAR_ANY}, {"s", NUM_LOCAL_SIGN, false, CALENDAR_ANY}, {"th", NUM_ORDINAL, false, CALENDAR_ANY},
    {"v", NUM_SHIFT, false, CALENDAR_ANY}, {NULL, 0, false, CALENDAR_ANY},
};
/* clang-format on */

typedef enum SignPlace { SIGN_NOWHERE, SIGN_FRONT, SIGN_BACK } SignPlace;

struct NumberFormat {
    Template template;
    int whole;       /* digits before the point */
    int fraction;    /* and behind it */
    int shift;       /* behind V */
    int zero_start;  /* the first digit that is shown even where it is a leading zero, from 1; 0: none */
    int zero_end;    /* the last 0 of the template */
    int sign_digits; /* digits before S */
    SignPlace sign;
    bool fill, blank, decimal, local_sign, minus, plus, bracket, roman, exponent, multiply;
};

static Status
refuse(Error *error, const char *text)
{
    return error_set(error, STATUS_SYNTAX, "%s", text);
}

static Status
take_digit(NumberFormat *format, bool zero, Error *error)
{
    if (format->bracket)
        return refuse(error, zero ? "\"0\" must be ahead of \"PR\"" : "\"9\" must be ahead of \"PR\"");
    if (!zero && format->multiply) {
        format->shift++;
        return STATUS_OK;
    }
    if (zero && format->zero_start == 0 && !format->decimal)
        format->zero_start = format->whole + 1;
    if (format->decimal)
        format->fraction++;
    else
        format->whole++;
    if (zero)
        format->zero_end = format->whole + format->fraction;
    return STATUS_OK;
}

static Status
take_point(NumberFormat *format, Error *error)
{
    if (format->decimal)
        return refuse(error, "multiple decimal points");
    if (format->multiply)
        return refuse(error, "cannot use \"V\" and decimal point together");
    format->decimal = true;
    return STATUS_OK;
}

static Status
take_local_sign(NumberFormat *format, Error *error)
{
    if (format->local_sign)
        return refuse(error, "cannot use \"S\" twice");
    if (format->plus || format->minus || format->bracket)
        return refuse(error, "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
    format->sign = format->decimal ? SIGN_BACK : SIGN_FRONT;
    format->sign_digits = format->whole;
    format->local_sign = true;
    return STATUS_OK;
}

static Status
take_plain_sign(NumberFormat *format, const char *name, bool minus, bool plus, Error *error)
{
    if (format->local_sign)
        return error_set(error, STATUS_SYNTAX, "cannot use \"S\" and \"%s\" together", name);
    format->minus |= minus;
    format->plus |= plus;
    return STATUS_OK;
}

static Status
take_exponent(NumberFormat *format, Error *error)
{
    if (format->blank || format->fill || format->local_sign || format->bracket || format->minus ||
        format->plus || format->roman || format->multiply) {
        refuse(error, "\"EEEE\" is incompatible with other formats");
        return error_hint(error, "\"EEEE\" may only be used together with digit and decimal point patterns.");
    }
    format->exponent = true;
    return STATUS_OK;
}

static Status
take_field(NumberFormat *format, NumberField field, Error *error)
{
    if (format->exponent && field == NUM_EXPONENT)
        return refuse(error, "cannot use \"EEEE\" twice");
    if (format->exponent)
        return refuse(error, "\"EEEE\" must be the last pattern used");
    switch (field) {
    case NUM_NINE: return take_digit(format, false, error);
    case NUM_ZERO: return take_digit(format, true, error);
    case NUM_BLANK: format->blank |= format->whole == 0 && format->fraction == 0; return STATUS_OK;
    case NUM_POINT:
    case NUM_LOCAL_POINT: return take_point(format, error);
    case NUM_FILL: format->fill = true; return STATUS_OK;
    case NUM_LOCAL_SIGN: return take_local_sign(format, error);
    case NUM_MINUS: return take_plain_sign(format, "MI", true, false, error);
    case NUM_PLUS: return take_plain_sign(format, "PL", false, true, error);
    case NUM_SIGN: return take_plain_sign(format, "SG", true, true, error);
    case NUM_BRACKET:
        if (format->local_sign || format->plus || format->minus)
            return refuse(error, "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
        format->bracket = true;
        return STATUS_OK;
    case NUM_ROMAN: format->roman = true; return STATUS_OK;
    case NUM_SHIFT:
        if (format->decimal)
            return refuse(error, "cannot use \"V\" and decimal point together");
        format->multiply = true;
        return STATUS_OK;
    case NUM_EXPONENT: return take_exponent(format, error);
    default: return STATUS_OK;
    }
}

Status
number_format_new(const StringView *text, Arena *arena, const NumberFormat **result, Error *error)
{
    NumberFormat *format = arena_alloc_zero(arena, sizeof *format);

    if (format == NULL)
        return error_set_memory(error);
    TRY(template_parse(text, template_number_keywords, false, arena, &format->template, error));
    for (const TemplateNode *node = format->template.nodes; node->kind != TEMPLATE_END; node++) {
        if (node->kind == TEMPLATE_FIELD)
            TRY(take_field(format, (NumberField)node->keyword->field, error));
    }
    *result = format;
    return STATUS_OK;
}

bool
number_format_is_scientific(const NumberFormat *format)
{
    return format->exponent;
}

int
number_format_scale(const NumberFormat *format)
{
    return format->fraction;
}

int
number_format_shift(const NumberFormat *format)
{
    return format->shift;
}

/* Laying out a number: its digits, without a sign, and where they go. */
typedef struct Layouter {
    const NumberFormat *format;
    const char *digits; /* "12.50" */
    const char *digit;  /* the next one */
    const char *last;   /* in fill mode the last digit worth showing, or the point; else NULL */
    char sign;
    int whole;      /* the number's digits before the point as the template counts them */
    int blanks;     /* places of the template before the number's first digit */
    int count;      /* digits the template has */
    int place;      /* in the template */
    int zero_start; /* from 0 */
    bool bracket;
    bool sign_done;
    bool started; /* a digit has been written */
    SignPlace sign_place;
    Buffer *out;
} Layouter;

/* The last digit behind the point that is not 0, or the point; NULL without a point. */
static const char *
last_relevant(const char *digits)
{
    const char *last = strchr(digits, '.');

    for (const char *at = last; at != NULL && *at != '\0'; at++) {
        if (*at != '0' && *at != '.')
            last = at;
    }
    return last;
}

static void
settle_sign(Layouter *layouter)
{
    const NumberFormat *format = layouter->format;

    layouter->bracket = format->bracket;
    layouter->sign_place = format->sign;
    if (format->plus || format->minus) { /* they write the sign themselves; PL alone leaves the minus to us */
        layouter->sign_done = !(format->plus && !format->minus);
        return;
    }
    if (layouter->sign != '-' && format->bracket && format->fill)
        layouter->bracket = false;
    layouter->sign_done = layouter->sign == '+' && format->fill && !format->local_sign;
    if (format->sign == SIGN_FRONT && format->whole + format->shift == format->sign_digits)
        layouter->sign_place = SIGN_BACK;
}

static void
settle_last(Layouter *layouter)
{
    const NumberFormat *format = layouter->format;

    if (!format->fill || !format->decimal)
        return;
    layouter->last = last_relevant(layouter->digits);
    if (layouter->last == NULL || format->zero_end <= layouter->blanks)
        return;
    const int end = (int)strlen(layouter->digits) - 1;
    const int kept = format->zero_end - layouter->blanks;
    const char *least = layouter->digits + (kept < end ? kept : end);
    if (layouter->last < least)
        layouter->last = least;
}

/* "0.5" under 9.9 has no digit before the point. */
static bool
hides_zero(const Layouter *layouter)
{
    return layouter->format->zero_start == 0 && layouter->digit == layouter->digits &&
           *layouter->digit == '0' && layouter->format->fraction != 0;
}

static void
put_sign(Layouter *layouter)
{
    const bool ends_at_point = layouter->last != NULL && *layouter->last == '.';
    const bool zeros = layouter->format->zero_start != 0 && layouter->zero_start == layouter->place;

    if (layouter->sign_done || !(layouter->place >= layouter->blanks || zeros) ||
        (hides_zero(layouter) && !ends_at_point))
        return;
    if (layouter->format->local_sign) {
        if (layouter->sign_place != SIGN_FRONT)
            return;
        buffer_append_char(layouter->out, layouter->sign);
    } else if (layouter->bracket) {
        buffer_append_char(layouter->out, layouter->sign == '+' ? ' ' : '<');
    } else if (layouter->sign == '-') {
        buffer_append_char(layouter->out, '-');
    } else if (!layouter->format->fill) {
        buffer_append_char(layouter->out, ' ');
    }
    layouter->sign_done = true;
}

static void
put_next_digit(Layouter *layouter, bool zero)
{
    const bool fill = layouter->format->fill;
    const bool ends_at_point = layouter->last != NULL && *layouter->last == '.';

    if (*layouter->digit == '.') {
        if (!ends_at_point || fill)
            buffer_append_char(layouter->out, '.');
    } else if (layouter->last != NULL && layouter->digit > layouter->last && !zero) {
        /* trailing zeros are left out */
    } else if (hides_zero(layouter)) {
        if (!fill)
            buffer_append_char(layouter->out, ' ');
        else if (ends_at_point)
            buffer_append_char(layouter->out, '0');
    } else {
        if (*layouter->digit != '\0')
            buffer_append_char(layouter->out, *layouter->digit);
        layouter->started = true;
    }
    layouter->digit += *layouter->digit != '\0';
}

static void
put_sign_behind(Layouter *layouter)
{
    int end = layouter->count + (layouter->blanks > 0) + layouter->format->decimal;

    if (layouter->last != NULL && layouter->last == layouter->digit)
        end = layouter->place;
    if (layouter->place + 1 != end)
        return;
    if (layouter->sign_done && layouter->bracket)
        buffer_append_char(layouter->out, layouter->sign == '+' ? ' ' : '>');
    else if (layouter->format->local_sign && layouter->sign_place == SIGN_BACK)
        buffer_append_char(layouter->out, layouter->sign);
}

/* A place of the template: 9, 0 or the point. */
static void
put_place(Layouter *layouter, bool zero)
{
    const bool zeros = layouter->format->zero_start != 0 && layouter->zero_start <= layouter->place;

    layouter->started = false;
    put_sign(layouter);
    if (layouter->place < layouter->blanks && !zeros) {
        if (!layouter->format->fill)
            buffer_append_char(layouter->out, ' ');
    } else if (layouter->place < layouter->blanks) {
        buffer_append_char(layouter->out, '0');
        layouter->started = true;
    } else {
        put_next_digit(layouter, zero);
    }
    put_sign_behind(layouter);
    layouter->place++;
}

static void
put_ordinal(const Layouter *layouter, bool upper)
{
    const char *digits = layouter->digits;
    const size_t size = strlen(digits);
    const bool teen = size > 1 && digits[size - 2] == '1';
    const char last = size > 0 ? digits[size - 1] : '0';
    const char *const *endings =
        upper ? (const char *[]){"TH", "ST", "ND", "RD"} : (const char *[]){"th", "st", "nd", "rd"};

    if (*digits == '#' || layouter->sign == '-' || layouter->format->decimal || layouter->format->roman)
        return;
    buffer_append_string(layouter->out, endings[!teen && last >= '1' && last <= '3' ? last - '0' : 0]);
}

static void
put_roman(const Layouter *layouter, bool upper)
{
    const size_t size = strlen(layouter->digits);

    for (size_t i = size; i < 15 && !layouter->format->fill; i++)
        buffer_append_char(layouter->out, ' ');
    for (size_t i = 0; i < size; i++)
        buffer_append_char(layouter->out,
                           (char)(upper ? layouter->digits[i] : tolower((unsigned char)layouter->digits[i])));
}

static void
put_unless_filled(const Layouter *layouter, bool wanted, char sign)
{
    if (wanted || !layouter->format->fill)
        buffer_append_char(layouter->out, wanted ? sign : ' ');
}

static void
put_field(Layouter *layouter, const TemplateNode *node)
{
    const bool upper = isupper((unsigned char)node->keyword->text[0]) != 0;

    switch ((NumberField)node->keyword->field) {
    case NUM_NINE:
    case NUM_POINT:
    case NUM_LOCAL_POINT:
        if (!layouter->format->roman)
            put_place(layouter, false);
        break;
    case NUM_ZERO:
        if (!layouter->format->roman)
            put_place(layouter, true);
        break;
    case NUM_COMMA:
    case NUM_GROUP: put_unless_filled(layouter, layouter->started, ','); break;
    case NUM_CURRENCY: buffer_append_char(layouter->out, ' '); break;
    case NUM_ROMAN: put_roman(layouter, upper); break;
    case NUM_ORDINAL: put_ordinal(layouter, upper); break;
    case NUM_MINUS: put_unless_filled(layouter, layouter->sign == '-', '-'); break;
    case NUM_PLUS: put_unless_filled(layouter, layouter->sign == '+', '+'); break;
    case NUM_SIGN: buffer_append_char(layouter->out, layouter->sign); break;
    default: break;
    }
}

/* The number, "-12.50" or "12.50", laid out. */
static Status
lay_out(const NumberFormat *format, const char *number, Buffer *out, Error *error)
{
    char overflow[128];
    Layouter layouter = {.format = format, .digits = number, .sign = '+', .out = out};
    const int wanted = format->whole + format->shift;

    if (!format->roman) {
        layouter.sign = *number == '-' ? '-' : '+';
        layouter.digits += *number == '-';
        const size_t whole = strcspn(layouter.digits, ".");
        if ((int)whole > wanted) { /* more digits than places: all are # */
            const int places = wanted + format->fraction + 1;
            if (places >= (int)sizeof overflow)
                return error_set(error, STATUS_INVALID_PARAMETER, "the template has too many digits");
            memset(overflow, '#', (size_t)places);
            overflow[wanted] = '.';
            overflow[places] = '\0';
            layouter.digits = overflow;
        }
        layouter.blanks = (int)whole < wanted ? wanted - (int)whole : 0;
        settle_sign(&layouter);
    } else {
        layouter.sign_done = true;
    }
    layouter.digit = layouter.digits;
    layouter.zero_start = format->zero_start - 1;
    layouter.count = format->fraction + wanted - 1;
    settle_last(&layouter);
    if (!layouter.sign_done && layouter.blanks == 0)
        layouter.count++;
    for (const TemplateNode *node = format->template.nodes; node->kind != TEMPLATE_END; node++) {
        if (node->kind == TEMPLATE_FIELD)
            put_field(&layouter, node);
        else
            buffer_append(out, node->character, node->size);
    }
    return out->failed ? error_set_memory(error) : STATUS_OK;
}

/* 1 to 3999; what is beyond is #. */
static void
write_roman(int64_t value, char *out)
{
    static const struct {
        int64_t value;
        const char *numeral;
    } steps[] = {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
                 {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"}};

    *out = '\0';
    if (value < 1 || value > 3999) {
        strcpy(out, "###############");
        return;
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        for (; value >= steps[i].value; value -= steps[i].value)
            strcat(out, steps[i].numeral);
    }
}

/* 1.23e+04: the numeric's own digits, rounded. */
static void
write_exponent(Int128 value, int scale, int places, Buffer *out)
{
    Int128 magnitude = value < 0 ? -value : value;
    int exponent = -scale;
    int digits = 1;

    while (digits < 39 && magnitude >= numeric_power10(digits))
        digits++;
    if (magnitude == 0)
        digits = 1, exponent = 0;
    if (digits > places + 1) {
        const int drop = digits - places - 1;
        magnitude = numeric_round_digits(magnitude, drop);
        exponent += drop;
        digits = places + 1;
        if (magnitude >= numeric_power10(digits)) {
            magnitude /= 10;
            exponent++;
        }
    }
    exponent += digits - 1;
    char text[64];
    const size_t size = text_format_numeric(magnitude, 0, text);
    buffer_append_char(out, value < 0 ? '-' : ' ');
    buffer_append_char(out, text[0]);
    if (places > 0)
        buffer_append_char(out, '.');
    for (int i = 0; i < places; i++)
        buffer_append_char(out, i + 1 < (int)size ? text[i + 1] : '0');
    buffer_append_format(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
}

Status
number_format_numeric(const NumberFormat *format, Int128 value, int scale, Buffer *out, Error *error)
{
    char text[128];
    Int128 shown;

    if (format->roman) {
        Int128 whole = numeric_round_digits(value, scale);
        write_roman(whole > 9999 || whole < 0 ? 0 : (int64_t)whole, text);
        return lay_out(format, text, out, error);
    }
    if (format->exponent) {
        write_exponent(value, scale, format->fraction, out);
        return out->failed ? error_set_memory(error) : STATUS_OK;
    }
    /* The digits the template shows, then zeros for those the number lacks. */
    const int from = scale - format->shift;
    const int places = format->fraction > from ? (from > 0 ? from : 0) : format->fraction;
    if (from >= 0 ? !numeric_rescale(value, from, places, &shown) : !numeric_rescale(value, 0, -from, &shown))
        return error_set(error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
    size_t size = text_format_numeric(shown, (uint8_t)places, text);
    if (format->fraction > places && format->fraction - places < 60) {
        if (places == 0)
            text[size++] = '.';
        memset(text + size, '0', (size_t)(format->fraction - places));
        size += (size_t)(format->fraction - places);
    }
    text[size] = '\0';
    return lay_out(format, text, out, error);
}

static Status
format_double_exponent(const NumberFormat *format, double value, Buffer *out)
{
    if (!isfinite(value)) {
        buffer_append_char(out, ' ');
        for (int i = 0; i < format->whole + format->fraction + 5; i++)
            buffer_append_char(out, i == format->whole ? '.' : '#');
        return STATUS_OK;
    }
    buffer_append_format(out, "%s%.*e", signbit(value) ? "" : " ", format->fraction, value);
    return STATUS_OK;
}

Status
number_format_double(const NumberFormat *format, double value, int digits, Buffer *out, Error *error)
{
    char text[512];

    if (format->roman) {
        const double whole = rint(value);
        write_roman(whole >= 1 && whole <= 3999 ? (int64_t)whole : 0, text);
        return lay_out(format, text, out, error);
    }
    if (format->exponent)
        return format_double_exponent(format, value, out);
    for (int i = 0; i < format->shift; i++)
        value *= 10;
    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
        return lay_out(format, text, out, error);
    }
    /* No more digits than a double has. */
    const int whole = snprintf(text, sizeof text, "%.0f", fabs(value));
    int places = format->fraction;
    if (whole >= digits)
        places = 0;
    else if (whole + places > digits)
        places = digits - whole;
    snprintf(text, sizeof text, "%.*f", places, value);
    return lay_out(format, text, out, error);
}

/* Reading: the digits of the text under those of the template. */
typedef struct NumberReader {
    const NumberFormat *format;
    const char *at;
    const char *end;
    char sign; /* ' ': not met yet */
    int whole;
    int fraction;
    bool point;
    bool started;
    char digits[128];
    size_t size;
} NumberReader;

static bool
at_end(const NumberReader *reader)
{
    return reader->at >= reader->end;
}

static void
read_sign_front(NumberReader *reader)
{
    const char c = *reader->at;

    if (reader->format->local_sign && reader->format->sign != SIGN_FRONT)
        return;
    if (c == '-' || (c == '<' && reader->format->bracket)) {
        reader->sign = '-';
        reader->at++;
    } else if (c == '+') {
        reader->sign = '+';
        reader->at++;
    }
}

static void
read_sign_behind(NumberReader *reader, bool read)
{
    const NumberFormat *format = reader->format;

    if (format->local_sign && read && reader->at + 1 < reader->end &&
        !isdigit((unsigned char)reader->at[1])) {
        if (reader->at[1] == '-' || reader->at[1] == '+')
            reader->sign = *++reader->at;
    } else if (!read && !format->local_sign && (format->plus || format->minus)) {
        if (*reader->at == '-' || *reader->at == '+')
            reader->sign = *reader->at;
    }
}

/* A place of the template: leaves the reader on the last character it took. */
static void
read_place(NumberReader *reader, bool digit)
{
    bool read = false;

    if (*reader->at == ' ')
        reader->at++;
    if (at_end(reader))
        return;
    if (reader->sign == ' ' && digit && reader->whole + reader->fraction == 0)
        read_sign_front(reader);
    if (at_end(reader))
        return;
    if (isdigit((unsigned char)*reader->at)) {
        if ((reader->point && reader->fraction == reader->format->fraction) ||
            reader->size + 2 > sizeof reader->digits)
            return;
        reader->digits[reader->size++] = *reader->at;
        reader->fraction += reader->point;
        reader->whole += !reader->point;
        read = true;
    } else if (reader->format->decimal && !reader->point && *reader->at == '.') {
        reader->digits[reader->size++] = '.';
        reader->point = true;
        read = true;
    }
    if (reader->sign == ' ' && reader->whole + reader->fraction > 0)
        read_sign_behind(reader, read);
}

/* Skip so many characters that cannot be part of a number. */
static void
skip_others(NumberReader *reader, int count)
{
    while (count-- > 0 && !at_end(reader) && strchr("0123456789.,+-", *reader->at) == NULL)
        reader->at += utf8_size(reader->at, (size_t)(reader->end - reader->at));
}

static void
read_given_sign(NumberReader *reader, const char *signs)
{
    if (strchr(signs, *reader->at) != NULL) {
        reader->sign = *reader->at;
        reader->at++;
    } else {
        skip_others(reader, 1);
    }
}

static void
read_node(NumberReader *reader, const TemplateNode *node)
{
    if (node->kind != TEMPLATE_FIELD) {
        reader->at += utf8_size(reader->at, (size_t)(reader->end - reader->at));
        return;
    }
    switch ((NumberField)node->keyword->field) {
    case NUM_NINE:
    case NUM_ZERO:
        read_place(reader, true);
        reader->at++;
        break;
    case NUM_POINT:
    case NUM_LOCAL_POINT:
        read_place(reader, false);
        reader->at++;
        break;
    case NUM_COMMA:
    case NUM_GROUP: reader->at += *reader->at == ',' && !reader->format->fill; break;
    case NUM_CURRENCY: skip_others(reader, 1); break;
    case NUM_ORDINAL:
        if (!reader->format->decimal && reader->sign != '-')
            skip_others(reader, 2);
        break;
    case NUM_MINUS: read_given_sign(reader, "-"); break;
    case NUM_PLUS: read_given_sign(reader, "+"); break;
    case NUM_SIGN: read_given_sign(reader, "+-"); break;
    default: break;
    }
}

Status
number_format_read(const NumberFormat *format, const char *text, size_t size, Buffer *out, Error *error)
{
    NumberReader reader = {.format = format, .at = text, .end = text + size, .sign = ' '};

    if (format->exponent || format->roman)
        return error_set(error, STATUS_NOT_SUPPORTED, "\"%s\" not supported for input",
                         format->exponent ? "EEEE" : "RN");
    for (const TemplateNode *node = format->template.nodes; node->kind != TEMPLATE_END && !at_end(&reader);
         node++)
        read_node(&reader, node);
    if (reader.size > 0 && reader.digits[reader.size - 1] == '.')
        reader.size--;
    buffer_append_char(out, reader.sign);
    buffer_append(out, reader.digits, reader.size);
    return out->failed ? error_set_memory(error) : STATUS_OK;
}
