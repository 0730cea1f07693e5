/* expr/record.h: records as bytes: their fields one behind another as order_key.h writes them, NULLs last.
 *
 * So memcmp() orders records as PostgreSQL does, equal records are equal bytes, and whatever moves strings
 * moves records. The type, not the bytes, says what the fields are. */
#ifndef RUNNEL_EXPR_RECORD_H
#define RUNNEL_EXPR_RECORD_H

#include "base/buffer.h"
#include "column/vector.h"

/* Append the record of the fields in that row. */
void record_append(uint32_t count, const Vector *fields, uint32_t row, Buffer *out);

/* The fields of one record in turn. */
typedef struct RecordReader {
    const NestedType *nested;
    const char *at; /* NULL: the bytes are no such record */
    const char *end;
    uint32_t next; /* field */
    Arena *arena;
    bool own_arena;
    Vector value; /* of the field read last: FLAT, one row */
    uint64_t validity;
    _Alignas(16) char data[16];
} RecordReader;

/* A record of that type, which must outlive what is read of it. Bytes of strings are the record's own where
 * they can be, else `arena`'s, as elements of arrays are; without an arena the reader makes one where it
 * needs it. The reader must not be moved while its value is looked at. */
void record_open(RecordReader *reader, Type type, const StringView *record, Arena *arena);
void record_close(RecordReader *reader);

/* The next field into `value`; false behind the last one, and where the bytes are no such record. */
bool record_next(RecordReader *reader);

/* Past the next `count` fields. */
bool record_skip(RecordReader *reader, uint32_t count);

static inline const StringView *
record_view(const Vector *records, uint32_t row)
{
    return &((const StringView *)vector_values(records))[vector_index(records, row)];
}

#endif
