/* The text of a DEFAULT, as it is kept: where it ends is told by the tokens, since libpg_query's tree says
 * only where expressions begin. */
#include "sql/ast_read.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef struct Token {
    const char *start;
    size_t size;
} Token;

/* Behind a comment that starts at `at`; `at` where none does. */
static const char *
skip_comment(const char *at)
{
    int depth = 0;

    if (at[0] == '-' && at[1] == '-')
        return at + strcspn(at, "\n");
    if (at[0] != '/' || at[1] != '*')
        return at;
    do {
        const int step = at[0] == '/' && at[1] == '*' ? 1 : at[0] == '*' && at[1] == '/' ? -1 : 0;
        depth += step;
        at += step != 0 ? 2 : 1;
    } while (depth > 0 && *at != '\0');
    return at;
}

static const char *
skip_blanks(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n\f\v");
        const char *behind = skip_comment(at);
        if (behind == at)
            return at;
        at = behind;
    }
}

static const char *
skip_quoted(const char *at, bool backslashes)
{
    const char quote = *at++;

    while (*at != '\0') {
        if (backslashes && at[0] == '\\' && at[1] != '\0')
            at += 2;
        else if (at[0] == quote && at[1] == quote)
            at += 2;
        else if (*at++ == quote)
            break;
    }
    return at;
}

/* Behind $tag$ … $tag$; `at` where no such string starts. */
static const char *
skip_dollar(const char *at)
{
    const char *end = at + 1;

    while (isalnum((unsigned char)*end) || *end == '_' || (unsigned char)*end >= 0x80)
        end++;
    if (*end != '$' || isdigit((unsigned char)at[1]))
        return at;
    const size_t tag = (size_t)(end + 1 - at);
    for (const char *close = end + 1; *close != '\0'; close++) {
        if (strncmp(close, at, tag) == 0)
            return close + tag;
    }
    return at + strlen(at);
}

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* A word (or number), a string, or one character. */
static bool
next_token(const char **at, Token *token)
{
    const char *start = skip_blanks(*at);
    const char *end = start;

    if (*start == '\0')
        return false;
    if (*start == '\'' || *start == '"')
        end = skip_quoted(start, false);
    else if (*start == '$')
        end = skip_dollar(start);
    else if (is_word(*start))
        while (is_word(*end))
            end++;
    if (end == start)
        end++;
    if (end == start + 1 && (*start == 'e' || *start == 'E') && *end == '\'')
        end = skip_quoted(end, true);
    *token = (Token){start, (size_t)(end - start)};
    *at = end;
    return true;
}

static bool
token_is(const Token *token, const char *word)
{
    return strlen(word) == token->size && strncasecmp(token->start, word, token->size) == 0;
}

/* What may follow a column's default in its definition; none of it can stand in an expression there, but for
 * NOT behind IS, and NULL at the start. */
static bool
starts_constraint(const Token *token, const Token *before)
{
    static const char *const words[] = {"not",     "null",       "constraint", "primary",
                                        "unique",  "check",      "references", "generated",
                                        "collate", "deferrable", "default",    "initially"};

    if (before->size == 0 || token_is(before, "is") || token_is(before, "not"))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (token_is(token, words[i]))
            return true;
    }
    return false;
}

/* The expression that starts at `at`, without what follows. */
static const char *
expression_text(const AstReader *reader, const char *at, bool in_definition)
{
    const char *start = skip_blanks(at);
    const char *end = start;
    Token before = {0};
    Token token;
    uint32_t depth = 0;

    while (next_token(&at, &token)) {
        const char first = *token.start;
        const bool opens = first == '(' || first == '[' || token_is(&token, "case");
        const bool closes = first == ')' || first == ']' || token_is(&token, "end");
        if (depth == 0 && (first == ',' || first == ';' || closes))
            break;
        if (depth == 0 && in_definition && starts_constraint(&token, &before))
            break;
        depth += opens;
        depth -= closes;
        before = token;
        end = token.start + token.size;
    }
    return arena_copy_bytes(reader->arena, start, (size_t)(end - start));
}

const char *
read_default_text(const AstReader *reader, const JsonNode *constraint)
{
    const int64_t at = json_integer(reader->json, read_field(reader, constraint, "location"));

    if (at < 0 || (uint64_t)at + strlen("default") > reader->source->size)
        return "";
    return expression_text(reader, reader->source->text + at + strlen("default"), true);
}

const char *
read_set_default_text(const AstReader *reader, uint32_t number)
{
    const char *at = reader->source->text;
    Token before = {0};
    Token token;

    while (next_token(&at, &token)) {
        if (token_is(&before, "set") && token_is(&token, "default") && number-- == 0)
            return expression_text(reader, at, false);
        before = token;
    }
    return "";
}
