/* expr/regex.h: PostgreSQL's regular expressions, matched by PCRE2.
 *
 * regex_translate() writes PostgreSQL's syntax (its advanced regular expressions) as PCRE2's. Compiled
 * patterns are kept by the process, up to a bound (their machine code cannot live in an arena); beyond it
 * they are interpreted, in the caller's memory. Matching has a limit, so that no pattern holds a thread.
 *
 * Of several matches that begin at one place PostgreSQL takes the longest, PCRE2 the first branch that
 * matches: regex_longest() finds PostgreSQL's where no group's text is wanted. */
#ifndef RUNNEL_EXPR_REGEX_H
#define RUNNEL_EXPR_REGEX_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "column/value.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { REGEX_DEFAULT = PCRE2_DOTALL };

typedef struct Regex {
    const pcre2_code *code;
    pcre2_match_data *matches;
    pcre2_match_context *limits;
    bool global;   /* the flag g */
    bool branches; /* may match in several lengths at one place in ways that PCRE2 does not try longest first
                    */
    uint32_t groups;
} Regex;

/* `options` are PCRE2's; flags are PostgreSQL's letters. INVALID_PARAMETER for a letter that is none. */
Status regex_flags(const StringView *flags, uint32_t *options, bool *global, Error *error);

/* A pattern ready to match; what it needs lives in `arena`. INVALID_REGEX. */
Status regex_make(const StringView *pattern, uint32_t options, Arena *arena, Regex *regex, Error *error);

/* Look for a match from byte `from` on: *found, and where it and its groups are in regex->matches. */
Status regex_match(const Regex *regex, const char *text, size_t size, size_t from, bool *found, Error *error);

/* The same, but the match is the longest one that begins there, and groups are not told. */
Status regex_longest(const Regex *regex, const char *text, size_t size, size_t from, bool *found,
                     Error *error);

/* Bytes [*start, *end) of a group of the last match (0: the match itself); false where it took no part. */
static inline bool
regex_group(const Regex *regex, uint32_t group, size_t *start, size_t *end)
{
    const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(regex->matches);

    if (group > regex->groups || spans[2 * group] == PCRE2_UNSET)
        return false;
    *start = spans[2 * group];
    *end = spans[2 * group + 1];
    return true;
}

/* PostgreSQL's syntax to PCRE2's; options written into the pattern are added to *options. *branches as above.
 */
Status regex_translate(const char *text, size_t size, uint32_t *options, bool *branches, Buffer *out,
                       Error *error);

/* The regular expression, in PostgreSQL's syntax, for a pattern of SIMILAR TO. Marks escape-" in it make its
 * middle part a group. INVALID_ESCAPE unless `escape` is one character or none. */
Status regex_from_similar(const StringView *pattern, const StringView *escape, Buffer *out, Error *error);

#endif
