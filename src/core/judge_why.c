/* SPDX-License-Identifier: Apache-2.0 */
/* The gates in words, with the values they saw. */
#include "judge_priv.h"

#include <base/arena.h>
#include <base/clock.h>
#include <base/strbuf.h>
#include <core/context.h>
#include <core/entity.h>
#include <core/geo_q.h>
#include <core/q.h>

#include <inttypes.h>
#include <string.h>

#define SHOWN 120 /* bytes of a value */

struct say {
	const struct subscription *s;
	const struct judged *j;
	bool passed;
	struct arena *a;
};

static const char *name_of(const struct say *y, const char *iri, size_t len)
{
	return context_compact(y->s->context, iri, len, y->a);
}

static const char *shortened(const struct say *y, const char *text)
{
	size_t len = strlen(text);

	if (len <= SHOWN)
		return text;
	for (len = SHOWN; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
		len--;
	return arena_printf(y->a, "%.*s…", (int)len, text);
}

/* A member of the subscription, as its JSON text. */
static const char *member_text(const struct say *y, const char *name)
{
	const struct jn *doc = jn_parse_trusted(y->s->text, strlen(y->s->text), y->a);
	const struct jn *v = jn_get(doc, name);

	if (v == NULL)
		return "";
	return shortened(y, jn_is(v, JN_STRING) ? jn_str(v, y->a) : jn_text(v, y->a));
}

static const char *say_time(const struct say *y)
{
	char text[CLOCK_TEXT];

	return arena_printf(y->a, "expiresAt is %s, the change was %s it",
		clock_format(y->s->expires, text), y->passed ? "before" : "after");
}

static const char *say_id(const struct say *y)
{
	return arena_printf(y->a, "the id %s fits %s selector of entities: %s",
		shortened(y, y->j->id), y->passed ? "a" : "no",
		member_text(y, "entities"));
}

static const char *names_list(const struct say *y, const struct jn *iris)
{
	auto_strbuf sb = {0};

	jn_each (it, iris) {
		size_t len = 0;
		const char *iri = jn_span(it, y->a, &len);

		strbuf_addf(&sb, "%s%s", sb.len > 0 ? ", " : "", name_of(y, iri, len));
	}
	return arena_strndup(y->a, sb.data != NULL ? sb.data : "", sb.len);
}

static const char *say_type(const struct say *y)
{
	return arena_printf(y->a, "the type %s fits %s selector of entities: %s",
		names_list(y, jn_get(judged_document(y->j), "type")),
		y->passed ? "a" : "no", member_text(y, "entities"));
}

/* One part of a change: "attributeUpdated speed". */
static void add_change(const struct say *y, struct strbuf *sb, const struct change *c)
{
	static const char *const names[] = {
		[CHANGE_ENTITY_CREATED] = "entityCreated",
		[CHANGE_ENTITY_DELETED] = "entityDeleted",
		[CHANGE_ATTRIBUTE_CREATED] = "attributeCreated",
		[CHANGE_ATTRIBUTE_UPDATED] = "attributeUpdated",
		[CHANGE_ATTRIBUTE_DELETED] = "attributeDeleted",
	};
	bool known = judge_triggers(c) != 0;

	if (sb->len > SHOWN)
		return;
	strbuf_addf(sb, "%s%s", sb->len > 0 ? ", " : "",
		known                             ? names[c->kind]
			: c->kind == CHANGE_SCOPE ? "scope"
			: c->kind == CHANGE_TYPE  ? "type"
						  : "late value of");
	if (c->attr != NULL)
		strbuf_addf(sb, " %s%s", name_of(y, c->attr, c->attr_len),
			c->same ? " (to the value it had)" : "");
}

static const char *changes_list(const struct say *y)
{
	auto_strbuf sb = {0};

	for (const struct change *c = y->j->changes; c != NULL; c = c->next)
		add_change(y, &sb, c);
	return sb.len > 0 ? arena_strndup(y->a, sb.data, sb.len) : "nothing";
}

static const char *say_trigger(const struct say *y)
{
	const char *asked = member_text(y, "notificationTrigger");

	if (y->s->time_interval > 0)
		return arena_printf(y->a,
			"with timeInterval it is notified every %s s, not when something "
			"changes",
			member_text(y, "timeInterval"));
	if (*asked == '\0')
		asked = "[\"attributeCreated\",\"attributeUpdated\"] (the default)";
	return arena_printf(y->a, "what happened: %s; notificationTrigger: %s",
		changes_list(y), asked);
}

static const char *say_watched(const struct say *y)
{
	auto_strbuf sb = {0};

	for (size_t i = 0; i < y->s->watched_len; i++)
		strbuf_addf(&sb, "%s%s", i > 0 ? ", " : "",
			name_of(y, y->s->watched[i], strlen(y->s->watched[i])));
	return arena_printf(y->a, "what happened: %s; watched: %s", changes_list(y),
		sb.len > 0 ? shortened(y, arena_strndup(y->a, sb.data, sb.len))
			   : "all attributes");
}

static const char *say_scope(const struct say *y)
{
	const struct jn *scope = jn_get(judged_document(y->j), "scope");

	return arena_printf(y->a, "scopeQ %s: %s does%s fit %s",
		y->passed ? "true" : "false",
		scope != NULL ? shortened(y, jn_text(scope, y->a)) : "no scope",
		y->passed ? "" : " not", member_text(y, "scopeQ"));
}

static const char *say_geo(const struct say *y)
{
	const struct jn *attribute = jn_get(judged_document(y->j), y->s->geo->property);
	const struct jn *value = instance_value(instance_first(attribute));

	return arena_printf(y->a, "geoQ %s: %s is %s; geoQ: %s",
		y->passed ? "true" : "false",
		name_of(y, y->s->geo->property, strlen(y->s->geo->property)),
		value != NULL ? shortened(y, jn_text(value, y->a)) : "not there",
		member_text(y, "geoQ"));
}

static const char *say_throttling(const struct say *y)
{
	if (y->j->last == 0)
		return "there was no notification before";
	return arena_printf(y->a, "%.3f s after the last notification; throttling: %s s",
		(double)(y->j->now - y->j->last) / 1e6, member_text(y, "throttling"));
}

const char *judge_why(const struct subscription *s, const struct judged *j,
	enum gate gate, bool passed, struct arena *a)
{
	const struct say y = {s, j, passed, a};

	switch (gate) {
	case GATE_STATUS:
		return passed ? "isActive is true" : "it is paused: isActive is false";
	case GATE_EXPIRY:
		return say_time(&y);
	case GATE_ID:
		return say_id(&y);
	case GATE_TYPE:
		return say_type(&y);
	case GATE_TRIGGER:
		return say_trigger(&y);
	case GATE_WATCHED:
		return say_watched(&y);
	case GATE_SCOPE:
		return say_scope(&y);
	case GATE_Q:
		return arena_printf(a, "q %s: %s", passed ? "true" : "false",
			q_why(s->q, judged_document(j), j->now, j->linked, s->context,
				a));
	case GATE_GEO:
		return say_geo(&y);
	default:
		return say_throttling(&y);
	}
}
