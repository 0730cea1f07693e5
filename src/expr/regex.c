#include "expr/regex.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MAX = 1024, MATCH_LIMIT = 10000000, WORKSPACE = 2048 };

typedef struct Kept {
    struct Kept *next;
    pcre2_code *code;
    uint32_t options;
    bool branches;
    size_t size;
    char text[];
} Kept;

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static Kept *kept_patterns; /* guarded by kept_lock; never freed, read-only once linked */
static uint32_t kept_count;

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

static Status
compile(const StringView *pattern, uint32_t options, pcre2_compile_context *context, pcre2_code **code,
        bool *branches, Error *error)
{
    Buffer translated = {0};
    int problem = 0;
    size_t offset;

    Status status =
        regex_translate(string_view_data(pattern), pattern->size, &options, branches, &translated, error);
    if (status == STATUS_OK && translated.failed)
        status = error_set_memory(error);
    if (status == STATUS_OK) {
        options |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
        options |= options & PCRE2_LITERAL ? 0 : PCRE2_UCP | PCRE2_DOLLAR_ENDONLY;
        if (options & PCRE2_LITERAL)
            options &= PCRE2_LITERAL | PCRE2_CASELESS | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
        *code = pcre2_compile((PCRE2_SPTR)buffer_text(&translated), translated.size, options, &problem,
                              &offset, context);
        if (*code == NULL)
            status = invalid(problem, error);
    }
    buffer_destroy(&translated);
    return status;
}

static Kept *
find_kept(const StringView *pattern, uint32_t options)
{
    for (Kept *kept = kept_patterns; kept != NULL; kept = kept->next) {
        if (kept->options == options && kept->size == pattern->size &&
            memcmp(kept->text, string_view_data(pattern), pattern->size) == 0)
            return kept;
    }
    return NULL;
}

/* The process's copy of a pattern, made where there is none; *kept is NULL where there is no room for it. */
static Status
keep(const StringView *pattern, uint32_t options, const Kept **kept, Error *error)
{
    Status status = STATUS_OK;

    pthread_mutex_lock(&kept_lock);
    Kept *found = find_kept(pattern, options);
    if (found == NULL && kept_count < KEPT_MAX && (found = malloc(sizeof *found + pattern->size)) != NULL) {
        *found = (Kept){.next = kept_patterns, .options = options, .size = pattern->size};
        memcpy(found->text, string_view_data(pattern), pattern->size);
        status = compile(pattern, options, NULL, &found->code, &found->branches, error);
        if (status == STATUS_OK) {
            pcre2_jit_compile(found->code, PCRE2_JIT_COMPLETE);
            kept_patterns = found;
            kept_count++;
        } else {
            free(found);
            found = NULL;
        }
    }
    pthread_mutex_unlock(&kept_lock);
    *kept = found;
    return status;
}

Status
regex_make(const StringView *pattern, uint32_t options, Arena *arena, Regex *regex, Error *error)
{
    pcre2_general_context *memory = pcre2_general_context_create(arena_malloc, arena_free, arena);
    const Kept *kept;

    if (memory == NULL)
        return error_set_memory(error);
    TRY(keep(pattern, options, &kept, error));
    if (kept != NULL) {
        regex->code = kept->code;
        regex->branches = kept->branches;
    } else {
        pcre2_code *code;
        TRY(compile(pattern, options, pcre2_compile_context_create(memory), &code, &regex->branches, error));
        regex->code = code;
    }
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->groups);
    regex->matches = pcre2_match_data_create(regex->groups + 1, memory);
    regex->limits = pcre2_match_context_create(memory);
    if (regex->matches == NULL || regex->limits == NULL)
        return error_set_memory(error);
    pcre2_set_match_limit(regex->limits, MATCH_LIMIT);
    return STATUS_OK;
}

/* ^ and $ are at the ends of lines, also of the empty one behind the last end. */
enum { LINES = PCRE2_MULTILINE | PCRE2_ALT_CIRCUMFLEX };

Status
regex_flags(const StringView *flags, uint32_t *options, bool *global, Error *error)
{
    const char *letters = string_view_data(flags);

    for (uint32_t i = 0; i < flags->size; i++) {
        switch (letters[i]) {
        case 'g': *global = true; break;
        case 'i': *options |= PCRE2_CASELESS; break;
        case 'c': *options &= ~(uint32_t)PCRE2_CASELESS; break;
        case 's': *options = (*options | PCRE2_DOTALL) & ~(uint32_t)LINES; break;
        case 'm':
        case 'n': *options = (*options & ~(uint32_t)PCRE2_DOTALL) | LINES; break;
        case 'p': *options &= ~(uint32_t)(PCRE2_DOTALL | LINES); break;
        case 'w': *options |= LINES | PCRE2_DOTALL; break;
        case 'x': *options |= PCRE2_EXTENDED; break;
        case 't': *options &= ~(uint32_t)PCRE2_EXTENDED; break;
        case 'q': *options |= PCRE2_LITERAL; break;
        case 'e': break;
        default:
            return error_set(error, STATUS_INVALID_PARAMETER, "invalid regular expression option: \"%c\"",
                             letters[i]);
        }
    }
    return STATUS_OK;
}

static Status
judge(int code, bool *found, Error *error)
{
    *found = code >= 0;
    if (code >= 0 || code == PCRE2_ERROR_NOMATCH)
        return STATUS_OK;
    if (code == PCRE2_ERROR_NOMEMORY)
        return error_set_memory(error);
    return error_set(error, STATUS_LIMIT_EXCEEDED, "regular expression needs too many steps on this text");
}

Status
regex_match(const Regex *regex, const char *text, size_t size, size_t from, bool *found, Error *error)
{
    return judge(pcre2_match(regex->code, (PCRE2_SPTR)text, size, from, 0, regex->matches, regex->limits),
                 found, error);
}

Status
regex_longest(const Regex *regex, const char *text, size_t size, size_t from, bool *found, Error *error)
{
    int workspace[WORKSPACE];

    if (regex->branches) {
        const int code = pcre2_dfa_match(regex->code, (PCRE2_SPTR)text, size, from, 0, regex->matches,
                                         regex->limits, workspace, WORKSPACE);
        if (code >= 0 || code == PCRE2_ERROR_NOMATCH)
            return judge(code, found, error);
    } /* what that way cannot do, back references, is left to the other */
    return regex_match(regex, text, size, from, found, error);
}
