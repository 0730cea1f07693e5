/* Whether a WINDOW node that came over the wire fits its input. */
#include "plan/codec.h"

static bool
is_column(const PlanNode *input, int32_t column)
{
    return column == WINDOW_NO_COLUMN || (column >= 0 && (uint32_t)column < input->column_count);
}

/* The layout of distances from a key of that type. */
static Layout
distance_layout(Type key)
{
    switch (key.id) {
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8: return LAYOUT_I64;
    case TYPE_FLOAT4:
    case TYPE_FLOAT8: return LAYOUT_F64;
    case TYPE_NUMERIC: return LAYOUT_I128;
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
    case TYPE_INTERVAL: return LAYOUT_INTERVAL;
    default: return LAYOUT_COUNT;
    }
}

static bool
bound_is_sound(const PlanWindow *window, const PlanNode *input, FrameMode mode, const FrameBound *bound)
{
    if (bound->kind != FRAME_PRECEDING && bound->kind != FRAME_FOLLOWING)
        return true;
    if (mode != FRAME_RANGE)
        return bound->offset >= 0;
    return window->order_count == 1 && bound->distance != NULL && expr_is_constant(bound->distance) &&
           bound->distance->value != NULL &&
           type_layout(bound->distance->type) ==
               distance_layout(input->columns[window->order[0].column].type);
}

static bool
frame_is_sound(const PlanWindow *window, const PlanNode *input, const WindowFrame *frame)
{
    return frame->start.kind != FRAME_UNBOUNDED_FOLLOWING && frame->end.kind != FRAME_UNBOUNDED_PRECEDING &&
           bound_is_sound(window, input, frame->mode, &frame->start) &&
           bound_is_sound(window, input, frame->mode, &frame->end);
}

static bool
has_layout(const PlanNode *input, int32_t column, Layout layout)
{
    return column == WINDOW_NO_COLUMN || type_layout(input->columns[column].type) == layout;
}

static bool
own_call_is_sound(const PlanWindowCall *call, const PlanNode *input)
{
    const TypeId result = window_function_result(call->function);

    if (!is_column(input, call->value) || !is_column(input, call->number) ||
        !is_column(input, call->fallback))
        return false;
    if (!has_layout(input, call->number, LAYOUT_I32) ||
        !has_layout(input, call->fallback, type_layout(call->type)))
        return false;
    if (result != TYPE_UNKNOWN)
        return call->type.id == result;
    return call->value != WINDOW_NO_COLUMN && has_layout(input, call->value, type_layout(call->type));
}

static bool
call_is_sound(const PlanNode *node, const PlanNode *input, uint32_t index)
{
    const PlanWindowCall *call = &node->window.calls[index];

    if (!type_equal(node->columns[input->column_count + index].type, call->type) ||
        !frame_is_sound(&node->window, input, &call->frame))
        return false;
    if (call->function != WINDOW_AGGREGATE)
        return own_call_is_sound(call, input);
    return codec_rows_call_is_sound(&call->aggregate, input) && type_equal(call->aggregate.type, call->type);
}

bool
codec_window_is_sound(const PlanNode *node, const PlanNode *input)
{
    const PlanWindow *window = &node->window;

    if (node->column_count != input->column_count + window->call_count)
        return false;
    for (uint32_t i = 0; i < input->column_count; i++) {
        if (!type_equal(node->columns[i].type, input->columns[i].type))
            return false;
    }
    for (uint32_t i = 0; i < window->partition_count; i++) {
        if (window->partition[i] >= input->column_count)
            return false;
    }
    for (uint32_t i = 0; i < window->order_count; i++) {
        if (window->order[i].column >= input->column_count)
            return false;
    }
    for (uint32_t i = 0; i < window->call_count; i++) {
        if (!call_is_sound(node, input, i))
            return false;
    }
    return true;
}
