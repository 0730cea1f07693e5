/* libpg_query writes its tree by recursion as deep as the expression, and a megabyte of "1+1+…" needs more
 * stack than threads have: so one thread with a large stack of its own parses for all. */
#include "sql/parser.h"

#include <pg_query.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { GUARD_SIZE = 64 << 10, SHRINK_ABOVE = 16 << 10 };

#define STACK_SIZE ((size_t)256 << 20)

typedef struct Request {
    const Source *source;
    PgQueryParseResult result;
    bool done;
    struct Request *next;
} Request;

/* The thread and the requests that wait for it. Lives as long as the process. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t arrived;
    pthread_cond_t finished;
    bool started;
    char *stack;
    Request *first;
    Request **last;
} parser = {.mutex = PTHREAD_MUTEX_INITIALIZER,
            .arrived = PTHREAD_COND_INITIALIZER,
            .finished = PTHREAD_COND_INITIALIZER,
            .last = &parser.first};

/* Give back the stack's pages that a deep statement touched. */
static void
shrink_stack(void)
{
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    const uintptr_t low = (uintptr_t)parser.stack + GUARD_SIZE;
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t high = (here - SHRINK_ABOVE * 4) & ~(page - 1);

    if (high > low)
        madvise((void *)low, high - low, MADV_DONTNEED);
}

static void *
serve(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&parser.mutex);
    for (;;) {
        while (parser.first == NULL)
            pthread_cond_wait(&parser.arrived, &parser.mutex);
        Request *request = parser.first;
        parser.first = request->next;
        if (parser.first == NULL)
            parser.last = &parser.first;
        pthread_mutex_unlock(&parser.mutex);

        const bool large = request->source->size > SHRINK_ABOVE;
        request->result = pg_query_parse(request->source->text);
        if (large)
            shrink_stack();

        pthread_mutex_lock(&parser.mutex);
        request->done = true;
        pthread_cond_broadcast(&parser.finished);
    }
    return NULL;
}

/* With the mutex held. */
static Status
start(Error *error)
{
    pthread_attr_t attributes;
    pthread_t thread;

    parser.stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (parser.stack == MAP_FAILED)
        return error_set_memory(error);
    mprotect(parser.stack, GUARD_SIZE, PROT_NONE);
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, parser.stack, STACK_SIZE);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const int failure = pthread_create(&thread, &attributes, serve, NULL);
    pthread_attr_destroy(&attributes);
    if (failure != 0) {
        munmap(parser.stack, STACK_SIZE);
        return error_set_errno(error, STATUS_INTERNAL, failure, "cannot start the parser's thread");
    }
    parser.started = true;
    return STATUS_OK;
}

/* PostgreSQL's "memory exhausted" means that the grammar's stack (10,000 deep) is full. The grammar itself
 * refuses frames that end before they start. */
static Status
take_error(const Source *source, const PgQueryError *failure, Error *error)
{
    const int32_t past_end = source_position(source, (int64_t)source->size);
    const int32_t position = failure->cursorpos > past_end ? past_end : failure->cursorpos;

    if (strstr(failure->message, "memory exhausted") != NULL ||
        strstr(failure->message, "stack depth") != NULL)
        return error_set_at(error, STATUS_TOO_COMPLEX, position, "the statement is nested too deeply");
    if (strncmp(failure->message, "frame ", strlen("frame ")) == 0)
        return error_set_at(error, STATUS_WINDOWING, position, "%s", failure->message);
    return error_set_at(error, STATUS_SYNTAX, position, "%s", failure->message);
}

static Status
submit(Request *request, Error *error)
{
    Status status = STATUS_OK;

    pthread_mutex_lock(&parser.mutex);
    if (!parser.started)
        status = start(error);
    if (status == STATUS_OK) {
        *parser.last = request;
        parser.last = &request->next;
        pthread_cond_signal(&parser.arrived);
        while (!request->done)
            pthread_cond_wait(&parser.finished, &parser.mutex);
    }
    pthread_mutex_unlock(&parser.mutex);
    return status;
}

/* At each opening of a comment in a run of operator characters the scanner reads the whole run again: the
 * square of "slash star" times half a million would hold up everybody for minutes. */
static bool
is_quadratic(const Source *source)
{
    enum { COST_MAX = 50000000 };
    const char *end = source->text + source->size;
    uint64_t cost = 0;

    for (const char *run = source->text; run < end; run++) {
        const size_t length = strspn(run, "~!@#^&|`?+-*/%<>=");
        uint64_t openings = 0;
        for (size_t i = 0; i + 1 < length; i++)
            openings += run[i] == '/' && run[i + 1] == '*';
        cost += openings * length;
        run += length;
    }
    return cost > COST_MAX;
}

Status
parser_run(const Source *source, char **json, Error *error)
{
    Request request = {.source = source};
    Status status;

    if (is_quadratic(source))
        return error_set(error, STATUS_TOO_COMPLEX, "comments are nested too deeply");
    TRY(submit(&request, error));
    if (request.result.error != NULL) {
        status = take_error(source, request.result.error, error);
    } else {
        status = STATUS_OK;
        *json = request.result.parse_tree;
        request.result.parse_tree = NULL;
    }
    pg_query_free_parse_result(request.result);
    return status;
}
