/* sql/json.h: reads the parser's JSON into an index over its text.
 *
 * No recursion, so depth costs no stack; the bound on it makes hopeless input end early. Values stay text:
 * numbers lose nothing. Nodes are 24 bytes each. */
#ifndef RUNNEL_SQL_JSON_H
#define RUNNEL_SQL_JSON_H

#include "base/arena.h"
#include "base/error.h"

#include <stdbool.h>

typedef enum JsonKind {
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
} JsonKind;

typedef struct JsonNode {
    uint32_t start; /* of a string or number in the text, quotes excluded */
    uint32_t size;
    uint32_t key;   /* of a member: where its name starts */
    uint32_t next;  /* sibling; 0: none (node 0 is the root) */
    uint32_t child; /* first one; 0: none */
    uint16_t key_size;
    uint8_t kind;
} JsonNode;

typedef struct JsonDocument {
    const char *text; /* must outlive the document */
    JsonNode *nodes;
    size_t count;
    size_t capacity;
} JsonDocument;

/* TOO_COMPLEX where nested deeper than `depth_max`, INTERNAL where it is no JSON. `document` must be
 * destroyed. */
Status json_read(const char *text, size_t size, uint32_t depth_max, JsonDocument *document, Error *error);
void json_destroy(JsonDocument *document);

/* NULL accepted for `node` everywhere; NULL or 0 where there is none. */
const JsonNode *json_root(const JsonDocument *document);
const JsonNode *json_first(const JsonDocument *document, const JsonNode *node); /* element or member */
const JsonNode *json_next(const JsonDocument *document, const JsonNode *node);
const JsonNode *json_member(const JsonDocument *document, const JsonNode *node, const char *name);
uint32_t json_count(const JsonDocument *document, const JsonNode *node);
bool json_key_is(const JsonDocument *document, const JsonNode *node, const char *name);
bool json_string_is(const JsonDocument *document, const JsonNode *node, const char *text);
int64_t json_integer(const JsonDocument *document, const JsonNode *node);
/* Whether both are written alike, members of the name `apart` left out. */
bool json_same(const JsonDocument *document, const JsonNode *a, const JsonNode *b, const char *apart);
const char *json_string(const JsonDocument *document, const JsonNode *node, Arena *arena); /* unescaped */

#endif
