/* Functions of regular expressions. A constant pattern is made ready once a call site. */
#include "expr/array_kernel.h"
#include "expr/kernels_string.h"

#include "expr/regex.h"
#include "expr/string_kernel.h"
#include "expr/utf8.h"

#include <string.h>

/* The row's regex; `flags` is the number of the argument that has them, or 0. */
static Status
row_regex(KernelCall *call, uint32_t row, uint32_t options, uint32_t flags, Regex **regex)
{
    const bool given = flags != 0 && flags < call->argument_count;
    const bool constant = call->arguments[1].form == VECTOR_CONSTANT &&
                          (!given || call->arguments[flags].form == VECTOR_CONSTANT);
    Arena *arena = constant ? call->state_arena : call->arena;

    if (constant && *call->state != NULL) {
        *regex = *call->state;
        return STATUS_OK;
    }
    Regex *fresh = arena_alloc_zero(arena, sizeof *fresh);
    if (fresh == NULL)
        return error_set_memory(call->error);
    if (given)
        TRY(regex_flags(&ROW_ARGUMENT(call, flags, StringView, row), &options, &fresh->global, call->error));
    if (fresh->global && strcmp(call->function->name, "regexp_replace") != 0 &&
        strcmp(call->function->name, "regexp_matches_array") != 0)
        return error_set(call->error, STATUS_INVALID_PARAMETER, "%s() does not support the \"global\" option",
                         call->function->name);
    TRY(regex_make(&ROW_ARGUMENT(call, 1, StringView, row), options, arena, fresh, call->error));
    if (constant)
        *call->state = fresh;
    *regex = fresh;
    return STATUS_OK;
}

static Status
test(KernelCall *call, uint32_t options, uint32_t flags, bool negated)
{
    uint8_t *result = call->result;

    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        Regex *regex;
        bool found;
        if (!bits_get(call->validity, row))
            continue;
        TRY(row_regex(call, row, options, flags, &regex));
        const Text text = text_argument(call, 0, row);
        TRY(regex_match(regex, text.data, text.size, 0, &found, call->error));
        result[row] = found != negated;
    }
    return STATUS_OK;
}

Status
kernel_regex(KernelCall *call)
{
    return test(call, REGEX_DEFAULT, 0, false);
}

Status
kernel_not_regex(KernelCall *call)
{
    return test(call, REGEX_DEFAULT, 0, true);
}

Status
kernel_iregex(KernelCall *call)
{
    return test(call, REGEX_DEFAULT | PCRE2_CASELESS, 0, false);
}

Status
kernel_not_iregex(KernelCall *call)
{
    return test(call, REGEX_DEFAULT | PCRE2_CASELESS, 0, true);
}

Status
kernel_regexp_like(KernelCall *call)
{
    return test(call, REGEX_DEFAULT, 2, false);
}

/* A whole number among the arguments, where it is given, that must not be below `least`. */
static Status
integer_argument(KernelCall *call, uint32_t number, uint32_t row, const char *name, int32_t least,
                 int32_t most, int32_t *value)
{
    if (number >= call->argument_count)
        return STATUS_OK;
    *value = ROW_ARGUMENT(call, number, int32_t, row);
    if (*value >= least && *value <= most)
        return STATUS_OK;
    return error_set(call->error, STATUS_INVALID_PARAMETER, "invalid value for parameter \"%s\": %d", name,
                     *value);
}

/* The matches of a text, one after the other. */
typedef struct Search {
    const Regex *regex;
    Text text;
    size_t from;
    bool groups; /* their places are wanted, too */
} Search;

/* Where character number `start` (from 1) begins; beyond the end where there are fewer. */
static size_t
start_offset(Text text, int32_t start)
{
    size_t at = 0;

    for (int32_t i = 1; i < start; i++) {
        if (at >= text.size)
            return text.size + 1;
        at += utf8_size(text.data + at, text.size - at);
    }
    return at;
}

static Status
search_next(Search *search, bool *found, Error *error)
{
    size_t start = 0;
    size_t end = 0;

    *found = false;
    if (search->from > search->text.size)
        return STATUS_OK;
    TRY((search->groups ? regex_match : regex_longest)(search->regex, search->text.data, search->text.size,
                                                       search->from, found, error));
    if (!*found)
        return STATUS_OK;
    regex_group(search->regex, 0, &start, &end);
    search->from = end;
    if (start == end)
        search->from +=
            end < search->text.size ? utf8_size(search->text.data + end, search->text.size - end) : 1;
    return STATUS_OK;
}

/* Match number `wanted`, counted from 1. */
static Status
search_for(Search *search, int32_t wanted, bool *found, Error *error)
{
    *found = true;
    for (int32_t i = 0; i < wanted && *found; i++)
        TRY(search_next(search, found, error));
    return STATUS_OK;
}

/* The replacement with \1 … \9 and \& filled in. */
static void
append_replacement(const Regex *regex, const char *text, const StringView *replacement, Buffer *out)
{
    const char *data = string_view_data(replacement);
    size_t start;
    size_t end;

    for (uint32_t i = 0; i < replacement->size; i++) {
        if (data[i] != '\\' || i + 1 == replacement->size) {
            buffer_append_char(out, data[i]);
            continue;
        }
        const char next = data[++i];
        if (next == '&' || (next >= '1' && next <= '9')) {
            if (regex_group(regex, next == '&' ? 0 : (uint32_t)(next - '0'), &start, &end))
                buffer_append(out, text + start, end - start);
        } else {
            if (next != '\\')
                buffer_append_char(out, '\\');
            buffer_append_char(out, next);
        }
    }
}

/* Whether a replacement refers to groups. */
static bool
wants_groups(const StringView *replacement)
{
    const char *data = string_view_data(replacement);

    for (uint32_t i = 0; i + 1 < replacement->size; i++) {
        if (data[i] != '\\')
            continue;
        i++;
        if (data[i] >= '1' && data[i] <= '9')
            return true;
    }
    return false;
}

/* Replace match number `wanted`, or all of them where it is 0. */
static Status
replace(KernelCall *call, uint32_t row, Search *search, int32_t wanted, Buffer *out)
{
    const StringView *replacement = &ROW_ARGUMENT(call, 2, StringView, row);
    size_t copied = 0;
    size_t start = 0;
    size_t end = 0;
    bool changed = false;
    bool found = true;

    buffer_clear(out);
    for (int32_t number = 1; wanted == 0 || number <= wanted; number++) {
        TRY(search_next(search, &found, call->error));
        if (!found)
            break;
        if (number < wanted)
            continue;
        regex_group(search->regex, 0, &start, &end);
        buffer_append(out, search->text.data + copied, start - copied);
        append_replacement(search->regex, search->text.data, replacement, out);
        copied = end;
        changed = true;
    }
    if (!changed)
        return row_set_view(call, row, search->text.data, search->text.size);
    buffer_append(out, search->text.data + copied, search->text.size - copied);
    if (out->failed)
        return error_set_memory(call->error);
    return row_copy_view(call, row, out->data == NULL ? "" : out->data, out->size);
}

/* regexp_replace(text, pattern, replacement[, flags]), or (…, start[, n[, flags]]). */
static Status
replace_row(KernelCall *call, uint32_t row, Buffer *out)
{
    const bool placed = call->argument_count > 3 && call->arguments[3].type.id == TYPE_INT4;
    const StringView *replacement = &ROW_ARGUMENT(call, 2, StringView, row);
    int32_t start = 1;
    int32_t wanted = 1;
    Regex *regex;

    TRY(row_regex(call, row, REGEX_DEFAULT, placed ? 5 : 3, &regex));
    if (placed) {
        TRY(integer_argument(call, 3, row, "start", 1, INT32_MAX, &start));
        TRY(integer_argument(call, 4, row, "n", 0, INT32_MAX, &wanted));
    }
    if (regex->global && !(placed && call->argument_count > 4)) /* where n is given, it counts */
        wanted = 0;
    Search search = {
        .regex = regex, .text = text_argument(call, 0, row), .groups = wants_groups(replacement)};
    search.from = start_offset(search.text, start);
    return replace(call, row, &search, wanted, out);
}

Status
kernel_regexp_replace(KernelCall *call)
{
    Buffer out = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        if (bits_get(call->validity, row))
            status = replace_row(call, row, &out);
        else
            row_clear(call, row);
    }
    buffer_destroy(&out);
    return status;
}

/* Search for the n-th match as regexp_substr and regexp_instr tell: `group` is what is wanted of it. */
static Status
find_match(KernelCall *call, uint32_t row, Search *search, int32_t start, int32_t wanted, int32_t group,
           size_t *first, size_t *end, bool *found)
{
    search->text = text_argument(call, 0, row);
    search->from = start_offset(search->text, start);
    search->groups = group > 0;
    *found = false;
    if (search->regex->groups < (uint32_t)group)
        return STATUS_OK;
    TRY(search_for(search, wanted, found, call->error));
    *found = *found && regex_group(search->regex, (uint32_t)group, first, end);
    return STATUS_OK;
}

/* regexp_substr(text, pattern[, start[, n[, flags[, group]]]]) */
ROW(regexp_substr)
{
    int32_t start = 1;
    int32_t wanted = 1;
    int32_t group = 0;
    size_t first = 0;
    size_t end = 0;
    bool found;
    Regex *regex;

    TRY(integer_argument(call, 2, row, "start", 1, INT32_MAX, &start));
    TRY(integer_argument(call, 3, row, "n", 1, INT32_MAX, &wanted));
    TRY(integer_argument(call, 5, row, "subexpr", 0, INT32_MAX, &group));
    TRY(row_regex(call, row, REGEX_DEFAULT, 4, &regex));
    Search search = {.regex = regex};
    TRY(find_match(call, row, &search, start, wanted, group, &first, &end, &found));
    if (!found) {
        row_set_null(call, row);
        return STATUS_OK;
    }
    return row_set_view(call, row, search.text.data + first, end - first);
}
ROW_KERNEL(regexp_substr)

/* substring(text from pattern): the first group where there is one. */
ROW(regexp_substring)
{
    size_t first = 0;
    size_t end = 0;
    bool found;
    Regex *regex;

    TRY(row_regex(call, row, REGEX_DEFAULT, 0, &regex));
    Search search = {.regex = regex};
    TRY(find_match(call, row, &search, 1, 1, regex->groups > 0, &first, &end, &found));
    if (!found) {
        row_set_null(call, row);
        return STATUS_OK;
    }
    return row_set_view(call, row, search.text.data + first, end - first);
}
ROW_KERNEL(regexp_substring)

/* The regex of substring(text, pattern, escape), made once where both are constant. */
static Status
similar_regex(KernelCall *call, uint32_t row, Regex **regex)
{
    const bool constant =
        call->arguments[1].form == VECTOR_CONSTANT && call->arguments[2].form == VECTOR_CONSTANT;
    Arena *arena = constant ? call->state_arena : call->arena;
    Buffer text = {0};

    *regex = constant ? *call->state : NULL;
    if (*regex != NULL)
        return STATUS_OK;
    *regex = arena_alloc_zero(arena, sizeof **regex);
    if (*regex == NULL)
        return error_set_memory(call->error);
    Status status = regex_from_similar(&ROW_ARGUMENT(call, 1, StringView, row),
                                       &ROW_ARGUMENT(call, 2, StringView, row), &text, call->error);
    if (status == STATUS_OK) {
        const StringView pattern = string_view(text.data, text.size);
        status = regex_make(&pattern, REGEX_DEFAULT, arena, *regex, call->error);
    }
    buffer_destroy(&text);
    if (status == STATUS_OK && constant)
        *call->state = *regex;
    return status;
}

ROW(similar_substring)
{
    size_t first = 0;
    size_t end = 0;
    bool found;
    Regex *regex;

    TRY(similar_regex(call, row, &regex));
    Search search = {.regex = regex};
    TRY(find_match(call, row, &search, 1, 1, regex->groups > 0, &first, &end, &found));
    if (!found) {
        row_set_null(call, row);
        return STATUS_OK;
    }
    return row_set_view(call, row, search.text.data + first, end - first);
}
ROW_KERNEL(similar_substring)

/* regexp_instr(text, pattern[, start[, n[, endoption[, flags[, group]]]]]) */
ROW(regexp_instr)
{
    int32_t start = 1;
    int32_t wanted = 1;
    int32_t behind = 0;
    int32_t group = 0;
    size_t first = 0;
    size_t end = 0;
    bool found;
    Regex *regex;

    TRY(integer_argument(call, 2, row, "start", 1, INT32_MAX, &start));
    TRY(integer_argument(call, 3, row, "n", 1, INT32_MAX, &wanted));
    TRY(integer_argument(call, 4, row, "endoption", 0, 1, &behind));
    TRY(integer_argument(call, 6, row, "subexpr", 0, INT32_MAX, &group));
    TRY(row_regex(call, row, REGEX_DEFAULT, 5, &regex));
    Search search = {.regex = regex};
    TRY(find_match(call, row, &search, start, wanted, group, &first, &end, &found));
    const size_t place = behind == 1 ? end : first;
    ROW_RESULT(call, int32_t, row) = found ? (int32_t)utf8_count(search.text.data, place) + 1 : 0;
    return STATUS_OK;
}
ROW_KERNEL(regexp_instr)

/* regexp_count(text, pattern[, start[, flags]]) */
ROW(regexp_count)
{
    int32_t start = 1;
    int32_t count = -1;
    Regex *regex;
    bool found = true;

    TRY(integer_argument(call, 2, row, "start", 1, INT32_MAX, &start));
    TRY(row_regex(call, row, REGEX_DEFAULT, 3, &regex));
    Search search = {.regex = regex, .text = text_argument(call, 0, row)};
    search.from = start_offset(search.text, start);
    while (found) {
        TRY(search_next(&search, &found, call->error));
        count++;
    }
    ROW_RESULT(call, int32_t, row) = count;
    return STATUS_OK;
}
ROW_KERNEL(regexp_count)

/* The texts of a match's groups, or its own where it has none. */
static Status
append_groups(KernelCall *call, const Search *search, ListBuilder *out)
{
    const Regex *regex = search->regex;

    for (uint32_t group = regex->groups > 0; group <= regex->groups; group++) {
        size_t start;
        size_t end;
        if (!regex_group(regex, group, &start, &end)) {
            TRY(list_builder_append_null(out, call->error));
            continue;
        }
        const StringView view = string_view(search->text.data + start, end - start);
        TRY(list_builder_append_value(out, &view, call->error));
    }
    return STATUS_OK;
}

/* regexp_match(text, pattern [, flags]) */
static Status
regexp_match_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    Regex *regex;
    bool found;

    TRY(row_regex(call, row, REGEX_DEFAULT, 2, &regex));
    Search search = {.regex = regex, .text = text_argument(call, 0, row), .groups = regex->groups > 0};
    TRY(search_next(&search, &found, call->error));
    if (found)
        return append_groups(call, &search, out);
    bits_clear(call->validity, row);
    return STATUS_OK;
}
ARRAY_KERNEL(regexp_match)

/* All matches (with the flag g, else the first) as an array of arrays: rows of regexp_matches(). */
static Status
regexp_matches_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    Regex *regex;
    bool found = true;

    TRY(row_regex(call, row, REGEX_DEFAULT, 2, &regex));
    Search search = {.regex = regex, .text = text_argument(call, 0, row), .groups = regex->groups > 0};
    while (found) {
        const uint32_t first = out->nested->count;
        TRY(search_next(&search, &found, call->error));
        if (!found)
            break;
        TRY(append_groups(call, &search, out->nested));
        TRY(list_builder_append_list(out, first, call->error));
        found = regex->global;
    }
    return STATUS_OK;
}
ARRAY_KERNEL(regexp_matches)

/* What stands between the matches; empty ones at the ends and next to others do not part anything. */
static Status
regexp_split_to_array_row(KernelCall *call, uint32_t row, ListBuilder *out)
{
    Regex *regex;
    bool found;
    size_t piece = 0;
    size_t before = 0;

    TRY(row_regex(call, row, REGEX_DEFAULT, 2, &regex));
    Search search = {.regex = regex, .text = text_argument(call, 0, row)};
    for (;;) {
        size_t start = 0;
        size_t end = 0;
        TRY(search_next(&search, &found, call->error));
        if (!found)
            break;
        regex_group(regex, 0, &start, &end);
        if (start < search.text.size && end > before) {
            const StringView view = string_view(search.text.data + piece, start - piece);
            TRY(list_builder_append_value(out, &view, call->error));
            piece = end;
        }
        before = end;
    }
    const StringView rest = string_view(search.text.data + piece, search.text.size - piece);
    return list_builder_append_value(out, &rest, call->error);
}
ARRAY_KERNEL(regexp_split_to_array)
