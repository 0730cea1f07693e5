/* sql/bind.h: what the binder's parts share. Only bind_*.c include this.
 *
 * Expressions are bound over the rows of FROM (a Scope). Aggregates met on the way are collected, and stand
 * in the expressions as columns from AGGREGATE_BASE on; bind_group.c turns such expressions into ones over
 * the grouped rows. Window functions are columns from WINDOW_BASE on, which bind_window_plan.c resolves last.
 * What subqueries give are columns from SUBQUERY_BASE on, until bind_attach.c puts the subqueries beside the
 * rows that they are asked for. */
#ifndef RUNNEL_SQL_BIND_H
#define RUNNEL_SQL_BIND_H

#include "base/name.h"
#include "expr/function.h"
#include "sql/ast.h"

#define NO_MARK        UINT32_MAX
#define RESULT_BASE    (UINT32_C(1) << 28)
#define SUBQUERY_BASE  (UINT32_C(1) << 29)
#define AGGREGATE_BASE (UINT32_C(1) << 30)
#define WINDOW_BASE    (UINT32_C(3) << 29)

/* A column that names can refer to: `index` of the scope's node. */
typedef struct ScopeColumn {
    const char *table; /* the alias that it belongs to */
    const char *name;
    Type type;
    uint32_t index;
    bool unlisted; /* * does not stand for it */
} ScopeColumn;

typedef struct ScopeTable {
    const char *schema;    /* as written; NULL: none, or hidden by an alias */
    const char *alias;     /* the name it goes by; NULL: a join's columns without a name */
    const char *name;      /* of the table, behind the alias */
    bool scalar;           /* a function's one column, which the alias means, too */
    bool nullable;         /* on a side of an outer join that may be missing */
    uint32_t mark;         /* nullable: the column that is NULL where it is missing; NO_MARK: none was made */
    const char *row_type;  /* the name of the type of its rows; NULL: none */
    const TableInfo *base; /* whose columns are its columns, in that order; NULL: none */
    uint32_t column_count;
    ScopeColumn *columns;
} ScopeTable;

typedef struct Scope {
    PlanNode *node;
    uint32_t table_count;
    ScopeTable *tables;
    uint32_t column_count; /* what * stands for and bare names refer to: USING columns once */
    ScopeColumn *columns;
} Scope;

typedef struct BoundAggregate {
    const Aggregate *aggregate;
    uint32_t argument_count;
    Expr *arguments[AGGREGATE_ARGUMENTS_MAX];
    Expr *filter; /* or NULL */
    bool distinct;
    Type type;
    int32_t position;
    const AstExpr *grouping; /* GROUPING(…), which is no aggregate but is collected beside them; else NULL */
    Expr **grouping_arguments;
} BoundAggregate;

typedef struct AggregateList {
    uint32_t count;
    uint32_t capacity;
    BoundAggregate *items;
} AggregateList;

typedef struct BoundOrder {
    Expr *expr;
    bool descending;
    bool nulls_first;
} BoundOrder;

/* Partitions and order: what several window functions may share. */
typedef struct BoundWindow {
    const char *name; /* in the WINDOW clause; NULL: none */
    const AstWindow *ast;
    uint32_t partition_count;
    Expr **partition;
    uint32_t order_count;
    BoundOrder *order;
    WindowFrame frame;
} BoundWindow;

typedef struct BoundWindowCall {
    const BoundWindow *window;
    WindowFunction function;
    BoundAggregate aggregate; /* AGGREGATE */
    Expr *value;              /* as in PlanWindowCall; NULL: none */
    Expr *number;
    int64_t constant;
    Expr *fallback;
    Type type;
} BoundWindowCall;

typedef struct WindowList {
    uint32_t named_count; /* the WINDOW clause comes first */
    uint32_t window_count;
    uint32_t window_capacity;
    BoundWindow **windows; /* different ones */
    uint32_t call_count;
    uint32_t call_capacity;
    BoundWindowCall *calls;
} WindowList;

/* A subquery in an expression: what it gives stands there as columns from `first` on. */
typedef struct BoundSubquery {
    JoinKind kind;         /* SINGLE: its columns; MARK: whether the condition holds for one of its rows */
    PlanNode *plan;        /* EXPR_OUTER of level 1 are columns of the rows that it is asked for */
    Expr *condition;       /* MARK: its columns are those from RESULT_BASE on; NULL: any row will do */
    Expr *guard;           /* it is asked only where this is true; NULL: always */
    uint32_t first;        /* from SUBQUERY_BASE on */
    uint32_t column_count; /* as many for a row that is compared, else one */
    bool regrouped;
    bool attached;
    uint32_t attached_at; /* its first column in the rows */
} BoundSubquery;

typedef struct SubqueryList {
    uint32_t count;
    uint32_t capacity;
    BoundSubquery *items;
    uint32_t column_count;
} SubqueryList;

/* What must hold for a row that asks for the value of an expression: CASE arms, AND, OR and COALESCE. */
typedef struct Guard {
    Expr *condition;
    const char *test; /* the predicate of the condition: "is_true" */
    const struct Guard *outer;
} Guard;

/* Rows around the query that is bound: names that it does not know are looked for there. */
typedef struct OuterRows {
    const struct ExprPlace *place;
    uint32_t depth;    /* DEPENDENT_JOINs around these rows */
    bool out_of_reach; /* the left side of a RIGHT or FULL join that LATERAL must not refer to */
    const struct OuterRows *next;
} OuterRows;

typedef struct BoundCte BoundCte;

/* A WITH query that is visible. */
typedef struct CteScope {
    const char *name;
    BoundCte *bound;
    const struct CteScope *outer;
} CteScope;

typedef struct ViewFrame ViewFrame;

typedef struct Binder {
    const BindContext *context;
    Arena *arena;
    Error *error;
    const CteScope *ctes;
    BoundCte *binding_cte;         /* the query of a WITH RECURSIVE that is bound just now, or NULL */
    const char *recursion_barrier; /* "within an outer join": why a recursive reference must not stand here */
    uint32_t recursion_count;
    const OuterRows *outer;        /* rows that names may refer to, innermost first */
    const OuterRows *around_query; /* those of them that are around the whole query block */
    uint32_t depth;                /* DEPENDENT_JOINs around what is bound */
    uint32_t query_depth;
    uint32_t query_count; /* bound so far: WITH queries multiply */
    uint64_t copied;      /* expression nodes: BETWEEN and CASE copy operands */
    bool marks;           /* outer joins mark the rows of their sides that may be missing */
    bool wants_marks;     /* the row of such a side is a value: bind the statement anew, with marks */
    uint32_t notice_count;
    const char **notices;
    uint32_t table_count;
    const TableInfo **tables;
    const ViewFrame *view_frames;
    uint32_t use_count; /* what the statement itself names, not its views */
    ViewUse *uses;
} Binder;

typedef struct OutputColumn {
    const char *name;
    Expr *expr;
    bool hidden;   /* only to sort by */
    Expr *literal; /* as it was without a type, or NULL */
    int32_t start; /* where it begins; 0: as its expression says */
} OutputColumn;

typedef struct Outputs {
    uint32_t count;
    uint32_t capacity;
    OutputColumn *items;
} Outputs;

/* Where an expression stands. */
typedef struct ExprPlace {
    const char *clause;        /* "WHERE", "GROUP BY": for messages */
    const Scope *scope;        /* NULL: no columns here */
    AggregateList *aggregates; /* NULL: none allowed here */
    WindowList *windows;       /* NULL: no window functions here */
    SubqueryList *subqueries;  /* NULL: likewise */
    const Guard *guard;        /* NULL: every row asks */
    bool in_aggregate;
    bool in_window;  /* an argument of a window function */
    bool takes_sets; /* functions that give rows may stand here, besides in outputs and keys */
} ExprPlace;

/* bind_expr.c: a typed expression; literals without a type stay UNKNOWN constants. */
Status bind_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* Of type boolean, or DATATYPE_MISMATCH "argument of WHERE must be type boolean, …". */
Status bind_condition(Binder *binder, const ExprPlace *place, const AstExpr *ast, const char *what,
                      Expr **expr);
/* The arms of an AND as written, else the one condition. */
Status bind_conditions(Binder *binder, const ExprPlace *place, const AstExpr *ast, const char *what,
                       uint32_t *count, Expr ***exprs);
/* A copy, counted: copies of copies must end. */
Status bind_duplicate(Binder *binder, const Expr *expr, Expr **copy);

/* bind_operator.c */
Status bind_operator(Binder *binder, const char *name, int32_t position, uint32_t count,
                     Expr *const *operands, Expr **expr);
Status bind_operator_expr(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_predicate(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_in(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_between(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_distinct(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_distinct_pair(Binder *binder, bool negated, int32_t position, Expr **operands, Expr **expr);

/* bind_subquery.c */
Status bind_subquery(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* The columns of a scalar subquery that has so many. */
Status bind_scalar_columns(Binder *binder, const ExprPlace *place, const AstExpr *ast, uint32_t count,
                           Expr **columns);
/* The query of an expression, with the place's rows around it. */
Status bind_inner_select(Binder *binder, const ExprPlace *place, const AstExpr *ast, PlanNode **plan);
/* bind_array_query.c: ARRAY(SELECT …) */
Status bind_array_query(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
BoundSubquery *bind_find_subquery(const SubqueryList *list, uint32_t column); /* NULL for other columns */
const Guard *bind_guard(Binder *binder, const Guard *outer, Expr *condition, const char *test);

/* bind_attach.c: subqueries beside rows. */
/* The expression over the node's columns, the node being widened by what its subqueries give. */
Status bind_attach(Binder *binder, SubqueryList *list, PlanNode **node, Expr **expr);
Status bind_attach_all(Binder *binder, SubqueryList *list, PlanNode **node, uint32_t count, Expr **exprs);
bool bind_has_subquery(const Expr *expr);
/* FILTERs: conditions without subqueries first. */
Status bind_attach_filter(Binder *binder, SubqueryList *list, PlanNode **node, uint32_t count,
                          Expr **conditions);

/* bind_record.c */
/* ROW(a, b) and (a, b) as a value: a record. */
Status bind_row_value(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* The row of the table that an AST_COLUMN or AST_STAR names; NULL in *expr: there is none. */
Status bind_whole_row(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_field(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* t.*: the columns of a table of the place, or of rows around it. */
Status bind_table_star(Binder *binder, const ExprPlace *place, const AstExpr *ast, Outputs *outputs);
/* (record).*: each field. */
Status bind_record_star(Binder *binder, const ExprPlace *place, const AstExpr *ast, Outputs *outputs);
/* Each field of a bound record. */
Status bind_fields(Binder *binder, Expr *record, int32_t position, Outputs *outputs);
/* A record as another type of as many fields; CANNOT_COERCE. */
Status bind_record_cast(Binder *binder, Expr *record, Type type, CastContext context, Expr **expr);
/* The record with `value` in the field that the target of a SET names. */
Status bind_set_field(Binder *binder, Expr *record, const AstTarget *target, Expr *value, Expr **made);
/* Bring two records that are to be compared to one type. */
Status bind_record_operands(Binder *binder, int32_t position, Expr **operands);
/* (a, b), with what t.* stands for; anything else is a row of one value. */
Status bind_row(Binder *binder, const ExprPlace *place, const AstExpr *ast, uint32_t *count, Expr ***values);
/* bind_row.c: rows where they are compared. */
Status bind_row_comparison(Binder *binder, const char *name, int32_t position, uint32_t count, Expr **left,
                           Expr **right, Expr **expr);
Status bind_row_operator(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_row_in(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_row_null(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_row_distinct(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_row_between(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_row_equal(Binder *binder, const ExprPlace *place, const AstExpr *left, const AstExpr *right,
                      Expr **expr);

/* bind_array.c: ARRAY[…], subscripts, ANY and ALL of arrays, literals. */
Status bind_array(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_subscript(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_array_quantified(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* ARRAY[…] under a cast to that array type: its elements are cast. */
Status bind_array_cast(Binder *binder, const ExprPlace *place, const AstExpr *ast, Type type, Expr **expr);
Status bind_array_literal(Binder *binder, const Expr *literal, Type type, Expr **expr);
/* The written array type `type` with as many dimensions as what is cast to it. */
Status bind_array_dimensions(Binder *binder, const Expr *argument, Type *type);
/* The elements of ARRAY[…], of any dimensions, or of a literal; *elements is NULL where only rows know them.
 */
Status bind_array_elements(Binder *binder, const Expr *array, uint32_t *count, Expr ***elements);
/* `||` with an array on a side; NULL in *expr: there is none. */
Status bind_array_concat(Binder *binder, int32_t position, Expr **operands, Expr **expr);

/* bind_choice.c: CASE, COALESCE, GREATEST, LEAST, NULLIF */
Status bind_case(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_coalesce(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_extreme(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_nullif(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);

/* bind_function.c: calls of functions and aggregates. */
Status bind_call(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
Status bind_session_value(Binder *binder, const AstExpr *ast, Expr **expr);
/* Resolve and coerce: `arguments` are replaced by what the function takes. Stable results are folded. */
Status bind_resolved_call(Binder *binder, const char *name, int32_t position, uint32_t count,
                          Expr **arguments, Expr **expr);

/* bind_series.c: generate_series() in FROM, as a node of one column of that name. */
Status bind_series(Binder *binder, const AstExpr *call, const char *name, PlanNode **node);

/* bind_sets.c: functions that give rows: unnest() and its like, in SELECT and in FROM. */
bool bind_is_set_function(const char *name);
bool bind_gives_rows(const char *name);        /* in FROM: those, and functions that give records */
bool bind_is_plain_series(const AstFrom *ast); /* generate_series() of constants, for bind_series() */
/* In SELECT: the function's array at the number of the row that is being made, which stands there as a call
 * until bind_expand_sets() has made the rows. */
Status bind_set_call(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* Where some of the expressions hold such calls: over `node` as many rows as the longest array has; the
 * expressions then refer to columns of the node. */
Status bind_expand_sets(Binder *binder, PlanNode **node, uint32_t count, Expr **exprs);
bool bind_has_set(const Expr *expr);
/* *row: what a row is, where it has the elements of one array. */
Status bind_set_rows(Binder *binder, const AstFrom *ast, PlanNode **node, Type *row);

/* bind_special.c: calls that the binder understands itself. NULL in *expr: this is none of them. */
bool bind_is_special(const char *name);
Status bind_special_call(Binder *binder, const AstExpr *ast, uint32_t count, Expr **arguments, Expr **expr);
/* The arguments of a call in the order of the function's parameters, where some are named. */
Status bind_named_arguments(Binder *binder, const ExprPlace *place, const AstExpr *ast, uint32_t *count,
                            Expr **arguments);
/* The digits of a numeric result that depend on a constant's value: round(x, 2). */
void bind_refine_digits(Binder *binder, Expr *call);

/* The left operand of LIKE and of regular expressions, where it is a character(n): with its blanks, which it
 * is kept without. Other operands stay. */
Status bind_blanks(Binder *binder, const char *operator_name, Expr **operand);

/* bind_pattern.c: LIKE pattern ESCAPE character, of literals: the same pattern with backslashes. */
bool bind_is_text_literal(const Expr *expr);
Status bind_like_escape(Binder *binder, const Expr *pattern, const Expr *escape, Expr **expr);

/* bind_aggregate.c */
uint32_t bind_add_aggregate(Binder *binder, AggregateList *list, const BoundAggregate *aggregate);
Status bind_aggregate(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* The call alone, its arguments bound in `inner`. */
Status bind_aggregate_call(Binder *binder, const ExprPlace *inner, const AstExpr *ast, BoundAggregate *bound);

/* Resolve and coerce: the arguments become what the aggregate takes. */
Status bind_resolved_aggregate(Binder *binder, const AstExpr *ast, BoundAggregate *bound);
/* Whether the order of the rows matters: string_agg(x, s), array_agg(x). */
bool bind_is_ordered_aggregate(const char *name, uint32_t argument_count);
/* Bytes in the order of keys[1 .. count]; keys[0] is set; a letter a key. */
char bind_order_letter(bool descending, bool nulls_first);
Status bind_order_key(Binder *binder, const char *letters, uint32_t count, Expr **keys, int32_t position,
                      Expr **key);

/* bind_direct.c: a value that is not constant is marked: it is to be one of the group. */
Status bind_direct(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
bool bind_is_direct(const Expr *expr);
bool bind_has_direct(const Expr *expr);

/* bind_hypothetical.c: rank() and its like WITHIN GROUP. */
bool bind_is_hypothetical(const AstExpr *ast);
Status bind_hypothetical(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);

/* bind_window.c: calls with OVER, and of functions that need it. */
Status bind_window_call(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);

/* bind_window_definition.c, bind_frame.c: windows by name and as written. */
Status bind_named_windows(Binder *binder, const AstSelect *select, const ExprPlace *place, WindowList *list);
Status bind_window(Binder *binder, const ExprPlace *place, const AstWindow *ast, WindowList *list,
                   const BoundWindow **window);
Status bind_frame(Binder *binder, const AstWindow *ast, BoundWindow *window);

/* bind_window_plan.c: over `node`, whose columns the windows' expressions refer to, the nodes that compute
 * them; `outputs` refer to their columns afterwards. */
PlanNode *bind_window_nodes(Binder *binder, const WindowList *list, PlanNode *node, Outputs *outputs);
/* Call `visit` for every expression of the list; it may put another one in the slot. */
Status bind_window_exprs(Binder *binder, const WindowList *list,
                         Status (*visit)(Binder *binder, void *context, Expr **slot), void *context);

/* bind_constant.c: literals, and text given a type. */
Expr *bind_integer(Binder *binder, int64_t value, int32_t position);
Status bind_decimal(Binder *binder, const char *text, int32_t position, Expr **expr);
Expr *bind_string(Binder *binder, const char *text, size_t size, int32_t position);
Expr *bind_null(Binder *binder, int32_t position);
Status bind_parameter(Binder *binder, const AstExpr *ast, Expr **expr);
/* The least numeric type that holds a decimal literal's digits. False: no plain decimal, or more than 38
 * digits. */
bool bind_numeric_shape(const char *text, size_t size, Type *type);
/* An UNKNOWN constant as one of `type`, by its input function. */
Status bind_literal(Binder *binder, const Expr *literal, Type type, Expr **expr);

/* bind_cast.c */
/* As `type`, by a cast of that context; CANNOT_COERCE where there is none. Casts of constants are folded. */
Status bind_coerce(Binder *binder, Expr *expr, Type type, CastContext context, Expr **coerced);
Status bind_cast(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* Where an expression begins: `a + b` stands at its operator, and begins at `a`. */
int32_t bind_start(const Expr *expr);
/* The type that several expressions settle on; DATATYPE_MISMATCH "CASE types … cannot be matched". */
Status bind_common_type(Binder *binder, const char *what, uint32_t count, Expr *const *exprs, Type *type);
/* A literal without a type has digits and lengths of its own where it is read as a numeric, or as an array
 * beside one whose elements have such: whether it does beside that type, the literal so read, and those of
 * several expressions that settle on a type. */
bool bind_has_own_form(const Expr *expr, Type type);
Status bind_own_form(Binder *binder, Type type, Expr **expr);
Status bind_own_forms(Binder *binder, uint32_t count, Expr **exprs);
Status bind_to_common(Binder *binder, const char *what, uint32_t count, Expr **exprs, Type *type);
bool bind_is_unknown(const Expr *expr); /* a literal without a type */
/* UNKNOWN becomes text, as in a result's columns. */
Status bind_known(Binder *binder, Expr **expr);

/* bind_type.c */
typedef struct NamedType {
    Type type;
    bool any_numeric; /* numeric without modifiers: (38,6) in a table, what the value has in a cast */
} NamedType;

Status bind_type(Binder *binder, const AstType *ast, NamedType *type);
bool bind_type_exists(const char *name);
/* TOO_COMPLEX for a type of too many levels or parts. */
Status bind_check_bounds(Binder *binder, Type type, int32_t position);
const char *bind_type_name(Binder *binder, Type type); /* without modifiers, as messages have it */

/* bind_gather.c: array_agg() of arrays, once it is bound, and percentiles of several fractions (*expr is NULL
 * where the call is none). */
Status bind_gathered_arrays(Binder *binder, const AstExpr *ast, Expr **expr);
Status bind_percentiles(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);

enum { CALL_ARGUMENTS_MAX = 100 }; /* as PostgreSQL */

/* bind_variadic.c: f(…, VARIADIC array) */
Status bind_variadic(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);

/* bind_json.c: json_agg() and its kin; DISTINCT, GROUP BY and ORDER BY ask whether values of the type can be
 * told apart, and have an order. */
bool bind_is_json_aggregate(const char *name);
Status bind_json_aggregate(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* Two jsonb values: compared by jsonb_key(), so that joins, IN and scans that know equality of text know it.
 */
bool bind_is_jsonb_equality(const char *name, uint32_t count, const Type *types);
Status bind_jsonb_equality(Binder *binder, const char *name, int32_t position, Expr *const *operands,
                           Expr **expr);
Status bind_check_equality(Binder *binder, Type type, int32_t position);
/* What stands for a value where rows are sorted, and where they are compared for equality: the value itself,
 * or of jsonb bytes made of a copy of it. UNDEFINED_FUNCTION where the type has no such order. */
Status bind_sort_value(Binder *binder, int32_t position, Expr **expr);
Status bind_key_value(Binder *binder, int32_t position, Expr **expr);

/* bind_name.c: columns by name. */
Status bind_column(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* The table of `t.*`. */
/* The table that the last of the names means (the one before it its schema) in one scope; NULL for none. */
const ScopeTable *bind_find_table(const Scope *scope, uint32_t name_count, const char *const *names);
Status bind_raise_out_of_reach(Binder *binder, const AstExpr *ast);
Status bind_qualifier(Binder *binder, const Scope *scope, const AstExpr *ast, const ScopeTable **table);

/* bind_output.c: the name of a column of the result. */
const char *bind_output_name(const AstExpr *ast);

/* bind_from.c, bind_join.c */
Status bind_from(Binder *binder, const AstSelect *ast, Scope *scope);
Status bind_from_item(Binder *binder, const AstFrom *ast, Scope *scope);
/* One table, whose columns are the node's first ones. */
void bind_target_scope(Binder *binder, const AstFrom *ast, const TableInfo *table, PlanNode *node,
                       Scope *scope);
Status bind_join(Binder *binder, const AstFrom *ast, Scope *scope);
/* The right operand of a join, in which LATERAL refers to the left one; bind_is_lateral() tells whether it
 * may. */
Status bind_right_item(Binder *binder, const Scope *left, JoinKind kind, const AstFrom *ast, Scope *scope);
bool bind_is_lateral(const AstFrom *ast);
Status bind_cross_join(Binder *binder, const Scope *left, const Scope *right, const AstFrom *item,
                       Scope *scope);
PlanNode *bind_join_node(Binder *binder, JoinKind kind, PlanNode *left, PlanNode *right, Expr *condition);
/* The right side refers to the left one by EXPR_OUTER. */
PlanNode *bind_dependent_node(Binder *binder, JoinKind kind, PlanNode *left, PlanNode *right,
                              Expr *condition);
/* bind_join_on.c, bind_join_full.c: ON with subqueries in it. */
Status bind_join_full(Binder *binder, const AstFrom *ast, SubqueryList *subqueries, PlanNode *left,
                      PlanNode *right, uint32_t count, Expr **conditions, PlanNode **node);
Status bind_join_on(Binder *binder, const AstFrom *ast, SubqueryList *subqueries, PlanNode *left,
                    PlanNode *right, uint32_t count, Expr **conditions, PlanNode **node);
Status bind_relation(Binder *binder, const char *schema, const char *name, int32_t position,
                     Relation *relation);
/* The table of that name; WRONG_OBJECT_TYPE for what is none. Noted as used. */
Status bind_target(Binder *binder, const char *schema, const char *name, int32_t position,
                   const TableInfo **table);

/* bind_select.c: `wanted[i]`, where given, is what an untyped literal of column i becomes (INSERT … SELECT).
 */
Status bind_select(Binder *binder, const AstSelect *ast, uint32_t wanted_count, const Type *wanted,
                   PlanNode **node);

/* One side of a set operation. Untyped literals in its SELECT list take the type that both sides settle on.
 */
typedef struct SetOperand {
    PlanNode *node;
    Expr **literals;          /* a column: the untyped literal that it is; NULL: it has a type */
    const int32_t *positions; /* of the columns, for messages */
} SetOperand;

Status bind_set_operand(Binder *binder, const AstSelect *ast, SetOperand *made);

/* bind_set.c: UNION, INTERSECT, EXCEPT, without the ORDER BY and LIMIT over them. */
Status bind_set_operation(Binder *binder, const AstSelect *ast, SetOperand *made);
Status bind_set_combine(Binder *binder, const AstSelect *ast, SetOperand *left, SetOperand *right,
                        SetOperand *made);
/* Both become nodes of the same column types, named as the left one. */
Status bind_settle_operands(Binder *binder, const AstSelect *ast, SetOperand *left, SetOperand *right);

/* bind_cte.c: WITH queries, bound before what they stand in front of. They are visible until `binder->ctes`
 * is put back. */
Status bind_ctes(Binder *binder, const AstSelect *ast);
const CteScope *bind_find_cte(const Binder *binder, const char *name);
const AstCte *bind_cte_of(const CteScope *scope);
Status bind_cte_reference(Binder *binder, const CteScope *found, int32_t position, PlanNode **node);
bool bind_is_recursion(const CteScope *scope); /* it refers to itself */
bool bind_is_recursive_union(const Binder *binder, const AstSelect *ast);
Status bind_recursive_union(Binder *binder, const AstSelect *ast, SetOperand *made);

/* The columns of a reference that * does not stand for: those of SEARCH and CYCLE, within the query itself.
 */
uint32_t bind_unlisted_columns(const CteScope *scope);
/* bind_search.c: how many columns SEARCH and CYCLE add. */
uint32_t bind_search_width(const AstCte *cte);
/* The first rows of such a query with these columns; `ast` is its UNION. */
Status bind_search_first(Binder *binder, const AstCte *cte, const AstSelect *ast, SetOperand *first);
/* The next rows, as bind_set_operand(), with them; `columns` are those of the first rows. */
Status bind_search_next(Binder *binder, const AstCte *cte, const AstSelect *ast, uint32_t column_count,
                        const PlanColumn *columns, SetOperand *next);

/* bind_view.c */
void bind_note_use(Binder *binder, ObjectKind kind, uint64_t id);
/* The query that a view's name stands for, without anything around it being visible. */
Status bind_view(Binder *binder, const Relation *relation, const char *name, int32_t position,
                 PlanNode **node);
Status bind_create_view(Binder *binder, const AstStatement *ast, BoundStatement *statement);

/* bind_values.c */
Status bind_values(Binder *binder, const AstSelect *ast, PlanNode **node);

/* bind_order.c: the keys of ORDER BY over output columns; LIMIT and OFFSET. */
/* bind_select.c: the columns that * or t.* stands for. */
Status bind_star(Binder *binder, const ExprPlace *place, const AstExpr *star, Outputs *outputs);
void bind_add_output(Binder *binder, Outputs *outputs, const char *name, Expr *expr, bool hidden);
/* Refuses the operator of ORDER BY … USING that does not sort. */
Status bind_sort_operator(Binder *binder, const AstSort *sort);
Status bind_order(Binder *binder, const AstSelect *ast, const ExprPlace *place, Outputs *outputs,
                  SortKey *keys);
/* The columns of DISTINCT ON, which the first sort keys must be. */
Status bind_distinct_on(Binder *binder, const AstSelect *ast, const ExprPlace *place, Outputs *outputs,
                        const SortKey *keys, uint32_t **columns);

/* bind_limit.c: LIMIT and OFFSET. */
typedef struct BoundLimit {
    PlanLimit fixed;
    bool computed; /* from rows around the query, or by subqueries: then the expressions say it all */
    Expr *limit;   /* bigint; NULL: none */
    Expr *offset;
    SubqueryList subqueries;
} BoundLimit;

Status bind_limit(Binder *binder, const Scope *scope, const AstSelect *ast, BoundLimit *limit);
/* Keep the rows that a computed limit asks for; columns more come behind the node's. */
Status bind_limit_computed(Binder *binder, uint32_t key_count, SortKey *keys, BoundLimit *limit,
                           PlanNode **node);
/* The row's number or rank in the order of the keys, as a last column. */
PlanNode *bind_number_rows(Binder *binder, WindowFunction function, uint32_t key_count, SortKey *keys,
                           PlanNode *node);
/* bind_ties.c: WITH TIES in place of the limit, which becomes none; a column more comes behind the node's. */
Status bind_ties(Binder *binder, uint32_t key_count, SortKey *keys, PlanLimit *limit, PlanNode **node);

/* bind_aggregate.c: the place of the query that is `level` levels further out, and an expression as that
 * query itself would refer to its rows. */
const ExprPlace *bind_outer_place(const Binder *binder, const ExprPlace *place, uint32_t level);
Expr *bind_lower_outer(Binder *binder, Expr *expr, uint32_t levels);

/* bind_group.c */
typedef struct GroupingSet {
    uint32_t count;
    uint32_t *keys; /* of the grouping */
} GroupingSet;

/* A column of FROM that is no key, and the aggregate that gives its one value in a group. */
typedef struct GroupDependent {
    uint32_t column;
    uint32_t aggregate;
} GroupDependent;

typedef struct Grouping {
    uint32_t count;
    uint32_t capacity;
    Expr **keys;        /* distinct */
    uint32_t set_count; /* 0 or 1: all keys; more: GROUPING SETS and their like */
    GroupingSet *sets;
    AggregateList *aggregates; /* what columns from AGGREGATE_BASE on are */
    uint32_t dependent_count;  /* columns that a primary key among the keys determines */
    GroupDependent *dependents;
    SubqueryList *subqueries;
} Grouping;

/* A key of GROUP BY: its number in the grouping. */
Status bind_group_key(Binder *binder, const AstExpr *ast, const Scope *scope, const Outputs *outputs,
                      Grouping *grouping, uint32_t *key);

Status bind_groups(Binder *binder, const AstSelect *ast, const Scope *scope, const Outputs *outputs,
                   Grouping *grouping);
/* PROJECT, AGGREGATE over the rows: the columns are the keys, then the aggregates. Outputs must have been
 * regrouped: keys change where they hold subqueries. */
Status bind_aggregate_node(Binder *binder, PlanNode **rows, const Grouping *grouping,
                           const AggregateList *aggregates);
/* The key that an expression is; false: none. */
bool bind_find_key(Binder *binder, const Grouping *grouping, const Expr *expr, uint32_t *key);
/* bind_dependent.c: note those of the expression's columns (also those that its subqueries refer to) that
 * keys determine. */
Status bind_note_dependents(Binder *binder, const Scope *scope, Grouping *grouping, const Expr *expr);
/* The expression over that node's columns; GROUPING for a column that is neither grouped nor aggregated. */
Status bind_regroup(Binder *binder, const Scope *scope, const Grouping *grouping, const Expr *expr,
                    Expr **regrouped);

/* bind_grouping_sets.c */
Status bind_grouping_sets(Binder *binder, const AstSelect *ast, const Scope *scope, const Outputs *outputs,
                          Grouping *grouping);
/* bind_direct.c: GROUPING where a direct argument of an aggregate uses a column that is not grouped. */
Status bind_check_direct(Binder *binder, const Scope *scope, const Grouping *grouping);
/* The expression without marks: over the rows that are grouped, whose keys are NULL where they are not in the
 * set (NULL: all are). */
Expr *bind_settle_direct(Binder *binder, const Grouping *grouping, const GroupingSet *set, Expr *expr);

/* As bind_aggregate_node(), where there are several sets: the set's number stands between keys and
 * aggregates. */
PlanNode *bind_grouping_sets_node(Binder *binder, PlanNode *input, const Grouping *grouping,
                                  const AggregateList *aggregates);
Status bind_grouping(Binder *binder, const ExprPlace *place, const AstExpr *ast, Expr **expr);
/* What GROUPING(…) is over the grouped rows. */
Status bind_grouping_value(Binder *binder, const Grouping *grouping, const BoundAggregate *bound,
                           Expr **expr);

/* bind_plan.c: small plan nodes. */
PlanNode *bind_project_node(Binder *binder, PlanNode *input, uint32_t count, Expr **exprs,
                            const char *const *names);
PlanNode *bind_project_outputs(Binder *binder, const Outputs *outputs, PlanNode *input);
PlanNode *bind_one_row(Binder *binder);                                       /* without columns */
PlanNode *bind_filter_node(Binder *binder, PlanNode *input, Expr *condition); /* ANDs are split */
/* The rows' expressions may hold subqueries. */
Status bind_rows_node(Binder *binder, SubqueryList *list, uint32_t rows, uint32_t columns, Expr ***values,
                      const char *const *names, PlanNode **node);
PlanNode *bind_values_node(Binder *binder, uint32_t rows, uint32_t columns, Expr ***values,
                           const char *const *names);
void bind_split_conjuncts(Binder *binder, Expr *condition, uint32_t *count, Expr ***conjuncts);

/* bind_statement.c, bind_alter.c, bind_ddl.c, bind_upkeep.c, bind_insert.c, bind_options.c */
Status bind_statement(Binder *binder, const AstStatement *ast, BoundStatement *statement);
Status bind_create_table(Binder *binder, const AstStatement *ast, BoundStatement *statement);
Status bind_create_table_as(Binder *binder, const AstStatement *ast, BoundStatement *statement);
/* bind_type.c: CREATE TYPE … AS (…). */
Status bind_create_type(Binder *binder, const AstStatement *ast, BoundStatement *statement);
Status bind_alter(Binder *binder, const AstStatement *ast, BoundStatement *statement);
/* A column's name, type and constraints. */
Status bind_column_definition(Binder *binder, const AstColumn *ast, ColumnInfo *column);
Status bind_upkeep(Binder *binder, const AstStatement *ast, BoundStatement *statement);
Status bind_insert(Binder *binder, const AstStatement *ast, BoundStatement *statement);
/* `value` as the column takes it, or DATATYPE_MISMATCH. */
Status bind_assignment(Binder *binder, const ColumnInfo *column, Expr *value, Expr **assigned);
/* The same of a DEFAULT, which the message says. */
Status bind_default_assignment(Binder *binder, const ColumnInfo *column, Expr *value, Expr **assigned);
/* bind_default.c: check a DEFAULT (or NULL: there is none) and note its text. */
Status bind_set_default(Binder *binder, ColumnInfo *column, const AstExpr *ast, const char *text);
/* A column's default; NULL where it has none. */
Status bind_default(Binder *binder, const ColumnInfo *column, Expr **value);
Status bind_default_row(Binder *binder, const TableInfo *table, Expr ***row);
/* The ordinal of a column that a list of targets names; UNDEFINED_COLUMN. */
Status bind_target_column(Binder *binder, const TableInfo *table, const QualifiedName *name,
                          uint32_t *column);
/* bind_returning.c: the plan becomes the first `kept` columns of the scope's node, what RETURNING says of its
 * rows, and the column `row_id` (-1: none). */
Status bind_returning(Binder *binder, const AstStatement *ast, const Scope *scope, uint32_t kept,
                      int64_t row_id, BoundStatement *statement);
/* bind_change.c */
Status bind_delete(Binder *binder, const AstStatement *ast, BoundStatement *statement);
Status bind_update(Binder *binder, const AstStatement *ast, BoundStatement *statement);
Status bind_copy(Binder *binder, const AstStatement *ast, BoundStatement *statement);
/* bind_copy.c: COPY TO. */
Status bind_copy_to(Binder *binder, const AstStatement *ast, BoundStatement *statement);
Status bind_explain(Binder *binder, const AstStatement *ast, BoundStatement *statement);
/* The table's columns that a list names, as ordinals; all of them where the list is empty. */
Status bind_target_columns(Binder *binder, const TableInfo *table, const AstStatement *ast, uint32_t *count,
                           uint32_t **ordinals);
Status bind_option_boolean(Binder *binder, const AstOption *option, bool *value);

void bind_notice(Binder *binder, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* An error that has no position gets this one. Returns `status`. */
Status bind_at(Binder *binder, Status status, int32_t position);

#endif
