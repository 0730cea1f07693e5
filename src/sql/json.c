#include "sql/json.h"

#include "base/array.h"

#include <string.h>

/* Where a value ends up: its container and the sibling before it. */
typedef struct Level {
    uint32_t container;
    uint32_t last; /* child; 0: none yet */
} Level;

typedef struct Reader {
    const char *text;
    size_t size;
    size_t at;
    JsonDocument *document;
    Level *levels;
    size_t depth;
    size_t level_capacity;
    uint32_t depth_max;
    Error *error;
} Reader;

static Status
raise_malformed(const Reader *reader)
{
    return error_set(reader->error, STATUS_INTERNAL, "the parser's tree is malformed at byte %zu",
                     reader->at);
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static char
peek(Reader *reader)
{
    while (reader->at < reader->size && is_space(reader->text[reader->at]))
        reader->at++;
    return reader->at < reader->size ? reader->text[reader->at] : '\0';
}

/* A string at the opening quote: its inside. */
static Status
read_string(Reader *reader, uint32_t *start, uint32_t *size)
{
    const size_t begin = ++reader->at;

    while (reader->at < reader->size && reader->text[reader->at] != '"')
        reader->at += reader->text[reader->at] == '\\' ? 2 : 1;
    if (reader->at >= reader->size)
        return raise_malformed(reader);
    *start = (uint32_t)begin;
    *size = (uint32_t)(reader->at - begin);
    reader->at++;
    return STATUS_OK;
}

static Status
read_key(Reader *reader, JsonNode *node)
{
    uint32_t size = 0;

    if (peek(reader) != '"')
        return raise_malformed(reader);
    TRY(read_string(reader, &node->key, &size));
    if (size > UINT16_MAX || peek(reader) != ':')
        return raise_malformed(reader);
    node->key_size = (uint16_t)size;
    reader->at++;
    return STATUS_OK;
}

static Status
append_node(Reader *reader, const JsonNode *node, uint32_t *index)
{
    JsonDocument *document = reader->document;

    if (!array_reserve((void **)&document->nodes, &document->capacity, document->count + 1, sizeof *node))
        return error_set_memory(reader->error);
    *index = (uint32_t)document->count;
    document->nodes[document->count++] = *node;
    if (reader->depth > 0) {
        Level *level = &reader->levels[reader->depth - 1];
        if (level->last == 0)
            document->nodes[level->container].child = *index;
        else
            document->nodes[level->last].next = *index;
        level->last = *index;
    }
    return STATUS_OK;
}

static Status
open_level(Reader *reader, uint32_t container)
{
    if (reader->depth >= reader->depth_max)
        return error_set(reader->error, STATUS_TOO_COMPLEX, "the statement is nested too deeply");
    if (!array_reserve((void **)&reader->levels, &reader->level_capacity, reader->depth + 1, sizeof(Level)))
        return error_set_memory(reader->error);
    reader->levels[reader->depth++] = (Level){.container = container};
    reader->at++;
    return STATUS_OK;
}

static Status
read_word(Reader *reader, const char *word, JsonKind kind, JsonNode *node)
{
    const size_t size = strlen(word);

    if (reader->size - reader->at < size || memcmp(reader->text + reader->at, word, size) != 0)
        return raise_malformed(reader);
    reader->at += size;
    node->kind = (uint8_t)kind;
    return STATUS_OK;
}

static Status
read_number(Reader *reader, JsonNode *node)
{
    const size_t begin = reader->at;

    while (reader->at < reader->size && strchr("+-.0123456789eE", reader->text[reader->at]) != NULL)
        reader->at++;
    if (reader->at == begin)
        return raise_malformed(reader);
    node->kind = JSON_NUMBER;
    node->start = (uint32_t)begin;
    node->size = (uint32_t)(reader->at - begin);
    return STATUS_OK;
}

static Status
read_value(Reader *reader)
{
    JsonNode node = {0};
    uint32_t index;

    if (reader->depth > 0 &&
        reader->document->nodes[reader->levels[reader->depth - 1].container].kind == JSON_OBJECT)
        TRY(read_key(reader, &node));
    switch (peek(reader)) {
    case '{':
    case '[':
        node.kind = reader->text[reader->at] == '{' ? JSON_OBJECT : JSON_ARRAY;
        TRY(append_node(reader, &node, &index));
        return open_level(reader, index);
    case '"':
        node.kind = JSON_STRING;
        TRY(read_string(reader, &node.start, &node.size));
        break;
    case 't': TRY(read_word(reader, "true", JSON_TRUE, &node)); break;
    case 'f': TRY(read_word(reader, "false", JSON_FALSE, &node)); break;
    case 'n': TRY(read_word(reader, "null", JSON_NULL, &node)); break;
    default: TRY(read_number(reader, &node)); break;
    }
    return append_node(reader, &node, &index);
}

/* After a value or at a fresh level: take closing brackets and the comma before the next value. */
static Status
close_levels(Reader *reader)
{
    while (reader->depth > 0) {
        const Level *level = &reader->levels[reader->depth - 1];
        const char closing = reader->document->nodes[level->container].kind == JSON_OBJECT ? '}' : ']';
        const char c = peek(reader);
        if (c == ',' && level->last != 0) {
            reader->at++;
            return STATUS_OK;
        }
        if (c != closing)
            return level->last == 0 ? STATUS_OK : raise_malformed(reader);
        reader->at++;
        reader->depth--;
    }
    return STATUS_OK;
}

Status
json_read(const char *text, size_t size, uint32_t depth_max, JsonDocument *document, Error *error)
{
    Reader reader = {
        .text = text, .size = size, .document = document, .depth_max = depth_max, .error = error};
    Status status;

    *document = (JsonDocument){.text = text};
    if (size >= UINT32_MAX)
        return error_set(error, STATUS_TOO_COMPLEX, "the statement's tree is too large");
    do {
        TRY_GOTO(read_value(&reader), done);
        TRY_GOTO(close_levels(&reader), done);
    } while (reader.depth > 0);
    if (peek(&reader) != '\0')
        status = raise_malformed(&reader);
done:
    free(reader.levels);
    return status;
}

void
json_destroy(JsonDocument *document)
{
    free(document->nodes);
    *document = (JsonDocument){0};
}

const JsonNode *
json_root(const JsonDocument *document)
{
    return &document->nodes[0];
}

const JsonNode *
json_first(const JsonDocument *document, const JsonNode *node)
{
    return node == NULL || node->child == 0 ? NULL : &document->nodes[node->child];
}

const JsonNode *
json_next(const JsonDocument *document, const JsonNode *node)
{
    return node == NULL || node->next == 0 ? NULL : &document->nodes[node->next];
}

bool
json_key_is(const JsonDocument *document, const JsonNode *node, const char *name)
{
    return node != NULL && node->key_size == strlen(name) &&
           memcmp(document->text + node->key, name, node->key_size) == 0;
}

const JsonNode *
json_member(const JsonDocument *document, const JsonNode *node, const char *name)
{
    for (const JsonNode *member = json_first(document, node); member != NULL;
         member = json_next(document, member)) {
        if (json_key_is(document, member, name))
            return member;
    }
    return NULL;
}

uint32_t
json_count(const JsonDocument *document, const JsonNode *node)
{
    uint32_t count = 0;

    for (const JsonNode *element = json_first(document, node); element != NULL;
         element = json_next(document, element))
        count++;
    return count;
}

bool
json_string_is(const JsonDocument *document, const JsonNode *node, const char *text)
{
    return node != NULL && node->kind == JSON_STRING && node->size == strlen(text) &&
           memcmp(document->text + node->start, text, node->size) == 0;
}

int64_t
json_integer(const JsonDocument *document, const JsonNode *node)
{
    char digits[32];

    if (node == NULL || node->kind != JSON_NUMBER || node->size >= sizeof digits)
        return 0;
    memcpy(digits, document->text + node->start, node->size);
    digits[node->size] = '\0';
    return strtoll(digits, NULL, 10);
}

/* The parser writes \uXXXX for control characters and a few of ASCII only. */
static char
unescape_unicode(const char *digits)
{
    char hex[5] = {0};

    memcpy(hex, digits, 4);
    return (char)strtol(hex, NULL, 16);
}

static char
unescape(char c)
{
    switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case 'b': return '\b';
    case 'f': return '\f';
    default: return c;
    }
}

const char *
json_string(const JsonDocument *document, const JsonNode *node, Arena *arena)
{
    if (node == NULL || node->kind != JSON_STRING)
        return NULL;

    const char *from = document->text + node->start;
    char *text = arena_copy_bytes(arena, from, node->size);
    size_t length = 0;
    for (uint32_t i = 0; i < node->size; i++) {
        if (from[i] != '\\') {
            text[length++] = from[i];
        } else if (from[i + 1] == 'u' && i + 5 < node->size) {
            text[length++] = unescape_unicode(from + i + 2);
            i += 5;
        } else {
            text[length++] = unescape(from[++i]);
        }
    }
    text[length] = '\0';
    return text;
}

static const JsonNode *
skip_named(const JsonDocument *document, const JsonNode *node, const char *name)
{
    while (node != NULL && json_key_is(document, node, name))
        node = json_next(document, node);
    return node;
}

static bool
has_same_bytes(const JsonDocument *document, const JsonNode *a, const JsonNode *b)
{
    const char *text = document->text;

    return a->kind == b->kind && a->size == b->size && a->key_size == b->key_size &&
           memcmp(text + a->key, text + b->key, a->key_size) == 0 &&
           ((a->kind != JSON_STRING && a->kind != JSON_NUMBER) ||
            memcmp(text + a->start, text + b->start, a->size) == 0);
}

bool
json_same(const JsonDocument *document, const JsonNode *a, const JsonNode *b, const char *apart)
{
    const JsonNode *left = skip_named(document, json_first(document, a), apart);
    const JsonNode *right = skip_named(document, json_first(document, b), apart);

    while (left != NULL && right != NULL) {
        if (!has_same_bytes(document, left, right) || !json_same(document, left, right, apart))
            return false;
        left = skip_named(document, json_next(document, left), apart);
        right = skip_named(document, json_next(document, right), apart);
    }
    return left == right;
}
