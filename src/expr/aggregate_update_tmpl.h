/* expr/aggregate_update_tmpl.h: take one column's values into states.
 *
 * Parameters, defined by the includer, undefined at the end:
 *   A_NAME                     the function: Status A_NAME(AggregateUpdate *update)
 *   A_CTYPE                    type of the argument's values
 *   A_STATE                    type of the state
 *   A_ADD(state, value, update) take one value; an expression, false where memory is out
 *   A_BLOCK(state, values, n, update) take n values into one state, as A_ADD for each; optional
 */
#define A_PASTE_(a, b) a##b
#define A_PASTE(a, b)  A_PASTE_(a, b)
#define A_ROWS         A_PASTE(A_NAME, _rows)

/* The loop, with what is known about the column as constants. */
static inline __attribute__((always_inline)) bool
A_ROWS(AggregateUpdate *update, const A_CTYPE *values, const bool selected, const bool grouped)
{
    const uint32_t *groups = update->groups;
    const uint32_t *selection = update->selection;
    char *states = update->states;
    const size_t stride = update->stride;
    const uint32_t count = update->count;

    for (uint32_t i = 0; i < count; i++) {
        A_STATE *state = (A_STATE *)(states + (grouped ? groups[i] * stride : 0));
        if (!A_ADD(state, values[selected ? selection[i] : i], update))
            return false;
    }
    return true;
}

static inline bool
A_PASTE(A_NAME, _any)(AggregateUpdate *update, const Vector *argument)
{
    const A_CTYPE *values = vector_values(argument);

    for (uint32_t i = 0; i < update->count; i++) {
        const uint32_t row = update_row(update, i);
        if (vector_is_null(argument, row))
            continue;
        if (!A_ADD((A_STATE *)update_state(update, i), values[vector_index(argument, row)], update))
            return false;
    }
    return true;
}

static Status
A_NAME(AggregateUpdate *update)
{
    const Vector *argument = &update->arguments[0];
    bool ok;

    if (argument->form != VECTOR_FLAT || argument->validity != NULL) {
        ok = A_PASTE(A_NAME, _any)(update, argument);
    } else if (update->groups != NULL) {
        ok = update->selection != NULL ? A_ROWS(update, argument->data, true, true)
                                       : A_ROWS(update, argument->data, false, true);
    } else if (update->selection != NULL) {
        ok = A_ROWS(update, argument->data, true, false);
    } else {
#ifdef A_BLOCK
        ok = A_BLOCK((A_STATE *)update->states, (const A_CTYPE *)argument->data, update->count, update);
#else
        ok = A_ROWS(update, argument->data, false, false);
#endif
    }
    return ok ? STATUS_OK : error_set_memory(update->error);
}

#undef A_NAME
#undef A_CTYPE
#undef A_STATE
#undef A_ADD
#undef A_BLOCK
#undef A_PASTE_
#undef A_PASTE
#undef A_ROWS
