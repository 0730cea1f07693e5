#include "sql/ast_read.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const JsonNode *
read_body(const AstReader *reader, const JsonNode *node)
{
    return json_first(reader->json, node);
}

bool
read_is(const AstReader *reader, const JsonNode *node, const char *kind)
{
    return json_key_is(reader->json, json_first(reader->json, node), kind);
}

const JsonNode *
read_field(const AstReader *reader, const JsonNode *body, const char *name)
{
    return json_member(reader->json, body, name);
}

const char *
read_text(const AstReader *reader, const JsonNode *body, const char *name)
{
    return json_string(reader->json, read_field(reader, body, name), reader->arena);
}

bool
read_flag(const AstReader *reader, const JsonNode *body, const char *name)
{
    const JsonNode *field = read_field(reader, body, name);

    return field != NULL && field->kind == JSON_TRUE;
}

/* A location of 0 is left out by the parser, -1 (none) is not. */
static int64_t
location(const AstReader *reader, const JsonNode *body)
{
    return body == NULL ? -1 : json_integer(reader->json, read_field(reader, body, "location"));
}

int32_t
read_position(const AstReader *reader, const JsonNode *body)
{
    return source_position(reader->source, location(reader, body));
}

const char *
read_name_node(const AstReader *reader, const JsonNode *node)
{
    return read_is(reader, node, "String") ? read_text(reader, read_body(reader, node), "sval") : NULL;
}

const char *const *
read_names(const AstReader *reader, const JsonNode *array, uint32_t *count)
{
    *count = json_count(reader->json, array);

    const char **names = ARENA_ARRAY(reader->arena, const char *, *count + 1);
    uint32_t i = 0;
    for (const JsonNode *node = json_first(reader->json, array); node != NULL;
         node = json_next(reader->json, node)) {
        const char *name = read_name_node(reader, node);
        names[i++] = name == NULL ? "" : name;
    }
    return names;
}

/* Past blanks and comments; NULL where a comment does not end. */
static const char *
skip_blanks(const char *at)
{
    for (;;) {
        while (isspace((unsigned char)*at))
            at++;
        if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\r\n");
        } else if (at[0] == '/' && at[1] == '*') {
            uint32_t depth = 1;
            for (at += 2; depth > 0; at++) {
                if (*at == '\0')
                    return NULL;
                if (at[0] == '/' && at[1] == '*')
                    depth++, at++;
                else if (at[0] == '*' && at[1] == '/')
                    depth--, at++;
            }
        } else {
            return at;
        }
    }
}

int64_t
read_parameter_number(const AstReader *reader, const JsonNode *body)
{
    const int64_t start = location(reader, body);

    if (start < 0 || (uint64_t)start >= reader->source->size || reader->source->text[start] != '$')
        return json_integer(reader->json, read_field(reader, body, "number"));
    return strtoll(reader->source->text + start + 1, NULL, 10);
}

int64_t
read_signed(const AstReader *reader, const JsonNode *value, const JsonNode *body)
{
    const JsonNode *field = read_field(reader, value, "ival");
    const int64_t start = location(reader, body);

    if (field != NULL)
        return json_integer(reader->json, field);
    if (start < 0 || (uint64_t)start >= reader->source->size || reader->source->text[start] != '-')
        return 0;
    const char *digits = reader->source->text + start;
    while (digits != NULL && (*digits == '-' || *digits == '('))
        digits = skip_blanks(digits + 1);
    return digits == NULL ? 0 : -strtoll(digits, NULL, 10);
}

void
read_refuse(AstReader *reader, Status code, int32_t position, const char *format, ...)
{
    va_list arguments;

    if (reader->status != STATUS_OK)
        return;
    va_start(arguments, format);
    char message[256];
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    reader->status = error_set_at(reader->error, code, position, "%s", message);
}

bool
read_enter(AstReader *reader, int32_t position)
{
    if (reader->depth >= SQL_DEPTH_MAX) {
        read_refuse(reader, STATUS_TOO_COMPLEX, position, "the statement is nested more than %d levels deep",
                    (int)SQL_DEPTH_MAX);
        return false;
    }
    reader->depth++;
    return reader->status == STATUS_OK;
}

void
read_leave(AstReader *reader)
{
    reader->depth--;
}

AstRelation
read_relation(const AstReader *reader, const JsonNode *body)
{
    const char *persistence = read_text(reader, body, "relpersistence");

    return (AstRelation){.schema = read_text(reader, body, "schemaname"),
                         .name = read_text(reader, body, "relname"),
                         .position = read_position(reader, body),
                         .temporary = persistence != NULL && strcmp(persistence, "t") == 0};
}

/* JSON levels that one level of SQL can take: node, kind, field, list. */
enum { JSON_LEVELS = 8 };

Status
ast_read(Arena *arena, const Source *source, const char *json, const AstStatement **statement, Error *error)
{
    JsonDocument document;
    AstReader reader = {.arena = arena, .source = source, .json = &document, .error = error};
    Status status;

    TRY_GOTO(json_read(json, strlen(json), SQL_DEPTH_MAX * JSON_LEVELS, &document, error), done);
    const JsonNode *statements = json_member(&document, json_root(&document), "stmts");
    const uint32_t count = json_count(&document, statements);
    if (count == 0) {
        status = error_set(error, STATUS_SYNTAX, "the statement is empty");
    } else if (count > 1) {
        const JsonNode *second = json_next(&document, json_first(&document, statements));
        const int64_t at = json_integer(&document, json_member(&document, second, "stmt_location"));
        const char *begin = skip_blanks(source->text + at);
        status = error_set_at(error, STATUS_SYNTAX,
                              source_position(source, begin == NULL ? at : begin - source->text),
                              "cannot run several statements at once");
        error_hint(error, "Send one statement at a time.");
    } else {
        *statement =
            read_statement(&reader, json_member(&document, json_first(&document, statements), "stmt"));
        status = reader.status;
    }
done:
    json_destroy(&document);
    return status;
}
