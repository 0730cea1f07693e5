/* front/result_body.h: a query's rows as the body of an answer, piece by piece: a JSON document, NDJSON, CSV,
 * or frames.
 *
 * Frames (application/vnd.runnel.frames, what Runnel's own clients ask for): each is a kind, the payload's
 * size in 4 bytes (little-endian), the payload. H: JSON {"id","time_zone","columns"}; C: an encoded chunk
 * (column/codec.h); E: the JSON summary, the end; X: a problem document, the end. Who asks for
 * "application/vnd.runnel.frames; progress=yes" is answered before the result is known: I, the query's id as
 * 32 digits, comes first, so that its progress can be asked for; L, a load's answer, is the end of one. */
#ifndef RUNNEL_FRONT_RESULT_BODY_H
#define RUNNEL_FRONT_RESULT_BODY_H

#include "base/buffer.h"
#include "front/front.h"

typedef enum BodyFormat { BODY_JSON, BODY_NDJSON, BODY_CSV, BODY_FRAMES } BodyFormat;

typedef struct ResultBody {
    BodyFormat format;
    const char *kept_id; /* the rows are kept ones of this query: its id and row count; or NULL */
    uint32_t column_count;
    const PlanColumn *columns;
    const Session *session;
    const char **names; /* NDJSON: made unique */
    Type *types;
    Arena *arena; /* of one chunk */
    Arena *names_arena;
    uint64_t rows;
    bool begun;
} ResultBody;

void result_body_init(ResultBody *body, BodyFormat format);
void result_body_destroy(ResultBody *body);
const char *result_body_content_type(BodyFormat format);

/* Frames: what comes before all others for who asks for progress; the answer to a load. */
void result_body_identify(FrontQuery *query, Buffer *out);
void result_body_end_load(const char *answer, Buffer *out);
/* Append the rows of a chunk (the first call appends the head, too). */
Status result_body_add(ResultBody *body, FrontQuery *query, const Chunk *chunk, Buffer *out, Error *error);
/* After the last row: append the rest; for JSON with what the summary says. */
void result_body_end(ResultBody *body, FrontQuery *query, Buffer *out);
/* Tell the reader of a stream that has begun that it failed. Nothing for formats that cannot: their body is
 * cut off. */
void result_body_fail(ResultBody *body, const Error *error, Buffer *out);

#endif
