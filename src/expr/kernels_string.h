/* expr/kernels_string.h: kernels of strings, of patterns and of their results. Positions and lengths count
 * characters of UTF-8 where PostgreSQL's do. */
#ifndef RUNNEL_EXPR_KERNELS_STRING_H
#define RUNNEL_EXPR_KERNELS_STRING_H

#include "expr/function.h"

/* clang-format off */
#define STRING_KERNELS(X)                                                                                    \
    X(length) X(octet_length) X(bit_length) X(lower) X(upper) X(initcap) X(substring) X(left)                \
    X(right) X(btrim) X(ltrim) X(rtrim) X(lpad) X(rpad) X(replace) X(position) X(strpos)                     \
    X(concat_pair) X(concat) X(concat_any) X(concat_ws) X(reverse) X(repeat) X(split_part) X(starts_with) X(ascii)\
    X(chr) X(to_hex) X(size_pretty) X(translate) X(quote_literal) X(quote_ident) X(encode) X(decode) X(like)                \
    X(not_like) X(ilike) X(not_ilike) X(like_escape) X(regex) X(not_regex) X(iregex) X(not_iregex)           \
    X(regexp_like) X(regexp_replace) X(regexp_substr) X(regexp_count) X(regexp_instr)                        \
    X(regexp_substring) X(similar_to_escape) X(md5) X(sha224) X(sha256) X(sha384) X(sha512)                  \
    X(get_byte) X(set_byte) X(get_bit) X(set_bit) X(bit_count) X(overlay) X(convert_from)                    \
    X(convert_to) X(length_encoded) X(padded_length) X(normalize) X(is_normalized) X(unistr) X(order_key)                 \
    X(format) X(similar_substring)
/* clang-format on */

#define X(name) Status kernel_##name(KernelCall *call);
STRING_KERNELS(X)
#undef X

#endif
