#include "coordinator/returned.h"

#include "base/memory.h"
#include "base/pack.h"
#include "base/unpack.h"
#include "column/codec.h"
#include "column/type_codec.h"
#include "coordinator/planning.h"
#include "expr/function.h"
#include "expr/text.h"

#include <stdlib.h>
#include <string.h>

typedef struct ReturnedChunk {
    const char *bytes;
    size_t size;
} ReturnedChunk;

struct Returned {
    Arena *arena;
    uint32_t column_count;
    PlanColumn *columns;
    size_t bytes;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    ReturnedChunk *chunks;
};

Returned *
returned_new(QuerySession *session, const PlanColumn *columns, uint32_t count)
{
    Returned *self = ARENA_NEW(session->arena, Returned);

    self->arena = session->arena;
    self->column_count = count;
    self->columns = ARENA_ARRAY(session->arena, PlanColumn, count);
    for (uint32_t i = 0; i < count; i++)
        self->columns[i] = (PlanColumn){arena_copy_string(session->arena, columns[i].name), columns[i].type};
    return self;
}

Status
returned_add(Returned *self, const void *bytes, size_t size, Error *error)
{
    self->bytes += size;
    if (self->bytes > WRITE_RETURNED_MAX) {
        error_set(error, STATUS_LIMIT_EXCEEDED, "RETURNING gives more than %d bytes", WRITE_RETURNED_MAX);
        return error_hint(error,
                          "nothing was changed; change fewer rows at once, or ask for them afterwards");
    }
    if (self->chunk_count == self->chunk_capacity) {
        const uint32_t capacity = 2 * self->chunk_capacity + 4;
        ReturnedChunk *grown = ARENA_ARRAY(self->arena, ReturnedChunk, capacity);
        if (self->chunk_count > 0)
            memcpy(grown, self->chunks, self->chunk_count * sizeof *grown);
        self->chunks = grown;
        self->chunk_capacity = capacity;
    }
    self->chunks[self->chunk_count++] = (ReturnedChunk){arena_copy_aligned(self->arena, bytes, size), size};
    return STATUS_OK;
}

/* ---- as text: msgpack's [[name, type] …] and [chunk …], in hexadecimal digits ---- */

char *
returned_describe(const Returned *self)
{
    static const char digits[] = "0123456789abcdef";
    Buffer bytes = {0};
    msgpack_packer packer = pack_into(&bytes);

    msgpack_pack_array(&packer, self->column_count);
    for (uint32_t i = 0; i < self->column_count; i++) {
        msgpack_pack_array(&packer, 2);
        pack_string(&packer, self->columns[i].name);
        type_pack(&packer, self->columns[i].type);
    }
    msgpack_pack_array(&packer, self->chunk_count);
    for (uint32_t i = 0; i < self->chunk_count; i++)
        pack_binary(&packer, self->chunks[i].bytes, self->chunks[i].size);
    char *text = memory_alloc_zero(2 * bytes.size + 1, 1);
    for (size_t i = 0; i < bytes.size; i++) {
        text[2 * i] = digits[(unsigned char)bytes.data[i] >> 4];
        text[2 * i + 1] = digits[(unsigned char)bytes.data[i] & 15];
    }
    buffer_destroy(&bytes);
    return text;
}

static int
digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static Status
damaged(Error *error)
{
    return error_set(error, STATUS_CORRUPT, "what RETURNING gave is damaged in the catalog");
}

static Status
read_bytes(QuerySession *session, const char *text, const char **bytes, size_t *size, Error *error)
{
    *size = strlen(text) / 2;
    char *made = ARENA_ARRAY(session->arena, char, *size + 1);
    for (size_t i = 0; i < *size; i++) {
        const int high = digit_of(text[2 * i]);
        const int low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return damaged(error);
        made[i] = (char)(16 * high + low);
    }
    *bytes = made;
    return STATUS_OK;
}

Status
returned_read(QuerySession *session, const char *text, Error *error)
{
    const char *bytes = NULL;
    size_t size;

    TRY(read_bytes(session, text, &bytes, &size, error));
    Unpack unpack = unpack_from(bytes, size);
    const uint32_t count = unpack_array(&unpack);
    PlanColumn *columns = ARENA_ARRAY(session->arena, PlanColumn, count);
    for (uint32_t i = 0; i < count; i++) {
        size_t length = 0;
        (void)unpack_array(&unpack);
        const char *name = unpack_string(&unpack, &length);
        columns[i].name = name != NULL ? arena_copy_bytes(session->arena, name, length) : "";
        columns[i].type = type_unpack(&unpack, session->arena);
    }
    Returned *self = returned_new(session, columns, count);
    const uint32_t chunks = unpack_array(&unpack);
    for (uint32_t i = 0; i < chunks; i++) {
        size_t chunk_size = 0;
        const void *chunk = unpack_binary(&unpack, &chunk_size);
        if (chunk == NULL)
            return damaged(error);
        TRY(returned_add(self, chunk, chunk_size, error));
    }
    if (!unpack_is_done(&unpack))
        return damaged(error);
    session->returned = self;
    return STATUS_OK;
}

/* ---- as a plan ---- */

/* A list is read from its text: no constant holds one. */
static Expr *
list_constant(QuerySession *session, const Vector *vector, uint32_t row)
{
    Buffer text = {0};
    bool needed;

    text_format_value(vector, row, &session->session, &text);
    Expr *argument = expr_text(session->arena, buffer_text(&text));
    buffer_destroy(&text);
    const Function *cast = function_find_cast(argument->type, vector->type, CAST_EXPLICIT, &needed);
    return expr_call(session->arena, cast, vector->type, 1, &argument);
}

static Expr *
constant_at(QuerySession *session, const Vector *vector, Type type, uint32_t row)
{
    if (vector_is_null(vector, row))
        return expr_null(session->arena, type);
    if (type.id == TYPE_LIST)
        return list_constant(session, vector, row);
    const size_t width = layout_width(type_layout(type));
    return expr_constant(session->arena, type,
                         (const char *)vector_values(vector) + width * vector_index(vector, row));
}

static Status
count_rows(QuerySession *session, const Returned *self, Vector **columns, uint64_t *counts, uint64_t *total,
           Error *error)
{
    Type *types = ARENA_ARRAY(session->arena, Type, self->column_count);

    *total = 0;
    for (uint32_t i = 0; i < self->column_count; i++)
        types[i] = self->columns[i].type;
    for (uint32_t i = 0; i < self->chunk_count; i++) {
        columns[i] = ARENA_ARRAY(session->arena, Vector, self->column_count);
        TRY(chunk_decode(self->chunks[i].bytes, self->chunks[i].size, self->column_count, types,
                         session->arena, &counts[i], columns[i], error));
        *total += counts[i];
    }
    return STATUS_OK;
}

Status
returned_plan(QuerySession *session, Error *error)
{
    const Returned *self = session->returned;
    PlanNode *node = plan_node_new(session->arena, PLAN_VALUES, self->column_count, self->columns, 0, NULL);
    Vector **columns = ARENA_ARRAY(session->arena, Vector *, self->chunk_count);
    uint64_t *counts = ARENA_ARRAY(session->arena, uint64_t, self->chunk_count);
    uint64_t total;

    TRY(count_rows(session, self, columns, counts, &total, error));
    node->values.rows = ARENA_ARRAY(session->arena, Expr **, total);
    for (uint32_t i = 0; i < self->chunk_count; i++) {
        for (uint32_t row = 0; row < counts[i]; row++) {
            Expr **exprs = ARENA_ARRAY(session->arena, Expr *, self->column_count);
            for (uint32_t c = 0; c < self->column_count; c++)
                exprs[c] = constant_at(session, &columns[i][c], self->columns[c].type, row);
            node->values.rows[node->values.row_count++] = exprs;
        }
    }
    session->kind = SESSION_READ;
    session->bound = node;
    return planning_stage(session, node, error);
}
