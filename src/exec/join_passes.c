#include "exec/join_passes.h"

#include "base/bits.h"

#include <stdlib.h>

void
join_passes_begin(JoinPasses *passes, uint64_t probe_rows)
{
    *passes = (JoinPasses){.probe_rows = probe_rows};
}

void
join_passes_end(JoinPasses *passes, Budget *in_hand)
{
    budget_release(in_hand, passes->bytes);
    free(passes->matched);
    free(passes->unknown);
    *passes = (JoinPasses){0};
}

Status
join_passes_expect_more(JoinPasses *passes, JoinKind kind, Budget *in_hand, Error *error)
{
    const size_t words = bits_words(passes->probe_rows) + 1;
    const size_t bytes = (kind == JOIN_MARK ? 2 : 1) * words * sizeof(uint64_t);

    passes->last = false;
    if (passes->matched != NULL || kind == JOIN_INNER || kind == JOIN_RIGHT)
        return STATUS_OK;
    if (!budget_charge(in_hand, bytes))
        return error_set_memory(error);
    passes->bytes = bytes;
    passes->matched = calloc(words, sizeof(uint64_t));
    passes->unknown = kind == JOIN_MARK ? calloc(words, sizeof(uint64_t)) : NULL;
    if (passes->matched != NULL && (passes->unknown != NULL || kind != JOIN_MARK))
        return STATUS_OK;
    return error_set_memory(error);
}

bool
join_passes_narrow(JoinPasses *passes, uint64_t batches)
{
    passes->most = batches / 2;
    passes->loaded = 0;
    return passes->most > 0;
}

static void
read_bits(const uint64_t *bits, uint64_t first, uint32_t count, bool *values)
{
    for (uint32_t i = 0; i < count; i++)
        values[i] = bits_get(bits, first + i);
}

static void
write_bits(uint64_t *bits, uint64_t first, uint32_t count, const bool *values)
{
    for (uint32_t i = 0; i < count; i++)
        bits_put(bits, first + i, values[i]);
}

void
join_passes_recall(const JoinPasses *passes, Join *join, uint32_t count)
{
    if (passes->matched != NULL)
        read_bits(passes->matched, passes->next_probe_row, count, join->matched);
    if (passes->unknown != NULL)
        read_bits(passes->unknown, passes->next_probe_row, count, join->unknown);
}

void
join_passes_note(JoinPasses *passes, const Join *join, uint32_t count)
{
    if (passes->matched != NULL)
        write_bits(passes->matched, passes->next_probe_row, count, join->matched);
    if (passes->unknown != NULL)
        write_bits(passes->unknown, passes->next_probe_row, count, join->unknown);
    passes->next_probe_row += count;
}
