/* Inputs that are right, to start from, of the targets whose inputs are bytes: seeds DIR writes DIR/plan,
 * DIR/message, DIR/chunk and DIR/tablet. */
#include "fuzz.h"

#include "column/codec.h"
#include "plan/stage.h"
#include "tablet/writer.h"
#include "tests/unit/sql/bound.h"
#include "wire/message.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const queries[] = {
    "SELECT event_type, count(*), sum(value) FROM events WHERE user_id > 3 GROUP BY 1 ORDER BY 2 DESC LIMIT "
    "10",
    "SELECT u.name, e.value FROM events e LEFT JOIN users u ON e.user_id = u.user_id AND e.value > 0.5",
    "SELECT rank() OVER (PARTITION BY country ORDER BY name) FROM users UNION ALL SELECT i4 FROM numbers",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r",
    "SELECT CASE WHEN d > '2020-01-01' THEN n ELSE coalesce(n, 1) END, iv, tz FROM numbers WHERE t LIKE 'a%'",
    "SELECT * FROM users WHERE user_id NOT IN (SELECT user_id FROM events) OR country IN ('de', 'fr')",
    "SELECT country, name, count(DISTINCT user_id) FROM users GROUP BY CUBE (1, 2)",
};

enum { QUERIES = sizeof queries / sizeof *queries, COLUMNS = 6, ROWS = 150 };

static const char *root;

static void
save(const char *target, unsigned number, const void *bytes, size_t size)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", root, target);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/seed-%u", root, target, number);
    FILE *file = fopen(path, "wb");
    FUZZ_REQUIRE(file != NULL && fwrite(bytes, 1, size, file) == size);
    fclose(file);
}

static void
save_plan(unsigned number)
{
    const ClusterShape shape = {.workers = 2, .worker_slots = 2, .reducers = 2, .reducer_slots = 2};
    Bound bound;
    Buffer bytes = {0};
    PlanNode *optimized;
    StagedPlan *staged;

    bound_make(&bound, queries[number]);
    FUZZ_REQUIRE(bound.status == STATUS_OK);
    FUZZ_REQUIRE(plan_optimize(bound.arena, bound.statement->plan, &bound.session, &optimized, NULL, NULL) ==
                 STATUS_OK);
    FUZZ_REQUIRE(plan_distribute(bound.arena, optimized, &bound.session, &shape, &staged, NULL) == STATUS_OK);
    FUZZ_REQUIRE(plan_encode(staged, &bytes, NULL) == STATUS_OK);
    save("plan", number, bytes.data, bytes.size);
    buffer_destroy(&bytes);
    bound_destroy(&bound);
}

static void
save_message(unsigned type)
{
    static uint64_t bits[] = {5};
    static HeldAttempt held[] = {{{1, 2, 3}, ATTEMPT_RUNNING}};
    static MissingTasks missing[] = {{2, 60, bits}};
    static QueryReport reports[] = {
        {.query = {1, 2}, .held = held, .held_count = 1, .missing = missing, .missing_count = 1}};
    static NodeCount counts[] = {{1, 2, 3, 4, 5, 6, 7, 8, 9}};
    static Route routes[] = {{3, 0, 1, {1, 2}}};
    static PeerAddress addresses[] = {{{1, 2}, "tcp://10.0.0.1:7701"}};
    static Election elections[] = {{1, 2, 3}};
    const Message message = {.type = (MessageType)type,
                             .sender = {1, 2},
                             .destination = {3, 4},
                             .epoch = 5,
                             .query = {6, 7},
                             .node = {{8, 9}, 3, 8, WIRE_PROTOCOL, "tcp://127.0.0.1:7700", "worker-1"},
                             .routes = {.version = 1, .count = 1, .entries = routes},
                             .addresses = addresses,
                             .address_count = 1,
                             .elections = elections,
                             .election_count = 1,
                             .report = {.queries = reports, .count = 1},
                             .counts = counts,
                             .count_count = 1};
    Buffer header = {0};

    message_encode(&message, &header);
    save("message", type, header.data, header.size);
    buffer_destroy(&header);
}

/* Rows of a few types, with NULLs. */
static RowBuilder *
make_rows(const Type *types)
{
    static const int64_t integers[ROWS] = {1, -5, INT64_MAX, 7, 7};
    static const int32_t dates[ROWS] = {0, INT32_MAX, 8000};
    static const double doubles[ROWS] = {0.5, -1e300};
    static const uint8_t truths[ROWS] = {1, 0, 1};
    static const uint64_t validity[] = {0xF0F0F0F0F3, UINT64_MAX, 0x3F};
    StringView texts[ROWS];
    _Alignas(16) Int128 numerics[ROWS] = {0};

    for (size_t i = 0; i < ROWS; i++) {
        const char *text = i % 3 == 0 ? "a text of more than twelve bytes" : "é";
        texts[i] = string_view(text, strlen(text));
        numerics[i] = (Int128)i << 70;
    }
    const Vector columns[COLUMNS] = {
        vector_flat(types[0], integers, validity), vector_flat(types[1], dates, NULL),
        vector_flat(types[2], doubles, validity),  vector_flat(types[3], truths, validity),
        vector_flat(types[4], texts, validity),    vector_flat(types[5], numerics, NULL)};
    const Batch batch = {.rows = ROWS, .count = ROWS, .column_count = COLUMNS, .columns = (Vector *)columns};
    RowBuilder *rows = row_builder_new(NULL, COLUMNS, types);

    FUZZ_REQUIRE(row_builder_append(rows, &batch, NULL, ROWS, NULL) == STATUS_OK);
    return rows;
}

static void
save_chunks(const RowBuilder *rows)
{
    for (unsigned count = 1; count <= ROWS; count *= 3) {
        Slab *chunk;
        FUZZ_REQUIRE(chunk_encode(rows, 0, count, NULL, &chunk, NULL) == STATUS_OK);
        save("chunk", count, chunk->data, chunk->size);
        slab_release(&chunk);
    }
}

static void
save_tablet(const RowBuilder *rows, const Type *types)
{
    static const char *const names[COLUMNS] = {"i", "d", "f", "b", "t", "n"};
    const TabletWriterOptions options = {.block_rows = 64};
    TabletColumnSpec specs[COLUMNS];
    Vector vectors[COLUMNS];
    TabletWriter *writer = NULL;
    TabletSummary summary;
    char path[4096];
    uint32_t taken;
    Batch batch;
    Arena *arena = arena_new(NULL);

    for (uint32_t i = 0; i < COLUMNS; i++)
        specs[i] = (TabletColumnSpec){.id = i + 1, .name = names[i], .type = types[i]};
    snprintf(path, sizeof path, "%s/tablet", root);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/tablet/seed-0", root);
    FUZZ_REQUIRE(tablet_writer_new(COLUMNS, specs, &options, NULL, &writer, NULL) == STATUS_OK);
    row_builder_batch(rows, 0, ROWS, vectors, &batch);
    FUZZ_REQUIRE(tablet_writer_append(writer, &batch, 0, &taken, NULL) == STATUS_OK);
    FUZZ_REQUIRE(tablet_writer_finish(writer, path, arena, &summary, NULL) == STATUS_OK);
    tablet_writer_destroy(&writer);
    arena_destroy(&arena);
}

int
main(int argc, char **argv)
{
    Type types[COLUMNS] = {type_of(TYPE_INT8), type_of(TYPE_DATE), type_of(TYPE_FLOAT8),
                           type_of(TYPE_BOOL), type_of(TYPE_TEXT), type_of(TYPE_NUMERIC)};

    FUZZ_REQUIRE(argc == 2);
    root = argv[1];
    types[5].precision = 38;
    types[5].scale = 4;
    RowBuilder *rows = make_rows(types);
    for (unsigned i = 0; i < QUERIES; i++)
        save_plan(i);
    for (unsigned i = 0; i < MESSAGE_COUNT; i++)
        save_message(i);
    save_chunks(rows);
    save_tablet(rows, types);
    row_builder_destroy(&rows);
    return 0;
}
