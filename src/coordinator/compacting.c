/* When tablets are put together, and what waits for that: the actor's part of compaction. */
#include "coordinator/compaction.h"
#include "coordinator/state.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

/* Changes that come are held so long for one to begin; then they go first, and it is tried later. */
enum { HOLD_US = 100000, RETRY_US = 2000000 };

bool
compacting_may_change(const char *document)
{
    return strcasestr(document, "delete") != NULL || strcasestr(document, "update") != NULL;
}

static void
note_busy(Coordinator *coordinator)
{
    const Compaction *compaction = &coordinator->compaction;

    pthread_mutex_lock(&coordinator->lock);
    coordinator->compacts = compaction->running != NULL || compaction->table_count > 0;
    pthread_cond_broadcast(&coordinator->changed);
    pthread_mutex_unlock(&coordinator->lock);
}

void
compacting_want(Coordinator *coordinator, uint64_t table_id)
{
    Compaction *compaction = &coordinator->compaction;

    for (uint32_t i = 0; i < compaction->table_count; i++)
        if (compaction->tables[i] == table_id)
            return;
    if (compaction->table_count < COMPACTION_TABLES_MAX) /* of those that find no room the sweep will tell */
        compaction->tables[compaction->table_count++] = table_id;
    note_busy(coordinator);
}

static void
drop_first(Compaction *compaction)
{
    compaction->table_count--;
    memmove(compaction->tables, compaction->tables + 1, compaction->table_count * sizeof(uint64_t));
}

/* A statement that may have read the table's tablets, and will name rows of them. */
static bool
is_changed(const Coordinator *coordinator, uint64_t table_id)
{
    for (size_t i = 0; i < coordinator->sessions.count; i++) {
        const QuerySession *session = map_value_at(&coordinator->sessions, i);
        if (!session->changes || session->state == SESSION_QUEUED || session->state == SESSION_ENDED)
            continue;
        if (session->state == SESSION_PLANNING || session->table_id == 0 || session->table_id == table_id)
            return true;
    }
    return false;
}

static QuerySession *
make_session(Coordinator *coordinator, const TableInfo *table)
{
    const Incarnation nobody = {0, 0};
    const Incarnation drawn = transport_draw_incarnation();
    const QueryId id = {drawn.high, drawn.low};
    QuerySession *session = session_new(id, nobody, FRONT_QUERY, "", 0);
    const size_t size = strlen(table->schema) + strlen(table->name) + sizeof "compaction of .";
    char *text = memory_alloc_zero(1, size);

    snprintf(text, size, "compaction of %s.%s", table->schema, table->name);
    session->sql = text;
    session->coordinator = coordinator;
    session->compacts = table->id;
    map_put(&coordinator->sessions, &session->id, session);
    return session;
}

static void
start(Coordinator *coordinator)
{
    Compaction *compaction = &coordinator->compaction;
    const TableInfo *table;

    compaction->holds = false;
    if (!catalog_find_table_id(coordinator->catalog, compaction->tables[0], &table)) {
        drop_first(compaction);
        note_busy(coordinator);
        return;
    }
    compaction->holds = true;
    compaction->running = make_session(coordinator, table);
    table_info_release(&table);
    statement_begin(coordinator, compaction->running);
}

/* Those that change the table go on; changes that come meanwhile wait, but not for a long one. */
static void
hold(Compaction *compaction, int64_t now)
{
    if (!compaction->holds) {
        compaction->holds = true;
        compaction->hold_until = now + HOLD_US;
    } else if (now >= compaction->hold_until) {
        const uint64_t first = compaction->tables[0];
        drop_first(compaction);
        compaction->tables[compaction->table_count++] = first;
        compaction->holds = false;
        compaction->next_try = now + RETRY_US;
    }
}

void
compacting_settle(Coordinator *coordinator, int64_t now)
{
    Compaction *compaction = &coordinator->compaction;

    if (compaction->running != NULL || compaction->table_count == 0 || now < compaction->next_try)
        return;
    if (coordinator->ready_workers == 0 || coordinator->ready_reducers == 0) {
        compaction->holds = false;
        compaction->next_try = now + RETRY_US;
    } else if (is_changed(coordinator, compaction->tables[0])) {
        hold(compaction, now);
    } else {
        start(coordinator);
    }
}

int64_t
compacting_deadline(const Coordinator *coordinator)
{
    const Compaction *compaction = &coordinator->compaction;

    if (compaction->running != NULL || compaction->table_count == 0)
        return INT64_MAX;
    return compaction->holds ? compaction->hold_until : compaction->next_try;
}

void
compacting_ended(Coordinator *coordinator, const QuerySession *session)
{
    Compaction *compaction = &coordinator->compaction;

    compaction->running = NULL;
    compaction->holds = false;
    if (session->error.code != STATUS_OK) {
        compaction->failed++;
        compaction->next_try = clock_monotonic_us() + RETRY_US;
        log_line(LOG_INFO, "coordinator", "%s: %s", session->sql, session->error.message);
    } else if (session->kind == SESSION_WRITE) {
        compaction->done++;
        compaction->tablets += session->merged_count;
    }
    /* There may be more to do, in the next tier; a failure is tried again when the sweep has found it. */
    if (session->error.code != STATUS_OK || session->kind != SESSION_WRITE)
        drop_first(compaction);
    note_busy(coordinator);
}

void
coordinator_settle(Coordinator *coordinator, int64_t timeout_us)
{
    const int64_t wall = clock_wall_us() + timeout_us;
    const struct timespec until = {.tv_sec = wall / 1000000, .tv_nsec = wall % 1000000 * 1000};

    pthread_mutex_lock(&coordinator->lock);
    while (coordinator->compacts &&
           pthread_cond_timedwait(&coordinator->changed, &coordinator->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&coordinator->lock);
}
