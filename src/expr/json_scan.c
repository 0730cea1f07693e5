#include "expr/json_scan.h"

#include <string.h>

static bool
is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool
is_hex(char c)
{
    return is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
}

static const char *
skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* --- Checking: each part returns where it ends, or NULL with `at` telling where it went wrong. */

typedef struct Check {
    const char *at;
    const char *end;
    uint32_t depth;
    uint64_t objects[JSON_DEPTH_MAX / 64]; /* a bit a level: an object, else an array */
} Check;

static bool
check_escape(Check *check)
{
    static const char letters[] = "\"\\/bfnrt";

    if (check->at >= check->end)
        return false;
    if (*check->at == 'u') {
        for (int i = 1; i <= 4; i++) {
            if (check->end - check->at <= i || !is_hex(check->at[i]))
                return false;
        }
        check->at += 5;
        return true;
    }
    if (*check->at == '\0' || strchr(letters, *check->at) == NULL)
        return false;
    check->at++;
    return true;
}

static bool
check_string(Check *check)
{
    check->at++;
    for (;;) {
        const char *at = check->at;
        while (at < check->end && *at != '"' && *at != '\\' && (unsigned char)*at >= ' ')
            at++;
        check->at = at;
        if (at == check->end || (unsigned char)*at < ' ')
            return false;
        check->at++;
        if (*at == '"')
            return true;
        if (!check_escape(check))
            return false;
    }
}

static bool
check_digits(Check *check)
{
    const char *first = check->at;

    while (check->at < check->end && is_digit(*check->at))
        check->at++;
    return check->at > first;
}

static bool
check_number(Check *check)
{
    if (*check->at == '-')
        check->at++;
    if (check->at < check->end && *check->at == '0')
        check->at++;
    else if (!check_digits(check))
        return false;
    if (check->at < check->end && *check->at == '.') {
        check->at++;
        if (!check_digits(check))
            return false;
    }
    if (check->at < check->end && (*check->at == 'e' || *check->at == 'E')) {
        check->at++;
        if (check->at < check->end && (*check->at == '+' || *check->at == '-'))
            check->at++;
        return check_digits(check);
    }
    return true;
}

static bool
check_word(Check *check, const char *word)
{
    const size_t size = strlen(word);

    if ((size_t)(check->end - check->at) < size || memcmp(check->at, word, size) != 0)
        return false;
    check->at += size;
    return true;
}

static bool
check_scalar(Check *check)
{
    switch (*check->at) {
    case '"': return check_string(check);
    case 't': return check_word(check, "true");
    case 'f': return check_word(check, "false");
    case 'n': return check_word(check, "null");
    default: return (*check->at == '-' || is_digit(*check->at)) && check_number(check);
    }
}

static bool
check_key(Check *check)
{
    check->at = skip_blanks(check->at, check->end);
    if (check->at == check->end || *check->at != '"' || !check_string(check))
        return false;
    check->at = skip_blanks(check->at, check->end);
    if (check->at == check->end || *check->at != ':')
        return false;
    check->at++;
    return true;
}

static bool
is_object(const Check *check)
{
    const uint32_t level = check->depth - 1;

    return (check->objects[level / 64] >> (level % 64) & 1) != 0;
}

/* The beginning of an array or object; *closed: it has no members. */
static bool
check_open(Check *check, bool *closed)
{
    const bool object = *check->at == '{';
    const uint64_t bit = UINT64_C(1) << (check->depth % 64);
    uint64_t *word = &check->objects[check->depth / 64];

    *word = object ? *word | bit : *word & ~bit;
    check->depth++;
    check->at = skip_blanks(check->at + 1, check->end);
    *closed = check->at < check->end && *check->at == (object ? '}' : ']');
    return *closed || !object || check_key(check);
}

/* Behind a value: ends of what it is in, up to the comma in front of the next value. */
static bool
check_behind(Check *check)
{
    while (check->depth > 0) {
        const bool object = is_object(check);
        check->at = skip_blanks(check->at, check->end);
        if (check->at == check->end)
            return false;
        if (*check->at == ',') {
            check->at++;
            return !object || check_key(check);
        }
        if (*check->at != (object ? '}' : ']'))
            return false;
        check->at++;
        check->depth--;
    }
    return true;
}

static bool
check_document(Check *check)
{
    do {
        bool closed = true;
        check->at = skip_blanks(check->at, check->end);
        if (check->at == check->end)
            return false;
        if (*check->at == '{' || *check->at == '[') {
            if (check->depth == JSON_DEPTH_MAX || !check_open(check, &closed))
                return false;
        } else if (!check_scalar(check)) {
            return false;
        }
        if (closed && !check_behind(check))
            return false;
    } while (check->depth > 0);
    check->at = skip_blanks(check->at, check->end);
    return check->at == check->end;
}

Status
json_check(const char *text, size_t size, Error *error)
{
    Check check = {.at = text, .end = text + size};

    if (check_document(&check))
        return STATUS_OK;
    if (check.at == check.end)
        return error_set(error, STATUS_INVALID_TEXT,
                         "invalid input syntax for type json: the input string ended unexpectedly");
    if (check.depth == JSON_DEPTH_MAX && (*check.at == '{' || *check.at == '['))
        return error_set(error, STATUS_TOO_COMPLEX, "JSON is nested deeper than %d levels",
                         (int)JSON_DEPTH_MAX);
    const bool shown = *check.at > ' ' && *check.at <= '~';
    return error_set(
        error, STATUS_INVALID_TEXT, "invalid input syntax for type json: %s%c%s is not expected at byte %zu",
        shown ? "\"" : "what follows \"", shown ? *check.at : ' ', "\"", (size_t)(check.at - text) + 1);
}

/* --- Walking */

JsonSlice
json_value(const char *text, size_t size)
{
    const char *end = text + size;

    text = skip_blanks(text, end);
    while (end > text && is_blank(end[-1]))
        end--;
    return (JsonSlice){text, (size_t)(end - text)};
}

JsonKind
json_kind(JsonSlice value)
{
    switch (value.size > 0 ? value.data[0] : 'n') {
    case '{': return JSON_OBJECT;
    case '[': return JSON_ARRAY;
    case '"': return JSON_STRING;
    case 't':
    case 'f': return JSON_BOOLEAN;
    case 'n': return JSON_NULL;
    default: return JSON_NUMBER;
    }
}

/* Behind the string that begins at `at`: the first quote with an even number of backslashes before it. */
static const char *
skip_string(const char *at, const char *end)
{
    const char *first = at + 1;

    for (const char *from = first; from < end;) {
        const char *quote = memchr(from, '"', (size_t)(end - from));
        if (quote == NULL)
            return end;
        const char *before = quote;
        while (before > first && before[-1] == '\\')
            before--;
        if ((quote - before) % 2 == 0)
            return quote + 1;
        from = quote + 1;
    }
    return end;
}

static const char *
skip_container(const char *at, const char *end)
{
    size_t depth = 0;

    while (at < end) {
        const char c = *at;
        if (c == '"') {
            at = skip_string(at, end);
            continue;
        }
        at++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return at;
    }
    return end;
}

static const char *
skip_value(const char *at, const char *end)
{
    if (at == end)
        return end;
    if (*at == '"')
        return skip_string(at, end);
    if (*at == '{' || *at == '[')
        return skip_container(at, end);
    while (at < end && *at != ',' && *at != '}' && *at != ']' && !is_blank(*at))
        at++;
    return at;
}

void
json_walk_begin(JsonWalk *walk, JsonSlice container)
{
    const JsonKind kind = json_kind(container);
    const bool members = kind == JSON_ARRAY || kind == JSON_OBJECT;

    *walk = (JsonWalk){.at = container.data + members,
                       .end = members ? container.data + container.size : container.data,
                       .object = kind == JSON_OBJECT};
}

bool
json_walk_next(JsonWalk *walk, JsonSlice *key, JsonSlice *value)
{
    const char *end = walk->end;
    const char *at = skip_blanks(walk->at, end);

    *key = (JsonSlice){at, 0};
    if (at < end && *at == ',')
        at = skip_blanks(at + 1, end);
    if (walk->object && at < end && *at == '"') {
        key->data = at;
        at = skip_string(at, end);
        key->size = (size_t)(at - key->data);
        at = skip_blanks(at, end);
        at = skip_blanks(at < end && *at == ':' ? at + 1 : at, end);
    }
    value->data = at;
    walk->at = skip_value(at, end);
    value->size = (size_t)(walk->at - at);
    return value->size > 0;
}

bool
json_has_escapes(JsonSlice quoted)
{
    return memchr(quoted.data, '\\', quoted.size) != NULL;
}

bool
json_find_key(JsonSlice object, const char *name, size_t size, JsonSlice *value)
{
    JsonWalk walk;
    JsonSlice key;
    JsonSlice member;
    bool found = false;

    json_walk_begin(&walk, object);
    while (walk.object && json_walk_next(&walk, &key, &member)) {
        if (json_quoted_is(key, name, size)) {
            *value = member;
            found = true;
        }
    }
    return found;
}

uint32_t
json_member_count(JsonSlice container)
{
    JsonWalk walk;
    JsonSlice key;
    JsonSlice value;
    uint32_t count = 0;

    json_walk_begin(&walk, container);
    while (json_walk_next(&walk, &key, &value))
        count++;
    return count;
}

bool
json_find_element(JsonSlice array, int64_t number, JsonSlice *value)
{
    JsonWalk walk;
    JsonSlice key;

    if (json_kind(array) != JSON_ARRAY)
        return false;
    if (number < 0)
        number += json_member_count(array);
    json_walk_begin(&walk, array);
    while (number >= 0 && json_walk_next(&walk, &key, value)) {
        if (number-- == 0)
            return true;
    }
    return false;
}
