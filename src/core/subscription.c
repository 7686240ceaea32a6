/* SPDX-License-Identifier: Apache-2.0 */
/* From the stored text to what matching and notifying need. */
#include "subscription_priv.h"

#include <base/clock.h>
#include <base/err.h>
#include <base/iri.h>
#include <base/mem.h>
#include <core/context.h>
#include <core/downshift.h>
#include <core/geo_q.h>
#include <core/pattern.h>
#include <core/q.h>
#include <core/scope_q.h>
#include <core/type_q.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Most subscriptions take two or three thousand bytes. */
#define ARENA_FIRST 2048

#define MICROSECONDS 1000000.0
#define MAX_SECONDS  1e9

static int read_ids(
	struct reader *r, const struct jn *v, const char *where, struct selector *out)
{
	const struct jn *id = jn_get(v, "id");
	const char **one = arena_array(r->m.a, const char *, 1);

	if (id == NULL || jn_is(id, JN_ARRAY)) {
		if (members_texts(&r->m, v, where, "id", &out->ids, &out->ids_len) < 0)
			return -1;
	} else {
		if (members_text(&r->m, v, where, "id", one) < 0)
			return -1;
		out->ids = one;
		out->ids_len = 1;
	}
	for (size_t i = 0; i < out->ids_len; i++)
		if (!iri_is_absolute(out->ids[i], strlen(out->ids[i])))
			return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
				"%s/id: '%.100s' is not a URI (urn:… or https://…)",
				where, out->ids[i]);
	return 0;
}

/* 5.2.33; id wins over idPattern. */
static int read_selector(struct reader *r, const struct jn *v, size_t n,
	struct context *core, struct selector *out)
{
	static const char *const known[] = {"type", "id", "idPattern", NULL};
	const char *where = arena_printf(r->m.scratch, "/entities/%zu", n);
	const char *type = NULL, *pattern = NULL;
	struct pattern *compiled = NULL;
	struct type_q *type_q;

	if (!jn_is(v, JN_OBJECT))
		return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
			"%s: expected an object, {\"type\": …}", where);
	if (members_check(&r->m, v, where, known) < 0 ||
		members_text(&r->m, v, where, "type", &type) < 0 ||
		members_text(&r->m, v, where, "idPattern", &pattern) < 0 ||
		read_ids(r, v, where, out) < 0)
		return -1;
	if (type == NULL)
		return members_bad(&r->m, where, "type",
			"is missing; a name, a selection such as A|B, or *");
	if (type_q_parse(type, core, r->m.a, &type_q, r->m.err) < 0 ||
		(pattern != NULL &&
			pattern_parse(pattern, strlen(pattern), "idPattern", 0, r->m.a,
				&compiled, r->m.err) < 0))
		return err_wrap(r->m.err, "%s", where);
	out->type = type_q;
	out->id_pattern = out->ids_len == 0 ? compiled : NULL;
	return 0;
}

static int read_selectors(struct reader *r, const struct jn *doc)
{
	const struct jn *v = jn_get(doc, "entities");
	struct selector *list;
	struct context *core;
	int rc = 0;

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_ARRAY) || v->count == 0)
		return members_bad(&r->m, "", "entities",
			"expected an array with at least one selector, [{\"type\": …}]");
	core = context_core();
	list = arena_array(r->m.a, struct selector, v->count);
	r->s->selectors = list;
	jn_each (it, v) {
		rc = read_selector(r, it, r->s->selectors_len, core, list);
		if (rc < 0)
			break;
		list++;
		r->s->selectors_len++;
	}
	context_unref(core);
	return rc;
}

static int read_triggers(struct reader *r, const struct jn *doc)
{
	static const struct {
		const char *word;
		unsigned bits;
	} triggers[] = {
		{"entityCreated", TRIGGER_ENTITY_CREATED},
		{"entityUpdated",
			TRIGGER_ATTRIBUTE_CREATED | TRIGGER_ATTRIBUTE_UPDATED |
				TRIGGER_ATTRIBUTE_DELETED},
		{"entityDeleted", TRIGGER_ENTITY_DELETED},
		{"attributeCreated", TRIGGER_ATTRIBUTE_CREATED},
		{"attributeUpdated", TRIGGER_ATTRIBUTE_UPDATED},
		{"attributeDeleted", TRIGGER_ATTRIBUTE_DELETED},
	};
	const size_t known = sizeof(triggers) / sizeof(triggers[0]);
	const char *const *words = NULL;
	size_t len = 0, k;

	if (members_texts(&r->m, doc, "", "notificationTrigger", &words, &len) < 0)
		return -1;
	r->s->triggers =
		len > 0 ? 0 : TRIGGER_ATTRIBUTE_CREATED | TRIGGER_ATTRIBUTE_UPDATED;
	for (size_t i = 0; i < len; i++) {
		for (k = 0; k < known && strcmp(words[i], triggers[k].word) != 0;)
			k++;
		if (k == known)
			return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
				"/notificationTrigger/%zu: '%.40s' is none of "
				"entityCreated, entityUpdated, entityDeleted, "
				"attributeCreated, attributeUpdated, attributeDeleted",
				i, words[i]);
		r->s->triggers |= triggers[k].bits;
	}
	return 0;
}

/* In a body q needs no encoding; those who send what a URL would hold are understood. */
static const char *decoded(const char *text, struct arena *a)
{
	const char *plain;

	if (strchr(text, '%') == NULL || strchr(text, ' ') != NULL)
		return text;
	plain = iri_decode(a, text, strlen(text), false);
	return plain != NULL ? plain : text;
}

/* The names of a query mean what they did when it came: `terms`, beside it. */
static int read_query(struct reader *r, const struct jn *doc, const char *name,
	const char *terms, const struct subscription_contexts *contexts,
	struct context **ctx, const struct q **out)
{
	struct q_options options = {.max_linked = r->s->join_level};
	const struct jn *defined = jn_get(doc, terms);
	const char *text = NULL;
	struct q *q;

	if (members_text(&r->m, doc, "", name, &text) < 0 ||
		members_text(&r->m, doc, "", "expandValues", &options.expand_values) <
			0 ||
		members_text(&r->m, doc, "", "jsonKeys", &options.json_keys) < 0)
		return -1;
	if (text == NULL)
		return 0;
	*ctx = defined != NULL
		? contexts->get(contexts->self, defined, r->m.scratch, r->m.err)
		: context_core();
	if (*ctx == NULL)
		return err_wrap(r->m.err, "/%s", name);
	options.ctx = *ctx;
	if (!r->s->join_flat && !r->s->join_inline)
		options.max_linked = 0;
	if (q_parse(decoded(text, r->m.a), &options, r->m.a, &q, r->m.err) < 0)
		return err_wrap(r->m.err, "/%s", name);
	*out = q;
	return 0;
}

static int read_q(struct reader *r, const struct jn *doc,
	const struct subscription_contexts *contexts)
{
	struct owned *o = (struct owned *)r->s;

	if (read_query(r, doc, "q", Q_TERMS, contexts, &o->q_context, &r->s->q) < 0)
		return -1;
	return read_query(
		r, doc, "csf", CSF_TERMS, contexts, &o->csf_context, &r->s->csf);
}

static int read_geo(struct reader *r, const struct jn *doc)
{
	static const char *const known[] = {
		"georel", "geometry", "coordinates", "geoproperty", NULL};
	const struct jn *v = jn_get(doc, "geoQ"), *coordinates;
	const char *rel = NULL, *geometry = NULL, *property = NULL;
	struct context *core;
	struct geo_q *geo;
	int rc;

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_OBJECT))
		return members_bad(&r->m, "", "geoQ",
			"expected an object with georel, geometry and coordinates");
	if (members_check(&r->m, v, "/geoQ", known) < 0 ||
		members_text(&r->m, v, "/geoQ", "georel", &rel) < 0 ||
		members_text(&r->m, v, "/geoQ", "geometry", &geometry) < 0 ||
		members_text(&r->m, v, "/geoQ", "geoproperty", &property) < 0)
		return -1;
	coordinates = jn_get(v, "coordinates");
	core = context_core();
	rc = geo_q_parse(rel, geometry,
		coordinates == NULL                     ? NULL
			: jn_is(coordinates, JN_STRING) ? jn_str(coordinates, r->m.a)
							: jn_text(coordinates, r->m.a),
		property, core, r->m.a, &geo, r->m.err);
	context_unref(core);
	if (rc < 0)
		return err_wrap(r->m.err, "/geoQ");
	geo_q_prepare(geo);
	((struct owned *)r->s)->geo = geo;
	r->s->geo = geo;
	return 0;
}

/* TemporalQuery (5.2.21), which is for sources alone (5.2.12). */
static int read_temporal(struct reader *r, const struct jn *doc)
{
	static const char *const known[] = {
		"timerel", "timeAt", "endTimeAt", "timeproperty", NULL};
	static const char where[] = "/temporalQ";
	const struct jn *v = jn_get(doc, "temporalQ");
	struct temporal_params params = {0};

	if (v == NULL)
		return 0;
	if (!jn_is(v, JN_OBJECT) || jn_get(v, "timerel") == NULL)
		return members_bad(&r->m, "", "temporalQ",
			"expected an object with timerel and timeAt");
	if (members_check(&r->m, v, where, known) < 0 ||
		members_text(&r->m, v, where, "timerel", &params.timerel) < 0 ||
		members_text(&r->m, v, where, "timeAt", &params.time_at) < 0 ||
		members_text(&r->m, v, where, "endTimeAt", &params.end_time_at) < 0 ||
		members_text(&r->m, v, where, "timeproperty", &params.time_property) < 0)
		return -1;
	return temporal_q_parse(&params, &r->s->temporal, r->m.err) < 0
		? err_wrap(r->m.err, "/temporalQ")
		: 0;
}

static int read_filters(struct reader *r, const struct jn *doc)
{
	const char *scope = NULL, *lang = NULL;
	struct scope_q *scope_q;
	struct lang *langs;

	if (members_text(&r->m, doc, "", "scopeQ", &scope) < 0 ||
		members_text(&r->m, doc, "", "lang", &lang) < 0 ||
		members_datasets(&r->m, doc, &r->s->dataset_ids, &r->s->dataset_ids_len) <
			0)
		return -1;
	if (scope != NULL) {
		if (scope_q_parse(scope, r->m.a, &scope_q, r->m.err) < 0)
			return err_wrap(r->m.err, "/scopeQ");
		r->s->scope = scope_q;
	}
	if (lang != NULL) {
		if (lang_parse(lang, r->m.a, &langs, r->m.err) < 0)
			return err_wrap(r->m.err, "/lang");
		r->s->lang = langs;
	}
	return 0;
}

static int read_times(struct reader *r, const struct jn *doc)
{
	r->s->expires = INT64_MAX;
	if (members_positive(&r->m, doc, "", "timeInterval", MICROSECONDS, MAX_SECONDS,
		    &r->s->time_interval) < 0 ||
		members_positive(&r->m, doc, "", "throttling", MICROSECONDS, MAX_SECONDS,
			&r->s->throttling) < 0 ||
		members_time(&r->m, doc, "", "expiresAt", &r->s->expires) < 0)
		return -1;
	if (r->s->time_interval > 0 && r->s->throttling > 0)
		return members_bad(&r->m, "", "throttling",
			"does not go with timeInterval; keep one of them");
	return 0;
}

static int read_version(struct reader *r, const struct jn *doc)
{
	const char *text = NULL;
	struct version version;

	if (members_text(&r->m, doc, "", "ngsildConformance", &text) < 0)
		return -1;
	if (text == NULL)
		return 0;
	if (!version_parse(arena_printf(r->m.scratch, "ngsi-ld=%s", text), &version))
		return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
			"/ngsildConformance: '%.40s' is no version, such as 1.6", text);
	r->s->version = arena_new(r->m.a, struct version);
	*r->s->version = version;
	return 0;
}

/* What members mean for each other (5.2.12). */
static int check_together(struct reader *r)
{
	const struct subscription *s = r->s;

	if (s->time_interval > 0 && s->watched_len > 0)
		return members_bad(&r->m, "", "watchedAttributes",
			"does not go with timeInterval; keep one of them");
	if (s->time_interval > 0 && s->selectors_len == 0 && !s->local_only)
		return members_bad(&r->m, "", "entities",
			"timeInterval needs entities, or localOnly: true");
	if (s->selectors_len == 0 && s->watched_len == 0 && !s->local_only)
		return members_bad(&r->m, "", "entities",
			"a subscription needs entities or watchedAttributes, or "
			"localOnly: true");
	return 0;
}

/* The texts that only people read. */
static int read_words(struct reader *r, const struct jn *doc)
{
	static const char *const words[] = {"subscriptionName", "description"};
	const char *type = NULL;
	bool split;

	for (size_t i = 0; i < 2; i++) {
		const struct jn *v = jn_get(doc, words[i]);

		if (v != NULL && !jn_is(v, JN_STRING))
			return members_bad(&r->m, "", words[i], "expected a string");
	}
	if (members_text(&r->m, doc, "", "type", &type) < 0)
		return -1;
	if (type == NULL || strcmp(type, "Subscription") != 0)
		return members_bad(&r->m, "", "type", "expected \"Subscription\"");
	return members_flag(&r->m, doc, "", "splitEntities", &split);
}

static int read_watched(struct reader *r, const struct jn *doc)
{
	struct subscription *s = r->s;

	if (members_texts(&r->m, doc, "", "watchedAttributes", &s->watched,
		    &s->watched_len) < 0)
		return -1;
	for (size_t i = 0; i < s->watched_len; i++)
		if (!iri_is_absolute(s->watched[i], strlen(s->watched[i])))
			return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
				"/watchedAttributes/%zu: '%.100s' is no attribute name",
				i, s->watched[i]);
	return 0;
}

static int read_context(struct reader *r, const struct jn *doc,
	const struct subscription_contexts *contexts)
{
	struct owned *o = (struct owned *)r->s;
	const char *name =
		jn_get(doc, "jsonldContext") != NULL ? "jsonldContext" : OWN_CONTEXT;
	const char *url = NULL;

	if (members_text(&r->m, doc, "", name, &url) < 0)
		return -1;
	if (url == NULL || !iri_is_absolute(url, strlen(url)))
		return members_bad(&r->m, "", "jsonldContext",
			"expected the URL of an @context, http://…");
	o->context =
		contexts->get(contexts->self, jn_get(doc, name), r->m.scratch, r->m.err);
	if (o->context == NULL)
		return err_wrap(r->m.err, "/jsonldContext");
	r->s->context_url = url;
	r->s->context = o->context;
	return 0;
}

static int read_id(struct reader *r, const struct jn *doc)
{
	if (members_text(&r->m, doc, "", "id", &r->s->id) < 0)
		return -1;
	if (r->s->id == NULL || !iri_is_absolute(r->s->id, strlen(r->s->id)))
		return err_set(r->m.err, ERR_BAD_REQUEST_DATA,
			"/id: '%.100s' is no URI; use urn:ngsi-ld:Subscription:…, or "
			"leave it out",
			r->s->id != NULL ? r->s->id : "");
	return 0;
}

static int compile(struct reader *r, const struct jn *doc,
	const struct subscription_contexts *contexts)
{
	r->s->active = true;
	if (read_id(r, doc) < 0 || read_words(r, doc) < 0 || read_selectors(r, doc) < 0 ||
		read_watched(r, doc) < 0 || read_triggers(r, doc) < 0 ||
		read_times(r, doc) < 0 ||
		members_flag(&r->m, doc, "", "isActive", &r->s->active) < 0 ||
		members_flag(&r->m, doc, "", "localOnly", &r->s->local_only) < 0 ||
		read_notification(r, doc) < 0 || read_q(r, doc, contexts) < 0 ||
		read_geo(r, doc) < 0 || read_temporal(r, doc) < 0 ||
		read_filters(r, doc) < 0 || read_version(r, doc) < 0 ||
		check_together(r) < 0)
		return -1;
	return read_context(r, doc, contexts);
}

struct subscription *subscription_new(const char *text, size_t len,
	const struct subscription_contexts *contexts, struct err *err)
{
	struct owned *o = mem_alloc(sizeof(*o));
	auto_arena scratch = {0};
	struct reader r = {.s = &o->s, .m = {&o->arena, &scratch, err}};
	struct jn *doc;

	o->arena.first = ARENA_FIRST;
	atomic_init(&o->refs, 1);
	o->s.text = arena_strndup(&o->arena, text, len);
	doc = jn_parse_trusted(o->s.text, len, &scratch);
	if (!jn_is(doc, JN_OBJECT)) {
		err_set(err, ERR_INTERNAL, "a subscription is stored corrupt");
	} else if (compile(&r, doc, contexts) == 0) {
		return &o->s;
	}
	subscription_unref(&o->s);
	return NULL;
}

const struct subscription *subscription_ref(const struct subscription *s)
{
	struct owned *o = (struct owned *)s;

	assert(s != NULL);
	atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
	return s;
}

void subscription_unref(const struct subscription *s)
{
	struct owned *o = (struct owned *)s;

	if (s == NULL || atomic_fetch_sub(&o->refs, 1) != 1)
		return;
	context_unref(o->context);
	context_unref(o->q_context);
	context_unref(o->csf_context);
	geo_q_release(o->geo);
	arena_reset(&o->arena);
	free(o);
}

enum subscription_status subscription_status(const struct subscription *s, int64_t now)
{
	if (s->expires <= now)
		return SUBSCRIPTION_EXPIRED;
	return s->active ? SUBSCRIPTION_ACTIVE : SUBSCRIPTION_PAUSED;
}

const char *subscription_status_name(enum subscription_status status)
{
	static const char *const names[] = {"active", "paused", "expired"};

	return names[status];
}
