#include "expr/registry.h"

#include "expr/registry_topics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS_MAX = 4096, CONTEXTS = 3 };

typedef struct Topic {
    const Function *rows;
    const uint32_t *count;
} Topic;

static const Topic topics[] = {
#define X(topic) {functions_##topic, &functions_##topic##_count},
    REGISTRY_TOPICS(X)
#undef X
};

enum { TOPIC_COUNT = sizeof topics / sizeof topics[0] };

/* Built once, then read by all threads. */
static struct {
    pthread_once_t once;
    const Function *by_name[FUNCTIONS_MAX]; /* sorted by name, rows of one name in the registry's order */
    const Function *casts[CONTEXTS][TYPE_COUNT][TYPE_COUNT];
} index_tables = {.once = PTHREAD_ONCE_INIT};

static int
compare_names(const void *a, const void *b)
{
    const Function *const *left = a;
    const Function *const *right = b;
    const int order = strcmp((*left)->name, (*right)->name);

    if (order != 0)
        return order;
    return function_index(*left) < function_index(*right) ? -1 : 1;
}

static void
index_cast(const Function *row)
{
    const bool allowed[CONTEXTS] = {
        [CAST_IMPLICIT] = (row->flags & FUNCTION_IMPLICIT) != 0,
        [CAST_ASSIGNMENT] = (row->flags & (FUNCTION_IMPLICIT | FUNCTION_ASSIGNMENT)) != 0,
        [CAST_EXPLICIT] = true,
    };

    for (int context = 0; context < CONTEXTS; context++) {
        const Function **slot = &index_tables.casts[context][row->arguments[0]][row->result];
        if (allowed[context] && *slot == NULL)
            *slot = row;
    }
}

static void
build_index(void)
{
    const uint32_t count = function_count();

    for (uint32_t i = 0; i < count && i < FUNCTIONS_MAX; i++) {
        const Function *row = function_at(i);
        index_tables.by_name[i] = row;
        if (strcmp(row->name, REGISTRY_CAST) == 0)
            index_cast(row);
    }
    qsort(index_tables.by_name, count, sizeof index_tables.by_name[0], compare_names);
}

uint32_t
function_count(void)
{
    uint32_t count = 0;

    for (size_t i = 0; i < TOPIC_COUNT; i++)
        count += *topics[i].count;
    return count;
}

const Function *
function_at(uint32_t index)
{
    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        if (index < *topics[i].count)
            return &topics[i].rows[index];
        index -= *topics[i].count;
    }
    return NULL;
}

uint32_t
function_index(const Function *function)
{
    uint32_t first = 0;

    for (size_t i = 0; i < TOPIC_COUNT; i++) {
        const uintptr_t offset = (uintptr_t)function - (uintptr_t)topics[i].rows;
        if (offset < *topics[i].count * sizeof(Function))
            return first + (uint32_t)(offset / sizeof(Function));
        first += *topics[i].count;
    }
    return UINT32_MAX;
}

const Function *const *
registry_named(const char *name, uint32_t *count)
{
    pthread_once(&index_tables.once, build_index);

    const uint32_t total = function_count();
    uint32_t low = 0;
    uint32_t high = total;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (strcmp(index_tables.by_name[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (*count = 0; low + *count < total; ++*count) {
        if (strcmp(index_tables.by_name[low + *count]->name, name) != 0)
            break;
    }
    return &index_tables.by_name[low];
}

bool
function_name_exists(const char *name)
{
    uint32_t count;

    registry_named(name, &count);
    return count > 0;
}

const Function *
registry_cast(TypeId from, TypeId to, CastContext context)
{
    pthread_once(&index_tables.once, build_index);
    return index_tables.casts[context][from][to];
}

bool
registry_is_implicit(TypeId from, TypeId to)
{
    if (from == to || from == TYPE_UNKNOWN || to == TYPE_UNKNOWN)
        return true;
    return registry_cast(from, to, CAST_IMPLICIT) != NULL;
}

bool
registry_is_preferred(TypeId id)
{
    return id == TYPE_BOOL || id == TYPE_FLOAT8 || id == TYPE_TEXT || id == TYPE_TIMESTAMPTZ ||
           id == TYPE_INTERVAL;
}

Type
registry_target(Type from, TypeId to)
{
    if (from.id == to)
        return from;
    if (to == TYPE_NUMERIC) {
        switch (from.id) {
        case TYPE_INT2: return type_numeric(5, 0);
        case TYPE_INT4: return type_numeric(10, 0);
        case TYPE_INT8: return type_numeric(19, 0);
        default: break;
        }
    }
    return type_of(to);
}
