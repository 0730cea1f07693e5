/* plan/codec.h: the plan as msgpack, both ways by one description.
 *
 * Each function takes what it describes through a Codec that either writes or reads: one list of fields
 * serves both. Reading nobody's promise is taken: counts are bounded by the bytes left, the first mismatch
 * marks the codec failed, and all later reads give zeroes (base/unpack.h). What the fields mean to each other
 * is checked after, by codec_check.c. */
#ifndef RUNNEL_PLAN_CODEC_H
#define RUNNEL_PLAN_CODEC_H

#include "base/pack.h"
#include "base/unpack.h"
#include "plan/stage.h"

enum {
    CODEC_VERSION = 1,
    CODEC_EXPR_DEPTH_MAX = 4096, /* twice what the binder lets through, for casts */
    CODEC_TYPE_DEPTH_MAX = 64,
    CODEC_PARTITIONS_MAX = 65536,
    CODEC_TASKS_MAX = 1 << 20,
    CODEC_VISITS_MAX = 1 << 20
};

typedef struct Codec {
    bool reading;
    Unpack in;
    msgpack_packer out;
    Arena *arena;     /* of what is read */
    PlanNode **nodes; /* children before parents; named by index */
    uint32_t node_count;
} Codec;

void codec_fail(Codec *codec);
bool codec_has_failed(const Codec *codec);

void codec_bool(Codec *codec, bool *value);
void codec_u32(Codec *codec, uint32_t *value);
void codec_i32(Codec *codec, int32_t *value);
void codec_u64(Codec *codec, uint64_t *value);
void codec_i64(Codec *codec, int64_t *value);
void codec_char(Codec *codec, char *value);
void codec_double(Codec *codec, double *value);
void codec_string(Codec *codec, const char **text); /* may be NULL */
/* `size` raw bytes at `value`. */
void codec_raw(Codec *codec, void *value, size_t size);
/* Bytes and their number; reading gives a copy in the arena, NULL where there are none. */
void codec_bytes(Codec *codec, uint32_t *size, const void **bytes);
#define CODEC_BYTES(codec, size, bytes) codec_bytes((codec), &(size), &(bytes))
/* True where there is something: *slot is not NULL (writing), or a flag says so (reading). */
bool codec_optional(Codec *codec, const void *slot);

/* An array's length; reading allocates `*items`, zeroed. */
void codec_list(Codec *codec, uint32_t *count, void **items, size_t item_size);
/* The same where the length is known from elsewhere: another one is a failure. */
void codec_list_of(Codec *codec, uint32_t count, void **items, size_t item_size);

#define CODEC_LIST(codec, count, items)    codec_list((codec), &(count), (void **)&(items), sizeof *(items))
#define CODEC_LIST_OF(codec, count, items) codec_list_of((codec), (count), (void **)&(items), sizeof *(items))

/* An enum (or another small number) below `bound`. */
#define CODEC_BELOW(codec, field, bound)                                                                     \
    do {                                                                                                     \
        uint32_t below = (uint32_t)(field);                                                                  \
        codec_u32((codec), &below);                                                                          \
        if (below >= (uint32_t)(bound))                                                                      \
            codec_fail(codec);                                                                               \
        else if ((codec)->reading)                                                                           \
            (field) = (__typeof__(field))below;                                                              \
    } while (0)

void codec_u32_list(Codec *codec, uint32_t *count, const uint32_t **items);
void codec_u32_list_of(Codec *codec, uint32_t count, const uint32_t **items);
/* NULL stays NULL. */
void codec_bool_list_of(Codec *codec, uint32_t count, const bool **items);

/* codec_expr.c */
void codec_type(Codec *codec, Type *type);
void codec_bound(Codec *codec, ColumnBound *bound);
/* `count` values of the type's layout in one array. */
void codec_values(Codec *codec, Type type, uint32_t count, const void **values);
void codec_expr(Codec *codec, Expr **expr); /* never NULL */
void codec_optional_expr(Codec *codec, Expr **expr);
void codec_expr_list(Codec *codec, uint32_t *count, Expr ***expressions);
void codec_expr_list_of(Codec *codec, uint32_t count, Expr ***expressions);
void codec_aggregate(Codec *codec, const Aggregate **aggregate);

/* codec_node.c */
void codec_node_reference(Codec *codec, PlanNode **node);
void codec_nodes(Codec *codec);

/* codec_check.c: whether a plan that was read holds together: every index in range, types fitting. */
Status codec_check_node(const PlanNode *node, const StagedPlan *plan, Error *error);
/* codec_check_window.c; the calls of aggregates in it are checked by the other. */
bool codec_window_is_sound(const PlanNode *node, const PlanNode *input);
bool codec_rows_call_is_sound(const PlanAggregateCall *call, const PlanNode *input);
Status codec_check_plan(const StagedPlan *plan, Error *error);

#endif
