/* runnel functions: every function, operator, cast and aggregate of the registry, as the page
 * docs/FUNCTIONS.md. */
#include "cli/command.h"

#include "base/buffer.h"
#include "expr/aggregate.h"
#include "expr/function.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of a table, to be sorted. */
typedef struct Line {
    const char *name;
    char *text;
} Line;

typedef struct Lines {
    size_t count;
    Line *items;
} Lines;

static const char *
shown_type(TypeId id)
{
    return id == TYPE_UNKNOWN ? "any" : type_name(id);
}

/* Text of a table's cell: what would end the cell is marked. */
static void
append_cell(Buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            buffer_append_char(out, '\\');
        buffer_append_char(out, *text);
    }
}

static bool
is_operator(const char *name)
{
    return !isalpha((unsigned char)name[0]);
}

static void
append_signature(Buffer *out, const Function *function)
{
    if (is_operator(function->name)) {
        if (function->argument_count == 2)
            buffer_append_format(out, "%s ", shown_type(function->arguments[0]));
        append_cell(out, function->name);
        buffer_append_format(out, " %s", shown_type(function->arguments[function->argument_count - 1]));
        return;
    }
    buffer_append_format(out, "%s(", function->name);
    for (uint32_t i = 0; i < function->argument_count; i++)
        buffer_append_format(out, "%s%s", i > 0 ? ", " : "", shown_type(function->arguments[i]));
    buffer_append_string(out, function->flags & FUNCTION_VARIADIC ? ", …)" : ")");
}

static void
add_line(Lines *lines, const char *name, Buffer *text)
{
    size_t size;

    buffer_append_char(text, '\0');
    lines->items[lines->count++] = (Line){name, buffer_take(text, &size)};
}

static int
compare_lines(const void *left, const void *right)
{
    const Line *a = left;
    const Line *b = right;
    const int order = strcmp(a->name, b->name);

    return order != 0 ? order : strcmp(a->text, b->text);
}

static void
print_lines(const char *title, const char *introduction, Lines *lines)
{
    qsort(lines->items, lines->count, sizeof *lines->items, compare_lines);
    printf("\n## %s\n\n%s\n\n| call | result | what it is |\n| --- | --- | --- |\n", title, introduction);
    for (size_t i = 0; i < lines->count; i++) {
        if (i == 0 || strcmp(lines->items[i].text, lines->items[i - 1].text) != 0)
            fputs(lines->items[i].text, stdout);
    }
    for (size_t i = 0; i < lines->count; i++)
        free(lines->items[i].text);
    lines->count = 0;
}

static void
collect_functions(Lines *lines, bool operators)
{
    for (uint32_t i = 0; i < function_count(); i++) {
        const Function *function = function_at(i);
        Buffer text = {0};
        if (strcmp(function->name, "cast") == 0 || is_operator(function->name) != operators)
            continue;
        buffer_append_string(&text, "| `");
        append_signature(&text, function);
        buffer_append_format(&text, "` | %s | ", shown_type(function->result));
        append_cell(&text, function->description);
        buffer_append_format(&text, "%s |\n",
                             function->flags & FUNCTION_VOLATILE ? " (another one each row)" : "");
        add_line(lines, function->name, &text);
    }
}

static void
collect_aggregates(Lines *lines)
{
    for (uint32_t i = 0; i < aggregate_count(); i++) {
        const Aggregate *aggregate = aggregate_at(i);
        Buffer text = {0};
        buffer_append_format(&text, "| `%s(", aggregate->name);
        for (uint32_t a = 0; a < aggregate->argument_count; a++)
            buffer_append_format(&text, "%s%s", a > 0 ? ", " : "", shown_type(aggregate->arguments[a]));
        Type arguments[AGGREGATE_ARGUMENTS_MAX];
        Type result;
        for (uint32_t a = 0; a < AGGREGATE_ARGUMENTS_MAX; a++)
            arguments[a] = type_of(aggregate->arguments[a]);
        const bool any = aggregate->argument_count > 0 && aggregate->arguments[0] == TYPE_UNKNOWN;
        const bool known = !any && aggregate->result_type(arguments, &result);
        buffer_append_format(&text, "%s)` | %s | ", aggregate->argument_count == 0 ? "*" : "",
                             known ? type_name(result.id) : "any");
        append_cell(&text, aggregate->description);
        buffer_append_string(&text, " |\n");
        add_line(lines, aggregate->name, &text);
    }
}

/* Which types a type is cast to, and when: the first row between two types counts. */
static void
print_casts(void)
{
    printf("\n## Casts\n\nWritten `CAST(x AS type)` or `x::type`; those in *italics* are also made where a "
           "value is "
           "assigned, those in **bold** wherever one is wanted.\n\n| from | to |\n| --- | --- |\n");
    for (int from = TYPE_BOOL; from < TYPE_COUNT; from++) {
        bool any = false;
        for (int to = TYPE_BOOL; to < TYPE_COUNT; to++) {
            uint32_t flags = 0;
            bool found = false;
            for (uint32_t i = 0; i < function_count(); i++) {
                const Function *function = function_at(i);
                if (strcmp(function->name, "cast") != 0 || function->arguments[0] != (TypeId)from ||
                    function->result != (TypeId)to)
                    continue;
                flags |= function->flags;
                found = true;
            }
            if (!found || from == to)
                continue;
            const char *mark = flags & FUNCTION_IMPLICIT ? "**" : flags & FUNCTION_ASSIGNMENT ? "*" : "";
            if (!any)
                printf("| %s | ", type_name((TypeId)from));
            printf("%s%s%s%s", any ? ", " : "", mark, type_name((TypeId)to), mark);
            any = true;
        }
        if (any)
            printf(" |\n");
    }
}

static const char head[] =
    "# Functions, operators, casts and aggregates\n"
    "\n"
    "Made by `runnel functions`; not edited by hand. All of them answer as PostgreSQL 15 does, with its "
    "SQLSTATEs, but for what\n"
    "is written below and in `src/expr/README.md`. `any` stands for a value of any type; a numeric result "
    "has the digits that\n"
    "its arguments give it.\n"
    "\n"
    "The grammar's own forms are calls of these: `EXTRACT(field FROM x)` is `extract_field(x)`, `x AT TIME "
    "ZONE z` is\n"
    "`timezone(z, x)`, `POSITION(a IN b)` is `position(b, a)`, `x LIKE p` is `x ~~ p`, `x SIMILAR TO p` is\n"
    "`x ~ similar_to_escape(p)`, `f(p) WITHIN GROUP (ORDER BY x)` is `f(x, p, descending)`;\n"
    "`rank(v)`, `dense_rank(v)`, `percent_rank(v)` and `cume_dist(v)` WITHIN GROUP are counted.\n"
    "`CASE`, `COALESCE`, `IN`, `BETWEEN`, `AND`, `OR`, `pg_typeof(x)`, `version()`, `current_schema`, "
    "`current_database()`,\n"
    "`generate_series(start, stop[, step])`, `unnest(array)`, `json_array_elements(json)`, `json_each(json)` "
    "and other functions that give\n"
    "rows, `json_agg(x)`, `json_object_agg(name, x)` and the window functions are the language's own.\n"
    "\n"
    "| where it differs from PostgreSQL 15 | |\n"
    "| --- | --- |\n"
    "| numeric | 38 digits, no NaN, no infinity; a column's scale is fixed, so results of functions over "
    "columns have 16 "
    "places where PostgreSQL's scale depends on the value (those of constants have PostgreSQL's) |\n"
    "| regular expressions | translated for PCRE2; of several matches at one place the longest is taken as "
    "in PostgreSQL, but "
    "which text a group has is PCRE2's choice, and so is the greediness of a whole branch |\n"
    "| text | ordered by bytes: `COLLATE` knows \"C\" and \"POSIX\"; upper and lower case are Unicode's |\n"
    "| `string_agg`, `array_agg`, `json_agg` and their kin without ORDER BY | in the order of the values, so "
    "that the "
    "answer is one |\n"
    "| `json` functions | take `text`, too, and check it each time; two literals are text; nested deeper "
    "than 512 "
    "levels is 54001; `->` of json does not mind a `\\u0000` elsewhere |\n"
    "| records | in them -0 is 0, intervals are equal where they read the same, `jsonb` is compared as text; "
    "a "
    "literal in ROW(…) is text |\n"
    "| `jsonb` | kept as the text that PostgreSQL shows; ORDER BY of a DISTINCT, a set operation or VALUES "
    "does not "
    "take it (0A000); GROUP BY and DISTINCT tell 1.0 from 1; an "
    "exponent "
    "beyond 400 is 22003 |\n"
    "| `corr`, `regr_*`, `covar_*` | from exact sums, rounded once: PostgreSQL's last digits may be off |\n"
    "| `approx_count_distinct` | HyperLogLog with 4,096 registers: a standard error of 1.6 %, exact up to 64 "
    "|\n"
    "| `approx_quantile(x, p)` | at most 0.4 % of the value away from `percentile_disc` |\n"
    "| `any_value` | PostgreSQL 16's: the least value |\n"
    "| not supported (0A000) | time with time zone, arrays that do not begin at 1 |\n"
    "| left out | `setseed`: statements stand for themselves |\n";

static const char usage[] =
    "Usage: runnel functions [OPTION]...\n"
    "Print every function, operator, cast and aggregate, as docs/FUNCTIONS.md has them.\n\n"
    "      --help, --version\n";

int
command_functions(int argc, char **argv)
{
    static const struct option long_options[] = {OPTION_COMMON};
    const int option = getopt_long(argc, argv, "", long_options, NULL);

    if (option == OPTION_HELP)
        return command_help(usage);
    if (option == OPTION_VERSION)
        return command_version();
    if (option != -1)
        return command_wrong_usage("functions");
    if (optind < argc) {
        fprintf(stderr, "runnel functions: unexpected argument '%s'\n", argv[optind]);
        return EXIT_USAGE;
    }
    Lines lines = {.items = calloc((size_t)function_count() + aggregate_count() + 1, sizeof(Line))};
    if (lines.items == NULL)
        return EXIT_FAILED;
    fputs(head, stdout);
    collect_functions(&lines, false);
    print_lines("Functions", "Overloads stand a line each.", &lines);
    collect_functions(&lines, true);
    print_lines("Operators", "By the text of the operator; one operand: a prefix.", &lines);
    collect_aggregates(&lines);
    print_lines("Aggregates", "All take `DISTINCT`, `ORDER BY` and `FILTER (WHERE …)`.", &lines);
    print_casts();
    free(lines.items);
    return EXIT_DONE;
}
