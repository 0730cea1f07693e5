/* COPY of libpg_query's tree → AstStatement. */
#include "sql/ast_read.h"

static void
refuse_stream(AstReader *reader, const AstStatement *statement)
{
    if (statement->kind == STATEMENT_COPY_FROM) {
        read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "COPY … FROM STDIN is not supported: name a file");
        error_hint(reader->error, "\"runnel load TABLE -\" and POST /data/load take the data itself.");
    } else {
        read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "COPY … TO STDOUT is not supported: name a file");
        error_hint(reader->error, "\"runnel sql --format csv\" and \"Accept: text/csv\" give rows as CSV.");
    }
}

/* COPY (query) TO. */
static void
read_copied_query(AstReader *reader, const JsonNode *query, AstStatement *statement)
{
    if (read_is(reader, query, "SelectStmt"))
        statement->select = read_select(reader, read_body(reader, query));
    else
        read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "COPY takes a SELECT or a table only");
}

void
read_copy(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *query = read_field(reader, body, "query");

    statement->kind = read_flag(reader, body, "is_from") ? STATEMENT_COPY_FROM : STATEMENT_COPY_TO;
    statement->path = read_text(reader, body, "filename");
    statement->targets =
        read_column_names(reader, read_field(reader, body, "attlist"), &statement->target_count);
    read_options(reader, read_field(reader, body, "options"), statement);
    if (query != NULL)
        read_copied_query(reader, query, statement);
    else
        statement->relation = read_relation(reader, read_field(reader, body, "relation"));
    if (read_flag(reader, body, "is_program"))
        read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "COPY with PROGRAM is not supported: name a file");
    else if (statement->path == NULL)
        refuse_stream(reader, statement);
    else if (read_field(reader, body, "whereClause") != NULL)
        read_refuse(reader, STATUS_NOT_SUPPORTED, 1, "COPY … WHERE is not supported");
}
