/* expr/registry_topics.h: the topics that contribute rows to the function registry, each a file
 * functions_<topic>.c that defines functions_<topic>[] and functions_<topic>_count. Adding a topic is one
 * line; the order fixes the indices that travel between nodes. */
#ifndef RUNNEL_EXPR_REGISTRY_TOPICS_H
#define RUNNEL_EXPR_REGISTRY_TOPICS_H

#include "expr/function.h"

#define REGISTRY_TOPICS(X)                                                                                   \
    X(logic)                                                                                                 \
    X(comparison)                                                                                            \
    X(arithmetic)                                                                                            \
    X(cast)                                                                                                  \
    X(datetime)                                                                                              \
    X(string)                                                                                                \
    X(math)                                                                                                  \
    X(format)                                                                                                \
    X(array)                                                                                                 \
    X(json)                                                                                                  \
    X(record)

#define X(topic)                                                                                             \
    extern const Function functions_##topic[];                                                               \
    extern const uint32_t functions_##topic##_count;
REGISTRY_TOPICS(X)
#undef X

#endif
