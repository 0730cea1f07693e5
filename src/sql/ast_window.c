/* OVER and WINDOW of libpg_query's tree → AstWindow. */
#include "sql/ast_read.h"

#include <string.h>

/* frameOptions: bits of PostgreSQL's parsenodes.h. */
enum {
    OPTION_WRITTEN = 0x1,
    OPTION_RANGE = 0x2,
    OPTION_ROWS = 0x4,
    OPTION_GROUPS = 0x8,
    OPTION_EXCLUDE_CURRENT_ROW = 0x8000,
    OPTION_EXCLUDE_GROUP = 0x10000,
    OPTION_EXCLUDE_TIES = 0x20000
};

static const struct {
    int64_t start;
    int64_t end;
    FrameBoundKind kind;
} bound_options[] = {{0x20, 0x40, FRAME_UNBOUNDED_PRECEDING},
                     {0x800, 0x1000, FRAME_PRECEDING},
                     {0x200, 0x400, FRAME_CURRENT_ROW},
                     {0x2000, 0x4000, FRAME_FOLLOWING},
                     {0x80, 0x100, FRAME_UNBOUNDED_FOLLOWING}};

static void
read_frame(AstReader *reader, const JsonNode *body, AstWindow *window)
{
    const int64_t options = json_integer(reader->json, read_field(reader, body, "frameOptions"));

    window->framed = (options & OPTION_WRITTEN) != 0;
    window->mode = (options & OPTION_ROWS) != 0     ? FRAME_ROWS
                   : (options & OPTION_GROUPS) != 0 ? FRAME_GROUPS
                                                    : FRAME_RANGE;
    for (size_t i = 0; i < sizeof bound_options / sizeof bound_options[0]; i++) {
        if ((options & bound_options[i].start) != 0)
            window->start.kind = bound_options[i].kind;
        if ((options & bound_options[i].end) != 0)
            window->end.kind = bound_options[i].kind;
    }
    if ((options & OPTION_EXCLUDE_CURRENT_ROW) != 0)
        window->exclusion = FRAME_EXCLUDE_CURRENT_ROW;
    else if ((options & OPTION_EXCLUDE_GROUP) != 0)
        window->exclusion = FRAME_EXCLUDE_GROUP;
    else if ((options & OPTION_EXCLUDE_TIES) != 0)
        window->exclusion = FRAME_EXCLUDE_TIES;
    window->start.offset = read_expr(reader, read_field(reader, body, "startOffset"));
    window->end.offset = read_expr(reader, read_field(reader, body, "endOffset"));
}

static void
read_definition(AstReader *reader, const JsonNode *body, AstWindow *window)
{
    window->name = read_text(reader, body, "name");
    window->reference = read_text(reader, body, "refname");
    window->position = read_position(reader, body);
    window->partition =
        read_exprs(reader, read_field(reader, body, "partitionClause"), &window->partition_count);
    window->sorts = read_sorts(reader, read_field(reader, body, "orderClause"), &window->sort_count);
    read_frame(reader, body, window);
}

const AstWindow *
read_window(AstReader *reader, const JsonNode *body)
{
    if (body == NULL)
        return NULL;

    AstWindow *window = ARENA_NEW(reader->arena, AstWindow);
    read_definition(reader, body, window);
    return window;
}

const AstWindow *
read_windows(AstReader *reader, const JsonNode *array, uint32_t *count)
{
    AstWindow *windows = ARENA_ARRAY(reader->arena, AstWindow, json_count(reader->json, array) + 1);

    *count = 0;
    for (const JsonNode *node = json_first(reader->json, array); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node))
        read_definition(reader, read_body(reader, node), &windows[(*count)++]);
    return windows;
}
