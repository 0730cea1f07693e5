/* tablet/symbols.h: strings compressed one by one under a table of symbols, so that any of them decodes
 * alone.
 *
 * A code of one byte stands for a symbol of one to eight bytes; code 255 says that the next byte stands for
 * itself. (Boncz, Neumann and Leis, "FSST: Fast Random Access String Compression", VLDB 2020.) */
#ifndef RUNNEL_TABLET_SYMBOLS_H
#define RUNNEL_TABLET_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYMBOLS_MAX = 255, SYMBOL_ESCAPE = 255, SYMBOL_BYTES = 8 };

/* As it stands in the file. Unused symbols have size 1, so that damaged codes decode to something. */
typedef struct SymbolTable {
    uint64_t symbols[SYMBOLS_MAX + 1]; /* bytes, first one lowest */
    uint8_t sizes[SYMBOLS_MAX + 1];    /* 1..8 */
} SymbolTable;

/* A table for strings like the sample's (NUL-free or not). */
void symbols_train(const char *const *strings, const uint32_t *sizes, size_t count, SymbolTable *table);

/* Whether a table that was read is well-formed. */
bool symbols_check(const SymbolTable *table);

typedef struct SymbolEncoder SymbolEncoder;

SymbolEncoder *symbol_encoder_new(const SymbolTable *table); /* NULL: no memory */
void symbol_encoder_destroy(SymbolEncoder **self);

/* The codes of a string; `out` has room for 2 * size bytes. Returns how many there are. */
size_t symbols_encode(const SymbolEncoder *encoder, const char *string, size_t size, uint8_t *out);

/* The most bytes that so many codes decode to, and the room that decoding them needs. */
static inline size_t
symbols_room(size_t size)
{
    return size * SYMBOL_BYTES + SYMBOL_BYTES;
}

/* The string's size. An escape at the very end stands for nothing. */
size_t symbols_decode(const SymbolTable *table, const uint8_t *codes, size_t size, char *out);

#endif
