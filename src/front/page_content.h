/* front/page_content.h: the files of the page, made from src/front/page/dist when the program is built. */
#ifndef RUNNEL_FRONT_PAGE_CONTENT_H
#define RUNNEL_FRONT_PAGE_CONTENT_H

#include <stddef.h>

/* name in C, path, Content-Type */
#define PAGE_FILE_LIST(X)                                                                                    \
    X(page_index, "/", "text/html; charset=utf-8")                                                           \
    X(page_script, "/page.js", "text/javascript; charset=utf-8")                                             \
    X(page_style, "/page.css", "text/css; charset=utf-8")                                                    \
    X(page_licences, "/licences.txt", "text/plain; charset=utf-8")

#define X(name, path, type)                                                                                  \
    extern const unsigned char name[];                                                                       \
    extern const size_t name##_size;
PAGE_FILE_LIST(X)
#undef X

#endif
