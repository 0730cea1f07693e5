#include "plan/join_order.h"

#include "plan/cost.h"

#include <math.h>

/* Relations that are joined, and how. */
typedef struct Joined {
    uint64_t relations;
    uint64_t classes; /* of the graph, with a column in them */
    double rows;
    double row_bytes;
    double cost;          /* INFINITY: not known how */
    uint32_t left, right; /* parts: subsets (exact search) or numbers (greedy) */
} Joined;

static double
class_distinct(const JoinClass *class, uint64_t relations)
{
    double least = INFINITY;

    for (uint64_t left = class->relations & relations; left != 0; left &= left - 1)
        least = fmin(least, class->distinct[__builtin_ctzll(left)]);
    return fmax(1, least);
}

/* Combinations of values of the classes: of those in one relation no more than it has rows. */
static double
combinations(const JoinGraph *graph, uint64_t relations, uint64_t classes)
{
    double all = 1;

    while (classes != 0) {
        const uint32_t first = (uint32_t)__builtin_ctzll(classes);
        const uint64_t candidates = graph->classes[first].relations & relations;
        const uint32_t relation = (uint32_t)__builtin_ctzll(candidates);
        double here = 1;
        for (uint64_t left = classes; left != 0; left &= left - 1) {
            const uint32_t i = (uint32_t)__builtin_ctzll(left);
            if ((graph->classes[i].relations >> relation & 1) == 0)
                continue;
            here *= class_distinct(&graph->classes[i], relations);
            classes &= ~(UINT64_C(1) << i);
        }
        all *= fmin(here, fmax(1, graph->relations[relation].table_rows));
    }
    return all;
}

double
join_order_share(const JoinGraph *graph, uint64_t left, uint64_t right, uint64_t classes)
{
    double share = 1;

    for (uint64_t rest = classes; rest != 0; rest &= rest - 1) {
        const JoinClass *class = &graph->classes[__builtin_ctzll(rest)];
        share /= fmax(class_distinct(class, left), class_distinct(class, right));
    }
    if ((classes & (classes - 1)) == 0)
        return share;
    /* several keys go together: a foreign key finds its row */
    const double fewest = fmin(combinations(graph, left, classes), combinations(graph, right, classes));
    return fmax(share, 1 / fmax(1, fewest));
}

/* What connects two sets of relations; false where nothing does. */
static bool
connect(const JoinGraph *graph, const Joined *a, const Joined *b, bool *hashed, double *share)
{
    const uint64_t classes = a->classes & b->classes;
    const uint64_t all = a->relations | b->relations;
    bool connected = classes != 0;

    *hashed = connected;
    *share = connected ? join_order_share(graph, a->relations, b->relations, classes) : 1;
    for (uint32_t i = 0; i < graph->condition_count; i++) {
        const JoinCondition *condition = &graph->conditions[i];
        if ((condition->relations & ~all) != 0 || (condition->relations & a->relations) == 0 ||
            (condition->relations & b->relations) == 0)
            continue;
        connected = true;
        *hashed = *hashed || condition->equality;
        *share *= condition->share;
    }
    return connected;
}

/* The join of both, the smaller one built. */
static bool
join_both(const JoinGraph *graph, const Joined *a, const Joined *b, Joined *joined)
{
    bool hashed;
    double share;
    const bool connected = connect(graph, a, b, &hashed, &share);
    const Joined *build = b->rows * b->row_bytes <= a->rows * a->row_bytes ? b : a;
    const Joined *probe = build == a ? b : a;
    const double bytes = build->rows * build->row_bytes;

    *joined = (Joined){.relations = a->relations | b->relations,
                       .classes = a->classes | b->classes,
                       .rows = fmax(1, a->rows * b->rows * share),
                       .row_bytes = a->row_bytes + b->row_bytes};
    joined->cost = a->cost + b->cost + cost_output(joined->rows) + cost_move(bytes) +
                   cost_build(build->rows, build->row_bytes);
    joined->cost += hashed ? cost_probe(probe->rows, bytes) : cost_pairs(probe->rows, build->rows);
    return connected;
}

static Joined
single(const JoinGraph *graph, uint32_t relation)
{
    const JoinRelation *info = &graph->relations[relation];
    Joined joined = {.relations = UINT64_C(1) << relation, .rows = fmax(1, info->rows)};

    joined.row_bytes = info->row_bytes;
    for (uint32_t i = 0; i < graph->class_count; i++)
        joined.classes |= (graph->classes[i].relations >> relation & 1) << i;
    return joined;
}

/* ---- greedily ---- */

/* Trees that are not joined yet. */
typedef struct Forest {
    const JoinGraph *graph;
    Joined trees[JOIN_ORDER_MAX];
    uint32_t numbers[JOIN_ORDER_MAX]; /* as JoinStep has them */
    uint32_t count;
    JoinStep *steps;
    uint32_t step_count;
} Forest;

static void
join_trees(Forest *forest, uint32_t a, uint32_t b)
{
    Joined joined;

    join_both(forest->graph, &forest->trees[a], &forest->trees[b], &joined);
    const bool turned = forest->trees[a].rows < forest->trees[b].rows;
    forest->steps[forest->step_count] =
        (JoinStep){.left = forest->numbers[turned ? b : a], .right = forest->numbers[turned ? a : b]};
    forest->trees[a] = joined;
    forest->numbers[a] = forest->graph->relation_count + forest->step_count++;
    forest->count--;
    forest->trees[b] = forest->trees[forest->count];
    forest->numbers[b] = forest->numbers[forest->count];
}

/* The pair with the smallest result; of those that nothing connects only where there are no others. */
static void
join_smallest(Forest *forest)
{
    double best = INFINITY;
    bool best_connected = false;
    uint32_t best_a = 0;
    uint32_t best_b = 1;

    for (uint32_t a = 0; a < forest->count; a++) {
        for (uint32_t b = a + 1; b < forest->count; b++) {
            Joined joined;
            const bool connected = join_both(forest->graph, &forest->trees[a], &forest->trees[b], &joined);
            if (connected < best_connected || (connected == best_connected && joined.rows >= best))
                continue;
            best = joined.rows;
            best_connected = connected;
            best_a = a;
            best_b = b;
        }
    }
    join_trees(forest, best_a, best_b);
}

/* ---- exactly ---- */

static void
find_best(const JoinGraph *graph, Joined *sets, uint32_t set)
{
    const uint32_t lowest = set & (0 - set);

    sets[set].cost = INFINITY;
    for (uint32_t part = (set - 1) & set; part != 0; part = (part - 1) & set) {
        const uint32_t rest = set ^ part;
        Joined joined;
        if ((part & lowest) == 0 || !isfinite(sets[part].cost) || !isfinite(sets[rest].cost) ||
            !join_both(graph, &sets[part], &sets[rest], &joined) || joined.cost >= sets[set].cost)
            continue;
        if (isfinite(sets[set].cost))
            joined.rows = sets[set].rows; /* the same however it came about */
        sets[set] = joined;
        sets[set].left = part;
        sets[set].right = rest;
    }
}

/* Put the tree of a set into the forest's steps; returns its number. */
static uint32_t
unfold(Forest *forest, const Joined *sets, uint32_t set)
{
    if ((set & (set - 1)) == 0)
        return (uint32_t)__builtin_ctz(set);
    const bool turned = sets[sets[set].left].rows < sets[sets[set].right].rows;
    const uint32_t left = unfold(forest, sets, turned ? sets[set].right : sets[set].left);
    const uint32_t right = unfold(forest, sets, turned ? sets[set].left : sets[set].right);
    forest->steps[forest->step_count] = (JoinStep){.left = left, .right = right};
    return forest->graph->relation_count + forest->step_count++;
}

/* The best tree of each connected part of the graph. */
static void
join_exactly(Arena *arena, Forest *forest)
{
    const uint32_t all = (1U << forest->graph->relation_count) - 1;
    Joined *sets = ARENA_ARRAY(arena, Joined, all + 1);
    uint32_t left = all;

    for (uint32_t set = 1; set <= all; set++) {
        if ((set & (set - 1)) == 0)
            sets[set] = single(forest->graph, (uint32_t)__builtin_ctz(set));
        else
            find_best(forest->graph, sets, set);
    }
    forest->count = 0;
    while (left != 0) {
        uint32_t largest = left & (0 - left);
        for (uint32_t set = left; set != 0; set = (set - 1) & left)
            if ((set & (left & (0 - left))) != 0 && isfinite(sets[set].cost) &&
                __builtin_popcount(set) > __builtin_popcount(largest))
                largest = set;
        forest->trees[forest->count] = sets[largest];
        forest->numbers[forest->count++] = unfold(forest, sets, largest);
        left &= ~largest;
    }
}

const JoinStep *
join_order_search(Arena *arena, const JoinGraph *graph)
{
    Forest forest = {.graph = graph, .count = graph->relation_count};

    forest.steps = ARENA_ARRAY(arena, JoinStep, graph->relation_count);
    if (graph->relation_count <= JOIN_ORDER_EXACT) {
        join_exactly(arena, &forest);
    } else {
        for (uint32_t i = 0; i < forest.count; i++) {
            forest.trees[i] = single(graph, i);
            forest.numbers[i] = i;
        }
    }
    while (forest.count > 1)
        join_smallest(&forest);
    return forest.steps;
}
