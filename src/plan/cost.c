#include "plan/cost.h"

static const double TEXT_BYTES = 24; /* a view and what it views, on average */
static const double BUILD_ROW_NS = 35;
static const double BUILD_BYTE_NS = 0.5;
static const double PROBE_CACHED_NS = 5;
static const double PROBE_SHARED_CACHE_NS = 12;
static const double PROBE_MEMORY_NS = 30;
static const double CORE_CACHE_BYTES = 1 << 20;
static const double SHARED_CACHE_BYTES = 32 << 20;
static const double PAIR_NS = 4;
static const double OUTPUT_ROW_NS = 6;
static const double MOVE_BYTE_NS = 1.5;
static const double STAGE_NS = 100000;
static const double TASK_NS = 40000;

double
cost_row_bytes(const PlanNode *node)
{
    double bytes = 0;

    for (uint32_t i = 0; i < node->column_count; i++) {
        const Layout layout = type_layout(node->columns[i].type);
        bytes += layout == LAYOUT_VIEW ? TEXT_BYTES : (double)layout_width(layout);
    }
    return bytes;
}

double
cost_build(double rows, double row_bytes)
{
    return rows * (BUILD_ROW_NS + row_bytes * BUILD_BYTE_NS);
}

double
cost_probe(double rows, double build_bytes)
{
    if (build_bytes <= CORE_CACHE_BYTES)
        return rows * PROBE_CACHED_NS;
    return rows * (build_bytes <= SHARED_CACHE_BYTES ? PROBE_SHARED_CACHE_NS : PROBE_MEMORY_NS);
}

double
cost_pairs(double left_rows, double right_rows)
{
    return left_rows * right_rows * PAIR_NS;
}

double
cost_output(double rows)
{
    return rows * OUTPUT_ROW_NS;
}

double
cost_move(double bytes)
{
    return bytes * MOVE_BYTE_NS;
}

double
cost_stage(double tasks)
{
    return STAGE_NS + tasks * TASK_NS;
}
