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
    F1("lower", TEXT, TEXT, lower, "lower case"),
    F1("upper", TEXT, TEXT, upper, "upper case"),
    F1("initcap", TEXT, TEXT, initcap, "upper case at the beginning of words"),
    SUBSTRING("substring"),
    SUBSTRING("substr"),
    F2("substring", TEXT, TEXT, TEXT, regexp_substr, "what a regular expression matches"),
    F2("left", TEXT, INT4, TEXT, left, "the first characters; negative: all but the last"),
    F2("right", TEXT, INT4, TEXT, right, "the last characters; negative: all but the first"),
    TRIM("btrim", btrim, "without the characters at both ends"),
    TRIM("trim", btrim, "without the characters at both ends"),
    TRIM("ltrim", ltrim, "without the characters in front"),
    TRIM("rtrim", rtrim, "without the characters at the end"),
    F2("lpad", TEXT, INT4, TEXT, lpad, "filled up in front"),
    F3("lpad", TEXT, INT4, TEXT, TEXT, lpad, "filled up in front"),
    F2("rpad", TEXT, INT4, TEXT, rpad, "filled up at the end"),
    F3("rpad", TEXT, INT4, TEXT, TEXT, rpad, "filled up at the end"),
    F3("replace", TEXT, TEXT, TEXT, TEXT, replace, "every occurrence replaced"),
    F2("position", TEXT, TEXT, INT4, position, "POSITION(second IN first)"),
    F2("strpos", TEXT, TEXT, INT4, strpos, "where the second stands in the first"),
    F2("||", TEXT, TEXT, TEXT, concat_pair, "concatenation"),
    F2("||", BYTEA, BYTEA, BYTEA, concat_pair, "concatenation"),
    {"||",
     2,
     {TYPE_TEXT, TYPE_UNKNOWN},
     TYPE_TEXT,
     NULL,
     FAILS,
     kernel_concat,
     "concatenation with any value"},
    {"||",
     2,
     {TYPE_UNKNOWN, TYPE_TEXT},
     TYPE_TEXT,
     NULL,
     FAILS,
     kernel_concat,
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
    F1("quote_literal", TEXT, TEXT, quote_literal, "as an SQL string"),
    F1("quote_ident", TEXT, TEXT, quote_ident, "as an SQL name"),
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
    {"regexp_replace",
     4,
     {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT, TYPE_TEXT},
     TYPE_TEXT,
     NULL,
     FAILS,
     kernel_regexp_replace,
     "matches replaced, with flags (g: all)"},
    F2("regexp_substr", TEXT, TEXT, TEXT, regexp_substr, "the first match"),
    F2("regexp_count", TEXT, TEXT, INT4, regexp_count, "the number of matches"),
};
const uint32_t functions_string_count = sizeof functions_string / sizeof functions_string[0];
