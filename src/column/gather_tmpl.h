/* column/gather_tmpl.h: copy values of one width picked out of an array.
 *
 * Parameters, defined by the includer, undefined at the end:
 *   G_NAME    the function's name
 *   G_CTYPE   a type of the value's width
 *
 * to[i] = values[codes[rows[i]]]; where `codes` or `rows` is NULL, that step is left out. */
static void
G_NAME(void *to, const void *values, const uint32_t *codes, const uint32_t *rows, size_t count)
{
    G_CTYPE *restrict out = to;
    const G_CTYPE *in = values;

    if (rows == NULL && codes == NULL) {
        memcpy(out, in, count * sizeof *out);
    } else if (codes == NULL) {
        for (size_t i = 0; i < count; i++)
            out[i] = in[rows[i]];
    } else if (rows == NULL) {
        for (size_t i = 0; i < count; i++)
            out[i] = in[codes[i]];
    } else {
        for (size_t i = 0; i < count; i++)
            out[i] = in[codes[rows[i]]];
    }
}
#undef G_NAME
#undef G_CTYPE
