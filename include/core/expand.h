/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what a client sent (normalized, concise or simplified, any mix of the first two) to
 * the expanded document of core/entity.h, checked against every rule of 4.5 and 5.2 that
 * does not need the stored entity.  System members (createdAt, modifiedAt, deletedAt,
 * instanceId, lang, and of previous*, entity and entityList those of the kind) are dropped,
 * "@id"/"@type" are aliases.
 *
 * What a fragment looks like besides:
 * - an NGSI-LD Null for an attribute, in whichever form it came, is an instance that holds
 *   it; "attribute": "urn:ngsi-ld:null" says no kind and becomes a Property.  observedAt,
 *   expiresAt, unitCode, objectType and valueType may be the text "urn:ngsi-ld:null";
 *   scope is then ["urn:ngsi-ld:null"];
 * - an instance that came without value (EXPAND_PARTIAL, EXPAND_NULL_NESTED) has no type
 *   where none was sent.
 * URIs (id, object, objectList, datasetId) stay as sent: the URLs and queries that name
 * them are not expanded either.
 *
 * Errors are BAD_REQUEST_DATA and say where (JSON pointer into the body), what and how to
 * mend it: `/temperature/value: null cannot be stored; send "urn:ngsi-ld:null" in a PATCH
 * to delete the attribute`.
 */
#ifndef CORE_EXPAND_H
#define CORE_EXPAND_H

#include <base/attr.h>
#include <base/jn.h>

struct arena;
struct context;
struct err;

enum expand_flags {
	EXPAND_NEEDS_ID = 1,
	EXPAND_NEEDS_TYPE = 2,
	EXPAND_NULL = 4, /* NGSI-LD Nulls may stand for attributes and sub-attributes */
	EXPAND_NULL_NESTED = 8, /* … and inside values (merge, 5.5.12) */
	EXPAND_SIMPLIFIED = 16, /* the body is simplified: members are bare values */
	EXPAND_PARTIAL = 32, /* an attribute may lack type and value (5.6.4) */
	EXPAND_CONTEXT_MEMBER =
		64, /* a member "@context" is skipped (the caller has used it);
	                             * otherwise it is refused (6.3.5) */
	/* A temporal representation (4.5.6 to 4.5.8): any number of instances of one
	 * attribute, NGSI-LD Nulls with deletedAt among them; scope becomes an attribute,
	 * SCOPE_IRI, whose values are arrays of scopes. */
	EXPAND_TEMPORAL = 128,
};
#define EXPAND_CREATE (EXPAND_NEEDS_ID | EXPAND_NEEDS_TYPE)

/* An entity or an entity fragment.  *out shares texts with body and ctx. */
int entity_expand(const struct jn *body, const struct context *ctx, unsigned flags,
	struct arena *a, struct jn **out, struct err *err) must_check;
/* One attribute fragment (the body of …/attrs/{attr}): an instance or an array of them.
 * `iri` is the expanded attribute name. */
int attribute_expand(const struct jn *body, const char *iri, const struct context *ctx,
	unsigned flags, struct arena *a, struct jn **out, struct err *err) must_check;
/* Is it a legal attribute or type name (4.6.2): name, prefix:name or a URI?  '-' is taken
 * inside a name, since published models have it (N-TOT) and no grammar of ours stumbles
 * over it.  At most NAME_MAX_LEN bytes. */
#define NAME_MAX_LEN 1024
bool name_is_legal(const char *name, size_t len);
/* Does the name, which expands to the IRI, stand for a JSON-LD keyword or a core member?
 * Neither names an attribute (4.5.1). */
bool name_is_core(const struct context *ctx, const char *name, const char *iri);
/* A well-formed language tag (RFC 5646)? */
bool language_is_tag(const char *s, size_t len);
/* One of GeoJSON's types that NGSI-LD takes: all but GeometryCollection (4.7.1). */
bool geometry_is_type(const char *type);
/* `{"type": "Point", "coordinates": …}` with the structure RFC 7946 asks for: known type
 * (no GeometryCollection), array depths, numbers, closed rings, ranges.  where: JSON
 * pointer for the error. */
int geometry_check(
	const struct jn *geometry, const char *where, struct err *err) must_check;
/* Is this `type` member one of the six geometries? */
bool geometry_type_is_known(const struct jn *type);

#endif
