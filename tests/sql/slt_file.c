#include "slt_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- lists
 * -------------------------------------------------------------------------------------------------------------
 */

static void *
grown(void *array, size_t count, size_t *capacity, size_t width)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    void *larger = realloc(array, *capacity * width);
    if (larger == NULL)
        abort();
    return larger;
}

void
slt_list_add(SltList *list, const char *text, size_t size)
{
    list->at = grown(list->at, list->count, &list->capacity, sizeof *list->at);
    list->at[list->count] = strndup(text, size);
    if (list->at[list->count++] == NULL)
        abort();
}

static int
compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void
slt_list_sort(SltList *list)
{
    if (list->count > 1)
        qsort(list->at, list->count, sizeof *list->at, compare_texts);
}

bool
slt_list_equal(const SltList *a, const SltList *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->at[i], b->at[i]) != 0)
            return false;
    return true;
}

void
slt_list_free(SltList *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->at[i]);
    free(list->at);
    *list = (SltList){0};
}

/* --- reading
 * -----------------------------------------------------------------------------------------------------------
 */

static bool
read_lines(SltFile *file)
{
    FILE *in = fopen(file->path, "re");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t size;

    if (in == NULL) {
        fprintf(stderr, "slt: cannot open %s: %s\n", file->path, strerror(errno));
        return false;
    }
    while ((size = getline(&line, &capacity, in)) >= 0)
        slt_list_add(&file->lines, line, (size_t)size - (size > 0 && line[size - 1] == '\n'));
    free(line);
    fclose(in);
    return true;
}

static bool
wrong(const SltFile *file, size_t line, const char *what)
{
    fprintf(stderr, "%s:%zu: %s\n", file->path, line + 1, what);
    return false;
}

static bool
read_statement_head(const SltFile *file, SltRecord *record, char *rest)
{
    const char *outcome = strtok(rest, " ");
    const char *sqlstate = strtok(NULL, " ");
    const char *at = strtok(NULL, " ");
    const char *position = strtok(NULL, " ");

    if (outcome != NULL && strcmp(outcome, "count") == 0) {
        record->counted = true;
        record->affected =
            sqlstate != NULL ? strtoll(sqlstate, NULL, 10) : -1; /* of a new record, to be rewritten */
        return true;
    }
    if (outcome == NULL || (strcmp(outcome, "ok") != 0 && strcmp(outcome, "error") != 0))
        return wrong(file, record->header, "statement what? ok, count or error");
    record->fails = outcome[0] == 'e';
    if (sqlstate != NULL && (!record->fails || strlen(sqlstate) != 5))
        return wrong(file, record->header, "an error's SQLSTATE has five characters");
    if (sqlstate != NULL)
        memcpy(record->sqlstate, sqlstate, 6);
    if (at != NULL && (strcmp(at, "at") != 0 || position == NULL))
        return wrong(file, record->header, "after the SQLSTATE comes nothing, or: at POSITION");
    record->located = at != NULL;
    record->position = position == NULL ? 0 : (int32_t)strtol(position, NULL, 10);
    return true;
}

static bool
read_query_head(const SltFile *file, SltRecord *record, char *rest)
{
    static const char *const sorts[] = {"nosort", "rowsort", "valuesort"};
    const char *types = strtok(rest, " ");
    const char *sort = strtok(NULL, " ");
    const char *label = strtok(NULL, " ");

    if (types == NULL || strspn(types, "IRTB") != strlen(types) || strlen(types) >= sizeof record->types)
        return wrong(file, record->header, "types are letters of I, R, T and B, one a column");
    strcpy(record->types, types);
    for (SltSort i = SLT_NOSORT; sort != NULL && i <= SLT_VALUESORT; i++) {
        if (strcmp(sort, sorts[i]) == 0) {
            record->sort = i;
            sort = NULL;
        }
    }
    if (sort != NULL)
        return wrong(file, record->header, "sort is one of nosort, rowsort and valuesort");
    if (label != NULL)
        snprintf(record->label, sizeof record->label, "%s", label);
    return true;
}

/* The SQL: lines up to an empty one or `----`. Returns the line that ends it. */
static size_t
read_sql(const SltFile *file, size_t line, char **sql)
{
    size_t size = 0;
    FILE *text = open_memstream(sql, &size);

    for (; line < file->lines.count; line++) {
        const char *at = file->lines.at[line];
        if (at[0] == '\0' || strcmp(at, "----") == 0)
            break;
        fprintf(text, "%s%s", ftell(text) > 0 ? "\n" : "", at);
    }
    fclose(text);
    return line;
}

static bool
read_record(SltFile *file, size_t *line, SltReaders readers)
{
    SltRecord record = {.header = *line, .readers = readers};
    char head[256];

    snprintf(head, sizeof head, "%s", file->lines.at[*line]);
    record.query = strncmp(head, "query ", 6) == 0;
    if (!record.query && strncmp(head, "statement ", 10) != 0)
        return wrong(file, *line, "neither statement nor query");
    if (!(record.query ? read_query_head(file, &record, head + 6)
                       : read_statement_head(file, &record, head + 10)))
        return false;
    *line = read_sql(file, *line + 1, &record.sql);
    if (record.query) {
        if (*line >= file->lines.count || strcmp(file->lines.at[*line], "----") != 0)
            return wrong(file, record.header, "a query needs ---- and what it returns");
        record.expected_first = ++*line;
        for (; *line < file->lines.count && file->lines.at[*line][0] != '\0'; ++*line)
            slt_list_add(&record.expected, file->lines.at[*line], strlen(file->lines.at[*line]));
    }
    file->records = grown(file->records, file->count, &file->capacity, sizeof *file->records);
    file->records[file->count++] = record;
    return true;
}

/* Narrow `readers` by an `onlyif NAME`, or a `skipif NAME`. */
static bool
read_condition(const SltFile *file, size_t line, SltReaders *readers)
{
    const bool only = strncmp(file->lines.at[line], "onlyif ", 7) == 0;
    const char *name = file->lines.at[line] + 7;

    if (!only && strcmp(name, "memory-limit") == 0) {
        readers->limited = false;
        return true;
    }
    const bool runnel = strcmp(name, "runnel") == 0;
    if (!runnel && strcmp(name, "postgresql") != 0)
        return wrong(file, line, "only runnel, postgresql and skipif memory-limit are known");
    readers->runnel &= runnel == only;
    readers->oracle &= runnel != only;
    return true;
}

bool
slt_file_read(SltFile *file, const char *path)
{
    const SltReaders everyone = {.runnel = true, .oracle = true, .limited = true};
    SltReaders readers = everyone;

    *file = (SltFile){0};
    snprintf(file->path, sizeof file->path, "%s", path);
    if (!read_lines(file))
        return false;
    for (size_t line = 0; line < file->lines.count;) {
        const char *at = file->lines.at[line];
        if (at[0] == '\0' || at[0] == '#') {
            line++;
        } else if (strncmp(at, "onlyif ", 7) == 0 || strncmp(at, "skipif ", 7) == 0) {
            if (!read_condition(file, line++, &readers))
                return false;
        } else {
            if (!read_record(file, &line, readers))
                return false;
            readers = everyone;
        }
    }
    return true;
}

void
slt_file_free(SltFile *file)
{
    for (size_t i = 0; i < file->count; i++) {
        free(file->records[i].sql);
        slt_list_free(&file->records[i].expected);
    }
    free(file->records);
    slt_list_free(&file->lines);
}

/* --- writing
 * -----------------------------------------------------------------------------------------------------------
 */

void
slt_file_write(const SltFile *file, const SltList *actual, const SltRefusal *refusals, FILE *out)
{
    size_t line = 0;

    for (size_t i = 0; i < file->count; i++) {
        const SltRecord *record = &file->records[i];
        for (; line < record->header; line++)
            fprintf(out, "%s\n", file->lines.at[line]);
        if (record->fails && refusals[i].sqlstate[0] != '\0') {
            fprintf(out, "statement error %s", refusals[i].sqlstate);
            if (record->located)
                fprintf(out, " at %d", (int)refusals[i].position);
            fputc('\n', out);
            line++;
        }
        if (record->counted && refusals[i].sqlstate[0] == '\0' && refusals[i].affected >= 0) {
            fprintf(out, "statement count %lld\n", (long long)refusals[i].affected);
            line++;
        }
        if (!record->query || actual[i].at == NULL)
            continue;
        for (; line < record->expected_first; line++)
            fprintf(out, "%s\n", file->lines.at[line]);
        for (size_t j = 0; j < actual[i].count; j++)
            fprintf(out, "%s\n", actual[i].at[j]);
        line += record->expected.count;
    }
    for (; line < file->lines.count; line++)
        fprintf(out, "%s\n", file->lines.at[line]);
}
