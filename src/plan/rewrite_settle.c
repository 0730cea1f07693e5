/* What PostgreSQL does not compute when it plans, though it could here. */
#include "plan/rule.h"

#include "expr/function.h"

#include <string.h>

/* What text is read as, and written as, depends on DateStyle and its like there, or on what a container
 * holds. */
static bool
is_read_as_written(TypeId id)
{
    return id == TYPE_DATE || id == TYPE_TIME || id == TYPE_TIMESTAMP || id == TYPE_TIMESTAMPTZ ||
           id == TYPE_INTERVAL || id == TYPE_LIST || id == TYPE_STRUCT;
}

bool
rewrite_settles_late(const Expr *call)
{
    static const char *const names[] = {"to_char",
                                        "to_date",
                                        "to_number",
                                        "to_timestamp",
                                        "convert_from",
                                        "convert_to",
                                        "format",
                                        "concat",
                                        "concat_ws",
                                        "to_json",
                                        "to_jsonb",
                                        "array_to_json",
                                        "array_to_string",
                                        "row_to_json",
                                        "json_build_object",
                                        "json_build_array",
                                        "jsonb_build_object",
                                        "jsonb_build_array"};
    const char *name = call->function->name;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    /* The binder's own, for groups and rows that there are. */
    if (strcmp(name, "is_fraction") == 0 || strcmp(name, "series_array") == 0)
        return true;
    if (strcmp(name, "timezone") == 0)
        return false;
    for (uint32_t i = 0; i < call->argument_count; i++)
        if (call->arguments[i]->settled_late || call->arguments[i]->type.id == TYPE_TIMESTAMPTZ)
            return true;
    if (strcmp(name, "cast") != 0)
        return call->type.id == TYPE_TIMESTAMPTZ;
    const TypeId from = call->arguments[0]->type.id;
    return (type_is_string(from) && is_read_as_written(call->type.id)) ||
           (is_read_as_written(from) && type_is_string(call->type.id)) || call->type.id == TYPE_TIMESTAMPTZ;
}
