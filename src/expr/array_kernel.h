/* expr/array_kernel.h: kernels whose result is an array, written as what happens to one row.
 *
 * `static Status name_row(KernelCall *call, uint32_t row, ListBuilder *out)` appends the row's elements and
 * ARRAY_KERNEL(name) gives kernel_name(); to make the row NULL it clears its validity. */
#ifndef RUNNEL_EXPR_ARRAY_KERNEL_H
#define RUNNEL_EXPR_ARRAY_KERNEL_H

#include "column/list_builder.h"
#include "expr/kernels_array.h"
#include "expr/row_kernel.h"

typedef Status (*ArrayRow)(KernelCall *call, uint32_t row, ListBuilder *out);

static inline Status
array_rows(KernelCall *call, ArrayRow make)
{
    ListBuilder *out = arena_alloc(call->arena, sizeof *out);
    ListEntry *entries = call->result;

    if (out == NULL)
        return error_set_memory(call->error);
    TRY(list_builder_init(out, call->arena, call->type.nested->types[0], call->error));
    for (uint32_t i = 0; i < call->count; i++) {
        const uint32_t row = kernel_row(call, i);
        const uint32_t first = out->count;
        if (bits_get(call->validity, row))
            TRY(make(call, row, out));
        entries[row] = (ListEntry){.offset = first, .count = out->count - first};
    }
    call->children = list_builder_vector(out);
    return STATUS_OK;
}

#define ARRAY_KERNEL(name)                                                                                   \
    Status kernel_##name(KernelCall *call)                                                                   \
    {                                                                                                        \
        return array_rows(call, name##_row);                                                                 \
    }

/* Append elements [from, to) of the row's array. */
static inline Status
array_append_range(KernelCall *call, uint32_t number, uint32_t row, uint32_t from, uint32_t to,
                   ListBuilder *out)
{
    const ListEntry entry = list_entry(&call->arguments[number], row);

    for (uint32_t i = from; i < to && i < entry.count; i++)
        TRY(list_builder_append(out, call->arguments[number].children, entry.offset + i, call->error));
    return STATUS_OK;
}

/* The size of a dimension of the row's array, the first argument, from 1; an array without elements has none.
 */
static inline uint32_t
array_dimension(const KernelCall *call, uint32_t row, int32_t number)
{
    const Vector *lists = &call->arguments[0];
    ListEntry entry = list_entry(lists, row);

    for (int32_t d = 1; d < number; d++) {
        lists = list_elements(lists);
        if (entry.count == 0 || lists->layout != LAYOUT_LIST)
            return 0;
        entry = list_entry(lists, entry.offset);
    }
    return number < 1 ? 0 : entry.count;
}

static inline uint32_t
array_count(const KernelCall *call, uint32_t number, uint32_t row)
{
    return list_entry(&call->arguments[number], row).count;
}

#endif
