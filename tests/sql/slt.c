/* slt: run files of SQL tests (README.md has their form) against Runnel, embedded or over HTTP, or against
 * PostgreSQL to write down what it answers.
 *
 *     slt --data DIR|--url URL [--memory-limit BYTES] [--output FILE] FILE.slt…
 *     slt --psql COMMAND --rewrite FILE.slt…
 *
 * Ends with a line `N passed, N failed`, and 1 where something failed. */
#include "slt_run.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct Labelled {
    char label[64];
    SltList lines;
} Labelled;

typedef struct Runner {
    runnel_connection *connection;
    SltList tables; /* that the file has made */
    const char *psql;
    uint64_t memory_limit; /* of a statement; 0: the server's */
    FILE *output;
    bool rewrite;
    size_t passed;
    size_t failed;
    Labelled labels[64];
    size_t label_count;
} Runner;

/* Rows as lines; sorted, and with a value a line, as the record asks. */
static void
make_lines(const SltOutcome *outcome, SltSort sort, SltList *lines)
{
    const size_t columns = sort == SLT_VALUESORT ? 1 : outcome->columns;

    for (size_t i = 0; columns > 0 && i + columns <= outcome->values.count; i += columns) {
        char *line = NULL;
        size_t size = 0;
        FILE *text = open_memstream(&line, &size);
        for (size_t j = 0; j < columns; j++)
            fprintf(text, "%s%s", j > 0 ? "\t" : "", outcome->values.at[i + j]);
        fclose(text);
        slt_list_add(lines, line, size);
        free(line);
    }
    if (sort != SLT_NOSORT)
        slt_list_sort(lines);
}

static void
print_lines(const char *title, const SltList *lines)
{
    enum { SHOWN = 20 };

    fprintf(stderr, "  %s:\n", title);
    for (size_t i = 0; i < lines->count && i < SHOWN; i++)
        fprintf(stderr, "    %s\n", lines->at[i]);
    if (lines->count > SHOWN)
        fprintf(stderr, "    … %zu lines in all\n", lines->count);
}

static void
complain(const SltFile *file, const SltRecord *record, const char *what)
{
    fprintf(stderr, "%s:%zu: %s\n  %s\n", file->path, record->header + 1, what, record->sql);
}

/* Queries with the same label return the same. */
static bool
agrees_with_label(Runner *runner, const SltRecord *record, const SltList *lines)
{
    if (record->label[0] == '\0')
        return true;
    for (size_t i = 0; i < runner->label_count; i++)
        if (strcmp(runner->labels[i].label, record->label) == 0)
            return slt_list_equal(&runner->labels[i].lines, lines);
    if (runner->label_count == sizeof runner->labels / sizeof *runner->labels)
        return true;
    Labelled *added = &runner->labels[runner->label_count++];
    *added = (Labelled){0};
    snprintf(added->label, sizeof added->label, "%s", record->label);
    for (size_t i = 0; i < lines->count; i++)
        slt_list_add(&added->lines, lines->at[i], strlen(lines->at[i]));
    return true;
}

static bool
check_query(Runner *runner, const SltFile *file, const SltRecord *record, const SltOutcome *outcome,
            const SltList *lines)
{
    char what[1024];

    if (outcome->failed) {
        snprintf(what, sizeof what, "failed with %s: %s", outcome->refusal.sqlstate, outcome->message);
        complain(file, record, what);
        return false;
    }
    if (runner->psql == NULL && strcmp(outcome->types, record->types) != 0) {
        snprintf(what, sizeof what, "columns are %s, not %s", outcome->types, record->types);
        complain(file, record, what);
        return false;
    }
    if (!agrees_with_label(runner, record, lines)) {
        complain(file, record, "does not return what the first query of its label returned");
        return false;
    }
    if (runner->rewrite || slt_list_equal(lines, &record->expected))
        return true;
    complain(file, record, "other rows");
    print_lines("expected", &record->expected);
    print_lines("returned", lines);
    return false;
}

static bool
is_expected(const SltRecord *record, const SltRefusal *refusal)
{
    if (record->sqlstate[0] != '\0' && strcmp(record->sqlstate, refusal->sqlstate) != 0)
        return false;
    return record->position == 0 || record->position == refusal->position;
}

static bool
check_statement(const Runner *runner, const SltFile *file, const SltRecord *record, const SltOutcome *outcome)
{
    char what[1024];

    if (record->fails && outcome->failed && (runner->rewrite || is_expected(record, &outcome->refusal)))
        return true;
    if (!record->fails && !outcome->failed) {
        if (!record->counted || runner->rewrite || record->affected == outcome->affected)
            return true;
        snprintf(what, sizeof what, "expected %lld rows, got %lld", (long long)record->affected,
                 (long long)outcome->affected);
        complain(file, record, what);
        return false;
    }
    snprintf(what, sizeof what, "expected %s%s at %d, got %s at %d: %s", record->fails ? "error " : "success",
             record->sqlstate, (int)record->position, outcome->failed ? outcome->refusal.sqlstate : "success",
             (int)outcome->refusal.position, outcome->message);
    complain(file, record, what);
    return false;
}

static void
write_output(FILE *out, const SltRecord *record, const SltOutcome *outcome, const SltList *lines)
{
    fprintf(out, "# %zu %s\n", record->header + 1,
            outcome->failed ? outcome->refusal.sqlstate
            : record->query ? outcome->types
                            : "ok");
    if (!outcome->failed && !record->query &&
        outcome->columns == 0) /* EXPLAIN's lines depend on cluster and time */
        fprintf(out, "%lld\n", (long long)outcome->affected);
    for (size_t i = 0; record->query && i < lines->count; i++)
        fprintf(out, "%s\n", lines->at[i]);
}

/* The name that a CREATE TABLE gives, as it is written; false for other statements. */
static bool
find_created(const char *sql, const char **name, size_t *size)
{
    static const char create[] = "CREATE TABLE ", absent[] = "IF NOT EXISTS ";

    if (strncasecmp(sql, create, sizeof create - 1) != 0)
        return false;
    *name = sql + sizeof create - 1;
    if (strncasecmp(*name, absent, sizeof absent - 1) == 0)
        *name += sizeof absent - 1;
    *size = **name == '"' ? strcspn(*name + 1, "\"") + 2 : strcspn(*name, " (");
    return true;
}

/* Files may use the same names: each leaves nothing behind. */
static void
drop_tables(Runner *runner)
{
    SltOutcome outcome;
    char sql[256];

    for (size_t i = 0; i < runner->tables.count; i++) {
        snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS %s", runner->tables.at[i]);
        slt_run_runnel(runner->connection, sql, 0, &outcome);
        if (outcome.failed) {
            fprintf(stderr, "%s: %s\n", sql, outcome.message);
            runner->failed++;
        }
        slt_outcome_free(&outcome);
    }
    slt_list_free(&runner->tables);
}

static void
run_record(Runner *runner, const SltFile *file, const SltRecord *record, SltList *actual, SltRefusal *refusal)
{
    SltOutcome outcome;
    SltList lines = {0};
    const char *created;
    size_t created_size;

    if (runner->psql != NULL)
        slt_run_psql(runner->psql, record->sql, record->types, record->counted, &outcome);
    else
        slt_run_runnel(runner->connection, record->sql, runner->memory_limit, &outcome);
    if (runner->psql == NULL && !outcome.failed && find_created(record->sql, &created, &created_size))
        slt_list_add(&runner->tables, created, created_size);
    make_lines(&outcome, record->sort, &lines);
    const bool passed = record->query ? check_query(runner, file, record, &outcome, &lines)
                                      : check_statement(runner, file, record, &outcome);
    *(passed ? &runner->passed : &runner->failed) += 1;
    if (runner->output != NULL)
        write_output(runner->output, record, &outcome, &lines);
    if (record->query && passed) {
        *actual = lines;
        if (actual->at == NULL)
            actual->at = calloc(1, sizeof *actual->at);
    } else {
        *refusal = outcome.refusal;
        refusal->affected = outcome.affected;
        slt_list_free(&lines);
    }
    slt_outcome_free(&outcome);
}

static bool
replace_file(const SltFile *file, const SltList *actual, const SltRefusal *refusals)
{
    FILE *out = fopen(file->path, "we");

    if (out == NULL) {
        perror(file->path);
        return false;
    }
    slt_file_write(file, actual, refusals, out);
    return fclose(out) == 0;
}

static void
forget_labels(Runner *runner)
{
    for (size_t i = 0; i < runner->label_count; i++)
        slt_list_free(&runner->labels[i].lines);
    runner->label_count = 0;
}

static bool
is_for(const Runner *runner, SltReaders readers)
{
    if (runner->psql != NULL)
        return readers.oracle;
    return readers.runnel && (runner->memory_limit == 0 || readers.limited);
}

static void
run_file(Runner *runner, const char *path)
{
    SltFile file;

    if (!slt_file_read(&file, path)) {
        runner->failed++;
        slt_file_free(&file);
        return;
    }
    SltList *actual = calloc(file.count + 1, sizeof *actual);
    SltRefusal *refusals = calloc(file.count + 1, sizeof *refusals);
    for (size_t i = 0; i < file.count; i++)
        refusals[i].affected = -1; /* not run */
    const char *name = strrchr(path, '/');
    if (runner->output != NULL)
        fprintf(runner->output, "## %s\n", name != NULL ? name + 1 : path);
    for (size_t i = 0; i < file.count; i++)
        if (is_for(runner, file.records[i].readers))
            run_record(runner, &file, &file.records[i], &actual[i], &refusals[i]);
    if (runner->rewrite && !replace_file(&file, actual, refusals))
        runner->failed++;
    forget_labels(runner);
    drop_tables(runner);
    for (size_t i = 0; i < file.count; i++)
        slt_list_free(&actual[i]);
    free(actual);
    free(refusals);
    slt_file_free(&file);
}

static int
usage(void)
{
    fputs("Usage: slt --data=DIR|--url=URL [--memory-limit=BYTES] [--output=FILE] FILE.slt...\n"
          "       slt --psql=COMMAND --rewrite FILE.slt...\n",
          stderr);
    return 2;
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'},
                                            {"url", required_argument, NULL, 'u'},
                                            {"psql", required_argument, NULL, 'p'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"rewrite", no_argument, NULL, 'r'},
                                            {"memory-limit", required_argument, NULL, 'm'},
                                            {0}};
    Runner runner = {0};
    runnel_status status = RUNNEL_OK;

    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (c) {
        case 'd': status = runnel_open(optarg, NULL, &runner.connection); break;
        case 'u': status = runnel_connect(optarg, &runner.connection); break;
        case 'm': runner.memory_limit = strtoull(optarg, NULL, 10); break;
        case 'p': runner.psql = optarg; break;
        case 'o': runner.output = fopen(optarg, "we"); break;
        case 'r': runner.rewrite = true; break;
        default: return usage();
        }
    }
    if ((runner.connection == NULL && runner.psql == NULL) || optind == argc)
        return usage();
    if (status != RUNNEL_OK) {
        fprintf(stderr, "slt: %s\n", runnel_error_message(runnel_connection_error(runner.connection)));
        runnel_close(runner.connection);
        return 3;
    }
    for (int i = optind; i < argc; i++)
        run_file(&runner, argv[i]);
    if (runner.output != NULL)
        fclose(runner.output);
    if (runner.connection != NULL)
        runnel_close(runner.connection);
    printf("%zu passed, %zu failed\n", runner.passed, runner.failed);
    return runner.failed > 0;
}
