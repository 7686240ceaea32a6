/* SPDX-License-Identifier: Apache-2.0 */
#include <notify/event.h>

#include <base/arena.h>
#include <base/strbuf.h>
#include <core/apply.h>
#include <core/entity.h>
#include <store/lane.h>

#include <stdlib.h>
#include <string.h>

static void write_dataset(struct strbuf *sb, const struct jn *instance)
{
	const struct jn *dataset = jn_get(instance, "datasetId");

	strbuf_adds(sb, ",\"dataset\":");
	if (dataset != NULL)
		jn_write(sb, dataset);
	else
		strbuf_adds(sb, "\"\"");
}

static void write_change(struct strbuf *sb, const struct change *c)
{
	strbuf_addf(sb, "{\"kind\":%d", (int)c->kind);
	if (c->attr != NULL) {
		strbuf_adds(sb, ",\"attr\":");
		jn_write_string(sb, c->attr, c->attr_len);
	}
	if (c->before != NULL) {
		strbuf_adds(sb, ",\"before\":");
		jn_write(sb, c->before);
	}
	if (c->after != NULL && c->attr != NULL) {
		write_dataset(sb, c->after);
	} else if (c->after != NULL) {
		strbuf_adds(sb, ",\"after\":");
		jn_write(sb, c->after);
	}
	if (c->same)
		strbuf_adds(sb, ",\"same\":true");
	strbuf_addc(sb, '}');
}

void event_write(const struct entity_change *change, struct strbuf *sb)
{
	const char *comma = "";

	if (change->after == NULL) {
		strbuf_adds(sb, "{\"before\":");
		jn_write(sb, change->before);
		strbuf_addc(sb, '}');
		return;
	}
	strbuf_adds(sb, "{\"after\":");
	jn_write(sb, change->after);
	if (change->before != NULL) {
		strbuf_adds(sb, ",\"changes\":[");
		for (const struct change *c = change->changes; c != NULL; c = c->next) {
			strbuf_adds(sb, comma);
			write_change(sb, c);
			comma = ",";
		}
		strbuf_addc(sb, ']');
	}
	strbuf_addc(sb, '}');
}

void event_write_periodic(
	const char *const *entities, const size_t *lens, size_t n, struct strbuf *sb)
{
	strbuf_adds(sb, "{\"entities\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_addc(sb, ',');
		strbuf_add(sb, entities[i], lens[i]);
	}
	strbuf_adds(sb, "]}");
}

void event_write_sources(const struct jn *sources, const char *trigger, struct strbuf *sb)
{
	strbuf_adds(sb, "{\"sources\":");
	jn_write(sb, sources);
	strbuf_addf(sb, ",\"trigger\":\"%s\"}", trigger);
}

/* It stands at the end. */
bool event_same_trigger(const char *a, size_t a_len, const char *b, size_t b_len)
{
	while (a != NULL && b != NULL && a_len > 0 && b_len > 0 &&
		a[a_len - 1] == b[b_len - 1]) {
		if (a[a_len - 1] == ':')
			return true;
		a_len--;
		b_len--;
	}
	return false;
}

static struct change *add_change(
	struct change ***tail, enum change_kind kind, struct arena *a)
{
	struct change *c = arena_new(a, struct change);

	c->kind = kind;
	**tail = c;
	*tail = &c->next;
	return c;
}

/* What core/apply.h says that a created entity brings. */
static const struct change *created(const struct jn *entity, struct arena *a)
{
	struct change *first = NULL, **tail = &first;
	const struct jn *scope = jn_get(entity, "scope");

	add_change(&tail, CHANGE_ENTITY_CREATED, a)->after = entity;
	if (scope != NULL)
		add_change(&tail, CHANGE_SCOPE, a)->after = scope;
	jn_each (attr, entity) {
		if (!is_attribute(attr))
			continue;
		each_instance(it, attr)
		{
			struct change *c = add_change(&tail, CHANGE_ATTRIBUTE_CREATED, a);

			c->attr = attr->key;
			c->attr_len = attr->key_len;
			c->after = it;
		}
	}
	return first;
}

static int read_change(const struct jn *text, const struct jn *entity,
	struct change ***tail, struct arena *a)
{
	double kind = jn_number(jn_get(text, "kind"));
	const struct jn *dataset = jn_get(text, "dataset");
	struct change *c;

	if (!(kind >= 0 && kind <= CHANGE_TYPE))
		return -1;
	c = add_change(tail, (enum change_kind)kind, a);
	c->attr = jn_span(jn_get(text, "attr"), a, &c->attr_len);
	c->before = jn_get(text, "before");
	c->after = jn_get(text, "after");
	c->same = jn_is(jn_get(text, "same"), JN_TRUE);
	if (dataset != NULL && c->attr != NULL) {
		size_t len = 0;
		const char *id = jn_span(dataset, a, &len);

		if (id == NULL)
			return -1;
		c->after = instance_find(
			jn_getn(entity, c->attr, c->attr_len), len > 0 ? id : NULL, len);
		if (c->after == NULL)
			return -1;
	}
	return 0;
}

/* The entity before is told only as far as it says that there was one. */
static int read_changed(const struct jn *root, struct notified *out, struct arena *a)
{
	struct change *first = NULL, **tail = &first;
	const struct jn *changes = jn_get(root, "changes");

	if (changes == NULL) {
		out->changes = created(out->after, a);
		return 0;
	}
	out->before = out->after;
	jn_each (it, changes)
		if (read_change(it, out->after, &tail, a) < 0)
			return -1;
	out->changes = first;
	return first != NULL ? 0 : -1;
}

static int read_deleted(const struct jn *root, struct notified *out, struct arena *a)
{
	struct change *first = NULL, **tail = &first;

	out->before = jn_get(root, "before");
	if (out->before == NULL)
		return -1;
	add_change(&tail, CHANGE_ENTITY_DELETED, a)->before = out->before;
	out->changes = first;
	return 0;
}

static void read_periodic(const struct jn *list, struct event *out, struct arena *a)
{
	struct notified *n = arena_array(a, struct notified, list->count + 1);

	out->entities = n;
	jn_each (it, list)
		n[out->len++].after = it;
}

int event_read(
	const char *text, size_t len, int64_t now, struct arena *a, struct event *out)
{
	const struct jn *root = jn_parse_trusted(text, len, a);
	const struct jn *list = jn_get(root, "entities");
	struct notified *n;

	*out = (struct event){0};
	if (jn_is(list, JN_ARRAY)) {
		read_periodic(list, out, a);
		return 0;
	}
	out->sources = jn_get(root, "sources");
	if (out->sources != NULL) {
		out->trigger = jn_str(jn_get(root, "trigger"), a);
		return out->trigger != NULL ? 0 : -1;
	}
	n = arena_new(a, struct notified);
	n->now = now;
	n->after = jn_get(root, "after");
	out->entities = n;
	out->len = 1;
	return n->after != NULL ? read_changed(root, n, a) : read_deleted(root, n, a);
}
