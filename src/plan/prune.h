/* plan/prune.h: whether rows that statistics describe can satisfy a condition: what tablets, and blocks in
 * them, need not be read. Conservative: "may match" wherever it is not sure. */
#ifndef RUNNEL_PLAN_PRUNE_H
#define RUNNEL_PLAN_PRUNE_H

#include "column/statistics.h"
#include "expr/expr.h"

/* Statistics of the condition's column, over the rows in question; NULL where there are none. */
typedef const ColumnStatistics *(*PruneStatistics)(void *context, uint32_t column);

/* False: the condition is true for none of the rows. */
bool prune_may_match(const Expr *condition, PruneStatistics statistics, void *context);

/* For conjuncts: false where one of them is true for none. */
bool prune_may_match_all(Expr *const *conjuncts, uint32_t count, PruneStatistics statistics, void *context);

/* A value that stands for a bound or a constant. Strings point to bytes owned by whoever gave them. */
typedef enum PruneClass { PRUNE_NONE, PRUNE_INTEGER, PRUNE_REAL, PRUNE_TEXT } PruneClass;

typedef struct PruneValue {
    PruneClass class;
    uint8_t scale; /* INTEGER: decimal digits after the point */
    bool exact;    /* occurs; else an outer bound */
    Int128 integer;
    double real;
    const char *data;
    size_t size;
} PruneValue;

PruneValue prune_value_of_bound(Type type, const ColumnBound *bound);
PruneValue prune_value_of_constant(const Expr *constant);
/* False where they cannot be compared. NaN is above all. */
bool prune_compare(const PruneValue *a, const PruneValue *b, int *order);
/* As a number on a line, for estimates; false for strings. */
bool prune_position(const PruneValue *value, double *position);

/* The literal start of a LIKE pattern, up to its first wildcard. Points into the pattern. */
StringView prune_like_prefix(const StringView *pattern);

#endif
