/* front/http_library.h: libmicrohttpd, loaded when HTTP is first served: linking it would cost every start 9
 * ms. */
#ifndef RUNNEL_FRONT_HTTP_LIBRARY_H
#define RUNNEL_FRONT_HTTP_LIBRARY_H

#include "base/error.h"

#include <microhttpd.h>

#define HTTP_LIBRARY_LIST(X)                                                                                 \
    X(MHD_start_daemon)                                                                                      \
    X(MHD_stop_daemon)                                                                                       \
    X(MHD_quiesce_daemon)                                                                                    \
    X(MHD_get_daemon_info)                                                                                   \
    X(MHD_get_connection_info)                                                                               \
    X(MHD_lookup_connection_value)                                                                           \
    X(MHD_get_connection_values)                                                                             \
    X(MHD_create_response_from_buffer)                                                                       \
    X(MHD_create_response_from_callback)                                                                     \
    X(MHD_add_response_header)                                                                               \
    X(MHD_queue_response)                                                                                    \
    X(MHD_destroy_response)                                                                                  \
    X(MHD_suspend_connection)                                                                                \
    X(MHD_resume_connection)

typedef struct HttpLibrary {
#define X(name) __typeof__(&name) name;
    HTTP_LIBRARY_LIST(X)
#undef X
} HttpLibrary;

/* The library's functions; loaded once, kept for the process's life. UNAVAILABLE where it is not installed.
 */
Status http_library_load(const HttpLibrary **library, Error *error);

#endif
