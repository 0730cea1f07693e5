#include "cli/output.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

bool
output_format_of(const char *name, OutputFormat *format)
{
    static const char *const names[] = {"table", "csv", "tsv", "json", "ndjson", "markdown"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            *format = (OutputFormat)i;
            return true;
        }
    return false;
}

/* --- streams
 * ---------------------------------------------------------------------------------------------------------
 */

static void
write_quoted(const char *text, size_t size, FILE *out)
{
    if (size > 0 && strpbrk(text, ",\"\r\n") == NULL) {
        fwrite(text, 1, size, out);
        return;
    }
    fputc('"', out);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"')
            fputc('"', out);
        fputc(text[i], out);
    }
    fputc('"', out);
}

/* As PostgreSQL's COPY text format has it. */
static void
write_tabbed(const char *text, size_t size, FILE *out)
{
    for (size_t i = 0; i < size; i++)
        switch (text[i]) {
        case '\t': fputs("\\t", out); break;
        case '\n': fputs("\\n", out); break;
        case '\r': fputs("\\r", out); break;
        case '\\': fputs("\\\\", out); break;
        default: fputc(text[i], out);
        }
}

static void
print_separated(runnel_result *result, bool tabs, FILE *out)
{
    const size_t count = runnel_result_column_count(result);
    void (*write)(const char *, size_t, FILE *) = tabs ? write_tabbed : write_quoted;

    for (size_t i = 0; i < count; i++) {
        const char *name = runnel_result_column_name(result, i);
        if (i > 0)
            fputc(tabs ? '\t' : ',', out);
        write(name, strlen(name), out);
    }
    fputc('\n', out);
    while (runnel_result_next(result)) {
        for (size_t i = 0; i < count; i++) {
            size_t size;
            const char *text = runnel_result_text(result, i, &size);
            if (i > 0)
                fputc(tabs ? '\t' : ',', out);
            if (text != NULL)
                write(text, size, out);
            else if (tabs)
                fputs("\\N", out);
        }
        fputc('\n', out);
    }
}

static void
write_json_name(const char *name, FILE *out)
{
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)name; *c != '\0'; c++)
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < 0x20)
            fprintf(out, "\\u%04x", *c);
        else
            fputc(*c, out);
    fputc('"', out);
}

/* Repeated names get _1, _2. */
static void
write_unique_name(const runnel_result *result, size_t column, FILE *out)
{
    const char *name = runnel_result_column_name(result, column);
    size_t before = 0;
    char text[256];

    for (size_t i = 0; i < column; i++)
        before += strcmp(runnel_result_column_name(result, i), name) == 0;
    if (before == 0) {
        write_json_name(name, out);
        return;
    }
    snprintf(text, sizeof text, "%s_%zu", name, before);
    write_json_name(text, out);
}

static void
print_json(runnel_result *result, bool lines, FILE *out)
{
    const size_t count = runnel_result_column_count(result);
    bool first = true;

    if (!lines)
        fputc('[', out);
    while (runnel_result_next(result)) {
        if (!lines)
            fputs(first ? "\n" : ",\n", out);
        first = false;
        fputc('{', out);
        for (size_t i = 0; i < count; i++) {
            if (i > 0)
                fputc(',', out);
            write_unique_name(result, i, out);
            fputc(':', out);
            fputs(runnel_result_json(result, i, NULL), out);
        }
        fputs(lines ? "}\n" : "}", out);
    }
    if (!lines)
        fputs(first ? "]\n" : "\n]\n", out);
}

/* --- tables
 * ----------------------------------------------------------------------------------------------------------
 */

typedef struct TextTable {
    size_t columns;
    size_t rows;
    char **cells; /* rows × columns; NULL: NULL */
    size_t capacity;
    size_t *widths;
    bool *numbers; /* to the right */
} TextTable;

static size_t
text_width(const char *text)
{
    size_t width = 0;

    for (const char *at = text; *at != '\0';) {
        utf8proc_int32_t character;
        const utf8proc_ssize_t step = utf8proc_iterate((const utf8proc_uint8_t *)at, -1, &character);
        if (step <= 0) {
            at++;
            width++;
            continue;
        }
        width += (size_t)utf8proc_charwidth(character);
        at += step;
    }
    return width;
}

/* Control characters would break the lines. */
static char *
printable(const char *text, size_t size, bool markdown)
{
    char *copy = memory_alloc_zero(1, 2 * size + 1);
    char *to = copy;

    for (size_t i = 0; i < size; i++) {
        const char *escape = text[i] == '\n'              ? "\\n"
                             : text[i] == '\r'            ? "\\r"
                             : text[i] == '\t'            ? "\\t"
                             : markdown && text[i] == '|' ? "\\|"
                                                          : NULL;
        if (escape != NULL)
            to = stpcpy(to, escape);
        else
            *to++ = (unsigned char)text[i] < 0x20 ? '?' : text[i];
    }
    return copy;
}

static bool
is_number_type(const char *type)
{
    static const char *const numbers[] = {"smallint", "integer",          "bigint",
                                          "real",     "double precision", "numeric"};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strncmp(type, numbers[i], strlen(numbers[i])) == 0 && strstr(type, "[]") == NULL)
            return true;
    return false;
}

static void
read_table(runnel_result *result, bool markdown, TextTable *table)
{
    table->columns = runnel_result_column_count(result);
    table->widths = MEMORY_ARRAY(size_t, table->columns + 1);
    table->numbers = MEMORY_ARRAY(bool, table->columns + 1);
    for (size_t i = 0; i < table->columns; i++) {
        table->widths[i] = text_width(runnel_result_column_name(result, i));
        table->numbers[i] = is_number_type(runnel_result_column_type(result, i));
    }
    while (runnel_result_next(result)) {
        if ((table->rows + 1) * table->columns > table->capacity) {
            table->capacity = (table->rows + 16) * table->columns * 2;
            table->cells = memory_resize(table->cells, table->capacity, sizeof *table->cells);
        }
        for (size_t i = 0; i < table->columns; i++) {
            size_t size;
            const char *text = runnel_result_text(result, i, &size);
            char *cell = text != NULL ? printable(text, size, markdown) : NULL;
            const size_t width = cell != NULL ? text_width(cell) : 0;
            table->cells[table->rows * table->columns + i] = cell;
            if (width > table->widths[i])
                table->widths[i] = width;
        }
        table->rows++;
    }
}

static void
print_cell(const char *text, size_t width, bool right, FILE *out)
{
    const size_t own = text_width(text);

    for (size_t i = own; right && i < width; i++)
        fputc(' ', out);
    fputs(text, out);
    for (size_t i = own; !right && i < width; i++)
        fputc(' ', out);
}

/* Each row a paragraph, as psql's \x has it. */
static void
print_expanded(runnel_result *result, FILE *out)
{
    const size_t count = runnel_result_column_count(result);
    size_t names = 0;
    size_t rows = 0;

    for (size_t i = 0; i < count; i++) {
        const size_t width = text_width(runnel_result_column_name(result, i));
        names = width > names ? width : names;
    }
    while (runnel_result_next(result)) {
        fprintf(out, "-[ RECORD %zu ]-\n", ++rows);
        for (size_t i = 0; i < count; i++) {
            size_t size;
            const char *text = runnel_result_text(result, i, &size);
            char *cell = text != NULL ? printable(text, size, false) : NULL;
            print_cell(runnel_result_column_name(result, i), names, false, out);
            fprintf(out, " | %s\n", cell != NULL ? cell : "");
            free(cell);
        }
    }
    if (rows == 0)
        fputs("(0 rows)\n", out);
}

static void
print_rule(const TextTable *table, bool markdown, FILE *out)
{
    for (size_t i = 0; i < table->columns; i++) {
        fputs(markdown ? "|" : i == 0 ? "" : "+", out);
        for (size_t j = 0; j < table->widths[i] + 2; j++)
            fputc(markdown && table->numbers[i] && j == table->widths[i] + 1 ? ':' : '-', out);
    }
    fputs(markdown ? "|\n" : "\n", out);
}

static void
print_table(runnel_result *result, bool markdown, FILE *out)
{
    TextTable table = {0};

    read_table(result, markdown, &table);
    for (size_t i = 0; i < table.columns; i++) {
        fputs(i == 0 ? (markdown ? "| " : " ") : " | ", out);
        print_cell(runnel_result_column_name(result, i), table.widths[i], false, out);
    }
    fputs(markdown ? " |\n" : "\n", out);
    print_rule(&table, markdown, out);
    for (size_t row = 0; row < table.rows; row++) {
        for (size_t i = 0; i < table.columns; i++) {
            char *cell = table.cells[row * table.columns + i];
            fputs(i == 0 ? (markdown ? "| " : " ") : " | ", out);
            print_cell(cell != NULL ? cell : "", table.widths[i], table.numbers[i], out);
            free(cell);
        }
        fputs(markdown ? " |\n" : "\n", out);
    }
    if (!markdown)
        fprintf(out, "(%zu row%s)\n", table.rows, table.rows == 1 ? "" : "s");
    free(table.cells);
    free(table.widths);
    free(table.numbers);
}

bool
output_print(runnel_result *result, OutputFormat format, FILE *out)
{
    switch (format) {
    case OUTPUT_TABLE:
    case OUTPUT_MARKDOWN: print_table(result, format == OUTPUT_MARKDOWN, out); break;
    case OUTPUT_EXPANDED: print_expanded(result, out); break;
    case OUTPUT_CSV:
    case OUTPUT_TSV: print_separated(result, format == OUTPUT_TSV, out); break;
    case OUTPUT_JSON:
    case OUTPUT_NDJSON: print_json(result, format == OUTPUT_NDJSON, out); break;
    }
    return runnel_result_error(result) == NULL && fflush(out) == 0 && !ferror(out);
}
