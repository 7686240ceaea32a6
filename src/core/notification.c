/* SPDX-License-Identifier: Apache-2.0 */
#include "notification_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/map.h>
#include <base/strbuf.h>
#include <core/downshift.h>
#include <core/entity.h>
#include <core/link.h>
#include <core/q.h>
#include <core/registration.h>
#include <core/subscription.h>

#include <string.h>
#include <strings.h>

/* How one body is written. */
struct writer {
	const struct notification *n;
	const struct subscription *s;
	struct strbuf *sb;
	struct render view;
	struct projection projection; /* without `attributes`: see notified_document() */
	struct version version;
	struct linked inside;
	struct arena *a;
};

static bool is_geo(const struct subscription *s)
{
	return strcmp(s->endpoint.accept, "application/geo+json") == 0;
}

/* Prefer: body=json (5.3.1, 6.3.8) */
static bool prefers_json(const struct subscription *s)
{
	for (size_t i = 0; i < s->endpoint.receiver_info_len; i++) {
		const struct key_value *kv = &s->endpoint.receiver_info[i];

		if (strcasecmp(kv->key, "Prefer") == 0 &&
			strcasecmp(kv->value, "body=json") == 0)
			return true;
	}
	return false;
}

/* Is the @context in the body? */
static bool has_context_inside(const struct subscription *s)
{
	if (is_geo(s))
		return !prefers_json(s);
	return strcmp(s->endpoint.accept, "application/ld+json") == 0;
}

bool notification_joins(const struct subscription *s)
{
	return s->join_inline || s->join_flat;
}

static const struct jn *get_linked(
	void *self, const struct jn *relationship, const char *id, size_t len)
{
	const struct q_linked *linked = self;

	return linked->get(linked->self, id, len);
}

static void begin(struct writer *w)
{
	const struct subscription *s = w->s;
	auto_strbuf context = {0};

	w->projection = s->projection;
	w->projection.attrs = NULL;
	w->view = (struct render){.ctx = s->context,
		.format = s->format,
		.sys_attrs = s->sys_attrs,
		.deletions = true,
		.geojson = is_geo(s),
		.context_member = has_context_inside(s),
		.projection = &w->projection,
		.lang = s->lang,
		.dataset_ids = s->dataset_ids,
		.dataset_ids_len = s->dataset_ids_len,
		.now = w->n->at};
	if (s->dataset_ids_len == 1)
		w->view.geometry_dataset = s->dataset_ids[0];
	jn_write_string(&context, s->context_url, strlen(s->context_url));
	w->view.context_text = arena_strndup(w->a, context.data, context.len);
	if (s->version != NULL) { /* rendering writes to it */
		w->version = *s->version;
		w->view.version = &w->version;
	}
	if (s->join_inline && w->n->linked != NULL) {
		w->inside =
			(struct linked){get_linked, (void *)w->n->linked, s->join_level};
		w->view.linked = &w->inside;
	}
}

/* An entity of a flat join that is yet to be looked at for links. */
struct visit {
	const struct jn *entity;
	const struct projection *projection;
	unsigned level;
	struct visit *next;
};

struct tour {
	struct writer *w;
	struct map seen; /* by id */
	struct visit *first, **end;
};

static void visit(struct tour *t, const struct jn *entity,
	const struct projection *projection, unsigned level)
{
	struct visit *v = arena_new(t->w->a, struct visit);

	v->entity = entity;
	v->projection = projection;
	v->level = level;
	*t->end = v;
	t->end = &v->next;
}

static void meet(struct tour *t, const struct jn *uri, const struct visit *from,
	const struct jn *attribute)
{
	const struct q_linked *linked = t->w->n->linked;
	struct projection *projection;
	const struct jn *entity;
	struct render view = t->w->view;
	size_t len;
	const char *id;

	if (!jn_is(uri, JN_STRING))
		return;
	id = jn_span(uri, t->w->a, &len);
	if (map_get(&t->seen, id, len) != NULL)
		return;
	map_put(&t->seen, id, len, t);
	entity = linked->get(linked->self, id, len);
	if (entity == NULL)
		return;
	projection = arena_new(t->w->a, struct projection);
	*projection =
		projection_linked(from->projection, attribute->key, attribute->key_len);
	view.projection = projection;
	view.dataset_ids = NULL;
	view.dataset_ids_len = 0;
	render_list_item(t->w->sb, entity, &view, t->w->a);
	visit(t, entity, projection, from->level + 1);
}

static void follow(struct tour *t, const struct visit *from)
{
	jn_each (attribute, from->entity) {
		if (!is_attribute(attribute))
			continue;
		each_instance(it, attribute)
		{
			const struct jn *uris = instance_value(it);
			enum kind kind = instance_kind(it);

			if (kind != KIND_RELATIONSHIP && kind != KIND_LIST_RELATIONSHIP)
				continue;
			if (!jn_is(uris, JN_ARRAY))
				meet(t, uris, from, attribute);
			else
				jn_each (uri, uris)
					meet(t, uri, from, attribute);
		}
	}
}

/* 4.5.23.3: what the entities link to comes after them, each once. */
static void put_linked(struct writer *w, const struct jn *const *documents, size_t len)
{
	struct tour t = {.w = w};

	if (!w->s->join_flat || w->n->linked == NULL)
		return;
	t.end = &t.first;
	map_init(&t.seen);
	for (size_t i = 0; i < len; i++) {
		size_t id_len = 0;
		const char *id = jn_span(jn_get(documents[i], "id"), w->a, &id_len);

		map_put(&t.seen, id, id_len, &t);
		visit(&t, documents[i], &w->projection, 0);
	}
	for (const struct visit *v = t.first; v != NULL; v = v->next)
		if (v->level < w->s->join_level)
			follow(&t, v);
	map_fini(&t.seen);
}

static void put_data(struct writer *w)
{
	const size_t len = w->n->entities_len;
	const struct jn **documents = arena_array(w->a, const struct jn *, len + 1);

	for (size_t i = 0; i < len; i++)
		documents[i] = notified_document(w->s, &w->n->entities[i], w->a);
	render_list_begin(w->sb, &w->view);
	for (size_t i = 0; i < len; i++)
		render_list_item(w->sb, documents[i], &w->view, w->a);
	put_linked(w, documents, len);
	render_list_end(w->sb, &w->view);
}

static void put_text(struct strbuf *sb, const char *name, const char *text)
{
	strbuf_addf(sb, "\"%s\":", name);
	jn_write_string(sb, text, strlen(text));
	strbuf_addc(sb, ',');
}

/* CSourceNotification, 5.3.2. */
static void put_sources(struct writer *w)
{
	const struct registration_view view = {.ctx = w->s->context, .type_lists = true};
	const struct registration_output nothing = {0};
	const char *comma = "";

	put_text(w->sb, "triggerReason",
		w->n->trigger != NULL ? w->n->trigger : "updated");
	strbuf_adds(w->sb, "\"data\":[");
	jn_each (it, w->n->sources) {
		strbuf_adds(w->sb, comma);
		registration_render(w->sb, it, &nothing, &view, w->a);
		comma = ",";
	}
	strbuf_addc(w->sb, ']');
	if (w->view.context_member)
		strbuf_addf(w->sb, ",\"@context\":%s", w->view.context_text);
}

void notification_body(struct strbuf *sb, const struct notification *n, struct arena *a)
{
	struct writer w = {.n = n, .s = n->subscription, .sb = sb, .a = a};
	char at[CLOCK_TEXT];

	begin(&w);
	strbuf_addc(sb, '{');
	put_text(sb, "id", n->id);
	put_text(sb, "type",
		w.s->of_sources ? "ContextSourceNotification" : "Notification");
	put_text(sb, "subscriptionId", n->subscription->id);
	put_text(sb, "notifiedAt", clock_format(n->at, at));
	if (w.s->of_sources) {
		put_sources(&w);
	} else {
		strbuf_adds(sb, "\"data\":");
		put_data(&w);
	}
	strbuf_addc(sb, '}');
}

/* Those that are the transport's own. */
static bool is_ours(const char *key)
{
	static const char *const names[] = {"Content-Type", "Content-Length",
		"Transfer-Encoding", "Connection", "Host"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(names[i], key) == 0)
			return true;
	return false;
}

static bool receiver_has(const struct subscription *s, const char *key)
{
	for (size_t i = 0; i < s->endpoint.receiver_info_len; i++)
		if (strcasecmp(s->endpoint.receiver_info[i].key, key) == 0)
			return true;
	return false;
}

size_t notification_headers(
	const struct notification *n, struct arena *a, const struct key_value **out)
{
	const struct subscription *s = n->subscription;
	struct key_value *list =
		arena_array(a, struct key_value, s->endpoint.receiver_info_len + 3);
	size_t len = 0;

	list[len++] = (struct key_value){"Content-Type", s->endpoint.accept};
	if (!has_context_inside(s) && !receiver_has(s, "Link"))
		list[len++] = (struct key_value){"Link",
			arena_printf(a,
				"<%s>; rel=\"" LINK_CONTEXT_REL
				"\"; type=\"application/ld+json\"",
				s->context_url)};
	if (n->tenant != NULL && !receiver_has(s, "NGSILD-Tenant"))
		list[len++] = (struct key_value){"NGSILD-Tenant", n->tenant};
	for (size_t i = 0; i < s->endpoint.receiver_info_len; i++)
		if (!is_ours(s->endpoint.receiver_info[i].key))
			list[len++] = s->endpoint.receiver_info[i];
	*out = list;
	return len;
}
