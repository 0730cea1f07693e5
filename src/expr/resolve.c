/* Which function a call means: PostgreSQL's rules (manual, 10.2 "Operators" and 10.3 "Functions"). */
#include "expr/registry.h"

#include <ctype.h>
#include <string.h>

enum { CANDIDATES_MAX = 256, RESOLVE_ARGUMENTS_MAX = 1024 };

/* A call being resolved and the rows that are still in question. */
typedef struct Resolution {
    uint32_t argument_count;
    const Type *arguments;
    const Function **rows;
    uint32_t count;
} Resolution;

static TypeId
parameter(const Function *row, uint32_t i)
{
    return row->arguments[i < row->argument_count ? i : row->argument_count - 1];
}

static bool
takes_count(const Function *row, uint32_t argument_count)
{
    if (row->flags & FUNCTION_VARIADIC)
        return argument_count >= row->argument_count;
    return argument_count == row->argument_count;
}

static bool
is_applicable(const Function *row, uint32_t argument_count, const Type *arguments)
{
    if (!takes_count(row, argument_count))
        return false;
    for (uint32_t i = 0; i < argument_count; i++) {
        if (!registry_is_implicit(arguments[i].id, parameter(row, i)))
            return false;
    }
    return true;
}

/* How well a row fits: the measure that one step of the rules maximises. */
typedef uint32_t (*Measure)(const Resolution *resolution, const Function *row);

static uint32_t
count_exact(const Resolution *resolution, const Function *row)
{
    uint32_t exact = 0;

    for (uint32_t i = 0; i < resolution->argument_count; i++) {
        const TypeId id = resolution->arguments[i].id;
        exact += id != TYPE_UNKNOWN && id == parameter(row, i);
    }
    return exact;
}

static uint32_t
count_exact_or_preferred(const Resolution *resolution, const Function *row)
{
    uint32_t good = 0;

    for (uint32_t i = 0; i < resolution->argument_count; i++) {
        const TypeId id = resolution->arguments[i].id;
        const TypeId wanted = parameter(row, i);
        const bool preferred = registry_is_preferred(wanted) && type_category(wanted) == type_category(id);
        good += id != TYPE_UNKNOWN && (id == wanted || preferred);
    }
    return good;
}

static void
keep_best(Resolution *resolution, Measure measure)
{
    uint32_t best = 0;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < resolution->count; i++) {
        const uint32_t value = measure(resolution, resolution->rows[i]);
        if (value > best) {
            best = value;
            kept = 0;
        }
        if (value == best)
            resolution->rows[kept++] = resolution->rows[i];
    }
    resolution->count = kept;
}

/* The category that an UNKNOWN argument is taken for: string where a row accepts it, else the one that all
 * rows agree on. False where they disagree. */
static bool
unknown_category(const Resolution *resolution, uint32_t argument, TypeCategory *category, bool *preferred)
{
    bool agreed = true;

    *category = type_category(parameter(resolution->rows[0], argument));
    *preferred = false;
    for (uint32_t i = 0; i < resolution->count; i++) {
        const TypeCategory own = type_category(parameter(resolution->rows[i], argument));
        if (own == *category)
            continue;
        if (own == CATEGORY_STRING)
            *category = own;
        else if (*category != CATEGORY_STRING)
            agreed = false;
    }
    for (uint32_t i = 0; i < resolution->count; i++) {
        const TypeId wanted = parameter(resolution->rows[i], argument);
        *preferred |= type_category(wanted) == *category && registry_is_preferred(wanted);
    }
    return agreed || *category == CATEGORY_STRING;
}

/* What an UNKNOWN argument is taken for. */
typedef struct Slot {
    bool unknown;
    TypeCategory category;
    bool preferred; /* a row has the category's preferred type */
} Slot;

static bool
fits_slot(const Slot *slot, TypeId wanted)
{
    return !slot->unknown ||
           (type_category(wanted) == slot->category && (!slot->preferred || registry_is_preferred(wanted)));
}

/* Rows that take all UNKNOWN arguments for what they are, where that can be told of each; all rows where none
 * does. */
static void
keep_categories(Resolution *resolution)
{
    Slot slots[RESOLVE_ARGUMENTS_MAX];
    uint32_t kept = 0;

    for (uint32_t i = 0; i < resolution->argument_count; i++) {
        slots[i] = (Slot){.unknown = resolution->arguments[i].id == TYPE_UNKNOWN};
        if (slots[i].unknown && !unknown_category(resolution, i, &slots[i].category, &slots[i].preferred))
            return;
    }
    for (uint32_t r = 0; r < resolution->count; r++) {
        bool fits = true;
        for (uint32_t i = 0; i < resolution->argument_count && fits; i++)
            fits = fits_slot(&slots[i], parameter(resolution->rows[r], i));
        if (fits)
            resolution->rows[kept++] = resolution->rows[r];
    }
    if (kept > 0)
        resolution->count = kept;
}

/* Where all known arguments are of one type, UNKNOWN ones may be, too. */
static void
assume_known_type(Resolution *resolution)
{
    TypeId known = TYPE_UNKNOWN;
    const Function *match = NULL;

    for (uint32_t i = 0; i < resolution->argument_count; i++) {
        const TypeId id = resolution->arguments[i].id;
        if (id == TYPE_UNKNOWN)
            continue;
        if (known != TYPE_UNKNOWN && known != id)
            return;
        known = id;
    }
    if (known == TYPE_UNKNOWN)
        return;
    for (uint32_t i = 0; i < resolution->count; i++) {
        bool fits = true;
        for (uint32_t j = 0; j < resolution->argument_count; j++)
            fits = fits && registry_is_implicit(known, parameter(resolution->rows[i], j));
        if (!fits)
            continue;
        if (match != NULL)
            return;
        match = resolution->rows[i];
    }
    if (match != NULL) {
        resolution->rows[0] = match;
        resolution->count = 1;
    }
}

/* func_select_candidate() of PostgreSQL's parser, step by step. */
static void
select_candidate(Resolution *resolution)
{
    keep_best(resolution, count_exact);
    if (resolution->count > 1)
        keep_best(resolution, count_exact_or_preferred);
    if (resolution->count > 1)
        keep_categories(resolution);
    if (resolution->count > 1)
        assume_known_type(resolution);
}

static bool
is_operator(const char *name)
{
    return !isalpha((unsigned char)name[0]) && name[0] != '_';
}

static void
format_bare_type(Type type, Buffer *out)
{
    while (type.id == TYPE_LIST) {
        format_bare_type(type.nested->types[0], out);
        buffer_append_string(out, "[]");
        return;
    }
    if (type.id == TYPE_STRUCT)
        type_format(type, out);
    else
        buffer_append_string(out, type_name(type.id));
}

static void
format_call(const char *name, uint32_t argument_count, const Type *arguments, Buffer *out)
{
    if (is_operator(name) && argument_count > 0 && argument_count <= 2) {
        if (argument_count == 2) {
            format_bare_type(arguments[0], out);
            buffer_append_char(out, ' ');
        }
        buffer_append_format(out, "%s ", name);
        format_bare_type(arguments[argument_count - 1], out);
        return;
    }
    buffer_append_format(out, "%s(", name);
    for (uint32_t i = 0; i < argument_count; i++) {
        if (i > 0)
            buffer_append_string(out, ", ");
        format_bare_type(arguments[i], out);
    }
    buffer_append_char(out, ')');
}

static Status
raise_unresolved(const char *name, uint32_t argument_count, const Type *arguments, bool ambiguous,
                 Error *error)
{
    const char *kind = is_operator(name) ? "operator" : "function";
    const Status code = ambiguous ? STATUS_AMBIGUOUS_FUNCTION : STATUS_UNDEFINED_FUNCTION;
    const bool prefix = is_operator(name) && argument_count == 1;
    Buffer call;

    buffer_init(&call);
    format_call(name, argument_count, arguments, &call);
    if (is_operator(name))
        error_set(error, code, ambiguous ? "operator is not unique: %s" : "operator does not exist: %s",
                  buffer_text(&call));
    else
        error_set(error, code, ambiguous ? "function %s is not unique" : "function %s does not exist",
                  buffer_text(&call));
    buffer_destroy(&call);
    if (ambiguous)
        error_hint(error, "Could not choose a best candidate %s. You might need to add explicit type casts.",
                   kind);
    else
        error_hint(error, "No %s matches the given name and argument %s.", kind,
                   prefix ? "type. You might need to add an explicit type cast"
                          : "types. You might need to add explicit type casts");
    return code;
}

/* An operator with one UNKNOWN side is first looked for with the other side's type on both. */
static void
assume_other_side(const char *name, uint32_t argument_count, const Type *arguments, Type *assumed)
{
    memcpy(assumed, arguments, argument_count * sizeof *arguments);
    if (!is_operator(name) || argument_count != 2)
        return;
    if (arguments[0].id == TYPE_UNKNOWN)
        assumed[0] = arguments[1];
    else if (arguments[1].id == TYPE_UNKNOWN)
        assumed[1] = arguments[0];
    else
        return;
    for (int i = 0; i < 2; i++) { /* a literal has no length or digits, and may have more */
        if (arguments[i].id != TYPE_UNKNOWN)
            continue;
        assumed[i] = type_without_time_digits(assumed[i]);
        if (type_is_string(assumed[i].id))
            assumed[i].length = TYPE_NO_LENGTH;
    }
}

/* The types that the chosen row wants its arguments cast to, and its result's. */
static bool
apply_row(const Function *row, uint32_t argument_count, const Type *given, Type *arguments, Type *result)
{
    for (uint32_t i = 0; i < argument_count; i++) {
        const TypeId wanted = parameter(row, i);
        if (wanted != TYPE_UNKNOWN)
            arguments[i] = registry_target(given[i], wanted);
        else
            arguments[i] = given[i].id == TYPE_UNKNOWN && row->rule == NULL ? type_of(TYPE_TEXT) : given[i];
    }
    if (row->rule != NULL)
        return row->rule(argument_count, arguments, result);
    *result = type_of(row->result);
    return true;
}

static bool
is_exact(const Function *row, uint32_t argument_count, const Type *arguments)
{
    if (!takes_count(row, argument_count))
        return false;
    for (uint32_t i = 0; i < argument_count; i++) {
        if (parameter(row, i) != arguments[i].id)
            return false;
    }
    return true;
}

/* The row meant, or NULL with *ambiguous telling why. */
static const Function *
choose(const char *name, uint32_t argument_count, const Type *arguments, bool *ambiguous)
{
    const Function *rows[CANDIDATES_MAX];
    uint32_t named_count;
    const Function *const *named = registry_named(name, &named_count);
    Resolution resolution = {argument_count, arguments, rows, 0};

    *ambiguous = false;
    for (uint32_t i = 0; i < named_count; i++) {
        if (is_exact(named[i], argument_count, arguments))
            return named[i];
    }
    for (uint32_t i = 0; i < named_count && resolution.count < CANDIDATES_MAX; i++) {
        if (is_applicable(named[i], argument_count, arguments))
            rows[resolution.count++] = named[i];
    }
    if (resolution.count > 1)
        select_candidate(&resolution);
    *ambiguous = resolution.count > 1;
    return resolution.count == 1 ? rows[0] : NULL;
}

/* PostgreSQL has candidates of types that are not here, which an UNKNOWN argument could be, too: ranges that
 * have an element in them, xid. */
static bool
has_other_candidates(const char *name, uint32_t argument_count, const Type *arguments)
{
    return argument_count == 2 && ((strcmp(name, "@>") == 0 && arguments[0].id == TYPE_UNKNOWN) ||
                                   (strcmp(name, "<@") == 0 && arguments[1].id == TYPE_UNKNOWN));
}

/* Likewise, though a candidate is here that would do: xid has an age; text has no members there. */
static bool
is_ambiguous_there(const char *name, uint32_t argument_count, const Type *arguments)
{
    static const char *const members[] = {"->", "->>", "#>", "#>>"};
    bool found = argument_count == 1 && strcmp(name, "age") == 0;

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        found |= argument_count == 2 && strcmp(name, members[i]) == 0;
    return found && arguments[0].id == TYPE_UNKNOWN;
}

/* Functions of anyarray and anyelement need a known type; those of anycompatible take text for one. */
static bool
lacks_type(const Function *row, uint32_t argument_count, const Type *given)
{
    static const char *const others[] = {"array_fill", "subscripts_array", "to_json", "to_jsonb",
                                         "trim_array"};
    bool polymorphic = false;

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        polymorphic |= strcmp(row->name, others[i]) == 0;
    return argument_count > 0 && given[0].id == TYPE_UNKNOWN &&
           (polymorphic || (parameter(row, 0) == TYPE_LIST && row->rule == NULL));
}

/* Where nothing is known of an anycompatible it is text. */
static void
settle_compatible(const Function *row, uint32_t argument_count, Type *given)
{
    bool array = false;

    for (uint32_t i = 0; i < argument_count; i++) {
        const TypeId wanted = parameter(row, i);
        array |= wanted == TYPE_LIST;
        if ((wanted == TYPE_LIST || wanted == TYPE_UNKNOWN) && given[i].id != TYPE_UNKNOWN)
            return;
    }
    for (uint32_t i = 0; array && row->rule != NULL && i < argument_count; i++) {
        if (parameter(row, i) == TYPE_LIST)
            given[i] = type_list(type_of(TYPE_TEXT));
        else if (parameter(row, i) == TYPE_UNKNOWN)
            given[i] = type_of(TYPE_TEXT);
    }
}

Status
function_resolve(const char *name, uint32_t argument_count, Type *arguments, const Function **function,
                 Type *result, Error *error)
{
    Type given[RESOLVE_ARGUMENTS_MAX];
    bool ambiguous;

    if (argument_count > RESOLVE_ARGUMENTS_MAX)
        return error_set(error, STATUS_LIMIT_EXCEEDED, "cannot pass more than %d arguments to a function",
                         (int)RESOLVE_ARGUMENTS_MAX);
    assume_other_side(name, argument_count, arguments, given);
    *function = choose(name, argument_count, given, &ambiguous);
    if (*function == NULL || !is_exact(*function, argument_count, given)) {
        memcpy(given, arguments, argument_count * sizeof *arguments);
        *function = choose(name, argument_count, given, &ambiguous);
    }
    if (*function != NULL && is_ambiguous_there(name, argument_count, arguments))
        return raise_unresolved(name, argument_count, arguments, true, error);
    if (*function == NULL)
        return raise_unresolved(name, argument_count, arguments,
                                ambiguous || has_other_candidates(name, argument_count, arguments), error);
    if (lacks_type(*function, argument_count, given))
        return error_set(error, STATUS_DATATYPE_MISMATCH,
                         "could not determine polymorphic type because input has type unknown");

    settle_compatible(*function, argument_count, given);
    Type wanted[RESOLVE_ARGUMENTS_MAX];
    if (!apply_row(*function, argument_count, given, wanted, result))
        return raise_unresolved(name, argument_count, arguments, false, error);
    memcpy(arguments, wanted, argument_count * sizeof *wanted);
    return STATUS_OK;
}
