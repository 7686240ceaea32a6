/* SPDX-License-Identifier: Apache-2.0 */
#include "params.h"

#include "call.h"

#include <base/arena.h>
#include <base/iri.h>
#include <core/context.h>
#include <core/geo_q.h>
#include <core/pattern.h>
#include <core/q.h>
#include <core/scope_q.h>
#include <core/type_q.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct arena *arena_of(const struct params *p)
{
	return &p->call->req->arena;
}

const char *params_get(const struct params *p, const char *name)
{
	for (size_t i = 0; i < p->body_len; i++)
		if (strcmp(p->body[i].name, name) == 0)
			return p->body[i].value;
	return req_param(p->call->req, name);
}

static bool in_list(const char *list, const char *word)
{
	size_t want = strlen(word);

	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, ",");

		if (len == want && strncmp(list, word, len) == 0)
			return true;
		list += len + (list[len] == ',');
	}
	return false;
}

bool params_option(const struct params *p, const char *word)
{
	return in_list(req_param(p->call->req, "options"), word);
}

/* "update, replace", for a message. */
static const char *join_words(const char *const *words, struct arena *a)
{
	const char *text = *words;

	for (words++; *words != NULL; words++)
		text = arena_printf(a, "%s, %s", text, *words);
	return text;
}

int params_check_options(
	const struct params *p, const char *const *known, struct err *err)
{
	const char *text = req_param(p->call->req, "options");

	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, ","), i = 0;

		while (known[i] != NULL &&
			(strlen(known[i]) != len || strncmp(known[i], text, len) != 0))
			i++;
		if (len > 0 && known[i] == NULL)
			return err_set(err, ERR_INVALID_REQUEST,
				"options: '%.*s' is unknown; use %s",
				(int)(len > 32 ? 32 : len), text,
				join_words(known, arena_of(p)));
		text += len + (text[len] == ',');
	}
	return 0;
}

int params_bool(const struct params *p, const char *name, bool fallback, bool *out,
	struct err *err)
{
	const char *text = params_get(p, name);

	if (text == NULL)
		*out = fallback;
	else if (strcmp(text, "true") == 0)
		*out = true;
	else if (strcmp(text, "false") == 0)
		*out = false;
	else
		return err_set(err, ERR_INVALID_REQUEST,
			"%s: '%.32s' is neither true nor "
			"false",
			name, text);
	return 0;
}

static int params_unsigned(const struct params *p, const char *name, unsigned fallback,
	unsigned *out, struct err *err)
{
	const char *text = params_get(p, name);
	unsigned long v;
	char *end;

	if (text == NULL) {
		*out = fallback;
		return 0;
	}
	errno = 0;
	v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || v > 1000000000)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"%s: '%.32s' is no whole number of 0 or more", name, text);
	*out = (unsigned)v;
	return 0;
}

int params_uris(const char *text, const char *what, struct arena *a,
	const char *const **out, size_t *len, struct err *err)
{
	size_t n = 1, used = 0;
	const char **list;

	for (const char *c = text; *c != '\0'; c++)
		n += *c == ',';
	list = arena_array(a, const char *, n);
	while (used < n) {
		size_t item = strcspn(text, ",");

		list[used++] = arena_strndup(a, text, item);
		if (what != NULL && !iri_is_absolute(text, item))
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"%s: '%.100s' is not a URI (urn:… or https://…)", what,
				list[used - 1]);
		text += item + (text[item] == ',');
	}
	*out = list;
	*len = n;
	return 0;
}

int params_type(const struct params *p, const struct type_q **out, struct err *err)
{
	const char *text = params_get(p, "type");
	struct type_q *type = NULL;

	if (text != NULL && type_q_parse(text, p->call->ctx, arena_of(p), &type, err) < 0)
		return -1;
	*out = type;
	return 0;
}

int params_paging(const struct params *p, struct paging *out, struct err *err)
{
	const struct app_config *config = &p->call->app->config;
	struct paging page;

	if (params_unsigned(p, "limit", config->page_size, &page.limit, err) < 0 ||
		params_unsigned(p, "offset", 0, &page.offset, err) < 0 ||
		params_bool(p, "count", params_option(p, "count"), &page.count, err) < 0)
		return -1;
	if (page.limit == 0 && !page.count)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"limit: 0 asks for the number of results only; add count=true");
	if (page.limit > config->page_max)
		return err_set(err, ERR_TOO_MANY_RESULTS,
			"limit: %u is more than the %u of one page; follow the Link "
			"headers "
			"with rel=\"next\"",
			page.limit, config->page_max);
	*out = page;
	return 0;
}

static int read_paging(const struct params *p, struct entity_query *q, struct err *err)
{
	struct paging page;

	if (params_paging(p, &page, err) < 0)
		return -1;
	q->limit = page.limit;
	q->offset = page.offset;
	q->count = page.count;
	return 0;
}

static int read_filters(const struct params *p, struct entity_query *q, struct err *err)
{
	struct q_options options = {
		.ctx = p->call->ctx,
		.expand_values = params_get(p, "expandValues"),
		.json_keys = params_get(p, "jsonKeys"),
	};
	const char *q_text = params_get(p, "q"), *scope = params_get(p, "scopeQ");
	const char *rel = params_get(p, "georel"), *geometry = params_get(p, "geometry");
	const char *coordinates = params_get(p, "coordinates");
	struct scope_q *scope_q;
	struct geo_q *geo;
	struct join join;
	struct q *parsed;

	if (join_params(p, &join, err) < 0)
		return -1;
	options.max_linked = join.levels;
	if (q_text != NULL) {
		if (q_parse(q_text, &options, arena_of(p), &parsed, err) < 0)
			return -1;
		q->q = parsed;
	}
	if (scope != NULL) {
		if (scope_q_parse(scope, arena_of(p), &scope_q, err) < 0)
			return -1;
		q->scope = scope_q;
	}
	if (rel != NULL || geometry != NULL || coordinates != NULL) {
		if (geo_q_parse(rel, geometry, coordinates, params_get(p, "geoproperty"),
			    p->call->ctx, arena_of(p), &geo, err) < 0)
			return -1;
		q->geo = geo;
	}
	return 0;
}

static int read_pattern(
	const struct params *p, const char *text, const char **out, struct err *err)
{
	struct pattern *pattern;

	if (text == NULL)
		return 0;
	if (pattern_parse(
		    text, strlen(text), "idPattern", 0, arena_of(p), &pattern, err) < 0)
		return -1;
	*out = pattern->text;
	return 0;
}

const struct jn *params_member(const struct jn *object, const char *keyword)
{
	const struct jn *v = jn_get(object, keyword + 1);

	return v != NULL ? v : jn_get(object, keyword);
}

static int check_selector(const struct jn *item, struct err *err)
{
	const struct jn *id = params_member(item, "@id");
	const struct jn *pattern = jn_get(item, "idPattern");

	jn_each (it, item)
		if (!jn_key_is(it, "type") && !jn_key_is(it, "id") &&
			!jn_key_is(it, "@type") && !jn_key_is(it, "@id") &&
			!jn_key_is(it, "idPattern"))
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"/entities: a selector has no member \"%.*s\"; it has "
				"type, id and idPattern",
				(int)(it->key_len > 64 ? 64 : it->key_len), it->key);
	if (id != NULL && !jn_is(id, JN_STRING) &&
		(!jn_is(id, JN_ARRAY) || id->count == 0))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/entities/id must be a URI or a non-empty array of URIs");
	if (pattern != NULL && !jn_is(pattern, JN_STRING))
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/entities/idPattern must be a string");
	return 0;
}

/* One EntitySelector of a POST query: type is mandatory, id wins over idPattern (5.2.33). */
static int read_selector(const struct params *p, const struct jn *item,
	struct entity_selector *out, struct err *err)
{
	const char *type = jn_str(params_member(item, "@type"), arena_of(p));
	const struct jn *id = params_member(item, "@id");
	struct type_q *parsed = NULL;

	if (type == NULL)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"/entities: each selector needs a \"type\" (a name, a selection "
			"such "
			"as A|B, or *)");
	if (check_selector(item, err) < 0 ||
		type_q_parse(type, p->call->ctx, arena_of(p), &parsed, err) < 0)
		return -1;
	out->type = parsed;
	if (id == NULL)
		return read_pattern(p, jn_str(jn_get(item, "idPattern"), arena_of(p)),
			&out->id_pattern, err);
	if (jn_is(id, JN_STRING))
		return params_uris(jn_str(id, arena_of(p)), "/entities/id", arena_of(p),
			&out->ids, &out->ids_len, err);
	const char **ids = arena_array(arena_of(p), const char *, id->count + 1);

	jn_each (it, id) {
		const char *text = jn_str(it, arena_of(p));

		if (text == NULL || !iri_is_absolute(text, strlen(text)))
			return err_set(err, ERR_BAD_REQUEST_DATA,
				"/entities/id: each id is a URI (urn:… or https://…)");
		ids[out->ids_len++] = text;
	}
	out->ids = ids;
	return 0;
}

static int read_selectors(const struct params *p, struct entity_query *q, struct err *err)
{
	const char *ids = params_get(p, "id");
	struct entity_selector *list;

	if (p->entities != NULL) {
		list = arena_array(
			arena_of(p), struct entity_selector, p->entities->count);
		jn_each (it, p->entities)
			if (read_selector(p, it, &list[q->selectors_len++], err) < 0)
				return -1;
		q->selectors = list;
		return 0;
	}
	list = arena_new(arena_of(p), struct entity_selector);
	if (read_pattern(p, params_get(p, "idPattern"), &list->id_pattern, err) < 0 ||
		params_type(p, &list->type, err) < 0)
		return -1;
	if (ids != NULL &&
		params_uris(ids, "id", arena_of(p), &list->ids, &list->ids_len, err) < 0)
		return -1;
	q->selectors = list;
	q->selectors_len =
		list->type != NULL || list->ids != NULL || list->id_pattern != NULL;
	return 0;
}

/* Is there one among the names that is no system member (5.7.2.4)? */
static bool names_attribute(const struct pick_list *list)
{
	for (size_t i = 0; list != NULL && i < list->len; i++)
		if (memchr(list->items[i].name, ':', list->items[i].len) != NULL)
			return true;
	return false;
}

/* type=*, or a selector with it (5.2.33). */
static bool asks_for_all(const struct params *p, const struct entity_query *q)
{
	const char *type = params_get(p, "type");

	if (p->entities == NULL)
		return type != NULL && strcmp(type, "*") == 0;
	for (size_t i = 0; i < q->selectors_len; i++)
		if (q->selectors[i].type == NULL)
			return true;
	return false;
}

/* 5.7.2.4: a query must say more than an id or a scope, unless it stays local. */
static int check_width(
	const struct params *p, const struct entity_query *q, struct err *err)
{
	const char *type = params_get(p, "type");
	bool all = asks_for_all(p, q), local;

	if (params_bool(p, "local", all, &local, err) < 0)
		return -1;
	if (all && !local)
		return err_set(err, ERR_BAD_REQUEST_DATA,
			"type=* asks for the entities of this broker: local=false does "
			"not "
			"go with it");
	if (type != NULL || p->entities != NULL || names_attribute(q->attrs) ||
		q->geo != NULL || local || (q->q != NULL && q_has_attribute(q->q)))
		return 0;
	return err_set(err, ERR_BAD_REQUEST_DATA,
		"the query is too wide: name a type, attributes, a q about one, or a "
		"georel; or "
		"add local=true");
}

/* An entity of which nothing would be shown is not found: where id and type are not picked
 * it must have one of the others. */
static const struct pick_list *wanted_members(const struct projection *projection)
{
	const struct pick_list *pick = projection->pick;

	if (pick == NULL || pick_find(pick, "id", 2) != NULL ||
		pick_find(pick, "type", 4) != NULL)
		return projection->attrs;
	return pick;
}

int params_query(const struct params *p, const struct projection *projection,
	struct entity_query *out, struct err *err)
{
	struct entity_query q = {
		.tenant = p->call->tenant,
		.attrs = projection->attrs,
		.now = p->call->req->now,
	};

	if (params_sources(p, err) < 0 || read_paging(p, &q, err) < 0 ||
		read_selectors(p, &q, err) < 0 || read_filters(p, &q, err) < 0 ||
		params_order(p, &q, err) < 0 || check_width(p, &q, err) < 0)
		return -1;
	q.attrs = wanted_members(projection);
	*out = q;
	return 0;
}
