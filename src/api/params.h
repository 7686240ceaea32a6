/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Query parameters by meaning: what to find, and how to show it.  A POST query says the
 * same in its body (5.2.23); params_from_query() turns its members into parameters, so
 * there is one reading of both.
 */
#ifndef API_PARAMS_H
#define API_PARAMS_H

#include "linked.h"

#include <base/attr.h>
#include <core/project.h>
#include <core/render.h>
#include <store/entities.h>

#include <stdbool.h>

struct call;
struct err;
struct jn;
struct type_q;

/* The query as it was asked, before it becomes SQL. */
struct params {
	struct call *call;
	const struct param *body; /* from a POST query, looked at first; may be NULL */
	size_t body_len;
	const struct jn *entities; /* POST query: EntitySelector[] */
};

/* How to show entities.  The projection lives in here. */
struct view {
	struct render render;
	struct projection projection;
	struct join join;
};

/* The names that params_view() and an EntityMap read. */
#define PARAMS_OF_VIEW                                                                   \
	"attrs", "pick", "omit", "format", "options", "lang", "datasetId",               \
		"geometryProperty", "local", "type", "join", "joinLevel", "containedBy", \
		"entityMap", "entityMapLifetime"

const char *params_get(const struct params *p, const char *name);
/* Is `word` among the comma list of `options`? */
bool params_option(const struct params *p, const char *word);
/* INVALID_REQUEST for a word of `options` that is not in the list, which ends with NULL
 * (6.3.20). */
int params_check_options(
	const struct params *p, const char *const *known, struct err *err) must_check;

/* Reads the members of a Query into p. */
int params_from_query(
	struct params *p, const struct jn *query, struct err *err) must_check;
/* The order that is asked for becomes query->order (4.23). */
int params_order(
	const struct params *p, struct entity_query *query, struct err *err) must_check;
/* What to find: type, id, idPattern, q, georel…, scopeQ, attrs, limit, offset, count,
 * orderBy…; the too-wide rule of 5.7.2.4 included. */
int params_query(const struct params *p, const struct projection *projection,
	struct entity_query *out, struct err *err) must_check;
/* csf and splitEntities are about context sources: as long as none is registered there is
 * nothing to choose or to split, but they must be what they should be. */
int params_sources(const struct params *p, struct err *err) must_check;
/* The member id or type under its keyword, "@id" or "@type", or its alias (4.4). */
const struct jn *params_member(const struct jn *object, const char *keyword);
/* How to show it: format, options, attrs, pick, omit, lang, datasetId, geometryProperty,
 * join, joinLevel, containedBy. */
int params_view(const struct params *p, struct view *out, struct err *err) must_check;
/* Linked entities may need the default context where those that link to them do not; else as
 * call_settle(). */
void view_settle(
	struct view *view, struct call *call, const struct jn *const *entities, size_t n);
/* attrs, pick, omit.  levels: of linked entities, whose members can be named as well. */
int params_projection(const struct params *p, unsigned levels, struct projection *out,
	struct err *err) must_check;
/* attrs of a retrieval names attributes only: neither id, type nor scope (6.5.3.1). */
int params_attributes_only(const struct projection *view, struct err *err) must_check;
int params_datasets(const struct params *p, struct render *r, struct err *err) must_check;
/* The `type` selector of a write (4.17); NULL where there is none. */
int params_type(
	const struct params *p, const struct type_q **out, struct err *err) must_check;
/* limit, offset, count (5.5.9, 6.3.10, 6.3.13; options=count is T8). */
struct paging {
	unsigned limit, offset;
	bool count;
};
int params_paging(const struct params *p, struct paging *out, struct err *err) must_check;
/* true/false; `fallback` where absent. */
int params_bool(const struct params *p, const char *name, bool fallback, bool *out,
	struct err *err) must_check;
/* Splits a comma list; every item must be a URI where `what` is not NULL. */
int params_uris(const char *text, const char *what, struct arena *a,
	const char *const **out, size_t *len, struct err *err) must_check;

#endif
