/* GET /metrics: what the coordinator counts over the cluster, and what this front counts itself, in
 * Prometheus' text format 0.0.4. Without a coordinator the front's own part is all there is. */
#include "front/http_request.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/resource.h>

static void
append_answers(HttpServer *server, Buffer *out)
{
    buffer_append_string(out, "# HELP runnel_http_requests_total Requests that this front has answered, by "
                              "status.\n# TYPE runnel_http_requests_total counter\n");
    for (unsigned i = 0; i < HTTP_CODES; i++) {
        const uint64_t count = atomic_load(&server->answers[i]);
        if (count > 0)
            buffer_append_format(out, "runnel_http_requests_total{code=\"%u\"} %llu\n", i,
                                 (unsigned long long)count);
    }
}

static unsigned
open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned count = 0;

    if (directory == NULL)
        return 0;
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count > 3 ? count - 3 : 0; /* ".", ".." and the directory itself */
}

static double
seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

/* The names that Prometheus' own libraries give to these. */
static void
append_process(const Front *front, Buffer *out)
{
    struct rusage times = {0};
    NodeUsage usage;

    getrusage(RUSAGE_SELF, &times);
    front_process_usage(front, &usage);
    buffer_append_format(
        out,
        "# HELP process_start_time_seconds When the process started, in seconds since 1970.\n"
        "# TYPE process_start_time_seconds gauge\n"
        "process_start_time_seconds %.3f\n"
        "# HELP process_resident_memory_bytes Resident memory.\n"
        "# TYPE process_resident_memory_bytes gauge\n"
        "process_resident_memory_bytes %llu\n"
        "# HELP process_cpu_seconds_total Processor time spent.\n"
        "# TYPE process_cpu_seconds_total counter\n"
        "process_cpu_seconds_total %.3f\n"
        "# HELP process_open_fds File descriptors that are open.\n"
        "# TYPE process_open_fds gauge\n"
        "process_open_fds %u\n",
        (double)usage.started_us / 1e6, (unsigned long long)usage.resident_bytes,
        seconds_of(times.ru_utime) + seconds_of(times.ru_stime), open_descriptors());
}

static void
append_coordinator(const HttpAnswer *answer, Buffer *out)
{
    const bool reached = answer->status == MHD_HTTP_OK;

    buffer_append_format(out,
                         "# HELP runnel_coordinator_up 1: the coordinator has answered this front.\n"
                         "# TYPE runnel_coordinator_up gauge\n"
                         "runnel_coordinator_up %d\n",
                         reached);
    if (reached)
        buffer_append(out, answer->body, answer->size);
}

static enum MHD_Result
answer_metrics(HttpRequest *request, const HttpAnswer *answer)
{
    HttpServer *server = request->server;
    Buffer out = {0};

    append_coordinator(answer, &out);
    append_answers(server, &out);
    append_process(server->front, &out);
    const enum MHD_Result result =
        http_answer(request, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", out.data, out.size);
    buffer_destroy(&out);
    return result;
}

enum MHD_Result
http_metrics(HttpRequest *request, const char *path)
{
    cJSON *question = cJSON_CreateObject();

    cJSON_AddStringToObject(question, "get", path);
    return http_ask(request, path, question, answer_metrics);
}
