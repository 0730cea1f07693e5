/* Rows of json and jsonb. What takes json takes text, too, which is checked each time; what makes json_agg
 * and the functions that give rows comes from the binder. */
#include "expr/kernels_json.h"
#include "expr/registry_topics.h"

#define FAILS FUNCTION_CAN_FAIL
#define NULLS FUNCTION_NOT_STRICT
#define ANY   TYPE_UNKNOWN

/* Paths are arrays of text. */
static bool
take_path(Type *path)
{
    const bool texts = path->nested == NULL || type_is_string(path->nested->types[0].id) ||
                       path->nested->types[0].id == TYPE_UNKNOWN;

    *path = type_list(type_of(TYPE_TEXT));
    return texts;
}

#define PATH_RULE(name, type)                                                                                \
    static bool name(uint32_t argument_count, Type *arguments, Type *result)                                 \
    {                                                                                                        \
        (void)argument_count;                                                                                \
        *result = type_of(type);                                                                             \
        return take_path(&arguments[1]);                                                                     \
    }

PATH_RULE(rule_path_json, TYPE_JSON)
PATH_RULE(rule_path_jsonb, TYPE_JSONB)
PATH_RULE(rule_path_text, TYPE_TEXT)
PATH_RULE(rule_path_bool, TYPE_BOOL)

#define LIST_RULE(name, type)                                                                                \
    static bool name(uint32_t argument_count, Type *arguments, Type *result)                                 \
    {                                                                                                        \
        (void)argument_count;                                                                                \
        (void)arguments;                                                                                     \
        *result = type_list(type_of(type));                                                                  \
        return true;                                                                                         \
    }

/* Of the type of the record that comes first. */
static bool
rule_populate(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    *result = arguments[0];
    return arguments[0].nested != NULL;
}

static bool
rule_populate_array(uint32_t argument_count, Type *arguments, Type *result)
{
    (void)argument_count;
    if (arguments[0].nested == NULL || !type_can_be_element(arguments[0]))
        return false;
    *result = type_list(arguments[0]);
    return true;
}

LIST_RULE(rule_list_json, TYPE_JSON)
LIST_RULE(rule_list_jsonb, TYPE_JSONB)
LIST_RULE(rule_list_text, TYPE_TEXT)

/* Arrays of text of one dimension or two. */
static bool
take_texts(uint32_t count, Type *arguments)
{
    for (uint32_t i = 0; i < count; i++) {
        Type element = arguments[i].nested == NULL ? type_of(TYPE_TEXT) : arguments[i].nested->types[0];
        const bool pairs = element.id == TYPE_LIST;
        element = pairs ? element.nested->types[0] : element;
        if (element.id != TYPE_LIST && !type_is_string(element.id) && element.id != TYPE_UNKNOWN)
            return false;
        arguments[i] = type_list(type_of(TYPE_TEXT));
        if (pairs)
            arguments[i] = type_list(arguments[i]);
    }
    return true;
}

static bool
rule_object_json(uint32_t argument_count, Type *arguments, Type *result)
{
    *result = type_of(TYPE_JSON);
    return take_texts(argument_count, arguments);
}

static bool
rule_object_jsonb(uint32_t argument_count, Type *arguments, Type *result)
{
    *result = type_of(TYPE_JSONB);
    return take_texts(argument_count, arguments);
}

#define F1(name, a, result, kernel, description)                                                             \
    {                                                                                                        \
        name, 1, {TYPE_##a}, TYPE_##result, NULL, FAILS, kernel_##kernel, description                        \
    }
#define F2(name, a, b, result, kernel, description)                                                          \
    {                                                                                                        \
        name, 2, {TYPE_##a, TYPE_##b}, TYPE_##result, NULL, FAILS, kernel_##kernel, description              \
    }
#define PATH(name, a, result, rule, kernel, description)                                                     \
    {                                                                                                        \
        name, 2, {TYPE_##a, TYPE_LIST}, TYPE_##result, rule, FAILS, kernel_##kernel, description             \
    }
#define EDIT(name, kernel, description)                                                                      \
    {                                                                                                        \
        name,                                                                                                \
        3,                                                                                                   \
        {TYPE_JSONB, TYPE_LIST, TYPE_JSONB},                                                                 \
        TYPE_JSONB,                                                                                          \
        rule_path_jsonb,                                                                                     \
        FAILS,                                                                                               \
        kernel_##kernel,                                                                                     \
        description},                                                                                        \
    {                                                                                                        \
        name, 4, {TYPE_JSONB, TYPE_LIST, TYPE_JSONB, TYPE_BOOL}, TYPE_JSONB, rule_path_jsonb, FAILS,         \
            kernel_##kernel, description                                                                     \
    }
#define EXTRACT(name, a, result, kernel, description)                                                        \
    {                                                                                                        \
        name, 2, {TYPE_##a, TYPE_TEXT}, TYPE_##result, NULL, FAILS | FUNCTION_VARIADIC, kernel_##kernel,     \
            description                                                                                      \
    }
#define LIST(name, a, rule, kernel, description)                                                             \
    {                                                                                                        \
        name, 1, {TYPE_##a}, TYPE_LIST, rule, FAILS, kernel_##kernel, description                            \
    }
#define BUILD(name, count, flags, result, kernel, description)                                               \
    {                                                                                                        \
        name, count, {ANY, ANY}, TYPE_##result, NULL, NULLS | FAILS | (flags), kernel_##kernel, description  \
    }

#define OPERATORS(from, to, element, rule_path)                                                              \
    F2("->", from, TEXT, to, json_member, "the member of that name"),                                        \
        F2("->", from, INT4, to, element, "the element of that number, from 0; negative: from the end"),     \
        F2("->>", from, TEXT, TEXT, json_member_text, "the member of that name, as text"),                   \
        F2("->>", from, INT4, TEXT, element##_text, "the element of that number, as text"),                  \
        PATH("#>", from, to, rule_path, json_path, "what stands at a path of names and numbers"),            \
        PATH("#>>", from, TEXT, rule_path_text, json_path_text, "what stands at a path, as text")

#define FUNCTIONS(prefix, from, to, rule_list)                                                               \
    EXTRACT(prefix "_extract_path", from, to, json_extract, "what stands at a path of names and numbers"),   \
        EXTRACT(prefix "_extract_path_text", from, TEXT, json_extract_text,                                  \
                "what stands at a path, as text"),                                                           \
        F1(prefix "_typeof", from, TEXT, json_typeof, "object, array, string, number, boolean or null"),     \
        F1(prefix "_array_length", from, INT4, json_array_length, "the number of elements"),                 \
        LIST(prefix "_elements_array", from, rule_list, json_elements,                                       \
             "what " prefix "_array_elements(value) gives, as an array"),                                    \
        LIST(prefix "_elements_text_array", from, rule_list_text, json_elements_text,                        \
             "what " prefix "_array_elements_text(value) gives, as an array"),                               \
        LIST(prefix "_keys_array", from, rule_list_text, json_keys,                                          \
             "what " prefix "_object_keys(value) gives, as an array"),                                       \
        LIST(prefix "_values_array", from, rule_list, json_values,                                           \
             "the values that " prefix "_each(value) gives, as an array"),                                   \
        LIST(prefix "_values_text_array", from, rule_list_text, json_values_text,                            \
             "the values that " prefix "_each_text(value) gives, as an array")

#define BUILDERS(prefix, to, rule_object)                                                                    \
    {"to_" prefix, 1, {ANY}, TYPE_##to, NULL, FAILS, kernel_to_json, "any value"},                           \
        {prefix "_object", 1,     {TYPE_LIST},        TYPE_##to,                                             \
         rule_object,      FAILS, kernel_json_object, "an object of names and values in turn, or of pairs"}, \
        {prefix "_object",                                                                                   \
         2,                                                                                                  \
         {TYPE_LIST, TYPE_LIST},                                                                             \
         TYPE_##to,                                                                                          \
         rule_object,                                                                                        \
         FAILS,                                                                                              \
         kernel_json_object_of_two,                                                                          \
         "an object of an array of names and one of values"},                                                \
        BUILD(prefix "_build_array", 0, 0, to, json_build_array, "an array of any values"),                  \
        BUILD(prefix "_build_array", 1, FUNCTION_VARIADIC, to, json_build_array, "an array of any values"),  \
        BUILD(prefix "_build_object", 0, 0, to, json_build_object, "an object of names and values"),         \
        BUILD(prefix "_build_object", 1, FUNCTION_VARIADIC, to, json_build_object,                           \
              "an object of names and values"),                                                              \
        F1(prefix "_of_elements", LIST, to, json_of_elements,                                                \
           "what " prefix "_agg(value) makes of its values"),                                                \
        F1(prefix "_of_pairs", LIST, to, json_of_pairs,                                                      \
           "what " prefix "_object_agg(name, value) makes of its members")

#define POPULATE(prefix, from)                                                                               \
    {prefix "_populate_record",                                                                              \
     2,                                                                                                      \
     {TYPE_STRUCT, TYPE_##from},                                                                             \
     TYPE_STRUCT,                                                                                            \
     rule_populate,                                                                                          \
     NULLS | FAILS,                                                                                          \
     kernel_json_populate_record,                                                                            \
     "a record with the object's members in place of its own fields"},                                       \
    {                                                                                                        \
        prefix "_populate_array", 2, {TYPE_STRUCT, TYPE_##from}, TYPE_LIST, rule_populate_array,             \
            NULLS | FAILS, kernel_json_populate_array,                                                       \
            "what " prefix "_populate_recordset(record, array) gives, as an array"                           \
    }

const Function functions_json[] = {
    OPERATORS(TEXT, JSON, json_element, rule_path_json),
    OPERATORS(JSON, JSON, json_element, rule_path_json),
    OPERATORS(JSONB, JSONB, jsonb_element, rule_path_jsonb),
    FUNCTIONS("json", TEXT, JSON, rule_list_json),
    FUNCTIONS("json", JSON, JSON, rule_list_json),
    FUNCTIONS("jsonb", JSONB, JSONB, rule_list_jsonb),
    BUILDERS("json", JSON, rule_object_json),
    BUILDERS("jsonb", JSONB, rule_object_jsonb),
    F1("array_to_json", LIST, JSON, array_to_json, "an array as JSON"),
    {"array_to_json",
     2,
     {TYPE_LIST, TYPE_BOOL},
     TYPE_JSON,
     NULL,
     FAILS,
     kernel_array_to_json,
     "an array as JSON, perhaps with a line an element"},
    POPULATE("json", TEXT),
    POPULATE("json", JSON),
    POPULATE("jsonb", JSONB),
    F1("row_to_json", STRUCT, JSON, row_to_json, "a record as an object"),
    F2("row_to_json", STRUCT, BOOL, JSON, row_to_json, "a record as an object, perhaps with a line a member"),
    BUILD("json_pair", 2, 0, TEXT, json_pair, "a member as json_object_agg(name, value) has it"),
    F2("?", JSONB, TEXT, BOOL, json_has_key, "has a member of that name, or a string like it"),
    PATH("?|", JSONB, BOOL, rule_path_bool, json_has_any_key, "has one of the names"),
    PATH("?&", JSONB, BOOL, rule_path_bool, json_has_all_keys, "has all of the names"),
    F2("jsonb_exists", JSONB, TEXT, BOOL, json_has_key, "has a member of that name, or a string like it"),
    PATH("jsonb_exists_any", JSONB, BOOL, rule_path_bool, json_has_any_key, "has one of the names"),
    PATH("jsonb_exists_all", JSONB, BOOL, rule_path_bool, json_has_all_keys, "has all of the names"),
    F2("jsonb_contains", JSONB, JSONB, BOOL, jsonb_contains, "has all members and elements of the other"),
    F2("jsonb_contained", JSONB, JSONB, BOOL, jsonb_is_contained,
       "its members and elements are all in the other"),
    PATH("jsonb_delete_path", JSONB, JSONB, rule_path_jsonb, jsonb_without_path,
         "without what stands at a path"),
    F2("@>", JSONB, JSONB, BOOL, jsonb_contains, "has all members and elements of the other"),
    F2("<@", JSONB, JSONB, BOOL, jsonb_is_contained, "its members and elements are all in the other"),
    F2("||", JSONB, JSONB, JSONB, jsonb_concat, "members of both, or elements of both"),
    F2("-", JSONB, TEXT, JSONB, jsonb_without, "without the member of that name, or the strings like it"),
    PATH("-", JSONB, JSONB, rule_path_jsonb, jsonb_without, "without the members of those names"),
    F2("-", JSONB, INT4, JSONB, jsonb_without_element, "without the element of that number"),
    PATH("#-", JSONB, JSONB, rule_path_jsonb, jsonb_without_path, "without what stands at a path"),
    EDIT("jsonb_set", jsonb_set,
         "with a value at a path in place of another, or (unless the last argument is false) added"),
    EDIT("jsonb_insert", jsonb_insert,
         "with a value at a path, in front of the element there or (where the last argument is true) behind "
         "it"),
    F1("json_strip_nulls", TEXT, JSON, json_strip_nulls, "without the members of objects that are null"),
    F1("json_strip_nulls", JSON, JSON, json_strip_nulls, "without the members of objects that are null"),
    F1("jsonb_strip_nulls", JSONB, JSONB, json_strip_nulls, "without the members of objects that are null"),
    F1("jsonb_key", JSONB, TEXT, jsonb_key, "a text that equal values share"),
    F1("jsonb_pretty", JSONB, TEXT, jsonb_pretty, "as text with a member a line"),
    F1("jsonb_order", JSONB, BYTEA, jsonb_order, "bytes that sort as the values do"),
    F2("<", JSONB, JSONB, BOOL, jsonb_less, "less"),
    F2("<=", JSONB, JSONB, BOOL, jsonb_less_equal, "less or equal"),
    F2(">", JSONB, JSONB, BOOL, jsonb_greater, "greater"),
    F2(">=", JSONB, JSONB, BOOL, jsonb_greater_equal, "greater or equal"),
    F2("=", JSONB, JSONB, BOOL, jsonb_equal, "equal"),
    F2("<>", JSONB, JSONB, BOOL, jsonb_not_equal, "not equal"),
    {"is_distinct_from",
     2,
     {TYPE_JSONB, TYPE_JSONB},
     TYPE_BOOL,
     NULL,
     NULLS,
     kernel_jsonb_is_distinct,
     "IS DISTINCT FROM"},
    {"is_not_distinct_from",
     2,
     {TYPE_JSONB, TYPE_JSONB},
     TYPE_BOOL,
     NULL,
     NULLS,
     kernel_jsonb_is_not_distinct,
     "IS NOT DISTINCT FROM"},
};
const uint32_t functions_json_count = sizeof functions_json / sizeof functions_json[0];
