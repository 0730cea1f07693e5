#include "base/memory.h"
#include "front/http_json.h"
#include "front/http_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- reading the request
 * --------------------------------------------------------------------------------------------- */

BodyFormat
http_accepted_format(HttpRequest *request)
{
    const char *accept = http_header(request, "Accept");

    if (accept == NULL)
        return BODY_JSON;
    return strcasestr(accept, "text/csv") != NULL                        ? BODY_CSV
           : strcasestr(accept, "application/x-ndjson") != NULL          ? BODY_NDJSON
           : strcasestr(accept, "application/vnd.runnel.frames") != NULL ? BODY_FRAMES
                                                                         : BODY_JSON;
}

/* Frames with the query's id first. */
static bool
wants_progress(HttpRequest *request)
{
    const char *accept = http_header(request, "Accept");

    return accept != NULL && strcasestr(accept, "application/vnd.runnel.frames; progress=yes") != NULL;
}

static Status
choose_format(HttpRequest *request, const cJSON *document, BodyFormat *format, Error *error)
{
    const cJSON *wanted = cJSON_GetObjectItemCaseSensitive(document, "format");

    *format = http_accepted_format(request);
    if (wanted == NULL || cJSON_IsNull(wanted))
        return STATUS_OK;
    const char *name = cJSON_GetStringValue(wanted);
    if (name != NULL && strcmp(name, "json") == 0)
        return STATUS_OK; /* the default: the Accept header may still say otherwise */
    if (name != NULL && strcmp(name, "csv") == 0)
        *format = BODY_CSV;
    else if (name != NULL && strcmp(name, "ndjson") == 0)
        *format = BODY_NDJSON;
    else
        return error_set(error, STATUS_INVALID_PARAMETER,
                         "\"format\" must be \"json\", \"csv\" or \"ndjson\"");
    return STATUS_OK;
}

static Status
check_members(const cJSON *document, const char *const *known, size_t count, Error *error)
{
    for (const cJSON *item = document->child; item != NULL; item = item->next) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found |= strcmp(item->string, known[i]) == 0;
        if (!found)
            return error_set(error, STATUS_INVALID_PARAMETER, "unknown member \"%s\"", item->string);
    }
    return STATUS_OK;
}

static Status
check_async(const cJSON *document, Error *error)
{
    const cJSON *async = cJSON_GetObjectItemCaseSensitive(document, "async");

    if (async != NULL && !cJSON_IsBool(async))
        return error_set(error, STATUS_INVALID_PARAMETER, "\"async\" must be true or false");
    return STATUS_OK;
}

static bool
is_async(const cJSON *document)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "async"));
}

static Status
check_query(const cJSON *document, Error *error)
{
    static const char *const known[] = {"sql", "async", "timeout_ms", "params", "format", "settings"};

    if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(document, "sql"))) {
        error_set(error, STATUS_INVALID_PARAMETER, "\"sql\" is missing or not a string");
        return error_hint(error, "send {\"sql\": \"SELECT 1\"}");
    }
    TRY(check_async(document, error));
    return check_members(document, known, sizeof known / sizeof *known, error);
}

static Status
check_load(const cJSON *document, Error *error)
{
    static const char *const known[] = {"table",  "source",    "format", "options",
                                        "create", "partition", "async"};

    TRY(check_async(document, error));
    return check_members(document, known, sizeof known / sizeof *known, error);
}

/* --- submitting
 * -------------------------------------------------------------------------------------------------------- */

static void
begin_body(HttpRequest *request, BodyFormat format)
{
    result_body_init(&request->result, format);
    request->result.kept_id = request->result_of[0] != '\0' ? request->result_of : NULL;
}

void
http_submit(HttpRequest *request, FrontOperation operation, BodyFormat format, const char *document,
            size_t size)
{
    request->load = operation == FRONT_LOAD;
    begin_body(request, format);
    request->query =
        front_submit(request->server->front, operation, document, size, NULL, http_wake, request);
    front_query_hold(request->query); /* until the status goes out */
    request->identify = format == BODY_FRAMES && wants_progress(request);
    request->step = REQUEST_QUERY;
    http_watch(request);
}

enum MHD_Result
http_query_start(HttpRequest *request)
{
    const char *text = buffer_text(&request->body);
    cJSON *document;
    BodyFormat format = BODY_JSON;
    Error error = {0};

    Status status = http_json_read(text, request->body.size, &document, &error);
    if (status == STATUS_OK)
        status = check_query(document, &error);
    if (status == STATUS_OK)
        status = choose_format(request, document, &format, &error);
    const bool async = status == STATUS_OK && is_async(document);
    cJSON_Delete(document);
    if (status != STATUS_OK)
        return http_answer_problem(request, &error, 0);
    if (async)
        return http_async_start(request, "/query", FRONT_QUERY, text);
    http_submit(request, FRONT_QUERY, format, text, request->body.size);
    return http_query_continue(request);
}

enum MHD_Result
http_load_start(HttpRequest *request)
{
    cJSON *document;
    Error error = {0};

    Status status = http_json_read(buffer_text(&request->body), request->body.size, &document, &error);
    if (status == STATUS_OK)
        status = check_load(document, &error);
    if (status == STATUS_OK)
        status = http_key_add(request, document, &error);
    const enum MHD_Result result =
        status == STATUS_OK ? http_load_submit(request, document) : http_answer_problem(request, &error, 0);
    cJSON_Delete(document);
    return result;
}

enum MHD_Result
http_load_submit(HttpRequest *request, const cJSON *document)
{
    char *text = cJSON_PrintUnformatted(document);

    buffer_clear(&request->body);
    buffer_append_string(&request->body, text);
    free(text);
    if (is_async(document))
        return http_async_start(request, "/data/load", FRONT_LOAD, buffer_text(&request->body));
    http_submit(request, FRONT_LOAD, wants_progress(request) ? BODY_FRAMES : BODY_JSON, request->body.data,
                request->body.size);
    return http_query_continue(request);
}

/* --- answering
 * ---------------------------------------------------------------------------------------------------------
 */

static void
name_rejects(const HttpRequest *request, cJSON *rejects)
{
    cJSON *reject;

    if (request->upload_path[0] == '\0')
        return;
    cJSON_ArrayForEach(reject, rejects)
    {
        cJSON_ReplaceItemInObjectCaseSensitive(reject, "file", cJSON_CreateString(request->upload_name));
    }
}

static void
end_load(HttpRequest *request)
{
    cJSON *summary = cJSON_Parse(front_query_summary(request->query));
    cJSON *answer = cJSON_CreateObject();
    const cJSON *table = cJSON_GetObjectItemCaseSensitive(summary, "table");
    const cJSON *stats = cJSON_GetObjectItemCaseSensitive(summary, "stats");
    const char *members[] = {"rejected", "rejects", "tablets", "bytes"};
    char id[ID_TEXT_SIZE];

    if (request->result_of[0] != '\0')
        memcpy(id, request->result_of, sizeof id);
    else
        query_id_format(front_query_id(request->query), id);
    const char *first = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(summary, "id"));
    cJSON_AddStringToObject(answer, "id", first != NULL ? first : id); /* of a repeated load, the first's */
    cJSON_AddStringToObject(answer, "table", cJSON_IsString(table) ? table->valuestring : "");
    cJSON_AddNumberToObject(answer, "rows",
                            cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(summary, "row_count")));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        cJSON_AddItemToObject(answer, members[i],
                              cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(summary, members[i]), true));
    cJSON_AddItemToObject(answer, "elapsed_ms",
                          cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(stats, "elapsed_ms"), true));
    name_rejects(request, cJSON_GetObjectItemCaseSensitive(answer, "rejects"));
    char *text = cJSON_PrintUnformatted(answer);
    if (request->result.format == BODY_FRAMES)
        result_body_end_load(text, &request->out);
    else
        buffer_append_string(&request->out, text);
    free(text);
    cJSON_Delete(answer);
    cJSON_Delete(summary);
}

/* The answer to a kept load is that of the load. */
static bool
is_answer_to_load(const HttpRequest *request)
{
    static const char load[] = "{\"command\":\"LOAD\"";

    return request->load || (request->result_of[0] != '\0' &&
                             strncmp(front_query_summary(request->query), load, sizeof load - 1) == 0);
}

/* The query starts over before the client has seen anything. */
static void
forget_body(HttpRequest *request)
{
    const BodyFormat format = request->result.format;

    result_body_destroy(&request->result);
    begin_body(request, format);
    buffer_clear(&request->out);
    request->out_sent = 0;
}

/* Take what the query has until `limit` bytes are made; FRONT_WAIT: nothing more now. */
static FrontNext
make_body(HttpRequest *request, size_t limit)
{
    Chunk *chunk;
    Error error = {0};

    while (request->out.size - request->out_sent < limit) {
        const FrontNext next = front_query_next(request->query, false, &chunk);
        if (next == FRONT_AGAIN) {
            forget_body(request);
            continue;
        }
        if (next == FRONT_DONE) {
            if (is_answer_to_load(request))
                end_load(request);
            else
                result_body_end(&request->result, request->query, &request->out);
            request->ended = true;
        }
        if (next != FRONT_ROWS)
            return next;
        const Status status = result_body_add(&request->result, request->query, chunk, &request->out, &error);
        chunk_release(chunk);
        if (status != STATUS_OK || request->out.failed) {
            request->aborted = true;
            return FRONT_FAILED;
        }
    }
    return FRONT_ROWS;
}

/* Why the query, or its answer, failed. */
static Error
failure(HttpRequest *request)
{
    Error error = *front_query_error(request->query);

    if (error.code == STATUS_OK)
        error_set_memory(&error);
    http_upload_rename(request, &error);
    return error;
}

static void
fail_stream(HttpRequest *request)
{
    const Error error = failure(request);

    if (request->held)
        forget_body(request);
    request->held = false;
    request->aborted = true;
    result_body_fail(&request->result, &error, &request->out);
}

static ssize_t
send_identity(HttpRequest *request, char *bytes, size_t size)
{
    Buffer frame = {0};

    request->identify = false;
    result_body_identify(request->query, &frame);
    const size_t step = frame.size < size ? frame.size : 0; /* libmicrohttpd asks for far more */
    memcpy(bytes, frame.data, step);
    buffer_destroy(&frame);
    return step > 0 ? (ssize_t)step : MHD_CONTENT_READER_END_WITH_ERROR;
}

static ssize_t
stream_body(void *context, uint64_t position, char *bytes, size_t size)
{
    HttpRequest *request = context;

    (void)position;
    if (request->identify)
        return send_identity(request, bytes, size);
    for (;;) {
        const size_t left = request->held ? 0 : request->out.size - request->out_sent;
        if (left > 0) {
            const size_t step = left < size ? left : size;
            memcpy(bytes, request->out.data + request->out_sent, step);
            request->out_sent += step;
            return (ssize_t)step;
        }
        if (request->aborted)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        if (request->ended)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!request->held) {
            buffer_clear(&request->out);
            request->out_sent = 0;
        }
        const FrontNext next = make_body(request, request->held ? HTTP_WHOLE_MAX : HTTP_STREAM_STEP);
        if (next == FRONT_FAILED) {
            fail_stream(request);
        } else if (next != FRONT_WAIT) {
            request->held = request->held && next == FRONT_ROWS && !front_query_let_go(request->query);
        } else if (request->held || request->out.size == 0) {
            if (http_suspend(request))
                return 0;
            if (http_is_gone(request))
                return MHD_CONTENT_READER_END_WITH_ERROR;
        }
    }
}

static enum MHD_Result
answer_stream(HttpRequest *request)
{
    const HttpLibrary *library = request->server->library;
    struct MHD_Response *response =
        library->MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, stream_body, request, NULL);

    request->step = REQUEST_ANSWERED;
    library->MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                     result_body_content_type(request->result.format));
    library->MHD_add_response_header(response, "X-Accel-Buffering", "no");
    return http_respond(request, MHD_HTTP_OK, response);
}

enum MHD_Result
http_query_continue(HttpRequest *request)
{
    if (request->identify) {
        request->held = true;
        return answer_stream(request);
    }
    for (;;) {
        switch (make_body(request, HTTP_WHOLE_MAX)) {
        case FRONT_DONE:
            return http_answer(request, MHD_HTTP_OK,
                               is_answer_to_load(request) ? "application/json"
                                                          : result_body_content_type(request->result.format),
                               request->out.data, request->out.size);
        case FRONT_FAILED: {
            const Error error = failure(request);
            return http_answer_problem(request, &error, 0);
        }
        case FRONT_ROWS:
            if (front_query_let_go(request->query))
                return answer_stream(request);
            break;
        default: /* WAIT */
            if (http_suspend(request))
                return MHD_YES;
            if (http_is_gone(request))
                return MHD_NO;
            break;
        }
    }
}
