#include "plan/window.h"

#include <string.h>

static const struct {
    const char *name;
    uint32_t least;
    uint32_t most;
    TypeId result;
} functions[] = {
#define X(kind, name, least, most, result) {name, least, most, result},
    WINDOW_FUNCTION_LIST(X)
#undef X
};

const char *
window_function_name(WindowFunction function)
{
    return function < WINDOW_AGGREGATE ? functions[function].name : "aggregate";
}

WindowFunction
window_function_by_name(const char *name)
{
    for (uint32_t i = 0; i < WINDOW_AGGREGATE; i++) {
        if (strcmp(functions[i].name, name) == 0)
            return (WindowFunction)i;
    }
    return WINDOW_FUNCTION_COUNT;
}

void
window_function_arity(WindowFunction function, uint32_t *least, uint32_t *most)
{
    *least = functions[function].least;
    *most = functions[function].most;
}

TypeId
window_function_result(WindowFunction function)
{
    return functions[function].result;
}

bool
window_function_looks_back(WindowFunction function)
{
    return function == WINDOW_ROW_NUMBER || function == WINDOW_RANK || function == WINDOW_DENSE_RANK;
}

bool
window_frame_is_whole(const WindowFrame *frame)
{
    return frame->start.kind == FRAME_UNBOUNDED_PRECEDING && frame->end.kind == FRAME_UNBOUNDED_FOLLOWING &&
           frame->exclusion == FRAME_EXCLUDE_NOTHING;
}
