#include "column/string_heap.h"

#include <stdlib.h>

enum { PIECE_FIRST = 4096, PIECE_LARGEST = 1 << 20 };

struct StringPiece {
    struct StringPiece *next;
    size_t capacity;
    size_t used;
    char bytes[];
};

void
string_heap_destroy(StringHeap *heap)
{
    for (StringPiece *piece = heap->first, *next; piece != NULL; piece = next) {
        next = piece->next;
        free(piece);
    }
    budget_release(heap->budget, heap->bytes);
    heap->first = NULL;
    heap->current = NULL;
    heap->bytes = 0;
    heap->used = 0;
}

void
string_heap_clear(StringHeap *heap)
{
    for (StringPiece *piece = heap->first; piece != NULL; piece = piece->next)
        piece->used = 0;
    heap->current = heap->first;
    heap->used = 0;
}

static StringPiece *
piece_new(StringHeap *heap, size_t least)
{
    size_t capacity = heap->current == NULL ? PIECE_FIRST : heap->current->capacity * 2;

    if (capacity > PIECE_LARGEST)
        capacity = PIECE_LARGEST;
    if (capacity < least)
        capacity = least;
    if (capacity > SIZE_MAX / 2 || !budget_charge(heap->budget, sizeof(StringPiece) + capacity))
        return NULL;
    StringPiece *piece = malloc(sizeof *piece + capacity);
    if (piece == NULL) {
        budget_release(heap->budget, sizeof *piece + capacity);
        return NULL;
    }
    *piece = (StringPiece){.capacity = capacity};
    heap->bytes += sizeof *piece + capacity;
    return piece;
}

/* The current piece has too little room: go to the next that has enough, or to a new one after the current.
 */
static StringPiece *
next_piece(StringHeap *heap, size_t size)
{
    StringPiece *next = heap->current == NULL ? heap->first : heap->current->next;

    while (next != NULL && next->capacity - next->used < size)
        next = next->next;
    if (next != NULL)
        return next;

    StringPiece *piece = piece_new(heap, size);
    if (piece == NULL)
        return NULL;
    if (heap->current == NULL) {
        heap->first = piece;
    } else {
        piece->next = heap->current->next;
        heap->current->next = piece;
    }
    return piece;
}

char *
string_heap_room(StringHeap *heap, size_t size)
{
    StringPiece *piece = heap->current;

    if (piece == NULL || piece->capacity - piece->used < size) {
        piece = next_piece(heap, size);
        if (piece == NULL)
            return NULL;
        heap->current = piece;
    }
    char *room = piece->bytes + piece->used;
    piece->used += size;
    heap->used += size;
    return room;
}
