/* SPDX-License-Identifier: Apache-2.0 */
/* Which registrations a query concerns (5.12, 5.10.2.4), and which exclude each other. */
#include "registration_priv.h"

#include <core/geo_q.h>
#include <core/pattern.h>
#include <core/q.h>
#include <core/scope_q.h>
#include <core/type_q.h>

#include <string.h>

static bool is_among(const char *const *list, size_t len, const char *s)
{
	for (size_t i = 0; i < len; i++)
		if (strcmp(list[i], s) == 0)
			return true;
	return false;
}

static bool type_fits(const struct type_q *q, const struct registration_entity *e)
{
	if (q == NULL || e->types_len == 0)
		return true;
	for (size_t i = 0; i < q->len; i++) {
		size_t k = 0;

		while (k < q->any[i].len &&
			is_among(e->types, e->types_len, q->any[i].iris[k]))
			k++;
		if (k == q->any[i].len)
			return true;
	}
	return false;
}

static bool fits(const struct pattern *p, const char *id, struct arena *a)
{
	return pattern_matches(p, id, strlen(id), a);
}

/* Two patterns may always have an id in common. */
static bool id_fits(
	const struct selector *s, const struct registration_entity *e, struct arena *a)
{
	if (e->id == NULL && e->id_pattern == NULL)
		return true;
	for (size_t i = 0; i < s->ids_len; i++)
		if (e->id != NULL ? strcmp(s->ids[i], e->id) == 0
				  : fits(e->id_pattern, s->ids[i], a))
			return true;
	if (s->ids_len > 0)
		return false;
	return s->id_pattern == NULL || e->id == NULL || fits(s->id_pattern, e->id, a);
}

static bool entities_fit(const struct registration_query *q,
	const struct registration_info *info, struct arena *a)
{
	if (q->selectors_len == 0 || info->entities_len == 0)
		return true;
	for (size_t i = 0; i < q->selectors_len; i++)
		for (size_t k = 0; k < info->entities_len; k++)
			if (type_fits(q->selectors[i].type, &info->entities[k]) &&
				id_fits(&q->selectors[i], &info->entities[k], a))
				return true;
	return false;
}

/* No list is all there are. */
static bool lists_meet(
	const char *const *a, size_t a_len, const char *const *b, size_t b_len)
{
	for (size_t i = 0; i < a_len && b_len > 0; i++)
		if (is_among(b, b_len, a[i]))
			return true;
	return a_len == 0 || b_len == 0;
}

/* 5.10.2.4: with an interval there is something to match only where the query has one.  Any
 * overlap will do, for before and after as for between. */
static bool times_fit(const struct registration *r, const struct temporal_q *t)
{
	const struct registration_interval *in;
	int64_t end;

	if (t == NULL || t->rel == TIMEREL_NONE)
		return !r->observation.given && !r->management.given;
	in = t->property == TIME_OBSERVED ? &r->observation : &r->management;
	if (!in->given)
		return false;
	end = t->rel == TIMEREL_BETWEEN ? t->end_at : t->at;
	return (t->rel == TIMEREL_BEFORE || t->at <= in->end) &&
		(t->rel == TIMEREL_AFTER || in->start <= end);
}

/* Could something within the registered geometry satisfy the geoquery? */
static bool place_fits(
	const struct registration *r, const struct registration_query *q, struct arena *a)
{
	struct geo_q other;
	const struct jn *place;

	if (q->geo == NULL || geo_q_matches(q->geo, r->as_entity, q->now, a))
		return true;
	place = jn_get(jn_get(r->as_entity, q->geo->property), "value");
	if (place == NULL || jn_str_is(jn_get(place, "type"), "Point"))
		return false; /* it is nowhere else */
	other = *q->geo;
	other.reference = NULL;
	switch (q->geo->rel) {
	case GEOREL_NEAR_MAX:
		return false; /* that is the nearest of it */
	case GEOREL_NEAR_MIN:
	case GEOREL_DISJOINT:
		other.rel = GEOREL_WITHIN;
		return !geo_q_matches(&other, r->as_entity, q->now, a);
	default:
		other.rel = GEOREL_INTERSECTS;
		return geo_q_matches(&other, r->as_entity, q->now, a);
	}
}

static bool info_fits(const struct registration_query *q,
	const struct registration_info *info, struct arena *a)
{
	return entities_fit(q, info, a) &&
		lists_meet(q->attrs, q->attrs_len, info->attrs, info->attrs_len);
}

bool registration_matches(const struct registration *r,
	const struct registration_query *query, bool *infos, struct arena *a)
{
	bool any = false;

	if (r->expires <= query->now || !times_fit(r, query->temporal) ||
		!lists_meet(query->dataset_ids, query->dataset_ids_len, r->dataset_ids,
			r->dataset_ids_len) ||
		!scope_q_matches(query->scope, r->as_entity) ||
		!place_fits(r, query, a) ||
		(query->csf != NULL &&
			!q_eval(query->csf, r->as_entity, query->now, NULL, a)))
		return false;
	for (size_t i = 0; i < r->infos_len; i++) {
		bool fit = info_fits(query, &r->infos[i], a);

		if (infos != NULL)
			infos[i] = fit;
		any |= fit;
	}
	return any;
}

/* Could an entity be both? */
static bool entities_meet(const struct registration_entity *a,
	const struct registration_entity *b, struct arena *scratch)
{
	const struct selector wanted = {
		.ids = &a->id, .ids_len = a->id != NULL, .id_pattern = a->id_pattern};

	return lists_meet(a->types, a->types_len, b->types, b->types_len) &&
		id_fits(&wanted, b, scratch);
}

static bool infos_meet(const struct registration_info *a,
	const struct registration_info *b, struct arena *scratch)
{
	if (!lists_meet(a->attrs, a->attrs_len, b->attrs, b->attrs_len))
		return false;
	for (size_t i = 0; i < a->entities_len; i++)
		for (size_t k = 0; k < b->entities_len; k++)
			if (entities_meet(&a->entities[i], &b->entities[k], scratch))
				return true;
	return a->entities_len == 0 || b->entities_len == 0;
}

bool registration_overlaps(
	const struct registration *a, const struct registration *b, struct arena *scratch)
{
	for (size_t i = 0; i < a->infos_len; i++)
		for (size_t k = 0; k < b->infos_len; k++)
			if (infos_meet(&a->infos[i], &b->infos[k], scratch))
				return true;
	return false;
}
