/* column/list_builder.h: the elements of arrays while they are put together, in an arena.
 *
 * Values are copied, string bytes are not: what they point to must live as long as the arena's batch. */
#ifndef RUNNEL_COLUMN_LIST_BUILDER_H
#define RUNNEL_COLUMN_LIST_BUILDER_H

#include "column/vector.h"

typedef struct ListBuilder {
    Arena *arena;
    Vector vector; /* of the elements so far; its data grows */
    uint32_t count;
    uint32_t capacity;
    uint64_t *validity;         /* as many bits as there is room for values */
    struct ListBuilder *nested; /* the elements' own elements, where they are arrays */
} ListBuilder;

Status list_builder_init(ListBuilder *builder, Arena *arena, Type element, Error *error);

/* Append an element: the row of a vector of the same layout (perhaps NULL), NULL, or a value of the layout
 * that has no elements of its own. */
Status list_builder_append(ListBuilder *builder, const Vector *from, uint32_t row, Error *error);
Status list_builder_append_null(ListBuilder *builder, Error *error);
Status list_builder_append_value(ListBuilder *builder, const void *value, Error *error);

/* Append the elements of the array in that row, which is not NULL; *entry is where they stand. */
Status list_builder_copy(ListBuilder *builder, const Vector *lists, uint32_t row, ListEntry *entry,
                         Error *error);

/* An array among the elements: what is appended to builder->nested in between are its elements. */
Status list_builder_append_list(ListBuilder *builder, uint32_t first, Error *error);

/* The elements as a flat vector, which lives as long as the builder and changes as it grows. */
const Vector *list_builder_vector(ListBuilder *builder);

/* The elements that the entries of an array vector count in. */
static inline const Vector *
list_elements(const Vector *lists)
{
    return lists->form == VECTOR_DICTIONARY ? lists->dictionary->values.children : lists->children;
}

static inline ListEntry
list_entry(const Vector *lists, uint32_t row)
{
    return ((const ListEntry *)vector_values(lists))[vector_index(lists, row)];
}

#endif
