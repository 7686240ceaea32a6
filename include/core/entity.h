/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entity document: what is stored, what operations change, what answers are written
 * from.  Always expanded, one shape:
 *
 *	{"id": "urn:…", "type": ["<IRI>", …], "scope": ["/a/b", …],
 *	 "createdAt": "…Z", "modifiedAt": "…Z", "expiresAt": "…Z",
 *	 "<IRI>": <instance> | [<instance>, …], …}
 *	instance = {"type": "Property", "value": …, "datasetId": "…", "observedAt": "…",
 *	            "unitCode": "…", "createdAt": …, "modifiedAt": …, "<IRI>": sub-attribute …}
 *
 * Rules that everything relies on:
 * - members whose name contains ':' are attributes (or sub-attributes), others are core
 *   members under their short core names; `id` is first, `type` second;
 * - `type` and `scope` are arrays, never empty (scope is absent instead); scopes begin
 *   with '/';
 * - an attribute with one instance is an object, with several an array; the default
 *   instance (no datasetId) comes first; "@none" is never stored;
 * - each instance has `type` (the kind) first and the value member of its kind second;
 * - `object` is a URI or an array of URIs, `objectList` an array of URIs; `vocab`,
 *   `objectType`, `valueType` hold expanded IRIs; `json` and `value` are as sent;
 * - instants are as clock_format() writes them, except observedAt and expiresAt, which are
 *   kept as sent;
 * - createdAt and modifiedAt are on the entity and on every attribute instance, at every
 *   depth (expand does not write them, apply does).
 */
#ifndef CORE_ENTITY_H
#define CORE_ENTITY_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

#define NGSILD_NULL           "urn:ngsi-ld:null"
#define DEFAULT_CONTEXT_VOCAB "https://uri.etsi.org/ngsi-ld/default-context/"
#define NGSILD_VOCAB          "https://uri.etsi.org/ngsi-ld/"
#define SCOPE_IRI             NGSILD_VOCAB "scope" /* in the temporal representation */

enum kind {
#define KIND(kind, type, member, previous, plural) KIND_##kind,
#include <core/kind.def>
#undef KIND
	KINDS /* also: none of them */
};

extern const char *const kind_type[KINDS]; /* "Property" … */
extern const char *const kind_member[KINDS]; /* "value" … */
extern const char *const kind_previous[KINDS];

enum kind kind_from_type(const struct jn *type); /* of the `type` member; KINDS if none */
enum kind instance_kind(const struct jn *instance); /* KINDS where it has no type */
struct jn *instance_value(const struct jn *instance); /* the value member, or NULL */
/* The instance is an NGSI-LD Null in the form of its kind (4.5.0). */
bool instance_is_null(const struct jn *instance);
/* Is it the text "urn:ngsi-ld:null"? */
bool text_is_null(const struct jn *v);

/* Is this member of an entity or instance an attribute? */
bool is_attribute(const struct jn *member);

/* Iterates the instances of an attribute member, be it an object or an array. */
struct jn *instance_first(const struct jn *attribute);
struct jn *instance_next(const struct jn *attribute, const struct jn *instance);
#define each_instance(it, attribute)                                                     \
	for (struct jn *it = instance_first(attribute); it != NULL;                      \
		it = instance_next(attribute, it))
/* The instance with this datasetId; NULL or "@none": the default instance. */
struct jn *instance_find(const struct jn *attribute, const char *dataset_id, size_t len);

/* Is it expired at `now` (member expiresAt of an entity or instance)? 4.22 */
bool is_expired(const struct jn *object, int64_t now);
/* Does the entity have this expanded type among its types? */
bool entity_has_type(const struct jn *entity, const char *iri, size_t len);

#endif
