#include "front/result_body.h"

#include "column/codec.h"
#include "format/csv_writer.h"
#include "format/json_writer.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

void
result_body_init(ResultBody *body, BodyFormat format)
{
    memset(body, 0, sizeof *body);
    body->format = format;
    body->arena = arena_new(NULL);
    body->names_arena = arena_new(NULL);
}

void
result_body_destroy(ResultBody *body)
{
    arena_destroy(&body->arena);
    arena_destroy(&body->names_arena);
}

const char *
result_body_content_type(BodyFormat format)
{
    static const char *const types[] = {"application/json", "application/x-ndjson",
                                        "text/csv; charset=utf-8; header=present",
                                        "application/vnd.runnel.frames"};

    return types[format];
}

static bool
name_taken(const ResultBody *body, uint32_t before, const char *name)
{
    for (uint32_t i = 0; i < before; i++)
        if (strcmp(body->names[i], name) == 0)
            return true;
    return false;
}

/* Repeated names get _1, _2 in objects; as they are elsewhere. */
static void
choose_names(ResultBody *body)
{
    body->names = ARENA_ARRAY(body->names_arena, const char *, body->column_count);
    for (uint32_t i = 0; i < body->column_count; i++) {
        const char *name = body->columns[i].name;
        for (uint32_t n = 1; body->format == BODY_NDJSON && name_taken(body, i, name); n++)
            name = arena_format(body->names_arena, "%s_%u", body->columns[i].name, n);
        body->names[i] = name;
    }
}

static void
write_columns(const ResultBody *body, Buffer *out)
{
    Buffer type = {0};

    for (uint32_t i = 0; i < body->column_count; i++) {
        buffer_append_string(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_write_string(body->columns[i].name, strlen(body->columns[i].name), out);
        buffer_append_string(out, ",\"type\":");
        buffer_clear(&type);
        type_format(body->columns[i].type, &type);
        json_write_string(type.data, type.size, out);
        buffer_append_char(out, '}');
    }
    buffer_destroy(&type);
}

static void
write_frame(char kind, const void *payload, size_t size, Buffer *out)
{
    const unsigned char head[5] = {(unsigned char)kind, (unsigned char)size, (unsigned char)(size >> 8),
                                   (unsigned char)(size >> 16), (unsigned char)(size >> 24)};

    buffer_append(out, head, sizeof head);
    buffer_append(out, payload, size);
}

static void
write_head_frame(const ResultBody *body, FrontQuery *query, const char *id, Buffer *out)
{
    const uint64_t limit = front_query_row_limit(query);
    Buffer head = {0};

    buffer_append_format(&head, "{\"id\":\"%s\",\"time_zone\":\"%s\",\"columns\":[", id,
                         body->session != NULL ? body->session->time_zone : "UTC");
    write_columns(body, &head);
    buffer_append_char(&head, ']');
    if (limit != UINT64_MAX)
        buffer_append_format(&head, ",\"row_limit\":%llu", (unsigned long long)limit);
    buffer_append_char(&head, '}');
    write_frame('H', head.data, head.size, out);
    buffer_destroy(&head);
}

void
result_body_identify(FrontQuery *query, Buffer *out)
{
    char id[ID_TEXT_SIZE];

    query_id_format(front_query_id(query), id);
    write_frame('I', id, ID_TEXT_SIZE - 1, out);
}

void
result_body_end_load(const char *answer, Buffer *out)
{
    write_frame('L', answer, strlen(answer), out);
}

static void
begin(ResultBody *body, FrontQuery *query, Buffer *out)
{
    char id[ID_TEXT_SIZE];

    body->begun = true;
    body->columns = front_query_columns(query, &body->column_count);
    body->session = front_query_session(query);
    choose_names(body);
    body->types = ARENA_ARRAY(body->names_arena, Type, body->column_count);
    for (uint32_t i = 0; i < body->column_count; i++)
        body->types[i] = body->columns[i].type;
    if (body->format == BODY_CSV && body->column_count > 0)
        csv_write_names(body->names, body->column_count, ',', out);
    if (body->kept_id != NULL)
        snprintf(id, sizeof id, "%s", body->kept_id);
    else
        query_id_format(front_query_id(query), id);
    if (body->format == BODY_FRAMES)
        write_head_frame(body, query, id, out);
    if (body->format != BODY_JSON)
        return;
    buffer_append_format(out, "{\"id\":\"%s\",\"state\":\"done\",\"columns\":[", id);
    write_columns(body, out);
    buffer_append_string(out, "],\"rows\":[");
}

static void
write_row(ResultBody *body, const Vector *columns, uint32_t row, Buffer *out)
{
    switch (body->format) {
    case BODY_JSON:
        if (body->rows > 0)
            buffer_append_char(out, ',');
        json_write_row(columns, body->column_count, NULL, row, body->session, out);
        break;
    case BODY_NDJSON:
        json_write_row(columns, body->column_count, body->names, row, body->session, out);
        buffer_append_char(out, '\n');
        break;
    case BODY_CSV: csv_write_row(columns, body->column_count, row, ',', body->session, out); break;
    case BODY_FRAMES: break; /* whole chunks, above */
    }
    body->rows++;
}

Status
result_body_add(ResultBody *body, FrontQuery *query, const Chunk *chunk, Buffer *out, Error *error)
{
    uint64_t rows;

    if (!body->begun)
        begin(body, query, out);
    if (body->format == BODY_FRAMES) {
        write_frame('C', chunk->bytes, chunk->size, out);
        return STATUS_OK;
    }
    arena_reset(body->arena);
    Vector *columns = ARENA_ARRAY(body->arena, Vector, body->column_count + 1);
    TRY(chunk_decode(chunk->bytes, chunk->size, body->column_count, body->types, body->arena, &rows, columns,
                     error));
    const uint64_t limit = front_query_row_limit(query);
    for (uint32_t row = 0; row < rows && body->rows < limit; row++)
        write_row(body, columns, row, out);
    return STATUS_OK;
}

static void
add_member(cJSON *summary, const char *name, Buffer *out)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(summary, name);

    if (item == NULL)
        return;
    char *text = cJSON_PrintUnformatted(item);
    buffer_append_format(out, ",\"%s\":", name);
    buffer_append_string(out, text);
    free(text);
}

void
result_body_end(ResultBody *body, FrontQuery *query, Buffer *out)
{
    if (!body->begun)
        begin(body, query, out);
    if (body->format == BODY_FRAMES) {
        const char *end = front_query_summary(query);
        write_frame('E', end, strlen(end), out);
    }
    if (body->format != BODY_JSON)
        return;

    cJSON *summary = cJSON_Parse(front_query_summary(query));
    const cJSON *affected = cJSON_GetObjectItemCaseSensitive(summary, "row_count");
    const double count = cJSON_IsNumber(affected) ? affected->valuedouble : 0;
    buffer_append_string(out, "]");
    add_member(summary, "command", out);
    buffer_append_format(out, ",\"row_count\":%.0f",
                         front_query_has_rows(query) && body->kept_id == NULL ? (double)body->rows : count);
    add_member(summary, "notices", out);
    add_member(summary, "stats", out);
    add_member(summary, "tree", out);
    buffer_append_string(out, "}\n");
    cJSON_Delete(summary);
}

static void
write_problem(const Error *error, Buffer *out)
{
    buffer_append_format(out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":",
                         status_text(error->code), status_http(error->code));
    json_write_string(error->message, strlen(error->message), out);
    buffer_append_format(out, ",\"sqlstate\":\"%s\"", status_sqlstate(error->code));
    if (error->sql_position > 0)
        buffer_append_format(out, ",\"position\":%d", error->sql_position);
    if (error->hint[0] != '\0') {
        buffer_append_string(out, ",\"hint\":");
        json_write_string(error->hint, strlen(error->hint), out);
    }
    buffer_append_char(out, '}');
}

void
result_body_fail(ResultBody *body, const Error *error, Buffer *out)
{
    if (body->format == BODY_NDJSON) {
        buffer_append_string(out, "{\"error\":");
        write_problem(error, out);
        buffer_append_string(out, "}\n");
    } else if (body->format == BODY_FRAMES) {
        Buffer problem = {0};
        write_problem(error, &problem);
        write_frame('X', problem.data, problem.size, out);
        buffer_destroy(&problem);
    }
}
