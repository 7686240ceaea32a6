/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a POST query (5.2.23) as query parameters. */
#include "params.h"

#include "call.h"

#include <base/arena.h>
#include <base/err.h>
#include <base/strbuf.h>
#include <core/q.h>

#include <string.h>

#define TEMPORAL "/ngsi-ld/v1/temporal/"

enum form {
	TEXT, /* a string */
	LIST, /* a non-empty array of strings */
	EITHER, /* the same, or a string */
	JSON, /* any JSON, or its text in a string */
	NUMBER,
	BOOLEAN,
};

static const struct member {
	const char *name;
	enum form form;
	const char *param; /* NULL: the same */
} members[] = {
	{"q", TEXT, NULL},
	{"scopeQ", TEXT, NULL},
	{"csf", TEXT, NULL},
	{"lang", TEXT, NULL},
	{"attrs", LIST, NULL},
	{"pick", LIST, NULL},
	{"omit", LIST, NULL},
	{"datasetId", LIST, NULL},
	{"containedBy", LIST, NULL},
	{"expandValues", TEXT, NULL},
	{"jsonKeys", TEXT, NULL},
	{"join", TEXT, NULL},
	{"joinLevel", NUMBER, NULL},
	{"entityMap", BOOLEAN, NULL},
	{"entityMapLifetime", TEXT, NULL},
	{"splitEntities", BOOLEAN, NULL},
};
static const struct member geo_members[] = {
	{"georel", TEXT, NULL},
	{"geometry", TEXT, NULL},
	{"coordinates", JSON, NULL},
	{"geoproperty", TEXT, NULL},
};
/* OrderingParams, 5.2.43. */
static const struct member order_members[] = {
	{"orderBy", LIST, NULL},
	{"collation", TEXT, NULL},
	{"coordinates", JSON, "orderFrom"},
	{"geometry", TEXT, "orderGeometry"},
};

/* TemporalQuery, 5.2.21; what it says of aggregation may stand in aggrParams too. */
static const struct member temporal_members[] = {
	{"timerel", TEXT, NULL},
	{"timeAt", TEXT, NULL},
	{"endTimeAt", TEXT, NULL},
	{"timeproperty", TEXT, NULL},
	{"lastN", NUMBER, NULL},
	{"aggrMethods", EITHER, NULL},
	{"aggrPeriodDuration", TEXT, NULL},
};
static const struct member aggregation_members[] = {
	{"aggrMethods", EITHER, NULL},
	{"aggrPeriodDuration", TEXT, NULL},
};

static const char *join_list(const struct jn *v, struct arena *a)
{
	auto_strbuf sb = {0};

	if (v->count == 0)
		return NULL;
	jn_each (it, v) {
		const char *text = jn_str(it, a);

		if (text == NULL)
			return NULL;
		if (sb.len > 0)
			strbuf_addc(&sb, ',');
		strbuf_adds(&sb, text);
	}
	return arena_strndup(a, sb.data, sb.len);
}

/* The parameter's text, or NULL where the member has not the form it must have. */
static const char *member_text(const struct jn *v, enum form form, struct arena *a)
{
	switch (form) {
	case LIST:
		return jn_is(v, JN_ARRAY) ? join_list(v, a) : NULL;
	case EITHER:
		return jn_is(v, JN_ARRAY) ? join_list(v, a) : jn_str(v, a);
	case JSON:
		return jn_is(v, JN_STRING) ? jn_str(v, a) : jn_text(v, a);
	case NUMBER:
		return jn_is(v, JN_NUMBER) ? jn_text(v, a) : NULL;
	case BOOLEAN:
		return jn_is_bool(v) ? jn_text(v, a) : NULL;
	case TEXT:
		break;
	}
	return jn_str(v, a);
}

static int read_members(const struct jn *object, const struct member *known, size_t n,
	const char *where, struct param *out, size_t *len, struct arena *a,
	struct err *err)
{
	static const char *const forms[] = {"a string", "a non-empty array of strings",
		"a non-empty array of strings", "JSON", "a number", "true or false"};

	for (size_t i = 0; i < n; i++) {
		const struct jn *v = jn_get(object, known[i].name);
		const char *text;

		if (v == NULL)
			continue;
		text = member_text(v, known[i].form, a);
		if (text == NULL)
			return err_set(err, ERR_BAD_REQUEST_DATA, "%s/%s must be %s",
				where, known[i].name, forms[known[i].form]);
		out[(*len)++] = (struct param){
			known[i].param != NULL ? known[i].param : known[i].name, text};
	}
	return 0;
}

/* Evolutions are not joined with linked entities (5.7.4.4). */
static bool is_of_links(const struct jn *member)
{
	return jn_key_is(member, "join") || jn_key_is(member, "joinLevel") ||
		jn_key_is(member, "containedBy");
}

/* What goes with the past goes with nothing else (5.2.23). */
static bool is_known(const struct jn *member, bool temporal)
{
	static const char *const others[] = {"type", "@type", "entities", "geoQ",
		"ordering", "@context", "temporalQ", "aggrParams"};
	const size_t n = sizeof(others) / sizeof(others[0]) - (temporal ? 0 : 2);

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (jn_key_is(member, members[i].name))
			return !temporal || !is_of_links(member);
	for (size_t i = 0; i < n; i++)
		if (jn_key_is(member, others[i]))
			return true;
	return false;
}

/* An object with nothing but these members. */
static int read_part(const struct jn *query, const char *name, const struct member *known,
	size_t n, struct param *out, size_t *len, struct arena *a, struct err *err)
{
	const struct jn *part = jn_get(query, name);

	if (part == NULL)
		return 0;
	if (!jn_is(part, JN_OBJECT))
		return err_set(err, ERR_BAD_REQUEST_DATA, "/%s must be an object", name);
	jn_each (it, part) {
		size_t i = 0;

		while (i < n && !jn_key_is(it, known[i].name))
			i++;
		if (i == n)
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"/%s/%.*s: there is no such member", name,
				(int)(it->key_len > 64 ? 64 : it->key_len), it->key);
	}
	return read_members(
		part, known, n, arena_printf(a, "/%s", name), out, len, a, err);
}

/* Which members must be there. */
static int check_parts(const struct jn *query, bool temporal, struct err *err)
{
	const struct jn *entities = jn_get(query, "entities"),
			*geo = jn_get(query, "geoQ");
	const struct jn *ordering = jn_get(query, "ordering");

	jn_each (it, query)
		if (!is_known(it, temporal))
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"/%.*s: a Query has no such member%s",
				(int)(it->key_len > 64 ? 64 : it->key_len), it->key,
				is_known(it, true) ? " here; it is for temporal queries"
					: is_known(it, false)
					? " here; it is for queries of "
					  "entities as they are"
					: "");
	if (geo != NULL && (!jn_is(geo, JN_OBJECT) || geo->count == 0))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/geoQ must be an object with georel, geometry and coordinates");
	if (ordering != NULL &&
		(!jn_is(ordering, JN_OBJECT) || jn_get(ordering, "orderBy") == NULL))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/ordering must be an object with orderBy");
	if (entities != NULL && (!jn_is(entities, JN_ARRAY) || entities->count == 0))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/entities must be a non-empty array of selectors");
	return 0;
}

int params_from_query(struct params *p, const struct jn *query, struct err *err)
{
	struct arena *a = &p->call->req->arena;
	const size_t n = sizeof(members) / sizeof(members[0]);
	const char *path = p->call->req->route->path;
	struct param *out = arena_array(a, struct param, n + 18);
	size_t len = 0;

	if (!jn_is(query, JN_OBJECT) ||
		!jn_str_is(params_member(query, "@type"), "Query"))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"the body must be an object with \"type\": \"Query\"");
	if (check_parts(query, strncmp(path, TEMPORAL, strlen(TEMPORAL)) == 0, err) < 0 ||
		read_members(query, members, n, "", out, &len, a, err) < 0 ||
		read_part(query, "geoQ", geo_members, 4, out, &len, a, err) < 0 ||
		read_part(query, "ordering", order_members, 4, out, &len, a, err) < 0 ||
		read_part(query, "temporalQ", temporal_members, 7, out, &len, a, err) <
			0 ||
		read_part(query, "aggrParams", aggregation_members, 2, out, &len, a,
			err) < 0)
		return -1;
	p->entities = jn_get(query, "entities");
	p->body = out;
	p->body_len = len;
	return 0;
}

int params_sources(const struct params *p, struct err *err)
{
	const struct q_options options = {.ctx = p->call->ctx};
	const char *text = params_get(p, "csf");
	struct q *csf;
	bool split;

	if (params_bool(p, "splitEntities", false, &split, err) < 0)
		return -1;
	if (text == NULL || q_parse(text, &options, &p->call->req->arena, &csf, err) == 0)
		return 0;
	return err_wrap(err, "csf");
}
