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
