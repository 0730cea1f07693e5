#include "cli/shell_completion.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ASK_TIMEOUT_MS = 2000, SHOWN = 100, ON_A_LINE = 6 };

static const char *const key_words[] = {
    "ALL",         "ALTER TABLE",  "AND",
    "ANY",         "AS",           "ASC",
    "BETWEEN",     "BY",           "CASE",
    "CAST",        "COPY",         "CREATE TABLE",
    "CREATE VIEW", "CROSS JOIN",   "CUBE",
    "CURRENT ROW", "DELETE FROM",  "DESC",
    "DISTINCT",    "DROP TABLE",   "DROP VIEW",
    "ELSE",        "END",          "EXCEPT",
    "EXISTS",      "EXPLAIN",      "EXPLAIN ANALYZE",
    "FALSE",       "FILTER",       "FROM",
    "FULL JOIN",   "GROUP BY",     "GROUPING SETS",
    "HAVING",      "ILIKE",        "IN",
    "INNER JOIN",  "INSERT INTO",  "INTERSECT",
    "INTERVAL",    "IS",           "JOIN",
    "LATERAL",     "LEFT JOIN",    "LIKE",
    "LIMIT",       "NOT",          "NULL",
    "NULLS FIRST", "NULLS LAST",   "OFFSET",
    "ON",          "OR",           "ORDER BY",
    "OVER",        "PARTITION BY", "RECURSIVE",
    "RIGHT JOIN",  "ROLLUP",       "ROWS",
    "SELECT",      "SET",          "TABLE",
    "THEN",        "TRUE",         "TRUNCATE",
    "UNION",       "UPDATE",       "USING",
    "VALUES",      "VIEW",         "WHEN",
    "WHERE",       "WINDOW",       "WITH",
};

struct ShellCompletion {
    runnel_connection *connection;
};

/* Words that begin as the one at the cursor, each once. */
typedef struct Candidates {
    const char *word;
    size_t size;
    char **texts;
    size_t count;
    size_t capacity;
} Candidates;

ShellCompletion *
shell_completion_new(runnel_connection *connection)
{
    ShellCompletion *self = MEMORY_NEW(ShellCompletion);

    self->connection = connection;
    return self;
}

void
shell_completion_destroy(ShellCompletion **self)
{
    free(*self);
    *self = NULL;
}

static void
consider(Candidates *candidates, const char *text)
{
    if (strncasecmp(text, candidates->word, candidates->size) != 0)
        return;
    for (size_t i = 0; i < candidates->count; i++)
        if (strcasecmp(candidates->texts[i], text) == 0)
            return;
    if (candidates->count == candidates->capacity) {
        candidates->capacity = 2 * candidates->capacity + 16;
        candidates->texts = memory_resize(candidates->texts, candidates->capacity, sizeof *candidates->texts);
    }
    candidates->texts[candidates->count++] = memory_copy(text, strlen(text) + 1, 1);
}

/* In quotes where SQL would read another name without them. */
static void
consider_name(Candidates *candidates, const char *name)
{
    bool plain = !isdigit((unsigned char)name[0]) && name[0] != '\0';
    Buffer quoted = {0};

    for (const char *c = name; *c != '\0'; c++)
        plain = plain && (islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '_');
    if (plain) {
        consider(candidates, name);
        return;
    }
    buffer_append_char(&quoted, '"');
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '"')
            buffer_append_char(&quoted, '"');
        buffer_append_char(&quoted, *c);
    }
    buffer_append_char(&quoted, '"');
    consider(candidates, buffer_text(&quoted));
    buffer_destroy(&quoted);
}

static void
consider_names(ShellCompletion *self, Candidates *candidates)
{
    static const char ask[] = "SELECT table_name AS name FROM information_schema.tables"
                              " UNION SELECT column_name FROM information_schema.columns"
                              " UNION SELECT schema_name FROM information_schema.schemata ORDER BY name";
    const runnel_query_options options = {.timeout_ms = ASK_TIMEOUT_MS};
    runnel_result *result = NULL;

    if (runnel_query_with(self->connection, ask, &options, &result) != RUNNEL_OK)
        return;
    while (runnel_result_next(result)) {
        const char *name = runnel_result_text(result, 0, NULL);
        if (name != NULL)
            consider_name(candidates, name);
    }
    runnel_result_close(result);
}

/* Bytes that all of them begin with. */
static size_t
shared_size(const Candidates *candidates)
{
    const char *first = candidates->texts[0];
    size_t size = strlen(first);

    for (size_t i = 1; i < candidates->count; i++)
        while (strncasecmp(first, candidates->texts[i], size) != 0)
            size--;
    while (size > 0 && ((unsigned char)first[size] & 0xC0) == 0x80)
        size--;
    return size;
}

/* A key word goes on in small letters where it began so. */
static void
append_rest(const Candidates *candidates, size_t size, Buffer *answer)
{
    const char *text = candidates->texts[0];
    const bool small = candidates->size > 0 && islower((unsigned char)candidates->word[0]);

    for (size_t i = candidates->size; i < size; i++)
        buffer_append_char(answer, small && text[0] != '"' ? (char)tolower((unsigned char)text[i]) : text[i]);
    if (candidates->count == 1)
        buffer_append_char(answer, ' ');
}

static void
append_choice(const Candidates *candidates, Buffer *answer)
{
    for (size_t i = 0; i < candidates->count && i < SHOWN; i++)
        buffer_append_format(answer, "%s%s",
                             i == 0               ? ""
                             : i % ON_A_LINE == 0 ? "\n"
                                                  : "  ",
                             candidates->texts[i]);
    if (candidates->count > SHOWN)
        buffer_append_format(answer, "\n… and %zu more", candidates->count - SHOWN);
}

static bool
is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '"' || (unsigned char)c >= 0x80;
}

ShellCompletionAnswer
shell_completion_find(ShellCompletion *self, const char *line, size_t size, Buffer *answer)
{
    Candidates candidates = {.word = line + size};
    ShellCompletionAnswer kind = SHELL_COMPLETION_NONE;

    while (candidates.size < size && is_word(line[size - candidates.size - 1])) {
        candidates.size++;
        candidates.word--;
    }
    consider_names(self, &candidates);
    for (size_t i = 0; candidates.size > 0 && i < sizeof key_words / sizeof *key_words; i++)
        consider(&candidates, key_words[i]);
    if (candidates.count > 0) {
        const size_t shared = shared_size(&candidates);
        const bool more = shared > candidates.size || candidates.count == 1;
        kind = more ? SHELL_COMPLETION_MORE : SHELL_COMPLETION_CHOICE;
        if (more)
            append_rest(&candidates, shared, answer);
        else
            append_choice(&candidates, answer);
    }
    for (size_t i = 0; i < candidates.count; i++)
        free(candidates.texts[i]);
    free(candidates.texts);
    return kind;
}
