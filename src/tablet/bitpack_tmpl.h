/* tablet/bitpack_tmpl.h: unpack one group of BITPACK_GROUP values.
 *
 * Parameters, defined by the includer, undefined at the end:
 *   B_NAME    the function's name
 *   B_LANE    unsigned type of a lane; B_BITS its bits, as many as there are rows
 *   B_LANES   lanes side by side: BITPACK_GROUP / B_BITS
 *   B_OUT     unsigned type of a value as it comes out
 *
 * Value i stands in lane i % B_LANES, as the (i / B_LANES)-th `width` bits of that lane's stream of words;
 * the lanes' k-th words stand side by side. So the inner loop does the same shifts for all lanes, and writes
 * in order. (Afroozeh and Boncz, "The FastLanes Compression Layout", VLDB 2023, section 2.) */
KERNEL static void
B_NAME(const B_LANE *restrict in, unsigned width, B_OUT base, B_OUT *restrict out)
{
    const B_LANE mask = (B_LANE)(~(B_LANE)0 >> (B_BITS - width));

    for (unsigned row = 0; row < B_BITS; row++) {
        const unsigned word = row * width / B_BITS;
        const unsigned shift = row * width % B_BITS;
        const B_LANE *low = in + word * B_LANES;
        /* Where the value does not reach into the next word, the mask drops what comes from there. */
        const B_LANE *high = word + 1 < width ? low + B_LANES : low;

        for (unsigned lane = 0; lane < B_LANES; lane++) {
            const B_LANE value = (low[lane] >> shift) | (high[lane] << 1 << (B_BITS - 1 - shift));
            out[row * B_LANES + lane] = base + (B_OUT)(value & mask);
        }
    }
}
#undef B_NAME
#undef B_LANE
#undef B_BITS
#undef B_LANES
#undef B_OUT
