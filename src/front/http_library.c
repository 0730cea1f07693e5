#include "front/http_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static HttpLibrary functions;
static Error failure;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *
find(void *handle, const char *name)
{
    void *function = dlsym(handle, name);

    if (function == NULL)
        error_set(&failure, STATUS_UNAVAILABLE, "libmicrohttpd lacks %s", name);
    return function;
}

static void
load(void)
{
    void *handle = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL);

    if (handle == NULL) {
        error_set(&failure, STATUS_UNAVAILABLE, "cannot load libmicrohttpd: %s", dlerror());
        error_hint(&failure, "install the package libmicrohttpd12");
        return;
    }
#define X(name)                                                                                              \
    {                                                                                                        \
        void *function = find(handle, #name);                                                                \
        memcpy(&functions.name, &function, sizeof function);                                                 \
    }
    HTTP_LIBRARY_LIST(X)
#undef X
}

Status
http_library_load(const HttpLibrary **library, Error *error)
{
    pthread_once(&once, load);
    *library = &functions;
    return failure.code != STATUS_OK ? error_copy(error, &failure) : STATUS_OK;
}
