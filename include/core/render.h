/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the stored document to what the client asked for, in one pass, straight into the
 * answer: normalized (4.5.2), concise (4.5.2.3), simplified (4.5.4), GeoJSON (4.5.16).
 */
#ifndef CORE_RENDER_H
#define CORE_RENDER_H

#include <base/attr.h>
#include <base/jn.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct context;
struct err;
struct projection;
struct strbuf;
struct version;

enum format {
	FORMAT_NORMALIZED,
	FORMAT_CONCISE,
	FORMAT_SIMPLIFIED,
};

/* lang=fr-CH,fr;q=0.9,*;q=0.5 in order of preference (4.15). */
struct lang {
	const char **ranges;
	size_t len;
};

/* Linked entity retrieval, inline (4.5.23.2).  Loops are cut here; what else is to stay a
 * URI (not local, containedBy) is for get() to say. */
struct linked {
	/* The entity that `relationship` (an instance) links to; NULL: it stays a URI. */
	const struct jn *(*get)(
		void *self, const struct jn *relationship, const char *id, size_t len);
	void *self;
	unsigned levels; /* joinLevel */
};

struct render {
	const struct context *ctx;
	enum format format;
	bool sys_attrs; /* createdAt, modifiedAt, expiresAt are shown */
	bool deletions; /* deletedAt of entities is shown whatever else is */
	bool geojson; /* Feature(s) */
	bool context_member; /* write "@context" into each entity (ld+json), or
	                                     * at the top (geo+json) */
	const char *context_text; /* JSON text of that member's value */
	const struct projection *projection;
	const struct lang *lang;
	const char *const *dataset_ids; /* NULL: all; "@none": the default instance */
	size_t dataset_ids_len;
	const char *geometry_property; /* IRI, NULL: location; geojson.  Found also where
	                                     * the projection leaves it out of properties */
	const char *geometry_dataset; /* datasetId of the geometry, or NULL */
	int64_t now; /* expired attributes are left out */
	const struct linked *linked; /* NULL: relationships stay URIs */
	struct version *version; /* NULL: this edition (core/downshift.h) */
};

/* BAD_REQUEST_DATA: `lang: expected a language tag or '*' at offset 3`. */
int lang_parse(
	const char *text, struct arena *a, struct lang **out, struct err *err) must_check;
/* The member of a languageMap that serves best: the first range it has (exactly, as the
 * beginning of a tag, or shortened), else @none, else the first; NULL: it is empty. */
const struct jn *lang_choose(const struct lang *lang, const struct jn *map);
/* One entity (or Feature).  a: scratch. */
void render_entity(struct strbuf *sb, const struct jn *entity, const struct render *r,
	struct arena *a);
/* A list, one at a time: begin, any number of items, end. */
void render_list_begin(struct strbuf *sb, const struct render *r);
void render_list_item(struct strbuf *sb, const struct jn *entity, const struct render *r,
	struct arena *a);
void render_list_end(struct strbuf *sb, const struct render *r);

#endif
