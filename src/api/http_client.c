#include "api/http_client.h"

#include "base/memory.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CURL_LIST(X)                                                                                         \
    X(curl_global_init)                                                                                      \
    X(curl_easy_init)                                                                                        \
    X(curl_easy_setopt)                                                                                      \
    X(curl_easy_getinfo)                                                                                     \
    X(curl_easy_cleanup)                                                                                     \
    X(curl_easy_strerror)                                                                                    \
    X(curl_multi_init)                                                                                       \
    X(curl_multi_add_handle)                                                                                 \
    X(curl_multi_remove_handle)                                                                              \
    X(curl_multi_perform)                                                                                    \
    X(curl_multi_poll)                                                                                       \
    X(curl_multi_info_read)                                                                                  \
    X(curl_multi_cleanup)                                                                                    \
    X(curl_slist_append)                                                                                     \
    X(curl_slist_free_all)

/* The functions' own names are macros in curl.h where they check types. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
#define X(name) __typeof__(&name) name;
    CURL_LIST(X)
#undef X
} curl;

static Error load_error;
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct HttpExchange {
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    Buffer received;
    FILE *file;
    bool done;
    CURLcode result;
    atomic_uint *cancels;
    unsigned cancels_before;
    void (*idle)(void *context, uint64_t sent, uint64_t total);
    void *idle_context;
    uint64_t file_size;
};

static void
load(void)
{
    void *handle = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

    if (handle == NULL) {
        error_set(&load_error, STATUS_CONNECTION, "cannot load libcurl: %s", dlerror());
        error_hint(&load_error, "install the package libcurl4");
        return;
    }
#define X(name)                                                                                              \
    {                                                                                                        \
        void *function = dlsym(handle, #name);                                                               \
        memcpy(&curl.name, &function, sizeof function);                                                      \
        if (function == NULL)                                                                                \
            error_set(&load_error, STATUS_CONNECTION, "libcurl lacks %s", #name);                            \
    }
    CURL_LIST(X)
#undef X
    if (load_error.code == STATUS_OK)
        curl.curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t
take(char *bytes, size_t size, size_t count, void *context)
{
    HttpExchange *exchange = context;

    buffer_append(&exchange->received, bytes, size * count);
    return exchange->received.failed ? 0 : size * count;
}

static void
add_header(HttpExchange *exchange, const char *name, const char *value)
{
    char line[512];

    if (value == NULL)
        return;
    snprintf(line, sizeof line, "%s: %s", name, value);
    exchange->headers = curl.curl_slist_append(exchange->headers, line);
}

static Status
prepare(HttpExchange *exchange, const HttpCall *call, Error *error)
{
    CURL *easy = exchange->easy;

    curl.curl_easy_setopt(easy, CURLOPT_URL, call->url);
    curl.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl.curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl.curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 10L);
    curl.curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, call->timeout_ms);
    curl.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl.curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl.curl_easy_setopt(easy, CURLOPT_USERAGENT, "runnel/" RUNNEL_VERSION);
    add_header(exchange, "Accept", call->accept);
    add_header(exchange, "Content-Type", call->content_type);
    exchange->headers = curl.curl_slist_append(exchange->headers, "Expect:");
    if (call->file != NULL) {
        exchange->file = fopen(call->file, "rbe");
        if (exchange->file == NULL)
            return error_set_errno(error, STATUS_IO, errno, "cannot open \"%s\"", call->file);
        struct stat is;
        if (fstat(fileno(exchange->file), &is) != 0 || !S_ISREG(is.st_mode))
            return error_set(error, STATUS_FILE_ACCESS, "\"%s\" is not a regular file", call->file);
        const curl_off_t size = is.st_size;
        exchange->file_size = (uint64_t)size;
        curl.curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl.curl_easy_setopt(easy, CURLOPT_READDATA, exchange->file);
        curl.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, size);
    } else if (call->body != NULL) {
        curl.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_size);
        curl.curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, call->body);
    }
    if (strcmp(call->method, "DELETE") == 0)
        curl.curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    curl.curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
    return STATUS_OK;
}

static bool
is_cancelled(const HttpExchange *exchange)
{
    return exchange->cancels != NULL && atomic_load(exchange->cancels) != exchange->cancels_before;
}

static void
be_idle(HttpExchange *exchange)
{
    curl_off_t sent = 0;

    if (exchange->idle == NULL)
        return;
    curl.curl_easy_getinfo(exchange->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    exchange->idle(exchange->idle_context, (uint64_t)sent, exchange->file_size);
}

/* Work until something has been received or the exchange is over. */
static Status
step(HttpExchange *exchange, Error *error)
{
    const int pause_ms = exchange->cancels != NULL || exchange->idle != NULL ? 50 : 1000;
    int running;
    int left;
    CURLMsg *message;

    while (!exchange->done && exchange->received.size == 0) {
        if (is_cancelled(exchange))
            return error_set(error, STATUS_CANCELLED, "canceling statement due to user request");
        curl.curl_multi_perform(exchange->multi, &running);
        while ((message = curl.curl_multi_info_read(exchange->multi, &left)) != NULL)
            if (message->msg == CURLMSG_DONE) {
                exchange->done = true;
                exchange->result = message->data.result;
            }
        if (exchange->done || exchange->received.size > 0)
            break;
        curl.curl_multi_poll(exchange->multi, NULL, 0, pause_ms, NULL);
        be_idle(exchange);
    }
    /* What came before a connection broke may say why. */
    if (exchange->received.size > 0 || exchange->result == CURLE_OK)
        return STATUS_OK;
    long status = 0;
    curl.curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    return error_set(error, status == 0 ? STATUS_CONNECTION : STATUS_PEER_LOST, "%s",
                     curl.curl_easy_strerror(exchange->result));
}

Status
http_open(const HttpCall *call, HttpExchange **made, Error *error)
{
    pthread_once(&once, load);
    if (load_error.code != STATUS_OK)
        return error_copy(error, &load_error);

    HttpExchange *exchange = MEMORY_NEW(HttpExchange);
    exchange->easy = curl.curl_easy_init();
    exchange->multi = curl.curl_multi_init();
    exchange->cancels = call->cancels;
    exchange->idle = call->idle;
    exchange->idle_context = call->idle_context;
    exchange->cancels_before = call->cancels != NULL ? atomic_load(call->cancels) : 0;
    Status status = prepare(exchange, call, error);
    if (status == STATUS_OK) {
        curl.curl_multi_add_handle(exchange->multi, exchange->easy);
        status = step(exchange, error);
    }
    if (status != STATUS_OK) {
        http_close(&exchange);
        return status;
    }
    *made = exchange;
    return STATUS_OK;
}

long
http_status(const HttpExchange *exchange)
{
    long status = 0;

    curl.curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

Status
http_read(HttpExchange *exchange, Buffer *out, bool *end, Error *error)
{
    const Status status = step(exchange, error);

    buffer_append(out, exchange->received.data, exchange->received.size);
    buffer_clear(&exchange->received);
    *end = exchange->done && exchange->result == CURLE_OK;
    return status;
}

void
http_close(HttpExchange **self)
{
    HttpExchange *exchange = *self;

    if (exchange == NULL)
        return;
    if (exchange->easy != NULL) {
        curl.curl_multi_remove_handle(exchange->multi, exchange->easy);
        curl.curl_easy_cleanup(exchange->easy);
    }
    curl.curl_multi_cleanup(exchange->multi);
    curl.curl_slist_free_all(exchange->headers);
    if (exchange->file != NULL)
        fclose(exchange->file);
    buffer_destroy(&exchange->received);
    free(exchange);
    *self = NULL;
}
