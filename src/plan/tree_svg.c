/* The query tree as a picture: root above, leaves below, a box a node. Made of the tree's JSON, which is what
 * is kept of queries that have ended.
 *
 * The layout: leaves take columns from left to right, and every other node stands in the middle above its
 * first and last child. Boxes are of one width and subtrees of disjoint columns, so nothing overlaps. */
#include "plan/tree_parts.h"

#include <cjson/cJSON.h>
#include <string.h>

enum {
    BOX_WIDTH = 268,
    BOX_GAP = 20,
    ROW_GAP = 34,
    LINE_HEIGHT = 16,
    PADDING = 10,
    MARGIN = 24,
    HEADING = 28,
    CHARACTERS = 36, /* of a line */
    PLACES_SHOWN = 5,
    DEPTH_MAX = 1000,
    COLOURS = 6
};

typedef struct SvgBox {
    const cJSON *node;
    struct SvgBox **children;
    uint32_t child_count;
    uint32_t depth;
    double x; /* of its left side */
    uint32_t line_count;
    Buffer lines; /* elements of text, without their places: one a line, each ended by NUL */
} SvgBox;

typedef struct Svg {
    Arena *arena;
    uint32_t leaves;
    uint32_t depth;                /* rows */
    double heights[DEPTH_MAX + 1]; /* of rows */
    Buffer *out;
} Svg;

static const char style[] =
    "<style>"
    "text{font:12px system-ui,sans-serif;fill:#1c2330}"
    ".t{font-weight:600}.q{fill:#566070}.p{font-family:ui-monospace,monospace;font-size:11px}"
    "rect{fill:#fff;stroke:#b6bfcc}path{fill:none;stroke:#8a94a6;stroke-width:1.5}"
    ".r rect{stroke-dasharray:4 3}"
    ".bg{fill:#f5f7fa;stroke:none}"
    ".s0{fill:#3b6fd4}.s1{fill:#2f9a68}.s2{fill:#c77c1e}.s3{fill:#9a4fc0}.s4{fill:#c4466a}.s5{fill:#2793a8}"
    ".sn{fill:#8a94a6}.bar{stroke:none}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e8ef}.q{fill:#9aa5b5}rect{fill:#1f2630;stroke:#465061}"
    ".bg{fill:#141920}path{stroke:#66718a}}"
    "</style>";

/* --- text
 * ------------------------------------------------------------------------------------------------------------
 */

/* What XML does not allow in a text becomes a blank. */
static void
append_escaped(const char *text, Buffer *out)
{
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '&')
            buffer_append_string(out, "&amp;");
        else if (c == '<')
            buffer_append_string(out, "&lt;");
        else if (c == '>')
            buffer_append_string(out, "&gt;");
        else if (c == '"')
            buffer_append_string(out, "&quot;");
        else if (strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0)
            text += 2;
        else
            buffer_append_char(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
}

static const char *
string_of(const cJSON *node, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(node, name));

    return text != NULL ? text : "";
}

static double
number_of(const cJSON *node, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, name);

    return cJSON_IsNumber(item) && item->valuedouble > 0 ? item->valuedouble : 0;
}

static void
add_line(SvgBox *box, const char *class, const char *text)
{
    Buffer line = {0};

    tree_format_short(text, CHARACTERS, &line);
    buffer_append_format(&box->lines, "class=\"%s\">", class);
    append_escaped(buffer_text(&line), &box->lines);
    buffer_append_char(&box->lines, '\0');
    box->line_count++;
    buffer_destroy(&line);
}

static void
add_rows(SvgBox *box)
{
    Buffer line = {0};
    const double estimated = number_of(box->node, "estimated_rows");
    const double in = number_of(box->node, "rows_in");
    /* Who asked takes all rows and counts none. */
    const bool asked = cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(box->node, "stage"));
    const double out = asked ? in : number_of(box->node, "rows_out");

    if (in != out) {
        tree_format_count((uint64_t)in, &line);
        buffer_append_string(&line, " → ");
    }
    tree_format_count((uint64_t)out, &line);
    buffer_append_string(&line, " rows");
    if (estimated > 0 && estimated < 1e15) {
        buffer_append_string(&line, ", estimated ");
        tree_format_count((uint64_t)estimated, &line);
    }
    add_line(box, "q", buffer_text(&line));
    buffer_destroy(&line);
}

static void
add_work(SvgBox *box)
{
    static const struct {
        const char *member, *unit;
    } sizes[] = {{"bytes", ""}, {"memory_bytes", " memory"}, {"spilled_bytes", " spilled"}};
    Buffer line = {0};

    tree_format_time((uint64_t)(number_of(box->node, "time_ms") * 1e6), &line);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const double bytes = number_of(box->node, sizes[i].member);
        if (bytes == 0)
            continue;
        buffer_append_string(&line, ", ");
        tree_format_bytes((uint64_t)bytes, &line);
        buffer_append_string(&line, sizes[i].unit);
    }
    add_line(box, "q", buffer_text(&line));
    buffer_destroy(&line);
}

/* --- where it ran
 * ---------------------------------------------------------------------------------------------------- */

typedef struct SvgPlace {
    const char *name;
    uint32_t tasks;
    double rows;
} SvgPlace;

static uint32_t
collect_places(const Svg *svg, const cJSON *instances, SvgPlace **collected)
{
    SvgPlace *places = ARENA_ARRAY(svg->arena, SvgPlace, (size_t)cJSON_GetArraySize(instances) + 1);
    const cJSON *instance;
    uint32_t count = 0;

    cJSON_ArrayForEach(instance, instances)
    {
        const char *name = string_of(instance, "node");
        uint32_t at = 0;
        while (at < count && strcmp(places[at].name, name) != 0)
            at++;
        if (at == count)
            places[count++] = (SvgPlace){.name = name};
        places[at].tasks++;
        places[at].rows += number_of(instance, "rows_out");
    }
    *collected = places;
    return count;
}

static void
add_places(const Svg *svg, SvgBox *box, const cJSON *instances)
{
    SvgPlace *places;
    const uint32_t count = collect_places(svg, instances, &places);

    for (uint32_t i = 0; i < count && i < PLACES_SHOWN; i++) {
        Buffer line = {0};
        buffer_append_format(&line, "%s: %u %s, ", places[i].name, places[i].tasks,
                             places[i].tasks == 1 ? "task" : "tasks");
        tree_format_count((uint64_t)places[i].rows, &line);
        buffer_append_string(&line, " rows");
        add_line(box, "p", buffer_text(&line));
        buffer_destroy(&line);
    }
    if (count > PLACES_SHOWN)
        add_line(box, "p", arena_format(svg->arena, "and %u more", count - PLACES_SHOWN));
}

/* --- boxes
 * ----------------------------------------------------------------------------------------------------------
 */

static void
describe(const Svg *svg, SvgBox *box)
{
    const cJSON *node = box->node;
    const cJSON *instances = cJSON_GetObjectItemCaseSensitive(node, "instances");
    const cJSON *stage = cJSON_GetObjectItemCaseSensitive(node, "stage");
    const cJSON *ref = cJSON_GetObjectItemCaseSensitive(node, "ref");
    const char *predicate = string_of(node, "predicate");

    if (ref != NULL) {
        add_line(box, "t", arena_format(svg->arena, "the same as node %d", ref->valueint));
        return;
    }
    add_line(box, "t",
             cJSON_IsNumber(stage)
                 ? arena_format(svg->arena, "%s  (stage %d)", string_of(node, "type"), stage->valueint)
                 : string_of(node, "type"));
    if (*string_of(node, "label") != '\0')
        add_line(box, "p", string_of(node, "label"));
    if (*predicate != '\0')
        add_line(box, "p", arena_format(svg->arena, "where %s", predicate));
    if (cJSON_GetArraySize(instances) > 0) {
        add_rows(box);
        add_work(box);
        add_places(svg, box, instances);
    }
}

static double
height_of(const SvgBox *box)
{
    return box->line_count * LINE_HEIGHT + 2 * PADDING;
}

/* Lays out the tree below a node; NULL: it is deeper than any plan. */
static SvgBox *
lay_out(Svg *svg, const cJSON *node, uint32_t depth)
{
    const cJSON *children = cJSON_GetObjectItemCaseSensitive(node, "children");
    SvgBox *box = ARENA_NEW(svg->arena, SvgBox);
    const cJSON *child;

    if (depth > DEPTH_MAX)
        return NULL;
    box->node = node;
    box->depth = depth;
    box->children = ARENA_ARRAY(svg->arena, SvgBox *, (size_t)cJSON_GetArraySize(children) + 1);
    describe(svg, box);
    if (depth >= svg->depth)
        svg->depth = depth + 1;
    if (height_of(box) > svg->heights[depth])
        svg->heights[depth] = height_of(box);
    cJSON_ArrayForEach(child, children)
    {
        SvgBox *below = lay_out(svg, child, depth + 1);
        if (below != NULL)
            box->children[box->child_count++] = below;
    }
    if (box->child_count == 0)
        box->x = svg->leaves++ * (double)(BOX_WIDTH + BOX_GAP) + MARGIN;
    else
        box->x = (box->children[0]->x + box->children[box->child_count - 1]->x) / 2;
    return box;
}

static double
top_of(const Svg *svg, uint32_t depth)
{
    double y = MARGIN + HEADING;

    for (uint32_t i = 0; i < depth; i++)
        y += svg->heights[i] + ROW_GAP;
    return y;
}

static void
draw_edge(const Svg *svg, const SvgBox *parent, const SvgBox *child)
{
    const double from_x = child->x + BOX_WIDTH / 2.0;
    const double from_y = top_of(svg, child->depth);
    const double to_x = parent->x + BOX_WIDTH / 2.0;
    const double to_y = top_of(svg, parent->depth) + height_of(parent);
    const double middle = from_y - ROW_GAP / 2.0;

    buffer_append_format(svg->out, "<path d=\"M%.0f %.0fC%.0f %.0f %.0f %.0f %.0f %.0fV%.0f\"/>", from_x,
                         from_y, from_x, middle, to_x, middle, to_x, from_y - ROW_GAP, to_y);
}

static void
draw_tooltip(const Svg *svg, const cJSON *node)
{
    buffer_append_string(svg->out, "<title>");
    append_escaped(string_of(node, "type"), svg->out);
    buffer_append_char(svg->out, ' ');
    append_escaped(string_of(node, "label"), svg->out);
    if (*string_of(node, "predicate") != '\0') {
        buffer_append_string(svg->out, " where ");
        append_escaped(string_of(node, "predicate"), svg->out);
    }
    buffer_append_string(svg->out, "</title>");
}

static void
draw_box(const Svg *svg, SvgBox *box)
{
    const cJSON *stage = cJSON_GetObjectItemCaseSensitive(box->node, "stage");
    const double y = top_of(svg, box->depth);
    const char *line = box->lines.data;

    buffer_append_format(svg->out, "<g%s>", cJSON_HasObjectItem(box->node, "ref") ? " class=\"r\"" : "");
    draw_tooltip(svg, box->node);
    buffer_append_format(svg->out, "<rect x=\"%.0f\" y=\"%.0f\" width=\"%d\" height=\"%.0f\" rx=\"6\"/>",
                         box->x, y, BOX_WIDTH, height_of(box));
    buffer_append_format(svg->out,
                         "<rect x=\"%.0f\" y=\"%.0f\" width=\"5\" height=\"%.0f\" rx=\"2\" class=\"bar ",
                         box->x, y, height_of(box));
    if (cJSON_IsNumber(stage))
        buffer_append_format(svg->out, "s%d\"/>", stage->valueint % COLOURS);
    else
        buffer_append_string(svg->out, "sn\"/>");
    for (uint32_t i = 0; i < box->line_count; i++, line += strlen(line) + 1)
        buffer_append_format(svg->out, "<text x=\"%.0f\" y=\"%.0f\" %s</text>", box->x + PADDING + 4,
                             y + PADDING + 12 + i * (double)LINE_HEIGHT, line);
    buffer_append_string(svg->out, "</g>\n");
}

static void
draw(const Svg *svg, SvgBox *box)
{
    for (uint32_t i = 0; i < box->child_count; i++) {
        draw_edge(svg, box, box->children[i]);
        draw(svg, box->children[i]);
    }
    draw_box(svg, box);
    buffer_destroy(&box->lines);
}

bool
tree_render_svg(const char *json, Buffer *out)
{
    cJSON *tree = cJSON_Parse(json);
    const cJSON *root = cJSON_GetObjectItemCaseSensitive(tree, "root");

    if (!cJSON_IsObject(root)) {
        cJSON_Delete(tree);
        return false;
    }
    Arena *arena = arena_new(NULL);
    Svg *svg = ARENA_NEW(arena, Svg);
    svg->arena = arena;
    svg->out = out;
    SvgBox *box = lay_out(svg, root, 0);
    const double width = svg->leaves * (double)(BOX_WIDTH + BOX_GAP) - BOX_GAP + 2 * MARGIN;
    const double height = top_of(svg, svg->depth) - ROW_GAP + MARGIN;
    buffer_append_format(out,
                         "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                         "viewBox=\"0 0 %.0f %.0f\" role=\"img\">",
                         width, height, width, height);
    buffer_append_string(out, style);
    buffer_append_format(
        out, "<rect class=\"bg\" width=\"%.0f\" height=\"%.0f\"/><text class=\"t\" x=\"%d\" y=\"%d\">", width,
        height, MARGIN, MARGIN + 12);
    append_escaped(string_of(tree, "state"), out);
    buffer_append_string(out, "</text><text class=\"q\" x=\"90\" y=\"36\">");
    append_escaped(string_of(tree, "id"), out);
    buffer_append_string(out, "</text>\n");
    draw(svg, box);
    buffer_append_string(out, "</svg>\n");
    arena_destroy(&arena);
    cJSON_Delete(tree);
    return true;
}
