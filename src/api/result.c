#include "api/api.h"

#include "base/clock.h"
#include "base/memory.h"
#include "column/codec.h"
#include "expr/text.h"
#include "format/json_writer.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PROGRESS_STEP_US = 50000 };

static runnel_result *
result_new(runnel_connection *connection)
{
    runnel_result *result = MEMORY_NEW(runnel_result);

    result->connection = connection;
    result->started_us = clock_monotonic_us();
    result->arena = arena_new(NULL);
    result->row_limit = UINT64_MAX;
    snprintf(result->session.time_zone, sizeof result->session.time_zone, "UTC");
    return result;
}

static char *
copy_of(const char *text)
{
    return memory_copy(text, strlen(text) + 1, 1);
}

static void
allocate_columns(runnel_result *result, size_t count)
{
    result->column_count = count;
    result->columns = MEMORY_ARRAY(ResultColumn, count + 1);
    result->vectors = MEMORY_ARRAY(Vector, count + 1);
    result->cells = MEMORY_ARRAY(Buffer, count + 1);
}

/* --- a front in this process
 * --------------------------------------------------------------------------------------- */

runnel_result *
result_of_query(runnel_connection *connection, FrontQuery *query)
{
    runnel_result *result = result_new(connection);

    result->query = query;
    return result;
}

static void
learn_columns(runnel_result *result)
{
    uint32_t count;
    const PlanColumn *columns = front_query_columns(result->query, &count);
    const Session *session = front_query_session(result->query);

    if (result->columns != NULL)
        return;
    allocate_columns(result, count);
    for (uint32_t i = 0; i < count; i++) {
        Buffer type = {0};
        type_format(columns[i].type, &type);
        result->columns[i].name = copy_of(columns[i].name);
        result->columns[i].type = copy_of(buffer_text(&type));
        buffer_destroy(&type);
    }
    if (session != NULL)
        result->session = *session;
    result->row_limit = front_query_row_limit(result->query);
}

static Status
next_from_front(runnel_result *result, const void **bytes, size_t *size, Error *error)
{
    *bytes = NULL;
    if (result->chunk != NULL)
        chunk_release(result->chunk);
    result->chunk = NULL;
    if (result->connection->progress.tell != NULL)
        while (!front_query_wait(result->query, PROGRESS_STEP_US))
            progress_tell(result, 0, 0);
    switch (front_query_next(result->query, true, &result->chunk)) {
    case FRONT_ROWS:
        learn_columns(result);
        *bytes = result->chunk->bytes;
        *size = result->chunk->size;
        return STATUS_OK;
    case FRONT_DONE:
        learn_columns(result);
        result->summary = copy_of(front_query_summary(result->query));
        return STATUS_OK;
    default: return error_copy(error, front_query_error(result->query));
    }
}

/* --- frames over HTTP
 * ------------------------------------------------------------------------------------------------ */

static Status
read_problem(const char *text, Error *error)
{
    cJSON *problem = cJSON_Parse(text);
    const char *detail = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(problem, "detail"));
    const char *sqlstate = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(problem, "sqlstate"));
    const char *hint = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(problem, "hint"));
    const cJSON *position = cJSON_GetObjectItemCaseSensitive(problem, "position");
    const Status code = sqlstate != NULL ? status_of_sqlstate(sqlstate) : STATUS_PROTOCOL;

    error_set_at(error, code, cJSON_IsNumber(position) ? (int32_t)position->valuedouble : 0, "%s",
                 detail != NULL ? detail : "the server's answer cannot be read");
    if (hint != NULL)
        error_hint(error, "%s", hint);
    cJSON_Delete(problem);
    return code;
}

static Status
read_problem_frame(const char *payload, size_t size, Error *error)
{
    char *text = memory_alloc_zero(1, size + 1);

    memcpy(text, payload, size);
    const Status status = read_problem(text, error);
    free(text);
    return status;
}

/* Have at least `size` bytes from incoming_at on. */
static Status
fill_incoming(runnel_result *result, size_t size, Error *error)
{
    if (result->incoming_at > 0 && result->incoming_at == result->incoming.size) {
        buffer_clear(&result->incoming);
        result->incoming_at = 0;
    }
    while (result->incoming.size - result->incoming_at < size) {
        if (result->incoming_end)
            return error_set(error, STATUS_PEER_LOST, "the server's answer ended too early");
        TRY(http_read(result->exchange, &result->incoming, &result->incoming_end, error));
        if (result->incoming.failed)
            return error_set_memory(error);
    }
    return STATUS_OK;
}

/* The next frame; its payload stays until the next call. */
static Status
next_frame(runnel_result *result, char *kind, const char **payload, size_t *size, Error *error)
{
    TRY(fill_incoming(result, 5, error));
    const unsigned char *head = (const unsigned char *)result->incoming.data + result->incoming_at;
    *kind = (char)head[0];
    *size = head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16 | (size_t)head[4] << 24;
    TRY(fill_incoming(result, 5 + *size, error));
    *payload = result->incoming.data + result->incoming_at + 5;
    result->incoming_at += 5 + *size;
    return STATUS_OK;
}

static Status
read_head(runnel_result *result, const char *text, size_t size, Error *error)
{
    cJSON *head = cJSON_ParseWithLength(text, size);
    const cJSON *columns = cJSON_GetObjectItemCaseSensitive(head, "columns");
    const char *zone = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(head, "time_zone"));
    size_t i = 0;

    if (!cJSON_IsArray(columns)) {
        cJSON_Delete(head);
        return error_set(error, STATUS_PROTOCOL, "the server's answer cannot be read");
    }
    allocate_columns(result, (size_t)cJSON_GetArraySize(columns));
    for (const cJSON *column = columns->child; column != NULL; column = column->next, i++) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(column, "name"));
        const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(column, "type"));
        result->columns[i].name = copy_of(name != NULL ? name : "");
        result->columns[i].type = copy_of(type != NULL ? type : "");
    }
    const cJSON *limit = cJSON_GetObjectItemCaseSensitive(head, "row_limit");
    if (cJSON_IsNumber(limit))
        result->row_limit = (uint64_t)limit->valuedouble;
    if (zone != NULL)
        snprintf(result->session.time_zone, sizeof result->session.time_zone, "%s", zone);
    cJSON_Delete(head);
    return STATUS_OK;
}

static Status
read_all(runnel_result *result, Error *error)
{
    while (!result->incoming_end)
        TRY(http_read(result->exchange, &result->incoming, &result->incoming_end, error));
    return STATUS_OK;
}

/* A load's answer: what the summary of a query has, under other names. */
static void
summarize_load(runnel_result *result, const char *text, size_t size)
{
    cJSON *answer = cJSON_ParseWithLength(text, size);
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(answer, "rows");

    result->plain_json = true;
    cJSON_AddStringToObject(answer, "command", "LOAD");
    if (rows != NULL)
        cJSON_AddItemToObject(answer, "row_count", cJSON_Duplicate(rows, true));
    result->summary = cJSON_PrintUnformatted(answer);
    cJSON_Delete(answer);
    allocate_columns(result, 0);
}

static Status
read_document(runnel_result *result, Error *error)
{
    TRY(read_all(result, error));
    summarize_load(result, result->incoming.data, result->incoming.size);
    return STATUS_OK;
}

static Status
read_first_frames(runnel_result *result, Error *error)
{
    const char *payload;
    size_t size;
    char kind;

    TRY(next_frame(result, &kind, &payload, &size, error));
    if (kind == 'I') {
        snprintf(result->id, sizeof result->id, "%.*s", (int)size, payload);
        TRY(next_frame(result, &kind, &payload, &size, error));
    }
    switch (kind) {
    case 'H': return read_head(result, payload, size, error);
    case 'L': summarize_load(result, payload, size); return STATUS_OK;
    case 'X': return read_problem_frame(payload, size, error);
    default: return error_set(error, STATUS_PROTOCOL, "the server's answer cannot be read");
    }
}

static Status
read_beginning(runnel_result *result, Error *error)
{
    if (http_status(result->exchange) != 200) {
        TRY(read_all(result, error));
        return read_problem(buffer_text(&result->incoming), error);
    }
    TRY(fill_incoming(result, 1, error));
    return result->incoming.data[0] == '{' ? read_document(result, error) : read_first_frames(result, error);
}

static void
tell_progress(void *context, uint64_t sent, uint64_t total)
{
    progress_tell(context, sent, total);
}

Status
result_of_call(runnel_connection *connection, HttpCall *call, runnel_result **made, Error *error)
{
    runnel_result *result = result_new(connection);

    if (connection->progress.tell != NULL) {
        call->idle = tell_progress;
        call->idle_context = result;
    }
    Status status = http_open(call, &result->exchange, error);
    if (status == STATUS_OK)
        status = read_beginning(result, error);
    if (status != STATUS_OK) {
        runnel_result_close(result);
        return status;
    }
    *made = result;
    return STATUS_OK;
}

static Status
next_from_http(runnel_result *result, const void **bytes, size_t *size, Error *error)
{
    const char *payload;
    char kind;

    *bytes = NULL;
    if (result->plain_json)
        return STATUS_OK;
    TRY(next_frame(result, &kind, &payload, size, error));
    if (kind == 'E') {
        result->summary = memory_alloc_zero(1, *size + 1);
        memcpy(result->summary, payload, *size);
        return STATUS_OK;
    }
    if (kind == 'X')
        return read_problem_frame(payload, *size, error);
    if (kind != 'C')
        return error_set(error, STATUS_PROTOCOL, "the server's answer cannot be read");
    free(result->copy); /* an aligned copy, as decoding wants it */
    result->copy = memory_alloc_zero(1, *size);
    memcpy(result->copy, payload, *size);
    *bytes = result->copy;
    return STATUS_OK;
}

/* --- rows
 * ------------------------------------------------------------------------------------------------------------
 */

bool
result_next_chunk(runnel_result *result)
{
    const void *bytes = NULL;
    size_t size = 0;
    Error *error = &result->error.error;

    if (result->ended)
        return false;
    result->row = 0;
    result->rows = 0;
    while (result->rows == 0) {
        const Status status = result->query != NULL ? next_from_front(result, &bytes, &size, error)
                                                    : next_from_http(result, &bytes, &size, error);
        if (status != STATUS_OK || bytes == NULL) {
            result->ended = true;
            return false;
        }
        arena_reset(result->arena);
        if (chunk_decode(bytes, size, (uint32_t)result->column_count, NULL, result->arena, &result->rows,
                         result->vectors, error) != STATUS_OK) {
            result->ended = true;
            result->rows = 0;
            return false;
        }
    }
    return true;
}

size_t
runnel_result_column_count(const runnel_result *result)
{
    return result->column_count;
}

const char *
runnel_result_column_name(const runnel_result *result, size_t column)
{
    return column < result->column_count ? result->columns[column].name : "";
}

const char *
runnel_result_column_type(const runnel_result *result, size_t column)
{
    return column < result->column_count ? result->columns[column].type : "";
}

bool
runnel_result_next(runnel_result *result)
{
    if ((uint64_t)result->rows_seen >= result->row_limit) {
        while (result_next_chunk(result)) /* up to the summary */
            ;
        result->rows = 0;
        return false;
    }
    if (result->row >= result->rows && !result_next_chunk(result)) {
        result->rows = 0;
        result->row = 0;
        return false;
    }
    result->row++;
    result->rows_seen++;
    return true;
}

const runnel_error *
runnel_result_error(const runnel_result *result)
{
    return result->error.error.code != STATUS_OK ? &result->error : NULL;
}

static bool
has_value(const runnel_result *result, size_t column)
{
    return result != NULL && column < result->column_count && result->row > 0 &&
           result->row <= result->rows &&
           !vector_is_null(&result->vectors[column], (uint32_t)result->row - 1);
}

bool
runnel_result_is_null(const runnel_result *result, size_t column)
{
    return !has_value(result, column);
}

const char *
runnel_result_text(runnel_result *result, size_t column, size_t *size)
{
    if (!has_value(result, column))
        return NULL;

    Buffer *cell = &result->cells[column];
    const Vector *vector = &result->vectors[column];
    buffer_clear(cell);
    if (vector->type.id == TYPE_BOOL)
        buffer_append_string(
            cell, ((const uint8_t *)vector_values(vector))[vector_index(vector, (uint32_t)result->row - 1)]
                      ? "true"
                      : "false");
    else
        text_format_value(vector, (uint32_t)result->row - 1, &result->session, cell);
    if (size != NULL)
        *size = cell->size;
    return buffer_text(cell);
}

const char *
runnel_result_json(runnel_result *result, size_t column, size_t *size)
{
    if (column >= result->column_count || result->row == 0 || result->row > result->rows)
        return NULL;
    Buffer *cell = &result->cells[column];
    buffer_clear(cell);
    json_write_value(&result->vectors[column], (uint32_t)result->row - 1, &result->session, cell);
    if (size != NULL)
        *size = cell->size;
    return buffer_text(cell);
}

int64_t
runnel_result_int64(runnel_result *result, size_t column)
{
    if (!has_value(result, column))
        return 0;
    const Vector *vector = &result->vectors[column];
    const uint32_t index = vector_index(vector, (uint32_t)result->row - 1);
    switch (vector->type.id) {
    case TYPE_BOOL: return ((const uint8_t *)vector_values(vector))[index];
    case TYPE_INT2:
    case TYPE_INT4: return ((const int32_t *)vector_values(vector))[index];
    case TYPE_INT8: return ((const int64_t *)vector_values(vector))[index];
    case TYPE_NUMERIC: return strtoll(runnel_result_text(result, column, NULL), NULL, 10);
    default: return 0;
    }
}

double
runnel_result_double(runnel_result *result, size_t column)
{
    if (!has_value(result, column) || type_category(result->vectors[column].type.id) != CATEGORY_NUMBER)
        return NAN;
    const Vector *vector = &result->vectors[column];
    if (type_is_float(vector->type.id))
        return ((const double *)vector_values(vector))[vector_index(vector, (uint32_t)result->row - 1)];
    return strtod(runnel_result_text(result, column, NULL), NULL);
}

/* --- runs of rows
 * ---------------------------------------------------------------------------------------------------- */

static void
fetch_valid(const Vector *vector, uint32_t first, uint32_t count, Arena *arena, runnel_column *column)
{
    if (vector_has_no_nulls(vector))
        return;
    uint64_t *valid = arena_alloc_zero(arena, bits_words(count) * sizeof *valid);
    for (uint32_t i = 0; i < count; i++)
        bits_put(valid, i, !vector_is_null(vector, first + i));
    column->valid = valid;
}

static void
fetch_plain(const Vector *vector, uint32_t first, uint32_t count, size_t width, Arena *arena,
            runnel_column *column)
{
    char *values = arena_alloc(arena, width * count);

    for (uint32_t i = 0; i < count; i++)
        memcpy(values + width * i,
               (const char *)vector_values(vector) + width * vector_index(vector, first + i), width);
    column->values = values;
}

static void
fetch_text(const Vector *vector, uint32_t first, uint32_t count, const Session *session, Arena *arena,
           runnel_column *column)
{
    int64_t *offsets = arena_alloc(arena, sizeof(int64_t) * (count + 1));
    Buffer text = {0};

    for (uint32_t i = 0; i < count; i++) {
        offsets[i] = (int64_t)text.size;
        if (!vector_is_null(vector, first + i))
            text_format_value(vector, first + i, session, &text);
    }
    offsets[count] = (int64_t)text.size;
    column->values = offsets;
    column->text = arena_copy_bytes(arena, text.data, text.size);
    buffer_destroy(&text);
}

static void
fetch_column(const runnel_result *result, const Vector *vector, uint32_t first, uint32_t count,
             runnel_column *column)
{
    *column = (runnel_column){0};
    fetch_valid(vector, first, count, result->arena, column);
    switch (vector->type.id) {
    case TYPE_BOOL:
        column->kind = RUNNEL_BOOL;
        fetch_plain(vector, first, count, sizeof(uint8_t), result->arena, column);
        break;
    case TYPE_INT2:
    case TYPE_INT4:
        column->kind = RUNNEL_INT32;
        fetch_plain(vector, first, count, sizeof(int32_t), result->arena, column);
        break;
    case TYPE_INT8:
        column->kind = RUNNEL_INT64;
        fetch_plain(vector, first, count, sizeof(int64_t), result->arena, column);
        break;
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        column->kind = RUNNEL_DOUBLE;
        fetch_plain(vector, first, count, sizeof(double), result->arena, column);
        break;
    default:
        column->kind = RUNNEL_TEXT;
        fetch_text(vector, first, count, &result->session, result->arena, column);
        break;
    }
}

size_t
runnel_result_fetch(runnel_result *result, runnel_column *columns)
{
    enum { FETCH_MAX = 65536 };

    if (result->row >= result->rows && !result_next_chunk(result))
        return 0;
    uint64_t count = result->rows - result->row;
    if (count > FETCH_MAX)
        count = FETCH_MAX;
    if (count > result->row_limit - (uint64_t)result->rows_seen)
        count = result->row_limit - (uint64_t)result->rows_seen;
    for (size_t i = 0; i < result->column_count; i++)
        fetch_column(result, &result->vectors[i], (uint32_t)result->row, (uint32_t)count, &columns[i]);
    result->row += count;
    result->rows_seen += (int64_t)count;
    return count;
}

/* --- the end
 * -----------------------------------------------------------------------------------------------------------
 */

static cJSON *
summary_item(const runnel_result *result, cJSON **summary, const char *name)
{
    *summary = cJSON_Parse(result->summary != NULL ? result->summary : "{}");
    return cJSON_GetObjectItemCaseSensitive(*summary, name);
}

static const char *
summary_text(const runnel_result *result, const char *name, char **kept)
{
    cJSON *summary;
    cJSON *item = summary_item(result, &summary, name);

    if (*kept == NULL)
        *kept = cJSON_IsString(item) ? copy_of(item->valuestring)
                : item != NULL       ? cJSON_PrintUnformatted(item)
                                     : copy_of("");
    cJSON_Delete(summary);
    return *kept;
}

int64_t
runnel_result_row_count(const runnel_result *result)
{
    cJSON *summary;
    const cJSON *count = summary_item(result, &summary, "row_count");
    const int64_t affected = cJSON_IsNumber(count) ? (int64_t)count->valuedouble : result->rows_seen;

    cJSON_Delete(summary);
    return affected;
}

const char *
runnel_result_command(const runnel_result *result)
{
    return summary_text(result, "command", (char **)&result->command);
}

const char *
runnel_result_stats(const runnel_result *result)
{
    return summary_text(result, "stats", (char **)&result->stats);
}

const char *
runnel_result_tree(const runnel_result *result)
{
    return summary_text(result, "tree", (char **)&result->tree);
}

const char *
runnel_result_rejects(const runnel_result *result)
{
    return summary_text(result, "rejects", (char **)&result->rejects);
}

void
runnel_result_cancel(runnel_result *result)
{
    if (result != NULL && result->query != NULL)
        front_query_cancel(result->query);
}

/* Out of runnel_cancel()'s reach, before the query goes. */
static void
leave_connection(runnel_result *result)
{
    runnel_connection *connection = result->connection;

    if (result->query == NULL)
        return;
    pthread_mutex_lock(&connection->lock);
    runnel_result **at = &connection->open;
    while (*at != result)
        at = &(*at)->next_open;
    *at = result->next_open;
    pthread_mutex_unlock(&connection->lock);
}

void
runnel_result_close(runnel_result *result)
{
    if (result == NULL)
        return;
    leave_connection(result);
    if (result->chunk != NULL)
        chunk_release(result->chunk);
    front_query_close(&result->query);
    http_close(&result->exchange);
    for (size_t i = 0; i < result->column_count; i++) {
        free(result->columns[i].name);
        free(result->columns[i].type);
        buffer_destroy(&result->cells[i]);
    }
    free(result->columns);
    free(result->vectors);
    free(result->cells);
    free(result->summary);
    free(result->command);
    free(result->stats);
    free(result->tree);
    free(result->rejects);
    free(result->copy);
    buffer_destroy(&result->incoming);
    arena_destroy(&result->arena);
    free(result);
}
