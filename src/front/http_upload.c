#include "base/memory.h"
#include "front/http_request.h"
#include "wire/transport.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { NAME_BYTES = 128 };

/* What the data is called: by ?name=, as far as any file system takes it. Its end tells format and
 * compression. */
static void
choose_name(HttpRequest *request)
{
    const char *given = http_argument(request, "name");
    const char *compression = http_argument(request, "compression");
    char name[NAME_BYTES];
    char *end = name;

    for (const char *c = given != NULL ? given : "body.csv"; *c != '\0' && end < name + sizeof name - 1; c++)
        *end++ = isalnum((unsigned char)*c) || *c == '.' || *c == '-' ? *c : '_';
    *end = '\0';
    const bool gzip = compression != NULL && strcmp(compression, "gz") == 0;
    const bool zstandard = compression != NULL && strcmp(compression, "zst") == 0;
    snprintf(request->upload_name, sizeof request->upload_name, "%s%s", name,
             gzip        ? ".gz"
             : zstandard ? ".zst"
                         : "");
}

/* A parameter that nobody reads would be a wish that nobody grants. */
static enum MHD_Result
check_argument(void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
    static const char *const known[] = {
        "table", "create",       "format",       "name",       "compression", "header",           "delimiter",
        "null",  "reject_limit", "partition_by", "partitions", "bound",       "partition_column", "async"};

    (void)kind;
    (void)value;
    if (*key == '\0') /* behind a last & */
        return MHD_YES;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(key, known[i]) == 0)
            return MHD_YES;
    error_set(context, STATUS_INVALID_PARAMETER, "unknown parameter \"%s\"", key);
    return MHD_NO;
}

bool
http_upload_begin(HttpRequest *request, Error *error)
{
    char id[ID_TEXT_SIZE];

    if (request->server->config.store == NULL) {
        error_set(error, STATUS_NOT_SUPPORTED, "this front has no store to stage uploads in");
        error_hint(error,
                   "start the front with --data=DIR or --store=DIR, the store that workers see, or put the "
                   "file there and load it by its path");
        return false;
    }
    if (http_argument(request, "table") == NULL) {
        error_set(error, STATUS_INVALID_PARAMETER, "the parameter \"table\" is missing");
        error_hint(error, "POST /data/load?table=NAME&create=true");
        return false;
    }
    request->server->library->MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND,
                                                        check_argument, error);
    if (error->code != STATUS_OK)
        return false;
    incarnation_format(transport_draw_incarnation(), id);
    choose_name(request);
    request->upload_hash = UINT64_C(0xCBF29CE484222325);
    snprintf(request->upload_path, sizeof request->upload_path, "uploads/%s-%s", id, request->upload_name);
    if (store_create_path(request->server->config.store, request->upload_path, request->upload_absolute,
                          sizeof request->upload_absolute, error) != STATUS_OK)
        return false;
    request->upload = fopen(request->upload_absolute, "wxe");
    if (request->upload == NULL) {
        error_set_errno(error, STATUS_IO, errno, "cannot stage the upload");
        return false;
    }
    return true;
}

/* FNV-1a: the same however the body is cut. */
static void
hash_content(HttpRequest *request, const char *bytes, size_t size)
{
    uint64_t hash = request->upload_hash;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001B3);
    request->upload_hash = hash;
}

void
http_upload_write(HttpRequest *request, const char *bytes, size_t size)
{
    if (http_header(request, "Idempotency-Key") != NULL)
        hash_content(request, bytes, size);
    if (request->upload_failed || fwrite(bytes, 1, size, request->upload) == size)
        return;
    request->upload_failed = true;
    error_set_errno(&request->upload_error, STATUS_IO, errno, "cannot stage the upload");
}

static bool
add_flag(cJSON *object, const char *name, const char *value)
{
    if (value == NULL)
        return true;
    const bool yes = strcmp(value, "true") == 0 || strcmp(value, "1") == 0 || *value == '\0';
    const bool no = strcmp(value, "false") == 0 || strcmp(value, "0") == 0;
    cJSON_AddBoolToObject(object, name, yes);
    return yes || no;
}

static void
add_text(cJSON *object, const char *name, const char *value)
{
    if (value != NULL)
        cJSON_AddStringToObject(object, name, value);
}

/* What is no number stays text: whoever reads the document says what it must be. */
static void
add_number(cJSON *object, const char *name, const char *value)
{
    char *end = NULL;

    if (value == NULL)
        return;
    const double number = strtod(value, &end);
    if (end == value || *end != '\0')
        cJSON_AddStringToObject(object, name, value);
    else
        cJSON_AddNumberToObject(object, name, number);
}

/* NULL: by the name. */
static const char *
upload_format(HttpRequest *request)
{
    const char *given = http_argument(request, "format");
    const char *type = http_header(request, MHD_HTTP_HEADER_CONTENT_TYPE);

    if (given != NULL || type == NULL)
        return given;
    return strcasestr(type, "ndjson") != NULL    ? "ndjson"
           : strcasestr(type, "parquet") != NULL ? "parquet"
                                                 : NULL;
}

/* The parameter `bound` may be repeated. */
static enum MHD_Result
add_bound(void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    if (strcmp(key, "bound") == 0 && value != NULL)
        cJSON_AddItemToArray(context, cJSON_CreateString(value));
    return MHD_YES;
}

static void
add_partition(HttpRequest *request, const char *by, cJSON *document)
{
    cJSON *partition = cJSON_AddObjectToObject(document, "partition");
    cJSON *bounds = cJSON_CreateArray();

    add_text(partition, "by", by);
    add_text(partition, "column", http_argument(request, "partition_column"));
    add_number(partition, "partitions", http_argument(request, "partitions"));
    request->server->library->MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, add_bound,
                                                        bounds);
    if (cJSON_GetArraySize(bounds) > 0)
        cJSON_AddItemToObject(partition, "bounds", bounds);
    else
        cJSON_Delete(bounds);
}

/* The load's document from the request's parameters. */
static cJSON *
load_document(HttpRequest *request, Error *error)
{
    cJSON *document = cJSON_CreateObject();
    cJSON *options = cJSON_AddObjectToObject(document, "options");
    const char *by = http_argument(request, "partition_by");

    add_text(document, "table", http_argument(request, "table"));
    add_text(document, "source", request->upload_path);
    add_text(document, "format", upload_format(request));
    add_text(options, "delimiter", http_argument(request, "delimiter"));
    add_text(options, "null", http_argument(request, "null"));
    add_number(options, "reject_limit", http_argument(request, "reject_limit"));
    if (by != NULL)
        add_partition(request, by, document);
    if (!add_flag(document, "create", http_argument(request, "create")) ||
        !add_flag(document, "async", http_argument(request, "async")) ||
        !add_flag(options, "header", http_argument(request, "header")))
        error_set(error, STATUS_INVALID_PARAMETER, "\"create\", \"async\" and \"header\" take true or false");
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(document, "async")))
        cJSON_AddTrueToObject(document, "staged"); /* the coordinator's from there on */
    return document;
}

/* What somebody waits for is durable when it is loaded; of what is only taken on the file must be. */
static void
close_upload(HttpRequest *request, bool durable)
{
    if (!request->upload_failed &&
        (fflush(request->upload) != 0 || (durable && fsync(fileno(request->upload)) != 0))) {
        request->upload_failed = true;
        error_set_errno(&request->upload_error, STATUS_IO, errno, "cannot stage the upload");
    }
    fclose(request->upload);
    request->upload = NULL;
}

enum MHD_Result
http_upload_end(HttpRequest *request)
{
    Error error = {0};
    cJSON *document = load_document(request, &error);

    close_upload(request, cJSON_HasObjectItem(document, "staged"));
    if (request->upload_failed)
        error_copy(&error, &request->upload_error);
    if (error.code == STATUS_OK)
        http_key_add(request, document, &error);
    const enum MHD_Result result = error.code == STATUS_OK ? http_load_submit(request, document)
                                                           : http_answer_problem(request, &error, 0);
    cJSON_Delete(document);
    return result;
}

void
http_upload_rename(const HttpRequest *request, Error *error)
{
    const size_t size = strlen(request->upload_path);
    char *found = size > 0 ? strstr(error->message, request->upload_path) : NULL;
    char after[sizeof error->message];

    if (found == NULL)
        return;
    snprintf(after, sizeof after, "%s", found + size);
    snprintf(found, sizeof error->message - (size_t)(found - error->message), "%s%s", request->upload_name,
             after);
}

void
http_upload_discard(HttpRequest *request)
{
    if (request->upload != NULL)
        fclose(request->upload);
    request->upload = NULL;
    if (request->upload_path[0] != '\0')
        store_remove(request->server->config.store, request->upload_path, NULL);
}
