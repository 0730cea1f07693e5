/* DELETE and UPDATE of libpg_query's tree → AstStatement. */
#include "sql/ast_read.h"

static bool
has_star(const AstExpr *const *values, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (values[i] != NULL &&
            (values[i]->kind == AST_STAR || (values[i]->kind == AST_FIELD && values[i]->text == NULL)))
            return true;
    }
    return false;
}

/* (a, b) = ROW (x, y), (a, b) = (SELECT …): each target has the whole source, and the number of its column.
 */
static void
read_assigned_part(AstReader *reader, const JsonNode *body, const AstExpr *before, AstTarget *target)
{
    const JsonNode *source = read_field(reader, body, "source");
    const int64_t number = json_integer(reader->json, read_field(reader, body, "colno"));
    const int64_t columns = json_integer(reader->json, read_field(reader, body, "ncolumns"));
    uint32_t count;

    if (read_is(reader, source, "SubLink")) {
        target->part = (uint32_t)number;
        target->part_count = (uint32_t)columns;
        target->expr = number == 1 ? read_expr(reader, source) : before;
        return;
    }
    if (!read_is(reader, source, "RowExpr")) {
        read_refuse(reader, STATUS_NOT_SUPPORTED, read_position(reader, read_body(reader, source)),
                    "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression");
        return;
    }
    const JsonNode *row = read_body(reader, source);
    const AstExpr *const *values = read_exprs(reader, read_field(reader, row, "args"), &count);
    if (has_star(values, count)) { /* the binder knows how many columns it is */
        target->part = (uint32_t)number;
        target->part_count = (uint32_t)columns;
        target->expr = number == 1 ? read_expr(reader, source) : before;
    } else if (count != columns || number < 1 || number > columns)
        read_refuse(reader, STATUS_SYNTAX, read_position(reader, row),
                    "number of columns does not match number of values");
    else if (reader->status == STATUS_OK)
        target->expr = values[number - 1];
}

static void
read_assigned(AstReader *reader, const JsonNode *value, const AstExpr *before, AstTarget *target)
{
    if (read_is(reader, value, "MultiAssignRef"))
        read_assigned_part(reader, read_body(reader, value), before, target);
    else
        target->expr = read_expr(reader, value);
}

/* The fields behind a column's name, or one subscript; anything else makes the target `indirect`. */
static void
read_path(AstReader *reader, const JsonNode *list, AstTarget *target)
{
    for (const JsonNode *item = json_first(reader->json, list); item != NULL;
         item = json_next(reader->json, item))
        target->indirect |= !read_is(reader, item, "String");
    const JsonNode *first = json_first(reader->json, list);
    if (target->indirect && json_count(reader->json, list) == 1 && read_is(reader, first, "A_Indices") &&
        !read_flag(reader, read_body(reader, first), "is_slice"))
        target->subscript = read_expr(reader, read_field(reader, read_body(reader, first), "uidx"));
    if (!target->indirect)
        target->fields = read_names(reader, list, &target->field_count);
}

static void
read_assignments(AstReader *reader, const JsonNode *list, AstSelect *select)
{
    AstTarget *targets = ARENA_ARRAY(reader->arena, AstTarget, json_count(reader->json, list) + 1);
    const AstExpr *before = NULL;

    for (const JsonNode *node = json_first(reader->json, list); node != NULL && reader->status == STATUS_OK;
         node = json_next(reader->json, node)) {
        const JsonNode *body = read_body(reader, node);
        AstTarget *target = &targets[select->target_count++];
        target->name = read_text(reader, body, "name");
        target->position = read_position(reader, body);
        read_assigned(reader, read_field(reader, body, "val"), before, target);
        before = target->expr;
        read_path(reader, read_field(reader, body, "indirection"), target);
    }
    select->targets = targets;
}

void
read_change(AstReader *reader, const JsonNode *body, AstStatement *statement)
{
    const JsonNode *relation = read_field(reader, body, "relation");
    AstSelect *select = ARENA_NEW(reader->arena, AstSelect);
    const bool update = read_field(reader, body, "targetList") != NULL;

    statement->kind = update ? STATEMENT_UPDATE : STATEMENT_DELETE;
    statement->with = read_with(reader, body);
    statement->relation = read_relation(reader, relation);
    statement->select = select;
    read_assignments(reader, read_field(reader, body, "targetList"), select);
    read_from_list(reader, read_field(reader, body, update ? "fromClause" : "usingClause"),
                   read_from_target(reader, relation), select);
    select->where = read_expr(reader, read_field(reader, body, "whereClause"));
    statement->returning =
        read_targets(reader, read_field(reader, body, "returningList"), &statement->returning_count);
}
