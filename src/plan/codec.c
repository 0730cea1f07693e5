/* A staged plan as bytes and back. */
#include "plan/codec.h"

#include "plan/walk.h"

static void
fields_session(Codec *codec, Session *session)
{
    const char *zone = session->time_zone;

    codec_i64(codec, &session->now);
    codec_u64(codec, &session->seed);
    codec_string(codec, &zone);
    if (!codec->reading)
        return;
    if (zone == NULL || strlen(zone) >= sizeof session->time_zone)
        codec_fail(codec);
    else
        memcpy(session->time_zone, zone, strlen(zone) + 1);
}

static void
fields_tablet_range(Codec *codec, TabletRange *range)
{
    codec_u64(codec, &range->tablet);
    codec_string(codec, &range->path);
    codec_i32(codec, &range->partition);
    codec_u32(codec, &range->first_block);
    codec_u32(codec, &range->block_count);
    CODEC_BYTES(codec, range->deletions_size, range->deletions);
}

static void
fields_file_range(Codec *codec, FileRange *range)
{
    codec_string(codec, &range->path);
    codec_u64(codec, &range->offset);
    codec_u64(codec, &range->length);
    codec_bool(codec, &range->quoted);
    codec_u64(codec, &range->first_line);
}

static void
fields_task(Codec *codec, StageTask *task)
{
    codec_u32(codec, &task->source);
    CODEC_LIST(codec, task->tablet_count, task->tablets);
    for (uint32_t i = 0; i < task->tablet_count && !codec_has_failed(codec); i++)
        fields_tablet_range(codec, (TabletRange *)task->tablets + i);
    CODEC_LIST(codec, task->file_count, task->files);
    for (uint32_t i = 0; i < task->file_count && !codec_has_failed(codec); i++)
        fields_file_range(codec, (FileRange *)task->files + i);
    codec_double(codec, &task->cost);
    codec_u64(codec, &task->affinity);
}

static void
fields_stage(Codec *codec, Stage *stage)
{
    codec_u32(codec, &stage->id);
    codec_node_reference(codec, &stage->root);
    codec_bool(codec, &stage->leaf);
    codec_bool(codec, &stage->indeterminate);
    codec_u32(codec, &stage->task_count);
    if (stage->leaf) {
        CODEC_LIST(codec, stage->task_count, stage->tasks);
        for (uint32_t i = 0; i < stage->task_count && !codec_has_failed(codec); i++)
            fields_task(codec, &stage->tasks[i]);
    }
    codec_u32_list(codec, &stage->input_count, (const uint32_t **)&stage->inputs);
    codec_u32(codec, &stage->output);
    codec_u32_list(codec, &stage->extra_output_count, (const uint32_t **)&stage->extra_outputs);
}

static void
fields_plan_exchange(Codec *codec, Exchange *exchange)
{
    codec_u32(codec, &exchange->id);
    codec_node_reference(codec, &exchange->node);
    codec_u32(codec, &exchange->producer);
    codec_u32(codec, &exchange->consumer);
}

static void
fields_plan(Codec *codec, StagedPlan *plan)
{
    uint32_t version = CODEC_VERSION;

    codec_u32(codec, &version);
    if (version != CODEC_VERSION)
        codec_fail(codec);
    fields_session(codec, &plan->session);
    codec_nodes(codec);
    codec_node_reference(codec, &plan->root);
    CODEC_LIST(codec, plan->stage_count, plan->stages);
    for (uint32_t i = 0; i < plan->stage_count && !codec_has_failed(codec); i++)
        fields_stage(codec, &plan->stages[i]);
    CODEC_LIST(codec, plan->exchange_count, plan->exchanges);
    for (uint32_t i = 0; i < plan->exchange_count && !codec_has_failed(codec); i++)
        fields_plan_exchange(codec, &plan->exchanges[i]);
    codec_u32(codec, &plan->root_exchange);
    codec_u64(codec, &plan->memory_limit);
    codec_u64(codec, &plan->tablets_total);
    codec_u64(codec, &plan->tablets_pruned);
    codec_u32(codec, &plan->node_count);
    codec_i64(codec, &plan->root_limit);
}

Status
plan_encode(const StagedPlan *plan, Buffer *out, Error *error)
{
    Arena *arena = arena_new(NULL);
    Codec codec = {.out = pack_into(out), .arena = arena};

    codec.node_count = plan_collect(arena, plan->root, &codec.nodes);
    /* Writing changes nothing in the plan: the descriptions serve both ways and so take it as mutable. */
    fields_plan(&codec, (StagedPlan *)plan);
    arena_destroy(&arena);
    if (codec_has_failed(&codec))
        return error_set(error, STATUS_INTERNAL, "the plan cannot be encoded");
    return out->failed ? error_set_memory(error) : STATUS_OK;
}

Status
plan_decode(Arena *arena, const void *bytes, size_t size, StagedPlan **plan, Error *error)
{
    Codec codec = {.reading = true, .in = unpack_from(bytes, size), .arena = arena};
    StagedPlan *read = ARENA_NEW(arena, StagedPlan);

    fields_plan(&codec, read);
    if (!unpack_is_done(&codec.in))
        return error_set(error, STATUS_PROTOCOL, "malformed plan of %zu bytes", size);
    for (uint32_t i = 0; i < codec.node_count; i++)
        TRY(codec_check_node(codec.nodes[i], read, error));
    TRY(codec_check_plan(read, error));
    *plan = read;
    return STATUS_OK;
}
