/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gates, cheap ones first.  A change passes GATE_TRIGGER and GATE_WATCHED together: one
 * of its parts must be of a kind that is asked for, and concern what is watched.
 */
#include "judge_priv.h"

#include <base/arena.h>
#include <core/entity.h>
#include <core/geo_q.h>
#include <core/pattern.h>
#include <core/q.h>
#include <core/scope_q.h>
#include <core/type_q.h>

#include <string.h>

const char *gate_name(enum gate gate)
{
	static const char *const names[GATES] = {
		[GATE_STATUS] = "status",
		[GATE_EXPIRY] = "expiry",
		[GATE_ID] = "id",
		[GATE_TYPE] = "type",
		[GATE_TRIGGER] = "trigger",
		[GATE_WATCHED] = "watchedAttributes",
		[GATE_SCOPE] = "scope",
		[GATE_Q] = "q",
		[GATE_GEO] = "geo",
		[GATE_THROTTLING] = "throttling",
	};

	return gate < GATES ? names[gate] : "";
}

bool judge_id(const struct selector *sel, const struct judged *j, struct arena *a)
{
	for (size_t i = 0; i < sel->ids_len; i++)
		if (strcmp(sel->ids[i], j->id) == 0)
			return true;
	if (sel->ids_len > 0)
		return false;
	return sel->id_pattern == NULL ||
		pattern_matches(sel->id_pattern, j->id, strlen(j->id), a);
}

static bool passes_id(
	const struct subscription *s, const struct judged *j, struct arena *a)
{
	for (size_t i = 0; i < s->selectors_len; i++)
		if (judge_id(&s->selectors[i], j, a))
			return true;
	return s->selectors_len == 0;
}

static bool passes_type(
	const struct subscription *s, const struct judged *j, struct arena *a)
{
	for (size_t i = 0; i < s->selectors_len; i++)
		if (type_q_matches(s->selectors[i].type, judged_document(j)) &&
			judge_id(&s->selectors[i], j, a))
			return true;
	return s->selectors_len == 0;
}

unsigned judge_triggers(const struct change *c)
{
	switch (c->kind) {
	case CHANGE_ENTITY_CREATED:
		return TRIGGER_ENTITY_CREATED;
	case CHANGE_ENTITY_DELETED: /* and all of its attributes with it */
		return TRIGGER_ENTITY_DELETED | TRIGGER_ATTRIBUTE_DELETED;
	case CHANGE_ATTRIBUTE_CREATED:
		return TRIGGER_ATTRIBUTE_CREATED;
	case CHANGE_ATTRIBUTE_UPDATED:
		return TRIGGER_ATTRIBUTE_UPDATED;
	case CHANGE_ATTRIBUTE_DELETED:
		return TRIGGER_ATTRIBUTE_DELETED;
	default:
		return 0;
	}
}

static bool has_attribute(const struct jn *doc)
{
	jn_each (it, doc)
		if (is_attribute(it))
			return true;
	return false;
}

/* Of an entity that came or went: does it have one that is watched? */
static bool entity_is_watched(
	const struct subscription *s, const struct judged *j, const struct change *c)
{
	const struct jn *doc = judged_document(j);

	for (size_t i = 0; i < s->watched_len; i++)
		if (jn_get(doc, s->watched[i]) != NULL)
			return true;
	if (s->watched_len > 0)
		return false;
	return c->kind == CHANGE_ENTITY_CREATED ||
		(s->triggers & TRIGGER_ENTITY_DELETED) || has_attribute(doc);
}

bool judge_watched(
	const struct subscription *s, const struct judged *j, const struct change *c)
{
	if (c->attr == NULL)
		return entity_is_watched(s, j, c);
	if (c->kind == CHANGE_ATTRIBUTE_UPDATED && c->same)
		return false; /* 5.8.6: to the value it had */
	for (size_t i = 0; i < s->watched_len; i++)
		if (strlen(s->watched[i]) == c->attr_len &&
			memcmp(s->watched[i], c->attr, c->attr_len) == 0)
			return true;
	return s->watched_len == 0;
}

static bool passes_trigger(const struct subscription *s, const struct judged *j)
{
	if (s->time_interval > 0)
		return false;
	for (const struct change *c = j->changes; c != NULL; c = c->next)
		if (judge_triggers(c) & s->triggers)
			return true;
	return false;
}

static bool passes_watched(const struct subscription *s, const struct judged *j)
{
	for (const struct change *c = j->changes; c != NULL; c = c->next)
		if ((judge_triggers(c) & s->triggers) && judge_watched(s, j, c))
			return true;
	return false;
}

static bool passes(const struct subscription *s, const struct judged *j, enum gate gate,
	struct arena *a)
{
	const struct jn *doc = judged_document(j);

	switch (gate) {
	case GATE_STATUS:
		return s->active;
	case GATE_EXPIRY:
		return s->expires > j->now;
	case GATE_ID:
		return passes_id(s, j, a);
	case GATE_TYPE:
		return passes_type(s, j, a);
	case GATE_TRIGGER:
		return passes_trigger(s, j);
	case GATE_WATCHED:
		return passes_watched(s, j);
	case GATE_SCOPE:
		return scope_q_matches(s->scope, doc);
	case GATE_Q:
		return s->q == NULL || q_eval(s->q, doc, j->now, j->linked, a);
	case GATE_GEO:
		return s->geo == NULL || geo_q_matches(s->geo, doc, j->now, a);
	default:
		return s->throttling == 0 || j->last == 0 ||
			j->now - j->last >= s->throttling;
	}
}

/* Is there such a condition? */
static bool is_set(const struct subscription *s, enum gate gate)
{
	bool id = false, type = false;

	for (size_t i = 0; i < s->selectors_len; i++) {
		id |= s->selectors[i].ids_len > 0 || s->selectors[i].id_pattern != NULL;
		type |= s->selectors[i].type != NULL;
	}
	switch (gate) {
	case GATE_EXPIRY:
		return s->expires != INT64_MAX;
	case GATE_ID:
		return id;
	case GATE_TYPE:
		return type;
	case GATE_WATCHED:
		return s->watched_len > 0;
	case GATE_SCOPE:
		return s->scope != NULL;
	case GATE_Q:
		return s->q != NULL;
	case GATE_GEO:
		return s->geo != NULL;
	case GATE_THROTTLING:
		return s->throttling > 0;
	default:
		return true;
	}
}

enum gate subscription_judge(const struct subscription *s, const struct judged *j,
	struct gate_result *trace, struct arena *a)
{
	enum gate failed = GATES;

	for (enum gate g = GATE_STATUS; g < GATES; g++) {
		bool passed = passes(s, j, g, a);

		if (!passed && failed == GATES)
			failed = g;
		if (!passed && trace == NULL)
			break;
		if (trace == NULL)
			continue;
		trace[g].set = is_set(s, g) || !passed;
		trace[g].passed = passed;
		trace[g].why = trace[g].set ? judge_why(s, j, g, passed, a)
					    : "there is no such condition";
	}
	return failed;
}
