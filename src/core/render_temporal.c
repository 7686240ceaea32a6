/* SPDX-License-Identifier: Apache-2.0 */
#include <core/render_temporal.h>

#include "render_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <core/context.h>
#include <core/downshift.h>
#include <core/project.h>

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static const char *const plural[KINDS] = {
#define KIND(kind, type, member, previous, plural) plural,
#include <core/kind.def>
#undef KIND
};

static struct pen pen_of(const struct temporal_pen *t)
{
	return (struct pen){.sb = t->sb, .r = t->render, .arena = t->arena};
}

static void put_instant(struct strbuf *sb, int64_t us)
{
	char text[CLOCK_TEXT];

	strbuf_addc(sb, '"');
	strbuf_adds(sb, clock_format(us, text));
	strbuf_addc(sb, '"');
}

/* A member that only sysAttrs shows; 0: there is none. */
static void put_system(struct strbuf *sb, const char *name, int64_t us)
{
	if (us == 0)
		return;
	strbuf_addf(sb, ",\"%s\":", name);
	put_instant(sb, us);
}

/* ---- the entity */

static void put_types(const struct pen *pen, const struct temporal_head *head)
{
	size_t n = head->types_len;

	if (pen->r->version != NULL && pen->r->version->minor < 3 && n > 1) {
		pen->r->version->amended = true;
		n = 1;
	}
	KEY(pen, "type");
	if (n != 1)
		strbuf_addc(pen->sb, '[');
	for (size_t i = 0; i < n; i++) {
		const char *name;
		size_t len;

		if (i > 0)
			strbuf_addc(pen->sb, ',');
		name = context_compact_span(pen->r->ctx, head->types[i],
			strlen(head->types[i]), pen->arena, &len);
		pen_string(pen, name, len);
	}
	if (n != 1)
		strbuf_addc(pen->sb, ']');
}

static void put_times(const struct pen *pen, const struct temporal_head *head)
{
	const struct {
		const char *name;
		int64_t us;
	} times[] = {{"createdAt", head->created}, {"modifiedAt", head->modified},
		{"deletedAt", head->deleted}};

	for (size_t i = 0; i < 3; i++) {
		if (times[i].us == 0 ||
			!projection_keeps(
				pen->r->projection, times[i].name, strlen(times[i].name)))
			continue;
		pen_comma(pen);
		strbuf_addf(pen->sb, "\"%s\":", times[i].name);
		put_instant(pen->sb, times[i].us);
	}
}

void temporal_entity_begin(struct temporal_pen *t, const struct temporal_head *head)
{
	struct pen pen = pen_of(t);

	strbuf_addc(t->sb, '{');
	if (projection_keeps(t->render->projection, "id", 2)) {
		KEY(&pen, "id");
		pen_string(&pen, head->id, strlen(head->id));
	}
	if (projection_keeps(t->render->projection, "type", 4))
		put_types(&pen, head);
	if (t->render->sys_attrs)
		put_times(&pen, head);
}

void temporal_entity_end(struct temporal_pen *t)
{
	struct pen pen = pen_of(t);

	if (t->render->context_member) {
		KEY(&pen, "@context");
		strbuf_adds(t->sb, t->render->context_text);
	}
	strbuf_addc(t->sb, '}');
}

/* ---- a series */

static bool is_scope(const struct temporal_series *s)
{
	return strcmp(s->attr, SCOPE_IRI) == 0;
}

/* The kind as it is shown: a language asked for, or an earlier edition, changes it. */
static enum kind shown_kind(const struct temporal_pen *t)
{
	const struct render *r = t->render;
	enum kind kind = t->series.kind;

	if (kind == KIND_LANGUAGE_PROPERTY && r->lang != NULL)
		return KIND_PROPERTY;
	return r->version != NULL ? downshift_kind(kind, r->version) : kind;
}

/* Editions before 1.3 know no datasetId. */
static bool is_before_datasets(const struct render *r)
{
	if (r->version == NULL || r->version->minor >= 3)
		return false;
	r->version->amended = true;
	return true;
}

static void put_name(const struct pen *pen, const struct temporal_series *s)
{
	const char *name;
	size_t len;

	pen_comma(pen);
	if (is_scope(s)) {
		PUT(pen, "\"scope\":");
		return;
	}
	name = context_compact_span(
		pen->r->ctx, s->attr, strlen(s->attr), pen->arena, &len);
	pen_string(pen, name, len);
	strbuf_addc(pen->sb, ':');
}

static void begin_object(const struct temporal_pen *t, const struct pen *pen)
{
	enum kind kind = shown_kind(t);

	strbuf_addf(pen->sb, "{\"type\":\"%s\"", kind_type[kind]);
	if (t->series.dataset != NULL && !is_before_datasets(t->render)) {
		PUT(pen, ",\"datasetId\":");
		pen_string(pen, t->series.dataset, strlen(t->series.dataset));
	}
	if (t->form == TEMPORAL_VALUES)
		strbuf_addf(pen->sb, ",\"%s\":[", plural[kind]);
}

/* Several datasets are several objects, in an array. */
void temporal_series_begin(struct temporal_pen *t, const struct temporal_series *series)
{
	struct pen pen = pen_of(t);

	assert(series->kind < KINDS);
	t->series = *series;
	if (series->first)
		put_name(&pen, series);
	else
		strbuf_addc(t->sb, ',');
	if (t->form == TEMPORAL_INSTANCES) {
		strbuf_addc(t->sb, '[');
		return;
	}
	if (series->first && !series->last)
		strbuf_addc(t->sb, '[');
	begin_object(t, &pen);
}

static void flush_method(struct strbuf *sb, const char *name, struct strbuf *text)
{
	strbuf_addf(sb, ",\"%s\":[", name);
	if (text->len > 0)
		strbuf_add(sb, text->data, text->len);
	strbuf_addc(sb, ']');
	strbuf_reset(text);
}

static void end_aggregated(struct temporal_pen *t)
{
	const struct temporal_q *q = t->q;

	for (unsigned i = 0; i < q->order_len; i++)
		flush_method(
			t->sb, aggregation_name[q->order[i]], &t->methods[q->order[i]]);
	if (q->completeness) {
		flush_method(t->sb, "observed", &t->observed);
		flush_method(t->sb, "expected", &t->wanted);
	}
	strbuf_addc(t->sb, '}');
}

void temporal_series_end(struct temporal_pen *t)
{
	switch (t->form) {
	case TEMPORAL_INSTANCES:
		strbuf_addc(t->sb, ']');
		return;
	case TEMPORAL_VALUES:
		strbuf_adds(t->sb, "]}");
		break;
	case TEMPORAL_AGGREGATED:
		end_aggregated(t);
		break;
	}
	if (t->series.last && !t->series.first)
		strbuf_addc(t->sb, ']');
}

/* ---- an instance */

/* What is left of the instance in an earlier edition. */
static const struct jn *shift(struct temporal_pen *t, struct jn *instance)
{
	struct jn *entity = jn_object(t->arena);
	const struct jn *shifted;

	jn_add(entity, "id", jn_string_ref(t->arena, "urn:x"));
	jn_add(entity, t->series.attr, instance);
	shifted = jn_get(downshift(entity, t->render, t->arena), t->series.attr);
	return shifted;
}

/* The scopes: one as itself, several as an array, none as []. */
static void put_scopes(struct strbuf *sb, const struct jn *value)
{
	if (value == NULL || text_is_null(value))
		strbuf_adds(sb, "[]");
	else if (value->kind == JN_ARRAY && value->count == 1)
		jn_write(sb, value->child);
	else
		jn_write(sb, value);
}

static void put_value(struct temporal_pen *t, const struct pen *pen,
	const struct jn *instance, int64_t at)
{
	pen_comma(pen);
	strbuf_addc(t->sb, '[');
	if (is_scope(&t->series))
		put_scopes(t->sb, instance_value(instance));
	else
		pen_simplified_value(pen, NULL, instance);
	strbuf_addc(t->sb, ',');
	put_instant(t->sb, at);
	strbuf_addc(t->sb, ']');
}

/* The scope is a Property that has instants and nothing else (4.5.6). */
static void put_scope(const struct pen *pen, const struct jn *instance)
{
	const struct jn *observed = jn_getn(instance, "observedAt", 10);

	PUT(pen, "{\"type\":\"Property\",\"value\":");
	put_scopes(pen->sb, instance_value(instance));
	if (observed == NULL)
		return;
	PUT(pen, ",\"observedAt\":");
	jn_write(pen->sb, observed);
}

static void put_instance(struct temporal_pen *t, const struct pen *pen,
	const struct jn *instance, const struct temporal_instance *i)
{
	struct strbuf *sb = t->sb;

	pen_comma(pen);
	if (is_scope(&t->series)) {
		put_scope(pen, instance);
	} else {
		pen_instance(pen, NULL, instance,
			pen->r->format == FORMAT_NORMALIZED || pen_needs_type(instance));
		sb->len--; /* the brace: there is more to come */
	}
	strbuf_addf(sb, ",\"instanceId\":\"" INSTANCE_PREFIX "%" PRId64 "\"", i->seq);
	if (t->render->sys_attrs) {
		put_system(sb, "createdAt", i->created);
		put_system(sb, "modifiedAt", i->modified);
	}
	put_system(sb, "deletedAt", i->deleted);
	strbuf_addc(sb, '}');
}

void temporal_put(struct temporal_pen *t, const struct temporal_instance *i)
{
	struct jn *parsed = jn_parse_trusted(i->doc, i->len, t->arena);
	const struct jn *instance = parsed;
	struct pen pen = pen_of(t);

	assert(parsed != NULL);
	if (t->render->version != NULL && !is_scope(&t->series))
		instance = shift(t, parsed);
	if (instance == NULL)
		return;
	if (t->form == TEMPORAL_VALUES)
		put_value(t, &pen, instance, i->time);
	else
		put_instance(t, &pen, instance, i);
}

/* ---- a period */

static void put_period(struct strbuf *sb, int64_t start, int64_t end)
{
	strbuf_addc(sb, ',');
	put_instant(sb, start);
	strbuf_addc(sb, ',');
	put_instant(sb, end);
	strbuf_addc(sb, ']');
}

void temporal_put_bucket(struct temporal_pen *t, const struct bucket *bucket)
{
	for (unsigned i = 0; i < t->q->order_len; i++) {
		enum aggregation method = (enum aggregation)t->q->order[i];
		struct strbuf *sb = &t->methods[method];
		size_t before = sb->len;

		strbuf_adds(sb, before > 0 ? ",[" : "[");
		if (bucket_value(bucket, method, sb))
			put_period(sb, bucket->start, bucket->end);
		else
			sb->len = before;
	}
}

static void put_number(struct strbuf *sb, int64_t v, int64_t start, int64_t end)
{
	strbuf_adds(sb, sb->len > 0 ? ",[" : "[");
	strbuf_addf(sb, "%" PRId64, v);
	put_period(sb, start, end);
}

void temporal_put_complete(struct temporal_pen *t, int64_t start, int64_t end,
	int64_t observed, int64_t expected)
{
	put_number(&t->observed, observed, start, end);
	if (expected >= 0)
		put_number(&t->wanted, expected, start, end);
}

void temporal_pen_fini(struct temporal_pen *t)
{
	for (int i = 0; i < AGGREGATIONS; i++)
		strbuf_fini(&t->methods[i]);
	strbuf_fini(&t->observed);
	strbuf_fini(&t->wanted);
}
