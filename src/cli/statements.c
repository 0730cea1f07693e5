#include "cli/statements.h"

#include <ctype.h>
#include <string.h>

/* Behind a quoted piece that starts at `at`; backslashes escape in E'' strings. */
static size_t
skip_quoted(const char *text, size_t size, size_t at, bool backslashes)
{
    const char quote = text[at++];

    while (at < size) {
        if (backslashes && text[at] == '\\' && at + 1 < size)
            at += 2;
        else if (text[at] == quote && at + 1 < size && text[at + 1] == quote)
            at += 2;
        else if (text[at++] == quote)
            return at;
    }
    return size;
}

/* Behind a comment that starts at `at` (slash-star ones nest), or `at` where none does. */
static size_t
skip_comment(const char *text, size_t size, size_t at)
{
    int depth = 0;

    if (at + 1 < size && text[at] == '-' && text[at + 1] == '-') {
        while (at < size && text[at] != '\n')
            at++;
        return at;
    }
    if (at + 1 >= size || text[at] != '/' || text[at + 1] != '*')
        return at;
    do {
        if (at + 1 < size && text[at] == '/' && text[at + 1] == '*') {
            depth++;
            at += 2;
        } else if (at + 1 < size && text[at] == '*' && text[at + 1] == '/') {
            depth--;
            at += 2;
        } else {
            at++;
        }
    } while (depth > 0 && at < size);
    return at;
}

/* Behind a $tag$ … $tag$ string, or `at` where none starts. */
static size_t
skip_dollar(const char *text, size_t size, size_t at)
{
    size_t end = at + 1;

    while (end < size && (isalnum((unsigned char)text[end]) || text[end] == '_'))
        end++;
    if (end >= size || text[end] != '$' || isdigit((unsigned char)text[at + 1]))
        return at;
    const size_t tag = end + 1 - at;
    for (size_t i = end + 1; i + tag <= size; i++)
        if (memcmp(text + i, text + at, tag) == 0)
            return i + tag;
    return size;
}

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Behind what starts at `at`: a whole quoted piece or comment, or one character. */
static size_t
step(const char *text, size_t size, size_t at)
{
    const bool in_word = at > 0 && is_word(text[at - 1]);
    const bool escapes =
        at > 0 && (text[at - 1] == 'E' || text[at - 1] == 'e') && (at < 2 || !is_word(text[at - 2]));

    switch (text[at]) {
    case '\'': return skip_quoted(text, size, at, escapes);
    case '"': return skip_quoted(text, size, at, false);
    case '-':
    case '/': {
        const size_t behind = skip_comment(text, size, at);
        return behind > at ? behind : at + 1;
    }
    case '$': {
        const size_t behind = in_word ? at : skip_dollar(text, size, at);
        return behind > at ? behind : at + 1;
    }
    default: return at + 1;
    }
}

static size_t
skip_blanks(const char *text, size_t size, size_t at)
{
    for (;;) {
        while (at < size && (isspace((unsigned char)text[at]) || text[at] == ';'))
            at++;
        const size_t behind = at < size ? skip_comment(text, size, at) : at;
        if (behind == at)
            return at;
        at = behind;
    }
}

bool
statement_next(const char *text, size_t size, size_t *at, size_t *start, size_t *length, bool *ended)
{
    *start = skip_blanks(text, size, *at);
    size_t end = *start;
    while (end < size && text[end] != ';')
        end = step(text, size, end);
    *length = end - *start;
    *ended = end < size;
    *at = end < size ? end + 1 : size;
    return *length > 0;
}
