/* expr/registry.h: the registry as its own parts see it: rows by name, and the table of casts. */
#ifndef RUNNEL_EXPR_REGISTRY_H
#define RUNNEL_EXPR_REGISTRY_H

#include "expr/function.h"

#define REGISTRY_CAST "cast"

/* The rows of one name, in the order of the registry: `*count` of them, 0 where the name is unknown. */
const Function *const *registry_named(const char *name, uint32_t *count);

/* The first row that casts between the two, in that context; NULL where there is none. */
const Function *registry_cast(TypeId from, TypeId to, CastContext context);

/* Whether a value of `from` may stand where `to` is wanted without being asked for (PostgreSQL's
 * can_coerce_type): equal, an implicit cast, an UNKNOWN literal, or an argument that takes any type. */
bool registry_is_implicit(TypeId from, TypeId to);

/* PostgreSQL's preferred type of a category (pg_type.typispreferred). */
bool registry_is_preferred(TypeId id);

/* `from` as it becomes when it is cast to `to` without a modifier: an integer gets the digits it can have,
 * numerics keep their own. */
Type registry_target(Type from, TypeId to);

#endif
