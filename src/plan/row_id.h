/* plan/row_id.h: the column of a scan that numbers rows: what DELETE and UPDATE name them by. */
#ifndef RUNNEL_PLAN_ROW_ID_H
#define RUNNEL_PLAN_ROW_ID_H

#include <stdint.h>

/* In place of a table column's id: a bigint of the tablet's catalog id and the row in it. */
#define ROW_ID_COLUMN UINT32_MAX

enum { ROW_ID_SHIFT = 32 };

static inline int64_t
row_id(uint64_t tablet, uint64_t row)
{
    return (int64_t)(tablet << ROW_ID_SHIFT | row);
}

#endif
