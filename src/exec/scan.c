/* SCAN: columns of tablets, block by block.
 *
 * A block that statistics prove empty is not touched. In the others the conjuncts are applied in turn, each
 * decoding only the columns that it adds and only where rows are left; the other columns are decoded last,
 * for the rows that passed all of them. A row window without rows left is not decoded any further. Below a
 * TOP_N its bound is a condition that comes before them. Deleted rows are left out before anything is
 * decoded. */
#include "exec/operators.h"

#include "exec/join_filter.h"
#include "exec/query_shared.h"
#include "expr/program.h"
#include "plan/prune.h"
#include "plan/row_id.h"
#include "tablet/deletions.h"

#include <stdlib.h>

enum { ORDINAL_NONE = -1, ORDINAL_ROW_ID = -2 };

typedef struct ScanColumn {
    int32_t ordinal; /* in the open tablet; NONE: it has no such column, all rows are NULL */
    ColumnCursor *cursor;
    bool decoded; /* for the window in hand */
} ScanColumn;

typedef struct Conjunct {
    Program *program;
    uint32_t *columns; /* that it reads */
    uint32_t column_count;
} Conjunct;

typedef struct Scan {
    Feed feed;
    const PlanScan *plan;
    const StageTask *work;
    Conjunct *conjuncts;
    ScanColumn *columns; /* one a read column */
    Vector *vectors;
    Vector *nulls; /* the constant NULL of each read column */
    Vector *output;
    Arena *constants;
    TabletReader *tablet;
    uint32_t range;     /* of the work, that is open or comes next */
    uint32_t block;     /* in the open tablet */
    uint32_t block_end; /* after the range's last */
    uint32_t window;    /* first row in the block to do next */
    uint32_t block_rows;
    bool in_block;
    uint64_t bytes_counted;
    const TopBound *bound; /* or NULL */
    SortKey bound_key;
    uint32_t bound_column; /* of the read ones */
    uint32_t filter_count; /* of joins above; their columns are of the read ones */
    JoinFilter filters[JOIN_FILTERS_MAX];
    uint32_t selections[2][BATCH_ROWS];
    uint32_t filter_selection[BATCH_ROWS];
    uint32_t bound_selection[BATCH_ROWS];
    DeletionSet deletions;    /* of the open tablet */
    const Deletions *deleted; /* in it; or NULL */
    uint32_t live_selection[BATCH_ROWS];
    int64_t *row_ids; /* of the window, where they are read */
} Scan;

static void
count(_Atomic(uint64_t) *counter, uint64_t amount)
{
    atomic_fetch_add_explicit(counter, amount, memory_order_relaxed);
}

/* ---- tablets and blocks ---- */

static void
count_bytes(Scan *self)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < self->plan->read_count; i++)
        if (self->columns[i].cursor != NULL)
            bytes += column_cursor_bytes(self->columns[i].cursor);
    count(&self->feed.base.counters->bytes, bytes - self->bytes_counted);
    self->bytes_counted = bytes;
}

static void
close_tablet(Scan *self)
{
    if (self->tablet == NULL)
        return;
    count_bytes(self);
    for (uint32_t i = 0; i < self->plan->read_count; i++)
        column_cursor_destroy(&self->columns[i].cursor);
    tablet_pool_release(self->feed.base.context->environment->tablets, self->tablet);
    self->tablet = NULL;
    self->bytes_counted = 0;
    self->deleted = NULL;
    deletion_set_destroy(&self->deletions);
}

/* The plan's type must be the file's: they differ only where catalog and file disagree. */
static Status
open_column(Scan *self, uint32_t i, Error *error)
{
    ScanColumn *column = &self->columns[i];

    if (self->plan->read_ids[i] == ROW_ID_COLUMN) {
        column->ordinal = ORDINAL_ROW_ID;
        return STATUS_OK;
    }
    column->ordinal = tablet_find_column(self->tablet, self->plan->read_ids[i]);
    if (column->ordinal < 0)
        return STATUS_OK;
    const Type type = tablet_column(self->tablet, (uint32_t)column->ordinal)->type;
    if (type_layout(type) != type_layout(self->plan->read_columns[i].type))
        return error_set(error, STATUS_CORRUPT,
                         "column \"%s\" of a tablet of \"%s\" has another type than the table",
                         self->plan->read_columns[i].name, self->plan->table_name);
    return STATUS_OK;
}

static Status
read_deletions(Scan *self, const TabletRange *range, Error *error)
{
    if (range->deletions_size == 0)
        return STATUS_OK;
    TRY(deletion_set_decode(&self->deletions, range->tablet, range->deletions, range->deletions_size,
                            tablet_rows(self->tablet), error));
    self->deleted = deletion_set_find(&self->deletions, range->tablet);
    return STATUS_OK;
}

static Status
open_tablet(Scan *self, Error *error)
{
    const TaskEnvironment *environment = self->feed.base.context->environment;
    const TabletRange *range = &self->work->tablets[self->range];

    TRY(tablet_pool_acquire(environment->tablets, range->tablet, range->path, &self->tablet, error));
    const uint32_t blocks = tablet_block_count(self->tablet);
    if (range->first_block > blocks || range->block_count > blocks - range->first_block)
        return error_set(error, STATUS_CORRUPT, "tablet %s has %u blocks, fewer than the plan names",
                         range->path, blocks);
    self->block = range->first_block;
    self->block_end = range->first_block + range->block_count;
    self->in_block = false;
    for (uint32_t i = 0; i < self->plan->read_count; i++)
        TRY(open_column(self, i, error));
    return read_deletions(self, range, error);
}

static const ColumnStatistics *
block_statistics(void *context, uint32_t column)
{
    const Scan *self = context;
    const int32_t ordinal = self->columns[column].ordinal;

    return ordinal < 0 ? NULL : tablet_block_statistics(self->tablet, (uint32_t)ordinal, self->block);
}

static uint64_t
bound_now(const Scan *self)
{
    return self->bound == NULL ? TOP_BOUND_NONE
                               : atomic_load_explicit(&self->bound->key, memory_order_relaxed);
}

static bool
block_may_be_top(Scan *self)
{
    const uint64_t bound = bound_now(self);

    return bound == TOP_BOUND_NONE ||
           top_bound_may_match(bound, &self->bound_key, self->nulls[self->bound_column].layout,
                               block_statistics(self, self->bound_column));
}

static bool
block_may_join(Scan *self)
{
    for (uint32_t i = 0; i < self->filter_count; i++)
        if (!join_filter_may_match(&self->filters[i], block_statistics(self, self->filters[i].column)))
            return false;
    return true;
}

/* Enter the block, unless no row of it can pass. */
static void
enter_block(Scan *self)
{
    if (!prune_may_match_all(self->plan->filters, self->plan->filter_count, block_statistics, self) ||
        !block_may_be_top(self) || !block_may_join(self)) {
        count(&self->feed.base.counters->blocks_pruned, 1);
        self->block++;
        return;
    }
    count(&self->feed.base.counters->blocks_read, 1);
    self->block_rows = tablet_block_rows(self->tablet, self->block);
    self->window = 0;
    self->in_block = true;
}

/* ---- row windows ---- */

/* Of the window's first row, in the tablet: blocks but the last are full. */
static uint64_t
first_row(const Scan *self)
{
    return (uint64_t)self->block * tablet_block_rows(self->tablet, 0) + self->window;
}

static void
live_window(Scan *self, Batch *window)
{
    const uint64_t first = first_row(self);
    uint32_t left = 0;

    if (self->deleted == NULL)
        return;
    for (uint32_t i = 0; i < window->rows; i++) {
        self->live_selection[left] = i;
        left += !deletions_has(self->deleted, first + i);
    }
    if (left < window->rows)
        window->selection = self->live_selection;
    window->count = left;
}

static void
number_rows(Scan *self, uint32_t i, uint32_t rows)
{
    const int64_t first = row_id(self->work->tablets[self->range].tablet, first_row(self));

    for (uint32_t row = 0; row < rows; row++)
        self->row_ids[row] = first + row;
    self->vectors[i] = vector_flat(type_of(TYPE_INT8), self->row_ids, NULL);
}

/* Decode a column of the window for the rows that are left, unless that is done. */
static Status
decode(Scan *self, uint32_t i, const Batch *window, Error *error)
{
    ScanColumn *column = &self->columns[i];

    if (column->decoded)
        return STATUS_OK;
    column->decoded = true;
    if (column->ordinal == ORDINAL_ROW_ID) {
        number_rows(self, i, window->rows);
        return STATUS_OK;
    }
    if (column->ordinal < 0) {
        self->vectors[i] = self->nulls[i];
        return STATUS_OK;
    }
    if (column->cursor == NULL)
        TRY(column_cursor_new(self->tablet, (uint32_t)column->ordinal, self->feed.base.context->in_hand,
                              &column->cursor, error));
    TRY(column_cursor_read(column->cursor, self->block, self->window, window->rows, window->selection,
                           window->count, &self->vectors[i], error));
    self->vectors[i].type = self->plan->read_columns[i].type;
    return STATUS_OK;
}

/* Apply the conjuncts: window->selection becomes what they leave. */
static Status
filter_window(Scan *self, Batch *window, Error *error)
{
    for (uint32_t c = 0; c < self->plan->filter_count && window->count > 0; c++) {
        const Conjunct *conjunct = &self->conjuncts[c];
        uint32_t *selection = self->selections[c % 2];
        uint32_t left;
        for (uint32_t i = 0; i < conjunct->column_count; i++)
            TRY(decode(self, conjunct->columns[i], window, error));
        TRY(program_filter(conjunct->program, window, selection, &left, error));
        if (left < window->count)
            window->selection = selection;
        window->count = left;
    }
    return STATUS_OK;
}

/* Leave out what joins above would. */
static Status
join_window(Scan *self, Batch *window, Error *error)
{
    for (uint32_t i = 0; i < self->filter_count && window->count > 0; i++) {
        JoinFilter *filter = &self->filters[i];
        if (filter->idle)
            continue;
        TRY(decode(self, filter->column, window, error));
        const uint32_t left =
            join_filter_select(filter, &self->vectors[filter->column], window, self->filter_selection);
        if (left < window->count)
            window->selection = self->filter_selection;
        window->count = left;
    }
    return STATUS_OK;
}

/* Leave out what the TOP_N does not need. */
static Status
bound_window(Scan *self, Batch *window, Error *error)
{
    const uint64_t bound = bound_now(self);

    if (bound == TOP_BOUND_NONE || window->count == 0)
        return STATUS_OK;
    TRY(decode(self, self->bound_column, window, error));
    const uint32_t left = top_bound_select(bound, &self->bound_key, &self->vectors[self->bound_column],
                                           window, self->bound_selection);
    if (left < window->count)
        window->selection = self->bound_selection;
    window->count = left;
    return STATUS_OK;
}

static Status
emit_window(Scan *self, Batch *window, bool *enough, Error *error)
{
    for (uint32_t i = 0; i < self->plan->output_count; i++) {
        TRY(decode(self, self->plan->output[i], window, error));
        self->output[i] = self->vectors[self->plan->output[i]];
    }
    window->column_count = self->plan->output_count;
    window->columns = self->output;
    return operator_emit(&self->feed.base, window, enough, error);
}

static Status
scan_window(Scan *self, bool *enough, Error *error)
{
    const uint32_t left = self->block_rows - self->window;
    const uint32_t most = self->feed.base.context->batch_rows;
    Batch window = {
        .rows = left < most ? left : most, .column_count = self->plan->read_count, .columns = self->vectors};

    window.count = window.rows;
    const uint32_t rows = window.rows;
    for (uint32_t i = 0; i < self->plan->read_count; i++) {
        self->columns[i].decoded = false;
        self->vectors[i] = self->nulls[i];
    }
    count(&self->feed.base.counters->rows_in, rows);
    live_window(self, &window);
    TRY(bound_window(self, &window, error)); /* first: it leaves out nearly all, and reads but numbers */
    TRY(filter_window(self, &window, error));
    TRY(join_window(self, &window, error));
    if (window.count > 0)
        TRY(emit_window(self, &window, enough, error));
    self->window += rows;
    if (self->window < self->block_rows)
        return STATUS_OK;
    self->in_block = false;
    self->block++;
    count_bytes(self);
    return STATUS_OK;
}

static Status
step(Feed *feed, bool *exhausted, Error *error)
{
    Scan *self = (Scan *)feed;
    bool enough = false;

    if (self->tablet == NULL && self->range == self->work->tablet_count) {
        *exhausted = true;
        return STATUS_OK;
    }
    if (self->tablet == NULL)
        return open_tablet(self, error);
    if (self->in_block) {
        TRY(scan_window(self, &enough, error));
        *exhausted = enough;
        return STATUS_OK;
    }
    if (self->block < self->block_end) {
        enter_block(self);
        return STATUS_OK;
    }
    close_tablet(self);
    self->range++;
    return STATUS_OK;
}

/* ---- making ---- */

static void
destroy(Operator *base)
{
    Scan *self = (Scan *)base;

    if (self->columns != NULL)
        close_tablet(self);
    for (uint32_t i = 0; self->conjuncts != NULL && i < self->plan->filter_count; i++) {
        program_destroy(&self->conjuncts[i].program);
        free(self->conjuncts[i].columns);
    }
    arena_destroy(&self->constants);
    free(self->conjuncts);
    free(self->columns);
    free(self->vectors);
    free(self->nulls);
    free(self->output);
    free(self->row_ids);
    free(self);
}

static const OperatorClass scan_class = {.name = "scan", .destroy = destroy};

static void
note_column(Expr *column, void *context)
{
    Conjunct *conjunct = context;

    for (uint32_t i = 0; i < conjunct->column_count; i++)
        if (conjunct->columns[i] == column->column)
            return;
    conjunct->columns[conjunct->column_count++] = column->column;
}

static Status
compile_conjunct(Scan *self, uint32_t index, Error *error)
{
    const OperatorContext *context = self->feed.base.context;
    Conjunct *conjunct = &self->conjuncts[index];
    const Expr *filter = self->plan->filters[index];

    conjunct->columns = calloc(self->plan->read_count + 1, sizeof(uint32_t));
    if (conjunct->columns == NULL)
        return error_set_memory(error);
    expr_visit_columns(self->plan->filters[index], note_column, conjunct);
    return program_new(&filter, 1, context->session, context->values, &conjunct->program, error);
}

static Status
prepare(Scan *self, Error *error)
{
    const uint32_t read_count = self->plan->read_count;

    self->conjuncts = calloc(self->plan->filter_count + 1, sizeof(Conjunct));
    self->columns = calloc(read_count + 1, sizeof(ScanColumn));
    self->vectors = calloc(read_count + 1, sizeof(Vector));
    self->nulls = calloc(read_count + 1, sizeof(Vector));
    self->output = calloc(self->plan->output_count + 1, sizeof(Vector));
    self->row_ids = calloc(BATCH_ROWS, sizeof(int64_t));
    self->constants = arena_new(NULL);
    if (self->row_ids == NULL || self->conjuncts == NULL || self->columns == NULL || self->vectors == NULL ||
        self->nulls == NULL || self->output == NULL || self->constants == NULL)
        return error_set_memory(error);
    for (uint32_t i = 0; i < read_count; i++)
        self->nulls[i] = vector_constant(self->constants, self->plan->read_columns[i].type, NULL);
    for (uint32_t i = 0; i < self->plan->filter_count; i++)
        TRY(compile_conjunct(self, i, error));
    return STATUS_OK;
}

/* Take the bound of the TOP_N above, if its first key, an output column here, can have one. */
static void
set_bound(Scan *self, const PlanNode *top, uint32_t column)
{
    QueryShared *shared = self->feed.base.context->environment->shared;

    if (top == NULL || shared == NULL)
        return;
    self->bound_key = top->sort.keys[0];
    if (!top_bound_takes(type_layout(top->columns[self->bound_key.column].type)))
        return;
    self->bound_column = self->plan->output[column];
    self->bound = query_shared_bound(shared, top->id);
}

Status
scan_feed_new(OperatorContext *context, const PlanNode *node, const StageTask *work, const PlanNode *top,
              uint32_t top_column, Feed **made, Error *error)
{
    Scan *self = calloc(1, sizeof *self);

    if (self == NULL)
        return error_set_memory(error);
    operator_init(&self->feed.base, &scan_class, context, node->id);
    self->feed.step = step;
    self->plan = &node->scan;
    self->work = work;
    const Status status = prepare(self, error);
    if (status != STATUS_OK) {
        destroy(&self->feed.base);
        return status;
    }
    set_bound(self, top, top_column);
    *made = &self->feed;
    return STATUS_OK;
}

void
scan_feed_set_filters(Feed *feed, const JoinFilter *filters, uint32_t count)
{
    Scan *self = (Scan *)feed;

    self->filter_count = count;
    for (uint32_t i = 0; i < count; i++) {
        self->filters[i] = filters[i];
        self->filters[i].column = self->plan->output[filters[i].column];
    }
}
