/* expr/aggregate_extreme_tmpl.h: min_<base> and max_<base> over values that become an int64 key.
 *
 * Parameters, defined by the includer, undefined at the end:
 *   E_BASE         the suffix
 *   E_CTYPE        type of the argument's values
 *   E_KEY(value)   its key: an int64 of the same order
 */
#define E_PASTE_(a, b) a##b
#define E_PASTE(a, b)  E_PASTE_(a, b)

KERNEL_CLONES static int64_t
E_PASTE(least_, E_BASE)(const E_CTYPE *values, uint32_t count)
{
    int64_t best = INT64_MAX;

    for (uint32_t i = 0; i < count; i++) {
        const int64_t key = E_KEY(values[i]);
        best = key < best ? key : best;
    }
    return best;
}

KERNEL_CLONES static int64_t
E_PASTE(greatest_, E_BASE)(const E_CTYPE *values, uint32_t count)
{
    int64_t best = INT64_MIN;

    for (uint32_t i = 0; i < count; i++) {
        const int64_t key = E_KEY(values[i]);
        best = key > best ? key : best;
    }
    return best;
}

#define A_NAME                       E_PASTE(min_, E_BASE)
#define A_CTYPE                      E_CTYPE
#define A_STATE                      Narrow
#define A_ADD(state, value, update)  keep_narrow(state, E_KEY(value), false)
#define A_BLOCK(state, v, n, update) ((n) == 0 || keep_narrow(state, E_PASTE(least_, E_BASE)(v, n), false))
#include "expr/aggregate_update_tmpl.h"

#define A_NAME                       E_PASTE(max_, E_BASE)
#define A_CTYPE                      E_CTYPE
#define A_STATE                      Narrow
#define A_ADD(state, value, update)  keep_narrow(state, E_KEY(value), true)
#define A_BLOCK(state, v, n, update) ((n) == 0 || keep_narrow(state, E_PASTE(greatest_, E_BASE)(v, n), true))
#include "expr/aggregate_update_tmpl.h"

#undef E_BASE
#undef E_CTYPE
#undef E_KEY
#undef E_PASTE
#undef E_PASTE_
