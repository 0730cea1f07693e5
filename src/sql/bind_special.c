/* Calls that the binder understands itself: those whose type depends on an argument's value, those that tell
 * about the statement, and those that there are no values for yet. */
#include "expr/datetime.h"
#include "expr/numeric.h"
#include "expr/numeric_inexact.h"
#include "expr/program.h"
#include "expr/template.h"
#include "sql/bind.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* EXTRACT(field FROM x) with a literal field is the field's own function, whose result has the field's
 * digits.
 */
static Status
bind_extract(Binder *binder, const AstExpr *ast, Expr **arguments, Expr **expr)
{
    static const char *const functions[] = {
        [FIELD_MICROSECONDS] = "extract_microseconds",
        [FIELD_MILLISECONDS] = "extract_milliseconds",
        [FIELD_SECOND] = "extract_second",
        [FIELD_MINUTE] = "extract_minute",
        [FIELD_HOUR] = "extract_hour",
        [FIELD_DAY] = "extract_day",
        [FIELD_WEEK] = "extract_week",
        [FIELD_MONTH] = "extract_month",
        [FIELD_QUARTER] = "extract_quarter",
        [FIELD_YEAR] = "extract_year",
        [FIELD_DECADE] = "extract_decade",
        [FIELD_CENTURY] = "extract_century",
        [FIELD_MILLENNIUM] = "extract_millennium",
        [FIELD_DOW] = "extract_dow",
        [FIELD_ISODOW] = "extract_isodow",
        [FIELD_DOY] = "extract_doy",
        [FIELD_ISOYEAR] = "extract_isoyear",
        [FIELD_EPOCH] = "extract_epoch",
        [FIELD_JULIAN] = "extract_julian",
        [FIELD_TIMEZONE] = "extract_timezone",
        [FIELD_TIMEZONE_HOUR] = "extract_timezone_hour",
        [FIELD_TIMEZONE_MINUTE] = "extract_timezone_minute",
    };
    Error ignored = {0};
    const Function *function;
    Type result;

    *expr = NULL;
    if (!bind_is_text_literal(arguments[0]) || bind_is_unknown(arguments[1]))
        return STATUS_OK;
    const StringView *name = arguments[0]->value;
    const DateField field = datetime_field(string_view_data(name), name->size);
    if (field >= FIELD_NONE)
        return STATUS_OK;
    Type type = arguments[1]->type;
    if (function_resolve(functions[field], 1, &type, &function, &result, &ignored) != STATUS_OK ||
        type.id != arguments[1]->type.id)
        return STATUS_OK;
    return bind_resolved_call(binder, functions[field], ast->position, 1, &arguments[1], expr);
}

static Status
bind_text(Binder *binder, const char *text, int32_t position, Expr **expr)
{
    return bind_literal(binder, bind_string(binder, text, strlen(text), position), type_of(TYPE_TEXT), expr);
}

static Status
bind_typeof(Binder *binder, const AstExpr *ast, Expr **arguments, Expr **expr)
{
    return bind_text(binder, bind_type_name(binder, arguments[0]->type), ast->position, expr);
}

static Status
bind_version(Binder *binder, const AstExpr *ast, Expr **arguments, Expr **expr)
{
    (void)arguments;
    return bind_text(binder, "PostgreSQL 15.0 (Runnel " RUNNEL_VERSION ")", ast->position, expr);
}

static Status
bind_database(Binder *binder, const AstExpr *ast, Expr **arguments, Expr **expr)
{
    (void)arguments;
    return bind_text(binder, "runnel", ast->position, expr);
}

static Status
bind_schema(Binder *binder, const AstExpr *ast, Expr **arguments, Expr **expr)
{
    (void)arguments;
    return bind_text(binder, "public", ast->position, expr);
}

/* current_setting(name[, missing_ok]) of literals. */
static Status
bind_current_setting(Binder *binder, const AstExpr *ast, Expr **arguments, Expr **expr)
{
    if (ast->count < 1 || ast->count > 2 || !bind_is_text_literal(arguments[0]) ||
        (ast->count == 2 && !expr_is_constant(arguments[1])))
        return error_set_at(binder->error,
                            ast->count < 1 || ast->count > 2 ? STATUS_UNDEFINED_FUNCTION
                                                             : STATUS_NOT_SUPPORTED,
                            ast->position, "current_setting takes the name of a setting as a literal");
    if (ast->count == 2)
        TRY(bind_coerce(binder, arguments[1], type_of(TYPE_BOOL), CAST_IMPLICIT, &arguments[1]));
    const StringView *view = arguments[0]->value;
    char *name = arena_copy_bytes(binder->arena, string_view_data(view), view->size);
    for (char *c = name; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    const char *value = sql_setting(binder->context->session, name);
    if (value != NULL)
        return bind_text(binder, value, ast->position, expr);
    const uint8_t *missing_ok = ast->count == 2 ? arguments[1]->value : NULL;
    if (ast->count == 1 || (missing_ok != NULL && *missing_ok == 0))
        return error_set_at(binder->error, STATUS_UNDEFINED_OBJECT, ast->position,
                            "unrecognized configuration parameter \"%s\"", name);
    *expr = expr_null(binder->arena, type_of(TYPE_TEXT));
    return STATUS_OK;
}

/* json_object(text[]): a literal may be of pairs. */
static Status
bind_json_object(Binder *binder, const AstExpr *ast, Expr **arguments, Expr **expr)
{
    Type type = type_list(type_of(TYPE_TEXT));

    if (bind_is_unknown(arguments[0])) {
        TRY(bind_array_dimensions(binder, arguments[0], &type));
        TRY(bind_coerce(binder, arguments[0], type, CAST_IMPLICIT, &arguments[0]));
    }
    return bind_resolved_call(binder, ast->text, ast->position, 1, arguments, expr);
}

/* Parameters of the functions that are called by name. */
static const struct {
    const char *function;
    const char *names[8];
} parameters[] = {
    {"make_interval", {"years", "months", "weeks", "days", "hours", "mins", "secs"}},
    {"parse_ident", {"str", "strict"}},
    {"make_date", {"year", "month", "day"}},
    {"make_time", {"hour", "min", "sec"}},
    {"make_timestamp", {"year", "month", "mday", "hour", "min", "sec"}},
    {"make_timestamptz", {"year", "month", "mday", "hour", "min", "sec", "timezone"}},
};

static Status
find_parameter(Binder *binder, const AstExpr *ast, const AstExpr *argument, uint32_t *index)
{
    for (size_t f = 0; f < sizeof parameters / sizeof parameters[0]; f++) {
        if (strcmp(parameters[f].function, ast->text) != 0)
            continue;
        for (*index = 0; parameters[f].names[*index] != NULL; (*index)++) {
            if (strcmp(parameters[f].names[*index], argument->text) == 0)
                return STATUS_OK;
        }
    }
    return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, argument->position,
                        "function %s has no parameter named \"%s\"", ast->text, argument->text);
}

Status
bind_named_arguments(Binder *binder, const ExprPlace *place, const AstExpr *ast, uint32_t *count,
                     Expr **arguments)
{
    const bool defaults = strcmp(ast->text, "make_interval") == 0; /* what is not given is 0 */
    bool named = false;

    *count = 0;
    for (uint32_t i = 0; i < ast->count; i++) {
        const AstExpr *argument = ast->arguments[i];
        uint32_t index = i;
        if (argument->kind == AST_NAMED) {
            TRY(find_parameter(binder, ast, argument, &index));
            argument = argument->arguments[0];
            for (uint32_t gap = *count; !named && gap < 8; gap++)
                arguments[gap] = NULL;
            named = true;
        } else if (named) {
            return error_set_at(binder->error, STATUS_SYNTAX, argument->position,
                                "positional argument cannot follow named argument");
        }
        if (named && index < *count && arguments[index] != NULL)
            return error_set_at(binder->error, STATUS_SYNTAX, argument->position,
                                "argument name \"%s\" used more than once", ast->arguments[i]->text);
        TRY(bind_expr(binder, place, argument, &arguments[index]));
        *count = index >= *count ? index + 1 : *count;
    }
    for (uint32_t i = 0; named && i < *count; i++) {
        if (arguments[i] == NULL && !defaults)
            return error_set_at(binder->error, STATUS_UNDEFINED_FUNCTION, ast->position,
                                "function %s needs more arguments", ast->text);
        if (arguments[i] == NULL)
            arguments[i] = bind_integer(binder, 0, ast->position);
    }
    return STATUS_OK;
}

typedef struct SpecialCall {
    const char *name;
    int32_t count; /* of arguments; -1: any */
    Status (*bind)(Binder *binder, const AstExpr *ast, Expr **arguments, Expr **expr);
} SpecialCall;

static const SpecialCall special_calls[] = {
    {"extract", 2, bind_extract},
    {"pg_typeof", 1, bind_typeof},
    {"version", 0, bind_version},
    {"current_database", 0, bind_database},
    {"current_catalog", 0, bind_database},
    {"current_schema", 0, bind_schema},
    {"current_user", 0, bind_database},
    {"current_role", 0, bind_database},
    {"session_user", 0, bind_database},
    {"user", 0, bind_database},
    {"current_setting", -1, bind_current_setting},
    {"json_object", 1, bind_json_object},
    {"jsonb_object", 1, bind_json_object},
};

static const SpecialCall *
find_special(const char *name)
{
    for (size_t i = 0; i < sizeof special_calls / sizeof special_calls[0]; i++) {
        if (strcmp(special_calls[i].name, name) == 0)
            return &special_calls[i];
    }
    return NULL;
}

bool
bind_is_special(const char *name)
{
    return find_special(name) != NULL;
}

Status
bind_special_call(Binder *binder, const AstExpr *ast, uint32_t count, Expr **arguments, Expr **expr)
{
    const SpecialCall *special = find_special(ast->text);

    *expr = NULL;
    if (special == NULL || (special->count >= 0 && (uint32_t)special->count != count))
        return STATUS_OK;
    return special->bind(binder, ast, arguments, expr);
}

/* round(x, 2) and trunc(x, 2): the result has the digits that a constant asks for. */
static bool
wanted_scale(const Expr *call, int32_t *scale)
{
    const bool rounds =
        strcmp(call->function->name, "round") == 0 || strcmp(call->function->name, "trunc") == 0;

    if (!rounds || call->argument_count != 2 || call->type.id != TYPE_NUMERIC ||
        call->arguments[1]->kind != EXPR_CONSTANT || call->arguments[1]->value == NULL)
        return false;
    *scale = *(const int32_t *)call->arguments[1]->value;
    return true;
}

/* The digits that a literal has behind its point; those of the template where the text is not known. */
static int
read_scale(const Expr *text, const NumberFormat *format)
{
    int scale = number_format_scale(format);
    Buffer digits = {0};
    Error ignored = {0};

    if (text->kind == EXPR_CONSTANT && text->value != NULL &&
        number_format_read(format, string_view_data(text->value), ((const StringView *)text->value)->size,
                           &digits, &ignored) == STATUS_OK) {
        const char *point = memchr(digits.data, '.', digits.size);
        scale = point == NULL ? 0 : (int)(digits.data + digits.size - point - 1);
    }
    buffer_destroy(&digits);
    return scale;
}

/* Of this query, or of one around it. */
static bool
has_columns(const Expr *expr)
{
    bool any = expr->kind == EXPR_COLUMN || expr->kind == EXPR_OUTER;

    for (uint32_t i = 0; i < expr->argument_count && !any; i++)
        any = has_columns(expr->arguments[i]);
    return any;
}

/* to_number(x, '99.9'): the digits behind the template's point. */
static void
refine_number(Binder *binder, Expr *call)
{
    const NumberFormat *format;
    Error ignored = {0};

    if (call->arguments[1]->kind != EXPR_CONSTANT || call->arguments[1]->value == NULL ||
        number_format_new(call->arguments[1]->value, binder->arena, &format, &ignored) != STATUS_OK)
        return;
    const int scale = number_format_shift(format) > 0 ? 16 : read_scale(call->arguments[0], format);
    if (scale <= NUMERIC_DIGITS_MAX)
        call->type = type_numeric(NUMERIC_DIGITS_MAX, (uint8_t)scale);
}

/* A numeric argument that is constant, or can be computed now. */
static bool
constant_decimal(Binder *binder, const Expr *argument, Decimal *decimal)
{
    Expr *folded = NULL;
    Error ignored = {0};

    if (argument->type.id != TYPE_NUMERIC || has_columns(argument) || expr_is_volatile(argument) ||
        program_fold(binder->arena, argument, binder->context->session, &folded, &ignored) != STATUS_OK ||
        folded->value == NULL)
        return false;
    *decimal = (Decimal){numeric_load(type_layout(folded->type), folded->value, 0), folded->type.scale};
    return true;
}

static const struct {
    const char *name;
    uint32_t count;
    InexactFunction function;
} inexact_functions[] = {
    {"sqrt", 1, INEXACT_SQRT},   {"exp", 1, INEXACT_EXP},   {"ln", 1, INEXACT_LN},
    {"log", 1, INEXACT_LOG},     {"log10", 1, INEXACT_LOG}, {"log", 2, INEXACT_LOG},
    {"power", 2, INEXACT_POWER}, {"pow", 2, INEXACT_POWER}, {"^", 2, INEXACT_POWER},
    {"/", 2, INEXACT_DIVIDE},
};

/* The digits before the point that the result has at most, about. */
static int
whole_digits(InexactFunction function, Decimal x, Decimal y, int scale)
{
    Decimal result;
    Error ignored = {0};

    if (function == INEXACT_DIVIDE) {
        const double quotient =
            numeric_to_double(x.value, x.scale) / (y.value == 0 ? 1 : numeric_to_double(y.value, y.scale));
        return quotient > -1 && quotient < 1 ? 0 : (int)log10(fabs(quotient)) + 2;
    }
    if (inexact_compute(function, x, y, &result, &ignored) != STATUS_OK)
        return NUMERIC_DIGITS_MAX;
    return result.scale < scale ? NUMERIC_DIGITS_MAX - result.scale : 0;
}

/* Functions of constants that have no exact result show as many digits as PostgreSQL gives them. */
static void
refine_inexact(Binder *binder, Expr *call)
{
    Decimal x = {10, 0};
    Decimal y = {0, 0};

    for (size_t i = 0; i < sizeof inexact_functions / sizeof inexact_functions[0]; i++) {
        const InexactFunction function = inexact_functions[i].function;
        if (call->argument_count != inexact_functions[i].count ||
            strcmp(call->function->name, inexact_functions[i].name) != 0)
            continue;
        const bool ten = function == INEXACT_LOG && call->argument_count == 1;
        if (!constant_decimal(binder, call->arguments[0], ten ? &y : &x) ||
            (call->argument_count > 1 && !constant_decimal(binder, call->arguments[1], &y)))
            return;
        int scale = inexact_scale(function, x, y);
        const int most = NUMERIC_DIGITS_MAX - whole_digits(function, x, y, scale);
        scale = scale > most ? most : scale;
        if (scale >= 0)
            call->type = type_numeric(NUMERIC_DIGITS_MAX, (uint8_t)scale);
        return;
    }
}

static void
refine_trimmed(Binder *binder, Expr *call)
{
    Decimal x;

    if (!constant_decimal(binder, call->arguments[0], &x))
        return;
    for (; x.scale > 0 && x.value % 10 == 0; x.scale--)
        x.value /= 10;
    call->type = type_numeric(call->type.precision, (uint8_t)x.scale);
}

void
bind_refine_digits(Binder *binder, Expr *call)
{
    if (call->type.id != TYPE_NUMERIC)
        return;
    if (strcmp(call->function->name, "to_number") == 0)
        refine_number(binder, call);
    if (strcmp(call->function->name, "trim_scale") == 0)
        refine_trimmed(binder, call);
    refine_inexact(binder, call);
    const Type argument = call->argument_count > 0 ? call->arguments[0]->type : type_of(TYPE_UNKNOWN);
    int32_t scale;

    if (!wanted_scale(call, &scale))
        return;
    scale = scale < 0 ? 0 : scale > NUMERIC_DIGITS_MAX ? NUMERIC_DIGITS_MAX : scale;
    const int32_t digits = argument.precision - argument.scale + 1 + scale;
    call->type =
        type_numeric((uint8_t)(digits > NUMERIC_DIGITS_MAX ? NUMERIC_DIGITS_MAX : digits), (uint8_t)scale);
}
