/* plan/window.h: what a WINDOW node computes: functions over the rows of a partition, and their frames.
 *
 * The rows of a partition are in the order of the node's keys, ties broken by the node's remaining columns,
 * so that every row has its place. Peers are rows whose order keys are equal, whatever broke their tie. */
#ifndef RUNNEL_PLAN_WINDOW_H
#define RUNNEL_PLAN_WINDOW_H

#include "column/type.h"

#include <stdbool.h>
#include <stdint.h>

struct Expr;

/* kind, name, arguments at least and at most, the result's type (UNKNOWN: that of the first argument) */
#define WINDOW_FUNCTION_LIST(X)                                                                              \
    X(ROW_NUMBER, "row_number", 0, 0, TYPE_INT8)                                                             \
    X(RANK, "rank", 0, 0, TYPE_INT8)                                                                         \
    X(DENSE_RANK, "dense_rank", 0, 0, TYPE_INT8)                                                             \
    X(PERCENT_RANK, "percent_rank", 0, 0, TYPE_FLOAT8)                                                       \
    X(CUME_DIST, "cume_dist", 0, 0, TYPE_FLOAT8)                                                             \
    X(NTILE, "ntile", 1, 1, TYPE_INT4)                                                                       \
    X(LAG, "lag", 1, 3, TYPE_UNKNOWN)                                                                        \
    X(LEAD, "lead", 1, 3, TYPE_UNKNOWN)                                                                      \
    X(FIRST_VALUE, "first_value", 1, 1, TYPE_UNKNOWN)                                                        \
    X(LAST_VALUE, "last_value", 1, 1, TYPE_UNKNOWN)                                                          \
    X(NTH_VALUE, "nth_value", 2, 2, TYPE_UNKNOWN)

typedef enum WindowFunction {
#define X(kind, name, least, most, result) WINDOW_##kind,
    WINDOW_FUNCTION_LIST(X)
#undef X
        WINDOW_AGGREGATE,
    WINDOW_FUNCTION_COUNT
} WindowFunction;

typedef enum FrameMode { FRAME_ROWS, FRAME_RANGE, FRAME_GROUPS, FRAME_MODE_COUNT } FrameMode;

/* In the order in which they can begin and end a frame. */
typedef enum FrameBoundKind {
    FRAME_UNBOUNDED_PRECEDING,
    FRAME_PRECEDING,
    FRAME_CURRENT_ROW,
    FRAME_FOLLOWING,
    FRAME_UNBOUNDED_FOLLOWING,
    FRAME_BOUND_COUNT
} FrameBoundKind;

typedef enum FrameExclusion {
    FRAME_EXCLUDE_NOTHING,
    FRAME_EXCLUDE_CURRENT_ROW,
    FRAME_EXCLUDE_GROUP, /* the current row and its peers */
    FRAME_EXCLUDE_TIES,  /* the current row's peers */
    FRAME_EXCLUSION_COUNT
} FrameExclusion;

/* PRECEDING and FOLLOWING are by an offset: of rows or groups, or in RANGE a distance from the only order
 * key's value. The distance is a constant, never negative: an int8 where the key is an integer, a numeric of
 * the key's scale, a float8, or an interval (for dates, times and intervals). */
typedef struct FrameBound {
    FrameBoundKind kind;
    int64_t offset;
    struct Expr *distance;
} FrameBound;

typedef struct WindowFrame {
    FrameMode mode;
    FrameBound start;
    FrameBound end;
    FrameExclusion exclusion;
} WindowFrame;

/* What every row sees alike: all of its partition. */
bool window_frame_is_whole(const WindowFrame *frame);

const char *window_function_name(WindowFunction function);
/* WINDOW_FUNCTION_COUNT where no function (aggregates aside) has that name. */
WindowFunction window_function_by_name(const char *name);
void window_function_arity(WindowFunction function, uint32_t *least, uint32_t *most);
TypeId window_function_result(WindowFunction function);

/* Whether the function gives the first rows of a partition what it gives them among all of its rows. */
bool window_function_looks_back(WindowFunction function);

#endif
