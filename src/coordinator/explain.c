#include "coordinator/explain.h"

#include "coordinator/planning.h"
#include "plan/tree.h"

static bool
is_write(StatementKind kind)
{
    return kind == STATEMENT_INSERT || kind == STATEMENT_CREATE_TABLE_AS || kind == STATEMENT_DELETE ||
           kind == STATEMENT_UPDATE;
}

static Status
give_text(QuerySession *session, Catalog *catalog, const BoundExplain *explain, Error *error)
{
    Buffer text = {0};

    if (explain->json)
        plan_explain_json(session->plan, NULL, &text);
    else
        plan_explain_text(session->plan, NULL, explain->verbose, &text);
    if (explain->verbose && !explain->json)
        buffer_append_format(&text, "Rules:\n%s", buffer_text(&session->rules));
    session->kind = SESSION_READ;
    const Status status =
        planning_text(session, catalog, "QUERY PLAN", buffer_text(&text), !explain->json, error);
    buffer_destroy(&text);
    return status;
}

/* The write is planned without beginning one. */
static Status
explain_write(QuerySession *session, Catalog *catalog, const BoundExplain *explain, Error *error)
{
    session->only_explains = true;
    TRY(planning_write(session, catalog, explain->statement, error));
    session->returned = NULL;
    if (session->kind == SESSION_DONE)
        return planning_text(session, catalog, "QUERY PLAN", "nothing to do", true, error);
    return give_text(session, catalog, explain, error);
}

/* The write is done, as in PostgreSQL; the plan's text takes the place of what it returns. */
static Status
analyze_write(QuerySession *session, Catalog *catalog, const BoundExplain *explain, Error *error)
{
    if (session->detached) {
        error_set(error, STATUS_NOT_SUPPORTED, "EXPLAIN ANALYZE of an asynchronous %s is not supported",
                  explain->statement->command);
        return error_hint(error, "ask without \"async\"");
    }
    TRY(planning_write(session, catalog, explain->statement, error));
    session->analyzes = session->kind == SESSION_WRITE || session->kind == SESSION_SAMPLE;
    if (session->analyzes)
        return STATUS_OK;
    session->kind = SESSION_READ;
    return planning_text(session, catalog, "QUERY PLAN", "nothing to do", true, error);
}

Status
explain_plan(QuerySession *session, Catalog *catalog, const BoundExplain *explain, Error *error)
{
    const BoundStatement *inner = explain->statement;

    if (is_write(inner->kind))
        return (explain->analyze ? analyze_write : explain_write)(session, catalog, explain, error);
    if (inner->plan == NULL || inner->kind != STATEMENT_SELECT)
        return error_set(error, STATUS_NOT_SUPPORTED, "EXPLAIN of %s is not supported", inner->command);
    TRY(plan_optimize(session->arena, inner->plan, &session->session, &session->bound, &session->rules,
                      error));
    TRY(planning_stage(session, session->bound, error));
    if (!explain->analyze)
        return give_text(session, catalog, explain, error);
    session->kind = SESSION_ANALYZE;
    return STATUS_OK;
}
