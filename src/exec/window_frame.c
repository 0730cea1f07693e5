#include "exec/window_frame.h"

static inline uint32_t
row_before(uint32_t row, int64_t offset, uint32_t first)
{
    return offset > (int64_t)row - first ? first : row - (uint32_t)offset;
}

static inline uint32_t
row_after(uint32_t row, int64_t offset, uint32_t end)
{
    return offset >= (int64_t)end - row ? end : row + (uint32_t)offset;
}

static void
rows_starts(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count)
{
    const FrameBound *bound = &cursor->frame->start;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = first + i;
        const uint32_t number = chunk->base + row;
        if (bound->kind == FRAME_PRECEDING)
            cursor->start[i] = row_before(number, bound->offset, chunk->partition_start[row]);
        else if (bound->kind == FRAME_FOLLOWING)
            cursor->start[i] = row_after(number, bound->offset, chunk->partition_end[row]);
        else
            cursor->start[i] = number;
    }
}

static void
rows_ends(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count)
{
    const FrameBound *bound = &cursor->frame->end;

    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = first + i;
        const uint32_t after = chunk->base + row + 1;
        if (bound->kind == FRAME_PRECEDING)
            cursor->end[i] = row_before(after, bound->offset, chunk->partition_start[row]);
        else if (bound->kind == FRAME_FOLLOWING)
            cursor->end[i] = row_after(after, bound->offset, chunk->partition_end[row]);
        else
            cursor->end[i] = after;
    }
}

/* Groups of the row's partition: [*first, *last], and the row's own. */
static inline uint32_t
groups_of(const WindowChunk *chunk, uint32_t row, uint32_t *first, uint32_t *last)
{
    *first = chunk->group[chunk->partition_start[row]];
    *last = chunk->group[chunk->partition_end[row] - 1];
    return chunk->group[row];
}

static void
groups_starts(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count)
{
    const FrameBound *bound = &cursor->frame->start;

    if (bound->kind == FRAME_CURRENT_ROW) {
        memcpy(cursor->start, chunk->peer_start + first, count * sizeof(uint32_t));
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = first + i;
        uint32_t lowest;
        uint32_t highest;
        const uint32_t group = groups_of(chunk, row, &lowest, &highest);
        if (bound->kind == FRAME_PRECEDING)
            cursor->start[i] = chunk->group_start[row_before(group, bound->offset, lowest)];
        else
            cursor->start[i] = chunk->group_start[row_after(group, bound->offset, highest + 1)];
    }
}

static void
groups_ends(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count)
{
    const FrameBound *bound = &cursor->frame->end;

    if (bound->kind == FRAME_CURRENT_ROW) {
        memcpy(cursor->end, chunk->peer_end + first, count * sizeof(uint32_t));
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = first + i;
        uint32_t lowest;
        uint32_t highest;
        const uint32_t group = groups_of(chunk, row, &lowest, &highest);
        if (bound->kind == FRAME_PRECEDING)
            cursor->end[i] = chunk->group_start[row_before(group + 1, bound->offset, lowest)];
        else
            cursor->end[i] = chunk->group_start[row_after(group + 1, bound->offset, highest + 1)];
    }
}

static bool
is_distance(const WindowFrame *frame, FrameBoundKind kind)
{
    return frame->mode == FRAME_RANGE && (kind == FRAME_PRECEDING || kind == FRAME_FOLLOWING);
}

static Status
find_starts(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count, Error *error)
{
    const WindowFrame *frame = cursor->frame;

    if (frame->start.kind == FRAME_UNBOUNDED_PRECEDING)
        memcpy(cursor->start, chunk->partition_start + first, count * sizeof(uint32_t));
    else if (is_distance(frame, frame->start.kind))
        return frame_distance_starts(cursor, chunk, first, count, error);
    else if (frame->mode == FRAME_ROWS)
        rows_starts(cursor, chunk, first, count);
    else
        groups_starts(cursor, chunk, first, count);
    return STATUS_OK;
}

static Status
find_ends(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count, Error *error)
{
    const WindowFrame *frame = cursor->frame;

    if (frame->end.kind == FRAME_UNBOUNDED_FOLLOWING)
        memcpy(cursor->end, chunk->partition_end + first, count * sizeof(uint32_t));
    else if (is_distance(frame, frame->end.kind))
        return frame_distance_ends(cursor, chunk, first, count, error);
    else if (frame->mode == FRAME_ROWS)
        rows_ends(cursor, chunk, first, count);
    else
        groups_ends(cursor, chunk, first, count);
    return STATUS_OK;
}

Status
frame_cursor_next(FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t count, Error *error)
{
    TRY(find_starts(cursor, chunk, first, count, error));
    TRY(find_ends(cursor, chunk, first, count, error));
    for (uint32_t i = 0; i < count; i++)
        cursor->end[i] = cursor->end[i] < cursor->start[i] ? cursor->start[i] : cursor->end[i];
    return STATUS_OK;
}

static void
add_range(uint32_t start, uint32_t end, RowRange *ranges, uint32_t *count)
{
    if (start < end)
        ranges[(*count)++] = (RowRange){start, end};
}

static inline uint32_t
least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static inline uint32_t
most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

uint32_t
frame_cursor_ranges(const FrameCursor *cursor, const WindowChunk *chunk, uint32_t first, uint32_t i,
                    RowRange ranges[FRAME_RANGES_MAX])
{
    const uint32_t start = cursor->start[i];
    const uint32_t end = cursor->end[i];
    const uint32_t row = chunk->base + first + i;
    const FrameExclusion exclusion = cursor->frame->exclusion;
    uint32_t count = 0;

    if (exclusion == FRAME_EXCLUDE_NOTHING) {
        add_range(start, end, ranges, &count);
        return count;
    }
    const bool alone = exclusion == FRAME_EXCLUDE_CURRENT_ROW;
    const uint32_t from = alone ? row : chunk->peer_start[first + i];
    const uint32_t to = alone ? row + 1 : chunk->peer_end[first + i];
    add_range(start, least(end, from), ranges, &count);
    if (exclusion == FRAME_EXCLUDE_TIES && row >= start && row < end)
        add_range(row, row + 1, ranges, &count);
    add_range(most(start, to), end, ranges, &count);
    return count;
}
