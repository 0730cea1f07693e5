/* sql/ast_read.h: what the readers of libpg_query's tree share. Only ast_*.c include this.
 *
 * A node of that tree is {"Kind": {fields}}; absent fields mean 0, false, empty. Readers return NULL for a
 * NULL node, and set the reader's status once something is refused: who loops looks at it at the end. */
#ifndef RUNNEL_SQL_AST_READ_H
#define RUNNEL_SQL_AST_READ_H

#include "sql/ast.h"
#include "sql/json.h"

typedef struct AstReader {
    Arena *arena;
    const Source *source;
    const JsonDocument *json;
    uint32_t depth;
    Status status;        /* of the first thing refused */
    const JsonNode *into; /* the one INTO that may stand in a SELECT: the statement's own */
    Error *error;
} AstReader;

/* The kind's object inside a wrapping node, and whether it is of that kind. */
const JsonNode *read_body(const AstReader *reader, const JsonNode *node);
bool read_is(const AstReader *reader, const JsonNode *node, const char *kind);

const JsonNode *read_field(const AstReader *reader, const JsonNode *body, const char *name);
const char *read_text(const AstReader *reader, const JsonNode *body,
                      const char *name); /* NULL where absent */
bool read_flag(const AstReader *reader, const JsonNode *body, const char *name);
int32_t read_position(const AstReader *reader, const JsonNode *body);
const char *read_name_node(const AstReader *reader, const JsonNode *node); /* {"String": {"sval": …}} */
const char *const *read_names(const AstReader *reader, const JsonNode *array, uint32_t *count);

/* The integer constant at the body's location: libpg_query leaves out negative ones. */
int64_t read_signed(const AstReader *reader, const JsonNode *value, const JsonNode *body);

/* The number at the body's location: libpg_query keeps 32 bits of it. */
int64_t read_parameter_number(const AstReader *reader, const JsonNode *body);

/* One level deeper; false, with the status set, where that is too deep. */
bool read_enter(AstReader *reader, int32_t position);
void read_leave(AstReader *reader);
void read_refuse(AstReader *reader, Status code, int32_t position, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

const AstExpr *read_expr(AstReader *reader, const JsonNode *node);
const AstExpr *const *read_exprs(AstReader *reader, const JsonNode *array, uint32_t *count);
/* The elements of GROUP BY. */
const AstExpr *const *read_groups(AstReader *reader, const JsonNode *array, uint32_t *count);
const AstType *read_type(AstReader *reader, const JsonNode *body);
/* Of SELECT and of RETURNING. */
const AstTarget *read_targets(AstReader *reader, const JsonNode *list, uint32_t *count);
const AstFrom *read_from(AstReader *reader, const JsonNode *node);
/* `first` goes before the list's items, or NULL. */
void read_from_list(AstReader *reader, const JsonNode *list, const AstFrom *first, AstSelect *select);
/* A relation that stands bare, as the target of DELETE does. */
const AstFrom *read_from_target(AstReader *reader, const JsonNode *body);
void read_change(AstReader *reader, const JsonNode *body, AstStatement *statement); /* DELETE, UPDATE */
AstColumn read_table_column(AstReader *reader, const JsonNode *body);
/* ast_alter.c */
void read_alter_table(AstReader *reader, const JsonNode *body, AstStatement *statement);
void read_rename(AstReader *reader, const JsonNode *body, AstStatement *statement);
/* ast_default.c: the text of a column's DEFAULT, and of the SET DEFAULT that is the number-th of its
 * statement. */
const char *read_default_text(const AstReader *reader, const JsonNode *constraint);
const char *read_set_default_text(const AstReader *reader, uint32_t number);
/* ast_copy.c */
void read_copy(AstReader *reader, const JsonNode *body, AstStatement *statement);
/* A list of ResTarget or String as names. */
const QualifiedName *read_column_names(const AstReader *reader, const JsonNode *list, uint32_t *count);
void read_options(AstReader *reader, const JsonNode *list, AstStatement *statement);
const AstSelect *read_with(AstReader *reader, const JsonNode *body);
const AstSelect *read_select(AstReader *reader, const JsonNode *body);
const AstWindow *read_window(AstReader *reader, const JsonNode *body); /* NULL for NULL */
const AstWindow *read_windows(AstReader *reader, const JsonNode *array, uint32_t *count);
/* The WITH clause of a statement, if it has one. */
void read_ctes(AstReader *reader, const JsonNode *body, AstSelect *select);
AstSort *read_sorts(AstReader *reader, const JsonNode *array, uint32_t *count);
AstRelation read_relation(const AstReader *reader, const JsonNode *body);
const AstStatement *read_statement(AstReader *reader, const JsonNode *node);

#endif
