/* tests/reference/frame.h: which rows of its partition are in a row's frame, asked of each of them. */
#ifndef RUNNEL_TESTS_REFERENCE_FRAME_H
#define RUNNEL_TESTS_REFERENCE_FRAME_H

#include "evaluator.h"

typedef struct Partition {
    Evaluator *evaluator;
    const PlanWindow *window;
    Rows rows;        /* in order */
    uint32_t *groups; /* of peers: the number of each row's */
} Partition;

Status frame_has(const Partition *partition, const WindowFrame *frame, uint32_t current, uint32_t row,
                 bool *in);

#endif
