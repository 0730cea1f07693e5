/* The resources and their methods. */
#include "front/http_request.h"

#include <string.h>

static const struct {
    const char *path;
    const char *below; /* what follows the path and one name: "" for the name alone; NULL: nothing follows */
    const char *methods;
} resources[] = {
    {"/query", NULL, "GET, HEAD, POST"}, {"/query/", "", "DELETE, GET, HEAD"},
    {"/query/", "/tree", "GET, HEAD"},   {"/query/", "/result", "GET, HEAD"},
    {"/data/load", NULL, "POST"},        {"/tables", NULL, "GET, HEAD"},
    {"/tables/", "", "GET, HEAD"},       {"/health", NULL, "GET, HEAD"},
    {"/metrics", NULL, "GET, HEAD"},
};

const char *
http_resource_methods(const char *path)
{
    if (http_page_has(path))
        return "GET, HEAD";
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        const size_t size = strlen(resources[i].path);
        const char *below = resources[i].below;
        if (below == NULL ? strcmp(path, resources[i].path) == 0
                          : strncmp(path, resources[i].path, size) == 0 &&
                                strcmp(path + size + strcspn(path + size, "/"), below) == 0)
            return resources[i].methods;
    }
    return NULL;
}

bool
http_resource_allows(const char *path, const char *method)
{
    const char *at = http_resource_methods(path);
    const size_t size = strlen(method);

    while (at != NULL && *at != '\0') {
        const size_t length = strcspn(at, ",");
        if (length == size && memcmp(at, method, size) == 0)
            return true;
        at += length;
        at += strspn(at, ", ");
    }
    return false;
}

static int
digit_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

size_t
http_unescape(void *context, struct MHD_Connection *connection, char *text)
{
    char *end = text;

    (void)context;
    (void)connection;
    for (const char *at = text; *at != '\0'; at++) {
        const int high = *at == '%' ? digit_value(at[1]) : -1;
        const int low = high >= 0 ? digit_value(at[2]) : -1;
        const bool encoded = low >= 0 && (high > 0 || low > 0);
        *end++ = encoded ? (char)(high * 16 + low) : *at;
        at += encoded ? 2 : 0;
    }
    *end = '\0';
    return (size_t)(end - text);
}
