/* Regular expressions through PCRE2. Compiled patterns are kept by the process, up to a bound (their machine
 * code cannot live in an arena); beyond it they are interpreted, in the call's own memory. Matching has a
 * limit, so that no pattern holds a thread. Where PostgreSQL's own syntax differs (rarely used: [[:<:]],
 * greediness of a whole branch), PCRE2's counts. */
#include "expr/kernels_string.h"

#include "expr/row_kernel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { KEPT_MAX = 1024, MATCH_LIMIT = 10000000, GROUPS = 10 };

typedef struct Kept {
    struct Kept *next;
    pcre2_code *code;
    uint32_t options;
    size_t size;
    char text[];
} Kept;

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static Kept *kept_patterns; /* guarded by kept_lock; never freed, read-only once linked */
static uint32_t kept_count;

/* What a call site remembers: its pattern and room for matches. */
typedef struct Regex {
    const pcre2_code *code;
    pcre2_match_data *matches;
    pcre2_match_context *limits;
    bool global;
} Regex;

static void *
arena_malloc(size_t size, void *arena)
{
    return arena_alloc(arena, size);
}

static void
arena_free(void *memory, void *arena)
{
    (void)memory;
    (void)arena;
}

static Status
invalid(int code, Error *error)
{
    char message[128] = "";

    pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message);
    return error_set(error, STATUS_INVALID_REGEX, "invalid regular expression: %s", message);
}

static pcre2_code *
compile(const char *text, size_t size, uint32_t options, pcre2_compile_context *context, int *code)
{
    size_t offset;

    return pcre2_compile((PCRE2_SPTR)text, size, options | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, code, &offset,
                         context);
}

/* The process's copy of a pattern; NULL where it is full, or the pattern wrong (*code tells). */
static const pcre2_code *
keep(const char *text, size_t size, uint32_t options, int *code)
{
    Kept *kept;

    pthread_mutex_lock(&kept_lock);
    for (kept = kept_patterns; kept != NULL; kept = kept->next) {
        if (kept->options == options && kept->size == size && memcmp(kept->text, text, size) == 0)
            break;
    }
    if (kept == NULL && kept_count < KEPT_MAX && (kept = malloc(sizeof *kept + size)) != NULL) {
        kept->code = compile(text, size, options, NULL, code);
        kept->options = options;
        kept->size = size;
        memcpy(kept->text, text, size);
        if (kept->code == NULL) {
            free(kept);
            kept = NULL;
        } else {
            pcre2_jit_compile(kept->code, PCRE2_JIT_COMPLETE);
            kept->next = kept_patterns;
            kept_patterns = kept;
            kept_count++;
        }
    }
    pthread_mutex_unlock(&kept_lock);
    return kept == NULL ? NULL : kept->code;
}

static Status
parse_flags(const StringView *flags, uint32_t *options, bool *global, Error *error)
{
    const char *letters = string_view_data(flags);

    for (uint32_t i = 0; i < flags->size; i++) {
        switch (letters[i]) {
        case 'g': *global = true; break;
        case 'i': *options |= PCRE2_CASELESS; break;
        case 'c': *options &= ~(uint32_t)PCRE2_CASELESS; break;
        case 's': *options |= PCRE2_DOTALL; break;
        case 'm':
        case 'n': *options = (*options & ~(uint32_t)PCRE2_DOTALL) | PCRE2_MULTILINE; break;
        case 'p': *options &= ~(uint32_t)PCRE2_DOTALL; break;
        case 'w': *options |= PCRE2_MULTILINE; break;
        case 'x': *options |= PCRE2_EXTENDED; break;
        case 'q': *options |= PCRE2_LITERAL; break;
        default:
            return error_set(error, STATUS_INVALID_PARAMETER, "invalid regular expression option: \"%c\"",
                             letters[i]);
        }
    }
    return STATUS_OK;
}

static Status
make(const StringView *pattern, uint32_t options, Arena *arena, Regex *regex, Error *error)
{
    pcre2_general_context *memory = pcre2_general_context_create(arena_malloc, arena_free, arena);
    int code = 0;

    if (memory == NULL)
        return error_set_memory(error);
    regex->code = keep(string_view_data(pattern), pattern->size, options, &code);
    if (regex->code == NULL && code == 0)
        regex->code = compile(string_view_data(pattern), pattern->size, options,
                              pcre2_compile_context_create(memory), &code);
    if (regex->code == NULL)
        return invalid(code, error);
    regex->matches = pcre2_match_data_create(GROUPS, memory);
    regex->limits = pcre2_match_context_create(memory);
    if (regex->matches == NULL || regex->limits == NULL)
        return error_set_memory(error);
    pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
    return STATUS_OK;
}

/* The row's regex; `flags` is the number of the argument that has them, or 0. */
static Status
row_regex(KernelCall *call, uint32_t row, uint32_t options, uint32_t flags, Regex **regex)
{
    const bool constant = call->arguments[1].form == VECTOR_CONSTANT &&
                          (flags == 0 || call->arguments[flags].form == VECTOR_CONSTANT);
    Arena *arena = constant ? call->state_arena : call->arena;

    if (constant && *call->state != NULL) {
        *regex = *call->state;
        return STATUS_OK;
    }
    Regex *fresh = arena_alloc_zero(arena, sizeof *fresh);
    if (fresh == NULL)
        return error_set_memory(call->error);
    if (flags != 0)
        TRY(parse_flags(&ROW_ARGUMENT(call, flags, StringView, row), &options, &fresh->global, call->error));
    TRY(make(&ROW_ARGUMENT(call, 1, StringView, row), options, arena, fresh, call->error));
    if (constant)
        *call->state = fresh;
    *regex = fresh;
    return STATUS_OK;
}

/* Look for a match from `from` on. */
static Status
match(const Regex *regex, const char *text, size_t size, size_t from, bool *found, Error *error)
{
    const int code = pcre2_match(regex->code, (PCRE2_SPTR)text, size, from, 0, regex->matches, regex->limits);

    *found = code >= 0;
    if (code >= 0 || code == PCRE2_ERROR_NOMATCH)
        return STATUS_OK;
    if (code == PCRE2_ERROR_NOMEMORY)
        return error_set_memory(error);
    return error_set(error, STATUS_LIMIT_EXCEEDED, "regular expression needs too many steps on this text");
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
        const StringView *text = &ROW_ARGUMENT(call, 0, StringView, row);
        TRY(match(regex, string_view_data(text), text->size, 0, &found, call->error));
        result[row] = found != negated;
    }
    return STATUS_OK;
}

Status
kernel_regex(KernelCall *call)
{
    return test(call, PCRE2_DOTALL, 0, false);
}

Status
kernel_not_regex(KernelCall *call)
{
    return test(call, PCRE2_DOTALL, 0, true);
}

Status
kernel_iregex(KernelCall *call)
{
    return test(call, PCRE2_DOTALL | PCRE2_CASELESS, 0, false);
}

Status
kernel_not_iregex(KernelCall *call)
{
    return test(call, PCRE2_DOTALL | PCRE2_CASELESS, 0, true);
}

Status
kernel_regexp_like(KernelCall *call)
{
    return test(call, PCRE2_DOTALL, call->argument_count > 2 ? 2 : 0, false);
}

/* The replacement with \1 … \9 and \& filled in. */
static void
append_replacement(const Regex *regex, const char *text, const StringView *replacement, Buffer *out)
{
    const PCRE2_SIZE *groups = pcre2_get_ovector_pointer(regex->matches);
    uint32_t highest = 0; /* group of the pattern */
    const char *data = string_view_data(replacement);

    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &highest);
    for (uint32_t i = 0; i < replacement->size; i++) {
        if (data[i] != '\\' || i + 1 == replacement->size) {
            buffer_append_char(out, data[i]);
            continue;
        }
        const char next = data[++i];
        const uint32_t group = next == '&' ? 0 : (uint32_t)(next - '0');
        if (next == '&' || (next >= '1' && next <= '9')) {
            if (group <= highest && groups[2 * group] != PCRE2_UNSET)
                buffer_append(out, text + groups[2 * group], groups[2 * group + 1] - groups[2 * group]);
        } else {
            if (next != '\\')
                buffer_append_char(out, '\\');
            buffer_append_char(out, next);
        }
    }
}

static Status
replace(KernelCall *call, uint32_t row, const Regex *regex, Buffer *out)
{
    const StringView text = ROW_ARGUMENT(call, 0, StringView, row);
    const char *data = string_view_data(&text);
    size_t copied = 0;
    size_t from = 0;
    bool found = true;

    buffer_clear(out);
    while (from <= text.size) {
        TRY(match(regex, data, text.size, from, &found, call->error));
        if (!found)
            break;
        const PCRE2_SIZE *span = pcre2_get_ovector_pointer(regex->matches);
        buffer_append(out, data + copied, span[0] - copied);
        append_replacement(regex, data, &ROW_ARGUMENT(call, 2, StringView, row), out);
        copied = span[1];
        from = span[1] + (span[1] == span[0]);
        while (from < text.size && ((unsigned char)data[from] & 0xC0) == 0x80)
            from++;
        if (!regex->global)
            break;
    }
    if (copied == 0 && out->size == 0)
        return row_set_view(call, row, data, text.size);
    buffer_append(out, data + copied, text.size - copied);
    if (out->failed)
        return error_set_memory(call->error);
    return row_copy_view(call, row, out->data == NULL ? "" : out->data, out->size);
}

Status
kernel_regexp_replace(KernelCall *call)
{
    Buffer out = {0};
    Status status = STATUS_OK;

    for (uint32_t i = 0; i < call->count && status == STATUS_OK; i++) {
        const uint32_t row = kernel_row(call, i);
        Regex *regex;
        if (!bits_get(call->validity, row)) {
            row_clear(call, row);
            continue;
        }
        status = row_regex(call, row, PCRE2_DOTALL, call->argument_count > 3 ? 3 : 0, &regex);
        if (status == STATUS_OK)
            status = replace(call, row, regex, &out);
    }
    buffer_destroy(&out);
    return status;
}

static inline Status
regexp_substr_row(KernelCall *call, uint32_t row)
{
    const StringView text = ROW_ARGUMENT(call, 0, StringView, row);
    Regex *regex;
    bool found;

    TRY(row_regex(call, row, PCRE2_DOTALL, 0, &regex));
    TRY(match(regex, string_view_data(&text), text.size, 0, &found, call->error));
    if (!found) {
        row_set_null(call, row);
        return STATUS_OK;
    }
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(regex->matches);
    return row_set_view(call, row, string_view_data(&text) + span[0], span[1] - span[0]);
}
ROW_KERNEL(regexp_substr)

static inline Status
regexp_count_row(KernelCall *call, uint32_t row)
{
    const StringView text = ROW_ARGUMENT(call, 0, StringView, row);
    int32_t count = 0;
    size_t from = 0;
    Regex *regex;
    bool found = true;

    TRY(row_regex(call, row, PCRE2_DOTALL, 0, &regex));
    while (from <= text.size) {
        TRY(match(regex, string_view_data(&text), text.size, from, &found, call->error));
        if (!found)
            break;
        const PCRE2_SIZE *span = pcre2_get_ovector_pointer(regex->matches);
        from = span[1] + (span[1] == span[0]);
        count++;
    }
    ROW_RESULT(call, int32_t, row) = count;
    return STATUS_OK;
}
ROW_KERNEL(regexp_count)
