#include "base/name.h"

#include <string.h>

enum { NAME_LENGTH_MAX = 63 };

/* Levenshtein's distance, two rows of the table at a time. */
uint32_t
name_distance(const char *a, const char *b, uint32_t limit)
{
    const size_t length_a = strlen(a);
    const size_t length_b = strlen(b);
    uint32_t rows[2][NAME_LENGTH_MAX + 1];

    if (length_a > NAME_LENGTH_MAX || length_b > NAME_LENGTH_MAX)
        return limit + 1;
    for (size_t j = 0; j <= length_b; j++)
        rows[0][j] = (uint32_t)j;
    for (size_t i = 1; i <= length_a; i++) {
        const uint32_t *above = rows[(i - 1) % 2];
        uint32_t *row = rows[i % 2];
        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= length_b; j++) {
            const uint32_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
            const uint32_t changed = (above[j] < row[j - 1] ? above[j] : row[j - 1]) + 1;
            row[j] = replaced < changed ? replaced : changed;
        }
    }
    const uint32_t distance = rows[length_a % 2][length_b];
    return distance > limit ? limit + 1 : distance;
}

bool
name_is_near(const char *wanted, const char *name, uint32_t *distance)
{
    *distance = name_distance(wanted, name, NAME_DISTANCE_MAX);
    return *distance <= NAME_DISTANCE_MAX && *distance <= strlen(wanted) / 2;
}

const char *
name_nearest(const char *wanted, size_t count, const char *const *names)
{
    const char *nearest = NULL;
    uint32_t best = NAME_DISTANCE_MAX + 1;
    uint32_t distance;

    for (size_t i = 0; i < count; i++) {
        if (!name_is_near(wanted, names[i], &distance) || distance > best)
            continue;
        nearest = distance < best || (nearest != NULL && strcmp(nearest, names[i]) == 0) ? names[i] : NULL;
        best = distance;
    }
    return nearest;
}
