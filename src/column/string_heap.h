/* column/string_heap.h: the bytes behind string views, in pieces that never move. Not thread-safe. */
#ifndef RUNNEL_COLUMN_STRING_HEAP_H
#define RUNNEL_COLUMN_STRING_HEAP_H

#include "base/budget.h"
#include "column/value.h"

typedef struct StringPiece StringPiece;

/* Open, to stand inside its owner. Zero-initialise it, then set the budget. */
typedef struct StringHeap {
    Budget *budget; /* may be NULL */
    StringPiece *first;
    StringPiece *current;
    size_t bytes; /* held from the system */
    size_t used;  /* given out since the last clear */
} StringHeap;

void string_heap_destroy(StringHeap *heap);
void string_heap_clear(StringHeap *heap); /* forgets the bytes, keeps the memory */

/* Room for `size` bytes; NULL where budget or system refuses. */
char *string_heap_room(StringHeap *heap, size_t size);

/* Make the view's bytes the heap's; false where there is no room. Short strings stand in the view itself. */
static inline bool
string_heap_adopt(StringHeap *heap, StringView *view)
{
    if (view->size <= STRING_VIEW_INLINE)
        return true;
    char *room = string_heap_room(heap, view->size);
    if (room == NULL)
        return false;
    view->data = memcpy(room, view->data, view->size);
    return true;
}

#endif
