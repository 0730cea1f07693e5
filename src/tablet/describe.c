#include "tablet/reader.h"

static void
append_text(const ColumnBound *bound, Buffer *out)
{
    buffer_append_char(out, '"');
    for (uint32_t i = 0; i < bound->text.size; i++) {
        const unsigned char c = (unsigned char)bound->text.data[i];
        if (c < ' ' || c == '"' || c == '\\' || c == 0x7f)
            buffer_append_format(out, "\\x%02x", c);
        else
            buffer_append_char(out, (char)c);
    }
    buffer_append_string(out, bound->exact ? "\"" : "\"...");
}

/* The stored number: of dates and times what they are counted in, of numerics without their point. */
static void
append_integer(Int128 value, Buffer *out)
{
    char digits[48];
    size_t at = sizeof digits;
    UInt128 rest = value < 0 ? -(UInt128)value : (UInt128)value;

    do {
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        digits[--at] = '-';
    buffer_append(out, digits + at, sizeof digits - at);
}

static void
append_bound(Layout layout, const ColumnBound *bound, Buffer *out)
{
    if (!bound->known)
        buffer_append_string(out, "-");
    else if (layout == LAYOUT_VIEW)
        append_text(bound, out);
    else if (layout == LAYOUT_F64)
        buffer_append_format(out, "%.17g", bound->real);
    else
        append_integer(bound->integer, out);
}

static void
append_statistics(Layout layout, const ColumnStatistics *statistics, Buffer *out)
{
    buffer_append_format(out, "%llu nulls, min ", (unsigned long long)statistics->nulls);
    append_bound(layout, &statistics->min, out);
    buffer_append_string(out, ", max ");
    append_bound(layout, &statistics->max, out);
    if (statistics->has_nan)
        buffer_append_string(out, ", NaN");
}

static void
describe_blocks(const TabletReader *tablet, const TabletColumnFooter *column, Buffer *out)
{
    for (uint32_t i = 0; i < tablet->footer.block_count; i++) {
        const TabletPart *part = &column->blocks[i];
        buffer_append_format(
            out, "    block %u: %u rows, %s (%s), %u bytes at %llu", i,
            footer_rows_of_block(&tablet->footer, i), block_encoding_text((BlockEncoding)part->encoding),
            stream_kind_text((StreamKind)part->detail), part->stored, (unsigned long long)part->offset);
        if (part->compressed)
            buffer_append_format(out, " (zstd of %u)", part->size);
        buffer_append_string(out, ", ");
        append_statistics(type_layout(column->column.type), &column->block_statistics[i], out);
        buffer_append_char(out, '\n');
    }
}

/* "decimal (frame of reference) 60, integers (constant) 4": how many blocks have each encoding. */
static void
describe_encodings(const TabletReader *tablet, const TabletColumnFooter *column, Buffer *out)
{
    uint32_t counts[BLOCK_ENCODING_COUNT][STREAM_KIND_COUNT] = {{0}};
    const char *separator = "";

    for (uint32_t i = 0; i < tablet->footer.block_count; i++)
        counts[column->blocks[i].encoding][column->blocks[i].detail]++;
    for (unsigned i = 0; i < BLOCK_ENCODING_COUNT; i++) {
        for (unsigned j = 0; j < STREAM_KIND_COUNT; j++) {
            if (counts[i][j] == 0)
                continue;
            buffer_append_format(out, "%s%s (%s) %u", separator, block_encoding_text((BlockEncoding)i),
                                 stream_kind_text((StreamKind)j), counts[i][j]);
            separator = ", ";
        }
    }
}

void
tablet_describe(const TabletReader *tablet, bool blocks, Buffer *out)
{
    const TabletFooter *footer = &tablet->footer;

    buffer_append_format(out, "%s: %llu bytes, format %d, %llu rows in %u blocks of %u, %u columns\n",
                         tablet->source->name, (unsigned long long)tablet->source->size, TABLET_VERSION,
                         (unsigned long long)footer->rows, footer->block_count, footer->block_rows,
                         footer->column_count);
    for (uint32_t i = 0; i < footer->column_count; i++) {
        const TabletColumnFooter *column = &footer->columns[i];
        buffer_append_format(out, "  column %u \"%s\" ", column->column.id, column->column.name);
        type_format(column->column.type, out);
        buffer_append_format(out, ": %llu bytes; ", (unsigned long long)tablet_column_bytes(tablet, i));
        if (column->dictionary_count > 0)
            buffer_append_format(out, "dictionary of %u entries in %u bytes; ", column->dictionary_count,
                                 column->dictionary.stored);
        describe_encodings(tablet, column, out);
        buffer_append_format(out, "; about %llu distinct, ",
                             (unsigned long long)column->column.statistics.distinct);
        append_statistics(type_layout(column->column.type), &column->column.statistics, out);
        buffer_append_char(out, '\n');
        if (blocks)
            describe_blocks(tablet, column, out);
    }
}
