/* Rows of strings and patterns. */
#include "expr/kernels_string.h"
#include "expr/registry_topics.h"

#define FAILS FUNCTION_CAN_FAIL

#define F1(name, a, result, kernel, description)                                                             \
    {                                                                                                        \
        name, 1, {TYPE_##a}, TYPE_##result, NULL, FAILS, kernel_##kernel, description                        \
    }
#define F2(name, a, b, result, kernel, description)                                                          \
    {                                                                                                        \
        name, 2, {TYPE_##a, TYPE_##b}, TYPE_##result, NULL, FAILS, kernel_##kernel, description              \
    }
#define F3(name, a, b, c, result, kernel, description)                                                       \
    {                                                                                                        \
        name, 3, {TYPE_##a, TYPE_##b, TYPE_##c}, TYPE_##result, NULL, FAILS, kernel_##kernel, description    \
    }
#define F4(name, a, b, c, d, result, kernel, description)                                                    \
    {                                                                                                        \
        name, 4, {TYPE_##a, TYPE_##b, TYPE_##c, TYPE_##d}, TYPE_##result, NULL, FAILS, kernel_##kernel,      \
            description                                                                                      \
    }
#define F5(name, a, b, c, d, e, result, kernel, description)                                                 \
    {                                                                                                        \
        name, 5, {TYPE_##a, TYPE_##b, TYPE_##c, TYPE_##d, TYPE_##e}, TYPE_##result, NULL, FAILS,             \
            kernel_##kernel, description                                                                     \
    }
#define F6(name, a, b, c, d, e, f, result, kernel, description)                                              \
    {                                                                                                        \
        name, 6, {TYPE_##a, TYPE_##b, TYPE_##c, TYPE_##d, TYPE_##e, TYPE_##f}, TYPE_##result, NULL, FAILS,   \
            kernel_##kernel, description                                                                     \
    }
#define F7(name, a, b, c, d, e, f, g, result, kernel, description)                                           \
    {                                                                                                        \
        name, 7, {TYPE_##a, TYPE_##b, TYPE_##c, TYPE_##d, TYPE_##e, TYPE_##f, TYPE_##g}, TYPE_##result,      \
            NULL, FAILS, kernel_##kernel, description                                                        \
    }
#define TRIM(name, kernel, description)                                                                      \
    F1(name, TEXT, TEXT, kernel, description), F2(name, TEXT, TEXT, TEXT, kernel, description)
#define SUBSTRING(name)                                                                                      \
    F2(name, TEXT, INT4, TEXT, substring, "from a character on"),                                            \
        F3(name, TEXT, INT4, INT4, TEXT, substring, "so many characters from one on"),                       \
        F2(name, BYTEA, INT4, BYTEA, substring, "from a byte on"),                                           \
        F3(name, BYTEA, INT4, INT4, BYTEA, substring, "so many bytes from one on")

const Function functions_string[] = {
    F1("length", TEXT, INT4, length, "characters"),
    F1("length", BYTEA, INT4, length, "bytes"),
    F1("char_length", TEXT, INT4, length, "characters"),
    F1("character_length", TEXT, INT4, length, "characters"),
    F1("octet_length", TEXT, INT4, octet_length, "bytes"),
    F1("octet_length", BYTEA, INT4, octet_length, "bytes"),
    F1("bit_length", TEXT, INT4, bit_length, "bits"),
    F1("bit_length", BYTEA, INT4, bit_length, "bits"),
    F1("octet_length", BPCHAR, INT4, padded_length, "bytes, with the blanks"),
    F2("length", BYTEA, TEXT, INT4, length_encoded, "characters of text in an encoding"),
    F1("lower", TEXT, TEXT, lower, "lower case"),
    F1("upper", TEXT, TEXT, upper, "upper case"),
    F1("initcap", TEXT, TEXT, initcap, "upper case at the beginning of words"),
    SUBSTRING("substring"),
    SUBSTRING("substr"),
    F2("substring", TEXT, TEXT, TEXT, regexp_substring,
       "what a regular expression matches, or its first group"),
    F3("substring", TEXT, TEXT, TEXT, TEXT, similar_substring, "what the middle of an SQL pattern matches"),
    F1("similar_to_escape", TEXT, TEXT, similar_to_escape, "an SQL pattern as a regular expression"),
    F2("similar_to_escape", TEXT, TEXT, TEXT, similar_to_escape, "an SQL pattern as a regular expression"),
    F2("left", TEXT, INT4, TEXT, left, "the first characters; negative: all but the last"),
    F2("right", TEXT, INT4, TEXT, right, "the last characters; negative: all but the first"),
    TRIM("btrim", btrim, "without the characters at both ends"),
    TRIM("trim", btrim, "without the characters at both ends"),
    TRIM("ltrim", ltrim, "without the characters in front"),
    TRIM("rtrim", rtrim, "without the characters at the end"),
    F2("btrim", BYTEA, BYTEA, BYTEA, btrim, "without the bytes at both ends"),
    F2("ltrim", BYTEA, BYTEA, BYTEA, ltrim, "without the bytes in front"),
    F2("rtrim", BYTEA, BYTEA, BYTEA, rtrim, "without the bytes at the end"),
    F2("lpad", TEXT, INT4, TEXT, lpad, "filled up in front"),
    F3("lpad", TEXT, INT4, TEXT, TEXT, lpad, "filled up in front"),
    F2("rpad", TEXT, INT4, TEXT, rpad, "filled up at the end"),
    F3("rpad", TEXT, INT4, TEXT, TEXT, rpad, "filled up at the end"),
    F3("replace", TEXT, TEXT, TEXT, TEXT, replace, "every occurrence replaced"),
    F2("position", TEXT, TEXT, INT4, position, "POSITION(second IN first)"),
    F2("position", BYTEA, BYTEA, INT4, position, "POSITION(second IN first)"),
    F2("strpos", TEXT, TEXT, INT4, strpos, "where the second stands in the first"),
    F2("||", TEXT, TEXT, TEXT, concat_pair, "concatenation"),
    F2("||", BYTEA, BYTEA, BYTEA, concat_pair, "concatenation"),
    {"||",
     2,
     {TYPE_TEXT, TYPE_UNKNOWN},
     TYPE_TEXT,
     NULL,
     FAILS,
     kernel_concat_any,
     "concatenation with any value"},
    {"||",
     2,
     {TYPE_UNKNOWN, TYPE_TEXT},
     TYPE_TEXT,
     NULL,
     FAILS,
     kernel_concat_any,
     "concatenation with any value"},
    {"concat",
     1,
     {TYPE_UNKNOWN},
     TYPE_TEXT,
     NULL,
     FAILS | FUNCTION_NOT_STRICT | FUNCTION_VARIADIC,
     kernel_concat,
     "concatenation of any values, NULLs left out"},
    {"concat_ws",
     2,
     {TYPE_TEXT, TYPE_UNKNOWN},
     TYPE_TEXT,
     NULL,
     FAILS | FUNCTION_NOT_STRICT | FUNCTION_VARIADIC,
     kernel_concat_ws,
     "concatenation with a separator, NULLs left out"},
    F1("reverse", TEXT, TEXT, reverse, "characters in reverse order"),
    F2("repeat", TEXT, INT4, TEXT, repeat, "so many times"),
    F3("split_part", TEXT, TEXT, INT4, TEXT, split_part, "the n-th part between separators"),
    F2("starts_with", TEXT, TEXT, BOOL, starts_with, "whether it begins with the second"),
    F2("^@", TEXT, TEXT, BOOL, starts_with, "whether it begins with the second"),
    F1("ascii", TEXT, INT4, ascii, "the first character's code point"),
    F1("chr", INT4, TEXT, chr, "the character of a code point"),
    F1("to_hex", INT4, TEXT, to_hex, "in hexadecimal"),
    F1("to_hex", INT8, TEXT, to_hex, "in hexadecimal"),
    F3("translate", TEXT, TEXT, TEXT, TEXT, translate, "characters mapped one by one"),
    F1("pg_size_pretty", INT8, TEXT, size_pretty, "bytes, or so many kB, MB, GB, TB or PB"),
    F1("pg_size_pretty", NUMERIC, TEXT, size_pretty, "bytes, or so many kB, MB, GB, TB or PB"),
    F1("quote_ident", TEXT, TEXT, quote_ident, "as an SQL name"),
    F1("quote_literal", TEXT, TEXT, quote_literal, "as an SQL string"),
    F1("quote_literal", UNKNOWN, TEXT, quote_literal, "as an SQL string"),
    {"quote_nullable",
     1,
     {TYPE_TEXT},
     TYPE_TEXT,
     NULL,
     FAILS | FUNCTION_NOT_STRICT,
     kernel_quote_literal,
     "as an SQL string, or the word NULL"},
    {"quote_nullable",
     1,
     {TYPE_UNKNOWN},
     TYPE_TEXT,
     NULL,
     FAILS | FUNCTION_NOT_STRICT,
     kernel_quote_literal,
     "as an SQL string, or the word NULL"},
    {"format",
     1,
     {TYPE_TEXT},
     TYPE_TEXT,
     NULL,
     FAILS | FUNCTION_NOT_STRICT,
     kernel_format,
     "values set into a text: %s, %I as a name, %L as a literal"},
    {"format",
     2,
     {TYPE_TEXT, TYPE_UNKNOWN},
     TYPE_TEXT,
     NULL,
     FAILS | FUNCTION_NOT_STRICT | FUNCTION_VARIADIC,
     kernel_format,
     "values set into a text: %s, %I as a name, %L as a literal"},
    {"order_key",
     2,
     {TYPE_TEXT, TYPE_UNKNOWN},
     TYPE_BYTEA,
     NULL,
     FAILS | FUNCTION_NOT_STRICT | FUNCTION_VARIADIC,
     kernel_order_key,
     "bytes in the order of the values; a, d, A, D: each ascending or descending, NULLs first"},
    F1("md5", TEXT, TEXT, md5, "the MD5 digest in hexadecimal"),
    F1("md5", BYTEA, TEXT, md5, "the MD5 digest in hexadecimal"),
    F1("sha224", BYTEA, BYTEA, sha224, "the SHA-224 digest"),
    F1("sha256", BYTEA, BYTEA, sha256, "the SHA-256 digest"),
    F1("sha384", BYTEA, BYTEA, sha384, "the SHA-384 digest"),
    F1("sha512", BYTEA, BYTEA, sha512, "the SHA-512 digest"),
    F2("get_byte", BYTEA, INT4, INT4, get_byte, "a byte, counted from 0"),
    F3("set_byte", BYTEA, INT4, INT4, BYTEA, set_byte, "with one byte changed"),
    F2("get_bit", BYTEA, INT8, INT4, get_bit, "a bit, counted from 0"),
    F3("set_bit", BYTEA, INT8, INT4, BYTEA, set_bit, "with one bit changed"),
    F1("bit_count", BYTEA, INT8, bit_count, "the number of bits that are 1"),
    F3("overlay", TEXT, TEXT, INT4, TEXT, overlay, "a part from a character on replaced"),
    F4("overlay", TEXT, TEXT, INT4, INT4, TEXT, overlay, "so many characters from one on replaced"),
    F3("overlay", BYTEA, BYTEA, INT4, BYTEA, overlay, "a part from a byte on replaced"),
    F4("overlay", BYTEA, BYTEA, INT4, INT4, BYTEA, overlay, "so many bytes from one on replaced"),
    F2("convert_from", BYTEA, TEXT, TEXT, convert_from, "text from an encoding: UTF8, LATIN1"),
    F2("convert_to", TEXT, TEXT, BYTEA, convert_to, "text in an encoding: UTF8, LATIN1"),
    F1("normalize", TEXT, TEXT, normalize, "in Unicode's normal form NFC"),
    F2("normalize", TEXT, TEXT, TEXT, normalize, "in a normal form of Unicode: NFC, NFD, NFKC, NFKD"),
    F1("is_normalized", TEXT, BOOL, is_normalized, "IS NORMALIZED"),
    F2("is_normalized", TEXT, TEXT, BOOL, is_normalized, "IS form NORMALIZED"),
    F1("unistr", TEXT, TEXT, unistr, "with Unicode escapes replaced by their characters"),
    F2("encode", BYTEA, TEXT, TEXT, encode, "bytes as hex, base64 or escape"),
    F2("decode", TEXT, TEXT, BYTEA, decode, "bytes from hex, base64 or escape"),
    F2("~~", TEXT, TEXT, BOOL, like, "LIKE"),
    F2("!~~", TEXT, TEXT, BOOL, not_like, "NOT LIKE"),
    F2("~~*", TEXT, TEXT, BOOL, ilike, "ILIKE"),
    F2("!~~*", TEXT, TEXT, BOOL, not_ilike, "NOT ILIKE"),
    F2("like_escape", TEXT, TEXT, TEXT, like_escape, "a LIKE pattern with another escape character"),
    F2("~", TEXT, TEXT, BOOL, regex, "matches a regular expression"),
    F2("!~", TEXT, TEXT, BOOL, not_regex, "does not match a regular expression"),
    F2("~*", TEXT, TEXT, BOOL, iregex, "matches, whatever the case"),
    F2("!~*", TEXT, TEXT, BOOL, not_iregex, "does not match, whatever the case"),
    F2("regexp_like", TEXT, TEXT, BOOL, regexp_like, "matches a regular expression"),
    F3("regexp_like", TEXT, TEXT, TEXT, BOOL, regexp_like, "matches a regular expression, with flags"),
    F3("regexp_replace", TEXT, TEXT, TEXT, TEXT, regexp_replace, "the first match replaced"),
    F4("regexp_replace", TEXT, TEXT, TEXT, TEXT, TEXT, regexp_replace,
       "matches replaced, with flags (g: all)"),
    F4("regexp_replace", TEXT, TEXT, TEXT, INT4, TEXT, regexp_replace, "the first match from a character on"),
    F5("regexp_replace", TEXT, TEXT, TEXT, INT4, INT4, TEXT, regexp_replace, "the n-th match, 0: all"),
    F6("regexp_replace", TEXT, TEXT, TEXT, INT4, INT4, TEXT, TEXT, regexp_replace,
       "the n-th match, with flags"),
    F2("regexp_substr", TEXT, TEXT, TEXT, regexp_substr, "the first match"),
    F3("regexp_substr", TEXT, TEXT, INT4, TEXT, regexp_substr, "the first match from a character on"),
    F4("regexp_substr", TEXT, TEXT, INT4, INT4, TEXT, regexp_substr, "the n-th match"),
    F5("regexp_substr", TEXT, TEXT, INT4, INT4, TEXT, TEXT, regexp_substr, "the n-th match, with flags"),
    F6("regexp_substr", TEXT, TEXT, INT4, INT4, TEXT, INT4, TEXT, regexp_substr, "a group of the n-th match"),
    F2("regexp_instr", TEXT, TEXT, INT4, regexp_instr, "where the first match begins"),
    F3("regexp_instr", TEXT, TEXT, INT4, INT4, regexp_instr,
       "where the first match from a character on begins"),
    F4("regexp_instr", TEXT, TEXT, INT4, INT4, INT4, regexp_instr, "where the n-th match begins"),
    F5("regexp_instr", TEXT, TEXT, INT4, INT4, INT4, INT4, regexp_instr, "… or what follows it begins (1)"),
    F6("regexp_instr", TEXT, TEXT, INT4, INT4, INT4, TEXT, INT4, regexp_instr, "the same, with flags"),
    F7("regexp_instr", TEXT, TEXT, INT4, INT4, INT4, TEXT, INT4, INT4, regexp_instr, "the same of a group"),
    F2("regexp_count", TEXT, TEXT, INT4, regexp_count, "the number of matches"),
    F3("regexp_count", TEXT, TEXT, INT4, INT4, regexp_count, "the number of matches from a character on"),
    F4("regexp_count", TEXT, TEXT, INT4, TEXT, INT4, regexp_count, "the number of matches, with flags"),
};
const uint32_t functions_string_count = sizeof functions_string / sizeof functions_string[0];
