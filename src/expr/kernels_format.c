/* to_char, to_date, to_timestamp and to_number. A constant template is cut once a call site. */
#include "expr/kernels_format.h"

#include "expr/datetime.h"
#include "expr/numeric.h"
#include "expr/string_kernel.h"
#include "expr/template.h"
#include "expr/text.h"

#include <string.h>

/* The row's template of dates, the second argument. */
static Status
row_template(KernelCall *call, uint32_t row, const Template **template)
{
    const bool constant = call->arguments[1].form == VECTOR_CONSTANT;
    Arena *arena = constant ? call->state_arena : call->arena;

    if (constant && *call->state != NULL) {
        *template = *call->state;
        return STATUS_OK;
    }
    Template *fresh = arena_alloc_zero(arena, sizeof *fresh);
    if (fresh == NULL)
        return error_set_memory(call->error);
    TRY(template_parse(&ROW_ARGUMENT(call, 1, StringView, row), template_datetime_keywords, true, arena,
                       fresh, call->error));
    if (constant)
        *call->state = fresh;
    *template = fresh;
    return STATUS_OK;
}

static Status
row_number_format(KernelCall *call, uint32_t row, const NumberFormat **format)
{
    const bool constant = call->arguments[1].form == VECTOR_CONSTANT;

    if (constant && *call->state != NULL) {
        *format = *call->state;
        return STATUS_OK;
    }
    TRY(number_format_new(&ROW_ARGUMENT(call, 1, StringView, row), constant ? call->state_arena : call->arena,
                          format, call->error));
    if (constant)
        *call->state = (void *)(uintptr_t)*format;
    return STATUS_OK;
}

static FormatTime
split_timestamp(int64_t local)
{
    const int64_t days = timestamp_days(local);
    const int64_t time = timestamp_time(local);
    const CalendarDate date = calendar_date(days);
    FormatTime parts = {.year = date.year,
                        .month = date.month,
                        .day = date.day,
                        .day_of_year = (int32_t)(days - calendar_days(date.year, 1, 1)) + 1,
                        .weekday = calendar_weekday(days),
                        .hour = time / MICROSECONDS_HOUR,
                        .minute = (int32_t)(time / MICROSECONDS_MINUTE % 60),
                        .second = (int32_t)(time / MICROSECONDS_SECOND % 60),
                        .microsecond = (int32_t)(time % MICROSECONDS_SECOND),
                        .julian = days + CALENDAR_JULIAN};

    parts.iso_week = calendar_iso_week(days, &parts.iso_year);
    parts.iso_day_of_year = (int32_t)(days - calendar_iso_year_start(parts.iso_year)) + 1;
    return parts;
}

/* The Julian day as if an interval's fields were a date's: whatever they are, years begin in March. */
static int64_t
julian_of_parts(int64_t year, int64_t month, int64_t day)
{
    const bool late = month > 2;
    const int64_t years = year + (late ? 4800 : 4799);
    const int64_t centuries = years / 100;

    return years * 365 - 32167 + years / 4 - centuries + centuries / 4 +
           7834 * (month + (late ? 1 : 13)) / 256 + day;
}

static FormatTime
split_interval(const Interval *interval)
{
    const int64_t time = interval->microseconds;
    FormatTime parts = {.interval = true,
                        .year = interval->months / 12,
                        .month = interval->months % 12,
                        .day = interval->days,
                        .hour = time / MICROSECONDS_HOUR,
                        .minute = (int32_t)(time / MICROSECONDS_MINUTE % 60),
                        .second = (int32_t)(time / MICROSECONDS_SECOND % 60),
                        .microsecond = (int32_t)(time % MICROSECONDS_SECOND)};

    parts.day_of_year = (int32_t)((parts.year * 12 + parts.month) * 30 + parts.day);
    parts.julian = julian_of_parts(parts.year, parts.month, parts.day);
    return parts;
}

/* What the row's value shows; false where it is infinite. */
static bool
row_time(const KernelCall *call, uint32_t row, FormatTime *parts)
{
    if (call->arguments[0].type.id == TYPE_INTERVAL) {
        *parts = split_interval(&ROW_ARGUMENT(call, 0, Interval, row));
        return true;
    }
    const int64_t value = ROW_ARGUMENT(call, 0, int64_t, row);
    const TimeZone *zone = datetime_zone(call->session);
    if (!timestamp_is_finite(value))
        return false;
    if (call->arguments[0].type.id == TYPE_TIMESTAMP) {
        *parts = split_timestamp(value);
        return true;
    }
    const int32_t offset = zone == NULL ? 0 : time_zone_offset(zone, value);
    *parts = split_timestamp(value + offset * MICROSECONDS_SECOND);
    parts->offset = offset;
    parts->zone = zone == NULL ? "UTC" : time_zone_abbreviation(zone, value);
    return true;
}

ROW(to_char_datetime)
{
    const Template *template;
    FormatTime parts;
    Buffer out = {.limit = STRING_MAX};

    TRY(row_template(call, row, &template));
    if (template->size == 0 || !row_time(call, row, &parts)) {
        row_set_null(call, row);
        return STATUS_OK;
    }
    Status status = format_datetime(template, &parts, &out, call->error);
    if (status == STATUS_OK)
        status = row_copy_view(call, row, out.data == NULL ? "" : out.data, out.size);
    buffer_destroy(&out);
    return status;
}
ROW_KERNEL(to_char_datetime)

static Status
format_number(KernelCall *call, uint32_t row, const NumberFormat *format, Buffer *out)
{
    const Vector *argument = &call->arguments[0];
    const uint32_t index = kernel_index(argument, row);

    switch (argument->type.id) {
    case TYPE_FLOAT4:
        return number_format_double(format, ((const double *)argument->data)[index], 6, out, call->error);
    case TYPE_FLOAT8:
        return number_format_double(format, ((const double *)argument->data)[index], 15, out, call->error);
    case TYPE_NUMERIC:
        return number_format_numeric(format, numeric_load(argument->layout, argument->data, index),
                                     argument->type.scale, out, call->error);
    case TYPE_INT8:
        return number_format_numeric(format, ((const int64_t *)argument->data)[index], 0, out, call->error);
    default:
        if (number_format_is_scientific(format))
            return number_format_double(format, ((const int32_t *)argument->data)[index], 15, out,
                                        call->error);
        return number_format_numeric(format, ((const int32_t *)argument->data)[index], 0, out, call->error);
    }
}

ROW(to_char_number)
{
    Buffer out = {.limit = STRING_MAX};
    const NumberFormat *format;

    TRY(row_number_format(call, row, &format));
    Status status = format_number(call, row, format, &out);
    if (status == STATUS_OK)
        status = row_copy_view(call, row, out.data == NULL ? "" : out.data, out.size);
    buffer_destroy(&out);
    return status;
}
ROW_KERNEL(to_char_number)

ROW(to_date)
{
    const Text text = text_argument(call, 0, row);
    const Template *template;
    ParsedTime parsed;

    TRY(row_template(call, row, &template));
    TRY(parse_datetime(template, text.data, text.size, true, call->arena, &parsed, call->error));
    ROW_RESULT(call, int32_t, row) = parsed.days;
    return STATUS_OK;
}
ROW_KERNEL(to_date)

ROW(to_timestamp_text)
{
    const Text text = text_argument(call, 0, row);
    const Template *template;
    ParsedTime parsed;

    TRY(row_template(call, row, &template));
    TRY(parse_datetime(template, text.data, text.size, false, call->arena, &parsed, call->error));
    ROW_RESULT(call, int64_t, row) = parsed.has_offset
                                         ? parsed.timestamp
                                         : datetime_to_utc(datetime_zone(call->session), parsed.timestamp);
    return STATUS_OK;
}
ROW_KERNEL(to_timestamp_text)

/* The digits as the template has them: those behind V and behind the point are the result's last ones. */
ROW(to_number)
{
    const Text text = text_argument(call, 0, row);
    Buffer digits = {0};
    const NumberFormat *format;
    union {
        char bytes[16];
        Int128 wide;
        int64_t narrow;
    } value;
    Int128 result;

    if (ROW_ARGUMENT(call, 1, StringView, row).size == 0) {
        row_set_null(call, row);
        return STATUS_OK;
    }
    TRY(row_number_format(call, row, &format));
    const int scale = number_format_scale(format);
    const Type type = type_numeric(NUMERIC_DIGITS_MAX, (uint8_t)(scale > 38 ? 38 : scale));
    Status status = number_format_read(format, text.data, text.size, &digits, call->error);
    if (status == STATUS_OK)
        status = text_parse_value(type, buffer_text(&digits), digits.size, call->session, call->arena,
                                  value.bytes, call->error);
    buffer_destroy(&digits);
    if (status != STATUS_OK)
        return status;
    if (!numeric_rescale(value.wide, scale + number_format_shift(format), call->type.scale, &result))
        return error_set(call->error, STATUS_NUMERIC_RANGE, "value overflows numeric format");
    numeric_store(type_layout(call->type), call->result, row, result);
    return STATUS_OK;
}
ROW_KERNEL(to_number)
